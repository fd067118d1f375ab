/* The ratio of two sides' quantiles, with bounds from resampled rounds. */
#include "metrics/stats/rounds.h"

#include "evalcore/base/random.h"
#include "metrics/stats/stats.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { ROUNDS_MAXIMUM = 1000 };

struct timed {
	double seconds;
	uint32_t round;
};

/* A side's times, ascending, and how many each round has. */
struct side {
	struct timed *times;
	size_t count, *counts;
};

static int by_time(const void *a, const void *b)
{
	const struct timed *x = a, *y = b;

	if (x->seconds != y->seconds)
		return x->seconds < y->seconds ? -1 : 1;
	return (x->round > y->round) - (x->round < y->round);
}

static void release(struct side sides[RQ_SIDES])
{
	for (int side = 0; side < RQ_SIDES; side++) {
		free(sides[side].times);
		free(sides[side].counts);
	}
}

static enum rq_status sort_side(struct side *side, const struct rq_timed *timed, size_t rounds, struct rq_error *err)
{
	side->times = malloc((timed->count + 1) * sizeof *side->times);
	side->counts = calloc(rounds + 1, sizeof *side->counts);
	if (side->times == NULL || side->counts == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0, round = 0; i < timed->count; i++) {
		while (i >= timed->ends[round])
			round++;
		uint32_t joined = (uint32_t)(round * rounds / timed->rounds);
		side->times[i] = (struct timed){timed->seconds[i], joined};
		side->counts[joined]++;
	}
	side->count = timed->count;
	qsort(side->times, side->count, sizeof *side->times, by_time);
	return RQ_OK;
}

/* rq_quantile() of the times, each as often as its round was drawn; NULL: once. */
static double drawn_quantile(const struct side *side, const uint32_t *drawn, size_t rounds, double q)
{
	size_t total = 0, seen = 0;

	for (size_t i = 0; i < rounds; i++)
		total += (drawn == NULL ? 1 : drawn[i]) * side->counts[i];
	double rank = ceil(q * (double)total * (1 - 4 * DBL_EPSILON));
	for (size_t i = 0; i < side->count; i++) {
		seen += drawn == NULL ? 1 : drawn[side->times[i].round];
		if (seen > 0 && (double)seen >= rank)
			return side->times[i].seconds;
	}
	return NAN; /* no round was drawn that has a time */
}

/* Of resamples in which either side failed so often that it has no quantile the logarithm is no number, and the bounds are none. */
static double deviation(const struct side sides[RQ_SIDES], size_t rounds, double q, uint64_t seed, uint32_t *drawn, double *logs)
{
	struct rq_random random;
	double sum = 0, squares = 0;

	rq_random_seed(&random, seed);
	for (size_t i = 0; i < RQ_RATIO_RESAMPLES; i++) {
		for (size_t j = 0; j < rounds; j++)
			drawn[j] = 0;
		for (size_t j = 0; j < rounds; j++)
			drawn[rq_random_below(&random, rounds)]++;
		logs[i] = log(drawn_quantile(&sides[RQ_CANDIDATE], drawn, rounds, q) / drawn_quantile(&sides[RQ_BASELINE], drawn, rounds, q));
		sum += logs[i];
	}
	for (size_t i = 0; i < RQ_RATIO_RESAMPLES; i++)
		squares += (logs[i] - sum / RQ_RATIO_RESAMPLES) * (logs[i] - sum / RQ_RATIO_RESAMPLES);
	return sqrt(squares / (RQ_RATIO_RESAMPLES - 1));
}

static enum rq_status bound(struct rq_ratio *ratio, const struct side sides[RQ_SIDES], double q, uint64_t seed, struct rq_error *err)
{
	uint32_t *drawn = malloc(ratio->rounds * sizeof *drawn);
	double *logs = malloc(RQ_RATIO_RESAMPLES * sizeof *logs);

	if (drawn != NULL && logs != NULL) {
		double width = rq_t_quantile(.95, (double)ratio->rounds - 1) * deviation(sides, ratio->rounds, q, seed, drawn, logs);
		ratio->lower = isfinite(width) ? ratio->value * exp(-width) : -INFINITY;
		ratio->upper = isfinite(width) ? ratio->value * exp(width) : INFINITY;
	}
	enum rq_status status = drawn == NULL || logs == NULL ? rq_fail_memory(err) : RQ_OK;
	free(drawn);
	free(logs);
	return status;
}

enum rq_status rq_quantile_ratio(struct rq_ratio *ratio, const struct rq_timed rounds[RQ_SIDES], double quantile, uint64_t seed, struct rq_error *err)
{
	size_t least = rounds[RQ_BASELINE].rounds < rounds[RQ_CANDIDATE].rounds ? rounds[RQ_BASELINE].rounds : rounds[RQ_CANDIDATE].rounds;
	struct side sides[RQ_SIDES] = {{0}};

	*ratio = (struct rq_ratio){.value = NAN, .lower = -INFINITY, .upper = INFINITY, .rounds = least < ROUNDS_MAXIMUM ? least : ROUNDS_MAXIMUM};
	if (least == 0)
		return RQ_OK;
	enum rq_status status = sort_side(&sides[RQ_BASELINE], &rounds[RQ_BASELINE], ratio->rounds, err);
	if (status == RQ_OK)
		status = sort_side(&sides[RQ_CANDIDATE], &rounds[RQ_CANDIDATE], ratio->rounds, err);
	if (status == RQ_OK) {
		double before = drawn_quantile(&sides[RQ_BASELINE], NULL, ratio->rounds, quantile);
		ratio->value = isfinite(before) && before > 0 ? drawn_quantile(&sides[RQ_CANDIDATE], NULL, ratio->rounds, quantile) / before : NAN;
	}
	if (status == RQ_OK && isfinite(ratio->value) && ratio->rounds >= RQ_RATIO_ROUNDS)
		status = bound(ratio, sides, quantile, seed, err);
	release(sides);
	return status;
}
