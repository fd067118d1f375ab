/* How often vectors of two models in one set are found, and how often those of one are accused. */
#ifndef RQ_MIXTURE_POWER_H
#define RQ_MIXTURE_POWER_H

#include "evalcore/base/memory.h"
#include "evalcore/model/vectors.h"

/* Vectors of one model. */
struct rq_mixture_set {
	const char *name;   /* "healthcare bert_base" */
	const char *texts;  /* sets of the same texts can be mixed */
	struct rq_vectors rows;
};
enum { RQ_MIXTURE_SETS_MOST = 40 };
struct rq_mixture_sets {
	struct rq_mixture_set items[RQ_MIXTURE_SETS_MOST];
	size_t count;
};

/* All of the folder `shared`: vectors of real models that are files, and abstracts by latent semantic analysis. The arena's, but for the rows. */
RQ_MUST_USE enum rq_status rq_mixture_sets_load(struct rq_mixture_sets *sets, const char *shared, struct rq_arena *arena, struct rq_error *err);
void rq_mixture_sets_release(struct rq_mixture_sets *sets);

#endif
