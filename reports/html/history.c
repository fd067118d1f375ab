/* The store as a page: where each job stands, each figure as a line over time, both sides in one plot, and the batches that they come from; of a report its metrics. */
#include "reports/html/html.h"

#include "reports/history.h"
#include "reports/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 720, HEIGHT = 170, LEFT = 64, EDGE = 40, TOP = 12, FOOT = 26, DAYS_SHOWN = 5, PAST_OPEN = 3, JOBS_SHOWN = 12 };

/* ---- a figure over time ---- */

static enum rq_unit unit_of(const struct rq_figure *figure)
{
	return rq_unit_of(figure->kind == RQ_FIGURE_LATENCY, rq_figure_is_rate(figure));
}

/* The same figure of another side. */
static bool belong_together(const struct rq_series *a, const struct rq_series *b)
{
	return a->figure->kind == b->figure->kind && strcmp(a->figure->name, b->figure->name) == 0 && strcmp(a->figure->slice, b->figure->slice) == 0 &&
	       strcmp(a->batches[0]->suite, b->batches[0]->suite) == 0 && strcmp(a->batches[0]->command, b->batches[0]->command) == 0;
}

static const char *side_of(const struct rq_series *series)
{
	return strcmp(series->figure->side, "baseline") == 0 ? "baseline" : "candidate";
}

static void draw_line(struct rq_page *page, const struct rq_series *series, const struct rq_scale *x, const struct rq_scale *y)
{
	const char *side = side_of(series), *step = "M";

	rq_buf_printf(page->out, "<path class=\"steps %s\" d=\"", side);
	for (size_t i = 0; i < series->count; i++) {
		if (!isfinite(series->values[i]))
			continue;
		rq_buf_printf(page->out, "%s%.1f %.1f", step, rq_scale_at(x, (double)series->batches[i]->last_us), rq_scale_at(y, series->values[i]));
		step = "L";
	}
	rq_buf_puts(page->out, "\"/>");
	for (size_t i = 0; i < series->count; i++) {
		bool fails = strcmp(series->batches[i]->verdict, "fail") == 0 && strcmp(side, "baseline") != 0;
		const char *kind = fails ? "dot fail" : strcmp(side, "baseline") == 0 ? "dot baseline" : "dot candidate";
		double at = rq_scale_at(x, (double)series->batches[i]->last_us);
		if (isfinite(series->values[i]))
			rq_svg_dot(page, kind, at, rq_scale_at(y, series->values[i]), fails ? 5 : 3.5);
	}
}

/* "2026-11-21", or "11-21 03:36" where all of it lies within a few days. */
static void add_moment(struct rq_page *page, const struct rq_scale *x, double at)
{
	struct rq_moment moment = rq_moment_of((int64_t)at);

	moment.text[10] = ' ';
	moment.text[16] = '\0';
	if (x->to - x->from < (DAYS_SHOWN - 1) * 86400e6)
		rq_svg_text(page, "tick", rq_scale_at(x, at), HEIGHT - FOOT + 16, "middle", moment.text + 5);
	else
		rq_svg_text(page, "tick", rq_scale_at(x, at), HEIGHT - FOOT + 16, "middle", rq_day_of((int64_t)at).text);
}

/* Days, as far apart as their names need. */
static void add_days(struct rq_page *page, const struct rq_scale *x)
{
	rq_svg_line(page, "axis", x->left, HEIGHT - FOOT, x->right, HEIGHT - FOOT);
	for (int i = 0; i < DAYS_SHOWN; i++) {
		double at = x->from + (x->to - x->from) * i / (DAYS_SHOWN - 1);
		rq_svg_line(page, "grid", rq_scale_at(x, at), TOP, rq_scale_at(x, at), HEIGHT - FOOT + 3);
		add_moment(page, x, at);
	}
}

static void add_values(struct rq_page *page, const struct rq_scale *y, enum rq_unit unit)
{
	double ticks[4];
	size_t count = rq_scale_ticks(ticks, sizeof ticks / sizeof *ticks, y);

	for (size_t i = 0; i < count; i++) {
		rq_svg_line(page, "grid", LEFT, rq_scale_at(y, ticks[i]), WIDTH - EDGE, rq_scale_at(y, ticks[i]));
		rq_svg_text(page, "tick", LEFT - 6, rq_scale_at(y, ticks[i]) + 4, "end",
		            unit == RQ_NO_UNIT ? rq_tick_text(ticks[i]).text : rq_show_limit(ticks[i], unit).text);
	}
}

