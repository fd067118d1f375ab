/* Corpora: BEIR JSON lines, one document a line. */
#include "datasets/parsers.h"
#include "datasets/record.h"

#include "evalcore/base/system.h"

#include <string.h>

#define LIKE "{\"_id\": \"d1\", \"title\": \"...\", \"text\": \"...\"}"

struct corpus_reader {
	struct rq_corpus *corpus;
	const struct rq_text *text;
	const char *const *fields;
	size_t field_count;
	bool field_seen; /* in any document: a misspelt field would otherwise give a corpus of empty documents */
};

/* The fields that are there and not empty, with a newline between them. */
static enum rq_status join_fields(const char **joined, struct corpus_reader *reader, const struct rq_record *record, struct rq_error *err)
{
	const char *value;
	size_t size = 1;

	for (size_t i = 0; i < reader->field_count; i++) {
		RQ_TRY(rq_record_read_string(&value, record, reader->fields[i], err));
		reader->field_seen |= value != NULL;
		size += value == NULL ? 0 : strlen(value) + 1;
	}
	char *text = rq_arena_alloc(&reader->corpus->arena, size, 1), *end = text;
	if (text == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < reader->field_count; i++) {
		RQ_TRY(rq_record_read_string(&value, record, reader->fields[i], err));
		size_t length = value == NULL ? 0 : strlen(value);
		if (length == 0)
			continue;
		reader->corpus->filled[i]++;
		if (end > text)
			*end++ = '\n';
		memcpy(end, value, length);
		end += length;
	}
	*joined = text;
	return RQ_OK;
}

static enum rq_status read_parent(const char **parent, struct rq_arena *arena, const struct rq_record *record, struct rq_error *err)
{
	const rq_json *value = rq_record_get_anywhere(record, "parent");
	struct rq_record_id id;

	*parent = NULL;
	if (value == NULL)
		return RQ_OK;
	RQ_TRY(rq_record_read_id(&id, record, "parent", value, err));
	*parent = rq_arena_strndup(arena, id.span.at, id.span.length);
	return *parent == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status add_document(struct corpus_reader *reader, const struct rq_record *record, struct rq_error *err)
{
	struct rq_corpus *corpus = reader->corpus;
	const char *key = rq_record_get(record, "_id") == NULL && rq_record_get(record, "id") != NULL ? "id" : "_id";
	struct rq_record_id id;
	bool added;

	RQ_TRY(rq_record_read_id(&id, record, key, rq_record_get(record, key), err));
	uint32_t number = rq_ids_add(&corpus->ids, id.span.at, id.span.length, &added);
	if (number == RQ_ID_NONE)
		return rq_fail_memory(err);
	if (!added)
		return rq_text_take(reader->text, RQ_PROBLEM_duplicate_id,
		                    rq_fail(err, RQ_E_DATA, "%s:%zu: duplicate id \"%s\", first on line %u; every document needs an id of its own", record->path,
		                            record->line, rq_excerpt(id.span).text, corpus->documents[number].line), err);
	struct rq_document *document = &corpus->documents[corpus->count++]; /* its text stays NULL where a collected problem leaves it out */
	document->id = corpus->ids.names[number];
	document->line = (uint32_t)record->line;
	RQ_TRY(join_fields(&document->text, reader, record, err));
	RQ_TRY(read_parent(&document->parent, &corpus->arena, record, err));
	corpus->empty += document->text[0] == '\0';
	return RQ_OK;
}

static enum rq_status fail_without_fields(const struct corpus_reader *reader, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf names = {.maximum = 256};

	for (size_t i = 0; i < reader->field_count; i++)
		rq_buf_printf(&names, "%s\"%s\"", i == 0 ? "" : ", ", reader->fields[i]);
	return rq_fail(err, RQ_E_DATA, "%s: no document has any of the fields %s; name the members that hold the text as \"fields\"", reader->text->path,
	               names.data == NULL ? "asked for" : names.data);
}

static enum rq_status read_corpus(struct corpus_reader *reader, struct rq_error *err)
{
	struct rq_corpus *corpus = reader->corpus;
	struct rq_line line = rq_text_lines(reader->text);

