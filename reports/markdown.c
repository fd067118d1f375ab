/* report.md: a comment on a pull request, or the summary of a job. The sentence first, then what it rests on. */
#include "reports/rows.h"

#include "evalcore/base/parse.h"
#include "evalcore/review/texts.h"
#include "gates/words.h"
#include "metrics/stats/slices.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOPICS_SHOWN = 10,
	TOPICS_FOLDED = 490, /* behind a line to click on */
	SLICES_SHOWN = 10,
	TEXT_MOST = 500,     /* bytes of a topic's */
	PAGE_MOST = 1000000, /* bytes: a GitHub job's summary may have 1 MiB, comments of GitLab about as much */
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (c & 0x80) != 0;
}

/* Whether the character would be markup where it stands. Topics and names are the user's: nothing in them may end a table's cell, start markup, or
 * call a person (@name). What is harmless stays as it is, for the page is read unrendered, too. */
static bool is_markup(const char *text, const char *at)
{
	char before = at == text ? ' ' : at[-1], after = at[1];

	switch (*at) {
	case '|':
	case '\\':
	case '`':
	case '*':
	case '~':
		return true;
	case '_': /* within a word it is a letter */
		return !is_word(before) || !is_word(after);
	case ']': /* of a link */
		return after == '(' || after == '[' || after == ':';
	case '<': /* of a tag */
		return isalpha((unsigned char)after) || (after != '\0' && strchr("/!?", after) != NULL);
	default:
		return false;
	}
}

/* What a comment would call a person by, or link an issue or a merge request to, which then says so itself: "@ana", "#12", "!12". */
static bool calls(const char *text, const char *at)
{
	return (*at == '@' && (at == text || !is_word(at[-1]))) || ((*at == '#' || *at == '!') && isdigit((unsigned char)at[1]));
}

static void add_escaped(struct rq_buf *out, const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		size_t unprintable = rq_unprintable(at, 1);
		if ((unsigned char)*at < 0x20)
			rq_buf_puts(out, " ");
		else if (unprintable > 0) {
			rq_buf_puts(out, "?");
			at += unprintable - 1;
		} else if (calls(text, at))
			rq_buf_printf(out, "&#%d;", *at);
		else if (*at == '&')
			rq_buf_puts(out, "&amp;");
		else
			rq_buf_printf(out, "%s%c", is_markup(text, at) ? "\\" : "", *at);
	}
}

static void add_table(struct rq_buf *out, const struct rq_rows *rows)
{
	for (int column = 0; column < RQ_COLUMNS; column++)
		rq_buf_printf(out, "| %s ", rq_column_names[column]);
	rq_buf_puts(out, "|\n|:--|--:|--:|:--|:--|:--|\n");
	for (size_t i = 0; i < rows->count; i++) {
		for (int column = 0; column < RQ_COLUMNS; column++) {
			const char *cell = rows->rows[i].cells[column];
			bool bold = column == RQ_COLUMN_VERDICT && rows->rows[i].gate != NULL && rows->rows[i].gate->outcome != RQ_PASS;
			rq_buf_puts(out, bold ? "| **" : "| ");
			add_escaped(out, cell + strspn(cell, " "));
			rq_buf_puts(out, bold ? "** " : " ");
		}
		rq_buf_puts(out, "|\n");
	}
}

static enum rq_status add_bm25(struct rq_buf *out, const struct rq_comparison *comparison, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	rq_show_bm25(&line, comparison);
	RQ_TRY(rq_buf_check(&line, err));
	if (line.size == 0)
		return RQ_OK;
	rq_buf_puts(out, "\nBeside them, ");
	add_escaped(out, line.data);
	rq_buf_puts(out, ".\n");
	return RQ_OK;
}

static enum rq_status add_waiver(struct rq_buf *out, const struct rq_gate_result *gate, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	if (gate->waived == RQ_NOT_WAIVED)
		return RQ_OK;
	rq_show_waiver(&text, gate);
	RQ_TRY(rq_buf_check(&text, err));
	rq_buf_puts(out, "; ");
	add_escaped(out, text.data);
	return RQ_OK;
}

