/* Approved baselines as tables and as JSON. */
#include "reports/baselines.h"

#include "gates/words.h"
#include "reports/eval_grid.h"
#include "reports/rows.h"

#include <math.h>
#include <string.h>

enum { DIGEST_SHOWN = 12, METRICS_LISTED = 3, FACT_COLUMN = 15 };

/* ---- the list ---- */

enum list_column { NAME, WHEN, BY, SIDE, VERDICT, FIRST_METRIC, LIST_COLUMNS = FIRST_METRIC + METRICS_LISTED };

/* Gates judge a candidate: of a baseline side they say nothing. */
static const char *verdict_of(const struct rq_baseline *baseline, struct rq_arena *arena)
{
	if (strcmp(baseline->approved, "baseline") == 0)
		return "-";
	return baseline->forced ? rq_arena_printf(arena, "%s, forced", baseline->verdict) : baseline->verdict;
}

static const char *value_cell(double value, struct rq_arena *arena)
{
	return rq_arena_strdup(arena, rq_show_value(value, RQ_NO_UNIT).text);
}

static void add_to_list(struct rq_grid *grid, const struct rq_baseline *baseline, const struct rq_baselines *all)
{
	const char **cells = rq_grid_row(grid);
	bool pinned = all->pinned != NULL && strcmp(all->pinned, baseline->name) == 0;

	if (cells == NULL)
		return;
	cells[NAME] = pinned ? rq_arena_printf(&grid->arena, "%s (pinned)", baseline->name) : baseline->name;
	cells[WHEN] = rq_arena_printf(&grid->arena, "%.10s", baseline->when);
	cells[BY] = baseline->by == NULL ? "" : baseline->by;
	cells[SIDE] = baseline->side.index;
	cells[VERDICT] = verdict_of(baseline, &grid->arena);
	for (size_t i = 0; i < METRICS_LISTED && all->items[0].metric_count > i; i++) {
		const struct rq_baseline_metric *metric = rq_baseline_metric(baseline, all->items[0].metrics[i].name);
		cells[FIRST_METRIC + i] = metric == NULL ? "-" : value_cell(metric->value, &grid->arena);
	}
}

/* The first metrics of the first baseline give the columns. */
enum rq_status rq_baselines_table(struct rq_buf *out, const struct rq_baselines *baselines, struct rq_style style, struct rq_error *err)
{
	struct rq_grid_column columns[LIST_COLUMNS] = {{"baseline", false}, {"approved", false}, {"by", false}, {"made of", false}, {"verdict", false}};
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = FIRST_METRIC, .sticky = 1};

	if (baselines->count == 0) {
		rq_buf_printf(out, "%s: there are no baselines yet; \"rqgate baseline approve\" adds one\n", baselines->folder);
		return rq_buf_check(out, err);
	}
	for (size_t i = 0; i < METRICS_LISTED && i < baselines->items[0].metric_count; i++)
		columns[grid.column_count++] = (struct rq_grid_column){baselines->items[0].metrics[i].name, true};
	for (size_t i = 0; i < baselines->count; i++)
		add_to_list(&grid, &baselines->items[i], baselines);
	RQ_TRY(rq_grid_draw(out, &grid, style, err));
	return rq_buf_check(out, err);
}

static void set_summary(rq_json *object, const struct rq_baseline *baseline)
{
	rq_json_set_string(object, "by", baseline->by);
	rq_json_set_string(object, "why", baseline->why);
	rq_json_set_string(object, "when", baseline->when);
	rq_json_set_string(object, "verdict", baseline->verdict);
	rq_json_set_bool(object, "forced", baseline->forced);
	rq_json_set_string(object, "index", baseline->side.index);
	rq_json *metrics = rq_json_set_object(object, "metrics");
	for (size_t i = 0; i < baseline->metric_count; i++)
		rq_json_set_number(metrics, baseline->metrics[i].name, baseline->metrics[i].value);
}

