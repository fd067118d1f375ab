/* Every metric with its difference and interval, slices of the first one, and what stands beside the verdict. */
#include "reports/html/html.h"

#include "metrics/stats/slices.h"
#include "reports/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLOT_WIDTH = 260, PLOT_HEIGHT = 26, PLOT_EDGE = 6, SLICES_SHOWN = 40 };

/* ---- a difference on a scale ---- */

void rq_html_difference(struct rq_page *page, const struct rq_scale *scale, const struct rq_paired *paired, double margin, const char *title)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	double middle = PLOT_HEIGHT / 2., zero = rq_scale_at(scale, 0);
	bool worse = paired->upper < 0, better = paired->lower > 0;
	const char *description = rq_arena_printf(&arena, "%s, 90 %% interval %s to %s%s", rq_show_difference(paired->delta, 4).text,
	                                          rq_show_difference(paired->lower, 4).text, rq_show_difference(paired->upper, 4).text,
	                                          isnan(margin) ? "" : rq_arena_printf(&arena, "; a drop by %s fails", rq_show_limit(margin,
	                                                                                                                             RQ_NO_UNIT).text));

	page->failed |= description == NULL;
	rq_svg_begin(page, "difference", PLOT_WIDTH, PLOT_HEIGHT, title, description == NULL ? "" : description);
	rq_svg_box(page, "allowed", scale->left, 3, scale->right - scale->left, PLOT_HEIGHT - 6);
	if (!isnan(margin))
		rq_svg_box(page, "forbidden", scale->left, 3, rq_scale_at(scale, -margin) - scale->left, PLOT_HEIGHT - 6);
	rq_svg_line(page, "zero", zero, 0, zero, PLOT_HEIGHT);
	rq_svg_line(page, worse ? "span fail" : better ? "span pass" : "span quiet", rq_scale_at(scale, paired->lower), middle,
	            rq_scale_at(scale, paired->upper), middle);
	rq_svg_dot(page, worse ? "dot fail" : better ? "dot pass" : "dot quiet", rq_scale_at(scale, paired->delta), middle, 4.5);
	rq_svg_end(page, "difference");
}

/* The strictest drop that is allowed without a slice; NaN: none. */
static double margin_of(const struct rq_verdict *verdict, const char *metric)
{
	double margin = NAN;

	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		if (strcmp(gate->kind, "max_drop") == 0 && gate->slice == NULL && strcmp(gate->metric, metric) == 0 && !gate->absent)
			margin = fmin(margin, gate->limit);
	}
	return margin;
}

/* All differences, their margins and no change, side by side. */
static struct rq_scale scale_of(struct rq_page *page, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;
	RQ_CLEANUP(rq_free_pointer) double *values = calloc(3 * comparison->metric_count + 1, sizeof *values);
	size_t count = 1;

	page->failed |= values == NULL;
	for (size_t i = 0; i < comparison->metric_count && values != NULL; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (!metric->compared)
			continue;
		values[count++] = metric->paired.lower;
		values[count++] = metric->paired.upper;
		values[count++] = -margin_of(report->verdict, metric->name);
	}
	return rq_scale_of(values, values == NULL ? 0 : count, PLOT_EDGE, PLOT_WIDTH - PLOT_EDGE);
}

/* ---- the table ---- */

static void add_cell(struct rq_page *page, const char *name, const char *text)
{
	rq_buf_printf(page->out, "<td data-name=\"%s\">", name);
	rq_html_put(page->out, "%s</td>", text[0] == '\0' ? "\xe2\x80\x93" : text);
}

