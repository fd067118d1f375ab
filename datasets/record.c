/* Members of one line of a JSON-lines file, with their types checked. */
#include "datasets/record.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum rq_status rq_record_parse(struct rq_record *record, const char *path, const struct rq_line *line, const char *like, struct rq_error *err)
{
	char source[PATH_MAX + 32];

	*record = (struct rq_record){.path = path, .line = line->number};
	snprintf(source, sizeof source, "%s:%zu", path, line->number);
	RQ_TRY(rq_line_check(path, line->number, line->span.length, err));
	RQ_TRY(rq_json_parse(&record->root, line->span.at, line->span.length, source, err));
	enum rq_json_type type = rq_json_type(record->root);
	if (type == RQ_JSON_OBJECT)
		return RQ_OK;
	rq_record_release(record);
	return rq_fail(err, RQ_E_DATA, "%s: %s; expected one JSON object a line, like %s", source, rq_json_type_name(type), like);
}

void rq_record_release(struct rq_record *record)
{
	rq_json_free(record->root);
	record->root = NULL;
}

static const rq_json *present(const rq_json *value)
{
	return value == NULL || rq_json_type(value) == RQ_JSON_NULL ? NULL : value;
}

const rq_json *rq_record_get(const struct rq_record *record, const char *key)
{
	return present(rq_json_get(record->root, key));
}

const rq_json *rq_record_get_anywhere(const struct rq_record *record, const char *key)
{
	const rq_json *value = rq_record_get(record, key), *metadata = rq_record_get(record, "metadata");

	if (value != NULL || metadata == NULL || rq_json_type(metadata) != RQ_JSON_OBJECT)
		return value;
	return present(rq_json_get(metadata, key));
}

enum rq_status rq_record_fail(const struct rq_record *record, const char *key, const rq_json *value, const char *expected, struct rq_error *err)
{
	char shown[128];

	if (value == NULL)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: no \"%s\"; expected %s", record->path, record->line, key, expected);
	rq_json_show(shown, sizeof shown, value);
	return rq_fail(err, RQ_E_DATA, "%s:%zu: \"%s\" is %s; expected %s", record->path, record->line, key, shown, expected);
}

/* A string as it is, an integer as digits; false for anything else, also beyond 2^53, where a JSON number no longer tells integers apart. */
static bool spell(struct rq_record_id *id, const rq_json *value)
{
	const char *string = value == NULL ? NULL : rq_json_string(value);
	double number = value == NULL ? NAN : rq_json_number(value);

	if (string != NULL) {
		id->span = (struct rq_span){string, strlen(string)};
		return true;
	}
	if (!(fabs(number) <= 9007199254740991.0) || number != floor(number))
		return false;
	int length = snprintf(id->digits, sizeof id->digits, "%lld", (long long)number);
	id->span = (struct rq_span){id->digits, (size_t)length};
	return true;
}

enum rq_status rq_record_read_id(struct rq_record_id *id, const struct rq_record *record, const char *key, const rq_json *value, struct rq_error *err)
{
	if (!spell(id, value))
		return rq_record_fail(record, key, value, "a string or an integer below 2^53", err);
	const char *fault = rq_id_fault(id->span);
	if (fault == NULL)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s:%zu: \"%s\" \"%s\" %s; expected an id without white space or control characters, as TREC files need it",
	               record->path, record->line, key, rq_excerpt(id->span).text, fault);
}

enum rq_status rq_record_read_name(const char **name, struct rq_arena *arena, const struct rq_record *record, const char *key, struct rq_error *err)
{
	const rq_json *value = rq_record_get_anywhere(record, key);
	struct rq_record_id id;

	*name = NULL;
	if (value == NULL)
		return RQ_OK;
	if (!spell(&id, value) || id.span.length == 0)
		return rq_record_fail(record, key, value, "a string that is not empty, or an integer; leave it out where there is none", err);
	*name = rq_arena_strndup(arena, id.span.at, id.span.length);
	return *name == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_record_read_string(const char **string, const struct rq_record *record, const char *key, struct rq_error *err)
{
	const rq_json *value = rq_record_get(record, key);

	*string = value == NULL ? NULL : rq_json_string(value);
	if (value != NULL && *string == NULL)
		return rq_record_fail(record, key, value, "a string", err);
	return RQ_OK;
}