static enum rq_status print(struct rq_buf *out, const rq_json *root, struct rq_error *err)
{
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

enum rq_status rq_baselines_json(struct rq_buf *out, const struct rq_baselines *baselines, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();

	rq_json_set_string(root, "folder", baselines->folder);
	rq_json_set_string(root, "pinned", baselines->pinned);
	rq_json *array = rq_json_set_array(root, "baselines");
	for (size_t i = 0; i < baselines->count; i++) {
		rq_json *object = rq_json_push_object(array);
		rq_json_set_string(object, "name", baselines->items[i].name);
		set_summary(object, &baselines->items[i]);
	}
	return print(out, root, err);
}

/* ---- one ---- */

static void add_fact(struct rq_buf *out, const char *name, const char *text, struct rq_style style)
{
	size_t width = rq_text_width(name, strlen(name), style.unicode);

	if (text == NULL)
		return;
	rq_add_text(out, name, strlen(name), style.unicode);
	rq_buf_printf(out, "%*s", width < FACT_COLUMN ? (int)(FACT_COLUMN - width) : 1, "");
	rq_add_text(out, text, strlen(text), style.unicode);
	rq_buf_puts(out, "\n");
}

/* "drop(RR@10) <= 0.03: fail, waived by ann until 2026-12-31: the index is rebuilt on Monday" */
static const char *gate_of(const struct rq_gate_result *gate, struct rq_arena *arena)
{
	const struct rq_waiver *waiver = &gate->waiver;
	const char *outcome = gate->absent ? "no data" : rq_outcome_name(gate->outcome), *level = gate->level == RQ_LEVEL_WARN ? ", warns alone" : "";

	if (gate->waived == RQ_NOT_WAIVED)
		return rq_arena_printf(arena, "%s: %s%s", gate->text, outcome, level);
	return rq_arena_printf(arena, "%s: %s%s, %s by %s until %s: %s", gate->text, outcome, level, gate->waived == RQ_WAIVED ? "waived" : "once waived",
	                       waiver->by, waiver->until, waiver->reason);
}

static enum rq_status add_gates(struct rq_buf *out, const struct rq_baseline *baseline, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};

	for (size_t i = 0; i < baseline->gate_count; i++) {
		const char *gate = gate_of(&baseline->gates[i], &arena);
		if (gate == NULL)
			return rq_fail_memory(err);
		add_fact(out, i == 0 ? "gates" : "", gate, style);
	}
	return RQ_OK;
}

static enum rq_status add_digests(struct rq_buf *out, const struct rq_baseline *baseline, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};

	for (size_t i = 0; i < baseline->digest_count; i++) {
		const char *digest = rq_arena_printf(&arena, "sha256 %.*s", DIGEST_SHOWN, baseline->digests[i].text);
		if (digest == NULL)
			return rq_fail_memory(err);
		add_fact(out, baseline->digests[i].name, digest, style);
	}
	return RQ_OK;
}