static void add_metric(struct rq_page *page, const struct rq_metric_result *metric, const struct rq_verdict *verdict, const struct rq_scale *scale)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	enum rq_unit unit = rq_unit_of(metric->is_time, metric->is_rate);
	const char *title = rq_arena_printf(&arena, "difference of %s", metric->name), *cell = "";

	if (metric->compared && metric->paired.identical)
		cell = "no change: the rankings are the same";
	else if (metric->compared)
		cell = rq_difference_cell(metric->paired.delta, metric->paired.lower, metric->paired.upper, &arena);
	else if (metric->absent[RQ_CANDIDATE] != NULL || metric->absent[RQ_BASELINE] != NULL)
		cell = metric->absent[metric->absent[RQ_CANDIDATE] != NULL ? RQ_CANDIDATE : RQ_BASELINE];
	else if (metric->is_time && metric->value[RQ_BASELINE] > 0 && isfinite(metric->value[RQ_CANDIDATE] / metric->value[RQ_BASELINE]))
		cell = rq_arena_printf(&arena, "\xc3\x97%.2f", metric->value[RQ_CANDIDATE] / metric->value[RQ_BASELINE]);
	page->failed |= title == NULL || cell == NULL;
	if (page->failed)
		return;
	rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", metric->name);
	add_cell(page, "baseline", rq_show_value(metric->value[RQ_BASELINE], unit).text);
	add_cell(page, "candidate", rq_show_value(metric->value[RQ_CANDIDATE], unit).text);
	add_cell(page, "difference", cell + strspn(cell, " "));
	rq_buf_puts(page->out, "<td class=\"plot\">");
	if (metric->compared)
		rq_html_difference(page, scale, &metric->paired, margin_of(verdict, metric->name), title);
	rq_buf_puts(page->out, "</td></tr>\n");
}

static void add_bm25(struct rq_page *page, const struct rq_comparison *comparison)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	rq_show_bm25(&line, comparison);
	page->failed |= line.failed;
	if (line.data != NULL && !line.failed)
		rq_html_put(page->out, "<p class=\"key\">For comparison, %s.</p>\n", line.data);
}

static void add_evidence(struct rq_page *page, const struct rq_comparison *comparison)
{
	bool begun = false;

	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_evidence *evidence = &comparison->metrics[i].evidence;
		if (!evidence->weighed)
			continue;
		if (!begun)
			rq_buf_puts(page->out,
			            "<details><summary>Evidence beside the verdict</summary>\n<p>In no gate: 9,999 sign flips and bootstraps of the topics; the "
			            "drop that so many "
			            "topics show in four of five cases, and how many topics pass a candidate that loses nothing as often.</p>\n"
			            "<div class=\"wide\"><table><thead><tr><th scope=\"col\">metric</th><th scope=\"col\">sign-flip p</th><th scope=\"col\">"
			            "90\xc2\xa0% BCa interval</th>"
			            "<th scope=\"col\">drop that shows</th><th scope=\"col\">topics to pass</th></tr></thead><tbody>\n");
		begun = true;
		rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", comparison->metrics[i].name);
		rq_buf_printf(page->out, "<td>%s</td>", rq_show_value(evidence->sign_flip_p, RQ_NO_UNIT).text);
		rq_buf_printf(page->out, "<td>%s to %s</td>", rq_show_difference(evidence->bca_lower, 4).text, rq_show_difference(evidence->bca_upper,
		                                                                                                                  4).text);
		rq_buf_printf(page->out, "<td>%s</td>", rq_show_value(evidence->mde, RQ_NO_UNIT).text);
		if (isnan(evidence->margin) || evidence->topics_to_pass == 0)
			rq_buf_printf(page->out, "<td>%s</td></tr>\n", isnan(evidence->margin) ? "-" : "more than 10 million");
		else
			rq_buf_printf(page->out, "<td>%zu</td></tr>\n", evidence->topics_to_pass);
	}
	rq_buf_puts(page->out, begun ? "</tbody></table></div></details>\n" : "");
}

static void add_builds(struct rq_page *page, const struct rq_comparison *comparison)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	for (size_t i = 0; i < comparison->metric_count; i++) {
		if (!rq_shows_builds(&comparison->metrics[i]))
			continue;
		rq_buf_clear(&line);
		rq_add_builds(&line, &comparison->metrics[i]);
		page->failed |= line.failed;
		if (!line.failed)
			rq_html_put(page->out, "<p class=\"key\">%s.</p>\n", line.data);
	}
}

void rq_html_metrics(struct rq_page *page, const struct rq_report *report)
{
	const struct rq_scale scale = scale_of(page, report);

	rq_html_section(page, "metrics", "Metrics");
	rq_html_table(page, "stacked", (const char *const[]){"metric", "baseline", "candidate", "difference [90\xc2\xa0%]", "worse \xe2\x86\x90 no "
	                                                     "change \xe2\x86\x92 better", NULL});
	for (size_t i = 0; i < report->comparison->metric_count; i++)
		add_metric(page, &report->comparison->metrics[i], report->verdict, &scale);
	rq_buf_puts(page->out, "</tbody></table>\n");
	add_bm25(page, report->comparison);
	add_builds(page, report->comparison);
	add_evidence(page, report->comparison);
	rq_html_end_section(page);
}

