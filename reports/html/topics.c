/* Topic by topic: every difference in one plot, losses by name, and the worst of them laid open. */
#include "reports/html/html.h"

#include "reports/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 720, HEIGHT = 220, EDGE = 10, LEFT = 52, TOP = 14, TOPICS_SHOWN = 20, TOPICS_MOST = 100, EXAMPLES_OPEN = 2 };
static const double PIXEL = .4; /* what is nearer than this is one point */

/* ---- every difference ---- */

/* Differences of a metric, ascending. */
struct sorted {
	double *values; /* malloc'ed */
	size_t count, lost, won;
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct sorted sort_differences(const struct rq_metric_result *metric, size_t topics)
{
	struct sorted sorted = {.values = calloc(topics + 1, sizeof *sorted.values)};

	for (size_t i = 0; i < topics && sorted.values != NULL; i++) {
		double difference = metric->per_topic[RQ_CANDIDATE][i] - metric->per_topic[RQ_BASELINE][i];
		if (isnan(difference))
			continue;
		sorted.lost += difference < -RQ_TIE_TOLERANCE;
		sorted.won += difference > RQ_TIE_TOLERANCE;
		sorted.values[sorted.count++] = difference;
	}
	if (sorted.values != NULL)
		qsort(sorted.values, sorted.count, sizeof *sorted.values, compare);
	return sorted;
}

/* The area between no change and the topics [from, to), as steps. */
static void add_area(struct rq_page *page, const char *kind, const struct sorted *sorted, size_t from, size_t to, double zero, double unit)
{
	double step = (double)(WIDTH - LEFT - EDGE) / (double)sorted->count, drawn_x = -1, drawn_y = -1;

	if (from == to)
		return;
	rq_buf_printf(page->out, "<path class=\"%s\" d=\"M%.1f %.1f", kind, LEFT + step * (double)from, zero);
	for (size_t i = from; i < to; i++) {
		double x = LEFT + step * (double)i, y = zero - unit * sorted->values[i];
		if (i + 1 < to && fabs(x - drawn_x) < PIXEL && fabs(y - drawn_y) < PIXEL)
			continue;
		if (i + 1 < to && i > from && sorted->values[i] == sorted->values[i - 1])
			continue;
		rq_buf_printf(page->out, "H%.1fV%.1f", x, y);
		drawn_x = x;
		drawn_y = y;
	}
	rq_buf_printf(page->out, "H%.1fV%.1fZ\"/>", LEFT + step * (double)to, zero);
}

static void draw_all(struct rq_page *page, const struct rq_metric_result *metric, const struct sorted *sorted)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	double lowest = fmin(sorted->values[0], 0), highest = fmax(sorted->values[sorted->count - 1], 0);
	double unit = (HEIGHT - 2 * TOP) / fmax(highest - lowest, 1e-9), zero = TOP + unit * highest;
	const char *title = rq_arena_printf(&arena, "differences of %s, topic by topic", metric->name);
	const char *description = rq_arena_printf(&arena, "%zu topics sorted from the greatest loss to the greatest gain: %zu lost, at most %s; %zu "
	                                          "unchanged; %zu gained, at most %s",
	                                          sorted->count, sorted->lost, rq_show_difference(lowest, 4).text,
	                                          sorted->count - sorted->lost - sorted->won, sorted->won,
	                                          rq_show_difference(highest, 4).text);

	page->failed |= title == NULL || description == NULL;
	if (title == NULL || description == NULL)
		return;
	rq_svg_begin(page, "wide", WIDTH, HEIGHT, title, description);
	add_area(page, "area fail", sorted, 0, sorted->lost, zero, unit);
	add_area(page, "area pass", sorted, sorted->count - sorted->won, sorted->count, zero, unit);
	rq_svg_line(page, "zero", LEFT, zero, WIDTH - EDGE, zero);
	rq_svg_text(page, "tick", LEFT - 6, zero + 4, "end", "0");
	if (sorted->lost > 0) {
		rq_svg_text(page, "tick", LEFT - 6, HEIGHT - TOP + 4, "end", rq_show_difference(lowest, 2).text);
		rq_svg_text(page, "value fail", LEFT + 8, zero - 6, "start", rq_arena_printf(&arena, "%zu lost", sorted->lost));
	}
	if (sorted->won > 0) {
		rq_svg_text(page, "tick", LEFT - 6, TOP + 4, "end", rq_show_difference(highest, 2).text);
		rq_svg_text(page, "value pass", WIDTH - EDGE - 8, zero + 16, "end", rq_arena_printf(&arena, "%zu gained", sorted->won));
	}
	rq_svg_end(page, "wide");
}

