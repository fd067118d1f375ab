/* The verdict for people at a terminal: one row a metric, its gates beside it, then what deserves a word, then the sentence. */
#include "reports/words.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 6 };

struct row {
	char cells[COLUMNS][RQ_CELL];
	const struct rq_gate_result *gate; /* NULL: none in this row */
};

/* Columns that a terminal gives a text: every code point one (ids and metric names hold no wide ones). */
static int width(const char *text)
{
	int columns = 0;

	for (; *text != '\0'; text++)
		columns += ((unsigned char)*text & 0xC0) != 0x80;
	return columns;
}

static void fill_gate(struct row *row, const struct rq_gate_result *gate)
{
	row->gate = gate;
	rq_word_contract(row->cells[4], gate);
	snprintf(row->cells[5], RQ_CELL, "%s", rq_word_verdict(gate));
}

/* A metric with two gates takes two rows, the second with the gate alone. */
static size_t fill_rows(struct row *rows, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;
	size_t count = 0;

	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		struct row *row = &rows[count++];
		snprintf(row->cells[0], RQ_CELL, "%s", metric->name);
		rq_word_value(row->cells[1], metric, RQ_BASELINE);
		rq_word_value(row->cells[2], metric, RQ_CANDIDATE);
		rq_word_difference(row->cells[3], metric, true);
		for (size_t j = 0; j < report->verdict->count; j++) {
			const struct rq_gate_result *gate = &report->verdict->gates[j];
			if (strcmp(gate->metric, metric->name) != 0)
				continue;
			fill_gate(row->gate == NULL ? row : &rows[count], gate);
			row = row->gate == gate ? row : &rows[count++];
		}
	}
	return count;
}

static const char *colour_of(const struct rq_gate_result *gate)
{
	if (gate == NULL)
		return NULL;
	if (gate->outcome == RQ_PASS && !gate->absent)
		return "\033[32m";
	return gate->blocks ? "\033[1;31m" : "\033[33m";
}

static void print_row(struct rq_buf *out, const struct row *row, const int *widths, bool colour)
{
	size_t last = 0;

	for (size_t c = 0; c < COLUMNS; c++)
		if (row->cells[c][0] != '\0')
			last = c;
	for (size_t c = 0; c <= last; c++) {
		const char *paint = colour && c == COLUMNS - 1 ? colour_of(row->gate) : NULL;
		bool number = c == 1 || c == 2;
		int pad = widths[c] - width(row->cells[c]);
		if (number)
			rq_buf_printf(out, "%*s", pad, "");
		rq_buf_printf(out, "%s%s%s", paint == NULL ? "" : paint, row->cells[c], paint == NULL ? "" : "\033[0m");
		if (c < last)
			rq_buf_printf(out, "%*s", number ? 2 : pad + 2, "");
	}
	rq_buf_puts(out, "\n");
}

static void print_table(struct rq_buf *out, const struct row *rows, size_t count, struct rq_style style)
{
	int widths[COLUMNS] = {0}, total = 2 * (COLUMNS - 1);

	for (size_t c = 0; c < COLUMNS; c++) {
		for (size_t i = 0; i < count; i++)
			widths[c] = width(rows[i].cells[c]) > widths[c] ? width(rows[i].cells[c]) : widths[c];
		total += widths[c];
	}
	print_row(out, &rows[0], widths, false);
	for (int i = 0; i < total; i++)
		rq_buf_puts(out, style.unicode ? "\xe2\x94\x80" : "-");
	rq_buf_puts(out, "\n");
	for (size_t i = 1; i < count; i++)
		print_row(out, &rows[i], widths, style.colour);
}

static void print_reasons(struct rq_buf *out, const struct rq_verdict *verdict)
{
	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		if (gate->outcome != RQ_PASS || gate->absent)
			rq_buf_printf(out, "%s: %s: %s\n", gate->blocks ? "failed" : "warning", gate->text, gate->reason);
	}
}

static void print_sides(struct rq_buf *out, const struct rq_report *report)
{
	static const char *const names[] = {"baseline ", "candidate"};

	if (report->suite != NULL)
		rq_buf_printf(out, "%s, ", report->suite);
	rq_buf_printf(out, "%zu topics\n", report->comparison->topic_count);
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_side_info *info = &report->comparison->sides[side];
		rq_buf_printf(out, "  %s  ", names[side]);
		if (info->embedder != NULL)
			rq_buf_printf(out, "%s (%zu dimensions), ", info->embedder, info->dimension);
		rq_buf_printf(out, "%s\n", info->index);
	}
	rq_buf_puts(out, "\n");
}

enum rq_status rq_report_table(struct rq_buf *out, const struct rq_report *report, struct rq_style style, struct rq_error *err)
{
	static const char *const titles[COLUMNS] = {"metric", "baseline", "candidate", "difference [90 % interval]", "gate", "verdict"};
	const struct rq_verdict *verdict = report->verdict;
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct row *rows = rq_arena_alloc(&arena, 1 + report->comparison->metric_count + verdict->count, sizeof *rows);
	const char *paint = !style.colour ? NULL : verdict->exit_code == 0 ? "\033[1;32m" : "\033[1;31m";

	if (rows == NULL)
		return rq_fail_memory(err);
	for (size_t c = 0; c < COLUMNS; c++)
		snprintf(rows[0].cells[c], RQ_CELL, "%s", titles[c]);
	print_sides(out, report);
	print_table(out, rows, 1 + fill_rows(rows + 1, report), style);
	rq_buf_puts(out, "\n");
	print_reasons(out, verdict);
	for (size_t i = 0; i < report->comparison->remark_count; i++)
		rq_buf_printf(out, "%s: %s\n", report->comparison->remarks[i].warning ? "warning" : "note", report->comparison->remarks[i].text);
	rq_buf_printf(out, "%s%s%s\n", paint == NULL ? "" : paint, verdict->sentence, paint == NULL ? "" : "\033[0m");
	return rq_buf_check(out, err);
}
