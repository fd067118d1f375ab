/* Samples to medians, medians to rows, rows to a table or JSON. */
#include "ci/benches/harness/bench.h"

#include "evalcore/base/json.h"
#include "evalcore/base/system.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct rq_figure rq_no_figure = {NAN, NAN, NAN};

void rq_samples_add(struct rq_samples *samples, double value)
{
	if (samples->count < RQ_SAMPLES_MAX)
		samples->values[samples->count++] = value;
}

struct rq_figure rq_figure_of(const struct rq_samples *samples)
{
	struct rq_samples sorted = *samples;
	size_t n = sorted.count;

	if (n == 0)
		return rq_no_figure;
	qsort(sorted.values, n, sizeof *sorted.values, rq_compare_doubles);
	return (struct rq_figure){(sorted.values[(n - 1) / 2] + sorted.values[n / 2]) / 2, sorted.values[0], sorted.values[n - 1]};
}

struct rq_figure rq_figure_exact(double value)
{
	return (struct rq_figure){value, value, value};
}

struct rq_figure rq_figure_rate(const struct rq_samples *samples, double amount)
{
	struct rq_samples rates = *samples;

	for (size_t i = 0; i < rates.count; i++)
		rates.values[i] = amount / rates.values[i];
	return rq_figure_of(&rates);
}

double rq_bench_ratio(const struct rq_bench_row *row)
{
	return row->more_is_better ? row->value.median / row->reference.median : row->reference.median / row->value.median;
}

bool rq_bench_met(const struct rq_bench_row *row)
{
	if (row->goal == RQ_NO_GOAL)
		return true;
	if (row->goal == RQ_GOAL_RATIO)
		return rq_bench_ratio(row) >= row->target;
	return row->more_is_better ? row->value.median >= row->target : row->value.median <= row->target;
}

void rq_bench_rows_release(struct rq_bench_rows *rows)
{
	free(rows->rows);
	rq_arena_release(&rows->arena);
	*rows = (struct rq_bench_rows){0};
}

enum rq_status rq_bench_add(struct rq_bench_rows *rows, const struct rq_bench_row *row, struct rq_error *err, const char *format, ...)
{
	char name[256];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof name, format, args);
	va_end(args);
	if (!RQ_RESERVE(rows->rows, rows->capacity, rows->count + 1))
		return rq_fail_memory(err);
	struct rq_bench_row *added = &rows->rows[rows->count];
	*added = *row;
	added->name = rq_arena_strdup(&rows->arena, name);
	if (added->name == NULL)
		return rq_fail_memory(err);
	if (added->goal == RQ_NO_GOAL)
		added->target = NAN;
	if (added->reference_name == NULL)
		added->reference = rq_no_figure;
	rows->count++;
	return RQ_OK;
}

enum rq_status rq_bench_both(struct rq_samples *ours, struct rq_samples *reference, size_t repetitions, rq_bench_body run_ours,
                             rq_bench_body run_reference, void *context, struct rq_error *err)
{
	struct rq_samples *const samples[] = {ours, reference};
	const rq_bench_body bodies[] = {run_ours, run_reference};

	*ours = *reference = (struct rq_samples){0};
	RQ_TRY(run_ours(context, err));
	RQ_TRY(run_reference(context, err));
	for (size_t i = 0; i < 2 * repetitions; i++) {
		size_t which = (i + 1) / 2 % 2; /* A B B A */
		RQ_TRY(rq_cancel_check(err));
		uint64_t started = rq_clock_ns();
		RQ_TRY(bodies[which](context, err));
		rq_samples_add(samples[which], (double)(rq_clock_ns() - started) * 1e-9);
	}
	return RQ_OK;
}

/* ---- the table ---- */

enum { COLUMNS = 7, CELL = 256 };
static const char *const heads[COLUMNS] = {"case", "value", "min..max", "unit", "reference", "ratio", "target"};

/* Three digits that matter, and no exponent. */
static void show_number(char cell[CELL], double value)
{
	int decimals = 0;

	if (isnan(value)) {
		snprintf(cell, CELL, "-");
		return;
	}
	for (double size = fabs(value); size > 0 && size < 100 && decimals < 9; size *= 10)
		decimals++;
	snprintf(cell, CELL, "%.*f", decimals, value);
}

