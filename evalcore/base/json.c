#include "evalcore/base/json.h"

#include "evalcore/base/ids.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/secret.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64, COMPARED_PAIRWISE = 64 };

static enum rq_status fail_at(struct rq_error *err, const char *source, const char *text, size_t offset, const char *what)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < offset; i++) {
		column = text[i] == '\n' ? 1 : column + 1;
		line += text[i] == '\n';
	}
	if (memchr(text, '\n', offset) == NULL) /* one record of a file of JSON lines: source has its line already */
		return rq_fail(err, RQ_E_DATA, "%s: %s at column %zu", source, what, column);
	return rq_fail(err, RQ_E_DATA, "%s: %s at line %zu, column %zu", source, what, line, column);
}

/* What cJSON would accept or mangle in silence: raw control characters, "\u0000" (it ends a C string), deep nesting (its own limit is far beyond a small stack's). */
static enum rq_status check_text(const char *text, size_t length, const char *source, struct rq_error *err)
{
	bool in_string = false;
	int depth = 0;
	size_t invalid = rq_utf8_invalid_at(text, length);

	if (invalid < length)
		return fail_at(err, source, text, invalid, "invalid UTF-8");
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		if (c == '\0')
			return fail_at(err, source, text, i, "a NUL byte");
		if (in_string && (unsigned char)c < 0x20)
			return fail_at(err, source, text, i, "a raw control character in a string (write \\n, \\t or \\u00XX)");
		if (in_string && c == '\\') {
			if (length - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0)
				return fail_at(err, source, text, i, "\\u0000 in a string, which no id or text may hold,");
			i++;
		} else if (c == '"') {
			in_string = !in_string;
		} else if (!in_string && (c == '{' || c == '[') && ++depth > DEPTH_MAX) {
			return fail_at(err, source, text, i, "nesting deeper than 64 levels");
		} else if (!in_string && (c == '}' || c == ']')) {
			depth--;
		}
	}
	return RQ_OK;
}

static bool is_blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r' && text[i] != '\n')
			return false;
	return true;
}

static enum rq_status fail_duplicate(struct rq_error *err, const char *source, const char *key)
{
	return rq_fail(err, RQ_E_DATA, "%s: the key \"%s\" stands twice in one object; keep one", source, key);
}

/* Pairwise for the small objects that files are made of, through a table for large ones. */
static enum rq_status check_members(const cJSON *object, const char *source, struct rq_error *err)
{
	RQ_CLEANUP(rq_ids_release) struct rq_ids seen = {0};
	int members = cJSON_GetArraySize(object);
	bool added = true;

	for (const cJSON *a = object->child; a != NULL; a = a->next) {
		if (members > COMPARED_PAIRWISE && rq_ids_add(&seen, a->string, strlen(a->string), &added) == RQ_ID_NONE)
			return rq_fail_memory(err);
		if (!added)
			return fail_duplicate(err, source, a->string);
		for (const cJSON *b = members > COMPARED_PAIRWISE ? NULL : a->next; b != NULL; b = b->next)
			if (strcmp(a->string, b->string) == 0)
				return fail_duplicate(err, source, a->string);
	}
	return RQ_OK;
}

static enum rq_status check_keys(const cJSON *value, const char *source, struct rq_error *err)
{
	if (cJSON_IsObject(value))
		RQ_TRY(check_members(value, source, err));
	for (const cJSON *child = value->child; child != NULL; child = child->next)
		if (child->child != NULL)
			RQ_TRY(check_keys(child, source, err));
	return RQ_OK;
}

/* cJSON reads NULL from bad JSON and from want of memory alike; the hook tells which, to the thread that asked. */
static _Thread_local bool memory_ran_out;

static void *noting_malloc(size_t size)
{
	void *memory = malloc(size);

	memory_ran_out |= memory == NULL;
	return memory;
}

static void set_hooks(void)
{
	cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = noting_malloc, .free_fn = free});
}

static cJSON *parse(const char *text, size_t length, const char **end)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, set_hooks);
	memory_ran_out = false;
	return cJSON_ParseWithLengthOpts(text, length, end, false);
}

enum rq_status rq_json_parse(rq_json **root, const char *text, size_t length, const char *source, struct rq_error *err)
{
	const char *end = NULL;

	*root = NULL;
	RQ_TRY(check_text(text, length, source, err));
	if (is_blank(text, length))
		return rq_fail(err, RQ_E_DATA, "%s: empty; expected a JSON value", source);
	cJSON *value = parse(text, length, &end);
	if (value == NULL && memory_ran_out)
		return rq_fail_memory(err);
	if (value == NULL) {
		size_t offset = end == NULL || end < text || end > text + length ? 0 : (size_t)(end - text);
		return fail_at(err, source, text, offset, "not valid JSON");
	}
	for (size_t i = (size_t)(end - text); i < length; i++) {
		if (is_blank(text + i, 1))
			continue;
		cJSON_Delete(value);
		return fail_at(err, source, text, i, "text after the end of the JSON value");
	}
	enum rq_status status = check_keys(value, source, err);
	if (status == RQ_OK)
		*root = value;
	else
		cJSON_Delete(value);
	return status;
}

