/* The plan of a run, for people (`run --plan`) and for machines (`run --plan --json`). */
#include "evalcore/base/parse.h"
#include "evalcore/base/words.h"
#include "reports/eval_grid.h"
#include "reports/rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PLAN_SCHEMA_VERSION = 1, WIDTH_OF_A_LOG = 1000 };
static const double SHORT = .1; /* seconds that nobody needs to know */
static const double CROWDED = 2; /* tasks for each core, with which times are less sure */
enum column { STAGE, STATE, TEXTS, CACHED, TO_EMBED, VECTORS, BYTES, TIME, MEMORY, WHAT, COLUMNS };

static const struct rq_grid_column columns[COLUMNS] = {{"stage", false},  {"", false},     {"texts", true}, {"cached", true}, {"to embed", true},
                                                       {"vectors", true}, {"bytes", true}, {"time", true},  {"memory", true}, {"what", false}};

struct shown {
	char text[48];
};

static struct shown show_bytes(double bytes)
{
	struct shown shown;

	rq_show_size(shown.text, (uint64_t)bytes);
	return shown;
}

/* "0.4 to 1.6 s", both ends in the unit of the upper one. */
static struct shown show_span(struct rq_range span)
{
	static const struct {
		double seconds, least; /* used from here on */
		const char *name;
	} units[] = {{3600, 3 * 3600, "h"}, {60, 180, "min"}, {1, 0, "s"}};
	struct shown shown;
	size_t unit = 0;

	if (isnan(span.high))
		return (struct shown){"unknown"};
	if (span.high < SHORT)
		return (struct shown){"under 0.1 s"};
	while (span.high < units[unit].least)
		unit++;
	double low = span.low / units[unit].seconds, high = span.high / units[unit].seconds;
	snprintf(shown.text, sizeof shown.text, "%.*f to %.*f %s", low < 9.95 ? 1 : 0, low, high < 9.95 ? 1 : 0, high, units[unit].name);
	return shown;
}

/* One cell, or "" where there is nothing to say. */
static const char *keep(struct shown shown, struct rq_arena *arena)
{
	return rq_arena_strdup(arena, shown.text);
}

static void add_stage(struct rq_grid *grid, const struct rq_plan_stage *stage)
{
	const char **cells = rq_grid_row(grid);
	struct rq_arena *arena = &grid->arena;

	if (cells == NULL)
		return;
	cells[STAGE] = rq_arena_printf(arena, "%s%s%s", stage->side == NULL ? "" : stage->side, stage->side == NULL ? "" : " ", stage->stage);
	cells[WHAT] = stage->what;
	if (stage->state != RQ_PLAN_COMPUTE)
		cells[STATE] = rq_plan_state_name(stage->state);
	if (stage->texts > 0) {
		cells[TEXTS] = rq_arena_strdup(arena, rq_grouped(stage->texts).text);
		cells[CACHED] = rq_arena_strdup(arena, rq_grouped(stage->known).text);
		cells[TO_EMBED] = rq_arena_strdup(arena, rq_grouped(stage->to_embed).text);
	}
	if (stage->rows > 0) {
		cells[VECTORS] = stage->assumed ? rq_arena_printf(arena, "%s x ?", rq_grouped(stage->rows).text)
		                                : rq_arena_printf(arena, "%s x %zu", rq_grouped(stage->rows).text, stage->dimension);
		cells[BYTES] = keep(show_bytes(stage->bytes), arena);
	}
	if (stage->state == RQ_PLAN_LEFT_OUT)
		return;
	cells[TIME] = keep(show_span(stage->seconds), arena);
	cells[MEMORY] = stage->memory > 0 ? keep(show_bytes(stage->memory), arena) : "unknown";
}

/* On a terminal that is too narrow, in parts below each other; a log has room. */
static enum rq_status add_stages(struct rq_buf *out, const struct rq_plan *plan, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = COLUMNS, .sticky = TEXTS};

	for (size_t i = 0; i < plan->stage_count; i++)
		add_stage(&grid, &plan->stages[i]);
	style.width = style.width > 0 ? style.width : WIDTH_OF_A_LOG;
	return rq_grid_draw(out, &grid, style, err);
}

