/* The paired verdict of a regression gate: is the candidate within the margin of the baseline, worse, or is that not known yet?
 *
 * A t bound trusts a sample that holds no rare loss: with nearly all differences 0 it passes 16 % of candidates that stand at the margin. So each
 * bound is taken with 1.5 pseudo-topics at the extreme difference, which brings that below 5 % (metrics/README.md). */
#include "metrics/stats/paired.h"
#include "metrics/stats/stats.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

static const double pseudo_weight = 1.5, confidence = 0.95, alpha = 0.05;
static const double topics_times_margin = 3.5; /* n_min = ceil(3.5 / margin) */

enum { SETTLE_MAXIMUM = 10000000 };

/* The variance that builds add, and the degrees of freedom of the sum of two variances (Satterthwaite 1946). */
static void add_builds(struct rq_guarded_mean *guarded, const struct rq_paired *paired)
{
	double topics = guarded->standard_error * guarded->standard_error, builds = paired->build_variance;

	guarded->standard_error = sqrt(topics + builds);
	guarded->df = (topics + builds) * (topics + builds) / (topics * topics / guarded->df + builds * builds / (double)(paired->builds - 1));
}

/* Clusters of different sizes tell as much as n^2 / (sum of squared sizes) equal ones (Kish 1965; Carter, Schnepel & Steigerwald 2017): a few
 * large ones may hold most of the topics. n, exactly, where all sizes are 1. */
static double effective_count(const struct rq_paired *paired)
{
	double n = (double)paired->n;

	return paired->n > 0 ? n * n / (n + paired->group_squares) : 0;
}

/* The size of a pseudo-cluster. What a sample may have missed can be in the largest clusters alone, so it is as large as these; of any mean size,
 * small clusters that are many would thin it. */
static double pseudo_size(const struct rq_paired *paired)
{
	return paired->group_largest > 0 ? (double)paired->group_largest : 1;
}

/* Of clusters: 1.5 pseudo-clusters; what the sizes add is exactly 0 where all are 1. The square is that of the clusters' sums less size x mean. */
struct rq_guarded_mean rq_paired_guarded(const struct rq_paired *paired, double pseudo_value)
{
	double size = pseudo_size(paired), value = size * pseudo_value, beyond = pseudo_weight * (size * size - size);
	double weight = effective_count(paired) + pseudo_weight, topics = (double)paired->n + pseudo_weight * size;
	double mean = (paired->sum + pseudo_weight * value) / topics;
	double square = paired->sum_squares + pseudo_weight * value * value - topics * mean * mean;

	square += mean * mean * (paired->group_squares + beyond) - 2 * mean * (paired->group_cross + beyond * pseudo_value);
	/* Rounding can take the square of equal values a little below 0. */
	struct rq_guarded_mean result = {
		.mean = mean, .standard_error = sqrt(fmax(square, 0) / (weight - 1) / topics * (weight / topics)), .df = weight - 1};
	if (paired->build_variance > 0)
		add_builds(&result, paired);
	return result;
}

static double guarded_bound(struct rq_guarded_mean guarded, int side, struct rq_known_quantile *known)
{
	if (guarded.df != known->df)
		*known = (struct rq_known_quantile){guarded.df, rq_t_quantile(confidence, guarded.df)};
	return guarded.mean + side * known->t * guarded.standard_error;
}

void rq_paired_fill_bounds(struct rq_paired *paired, struct rq_known_quantile *known)
{
	struct rq_guarded_mean below = rq_paired_guarded(paired, -1), above = rq_paired_guarded(paired, 1);

	paired->delta = paired->n > 0 ? paired->sum / (double)paired->n : NAN;
	paired->lower = fmax(guarded_bound(below, -1, known), -1); /* no difference lies beyond */
	paired->upper = fmin(guarded_bound(above, 1, known), 1);
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
	if (n < 2 || highest - lowest <= RQ_TIE_TOLERANCE)
		return;
	paired->t_df = (double)(n - 1);
	paired->t = paired->delta / sqrt(squares / paired->t_df / (double)n);
	paired->t_p = 2 * rq_t_cdf(-fabs(paired->t), paired->t_df);
}

