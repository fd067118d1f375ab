/* The verdict for a terminal or a pipeline's log: a table, what did not pass, remarks, and the sentence, which stands last because that is where a
 * log ends. */
#include "reports/rows.h"

#include "gates/words.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH_OF_A_LOG = 100, GAP = 2, NAME_KEPT = 16 };

#define GREEN "\x1b[32m"
#define RED "\x1b[31m"
#define YELLOW "\x1b[33m"
#define DIM "\x1b[2m"
#define PLAIN "\x1b[0m"

/* Next character of UTF-8 that is known to be valid (readers check it). Returns its bytes. */
static size_t next_character(const char *text, uint32_t *character)
{
	unsigned char first = (unsigned char)text[0];
	size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4, read = 1;

	*character = length == 1 ? first : first & (0x7Fu >> length);
	for (; read < length && ((unsigned char)text[read] & 0xC0) == 0x80; read++)
		*character = *character << 6 | ((unsigned char)text[read] & 0x3Fu);
	return read;
}

static bool is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

/* Columns on a terminal: the blocks of Unicode that combine (none) and that are wide (two), as far as names are likely to use them. */
static size_t columns_of(uint32_t character)
{
	static const struct {
		uint32_t first, last;
		size_t columns;
	} blocks[] = {{0x300, 0x36F, 0},     {0x200B, 0x200F, 0},   {0xFE00, 0xFE0F, 0},  {0x1100, 0x115F, 2}, {0x2E80, 0xA4CF, 2},
	              {0xAC00, 0xD7A3, 2},   {0xF900, 0xFAFF, 2},   {0xFE30, 0xFE4F, 2},  {0xFF00, 0xFF60, 2}, {0xFFE0, 0xFFE6, 2},
	              {0x1F300, 0x1F64F, 2}, {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2}};

	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
		if (character >= blocks[i].first && character <= blocks[i].last)
			return blocks[i].columns;
	return 1;
}

/* What the terminal cannot show, or what could steer it: written as '?'. Names of slices and suites are the user's. */
static bool is_hidden(uint32_t character, bool unicode)
{
	return is_control(character) || (character >= 0x80 && !unicode);
}

/* Columns of `length` bytes as rq_add_text writes them. */
size_t rq_text_width(const char *text, size_t length, bool unicode)
{
	size_t width = 0, step;
	uint32_t character;

	for (size_t i = 0; i < length; i += step) {
		step = next_character(text + i, &character);
		width += is_hidden(character, unicode) ? 1 : columns_of(character);
	}
	return width;
}

void rq_add_text(struct rq_buf *out, const char *text, size_t length, bool unicode)
{
	size_t step;
	uint32_t character;

	for (size_t i = 0; i < length; i += step) {
		step = next_character(text + i, &character);
		if (is_hidden(character, unicode))
			rq_buf_puts(out, "?");
		else
			rq_buf_add(out, text + i, step);
	}
}

/* Words from column `at` on, wrapped at the terminal's width with two blanks of indentation; in a log everything stays on one line. */
static void add_wrapped(struct rq_buf *out, const char *text, size_t at, struct rq_style style)
{
	bool first = true;

	while (*text != '\0') {
		size_t blanks = strspn(text, " \n"), length = strcspn(text + blanks, " \n"), width = rq_text_width(text + blanks, length, style.unicode);
		if (length == 0)
			break;
		if (!first && style.width > 0 && at + 1 + width > (size_t)style.width) {
			rq_buf_puts(out, "\n  ");
			at = 2;
		} else if (!first) {
			rq_buf_puts(out, " ");
			at++;
		}
		rq_add_text(out, text + blanks, length, style.unicode);
		at += width;
		text += blanks + length;
		first = false;
	}
	rq_buf_puts(out, "\n");
}

static void add_coloured(struct rq_buf *out, const char *text, const char *colour, struct rq_style style)
{
	if (style.colour && colour != NULL)
		rq_buf_printf(out, "%s%s" PLAIN, colour, text);
	else
		rq_buf_puts(out, text);
}

static const char *colour_of(const struct rq_gate_result *gate)
{
	if (gate->outcome == RQ_PASS)
		return GREEN;
	return gate->outcome == RQ_FAIL && gate->level == RQ_LEVEL_ERROR ? RED : YELLOW;
}

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

/* "drop <= 0.03" -> "drop<=0.03" */
static enum rq_status squeeze_gates(struct rq_rows *rows, struct rq_error *err)
{
	for (size_t i = 0; i < rows->count; i++) {
		char *squeezed = rq_arena_strdup(&rows->arena, rows->rows[i].cells[RQ_COLUMN_GATE]);
		if (squeezed == NULL)
			return rq_fail_memory(err);
		rows->rows[i].cells[RQ_COLUMN_GATE] = squeezed;
		for (const char *from = squeezed; *from != '\0'; from++)
			if (*from != ' ')
				*squeezed++ = *from;
		*squeezed = '\0';
	}
	return RQ_OK;
}

/* Names that leave no room for the rest get a line of their own; short ones stay, even if the table is then too wide by a few columns. */
static void narrow_names(struct layout *layout, const struct rq_rows *rows, size_t available, struct rq_style style)
{
	size_t rest = sum_widths(layout) - layout->widths[RQ_COLUMN_METRIC], longest = strlen(rq_column_names[RQ_COLUMN_METRIC]);

	for (size_t i = 0; i < rows->count; i++) {
		size_t width = cell_width(&rows->rows[i], RQ_COLUMN_METRIC, style);
		if (width > longest && (width <= NAME_KEPT || width + rest <= available))
			longest = width;
	}
	layout->widths[RQ_COLUMN_METRIC] = longest;
}

