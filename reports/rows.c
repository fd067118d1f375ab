/* The verdict table as cells, whatever draws it. */
#include "reports/rows.h"

#include "gates/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const rq_column_names[RQ_COLUMNS] = {"metric", "baseline", "candidate", "difference [90 %]", "gate", "verdict"};

const char *rq_gate_word(const struct rq_gate_result *gate)
{
	if (gate->outcome != RQ_PASS && gate->waived == RQ_WAIVED)
		return "waived";
	if (gate->outcome == RQ_FAIL && gate->level == RQ_LEVEL_WARN)
		return "warn";
	if (gate->outcome == RQ_FAIL)
		return gate->absent ? "NO DATA" : "FAIL";
	return rq_outcome_name(gate->outcome);
}

bool rq_gate_is_narrow(const struct rq_gate_result *gate)
{
	if (gate->outcome != RQ_PASS || gate->doubtful)
		return gate->outcome == RQ_PASS;
	if (gate->is_time || !isnan(gate->p)) /* the bounds themselves have decided */
		return false;
	return (rq_at_least(gate->value, gate->limit) && gate->lower < gate->limit - RQ_ROUNDING) ||
	       (rq_at_most(gate->value, gate->limit) && gate->upper > gate->limit + RQ_ROUNDING);
}

/* "no loss of RR@10 in 3 topics" -> "no loss in 3 topics" */
static const char *without_metric(const struct rq_gate_result *gate, struct rq_arena *arena)
{
	const char *of = strstr(gate->text, " of "), *metric = of == NULL ? NULL : of + strlen(" of ");

	if (of == NULL || strncmp(metric, gate->metric, strlen(gate->metric)) != 0)
		return rq_arena_strdup(arena, gate->text);
	return rq_arena_printf(arena, "%.*s%s", (int)(of - gate->text), gate->text, metric + strlen(gate->metric));
}

/* What the gate's text says beside the metric: ">= 0.8", "drop <= 0.03"; all of it where it is about no metric. */
static const char *gate_cell(const struct rq_gate_result *gate, struct rq_arena *arena)
{
	const char *relation = NULL;

	for (const char *at = gate->text; *at != '\0'; at++)
		if (strncmp(at, " >= ", 4) == 0 || strncmp(at, " <= ", 4) == 0)
			relation = at + 1;
	if (relation == NULL || strstr(gate->text, gate->metric) == NULL)
		return without_metric(gate, arena);
	return rq_arena_printf(arena, "%s%s%s", gate->word == NULL ? "" : gate->word, gate->word == NULL ? "" : " ", relation);
}

const char *rq_difference_cell(double delta, double lower, double upper, struct rq_arena *arena)
{
	int decimals = fmax(fabs(lower), fabs(upper)) < 0.001 ? 4 : 3;
	struct rq_shown shown = rq_show_difference(delta, 4);

	return rq_arena_printf(arena, "%s%s [%s %s]", shown.text[0] == '0' ? " " : "", shown.text, rq_show_difference(lower, decimals).text,
	                       rq_show_difference(upper, decimals).text);
}

static const char *metric_difference(const struct rq_metric_result *metric, struct rq_arena *arena)
{
	double baseline = metric->value[RQ_BASELINE], candidate = metric->value[RQ_CANDIDATE];

	if (metric->compared && metric->paired.identical)
		return "no change";
	if (metric->compared)
		return rq_difference_cell(metric->paired.delta, metric->paired.lower, metric->paired.upper, arena);
	if (metric->is_time && baseline > 0 && isfinite(candidate / baseline))
		return rq_arena_printf(arena, "x%.2f", candidate / baseline);
	return "";
}

static struct rq_row *add_row(struct rq_rows *rows)
{
	struct rq_row *row = &rows->rows[rows->count++];

	for (int i = 0; i < RQ_COLUMNS; i++)
		row->cells[i] = "";
	return row;
}

static void set_gate(struct rq_row *row, const struct rq_gate_result *gate, struct rq_arena *arena)
{
	row->gate = gate;
	row->cells[RQ_COLUMN_GATE] = gate_cell(gate, arena);
	row->cells[RQ_COLUMN_VERDICT] = rq_gate_word(gate);
}

