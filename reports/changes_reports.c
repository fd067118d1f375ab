/* Two reports: their verdicts, the candidates' metrics as they were measured, and the gates that say something else. */
#include "reports/changes_parts.h"

#include "gates/words.h"
#include "reports/eval_grid.h"
#include "reports/rows.h"

#include <math.h>
#include <string.h>

static const struct rq_gate_result *find_gate(const struct rq_verdict *verdict, const char *text)
{
	for (size_t i = 0; i < verdict->count; i++)
		if (strcmp(verdict->gates[i].text, text) == 0)
			return &verdict->gates[i];
	return NULL;
}

static const char *show(const struct rq_metric_result *metric, struct rq_arena *arena)
{
	if (metric == NULL || metric->absent[RQ_CANDIDATE] != NULL)
		return "-";
	return rq_arena_strdup(arena, rq_show_value(metric->value[RQ_CANDIDATE], rq_unit_of(metric->is_time, metric->is_rate)).text);
}

/* The gate of that report, in the other one: another outcome, or none. */
static size_t put_gates(struct rq_change_row *rows, const struct rq_verdict *before, const struct rq_verdict *now)
{
	size_t count = 0;

	for (size_t i = 0; i < before->count; i++) {
		const struct rq_gate_result *gate = &before->gates[i], *other = find_gate(now, gate->text);
		if (other == NULL || strcmp(rq_gate_word(gate), rq_gate_word(other)) != 0)
			rows[count++] = (struct rq_change_row){gate->text, rq_gate_word(gate), other == NULL ? "-" : rq_gate_word(other)};
	}
	for (size_t i = 0; i < now->count; i++)
		if (find_gate(before, now->gates[i].text) == NULL)
			rows[count++] = (struct rq_change_row){now->gates[i].text, "-", rq_gate_word(&now->gates[i])};
	return count;
}

enum rq_status rq_report_rows(struct rq_change_row **rows, size_t *count, const struct rq_changes *changes, struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_report_file *before = &changes->reports[RQ_BASELINE], *now = &changes->reports[RQ_CANDIDATE];
	size_t metrics = before->comparison.metric_count, own = now->comparison.metric_count;
	size_t most = 3 + metrics + own + before->verdict.count + now->verdict.count;
	const char *suites[RQ_SIDES] = {before->suite == NULL ? "-" : before->suite, now->suite == NULL ? "-" : now->suite};

	*count = 0;
	*rows = rq_arena_alloc(arena, most, sizeof **rows);
	if (*rows == NULL)
		return rq_fail_memory(err);
	if (strcmp(suites[RQ_BASELINE], suites[RQ_CANDIDATE]) != 0)
		(*rows)[(*count)++] = (struct rq_change_row){"suite", suites[RQ_BASELINE], suites[RQ_CANDIDATE]};
	(*rows)[(*count)++] = (struct rq_change_row){"started", before->started, now->started};
	(*rows)[(*count)++] = (struct rq_change_row){"verdict", rq_outcome_name(before->verdict.outcome), rq_outcome_name(now->verdict.outcome)};
	for (size_t i = 0; i < metrics; i++) {
		const struct rq_metric_result *metric = &before->comparison.metrics[i];
		const char *a = show(metric, arena), *b = show(rq_comparison_metric(&now->comparison, metric->name), arena);
		if (a == NULL || b == NULL)
			return rq_fail_memory(err);
		(*rows)[(*count)++] = (struct rq_change_row){metric->name, a, b};
	}
	for (size_t i = 0; i < own; i++) {
		const struct rq_metric_result *metric = &now->comparison.metrics[i];
		if (rq_comparison_metric(&before->comparison, metric->name) != NULL)
			continue;
		const char *b = show(metric, arena);
		if (b == NULL)
			return rq_fail_memory(err);
		(*rows)[(*count)++] = (struct rq_change_row){metric->name, "-", b};
	}
	*count += put_gates(*rows + *count, &before->verdict, &now->verdict);
	return RQ_OK;
}

enum rq_status rq_add_reports(struct rq_buf *out, const struct rq_changes *changes, struct rq_style style, struct rq_error *err)
{
	static const struct rq_grid_column columns[] = {{"of the candidates", false}, {"A", true}, {"B", true}};
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = 3, .sticky = 1};
	struct rq_change_row *rows;
	size_t count;

	RQ_TRY(rq_report_rows(&rows, &count, changes, &grid.arena, err));
	for (size_t i = 0; i < count; i++) {
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			return rq_fail_memory(err);
		cells[0] = rows[i].what;
		cells[1] = rows[i].a;
		cells[2] = rows[i].b;
	}
	rq_buf_puts(out, "\n");
	return rq_grid_draw(out, &grid, style, err);
}

static void set_values(rq_json *object, const struct rq_metric_result *metric, const struct rq_metric_result *before,
                       const struct rq_metric_result *now)
{
	rq_json *values = rq_json_set_array(object, metric->name);

	rq_json_push_number(values, before == NULL ? (double)NAN : before->value[RQ_CANDIDATE]);
	rq_json_push_number(values, now == NULL ? (double)NAN : now->value[RQ_CANDIDATE]);
}

static void push_gate(rq_json *gates, const char *text, const struct rq_gate_result *before,
                      const struct rq_gate_result *now)
{
	rq_json *entry = rq_json_push_object(gates);

	rq_json_set_string(entry, "gate", text);
	rq_json_set_string(entry, "a", before == NULL ? NULL : rq_gate_word(before));
	rq_json_set_string(entry, "b", now == NULL ? NULL : rq_gate_word(now));
}

void rq_json_set_reports(rq_json *root, const struct rq_changes *changes)
{
	const struct rq_report_file *before = &changes->reports[RQ_BASELINE], *now = &changes->reports[RQ_CANDIDATE];
	rq_json *object = rq_json_set_object(root, "reports"), *pair = rq_json_set_array(object, "verdicts"), *gates;

	rq_json_push_string(pair, rq_outcome_name(before->verdict.outcome));
	rq_json_push_string(pair, rq_outcome_name(now->verdict.outcome));
	pair = rq_json_set_object(object, "candidates");
	for (size_t i = 0; i < before->comparison.metric_count; i++) {
		const struct rq_metric_result *metric = &before->comparison.metrics[i];
		set_values(pair, metric, metric, rq_comparison_metric(&now->comparison, metric->name));
	}
	for (size_t i = 0; i < now->comparison.metric_count; i++) {
		const struct rq_metric_result *metric = &now->comparison.metrics[i];
		if (rq_comparison_metric(&before->comparison, metric->name) == NULL)
			set_values(pair, metric, NULL, metric);
	}
	gates = rq_json_set_array(object, "gates_changed");
	for (size_t i = 0; i < before->verdict.count; i++) {
		const struct rq_gate_result *gate = &before->verdict.gates[i], *other = find_gate(&now->verdict, gate->text);
		if (other == NULL || strcmp(rq_gate_word(gate), rq_gate_word(other)) != 0)
			push_gate(gates, gate->text, gate, other);
	}
	for (size_t i = 0; i < now->verdict.count; i++)
		if (find_gate(&before->verdict, now->verdict.gates[i].text) == NULL)
			push_gate(gates, now->verdict.gates[i].text, NULL, &now->verdict.gates[i]);
}
