/* eval's page: of one run its means, of each further one a comparison with the first, as the page of a report shows it. */
#include "reports/eval.h"
#include "reports/html/html.h"

#include <math.h>
#include <string.h>

/* ---- one run ---- */

static bool is_count(const struct rq_evaluation *evaluation, size_t metric)
{
	return evaluation->scoring->metrics->specs[metric].metric->is_count;
}

static void add_means(struct rq_page *page, const struct rq_eval_report *report)
{
	const struct rq_evaluation *evaluation = report->evaluation;

	rq_html_section(page, "means", "Means");
	rq_buf_puts(page->out, "<div class=\"wide\"><table class=\"sortable\"><thead><tr><th scope=\"col\">metric</th>");
	for (size_t run = 0; run < evaluation->run_count; run++)
		rq_html_put(page->out, "<th scope=\"col\">%s</th>", report->labels[run]);
	rq_buf_puts(page->out, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < evaluation->runs[0].comparison.metric_count; i++) {
		rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", evaluation->runs[0].comparison.metrics[i].name);
		for (size_t run = 0; run < evaluation->run_count; run++) {
			double value = evaluation->runs[run].comparison.metrics[i].value[RQ_CANDIDATE];
			rq_buf_printf(page->out, "<td>%s</td>",
			              is_count(evaluation, i) ? rq_show_limit(value, RQ_NO_UNIT).text : rq_show_value(value, RQ_NO_UNIT).text);
		}
		rq_buf_puts(page->out, "</tr>\n");
	}
	rq_buf_puts(page->out, "</tbody></table></div>\n");
	rq_html_end_section(page);
}

/* ---- two ---- */

/* The slices of one metric, as a comparison of the main job has them. NULL: no memory. */
static struct rq_slice_difference *slices_of(const struct rq_evaluation *evaluation, const struct rq_evaluated_run *run, size_t metric,
                                             struct rq_arena *arena)
{
	struct rq_slice_difference *slices = rq_arena_alloc(arena, evaluation->slice_count + 1, sizeof *slices);

	for (size_t i = 0; i < evaluation->slice_count && slices != NULL; i++) {
		const struct rq_metric_result *result = &run->slices[i].metrics[metric];
		slices[i] = (struct rq_slice_difference){
			.slice = run->slices[i].slice, .mean = {result->value[RQ_BASELINE], result->value[RQ_CANDIDATE]}, .paired = result->paired, .q = NAN};
	}
	return slices;
}

/* A report of what eval compared. It borrows from the arena and the evaluation. */
static enum rq_status as_report(struct rq_report *out, const struct rq_eval_report *report, size_t number, struct rq_arena *arena,
                                struct rq_error *err)
{
	static const struct rq_verdict nothing_asserted = {.outcome = RQ_PASS};
	const struct rq_evaluation *evaluation = report->evaluation;
	const struct rq_evaluated_run *run = &evaluation->runs[number];
	struct rq_comparison *comparison = rq_arena_alloc(arena, 1, sizeof *comparison);
	struct rq_metric_result *metrics = rq_arena_alloc(arena, run->comparison.metric_count + 1, sizeof *metrics);

	if (comparison == NULL || metrics == NULL)
		return rq_fail_memory(err);
	*comparison = run->comparison;
	comparison->metrics = metrics;
	comparison->sides[RQ_BASELINE] = (struct rq_side_info){.index = report->paths[0]};
	comparison->sides[RQ_CANDIDATE] = (struct rq_side_info){.index = report->paths[number]};
	comparison->metric_count = 0;
	for (size_t i = 0; i < run->comparison.metric_count; i++) {
		struct rq_metric_result *metric = &metrics[comparison->metric_count];
		if (is_count(evaluation, i)) /* "What was read" has it */
			continue;
		*metric = run->comparison.metrics[i];
		metric->slice_count = metric->compared ? evaluation->slice_count : 0;
		metric->slices = slices_of(evaluation, run, i, arena);
		if (metric->slices == NULL)
			return rq_fail_memory(err);
		comparison->metric_count++;
	}
	*out = (struct rq_report){.profile = report->profile,
	                          .comparison = comparison,
	                          .verdict = report->verdicts == NULL || report->verdicts[number] == NULL ? &nothing_asserted : report->verdicts[number],
	                          .smallest_margin = NAN};
	return RQ_OK;
}