static void add_metric(struct rq_rows *rows, const struct rq_metric_result *metric, const struct rq_verdict *verdict)
{
	struct rq_row *row = add_row(rows);

	row->cells[RQ_COLUMN_METRIC] = metric->name;
	row->cells[RQ_COLUMN_BASELINE] =
		rq_arena_strdup(&rows->arena, rq_show_value(metric->value[RQ_BASELINE], rq_unit_of(metric->is_time, metric->is_rate)).text);
	row->cells[RQ_COLUMN_CANDIDATE] =
		rq_arena_strdup(&rows->arena, rq_show_value(metric->value[RQ_CANDIDATE], rq_unit_of(metric->is_time, metric->is_rate)).text);
	row->cells[RQ_COLUMN_DIFFERENCE] = metric_difference(metric, &rows->arena);
	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		if (gate->slice != NULL || strcmp(gate->metric, metric->name) != 0)
			continue;
		set_gate(row->gate == NULL ? row : add_row(rows), gate, &rows->arena);
	}
}

/* A gate on a slice, or on a metric that was not measured. */
static void add_lone_gate(struct rq_rows *rows, const struct rq_gate_result *gate)
{
	struct rq_row *row = add_row(rows);

	set_gate(row, gate, &rows->arena);
	row->cells[RQ_COLUMN_METRIC] = gate->slice == NULL ? gate->metric : rq_arena_printf(&rows->arena, "%s[%s]", gate->metric, gate->slice);
	row->cells[RQ_COLUMN_BASELINE] = row->cells[RQ_COLUMN_CANDIDATE] = "-";
	if (gate->slice != NULL)
		for (int side = 0; side < RQ_SIDES; side++)
			row->cells[side == RQ_BASELINE ? RQ_COLUMN_BASELINE : RQ_COLUMN_CANDIDATE] =
				rq_arena_strdup(&rows->arena, rq_show_value(gate->slice_mean[side], RQ_NO_UNIT).text);
	if (!isnan(gate->p))
		row->cells[RQ_COLUMN_DIFFERENCE] = rq_difference_cell(gate->value, gate->lower, gate->upper, &rows->arena);
	else if (gate->shown[RQ_BASELINE] != NULL || gate->shown[RQ_CANDIDATE] != NULL)
		for (int side = 0; side < RQ_SIDES; side++)
			row->cells[side == RQ_BASELINE ? RQ_COLUMN_BASELINE : RQ_COLUMN_CANDIDATE] = gate->shown[side] == NULL ? "-" : gate->shown[side];
	else if (gate->slice == NULL)
		row->cells[RQ_COLUMN_CANDIDATE] = rq_arena_strdup(&rows->arena, rq_show_value(gate->value, rq_unit_of(gate->is_time, gate->is_rate)).text);
}

enum rq_status rq_rows_make(struct rq_rows *rows, const struct rq_report *report, struct rq_error *err)
{
	const struct rq_comparison *comparison = report->comparison;

	*rows = (struct rq_rows){0};
	rows->rows = rq_arena_alloc(&rows->arena, comparison->metric_count + report->verdict->count, sizeof *rows->rows);
	if (rows->rows == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < comparison->metric_count; i++)
		add_metric(rows, &comparison->metrics[i], report->verdict);
	for (size_t i = 0; i < report->verdict->count; i++) {
		const struct rq_gate_result *gate = &report->verdict->gates[i];
		if (gate->slice != NULL || rq_comparison_metric(comparison, gate->metric) == NULL)
			add_lone_gate(rows, gate);
	}
	for (size_t i = 0; i < rows->count; i++)
		for (int column = 0; column < RQ_COLUMNS; column++)
			if (rows->rows[i].cells[column] == NULL) {
				rq_rows_release(rows);
				return rq_fail_memory(err);
			}
	return RQ_OK;
}

void rq_rows_release(struct rq_rows *rows)
{
	rq_arena_release(&rows->arena);
	*rows = (struct rq_rows){0};
}

