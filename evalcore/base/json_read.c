/* Values of JSON by key, each checked, the first failure kept. */
#include "evalcore/base/json_read.h"

#include "evalcore/base/hash.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

enum { SHOWN = 120 };

static const double WHOLE_MAXIMUM = 9007199254740992.0; /* 2^53 */

void rq_json_read_no_memory(struct rq_json_reader *reader)
{
	if (reader->status == RQ_OK)
		reader->status = rq_fail_memory(reader->err);
}

void rq_json_read_fail(struct rq_json_reader *reader, const char *path, const char *key, const rq_json *value, const char *expected)
{
	const char *dot = path[0] == '\0' || key[0] == '\0' ? "" : ".";
	char shown[SHOWN];

	if (reader->status != RQ_OK)
		return;
	if (value == NULL) {
		reader->status = rq_fail(reader->err, RQ_E_DATA, "%s: %s%s%s: missing; expected %s", reader->source, path, dot, key, expected);
		return;
	}
	rq_json_show(shown, sizeof shown, value);
	reader->status = rq_fail(reader->err, RQ_E_DATA, "%s: %s%s%s: %s is not allowed; expected %s", reader->source, path, dot, key, shown, expected);
}

enum rq_status rq_json_read_root(rq_json **root, struct rq_json_reader *reader, const struct rq_buf *text, int newest)
{
	char expected[64];

	reader->status = rq_json_parse(root, text->data, text->size, reader->source, reader->err);
	if (reader->status != RQ_OK)
		return reader->status;
	if (rq_json_type(*root) != RQ_JSON_OBJECT)
		return reader->status = rq_fail(reader->err, RQ_E_DATA, "%s: %s; expected an object", reader->source, rq_json_type_name(rq_json_type(*root)));
	double version = rq_json_read_number(reader, *root, "", "schema_version");
	snprintf(expected, sizeof expected, newest == 1 ? "1" : "a number from 1 to %d, which is what this version reads", newest);
	if (reader->status == RQ_OK && !(version >= 1 && version <= newest && version == floor(version)))
		rq_json_read_fail(reader, "", "schema_version", rq_json_get(*root, "schema_version"), expected);
	return reader->status;
}

/* NULL: absent, the wrong type, or a failure before. */
static const rq_json *find(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key, enum rq_json_type type,
                           const char *expected)
{
	const rq_json *value = reader->status != RQ_OK || object == NULL ? NULL : rq_json_get(object, key);

	if (value != NULL && rq_json_type(value) == type)
		return value;
	rq_json_read_fail(reader, path, key, value, expected);
	return NULL;
}

/* The same, where the key may be absent or null. */
static const rq_json *find_optional(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key, enum rq_json_type type,
                                    const char *expected)
{
	const rq_json *value = reader->status != RQ_OK || object == NULL ? NULL : rq_json_get(object, key);

	if (value == NULL || rq_json_type(value) == RQ_JSON_NULL)
		return NULL;
	return find(reader, object, path, key, type, expected);
}

static const char *copy(struct rq_json_reader *reader, const rq_json *value)
{
	const char *text = value == NULL ? NULL : rq_arena_strdup(reader->arena, rq_json_string(value));

	if (value != NULL && text == NULL)
		rq_json_read_no_memory(reader);
	return text;
}

const char *rq_json_read_string(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key)
{
	return copy(reader, find(reader, object, path, key, RQ_JSON_STRING, "a string"));
}

const char *rq_json_read_optional_string(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key)
{
	return copy(reader, find_optional(reader, object, path, key, RQ_JSON_STRING, "a string, or null"));
}

double rq_json_read_number(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key)
{
	const rq_json *value = find(reader, object, path, key, RQ_JSON_NUMBER, "a number");

	return value == NULL ? NAN : rq_json_number(value);
}

double rq_json_read_optional_number(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key)
{
	const rq_json *value = find_optional(reader, object, path, key, RQ_JSON_NUMBER, "a number, or null");

	return value == NULL ? NAN : rq_json_number(value);
}

static bool is_count(double number)
{
	return number >= 0 && number <= WHOLE_MAXIMUM && number == floor(number);
}

size_t rq_json_read_count(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key)
{
	double number = rq_json_read_number(reader, object, path, key);

	if (reader->status == RQ_OK && !is_count(number))
		rq_json_read_fail(reader, path, key, rq_json_get(object, key), "a whole number from 0");
	return reader->status == RQ_OK ? (size_t)number : 0;
}

size_t rq_json_read_optional_count(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key)
{
	double number = rq_json_read_optional_number(reader, object, path, key);

	return reader->status != RQ_OK || isnan(number) ? 0 : rq_json_read_count(reader, object, path, key);
}

int rq_json_read_small(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key)
{
	size_t number = rq_json_read_count(reader, object, path, key);

	if (number > INT_MAX)
		rq_json_read_fail(reader, path, key, rq_json_get(object, key), "a whole number from 0 to 2147483647");
	return reader->status == RQ_OK ? (int)number : 0;
}

bool rq_json_read_bool(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key)
{
	const rq_json *value = find(reader, object, path, key, RQ_JSON_BOOL, "true or false");

	return value != NULL && rq_json_true(value);
}

const rq_json *rq_json_read_object(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key)
{
	return find(reader, object, path, key, RQ_JSON_OBJECT, "an object");
}

const rq_json *rq_json_read_array(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key)
{
	return find(reader, object, path, key, RQ_JSON_ARRAY, "an array");
}

void rq_json_read_pair(double pair[2], struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key)
{
	const rq_json *array = find(reader, object, path, key, RQ_JSON_ARRAY, "an array of two numbers"),
				  *item = array == NULL ? NULL : rq_json_first(array);
	bool right = array != NULL && rq_json_size(array) == 2;

	pair[0] = pair[1] = NAN;
	for (size_t i = 0; right && i < 2; i++, item = rq_json_next(item)) {
		right = rq_json_type(item) == RQ_JSON_NUMBER || rq_json_type(item) == RQ_JSON_NULL;
		pair[i] = rq_json_number(item);
	}
	if (array != NULL && !right)
		rq_json_read_fail(reader, path, key, array, "an array of two numbers, each of which may be null");
}

void rq_json_read_counts(size_t pair[2], struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key)
{
	double numbers[2];

	rq_json_read_pair(numbers, reader, object, path, key);
	for (size_t i = 0; i < 2; i++) {
		if (reader->status == RQ_OK && !is_count(numbers[i]))
			rq_json_read_fail(reader, path, key, rq_json_get(object, key), "an array of two whole numbers from 0");
		pair[i] = reader->status == RQ_OK ? (size_t)numbers[i] : 0;
	}
}

void *rq_json_read_alloc(struct rq_json_reader *reader, size_t count, size_t size)
{
	void *memory = rq_arena_alloc(reader->arena, count, size);

	if (memory == NULL)
		rq_json_read_no_memory(reader);
	return memory;
}

const char *rq_json_read_key(struct rq_json_reader *reader, const rq_json *member)
{
	const char *key = rq_arena_strdup(reader->arena, rq_json_key(member));

	if (key == NULL)
		rq_json_read_no_memory(reader);
	return key;
}

const char *rq_json_read_sha256(struct rq_json_reader *reader, const rq_json *object, const char *place, const char *key)
{
	const char *text = rq_json_read_string(reader, object, place, key);

	if (text != NULL && !rq_is_sha256(text))
		rq_json_read_fail(reader, place, key, rq_json_get(object, key), "64 hexadecimal digits");
	return text;
}