/* ---- slices ---- */

static int by_loss(const void *a, const void *b)
{
	const struct rq_slice_difference *x = a, *y = b;

	if (x->paired.delta != y->paired.delta)
		return x->paired.delta < y->paired.delta ? -1 : 1;
	return strcmp(x->slice, y->slice);
}

static void add_slice(struct rq_page *page, const struct rq_slice_difference *slice, const struct rq_scale *scale, const char *metric)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *title = rq_arena_printf(&arena, "difference of %s in %s", metric, slice->slice);
	bool told = slice->q <= RQ_FALSE_DISCOVERIES;

	page->failed |= title == NULL;
	rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", slice->slice);
	rq_buf_printf(page->out, "<td data-name=\"topics\">%zu</td>", slice->paired.n);
	add_cell(page, "baseline", rq_show_value(slice->mean[RQ_BASELINE], RQ_NO_UNIT).text);
	add_cell(page, "candidate", rq_show_value(slice->mean[RQ_CANDIDATE], RQ_NO_UNIT).text);
	rq_buf_printf(page->out, "<td data-name=\"difference\">%s%s</td>", rq_show_difference(slice->paired.delta, 4).text, told ? " <b>fell</b>" : "");
	rq_buf_puts(page->out, "<td class=\"plot\">");
	rq_html_difference(page, scale, &slice->paired, NAN, title == NULL ? "" : title);
	rq_buf_puts(page->out, "</td></tr>\n");
}

static struct rq_scale scale_of_slices(struct rq_page *page, const struct rq_slice_difference *slices, size_t count)
{
	RQ_CLEANUP(rq_free_pointer) double *values = calloc(2 * count + 1, sizeof *values);

	page->failed |= values == NULL;
	for (size_t i = 0; i < count && values != NULL; i++) {
		values[2 * i + 1] = slices[i].paired.lower;
		values[2 * i + 2] = slices[i].paired.upper;
	}
	return rq_scale_of(values, values == NULL ? 0 : 2 * count + 1, PLOT_EDGE, PLOT_WIDTH - PLOT_EDGE);
}

/* Of the first metric, those that lost most first. */
void rq_html_slices(struct rq_page *page, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;
	size_t first = rq_first_compared(comparison);
	const struct rq_metric_result *metric = first == comparison->metric_count ? NULL : &comparison->metrics[first];

	if (metric == NULL || metric->slice_count == 0)
		return;
	RQ_CLEANUP(rq_free_pointer) struct rq_slice_difference *sorted = malloc(metric->slice_count * sizeof *sorted);
	if (sorted == NULL) {
		page->failed = true;
		return;
	}
	memcpy(sorted, metric->slices, metric->slice_count * sizeof *sorted);
	qsort(sorted, metric->slice_count, sizeof *sorted, by_loss);
	size_t shown = metric->slice_count < SLICES_SHOWN ? metric->slice_count : SLICES_SHOWN;
	const struct rq_scale scale = scale_of_slices(page, sorted, shown);
	rq_html_section(page, "slices", "Slices");
	rq_html_put(page->out, "<p>%s by slice, what lost most first. ", metric->name);
	rq_buf_printf(page->out, "Advice: one that \xe2\x80\x9c" "fell\xe2\x80\x9d has q at most %.2f after Benjamini-Hochberg over the slices of %d "
	              "topics or more.</p>\n",
	              RQ_FALSE_DISCOVERIES, RQ_SLICE_MINIMUM);
	rq_html_table(page, "stacked sortable", (const char *const[]){"slice", "topics", "baseline", "candidate", "difference", "worse \xe2\x86\x90 no "
	                                                              "change \xe2\x86\x92 better", NULL});
	for (size_t i = 0; i < shown; i++)
		add_slice(page, &sorted[i], &scale, metric->name);
	rq_buf_puts(page->out, "</tbody></table>\n");
	if (metric->slice_count > shown)
		rq_buf_printf(page->out, "<p class=\"key\">And %zu more, in report.json.</p>\n", metric->slice_count - shown);
	rq_html_end_section(page);
}
