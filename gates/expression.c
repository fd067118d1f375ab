/* Gates as one line of text: `METRIC OP NUMBER`, `METRIC[slice=x] OP NUMBER`, `WORD(METRIC) OP NUMBER` with the word of a kind (drop), and back to
 * it. The grammar is small enough to be read from left to right; every mistake names its column. */
#include "gates/kind.h"
#include "gates/words.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <string.h>

enum { WORDS_MAXIMUM = 64 };

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

/* Reads over "drop(" and the like, where the expression begins so. */
static bool read_word(struct reader *reader, const struct rq_gate_grammar *form)
{
	size_t length = strlen(form->word);

	if (strncmp(reader->at, form->word, length) != 0)
		return false;
	if (form->dotted) {
		bool dot = reader->at[length] == '.';
		reader->at += dot ? length + 1 : 0;
		return dot;
	}
	const char *rest = reader->at + length + strspn(reader->at + length, blanks);
	if (*rest != '(')
		return false;
	reader->at = rest + 1;
	skip_blanks(reader);
	return true;
}

/* The kind and its form whose word the expression begins with; where there is none, it begins with a metric. */
static void read_form(struct rq_gate *gate, struct reader *reader)
{
	for (size_t i = 0; rq_gate_kinds[i] != NULL; i++)
		for (const struct rq_gate_grammar *form = rq_gate_kinds[i]->grammar; form != NULL; form = form->next) {
			if (!read_word(reader, form))
				continue;
			gate->kind = rq_gate_kinds[i];
			gate->form = form;
			return;
		}
}

/* A word before parentheses that hold no parameter of a metric, "drp(RR@10)", was to be that of a gate. */
static struct part find_stray_word(const char *text)
{
	const char *end = text;

	while ((*end >= 'a' && *end <= 'z') || (*end >= 'A' && *end <= 'Z') || (*end >= '0' && *end <= '9') || *end == '_')
		end++;
	const char *open = end + strspn(end, blanks), *close = open + strcspn(open, "=)");
	bool stray = end > text && *open == '(' && *close == ')' && close[1] != '@';
	return (struct part){text, stray ? (size_t)(end - text) : 0};
}

static enum rq_status fail_word(const struct reader *reader, struct part word)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};
	const char *names[WORDS_MAXIMUM];
	char lower[64] = "";
	size_t count = 0;
	int length = (int)(word.length < sizeof lower ? word.length : sizeof lower - 1);

	for (size_t i = 0; rq_gate_kinds[i] != NULL; i++) {
		const char *kind = rq_gate_kinds[i]->name;
		if (strlen(kind) == word.length && memcmp(kind, word.at, word.length) == 0)
			return FAIL_AT(reader, word.at, "gates of kind \"%s\" are written as an object: {\"kind\": \"%s\", ...}", kind, kind);
		const struct rq_gate_grammar *first = rq_gate_kinds[i]->grammar;
		for (const struct rq_gate_grammar *form = first; form != NULL && count < WORDS_MAXIMUM && !form->dotted; form = form->next) {
			rq_buf_printf(&list, "%s%s", count == 0 ? "" : ", ", form->word);
			names[count++] = form->word;
		}
	}
	RQ_TRY(rq_buf_check(&list, reader->err));
	for (int i = 0; i < length; i++)
		lower[i] = (char)(word.at[i] >= 'A' && word.at[i] <= 'Z' ? word.at[i] - 'A' + 'a' : word.at[i]);
	const char *nearest = rq_nearest_name(lower, names, count);
	if (nearest == NULL)
		return FAIL_AT(reader, word.at, "\"%.*s\" is no word of a gate; expected one of %s", length, word.at, list.data);
	return FAIL_AT(reader, word.at, "\"%.*s\" is no word of a gate; did you mean \"%s\"? expected one of %s", length, word.at, nearest, list.data);
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
	if (rq_metric_parse_at(&gate->metric, copy, reader->level, reader->err) == RQ_OK)
		return RQ_OK;
	struct part word = find_stray_word(from);
	if (gate->form == NULL && word.length > 0)
		return fail_word(reader, word);
	return rq_fail_within(reader->err, "%s: \"%.200s\"", reader->path, reader->text);
}

/* "[slice=x]", where there is one. */
static enum rq_status read_slice(struct rq_gate *gate, struct reader *reader, struct rq_arena *arena)
{
	skip_blanks(reader);
	if (*reader->at != '[')
		return RQ_OK;
	if (gate->form != NULL && gate->kind->takes_no_slice)
		return FAIL_AT(reader, reader->at, "expected \")\": \"%s\" takes no slice", gate->form->word);
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

/* What stands between the parentheses of a kind that is about no metric. */
static struct part read_parenthesis(struct reader *reader)
{
	const char *from = reader->at;
	int open = 0;

	for (; *reader->at != '\0' && (open > 0 || *reader->at != ')'); reader->at++) {
		open += *reader->at == '(';
		open -= *reader->at == ')';
	}
	return trimmed(from, reader->at);
}

static enum rq_status read_argument(struct rq_gate *gate, struct reader *reader, struct rq_arena *arena)
{
	struct part part = gate->form->dotted ? read_name(reader) : read_parenthesis(reader);
	const char *copy = rq_arena_strndup(arena, part.at, part.length);

	if (copy == NULL)
		return rq_fail_memory(reader->err);
	if (gate->form->argument(gate, copy, arena, reader->err) != RQ_OK)
		return rq_fail_within(reader->err, "%s: \"%.200s\": column %zu", reader->path, reader->text, column(reader, part.at));
	return RQ_OK;
}

static enum rq_status read_operator(struct rq_gate *gate, struct reader *reader)
{
	const struct rq_gate_grammar *form = gate->form;

