/* Judgments and runs as CSV: a header that names the columns, of which three are read. */
#include "datasets/csv.h"
#include "datasets/pairs.h"
#include "datasets/writers.h"

#include "evalcore/base/parse.h"

#include <string.h>

enum { TOPIC, DOCUMENT, NUMBER, NEEDED };

#define USUAL_TOPIC "query_id", "query-id", "qid", "topic_id", "topic-id", "topic"
#define USUAL_DOCUMENT "doc_id", "doc-id", "docid", "docno", "corpus_id", "corpus-id", "document_id", "document-id", "document", "did"

/* What others call the columns, the likeliest first: where a header has several, that one is it. */
static const char *const usual[][NEEDED][12] = {
	[RQ_PAIR_GRADE] = {{USUAL_TOPIC, NULL}, {USUAL_DOCUMENT, NULL}, {"relevance", "rel", "grade", "label", "judgment", "score", NULL}},
	[RQ_PAIR_SCORE] = {{USUAL_TOPIC, NULL}, {USUAL_DOCUMENT, NULL}, {"score", "similarity", "sim", NULL}},
};

struct table {
	struct rq_pairs *pairs;
	size_t columns, of[NEEDED]; /* how many there are, and where those that are read stand */
};

static const char *name_asked(const struct rq_load_options *options, size_t which)
{
	const char *const asked[NEEDED] = {options->columns.topic, options->columns.document, options->columns.value};

	return asked[which];
}

/* How many fields are called `name`; the last of them in *index. */
static size_t count_fields(size_t *index, const struct rq_span *fields, size_t count, const char *name, bool any_case)
{
	size_t found = 0;

	for (size_t f = 0; f < count; f++) {
		struct rq_span field = rq_csv_trim(fields[f]);
		bool same = field.length == strlen(name) && (any_case ? strncasecmp : strncmp)(field.at, name, field.length) == 0;
		if (same)
			*index = f;
		found += same;
	}
	return found;
}

/* The column of the topic, document or number, and how many of that name there are: 0, none; in *name the name that was met. */
static size_t find_column(size_t *index, const char **name, const struct rq_span *fields, size_t count, const struct rq_load_options *options,
                          enum rq_pair_value value, size_t which)
{
	*name = name_asked(options, which);
	if (*name != NULL)
		return count_fields(index, fields, count, *name, false);
	for (const char *const *each = usual[value][which]; *each != NULL; each++) {
		size_t found = count_fields(index, fields, count, *each, true);
		*name = *each;
		if (found > 0)
			return found;
	}
	return 0;
}

static enum rq_status fail_column(const struct table *table, size_t line, size_t which, struct rq_error *err)
{
	static const char *const what[] = {"topic", "document", "number"};
	RQ_CLEANUP(rq_buf_release) struct rq_buf names = {0};
	const struct rq_pairs *pairs = table->pairs;
	const char *asked = name_asked(pairs->options, which);

	if (asked != NULL)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: no column \"%s\", which was named for the %s; expected a header with it", pairs->text->path, line, asked, what[which]);
	for (const char *const *each = usual[pairs->value][which]; *each != NULL; each++)
		rq_buf_printf(&names, "%s%s", each == usual[pairs->value][which] ? "" : ", ", *each);
	RQ_TRY(rq_buf_check(&names, err));
	return rq_fail(err, RQ_E_DATA, "%s:%zu: no column for the %s; expected a header with one of %s; or name the column", pairs->text->path, line,
	               which == NUMBER ? pairs->value == RQ_PAIR_GRADE ? "grade" : "score" : what[which], names.data);
}

