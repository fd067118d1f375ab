/* A job of drift: every figure against its limit, what is beyond it first, with what that means and what to do. */
#include "reports/html/html.h"

#include "reports/rows.h"

static void add_sides(struct rq_page *page, const struct rq_drift *drift)
{
	static const char *const names[RQ_DRIFT_TIMES] = {"then", "now"};
	RQ_CLEANUP(rq_buf_release) struct rq_buf title = {0};

	rq_html_put(page->out, "<p>Now against the reference \xe2\x80\x9c%s\xe2\x80\x9d", drift->reference);
	rq_html_put(page->out, " of %s. ", drift->created);
	rq_buf_printf(page->out, "%zu documents and %zu topics are the same as then.</p>\n<table class=\"facts\"><tbody>\n", drift->same_documents,
	              drift->same_topics);
	for (int time = 0; time < RQ_DRIFT_TIMES; time++) {
		rq_buf_clear(&title);
		rq_drift_side_title(&title, &drift->sides[time]);
		page->failed |= title.failed;
		rq_html_fact(page->out, names[time], title.failed ? "" : title.data);
	}
	rq_buf_clear(&title);
	rq_drift_flows(&title, drift);
	page->failed |= title.failed;
	if (title.size > 0 && !title.failed)
		rq_html_fact(page->out, "texts", title.data);
	rq_html_fact(page->out, "sha256 of the reference", drift->sha256);
	for (int list = 0; list < RQ_DRIFT_ID_LISTS; list++) {
		rq_buf_clear(&title);
		rq_drift_ids_title(&title, drift, list, RQ_DRIFT_IDS_TOLD);
		page->failed |= title.failed;
		if (title.size > 0 && !title.failed)
			rq_html_fact(page->out, "documents", title.data);
	}
	rq_buf_puts(page->out, "</tbody></table>\n");
}

/* A figure that no gate is on, and that therefore has no card yet. */
static void draw_finding(struct rq_page *page, const struct rq_drift_finding *finding, const struct rq_drift_standing *standing)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *name = rq_arena_printf(&arena, "%s of %s", finding->figure, finding->of);
	const struct rq_strip strip = {.value = finding->value,
	                               .lower = finding->lower,
	                               .upper = finding->upper,
	                               .limit = standing->limit,
	                               .at_least = finding->at_least,
	                               .kind = rq_html_kind(standing->outcome),
	                               .name = name,
	                               .word = standing->word};

	page->failed |= name == NULL;
	if (name != NULL && standing->gate == NULL)
		rq_html_strip(page, &strip);
}

static void add_finding(struct rq_page *page, const struct rq_drift_finding *finding, const struct rq_drift_standing *standing)
{
	rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", finding->figure);
	rq_html_put(page->out, "<td data-name=\"of\">%s</td>", finding->of);
	rq_buf_printf(page->out, "<td data-name=\"value\">%s</td>", rq_show_against(finding->value, standing->limit, RQ_NO_UNIT).text);
	rq_buf_printf(page->out, "<td data-name=\"limit\">%s %s</td>", finding->at_least ? "at least" : "at most", rq_show_limit(standing->limit,
	                                                                                                                         RQ_NO_UNIT).text);
	rq_html_put(page->out, "<td data-name=\"by chance\">%s</td>", rq_show_chance(finding).text);
	rq_buf_printf(page->out, "<td data-name=\"rests on\">%zu</td>", finding->n);
	rq_html_put(page->out, "<td data-name=\"gate\">%s</td>", rq_drift_whose(standing));
	rq_buf_printf(page->out, "<td data-name=\"verdict\" class=\"%s\">", rq_html_kind(standing->outcome));
	rq_html_put(page->out, "<span class=\"word\">%s</span>", standing->word);
	if (standing->outcome == RQ_FAIL) {
		rq_html_put(page->out, ": %s. ", finding->meaning);
		rq_html_put(page->out, "To do: %s.", finding->advice);
	}
	draw_finding(page, finding, standing);
	rq_buf_puts(page->out, "</td></tr>\n");
}

void rq_html_drift(struct rq_page *page, const struct rq_report *report)
{
	static const enum rq_outcome order[] = {RQ_FAIL, RQ_INCONCLUSIVE, RQ_PASS};
	const struct rq_drift *drift = report->comparison->drift;
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	if (drift == NULL)
		return;
	rq_html_section(page, "drift", "Drift");
	add_sides(page, drift);
	rq_html_table(page, "stacked sortable", (const char *const[]){"figure", "of", "value", "limit", "by chance", "rests on", "gate", "verdict", NULL});
	for (size_t step = 0; step < sizeof order / sizeof *order; step++)
		for (size_t i = 0; i < drift->count; i++) {
			const struct rq_drift_standing standing = rq_drift_standing_of(report->verdict, &drift->findings[i]);
			if (drift->findings[i].absent == NULL && standing.outcome == order[step])
				add_finding(page, &drift->findings[i], &standing);
		}
	rq_buf_puts(page->out, "</tbody></table>\n<ul class=\"key\">\n");
	for (int i = 0; i < 2; i++, rq_buf_clear(&line))
		if (rq_drift_cosines(&line, &drift->cosines[i]) && !line.failed)
			rq_html_put(page->out, "<li>%s</li>\n", line.data);
	for (size_t next = 0; rq_drift_unmeasured(&line, &next, drift); rq_buf_clear(&line))
		if (!line.failed)
			rq_html_put(page->out, "<li>Not measured: %s</li>\n", line.data);
	page->failed |= line.failed;
	rq_buf_puts(page->out, "</ul>\n");
	rq_html_end_section(page);
}
