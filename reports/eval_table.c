/* The table for people: a row a metric and run, with its interval or, of further runs, the difference to the first; what moved; what to know about
 * the numbers; the verdict of assertions last, because that is where a log ends. */
#include "reports/eval.h"

#include "gates/words.h"
#include "metrics/stats/stats.h"
#include "reports/eval_grid.h"
#include "reports/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STANDARD_DIGITS = 4, MOVES_SHOWN = 5 };
enum column { METRIC, RUN, TOPICS, VALUE, LOWEST, EXPECTED, HIGHEST, INTERVAL, DIFFERENCE, P, OUTCOMES, CHANGE, COLUMNS };

static const struct rq_grid_column columns[COLUMNS] = {{"metric", false},  {"run", false},           {"topics", true},
                                                       {"value", true},    {"lowest", true},         {"expected", true},
                                                       {"highest", true},  {"90 % interval", false}, {"difference [90 %]", false},
                                                       {"t-test p", true}, {"W/T/L", true},          {"change", false}};

static int digits_of(const struct rq_eval_report *report)
{
	return report->digits == RQ_DIGITS_OF_FORMAT ? STANDARD_DIGITS : report->digits;
}

static const char *value_cell(double value, const struct rq_metric_spec *spec, const struct rq_eval_report *report, struct rq_arena *arena)
{
	if (!isfinite(value))
		return "-";
	return rq_arena_printf(arena, "%.*f", spec->metric->is_count ? 0 : digits_of(report), value);
}

static const char *p_cell(double p, struct rq_arena *arena)
{
	if (isnan(p))
		return "-";
	return p < 1e-4 ? "< 0.0001" : rq_arena_printf(arena, "%.4f", p);
}

static const char *change_cell(const struct rq_judged_change *change, struct rq_arena *arena)
{
	if (change->change == RQ_WITHIN_MARGIN)
		return rq_arena_printf(arena, "no drop of %s", rq_show_limit(change->margin, RQ_NO_UNIT).text);
	if (change->change == RQ_UNDECIDED && change->margin < 1)
		return rq_arena_printf(arena, "undecided at %s", rq_show_limit(change->margin, RQ_NO_UNIT).text);
	return change->change == RQ_UNCHANGED ? "" : rq_change_name(change->change); /* the difference says so */
}

static void set_comparison(const char **cells, const struct rq_metric_result *result, const struct rq_judged_change *change, struct rq_arena *arena)
{
	const struct rq_paired *paired = &result->paired;

	if (!result->compared)
		return;
	cells[DIFFERENCE] = paired->identical ? "no change" : rq_difference_cell(paired->delta, paired->lower, paired->upper, arena);
	cells[P] = p_cell(paired->t_p, arena);
	cells[OUTCOMES] = rq_arena_printf(arena, "%zu/%zu/%zu", paired->wins, paired->ties, paired->losses);
	if (change != NULL)
		cells[CHANGE] = change_cell(change, arena);
}

/* A metric of one run; `slice` NULL: over all topics. */
static void add_row(struct rq_grid *grid, const struct rq_eval_report *report, size_t metric, size_t run, const struct rq_slice_result *slice)
{
	const struct rq_evaluation *evaluation = report->evaluation;
	const struct rq_evaluated_run *evaluated = &evaluation->runs[run];
	const struct rq_metric_spec *spec = &evaluation->scoring->metrics->specs[metric];
	const struct rq_metric_result *result = slice == NULL ? &evaluated->comparison.metrics[metric] : &slice->metrics[metric];
	const char **cells = rq_grid_row(grid);
	bool bounded = result->value_lower[RQ_CANDIDATE] < result->value_upper[RQ_CANDIDATE];
	int digits = digits_of(report);

	if (cells == NULL)
		return;
	if (run == 0)
		cells[METRIC] = slice == NULL ? spec->name : rq_arena_printf(&grid->arena, "%s[%s]", spec->name, slice->slice);
	if (evaluation->run_count > 1)
		cells[RUN] = report->labels[run];
	if (evaluation->slice_count > 0)
		cells[TOPICS] = rq_arena_printf(&grid->arena, "%zu", slice == NULL ? evaluated->topic_count : slice->topics);
	cells[VALUE] = value_cell(result->value[RQ_CANDIDATE], spec, report, &grid->arena);
	if (evaluated->over_ties != NULL && slice == NULL) {
		const struct rq_over_ties *ties = &evaluated->over_ties[metric];
		cells[LOWEST] = value_cell(ties->lowest, spec, report, &grid->arena);
		cells[EXPECTED] = value_cell(ties->expected, spec, report, &grid->arena);
		cells[HIGHEST] = value_cell(ties->highest, spec, report, &grid->arena);
	}
	if (evaluation->run_count == 1 && bounded)
		cells[INTERVAL] =
			rq_arena_printf(&grid->arena, "[%.*f %.*f]", digits, result->value_lower[RQ_CANDIDATE], digits, result->value_upper[RQ_CANDIDATE]);
	set_comparison(cells, result, slice == NULL ? &evaluated->changes[metric] : NULL, &grid->arena);
}

