#include "evalcore/index/skim.h"

#include "evalcore/base/blas.h"
#include "evalcore/index/exact.h"

#include <math.h>
#include <stdlib.h>

enum rq_status rq_skim_init(struct rq_skim *skim, const struct rq_vectors *queries, enum rq_similarity similarity,
                            size_t rows, struct rq_error *err)
{
	*skim = (struct rq_skim){.queries = queries, .similarity = similarity, .rows = rows};
	skim->query_norms = malloc((queries->n + 1) * sizeof *skim->query_norms);
	skim->product = malloc((queries->n * rows + 1) * sizeof *skim->product);
	if (skim->query_norms == NULL || skim->product == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < queries->n; i++) {
		const float *query = queries->data + i * queries->d;
		skim->query_norms[i] = sqrt(rq_exact_score(query, query, queries->d, RQ_INNER_PRODUCT));
	}
	return RQ_OK;
}

void rq_skim_release(struct rq_skim *skim)
{
	free(skim->query_norms);
	free(skim->product);
	*skim = (struct rq_skim){0};
}

/* How far a score in single precision may be from the exact one, and the product from what it stands for. */
struct margins {
	struct rq_rounding product, sum;
};

static bool may_reach(const struct rq_skim *skim, const struct margins *margins, size_t query, double product,
                      double squares, double floor)
{
	double x = skim->query_norms[query], y = sqrt(squares), longer = x > y ? x : y;

	if (!(longer * longer < RQ_SINGLE_MAX) || floor == -INFINITY)
		return true;
	double off = rq_rounding_bound(&margins->product, x, y);
	if (skim->similarity == RQ_INNER_PRODUCT)
		return !(product + off + rq_rounding_bound(&margins->sum, x, y) < floor);
	double distance = x * x + squares - 2 * (product + off), error = rq_rounding_bound(&margins->sum, x + y, x + y);
	return !(error - distance < floor);
}

bool rq_skim_rows(uint32_t *chosen, size_t *count, struct rq_skim *skim, const struct rq_vectors *block,
                  const double *floors)
{
	const struct rq_vectors *queries = skim->queries;
	const struct margins margins = {rq_rounding_of(block->d, skim->similarity),
	                                rq_rounding_of(block->d, RQ_INNER_PRODUCT)};

	*count = 0;
	rq_sgemm(false, true, queries->n, block->n, block->d, 1, queries->data, queries->d, block->data, block->d, 0,
	         skim->product, skim->rows);
	for (size_t i = 0; i < block->n; i++) {
		const float *row = block->data + i * block->d;
		double squares;
		bool may = false;
		rq_exact_scores(&squares, row, 1, row, block->d, RQ_INNER_PRODUCT);
		if (!isfinite(squares))
			return false;
		for (size_t q = 0; q < queries->n && !may; q++)
			may = may_reach(skim, &margins, q, skim->product[q * skim->rows + i], squares, floors[q]);
		if (may)
			chosen[(*count)++] = (uint32_t)i;
	}
	return true;
}
