/* How long searches took, and what an approximate index gains by what it misses. */
#include "reports/html/html.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 720, HEIGHT = 210, LEFT = 52, EDGE = 26, TOP = 30, FOOT = 40, LEGEND = 14 };

static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};

/* ---- a histogram ---- */

static size_t first_bin(const struct rq_timed *timed)
{
	size_t first = 0;

	while (first < RQ_HISTOGRAM_BINS && timed[RQ_BASELINE].histogram.counts[first] == 0 && timed[RQ_CANDIDATE].histogram.counts[first] == 0)
		first++;
	return first;
}

static size_t last_bin(const struct rq_timed *timed)
{
	size_t last = RQ_HISTOGRAM_BINS;

	while (last > 0 && timed[RQ_BASELINE].histogram.counts[last] == 0 && timed[RQ_CANDIDATE].histogram.counts[last] == 0)
		last--;
	return last;
}

static double bound_of(size_t bin)
{
	return bin < RQ_HISTOGRAM_BINS ? rq_histogram_bounds[bin] : 1.5 * rq_histogram_bounds[RQ_HISTOGRAM_BINS - 1];
}

static double share_of(const struct rq_histogram *histogram, size_t bin)
{
	return histogram->count == 0 ? 0 : (double)histogram->counts[bin] / (double)histogram->count;
}

/* Steps over the bins, of one side. */
static void add_steps(struct rq_page *page, const struct rq_histogram *histogram, int side, size_t first, size_t last, const struct rq_scale *scale,
                      double foot, double unit)
{
	if (histogram->count == 0)
		return;
	rq_buf_printf(page->out, "<path class=\"steps %s\" d=\"M%.1f %.1f", side_names[side], rq_scale_at(scale, scale->from), foot);
	for (size_t bin = first; bin <= last; bin++)
		rq_buf_printf(page->out, "V%.1fH%.1f", foot - unit * share_of(histogram, bin), rq_scale_at(scale, bound_of(bin)));
	rq_buf_printf(page->out, "V%.1f\"/>", foot);
}

static const char *quantiles(const struct rq_comparison *comparison, const char *prefix, int side, struct rq_arena *arena)
{
	static const char *const names[] = {"p50", "p95", "p99"};
	const char *text = side_names[side];

	for (size_t i = 0; i < sizeof names / sizeof *names && text != NULL; i++) {
		const char *name = rq_arena_printf(arena, "%s.%s", prefix, names[i]);
		const struct rq_metric_result *metric = name == NULL ? NULL : rq_comparison_metric(comparison, name);
		if (metric != NULL)
			text = rq_arena_printf(arena, "%s%s %s %s", text, i == 0 ? ":" : ",", names[i], rq_show_value(metric->value[side], RQ_SECONDS).text);
	}
	return text;
}

/* Ticks at round times, in words. */
static void add_time_axis(struct rq_page *page, const struct rq_scale *scale, double y)
{
	double ticks[8];
	size_t count = rq_scale_ticks(ticks, sizeof ticks / sizeof *ticks, scale);

	rq_svg_line(page, "axis", scale->left, y, scale->right, y);
	for (size_t i = 0; i < count; i++) {
		rq_svg_line(page, "grid", rq_scale_at(scale, ticks[i]), TOP, rq_scale_at(scale, ticks[i]), y + 4);
		rq_svg_text(page, "tick", rq_scale_at(scale, ticks[i]), y + 16, "middle", rq_show_limit(ticks[i], RQ_SECONDS).text);
	}
}

static void draw_histogram(struct rq_page *page, const struct rq_comparison *comparison, const struct rq_timed *timed, const char *prefix,
                           const char *what)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	size_t first = first_bin(timed), last = last_bin(timed);
	const struct rq_scale scale = {first == 0 ? rq_histogram_bounds[0] / 1.5 : rq_histogram_bounds[first - 1], bound_of(last), LEFT, WIDTH - EDGE,
	                               true};
	double foot = HEIGHT - FOOT, highest = 0;
	const char *title = rq_arena_printf(&arena, "how long %s took", what), *texts[RQ_SIDES];

	for (int side = 0; side < RQ_SIDES; side++) {
		texts[side] = quantiles(comparison, prefix, side, &arena);
		for (size_t bin = first; bin <= last; bin++)
			highest = fmax(highest, share_of(&timed[side].histogram, bin));
	}
	const char *description = rq_arena_printf(&arena, "shares of %zu and %zu times by length, on a logarithmic scale; %s; %s",
	                                          timed[RQ_BASELINE].histogram.count,
	                                          timed[RQ_CANDIDATE].histogram.count, texts[RQ_BASELINE], texts[RQ_CANDIDATE]);
	page->failed |= title == NULL || description == NULL;
	if (page->failed || highest == 0)
		return;
	double unit = (foot - TOP) / highest;
	rq_svg_begin(page, "wide", WIDTH, HEIGHT, title, description);
	add_time_axis(page, &scale, foot);
	for (int side = 0; side < RQ_SIDES; side++)
		add_steps(page, &timed[side].histogram, side, first, last, &scale, foot, unit);
	rq_svg_text(page, "tick", LEFT - 6, TOP + 4, "end", rq_arena_printf(&arena, "%.0f %%", 100 * highest));
	rq_svg_text(page, "tick", LEFT - 6, foot + 4, "end", "0 %");
	rq_svg_end(page, "wide");
	rq_html_put(page->out, "<p>Solid: <b class=\"baseline\">%s</b>. ", texts[RQ_BASELINE]);
	rq_html_put(page->out, "Dashed: <b class=\"candidate\">%s</b>.</p>\n", texts[RQ_CANDIDATE]);
}

