/* Pieces of a page: text that is escaped, plots in SVG, sections. Private to this folder and to the writers that make pages. A page is one file that
 * needs no network and no script. */
#ifndef RQ_REPORTS_HTML_HTML_H
#define RQ_REPORTS_HTML_HTML_H

#include "gates/words.h"
#include "reports/report.h"

struct rq_page {
	struct rq_buf *out;
	size_t plots;  /* so far: each has an id of its own */
	size_t part;   /* of a page with several of the same sections: their ids end in it; 0: there is one */
	const char *about; /* what the plots of this part are about, for their names; NULL: there is one part */
	size_t contents; /* where in `out` the list of sections goes; 0: there is none */
	bool failed;   /* memory ran out for a part of it */
};

/* The page up to <main>, and from </main> on. `title` is escaped here; the keyboard's first stop leads to the section `id`, "To the gates". */
void rq_page_begin(struct rq_page *page, const char *title, const char *id);
void rq_page_end(struct rq_page *page);
/* A list of the sections that follow, to jump to; left out where they are few. rq_page_end puts it here. */
void rq_html_contents(struct rq_page *page);

/* Text as it stands between tags and in quoted attributes; control characters become blanks. */
void rq_html_text(struct rq_buf *out, const char *text);
/* A literal with one escaped text in the place of its %s, as in "<td>%s</td>". */
void rq_html_put(struct rq_buf *out, const char *format, const char *text);
/* <h2 id=ID>TITLE</h2> within a <section> that the caller closes with rq_html_end_section. */
void rq_html_section(struct rq_page *page, const char *id, const char *title);
void rq_html_end_section(struct rq_page *page);
/* A table up to its first row; </tbody></table> ends it. "stacked": on a phone cells stand below each other; "sortable": by a script. `heads` ends
 * with NULL. */
void rq_html_table(struct rq_page *page, const char *kind, const char *const *heads);
/* A row of two cells: a heading and an escaped text. */
void rq_html_fact(struct rq_buf *out, const char *name, const char *text);
/* An address that a browser opens: http and https alone; anything else is text. */
void rq_html_link(struct rq_buf *out, const char *address);

/* ---- plots ---- */

/* Where numbers stand along an axis. */
struct rq_scale {
	double from, to;    /* values; of a logarithmic scale above 0 */
	double left, right; /* coordinates */
	bool logarithmic;
};

double rq_scale_at(const struct rq_scale *scale, double value); /* within left .. right whatever the value is */
/* From and to of the values, with a margin around; never empty. NaN and infinities are left out. */
struct rq_scale rq_scale_of(const double *values, size_t count, double left, double right);
/* Round numbers within the scale, at most `most`; their count. */
size_t rq_scale_ticks(double *ticks, size_t most, const struct rq_scale *scale);
/* "0.25", "-0.1", "1e-05": as short as tells neighbouring ticks apart */
struct rq_tick {
	char text[32];
};
struct rq_tick rq_tick_text(double value);

/* <svg role=img> with its title and description, which are escaped; `kind` is its class: "wide" scrolls where
 * there is less room. Ends with rq_svg_end. */
void rq_svg_begin(struct rq_page *page, const char *kind, int width, int height, const char *title, const char *description);
void rq_svg_end(struct rq_page *page, const char *kind);
void rq_svg_line(struct rq_page *page, const char *kind, double x1, double y1, double x2, double y2);
void rq_svg_box(struct rq_page *page, const char *kind, double x, double y, double width, double height);
void rq_svg_dot(struct rq_page *page, const char *kind, double x, double y, double radius);
/* `anchor`: "start", "middle", "end" */
void rq_svg_text(struct rq_page *page, const char *kind, double x, double y, const char *anchor, const char *text);
/* Ticks with their numbers below y, and lines up to `top`. */
void rq_svg_axis(struct rq_page *page, const struct rq_scale *scale, double y, double top);

/* A value against its limit. */
struct rq_strip {
	double value, lower, upper, limit; /* bounds: NaN or infinite where there is none */
	bool at_least;      /* allowed is what lies right of the limit; else left of it */
	bool is_difference; /* 0 is "no change" */
	enum rq_unit unit;
	const char *kind;   /* rq_html_kind() */
	const char *name;   /* of what is measured */
	const char *word;   /* its verdict */
};
void rq_html_strip(struct rq_page *page, const struct rq_strip *strip);

/* "pass", "fail", "doubt": the class of what has a verdict */
const char *rq_html_kind(enum rq_outcome outcome);

/* ---- sections of a report ---- */

void rq_html_head(struct rq_page *page, const struct rq_report *report);
void rq_html_gates(struct rq_page *page, const struct rq_report *report);
void rq_html_drift(struct rq_page *page, const struct rq_report *report); /* of a job of drift alone */
void rq_html_metrics(struct rq_page *page, const struct rq_report *report);
void rq_html_slices(struct rq_page *page, const struct rq_report *report);
void rq_html_topics(struct rq_page *page, const struct rq_report *report);
void rq_html_examples(struct rq_page *page, const struct rq_report *report);
void rq_html_attribution(struct rq_page *page, const struct rq_report *report);
void rq_html_judging(struct rq_page *page, const struct rq_report *report);
void rq_html_times(struct rq_page *page, const struct rq_report *report);
void rq_html_past(struct rq_page *page, const struct rq_report *report); /* where a store is kept */
void rq_html_remarks(struct rq_page *page, const struct rq_report *report);
void rq_html_about(struct rq_page *page, const struct rq_report *report);

/* A difference with its interval around "no change", on a scale that several share; `margin`: a drop by more than this fails, NaN for none. */
void rq_html_difference(struct rq_page *page, const struct rq_scale *scale, const struct rq_paired *paired, double margin, const char *title);

#endif
