/* A comparison of four topics built by hand, whose rankings give its scores: what the tests of this room share. */
#ifndef RQ_TESTS_BASELINE_FIXTURE_H
#define RQ_TESTS_BASELINE_FIXTURE_H

#include "evalcore/base/folder.h"
#include "evalcore/baseline/baseline.h"
#include "metrics/metric.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIXTURE_TOPICS = 4 };

#define CORPUS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static char fixture_folder[64], fixture_baselines[80];

static struct rq_scored_document fixture_first[] = {{"d1", .75}, {"d2", 1 / 3.}}, fixture_second[] = {{"d9", 7}, {"d1", -2}};
static struct rq_ranking fixture_rankings[] = {{.topic = "q1", .documents = fixture_first, .count = 2},
                                               {.topic = "q2", .documents = fixture_second, .count = 2},
                                               {.topic = "q3"},
                                               {.topic = "q4", .documents = fixture_first, .count = 1},
                                               {.topic = "unjudged", .documents = fixture_first, .count = 1}};
static const struct rq_run fixture_run = {.rankings = fixture_rankings, .count = 5}, fixture_exact = {.rankings = fixture_rankings, .count = 1};

/* d1 is relevant to every topic: reciprocal ranks 1, 1/2, 0, 1. */
static const double fixture_rr[] = {1, .5, 0, 1}, fixture_recall[] = {1, 1, NAN, .5};
static struct rq_judgment fixture_judgments[] = {{"d1", 1, 0}};
static struct rq_topic_judgments fixture_qrel_topics[] = {{"q1", fixture_judgments, 1}, {"q2", fixture_judgments, 1}, {"q3", fixture_judgments, 1},
                                                          {"q4", fixture_judgments, 1}};
static const struct rq_qrels fixture_qrels = {.topics = fixture_qrel_topics, .count = FIXTURE_TOPICS, .judgments = FIXTURE_TOPICS};

static struct rq_compared_topic fixture_topics[] = {{.id = "q1", .text = "", .slice = "billing"}, {.id = "q2", .text = ""}, {.id = "q3", .text = ""},
                                                    {.id = "q4", .text = ""}};
static struct rq_metric_result fixture_metrics[] = {
	{.name = "RR@10",
     .value = {NAN, .625},
     .samples = {0, 4},
     .per_topic = {NULL, fixture_rr},
     .is_judged = true,
     .absent = {"not measured: x", NULL}},
	{.name = "latency.p50", .is_time = true, .value = {1, 1}},
	{.name = "ann_recall@10", .value = {NAN, 2.5 / 3}, .samples = {0, 3}, .per_topic = {NULL, fixture_recall}},
};
static struct rq_named_text fixture_inputs[] = {{"config", OTHER}, {"corpus", CORPUS},          {"candidate.corpus", OTHER}, {"qrels", CORPUS},
                                                {"baseline.vectors", CORPUS}, {"candidate.index", OTHER}, {"baseline.index", CORPUS}};
static struct rq_named_number fixture_counts[] = {
	{"documents", 9}, {"documents_candidate", 10}, {"topics", 5}, {"topics_scored", 4}, {"judgments", 4}};

static const struct rq_gate_result fixture_gates[] = {
	{.text = "drop(RR@10) <= 0.03", .level = RQ_LEVEL_ERROR},
	{.text = "RR@10 >= 0.9",
     .level = RQ_LEVEL_WARN,
     .outcome = RQ_FAIL,
     .absent = true,
     .waived = RQ_WAIVED,
     .waiver = {.reason = "by \"Monday\"", .by = "bob", .until = "2026-12-31"}},
};

static inline struct rq_comparison fixture_comparison(void)
{
	return (struct rq_comparison){
		.topics = fixture_topics,
		.topic_count = FIXTURE_TOPICS,
		.cutoff = 10,
		.metrics = fixture_metrics,
		.metric_count = 3,
		.sides = {{.index = "exact"},
	              {.embedder = "lsa", .model = "m", .variant = "v", .dimension = 4, .index = "faiss HNSW", .ranked = &fixture_run, .exact = &fixture_exact}},
		.inputs = fixture_inputs,
		.input_count = sizeof fixture_inputs / sizeof *fixture_inputs,
		.counts = fixture_counts,
		.count_count = sizeof fixture_counts / sizeof *fixture_counts,
	};
}

/* Approves the candidate. */
static inline enum rq_status fixture_approve(const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_baseline_release) struct rq_baseline baseline = {.name = name, .by = "ann", .when = "2026-11-21T03:00:00Z", .program = "0.1.0",
	                                                               .metrics_version = RQ_METRICS_VERSION, .suite = "s", .verdict = "pass"};
	const struct rq_comparison comparison = fixture_comparison();

	baseline.gates = fixture_gates;
	baseline.gate_count = sizeof fixture_gates / sizeof *fixture_gates;
	RQ_TRY(rq_baseline_of(&baseline, &comparison, RQ_CANDIDATE, err));
	return rq_baseline_write(&baseline, fixture_baselines, err);
}

static inline void fixture_start(void)
{
	struct rq_error err = {0};

	strcpy(fixture_folder, "/tmp/rqgate-baseline-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fixture_folder));
	snprintf(fixture_baselines, sizeof fixture_baselines, "%s/baselines", fixture_folder);
	ck_assert_msg(fixture_approve("one", &err) == RQ_OK, "%s", err.text);
}

static inline void fixture_end(void)
{
	rq_remove_tree(fixture_folder);
}

#endif
