/* The verdict for a terminal or a pipeline's log: a table, what did not pass, remarks, and the sentence, which stands last because that is where a
 * log ends. */
#include "reports/rows.h"

#include "gates/words.h"

#include <string.h>

enum { WIDTH_OF_A_LOG = 80, GAP = 2, NAME_KEPT = 16, GATE_KEPT = 10, LOST_SHOWN = 5 };

struct layout {
	size_t widths[RQ_COLUMNS], gap, total;
};

static size_t sum_widths(const struct layout *layout)
{
	size_t sum = (RQ_COLUMNS - 1) * layout->gap;

	for (int i = 0; i < RQ_COLUMNS; i++)
		sum += layout->widths[i];
	return sum;
}

static size_t cell_width(const struct rq_row *row, int column, struct rq_style style)
{
	return rq_text_width(row->cells[column], strlen(row->cells[column]), style.unicode);
}

static void measure(struct layout *layout, const struct rq_rows *rows, struct rq_style style)
{
	for (int column = 0; column < RQ_COLUMNS; column++) {
		layout->widths[column] = strlen(rq_column_names[column]);
		for (size_t i = 0; i < rows->count; i++)
			if (cell_width(&rows->rows[i], column, style) > layout->widths[column])
				layout->widths[column] = cell_width(&rows->rows[i], column, style);
	}
}

static bool is_of_relation(char c)
{
	return c == '<' || c == '>' || c == '=';
}

/* "drop <= 0.03" -> "drop<=0.03"; words stay apart. */
static enum rq_status squeeze_gates(struct rq_rows *rows, struct rq_error *err)
{
	for (size_t i = 0; i < rows->count; i++) {
		char *squeezed = rq_arena_strdup(&rows->arena, rows->rows[i].cells[RQ_COLUMN_GATE]);
		if (squeezed == NULL)
			return rq_fail_memory(err);
		rows->rows[i].cells[RQ_COLUMN_GATE] = squeezed;
		char last = ' ';
		for (const char *from = squeezed; *from != '\0'; from++)
			if (*from != ' ' || !(is_of_relation(from[1]) || is_of_relation(last)))
				last = *squeezed++ = *from;
		*squeezed = '\0';
	}
	return RQ_OK;
}

/* What leaves no room for the rest is left out of account, for add_row to give it a line or the blanks beside it: a name, or a gate, longer than
 * `kept` and than what is free. */
static void narrow(struct layout *layout, enum rq_column column, size_t kept, const struct rq_rows *rows, size_t available, struct rq_style style)
{
	size_t rest = sum_widths(layout) - layout->widths[column], longest = strlen(rq_column_names[column]);

	if (rest + layout->widths[column] <= available)
		return;
	for (size_t i = 0; i < rows->count; i++) {
		size_t width = cell_width(&rows->rows[i], (int)column, style);
		if (width > longest && (width <= kept || width + rest <= available))
			longest = width;
	}
	layout->widths[column] = longest;
}

/* Columns as wide as their widest cell; where that is too wide for the terminal, blanks go first, then long names, long gates, and all names. */
static enum rq_status lay_out(struct layout *layout, struct rq_rows *rows, struct rq_style style, struct rq_error *err)
{
	size_t available = style.width > 0 ? (size_t)style.width : WIDTH_OF_A_LOG;

	*layout = (struct layout){.gap = GAP};
	measure(layout, rows, style);
	if (sum_widths(layout) > available)
		layout->gap = 1;
	if (sum_widths(layout) > available) {
		RQ_TRY(squeeze_gates(rows, err));
		measure(layout, rows, style);
	}
	narrow(layout, RQ_COLUMN_METRIC, NAME_KEPT, rows, available, style);
	narrow(layout, RQ_COLUMN_GATE, GATE_KEPT, rows, available, style);
	narrow(layout, RQ_COLUMN_METRIC, 0, rows, available, style);
	layout->total = sum_widths(layout);
	return RQ_OK;
}

static void add_blanks(struct rq_buf *out, size_t count)
{
	rq_buf_printf(out, "%*s", (int)count, "");
}

/* Blanks are written before a cell, never after the last, so that no line ends in them. A name that is too long has its numbers below it; a gate
 * that is too long begins further left, below the numbers where they are in its way. */
static void add_row(struct rq_buf *out, const char *const *cells, const struct rq_gate_result *gate, const struct layout *layout,
                    struct rq_style style)
{
	size_t at = 0, end = 0;

