/* What differs between two sides, as a page: what it comes to, what they are made of, documents, topics. */
#include "reports/html/html.h"

#include "evalcore/base/words.h"
#include "evalcore/review/texts.h"
#include "gates/words.h"
#include "reports/changes_parts.h"
#include "reports/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LISTED = 100, MOVED_LISTED = 20, TEXT_SHOWN = 200, PLOT_WIDTH = 720, PLOT_HEIGHT = 60, PLOT_EDGE = 24, STRIP_WIDTH = 260, STRIP_EDGE = 6 };

static void begin_table(struct rq_page *page, const char *const *names, size_t count)
{
	rq_buf_puts(page->out, "<table class=\"stacked\"><thead><tr>");
	for (size_t i = 0; i < count; i++)
		rq_html_put(page->out, "<th scope=\"col\">%s</th>", names[i]);
	rq_buf_puts(page->out, "</tr></thead><tbody>\n");
}

static void end_table(struct rq_page *page)
{
	rq_buf_puts(page->out, "</tbody></table>\n");
}

static void put_cell(struct rq_page *page, const char *name, const char *text)
{
	page->failed |= text == NULL;
	rq_html_put(page->out, "<td data-name=\"%s\">", name);
	rq_html_text(page->out, text == NULL ? "" : text);
	rq_buf_puts(page->out, "</td>");
}

static void put_row(struct rq_page *page, const char *what, const char *a, const char *b)
{
	rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", what);
	put_cell(page, "A", a);
	put_cell(page, "B", b);
	rq_buf_puts(page->out, "</tr>\n");
}

static void add_head(struct rq_page *page, const struct rq_changes *changes)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf sentence = {0};

	rq_changes_sentence(&sentence, changes);
	page->failed |= sentence.failed;
	rq_buf_puts(page->out, "<header class=\"verdict\"><h1>Compared</h1>\n");
	rq_html_put(page->out, "<p class=\"meaning\">%s</p>\n", sentence.data == NULL ? "" : sentence.data);
	rq_buf_puts(page->out, "<dl class=\"sides\">");
	for (int side = 0; side < RQ_SIDES; side++) {
		rq_buf_printf(page->out, "<div><dt class=\"%s\">%s</dt>", side == RQ_BASELINE ? "baseline" : "candidate", side == RQ_BASELINE ? "A" : "B");
		rq_html_put(page->out, "<dd>%s, ", changes->names[side]);
		rq_html_put(page->out, "%s</dd></div>", rq_comparable_name(changes->kinds[side]));
	}
	rq_buf_puts(page->out, "</dl></header>\n");
}

static void add_structure(struct rq_page *page, const struct rq_changes *changes)
{
	static const char *const names[] = {"", "A", "B"};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_change_row row;

	rq_html_section(page, "made", "What they are made of");
	begin_table(page, names, 3);
	for (size_t i = 0; rq_structure_row(&row, changes, i, &arena); i++)
		if (row.what != NULL)
			put_row(page, row.what, row.a, row.b);
	end_table(page);
	rq_html_end_section(page);
}

static void add_reports(struct rq_page *page, const struct rq_changes *changes)
{
	static const char *const names[] = {"of the candidates", "A", "B"};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_change_row *rows;
	size_t count;

	page->failed |= rq_report_rows(&rows, &count, changes, &arena, NULL) != RQ_OK;
	if (page->failed)
		return;
	rq_html_section(page, "reports", "Reports");
	begin_table(page, names, 3);
	for (size_t i = 0; i < count; i++)
		put_row(page, rows[i].what, rows[i].a, rows[i].b);
	end_table(page);
	rq_html_end_section(page);
}

/* ---- documents ---- */

/* The quantiles of the cosines on their axis. */
static void plot_cosines(struct rq_page *page, const double cosines[RQ_COSINES])
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_scale scale = rq_scale_of(cosines, RQ_COSINES, PLOT_EDGE, PLOT_WIDTH - PLOT_EDGE);
	const char *description = rq_arena_printf(&arena, "least %.4f, 1 %% %.4f, 5 %% %.4f, median %.4f", cosines[0], cosines[1], cosines[2], cosines[4]);

	page->failed |= description == NULL;
	rq_svg_begin(page, "wide", PLOT_WIDTH, PLOT_HEIGHT, "cosines of what both have", description == NULL ? "" : description);
	rq_svg_axis(page, &scale, 34, 8);
	rq_svg_line(page, "span quiet", rq_scale_at(&scale, cosines[1]), 20, rq_scale_at(&scale, cosines[RQ_COSINES - 1]), 20);
	for (size_t i = 0; i < RQ_COSINES; i++)
		rq_svg_dot(page, "dot candidate", rq_scale_at(&scale, cosines[i]), 20, 4.5);
	rq_svg_end(page, "wide");
	rq_buf_puts(page->out, "<p class=\"key\">Cosines of what both have: the least, 1 %, 5 %, 25 %, median, 75 %, the most.</p>\n");
}

