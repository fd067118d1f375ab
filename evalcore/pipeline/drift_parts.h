/* The parts of the job of drift, internal to evalcore/pipeline/drift*.c. */
#ifndef RQ_PIPELINE_DRIFT_PARTS_H
#define RQ_PIPELINE_DRIFT_PARTS_H

#include "evalcore/pipeline/drift.h"
#include "evalcore/pipeline/stages.h"
#include "metrics/drift/drift.h"

#define RQ_DRIFT_SEED 1 /* of every sample and permutation: the same numbers again */

#define RQ_DRIFT_DEPTH "cutoff" /* the fact of a reference: how deep its rankings were asked for */

/* What is there now, in the order of its vectors: documents in that of the corpus, topics in that of their ids. */
struct rq_drift_texts {
	const char **ids;
	struct rq_kept_text *kept; /* NULL: there are rankings and no texts */
	size_t count;
};
void rq_drift_keep_text(struct rq_kept_text *kept, const char *text); /* all but its key */
/* Everything is the arena's. Documents also where they are searched by words; without a corpus: none. */
RQ_MUST_USE enum rq_status rq_drift_documents(struct rq_drift_texts *texts, const struct rq_pipeline *pipeline, struct rq_arena *arena,
                                              struct rq_error *err);
RQ_MUST_USE enum rq_status rq_drift_topics(struct rq_drift_texts *texts, const struct rq_pipeline *pipeline, struct rq_arena *arena,
                                           struct rq_error *err);

/* Texts that were there then and are now, under the same id: their rows, those of now ascending. */
struct rq_drift_pairs {
	uint32_t *then, *now;
	size_t count;
	bool whole; /* row i of then is row i of now, and there are no others */
};
RQ_MUST_USE enum rq_status rq_drift_pair(struct rq_drift_pairs *pairs, const struct rq_ids *then, const struct rq_kept_text *kept,
                                         const struct rq_drift_texts *now, struct rq_arena *arena, struct rq_error *err);

/* drift.c: whether a text of the side is sent to somebody, or else made into a vector here. */
bool rq_drift_asks_elsewhere(const struct rq_side_config *side);

/* The documents that have vectors, in their order. */
const struct rq_corpus *rq_drift_corpus(const struct rq_pipeline *pipeline);

struct rq_drift_work {
	struct rq_pipeline *pipeline;
	struct rq_reference *reference;
	struct rq_drift *drift; /* the arena's of the comparison, as all that it tells is */
	struct rq_drift_finding *findings;
	size_t capacity;
	struct rq_drift_texts documents, topics;
	struct rq_drift_pairs same_documents, same_topics;
	const char *apart;  /* why a number of a vector then means another thing now, as a clause; NULL: as far as is known it does not */
	const char *changed; /* of what makes the vectors, in words; NULL: nothing, as far as is known */
	bool other_model;   /* another reason is, and both times have vectors */
	bool refitted;      /* the only reason to be apart is that the model is fitted to a corpus that is another one now */
	bool other_space;   /* the same texts have quite other vectors */
	bool unlike;        /* some of the same texts have vectors that are beyond a limit of the cosines */
	const char *stale;  /* why vectors that the cache has kept are no evidence of the model; NULL: they are */
	struct rq_arena arena;
};

RQ_MUST_USE enum rq_status rq_drift_add(struct rq_drift_work *work, const char *of, struct rq_drift_value value, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_drift_add_absent(struct rq_drift_work *work, const char *of, enum rq_drift_name figure, const char *why,
                                           struct rq_error *err);
/* Adjusts the p of the findings from `first` on, which are one family, and judges them again. */
RQ_MUST_USE enum rq_status rq_drift_adjust(struct rq_drift_work *work, size_t first, struct rq_error *err);

/* drift_ids.c: which documents came, went and were changed. */
RQ_MUST_USE enum rq_status rq_drift_list_ids(struct rq_drift_work *work, struct rq_error *err);
/* drift_origin.c: what makes the vectors, into a manifest's model, digests and facts; and in what it differs from then: fills apart, changed, refitted. */
RQ_MUST_USE enum rq_status rq_drift_describe_origin(struct rq_manifest *manifest, const struct rq_pipeline *pipeline, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_drift_compare_origins(struct rq_drift_work *work, struct rq_error *err);

/* drift_models.c: the same texts then and now; the shape of all documents. */
RQ_MUST_USE enum rq_status rq_drift_compare_cosines(struct rq_drift_work *work, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_drift_compare_models(struct rq_drift_work *work, struct rq_error *err);
/* drift_arrivals.c: documents and topics that came, against those that were there. */
RQ_MUST_USE enum rq_status rq_drift_compare_populations(struct rq_drift_work *work, struct rq_error *err);
/* The same texts counted, where there are no vectors. */
RQ_MUST_USE enum rq_status rq_drift_count_texts(struct rq_drift_work *work, struct rq_error *err);

#endif