/* ---- recall against latency ---- */

/* The first metric of the prefix that both sides have a value of; NULL: there is none. */
static const struct rq_metric_result *find_metric(const struct rq_comparison *comparison, const char *prefix)
{
	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (strncmp(metric->name, prefix, strlen(prefix)) == 0 && isfinite(metric->value[RQ_BASELINE]) && isfinite(metric->value[RQ_CANDIDATE]))
			return metric;
	}
	return NULL;
}

static void add_point(struct rq_page *page, const struct rq_metric_result *recall, const struct rq_metric_result *time, int side,
                      const struct rq_scale *x,
                      const struct rq_scale *y, struct rq_arena *arena)
{
	double at = rq_scale_at(x, time->value[side]), height = rq_scale_at(y, recall->value[side]);
	const char *bar = side == RQ_BASELINE ? "span baseline" : "span candidate";
	const char *label = rq_arena_printf(arena, "%s %s, %s", side_names[side], rq_show_value(recall->value[side], RQ_NO_UNIT).text,
	                                    rq_show_value(time->value[side], RQ_SECONDS).text);

	page->failed |= label == NULL;
	if (isfinite(recall->value_lower[side]) && isfinite(recall->value_upper[side]))
		rq_svg_line(page, bar, at, rq_scale_at(y, recall->value_lower[side]), at, rq_scale_at(y, recall->value_upper[side]));
	if (isfinite(time->value_lower[side]) && isfinite(time->value_upper[side]))
		rq_svg_line(page, bar, rq_scale_at(x, time->value_lower[side]), height, rq_scale_at(x, time->value_upper[side]), height);
	rq_svg_dot(page, side == RQ_BASELINE ? "dot baseline" : "dot candidate", at, height, 6);
	if (side == RQ_BASELINE)
		rq_svg_text(page, "value baseline", LEFT, LEGEND, "start", label == NULL ? "" : label);
	else
		rq_svg_text(page, "value candidate", WIDTH - EDGE, LEGEND, "end", label == NULL ? "" : label);
}

static void draw_trade(struct rq_page *page, const struct rq_metric_result *recall, const struct rq_metric_result *time)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const double times[] = {time->value[0], time->value[1], time->value_lower[0], time->value_lower[1], time->value_upper[0], time->value_upper[1]};
	const double recalls[] = {recall->value[0], recall->value[1], recall->value_lower[0], recall->value_lower[1], recall->value_upper[0],
	                          recall->value_upper[1]};
	struct rq_scale x = rq_scale_of(times, 6, LEFT, WIDTH - EDGE), y = rq_scale_of(recalls, 6, HEIGHT - FOOT, TOP);
	double ticks[5];

	x.from = fmax(x.from, 0);
	size_t count = rq_scale_ticks(ticks, sizeof ticks / sizeof *ticks, &y);
	const char *title = rq_arena_printf(&arena, "%s against %s", recall->name, time->name);
	const char *description =
		rq_arena_printf(&arena, "baseline %s at %s, candidate %s at %s; higher finds more, further left is faster", rq_show_value(recall->value[0],
		                                                                                                                          RQ_NO_UNIT).text,
	                    rq_show_value(time->value[0], RQ_SECONDS).text, rq_show_value(recall->value[1], RQ_NO_UNIT).text,
	                    rq_show_value(time->value[1], RQ_SECONDS).text);
	page->failed |= title == NULL || description == NULL;
	if (page->failed)
		return;
	rq_svg_begin(page, "wide", WIDTH, HEIGHT, title, description);
	add_time_axis(page, &x, HEIGHT - FOOT);
	for (size_t i = 0; i < count; i++) {
		rq_svg_line(page, "grid", LEFT, rq_scale_at(&y, ticks[i]), WIDTH - EDGE, rq_scale_at(&y, ticks[i]));
		rq_svg_text(page, "tick", LEFT - 6, rq_scale_at(&y, ticks[i]) + 4, "end", rq_tick_text(ticks[i]).text);
	}
	for (int side = 0; side < RQ_SIDES; side++)
		add_point(page, recall, time, side, &x, &y, &arena);
	rq_svg_end(page, "wide");
}

void rq_html_times(struct rq_page *page, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;
	const struct rq_metric_result *recall = find_metric(comparison, "ann_recall@"), *time = find_metric(comparison, "latency.p");
	bool searched = comparison->searched[RQ_BASELINE].histogram.count + comparison->searched[RQ_CANDIDATE].histogram.count > 0,
		 embedded = comparison->embedded[RQ_BASELINE].histogram.count + comparison->embedded[RQ_CANDIDATE].histogram.count > 0;

	if (!searched && !embedded && (recall == NULL || time == NULL))
		return;
	rq_html_section(page, "times", "Speed");
	if (recall != NULL && time != NULL) {
		rq_html_put(page->out, "<h3>%s against time</h3>\n", recall->name);
		draw_trade(page, recall, time);
	}
	if (searched) {
		rq_buf_puts(page->out, "<h3>Searches</h3>\n<p>One query at a time on one thread, both sides in turn.</p>\n");
		draw_histogram(page, comparison, comparison->searched, "latency", "searches");
	}
	if (embedded) {
		rq_buf_puts(page->out, "<h3>Embedding a query</h3>\n");
		draw_histogram(page, comparison, comparison->embedded, "embed", "embedding a query");
	}
	rq_html_end_section(page);
}
