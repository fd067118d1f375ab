/* Gates as one line of text: `METRIC OP NUMBER`, `METRIC[slice=x] OP NUMBER`, `drop(METRIC) <= NUMBER`, and back to it. The grammar is small enough
 * to be read from left to right; every mistake names its column. */
#include "gates/kind.h"
#include "gates/words.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <string.h>

static const char blanks[] = " \t";

/* The expression while it is read. */
struct reader {
	const char *text, *at, *path;
	int level; /* of a metric that takes rel and does not name it */
	struct rq_error *err;
};

/* A part of it. */
struct part {
	const char *at;
	size_t length;
};

/* In characters, counted from 1. */
static size_t column(const struct reader *reader, const char *where)
{
	size_t characters = 1;

	for (const char *at = reader->text; at < where; at++)
		characters += (*at & 0xC0) != 0x80;
	return characters;
}

#define FAIL_AT(reader, where, format, ...) \
	rq_fail((reader)->err, RQ_E_CONFIG, "%s: \"%.200s\": column %zu: " format, (reader)->path, (reader)->text, column((reader), (where)), __VA_ARGS__)

static void skip_blanks(struct reader *reader)
{
	reader->at += strspn(reader->at, blanks);
}

static struct part trimmed(const char *from, const char *to)
{
	while (from < to && strchr(blanks, *from) != NULL)
		from++;
	while (to > from && strchr(blanks, to[-1]) != NULL)
		to--;
	return (struct part){from, (size_t)(to - from)};
}

/* Reads over "drop(" where the expression begins so. */
static bool read_drop(struct reader *reader)
{
	const char *rest = reader->at + (strncmp(reader->at, "drop", 4) == 0 ? 4 : 0);

	rest += strspn(rest, blanks);
	if (rest == reader->at || *rest != '(')
		return false;
	reader->at = rest + 1;
	skip_blanks(reader);
	return true;
}

/* A metric's name ends where its parameters are closed and something follows that no name holds. */
static struct part read_name(struct reader *reader)
{
	const char *from = reader->at;
	int open = 0;

	for (; *reader->at != '\0' && (open > 0 || strchr(" \t[]<>=!)", *reader->at) == NULL); reader->at++) {
		open += *reader->at == '(';
		open -= *reader->at == ')';
	}
	return trimmed(from, reader->at);
}

static enum rq_status read_metric(struct rq_gate *gate, struct reader *reader, struct rq_arena *arena)
{
	const char *from = reader->at;
	struct part name = read_name(reader);

	if (name.length == 0)
		return FAIL_AT(reader, from, "%s", "expected a metric's name, such as RR@10");
	const char *copy = rq_arena_strndup(arena, name.at, name.length);
	if (copy == NULL)
		return rq_fail_memory(reader->err);
	if (rq_metric_parse_at(&gate->metric, copy, reader->level, reader->err) != RQ_OK)
		return rq_fail_within(reader->err, "%s: \"%.200s\"", reader->path, reader->text);
	return RQ_OK;
}

/* "[slice=x]", where there is one. */
static enum rq_status read_slice(struct rq_gate *gate, struct reader *reader, struct rq_arena *arena)
{
	skip_blanks(reader);
	if (*reader->at != '[')
		return RQ_OK;
	const char *open = reader->at, *close = strchr(open, ']');
	if (close == NULL)
		return FAIL_AT(reader, open, "%s", "\"[\" is not closed; expected [slice=NAME]");
	const char *equals = memchr(open, '=', (size_t)(close - open));
	struct part key = trimmed(open + 1, equals == NULL ? close : equals);
	if (equals == NULL || key.length != 5 || memcmp(key.at, "slice", 5) != 0)
		return FAIL_AT(reader, open + 1, "%s", "expected slice=NAME");
	struct part slice = trimmed(equals + 1, close);
	if (slice.length == 0)
		return FAIL_AT(reader, equals + 1, "%s", "expected the name of a slice");
	gate->slice = rq_arena_strndup(arena, slice.at, slice.length);
	if (gate->slice == NULL)
		return rq_fail_memory(reader->err);
	reader->at = close + 1;
	return RQ_OK;
}

