/* Vectors as JSON, one record a line or all in one value, in the shapes that README.md lists. They are told apart by their members: a list of numbers
 * under a usual name, or the only one, is the vector. Nothing but the numbers, the ids and the keys of one record is held. */
#include "datasets/json_stream.h"
#include "datasets/parsers.h"
#include "datasets/vectors/json_answers.h"
#include "datasets/vectors/numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_WRAPPERS = 4, /* objects whose members count as a record's, within each other */
	MOST_LISTS = 2,    /* lists of records, the same */
};

/* A list of numbers within a record. */
struct list {
	size_t key;          /* where its name is in reader->keys */
	size_t start, count; /* of its numbers in reader->values */
	size_t line, column;
	bool usual; /* its name is that of a vector */
};

/* The shape, told by the first object: {"id": ..., "embedding": [...]} or {"text": [...], "another": [...]}. */
enum shape { SHAPE_UNKNOWN, SHAPE_RECORDS, SHAPE_TEXTS };

struct reader {
	struct rq_json_stream json;
	const char *path, *member; /* member: the name of the vector, NULL: the usual ones */
	struct rq_ids *ids;
	float *values; /* rows one after the other, then the lists of the record that is being read */
	size_t count, capacity;
	size_t rows, d;
	struct rq_json_row *places; /* places[i]: where row i was read */
	size_t places_capacity;
	enum shape shape;
	size_t within; /* how many lists of records */
	struct rq_buf vector_name; /* of the first record's, which all have */
	size_t vector_line;
	struct rq_buf keys;
	struct list *lists; /* of this record */
	size_t list_count, list_capacity;
	size_t action_line; /* of a bulk action whose document must follow; 0: none */
	struct rq_buf action_id;
	struct rq_json_failed failed;
};

/* An object and what is read with it. */
struct record {
	size_t line;
	struct rq_buf id;
	size_t id_rank, id_depth;        /* its key's place in id_keys, and in how many wrappers it stands, where there is one */
	bool has_id, action, answer;     /* answer: of a request in a batch */
	bool contained;                  /* its vectors were in a list of records, and are rows */
	bool others;                     /* it has members that are no lists of numbers */
	bool mixed;                      /* and one of them is a list that begins like one */
	size_t other_line, other_column; /* of the first */
	double status;                   /* of the answer; 0: none was told */
	double index;                    /* its place in its list; NaN: none was told */
	bool error;
};

/* The first that a record has is its id: an answer in a batch has its own beside that of its request. */
static const char *const id_keys[] = {"custom_id", "_id", "id", "docid", "doc_id", "qid", "query_id", "topic_id", "uuid", NULL};
static const char *const vector_keys[] = {"embedding", "emb", "vector", "values", NULL};
/* Objects whose members count as the record's, and lists of records. */
static const char *const wrapper_keys[] = {"_source", "doc", "vector", "vectors", "response", "body", NULL};
static const char *const list_keys[] = {"data", "embeddings", "vectors", "objects", "points", NULL};
static const char *const action_keys[] = {"index", "create", "update", NULL};

#define EXPECTED "a list of numbers as \"embedding\", \"emb\", \"vector\" or \"values\", or as its only one"
#define LIKE "records like {\"id\": \"d7\", \"embedding\": [0.1, 0.2]}, or {\"d7\": [0.1, 0.2], ...}"

/* Its place in the list, or that of the NULL. */
static size_t find(const char *const *keys, const char *key)
{
	size_t i = 0;

	while (keys[i] != NULL && strcmp(keys[i], key) != 0)
		i++;
	return i;
}

static bool is_one_of(const char *const *keys, const char *key)
{
	return keys[find(keys, key)] != NULL;
}

static void reader_release(struct reader *reader)
{
	rq_json_stream_release(&reader->json);
	free(reader->values);
	free(reader->places);
	free(reader->lists);
	rq_buf_release(&reader->vector_name);
	rq_buf_release(&reader->keys);
	rq_buf_release(&reader->action_id);
}

static void record_release(struct record *record)
{
	rq_buf_release(&record->id);
}

/* Room for one more number. It doubles, aligned as the vectors are that it becomes. */
static bool grow(struct reader *reader)
{
	size_t capacity = reader->capacity == 0 ? 1 << 12 : reader->capacity * 2;
	float *values = capacity > SIZE_MAX / 2 / sizeof *values ? NULL : rq_alloc_aligned(capacity, sizeof *values);

	if (values == NULL)
		return false;
	if (reader->count > 0)
		memcpy(values, reader->values, reader->count * sizeof *values);
	free(reader->values);
	reader->values = values;
	reader->capacity = capacity;
	return true;
}

