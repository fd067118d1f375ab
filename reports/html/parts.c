/* Where differences come from, and how far judgments carry. */
#include "reports/html/html.h"

#include "reports/rows.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 720, ROW = 66, LEFT = 130, EDGE = 130, BAR = 16, TOP = 8, AXIS = 26 };

/* ---- bars ---- */

static struct rq_scale scale_of(struct rq_page *page, const struct rq_comparison *comparison)
{
	RQ_CLEANUP(rq_free_pointer) double *values = calloc(4 * comparison->metric_count + 1, sizeof *values);
	size_t count = 1;

	page->failed |= values == NULL;
	for (size_t i = 0; i < comparison->metric_count && values != NULL; i++) {
		const struct rq_attribution *part = &comparison->metrics[i].attribution;
		if (!rq_shows_attribution(&comparison->metrics[i]))
			continue;
		values[count++] = part->delta;
		values[count++] = part->embedding;
		values[count++] = part->index;
		values[count++] = part->judging;
	}
	return rq_scale_of(values, values == NULL ? 0 : count, LEFT, WIDTH - EDGE);
}

static void add_bar(struct rq_page *page, const struct rq_scale *scale, const char *kind, double y, double value, const char *name, const char *text)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	double zero = rq_scale_at(scale, 0), end = rq_scale_at(scale, isnan(value) ? 0 : value);
	const char *label = rq_arena_printf(&arena, "%s %s", name, text);

	page->failed |= label == NULL;
	rq_svg_box(page, kind, fmin(zero, end), y, fabs(end - zero), BAR - 3);
	rq_svg_text(page, "tick", end >= zero ? end + 4 : fmax(zero, end) + 4, y + BAR - 4, "start", label == NULL ? "" : label);
}

static void draw_bars(struct rq_page *page, const struct rq_comparison *comparison, size_t rows)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_scale scale = scale_of(page, comparison);
	RQ_CLEANUP(rq_buf_release) struct rq_buf description = {0};
	double y = TOP;

	for (size_t i = 0; i < comparison->metric_count; i++)
		if (rq_shows_attribution(&comparison->metrics[i])) {
			rq_buf_puts(&description, description.size == 0 ? "" : ". ");
			rq_add_attribution(&description, comparison, &comparison->metrics[i]);
		}
	page->failed |= description.failed;
	rq_svg_begin(page, "wide", WIDTH, (int)rows * ROW + TOP + AXIS, "where the differences come from",
	             description.failed || description.data == NULL ? "" : description.data);
	rq_svg_axis(page, &scale, TOP + (double)rows * ROW, TOP);
	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		const char *cells[RQ_PARTS];
		if (!rq_shows_attribution(metric))
			continue;
		rq_show_attribution(cells, metric, &arena);
		for (int part = 0; part < RQ_PARTS; part++)
			page->failed |= cells[part] == NULL;
		if (page->failed)
			break;
		rq_svg_text(page, "label", LEFT - 10, y + 26, "end", metric->name);
		rq_svg_text(page, "tick", LEFT - 10, y + 43, "end", cells[RQ_PART_DIFFERENCE]);
		add_bar(page, &scale, "bar exact", y + 4, metric->attribution.embedding, rq_exact_part_name(comparison), cells[RQ_PART_EMBEDDING]);
		add_bar(page, &scale, "bar index", y + 4 + BAR, metric->attribution.index, "index", cells[RQ_PART_INDEX]);
		add_bar(page, &scale, "bar quiet", y + 4 + 2 * BAR, metric->attribution.judging, "judging", cells[RQ_PART_JUDGING]);
		y += ROW;
	}
	rq_svg_line(page, "zero", rq_scale_at(&scale, 0), TOP, rq_scale_at(&scale, 0), TOP + (double)rows * ROW);
	rq_svg_end(page, "wide");
}

void rq_html_attribution(struct rq_page *page, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;
	const char *absence = rq_attribution_absence(comparison);
	size_t rows = 0;

	for (size_t i = 0; i < comparison->metric_count; i++)
		rows += rq_shows_attribution(&comparison->metrics[i]);
	if (rows == 0 && absence == NULL)
		return;
	rq_html_section(page, "attribution", "Where the differences come from");
	if (rows > 0) {
		rq_html_put(page->out, "<p>A difference is what exact search over both sides differs by (%s) and what the index adds; both add up to it. "
		                       "Beside them, as no part of the sum: how much of it hangs on documents that nobody has judged.</p>\n",
		                       rq_exact_part_name(comparison));
		draw_bars(page, comparison, rows);
	}
	if (absence != NULL)
		rq_html_put(page->out, "<p>Differences are %s.</p>\n", absence);
	rq_html_end_section(page);
}

/* ---- ties and judgments ---- */

static void add_judging(struct rq_page *page, const struct rq_metric_result *metric)
{
	static const char *const names[RQ_SIDES] = {"baseline", "candidate"};

	rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", metric->name);
	for (int side = 0; side < RQ_SIDES; side++)
		rq_buf_printf(page->out, "<td data-name=\"ties, %s\">%zu</td>", names[side], metric->ties_at_cutoff[side]);
	for (int side = 0; side < RQ_SIDES; side++)
		rq_buf_printf(page->out, "<td data-name=\"judged, %s\">%s</td>", names[side],
		              metric->attribution.of == 0 ? "-" : rq_show_value(metric->judged[side], RQ_NO_UNIT).text);
	if (metric->condensed_paired.n > 0)
		rq_buf_printf(page->out, "<td data-name=\"without unjudged\">%s [%s %s]</td></tr>\n", rq_show_difference(metric->condensed_paired.delta,
		                                                                                                         4).text,
		              rq_show_difference(metric->condensed_paired.lower, 3).text, rq_show_difference(metric->condensed_paired.upper, 3).text);
	else
		rq_buf_puts(page->out, "<td data-name=\"without unjudged\">-</td></tr>\n");
}

void rq_html_judging(struct rq_page *page, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;

	if (rq_first_compared(comparison) == comparison->metric_count)
		return;
	rq_html_section(page, "judging", "Ties and judgments");
	rq_buf_puts(page->out, "<p>Ties: rankings in which equal scores straddle the cutoff, so that the order of ids decides. Judged: the mean share "
	            "of what was ranked that somebody has graded; where it differs between sides, the difference on lists without unjudged documents is "
	            "the fairer one.</p>\n");
	rq_html_table(page, "stacked", (const char *const[]){"metric", "ties, baseline", "ties, candidate", "judged, baseline", "judged, candidate",
	                                                     "difference without unjudged", NULL});
	for (size_t i = 0; i < comparison->metric_count; i++)
		if (comparison->metrics[i].is_judged && comparison->metrics[i].compared)
			add_judging(page, &comparison->metrics[i]);
	rq_buf_puts(page->out, "</tbody></table>\n");
	rq_html_end_section(page);
}