/* Of the quote that ends the string which begins here. */
static size_t end_of_string(const char *text, size_t length, size_t at)
{
	while (++at < length && text[at] != '"')
		at += text[at] == '\\';
	return at;
}

size_t rq_json_item_lines(size_t *lines, size_t most, const char *text, size_t length, const char *key)
{
	size_t count = 0, line = 1, depth = 0;
	bool named = false, within = false, begins = false; /* behind the key; in its array; an item begins with what comes next */

	for (size_t i = 0; i < length; i++) {
		if (begins && strchr(" \t\r\n]", text[i]) == NULL) {
			if (count < most)
				lines[count] = line;
			count++;
			begins = false;
		}
		if (text[i] == '"') {
			size_t end = end_of_string(text, length, i);
			if (depth == 1)
				named = end - i - 1 == strlen(key) && memcmp(text + i + 1, key, end - i - 1) == 0;
			i = end;
		} else if (text[i] == '[' || text[i] == '{') {
			depth++;
			within = within || (named && depth == 2 && text[i] == '[');
			begins = within && depth == 2;
		} else if (text[i] == ']' || text[i] == '}') {
			depth--;
			within = within && depth > 1;
		} else if (text[i] == ',') {
			begins = within && depth == 2;
			named = named && depth > 1;
		}
		line += text[i] == '\n';
	}
	return count;
}

void rq_json_free(rq_json *root)
{
	cJSON_Delete(root);
}

void rq_json_free_pointer(rq_json **root)
{
	cJSON_Delete(*root);
}

enum rq_json_type rq_json_type(const rq_json *value)
{
	switch (value->type & 0xFF) {
	case cJSON_True:
	case cJSON_False:
		return RQ_JSON_BOOL;
	case cJSON_Number:
		return RQ_JSON_NUMBER;
	case cJSON_String:
		return RQ_JSON_STRING;
	case cJSON_Array:
		return RQ_JSON_ARRAY;
	case cJSON_Object:
		return RQ_JSON_OBJECT;
	default:
		return RQ_JSON_NULL;
	}
}

const char *rq_json_type_name(enum rq_json_type type)
{
	static const char *const names[] = {"null", "true or false", "a number", "a string", "an array", "an object"};

	return names[type];
}

const char *rq_json_string(const rq_json *value)
{
	return cJSON_GetStringValue(value);
}

double rq_json_number(const rq_json *value)
{
	return cJSON_IsNumber(value) ? value->valuedouble : NAN;
}

bool rq_json_true(const rq_json *value)
{
	return cJSON_IsTrue(value);
}

size_t rq_json_size(const rq_json *value)
{
	return (size_t)cJSON_GetArraySize(value);
}