static enum rq_status add_gates(struct rq_buf *out, const struct rq_verdict *verdict, struct rq_error *err)
{
	rq_buf_puts(out, "\n### Gates\n");
	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		rq_buf_printf(out, gate->outcome == RQ_PASS ? "- %s: " : "- **%s**: ", rq_gate_word(gate));
		add_escaped(out, gate->text);
		rq_buf_puts(out, ": ");
		add_escaped(out, gate->reason);
		RQ_TRY(add_waiver(out, gate, err));
		if (gate->owner != NULL) {
			rq_buf_puts(out, "; owner: ");
			add_escaped(out, gate->owner);
		}
		if (gate->runbook != NULL) {
			rq_buf_puts(out, "; runbook: ");
			add_escaped(out, gate->runbook);
		}
		rq_buf_puts(out, "\n");
	}
	return RQ_OK;
}

/* Secondary, of whatever was compared. */
static void add_evidence(struct rq_buf *out, const struct rq_comparison *comparison)
{
	bool begun = false;

	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_evidence *evidence = &comparison->metrics[i].evidence;
		if (!evidence->weighed)
			continue;
		if (!begun)
			rq_buf_puts(out, "\n### Evidence\n\nBeside the verdict and in no gate: 9,999 sign flips and bootstraps of the topics; "
			                 "the drop that so many topics show in four of five cases, and how many pass a candidate that loses nothing as often.\n\n"
			                 "| metric | sign-flip p | 90 % BCa interval | drop that shows | topics to pass |\n|:--|--:|:--|--:|--:|\n");
		begun = true;
		rq_buf_puts(out, "| ");
		add_escaped(out, comparison->metrics[i].name);
		rq_buf_printf(out, " | %s | ", rq_show_value(evidence->sign_flip_p, RQ_NO_UNIT).text);
		if (isnan(evidence->bca_lower))
			rq_buf_puts(out, "-");
		else
			rq_buf_printf(out, "%s to %s", rq_show_difference(evidence->bca_lower, 4).text, rq_show_difference(evidence->bca_upper, 4).text);
		rq_buf_printf(out, " | %s | ", rq_show_value(evidence->mde, RQ_NO_UNIT).text);
		if (isnan(evidence->margin))
			rq_buf_puts(out, "- |\n");
		else if (evidence->topics_to_pass == 0)
			rq_buf_puts(out, "more than 10 million |\n");
		else
			rq_buf_printf(out, "%zu |\n", evidence->topics_to_pass);
	}
}

static int by_loss(const void *a, const void *b)
{
	const struct rq_slice_difference *x = a, *y = b;

	if (x->paired.delta != y->paired.delta)
		return x->paired.delta < y->paired.delta ? -1 : 1;
	return strcmp(x->slice, y->slice);
}

static void add_slice(struct rq_buf *out, const struct rq_slice_difference *slice)
{
	bool told = slice->q <= RQ_FALSE_DISCOVERIES;

	rq_buf_puts(out, told ? "| **" : "| ");
	add_escaped(out, slice->slice);
	rq_buf_printf(out, "%s | %zu | %s -> %s | %s (%s to %s) | %s |\n", told ? "**" : "", slice->paired.n,
	              rq_show_value(slice->mean[RQ_BASELINE], RQ_NO_UNIT).text, rq_show_value(slice->mean[RQ_CANDIDATE], RQ_NO_UNIT).text,
	              rq_show_difference(slice->paired.delta, 4).text, rq_show_difference(slice->paired.lower, 3).text,
	              rq_show_difference(slice->paired.upper, 3).text, rq_show_value(slice->q, RQ_NO_UNIT).text);
}

/* Of the first metric, those that lost most. */
static enum rq_status add_slices(struct rq_buf *out, const struct rq_comparison *comparison, struct rq_error *err)
{
	size_t first = rq_first_compared(comparison);

	if (first == comparison->metric_count || comparison->metrics[first].slice_count == 0)
		return RQ_OK;
	const struct rq_metric_result *metric = &comparison->metrics[first];
	RQ_CLEANUP(rq_free_pointer) struct rq_slice_difference *sorted = malloc(metric->slice_count * sizeof *sorted);
	if (sorted == NULL)
		return rq_fail_memory(err);
	memcpy(sorted, metric->slices, metric->slice_count * sizeof *sorted);
	qsort(sorted, metric->slice_count, sizeof *sorted, by_loss);
	rq_buf_printf(out,
	              "\n### Slices (%s)\n\n"
	              "Advice: a slice in bold fell, with q at most %.2f after Benjamini-Hochberg over the slices of %d topics or more.\n\n"
	              "| slice | topics | before -> after | difference (90 %% interval) | q |\n|:--|--:|:--|:--|--:|\n",
	              metric->name, RQ_FALSE_DISCOVERIES, RQ_SLICE_MINIMUM);
	for (size_t i = 0; i < metric->slice_count && i < SLICES_SHOWN; i++)
		add_slice(out, &sorted[i]);
	if (metric->slice_count > SLICES_SHOWN)
		rq_buf_printf(out, "\nand %zu more, in report.json\n", metric->slice_count - SLICES_SHOWN);
	return RQ_OK;
}

