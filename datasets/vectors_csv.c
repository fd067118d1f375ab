/* Vectors as CSV, `id,"[1,2,3]"`: what PostgreSQL's COPY writes of a pgvector column. Quotes are libcsv's business; this file feeds it line by line,
 * so that a message can name the line, and turns its records into rows. */
#include "datasets/parsers.h"

#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <csv.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXPECTED "id,\"[0.1,0.2]\" on each line, or below a header that names the columns id and embedding"

struct csv_reader {
	const struct rq_text *text;
	struct rq_ids *ids;
	float *values; /* rows one after the other */
	size_t count, capacity, d;
	size_t *lines; /* lines[i]: where row i starts */
	size_t lines_capacity;
	size_t columns, id_column, vector_column; /* columns: 0 until the first record told; a row's need */
	bool header;
	/* the record that libcsv is reading */
	struct rq_buf record;
	size_t *ends; /* ends[f]: where field f ends in `record` */
	size_t fields, ends_capacity;
	size_t line;           /* where it starts; 0: not yet */
	size_t physical;       /* the line that libcsv is being fed */
	enum rq_status status; /* callbacks cannot stop libcsv: after a failure they do nothing */
	struct rq_error *err;
};

static void reader_release(struct csv_reader *reader)
{
	free(reader->values);
	free(reader->lines);
	free(reader->ends);
	rq_buf_release(&reader->record);
}

static struct rq_span field(const struct csv_reader *reader, size_t index)
{
	size_t start = index == 0 ? 0 : reader->ends[index - 1];

	return (struct rq_span){reader->record.data + start, reader->ends[index] - start};
}

static struct rq_span trim(struct rq_span span)
{
	while (span.length > 0 && strchr(" \t\r\n", span.at[span.length - 1]) != NULL)
		span.length--;
	for (; span.length > 0 && strchr(" \t\r\n", span.at[0]) != NULL; span.length--)
		span.at++;
	return span;
}

static bool equals(struct rq_span span, const char *text)
{
	return span.length == strlen(text) && memcmp(span.at, text, span.length) == 0;
}

/* The first record is a header where no field of it is a vector. */
static enum rq_status read_first(struct csv_reader *reader)
{
	bool has_id = false, has_vector = false;

	reader->header = true;
	for (size_t f = 0; f < reader->fields; f++) {
		struct rq_span value = trim(field(reader, f));
		reader->header &= value.length == 0 || value.at[0] != '[';
	}
	reader->columns = reader->header ? reader->fields : 2;
	reader->id_column = 0;
	reader->vector_column = 1;
	for (size_t f = 0; reader->header && f < reader->fields; f++) {
		struct rq_span value = trim(field(reader, f));
		bool id = equals(value, "id"), vector = equals(value, "embedding");
		if ((id && has_id) || (vector && has_vector))
			return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: the header names \"%s\" twice; expected columns id and embedding once each",
			               reader->text->path, reader->line, rq_excerpt(value).text);
		if (id)
			reader->id_column = f;
		if (vector)
			reader->vector_column = f;
		has_id |= id;
		has_vector |= vector;
	}
	if (reader->header && !(has_id && has_vector))
		return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: neither a vector nor a header with id and embedding; expected " EXPECTED, reader->text->path,
		               reader->line);
	return RQ_OK;
}

static enum rq_status fail_number(const struct csv_reader *reader, size_t index, struct rq_span number, const char *expected)
{
	return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: number %zu of the vector is \"%s\"; expected %s", reader->text->path, reader->line, index + 1,
	               rq_excerpt(number).text, expected);
}

/* Appends "[1,2,3]" to the values and tells how many there were. */
static enum rq_status read_vector(struct csv_reader *reader, struct rq_span vector, size_t *d)
{
	vector = trim(vector);
	if (vector.length < 2 || vector.at[0] != '[' || vector.at[vector.length - 1] != ']')
		return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: the vector is \"%s\"; expected numbers in brackets, like \"[0.1,0.2]\"", reader->text->path,
		               reader->line, rq_excerpt(vector).text);
	const char *at = vector.at + 1, *end = vector.at + vector.length - 1;
	for (*d = 0;; ++*d) {
		const char *comma = memchr(at, ',', (size_t)(end - at)), *stop = comma == NULL ? end : comma;
		struct rq_span number = trim((struct rq_span){at, (size_t)(stop - at)});
		double value;
		if (!rq_parse_f64(&value, number.at, number.length) || !isfinite(value))
			return fail_number(reader, *d, number, "a finite number");
		if (fabs(value) > (double)FLT_MAX)
			return fail_number(reader, *d, number, "a number that float32 holds");
		if (!RQ_RESERVE(reader->values, reader->capacity, reader->count + 1))
			return rq_fail_memory(reader->err);
		reader->values[reader->count++] = (float)value;
		if (comma == NULL)
			break;
		at = comma + 1;
	}
	++*d;
	return RQ_OK;
}