/* The id of a row, that must be new and, but of a text, an id. */
static enum rq_status add_id(struct reader *reader, struct rq_span id, size_t line, struct rq_error *err)
{
	const char *fault = reader->shape != SHAPE_TEXTS || id.length == 0 ? rq_id_fault(id) : NULL;
	bool added;

	if (fault != NULL)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: id \"%s\" %s; expected an id without white space or control characters", reader->path, line,
		               rq_excerpt(id).text, fault);
	uint32_t number = rq_ids_add(reader->ids, id.at, id.length, &added);
	if (number == RQ_ID_NONE)
		return rq_fail_memory(err);
	if (!added)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: duplicate id \"%s\", first on line %zu; every row needs an id of its own", reader->path, line,
		               rq_excerpt(id).text, reader->places[number].line);
	return RQ_OK;
}

/* The list becomes the next row. */
static enum rq_status add_row(struct reader *reader, const struct list *list, const struct rq_span *id, size_t line, struct rq_error *err)
{
	if (reader->rows == 0)
		reader->d = list->count;
	if (list->count != reader->d)
		return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: the vector has %zu dimension%s; expected %zu, as on line %zu", reader->path, list->line,
		               list->column, list->count, list->count == 1 ? "" : "s", reader->d, reader->places[0].line);
	if (reader->rows > 0 && (id != NULL) != (reader->ids->count > 0))
		return rq_fail(err, RQ_E_DATA, "%s:%zu: a record %s id; expected all as on line %zu, or none", reader->path, line,
		               id == NULL ? "without an" : "with an", reader->places[0].line);
	if (!RQ_RESERVE(reader->places, reader->places_capacity, reader->rows + 1))
		return rq_fail_memory(err);
	if (id != NULL)
		RQ_TRY(add_id(reader, *id, line, err));
	reader->places[reader->rows] = (struct rq_json_row){.line = line, .index = NAN};
	memmove(reader->values + reader->rows * reader->d, reader->values + list->start, list->count * sizeof *reader->values);
	reader->rows++;
	return RQ_OK;
}

/* Numbers up to the ], past the [. *numbers: whether it held nothing else. Where it must not, that is refused. */
static enum rq_status read_numbers(bool *numbers, struct reader *reader, bool strict, struct rq_error *err)
{
	struct rq_json_stream *json = &reader->json;
	struct rq_span spelt;
	double value;
	bool more;
	char next;

	*numbers = true;
	do {
		RQ_TRY(rq_json_stream_peek(&next, json, err));
		bool number = next == '-' || (next >= '0' && next <= '9');
		if (!number && strict)
			return rq_json_stream_fail(json, next == '[' ? "a number: a vector is one list, without lists in it" : "a finite number", err);
		*numbers &= number;
		if (!number) {
			RQ_TRY(rq_json_stream_skip(json, err));
		} else {
			size_t column = rq_json_stream_column(json);
			RQ_TRY(rq_json_stream_number(&value, &spelt, json, "a finite number", err));
			bool fits = rq_fits_float(value);
			if (!fits && strict)
				return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: %s is too large for float32; scale the vectors", reader->path, json->line, column,
				               rq_excerpt(spelt).text);
			*numbers &= fits;
			if (reader->count == reader->capacity && !grow(reader))
				return rq_fail_memory(err);
			reader->values[reader->count++] = (float)value;
		}
		RQ_TRY(rq_json_stream_more(&more, json, ']', err));
	} while (more);
	return RQ_OK;
}

/* A list, past its [, of which only its numbers are kept; `list` tells its name and place. *kept: it is one of numbers. */
static enum rq_status read_list(bool *kept, struct reader *reader, struct list *list, struct rq_error *err)
{
	bool empty;

	list->start = reader->count;
	*kept = false;
	RQ_TRY(rq_json_stream_take(&empty, &reader->json, ']', err));
	if (empty && list->usual)
		return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: an empty list; expected the numbers of a vector", reader->path, list->line, list->column);
	if (!empty)
		RQ_TRY(read_numbers(kept, reader, list->usual || reader->shape == SHAPE_TEXTS, err));
	list->count = reader->count - list->start;
	if (!*kept)
		reader->count = list->start;
	return RQ_OK;
}