	for (int column = 0; column < RQ_COLUMNS; column++, end += layout->gap) {
		size_t length = strlen(cells[column]), width = rq_text_width(cells[column], length, style.unicode), start = end;
		end += layout->widths[column];
		if (width == 0)
			continue;
		if (column == RQ_COLUMN_METRIC && width > layout->widths[column]) {
			rq_add_wrapped(out, cells[column], 0, style);
			continue;
		}
		if (column == RQ_COLUMN_BASELINE || column == RQ_COLUMN_CANDIDATE || width > layout->widths[column])
			start = end > width ? end - width : 0;
		if (at > 0 && start < at + layout->gap) {
			rq_buf_puts(out, "\n");
			at = 0;
		}
		add_blanks(out, start - at);
		if (column == RQ_COLUMN_VERDICT && gate != NULL)
			rq_add_coloured(out, cells[column], rq_gate_colour(gate), style);
		else
			rq_add_text(out, cells[column], length, style.unicode);
		at = start + width;
	}
	if (at > 0)
		rq_buf_puts(out, "\n");
}

static enum rq_status add_table(struct rq_buf *out, struct rq_rows *rows, struct rq_style style, struct rq_error *err)
{
	struct layout layout;

	RQ_TRY(lay_out(&layout, rows, style, err));
	add_row(out, rq_column_names, NULL, &layout, style);
	for (size_t i = 0; i < layout.total; i++)
		rq_buf_puts(out, style.unicode ? "\u2500" : "-");
	rq_buf_puts(out, "\n");
	for (size_t i = 0; i < rows->count; i++)
		add_row(out, rows->rows[i].cells, rows->rows[i].gate, &layout, style);
	return RQ_OK;
}

/* Beside the table rather than in it: no side, and no gate looks at it. */
static enum rq_status add_bm25(struct rq_buf *out, const struct rq_comparison *comparison, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	rq_show_bm25(&line, comparison);
	RQ_TRY(rq_buf_check(&line, err));
	if (line.size == 0)
		return RQ_OK;
	rq_buf_puts(out, style.colour ? RQ_DIM : "");
	rq_add_wrapped(out, line.data, 0, style);
	rq_buf_puts(out, style.colour ? RQ_PLAIN : "");
	return RQ_OK;
}

/* A line a metric that moved. */
static enum rq_status add_attributions(struct rq_buf *out, const struct rq_comparison *comparison, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
	const char *absence = rq_attribution_absence(comparison);

	for (size_t i = 0; i < comparison->metric_count; i++) {
		if (!rq_shows_attribution(&comparison->metrics[i]))
			continue;
		rq_buf_clear(&line);
		rq_add_attribution(&line, comparison, &comparison->metrics[i]);
		RQ_TRY(rq_buf_check(&line, err));
		rq_add_wrapped(out, line.data, 0, style);
	}
	if (absence != NULL)
		rq_add_wrapped(out, absence, 0, style);
	return RQ_OK;
}

/* A line a metric of several builds. */
static enum rq_status add_builds(struct rq_buf *out, const struct rq_comparison *comparison, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	for (size_t i = 0; i < comparison->metric_count; i++) {
		if (!rq_shows_builds(&comparison->metrics[i]))
			continue;
		rq_buf_clear(&line);
		rq_add_builds(&line, &comparison->metrics[i]);
		RQ_TRY(rq_buf_check(&line, err));
		rq_add_wrapped(out, line.data, 0, style);
	}
	return RQ_OK;
}

/* Of a verdict that is no pass, the topics that lost most and what happened to them. */
static enum rq_status add_lost_topics(struct rq_buf *out, const struct rq_report *report, struct rq_style style, struct rq_error *err)
{
	const struct rq_comparison *comparison = report->comparison;
	RQ_CLEANUP(rq_free_pointer) struct rq_loss *losses = NULL;
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
	size_t first = rq_first_compared(comparison), lost;

	if (report->verdict->outcome == RQ_PASS || first == comparison->metric_count)
		return RQ_OK;
	RQ_TRY(rq_losses(&losses, &lost, comparison, first, first + 1, err));
	for (size_t i = 0; i < lost && i < LOST_SHOWN; i++) {
		const struct rq_compared_topic *topic = &comparison->topics[losses[i].topic];
		rq_buf_clear(&line);
		rq_buf_printf(&line, "%s lost %s in %s%s%s", topic->id, rq_show_value(losses[i].loss, RQ_NO_UNIT).text, comparison->metrics[first].name,
		              topic->cause == NULL ? "" : ": ", topic->cause == NULL ? "" : topic->cause);
		RQ_TRY(rq_buf_check(&line, err));
		rq_add_line(out, "topic", NULL, line.data, style);
	}
	return RQ_OK;
}

