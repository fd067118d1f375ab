/* {"q1": {"d1": 1.2, "d2": 1}, "q2": ...}: judgments and runs as ranx and pytrec_eval keep them. Strict JSON of this one shape, read without a tree: of
 * seven million numbers a tree would take gigabytes. Ids stay where the text has them, unless they are escaped. */
#include "datasets/json_text.h"
#include "datasets/pairs.h"

#include "evalcore/base/system.h"

#include <string.h>

#define LIKE "{\"q1\": {\"d7\": 1}}"

enum { CANCEL_EVERY = 4096 }; /* pairs between two looks at Ctrl-C */

struct json_reader {
	struct rq_pairs *pairs;
	const char *at, *end;
	const char *line_start;
	size_t line;
};

static struct rq_where here(const struct json_reader *reader)
{
	return (struct rq_where){.start = reader->line_start, .at = reader->at, .line = reader->line};
}

static void skip_space(struct json_reader *reader)
{
	for (; reader->at < reader->end; reader->at++) {
		char c = *reader->at;
		if (c == '\n') {
			reader->line++;
			reader->line_start = reader->at + 1;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			break;
		}
	}
}

/* What stands at the reader's place, as far as it is one thing. */
static struct rq_span thing(const struct json_reader *reader)
{
	const char *at = reader->at;

	if (at < reader->end && strchr("{}[],:", *at) != NULL)
		return (struct rq_span){at, 1};
	while (at < reader->end && strchr("{}[],: \t\r\n", *at) == NULL)
		at++;
	return (struct rq_span){reader->at, (size_t)(at - reader->at)};
}

static enum rq_status fail_expected(const struct json_reader *reader, const char *expected, struct rq_error *err)
{
	struct rq_where where = here(reader);
	struct rq_span found = thing(reader);

	if (found.length == 0)
		return rq_fail(err, RQ_E_DATA, "%s%s: the text ends within the JSON object; expected %s", reader->pairs->text->path, rq_where_show(&where).text, expected);
	return rq_fail(err, RQ_E_DATA, "%s%s: found %s; expected %s", reader->pairs->text->path, rq_where_show(&where).text, rq_excerpt(found).text, expected);
}

