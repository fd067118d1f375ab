/* What an evaluation is made of: documents, topics, judgments. Values only; datasets/ fills them. Everything is in strcmp order of the
 * topic id, the order in which means are summed. Ids are valid UTF-8 without white space (a TREC file could not hold it). Read-only once loaded. */
#ifndef RQ_MODEL_DATASET_H
#define RQ_MODEL_DATASET_H

#include "evalcore/base/hash.h"
#include "evalcore/base/ids.h"
#include "evalcore/base/memory.h"

struct rq_document {
	const char *id;
	const char *text;   /* the configured fields joined by a newline; "" where all are empty */
	const char *parent; /* NULL: none */
	const char *source; /* NULL: none, or not asked for */
	uint32_t line;      /* of the file; 0: unknown */
};

struct rq_corpus {
	struct rq_document *documents; /* in file order; document i is row i of its vectors */
	size_t count;
	size_t empty; /* documents whose fields are all empty: kept, found by nobody */
	size_t *filled; /* filled[f]: documents in which field f of those asked for is not empty */
	struct rq_ids ids;
	char sha256[RQ_SHA256_HEX]; /* of the file */
	struct rq_arena arena;
};

struct rq_topic {
	const char *id;
	const char *text;
	const char *slice;   /* NULL: none */
	const char *cluster; /* NULL: none */
	bool answerable;     /* false: outside every ranking metric's denominator, counted apart */
	uint32_t line;       /* of the file; 0: unknown */
};

struct rq_topics {
	struct rq_topic *topics; /* strcmp order of id */
	size_t count;
	struct rq_ids ids; /* in file order: row i of precomputed topic vectors is ids.names[i] */
	char sha256[RQ_SHA256_HEX];
	struct rq_arena arena;
};

struct rq_judgment {
	const char *document;
	int grade; /* negative: in the pool but unjudged */
	uint32_t line; /* of the file, for messages; 0: unknown */
};

struct rq_topic_judgments {
	const char *topic;
	struct rq_judgment *judgments; /* strcmp order of document */
	size_t count;
};

struct rq_qrels {
	struct rq_topic_judgments *topics; /* strcmp order of topic */
	size_t count;
	size_t judgments;
	char sha256[RQ_SHA256_HEX];
	struct rq_arena arena;
};

void rq_corpus_release(struct rq_corpus *corpus);
void rq_topics_release(struct rq_topics *topics);
void rq_qrels_release(struct rq_qrels *qrels);

/* Adds the ids that judgments may name: of the documents or, where `parents`, of what they are chunks of. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_corpus_units(struct rq_ids *units, const struct rq_corpus *corpus, bool parents, struct rq_error *err);
/* NULL where there is none of that id. */
const struct rq_topic *rq_topics_find(const struct rq_topics *topics, const char *id);
/* NULL where the topic has no judgments, or none of the document. */
const struct rq_topic_judgments *rq_qrels_find(const struct rq_qrels *qrels, const char *topic);
const struct rq_judgment *rq_judgment_find(const struct rq_topic_judgments *judgments, const char *document);
/* Judgments of the topic that has most: as many documents of a ranking can be judged. */
size_t rq_qrels_most(const struct rq_qrels *qrels);

#endif
