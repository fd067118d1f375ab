#include "evalcore/base/options.h"

#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 64, SHOWN = 120 };

/* "baseline.index" + "kind" -> "baseline.index.kind"; at the root just "kind". */
static void join_path(char *text, size_t size, const char *path, const char *name)
{
	snprintf(text, size, "%s%s%s", path, path[0] == '\0' ? "" : ".", name);
}

static enum rq_status wrong(struct rq_error *err, const char *path, const char *name, const rq_json *value, const char *expected)
{
	char full[256], shown[SHOWN];

	join_path(full, sizeof full, path, name);
	rq_json_show(shown, sizeof shown, value);
	return rq_fail(err, RQ_E_CONFIG, "%s: %s is not allowed; expected %s", full, shown, expected);
}

enum rq_status rq_options_unknown(struct rq_error *err, const char *path, const char *key, const struct rq_option *table)
{
	const char *names[NAMES_MAX];
	size_t count = 0;
	char full[256], list[512] = "";

	for (const struct rq_option *option = table; option->name != NULL && count < NAMES_MAX; option++) {
		names[count++] = option->name;
		if (strlen(list) + strlen(option->name) + 3 < sizeof list)
			snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", count == 1 ? "" : ", ", option->name);
	}
	join_path(full, sizeof full, path, key);
	const char *nearest = rq_nearest_name(key, names, count);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s: unknown key; did you mean \"%s\"?", full, nearest);
	return rq_fail(err, RQ_E_CONFIG, "%s: unknown key; valid keys here: %s", full, count == 0 ? "none" : list);
}

enum rq_status rq_options_fail_within(struct rq_error *err, const char *path, const struct rq_option *table)
{
	size_t length = err == NULL ? 0 : strcspn(err->text, ".: ");
	char said[sizeof err->text];

	if (err == NULL)
		return RQ_E_INTERNAL;
	while (table->name != NULL && (strlen(table->name) != length || strncmp(table->name, err->text, length) != 0 || err->text[length] == ' '))
		table++;
	if (table->name == NULL)
		return rq_fail_within(err, "%s", path);
	memcpy(said, err->text, sizeof said);
	return rq_fail(err, err->status, "%s.%s", path, said);
}

static enum rq_status parse_number(double *number, const struct rq_option *option, const rq_json *value, const char *path, struct rq_error *err)
{
	char expected[128];
	bool bounded = option->minimum != 0 || option->maximum != 0, whole = option->type == RQ_OPTION_INTEGER;

	*number = rq_json_number(value);
	if (isfinite(*number) && (!whole || *number == floor(*number)) && (!bounded || (*number >= option->minimum && *number <= option->maximum)))
		return RQ_OK;
	if (!bounded)
		snprintf(expected, sizeof expected, "a %snumber", whole ? "whole " : "");
	else if (option->minimum == option->maximum)
		snprintf(expected, sizeof expected, "%.15g", option->minimum);
	else if (isinf(option->maximum))
		snprintf(expected, sizeof expected, "a %snumber of at least %.15g", whole ? "whole " : "", option->minimum);
	else
		snprintf(expected, sizeof expected, "a %snumber from %.15g to %.15g", whole ? "whole " : "", option->minimum, option->maximum);
	return wrong(err, path, option->name, value, expected);
}

static enum rq_status parse_choice(int *choice, const struct rq_option *option, const rq_json *value, const char *path, struct rq_error *err)
{
	char expected[256] = "one of ";
	const char *text = rq_json_string(value);

	for (int i = 0; option->choices[i] != NULL; i++) {
		if (text != NULL && strcmp(text, option->choices[i]) == 0) {
			*choice = i;
			return RQ_OK;
		}
		snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s\"%s\"", i == 0 ? "" : ", ", option->choices[i]);
	}
	return wrong(err, path, option->name, value, expected);
}

static enum rq_status parse_strings(struct rq_strings *strings, const struct rq_option *option, const rq_json *value, const char *path,
                                    struct rq_arena *arena, struct rq_error *err)
{
	size_t i = 0;