static bool take(struct json_reader *reader, char c)
{
	skip_space(reader);
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static enum rq_status fail_escape(const struct json_reader *reader, const char *at, const char *what, struct rq_error *err)
{
	struct rq_where where = {.start = reader->line_start, .at = at, .line = reader->line};

	return rq_fail(err, RQ_E_DATA, "%s%s: %s", reader->pairs->text->path, rq_where_show(&where).text, what);
}

/* The string between its quotes, of which some letter is escaped. */
static enum rq_status unescape(struct rq_span *string, struct json_reader *reader, struct rq_error *err)
{
	char *text = rq_arena_strndup(&reader->pairs->arena, string->at, string->length);
	size_t length = string->length, fault;

	if (text == NULL)
		return rq_fail_memory(err);
	const char *wrong = rq_json_unescape(text, &length, &fault);
	if (wrong != NULL)
		return fail_escape(reader, string->at + fault, wrong, err);
	*string = (struct rq_span){text, length};
	return RQ_OK;
}

/* A string; `where` is of its first letter, past the quote. */
static enum rq_status read_string(struct rq_span *string, struct rq_where *where, struct json_reader *reader, const char *what, struct rq_error *err)
{
	bool escaped = false;

	skip_space(reader);
	if (reader->at == reader->end || *reader->at != '"')
		return fail_expected(reader, what, err);
	const char *start = ++reader->at, *at = start;
	*where = here(reader);
	for (; at < reader->end && *at != '"'; at++) {
		if ((unsigned char)*at < 0x20)
			break;
		if (*at == '\\') {
			escaped = true;
			at += at + 1 < reader->end;
		}
	}
	if (at == reader->end || *at != '"')
		return fail_escape(reader, start - 1, "a string without its second quote, or with a control character in it; expected such characters as \\u and four digits",
		                   err);
	reader->at = at + 1;
	*string = (struct rq_span){start, (size_t)(at - start)};
	return escaped ? unescape(string, reader, err) : RQ_OK;
}

/* Whether all of it is a number as JSON spells them. */
static bool is_json_number(struct rq_span number)
{
	return rq_json_number_end(number.at, number.at + number.length) == number.at + number.length;
}

/* "d7": 1 */
static enum rq_status read_member(struct json_reader *reader, uint32_t topic, struct rq_error *err)
{
	struct rq_pairs *pairs = reader->pairs;
	struct rq_where where, of_number;
	struct rq_span document;

	RQ_TRY(read_string(&document, &where, reader, "a document id in quotes", err));
	if (!take(reader, ':'))
		return fail_expected(reader, "a colon and a number", err);
	skip_space(reader);
	struct rq_span number = thing(reader);
	if (!is_json_number(number))
		return fail_expected(reader, pairs->value == RQ_PAIR_GRADE ? "a grade, an integer like 1" : "a score, a number like 0.5", err);
	of_number = here(reader);
	reader->at += number.length;
	return rq_text_take(pairs->text, RQ_PROBLEM_record, rq_pairs_add(pairs, topic, document, &where, number, &of_number, err), err);
}

/* {"d7": 1, ...} */
static enum rq_status read_documents(struct json_reader *reader, uint32_t topic, struct rq_error *err)
{
	if (!take(reader, '{'))
		return fail_expected(reader, "an object of documents, like {\"d7\": 1}", err);
	if (take(reader, '}'))
		return RQ_OK;
	do {
		if (reader->pairs->count % CANCEL_EVERY == 0)
			RQ_TRY(rq_cancel_check(err));
		RQ_TRY(read_member(reader, topic, err));
	} while (take(reader, ','));
	return take(reader, '}') ? RQ_OK : fail_expected(reader, "a comma or the } of the topic", err);
}

/* "q1": {...} */
static enum rq_status read_topic(struct json_reader *reader, struct rq_error *err)
{
	struct rq_pairs *pairs = reader->pairs;
	const char *path = pairs->text->path;
	struct rq_span name;
	struct rq_where where;
	uint32_t topic;
	bool added;

	RQ_TRY(read_string(&name, &where, reader, "a topic id in quotes", err));
	RQ_TRY(rq_pairs_topic(&topic, &added, pairs, name, &where, err));
	if (!added)
		return rq_fail(err, RQ_E_DATA, "%s%s: the topic \"%s\" stands twice in the object; expected all its documents in one place", path, rq_where_show(&where).text,
		               rq_excerpt(name).text);
	if (!take(reader, ':'))
		return fail_expected(reader, "a colon and an object of documents", err);
	size_t before = pairs->count;
	RQ_TRY(read_documents(reader, topic, err));
	if (pairs->value == RQ_PAIR_GRADE && pairs->count == before && pairs->text->problems == NULL)
		return rq_fail(err, RQ_E_DATA, "%s%s: the topic \"%s\" has no judgments; leave it out", path, rq_where_show(&where).text, rq_excerpt(name).text);
	return RQ_OK;
}

enum rq_status rq_pairs_read_json(struct rq_pairs *pairs, struct rq_error *err)
{
	struct json_reader reader = {.pairs = pairs, .at = pairs->text->data, .end = pairs->text->data + pairs->text->size, .line = 1};

	reader.line_start = reader.at;
	pairs->one_kind = true;
	if (!take(&reader, '{'))
		return fail_expected(&reader, "an object like " LIKE, err);
	if (!take(&reader, '}')) {
		do
			RQ_TRY(read_topic(&reader, err));
		while (take(&reader, ','));
		if (!take(&reader, '}'))
			return fail_expected(&reader, "a comma or the } of the object", err);
	}
	skip_space(&reader);
	return reader.at == reader.end ? RQ_OK : fail_expected(&reader, "nothing after the object", err);
}

bool rq_text_is_json_map(struct rq_span *number, const struct rq_text *text)
{
	struct rq_load_options options = {0};
	RQ_CLEANUP(rq_pairs_release) struct rq_pairs pairs = {.text = text, .options = &options};
	struct json_reader reader = {.pairs = &pairs, .at = text->data, .end = text->data + text->size, .line = 1};
	struct rq_where where;
	struct rq_span key;

	reader.line_start = reader.at;
	*number = (struct rq_span){0};
	if (!take(&reader, '{'))
		return false;
	if (take(&reader, '}'))
		return true;
	if (read_string(&key, &where, &reader, "", NULL) != RQ_OK || !take(&reader, ':') || !take(&reader, '{'))
		return false;
	if (read_string(&key, &where, &reader, "", NULL) != RQ_OK || !take(&reader, ':'))
		return true;
	skip_space(&reader);
	if (is_json_number(thing(&reader)))
		*number = thing(&reader);
	return true;
}