/* "4 metrics are worse, 1 is undecided." */
static void add_counts(struct rq_page *page, const struct rq_evaluation *evaluation, const struct rq_evaluated_run *run)
{
	static const struct {
		enum rq_change change;
		const char *one, *many;
	} words[] = {{RQ_REGRESSED, "is worse", "are worse"},
	             {RQ_UNDECIDED, "is undecided", "are undecided"},
	             {RQ_IMPROVED, "is better", "are better"},
	             {RQ_WITHIN_MARGIN, "has not dropped", "have not dropped"},
	             {RQ_UNCHANGED, "has not changed", "have not changed"}};
	bool told = false;

	for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
		size_t count = 0;
		for (size_t i = 0; i < run->comparison.metric_count; i++)
			count += run->changes[i].change == words[w].change && !is_count(evaluation, i);
		if (count == 0)
			continue;
		const char *metrics = told ? " " : count == 1 ? " metric " : " metrics ";
		rq_buf_printf(page->out, "%s%zu%s%s", told ? ", " : "", count, metrics, count == 1 ? words[w].one : words[w].many);
		told = true;
	}
	rq_buf_puts(page->out, told ? "." : "nothing is compared.");
}

/* The first metric that was compared, in numbers. */
static void add_numbers(struct rq_page *page, const struct rq_evaluation *evaluation, const struct rq_evaluated_run *run)
{
	size_t first = 0;

	while (first < run->comparison.metric_count && (!run->comparison.metrics[first].compared || is_count(evaluation, first)))
		first++;
	if (first == run->comparison.metric_count)
		return;
	const struct rq_metric_result *metric = &run->comparison.metrics[first];
	const struct rq_paired *paired = &metric->paired;
	rq_html_put(page->out, "<p class=\"sentence\">%s ", metric->name);
	rq_buf_puts(page->out, rq_show_value(metric->value[RQ_BASELINE], RQ_NO_UNIT).text);
	if (paired->identical) {
		rq_buf_puts(page->out, ", identical rankings");
	} else {
		rq_buf_printf(page->out, " \xe2\x86\x92 %s", rq_show_value(metric->value[RQ_CANDIDATE], RQ_NO_UNIT).text);
		rq_buf_printf(page->out, " (%s, 90\xc2\xa0%% interval", rq_show_difference(paired->delta, 4).text);
		rq_buf_printf(page->out, " %s", rq_show_difference(paired->lower, 4).text);
		rq_buf_printf(page->out, " to %s)", rq_show_difference(paired->upper, 4).text);
	}
	rq_buf_printf(page->out, " on %zu topics.</p>\n", run->topic_count);
}

/* Where no gate was asserted: what moved. */
static void add_outcome(struct rq_page *page, const struct rq_eval_report *report, size_t number)
{
	const struct rq_evaluated_run *run = &report->evaluation->runs[number];

	rq_html_put(page->out, "<header class=\"verdict\">\n<p class=\"meaning\">%s against ", report->labels[number]);
	rq_html_put(page->out, "%s: ", report->labels[0]);
	add_counts(page, report->evaluation, run);
	rq_buf_puts(page->out, "</p>\n");
	add_numbers(page, report->evaluation, run);
	rq_buf_puts(page->out, "<p class=\"measured\">No gate was asserted, so this is no verdict; each metric is judged at the "
	                       "smallest margin that so many topics can decide.</p>\n<dl class=\"sides\">");
	rq_html_put(page->out, "<div><dt class=\"baseline\">baseline</dt><dd>%s</dd></div>", report->paths[0]);
	rq_html_put(page->out, "<div><dt class=\"candidate\">candidate</dt><dd>%s</dd></div></dl>\n</header>\n", report->paths[number]);
}

static bool is_asserted(const struct rq_eval_report *report, size_t number)
{
	return report->verdicts != NULL && report->verdicts[number] != NULL && report->verdicts[number]->count > 0;
}

/* Of two runs what they say stands above all else: the verdict, or what moved. */
static enum rq_status add_head(struct rq_page *page, const struct rq_eval_report *report, size_t number, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_report as = {0};

	if (!is_asserted(report, number)) {
		add_outcome(page, report, number);
		return RQ_OK;
	}
	RQ_TRY(as_report(&as, report, number, &arena, err));
	rq_html_head(page, &as);
	return RQ_OK;
}