/* A row that is nothing but its numbers, past its [; `row` tells where that was. */
static enum rq_status read_bare_row(struct reader *reader, struct list *row, struct rq_error *err)
{
	bool kept;

	RQ_TRY(read_list(&kept, reader, row, err));
	RQ_TRY(add_row(reader, row, NULL, row->line, err));
	reader->count = reader->rows * reader->d;
	return RQ_OK;
}

static enum rq_status read_object(bool *held, struct reader *reader, struct rq_error *err);
static enum rq_status read_members(struct reader *reader, struct record *record, size_t wrappers, struct rq_error *err);

/* The rest of a list, past its [, whose first is an object or a list: each of them a row. `held` may be NULL; where it is not, the first may hold no
 * vector, *held tells, and all are skipped. */
static enum rq_status read_rows(bool *held, struct reader *reader, struct rq_error *err)
{
	struct rq_json_stream *json = &reader->json;
	bool more, first = true;
	char next;

	if (reader->shape == SHAPE_UNKNOWN)
		reader->shape = SHAPE_RECORDS;
	size_t before = reader->rows;
	reader->within++;
	do {
		RQ_TRY(rq_json_stream_peek(&next, json, err));
		struct list row = {.line = json->line, .column = rq_json_stream_column(json), .usual = true};
		if (held != NULL && !*held) {
			RQ_TRY(rq_json_stream_skip(json, err));
		} else if (next == '{') {
			RQ_TRY(read_object(first ? held : NULL, reader, err));
		} else {
			RQ_TRY(rq_json_stream_need(json, '[', "a record or a list of numbers, as before it", err));
			RQ_TRY(read_bare_row(reader, &row, err));
		}
		first = false;
		RQ_TRY(rq_json_stream_more(&more, json, ']', err));
	} while (more);
	reader->within--;
	if (reader->rows == before)
		return RQ_OK;
	return rq_json_rows_place(reader->values + before * reader->d, reader->places + before, reader->rows - before, reader->d, reader->path, err);
}

static void note_other(struct record *record, const struct reader *reader)
{
	if (record->others)
		return;
	record->others = true;
	record->other_line = reader->json.line;
	record->other_column = rq_json_stream_column(&reader->json);
}

/* A string or an integer, unless a better id is known. */
static enum rq_status read_id(struct reader *reader, struct record *record, size_t rank, size_t depth, char next, struct rq_error *err)
{
	struct rq_json_stream *json = &reader->json;
	struct rq_span spelt;
	double value;

	if (next != '"' && next != '-' && (next < '0' || next > '9'))
		return next == 'n' ? rq_json_stream_skip(json, err) : rq_json_stream_fail(json, "an id, a string or an integer below 2^53", err);
	if (record->has_id && rank == record->id_rank && depth == record->id_depth)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: \"%s\" stands twice in one record; expected one id", reader->path, json->line, id_keys[rank]);
	if (record->has_id && rank >= record->id_rank)
		return rq_json_stream_skip(json, err);
	rq_buf_clear(&record->id);
	if (next == '"') {
		RQ_TRY(rq_json_stream_string(json, "an id", err));
		rq_buf_add(&record->id, json->string.data, json->string.size);
	} else {
		size_t column = rq_json_stream_column(json);
		RQ_TRY(rq_json_stream_number(&value, &spelt, json, "an id, a string or an integer below 2^53", err));
		if (!(fabs(value) <= 9007199254740991.0) || value != floor(value))
			return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: the id is %s; expected a string or an integer below 2^53", reader->path, json->line, column,
			               rq_excerpt(spelt).text);
		rq_buf_printf(&record->id, "%lld", (long long)value);
	}
	record->has_id = true;
	record->id_rank = rank;
	record->id_depth = depth;
	return rq_buf_check(&record->id, err);
}

/* The list of records in the answer to a request of a batch, past its [: their vectors are the request's, of which there may be one. */
static enum rq_status read_answers(struct reader *reader, struct record *record, struct rq_error *err)
{
	bool more;

	do {
		RQ_TRY(rq_json_stream_need(&reader->json, '{', "an object with an embedding", err));
		RQ_TRY(read_members(reader, record, MOST_WRAPPERS, err));
		RQ_TRY(rq_json_stream_more(&more, &reader->json, ']', err));
	} while (more);
	return RQ_OK;
}