	memcpy(corpus->sha256, reader->text->sha256, sizeof corpus->sha256);
	corpus->documents = rq_arena_alloc(&corpus->arena, rq_text_filled_lines(reader->text), sizeof *corpus->documents);
	corpus->filled = rq_arena_alloc(&corpus->arena, reader->field_count, sizeof *corpus->filled);
	if (corpus->documents == NULL || corpus->filled == NULL)
		return rq_fail_memory(err);
	while (rq_line_next(&line, reader->text)) {
		RQ_CLEANUP(rq_record_release) struct rq_record record = {0};
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(rq_text_take(reader->text, RQ_PROBLEM_json, rq_record_parse(&record, reader->text->path, &line, LIKE, err), err));
		if (record.root != NULL)
			RQ_TRY(rq_text_take(reader->text, RQ_PROBLEM_record, add_document(reader, &record, err), err));
	}
	if (corpus->count == 0)
		return rq_fail(err, RQ_E_DATA, "%s: no documents; expected one JSON object a line, like " LIKE, reader->text->path);
	return reader->field_seen ? RQ_OK : fail_without_fields(reader, err);
}

enum rq_status rq_corpus_parse(struct rq_corpus *corpus, const struct rq_text *text, const char *const *fields, size_t field_count,
                               struct rq_error *err)
{
	struct corpus_reader reader = {.corpus = corpus, .text = text, .fields = fields, .field_count = field_count};

	*corpus = (struct rq_corpus){0};
	enum rq_status status = rq_text_take(text, RQ_PROBLEM_file, read_corpus(&reader, err), err);
	if (status != RQ_OK)
		rq_corpus_release(corpus);
	return status;
}

enum rq_status rq_corpus_load(struct rq_corpus *corpus, const char *path, const char *const *fields, size_t field_count, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	*corpus = (struct rq_corpus){0};
	RQ_TRY(rq_text_read(&text, path, err));
	return rq_corpus_parse(corpus, &text, fields, field_count, err);
}

/* Record i is document i: the file is the one that was read, to the byte. */
static enum rq_status read_sources(struct rq_corpus *corpus, const struct rq_text *text, const char *member, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(text);
	bool seen = false;

	for (size_t i = 0; i < corpus->count && rq_line_next(&line, text); i++) {
		RQ_CLEANUP(rq_record_release) struct rq_record record = {0};
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(rq_record_parse(&record, text->path, &line, LIKE, err));
		RQ_TRY(rq_record_read_name(&corpus->documents[i].source, &corpus->arena, &record, member, err));
		seen |= corpus->documents[i].source != NULL;
	}
	return seen ? RQ_OK : rq_fail(err, RQ_E_DATA, "%s: no document has the member \"%s\"; name the one that holds its source as \"source_field\"", text->path, member);
}

enum rq_status rq_corpus_load_sources(struct rq_corpus *corpus, const char *path, const char *member, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	RQ_TRY(rq_text_read(&text, path, err));
	if (strcmp(text.sha256, corpus->sha256) != 0)
		return rq_fail_changed(err, path);
	return read_sources(corpus, &text, member, err);
}

enum rq_status rq_corpus_show_fields(const struct rq_corpus *corpus, const char *path, const char *const *fields, size_t field_count,
                                     void (*see)(void *context, const struct rq_document *document, size_t field, const char *text), void *context,
                                     struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};
	const char *value;

	RQ_TRY(rq_text_read(&text, path, err));
	if (strcmp(text.sha256, corpus->sha256) != 0)
		return rq_fail_changed(err, path);
	struct rq_line line = rq_text_lines(&text);
	for (size_t i = 0; i < corpus->count && rq_line_next(&line, &text); i++) {
		RQ_CLEANUP(rq_record_release) struct rq_record record = {0};
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(rq_record_parse(&record, text.path, &line, LIKE, err));
		for (size_t field = 0; field < field_count; field++) {
			RQ_TRY(rq_record_read_string(&value, &record, fields[field], err));
			see(context, &corpus->documents[i], field, value);
		}
	}
	return RQ_OK;
}
