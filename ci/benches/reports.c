/* What writing reports takes: every format of a comparison of many topics, all at once and each that takes long. There is nothing to measure beside
 * it. */
#include "ci/benches/harness/bench.h"
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "metrics/stats/stats.h"
#include "reports/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { METRICS = 5, TOPICS = 7000, SMALL_TOPICS = 100, SLICES = 20, GATES = 4, SEED = 1, TIMES = 1000 };

static const char *const metric_names[METRICS] = {"RR@10", "nDCG@10", "R@100", "AP", "P@10"};

struct job {
	struct rq_report report;
	struct rq_comparison comparison;
	struct rq_verdict verdict;
	struct rq_metric_result metrics[METRICS];
	struct rq_gate_result gates[GATES];
	struct rq_slice_difference slices[METRICS][SLICES];
	struct rq_named_text inputs[1];
	struct rq_arena arena;
	const struct rq_writer *only; /* NULL: all */
};

static const struct rq_named_text facts[] = {{"started", "2026-11-21T03:36:50Z"}, {"config", "gate.json"}, {"rqgate", "1.0.0"}, {"command", "run"}};

/* A fifth of the topics move. */
static enum rq_status fill_metric(struct job *job, struct rq_metric_result *metric, size_t number, struct rq_random *random, struct rq_error *err)
{
	size_t n = job->comparison.topic_count;
	double *values[RQ_SIDES], sums[RQ_SIDES] = {0};

	for (int side = 0; side < RQ_SIDES; side++) {
		metric->per_topic[side] = values[side] = rq_arena_alloc(&job->arena, n, sizeof *values[side]);
		if (values[side] == NULL)
			return rq_fail_memory(err);
	}
	*metric = (struct rq_metric_result){.name = metric_names[number], .cutoff = 10, .highest = 1, .is_judged = true, .compared = true,
	                                    .per_topic = {values[RQ_BASELINE], values[RQ_CANDIDATE]}, .samples = {n, n},
	                                    .exact = {values[RQ_BASELINE], values[RQ_BASELINE]}, .condensed = {values[RQ_BASELINE], values[RQ_CANDIDATE]},
	                                    .attribution = {.topics = n, .of = n}, .slices = job->slices[number], .slice_count = SLICES};
	for (size_t i = 0; i < n; i++) {
		values[RQ_BASELINE][i] = rq_random_unit(random);
		values[RQ_CANDIDATE][i] = rq_random_unit(random) < .2 ? rq_random_unit(random) : values[RQ_BASELINE][i];
		for (int side = 0; side < RQ_SIDES; side++)
			sums[side] += values[side][i];
	}
	for (int side = 0; side < RQ_SIDES; side++)
		metric->value[side] = metric->value_lower[side] = metric->value_upper[side] = sums[side] / (double)n;
	double delta = metric->value[RQ_CANDIDATE] - metric->value[RQ_BASELINE];
	metric->paired = (struct rq_paired){.n = n, .delta = delta, .lower = delta - .01, .upper = delta + .01,
	                                    .wins = n / 10, .ties = n - n / 5, .losses = n / 10};
	metric->attribution.delta = metric->attribution.index = delta;
	for (size_t i = 0; i < SLICES; i++)
		metric->slices[i] = (struct rq_slice_difference){.slice = job->comparison.topics[i].slice, .mean = {.5, .5}, .paired = {.n = n / SLICES}};
	return RQ_OK;
}

