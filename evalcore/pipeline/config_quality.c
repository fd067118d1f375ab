/* The config's "quality": one table of limits, for all texts and again for those of a field. */
#include "evalcore/pipeline/config_quality.h"

#include "evalcore/base/parse.h"
#include "evalcore/pipeline/scripts.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { PLACE = 256 };

#define SCRIPTS "Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Thai, Hangul, Kana, Han and other" /* rq_script_names */

#define LIMITS \
	{"empty", RQ_OPTION_NUMBER, offsetof(struct section, limits.empty), "0.05", false, 0, 1, NULL, NULL, \
	 "the share of texts that may be absent, null or blank"}, \
	{"min_length", RQ_OPTION_INTEGER, offsetof(struct section, limits.min_length), "2", false, 0, 1e9, NULL, NULL, \
	 "characters below which a text is too short"}, \
	{"too_short", RQ_OPTION_NUMBER, offsetof(struct section, limits.too_short), "0.05", false, 0, 1, NULL, NULL, \
	 "the share of texts that may be too short"}, \
	{"max_length", RQ_OPTION_INTEGER, offsetof(struct section, limits.max_length), "100000", false, 1, 1e9, NULL, NULL, \
	 "characters above which a text is too long"}, \
	{"too_long", RQ_OPTION_NUMBER, offsetof(struct section, limits.too_long), "0.01", false, 0, 1, NULL, NULL, \
	 "the share of texts that may be too long"}, \
	{"scripts", RQ_OPTION_STRINGS, offsetof(struct section, limits.scripts), "[]", false, 0, 0, NULL, NULL, \
	 "scripts that texts are written in, of " SCRIPTS "; none: any"}, \
	{"other_scripts", RQ_OPTION_NUMBER, offsetof(struct section, limits.other_scripts), "0.05", false, 0, 1, NULL, NULL, \
	 "the share of texts that may be written in another script, by most of their letters"}, \
	{"length_shift", RQ_OPTION_NUMBER, offsetof(struct section, limits.length_shift), "0.2", false, 0, 1, NULL, NULL, \
	 "of \"rqgate drift\": how far the distribution of lengths may be from that of the reference (Kolmogorov-Smirnov), of documents, of each of their " \
	 "fields and of topics"}, \
	{"script_shift", RQ_OPTION_NUMBER, offsetof(struct section, limits.script_shift), "0.1", false, 0, 1, NULL, NULL, \
	 "of \"rqgate drift\": the share of documents, of one of their fields or of topics that may be written in other scripts than those of the reference"}

struct section {
	struct rq_quality_limits limits;
	const rq_json *fields, *topics;
};

static const struct rq_option limit_options[] = {LIMITS, RQ_OPTIONS_END};

static const struct rq_option section_options[] = {
	LIMITS,
	{"fields", RQ_OPTION_RAW, offsetof(struct section, fields), NULL, false, 0, 0, NULL, NULL,
	 "limits of single fields, by their names: those that differ"},
	{"topics", RQ_OPTION_RAW, offsetof(struct section, topics), NULL, false, 0, 0, NULL, NULL, "limits of the topics: those that differ"},
	RQ_OPTIONS_END,
};

rq_json *rq_quality_config_schema(void)
{
	rq_json *schema = rq_options_schema(section_options), *properties = rq_json_member(schema, "properties"), *fields = rq_json_new_object();
	rq_json *topics = rq_options_schema(limit_options);

	rq_json_set_string(fields, "type", "object");
	rq_json_set(fields, "additionalProperties", rq_options_schema(limit_options));
	rq_json_set(fields, "description", rq_json_copy(rq_json_get(rq_json_get(properties, "fields"), "description")));
	rq_json_set(topics, "description", rq_json_copy(rq_json_get(rq_json_get(properties, "topics"), "description")));
	rq_json_set(properties, "fields", fields);
	rq_json_set(properties, "topics", topics);
	return schema;
}

static enum rq_status check_limits(const struct rq_quality_limits *limits, const char *path, struct rq_error *err)
{
	size_t count = 0;

