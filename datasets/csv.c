#include "datasets/csv.h"

#include "evalcore/base/system.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

struct rq_span rq_csv_field(const struct rq_csv *csv, size_t index)
{
	size_t start = index == 0 ? 0 : csv->ends[index - 1];

	return (struct rq_span){csv->record.data + start, csv->ends[index] - start};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct rq_span rq_csv_trim(struct rq_span span)
{
	while (span.length > 0 && is_blank(span.at[span.length - 1]))
		span.length--;
	for (; span.length > 0 && is_blank(span.at[0]); span.length--)
		span.at++;
	return span;
}

static void on_field(void *data, size_t length, void *context)
{
	struct rq_csv *csv = context;

	if (csv->status != RQ_OK)
		return;
	if (csv->line == 0) /* a record after a lone CR */
		csv->line = csv->physical;
	rq_buf_add(&csv->record, data, length);
	if (csv->record.failed || !RQ_RESERVE(csv->ends, csv->ends_capacity, csv->fields + 1))
		csv->status = rq_fail_memory(csv->err);
	else
		csv->ends[csv->fields++] = csv->record.size;
}

static void on_record(int terminator, void *context)
{
	struct rq_csv *csv = context;

	(void)terminator;
	if (csv->status == RQ_OK)
		csv->status = csv->on_record(csv, csv->err);
	csv->records++;
	rq_buf_clear(&csv->record);
	csv->fields = 0;
	csv->line = 0;
}

static enum rq_status fail_csv(const struct rq_csv *csv, int error)
{
	if (error != CSV_EPARSE)
		return rq_fail_memory(csv->err);
	return rq_fail(csv->err, RQ_E_DATA, "%s:%zu: a quote that is not closed, or stands within a field without quotes; expected %s", csv->text->path,
	               csv->line == 0 ? csv->physical : csv->line, csv->expected);
}

/* One physical line after the other; a record starts on the first line after the last record that holds more than white space. */
static enum rq_status feed(struct rq_csv *csv, struct csv_parser *parser)
{
	const char *at = csv->text->data, *end = at + csv->text->size;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at)), *next = newline == NULL ? end : newline + 1;
		RQ_TRY(rq_cancel_check(csv->err));
		csv->physical++;
		if (csv->line == 0 && rq_csv_trim((struct rq_span){at, (size_t)(next - at)}).length > 0)
			csv->line = csv->physical;
		if (csv_parse(parser, at, (size_t)(next - at), on_field, on_record, csv) != (size_t)(next - at))
			return fail_csv(csv, csv_error(parser));
		RQ_TRY(csv->status);
		at = next;
	}
	if (csv_fini(parser, on_field, on_record, csv) != 0)
		return fail_csv(csv, csv_error(parser));
	return csv->status;
}

enum rq_status rq_csv_walk(struct rq_csv *csv, struct rq_error *err)
{
	struct csv_parser parser;

	csv->err = err;
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return rq_fail_memory(err);
	csv_set_blk_size(&parser, 16384); /* it grows by this much at a time, and a vector is long */
	enum rq_status status = feed(csv, &parser);
	csv_free(&parser);
	free(csv->ends);
	rq_buf_release(&csv->record);
	return status;
}
