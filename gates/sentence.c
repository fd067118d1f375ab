/* The one sentence of a verdict: what happened, to which metric, by how much, and what to do next. Written for someone who was woken by it. */
#include "gates/kind.h"
#include "gates/words.h"

#include <string.h>

/* Embeddings are made faster elsewhere than searches are; a rate has to stay above its limit. */
static const char *next_of_time(const struct rq_gate_result *result, const struct rq_metric_result *metric)
{
	bool embedding = metric != NULL && metric->is_embedding;

	if (result->outcome == RQ_INCONCLUSIVE)
		return embedding ? "; time more embeddings" : "; time more queries";
	if (embedding)
		return result->is_rate ? "; take a faster model or service, or lower the limit" : "; take a faster model or service, or raise the limit";
	return result->is_rate ? "; search less deeply or lower the limit" : "; search less deeply or raise the limit";
}

static void add_next_step(struct rq_buf *out, const struct rq_gate_result *result, const struct rq_comparison *comparison)
{
	const struct rq_metric_result *metric = rq_comparison_metric(comparison, result->metric);
	bool undecided = result->outcome == RQ_INCONCLUSIVE;

	if (result->runbook != NULL)
		rq_buf_printf(out, "; see %s", result->runbook);
	else if (result->owner != NULL)
		rq_buf_printf(out, "; ask %s", result->owner);
	else if (result->absent && result->next_step == NULL)
		rq_buf_puts(out, result->standard ? "; supply what it needs, or name this standard gate in the config with the level off"
		                                  : "; supply what it needs or take the gate out");
	else if (result->next_step != NULL)
		rq_buf_printf(out, "; %s", result->next_step);
	else if (result->is_time)
		rq_buf_puts(out, next_of_time(result, metric));
	else if (!undecided && metric != NULL && !metric->is_judged) /* ann_recall */
		rq_buf_puts(out, "; search deeper or build a finer index");
	else
		rq_buf_puts(out, undecided ? "; judge more topics or widen the margin" : "; start with the topics that lost most");
}

static void add_blocked(struct rq_buf *out, const struct rq_verdict *verdict, const struct rq_comparison *comparison)
{
	const struct rq_gate_result *first = NULL;
	size_t blocking = 0;

	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *result = &verdict->gates[i];
		if (!result->blocks || result->outcome != verdict->outcome)
			continue;
		first = first == NULL ? result : first;
		blocking++;
	}
	if (first == NULL && verdict->stability != RQ_UNSTABLE) { /* no gate brought the verdict here */
		rq_buf_puts(out, "INCONCLUSIVE: no gate had its data: ");
		rq_show_clause(out, &verdict->gates[0]);
		add_next_step(out, &verdict->gates[0], comparison);
		return;
	}
	if (first == NULL) {
		rq_buf_printf(out, "INCONCLUSIVE: the self-test is unstable: %s; build the baseline's index finer, or widen the margin", verdict->self_test);
		return;
	}
	rq_buf_puts(out, verdict->outcome == RQ_FAIL ? "FAIL: " : "INCONCLUSIVE: ");
	if (blocking > 1)
		rq_buf_printf(out, "%zu of %zu gates %s, first ", blocking, verdict->count, verdict->outcome == RQ_FAIL ? "failed" : "are undecided");
	rq_show_clause(out, first);
	rq_buf_printf(out, " (gate %s)", first->text);
	add_next_step(out, first, comparison);
}

/* The metric that the gate judges over all topics, where it was compared; else NULL. */
static const struct rq_metric_result *compared_by(const struct rq_gate_result *gate, const struct rq_comparison *comparison)
{
	const struct rq_metric_result *metric = gate->slice == NULL ? rq_comparison_metric(comparison, gate->metric) : NULL;

	return metric != NULL && metric->compared ? metric : NULL;
}

/* Of the metric that a drop was judged on, else of the first gate's that was compared, else of the first gate: never of one that no gate is about,
 * which may have fallen. */