static enum rq_status read_operator(struct rq_gate *gate, struct reader *reader, bool drop)
{
	skip_blanks(reader);
	bool least = strncmp(reader->at, ">=", 2) == 0, most = strncmp(reader->at, "<=", 2) == 0;
	if (!most && drop)
		return FAIL_AT(reader, reader->at, "%s", "expected <=: a drop is bounded from above");
	if (!least && !most)
		return FAIL_AT(reader, reader->at, "%s", "expected >= or <=");
	if (most && !drop && rq_gate_is_rate(gate))
		return FAIL_AT(reader, reader->at, "expected >=: \"%s\" is a measured rate, whose bound is a lower one", gate->metric.name);
	if (least && rq_gate_unit(gate) == RQ_SECONDS)
		return FAIL_AT(reader, reader->at, "expected <=: \"%s\" is a measured time, whose bound is an upper one", gate->metric.name);
	gate->kind = drop ? &rq_gate_kind_max_drop : least ? &rq_gate_kind_min : &rq_gate_kind_max;
	reader->at += 2;
	return RQ_OK;
}

static enum rq_status fail_number(const struct rq_gate *gate, const struct reader *reader, struct part part)
{
	int length = (int)(part.length < 60 ? part.length : 60);
	bool percent = part.length > 0 && part.at[part.length - 1] == '%';
	double ignored;

	if (rq_gate_unit(gate) == RQ_SECONDS && rq_parse_f64(&ignored, part.at, part.length))
		return FAIL_AT(reader, part.at, "\"%.*s\" has no unit; expected a duration such as 50ms", length, part.at);
	if (rq_gate_unit(gate) == RQ_SECONDS)
		return FAIL_AT(reader, part.at, "\"%.*s\" is not a duration; expected one such as 50ms", length, part.at);
	if (gate->kind->paired && percent)
		return FAIL_AT(reader, part.at, "\"%.*s\" is relative; expected an absolute margin such as 0.03", length, part.at);
	if (rq_gate_is_rate(gate))
		return FAIL_AT(reader, part.at, "\"%.*s\" is not a number; expected how many a second, such as 100", length, part.at);
	if (rq_parse_duration(&ignored, part.at, part.length))
		return FAIL_AT(reader, part.at, "\"%.*s\" has a unit, and \"%s\" has none; expected a number such as 0.8", length, part.at,
		               gate->metric.name);
	return FAIL_AT(reader, part.at, "\"%.*s\" is not a number; expected one such as %s", length, part.at, gate->kind->paired ? "0.03" : "0.8");
}

static enum rq_status read_number(struct rq_gate *gate, struct reader *reader)
{
	struct part part = trimmed(reader->at, reader->at + strlen(reader->at));
	bool read = rq_gate_unit(gate) == RQ_SECONDS ? rq_parse_duration(&gate->limit, part.at, part.length) : rq_parse_f64(&gate->limit, part.at, part.length);

	return read && isfinite(gate->limit) ? RQ_OK : fail_number(gate, reader, part);
}

enum rq_status rq_gate_parse_expression(struct rq_gate *gate, const char *text, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	return rq_gate_parse_expression_at(gate, text, path, 1, arena, err);
}

enum rq_status rq_gate_parse_expression_at(struct rq_gate *gate, const char *text, const char *path, int level, struct rq_arena *arena,
                                           struct rq_error *err)
{
	struct reader reader = {.text = text, .at = text, .path = path, .level = level, .err = err};
	struct rq_gate read = {.path = rq_arena_strdup(arena, path)};

	*gate = (struct rq_gate){0};
	if (read.path == NULL)
		return rq_fail_memory(err);
	skip_blanks(&reader);
	bool drop = read_drop(&reader);
	RQ_TRY(read_metric(&read, &reader, arena));
	RQ_TRY(read_slice(&read, &reader, arena));
	skip_blanks(&reader);
	if (drop && *reader.at != ')')
		return FAIL_AT(&reader, reader.at, "%s", "expected \")\" after the metric");
	reader.at += drop;
	RQ_TRY(read_operator(&read, &reader, drop));
	RQ_TRY(read_number(&read, &reader));
	read.level = rq_gate_is_time(&read) ? RQ_LEVEL_WARN : RQ_LEVEL_ERROR;
	RQ_TRY(rq_gate_finish(&read, arena, err));
	*gate = read;
	return RQ_OK;
}

enum rq_status rq_gate_finish(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	RQ_TRY(gate->kind->check(gate, err));
	gate->text = rq_arena_printf(arena, "%s%s%s%s%s%s %s %s", gate->kind->paired ? "drop(" : "", gate->metric.name,
	                             gate->slice == NULL ? "" : "[slice=", gate->slice == NULL ? "" : gate->slice, gate->slice == NULL ? "" : "]",
	                             gate->kind->paired ? ")" : "",
	                             gate->kind == &rq_gate_kind_min ? ">=" : "<=", rq_show_limit(gate->limit, rq_gate_unit(gate)).text);
	return gate->text == NULL ? rq_fail_memory(err) : RQ_OK;
}
