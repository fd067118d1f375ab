#include "datasets/vectors/json_answers.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

static enum rq_status check_index(const struct rq_json_row *row, size_t count, const char *path, struct rq_error *err)
{
	if (isnan(row->index))
		return rq_fail(err, RQ_E_DATA, "%s:%zu: a record without an index in a list where others have one; expected each from 0 to %zu once", path,
		               row->line, count - 1);
	if (row->index < 0 || row->index >= (double)count || row->index != floor(row->index))
		return rq_fail(err, RQ_E_DATA, "%s:%zu: index %.17g in a list of %zu records; expected each from 0 to %zu once", path, row->line, row->index,
		               count, count - 1);
	return RQ_OK;
}

static void swap(float *values, struct rq_json_row *rows, size_t a, size_t b, size_t d)
{
	struct rq_json_row row = rows[a];

	rows[a] = rows[b];
	rows[b] = row;
	for (size_t i = 0; i < d; i++) {
		float value = values[a * d + i];
		values[a * d + i] = values[b * d + i];
		values[b * d + i] = value;
	}
}

enum rq_status rq_json_rows_place(float *values, struct rq_json_row *rows, size_t count, size_t d, const char *path, struct rq_error *err)
{
	bool told = false;

	for (size_t i = 0; i < count; i++)
		told |= !isnan(rows[i].index);
	for (size_t i = 0; told && i < count; i++)
		RQ_TRY(check_index(&rows[i], count, path, err));
	for (size_t i = 0; told && i < count; i++)
		while (rows[i].index != (double)i) {
			size_t place = (size_t)rows[i].index;
			if (rows[place].index == rows[i].index)
				return rq_fail(err, RQ_E_DATA, "%s:%zu: index %zu a second time in a list of %zu records; expected each from 0 to %zu once", path,
				               rows[i].line > rows[place].line ? rows[i].line : rows[place].line, place, count, count - 1);
			swap(values, rows, i, place, d);
		}
	for (size_t i = 0; i < count; i++)
		rows[i].index = NAN; /* of a list in another, which has places of its own */
	return RQ_OK;
}

void rq_json_failed_add(struct rq_json_failed *failed, size_t line, double status, struct rq_span id)
{
	if (failed->count++ > 0)
		return;
	failed->line = line;
	failed->status = status;
	failed->id = rq_excerpt(id);
}

enum rq_status rq_json_failed_tell(const struct rq_json_failed *failed, size_t answered, const char *path, struct rq_error *err)
{
	char status[48] = "";

	if (failed->status == 200) /* of the answer; what it answers is an error */
		snprintf(status, sizeof status, " with an error");
	else if (failed->status != 0)
		snprintf(status, sizeof status, " with status %.0f", failed->status);
	return rq_fail(err, RQ_E_DATA, "%s:%zu: %zu of %zu requests failed, the first \"%s\"%s; ask for them again, and put the answers into their place",
	               path, failed->line, failed->count, failed->count + answered, failed->id.text, status);
}