/* Of several: a sentence each. */
static void add_verdicts(struct rq_page *page, const struct rq_eval_report *report)
{
	for (size_t i = 1; i < report->evaluation->run_count; i++)
		if (is_asserted(report, i)) {
			rq_html_put(page->out, "<p class=\"sentence\"><b>%s:</b> ", report->labels[i]);
			rq_html_put(page->out, "%s</p>\n", report->verdicts[i]->sentence);
		}
}

static enum rq_status add_comparison(struct rq_page *page, const struct rq_eval_report *report, size_t number, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_report as = {0};

	RQ_TRY(as_report(&as, report, number, &arena, err));
	page->part = number;
	page->about = report->evaluation->run_count > 2 ? report->labels[number] : NULL;
	if (report->evaluation->run_count > 2)
		RQ_TRY(add_head(page, report, number, err));
	if (is_asserted(report, number))
		rq_html_gates(page, &as);
	rq_html_metrics(page, &as);
	rq_html_topics(page, &as);
	rq_html_slices(page, &as);
	rq_html_judging(page, &as);
	return RQ_OK;
}

/* ---- all ---- */

static void add_inputs(struct rq_page *page, const struct rq_eval_report *report)
{
	const struct rq_evaluation *evaluation = report->evaluation;

	page->part = 0;
	page->about = NULL;
	rq_html_section(page, "about", "What was read");
	rq_buf_puts(page->out, "<ul>\n");
	for (size_t i = 0; i < evaluation->diagnostic_count; i++) {
		const struct rq_diagnostic *diagnostic = &evaluation->diagnostics[i];
		rq_buf_puts(page->out, diagnostic->warning ? "<li><b>Warning:</b> " : "<li>");
		if (diagnostic->run < evaluation->run_count && evaluation->run_count > 1)
			rq_html_put(page->out, "%s: ", report->labels[diagnostic->run]);
		rq_html_put(page->out, "%s</li>\n", diagnostic->text);
	}
	rq_buf_puts(page->out, "</ul>\n<table class=\"facts\"><tbody>\n");
	rq_html_fact(page->out, "judgments", report->qrels);
	for (size_t i = 0; i < evaluation->run_count; i++) {
		rq_html_fact(page->out, report->labels[i], report->paths[i]);
		rq_html_fact(page->out, "its sha256", evaluation->runs[i].scores.facts.sha256);
		for (size_t j = 0; j < evaluation->scoring->metrics->count; j++)
			if (is_count(evaluation, j))
				rq_html_fact(page->out, evaluation->scoring->metrics->specs[j].name,
				             rq_show_limit(evaluation->runs[i].comparison.metrics[j].value[RQ_CANDIDATE], RQ_NO_UNIT).text);
	}
	rq_html_fact(page->out, "rqgate", report->version);
	rq_buf_puts(page->out, "</tbody></table>\n");
	rq_html_end_section(page);
}

static enum rq_status write_eval_html(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style, struct rq_error *err)
{
	struct rq_page page = {.out = out};
	size_t runs = report->evaluation->run_count;

	(void)style; /* a browser has its own */
	rq_page_begin(&page, "rqgate: eval", runs == 2 ? "metrics" : "means");
	rq_buf_puts(out, "<h1>Evaluation</h1>\n");
	rq_buf_printf(out, "<p>%zu topics.</p>\n", report->evaluation->runs[0].topic_count);
	if (runs == 2)
		RQ_TRY(add_head(&page, report, 1, err));
	else
		add_verdicts(&page, report);
	rq_html_contents(&page);
	if (runs != 2) /* of two the comparison has them */
		add_means(&page, report);
	for (size_t i = 1; i < runs; i++)
		RQ_TRY(add_comparison(&page, report, i, err));
	add_inputs(&page, report);
	rq_page_end(&page);
	return page.failed ? rq_fail_memory(err) : rq_buf_check(out, err);
}

const struct rq_eval_format rq_eval_format_html = {
	.name = "html",
	.help = "a page for a browser: means, and each further run compared with the first, with plots",
	.shows_digests = true,
	.shows_evidence = true,
	.write = write_eval_html,
};
