/* Vectors as CSV, `id,"[1,2,3]"`: what PostgreSQL's COPY writes of a pgvector column, and pandas of a column of lists. */
#include "datasets/csv.h"
#include "datasets/parsers.h"
#include "datasets/vector_file.h"
#include "datasets/vectors/numbers.h"
#include "datasets/writers.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXPECTED "id,\"[0.1,0.2]\" on each line, or below a header that names the columns id and embedding"

/* Columns that a header may name, the first that it has is taken; a file may do without ids. */
static const char *const id_columns[] = {"id", "_id", "docid", "doc_id", "qid", "query_id", NULL};
static const char *const vector_columns[] = {"embedding", "emb", "vector", "values", "ada_v2", NULL};

struct csv_reader {
	const struct rq_text *text;
	const char *column; /* of the vectors; NULL: one of the usual names */
	struct rq_ids *ids;
	float *values; /* rows one after the other */
	size_t count, capacity, d;
	size_t *lines; /* lines[i]: where row i starts */
	size_t rows, lines_capacity;
	size_t columns, id_column, vector_column; /* columns: 0 until the first record told; a row's need. id_column: `columns` where there is none */
	bool header;
	const struct rq_csv *csv; /* whose record is being read */
	struct rq_error *err;
};

static void reader_release(struct csv_reader *reader)
{
	free(reader->values);
	free(reader->lines);
}

static bool equals(struct rq_span span, const char *text)
{
	return span.length == strlen(text) && memcmp(span.at, text, span.length) == 0;
}

/* Which column the header names so, the earliest of the names, or `columns`. */
static enum rq_status find_column(size_t *column, const struct csv_reader *reader, const char *const *names)
{
	*column = reader->columns;
	for (; *names != NULL && *column == reader->columns; names++)
		for (size_t f = 0; f < reader->columns; f++) {
			if (!equals(rq_csv_trim(rq_csv_field(reader->csv, f)), *names))
				continue;
			if (*column < reader->columns)
				return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: the header names \"%s\" twice; expected columns id and embedding once each",
				               reader->text->path, reader->csv->line, rq_excerpt((struct rq_span){*names, strlen(*names)}).text);
			*column = f;
		}
	return RQ_OK;
}

/* The first record is a header where no field of it is a vector. */
static enum rq_status read_first(struct csv_reader *reader)
{
	const char *const chosen[] = {reader->column, NULL};

	reader->header = true;
	for (size_t f = 0; f < reader->csv->fields; f++) {
		struct rq_span value = rq_csv_trim(rq_csv_field(reader->csv, f));
		reader->header &= value.length == 0 || value.at[0] != '[';
	}
	reader->columns = reader->header ? reader->csv->fields : 2;
	reader->id_column = 0;
	reader->vector_column = 1;
	if (reader->header) {
		RQ_TRY(find_column(&reader->id_column, reader, id_columns));
		RQ_TRY(find_column(&reader->vector_column, reader, reader->column == NULL ? vector_columns : chosen));
	}
	if (reader->header ? reader->vector_column < reader->columns : reader->column == NULL)
		return RQ_OK;
	if (reader->column == NULL)
		return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: neither a vector nor a header with id and embedding; expected " EXPECTED, reader->text->path,
		               reader->csv->line);
	return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: no header with the column \"%s\"; expected the name as the header spells it", reader->text->path,
	               reader->csv->line, rq_excerpt((struct rq_span){reader->column, strlen(reader->column)}).text);
}

static enum rq_status fail_number(const struct csv_reader *reader, size_t index, struct rq_span number, const char *expected)
{
	return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: number %zu of the vector is \"%s\"; expected %s", reader->text->path, reader->csv->line,
	               index + 1, rq_excerpt(number).text, expected);
}

