/* What failed in earlier batches: a table, JSON lines, one of them whole. */
#include "reports/eval_grid.h"
#include "reports/history.h"
#include "reports/rows.h"

#include <string.h>

enum { REASON_MOST = 80 };

enum column { ID, BATCH, WHEN, SIDE, WHAT, STAGE, STATE, REASON, COLUMNS };

static const struct rq_grid_column columns[COLUMNS] = {{"failure", true}, {"batch", true}, {"when", false}, {"side", false}, {"what", false},
                                                       {"stage", false}, {"over", false}, {"reason", false}};

static const char *shortened(const char *text, struct rq_arena *arena)
{
	size_t length = strlen(text), most = REASON_MOST;

	if (length <= most)
		return text;
	while (most > 0 && ((unsigned char)text[most] & 0xC0) == 0x80)
		most--;
	return rq_arena_printf(arena, "%.*s...", (int)most, text);
}

enum rq_status rq_past_failures_table(struct rq_buf *out, const struct rq_past_failures *failures, const char *shown, struct rq_style style,
                                      struct rq_error *err)
{
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = COLUMNS, .sticky = 1};

	if (failures->count == 0) {
		rq_buf_printf(out, "%s: no such failure\n", shown);
		return rq_buf_check(out, err);
	}
	for (size_t i = 0; i < failures->count; i++) {
		const struct rq_past_failure *past = &failures->items[i];
		struct rq_moment moment = rq_moment_of(past->failed_us);
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			return rq_fail_memory(err);
		cells[ID] = rq_arena_printf(&grid.arena, "%lld", (long long)past->id);
		cells[BATCH] = rq_arena_printf(&grid.arena, "%lld", (long long)past->batch_id);
		cells[WHEN] = rq_arena_printf(&grid.arena, "%.10s %.5s", moment.text, moment.text + 11);
		cells[SIDE] = past->failure.side;
		cells[WHAT] = rq_arena_printf(&grid.arena, "%s %s", past->failure.what, past->failure.name);
		cells[STAGE] = past->failure.stage;
		cells[STATE] = past->resolved_us == 0 ? "" : rq_arena_printf(&grid.arena, "by batch %lld", (long long)past->resolved_batch_id);
		cells[REASON] = shortened(past->failure.reason, &grid.arena);
	}
	RQ_TRY(rq_grid_draw(out, &grid, style, err));
	return rq_buf_check(out, err);
}

enum rq_status rq_past_failures_jsonl(struct rq_buf *out, const struct rq_past_failures *failures, struct rq_error *err)
{
	for (size_t i = 0; i < failures->count; i++) {
		const struct rq_past_failure *past = &failures->items[i];
		RQ_CLEANUP(rq_json_free_pointer) rq_json *line = rq_json_new_object();
		rq_json_set_number(line, "failure_id", (double)past->id);
		rq_json_set_number(line, "batch_id", (double)past->batch_id);
		rq_json_set_string(line, "time", rq_moment_of(past->failed_us).text);
		rq_json_set_string(line, "command", past->command);
		rq_json_set_string(line, "suite", past->suite[0] == '\0' ? NULL : past->suite);
		rq_json_set_string(line, "config", past->config);
		rq_json_set_string(line, "side", past->failure.side[0] == '\0' ? NULL : past->failure.side);
		rq_json_set_string(line, "stage", past->failure.stage);
		rq_json_set_string(line, "what", past->failure.what);
		rq_json_set_string(line, "name", past->failure.name);
		rq_json_set_string(line, "input", past->failure.input);
		rq_json_set_string(line, "reason", past->failure.reason);
		rq_json_set_number(line, "attempts", past->failure.attempts);
		rq_json_set_number(line, "seconds", past->failure.seconds);
		rq_json_set_bool(line, "open", past->resolved_us == 0);
		if (past->resolved_us != 0) {
			rq_json_set_number(line, "resolved_batch_id", (double)past->resolved_batch_id);
			rq_json_set_string(line, "resolved", rq_moment_of(past->resolved_us).text);
		}
		RQ_TRY(rq_json_print(out, line, false, err));
		rq_buf_puts(out, "\n");
	}
	return rq_buf_check(out, err);
}

static void add_fact(struct rq_buf *out, const char *name, const char *text, struct rq_style style)
{
	rq_buf_printf(out, "%-9s ", name);
	rq_add_text(out, text, strlen(text), style.unicode);
	rq_buf_puts(out, "\n");
}

/* The input as it is but for what could steer a terminal, its lines kept. */
static void add_input(struct rq_buf *out, const char *text, struct rq_style style)
{
	for (const char *line = text;;) {
		size_t length = strcspn(line, "\n");
		rq_add_text(out, line, length, style.unicode || style.width == 0);
		rq_buf_puts(out, "\n");
		if (line[length] == '\0')
			return;
		line += length + 1;
	}
}

enum rq_status rq_past_failure_page(struct rq_buf *out, const struct rq_past_failure *past, struct rq_style style, struct rq_error *err)
{
	const struct rq_kept_failure *failure = &past->failure;

	rq_buf_printf(out, "failure   %lld, of batch %lld\n", (long long)past->id, (long long)past->batch_id);
	add_fact(out, "time", rq_moment_of(past->failed_us).text, style);
	add_fact(out, "suite", past->suite[0] == '\0' ? "none" : past->suite, style);
	add_fact(out, "config", past->config, style);
	add_fact(out, failure->what, failure->name, style);
	if (failure->side[0] != '\0')
		add_fact(out, "side", failure->side, style);
	add_fact(out, "stage", failure->stage, style);
	if (failure->attempts > 0)
		rq_buf_printf(out, "attempts  %u, in %.3g s\n", failure->attempts, failure->seconds);
	add_fact(out, "reason", failure->reason, style);
	if (past->resolved_us == 0)
		rq_buf_puts(out, "over      no\n");
	else
		rq_buf_printf(out, "over      by batch %lld, %s\n", (long long)past->resolved_batch_id, rq_moment_of(past->resolved_us).text);
	rq_buf_puts(out, "\n");
	add_input(out, failure->input, style);
	return rq_buf_check(out, err);
}
