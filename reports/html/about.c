/* What was run: remarks, inputs, versions, what services did; and how to run it again. */
#include "reports/html/html.h"

#include "reports/machine.h"
#include "reports/rows.h"

#include <math.h>
#include <string.h>

static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};
enum { FAILURES_SHOWN = 20 };

/* ---- remarks ---- */

static void add_remarks(struct rq_page *page, const struct rq_remark *remarks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rq_html_put(page->out, remarks[i].warning ? "<li><b>Warning:</b> %s</li>\n" : "<li>%s</li>\n", remarks[i].text);
}

static void add_failures(struct rq_page *page, const struct rq_failures *failures)
{
	if (failures->count == 0)
		return;
	rq_buf_printf(page->out, "<h3>%zu could not be embedded or searched</h3>\n<table class=\"stacked\"><thead><tr><th scope=\"col\">id</th><th "
	              "scope=\"col\">side</th>"
	                         "<th scope=\"col\">stage</th><th scope=\"col\">why</th></tr></thead><tbody>\n", failures->count);
	for (size_t i = 0; i < failures->count && i < FAILURES_SHOWN; i++) {
		const struct rq_failure *failure = &failures->items[i];
		rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", failure->id);
		rq_html_put(page->out, "<td data-name=\"side\">%s</td>", failure->side);
		rq_html_put(page->out, "<td data-name=\"stage\">%s</td>", failure->stage);
		rq_html_put(page->out, "<td data-name=\"why\">%s</td></tr>\n", failure->reason);
	}
	rq_buf_puts(page->out, "</tbody></table>\n");
}

void rq_html_remarks(struct rq_page *page, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;
	const struct rq_verdict *verdict = report->verdict;

	rq_html_section(page, "remarks", "Remarks");
	rq_buf_puts(page->out, "<ul>\n");
	if (verdict->self_test != NULL) {
		rq_html_put(page->out, verdict->stability == RQ_UNSTABLE ? "<li><b>Self-test %s</b>: " : "<li>Self-test %s: ",
		            rq_stability_name(verdict->stability));
		rq_html_put(page->out, "%s</li>\n", verdict->self_test);
	}
	add_remarks(page, comparison->remarks, comparison->remark_count);
	add_remarks(page, comparison->run_remarks, comparison->run_remark_count);
	if (comparison->exact_note != NULL)
		rq_html_put(page->out, "<li>%s</li>\n", comparison->exact_note);
	rq_buf_puts(page->out, "</ul>\n");
	add_failures(page, &comparison->failures);
	rq_html_end_section(page);
}

/* ---- what was run ---- */

static void begin_facts(struct rq_page *page, const char *title)
{
	rq_html_put(page->out, "<h3>%s</h3>\n<table class=\"facts\"><tbody>\n", title);
}

static void end_facts(struct rq_page *page)
{
	rq_buf_puts(page->out, "</tbody></table>\n");
}

static void add_fact(struct rq_page *page, const char *side, const char *name, const char *text)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *both = rq_arena_printf(&arena, "%s %s", side, name);

	page->failed |= both == NULL;
	if (text != NULL && both != NULL)
		rq_html_fact(page->out, both, text);
}

static void add_sides(struct rq_page *page, const struct rq_comparison *comparison)
{
	begin_facts(page, "Sides");
	for (int i = 0; i < RQ_SIDES; i++) {
		const struct rq_side_info *side = &comparison->sides[i];
		add_fact(page, side_names[i], "embedder", side->embedder);
		add_fact(page, side_names[i], "model", side->model);
		add_fact(page, side_names[i], "served by", side->served_by);
		add_fact(page, side_names[i], "document embedder", side->document_embedder);
		add_fact(page, side_names[i], "documents served by", side->documents_served_by);
		add_fact(page, side_names[i], "index", side->index);
		add_fact(page, side_names[i], "search", side->searched);
		add_fact(page, side_names[i], "approved as", side->approved);
	}
	end_facts(page);
}

static void add_number(struct rq_page *page, const char *name, double value)
{
	struct rq_tick text;

	text = rq_tick_text(value);
	if (value == floor(value) && fabs(value) < 1e15) {
		RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
		const char *whole = rq_arena_printf(&arena, "%.0f", value);
		page->failed |= whole == NULL;
		rq_html_fact(page->out, name, whole == NULL ? "" : whole);
		return;
	}
	rq_html_fact(page->out, name, text.text);
}

static void add_inputs(struct rq_page *page, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;

	begin_facts(page, "Inputs (sha256)");
	for (size_t i = 0; i < comparison->input_count; i++)
		rq_html_fact(page->out, rq_input_title(comparison->inputs[i].name),
		             comparison->inputs[i].text == NULL ? "-" : comparison->inputs[i].text);
	for (size_t i = 0; i < report->ranking_count; i++)
		add_fact(page, "rankings", report->rankings[i].name, report->rankings[i].text);
	end_facts(page);
	begin_facts(page, "Counts");
	for (size_t i = 0; i < comparison->count_count; i++)
		add_number(page, comparison->counts[i].name, comparison->counts[i].value);
	end_facts(page);
}

