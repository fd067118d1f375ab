/* What a data set holds, counted: for people who want to know what they evaluate with. Nothing here judges. */
#ifndef RQ_DATASETS_SUMMARY_H
#define RQ_DATASETS_SUMMARY_H

#include "evalcore/model/dataset.h"

/* Of a list of sizes; all 0 where it is empty. */
struct rq_spread {
	size_t minimum, median, p95, maximum; /* the ceil(q n)-th smallest */
};

struct rq_count {
	const char *name; /* borrowed from the topics */
	size_t count;
};

struct rq_grade_count {
	int grade;
	size_t count;
};

struct rq_corpus_summary {
	size_t documents, empty;
	size_t duplicates, duplicate_groups; /* documents whose text an earlier one has, and how many texts those are */
	size_t chunks, parents;              /* documents that name a parent, and how many different ones they name */
	struct rq_spread words, characters;  /* runs between white space, Unicode code points */
	struct rq_spread chunks_per_parent;
};

struct rq_topics_summary {
	size_t topics, unanswerable;
	struct rq_count *slices; /* strcmp order */
	size_t slice_count, without_slice;
	size_t clusters, clustered; /* different ones, and topics that are in one */
	struct rq_spread words, characters;
};

struct rq_qrels_summary {
	size_t judgments, topics;
	size_t scored;      /* topics behind every mean: judged and, where there is a topics file, in it and answerable */
	size_t no_relevant; /* scored topics without a document of grade 1 or more */
	size_t unknown_topics, unknown_documents; /* judged but not there; documents are counted once for each judgment */
	struct rq_grade_count *grades; /* ascending */
	size_t grade_count;
	struct rq_spread judged, relevant; /* documents a scored topic */
};

struct rq_summary {
	struct rq_corpus_summary corpus;
	struct rq_topics_summary topics;
	struct rq_qrels_summary qrels;
	struct rq_arena arena;
};

/* A part without items is one that there is no file of. `parents`: judgments name the parents of chunks. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_summarise(struct rq_summary *summary, const struct rq_corpus *corpus, const struct rq_topics *topics,
                                        const struct rq_qrels *qrels, bool parents, struct rq_error *err);
void rq_summary_release(struct rq_summary *summary);

#endif
