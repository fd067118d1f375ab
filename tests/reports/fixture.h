/* A report built by hand, every number literal: what the tests of writers share. */
#ifndef RQ_TESTS_REPORTS_FIXTURE_H
#define RQ_TESTS_REPORTS_FIXTURE_H

#include "reports/report.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_CORPUS "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff"
#define REPORT_QRELS "decadedecadedecadedecadedecadedecadedecadedecadedecadedecadedeca"

enum { REPORT_TOPICS = 4, REPORT_METRICS = 6, REPORT_GATES = 8 };

struct fixture {
	struct rq_report report;
	struct rq_comparison comparison;
	struct rq_compared_topic topics[REPORT_TOPICS];
	struct rq_metric_result metrics[REPORT_METRICS];
	double values[REPORT_METRICS][RQ_SIDES][REPORT_TOPICS];
	double exact[RQ_SIDES][REPORT_TOPICS], condensed[RQ_SIDES][REPORT_TOPICS]; /* of the metric that report_attribution() was called for */
	struct rq_verdict verdict;
	struct rq_gate_result gates[REPORT_GATES];
	struct rq_remark remarks[4];
	struct rq_named_number counts[2], seconds[1];
	struct rq_named_text inputs[2], cache[1], run[2], rankings[1];
};

static inline struct rq_metric_result *report_metric(struct fixture *fixture, const char *name, double baseline, double candidate)
{
	struct rq_metric_result *metric = &fixture->metrics[fixture->comparison.metric_count++];

	ck_assert(fixture->comparison.metric_count <= REPORT_METRICS);
	*metric = (struct rq_metric_result){.name = name,
	                                    .cutoff = 10,
	                                    .highest = 1,
	                                    .value = {baseline, candidate},
	                                    .value_lower = {baseline - .05, candidate - .05},
	                                    .value_upper = {baseline + .05, candidate + .05},
	                                    .samples = {225, 225}};
	return metric;
}

/* A ranking metric with values per topic. */
static inline struct rq_metric_result *report_judged(struct fixture *fixture, const char *name, double baseline, double candidate, double lower,
                                                     double upper)
{
	size_t number = fixture->comparison.metric_count;
	struct rq_metric_result *metric = report_metric(fixture, name, baseline, candidate);

	metric->is_judged = metric->compared = true;
	metric->paired = (struct rq_paired){.n = 225,
	                                    .sum = 225 * (candidate - baseline),
	                                    .wins = 20,
	                                    .ties = 180,
	                                    .losses = 25,
	                                    .delta = candidate - baseline,
	                                    .lower = lower,
	                                    .upper = upper,
	                                    .p_worse = .25,
	                                    .t = -.5,
	                                    .t_df = 224,
	                                    .t_p = .625};
	for (int side = 0; side < RQ_SIDES; side++)
		metric->per_topic[side] = fixture->values[number][side];
	return metric;
}

static inline struct rq_metric_result *report_time(struct fixture *fixture, const char *name, double baseline, double candidate)
{
	struct rq_metric_result *metric = report_metric(fixture, name, baseline, candidate);

	metric->is_time = metric->lower_is_better = true;
	metric->cutoff = 0;
	metric->highest = INFINITY;
	metric->samples[RQ_BASELINE] = metric->samples[RQ_CANDIDATE] = 1000;
	return metric;
}

static inline struct rq_gate_result *report_gate(struct fixture *fixture, const char *text, const char *metric, enum rq_outcome outcome,
                                                 const char *reason)
{
	struct rq_gate_result *gate = &fixture->gates[fixture->verdict.count++];

	ck_assert(fixture->verdict.count <= REPORT_GATES);
	*gate = (struct rq_gate_result){.text = text,
	                                .kind = strncmp(text, "drop(", 5) == 0 ? "max_drop" : strstr(text, ">=") != NULL ? "min" : "max",
	                                .word = strncmp(text, "drop(", 5) == 0 ? "drop" : NULL,
	                                .metric = metric,
	                                .level = RQ_LEVEL_ERROR,
	                                .outcome = outcome,
	                                .blocks = outcome == RQ_FAIL,
	                                .value = .8,
	                                .limit = .5,
	                                .lower = .7,
	                                .upper = .9,
	                                .p = strncmp(text, "drop(", 5) == 0 ? .25 : NAN,
	                                .slice_mean = {.75, .65},
	                                .reason = reason};
	return gate;
}

static inline struct rq_gate_result *report_slice_gate(struct fixture *fixture, const char *text, const char *metric, const char *slice,
                                                       enum rq_outcome outcome, const char *reason)
{
	struct rq_gate_result *gate = report_gate(fixture, text, metric, outcome, reason);

	gate->slice = slice;
	return gate;
}

static inline struct rq_gate_result *report_absent(struct rq_gate_result *gate)
{
	gate->absent = gate->blocks = true;
	gate->outcome = RQ_FAIL;
	gate->value = gate->lower = gate->upper = gate->p = gate->slice_mean[RQ_BASELINE] = gate->slice_mean[RQ_CANDIDATE] = NAN;
	return gate;
}