static void add_run(struct rq_page *page, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;

	begin_facts(page, "The run");
	for (size_t i = 0; i < report->run_count; i++)
		rq_html_fact(page->out, report->run[i].name, report->run[i].text);
	add_number(page, "threads", report->threads);
	add_fact(page, "", "seconds", rq_show_value(report->seconds, RQ_SECONDS).text);
	for (size_t i = 0; i < comparison->stage_count; i++)
		add_fact(page, "stage", comparison->stage_seconds[i].name, rq_show_value(comparison->stage_seconds[i].value, RQ_SECONDS).text);
	for (size_t i = 0; i < comparison->cache_use_count; i++)
		add_fact(page, "cache:", comparison->cache_use[i].name, comparison->cache_use[i].text);
	end_facts(page);
}

static void add_services(struct rq_page *page, const struct rq_comparison *comparison)
{
	if (comparison->service_count == 0)
		return;
	rq_buf_puts(page->out, "<h3>Services</h3>\n");
	rq_html_table(page, "stacked", (const char *const[]){"side", "of", "requests", "tried again", "texts", "tokens", "cut", NULL});
	for (size_t i = 0; i < comparison->service_count; i++) {
		const struct rq_service_account *account = &comparison->services[i];
		rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", account->side);
		rq_html_put(page->out, "<td data-name=\"of\">%s</td>", account->what);
		rq_buf_printf(page->out, "<td data-name=\"requests\">%.0f</td><td data-name=\"tried again\">%.0f</td><td data-name=\"texts\">%.0f</td>",
		              account->requests,
		              account->retries, account->texts);
		rq_buf_printf(page->out, "<td data-name=\"tokens\">%.0f</td><td data-name=\"cut\">%.0f</td></tr>\n", account->tokens, account->truncated);
	}
	rq_buf_puts(page->out, "</tbody></table>\n");
}

static void add_sizes(struct rq_page *page, const struct rq_comparison *comparison)
{
	if (comparison->sizes == NULL && comparison->staleness == NULL)
		return;
	begin_facts(page, "Indexes");
	for (int i = 0; i < RQ_SIDES && comparison->sizes != NULL; i++) {
		add_fact(page, side_names[i], "file", rq_show_value(comparison->sizes[i].value[RQ_SIZE_INDEX], RQ_BYTES).text);
		add_fact(page, side_names[i], "memory", rq_show_value(comparison->sizes[i].value[RQ_SIZE_MEMORY], RQ_BYTES).text);
		add_fact(page, side_names[i], "building", rq_show_value(comparison->sizes[i].value[RQ_SIZE_BUILD], RQ_SECONDS).text);
	}
	for (int i = 0; i < RQ_SIDES && comparison->staleness != NULL; i++) {
		static const char *const words[RQ_STALE_KINDS] = {"lacks", "has too much", "has changed", "age in seconds"};
		for (int what = 0; what < RQ_STALE_KINDS; what++)
			add_fact(page, side_names[i], words[what],
			         isnan(comparison->staleness[i].value[what]) ? "-" : rq_tick_text(comparison->staleness[i].value[what]).text);
	}
	end_facts(page);
}

/* ---- again ---- */

/* As a shell takes it: quoted where it is not plain. */
static void add_argument(struct rq_buf *line, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+,=-";

	if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
		rq_buf_puts(line, text);
		return;
	}
	rq_buf_puts(line, "'");
	for (const char *at = text; *at != '\0'; at++)
		rq_buf_printf(line, *at == '\'' ? "'\\''" : "%c", *at);
	rq_buf_puts(line, "'");
}

static void add_again(struct rq_page *page, const struct rq_report *report)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
	const char *config = rq_report_fact(report, "config"), *folder = rq_report_fact(report, "folder"), *command = rq_report_fact(report, "command");

	if (config == NULL)
		return;
	if (folder != NULL) {
		rq_buf_puts(&line, "cd ");
		add_argument(&line, folder);
		rq_buf_puts(&line, " && ");
	}
	rq_buf_printf(&line, "rqgate %s ", command != NULL && strcmp(command, "drift") == 0 ? command : "run");
	add_argument(&line, config);
	for (size_t i = 0; i < report->set_count; i++) {
		rq_buf_puts(&line, " --set ");
		add_argument(&line, report->set[i]);
	}
	page->failed |= line.failed;
	if (line.failed)
		return;
	rq_html_section(page, "again", "Run it again");
	rq_html_put(page->out, "<pre tabindex=\"0\"><code>%s</code></pre>\n", line.data);
	rq_buf_puts(page->out, "<p>With the report.json of this run beside it: <code>rqgate explain TOPIC report.json</code> lays one topic open, "
	                       "<code>rqgate report report.json --to md</code> says the same as another format.</p>\n");
	rq_html_end_section(page);
}

void rq_html_about(struct rq_page *page, const struct rq_report *report)
{
	rq_html_section(page, "about", "What was run");
	rq_buf_puts(page->out, "<details class=\"paper\"><summary>Sides, inputs, versions, times</summary>\n");
	add_sides(page, report->comparison);
	add_inputs(page, report);
	add_run(page, report);
	add_sizes(page, report->comparison);
	add_services(page, report->comparison);
	rq_buf_puts(page->out, "</details>\n");
	rq_html_end_section(page);
	add_again(page, report);
}
