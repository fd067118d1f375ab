/* Plots: scales with round numbers, and shapes whose looks are classes of the style sheet. */
#include "reports/html/html.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TICKS = 6 };
static const double MARGIN = .08; /* of the values' range, on either side */

/* ---- scales ---- */

double rq_scale_at(const struct rq_scale *scale, double value)
{
	double share = scale->logarithmic ? log(value / scale->from) / log(scale->to / scale->from) : (value - scale->from) / (scale->to - scale->from);

	share = !(share > 0) ? 0 : share < 1 ? share : 1;
	return scale->left + share * (scale->right - scale->left);
}

struct rq_scale rq_scale_of(const double *values, size_t count, double left, double right)
{
	struct rq_scale scale = {.from = INFINITY, .to = -INFINITY, .left = left, .right = right};

	for (size_t i = 0; i < count; i++) {
		if (!isfinite(values[i]))
			continue;
		scale.from = fmin(scale.from, values[i]);
		scale.to = fmax(scale.to, values[i]);
	}
	if (scale.from > scale.to)
		scale.from = scale.to = 0;
	double room = scale.to > scale.from ? MARGIN * (scale.to - scale.from) : scale.to == 0 ? 1e-3 : .1 * fabs(scale.to);
	scale.from -= room;
	scale.to += room;
	return scale;
}

/* 1, 2 or 5 times a power of ten. */
static double round_step(double least)
{
	double power = pow(10, floor(log10(least))), share = least / power;

	return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

size_t rq_scale_ticks(double *ticks, size_t most, const struct rq_scale *scale)
{
	size_t count = 0;

	if (scale->logarithmic) {
		double every = fmax(1, ceil(log10(scale->to / scale->from) / (double)most));
		for (double power = ceil(log10(scale->from) - 1e-9); power <= log10(scale->to) + 1e-9 && count < most; power += every)
			ticks[count++] = pow(10, power);
		return count;
	}
	double step = round_step((scale->to - scale->from) / (double)most);
	for (double i = ceil(scale->from / step); i * step <= scale->to && count < most; i++)
		ticks[count++] = i == 0 ? 0 : i * step; /* never -0 */
	return count;
}

struct rq_tick rq_tick_text(double value)
{
	struct rq_tick tick;

	snprintf(tick.text, sizeof tick.text, "%.4g", value);
	return tick;
}

/* ---- shapes ---- */

void rq_svg_begin(struct rq_page *page, const char *kind, int width, int height, const char *title, const char *description)
{
	size_t id = ++page->plots;

	if (strcmp(kind, "wide") == 0) /* too wide for a phone: it scrolls there, by keys too */
		rq_buf_printf(page->out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-labelledby=\"t%zu\">", id);
	rq_buf_printf(page->out, "<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"t%zu\" aria-describedby=\"d%zu\">", kind, width,
	              height,
	              id, id);
	rq_buf_printf(page->out, "<title id=\"t%zu\">", id);
	if (page->about != NULL)
		rq_html_put(page->out, "%s: ", page->about);
	rq_html_put(page->out, "%s</title>", title);
	rq_buf_printf(page->out, "<desc id=\"d%zu\">", id);
	rq_html_put(page->out, "%s</desc>\n", description);
}

void rq_svg_end(struct rq_page *page, const char *kind)
{
	rq_buf_puts(page->out, strcmp(kind, "wide") == 0 ? "</svg></div>\n" : "</svg>\n");
}

void rq_svg_line(struct rq_page *page, const char *kind, double x1, double y1, double x2, double y2)
{
	rq_buf_printf(page->out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", kind, x1, y1, x2, y2);
}

void rq_svg_box(struct rq_page *page, const char *kind, double x, double y, double width, double height)
{
	rq_buf_printf(page->out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", kind, x, y, width < 0 ? 0 : width, height);
}

void rq_svg_dot(struct rq_page *page, const char *kind, double x, double y, double radius)
{
	rq_buf_printf(page->out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>", kind, x, y, radius);
}

void rq_svg_text(struct rq_page *page, const char *kind, double x, double y, const char *anchor, const char *text)
{
	rq_buf_printf(page->out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", kind, x, y, anchor);
	rq_html_put(page->out, "%s</text>", text);
}

void rq_svg_axis(struct rq_page *page, const struct rq_scale *scale, double y, double top)
{
	double ticks[TICKS];
	size_t count = rq_scale_ticks(ticks, TICKS, scale);

	rq_svg_line(page, "axis", scale->left, y, scale->right, y);
	for (size_t i = 0; i < count; i++) {
		double x = rq_scale_at(scale, ticks[i]);
		rq_svg_line(page, "grid", x, top, x, y + 3);
		rq_svg_text(page, "tick", x, y + 14, "middle", rq_tick_text(ticks[i]).text);
	}
	rq_buf_puts(page->out, "\n");
}