struct rq_paired rq_paired_compare(const double *baseline, const double *candidate, size_t n)
{
	struct rq_paired paired = {.n = n};
	struct rq_known_quantile known = {0};

	for (size_t i = 0; i < n; i++) {
		double d = candidate[i] - baseline[i];
		paired.sum += d;
		paired.sum_squares += d * d;
		paired.wins += d > RQ_TIE_TOLERANCE;
		paired.losses += d < -RQ_TIE_TOLERANCE;
		paired.ties += fabs(d) <= RQ_TIE_TOLERANCE;
	}
	rq_paired_fill_bounds(&paired, &known);
	fill_t_test(&paired, baseline, candidate);
	return paired;
}

size_t rq_paired_units(const struct rq_paired *paired)
{
	return (size_t)effective_count(paired);
}

enum rq_outcome rq_paired_verdict(const struct rq_paired *paired, double margin, double p_adjusted)
{
	if (paired->identical && paired->n > 0)
		return RQ_PASS;
	if (rq_paired_units(paired) >= rq_topics_needed(margin) && paired->lower > -margin)
		return RQ_PASS;
	if (paired->upper < 0 && paired->delta <= -margin / 2 && p_adjusted <= alpha)
		return RQ_FAIL;
	return RQ_INCONCLUSIVE;
}

size_t rq_topics_needed(double margin)
{
	/* 3.5 / .00112 is a little above 3125 in binary and must not become 3126. */
	double needed = ceil(topics_times_margin / margin * (1 - 4 * DBL_EPSILON));

	return needed < (double)SIZE_MAX ? (size_t)needed : SIZE_MAX; /* (double)SIZE_MAX is the first that does not fit */
}

double rq_smallest_margin(size_t n)
{
	size_t hundredths = n > 0 ? (350 + n - 1) / n : 0;

	return n > 0 ? (double)hundredths / 100 : INFINITY;
}

double rq_standard_margin(size_t n)
{
	return fmax(.02, rq_smallest_margin(n));
}

static bool settled_at(const struct rq_paired *paired, double margin, double p_times, size_t n)
{
	double scale = (double)n / (double)paired->n;
	struct rq_paired scaled = {.n = n, .sum = paired->sum * scale, .sum_squares = paired->sum_squares * scale};
	struct rq_known_quantile known = {0};

	if (paired->groups > 0) {
		scaled.groups = (size_t)((double)paired->groups * scale);
		scaled.group_cross = paired->group_cross * scale;
		scaled.group_squares = paired->group_squares * scale;
		scaled.group_largest = paired->group_largest;
	}
	scaled.build_variance = paired->build_variance;
	scaled.builds = paired->builds;
	rq_paired_fill_bounds(&scaled, &known);
	return rq_paired_verdict(&scaled, margin, fmin(p_times * scaled.p_worse, 1)) != RQ_INCONCLUSIVE;
}

size_t rq_topics_to_settle(const struct rq_paired *paired, double margin, double p_adjusted)
{
	double p_times = paired->p_worse > 0 ? fmax(p_adjusted / paired->p_worse, 1) : 1;
	size_t low = paired->n, high = SETTLE_MAXIMUM;

	if (low == 0 || low >= high || !settled_at(paired, margin, p_times, high))
		return 0;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (settled_at(paired, margin, p_times, middle))
			high = middle;
		else
			low = middle;
	}
	return high;
}

void rq_bounds_of_sums(double *lower, double *upper, size_t n, double sum, double sum_squares)
{
	const struct rq_paired sums = {.n = n, .sum = sum, .sum_squares = sum_squares};
	struct rq_known_quantile known = {0};

	*lower = fmax(guarded_bound(rq_paired_guarded(&sums, 0), -1, &known), 0);
	*upper = fmin(guarded_bound(rq_paired_guarded(&sums, 1), 1, &known), 1);
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