static void add_unmeasured(struct rq_buf *out, const struct rq_drift *drift)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	for (size_t next = 0; rq_drift_unmeasured(&line, &next, drift); rq_buf_clear(&line)) {
		out->failed = out->failed || line.failed;
		rq_buf_puts(out, "- not measured: ");
		add_escaped(out, line.data == NULL ? "" : line.data);
		rq_buf_puts(out, "\n");
	}
}

/* Of a job of drift alone. */
static void add_document_ids(struct rq_buf *out, const struct rq_drift *drift)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	for (int list = 0; list < RQ_DRIFT_ID_LISTS; list++) {
		rq_buf_clear(&line);
		rq_drift_ids_title(&line, drift, list, RQ_DRIFT_IDS_TOLD);
		out->failed = out->failed || line.failed;
		if (line.size == 0 || line.failed)
			continue;
		rq_buf_puts(out, "- documents: ");
		add_escaped(out, line.data);
		rq_buf_puts(out, ".\n");
	}
}

static void add_drift(struct rq_buf *out, const struct rq_report *report)
{
	const struct rq_drift *drift = report->comparison->drift;

	if (drift == NULL)
		return;
	rq_buf_puts(out, "\n### Drift\n\nAgainst the reference ");
	add_escaped(out, drift->reference);
	rq_buf_printf(out, " of %s; %zu documents and %zu topics are the same as then. ", drift->created, drift->same_documents, drift->same_topics);
	rq_drift_flows(out, drift);
	rq_buf_puts(out, "\n\n| figure | of | value | limit | by chance | gate | verdict |\n"
	                 "|:--|:--|--:|--:|--:|:--|:--|\n");
	for (size_t i = 0; i < drift->count; i++) {
		const struct rq_drift_finding *finding = &drift->findings[i];
		struct rq_drift_standing standing = rq_drift_standing_of(report->verdict, finding);
		bool bold = standing.outcome == RQ_FAIL;
		if (finding->absent != NULL)
			continue;
		rq_buf_printf(out, "| %s | ", finding->figure);
		add_escaped(out, finding->of);
		rq_buf_printf(out, " | %s | %s %s | %s | %s | %s%s%s |\n", rq_show_against(finding->value, standing.limit, RQ_NO_UNIT).text,
		              finding->at_least ? "&gt;=" : "&lt;=", rq_show_limit(standing.limit, RQ_NO_UNIT).text, rq_show_chance(finding).text,
		              rq_drift_whose(&standing), bold ? "**" : "", standing.word, bold ? "**" : "");
	}
	rq_buf_puts(out, "\n");
	for (size_t i = 0; i < drift->count; i++) {
		const struct rq_drift_finding *finding = &drift->findings[i];
		if (finding->absent == NULL && rq_drift_standing_of(report->verdict, finding).outcome == RQ_FAIL) {
			rq_buf_printf(out, "- **%s** of ", finding->figure);
			add_escaped(out, finding->of);
			rq_buf_puts(out, ": ");
			add_escaped(out, finding->meaning); /* it may name texts */
			rq_buf_printf(out, ". To do: %s.\n", finding->advice);
		}
	}
	for (int i = 0; i < 2; i++)
		if (drift->cosines[i].of != NULL) {
			rq_buf_puts(out, "- ");
			(void)rq_drift_cosines(out, &drift->cosines[i]);
			rq_buf_puts(out, "\n");
		}
	add_unmeasured(out, drift);
	add_document_ids(out, drift);
}

static void add_builds(struct rq_buf *out, const struct rq_comparison *comparison)
{
	const char *before = "\n";

	for (size_t i = 0; i < comparison->metric_count; i++) {
		if (!rq_shows_builds(&comparison->metrics[i]))
			continue;
		rq_buf_printf(out, "%s- ", before);
		rq_add_builds(out, &comparison->metrics[i]);
		rq_buf_puts(out, "\n");
		before = "";
	}
}

