/* The frozen lsa model: what a fit leaves and an embedding needs, as one string of bytes (layout: model.c). */
#ifndef RQ_EMBED_LSA_MODEL_H
#define RQ_EMBED_LSA_MODEL_H

#include "evalcore/base/memory.h"
#include "evalcore/base/progress.h"
#include "evalcore/embed/text/features.h"
#include "evalcore/model/cost.h"
#include "evalcore/model/dataset.h"

enum {
	RQ_LSA_BUCKETS = 1 << 16,
	RQ_LSA_DIMENSION_MAX = 4096,
};

/* Config keys; model is not part of the model itself. */
struct rq_lsa_options {
	int64_t dim, seed;
	const char *language;
	bool stop_words, bigrams;
	const char *model; /* path; NULL: none */
};

struct rq_lsa_model {
	struct rq_lsa_options options; /* of the fit, but for language and model */
	char language[32];             /* of the fit */
	uint32_t documents;            /* fitted on */
	uint32_t columns, dimension;
	uint32_t *buckets;             /* columns, ascending: the bucket of each */
	float *idf;                    /* columns */
	float *v;                      /* columns x dimension, row-major */
};

void rq_lsa_model_release(struct rq_lsa_model *model);

RQ_MUST_USE enum rq_status rq_lsa_fit(struct rq_lsa_model *model, const struct rq_lsa_options *options, const struct rq_corpus *corpus,
                                      struct rq_progress *progress, struct rq_error *err);

/* What that will cost, and the dimension to expect, from the amount of text alone. */
struct rq_cost rq_lsa_fit_cost(size_t *dimension, const struct rq_lsa_options *options, struct rq_text_volume corpus);

RQ_MUST_USE enum rq_status rq_lsa_model_write(struct rq_buf *out, const struct rq_lsa_model *model, struct rq_error *err);
/* `source` names the bytes in messages. E_DATA for anything that rq_lsa_model_write did not write. */
RQ_MUST_USE enum rq_status rq_lsa_model_read(struct rq_lsa_model *model, const char *bytes, size_t size, const char *source, struct rq_error *err);
/* E_CONFIG naming the first option that differs. */
RQ_MUST_USE enum rq_status rq_lsa_model_check(const struct rq_lsa_model *model, const struct rq_lsa_options *options, const char *source,
                                              struct rq_error *err);

/* Walks a text's features bucket by bucket: sets the bucket and its weight before idf, log tf (words) + half log tf (bigrams), and returns where
 * the next begins. */
size_t rq_lsa_next_bucket(uint32_t *bucket, double *weight, const struct rq_features *features, size_t from);

#endif
