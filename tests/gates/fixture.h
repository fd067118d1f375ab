/* A comparison built by hand, and gates judged on it: what the tests of gates share. */
#ifndef RQ_TESTS_GATES_FIXTURE_H
#define RQ_TESTS_GATES_FIXTURE_H

#include "gates/gate.h"
#include "metrics/stats/stats.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXTURE_TODAY "2026-11-21"

enum { FIXTURE_TOPICS = 400, FIXTURE_METRICS = 4, FIXTURE_GATES = 8 };

struct fixture {
	struct rq_comparison comparison;
	struct rq_compared_topic topics[FIXTURE_TOPICS];
	struct rq_metric_result metrics[FIXTURE_METRICS];
	char ids[FIXTURE_TOPICS][8];
	double values[FIXTURE_METRICS][RQ_SIDES][FIXTURE_TOPICS];
	struct rq_gates gates;
	struct rq_verdict verdict;
};

static inline void fixture_release(struct fixture *fixture)
{
	rq_verdict_release(&fixture->verdict);
	rq_gates_release(&fixture->gates);
}

/* The fixture is zeroed, or was started before. */
static inline void fixture_start(struct fixture *fixture, size_t topics)
{
	ck_assert(topics <= FIXTURE_TOPICS);
	fixture_release(fixture);
	memset(fixture, 0, sizeof *fixture);
	fixture->comparison.topics = fixture->topics;
	fixture->comparison.topic_count = topics;
	fixture->comparison.metrics = fixture->metrics;
	for (size_t i = 0; i < topics; i++) {
		snprintf(fixture->ids[i], sizeof fixture->ids[i], "t%04zu", i);
		fixture->topics[i] = (struct rq_compared_topic){.id = fixture->ids[i], .text = "", .slice = NULL};
	}
}

/* So many topics, the first, have a judgment of grade 0. */
static inline void fixture_grade_0(struct fixture *fixture, size_t topics)
{
	for (size_t i = 0; i < topics; i++)
		fixture->topics[i].has_grade_0 = true;
}

/* What follows from the values per topic. */
static inline void fixture_compute(struct fixture *fixture, struct rq_metric_result *metric)
{
	size_t n = fixture->comparison.topic_count;

	for (int side = 0; side < RQ_SIDES; side++) {
		metric->value[side] = rq_mean(metric->per_topic[side], n);
		metric->samples[side] = n;
		rq_mean_bounds(&metric->value_lower[side], &metric->value_upper[side], metric->per_topic[side], n);
	}
	metric->compared = true;
	metric->paired = rq_paired_compare(metric->per_topic[RQ_BASELINE], metric->per_topic[RQ_CANDIDATE], n);
}

/* `up` topics at 1, the rest at 0, on both sides; then the candidate's first `falls` topics fall by `fall` and the next `rises` rise by `rise`. Where
 * a topic at 0 falls, its baseline is lifted to `fall` first. */
static inline struct rq_metric_result *fixture_metric(struct fixture *fixture, const char *name, size_t up, size_t falls, double fall, size_t rises,
                                                      double rise)
{
	size_t number = fixture->comparison.metric_count++;
	struct rq_metric_result *metric = &fixture->metrics[number];

	ck_assert(number < FIXTURE_METRICS);
	*metric = (struct rq_metric_result){.name = name, .lowest = 0, .highest = 1, .is_judged = strncmp(name, "ann", 3) != 0};
	for (size_t i = 0; i < fixture->comparison.topic_count; i++) {
		double baseline = i < up ? 1 : 0, change = i < falls ? -fall : i < falls + rises ? rise : 0;
		if (baseline + change < 0)
			baseline = -change;
		if (baseline + change > 1)
			baseline = 1 - change;
		fixture->values[number][RQ_BASELINE][i] = baseline;
		fixture->values[number][RQ_CANDIDATE][i] = baseline + change;
	}
	for (int side = 0; side < RQ_SIDES; side++)
		metric->per_topic[side] = fixture->values[number][side];
	fixture_compute(fixture, metric);
	return metric;
}

static inline struct rq_metric_result *fixture_time(struct fixture *fixture, const char *name, double value, double lower, double upper,
                                                    size_t samples)
{
	struct rq_metric_result *metric = &fixture->metrics[fixture->comparison.metric_count++];

	ck_assert(fixture->comparison.metric_count <= FIXTURE_METRICS);
	*metric = (struct rq_metric_result){.name = name, .lowest = 0, .highest = INFINITY, .lower_is_better = true, .is_time = true};
	for (int side = 0; side < RQ_SIDES; side++) {
		metric->value[side] = value;
		metric->value_lower[side] = lower;
		metric->value_upper[side] = upper;
		metric->samples[side] = samples;
	}
	return metric;
}

/* `config` is a JSON array with single quotes in place of double ones. */
static inline enum rq_status fixture_parse(struct fixture *fixture, const char *config, struct rq_error *err)
{
	char text[2048];
	rq_json *array;

	ck_assert(strlen(config) < sizeof text);
	snprintf(text, sizeof text, "%s", config);
	for (char *at = text; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	ck_assert_int_eq(rq_json_parse(&array, text, strlen(text), "test", err), RQ_OK);
	rq_gates_release(&fixture->gates);
	enum rq_status status = rq_gates_parse(&fixture->gates, array, err);
	rq_json_free(array);
	return status;
}

/* What is foreseen of the fixture's gates for so many topics, in clusters where `clusters.of` is there. */
static inline void fixture_foresee(const struct fixture *fixture, size_t topics, struct rq_clusters clusters, struct rq_buf *notes)
{
	const struct rq_comparison comparison = {.topic_count = topics, .clusters = clusters};
	struct rq_error err = {0};

	ck_assert_int_eq(rq_gates_foresee(&fixture->gates, &comparison, notes, &err), RQ_OK);
}

/* Judges the config's gates; the results stay in fixture->verdict. */
static inline const struct rq_gate_result *fixture_judge(struct fixture *fixture, const char *config, enum rq_profile profile)
{
	struct rq_error err = {0};

	rq_verdict_release(&fixture->verdict);
	ck_assert_msg(fixture_parse(fixture, config, &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(rq_gates_judge(&fixture->verdict, &fixture->gates, &fixture->comparison, profile, FIXTURE_TODAY, &err) == RQ_OK, "%s", err.text);
	return fixture->verdict.gates;
}

#endif
