/* Topics searched in both holdings, and exactly over their own vectors. */
#ifndef RQ_COMPARE_SEARCHES_H
#define RQ_COMPARE_SEARCHES_H

#include "evalcore/base/progress.h"
#include "evalcore/compare/holding.h"
#include "evalcore/model/comparison.h"

/* What each side is asked; borrowed. Row i of `vectors` is the topic topics[i]. */
struct rq_searches_request {
	const struct rq_vectors *vectors[RQ_SIDES]; /* both may be the same */
	const char *const *topics;                  /* ids, strcmp order */
	size_t depth;
	double exact_budget;                        /* seconds that exact search of a side may take */
	struct rq_progress *progress;
};

/* Zero-initialise; release in any case. */
struct rq_searches {
	struct rq_run runs[RQ_SIDES], exact[RQ_SIDES];
	bool has_exact;         /* of both sides; a side that is exhaustive has none here: it is runs[side] */
	const char *exact_note; /* why there are none, as a clause, or how they were found */
	struct rq_arena arena;
};

/* A topic whose vector is zero gets an empty ranking where direction alone counts. E_DATA where dimensions differ; E_NOMEM, cancellation. */
RQ_MUST_USE enum rq_status rq_searches_run(struct rq_searches *searches, struct rq_holding holdings[RQ_SIDES],
                                           const struct rq_searches_request *request, struct rq_error *err);
/* What exact search answers on a side; NULL: not known. */
const struct rq_run *rq_searches_exact(const struct rq_searches *searches, const struct rq_holding *holding, enum rq_side side);
void rq_searches_release(struct rq_searches *searches);

#endif