enum rq_status rq_baseline_page(struct rq_buf *out, const struct rq_baseline *baseline, bool pinned, struct rq_style style, struct rq_error *err)
{
	static const struct rq_grid_column columns[] = {{"metric", false}, {"value", true}, {"topics", true}};
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = 3, .sticky = 1};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *verdict = verdict_of(baseline, &arena);

	if (verdict == NULL)
		return rq_fail_memory(err);
	rq_add_text(out, baseline->name, strlen(baseline->name), style.unicode);
	rq_buf_puts(out, pinned ? " (pinned)\n\n" : "\n\n");
	add_fact(out, "approved", baseline->when, style);
	add_fact(out, "by", baseline->by, style);
	add_fact(out, "why", baseline->why, style);
	add_fact(out, "side", baseline->approved, style);
	add_fact(out, "verdict", verdict, style);
	RQ_TRY(add_gates(out, baseline, style, err));
	add_fact(out, "suite", baseline->suite, style);
	add_fact(out, "embedder", baseline->side.embedder, style);
	add_fact(out, "variant", baseline->side.variant, style);
	add_fact(out, "served by", baseline->side.served_by, style);
	add_fact(out, "index", baseline->side.index, style);
	add_fact(out, "rqgate", baseline->program, style);
	rq_buf_printf(out, "%-*s", FACT_COLUMN, "rankings");
	if (baseline->cutoff > 0)
		rq_buf_printf(out, "%zu deep", baseline->cutoff);
	else
		rq_buf_puts(out, "of a run file");
	rq_buf_puts(out, baseline->exact_sha256[0] == '\0' ? "\n" : ", with those of exact search\n");
	RQ_TRY(add_digests(out, baseline, style, err));
	rq_buf_puts(out, "\n");
	for (size_t i = 0; i < baseline->metric_count; i++) {
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			break;
		cells[0] = baseline->metrics[i].name;
		cells[1] = value_cell(baseline->metrics[i].value, &grid.arena);
		cells[2] = rq_arena_printf(&grid.arena, "%zu", baseline->metrics[i].samples);
	}
	RQ_TRY(rq_grid_draw(out, &grid, style, err));
	return rq_buf_check(out, err);
}

/* ---- two ---- */

static bool is_digest(const struct rq_baseline_diff *diff, const char *name)
{
	return rq_baseline_digest(diff->a, name) != NULL || rq_baseline_digest(diff->b, name) != NULL;
}

static void add_change(struct rq_buf *out, const struct rq_baseline_diff *diff, const struct rq_baseline_change *change, struct rq_style style)
{
	const char *sides[] = {change->a, change->b};

	rq_add_text(out, change->name, strlen(change->name), style.unicode);
	rq_buf_puts(out, ": ");
	for (size_t i = 0; i < 2; i++) {
		const char *text = sides[i] == NULL ? "none" : sides[i];
		size_t length = strlen(text);
		rq_buf_puts(out, i == 0 ? "" : " -> ");
		rq_add_text(out, text, sides[i] != NULL && is_digest(diff, change->name) && length > DIGEST_SHOWN ? DIGEST_SHOWN : length, style.unicode);
	}
	rq_buf_puts(out, "\n");
}

static const char *difference_cell(double a, double b, struct rq_arena *arena)
{
	return isnan(a) || isnan(b) ? "-" : rq_arena_strdup(arena, rq_show_difference(b - a, 4).text);
}

static enum rq_status draw_metrics(struct rq_buf *out, const struct rq_baseline_diff *diff, struct rq_style style, struct rq_error *err)
{
	const struct rq_grid_column columns[] = {{"metric", false}, {diff->a->name, true}, {diff->b->name, true}, {"difference", true},
	                                         {"topics", true},  {"rose", true},        {"fell", true}};
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = sizeof columns / sizeof *columns, .sticky = 1};

	for (size_t i = 0; i < diff->metric_count; i++) {
		const struct rq_baseline_metric_change *metric = &diff->metrics[i];
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			break;
		cells[0] = metric->name;
		cells[1] = value_cell(metric->a, &grid.arena);
		cells[2] = value_cell(metric->b, &grid.arena);
		cells[3] = difference_cell(metric->a, metric->b, &grid.arena);
		cells[4] = rq_arena_printf(&grid.arena, "%zu", metric->topics);
		cells[5] = rq_arena_printf(&grid.arena, "%zu", metric->rose);
		cells[6] = rq_arena_printf(&grid.arena, "%zu", metric->fell);
	}
	return rq_grid_draw(out, &grid, style, err);
}

