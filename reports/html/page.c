/* report.html: a page for people, from the verdict down to what it rests on. */
#include "reports/html/html.h"

static enum rq_status write_html(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_page page = {.out = out};
	const char *title = rq_arena_printf(&arena, "%s: %s", rq_outcome_name(report->verdict->outcome),
	                                    report->suite == NULL ? "rqgate" : report->suite);

	if (title == NULL)
		return rq_fail_memory(err);
	rq_page_begin(&page, title, "gates");
	rq_html_head(&page, report);
	rq_html_contents(&page);
	rq_html_gates(&page, report);
	rq_html_drift(&page, report);
	rq_html_metrics(&page, report);
	rq_html_topics(&page, report);
	rq_html_examples(&page, report);
	rq_html_slices(&page, report);
	rq_html_attribution(&page, report);
	rq_html_times(&page, report);
	rq_html_past(&page, report);
	rq_html_judging(&page, report);
	rq_html_remarks(&page, report);
	rq_html_about(&page, report);
	rq_page_end(&page);
	return page.failed ? rq_fail_memory(err) : rq_buf_check(out, err);
}

const struct rq_writer rq_writer_html = {
	.name = "html",
	.help = "a page for people, with plots: one file that needs no network and no script",
	.file = "report.html",
	.is_standard = true,
	.write = write_html,
};
