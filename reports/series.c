/* What belongs to one line over time. */
#include "reports/series.h"

#include "evalcore/review/texts.h"

#include <stdlib.h>
#include <string.h>

enum { SENTENCE_SHOWN = 120 };

static bool is_shown(const struct rq_figure *figure, const char *asked)
{
	if (figure->kind == RQ_FIGURE_VERDICT)
		return false;
	return asked != NULL ? strcmp(figure->name, asked) == 0 : figure->slice[0] == '\0' && strcmp(figure->side, rq_sides_of_run.difference) != 0;
}

static bool continues(const struct rq_series *series, const struct rq_past_batch *batch, const struct rq_figure *figure)
{
	const struct rq_past_batch *first = series->batches[0];

	return series->figure->kind == figure->kind && strcmp(series->figure->name, figure->name) == 0 &&
	       strcmp(series->figure->side, figure->side) == 0 && strcmp(series->figure->slice, figure->slice) == 0 &&
	       strcmp(first->suite, batch->suite) == 0 && strcmp(first->command, batch->command) == 0;
}

static bool add_value(struct rq_all_series *all, const struct rq_past_batch *batch, const struct rq_figure *figure)
{
	size_t i = 0;

	while (i < all->count && !continues(&all->items[i], batch, figure))
		i++;
	if (i == all->count && !RQ_RESERVE(all->items, all->capacity, all->count + 1))
		return false;
	struct rq_series grown = i == all->count ? (struct rq_series){.figure = figure} : all->items[i];
	bool room = RQ_RESERVE(grown.values, grown.values_capacity, grown.count + 1) &&
	            RQ_RESERVE(grown.batches, grown.batches_capacity, grown.count + 1);
	if (room) {
		grown.values[grown.count] = figure->value;
		grown.batches[grown.count++] = batch;
	}
	if (i == all->count && !room) { /* a series has one value at least */
		free(grown.values);
		return false;
	}
	all->items[i] = grown;
	all->count = i == all->count ? i + 1 : all->count;
	return room;
}

enum rq_status rq_series_collect(struct rq_all_series *all, const struct rq_history *history, const char *figure, struct rq_error *err)
{
	for (size_t i = 0; i < history->count; i++) {
		const struct rq_past_batch *batch = &history->batches[i];
		for (size_t j = 0; j < batch->figure_count; j++)
			if (is_shown(&batch->figures[j], figure) && !add_value(all, batch, &batch->figures[j]))
				return rq_fail_memory(err);
	}
	return RQ_OK;
}

void rq_series_release(struct rq_all_series *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->items[i].values);
		free(all->items[i].batches);
	}
	free(all->items);
	*all = (struct rq_all_series){0};
}

/* "embed.rate" is texts a second. */
bool rq_figure_is_rate(const struct rq_figure *figure)
{
	const char *dot = strrchr(figure->name, '.');

	return dot != NULL && strcmp(dot, ".rate") == 0;
}

static const char *why_none(const struct rq_past_batch *batch, struct rq_arena *arena)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	if (batch->sentence[0] == '\0')
		return batch->exit_code == 0 ? "nothing asserted" : rq_arena_printf(arena, "exit code %d", batch->exit_code);
	rq_add_one_line(&line, batch->sentence, SENTENCE_SHOWN);
	return line.failed ? NULL : rq_arena_strdup(arena, line.data);
}

const char *rq_batch_reason(const struct rq_past_batch *batch, struct rq_arena *arena)
{
	size_t blocking = 0;
	const char *first = "";

	if (strcmp(batch->verdict, RQ_NO_VERDICT) == 0)
		return why_none(batch, arena);
	for (size_t i = 0; i < batch->figure_count; i++) {
		const struct rq_figure *figure = &batch->figures[i];
		if (figure->kind == RQ_FIGURE_VERDICT && figure->blocks && blocking++ == 0)
			first = figure->name;
	}
	return blocking < 2 ? first : rq_arena_printf(arena, "%s and %zu more", first, blocking - 1);
}