	skip_blanks(reader);
	bool least = strncmp(reader->at, ">=", 2) == 0, most = strncmp(reader->at, "<=", 2) == 0;
	if (form != NULL && !(form->at_least ? least : most))
		return FAIL_AT(reader, reader->at, "expected %s: %s", form->at_least ? ">=" : "<=", form->bounded);
	if (!least && !most)
		return FAIL_AT(reader, reader->at, "%s", "expected >= or <=");
	if (most && form == NULL && rq_gate_is_rate(gate))
		return FAIL_AT(reader, reader->at, "expected >=: \"%s\" is a measured rate, whose bound is a lower one", gate->metric.name);
	if (least && form == NULL && rq_gate_unit(gate) == RQ_SECONDS)
		return FAIL_AT(reader, reader->at, "expected <=: \"%s\" is a measured time, whose bound is an upper one", gate->metric.name);
	if (form == NULL)
		gate->kind = least ? &rq_gate_kind_min : &rq_gate_kind_max;
	reader->at += 2;
	return RQ_OK;
}

static enum rq_status fail_number(const struct rq_gate *gate, const struct reader *reader, struct part part)
{
	int length = (int)(part.length < 60 ? part.length : 60);
	double ignored;

	if (gate->form != NULL && gate->form->units != NULL)
		return FAIL_AT(reader, part.at, "\"%.*s\" is not allowed; expected one such as %s (%s)", length, part.at, gate->form->example,
		               gate->form->units);
	if (gate->form != NULL)
		return FAIL_AT(reader, part.at, "\"%.*s\" is not a number; expected one such as %s", length, part.at, gate->form->example);
	if (rq_gate_unit(gate) == RQ_SECONDS && rq_parse_f64(&ignored, part.at, part.length))
		return FAIL_AT(reader, part.at, "\"%.*s\" has no unit; expected a duration such as 50ms", length, part.at);
	if (rq_gate_unit(gate) == RQ_SECONDS)
		return FAIL_AT(reader, part.at, "\"%.*s\" is not a duration; expected one such as 50ms", length, part.at);
	if (rq_gate_is_rate(gate))
		return FAIL_AT(reader, part.at, "\"%.*s\" is not a number; expected how many a second, such as 100", length, part.at);
	if (rq_parse_duration(&ignored, part.at, part.length))
		return FAIL_AT(reader, part.at, "\"%.*s\" has a unit, and \"%s\" has none; expected a number such as 0.8", length, part.at,
		               gate->metric.name);
	return FAIL_AT(reader, part.at, "\"%.*s\" is not a number; expected one such as 0.8", length, part.at);
}

static enum rq_status read_number(struct rq_gate *gate, struct reader *reader)
{
	struct part part = trimmed(reader->at, reader->at + strlen(reader->at));
	bool read;

	if (gate->form != NULL && gate->form->number != NULL)
		read = gate->form->number(gate, part.at, part.length);
	else if (rq_gate_unit(gate) == RQ_SECONDS) /* of a time that a kind cannot judge, its check tells more */
		read = rq_parse_duration(&gate->limit, part.at, part.length);
	else
		read = rq_parse_f64(&gate->limit, part.at, part.length);
	return read && isfinite(gate->limit) ? RQ_OK : fail_number(gate, reader, part);
}

enum rq_status rq_gate_parse_expression(struct rq_gate **gate, const char *text, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	return rq_gate_parse_expression_at(gate, text, path, 1, arena, err);
}

static enum rq_status read_expression(struct rq_gate *gate, struct reader *reader, struct rq_arena *arena)
{
	skip_blanks(reader);
	read_form(gate, reader);
	bool worded = gate->form != NULL, parentheses = worded && !gate->form->dotted;
	if (worded)
		RQ_TRY(rq_gate_standards(gate, arena, reader->err));
	if (worded && gate->form->argument != NULL) {
		RQ_TRY(read_argument(gate, reader, arena));
	} else {
		RQ_TRY(read_metric(gate, reader, arena));
		RQ_TRY(read_slice(gate, reader, arena));
	}
	skip_blanks(reader);
	if (parentheses && *reader->at != ')')
		return FAIL_AT(reader, reader->at, "expected \")\" after the %s", gate->form->argument == NULL ? "metric" : gate->kind->subject);
	reader->at += parentheses;
	if (parentheses || !worded || *reader->at != '\0') {
		RQ_TRY(read_operator(gate, reader));
		RQ_TRY(read_number(gate, reader));
	}
	return rq_gate_finish(gate, arena, reader->err);
}

enum rq_status rq_gate_parse_expression_at(struct rq_gate **gate, const char *text, const char *path, int level, struct rq_arena *arena,
                                           struct rq_error *err)
{
	struct reader reader = {.text = text, .at = text, .path = path, .level = level, .err = err};
	struct rq_gate *read = rq_gate_new(path, arena);

	*gate = NULL;
	if (read == NULL)
		return rq_fail_memory(err);
	RQ_TRY(read_expression(read, &reader, arena));
	*gate = read;
	return RQ_OK;
}

void rq_gate_print(struct rq_buf *out, const struct rq_gate *gate, const char *limit)
{
	bool least = gate->form == NULL ? gate->kind == &rq_gate_kind_min : gate->form->at_least;

	if (gate->form != NULL)
		rq_buf_printf(out, "%s(", gate->form->word);
	rq_buf_puts(out, gate->metric.name);
	if (gate->slice != NULL)
		rq_buf_printf(out, "[slice=%s]", gate->slice);
	rq_buf_printf(out, "%s %s %s", gate->form != NULL ? ")" : "", least ? ">=" : "<=", limit);
}