static enum rq_status fill_topics(struct job *job, size_t n, struct rq_error *err)
{
	job->comparison.topics = rq_arena_alloc(&job->arena, n, sizeof *job->comparison.topics);
	job->comparison.topic_count = n;
	for (size_t i = 0; i < n && job->comparison.topics != NULL; i++) {
		struct rq_compared_topic *topic = &job->comparison.topics[i];
		topic->id = rq_arena_printf(&job->arena, "q%06zu", i);
		topic->text = rq_arena_printf(&job->arena, "how do I rotate the key of database number %zu", i);
		topic->slice = rq_arena_printf(&job->arena, "slice%02zu", i % SLICES);
		topic->cause = rq_arena_printf(&job->arena, "exact search still has d%zu at 1; HNSW32 misses it", i);
		if (topic->id == NULL || topic->text == NULL || topic->slice == NULL || topic->cause == NULL)
			return rq_fail_memory(err);
	}
	return job->comparison.topics == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status fill(struct job *job, size_t n, struct rq_error *err)
{
	struct rq_random random;
	double seconds[TIMES];

	rq_random_seed(&random, SEED);
	RQ_TRY(fill_topics(job, n, err));
	for (size_t i = 0; i < METRICS; i++)
		RQ_TRY(fill_metric(job, &job->metrics[i], i, &random, err));
	for (size_t i = 0; i < TIMES; i++)
		seconds[i] = 1e-3 * rq_random_unit(&random);
	for (int side = 0; side < RQ_SIDES; side++)
		job->comparison.searched[side].histogram = rq_histogram_of(seconds, TIMES);
	for (size_t i = 0; i < GATES; i++)
		job->gates[i] = (struct rq_gate_result){.text = "drop(RR@10) <= 0.02", .kind = "max_drop", .word = "drop", .metric = metric_names[i],
		                                        .level = RQ_LEVEL_ERROR, .outcome = RQ_FAIL, .blocks = true, .value = -.05, .limit = .02, .lower = -.06,
		                                        .upper = -.04, .p = .001,
		                                        .reason = "dropped 0.05, margin 0.02"};
	job->comparison.metrics = job->metrics;
	job->comparison.metric_count = METRICS;
	job->comparison.cutoff = 100;
	job->inputs[0] = (struct rq_named_text){"corpus", "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff"};
	job->comparison.inputs = job->inputs;
	job->comparison.input_count = 1;
	job->comparison.bm25_absent = "not measured";
	for (int side = 0; side < RQ_SIDES; side++)
		job->comparison.sides[side] = (struct rq_side_info){.embedder = "lsa", .index = "exact", .is_exact = true};
	job->verdict = (struct rq_verdict){.outcome = RQ_FAIL, .outcome_untimed = RQ_FAIL, .exit_code = 1, .sentence = "FAIL: 4 of 4 gates failed",
	                                   .self_test = "not made",
	                                   .gates = job->gates, .count = GATES};
	job->report = (struct rq_report){.suite = "bench", .profile = "pr", .comparison = &job->comparison, .verdict = &job->verdict,
	                                 .smallest_margin = .01,
	                                 .seconds = 1, .threads = 1, .run = facts, .run_count = sizeof facts / sizeof *facts};
	return RQ_OK;
}

static enum rq_status write_reports(const struct job *job, struct rq_error *err)
{
	for (size_t i = 0; rq_writers[i] != NULL; i++) {
		RQ_CLEANUP(rq_buf_release) struct rq_buf out = {0};
		if (job->only == NULL || job->only == rq_writers[i])
			RQ_TRY(rq_writers[i]->write(&out, &job->report, err));
	}
	return RQ_OK;
}

static enum rq_status measure(struct rq_bench_context *context, const struct job *job, struct rq_error *err)
{
	struct rq_samples samples = {0};

	for (size_t i = 0; i < rq_bench_repetitions(context, 5); i++) {
		uint64_t started = rq_clock_ns();
		RQ_TRY(write_reports(job, err));
		rq_samples_add(&samples, (double)(rq_clock_ns() - started) * 1e-9);
	}
	const struct rq_bench_row row = {.bench = "reports", .unit = "s", .value = rq_figure_of(&samples), .reference = rq_no_figure,
	                                 .goal = context->small || job->only != NULL ? RQ_NO_GOAL : RQ_GOAL_VALUE, .target = 1};
	return rq_bench_add(context->rows, &row, err, "%s, %zu topics, %d metrics", job->only == NULL ? "every format" : job->only->name,
	                    job->comparison.topic_count, METRICS);
}

static enum rq_status run(struct rq_bench_context *context, struct rq_error *err)
{
	static const char *const large[] = {"json", "html", "csv", "md"}; /* which hold topics */
	struct job job = {0};

	enum rq_status status = fill(&job, context->small ? SMALL_TOPICS : TOPICS, err);
	if (status == RQ_OK)
		status = measure(context, &job, err);
	for (size_t i = 0; status == RQ_OK && i < sizeof large / sizeof *large; i++) {
		job.only = rq_writer_find(large[i]);
		status = measure(context, &job, err);
	}
	rq_arena_release(&job.arena);
	return status;
}

const struct rq_bench rq_bench_reports = {
	.name = "reports",
	.summary = "every format of a report of 7,000 topics, all of them and those that hold topics",
	.run = run,
};
