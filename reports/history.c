/* Batches as a table, and what they measured as lines over time. */
#include "reports/history.h"

#include "gates/words.h"
#include "reports/eval_grid.h"
#include "reports/rows.h"
#include "reports/spark.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPARK_STANDARD = 20, SPARK_LEAST = 10, OTHER_COLUMNS = 80 };

/* ---- batches ---- */

enum batch_column { BATCH, LAST, COMMAND, SUITE, VERDICT, AGAIN, FAILED, WHY, BATCH_COLUMNS };

static const struct rq_grid_column batch_columns[BATCH_COLUMNS] = {{"batch", true}, {"found last", false}, {"command", false}, {"suite", false},
                                                                   {"verdict", false}, {"again", true}, {"failures", true}, {"because of", false}};

/* The gates that blocked, or how a job without a verdict ended. In the arena. */
static const char *why(const struct rq_past_batch *batch, struct rq_arena *arena)
{
	size_t blocking = 0;
	const char *first = "";

	if (strcmp(batch->verdict, RQ_NO_VERDICT) == 0)
		return batch->exit_code == 0 ? "nothing asserted" : rq_arena_printf(arena, "exit code %d", batch->exit_code);
	for (size_t i = 0; i < batch->figure_count; i++) {
		const struct rq_figure *figure = &batch->figures[i];
		if (figure->kind == RQ_FIGURE_VERDICT && figure->blocks && blocking++ == 0)
			first = figure->name;
	}
	return blocking < 2 ? first : rq_arena_printf(arena, "%s and %zu more", first, blocking - 1);
}

static const char *minute(int64_t us, struct rq_arena *arena)
{
	struct rq_moment moment = rq_moment_of(us);

	return rq_arena_printf(arena, "%.10s %.5s", moment.text, moment.text + 11);
}

static const char *count(int64_t number, struct rq_arena *arena)
{
	return number == 0 ? "" : rq_arena_printf(arena, "%lld", (long long)number);
}

static enum rq_status draw_batches(struct rq_buf *out, const struct rq_history *history, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = batch_columns, .column_count = BATCH_COLUMNS, .sticky = 1};

	for (size_t i = 0; i < history->count; i++) {
		const struct rq_past_batch *batch = &history->batches[i];
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			return rq_fail_memory(err);
		cells[BATCH] = rq_arena_printf(&grid.arena, "%lld", (long long)batch->id);
		cells[LAST] = minute(batch->last_us, &grid.arena);
		cells[COMMAND] = batch->command;
		cells[SUITE] = batch->suite;
		cells[VERDICT] = batch->verdict;
		cells[AGAIN] = count(batch->repeats, &grid.arena);
		cells[FAILED] = count(batch->failures, &grid.arena);
		cells[WHY] = why(batch, &grid.arena);
	}
	return rq_grid_draw(out, &grid, style, err);
}

/* ---- series ---- */

struct series {
	const struct rq_past_batch *batch; /* the first one that has it */
	const struct rq_figure *figure;    /* its */
	double *values;
	size_t count, capacity;
};

struct all_series {
	struct series *items;
	size_t count, capacity;
};

static void all_series_release(struct all_series *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->items[i].values);
	free(all->items);
}

/* Of everything only what is over all topics, and no difference beside its two sides. */
static bool is_drawn(const struct rq_figure *figure, const char *asked)
{
	if (figure->kind == RQ_FIGURE_VERDICT)
		return false;
	return asked != NULL ? strcmp(figure->name, asked) == 0 : figure->slice[0] == '\0' && strcmp(figure->side, rq_sides_of_run.difference) != 0;
}

static bool continues(const struct series *series, const struct rq_past_batch *batch, const struct rq_figure *figure)
{
	return series->figure->kind == figure->kind && strcmp(series->figure->name, figure->name) == 0 && strcmp(series->figure->side,
	                                                                                                         figure->side) == 0 &&
	       strcmp(series->figure->slice, figure->slice) == 0 && strcmp(series->batch->suite, batch->suite) == 0 &&
	       strcmp(series->batch->command, batch->command) == 0;
}

