#include "evalcore/embed/token/normaliser.h"

#include "evalcore/embed/token/normal_steps.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { STEPS_MAX = 1000, DEPTH_MAX = 8, ASCII = 128, GROWTH_MAX = 100 /* times; NFKC makes 18 characters of one */ };

struct reading {
	struct rq_normaliser *normaliser;
	const char *source;
	struct rq_error *err;
};

static enum rq_status refuse(const struct reading *reading, const char *type, const char *member, const rq_json *value, const char *expected)
{
	char shown[120];

	if (value == NULL)
		return rq_fail(reading->err, RQ_E_DATA, "%s: normalizer %s: %s is missing; expected %s", reading->source, type, member, expected);
	rq_json_show(shown, sizeof shown, value);
	return rq_fail(reading->err, RQ_E_DATA, "%s: normalizer %s: %s is %s; expected %s", reading->source, type, member, shown, expected);
}

static enum rq_status read_bool(bool *out, const struct reading *reading, const char *type, const rq_json *object, const char *key)
{
	const rq_json *value = rq_json_get(object, key);

	if (value == NULL || rq_json_type(value) != RQ_JSON_BOOL)
		return refuse(reading, type, key, value, "true or false");
	*out = rq_json_true(value);
	return RQ_OK;
}

static enum rq_status read_span(struct rq_normal_span *out, const struct reading *reading, const char *member, const rq_json *value)
{
	const char *text = value == NULL ? NULL : rq_json_string(value);

	if (text == NULL)
		return refuse(reading, "Replace", member, value, "a string");
	*out = (struct rq_normal_span){rq_arena_strdup(&reading->normaliser->arena, text), strlen(text)};
	return out->bytes == NULL ? rq_fail_memory(reading->err) : RQ_OK;
}

static enum rq_status read_bert(struct rq_normal_step *step, const struct reading *reading, const rq_json *value)
{
	const rq_json *accents = rq_json_get(value, "strip_accents");

	step->apply = rq_apply_bert;
	RQ_TRY(read_bool(&step->clean_text, reading, "BertNormalizer", value, "clean_text"));
	RQ_TRY(read_bool(&step->handle_chinese_chars, reading, "BertNormalizer", value, "handle_chinese_chars"));
	RQ_TRY(read_bool(&step->lowercase, reading, "BertNormalizer", value, "lowercase"));
	step->strip_accents = step->lowercase;
	if (accents == NULL || rq_json_type(accents) == RQ_JSON_NULL)
		return RQ_OK;
	return read_bool(&step->strip_accents, reading, "BertNormalizer", value, "strip_accents");
}

static enum rq_status read_strip(struct rq_normal_step *step, const struct reading *reading, const rq_json *value)
{
	step->apply = rq_apply_strip;
	RQ_TRY(read_bool(&step->left, reading, "Strip", value, "strip_left"));
	return read_bool(&step->right, reading, "Strip", value, "strip_right");
}

static enum rq_status read_precompiled(struct rq_normal_step *step, const struct reading *reading, const rq_json *value)
{
	const rq_json *member = rq_json_get(value, "precompiled_charsmap");
	const char *base64 = member == NULL ? NULL : rq_json_string(member);
	bool valid = false;

	step->apply = rq_apply_charsmap;
	if (base64 != NULL)
		RQ_TRY(rq_charsmap_read(&valid, &step->charsmap, base64, &reading->normaliser->arena, reading->err));
	return valid ? RQ_OK : refuse(reading, "Precompiled", "precompiled_charsmap", member, "the rules of a SentencePiece model, in base64");
}

/* ---- Replace ---- */

/* May this replacement of an ASCII character be carried out together with those of `table`, which come before it? Only if what they put in
 * is nothing for it. */
static bool joins(const struct rq_normal_step *table, const struct rq_normal_step *step)
{
	if (table->instead == NULL || table->instead[(size_t)step->pattern.bytes[0]].bytes != NULL)
		return false;
	for (size_t i = 0; i < ASCII; i++)
		if (table->instead[i].bytes != NULL && memchr(table->instead[i].bytes, step->pattern.bytes[0], table->instead[i].size) != NULL)
			return false;
	return true;
}

/* Makes the step one of a table of ASCII characters, or adds it to the one before. */
static enum rq_status put_into_table(bool *joined, struct rq_normal_step *step, const struct reading *reading)
{
	struct rq_normaliser *normaliser = reading->normaliser;
	struct rq_normal_step *table = normaliser->count == 0 ? NULL : &normaliser->steps[normaliser->count - 1];

	*joined = table != NULL && joins(table, step);
	if (!*joined) {
		table = step;
		table->apply = rq_apply_replace_characters;
		table->longest = 1;
		table->instead = rq_arena_alloc(&normaliser->arena, ASCII, sizeof *table->instead);
		if (table->instead == NULL)
			return rq_fail_memory(reading->err);
	}
	table->instead[(size_t)step->pattern.bytes[0]] = step->content;
	table->longest = step->content.size > table->longest ? step->content.size : table->longest;
	return RQ_OK;
}

static enum rq_status read_replace(bool *joined, struct rq_normal_step *step, const struct reading *reading, const rq_json *value)
{
	const rq_json *pattern = rq_json_get(value, "pattern");
	const rq_json *regex = pattern == NULL ? NULL : rq_json_get(pattern, "Regex"), *string = pattern == NULL ? NULL : rq_json_get(pattern, "String");
	const char *expression = regex == NULL ? NULL : rq_json_string(regex);