static enum rq_status add_means(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style, struct rq_error *err)
{
	const struct rq_evaluation *evaluation = report->evaluation;
	size_t metrics = evaluation->scoring->metrics->count, runs = evaluation->run_count;
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = COLUMNS, .sticky = VALUE};

	for (size_t i = 0; i < metrics; i++)
		for (size_t j = 0; j < runs; j++)
			add_row(&grid, report, i, j, NULL);
	for (size_t i = 0; i < metrics; i++)
		for (size_t s = 0; s < evaluation->slice_count; s++)
			for (size_t j = 0; j < runs; j++)
				add_row(&grid, report, i, j, &evaluation->runs[j].slices[s]);
	return rq_grid_draw(out, &grid, style, err);
}

/* ---- topics ---- */

static enum rq_status add_topics(struct rq_buf *out, const struct rq_eval_report *report, size_t number, struct rq_style style, struct rq_error *err)
{
	const struct rq_evaluation *evaluation = report->evaluation;
	const struct rq_evaluated_run *run = &evaluation->runs[number];
	const struct rq_metric_list *metrics = evaluation->scoring->metrics;
	RQ_CLEANUP(rq_free_pointer) struct rq_grid_column *names = calloc(metrics->count + 1, sizeof *names);
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = names, .column_count = 1, .sticky = 1};

	if (names == NULL)
		return rq_fail_memory(err);
	names[0] = (struct rq_grid_column){report->labels[number], false};
	for (size_t i = 0; i < metrics->count; i++)
		if (!metrics->specs[i].metric->summary_only)
			names[grid.column_count++] = (struct rq_grid_column){metrics->specs[i].name, true};
	for (size_t i = 0; i < run->topic_count; i++) {
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			return rq_fail_memory(err);
		cells[0] = run->comparison.topics[i].id;
		for (size_t j = 0, column = 1; j < metrics->count; j++)
			if (!metrics->specs[j].metric->summary_only)
				cells[column++] = value_cell(run->scores.values[j][run->topics[i]], &metrics->specs[j], report, &grid.arena);
	}
	RQ_TRY(rq_grid_draw(out, &grid, style, err));
	rq_buf_puts(out, "\n");
	return RQ_OK;
}

/* "nDCG@10 of dense fell most: q12 0.8112 -> 0.0000, q7 ..." */
static void add_moves(struct rq_buf *out, const struct rq_eval_report *report, size_t run, size_t metric, const struct rq_loss *moves, size_t count,
                      const char *verb, struct rq_style style)
{
	const struct rq_metric_result *result = &report->evaluation->runs[run].comparison.metrics[metric];
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	rq_buf_printf(&line, "%s in %zu topic%s:", verb, count, count == 1 ? "" : "s, most");
	for (size_t i = 0; i < count && i < MOVES_SHOWN; i++)
		rq_buf_printf(&line, "%s %s %s -> %s", i == 0 ? "" : ",", report->evaluation->runs[run].comparison.topics[moves[i].topic].id,
		              rq_show_value(result->per_topic[RQ_BASELINE][moves[i].topic], RQ_NO_UNIT).text,
		              rq_show_value(result->per_topic[RQ_CANDIDATE][moves[i].topic], RQ_NO_UNIT).text);
	out->failed |= line.failed;
	rq_buf_printf(out, "%s %s ", result->name, report->labels[run]);
	if (!line.failed)
		rq_add_wrapped(out, line.data, strlen(result->name) + strlen(report->labels[run]) + 2, style);
}