static enum rq_status read_header(struct table *table, const struct rq_csv *csv, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_span *fields = NULL;
	size_t capacity = 0;
	const char *name;

	table->columns = csv->fields;
	if (!RQ_RESERVE(fields, capacity, csv->fields))
		return rq_fail_memory(err);
	for (size_t f = 0; f < csv->fields; f++)
		fields[f] = rq_csv_field(csv, f);
	for (size_t which = TOPIC; which < NEEDED; which++) {
		size_t found = find_column(&table->of[which], &name, fields, csv->fields, table->pairs->options, table->pairs->value, which);
		if (found == 0)
			return fail_column(table, csv->line, which, err);
		if (found > 1)
			return rq_fail(err, RQ_E_DATA, "%s:%zu: the header names \"%s\" twice; expected it once", csv->text->path, csv->line, name);
	}
	return RQ_OK;
}

static enum rq_status read_row(struct table *table, const struct rq_csv *csv, struct rq_error *err)
{
	struct rq_pairs *pairs = table->pairs;
	struct rq_where where = {.line = csv->line};
	uint32_t topic;

	if (csv->fields != table->columns)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: %zu column%s; expected %zu, as in the header", csv->text->path, csv->line, csv->fields,
		               csv->fields == 1 ? "" : "s", table->columns);
	RQ_TRY(rq_pairs_topic(&topic, NULL, pairs, rq_csv_field(csv, table->of[TOPIC]), &where, err));
	return rq_pairs_add(pairs, topic, rq_csv_field(csv, table->of[DOCUMENT]), &where, rq_csv_field(csv, table->of[NUMBER]), &where, err);
}

static enum rq_status on_record(struct rq_csv *csv, struct rq_error *err)
{
	struct table *table = csv->context;

	if (csv->records == 0)
		return read_header(table, csv, err);
	return rq_text_take(csv->text, RQ_PROBLEM_record, read_row(table, csv, err), err);
}

enum rq_status rq_pairs_read_csv(struct rq_pairs *pairs, struct rq_error *err)
{
	struct table table = {.pairs = pairs};
	struct rq_csv csv = {.text = pairs->text, .expected = "CSV below a header", .on_record = on_record, .context = &table};

	return rq_csv_walk(&csv, err);
}

/* Fields at commas, without their quotes: what a header needs. */
static size_t split(struct rq_span *fields, size_t maximum, struct rq_span line)
{
	size_t count = 0;

	for (const char *at = line.at, *end = at + line.length, *comma; count < maximum; at = comma + 1) {
		comma = memchr(at, ',', (size_t)(end - at));
		struct rq_span field = rq_csv_trim((struct rq_span){at, (size_t)((comma == NULL ? end : comma) - at)});
		if (field.length >= 2 && field.at[0] == '"' && field.at[field.length - 1] == '"')
			field = (struct rq_span){field.at + 1, field.length - 2};
		fields[count++] = field;
		if (comma == NULL)
			break;
	}
	return count;
}

bool rq_text_has_csv_header(const struct rq_text *text, const struct rq_load_options *options, enum rq_pair_value value)
{
	struct rq_line line = rq_text_lines(text);
	struct rq_span fields[64];
	size_t index, found = 0;
	const char *name;

	if (!rq_line_next(&line, text))
		return false;
	size_t count = split(fields, sizeof fields / sizeof *fields, line.span);
	for (size_t which = TOPIC; which < NEEDED; which++)
		found += find_column(&index, &name, fields, count, options, value, which) > 0;
	return found == NEEDED;
}

bool rq_text_is_csv(const struct rq_text *text, const struct rq_load_options *options, enum rq_pair_value value, size_t columns)
{
	struct rq_line line = rq_text_lines(text);
	struct rq_span fields[NEEDED], spaced[8];
	size_t length;

	if (rq_text_has_csv_header(text, options, value))
		return true;
	if (!rq_line_next(&line, text))
		return false;
	rq_packing_for(&length, text->path);
	bool named = length > 4 && strncasecmp(text->path + length - 4, ".csv", 4) == 0;
	size_t count = split(fields, NEEDED, line.span);
	return (named && count > 1) || (count >= NEEDED && rq_columns_space(spaced, sizeof spaced / sizeof *spaced, line.span) < columns);
}