/* A member that is a list: of numbers, maybe the vector; or of records. */
static enum rq_status read_list_member(struct reader *reader, struct record *record, size_t key, struct rq_error *err)
{
	struct rq_json_stream *json = &reader->json;
	const char *name = reader->keys.data + key;
	struct list list = {.key = key, .line = json->line, .column = rq_json_stream_column(json)};
	bool kept = false, held = true;
	char next;

	list.usual = reader->member == NULL ? is_one_of(vector_keys, name) : strcmp(reader->member, name) == 0;
	json->at++;
	RQ_TRY(rq_json_stream_peek(&next, json, err));
	if (record->answer && next == '{' && strcmp(name, "data") == 0)
		return read_answers(reader, record, err);
	bool records = (next == '{' || next == '[') && is_one_of(list_keys, name);
	if (records && !list.usual && !record->answer && reader->list_count == 0 && reader->within < MOST_LISTS) {
		RQ_TRY(read_rows(&held, reader, err));
		record->contained |= held;
		note_other(record, reader);
		return RQ_OK;
	}
	RQ_TRY(read_list(&kept, reader, &list, err));
	record->mixed |= !kept && (next == '-' || (next >= '0' && next <= '9'));
	if (!kept)
		note_other(record, reader);
	else if (!RQ_RESERVE(reader->lists, reader->list_capacity, reader->list_count + 1))
		return rq_fail_memory(err);
	else
		reader->lists[reader->list_count++] = list;
	return RQ_OK;
}

/* The status of an answer, and whether it tells an error. */
static enum rq_status read_outcome(struct reader *reader, struct record *record, const char *key, char next, struct rq_error *err)
{
	if (strcmp(key, "error") == 0 && next != 'n')
		record->error = true;
	if (strcmp(key, "status_code") == 0 && next != 'n')
		return rq_json_stream_number(&record->status, NULL, &reader->json, "the number of a status, like 200", err);
	return rq_json_stream_skip(&reader->json, err);
}

/* The value of the key that stands last in reader->keys. */
static enum rq_status read_member(struct reader *reader, struct record *record, size_t key, size_t wrappers, bool first, struct rq_error *err)
{
	struct rq_json_stream *json = &reader->json;
	const char *name = reader->keys.data + key;
	size_t rank = find(id_keys, name);
	bool response = strcmp(name, "response") == 0;
	char next;

	RQ_TRY(rq_json_stream_need(json, ':', "a colon and a value", err));
	RQ_TRY(rq_json_stream_peek(&next, json, err));
	if (next == '[')
		return read_list_member(reader, record, key, err);
	note_other(record, reader);
	if ((wrappers == 0 || !record->answer) && id_keys[rank] != NULL) /* an answer has another id than its request */
		return read_id(reader, record, rank, wrappers, next, err);
	if (wrappers == 0 && strcmp(name, "index") == 0 && (next == '-' || (next >= '0' && next <= '9')))
		return rq_json_stream_number(&record->index, NULL, json, "a place in a list", err);
	bool action = first && wrappers == 0 && is_one_of(action_keys, name);
	if (next == '{' && wrappers < MOST_WRAPPERS && (action || is_one_of(wrapper_keys, name))) {
		json->at++;
		record->action |= action;
		record->answer |= response;
		return read_members(reader, record, wrappers + 1, err);
	}
	record->answer |= response; /* null, where the request failed */
	return read_outcome(reader, record, name, next, err);
}

/* The members of an object, past its {. */
static enum rq_status read_members(struct reader *reader, struct record *record, size_t wrappers, struct rq_error *err)
{
	struct rq_json_stream *json = &reader->json;
	bool more, first = true;

	RQ_TRY(rq_json_stream_take(&more, json, '}', err));
	for (more = !more; more; first = false) {
		size_t key = reader->keys.size, lists = reader->list_count;
		RQ_TRY(rq_json_stream_string(json, "a key in quotes", err));
		rq_buf_add(&reader->keys, json->string.data, json->string.size + 1);
		RQ_TRY(rq_buf_check(&reader->keys, err));
		RQ_TRY(read_member(reader, record, key, wrappers, first, err));
		if (reader->list_count == lists)
			reader->keys.size = key;
		RQ_TRY(rq_json_stream_more(&more, json, '}', err));
	}
	return RQ_OK;
}