/* ---- losses by name ---- */

static void add_scores(struct rq_page *page, const struct rq_metric_result *metric, size_t topic)
{
	double before = metric->per_topic[RQ_BASELINE][topic], after = metric->per_topic[RQ_CANDIDATE][topic];

	rq_buf_printf(page->out, "<td data-name=\"baseline\">%s</td><td data-name=\"candidate\">%s</td>", rq_show_value(before, RQ_NO_UNIT).text,
	              rq_show_value(after, RQ_NO_UNIT).text);
	rq_buf_printf(page->out, "<td data-name=\"difference\">%s</td>", isnan(after - before) ? "-" : rq_show_difference(after - before, 4).text);
}

static void add_losses(struct rq_page *page, const struct rq_comparison *comparison, const struct rq_metric_result *metric,
                       const struct rq_loss *losses,
                       size_t from, size_t to)
{
	bool texts = false, causes = false; /* eval knows neither */
	const char *heads[7] = {"topic"};
	size_t count = 1;

	for (size_t i = from; i < to; i++) {
		texts |= comparison->topics[losses[i].topic].text[0] != '\0';
		causes |= comparison->topics[losses[i].topic].cause != NULL;
	}
	if (texts)
		heads[count++] = "query";
	heads[count++] = "baseline";
	heads[count++] = "candidate";
	heads[count++] = "difference";
	if (causes)
		heads[count] = "what happened";
	rq_html_table(page, "stacked sortable", heads);
	for (size_t i = from; i < to; i++) {
		const struct rq_compared_topic *topic = &comparison->topics[losses[i].topic];
		rq_html_put(page->out, "<tr><th scope=\"row\">%s</th>", topic->id);
		if (texts)
			rq_html_put(page->out, "<td data-name=\"query\">%s</td>", topic->text);
		add_scores(page, metric, losses[i].topic);
		if (causes)
			rq_html_put(page->out, "<td data-name=\"what happened\">%s</td>", topic->cause == NULL ? "" : topic->cause);
		rq_buf_puts(page->out, "</tr>\n");
	}
	rq_buf_puts(page->out, "</tbody></table>\n");
}

static void name_losses(struct rq_page *page, const struct rq_comparison *comparison, const struct rq_metric_result *metric)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_loss *losses = NULL;
	size_t lost;

	if (rq_losses(&losses, &lost, comparison, 0, comparison->metric_count, NULL) != RQ_OK) {
		page->failed = true;
		return;
	}
	if (lost == 0) {
		rq_buf_puts(page->out, "<p>No topic lost in any metric.</p>\n");
		return;
	}
	size_t most = lost < TOPICS_MOST ? lost : TOPICS_MOST, shown = most < TOPICS_SHOWN ? most : TOPICS_SHOWN;
	rq_buf_printf(page->out, "<h3>Topics that lost most</h3>\n<p>By losses summed over all judged metrics; the numbers are those of ");
	rq_html_put(page->out, "%s.</p>\n", metric->name);
	add_losses(page, comparison, metric, losses, 0, shown);
	if (most > shown) {
		rq_buf_printf(page->out, "<details><summary>%zu more</summary>\n", most - shown);
		add_losses(page, comparison, metric, losses, shown, most);
		rq_buf_puts(page->out, "</details>\n");
	}
	if (lost > most)
		rq_buf_printf(page->out, "<p class=\"key\">And %zu more that lost; json and csv name them all.</p>\n", lost - most);
}

void rq_html_topics(struct rq_page *page, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;
	size_t first = rq_first_compared(comparison);

	if (first == comparison->metric_count)
		return;
	const struct rq_metric_result *metric = &comparison->metrics[first];
	struct sorted sorted = sort_differences(metric, comparison->topic_count);
	page->failed |= sorted.values == NULL;
	rq_html_section(page, "topics", "Topics");
	if (sorted.lost + sorted.won > 0)
		draw_all(page, metric, &sorted);
	rq_html_put(page->out, "<p>%s: ", metric->name);
	rq_buf_printf(page->out, "%zu topics lost, %zu did not change, %zu gained.</p>\n", sorted.lost, sorted.count - sorted.lost - sorted.won,
	              sorted.won);
	free(sorted.values);
	name_losses(page, comparison, metric);
	rq_html_end_section(page);
}