	while (rq_script_names[count] != NULL)
		count++;
	for (size_t i = 0; i < limits->scripts.count; i++) {
		size_t script = 0;
		while (script < count && strcmp(rq_script_names[script], limits->scripts.items[i]) != 0)
			script++;
		if (script == count)
			return rq_fail(err, RQ_E_CONFIG, "%s.scripts[%zu]: \"%s\" is not allowed; expected some of " SCRIPTS, path, i,
			               limits->scripts.items[i]);
	}
	if (limits->min_length > limits->max_length)
		return rq_fail(err, RQ_E_CONFIG, "%s: \"min_length\" %lld is above \"max_length\" %lld", path, (long long)limits->min_length,
		               (long long)limits->max_length);
	return RQ_OK;
}

/* The section's limits with what `own` says instead; NULL: nothing. */
static enum rq_status parse_limits(struct rq_quality_limits *limits, const rq_json *section, const rq_json *own, const char *path,
                                   struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *merged = rq_json_copy(section);
	struct section parsed = {0}, alone = {0};

	if (own != NULL && rq_json_type(own) != RQ_JSON_OBJECT)
		return rq_fail(err, RQ_E_CONFIG, "%s: %s is not allowed; expected an object", path, rq_json_type_name(rq_json_type(own)));
	rq_json_remove(merged, "fields");
	rq_json_remove(merged, "topics");
	if (own != NULL)
		RQ_TRY(rq_options_parse(&alone, limit_options, own, path, "", arena, err)); /* its own mistakes by its own path */
	for (const rq_json *member = own == NULL ? NULL : rq_json_first(own); member != NULL; member = rq_json_next(member))
		rq_json_set(merged, rq_json_key(member), rq_json_copy(member));
	RQ_TRY(rq_json_check(merged, err));
	RQ_TRY(rq_options_parse(&parsed, limit_options, merged, path, "", arena, err));
	*limits = parsed.limits;
	return check_limits(limits, path, err);
}

static enum rq_status check_names(const rq_json *own, const struct rq_strings *fields, struct rq_error *err)
{
	if (own != NULL && rq_json_type(own) != RQ_JSON_OBJECT)
		return rq_fail(err, RQ_E_CONFIG, "quality.fields: %s is not allowed; expected an object", rq_json_type_name(rq_json_type(own)));
	for (const rq_json *member = own == NULL ? NULL : rq_json_first(own); member != NULL; member = rq_json_next(member)) {
		size_t i = 0;
		while (i < fields->count && strcmp(fields->items[i], rq_json_key(member)) != 0)
			i++;
		if (i == fields->count)
			return rq_fail(err, RQ_E_CONFIG, "quality.fields.%s: is none of \"dataset.fields\"; name it there too, or leave it out",
			               rq_json_key(member));
	}
	return RQ_OK;
}

enum rq_status rq_quality_config_parse(struct rq_quality_config *quality, const rq_json *object, const struct rq_strings *fields,
                                       struct rq_arena *arena, struct rq_error *err)
{
	struct section section = {0};
	char path[PLACE];

	*quality = (struct rq_quality_config){0};
	if (object == NULL)
		return RQ_OK;
	RQ_TRY(rq_options_parse(&section, section_options, object, "quality", "", arena, err));
	RQ_TRY(check_limits(&section.limits, "quality", err));
	quality->documents = section.limits;
	RQ_TRY(check_names(section.fields, fields, err));
	quality->fields = rq_arena_alloc(arena, fields->count, sizeof *quality->fields);
	if (quality->fields == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < fields->count; i++) {
		snprintf(path, sizeof path, "quality.fields.%s", fields->items[i]);
		const rq_json *own = section.fields == NULL ? NULL : rq_json_get(section.fields, fields->items[i]);
		RQ_TRY(parse_limits(&quality->fields[i], object, own, path, arena, err));
	}
	return parse_limits(&quality->topics, object, section.topics, "quality.topics", arena, err);
}