static enum rq_status draw_topics(struct rq_buf *out, const struct rq_baseline_diff *diff, size_t topics, struct rq_style style, struct rq_error *err)
{
	const struct rq_grid_column columns[] = {{"topic", false},      {"slice", false},      {"metric", false},
	                                         {diff->a->name, true}, {diff->b->name, true}, {"difference", true}};
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = sizeof columns / sizeof *columns, .sticky = 1};

	for (size_t i = 0; i < diff->topic_count && i < topics; i++) {
		const struct rq_baseline_topic_change *change = &diff->topics[i];
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			break;
		cells[0] = change->topic;
		cells[1] = change->slice == NULL ? "" : change->slice;
		cells[2] = change->metric;
		cells[3] = value_cell(change->a, &grid.arena);
		cells[4] = value_cell(change->b, &grid.arena);
		cells[5] = difference_cell(change->a, change->b, &grid.arena);
	}
	rq_buf_puts(out, "\n");
	RQ_TRY(rq_grid_draw(out, &grid, style, err));
	if (diff->topic_count > topics)
		rq_buf_printf(out, "and %zu more; --topics shows more, --json all\n", diff->topic_count - topics);
	return RQ_OK;
}

enum rq_status rq_baseline_diff_table(struct rq_buf *out, const struct rq_baseline_diff *diff, size_t topics, struct rq_style style,
                                      struct rq_error *err)
{
	RQ_TRY(draw_metrics(out, diff, style, err));
	if (diff->topic_count > 0 && topics > 0)
		RQ_TRY(draw_topics(out, diff, topics, style, err));
	rq_buf_puts(out, "\n");
	if (diff->topic_count == 0)
		rq_buf_puts(out, "no topic moved\n");
	if (diff->only_a + diff->only_b > 0) {
		rq_buf_printf(out, "scored in one alone: %zu topics of ", diff->only_a);
		rq_add_text(out, diff->a->name, strlen(diff->a->name), style.unicode);
		rq_buf_printf(out, ", %zu of ", diff->only_b);
		rq_add_text(out, diff->b->name, strlen(diff->b->name), style.unicode);
		rq_buf_puts(out, "\n");
	}
	for (size_t i = 0; i < diff->change_count; i++)
		add_change(out, diff, &diff->changes[i], style);
	if (diff->change_count == 0)
		rq_buf_puts(out, "made of the same: no digest differs\n");
	return rq_buf_check(out, err);
}

static void push_pair(rq_json *object, const char *key, double a, double b)
{
	rq_json *pair = rq_json_set_array(object, key);

	rq_json_push_number(pair, a);
	rq_json_push_number(pair, b);
}

enum rq_status rq_baseline_diff_json(struct rq_buf *out, const struct rq_baseline_diff *diff, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();

	rq_json *names = rq_json_set_array(root, "baselines");
	rq_json_push_string(names, diff->a->name);
	rq_json_push_string(names, diff->b->name);
	rq_json *changes = rq_json_set_object(root, "made_of");
	for (size_t i = 0; i < diff->change_count; i++) {
		rq_json *pair = rq_json_set_array(changes, diff->changes[i].name);
		rq_json_push_string(pair, diff->changes[i].a);
		rq_json_push_string(pair, diff->changes[i].b);
	}
	rq_json *metrics = rq_json_set_array(root, "metrics");
	for (size_t i = 0; i < diff->metric_count; i++) {
		const struct rq_baseline_metric_change *change = &diff->metrics[i];
		rq_json *metric = rq_json_push_object(metrics);
		rq_json_set_string(metric, "metric", change->name);
		push_pair(metric, "values", change->a, change->b);
		rq_json_set_number(metric, "topics", (double)change->topics);
		rq_json_set_number(metric, "rose", (double)change->rose);
		rq_json_set_number(metric, "fell", (double)change->fell);
	}
	push_pair(root, "topics_of_one_alone", (double)diff->only_a, (double)diff->only_b);
	rq_json *topics = rq_json_set_array(root, "topics");
	for (size_t i = 0; i < diff->topic_count; i++) {
		const struct rq_baseline_topic_change *change = &diff->topics[i];
		rq_json *topic = rq_json_push_object(topics);
		rq_json_set_string(topic, "id", change->topic);
		rq_json_set_string(topic, "slice", change->slice);
		rq_json_set_string(topic, "metric", change->metric);
		push_pair(topic, "scores", change->a, change->b);
	}
	return print(out, root, err);
}