/* What is told of it to who does not see it. In the arena; NULL: no memory. */
static const char *describe(const struct rq_series *const *lines, size_t count, struct rq_arena *arena)
{
	const char *text = "";

	for (size_t i = 0; i < count && text != NULL; i++) {
		const struct rq_series *series = lines[i];
		enum rq_unit unit = unit_of(series->figure);
		text = rq_arena_printf(arena, "%s%s%s: %zu value%s, first %s on %s, latest %s on %s", text, i == 0 ? "" : "; ",
		                       series->figure->side[0] == '\0' ? "values" : series->figure->side, series->count, series->count == 1 ? "" : "s", rq_show_value(series->values[0],
		                                                                                                                       unit).text,
		                       rq_day_of(series->batches[0]->last_us).text, rq_show_value(series->values[series->count - 1], unit).text,
		                       rq_day_of(series->batches[series->count - 1]->last_us).text);
	}
	return text;
}

static void draw_figure(struct rq_page *page, const struct rq_series *const *lines, size_t count, double from, double to)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_series *first = lines[0];
	const struct rq_figure *figure = first->figure;
	size_t values = 0;

	for (size_t i = 0; i < count; i++)
		values += lines[i]->count;
	RQ_CLEANUP(rq_free_pointer) double *all = calloc(values, sizeof *all);
	const char *suite = first->batches[0]->suite, *description = describe(lines, count, &arena);
	const char *title = rq_arena_printf(&arena, "%s%s%s%s over time, %s%s%s", figure->name, figure->slice[0] == '\0' ? "" : "[", figure->slice,
	                                    figure->slice[0] == '\0' ? "" : "]", first->batches[0]->command, suite[0] == '\0' ? "" : " of ", suite);
	page->failed |= all == NULL || title == NULL || description == NULL;
	if (page->failed)
		return;
	values = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < lines[i]->count; j++)
			all[values++] = lines[i]->values[j];
	const struct rq_scale x = {from, to, LEFT, WIDTH - EDGE, false}, y = rq_scale_of(all, values, HEIGHT - FOOT, TOP);
	rq_html_put(page->out, "<h3>%s</h3>\n", title);
	rq_svg_begin(page, "wide", WIDTH, HEIGHT, title, description);
	add_values(page, &y, unit_of(figure));
	add_days(page, &x);
	for (size_t i = 0; i < count; i++)
		draw_line(page, lines[i], &x, &y);
	rq_svg_end(page, "wide");
	rq_html_put(page->out, "<p class=\"key\">%s.</p>\n", description);
}

static enum rq_status draw_figures(struct rq_page *page, const struct rq_history *history, const char *figure, struct rq_error *err)
{
	RQ_CLEANUP(rq_series_release) struct rq_all_series all = {0};
	double from = (double)history->batches[0].last_us, to = (double)history->batches[history->count - 1].last_us;

	RQ_TRY(rq_series_collect(&all, history, figure, err));
	RQ_CLEANUP(rq_free_pointer) bool *drawn = calloc(all.count + 1, sizeof *drawn);
	RQ_CLEANUP(rq_free_pointer) const struct rq_series **lines = calloc(all.count + 1, sizeof *lines);
	if (drawn == NULL || lines == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < all.count; i++) {
		size_t count = 0;
		for (size_t j = i; j < all.count && !drawn[i]; j++)
			if (!drawn[j] && belong_together(&all.items[i], &all.items[j])) {
				lines[count++] = &all.items[j];
				drawn[j] = j > i;
			}
		if (count > 0)
			draw_figure(page, lines, count, from, to > from ? to : from + 86400e6);
	}
	return RQ_OK;
}

/* ---- the metrics of a report ---- */

/* What the store would have of one side; values and batches are the caller's. */
static size_t take_values(double *values, const struct rq_past_batch **of, const struct rq_past_batch *batches, const struct rq_report *report,
                          size_t metric, int side)
{
	size_t count = 0;

	for (size_t i = 0; i < report->past_count; i++) {
		if (!isfinite(report->past[i].values[metric][side]))
			continue;
		values[count] = report->past[i].values[metric][side];
		of[count++] = &batches[i];
	}
	return count;
}

