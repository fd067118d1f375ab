/* signoff.html: the page for the release file. One or two sheets of paper: what was decided on, by which numbers, of which files, and who signs. */
#include "reports/html/html.h"
#include "reports/machine.h"
#include "reports/rows.h"

#include <string.h>

enum { LINES_TO_SIGN = 3, GATES_MOST = 25, REMARKS_MOST = 6 /* two pages of paper */, TIME = 3 };

static const char style[] =
	"@page{size:A4;margin:15mm}body{font:10pt/1.35 system-ui,sans-serif;color:#111;background:#fff;max-width:46em;margin:1.5em auto;padding:0 1em}"
	"h1{font-size:15pt;margin:0}h2{font-size:11pt;margin:1.3em 0 .3em}p{margin:.4em 0}table{border-collapse:collapse;width:100%}"
	"th,td{text-align:left;vertical-align:top;padding:.15em .6em .15em 0;border-bottom:1px solid #999}tr{break-inside:avoid}ul{margin:.2em 0;padding-left:1.2em}"
	"code{font:7.5pt/1.3 ui-monospace,monospace;overflow-wrap:anywhere}.verdict{border:2px solid #111;padding:.5em .7em;font-weight:600}"
	".time{white-space:nowrap}.line td{height:2.6em;vertical-align:bottom}@media print{body{margin:0;padding:0;max-width:none}}";

static const char *find_run(const struct rq_report *report, const char *name)
{
	const char *text = rq_report_fact(report, name);

	return text == NULL ? "-" : text;
}

/* With what the command line changed in it. */
static enum rq_status add_config(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	rq_buf_puts(&text, find_run(report, "config"));
	for (size_t i = 0; i < report->set_count; i++)
		rq_buf_printf(&text, "%s%s", i == 0 ? ", with " : ", ", report->set[i]);
	RQ_TRY(rq_buf_check(&text, err));
	rq_html_fact(out, "Config", text.data);
	return RQ_OK;
}

static void add_self_test(struct rq_buf *out, const struct rq_verdict *verdict)
{
	rq_buf_printf(out, "<tr><th scope=\"row\">Self-test</th><td>%s", rq_stability_name(verdict->stability));
	if (verdict->self_test != NULL) {
		rq_buf_puts(out, ": ");
		rq_html_text(out, verdict->self_test);
	}
	rq_buf_puts(out, "</td></tr>\n");
}

static void add_digest(struct rq_buf *out, const char *what, const char *sha256)
{
	rq_buf_puts(out, "<tr><th scope=\"row\">");
	rq_html_text(out, what);
	rq_buf_puts(out, "</th><td><code>");
	rq_html_text(out, sha256);
	rq_buf_puts(out, "</code></td></tr>\n");
}

static enum rq_status add_sides(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	static const char *const names[] = {"Baseline", "Candidate"}, *const models[] = {"Baseline's model", "Candidate's model"};

	for (int side = 0; side < RQ_SIDES; side++) {
		RQ_CLEANUP(rq_buf_release) struct rq_buf title = {0};
		rq_side_title(&title, &report->comparison->sides[side]);
		RQ_TRY(rq_buf_check(&title, err));
		rq_html_fact(out, names[side], title.data == NULL ? "-" : title.data);
		if (report->comparison->sides[side].model != NULL)
			rq_html_fact(out, models[side], report->comparison->sides[side].model);
	}
	return RQ_OK;
}

static void add_gates(struct rq_buf *out, const struct rq_verdict *verdict)
{
	rq_buf_puts(out, "<h2>Gates</h2>\n<table>\n<thead><tr><th scope=\"col\">Gate</th><th scope=\"col\">Verdict</th><th scope=\"col\">Because</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < verdict->count && i < GATES_MOST; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		rq_buf_puts(out, "<tr><th scope=\"row\">");
		rq_html_text(out, gate->text);
		rq_buf_printf(out, "</th><td>%s</td><td>", rq_gate_word(gate));
		rq_html_text(out, gate->reason);
		if (gate->waived != RQ_NOT_WAIVED) {
			rq_buf_puts(out, gate->waived == RQ_WAIVED ? "; waived by " : "; waiver that has ended, by ");
			rq_html_text(out, gate->waiver.by);
			rq_buf_puts(out, " until ");
			rq_html_text(out, gate->waiver.until);
			rq_buf_puts(out, ": ");
			rq_html_text(out, gate->waiver.reason);
		}
		rq_buf_puts(out, "</td></tr>\n");
	}
	rq_buf_puts(out, "</tbody>\n</table>\n");
	if (verdict->count > GATES_MOST)
		rq_buf_printf(out, "<p>And %zu gates more, in the report.</p>\n", verdict->count - GATES_MOST);
}

