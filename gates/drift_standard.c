/* Which gates a job of drift has: those of the config that are on what it measures, and the standard ones for all that
 * the config names no gate for. */
#include "gates/kind.h"
#include "metrics/drift/drift.h"
#include "metrics/stats/stats.h"

#include <stdio.h>
#include <string.h>

static bool is_on_drift(const struct rq_gate *gate)
{
	return gate->kind == &rq_gate_kind_drift;
}

/* A floor, a ceiling or a drop of what is found, which a job of drift scores as a run does. */
static bool is_on_answers(const struct rq_gate *gate)
{
	bool kind = gate->kind == &rq_gate_kind_max_drop || gate->kind == &rq_gate_kind_min || gate->kind == &rq_gate_kind_max;

	return kind && gate->metric.metric->source == RQ_FROM_JUDGMENTS;
}

size_t rq_gates_keep(struct rq_gates *gates, bool drift)
{
	size_t kept = 0, left_out;

	for (size_t i = 0; i < gates->count; i++)
		if (drift ? is_on_drift(gates->gates[i]) || is_on_answers(gates->gates[i]) : !is_on_drift(gates->gates[i]))
			gates->gates[kept++] = gates->gates[i];
	left_out = gates->count - kept;
	gates->count = kept;
	return left_out;
}

/* Another model than the one recorded, other neighbours of the same texts, vectors that are none, documents that are gone, other
 * answers, a metric that has fallen; the rest tells of texts, which may change. */
static const char *const serious[] = {"silent_change",  "changed_vectors",   "knn_jaccard",   "cka",         "broken_vectors",
                                      "gone_documents", "retrieval_overlap", "retrieval_rbo", "change_point"};

static bool is_not_asked(const struct rq_drift *drift, const char *figure)
{
	for (size_t i = 0; i < drift->count; i++)
		if (drift->findings[i].not_asked && strcmp(drift->findings[i].figure, figure) == 0)
			return true;
	return false;
}

/* CKA is where it stands in for the cosines of a model that is fitted anew with every corpus. */
static bool is_serious(const struct rq_drift *drift, const char *figure)
{
	if (strcmp(figure, "cka") == 0)
		return is_not_asked(drift, "silent_change");
	for (size_t i = 0; i < sizeof serious / sizeof *serious; i++)
		if (strcmp(serious[i], figure) == 0)
			return true;
	return false;
}

/* A series is too short at first; where nobody can tell of vectors, silent_change says so. */
static bool is_owed_unmeasured(const char *figure, enum rq_level level)
{
	return level == RQ_LEVEL_ERROR && strcmp(figure, "change_point") != 0 && strcmp(figure, "changed_vectors") != 0;
}

/* Whether a job must say something of a part of it: what is serious and was to be measured is held to its limit also
 * where it was not, and then fails. */
static bool is_owed(const struct rq_drift_finding *finding, const char *figure, enum rq_level level)
{
	bool owed = finding->absent == NULL || (is_owed_unmeasured(figure, level) && !finding->not_asked);

	return owed && strcmp(finding->figure, figure) == 0;
}

/* ---- what the config says itself ---- */

struct standard {
	struct rq_gates *gates;
	struct rq_gate *const *own;
	size_t own_count;
};

/* Any level, "off" too: whoever names a figure has said what is to hold of it. */
static bool is_named(const struct standard *standard, const char *figure, const char *of)
{
	for (size_t i = 0; i < standard->own_count; i++) {
		const char *own_of = NULL, *own = rq_gate_drift_figure(&own_of, standard->own[i]);
		if (own != NULL && strcmp(own, figure) == 0 && (own_of == NULL || strcmp(own_of, of) == 0))
			return true;
	}
	return false;
}

/* Of a part alone. */
static bool is_named_in_part(const struct standard *standard, const char *figure)
{
	for (size_t i = 0; i < standard->own_count; i++) {
		const char *of = NULL, *own = rq_gate_drift_figure(&of, standard->own[i]);
		if (own != NULL && strcmp(own, figure) == 0)
			return true;
	}
	return false;
}

static bool has_drop(const struct standard *standard, const char *metric)
{
	for (size_t i = 0; i < standard->own_count; i++) {
		const struct rq_gate *gate = standard->own[i];
		if (gate->kind == &rq_gate_kind_max_drop && gate->slice == NULL && strcmp(gate->metric.name, metric) == 0)
			return true;
	}
	return false;
}