/* Embedding and index add up to the difference; judging stands beside it. */
static enum rq_status add_attribution(struct rq_buf *out, const struct rq_comparison *comparison, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *absence = rq_attribution_absence(comparison), *cells[RQ_PARTS];
	bool titled = false;

	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (!rq_shows_attribution(metric))
			continue;
		rq_show_attribution(cells, metric, &arena);
		if (!titled)
			rq_buf_printf(out,
			              "\n### Where the differences come from\n\n| metric | difference = | %s + | index | beside it: judging | |\n"
			              "|:--|--:|--:|--:|--:|:--|\n",
			              rq_exact_part_name(comparison));
		titled = true;
		rq_buf_printf(out, "| %s |", metric->name);
		for (int part = 0; part < RQ_PARTS; part++) {
			if (cells[part] == NULL)
				return rq_fail_memory(err);
			rq_buf_printf(out, " %s |", cells[part]);
		}
		rq_buf_puts(out, "\n");
	}
	if (absence != NULL) {
		rq_buf_puts(out, "\nDifferences are ");
		add_escaped(out, absence);
		rq_buf_puts(out, ".\n");
	}
	return RQ_OK;
}

static enum rq_status add_topic(struct rq_buf *out, const struct rq_comparison *comparison, const struct rq_metric_result *metric, size_t number,
                                bool with_text, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct rq_compared_topic *topic = &comparison->topics[number];

	rq_buf_puts(out, "| ");
	add_escaped(out, topic->id);
	rq_buf_puts(out, " | ");
	if (with_text) {
		rq_add_one_line(&text, topic->text, TEXT_MOST);
		RQ_TRY(rq_buf_check(&text, err));
		add_escaped(out, text.data == NULL ? "" : text.data);
		rq_buf_puts(out, " | ");
	}
	rq_buf_printf(out, "%s -> %s | ", rq_show_value(metric->per_topic[RQ_BASELINE][number], RQ_NO_UNIT).text,
	              rq_show_value(metric->per_topic[RQ_CANDIDATE][number], RQ_NO_UNIT).text);
	add_escaped(out, topic->cause == NULL ? "" : topic->cause);
	rq_buf_puts(out, " |\n");
	return RQ_OK;
}

/* The topics that lost most in the first metric that was compared. */
static enum rq_status add_topics(struct rq_buf *out, const struct rq_comparison *comparison, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_loss *losses = NULL;
	size_t first = rq_first_compared(comparison), lost;

	if (first == comparison->metric_count)
		return RQ_OK;
	RQ_TRY(rq_losses(&losses, &lost, comparison, first, first + 1, err));
	const struct rq_metric_result *metric = &comparison->metrics[first];
	if (lost == 0) {
		rq_buf_printf(out, "\nNo topic lost in %s.\n", metric->name);
		return RQ_OK;
	}
	rq_buf_printf(out, "\n### Topics that lost most (%s; %zu of %zu lost)\n\n| topic | text | before -> after | what happened |\n|:--|:--|:--|:--|\n",
	              metric->name, lost, metric->paired.n);
	for (size_t i = 0; i < lost && i < TOPICS_SHOWN; i++)
		RQ_TRY(add_topic(out, comparison, metric, losses[i].topic, true, err));
	if (lost <= TOPICS_SHOWN)
		return RQ_OK;
	size_t folded = lost < TOPICS_SHOWN + TOPICS_FOLDED ? lost : TOPICS_SHOWN + TOPICS_FOLDED;
	rq_buf_printf(out, "\n<details><summary>%zu more</summary>\n\n| topic | before -> after | what happened |\n|:--|:--|:--|\n",
	              folded - TOPICS_SHOWN);
	for (size_t i = TOPICS_SHOWN; i < folded; i++)
		RQ_TRY(add_topic(out, comparison, metric, losses[i].topic, false, err));
	rq_buf_puts(out, "\n</details>\n");
	if (folded < lost)
		rq_buf_printf(out, "\nand %zu more, in report.json\n", lost - folded);
	return RQ_OK;
}

static void add_remark_lines(struct rq_buf *out, const struct rq_remark *remarks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		rq_buf_puts(out, remarks[i].warning ? "- **warning**: " : "- ");
		add_escaped(out, remarks[i].text);
		rq_buf_puts(out, "\n");
	}
}