const rq_json *rq_json_get(const rq_json *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

const rq_json *rq_json_first(const rq_json *container)
{
	return container->child;
}

const rq_json *rq_json_next(const rq_json *member)
{
	return member->next;
}

const char *rq_json_key(const rq_json *member)
{
	return member->string;
}

rq_json *rq_json_new_object(void)
{
	return cJSON_CreateObject();
}

rq_json *rq_json_copy(const rq_json *value)
{
	return cJSON_Duplicate(value, true);
}

rq_json *rq_json_member(rq_json *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

void rq_json_remove(rq_json *object, const char *key)
{
	cJSON_DeleteItemFromObjectCaseSensitive(object, key);
}

/* A container that lost a member to a failed allocation is marked, and rq_json_print refuses the tree: nothing is ever left out in silence. */
enum { LOST_MEMBER = 1 << 20 };

/* Returns the value where it found its place, else NULL. */
static cJSON *attach(cJSON *object, const char *key, cJSON *value)
{
	if (object != NULL && value != NULL) {
		cJSON_DeleteItemFromObjectCaseSensitive(object, key);
		if (cJSON_AddItemToObject(object, key, value))
			return value;
	}
	cJSON_Delete(value);
	if (object != NULL)
		object->type |= LOST_MEMBER;
	return NULL;
}

static cJSON *append(cJSON *array, cJSON *value)
{
	if (array != NULL && value != NULL && cJSON_AddItemToArray(array, value))
		return value;
	cJSON_Delete(value);
	if (array != NULL)
		array->type |= LOST_MEMBER;
	return NULL;
}

void rq_json_set(rq_json *object, const char *key, rq_json *value)
{
	(void)attach(object, key, value);
}

static cJSON *number(double value)
{
	return isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull();
}

void rq_json_set_string(rq_json *object, const char *key, const char *value)
{
	rq_json_set(object, key, value == NULL ? cJSON_CreateNull() : cJSON_CreateString(value));
}

void rq_json_set_number(rq_json *object, const char *key, double value)
{
	rq_json_set(object, key, number(value));
}

void rq_json_set_bool(rq_json *object, const char *key, bool value)
{
	rq_json_set(object, key, cJSON_CreateBool(value));
}

rq_json *rq_json_set_object(rq_json *object, const char *key)
{
	return attach(object, key, cJSON_CreateObject());
}

rq_json *rq_json_set_array(rq_json *object, const char *key)
{
	return attach(object, key, cJSON_CreateArray());
}

void rq_json_push(rq_json *array, rq_json *value)
{
	(void)append(array, value);
}

void rq_json_push_string(rq_json *array, const char *value)
{
	rq_json_push(array, value == NULL ? cJSON_CreateNull() : cJSON_CreateString(value));
}

void rq_json_push_number(rq_json *array, double value)
{
	rq_json_push(array, number(value));
}

rq_json *rq_json_push_object(rq_json *array)
{
	return append(array, cJSON_CreateObject());
}

rq_json *rq_json_push_array(rq_json *array)
{
	return append(array, cJSON_CreateArray());
}

static bool is_complete(const cJSON *value)
{
	for (const cJSON *child = value->child; child != NULL; child = child->next)
		if (!is_complete(child))
			return false;
	return (value->type & LOST_MEMBER) == 0;
}

enum rq_status rq_json_check(const rq_json *value, struct rq_error *err)
{
	return value != NULL && is_complete(value) ? RQ_OK : rq_fail_memory(err);
}

void rq_json_quote(struct rq_buf *out, const char *text)
{
	rq_buf_add(out, "\"", 1);
	for (const char *p = text; *p != '\0'; p++) {
		size_t plain = strcspn(p, "\"\\\b\f\n\r\t\x01\x02\x03\x04\x05\x06\x07\x0b\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f");
		rq_buf_add(out, p, plain);
		p += plain;
		if (*p == '\0')
			break;
		const char *named = strchr("\"\"\\\\\bb\ff\nn\rr\tt", *p);
		if (named != NULL)
			rq_buf_printf(out, "\\%c", named[1]);
		else
			rq_buf_printf(out, "\\u%04x", (unsigned)(unsigned char)*p);
	}
	rq_buf_add(out, "\"", 1);
}

static bool is_flat(const cJSON *container)
{
	for (const cJSON *child = container->child; child != NULL; child = child->next)
		if (child->child != NULL || (child->type & LOST_MEMBER))
			return false;
	return cJSON_IsArray(container) || container->child == NULL;
}

static void new_line(struct rq_buf *out, int depth)
{
	rq_buf_printf(out, "\n%*s", 2 * depth, "");
}

static bool print_value(struct rq_buf *out, const cJSON *value, bool pretty, int depth)
{
	if (value->type & LOST_MEMBER)
		return false;
	switch (rq_json_type(value)) {
	case RQ_JSON_NULL:
		rq_buf_puts(out, "null");
		return true;
	case RQ_JSON_BOOL:
		rq_buf_puts(out, cJSON_IsTrue(value) ? "true" : "false");
		return true;
	case RQ_JSON_NUMBER:
		rq_buf_puts(out, rq_short_number(value->valuedouble).text);
		return true;
	case RQ_JSON_STRING:
		rq_json_quote(out, value->valuestring);
		return true;
	case RQ_JSON_ARRAY:
	case RQ_JSON_OBJECT:
		break;
	}
	bool object = cJSON_IsObject(value), lines = pretty && !is_flat(value);
	rq_buf_puts(out, object ? "{" : "[");
	for (const cJSON *child = value->child; child != NULL; child = child->next) {
		if (lines)
			new_line(out, depth + 1);
		if (object) {
			rq_json_quote(out, child->string);
			rq_buf_puts(out, pretty ? ": " : ":");
		}
		if (!print_value(out, child, pretty, depth + 1))
			return false;
		if (child->next != NULL)
			rq_buf_puts(out, pretty && !lines ? ", " : ",");
	}
	if (lines)
		new_line(out, depth);
	rq_buf_puts(out, object ? "}" : "]");
	return true;
}

enum rq_status rq_json_print(struct rq_buf *out, const rq_json *value, bool pretty, struct rq_error *err)
{
	if (value == NULL || !print_value(out, value, pretty, 0))
		return rq_fail_memory(err);
	return rq_buf_check(out, err);
}

void rq_json_show(char *text, size_t size, const rq_json *value)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf buf = {0};

	if (rq_json_print(&buf, value, false, NULL) != RQ_OK) {
		snprintf(text, size, "?");
		return;
	}
	rq_secret_hide(buf.data);
	buf.size = strlen(buf.data);
	if (buf.size < size)
		memcpy(text, buf.data, buf.size + 1);
	else
		snprintf(text, size, "%.*s...", (int)(size - 4), buf.data);
}