/* Columns as wide as their widest cell; where that is too wide for the terminal, blanks go first, then names. */
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
	if (sum_widths(layout) > available)
		narrow_names(layout, rows, available, style);
	layout->total = sum_widths(layout);
	return RQ_OK;
}

static void add_blanks(struct rq_buf *out, size_t count)
{
	rq_buf_printf(out, "%*s", (int)count, "");
}

/* Blanks are written before a cell, never after the last, so that no line ends in them. */
static void add_row(struct rq_buf *out, const char *const *cells, const struct rq_gate_result *gate, const struct layout *layout,
                    struct rq_style style)
{
	size_t owed = 0;

	for (int column = 0; column < RQ_COLUMNS; column++) {
		size_t length = strlen(cells[column]), width = rq_text_width(cells[column], length, style.unicode);
		size_t free_columns = width < layout->widths[column] ? layout->widths[column] - width : 0;
		bool right = column == RQ_COLUMN_BASELINE || column == RQ_COLUMN_CANDIDATE;
		if (width > layout->widths[column]) { /* a long metric: its numbers stand below */
			rq_add_text(out, cells[column], length, style.unicode);
			rq_buf_puts(out, "\n");
			owed = layout->widths[column] + layout->gap;
			continue;
		}
		if (width > 0) {
			add_blanks(out, owed + (right ? free_columns : 0));
			if (column == RQ_COLUMN_VERDICT && gate != NULL)
				add_coloured(out, cells[column], colour_of(gate), style);
			else
				rq_add_text(out, cells[column], length, style.unicode);
			owed = (right ? 0 : free_columns) + layout->gap;
		} else {
			owed += layout->widths[column] + layout->gap;
		}
	}
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
	rq_buf_puts(out, style.colour ? DIM : "");
	add_wrapped(out, line.data, 0, style);
	rq_buf_puts(out, style.colour ? PLAIN : "");
	return RQ_OK;
}

static void add_line(struct rq_buf *out, const char *word, const char *colour, const char *text, struct rq_style style)
{
	add_coloured(out, word, colour, style);
	rq_buf_puts(out, " ");
	add_wrapped(out, text, strlen(word) + 1, style);
}

/* A line for each gate that did not simply pass, but for the one that the sentence tells of. */
static enum rq_status add_reasons(struct rq_buf *out, const struct rq_verdict *verdict, struct rq_style style, struct rq_error *err)
{
	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		RQ_CLEANUP(rq_buf_release) struct rq_buf clause = {0};
		if (gate->outcome == RQ_PASS && !rq_gate_is_narrow(gate))
			continue;
		rq_show_clause(&clause, gate);
		RQ_TRY(rq_buf_check(&clause, err));
		if (strstr(verdict->sentence, clause.data) != NULL)
			continue;
		if (gate->blocks)
			add_line(out, gate->outcome == RQ_FAIL ? "FAIL:" : "inconclusive:", colour_of(gate), clause.data, style);
		else
			add_line(out, "warning:", YELLOW, clause.data, style);
	}
	return RQ_OK;
}

/* "PASS: ..." with its first word in the colour of the verdict. */
static void add_sentence(struct rq_buf *out, const struct rq_verdict *verdict, struct rq_style style)
{
	size_t length = strcspn(verdict->sentence, ": ");
	char word[32];

	snprintf(word, sizeof word, "%.*s", (int)length, verdict->sentence);
	if (length >= sizeof word || !style.colour) {
		add_wrapped(out, verdict->sentence, 0, style);
		return;
	}
	add_coloured(out, word, verdict->outcome == RQ_PASS ? GREEN : verdict->outcome == RQ_FAIL ? RED : YELLOW, style);
	if (verdict->sentence[length] == ':')
		rq_buf_puts(out, ":");
	rq_buf_puts(out, " ");
	length += verdict->sentence[length] == ':';
	add_wrapped(out, verdict->sentence + length, length + 1, style);
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
		rq_buf_printf(&line, ", which can decide a margin of %s", rq_show_limit(report->smallest_margin, false).text);
	RQ_TRY(rq_buf_check(&line, err));
	add_wrapped(out, line.data, 0, style);
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_side_info *info = &report->comparison->sides[side];
		rq_buf_clear(&line);
		if (info->embedder != NULL && info->dimension > 0)
			rq_buf_printf(&line, "%s (%zu dimensions)%s", info->embedder, info->dimension, info->index == NULL ? "" : ", ");
		else if (info->embedder != NULL)
			rq_buf_printf(&line, "%s%s", info->embedder, info->index == NULL ? "" : ", ");
		rq_buf_puts(&line, info->index == NULL ? "" : info->index);
		RQ_TRY(rq_buf_check(&line, err));
		if (line.size == 0)
			continue;
		rq_buf_puts(out, sides[side]);
		add_wrapped(out, line.data, strlen(sides[side]), style);
	}
	rq_buf_puts(out, "\n");
	return RQ_OK;
}

enum rq_status rq_report_table(struct rq_buf *out, const struct rq_report *report, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_rows_release) struct rq_rows rows = {0};

	RQ_TRY(rq_rows_make(&rows, report, err));
	RQ_TRY(add_title(out, report, style, err));
	RQ_TRY(add_table(out, &rows, style, err));
	RQ_TRY(add_bm25(out, report->comparison, style, err));
	rq_buf_puts(out, "\n");
	RQ_TRY(add_reasons(out, report->verdict, style, err));
	for (size_t i = 0; i < report->comparison->remark_count; i++) {
		const struct rq_remark *remark = &report->comparison->remarks[i];
		add_line(out, remark->warning ? "warning:" : "note:", remark->warning ? YELLOW : NULL, remark->text, style);
	}
	add_sentence(out, report->verdict, style);
	return rq_buf_check(out, err);
}