static enum rq_status add_row(struct csv_reader *reader)
{
	const char *path = reader->text->path;
	size_t row = reader->ids->count, d = 0;
	bool added;

	if (reader->fields != reader->columns)
		return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: %zu columns; expected %zu%s", path, reader->line, reader->fields, reader->columns,
		               reader->header ? ", as in the header" : ": id,\"[0.1,0.2]\", the vector in quotes");
	struct rq_span id = field(reader, reader->id_column);
	const char *fault = rq_id_fault(id);
	if (fault != NULL)
		return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: id \"%s\" %s; expected an id without white space or control characters", path, reader->line,
		               rq_excerpt(id).text, fault);
	uint32_t number = rq_ids_add(reader->ids, id.at, id.length, &added);
	if (number == RQ_ID_NONE || !RQ_RESERVE(reader->lines, reader->lines_capacity, row + 1))
		return rq_fail_memory(reader->err);
	if (!added)
		return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: duplicate id \"%s\", first on line %zu; every row needs an id of its own", path, reader->line,
		               rq_excerpt(id).text, reader->lines[number]);
	reader->lines[row] = reader->line;
	RQ_TRY(read_vector(reader, field(reader, reader->vector_column), &d));
	if (row == 0)
		reader->d = d;
	if (d != reader->d)
		return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: the vector has %zu dimensions; expected %zu, as on line %zu", path, reader->line, d,
		               reader->d, reader->lines[0]);
	return RQ_OK;
}

static void on_field(void *data, size_t length, void *context)
{
	struct csv_reader *reader = context;

	if (reader->status != RQ_OK)
		return;
	if (reader->line == 0) /* a record after a lone CR */
		reader->line = reader->physical;
	rq_buf_add(&reader->record, data, length);
	if (reader->record.failed || !RQ_RESERVE(reader->ends, reader->ends_capacity, reader->fields + 1))
		reader->status = rq_fail_memory(reader->err);
	else
		reader->ends[reader->fields++] = reader->record.size;
}

static void on_record(int terminator, void *context)
{
	struct csv_reader *reader = context;
	bool first = reader->columns == 0;

	(void)terminator;
	if (reader->status == RQ_OK && first)
		reader->status = read_first(reader);
	if (reader->status == RQ_OK && !(first && reader->header))
		reader->status = add_row(reader);
	rq_buf_clear(&reader->record);
	reader->fields = 0;
	reader->line = 0;
}

static enum rq_status fail_csv(const struct csv_reader *reader, int error)
{
	if (error != CSV_EPARSE)
		return rq_fail_memory(reader->err);
	return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: a quote that is not closed, or stands within a field without quotes; expected " EXPECTED,
	               reader->text->path, reader->line == 0 ? reader->physical : reader->line);
}

/* One physical line after the other; a record starts on the first line after the last record that holds more than white space. */
static enum rq_status feed(struct csv_reader *reader, struct csv_parser *parser)
{
	const char *at = reader->text->data, *end = at + reader->text->size;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at)), *next = newline == NULL ? end : newline + 1;
		RQ_TRY(rq_cancel_check(reader->err));
		reader->physical++;
		if (reader->line == 0 && trim((struct rq_span){at, (size_t)(next - at)}).length > 0)
			reader->line = reader->physical;
		if (csv_parse(parser, at, (size_t)(next - at), on_field, on_record, reader) != (size_t)(next - at))
			return fail_csv(reader, csv_error(parser));
		RQ_TRY(reader->status);
		at = next;
	}
	if (csv_fini(parser, on_field, on_record, reader) != 0)
		return fail_csv(reader, csv_error(parser));
	return reader->status;
}

static enum rq_status read_rows(struct rq_vectors *vectors, struct csv_reader *reader)
{
	struct csv_parser parser;

	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return rq_fail_memory(reader->err);
	csv_set_blk_size(&parser, 16384); /* it grows by this much at a time, and a vector is long */
	enum rq_status status = feed(reader, &parser);
	csv_free(&parser);
	RQ_TRY(status);
	if (reader->ids->count == 0)
		return rq_fail(reader->err, RQ_E_DATA, "%s: no vectors; expected " EXPECTED, reader->text->path);
	RQ_TRY(rq_vectors_init(vectors, reader->ids->count, reader->d, reader->err));
	memcpy(vectors->data, reader->values, reader->count * sizeof *reader->values);
	return RQ_OK;
}

enum rq_status rq_csv_parse(struct rq_vectors *vectors, struct rq_ids *ids, const struct rq_text *text, struct rq_error *err)
{
	RQ_CLEANUP(reader_release) struct csv_reader reader = {.text = text, .ids = ids, .err = err};

	*vectors = (struct rq_vectors){0};
	*ids = (struct rq_ids){0};
	enum rq_status status = read_rows(vectors, &reader);
	if (status != RQ_OK)
		rq_ids_release(ids);
	return status;
}