static void show_row(char cells[COLUMNS][CELL], const struct rq_bench_row *row)
{
	char low[CELL], high[CELL], target[CELL];

	snprintf(cells[0], CELL, "%s", row->name);
	show_number(cells[1], row->value.median);
	show_number(low, row->value.low);
	show_number(high, row->value.high);
	snprintf(cells[2], CELL, "%.100s..%.100s", low, high);
	snprintf(cells[3], CELL, "%s", row->unit);
	show_number(low, row->reference.median);
	snprintf(cells[4], CELL, "%.100s%s%.120s", low, row->reference_name == NULL ? "" : " ", row->reference_name == NULL ? "" : row->reference_name);
	show_number(high, rq_bench_ratio(row));
	snprintf(cells[5], CELL, "%.100s%s", high, row->reference_name == NULL ? "" : " x");
	show_number(target, row->target);
	if (row->goal == RQ_NO_GOAL)
		snprintf(cells[6], CELL, "-");
	else
		snprintf(cells[6], CELL, "%s %.100s%s%s", row->goal == RQ_GOAL_RATIO || row->more_is_better ? ">=" : "<=", target,
		         row->goal == RQ_GOAL_RATIO ? " x" : "", rq_bench_met(row) ? ", met" : ", missed");
}

static void add_line(struct rq_buf *out, char cells[COLUMNS][CELL], const size_t widths[COLUMNS])
{
	for (size_t c = 0; c < COLUMNS; c++) {
		bool number = c == 1 || c == 2 || c == 5, last = c + 1 == COLUMNS;
		rq_buf_printf(out, "%*s%s", number ? (int)widths[c] : last ? 0 : -(int)widths[c], cells[c], last ? "\n" : "  ");
	}
}

void rq_bench_table(struct rq_buf *out, const struct rq_bench_rows *rows)
{
	char cells[COLUMNS][CELL];
	size_t widths[COLUMNS];

	for (size_t c = 0; c < COLUMNS; c++)
		widths[c] = strlen(heads[c]);
	for (size_t i = 0; i < rows->count; i++) {
		show_row(cells, &rows->rows[i]);
		for (size_t c = 0; c < COLUMNS; c++)
			widths[c] = strlen(cells[c]) > widths[c] ? strlen(cells[c]) : widths[c];
	}
	for (size_t i = 0; i < rows->count; i++) {
		if (i == 0 || strcmp(rows->rows[i].bench, rows->rows[i - 1].bench) != 0) {
			rq_buf_printf(out, "%s%s\n", i == 0 ? "" : "\n", rows->rows[i].bench);
			for (size_t c = 0; c < COLUMNS; c++)
				snprintf(cells[c], CELL, "%s", heads[c]);
			add_line(out, cells, widths);
		}
		show_row(cells, &rows->rows[i]);
		add_line(out, cells, widths);
	}
}

/* ---- JSON ---- */

enum rq_status rq_bench_json(struct rq_buf *out, const struct rq_bench_rows *rows, struct rq_error *err)
{
	rq_json *root = rq_json_new_object(), *array = rq_json_set_array(root, "rows");

	for (size_t i = 0; i < rows->count; i++) {
		const struct rq_bench_row *row = &rows->rows[i];
		rq_json *object = rq_json_push_object(array);
		rq_json_set_string(object, "bench", row->bench);
		rq_json_set_string(object, "case", row->name);
		rq_json_set_number(object, "value", row->value.median);
		rq_json_set_number(object, "min", row->value.low);
		rq_json_set_number(object, "max", row->value.high);
		rq_json_set_string(object, "unit", row->unit);
		rq_json_set_number(object, "reference", row->reference.median);
		rq_json_set_string(object, "reference_name", row->reference_name);
		rq_json_set_number(object, "ratio", rq_bench_ratio(row));
		rq_json_set_number(object, "target", row->target);
		rq_json_set_string(object, "target_of", row->goal == RQ_NO_GOAL ? NULL : row->goal == RQ_GOAL_RATIO ? "ratio" : "value");
	}
	enum rq_status status = rq_json_print(out, array, true, err);
	rq_json_free(root);
	rq_buf_puts(out, "\n");
	return status;
}