static enum rq_status check_action_done(const struct reader *reader, struct rq_error *err)
{
	if (reader->action_line == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s:%zu: an action without its document; expected one on the next line", reader->path, reader->action_line);
}

/* "index", "create" or "update" of a bulk file: the document on the next line has this id. */
static enum rq_status note_action(struct reader *reader, const struct record *record, struct rq_error *err)
{
	RQ_TRY(check_action_done(reader, err));
	reader->action_line = record->line;
	rq_buf_clear(&reader->action_id);
	if (record->has_id)
		rq_buf_add(&reader->action_id, record->id.data, record->id.size);
	return rq_buf_check(&reader->action_id, err);
}

static struct rq_excerpt name_of(const struct reader *reader, const struct list *list)
{
	const char *key = reader->keys.data + list->key;

	return rq_excerpt((struct rq_span){key, strlen(key)});
}

/* The list that is the record's vector: the only one of a usual name, else the only one. */
static enum rq_status choose(const struct list **chosen, const struct reader *reader, const struct record *record, struct rq_error *err)
{
	const struct list *second = NULL;

	*chosen = NULL;
	for (size_t i = 0; i < reader->list_count; i++) {
		const struct list *list = &reader->lists[i];
		if (*chosen == NULL || (list->usual && !(*chosen)->usual)) {
			*chosen = list;
			second = NULL;
		} else if (second == NULL && list->usual == (*chosen)->usual) {
			second = list;
		}
	}
	if (*chosen == NULL || (reader->member != NULL && !(*chosen)->usual))
		return rq_fail(err, RQ_E_DATA, "%s:%zu: a record without a vector; expected %s%s%s", reader->path, record->line,
		               reader->member == NULL ? EXPECTED : "a list of numbers as \"", reader->member == NULL ? "" : reader->member,
		               reader->member == NULL ? "" : "\"");
	if (record->mixed && !(*chosen)->usual)
		return rq_fail(err, RQ_E_DATA,
		               "%s:%zu: a record with a list of numbers, \"%s\", beside one of numbers and more; name the vector, as in \"%s:%s\"",
		               reader->path, record->line, name_of(reader, *chosen).text, reader->path, name_of(reader, *chosen).text);
	if (second != NULL && record->answer)
		return rq_fail(err, RQ_E_DATA,
		               "%s:%zu: several embeddings in the answer to \"%s\"; expected one text a request, so that its custom_id names its vector",
		               reader->path, record->line, rq_excerpt((struct rq_span){record->id.data, record->id.size}).text);
	if (second != NULL)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: a record with two lists of numbers, \"%s\" and \"%s\"; name the vector, as in \"%s:%s\"",
		               reader->path, record->line, name_of(reader, *chosen).text, name_of(reader, second).text, reader->path,
		               name_of(reader, *chosen).text);
	return RQ_OK;
}

/* A record whose vector is null must not get another list in its place. */
static enum rq_status check_name(struct reader *reader, const struct list *list, const struct record *record, struct rq_error *err)
{
	const char *name = reader->keys.data + list->key;

	if (reader->vector_line == 0) {
		reader->vector_line = record->line;
		rq_buf_puts(&reader->vector_name, name);
		return rq_buf_check(&reader->vector_name, err);
	}
	if (list->usual || strcmp(reader->vector_name.data == NULL ? "" : reader->vector_name.data, name) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s:%zu: the list of numbers is \"%s\"; expected a vector under the name that it has on line %zu, \"%s\"",
	               reader->path, record->line, name_of(reader, list).text, reader->vector_line,
	               rq_excerpt((struct rq_span){reader->vector_name.data, reader->vector_name.size}).text);
}

static enum rq_status add_record(struct reader *reader, const struct record *record, struct rq_error *err)
{
	const struct list *list;
	struct rq_span id = {record->id.data, record->id.size};
	bool named = record->has_id;

	if (record->answer && (record->error || (record->status != 0 && record->status != 200))) {
		rq_json_failed_add(&reader->failed, record->line, record->status, id);
		return RQ_OK;
	}
	RQ_TRY(choose(&list, reader, record, err));
	RQ_TRY(check_name(reader, list, record, err));
	if (reader->action_line > 0 && reader->action_id.size > 0) {
		id = (struct rq_span){reader->action_id.data, reader->action_id.size};
		named = true;
	}
	reader->action_line = 0;
	RQ_TRY(add_row(reader, list, named ? &id : NULL, record->line, err));
	if (!named)
		reader->places[reader->rows - 1].index = record->index;
	return RQ_OK;
}