static void add_exact(struct rq_buf *out, const struct rq_plan_exact *exact, struct rq_style style)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	rq_buf_puts(&line, exact->decision);
	if (exact->products > 0)
		rq_buf_printf(&line, "; %.2g multiplications, %s where the budget is %.3g s a side", exact->products, show_span(exact->seconds).text,
		              exact->budget);
	rq_buf_puts(out, "\n");
	out->failed = out->failed || line.failed;
	if (!line.failed)
		rq_add_line(out, "exact search:", NULL, line.data, style);
}

static void add_sent(struct rq_buf *out, const struct rq_plan *plan)
{
	if (plan->sent == 0 && plan->requests == 0) {
		rq_buf_puts(out, "; nothing is sent");
		return;
	}
	rq_buf_printf(out, "; %s", show_bytes(plan->sent).text);
	if (plan->tokens > 0)
		rq_buf_printf(out, " and about %s tokens", rq_grouped((uint64_t)plan->tokens).text);
	rq_buf_puts(out, " are sent");
	if (plan->requests > 0)
		rq_buf_printf(out, " in about %s request%s", rq_grouped((uint64_t)plan->requests).text, plan->requests == 1 ? "" : "s");
}

void rq_plan_sentence(struct rq_buf *out, const struct rq_plan *plan)
{
	rq_buf_printf(out, "%s%s", plan->seconds.high < SHORT ? "" : "about ", show_span(plan->seconds).text);
	if (plan->unknown > 0)
		rq_buf_printf(out, " without %zu stage%s of unknown length", plan->unknown, plan->unknown == 1 ? "" : "s");
	rq_buf_printf(out, " and %s", show_bytes(plan->memory).text);
	if (plan->memory_left > 0)
		rq_buf_printf(out, " of %s", show_bytes(plan->memory_left).text);
	if (plan->cache == NULL)
		rq_buf_puts(out, "; nothing is cached");
	else
		rq_buf_printf(out, "; %s to cache", plan->stored > 0 ? show_bytes(plan->stored).text : "nothing new");
	add_sent(out, plan);
	if (plan->texts > 0 && plan->known == plan->texts)
		rq_buf_printf(out, "; all %s texts are there", rq_grouped(plan->texts).text);
	else if (plan->texts > 0)
		rq_buf_printf(out, "; %s of %s texts are there", rq_grouped(plan->known).text, rq_grouped(plan->texts).text);
	rq_buf_puts(out, "\n");
}

enum rq_status rq_plan_table(struct rq_buf *out, const struct rq_plan *plan, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	rq_buf_printf(&line, "%s%splan: nothing was computed, written or sent", plan->suite == NULL ? "" : plan->suite, plan->suite == NULL ? "" : ", ");
	RQ_TRY(rq_buf_check(&line, err));
	rq_add_wrapped(out, line.data, 0, style);
	rq_buf_puts(out, "\n");
	RQ_TRY(add_stages(out, plan, style, err));
	add_exact(out, &plan->exact, style);
	for (size_t i = 0; i < plan->warning_count; i++)
		rq_add_line(out, "warning:", RQ_YELLOW, plan->warnings[i], style);
	rq_buf_clear(&line);
	if (plan->crowding >= CROWDED) {
		rq_buf_printf(&line, "%.0f tasks share each core just now; the times are for a machine that stays so, and less sure", plan->crowding);
		RQ_TRY(rq_buf_check(&line, err));
		rq_add_line(out, "note:", NULL, line.data, style);
		rq_buf_clear(&line);
	}
	rq_buf_puts(out, "\n");
	rq_plan_sentence(&line, plan);
	RQ_TRY(rq_buf_check(&line, err));
	rq_add_wrapped(out, line.data, 0, style);
	return rq_buf_check(out, err);
}

/* ---- JSON ---- */

static void set_span(rq_json *object, const char *key, struct rq_range span)
{
	if (isnan(span.high)) {
		rq_json_set_string(object, key, NULL);
		return;
	}
	rq_json *pair = rq_json_set_array(object, key);
	rq_json_push_number(pair, span.low);
	rq_json_push_number(pair, span.high);
}

