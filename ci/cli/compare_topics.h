/* What two indexes or runs are asked: topics with their vectors, judgments, metrics, and texts of documents; from a config, or from files. */
#ifndef RQ_CLI_COMPARE_TOPICS_H
#define RQ_CLI_COMPARE_TOPICS_H

#include "evalcore/base/options.h"
#include "evalcore/base/progress.h"
#include "evalcore/pipeline/pipeline.h"

/* As on the command line; NULL: not given. */
struct rq_compare_files {
	const char *config, *cache;
	struct rq_strings set;
	const char *topics, *vectors, *vectors_b, *ids, *qrels;
	const char *corpus, *corpus_a, *corpus_b;
	struct rq_strings metrics;
};

/* Zero-initialise; release in any case. */
struct rq_compare_topics {
	const struct rq_topics *topics;  /* NULL: not at hand */
	const struct rq_qrels *qrels;    /* NULL: nothing is judged */
	const char **ids;                /* of the rows of vectors, strcmp order; NULL: there are no vectors */
	const struct rq_vectors *vectors[RQ_SIDES];
	struct rq_metric_list metrics;   /* all on judgments */
	const struct rq_corpus *texts[RQ_SIDES]; /* NULL: not at hand */
	bool own_texts;                  /* each side has a corpus of its own */
	/* internal */
	struct rq_config config;
	struct rq_progress progress;
	struct rq_pipeline pipeline;
	struct rq_topics own_topics;
	struct rq_qrels own_qrels;
	struct rq_vectors own_vectors[RQ_SIDES];
	struct rq_corpus corpora[RQ_SIDES];
	struct rq_arena arena;
};

/* `search`: vectors are wanted. E_USAGE where flags do not go together, and whatever reading and embedding fail with. */
RQ_MUST_USE enum rq_status rq_compare_topics_load(struct rq_compare_topics *topics, const struct rq_compare_files *files, bool search,
                                                  struct rq_error *err);
void rq_compare_topics_release(struct rq_compare_topics *topics);

#endif
