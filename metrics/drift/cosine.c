/* Cosines of the same texts' vectors, then and now. */
#include "metrics/drift/model.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"
#include "metrics/drift/sums.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 1024 }; /* of a task */

struct cosines {
	const struct rq_vectors *before, *after;
	double *values; /* NaN: both vectors are zeros */
};

static void cosine_block(void *context, size_t block)
{
	const struct cosines *c = context;
	size_t d = c->before->d, end = (block + 1) * ROWS < c->before->n ? (block + 1) * ROWS : c->before->n;

	for (size_t i = block * ROWS; i < end; i++) {
		const float *x = c->before->data + i * d, *y = c->after->data + i * d;
		double squares_x = rq_dot(x, x, d), squares_y = rq_dot(y, y, d);
		if (squares_x == 0 && squares_y == 0)
			c->values[i] = NAN;
		else
			c->values[i] = squares_x == 0 || squares_y == 0 ? 0 : fmin(fmax(rq_dot(x, y, d) / (sqrt(squares_x) * sqrt(squares_y)), -1), 1);
	}
}

static bool has_direction(const struct rq_vectors *vectors, size_t row)
{
	const float *x = vectors->data + row * vectors->d;

	return rq_dot(x, x, vectors->d) != 0;
}

/* Before values are sorted. One that was or is all zeros is broken_vectors' to tell. */
static void count_changed(struct rq_cosine_drift *drift, const struct cosines *c)
{
	struct rq_drift_value *share = &drift->changed_vectors;
	size_t changed = 0;

	for (size_t i = 0; i < c->before->n; i++) {
		bool low = c->values[i] < RQ_CHANGED_VECTOR;
		if (isnan(c->values[i]) || (low && !(has_direction(c->before, i) && has_direction(c->after, i))))
			continue;
		share->n++;
		if (low && changed < RQ_CHANGED_TOLD)
			drift->changed[changed] = (uint32_t)i;
		changed += low ? 1 : 0;
	}
	if (share->n > 0)
		share->value = (double)changed / (double)share->n;
}

static void summarise(struct rq_cosine_drift *drift, double *values, size_t n)
{
	struct rq_drift_value *change = &drift->silent_change;
	size_t kept = 0;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(values[i]))
			sum += values[kept++] = values[i];
	drift->zero = n - kept;
	change->n = kept;
	qsort(values, kept, sizeof *values, rq_by_value);
	change->value = rq_quantile(values, kept, .01);
	if (kept > 0)
		(void)rq_quantile_bounds(&change->lower, &change->upper, values, kept, .01);
	drift->least = rq_quantile(values, kept, 0);
	drift->p05 = rq_quantile(values, kept, .05);
	drift->p25 = rq_quantile(values, kept, .25);
	drift->median = rq_quantile(values, kept, .5);
	drift->mean = kept == 0 ? NAN : sum / (double)kept;
}

enum rq_status rq_cosine_drift(struct rq_cosine_drift *drift, const struct rq_vectors *before, const struct rq_vectors *after, struct rq_error *err)
{
	*drift = (struct rq_cosine_drift){.silent_change = rq_drift_unknown(RQ_DRIFT_silent_change),
	                                  .changed_vectors = rq_drift_unknown(RQ_DRIFT_changed_vectors)};
	RQ_TRY(rq_check_pairs(before, after, err));
	if (before->d != after->d)
		return rq_fail(err, RQ_E_DATA, "vectors of %zu dimensions before and %zu now have no cosine: another model, or another cut", before->d,
		               after->d);
	RQ_CLEANUP(rq_free_pointer) double *values = malloc(before->n * sizeof *values);
	if (values == NULL)
		return rq_fail_memory(err);
	struct cosines cosines = {before, after, values};
	rq_parallel_for((before->n + ROWS - 1) / ROWS, cosine_block, &cosines);
	RQ_TRY(rq_cancel_check(err));
	count_changed(drift, &cosines);
	summarise(drift, values, before->n);
	return RQ_OK;
}
