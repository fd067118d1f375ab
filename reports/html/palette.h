/* The colours of a page, light and dark. Private to this folder; a test computes the contrast of each pair that stands on each other. */
#ifndef RQ_REPORTS_HTML_PALETTE_H
#define RQ_REPORTS_HTML_PALETTE_H

#include <stddef.h>

/* A CSS variable, and its colour in both: "#rrggbb". */
struct rq_colour {
	const char *name, *light, *dark;
};

extern const struct rq_colour rq_palette[]; /* ends with a NULL name */

/* What stands on what, and the contrast that WCAG 2.2 asks for: 4.5 for text (1.4.3, AA), 3 for what a plot is read by (1.4.11). */
struct rq_contrast {
	const char *front, *back;
	double least;
};

extern const struct rq_contrast rq_contrasts[]; /* ends with a NULL front */

#endif