/* Each member of {"text": [...], ...}. */
static enum rq_status add_texts(struct reader *reader, const struct record *record, struct rq_error *err)
{
	if (record->others)
		return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: no list of numbers; expected {\"text\": [0.1, 0.2], ...} all through, as on line %zu",
		               reader->path, record->other_line, record->other_column, reader->rows == 0 ? record->line : reader->places[0].line);
	for (size_t i = 0; i < reader->list_count; i++) {
		const struct list *list = &reader->lists[i];
		const char *key = reader->keys.data + list->key;
		struct rq_span id = {key, strlen(key)};
		RQ_TRY(add_row(reader, list, &id, list->line, err));
	}
	return RQ_OK;
}

/* An object. Where `held` is not NULL, it tells whether there is a vector in it, and it is no fault if there is none. */
static enum rq_status read_object(bool *held, struct reader *reader, struct rq_error *err)
{
	RQ_CLEANUP(record_release) struct record record = {.line = reader->json.line, .index = NAN};

	reader->list_count = 0;
	rq_buf_clear(&reader->keys);
	reader->json.at++;
	RQ_TRY(read_members(reader, &record, 0, err));
	if (reader->shape == SHAPE_UNKNOWN && !record.action)
		reader->shape = record.others || reader->member != NULL || reader->list_count == 0 || (reader->list_count == 1 && reader->lists[0].usual)
		                    ? SHAPE_RECORDS
		                    : SHAPE_TEXTS;
	if (held != NULL)
		*held = reader->list_count > 0 || record.contained;
	enum rq_status status = RQ_OK;
	for (size_t i = 0; record.contained && i < reader->list_count; i++)
		if (reader->lists[i].usual)
			return rq_fail(err, RQ_E_DATA, "%s:%zu: a vector, \"%s\", in a record that has others in a list; expected one or the other", reader->path,
			               reader->lists[i].line, name_of(reader, &reader->lists[i]).text);
	if (record.action)
		status = note_action(reader, &record, err);
	else if (reader->shape == SHAPE_TEXTS)
		status = add_texts(reader, &record, err);
	else if (!record.contained && (held == NULL || *held))
		status = add_record(reader, &record, err);
	reader->list_count = 0;
	reader->count = reader->rows * reader->d;
	return status;
}

/* A value of the file: a record, a row, or a list of them. */
static enum rq_status read_value(struct reader *reader, char first, struct rq_error *err)
{
	struct list row = {.line = reader->json.line, .column = rq_json_stream_column(&reader->json), .usual = true};
	char next;

	if (first == '{')
		return read_object(NULL, reader, err);
	if (first != '[')
		return rq_json_stream_fail(&reader->json, LIKE, err);
	reader->json.at++;
	RQ_TRY(rq_json_stream_peek(&next, &reader->json, err));
	return next == '{' || next == '[' ? read_rows(NULL, reader, err) : read_bare_row(reader, &row, err);
}

static enum rq_status read_values(struct reader *reader, struct rq_error *err)
{
	char next;

	RQ_TRY(rq_json_stream_peek(&next, &reader->json, err));
	for (size_t line = 0; next != '\0';) {
		if (reader->json.line == line)
			return rq_json_stream_fail(&reader->json, "the end of the line: one record a line", err);
		RQ_TRY(read_value(reader, next, err));
		line = reader->json.line;
		RQ_TRY(rq_json_stream_peek(&next, &reader->json, err));
	}
	RQ_TRY(check_action_done(reader, err));
	if (reader->failed.count > 0)
		return rq_json_failed_tell(&reader->failed, reader->rows, reader->path, err);
	return reader->rows > 0 ? RQ_OK : rq_fail(err, RQ_E_DATA, "%s: no vectors; expected " LIKE, reader->path);
}

enum rq_status rq_vectors_json_read(struct rq_vectors *vectors, struct rq_ids *ids, struct rq_unpack *unpack, const char *member,
                                    struct rq_error *err)
{
	RQ_CLEANUP(reader_release) struct reader reader = {.path = unpack->path, .member = member, .ids = ids};

	*vectors = (struct rq_vectors){0};
	*ids = (struct rq_ids){0};
	enum rq_status status = rq_json_stream_open(&reader.json, unpack, err);
	if (status == RQ_OK)
		status = read_values(&reader, err);
	if (status != RQ_OK) {
		rq_ids_release(ids);
		return status;
	}
	*vectors = (struct rq_vectors){.data = reader.values, .n = reader.rows, .d = reader.d};
	reader.values = NULL;
	return RQ_OK;
}
