#include "ci/cli/flags.h"

#include "evalcore/base/parse.h"

#include <string.h>

enum { NAMES_MAX = 32 };
static const int64_t NUMBER_MAX = 9007199254740991;
static const int64_t DIGITS_MAX = 17;

static enum rq_status unknown_flag(struct rq_error *err, const char *text, size_t length, const struct rq_flag *table, struct rq_arena *arena)
{
	const char *names[NAMES_MAX], *name = rq_arena_strndup(arena, text, length);
	size_t count = 0;

	if (name == NULL)
		return rq_fail_memory(err);

	for (const struct rq_flag *flag = table; flag->name != NULL && count < NAMES_MAX; flag++)
		names[count++] = flag->name;
	const char *nearest = rq_nearest_name(name, names, count);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_USAGE, "unknown option \"%s\"; did you mean \"%s\"?", name, nearest);
	return rq_fail(err, RQ_E_USAGE, "unknown option \"%s\"; --help lists the options", name);
}

static bool push(struct rq_strings *strings, const char *text, struct rq_arena *arena)
{
	const char **grown = rq_arena_alloc(arena, strings->count + 1, sizeof *grown);

	if (grown == NULL)
		return false;
	if (strings->count > 0)
		memcpy(grown, strings->items, strings->count * sizeof *grown);
	grown[strings->count++] = text;
	strings->items = grown;
	return true;
}

static enum rq_status store_number(struct rq_flag_number *number, const struct rq_flag *flag, const char *value, struct rq_error *err)
{
	int64_t least = flag->type == RQ_FLAG_POSITIVE;
	int64_t most = flag->type == RQ_FLAG_GRADE ? INT32_MAX : flag->type == RQ_FLAG_DIGITS ? DIGITS_MAX : NUMBER_MAX;

	number->given = true;
	if (!rq_parse_i64(&number->value, value, strlen(value)) || number->value < least || number->value > most)
		return rq_fail(err, RQ_E_USAGE, "%s: \"%s\" is not allowed; expected a whole number from %lld to %lld", flag->name, value,
		               (long long)least, (long long)most);
	return RQ_OK;
}

static enum rq_status store(void *target, const struct rq_flag *flag, const char *value, struct rq_arena *arena, struct rq_error *err)
{
	void *member = (char *)target + flag->offset;

	switch (flag->type) {
	case RQ_FLAG_BOOL:
		*(bool *)member = true;
		break;
	case RQ_FLAG_STRING:
		if (value[0] == '\0')
			return rq_fail(err, RQ_E_USAGE, "%s: empty; expected %s", flag->name, flag->value);
		*(const char **)member = value;
		break;
	case RQ_FLAG_COUNT:
		if (!rq_parse_i64(member, value, strlen(value)) || *(int64_t *)member < 1 || *(int64_t *)member > 4096)
			return rq_fail(err, RQ_E_USAGE, "%s: \"%s\" is not allowed; expected a whole number from 1 to 4096", flag->name, value);
		break;
	case RQ_FLAG_SIZE:
		if (!rq_parse_size(member, value, strlen(value)) || *(uint64_t *)member == 0)
			return rq_fail(err, RQ_E_USAGE, "%s: \"%s\" is not allowed; expected a size such as 10GB, 500MB or 512MiB", flag->name, value);
		break;
	case RQ_FLAG_DURATION:
		if (!rq_parse_duration(member, value, strlen(value)) || *(double *)member <= 0)
			return rq_fail(err, RQ_E_USAGE, "%s: \"%s\" is not allowed; expected a duration such as 30d, 12h or 90m", flag->name, value);
		break;
	case RQ_FLAG_NUMBER:
	case RQ_FLAG_POSITIVE:
	case RQ_FLAG_GRADE:
	case RQ_FLAG_DIGITS:
		return store_number(member, flag, value, err);
	case RQ_FLAG_LIST:
		if (!push(member, value, arena))
			return rq_fail_memory(err);
		break;
	}
	return RQ_OK;
}

static const struct rq_flag *find(const struct rq_flag *table, const char *text, size_t length)
{
	while (table->name != NULL && (strlen(table->name) != length || memcmp(table->name, text, length) != 0))
		table++;
	return table->name == NULL ? NULL : table;
}

/* "-l2": a flag of one letter that takes a value, and the value behind it. */
static const struct rq_flag *find_attached(const struct rq_flag *table, const char *text)
{
	const struct rq_flag *flag = text[1] == '-' || text[2] == '\0' ? NULL : find(table, text, 2);

	return flag == NULL || flag->type == RQ_FLAG_BOOL ? NULL : flag;
}

enum rq_status rq_flags_parse(void *target, struct rq_strings *positional, const struct rq_flag *table, int argc, char **argv, struct rq_arena *arena, struct rq_error *err)
{
	bool ended = false;

	for (int i = 0; i < argc; i++) {
		const char *text = argv[i], *equals = strchr(text, '=');
		if (ended || text[0] != '-' || text[1] == '\0') {
			if (!push(positional, text, arena))
				return rq_fail_memory(err);
			continue;
		}
		if (strcmp(text, "--") == 0) {
			ended = true;
			continue;
		}
		size_t length = equals == NULL ? strlen(text) : (size_t)(equals - text);
		const struct rq_flag *flag = find(table, text, length), *attached = flag == NULL ? find_attached(table, text) : NULL;
		if (attached != NULL) {
			RQ_TRY(store(target, attached, text + 2, arena, err));
			continue;
		}
		if (flag == NULL)
			return unknown_flag(err, text, length, table, arena);
		if (flag->type == RQ_FLAG_BOOL && equals != NULL)
			return rq_fail(err, RQ_E_USAGE, "%s takes no value", flag->name);
		if (flag->type != RQ_FLAG_BOOL && equals == NULL && i + 1 == argc)
			return rq_fail(err, RQ_E_USAGE, "%s needs a value: %s %s", flag->name, flag->name, flag->value);
		const char *value = flag->type == RQ_FLAG_BOOL ? NULL : equals != NULL ? equals + 1 : argv[++i];
		RQ_TRY(store(target, flag, value, arena, err));
	}
	return RQ_OK;
}

enum rq_status rq_flag_check_words(const char *flag, const char *text, struct rq_error *err)
{
	size_t length = strlen(text), invalid = rq_utf8_invalid_at(text, length);

	if (invalid == length)
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE, "%s: \"%s\" is no UTF-8 from byte %zu on; expected text in UTF-8", flag, text, invalid + 1);
}

void rq_flags_help(struct rq_buf *out, const struct rq_flag *table)
{
	for (const struct rq_flag *flag = table; flag->name != NULL; flag++) {
		size_t start = out->size;
		rq_buf_printf(out, "  %s%s%s", flag->name, flag->value == NULL ? "" : " ", flag->value == NULL ? "" : flag->value);
		size_t width = out->size - start;
		rq_buf_printf(out, "%*s%s\n", width < 24 ? (int)(26 - width) : 2, "", flag->help);
	}
}