/* Appends "[1,2,3]" to the values and tells how many there were. */
static enum rq_status read_vector(struct csv_reader *reader, struct rq_span vector, size_t *d)
{
	vector = rq_csv_trim(vector);
	if (vector.length < 2 || vector.at[0] != '[' || vector.at[vector.length - 1] != ']')
		return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: the vector is \"%s\"; expected numbers in brackets, like \"[0.1,0.2]\"", reader->text->path,
		               reader->csv->line, rq_excerpt(vector).text);
	const char *at = vector.at + 1, *end = vector.at + vector.length - 1;
	for (*d = 0;; ++*d) {
		const char *comma = memchr(at, ',', (size_t)(end - at)), *stop = comma == NULL ? end : comma;
		struct rq_span number = rq_csv_trim((struct rq_span){at, (size_t)(stop - at)});
		double value;
		if (!rq_parse_f64(&value, number.at, number.length) || !isfinite(value))
			return fail_number(reader, *d, number, "a finite number");
		if (!rq_fits_float(value))
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

static enum rq_status add_id(struct csv_reader *reader)
{
	const char *path = reader->text->path;
	struct rq_span id = rq_csv_field(reader->csv, reader->id_column);
	const char *fault = rq_id_fault(id);
	bool added;

	if (fault != NULL)
		return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: id \"%s\" %s; expected an id without white space or control characters", path,
		               reader->csv->line, rq_excerpt(id).text, fault);
	uint32_t number = rq_ids_add(reader->ids, id.at, id.length, &added);
	if (number == RQ_ID_NONE)
		return rq_fail_memory(reader->err);
	if (!added)
		return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: duplicate id \"%s\", first on line %zu; every row needs an id of its own", path,
		               reader->csv->line, rq_excerpt(id).text, reader->lines[number]);
	return RQ_OK;
}

static enum rq_status add_row(struct csv_reader *reader)
{
	const char *path = reader->text->path;
	size_t d = 0;

	if (reader->csv->fields != reader->columns)
		return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: %zu column%s; expected %zu%s", path, reader->csv->line, reader->csv->fields,
		               reader->csv->fields == 1 ? "" : "s", reader->columns,
		               reader->header ? ", as in the header" : ": id,\"[0.1,0.2]\", the vector in quotes");
	if (reader->id_column < reader->columns)
		RQ_TRY(add_id(reader));
	if (!RQ_RESERVE(reader->lines, reader->lines_capacity, reader->rows + 1))
		return rq_fail_memory(reader->err);
	reader->lines[reader->rows] = reader->csv->line;
	RQ_TRY(read_vector(reader, rq_csv_field(reader->csv, reader->vector_column), &d));
	if (reader->rows++ == 0)
		reader->d = d;
	if (d != reader->d)
		return rq_fail(reader->err, RQ_E_DATA, "%s:%zu: the vector has %zu dimensions; expected %zu, as on line %zu", path, reader->csv->line, d,
		               reader->d, reader->lines[0]);
	return RQ_OK;
}

static enum rq_status on_record(struct rq_csv *csv, struct rq_error *err)
{
	struct csv_reader *reader = csv->context;

	reader->csv = csv;
	reader->err = err;
	if (csv->records == 0)
		RQ_TRY(read_first(reader));
	return csv->records == 0 && reader->header ? RQ_OK : add_row(reader);
}

static enum rq_status read_rows(struct rq_vectors *vectors, struct csv_reader *reader)
{
	struct rq_csv csv = {.text = reader->text, .expected = EXPECTED, .on_record = on_record, .context = reader};

	RQ_TRY(rq_csv_walk(&csv, reader->err));
	if (reader->rows == 0)
		return rq_fail(reader->err, RQ_E_DATA, "%s: no vectors; expected " EXPECTED, reader->text->path);
	RQ_TRY(rq_vectors_init(vectors, reader->rows, reader->d, reader->err));
	memcpy(vectors->data, reader->values, reader->count * sizeof *reader->values);
	return RQ_OK;
}

enum rq_status rq_csv_parse(struct rq_vectors *vectors, struct rq_ids *ids, const struct rq_text *text, const char *column, struct rq_error *err)
{
	RQ_CLEANUP(reader_release) struct csv_reader reader = {.text = text, .column = column, .ids = ids, .err = err};

	*vectors = (struct rq_vectors){0};
	*ids = (struct rq_ids){0};
	enum rq_status status = read_rows(vectors, &reader);
	if (status != RQ_OK)
		rq_ids_release(ids);
	return status;
}

static enum rq_status load(struct rq_vector_file *file, const char *path, const char *column, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	RQ_TRY(rq_text_read(&text, path, err));
	memcpy(file->sha256, text.sha256, sizeof file->sha256);
	memcpy(file->type, "text", sizeof "text");
	return rq_csv_parse(&file->vectors, &file->ids, &text, column, err);
}

const struct rq_vector_format rq_vector_format_csv = {
	.name = "csv",
	.help = "id,\"[0.1,0.2]\" below a header, as PostgreSQL copies a pgvector column",
	.endings = (const char *const[]){".csv", NULL},
	.arrays = true,
	.holds_ids = true,
	.load = load,
	.write = rq_csv_write,
};