static void draw_metric(struct rq_page *page, const struct rq_report *report, size_t metric, const struct rq_past_batch *batches)
{
	const struct rq_metric_result *result = &report->comparison->metrics[metric];
	RQ_CLEANUP(rq_free_pointer) double *values = calloc(2 * report->past_count, sizeof *values);
	RQ_CLEANUP(rq_free_pointer) const struct rq_past_batch **of = calloc(2 * report->past_count, sizeof *of);
	struct rq_figure figures[RQ_SIDES];
	struct rq_series series[RQ_SIDES];
	const struct rq_series *lines[RQ_SIDES];
	size_t count = 0;
	double from = (double)batches[0].last_us, to = (double)batches[report->past_count - 1].last_us;

	page->failed |= values == NULL || of == NULL;
	for (int side = 0; side < RQ_SIDES && !page->failed; side++) {
		size_t first = side == RQ_BASELINE ? 0 : report->past_count;
		size_t taken = take_values(values + first, of + first, batches, report, metric, side);
		figures[side] = (struct rq_figure){.kind = result->is_time ? RQ_FIGURE_LATENCY : RQ_FIGURE_METRIC, .name = result->name,
		                                   .side = rq_sides_of_run.sides[side], .slice = ""};
		series[side] = (struct rq_series){.figure = &figures[side], .values = values + first, .batches = of + first, .count = taken};
		if (taken > 0)
			lines[count++] = &series[side];
	}
	if (count > 0 && !page->failed)
		draw_figure(page, lines, count, from, to > from ? to : from + 86400e6);
}

void rq_html_past(struct rq_page *page, const struct rq_report *report)
{
	size_t metrics = report->comparison->metric_count;

	if (report->past_count < 2 || metrics == 0) /* this run alone is no line */
		return;
	RQ_CLEANUP(rq_free_pointer) struct rq_past_batch *batches = calloc(report->past_count, sizeof *batches);
	page->failed |= batches == NULL;
	if (page->failed)
		return;
	for (size_t i = 0; i < report->past_count; i++)
		batches[i] = (struct rq_past_batch){.last_us = report->past[i].us, .verdict = report->past[i].verdict, .command = "run",
		                                    .suite = report->suite == NULL ? "" : report->suite};
	rq_html_section(page, "history", "Over time");
	rq_buf_printf(page->out, "<p>The last %zu findings of this suite, this run last. The baseline is a solid line, the candidate dashed; a large red "
	              "dot is a run that failed.</p>\n", report->past_count);
	for (size_t i = 0; i < metrics; i++) {
		if (i == PAST_OPEN)
			rq_buf_printf(page->out, "<details><summary>%zu more metrics</summary>\n", metrics - i);
		draw_metric(page, report, i, batches);
	}
	rq_buf_puts(page->out, metrics > PAST_OPEN ? "</details>\n" : "");
	rq_html_end_section(page);
}

/* ---- where each job stands ---- */

/* What its command line changed in the config, or in time: a trial tells nothing of the job itself. */
static const char *trial_of(const struct rq_past_batch *batch)
{
	return strstr(batch->arguments, "\"--set") != NULL || strstr(batch->arguments, "\"--as-of") != NULL ? batch->arguments : "";
}

static bool is_same_job(const struct rq_past_batch *a, const struct rq_past_batch *b)
{
	return strcmp(a->command, b->command) == 0 && strcmp(a->suite, b->suite) == 0 && strcmp(a->config, b->config) == 0 &&
	       strcmp(trial_of(a), trial_of(b)) == 0;
}

static void add_latest(struct rq_page *page, const struct rq_past_batch *batch)
{
	static const struct {
		const char *verdict, *kind, *sign;
	} looks[] = {{"pass", "pass", "\xe2\x9c\x93"}, {"fail", "fail", "\xe2\x9c\x95"}, {NULL, "doubt", "?"}};
	struct rq_moment moment = rq_moment_of(batch->last_us);
	size_t look = 0;

	while (looks[look].verdict != NULL && strcmp(looks[look].verdict, batch->verdict) != 0)
		look++;
	rq_buf_printf(page->out, "<li class=\"gate %s\"><h3><span class=\"word\"><span aria-hidden=\"true\">%s</span> ", looks[look].kind,
	              looks[look].sign);
	rq_html_put(page->out, "%s</span> ", strcmp(batch->verdict, "none") == 0 ? "no verdict" : batch->verdict);
	rq_html_put(page->out, batch->suite[0] == '\0' ? "%s" : "%s of ", batch->command);
	rq_html_put(page->out, "%s</h3>\n", batch->suite);
	rq_html_put(page->out, "<p>%s</p>\n", batch->sentence == NULL ? "" : batch->sentence);
	rq_html_put(page->out, trial_of(batch)[0] == '\0' ? "<p class=\"further\"><code>%s" : "<p class=\"further\"><code>%s ", batch->config);
	rq_html_put(page->out, "%s</code>", trial_of(batch));
	rq_buf_printf(page->out, " \xc2\xb7 batch %lld, <time>%.10s %.5s</time></p></li>\n", (long long)batch->id, moment.text, moment.text + 11);
}

