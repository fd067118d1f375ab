/* The paired verdict of a regression gate: is the candidate within the margin of the baseline, worse, or is that not known yet?
 *
 * A t bound trusts a sample that holds no rare loss: with nearly all differences 0 it passes 16 % of candidates that stand at the margin. So each
 * bound is taken with 1.5 pseudo-topics at the extreme difference, which brings that below 5 % (metrics/README.md). */
#include "metrics/stats/stats.h"

#include <float.h>
#include <math.h>

static const double pseudo_weight = 1.5, confidence = 0.95, alpha = 0.05, tie_tolerance = 1e-12;
static const double topics_times_margin = 3.5; /* n_min = ceil(3.5 / margin) */

enum { SETTLE_MAXIMUM = 10000000 };

struct guarded_mean {
	double mean, standard_error, df;
};

/* Mean and its standard error of n values and 1.5 pseudo-values. */
static struct guarded_mean guarded(size_t n, double sum, double sum_squares, double pseudo_value)
{
	double weight = (double)n + pseudo_weight, mean = (sum + pseudo_weight * pseudo_value) / weight;
	double square = sum_squares + pseudo_weight * pseudo_value * pseudo_value - weight * mean * mean;

	/* Rounding can take the square of equal values a little below 0. */
	return (struct guarded_mean){.mean = mean, .standard_error = sqrt(fmax(square, 0) / (weight - 1) / weight), .df = weight - 1};
}

static double guarded_bound(struct guarded_mean guarded, int side)
{
	return guarded.mean + side * rq_t_quantile(confidence, guarded.df) * guarded.standard_error;
}

/* Everything that follows from n and the two sums. */
static void fill_bounds(struct rq_paired *paired)
{
	struct guarded_mean below = guarded(paired->n, paired->sum, paired->sum_squares, -1);
	struct guarded_mean above = guarded(paired->n, paired->sum, paired->sum_squares, 1);

	paired->delta = paired->n > 0 ? paired->sum / (double)paired->n : NAN;
	paired->lower = fmax(guarded_bound(below, -1), -1); /* no difference lies beyond */
	paired->upper = fmin(guarded_bound(above, 1), 1);
	/* No spread: every value is at the pseudo-topics' +1. */
	paired->p_worse = above.standard_error > 0 ? rq_t_cdf(above.mean / above.standard_error, above.df) : 1;
}

static void fill_t_test(struct rq_paired *paired, const double *baseline, const double *candidate)
{
	size_t n = paired->n;
	double squares = 0, lowest = INFINITY, highest = -INFINITY;

	paired->t = paired->t_df = paired->t_p = NAN;
	for (size_t i = 0; i < n; i++) {
		double d = candidate[i] - baseline[i], off = d - paired->delta;
		squares += off * off;
		lowest = fmin(lowest, d);
		highest = fmax(highest, d);
	}
	if (n < 2 || highest - lowest <= tie_tolerance)
		return;
	paired->t_df = (double)(n - 1);
	paired->t = paired->delta / sqrt(squares / paired->t_df / (double)n);
	paired->t_p = 2 * rq_t_cdf(-fabs(paired->t), paired->t_df);
}

struct rq_paired rq_paired_compare(const double *baseline, const double *candidate, size_t n)
{
	struct rq_paired paired = {.n = n};

	for (size_t i = 0; i < n; i++) {
		double d = candidate[i] - baseline[i];
		paired.sum += d;
		paired.sum_squares += d * d;
		paired.wins += d > tie_tolerance;
		paired.losses += d < -tie_tolerance;
		paired.ties += fabs(d) <= tie_tolerance;
	}
	fill_bounds(&paired);
	fill_t_test(&paired, baseline, candidate);
	return paired;
}

enum rq_outcome rq_paired_verdict(const struct rq_paired *paired, double margin, double p_adjusted)
{
	if (paired->identical && paired->n > 0)
		return RQ_PASS;
	if (paired->n >= rq_topics_needed(margin) && paired->lower > -margin)
		return RQ_PASS;
	if (paired->upper < 0 && paired->delta <= -margin / 2 && p_adjusted <= alpha)
		return RQ_FAIL;
	return RQ_INCONCLUSIVE;
}

size_t rq_topics_needed(double margin)
{
	/* 3.5 / .00112 is a little above 3125 in binary and must not become 3126. */
	return (size_t)ceil(topics_times_margin / margin * (1 - 4 * DBL_EPSILON));
}

double rq_smallest_margin(size_t n)
{
	size_t hundredths = n > 0 ? (350 + n - 1) / n : 0;

	return n > 0 ? (double)hundredths / 100 : INFINITY;
}

static bool settled_at(const struct rq_paired *paired, double margin, size_t n)
{
	double scale = (double)n / (double)paired->n;
	struct rq_paired scaled = {.n = n, .sum = paired->sum * scale, .sum_squares = paired->sum_squares * scale};

	fill_bounds(&scaled);
	return rq_paired_verdict(&scaled, margin, scaled.p_worse) != RQ_INCONCLUSIVE;
}

size_t rq_topics_to_settle(const struct rq_paired *paired, double margin)
{
	size_t low = paired->n, high = SETTLE_MAXIMUM;

	if (low == 0 || low >= high || !settled_at(paired, margin, high))
		return 0;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (settled_at(paired, margin, middle))
			high = middle;
		else
			low = middle;
	}
	return high;
}

void rq_bounds_of_sums(double *lower, double *upper, size_t n, double sum, double sum_squares)
{
	*lower = fmax(guarded_bound(guarded(n, sum, sum_squares, 0), -1), 0);
	*upper = fmin(guarded_bound(guarded(n, sum, sum_squares, 1), 1), 1);
}

void rq_mean_bounds(double *lower, double *upper, const double *values, size_t n)
{
	double sum = 0, sum_squares = 0;

	for (size_t i = 0; i < n; i++) {
		sum += values[i];
		sum_squares += values[i] * values[i];
	}
	rq_bounds_of_sums(lower, upper, n, sum, sum_squares);
}