	RQ_TRY(read_span(&step->content, reading, "content", rq_json_get(value, "content")));
	if (expression != NULL && (strcmp(expression, "\\s+") == 0 || strcmp(expression, " {2,}") == 0)) {
		step->apply = expression[0] == ' ' ? rq_apply_replace_blanks : rq_apply_replace_space;
		return RQ_OK;
	}
	if (regex != NULL)
		return refuse(reading, "Replace", "pattern.Regex", regex, "\"\\s+\" or \" {2,}\", the only ones that are read");
	RQ_TRY(read_span(&step->pattern, reading, "pattern.String", string));
	if (step->pattern.size == 0)
		return refuse(reading, "Replace", "pattern.String", string, "at least one character");
	step->apply = rq_apply_replace;
	if (step->pattern.size == 1)
		return put_into_table(joined, step, reading);
	return RQ_OK;
}

/* ---- all of them ---- */

static const struct {
	const char *type;
	enum rq_status (*apply)(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err);
	unsigned form;
} plain[] = {
	{"Lowercase", rq_apply_lowercase, 0},
	{"StripAccents", rq_apply_strip_accents, 0},
	{"NFC", rq_apply_form, UTF8PROC_STABLE | UTF8PROC_COMPOSE},
	{"NFD", rq_apply_form, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE},
	{"NFKC", rq_apply_form, UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE},
	{"NFKD", rq_apply_form, UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE},
};

static enum rq_status read_step(bool *joined, struct rq_normal_step *step, const struct reading *reading, const char *type, const rq_json *value)
{
	if (strcmp(type, "BertNormalizer") == 0)
		return read_bert(step, reading, value);
	if (strcmp(type, "Precompiled") == 0)
		return read_precompiled(step, reading, value);
	if (strcmp(type, "Strip") == 0)
		return read_strip(step, reading, value);
	if (strcmp(type, "Replace") == 0)
		return read_replace(joined, step, reading, value);
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (strcmp(type, plain[i].type) == 0) {
			step->apply = plain[i].apply;
			step->form = plain[i].form;
			return RQ_OK;
		}
	return rq_fail(reading->err, RQ_E_DATA,
	               "%s: normalizer \"%.60s\" is not supported; supported are BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Precompiled, Replace, "
	               "Sequence, Strip and StripAccents",
	               reading->source, type);
}

static enum rq_status read_any(const struct reading *reading, const rq_json *value, size_t depth)
{
	struct rq_normaliser *normaliser = reading->normaliser;
	const rq_json *named = rq_json_type(value) == RQ_JSON_OBJECT ? rq_json_get(value, "type") : NULL;
	const char *type = named == NULL ? NULL : rq_json_string(named);
	struct rq_normal_step step = {0};
	bool joined = false;

	if (type == NULL)
		return rq_fail(reading->err, RQ_E_DATA, "%s: normalizer: a step without a \"type\"; expected an object that names it", reading->source);
	if (strcmp(type, "Sequence") == 0) {
		const rq_json *members = rq_json_get(value, "normalizers");
		if (members == NULL || rq_json_type(members) != RQ_JSON_ARRAY || depth == DEPTH_MAX)
			return refuse(reading, type, "normalizers", members, "an array, eight within each other at most");
		for (const rq_json *member = rq_json_first(members); member != NULL; member = rq_json_next(member))
			RQ_TRY(read_any(reading, member, depth + 1));
		return RQ_OK;
	}
	RQ_TRY(read_step(&joined, &step, reading, type, value));
	if (joined)
		return RQ_OK;
	if (normaliser->count == STEPS_MAX)
		return rq_fail(reading->err, RQ_E_DATA, "%s: normalizer: more than %d steps; expected a few", reading->source, STEPS_MAX);
	if (!RQ_RESERVE(normaliser->steps, normaliser->capacity, normaliser->count + 1))
		return rq_fail_memory(reading->err);
	normaliser->steps[normaliser->count++] = step;
	return RQ_OK;
}

enum rq_status rq_normaliser_read(struct rq_normaliser *normaliser, const rq_json *value, const char *source, struct rq_error *err)
{
	const struct reading reading = {normaliser, source, err};

	*normaliser = (struct rq_normaliser){0};
	return value == NULL || rq_json_type(value) == RQ_JSON_NULL ? RQ_OK : read_any(&reading, value, 0);
}

void rq_normaliser_release(struct rq_normaliser *normaliser)
{
	free(normaliser->steps);
	rq_arena_release(&normaliser->arena);
	*normaliser = (struct rq_normaliser){0};
}

enum rq_status rq_normalise(struct rq_normal_text *text, const struct rq_normaliser *normaliser, const char *bytes, size_t size, struct rq_error *err)
{
	if (!RQ_RESERVE(text->data, text->capacity, size + 1))
		return rq_fail_memory(err);
	memcpy(text->data, bytes, size);
	text->size = size;
	for (size_t i = 0; i < normaliser->count && text->size > 0; i++) {
		RQ_TRY(normaliser->steps[i].apply(text, &normaliser->steps[i], err));
		if (text->size / GROWTH_MAX > size)
			return rq_fail(err, RQ_E_DATA, "the normalizer makes more than %zu bytes of a text of %zu; expected one that replaces a little",
			               text->size, size);
	}
	return RQ_OK;
}

void rq_normal_text_release(struct rq_normal_text *text)
{
	free(text->data);
	free(text->spare);
	free(text->points);
	*text = (struct rq_normal_text){0};
}
