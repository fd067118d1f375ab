/* What a set of topics can show, from the verdict itself over resamples of the differences that were seen.
 *
 * The differences are centred, so that nothing has changed on average, and drawn with replacement. Every effect and every size is tried on the same
 * draws (common random numbers), so that the share of verdicts rises with it and can be bisected. */
#include "evalcore/base/random.h"
#include "metrics/stats/paired.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <string.h>

enum {
	RESAMPLES = 250,       /* the share of verdicts is known to 2.5 % */
	DRAWN_MAXIMUM = 10000, /* topics that are drawn; the sums of more follow from these by the central limit */
	TOPICS_MAXIMUM = 10000000,
	EFFECT_STEPS = 14,     /* to .0001 */
	CHUNK = 256,
};

static const double wanted_share = 0.8;

/* A resample's sums over the topics drawn so far. */
struct draw {
	struct rq_random random;
	double sum, sum_squares;
};

struct source {
	const double *baseline, *candidate;
	size_t n;
	double mean, margin;
};

static void advance(struct draw *draw, const struct source *source, size_t count)
{
	uint32_t indices[CHUNK];

	while (count > 0) {
		size_t now = count < CHUNK ? count : CHUNK;
		rq_random_indices(indices, now, &draw->random, (uint32_t)source->n);
		for (size_t i = 0; i < now; i++) {
			double d = source->candidate[indices[i]] - source->baseline[indices[i]] - source->mean;
			draw->sum += d;
			draw->sum_squares += d * d;
		}
		count -= now;
	}
}

static void start(struct draw *draws, const struct source *source, uint64_t seed, size_t count)
{
	for (size_t r = 0; r < RESAMPLES; r++) {
		draws[r] = (struct draw){0};
		rq_random_stream(&draws[r].random, seed, r);
		advance(&draws[r], source, count);
	}
}

/* The share of resamples that get this verdict, when each of their n topics has lost `effect` more. */
static double share_of(enum rq_outcome outcome, const struct draw *draws, const struct source *source, size_t n, double effect)
{
	struct rq_known_quantile known = {0};
	size_t found = 0;

	for (size_t r = 0; r < RESAMPLES; r++) {
		struct rq_paired paired = {.n = n,
		                           .sum = draws[r].sum - (double)n * effect,
		                           .sum_squares = draws[r].sum_squares - 2 * effect * draws[r].sum + (double)n * effect * effect};
		rq_paired_fill_bounds(&paired, &known);
		found += rq_paired_verdict(&paired, source->margin, paired.p_worse) == outcome ? 1 : 0;
	}
	return (double)found / RESAMPLES;
}

static double find_effect(const struct draw *draws, const struct source *source)
{
	double low = 0, high = 1;

	if (share_of(RQ_FAIL, draws, source, source->n, high) < wanted_share)
		return NAN;
	for (int step = 0; step < EFFECT_STEPS; step++) {
		double middle = low + (high - low) / 2;
		if (share_of(RQ_FAIL, draws, source, source->n, middle) >= wanted_share)
			high = middle;
		else
			low = middle;
	}
	return high;
}

static bool passes(const struct draw *draws, const struct source *source, size_t n)
{
	return share_of(RQ_PASS, draws, source, n, 0) >= wanted_share;
}

/* draws hold `drawn` topics, of which n > drawn are made: a sum of centred differences grows with the root of their number. */
static bool passes_beyond(const struct draw *draws, const struct source *source, size_t drawn, size_t n)
{
	struct draw larger[RESAMPLES];
	double times = (double)n / (double)drawn;

	for (size_t r = 0; r < RESAMPLES; r++) {
		larger[r].sum = draws[r].sum * sqrt(times);
		larger[r].sum_squares = draws[r].sum_squares * times;
	}
	return passes(larger, source, n);
}

static size_t find_beyond(const struct draw *draws, const struct source *source, size_t drawn, size_t low)
{
	size_t high = TOPICS_MAXIMUM;

	if (low >= high || !passes_beyond(draws, source, drawn, high))
		return 0;
	while (high - low > low / 1000 + 1) {
		size_t middle = low + (high - low) / 2;
		if (passes_beyond(draws, source, drawn, middle))
			high = middle;
		else
			low = middle;
	}
	return high;
}

/* Between `low` topics, which the draws hold and which do not pass, and `high`, which do. */
static size_t find_between(const struct draw *draws, const struct source *source, size_t low, size_t high)
{
	struct draw tried[RESAMPLES];
	size_t held = low;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		memcpy(tried, draws, sizeof tried);
		for (size_t r = 0; r < RESAMPLES; r++)
			advance(&tried[r], source, middle - held);
		if (passes(tried, source, middle))
			high = middle;
		else
			low = middle;
	}
	return high;
}

static size_t find_topics(struct draw *draws, const struct source *source, uint64_t seed)
{
	struct draw before[RESAMPLES];
	size_t needed = rq_topics_needed(source->margin), drawn = needed < DRAWN_MAXIMUM ? needed : DRAWN_MAXIMUM;

	if (needed > TOPICS_MAXIMUM)
		return 0;
	start(draws, source, seed, drawn);
	if (needed > drawn)
		return passes_beyond(draws, source, drawn, needed) ? needed : find_beyond(draws, source, drawn, needed);
	if (passes(draws, source, drawn))
		return needed;
	while (drawn < DRAWN_MAXIMUM) {
		size_t next = drawn + drawn / 4 + 1;
		memcpy(before, draws, sizeof before);
		next = next < DRAWN_MAXIMUM ? next : DRAWN_MAXIMUM;
		for (size_t r = 0; r < RESAMPLES; r++)
			advance(&draws[r], source, next - drawn);
		if (passes(draws, source, next))
			return find_between(before, source, drawn, next);
		drawn = next;
	}
	return find_beyond(draws, source, drawn, drawn);
}

struct rq_power rq_power(const double *baseline, const double *candidate, size_t n, double margin, uint64_t seed)
{
	struct source source = {.baseline = baseline, .candidate = candidate, .n = n, .margin = margin};
	struct draw draws[RESAMPLES];

	for (size_t i = 0; i < n; i++)
		source.mean += candidate[i] - baseline[i];
	source.mean /= (double)n;
	if (n == 0 || n > UINT32_MAX || !isfinite(source.mean))
		return (struct rq_power){.detectable = NAN};
	start(draws, &source, seed, n);
	return (struct rq_power){.detectable = find_effect(draws, &source), .topics_to_pass = find_topics(draws, &source, seed)};
}

struct rq_power rq_power_of_units(const double *zeros, const double *drawn, size_t units, size_t topics, double margin, uint64_t seed)
{
	struct rq_power power = rq_power(zeros, drawn, units, margin, seed);

	power.topics_to_pass = units == 0 ? 0 : (power.topics_to_pass * topics + units - 1) / units;
	return power;
}
