/* What a report's statistics take: resamples of all metrics at once against the plain loop over one metric after another, and the power of a set. */
#include "ci/benches/harness/bench.h"
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "metrics/stats/resample.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>

enum { METRICS = 10, TOPICS = 7000, SMALL_TOPICS = 100, POWER_TOPICS = 1000, SEED = 1 };

struct evidence {
	size_t n;
	double *d; /* n x METRICS */
	size_t extreme; /* results, so that no loop is left out */
	double mean;
	struct rq_power power;
};

static enum rq_status run_ours(void *context, struct rq_error *err)
{
	struct evidence *e = context;
	struct rq_resampled results[METRICS];

	return rq_resample(results, e->d, e->n, METRICS, SEED, err);
}

/* The same numbers of flips and draws as the formulas stand: no order is kept, no interval is made of them. */
static enum rq_status run_plain(void *context, struct rq_error *err)
{
	struct evidence *e = context;
	struct rq_random random;

	(void)err;
	rq_random_seed(&random, SEED);
	for (size_t metric = 0; metric < METRICS; metric++)
		for (size_t r = 0; r < RQ_RESAMPLES; r++) {
			double flipped = 0, drawn = 0;
			for (size_t i = 0; i < e->n; i++) {
				double d = e->d[i * METRICS + metric];
				flipped += rq_random_u64(&random) >> 63 ? d : -d;
				drawn += e->d[rq_random_below(&random, e->n) * METRICS + metric];
			}
			e->extreme += fabs(flipped) >= 1;
			e->mean += drawn / (double)e->n;
		}
	return RQ_OK;
}

/* Most topics stay, the others move either way; metrics agree on which. */
static void fill(struct evidence *e)
{
	struct rq_random random;

	rq_random_seed(&random, SEED);
	for (size_t i = 0; i < e->n; i++) {
		double moved = rq_random_unit(&random) < 0.2 ? rq_random_normal(&random) / 4 : 0;
		for (size_t metric = 0; metric < METRICS; metric++)
			e->d[i * METRICS + metric] = moved * rq_random_unit(&random);
	}
}

static enum rq_status compare(struct rq_bench_context *context, struct evidence *e, int threads, struct rq_error *err)
{
	struct rq_samples ours, plain;
	int all = rq_threads();

	rq_threads_set(threads);
	enum rq_status status = rq_bench_both(&ours, &plain, rq_bench_repetitions(context, 3), run_ours, run_plain, e, err);
	rq_threads_set(all);
	RQ_TRY(status);
	const struct rq_bench_row row = {.bench = "stats", .unit = "s", .value = rq_figure_of(&ours), .reference = rq_figure_of(&plain),
	                                 .reference_name = "plain loop, 1 thread", .goal = context->small ? RQ_NO_GOAL : RQ_GOAL_VALUE, .target = 1};
	return rq_bench_add(context->rows, &row, err, "sign flips and bootstrap, %d x %zu topics x %d metrics, %d thread%s", RQ_RESAMPLES, e->n, METRICS,
	                    threads, threads == 1 ? "" : "s");
}

/* Of one metric, at an easy margin and at those whose topics are drawn up to the limit. There is nothing to measure beside it. */
static enum rq_status measure_power(struct rq_bench_context *context, struct evidence *e, struct rq_error *err)
{
	static const double zeros[POWER_TOPICS], margins[] = {0.05, 0.01, 0.005};
	size_t n = e->n < POWER_TOPICS ? e->n : POWER_TOPICS, repetitions = rq_bench_repetitions(context, 5);
	double d[POWER_TOPICS];

	for (size_t i = 0; i < n; i++)
		d[i] = e->d[i * METRICS];
	for (size_t k = 0; k < sizeof margins / sizeof *margins; k++) {
		struct rq_samples samples = {0};
		for (size_t i = 0; i < repetitions; i++) {
			uint64_t started = rq_clock_ns();
			e->power = rq_power(zeros, d, n, margins[k], SEED);
			rq_samples_add(&samples, (double)(rq_clock_ns() - started) * 1e-9);
		}
		const struct rq_bench_row row = {.bench = "stats", .unit = "s", .value = rq_figure_of(&samples), .reference = rq_no_figure,
		                                 .goal = context->small ? RQ_NO_GOAL : RQ_GOAL_VALUE, .target = 0.05};
		RQ_TRY(rq_bench_add(context->rows, &row, err, "power of %zu topics at a margin of %g", n, margins[k]));
	}
	return RQ_OK;
}

static enum rq_status run(struct rq_bench_context *context, struct rq_error *err)
{
	struct evidence e = {.n = context->small ? SMALL_TOPICS : TOPICS};
	int all = rq_threads();

	e.d = malloc(e.n * METRICS * sizeof *e.d);
	if (e.d == NULL)
		return rq_fail_memory(err);
	fill(&e);
	enum rq_status status = compare(context, &e, 1, err);
	if (status == RQ_OK && all > 1)
		status = compare(context, &e, all, err);
	if (status == RQ_OK)
		status = measure_power(context, &e, err);
	free(e.d);
	return status;
}

const struct rq_bench rq_bench_stats = {
	.name = "stats",
	.summary = "the statistics of a report: sign flips and bootstrap of 10 metrics at once against a plain loop over each, and the power of a set",
	.run = run,
};