static bool add_value(struct all_series *all, const struct rq_past_batch *batch, const struct rq_figure *figure)
{
	size_t i = 0;

	while (i < all->count && !continues(&all->items[i], batch, figure))
		i++;
	if (i == all->count) {
		if (!RQ_RESERVE(all->items, all->capacity, all->count + 1))
			return false;
		all->items[all->count++] = (struct series){.batch = batch, .figure = figure};
	}
	struct series *series = &all->items[i];
	if (!RQ_RESERVE(series->values, series->capacity, series->count + 1))
		return false;
	series->values[series->count++] = figure->value;
	return true;
}

enum series_column { OF, NAME, SIDE, SLICE, N, FIRST, LATEST, LEAST, MOST, LINE, SERIES_COLUMNS };

static const struct rq_grid_column series_columns[SERIES_COLUMNS] = {{"suite", false}, {"figure", false}, {"side", false}, {"slice", false},
                                                                     {"n", true}, {"first", true}, {"latest", true}, {"least", true},
                                                                     {"most", true}, {"", false}};

/* "embed.rate" is texts a second. */
static const char *value_cell(double value, const struct rq_figure *figure, struct rq_arena *arena)
{
	const char *dot = strrchr(figure->name, '.');
	bool is_rate = dot != NULL && strcmp(dot, ".rate") == 0;

	return rq_arena_strdup(arena, rq_show_value(value, rq_unit_of(figure->kind == RQ_FIGURE_LATENCY, is_rate)).text);
}

static void fill_series(const char **cells, const struct series *series, struct rq_style style, struct rq_arena *arena)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
	size_t room = style.width == 0 ? SPARK_STANDARD : style.width < OTHER_COLUMNS + SPARK_LEAST ? SPARK_LEAST : (size_t)style.width - OTHER_COLUMNS;
	double least = INFINITY, most = -INFINITY;

	for (size_t i = 0; i < series->count; i++) {
		least = fmin(least, series->values[i]);
		most = fmax(most, series->values[i]);
	}
	rq_add_spark(&line, series->values, series->count, room, style.unicode);
	cells[OF] = series->batch->suite[0] != '\0' ? series->batch->suite : series->batch->command;
	cells[NAME] = series->figure->name;
	cells[SIDE] = series->figure->side;
	cells[SLICE] = series->figure->slice;
	cells[N] = rq_arena_printf(arena, "%zu", series->count);
	cells[FIRST] = value_cell(series->values[0], series->figure, arena);
	cells[LATEST] = value_cell(series->values[series->count - 1], series->figure, arena);
	cells[LEAST] = value_cell(least, series->figure, arena);
	cells[MOST] = value_cell(most, series->figure, arena);
	cells[LINE] = line.failed ? NULL : rq_arena_strdup(arena, line.data);
}

static enum rq_status draw_series(struct rq_buf *out, const struct rq_history *history, const char *asked, struct rq_style style,
                                  struct rq_error *err)
{
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = series_columns, .column_count = SERIES_COLUMNS, .sticky = SLICE};
	RQ_CLEANUP(all_series_release) struct all_series all = {0};

	for (size_t i = 0; i < history->count; i++) {
		const struct rq_past_batch *batch = &history->batches[i];
		for (size_t j = 0; j < batch->figure_count; j++)
			if (is_drawn(&batch->figures[j], asked) && !add_value(&all, batch, &batch->figures[j]))
				return rq_fail_memory(err);
	}
	for (size_t i = 0; i < all.count; i++) {
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			return rq_fail_memory(err);
		fill_series(cells, &all.items[i], style, &grid.arena);
	}
	if (all.count == 0)
		return RQ_OK;
	rq_buf_puts(out, "\n");
	return rq_grid_draw(out, &grid, style, err);
}

enum rq_status rq_history_table(struct rq_buf *out, const struct rq_history *history, const char *shown, const char *figure, struct rq_style style,
                                struct rq_error *err)
{
	if (history->count == 0) {
		rq_buf_printf(out, "%s: no such batch\n", shown);
		return rq_buf_check(out, err);
	}
	const struct rq_past_batch *first = &history->batches[0], *last = &history->batches[history->count - 1];
	rq_buf_printf(out, "%s: %zu batch%s, %s to %s\n\n", shown, history->count, history->count == 1 ? "" : "es", rq_day_of(first->last_us).text,
	              rq_day_of(last->last_us).text);
	RQ_TRY(draw_batches(out, history, style, err));
	RQ_TRY(draw_series(out, history, figure, style, err));
	return rq_buf_check(out, err);
}