static void add_remarks(struct rq_buf *out, const struct rq_comparison *comparison, const struct rq_verdict *verdict)
{
	if (comparison->remark_count > 0 || comparison->run_remark_count > 0 || comparison->exact_note != NULL || verdict->self_test != NULL)
		rq_buf_puts(out, "\n### Remarks\n");
	if (verdict->self_test != NULL) {
		rq_buf_printf(out, verdict->stability == RQ_UNSTABLE ? "- **self-test %s**: " : "- self-test %s: ", rq_stability_name(verdict->stability));
		add_escaped(out, verdict->self_test);
		rq_buf_puts(out, "\n");
	}
	add_remark_lines(out, comparison->remarks, comparison->remark_count);
	add_remark_lines(out, comparison->run_remarks, comparison->run_remark_count);
	if (comparison->exact_note != NULL) {
		rq_buf_puts(out, "- ");
		add_escaped(out, comparison->exact_note);
		rq_buf_puts(out, "\n");
	}
}

static enum rq_status add_inputs(struct rq_buf *out, const struct rq_comparison *comparison, struct rq_error *err)
{
	static const char *const names[RQ_SIDES] = {"baseline", "candidate"};
	RQ_CLEANUP(rq_buf_release) struct rq_buf title = {0};

	rq_buf_puts(out, "\n<details><summary>Inputs</summary>\n\n| | |\n|:--|:--|\n");
	for (int i = 0; i < RQ_SIDES; i++) {
		const struct rq_side_info *side = &comparison->sides[i];
		rq_buf_printf(out, "| %s | ", names[i]);
		rq_buf_clear(&title);
		rq_side_title(&title, side);
		RQ_TRY(rq_buf_check(&title, err));
		add_escaped(out, title.data == NULL ? "" : title.data);
		rq_buf_puts(out, " |\n");
	}
	for (size_t i = 0; i < comparison->count_count; i++) {
		rq_buf_puts(out, "| ");
		add_escaped(out, comparison->counts[i].name);
		rq_buf_printf(out, " | %.15g |\n", comparison->counts[i].value);
	}
	for (size_t i = 0; i < comparison->input_count; i++) {
		rq_buf_puts(out, "| ");
		add_escaped(out, rq_input_title(comparison->inputs[i].name));
		rq_buf_printf(out, " | sha256 %s |\n", comparison->inputs[i].text == NULL ? "-" : comparison->inputs[i].text);
	}
	rq_buf_puts(out, "\n</details>\n");
	return RQ_OK;
}

static size_t count_of(const char *text, const char *words)
{
	size_t count = 0;

	for (; (text = strstr(text, words)) != NULL; text += strlen(words))
		count++;
	return count;
}

/* Cut behind a line: a page that is too long is shown by nobody. */
static void limit_page(struct rq_buf *out, size_t start)
{
	if (out->failed || out->size - start <= PAGE_MOST)
		return;
	size_t end = start + PAGE_MOST;
	while (end > start && out->data[end - 1] != '\n')
		end--;
	out->size = end;
	out->data[end] = '\0';
	const char *page = out->data + start;
	if (count_of(page, "\n<details>") > count_of(page, "\n</details>"))
		rq_buf_puts(out, "\n</details>\n");
	rq_buf_puts(out, "\nThe page is cut here, at a million bytes; report.json has all of it.\n");
}

static enum rq_status write_markdown(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_rows_release) struct rq_rows rows = {0};
	size_t start = out->size;

	RQ_TRY(rq_rows_make(&rows, report, err));
	rq_buf_puts(out, "**");
	add_escaped(out, report->verdict->sentence);
	rq_buf_puts(out, "**\n\n");
	add_escaped(out, report->suite == NULL ? "" : report->suite);
	rq_buf_printf(out, "%s%zu topics", report->suite == NULL ? "" : ", ", report->comparison->topic_count);
	if (report->smallest_margin < 1)
		rq_buf_printf(out, ", which can decide a margin of %s", rq_show_limit(report->smallest_margin, RQ_NO_UNIT).text);
	rq_buf_printf(out, "; profile %s\n\n", report->profile);
	add_table(out, &rows);
	add_drift(out, report);
	RQ_TRY(add_bm25(out, report->comparison, err));
	RQ_TRY(add_gates(out, report->verdict, err));
	add_builds(out, report->comparison);
	RQ_TRY(add_attribution(out, report->comparison, err));
	add_evidence(out, report->comparison);
	RQ_TRY(add_slices(out, report->comparison, err));
	RQ_TRY(add_topics(out, report->comparison, err));
	add_remarks(out, report->comparison, report->verdict);
	RQ_TRY(add_inputs(out, report->comparison, err));
	limit_page(out, start);
	return rq_buf_check(out, err);
}

const struct rq_writer rq_writer_md = {
	.name = "md",
	.help = "the verdict, the table and the topics that lost most, for a pull request or the summary of a job",
	.file = "report.md",
	.is_standard = true,
	.write = write_markdown,
};