static inline void report_remark(struct fixture *fixture, bool warning, const char *text)
{
	ck_assert(fixture->comparison.remark_count < sizeof fixture->remarks / sizeof *fixture->remarks);
	fixture->remarks[fixture->comparison.remark_count++] = (struct rq_remark){warning, text};
}

/* The yardstick, and what it gets in the judged metrics that are there by now. */
static inline void report_bm25(struct fixture *fixture, double value)
{
	fixture->comparison.bm25 = "bm25 k1=1.2 b=0.75 language=english";
	fixture->comparison.bm25_absent = NULL;
	for (size_t i = 0; i < fixture->comparison.metric_count; i++)
		fixture->metrics[i].bm25 = fixture->metrics[i].is_judged ? value : NAN;
}

/* Where the difference of a judged metric comes from, with its slice; and what happened to the last topic. */
static inline struct rq_attribution *report_attribution(struct fixture *fixture, size_t number)
{
	static struct rq_attribution slice;
	struct rq_metric_result *metric = &fixture->metrics[number];

	slice = (struct rq_attribution){.slice = "billing",
	                                .absent = "not split: exact search has answered none of its topics",
	                                .of = 2,
	                                .delta = NAN,
	                                .embedding = NAN,
	                                .index = NAN,
	                                .judging = .5};
	metric->attribution = (struct rq_attribution){.topics = 4, .of = 4, .delta = -.0363, .embedding = -.02514, .index = -.01116, .judging = .00104};
	metric->attribution_slices = &slice;
	metric->attribution_slice_count = 1;
	for (int side = 0; side < RQ_SIDES; side++) {
		metric->exact[side] = fixture->exact[side];
		metric->condensed[side] = fixture->condensed[side];
		metric->judged[side] = side == RQ_BASELINE ? .875 : .75;
	}
	metric->condensed_paired = (struct rq_paired){.n = 4, .delta = -.25, .lower = -.5, .upper = 0, .losses = 1, .ties = 3};
	fixture->topics[REPORT_TOPICS - 1].cause = "exact search still has _a_ at 1; HNSW32 misses it";
	return &metric->attribution;
}

static inline void report_verdict(struct fixture *fixture, enum rq_outcome outcome, const char *sentence)
{
	fixture->verdict.outcome = fixture->verdict.outcome_untimed = outcome;
	fixture->verdict.exit_code = outcome == RQ_PASS ? 0 : outcome == RQ_FAIL ? 1 : 2;
	fixture->verdict.sentence = sentence;
}

static const char *const report_set[] = {"profile=pr"};

static inline struct fixture *report_start(void)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	ck_assert_ptr_nonnull(fixture);
	fixture->topics[0] = (struct rq_compared_topic){.id = "q1", .text = "how do I rotate the key", .slice = "security"};
	fixture->topics[1] = (struct rq_compared_topic){.id = "q2", .text = "a | b\nc", .slice = "billing"};
	fixture->topics[2] = (struct rq_compared_topic){.id = "q3", .text = "", .slice = NULL};
	fixture->topics[3] = (struct rq_compared_topic){.id = "q4", .text = "restore <b>now</b>", .slice = "billing"};
	fixture->inputs[0] = (struct rq_named_text){"corpus", REPORT_CORPUS};
	fixture->inputs[1] = (struct rq_named_text){"qrels", REPORT_QRELS};
	fixture->counts[0] = (struct rq_named_number){"documents", 1400};
	fixture->counts[1] = (struct rq_named_number){"topics_unjudged", 2};
	fixture->seconds[0] = (struct rq_named_number){"embed", 1.25};
	fixture->cache[0] = (struct rq_named_text){"baseline.embed", "cached"};
	fixture->run[0] = (struct rq_named_text){"started", "2026-11-21T03:36:50Z"};
	fixture->run[1] = (struct rq_named_text){"cpu", "test"};
	fixture->rankings[0] = (struct rq_named_text){"candidate.ann", "facade"};
	fixture->comparison = (struct rq_comparison){
		.topics = fixture->topics,
		.topic_count = REPORT_TOPICS,
		.cutoff = 100,
		.metrics = fixture->metrics,
		.sides = {{.embedder = "lsa", .model = "abcd", .dimension = 256, .index = "exact", .is_exact = true}, {.index = "run file new.run"}},
		.counts = fixture->counts,
		.count_count = 2,
		.inputs = fixture->inputs,
		.input_count = 2,
		.remarks = fixture->remarks,
		.bm25_absent = "not measured: it takes a corpus and topics",
		.exact_note = "exact search on all 4 topics",
		.stage_seconds = fixture->seconds,
		.stage_count = 1,
		.cache_use = fixture->cache,
		.cache_use_count = 1,
	};
	fixture->verdict.gates = fixture->gates;
	fixture->report = (struct rq_report){
		.suite = "help-centre",
		.profile = "pr",
		.comparison = &fixture->comparison,
		.verdict = &fixture->verdict,
		.smallest_margin = .02,
		.seconds = 1.5,
		.threads = 2,
		.run = fixture->run,
		.run_count = 2,
		.set = report_set,
		.set_count = 1,
		.rankings = fixture->rankings,
		.ranking_count = 1,
		.rankings_folder = "report.d",
	};
	return fixture;
}

static inline void report_end(struct fixture *fixture)
{
	free(fixture);
}

#endif
