/* Weeks are read from the store, and one value of each is taken. */
#include "ci/cli/drift_series.h"

#include "evalcore/memory/history.h"
#include "evalcore/pipeline/drift.h"

#include <math.h>
#include <string.h>

enum { BATCHES_MOST = 1000 }; /* years of weeks, and what was tried within them */

/* Digest of an input, then and now; neither has it: the same. */
static bool has_same(const struct rq_past_batch *batch, const struct rq_comparison *comparison, const char *input)
{
	const char *now = rq_comparison_input(comparison, input), *then = NULL;

	for (size_t i = 0; i < batch->input_count; i++)
		if (strcmp(batch->inputs[i].name, input) == 0)
			then = batch->inputs[i].text;
	return now == NULL || then == NULL ? now == then : strcmp(now, then) == 0;
}

/* The next argument that changes the config, with its quotes; NULL: none. */
static const char *next_change(const char *arguments, size_t *length)
{
	const char *start = arguments == NULL ? NULL : strstr(arguments, "\"--set="), *end = start;

	if (start == NULL)
		return NULL;
	for (end++; *end != '\0' && *end != '"'; end++)
		end += *end == '\\' && end[1] != '\0';
	*length = (size_t)(end - start);
	return start;
}

/* Both change the config alike: a trial is no week of the job, nor a week one of the trial's. */
static bool has_same_changes(const char *then, const char *now)
{
	size_t then_length = 0, now_length = 0;

	for (;;) {
		then = next_change(then, &then_length);
		now = next_change(now, &now_length);
		if (then == NULL || now == NULL)
			return then == now;
		if (then_length != now_length || memcmp(then, now, then_length) != 0)
			return false;
		then += then_length;
		now += now_length;
	}
}

static bool is_of_series(const struct rq_past_batch *batch, const struct rq_comparison *comparison, const struct rq_memo *memo, const char *week)
{
	bool ours = memo->batch.suite != NULL || strcmp(batch->config, memo->batch.config) == 0;

	return ours && strcmp(batch->week, week) != 0 && has_same_changes(batch->arguments, memo->batch.arguments) && has_same(batch, comparison, "topics") && has_same(batch, comparison, "qrels");
}

static double value_of(const struct rq_past_batch *batch, const char *metric)
{
	for (size_t i = 0; i < batch->figure_count; i++) {
		const struct rq_figure *figure = &batch->figures[i];
		if (figure->kind == RQ_FIGURE_METRIC && strcmp(figure->name, metric) == 0 && strcmp(figure->side, "candidate") == 0 &&
		    figure->slice[0] == '\0')
			return figure->value;
	}
	return NAN;
}

/* The last value of each week. */
static enum rq_status take_weeks(struct rq_drift_series *series, const struct rq_history *history, const struct rq_comparison *comparison,
                                 const struct rq_memo *memo, struct rq_arena *arena, struct rq_error *err)
{
	double *values = rq_arena_alloc(arena, history->count + 1, sizeof *values);
	const struct rq_day now = rq_week_of(memo->batch.started_us);
	const char *last = "";

	if (values == NULL)
		return rq_fail_memory(err);
	series->values = values;
	for (size_t i = 0; i < history->count; i++) {
		const struct rq_past_batch *batch = &history->batches[i];
		double value = value_of(batch, series->metric);
		if (isnan(value) || !is_of_series(batch, comparison, memo, now.text))
			continue;
		series->count -= series->count > 0 && strcmp(last, batch->week) == 0;
		values[series->count++] = value;
		last = batch->week;
	}
	return RQ_OK;
}

enum rq_status rq_drift_series_add(struct rq_pipeline *pipeline, struct rq_memo *memo, int64_t as_of, struct rq_arena *arena,
                                   struct rq_error *err)
{
	RQ_CLEANUP(rq_history_release) struct rq_history history = {0};
	struct rq_comparison *comparison = &pipeline->comparison;
	const struct rq_history_filter filter = {
		.command = "drift",
		.suite = memo->batch.suite,
		.reference = rq_comparison_input(comparison, RQ_INPUT_REFERENCE),
		.until_us = as_of == INT64_MAX ? 0 : (as_of + 1) * 1000000,
		.limit = BATCHES_MOST,
	};
	struct rq_drift_series *series = rq_arena_alloc(arena, comparison->metric_count + 1, sizeof *series);

	if (series == NULL)
		return rq_fail_memory(err);
	if (!memo->open)
		return RQ_OK;
	RQ_TRY(rq_history_read(&history, &memo->store, &filter, err));
	for (size_t i = 0; i < comparison->metric_count; i++) {
		series[i].metric = comparison->metrics[i].name;
		RQ_TRY(take_weeks(&series[i], &history, comparison, memo, arena, err));
	}
	return rq_drift_add_series(pipeline, series, comparison->metric_count, err);
}
