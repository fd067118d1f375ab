/* How the shape of one set of vectors differs from that of another. */
#include "metrics/drift/geometry.h"

#include "metrics/stats/stats.h"

#include <math.h>

static void set_bounds(struct rq_drift_value *value)
{
	double width = rq_normal_quantile(.95) * value->error;

	value->lower = value->value - width;
	value->upper = value->value + width;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static struct rq_drift_value compare_hubness(const struct rq_geometry *before, const struct rq_geometry *now)
{
	struct rq_drift_value change = rq_drift_unknown(RQ_DRIFT_hubness);

	change.n = smaller(before->n, now->n);
	change.value = now->hubness - before->hubness;
	change.error = hypot(now->hubness_error, before->hubness_error);
	change.p = change.error > 0 ? rq_normal_cdf(-change.value / change.error) : change.value > 0 ? 0 : 1;
	set_bounds(&change);
	if (isnan(change.value))
		change.p = NAN;
	return change;
}

/* The relative error of a ratio of means: Cochran 1977, Sampling Techniques, 6.4. */
static struct rq_drift_value compare_lengths(const struct rq_moments *before, const struct rq_moments *now)
{
	struct rq_drift_value change = rq_drift_unknown(RQ_DRIFT_length);

	change.n = smaller(before->n, now->n);
	if (change.n == 0)
		return change;
	double ratio = now->mean / before->mean, relative_now = now->variance / (now->mean * now->mean),
	       relative_before = before->variance / (before->mean * before->mean);
	change.value = fabs(ratio - 1);
	change.error = ratio * sqrt(relative_now / (double)now->n + relative_before / (double)before->n);
	set_bounds(&change);
	change.lower = fmax(change.lower, 0);
	return change;
}

static struct rq_drift_value compare_margins(const struct rq_moments *before, const struct rq_moments *now)
{
	struct rq_drift_value change = rq_drift_unknown(RQ_DRIFT_margin);
	double x = (double)before->n, y = (double)now->n;

	change.n = smaller(before->n, now->n);
	if (change.n < 2)
		return change;
	double difference = now->mean - before->mean, deviation = sqrt(((x - 1) * before->variance + (y - 1) * now->variance) / (x + y - 2));
	if (deviation == 0) {
		change.value = difference == 0 ? 0 : copysign(INFINITY, difference);
		change.p = difference < 0 ? 0 : 1;
		return change;
	}
	change.value = difference / deviation;
	change.error = sqrt(1 / x + 1 / y + change.value * change.value / (2 * (x + y)));
	set_bounds(&change);
	double of_before = before->variance / x, of_now = now->variance / y, both = of_before + of_now;
	change.p = rq_t_cdf(difference / sqrt(both), both * both / (of_before * of_before / (x - 1) + of_now * of_now / (y - 1)));
	return change;
}

static struct rq_drift_value share_of(enum rq_drift_name figure, double share, size_t n)
{
	struct rq_drift_value value = rq_drift_unknown(figure);

	value.value = share;
	value.n = n;
	return value;
}

static double per_row(size_t count, const struct rq_geometry *geometry)
{
	return geometry->n == 0 ? 0 : (double)count / (double)geometry->n;
}

struct rq_geometry_drift rq_geometry_compare(const struct rq_geometry *before, const struct rq_geometry *now)
{
	bool alike = before->rank_rows == now->rank_rows;

	return (struct rq_geometry_drift){
		.hubness = compare_hubness(before, now),
		.effective_rank = share_of(RQ_DRIFT_effective_rank, alike ? now->effective_rank / before->effective_rank : NAN, now->rank_rows),
		.length = compare_lengths(&before->length, &now->length),
		.margin = compare_margins(&before->margin, &now->margin),
		.duplicates = share_of(RQ_DRIFT_duplicates, per_row(now->duplicates, now) - per_row(before->duplicates, before), smaller(before->n, now->n)),
		.broken_vectors = share_of(RQ_DRIFT_broken_vectors, per_row(now->zero + now->not_finite, now), now->n),
	};
}