/* A line for each gate that did not simply pass, or that has a waiver, but for the one that the sentence tells of. */
static enum rq_status add_reasons(struct rq_buf *out, const struct rq_verdict *verdict, struct rq_style style, struct rq_error *err)
{
	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		RQ_CLEANUP(rq_buf_release) struct rq_buf clause = {0};
		if (gate->outcome == RQ_PASS && !rq_gate_is_narrow(gate) && gate->waived == RQ_NOT_WAIVED)
			continue;
		rq_show_clause(&clause, gate);
		RQ_TRY(rq_buf_check(&clause, err));
		if (strstr(verdict->sentence, clause.data) != NULL)
			continue;
		if (gate->outcome == RQ_PASS && !rq_gate_is_narrow(gate))
			rq_add_line(out, "note:", NULL, clause.data, style);
		else if (gate->blocks)
			rq_add_line(out, gate->outcome == RQ_FAIL ? "FAIL:" : "inconclusive:", rq_gate_colour(gate), clause.data, style);
		else
			rq_add_line(out, "warning:", RQ_YELLOW, clause.data, style);
	}
	return RQ_OK;
}

/* What was compared, on how many topics. */
static enum rq_status add_title(struct rq_buf *out, const struct rq_report *report, struct rq_style style, struct rq_error *err)
{
	static const char *const sides[RQ_SIDES] = {"  baseline   ", "  candidate  "};
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
	size_t topics = report->comparison->topic_count;

	rq_buf_printf(&line, "%s%s%zu topic%s", report->suite == NULL ? "" : report->suite, report->suite == NULL ? "" : ", ", topics,
	              topics == 1 ? "" : "s");
	if (report->smallest_margin < 1)
		rq_buf_printf(&line, ", which can decide a margin of %s", rq_show_limit(report->smallest_margin, RQ_NO_UNIT).text);
	RQ_TRY(rq_buf_check(&line, err));
	rq_add_wrapped(out, line.data, 0, style);
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_side_info *info = &report->comparison->sides[side];
		rq_buf_clear(&line);
		rq_side_title(&line, info);
		RQ_TRY(rq_buf_check(&line, err));
		if (line.size == 0)
			continue;
		rq_buf_puts(out, sides[side]);
		rq_add_wrapped(out, line.data, strlen(sides[side]), style);
	}
	rq_buf_puts(out, "\n");
	return RQ_OK;
}

static void add_remarks(struct rq_buf *out, const struct rq_remark *remarks, size_t count, struct rq_style style)
{
	for (size_t i = 0; i < count; i++)
		rq_add_line(out, remarks[i].warning ? "warning:" : "note:", remarks[i].warning ? RQ_YELLOW : NULL, remarks[i].text, style);
}

/* Where it was made. */
static void add_self_test(struct rq_buf *out, const struct rq_verdict *verdict, struct rq_style style)
{
	static const char *const words[] = {
		[RQ_STABLE] = "self-test stable:", [RQ_UNSTABLE] = "self-test UNSTABLE:", [RQ_NOT_ASSESSABLE] = "self-test not assessable:"};

	if (verdict->stability != RQ_STABILITY_UNKNOWN)
		rq_add_line(out, words[verdict->stability], verdict->stability == RQ_UNSTABLE ? RQ_RED : NULL, verdict->self_test, style);
}

enum rq_status rq_report_table(struct rq_buf *out, const struct rq_report *report, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_rows_release) struct rq_rows rows = {0};

	RQ_TRY(rq_rows_make(&rows, report, err));
	RQ_TRY(add_title(out, report, style, err));
	RQ_TRY(add_table(out, &rows, style, err));
	RQ_TRY(add_bm25(out, report->comparison, style, err));
	RQ_TRY(add_builds(out, report->comparison, style, err));
	RQ_TRY(add_attributions(out, report->comparison, style, err));
	rq_buf_puts(out, "\n");
	RQ_TRY(add_lost_topics(out, report, style, err));
	RQ_TRY(add_reasons(out, report->verdict, style, err));
	add_self_test(out, report->verdict, style);
	add_remarks(out, report->comparison->remarks, report->comparison->remark_count, style);
	add_remarks(out, report->comparison->run_remarks, report->comparison->run_remark_count, style);
	rq_add_sentence(out, report->verdict, style);
	return rq_buf_check(out, err);
}