	if (rq_json_type(value) != RQ_JSON_ARRAY)
		return wrong(err, path, option->name, value, "an array of strings");
	strings->count = rq_json_size(value);
	strings->items = rq_arena_alloc(arena, strings->count, sizeof *strings->items);
	if (strings->items == NULL)
		return rq_fail_memory(err);
	for (const rq_json *item = rq_json_first(value); item != NULL; item = rq_json_next(item), i++) {
		if (rq_json_string(item) == NULL)
			return wrong(err, path, option->name, item, "an array of strings");
		strings->items[i] = rq_arena_strdup(arena, rq_json_string(item));
		if (strings->items[i] == NULL)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

static enum rq_status parse_string(const char **target, const struct rq_option *option, const rq_json *value, const char *path, const char *folder,
                                   struct rq_arena *arena, struct rq_error *err)
{
	const char *text = rq_json_string(value);

	if (text == NULL || text[0] == '\0')
		return wrong(err, path, option->name, value, option->type == RQ_OPTION_PATH ? "the path of a file or folder" : "a string that is not empty");
	*target = option->type == RQ_OPTION_PATH ? rq_path_join(arena, folder, text) : rq_arena_strdup(arena, text);
	return *target == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status parse_text(const char **target, const rq_json *value, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	RQ_TRY(rq_json_print(&text, value, false, err));
	*target = rq_arena_strdup(arena, text.data);
	return *target == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status parse_value(void *member, const struct rq_option *option, const rq_json *value, const char *path, const char *folder,
                                  struct rq_arena *arena, struct rq_error *err)
{
	double number;
	const char *text = rq_json_string(value);

	switch (option->type) {
	case RQ_OPTION_STRING:
	case RQ_OPTION_PATH:
		return parse_string(member, option, value, path, folder, arena, err);
	case RQ_OPTION_NUMBER:
		return parse_number(member, option, value, path, err);
	case RQ_OPTION_INTEGER:
		RQ_TRY(parse_number(&number, option, value, path, err));
		if (fabs(number) > 0x1p53)
			return wrong(err, path, option->name, value, "a whole number of at most 2^53");
		*(int64_t *)member = (int64_t)number;
		return RQ_OK;
	case RQ_OPTION_BOOL:
		if (rq_json_type(value) != RQ_JSON_BOOL)
			return wrong(err, path, option->name, value, "true or false");
		*(bool *)member = rq_json_true(value);
		return RQ_OK;
	case RQ_OPTION_CHOICE:
		return parse_choice(member, option, value, path, err);
	case RQ_OPTION_DURATION:
		if (text == NULL || !rq_parse_duration(member, text, strlen(text)))
			return wrong(err, path, option->name, value, "a duration with its unit, like \"30s\", \"10m\" or \"50ms\"");
		return RQ_OK;
	case RQ_OPTION_STRINGS:
		return parse_strings(member, option, value, path, arena, err);
	case RQ_OPTION_JSON:
		return parse_text(member, value, arena, err);
	case RQ_OPTION_RAW:
		*(const rq_json **)member = value;
		return RQ_OK;
	}
	return rq_fail(err, RQ_E_INTERNAL, "option \"%s\" has no type", option->name);
}

static enum rq_status apply_default(void *member, const struct rq_option *option, const char *folder, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *value = NULL;

	if (option->standard == NULL || option->type == RQ_OPTION_RAW) /* a RAW value is borrowed, and nobody would own its default: NULL tells */
		return RQ_OK;
	RQ_TRY(rq_json_parse(&value, option->standard, strlen(option->standard), option->name, err));
	return parse_value(member, option, value, "default", folder, arena, err);
}

enum rq_status rq_options_parse(void *target, const struct rq_option *table, const rq_json *object, const char *path, const char *folder,
                                struct rq_arena *arena, struct rq_error *err)
{
	if (rq_json_type(object) != RQ_JSON_OBJECT) {
		char shown[SHOWN];
		rq_json_show(shown, sizeof shown, object);
		return rq_fail(err, RQ_E_CONFIG, "%s: %s is not allowed; expected an object", path[0] == '\0' ? "the config" : path, shown);
	}
	for (const rq_json *member = rq_json_first(object); member != NULL; member = rq_json_next(member)) {
		const struct rq_option *option = table;
		while (option->name != NULL && strcmp(option->name, rq_json_key(member)) != 0)
			option++;
		if (option->name == NULL)
			return rq_options_unknown(err, path, rq_json_key(member), table);
	}
	for (const struct rq_option *option = table; option->name != NULL; option++) {
		void *member = (char *)target + option->offset;
		const rq_json *value = rq_json_get(object, option->name);
		char full[256];
		if (value == NULL && option->required) {
			join_path(full, sizeof full, path, option->name);
			return rq_fail(err, RQ_E_CONFIG, "%s: missing; expected %s", full, option->help);
		}
		if (value == NULL)
			RQ_TRY(apply_default(member, option, folder, arena, err));
		else
			RQ_TRY(parse_value(member, option, value, path, folder, arena, err));
	}
	return RQ_OK;
}

static void schema_bounds(rq_json *schema, const struct rq_option *option)
{
	if (option->minimum == 0 && option->maximum == 0)
		return;
	rq_json_set_number(schema, "minimum", option->minimum);
	if (isfinite(option->maximum))
		rq_json_set_number(schema, "maximum", option->maximum);
}

static rq_json *option_schema(const struct rq_option *option)
{
	static const char *const types[] = {
		[RQ_OPTION_STRING] = "string", [RQ_OPTION_PATH] = "string",   [RQ_OPTION_NUMBER] = "number",   [RQ_OPTION_INTEGER] = "integer",
		[RQ_OPTION_BOOL] = "boolean",  [RQ_OPTION_CHOICE] = "string", [RQ_OPTION_DURATION] = "string", [RQ_OPTION_STRINGS] = "array",
		[RQ_OPTION_JSON] = NULL,       [RQ_OPTION_RAW] = NULL,
	};
	rq_json *schema = NULL;

	if (option->schema != NULL)
		(void)!rq_json_parse(&schema, option->schema, strlen(option->schema), option->name, NULL);
	else
		schema = rq_json_new_object();
	if (types[option->type] != NULL)
		rq_json_set_string(schema, "type", types[option->type]);
	rq_json_set_string(schema, "description", option->help);
	if (option->type == RQ_OPTION_STRING || option->type == RQ_OPTION_PATH)
		rq_json_set_number(schema, "minLength", 1);
	if (option->type == RQ_OPTION_DURATION)
		rq_json_set_string(schema, "pattern", "^[0-9.]+(ns|us|ms|s|m|h|d|w)$");
	if (option->type == RQ_OPTION_STRINGS)
		rq_json_set_string(rq_json_set_object(schema, "items"), "type", "string");
	if (option->type == RQ_OPTION_CHOICE) {
		rq_json *choices = rq_json_set_array(schema, "enum");
		for (int i = 0; option->choices[i] != NULL; i++)
			rq_json_push_string(choices, option->choices[i]);
	}
	schema_bounds(schema, option);
	if (option->standard != NULL) {
		rq_json *standard = NULL;
		(void)!rq_json_parse(&standard, option->standard, strlen(option->standard), option->name, NULL); /* NULL marks the schema as incomplete */
		rq_json_set(schema, "default", standard);
	}
	return schema;
}

rq_json *rq_options_schema(const struct rq_option *table)
{
	rq_json *schema = rq_json_new_object(), *required = NULL;

	rq_json_set_string(schema, "type", "object");
	rq_json *properties = rq_json_set_object(schema, "properties");
	for (const struct rq_option *option = table; option->name != NULL; option++) {
		rq_json_set(properties, option->name, option_schema(option));
		if (!option->required)
			continue;
		if (required == NULL)
			required = rq_json_set_array(schema, "required");
		rq_json_push_string(required, option->name);
	}
	rq_json_set_bool(schema, "additionalProperties", false);
	return schema;
}