static void add_only(struct rq_page *page, const struct rq_changes *changes, enum rq_side side)
{
	const struct rq_document_changes *documents = changes->documents;
	size_t count = documents->only_count[side];

	if (count == 0)
		return;
	rq_buf_printf(page->out, "<details><summary>%s only in %s</summary><p>", rq_grouped(count).text, side == RQ_BASELINE ? "A" : "B");
	for (size_t i = 0; i < count && i < LISTED; i++)
		rq_html_put(page->out, i == 0 ? "%s" : ", %s", changes->holdings[side].ids.names[documents->only[side][i]]);
	rq_buf_puts(page->out, count > LISTED ? ", and more, in the JSON</p></details>\n" : "</p></details>\n");
}

static void add_moved(struct rq_page *page, const struct rq_changes *changes)
{
	static const char *const names[] = {"moved most", "cosine", "text"};
	const struct rq_document_changes *documents = changes->documents;
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	char cosine[32];

	if (documents->most_count == 0)
		return;
	bool texts = changes->texts != NULL;
	begin_table(page, names, texts ? 3 : 2);
	for (size_t i = 0; i < documents->most_count && i < MOVED_LISTED; i++) {
		const struct rq_document_pair *pair = &documents->pairs[documents->most[i]];
		const char *id = changes->holdings[RQ_BASELINE].ids.names[pair->row[RQ_BASELINE]];
		rq_buf_clear(&text);
		rq_buf_puts(&text, "");
		rq_add_one_line(&text, rq_changes_text(changes, id), TEXT_SHOWN);
		snprintf(cosine, sizeof cosine, isnan(pair->cosine) ? "zero" : "%.4f", pair->cosine);
		rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", id);
		put_cell(page, "cosine", cosine);
		if (texts)
			put_cell(page, "text", text.failed ? NULL : text.data);
		rq_buf_puts(page->out, "</tr>\n");
	}
	end_table(page);
}

static void add_documents(struct rq_page *page, const struct rq_changes *changes)
{
	const struct rq_document_changes *documents = changes->documents;

	rq_html_section(page, "documents", "Documents");
	rq_buf_printf(page->out, "<p>%s in both, %s only in A, %s only in B", rq_grouped(documents->pair_count).text,
	              rq_grouped(documents->only_count[RQ_BASELINE]).text, rq_grouped(documents->only_count[RQ_CANDIDATE]).text);
	if (documents->renamed > 0)
		rq_buf_printf(page->out, ", of these %s renamed", rq_grouped(documents->renamed).text);
	if (documents->absent != NULL)
		rq_html_put(page->out, ". Vectors: %s.</p>\n", documents->absent);
	else
		rq_buf_printf(page->out, ". Vectors: %s the same to the bit, %s but for rounding, %s moved.</p>\n", rq_grouped(documents->same).text,
		              rq_grouped(documents->rounded).text, rq_grouped(documents->moved + documents->directionless).text);
	if (documents->has_texts)
		rq_buf_printf(page->out, "<p>Texts: %s of %s changed, and %s of those kept their vector.</p>\n", rq_grouped(documents->text_changed).text,
		              rq_grouped(documents->texted).text, rq_grouped(documents->stale).text);
	if (documents->absent == NULL && documents->same < documents->pair_count && !isnan(documents->cosines[0]))
		plot_cosines(page, documents->cosines);
	add_only(page, changes, RQ_BASELINE);
	add_only(page, changes, RQ_CANDIDATE);
	add_moved(page, changes);
	rq_html_end_section(page);
}

/* ---- answers ---- */

static void add_metrics(struct rq_page *page, const struct rq_comparison *comparison)
{
	static const char *const names[] = {"metric", "A", "B", "difference", "90 % interval"};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_free_pointer) double *values = calloc(2 * comparison->metric_count + 1, sizeof *values);

	page->failed |= values == NULL;
	for (size_t i = 0; i < comparison->metric_count && values != NULL; i++) {
		values[2 * i] = comparison->metrics[i].compared ? comparison->metrics[i].paired.lower : 0;
		values[2 * i + 1] = comparison->metrics[i].compared ? comparison->metrics[i].paired.upper : 0;
	}
	const struct rq_scale scale = rq_scale_of(values, values == NULL ? 0 : 2 * comparison->metric_count + 1, STRIP_EDGE, STRIP_WIDTH - STRIP_EDGE);
	begin_table(page, names, 5);
	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", metric->name);
		put_cell(page, "A", rq_show_value(metric->value[RQ_BASELINE], RQ_NO_UNIT).text);
		put_cell(page, "B", rq_show_value(metric->value[RQ_CANDIDATE], RQ_NO_UNIT).text);
		put_cell(page, "difference",
		         !metric->compared             ? "-"
		         : metric->paired.identical ? "no change"
		                                    : rq_difference_cell(metric->paired.delta, metric->paired.lower, metric->paired.upper, &arena));
		rq_buf_puts(page->out, "<td class=\"plot\">");
		const char *title = rq_arena_printf(&arena, "difference of %s", metric->name);
		page->failed |= title == NULL;
		if (metric->compared && title != NULL)
			rq_html_difference(page, &scale, &metric->paired, NAN, title);
		rq_buf_puts(page->out, "</td></tr>\n");
	}
	end_table(page);
}