/* ---- the standard ones ---- */

static enum rq_status add_expression(struct rq_gates *gates, const char *text, enum rq_level level, struct rq_error *err)
{
	RQ_TRY(rq_gate_parse_expression(&gates->gates[gates->count], text, "gates", &gates->arena, err));
	gates->gates[gates->count]->standard = true;
	gates->gates[gates->count++]->level = level;
	return RQ_OK;
}

/* One gate on all parts of a figure; where the config has one on a part, one on each of the others. */
static enum rq_status add_figure(struct standard *standard, const struct rq_drift *drift, const char *figure,
                                 enum rq_level level, struct rq_error *err)
{
	bool in_parts = is_named_in_part(standard, figure);

	for (size_t i = 0; i < drift->count; i++) {
		const struct rq_drift_finding *finding = &drift->findings[i];
		if (!is_owed(finding, figure, level) || is_named(standard, figure, finding->of))
			continue;
		const char *form = in_parts ? "drift.%s(%s)" : "drift.%s";
		const char *text = rq_arena_printf(&standard->gates->arena, form, figure, finding->of);
		if (text == NULL)
			return rq_fail_memory(err);
		RQ_TRY(add_expression(standard->gates, text, level, err));
		if (!in_parts)
			return RQ_OK;
	}
	return RQ_OK;
}

/* Also where it could not be compared: then it fails. */
static enum rq_status add_drop(struct standard *standard, struct rq_buf *undecided, const struct rq_metric_result *metric,
                               size_t topics, struct rq_error *err)
{
	double margin = rq_standard_margin(metric->compared ? rq_paired_units(&metric->paired) : topics);
	struct rq_metric_spec spec;
	char text[128];

	RQ_TRY(rq_metric_parse(&spec, metric->name, err));
	if (!rq_metric_pairs(spec.metric) || has_drop(standard, metric->name))
		return RQ_OK;
	if (margin >= 1) {
		rq_buf_printf(undecided, "%s%s", undecided->size == 0 ? "" : ", ", metric->name);
		return RQ_OK;
	}
	snprintf(text, sizeof text, "drop(%s) <= %.2f", metric->name, margin);
	return add_expression(standard->gates, text, RQ_LEVEL_ERROR, err);
}

static enum rq_status add_drops(struct standard *standard, struct rq_buf *notes, const struct rq_comparison *comparison,
                                struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf undecided = {0};

	for (size_t i = 0; i < comparison->metric_count; i++)
		RQ_TRY(add_drop(standard, &undecided, &comparison->metrics[i], comparison->topic_count, err));
	RQ_TRY(rq_buf_check(&undecided, err));
	if (undecided.size > 0)
		rq_buf_printf(notes,
		              "%zu judged topic%s, or clusters of them, can decide no drop, so none of %s is held by a standard gate; "
		              "judge four topics at least, or set a floor such as \"%s >= 0.5\"",
		              comparison->topic_count, comparison->topic_count == 1 ? "" : "s", undecided.data,
		              comparison->metrics[0].name);
	return rq_buf_check(notes, err);
}

enum rq_status rq_gates_standard_drift(struct rq_gates *gates, struct rq_buf *notes, const struct rq_comparison *comparison,
                                       struct rq_error *err)
{
	const struct rq_drift *drift = comparison->drift;
	struct standard standard = {gates, gates->gates, gates->count};

	size_t most = gates->count + comparison->metric_count + drift->count + 1;

	gates->gates = rq_arena_alloc(&gates->arena, most, sizeof *gates->gates);
	if (gates->gates == NULL)
		return rq_fail_memory(err);
	gates->count = 0;
	for (size_t i = 0; i < sizeof serious / sizeof *serious; i++)
		if (is_serious(drift, serious[i]))
			RQ_TRY(add_figure(&standard, drift, serious[i], RQ_LEVEL_ERROR, err));
	for (size_t i = 0; i < standard.own_count; i++)
		gates->gates[gates->count++] = standard.own[i];
	RQ_TRY(add_drops(&standard, notes, comparison, err));
	for (size_t i = 0; i < RQ_DRIFT_FIGURES; i++)
		if (!is_serious(drift, rq_drift_figures[i].name))
			RQ_TRY(add_figure(&standard, drift, rq_drift_figures[i].name, RQ_LEVEL_WARN, err));
	return RQ_OK;
}