/* ---- some laid open ---- */

static void add_rank(struct rq_page *page, const char *name, const struct rq_explained_document *document, int side)
{
	rq_buf_printf(page->out, "<td data-name=\"%s\">", name);
	if (document->rank[side] > 0)
		rq_buf_printf(page->out, "%zu", document->rank[side]);
	else
		rq_buf_puts(page->out, "\xe2\x80\x93");
	if (document->exact[side] > 0 && document->exact[side] != document->rank[side])
		rq_buf_printf(page->out, " <span class=\"quiet\">(exact search: %zu)</span>", document->exact[side]);
	rq_buf_puts(page->out, "</td>");
}

static void add_documents(struct rq_page *page, const struct rq_explanation *example)
{
	rq_html_table(page, "stacked", (const char *const[]){"document", "grade", "baseline rank", "candidate rank", "how it begins", NULL});
	for (size_t i = 0; i < example->count; i++) {
		const struct rq_explained_document *document = &example->documents[i];
		rq_buf_puts(page->out, document->judged && document->grade > 0 ? "<tr class=\"relevant\">" : "<tr>");
		rq_html_put(page->out, "<th scope=\"row\">%s</th>", document->id);
		if (document->judged)
			rq_buf_printf(page->out, "<td data-name=\"grade\">%d</td>", (int)document->grade);
		else
			rq_buf_puts(page->out, example->judged ? "<td data-name=\"grade\">not judged</td>" : "<td data-name=\"grade\">\xe2\x80\x93</td>");
		add_rank(page, "baseline rank", document, RQ_BASELINE);
		add_rank(page, "candidate rank", document, RQ_CANDIDATE);
		rq_html_put(page->out, "<td data-name=\"how it begins\">%s</td></tr>\n", document->text == NULL ? "" : document->text);
	}
	rq_buf_puts(page->out, "</tbody></table>\n");
}

static void add_example(struct rq_page *page, const struct rq_explanation *example, const struct rq_comparison *comparison, bool open)
{
	rq_html_put(page->out, open ? "<details open><summary><b>%s</b>" : "<details><summary><b>%s</b>", example->topic);
	if (example->text[0] != '\0')
		rq_html_put(page->out, ": %s", example->text);
	if (example->slice != NULL)
		rq_html_put(page->out, " <span class=\"quiet\">(%s)</span>", example->slice);
	rq_buf_puts(page->out, "</summary>\n<p>");
	for (size_t i = 0, told = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (!metric->compared || !metric->is_judged)
			continue;
		rq_html_put(page->out, told++ == 0 ? "%s " : "; %s ", metric->name);
		rq_buf_printf(page->out, "%s \xe2\x86\x92 %s", rq_show_value(metric->per_topic[RQ_BASELINE][example->place], RQ_NO_UNIT).text,
		              rq_show_value(metric->per_topic[RQ_CANDIDATE][example->place], RQ_NO_UNIT).text);
	}
	rq_buf_puts(page->out, "</p>\n");
	if (example->move_count > 0) {
		rq_buf_puts(page->out, "<ul>");
		for (size_t i = 0; i < example->move_count; i++)
			rq_html_put(page->out, "<li>%s</li>", example->moves[i]);
		rq_buf_puts(page->out, "</ul>\n");
	}
	add_documents(page, example);
	rq_buf_puts(page->out, "</details>\n");
}

void rq_html_examples(struct rq_page *page, const struct rq_report *report)
{
	if (report->example_count == 0)
		return;
	rq_html_section(page, "examples", "The worst, laid open");
	rq_buf_puts(page->out, "<p>Documents that either side ranks first, and all that are relevant. A relevant one stands out; a dash: the side does "
	            "not return it.</p>\n");
	for (size_t i = 0; i < report->example_count; i++)
		add_example(page, &report->examples[i], report->comparison, i < EXAMPLES_OPEN);
	rq_html_end_section(page);
}
