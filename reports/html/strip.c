/* A value against its limit, on a strip: what is measured is a dot, its interval the bar through it, and what is not allowed is red. */
#include "reports/html/html.h"

#include <math.h>
#include <stdio.h>

enum { STRIP_WIDTH = 440, STRIP_HEIGHT = 58, STRIP_EDGE = 8, BAND_TOP = 18, BAND_HEIGHT = 20, LABEL_ROOM = 60 };

static struct rq_shown show(const struct rq_strip *strip, double value)
{
	return strip->is_difference ? rq_show_difference(value, 4) : rq_show_against(value, strip->limit, strip->unit);
}

static const char *describe(const struct rq_strip *strip, struct rq_arena *arena)
{
	bool bounded = isfinite(strip->lower) && isfinite(strip->upper);
	const char *allowed = strip->at_least ? "at least" : "at most";
	const char *interval = "";

	if (bounded)
		interval = rq_arena_printf(arena, ", 90 %% interval %s to %s", show(strip, strip->lower).text, show(strip, strip->upper).text);
	return rq_arena_printf(arena, "%s %s%s; %s %s is allowed: %s", strip->is_difference ? "the difference is" : "the value is",
	                       show(strip, strip->value).text, interval == NULL ? "" : interval, allowed,
	                       strip->is_difference ? rq_show_difference(strip->limit, 4).text : rq_show_limit(strip->limit, strip->unit).text,
	                       strip->word);
}

/* A label that stays within the strip. */
static void add_label(struct rq_page *page, const char *kind, double x, double y, const char *text)
{
	if (x < STRIP_EDGE + LABEL_ROOM)
		rq_svg_text(page, kind, fmax(x - 10, STRIP_EDGE), y, "start", text);
	else if (x > STRIP_WIDTH - STRIP_EDGE - LABEL_ROOM)
		rq_svg_text(page, kind, fmin(x + 10, STRIP_WIDTH - STRIP_EDGE), y, "end", text);
	else
		rq_svg_text(page, kind, x, y, "middle", text);
}

static void draw_interval(struct rq_page *page, const struct rq_strip *strip, const struct rq_scale *scale)
{
	double middle = BAND_TOP + BAND_HEIGHT / 2., left = rq_scale_at(scale, isfinite(strip->lower) ? strip->lower : strip->value),
		   right = rq_scale_at(scale, isfinite(strip->upper) ? strip->upper : strip->value);
	char shape[32];

	snprintf(shape, sizeof shape, "span %s", strip->kind);
	if (right > left)
		rq_svg_line(page, shape, left, middle, right, middle);
	snprintf(shape, sizeof shape, "dot %s", strip->kind);
	rq_svg_dot(page, shape, rq_scale_at(scale, strip->value), middle, 5.5);
}

void rq_html_strip(struct rq_page *page, const struct rq_strip *strip)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const double values[] = {strip->value, strip->lower, strip->upper, strip->limit, strip->is_difference ? 0 : (double)NAN};
	const struct rq_scale scale = rq_scale_of(values, sizeof values / sizeof *values, STRIP_EDGE, STRIP_WIDTH - STRIP_EDGE);
	double limit = rq_scale_at(&scale, strip->limit), below = BAND_TOP + BAND_HEIGHT;
	const char *title = rq_arena_printf(&arena, "%s against its limit", strip->name), *description = describe(strip, &arena);
	const char *label = rq_arena_printf(&arena, strip->is_difference ? "limit %s" : strip->at_least ? "at least %s" : "at most %s",
	                                    strip->is_difference ? rq_show_difference(strip->limit, 4).text : rq_show_limit(strip->limit,
	                                                                                                                    strip->unit).text);

	page->failed |= title == NULL || description == NULL || label == NULL;
	if (title == NULL || description == NULL || label == NULL)
		return;
	rq_svg_begin(page, "strip", STRIP_WIDTH, STRIP_HEIGHT, title, description);
	rq_svg_box(page, "allowed", STRIP_EDGE, BAND_TOP, STRIP_WIDTH - 2 * STRIP_EDGE, BAND_HEIGHT);
	if (strip->at_least)
		rq_svg_box(page, "forbidden", STRIP_EDGE, BAND_TOP, limit - STRIP_EDGE, BAND_HEIGHT);
	else
		rq_svg_box(page, "forbidden", limit, BAND_TOP, STRIP_WIDTH - STRIP_EDGE - limit, BAND_HEIGHT);
	if (strip->is_difference) {
		double zero = rq_scale_at(&scale, 0);
		rq_svg_line(page, "zero", zero, BAND_TOP, zero, below + 4);
		if (fabs(zero - rq_scale_at(&scale, strip->value)) > 2 * LABEL_ROOM)
			add_label(page, "tick", zero, BAND_TOP - 6, "no change");
	}
	rq_svg_line(page, "limit", limit, BAND_TOP - 4, limit, below + 4);
	add_label(page, "tick", limit, below + 16, label);
	draw_interval(page, strip, &scale);
	add_label(page, "value", rq_scale_at(&scale, strip->value), BAND_TOP - 6, show(strip, strip->value).text);
	rq_svg_end(page, "strip");
}