static void add_remarks(struct rq_buf *out, const struct rq_comparison *comparison)
{
	if (comparison->remark_count == 0)
		return;
	rq_buf_puts(out, "<h2>Remarks</h2>\n<ul>\n");
	for (size_t i = 0; i < comparison->remark_count && i < REMARKS_MOST; i++) {
		rq_buf_puts(out, comparison->remarks[i].warning ? "<li>Warning: " : "<li>");
		rq_html_text(out, comparison->remarks[i].text);
		rq_buf_puts(out, "</li>\n");
	}
	rq_buf_puts(out, "</ul>\n");
	if (comparison->remark_count > REMARKS_MOST)
		rq_buf_printf(out, "<p>And %zu remarks more, in the report.</p>\n", comparison->remark_count - REMARKS_MOST);
}

static void add_digests(struct rq_buf *out, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;

	rq_buf_puts(out, "<h2>Of what, by SHA-256</h2>\n<table>\n<tbody>\n");
	if (report->sha256 != NULL)
		add_digest(out, "report.json", report->sha256);
	for (size_t i = 0; i < comparison->input_count; i++)
		add_digest(out, rq_input_title(comparison->inputs[i].name), comparison->inputs[i].text);
	rq_buf_puts(out, "</tbody>\n</table>\n");
}

static void add_approval(struct rq_buf *out, const struct rq_approval *approval)
{
	const char *cells[] = {strcmp(approval->decision, "approve") == 0 ? "approved" : "rejected", approval->name, approval->role, approval->time};

	rq_buf_puts(out, "<tr>");
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		rq_buf_puts(out, i == TIME ? "<td class=\"time\">" : "<td>");
		rq_html_text(out, cells[i]);
		rq_buf_puts(out, "</td>");
	}
	rq_buf_puts(out, "<td>");
	rq_html_text(out, approval->note == NULL ? "" : approval->note);
	rq_buf_printf(out, "%s<code>key %.16s</code></td></tr>\n", approval->note == NULL ? "" : "<br>", approval->key);
}

static void add_people(struct rq_buf *out, const struct rq_report *report)
{
	rq_buf_puts(out, "<h2>Signed</h2>\n<table>\n<thead><tr><th scope=\"col\">Decision</th><th scope=\"col\">Name</th><th scope=\"col\">Role</th>"
	                 "<th scope=\"col\">Time</th><th scope=\"col\">Note</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < report->approval_count; i++)
		add_approval(out, &report->approvals[i]);
	for (size_t i = 0; i < LINES_TO_SIGN && report->approval_count == 0; i++)
		rq_buf_puts(out, "<tr class=\"line\"><td>approved / rejected</td><td></td><td></td><td></td><td></td></tr>\n");
	rq_buf_puts(out, "</tbody>\n</table>\n");
	rq_buf_puts(out, report->approval_count > 0
	                     ? "<p>As the bundle beside the report says. Whether these signatures hold, and are those that a release needs: <code>rqgate verify "
	                       "REPORT.intoto.jsonl --policy FILE</code>.</p>\n"
	                     : "<p>Nobody has signed with a key. <code>rqgate signoff REPORT --key FILE --as NAME --role ROLE --decision approve</code> does.</p>\n");
}

static enum rq_status write_page(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	const struct rq_verdict *verdict = report->verdict;

	rq_buf_printf(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
	                   "<title>Sign-off</title>\n<style>%s</style>\n</head>\n<body>\n<h1>Sign-off: ", style);
	rq_html_text(out, report->suite == NULL ? "retrieval" : report->suite);
	rq_buf_puts(out, "</h1>\n<p class=\"verdict\">");
	rq_html_text(out, verdict->sentence);
	rq_buf_puts(out, "</p>\n<table>\n<tbody>\n");
	RQ_TRY(add_sides(out, report, err));
	rq_html_fact(out, "Run", find_run(report, "started"));
	RQ_TRY(add_config(out, report, err));
	add_self_test(out, verdict);
	rq_html_fact(out, "Program", find_run(report, "rqgate"));
	rq_buf_puts(out, "</tbody>\n</table>\n");
	add_gates(out, verdict);
	add_remarks(out, report->comparison);
	add_digests(out, report);
	add_people(out, report);
	rq_buf_puts(out, "</body>\n</html>\n");
	return rq_buf_check(out, err);
}

const struct rq_writer rq_writer_signoff = {
	.name = "signoff",
	.help = "a page to print for the release file: verdict, gates, digests, who signed",
	.file = "signoff.html",
	.write = write_page,
};