static void add_causes(struct rq_page *page, const char *what, size_t count, const size_t by[RQ_WHYS])
{
	if (count == 0)
		return;
	const char *separator = ": ";
	rq_buf_printf(page->out, "<p>%zu %s", count, what);
	for (int why = 1; by[RQ_WHY_NOT_KNOWN] < count && why <= RQ_WHYS; why++) { /* what is not known stands last */
		if (by[why % RQ_WHYS] == 0)
			continue;
		rq_buf_printf(page->out, "%s%zu %s", separator, by[why % RQ_WHYS], rq_why_name((enum rq_why)(why % RQ_WHYS)));
		separator = "; ";
	}
	rq_buf_puts(page->out, ".</p>\n");
}

static void add_topics(struct rq_page *page, const struct rq_answer_changes *answers)
{
	const char *names[6] = {"topic", "RBO", "cause"};
	RQ_CLEANUP(rq_free_pointer) size_t *order = NULL;
	size_t count = 0, columns = 3;
	char number[32];

	page->failed |= rq_answer_changes_order(&order, &count, answers, NULL) != RQ_OK;
	if (count == 0)
		return;
	bool texts = false;
	for (size_t i = 0; i < count && i < LISTED; i++)
		texts |= answers->topics[order[i]].text[0] != '\0';
	if (answers->judged) {
		names[columns++] = "metric";
		names[columns++] = "change";
	}
	if (texts)
		names[columns++] = "query";
	begin_table(page, names, columns);
	for (size_t i = 0; i < count && i < LISTED; i++) {
		const struct rq_topic_change *topic = &answers->topics[order[i]];
		rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", topic->id);
		snprintf(number, sizeof number, "%.4f", topic->rbo);
		put_cell(page, "RBO", number);
		put_cell(page, "cause", topic->told == NULL ? "" : topic->told);
		if (answers->judged) {
			put_cell(page, "metric", topic->metric == NULL ? "" : topic->metric);
			put_cell(page, "change", isnan(topic->moved) ? "" : rq_show_difference(topic->moved, 4).text);
		}
		if (texts)
			put_cell(page, "query", topic->text);
		rq_buf_puts(page->out, "</tr>\n");
	}
	end_table(page);
	if (count > LISTED)
		rq_buf_printf(page->out, "<p class=\"key\">And %zu more, in the JSON.</p>\n", count - LISTED);
}

static void add_warnings(struct rq_page *page, const struct rq_answer_changes *answers)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *warnings[RQ_ANSWER_WARNINGS];
	size_t count = 0;

	page->failed |= rq_answer_warnings(warnings, &count, answers, &arena, NULL) != RQ_OK;
	for (size_t i = 0; !page->failed && i < count; i++)
		rq_html_put(page->out, "<p>Warning: %s.</p>\n", warnings[i]);
}

static void add_answers(struct rq_page *page, const struct rq_answer_changes *answers)
{
	rq_html_section(page, "topics", "Topics");
	rq_buf_printf(page->out, "<p>%zu topics, of which %zu find the same first %zu in the same order. Overlap %.4f [%.4f %.4f], RBO %.4f [%.4f %.4f].</p>\n",
	              answers->count, answers->same, answers->depth, answers->overlap.mean, answers->overlap.lower, answers->overlap.upper,
	              answers->rbo.mean, answers->rbo.lower, answers->rbo.upper);
	add_warnings(page, answers);
	if (answers->comparison.metric_count > 0)
		add_metrics(page, &answers->comparison);
	add_causes(page, answers->judged ? "topics lost" : "topics find others", answers->lost, answers->lost_by);
	add_causes(page, "topics gained", answers->gained, answers->gained_by);
	add_topics(page, answers);
	if (answers->comparison.exact_note != NULL)
		rq_html_put(page->out, "<p class=\"key\">Causes: %s.</p>\n", answers->comparison.exact_note);
	rq_html_end_section(page);
}

enum rq_status rq_changes_html(struct rq_buf *out, const struct rq_changes *changes, struct rq_error *err)
{
	struct rq_page page = {.out = out};

	rq_page_begin(&page, "rqgate: two compared", changes->holdings != NULL ? "documents" : "topics");
	add_head(&page, changes);
	rq_html_contents(&page);
	if (changes->holdings != NULL) {
		add_structure(&page, changes);
		add_documents(&page, changes);
	}
	if (changes->reports != NULL)
		add_reports(&page, changes);
	if (changes->answers != NULL)
		add_answers(&page, changes->answers);
	rq_page_end(&page);
	return page.failed ? rq_fail_memory(err) : rq_buf_check(out, err);
}