/* Of the first metric that was compared. */
static enum rq_status add_moved(struct rq_buf *out, const struct rq_eval_report *report, size_t run, struct rq_style style, struct rq_error *err)
{
	const struct rq_comparison *comparison = &report->evaluation->runs[run].comparison;
	RQ_CLEANUP(rq_free_pointer) struct rq_loss *losses = NULL;
	RQ_CLEANUP(rq_free_pointer) struct rq_loss *gains = NULL;
	size_t metric = 0, lost, gained;

	while (metric < comparison->metric_count && !comparison->metrics[metric].compared)
		metric++;
	if (metric == comparison->metric_count)
		return RQ_OK;
	RQ_TRY(rq_losses(&losses, &lost, comparison, metric, metric + 1, err));
	RQ_TRY(rq_gains(&gains, &gained, comparison, metric, metric + 1, err));
	if (lost > 0)
		add_moves(out, report, run, metric, losses, lost, "fell", style);
	if (gained > 0)
		add_moves(out, report, run, metric, gains, gained, "rose", style);
	return RQ_OK;
}

/* ---- all of it ---- */

/* What was judged and what was scored: every denominator. */
static enum rq_status add_title(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style, struct rq_error *err)
{
	const struct rq_evaluation *evaluation = report->evaluation;
	size_t topics = evaluation->scoring->pool->count, decided = evaluation->runs[evaluation->run_count - 1].topic_count;
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	rq_buf_printf(&line, "%s: %zu judged topic%s, %zu relevant judgment%s", report->qrels, topics, topics == 1 ? "" : "s", evaluation->relevant,
	              evaluation->relevant == 1 ? "" : "s");
	if (evaluation->run_count > 1 && rq_smallest_margin(decided) < 1)
		rq_buf_printf(&line, "; %zu scored topics can decide a margin of %s", decided, rq_show_limit(rq_smallest_margin(decided), RQ_NO_UNIT).text);
	RQ_TRY(rq_buf_check(&line, err));
	rq_add_wrapped(out, line.data, 0, style);
	for (size_t i = 0; i < evaluation->run_count; i++) {
		const struct rq_evaluated_run *run = &evaluation->runs[i];
		rq_buf_clear(&line);
		rq_buf_printf(&line, "%s%s%s: %zu topic%s in the run, %zu of the judged missing, %zu scored",
		              evaluation->run_count > 1 ? report->labels[i] : "", evaluation->run_count > 1 ? " is " : "", report->paths[i],
		              run->scores.facts.topics, run->scores.facts.topics == 1 ? "" : "s", topics - run->scores.answered_count, run->topic_count);
		RQ_TRY(rq_buf_check(&line, err));
		rq_buf_puts(out, "  ");
		rq_add_wrapped(out, line.data, 2, style);
	}
	rq_buf_puts(out, "\n");
	return RQ_OK;
}

static enum rq_status write_table(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style, struct rq_error *err)
{
	size_t runs = report->evaluation->run_count;

	if (report->quiet && report->verdicts != NULL) {
		rq_eval_add_verdicts(out, report, style);
		return rq_buf_check(out, err);
	}
	for (size_t i = 0; report->per_topic && i < runs; i++)
		RQ_TRY(add_topics(out, report, i, style, err));
	if (report->no_summary)
		return rq_buf_check(out, err);
	RQ_TRY(add_title(out, report, style, err));
	RQ_TRY(add_means(out, report, style, err));
	for (size_t i = 1; i < runs && !report->quiet; i++)
		RQ_TRY(add_moved(out, report, i, style, err));
	if (report->verdicts != NULL || (report->evaluation->diagnostic_count > 0 && !report->quiet))
		rq_buf_puts(out, "\n");
	rq_eval_add_diagnostics(out, report, style);
	rq_eval_add_verdicts(out, report, style);
	return rq_buf_check(out, err);
}

const struct rq_eval_format rq_eval_format_table = {
	.name = "table",
	.help = "for people: means, intervals, what changed, what to know",
	.write = write_table,
};