static void add_headline(struct rq_buf *out, const struct rq_verdict *verdict, const struct rq_comparison *comparison)
{
	const struct rq_metric_result *shown = NULL;

	for (size_t i = 0; i < verdict->count && shown == NULL; i++)
		if (strcmp(verdict->gates[i].kind, rq_gate_kind_max_drop.name) == 0)
			shown = compared_by(&verdict->gates[i], comparison);
	for (size_t i = 0; i < verdict->count && shown == NULL; i++)
		shown = compared_by(&verdict->gates[i], comparison);
	if (shown == NULL) {
		rq_show_clause(out, &verdict->gates[0]);
		return;
	}
	rq_buf_printf(out, "%s %s -> %s", shown->name, rq_show_value(shown->value[RQ_BASELINE], RQ_NO_UNIT).text,
	              rq_show_value(shown->value[RQ_CANDIDATE], RQ_NO_UNIT).text);
	if (shown->paired.identical)
		rq_buf_puts(out, ", no change: identical rankings");
	else
		rq_buf_printf(out, " (%s, 90 %% interval %s to %s)", rq_show_difference(shown->paired.delta, 4).text,
		              rq_show_difference(shown->paired.lower, 4).text, rq_show_difference(shown->paired.upper, 4).text);
}

/* Of the gates that did not pass and do not block: a drop that was shown, before one that is possible, before times, which are noisy. */
static int weight(const struct rq_gate_result *result)
{
	return (result->is_time ? 1 : 3) + (result->outcome == RQ_FAIL);
}

/* "2 warnings, 1 inconclusive gate and 1 waived gate" */
static void add_counts(struct rq_buf *out, const size_t counts[3])
{
	static const char *const names[] = {"warning", "inconclusive gate", "waived gate"};
	size_t left = 0;

	for (int i = 0; i < 3; i++)
		left += counts[i] > 0;
	for (int i = 0; i < 3; i++) {
		if (counts[i] == 0)
			continue;
		left--;
		rq_buf_printf(out, "%zu %s%s%s", counts[i], names[i], counts[i] == 1 ? "" : "s", left == 0 ? "" : left == 1 ? " and " : ", ");
	}
}

static void add_passed(struct rq_buf *out, const struct rq_verdict *verdict, const struct rq_comparison *comparison)
{
	const struct rq_gate_result *first = NULL;
	size_t counts[3] = {0}; /* warned, undecided, waived */

	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *result = &verdict->gates[i];
		if (result->outcome == RQ_PASS)
			continue;
		if (first == NULL || weight(result) > weight(first))
			first = result;
		counts[result->waived == RQ_WAIVED ? 2 : result->outcome == RQ_INCONCLUSIVE ? 1 : 0]++;
	}
	if (first == NULL) {
		rq_buf_printf(out, "PASS: %zu of %zu gate%s passed; ", verdict->count, verdict->count, verdict->count == 1 ? "" : "s");
		add_headline(out, verdict, comparison);
		return;
	}
	rq_buf_puts(out, "PASS with ");
	add_counts(out, counts);
	rq_buf_puts(out, ": ");
	rq_show_clause(out, first);
}

/* A pass on some of the texts says of how many, and what would have been missed, once for each kind of text. */
static void add_samples(struct rq_buf *out, const struct rq_drift *drift)
{
	const char *last = NULL;

	for (size_t i = 0; drift != NULL && i < drift->count; i++) {
		const char *sample = drift->findings[i].sample;
		if (sample != NULL && (last == NULL || strcmp(sample, last) != 0))
			rq_buf_printf(out, "; %s", sample);
		last = sample == NULL ? last : sample;
	}
}

const char *rq_verdict_sentence(const struct rq_verdict *verdict, const struct rq_comparison *comparison, struct rq_arena *arena)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf out = {0};

	if (verdict->outcome == RQ_PASS) {
		add_passed(&out, verdict, comparison);
		add_samples(&out, comparison->drift);
	} else
		add_blocked(&out, verdict, comparison);
	return out.failed ? NULL : rq_arena_strndup(arena, out.data, out.size);
}