void rq_side_title(struct rq_buf *out, const struct rq_side_info *side)
{
	if (side->embedder != NULL) {
		rq_buf_puts(out, side->embedder);
		if (side->variant != NULL)
			rq_buf_printf(out, " %s", side->variant);
		if (side->served_by != NULL && side->model != NULL)
			rq_buf_printf(out, " %s", side->model);
		if (side->dimension > 0)
			rq_buf_printf(out, " (%zu dimension%s)", side->dimension, side->dimension == 1 ? "" : "s");
		rq_buf_puts(out, side->index == NULL ? "" : ", ");
	}
	rq_buf_puts(out, side->index == NULL ? "" : side->index);
	if (side->approved != NULL)
		rq_buf_printf(out, ", approved as %s", side->approved);
}

void rq_show_bm25(struct rq_buf *out, const struct rq_comparison *comparison)
{
	bool first = true;

	for (size_t i = 0; comparison->bm25 != NULL && i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (!metric->is_judged)
			continue;
		rq_buf_printf(out, "%s%s %s", first ? "plain BM25 gets " : ", ", metric->name, rq_show_value(metric->bm25, RQ_NO_UNIT).text);
		first = false;
	}
}

bool rq_shows_builds(const struct rq_metric_result *metric)
{
	return metric->builds[RQ_BASELINE].count > 0 || metric->builds[RQ_CANDIDATE].count > 0;
}

void rq_add_builds(struct rq_buf *out, const struct rq_metric_result *metric)
{
	static const char *const names[RQ_SIDES] = {"baseline", "candidate"};
	const char *between = " from build to build: ";

	rq_buf_puts(out, metric->name);
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_builds *builds = &metric->builds[side];
		if (builds->count == 0)
			continue;
		rq_buf_printf(out, "%s%s %s to %s, standard deviation %s over %zu", between, names[side], rq_show_value(builds->lowest, RQ_NO_UNIT).text,
		              rq_show_value(builds->highest, RQ_NO_UNIT).text, rq_show_value(builds->deviation, RQ_NO_UNIT).text, builds->count);
		between = "; ";
	}
}

const char *rq_input_title(const char *name)
{
	return strcmp(name, "config") == 0 ? "config (what it says, not its file's bytes)" : name;
}

size_t rq_first_compared(const struct rq_comparison *comparison)
{
	size_t first = 0;

	while (first < comparison->metric_count && !(comparison->metrics[first].compared && comparison->metrics[first].is_judged))
		first++;
	return first;
}

static int compare_losses(const void *left, const void *right)
{
	const struct rq_loss *a = left, *b = right;

	if (a->loss != b->loss)
		return a->loss > b->loss ? -1 : 1;
	return (a->topic > b->topic) - (a->topic < b->topic); /* topics stand in the order of their ids */
}

/* `direction` -1: what fell, 1: what rose. */
static enum rq_status find_moves(struct rq_loss **moves, size_t *count, const struct rq_comparison *comparison, size_t first, size_t end,
                                 int direction, struct rq_error *err)
{
	*count = 0;
	*moves = calloc(comparison->topic_count + 1, sizeof **moves);
	if (*moves == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < comparison->topic_count; i++) {
		double sum = 0;
		for (size_t j = first; j < end; j++) {
			const struct rq_metric_result *metric = &comparison->metrics[j];
			double rise = metric->compared && metric->is_judged ? metric->per_topic[RQ_CANDIDATE][i] - metric->per_topic[RQ_BASELINE][i] : 0;
			sum += direction * rise > 0 ? direction * rise : 0; /* NaN, outside a sample, is no move */
		}
		if (sum > RQ_TIE_TOLERANCE)
			(*moves)[(*count)++] = (struct rq_loss){.topic = i, .loss = sum};
	}
	qsort(*moves, *count, sizeof **moves, compare_losses);
	return RQ_OK;
}

enum rq_status rq_losses(struct rq_loss **losses, size_t *count, const struct rq_comparison *comparison, size_t first, size_t end,
                         struct rq_error *err)
{
	return find_moves(losses, count, comparison, first, end, -1, err);
}

enum rq_status rq_gains(struct rq_loss **gains, size_t *count, const struct rq_comparison *comparison, size_t first, size_t end,
                        struct rq_error *err)
{
	return find_moves(gains, count, comparison, first, end, 1, err);
}