static void push_stage(rq_json *stages, const struct rq_plan_stage *stage)
{
	rq_json *object = rq_json_push_object(stages);

	rq_json_set_string(object, "side", stage->side);
	rq_json_set_string(object, "stage", stage->stage);
	rq_json_set_string(object, "state", rq_plan_state_name(stage->state));
	rq_json_set_string(object, "what", stage->what);
	rq_json_set_number(object, "texts", (double)stage->texts);
	rq_json_set_number(object, "cached", (double)stage->known);
	rq_json_set_number(object, "to_embed", (double)stage->to_embed);
	rq_json *vectors = rq_json_set_array(object, "vectors");
	rq_json_push_number(vectors, (double)stage->rows);
	rq_json_push_number(vectors, stage->assumed ? NAN : (double)stage->dimension);
	rq_json_set_number(object, "bytes", stage->bytes);
	set_span(object, "seconds", stage->seconds);
	rq_json_set_number(object, "memory", round(stage->memory));
	rq_json_set_number(object, "stored", round(stage->stored));
	rq_json_set_number(object, "sent", stage->sent);
	rq_json_set_number(object, "tokens", stage->tokens);
	rq_json_set_number(object, "requests", stage->requests);
}

static void set_exact(rq_json *root, const struct rq_plan_exact *exact)
{
	rq_json *object = rq_json_set_object(root, "exact");

	rq_json_set_string(object, "state", rq_plan_state_name(exact->state));
	rq_json_set_string(object, "decision", exact->decision);
	rq_json_set_number(object, "multiplications", exact->products);
	set_span(object, "seconds", exact->seconds);
	rq_json_set_number(object, "budget", exact->budget);
	rq_json_set_number(object, "topics", (double)exact->topics);
	rq_json_set_number(object, "most_topics", exact->state == RQ_PLAN_LEFT_OUT && exact->products > 0 ? (double)exact->most_topics : NAN);
}

static void set_totals(rq_json *root, const struct rq_plan *plan)
{
	rq_json *object = rq_json_set_object(root, "totals");

	rq_json_set_number(object, "texts", (double)plan->texts);
	rq_json_set_number(object, "cached", (double)plan->known);
	rq_json_set_number(object, "to_embed", (double)plan->to_embed);
	set_span(object, "seconds", plan->seconds);
	rq_json_set_number(object, "stages_unknown", (double)plan->unknown);
	rq_json_set_number(object, "memory", round(plan->memory));
	rq_json_set_number(object, "memory_left", plan->memory_left > 0 ? plan->memory_left : NAN);
	rq_json_set_number(object, "slowness", plan->slowness);
	rq_json_set_number(object, "crowding", plan->crowding > 0 ? plan->crowding : NAN);
	rq_json_set_number(object, "stored", round(plan->stored));
	rq_json_set_number(object, "sent", plan->sent);
	rq_json_set_number(object, "tokens", plan->tokens);
	rq_json_set_number(object, "requests", plan->requests);
}

enum rq_status rq_plan_json(struct rq_buf *out, const struct rq_plan *plan, struct rq_error *err)
{
	rq_json *root = rq_json_new_object();

	rq_json_set_number(root, "schema_version", PLAN_SCHEMA_VERSION);
	rq_json_set_string(root, "suite", plan->suite);
	rq_json_set_number(root, "documents", (double)plan->documents);
	rq_json_set_number(root, "topics", (double)plan->topics);
	rq_json_set_number(root, "cutoff", (double)plan->cutoff);
	rq_json_set_string(root, "cache", plan->cache);
	rq_json *stages = rq_json_set_array(root, "stages");
	for (size_t i = 0; i < plan->stage_count; i++)
		push_stage(stages, &plan->stages[i]);
	set_exact(root, &plan->exact);
	rq_json *warnings = rq_json_set_array(root, "warnings");
	for (size_t i = 0; i < plan->warning_count; i++)
		rq_json_push_string(warnings, plan->warnings[i]);
	set_totals(root, plan);
	enum rq_status status = rq_json_print(out, root, true, err);
	rq_json_free(root);
	rq_buf_puts(out, "\n");
	return status == RQ_OK ? rq_buf_check(out, err) : status;
}
