/* Sums and checks that figures of drift share. */
#include "metrics/drift/sums.h"

#include "evalcore/base/system.h"
#include "metrics/drift/population.h"

#include <math.h>

enum { LANES = 8 };

RQ_CLONES double rq_dot(const float *x, const float *y, size_t d)
{
	double lanes[LANES] = {0};
	size_t i = 0;

	for (; i + LANES <= d; i += LANES)
		for (size_t j = 0; j < LANES; j++)
			lanes[j] += (double)x[i + j] * (double)y[i + j];
	for (size_t j = 0; i + j < d; j++)
		lanes[j] += (double)x[i + j] * (double)y[i + j];
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

int rq_by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct rq_moments rq_moments_of(const double *values, size_t n)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	double mean = n == 0 ? NAN : sum / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	return (struct rq_moments){mean, n < 2 ? NAN : squares / (double)(n - 1), n};
}

static enum rq_status check_finite(const struct rq_vectors *vectors, const char *when, struct rq_error *err)
{
	size_t row = rq_vectors_not_finite(vectors);

	if (row < vectors->n)
		return rq_fail(err, RQ_E_DATA, "row %zu of the vectors %s holds a NaN or an infinity; embed that text again", row, when);
	return RQ_OK;
}

enum rq_status rq_check_pairs(const struct rq_vectors *before, const struct rq_vectors *after, struct rq_error *err)
{
	if (before->n != after->n)
		return rq_fail(err, RQ_E_DATA, "%zu vectors before and %zu now: these figures compare the same texts, row by row", before->n, after->n);
	if (before->n == 0)
		return rq_fail(err, RQ_E_DATA, "no vectors: there is nothing to compare");
	RQ_TRY(check_finite(before, "before", err));
	return check_finite(after, "now", err);
}

enum rq_status rq_check_samples(const struct rq_vectors *before, const struct rq_vectors *after, struct rq_error *err)
{
	if (before->d != after->d)
		return rq_fail(err, RQ_E_DATA, "vectors of %zu dimensions before and %zu now: two sets of texts are compared in one model", before->d,
		               after->d);
	if (before->n < RQ_POPULATION_LEAST || after->n < RQ_POPULATION_LEAST)
		return rq_fail(err, RQ_E_DATA, "%zu vectors before and %zu now: a distribution needs two at least", before->n, after->n);
	RQ_TRY(check_finite(before, "before", err));
	return check_finite(after, "now", err);
}
