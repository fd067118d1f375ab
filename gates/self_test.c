/* The self-test: the gates of kind max_drop that may fail a candidate are judged on the baseline against itself, by their own rule. One that fails
 * there, or of which chance alone takes a quarter of the margin, says nothing about a candidate. */
#include "gates/kind.h"

#include "metrics/stats/stats.h"

#include <math.h>
#include <string.h>

static const double SHARE_OF_MARGIN = .25;

bool rq_gates_test_themselves(const struct rq_gates *gates)
{
	for (size_t i = 0; i < gates->count; i++)
		if (gates->gates[i]->kind == &rq_gate_kind_max_drop && gates->gates[i]->level == RQ_LEVEL_ERROR)
			return true;
	return false;
}

/* Appends "; RR@10 +0.0003" of the metrics that the gates are on, each once. */
static void add_differences(struct rq_buf *out, const struct rq_gates *tested, const struct rq_comparison *itself)
{
	for (size_t i = 0; i < tested->count; i++) {
		const char *name = tested->gates[i]->metric.name;
		const struct rq_metric_result *metric = rq_comparison_metric(itself, name);
		bool told = false;
		for (size_t j = 0; j < i && !told; j++)
			told = strcmp(tested->gates[j]->metric.name, name) == 0;
		if (!told && metric != NULL && metric->compared)
			rq_buf_printf(out, ", %s %s", name, rq_show_difference(metric->paired.delta, 4).text);
	}
}

static void tell_of_gate(struct rq_buf *out, const struct rq_self_test *test, const struct rq_gate_result *result)
{
	struct rq_shown moved = rq_show_difference(result->value, 4), margin = rq_show_limit(result->limit, RQ_NO_UNIT);

	rq_buf_printf(out, "%s moves %s%s%s%s by %s, %s the margin %s", test->how, result->metric, result->slice == NULL ? "" : "[",
	              result->slice == NULL ? "" : result->slice, result->slice == NULL ? "" : "]", moved.text,
	              result->outcome == RQ_FAIL ? "which is a drop at" : "more than a quarter of", margin.text);
}

/* The gates are judged on the comparison of the baseline with itself. */
static enum rq_status judge(struct rq_verdict *verdict, struct rq_buf *reason, const struct rq_gates *tested, const struct rq_comparison *itself,
                            const struct rq_self_test *test, const char *today, struct rq_error *err)
{
	RQ_CLEANUP(rq_verdict_release) struct rq_verdict judged = {0};
	const struct rq_gate_result *untested = NULL;
	bool few = false;

	RQ_TRY(rq_gates_judge(&judged, tested, itself, RQ_PROFILE_PR, today, err));
	verdict->stability = RQ_STABLE;
	for (size_t i = 0; i < judged.count && verdict->stability != RQ_UNSTABLE; i++) {
		const struct rq_gate_result *result = &judged.gates[i];
		if (result->absent) {
			untested = untested == NULL ? result : untested;
			continue;
		}
		if (result->outcome == RQ_PASS && result->value == 0)
			continue;
		if (result->units < rq_topics_needed(result->limit)) {
			few = true;
			continue;
		}
		if (result->outcome != RQ_FAIL && !(fabs(result->value) > SHARE_OF_MARGIN * result->limit))
			continue;
		verdict->stability = RQ_UNSTABLE;
		tell_of_gate(reason, test, result);
	}
	if (verdict->stability == RQ_UNSTABLE)
		return RQ_OK;
	verdict->stability = few || untested != NULL ? RQ_NOT_ASSESSABLE : RQ_STABLE;
	if (test->changed == 0)
		rq_buf_printf(reason, "%s gives the same rankings", test->how);
	else
		rq_buf_printf(reason, "%s changes %zu of %zu rankings", test->how, test->changed, itself->topic_count);
	if (test->changed > 0)
		add_differences(reason, tested, itself);
	if (few)
		rq_buf_puts(reason, "; too few topics for the margin");
	if (untested != NULL) {
		rq_buf_puts(reason, "; not tested: ");
		rq_show_clause(reason, untested);
	}
	return RQ_OK;
}

static enum rq_status keep(struct rq_verdict *verdict, const char *reason, struct rq_error *err)
{
	verdict->self_test = reason == NULL ? NULL : rq_arena_strdup(&verdict->arena, reason);
	return verdict->self_test == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_gates_judge_self_test(struct rq_verdict *verdict, const struct rq_gates *gates, const struct rq_comparison *comparison,
                                        const char *today, struct rq_error *err)
{
	const struct rq_self_test *test = &comparison->self_test;
	RQ_CLEANUP(rq_buf_release) struct rq_buf reason = {0};
	struct rq_comparison itself = *comparison;
	struct rq_gates tested = {.gates = rq_arena_alloc(&verdict->arena, gates->count, sizeof *tested.gates)};

	verdict->stability = RQ_STABILITY_UNKNOWN;
	if (test->metrics == NULL)
		return keep(verdict, test->absent == NULL ? "not made" : test->absent, err);
	if (tested.gates == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < gates->count; i++)
		if (gates->gates[i]->kind == &rq_gate_kind_max_drop && gates->gates[i]->level == RQ_LEVEL_ERROR &&
		    rq_waiver_holds(&gates->gates[i]->waiver, today) != RQ_WAIVED)
			tested.gates[tested.count++] = gates->gates[i];
	if (tested.count == 0)
		return keep(verdict, "not made: it judges max_drop gates alone, and none of them can fail the run", err);
	itself.metrics = test->metrics;
	itself.sides[RQ_CANDIDATE].ranked = test->ranked;
	itself.self_test = (struct rq_self_test){0};
	RQ_TRY(judge(verdict, &reason, &tested, &itself, test, today, err));
	RQ_TRY(rq_buf_check(&reason, err));
	return keep(verdict, reason.data, err);
}
