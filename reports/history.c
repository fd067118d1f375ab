/* Batches as a table, and what they measured as lines over time. */
#include "reports/history.h"

#include "gates/words.h"
#include "reports/eval_grid.h"
#include "reports/rows.h"
#include "reports/series.h"
#include "reports/spark.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPARK_STANDARD = 20, SPARK_LEAST = 10, OTHER_COLUMNS = 80 };

/* ---- batches ---- */

enum batch_column { BATCH, LAST, COMMAND, SUITE, VERDICT, AGAIN, FAILED, WHY, BATCH_COLUMNS };

static const struct rq_grid_column batch_columns[BATCH_COLUMNS] = {{"batch", true}, {"found last", false}, {"command", false}, {"suite", false},
                                                                   {"verdict", false}, {"again", true}, {"failures", true}, {"because of", false}};

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
		cells[WHY] = rq_batch_reason(batch, &grid.arena);
	}
	return rq_grid_draw(out, &grid, style, err);
}

/* ---- series ---- */

enum series_column { OF, NAME, SIDE, SLICE, N, FIRST, LATEST, LEAST, MOST, LINE, SERIES_COLUMNS };

static const struct rq_grid_column series_columns[SERIES_COLUMNS] = {{"suite", false}, {"figure", false}, {"side", false}, {"slice", false},
                                                                     {"n", true}, {"first", true}, {"latest", true}, {"least", true},
                                                                     {"most", true}, {"", false}};

static const char *value_cell(double value, const struct rq_figure *figure, struct rq_arena *arena)
{
	return rq_arena_strdup(arena, rq_show_value(value, rq_unit_of(figure->kind == RQ_FIGURE_LATENCY, rq_figure_is_rate(figure))).text);
}

static void fill_series(const char **cells, const struct rq_series *series, struct rq_style style, struct rq_arena *arena)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
	size_t room = style.width == 0 ? SPARK_STANDARD : style.width < OTHER_COLUMNS + SPARK_LEAST ? SPARK_LEAST : (size_t)style.width - OTHER_COLUMNS;
	double least = INFINITY, most = -INFINITY;

	for (size_t i = 0; i < series->count; i++) {
		least = fmin(least, series->values[i]);
		most = fmax(most, series->values[i]);
	}
	rq_add_spark(&line, series->values, series->count, room, style.unicode);
	cells[OF] = series->batches[0]->suite[0] != '\0' ? series->batches[0]->suite : series->batches[0]->command;
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
	RQ_CLEANUP(rq_series_release) struct rq_all_series all = {0};

	RQ_TRY(rq_series_collect(&all, history, asked, err));
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