/* The newest batch of each job, the newest first. */
static void add_standing(struct rq_page *page, const struct rq_history *history)
{
	size_t shown = 0;

	rq_html_section(page, "standing", "Where each job stands");
	rq_buf_puts(page->out, "<ol class=\"gates\">\n");
	for (size_t i = history->count; i > 0 && shown < JOBS_SHOWN; i--) {
		size_t newer = i;
		while (newer < history->count && !is_same_job(&history->batches[newer], &history->batches[i - 1]))
			newer++;
		if (newer < history->count)
			continue;
		add_latest(page, &history->batches[i - 1]);
		shown++;
	}
	rq_buf_puts(page->out, "</ol>\n");
	rq_html_end_section(page);
}

/* ---- batches ---- */

static void add_batch(struct rq_page *page, const struct rq_past_batch *batch)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_moment moment = rq_moment_of(batch->last_us);
	const char *why = rq_batch_reason(batch, &arena);

	page->failed |= why == NULL;
	rq_buf_printf(page->out, "<tr><th scope=\"row\">%lld</th><td data-name=\"found last\">%.10s %.5s</td>", (long long)batch->id, moment.text,
	              moment.text + 11);
	rq_html_put(page->out, "<td data-name=\"command\">%s</td>", batch->command);
	rq_html_put(page->out, "<td data-name=\"suite\">%s</td>", batch->suite);
	rq_html_put(page->out, strcmp(batch->verdict, "fail") == 0 ? "<td data-name=\"verdict\" class=\"fail\"><span class=\"word\">%s</span>"
	            "</td>" : "<td data-name=\"verdict\">%s</td>",
	            batch->verdict);
	rq_buf_printf(page->out, "<td data-name=\"again\">%lld</td><td data-name=\"failures\">%lld</td>", (long long)batch->repeats,
	              (long long)batch->failures);
	rq_html_put(page->out, "<td data-name=\"because of\">%s</td></tr>\n", why == NULL ? "" : why);
}

static void add_batches(struct rq_page *page, const struct rq_history *history)
{
	rq_html_section(page, "batches", "Batches");
	rq_html_table(page, "stacked sortable", (const char *const[]){"batch", "found last", "command", "suite", "verdict", "again", "failures",
	                                                              "because of", NULL});
	for (size_t i = history->count; i > 0; i--)
		add_batch(page, &history->batches[i - 1]);
	rq_buf_puts(page->out, "</tbody></table>\n");
	rq_html_end_section(page);
}

enum rq_status rq_history_html(struct rq_buf *out, const struct rq_history *history, const char *shown, const char *figure, struct rq_error *err)
{
	struct rq_page page = {.out = out};

	rq_page_begin(&page, "rqgate: history", "standing");
	rq_buf_puts(out, "<h1>History</h1>\n");
	rq_html_put(out, "<p>%s: ", shown);
	if (history->count == 0)
		rq_buf_puts(out, "no such batch.</p>\n");
	else
		rq_buf_printf(out, "%zu batch%s, %s to %s. The baseline is a solid line, what was compared with it dashed; a large red dot is a batch that "
		              "failed.</p>\n",
		              history->count, history->count == 1 ? "" : "es", rq_day_of(history->batches[0].last_us).text,
		              rq_day_of(history->batches[history->count - 1].last_us).text);
	rq_html_contents(&page);
	if (history->count > 0) {
		add_standing(&page, history);
		rq_html_section(&page, "figures", "Figures");
		RQ_TRY(draw_figures(&page, history, figure, err));
		rq_html_end_section(&page);
		add_batches(&page, history);
	}
	rq_page_end(&page);
	return page.failed ? rq_fail_memory(err) : rq_buf_check(out, err);
}
