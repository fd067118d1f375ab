#include "datasets/json_stream.h"

#include "datasets/json_text.h"
#include "evalcore/base/decimal.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first of eight digits is the lowest byte");

enum {
	WINDOW = 256 << 10,
	TOKEN = 64 << 10, /* bytes that a number may have */
	SLACK = 8,        /* zero bytes behind the window, so that eight digits can be looked at at once */
	DEPTH = 512,      /* objects and arrays within each other */
	SHOWN = 128,      /* bytes of what comes next that a message may need */
};

static const size_t STRING_MAXIMUM = (size_t)16 << 20;

enum rq_status rq_json_stream_open(struct rq_json_stream *stream, struct rq_unpack *unpack, struct rq_error *err)
{
	static const char byte_order_mark[] = "\xEF\xBB\xBF";
	char next;

	*stream = (struct rq_json_stream){.unpack = unpack, .line = 1, .capacity = WINDOW};
	stream->window = malloc(WINDOW + SLACK);
	if (stream->window == NULL)
		return rq_fail_memory(err);
	stream->at = stream->end = stream->window;
	stream->window[0] = '\0';
	RQ_TRY(rq_json_stream_peek(&next, stream, err));
	if (stream->end - stream->at >= 3 && memcmp(stream->at, byte_order_mark, 3) == 0)
		stream->at += 3;
	return RQ_OK;
}

void rq_json_stream_release(struct rq_json_stream *stream)
{
	free(stream->window);
	rq_buf_release(&stream->string);
	*stream = (struct rq_json_stream){0};
}

/* Makes sure that `need` bytes, at most TOKEN, are there from `at` on, or all that are left. */
static enum rq_status fill(struct rq_json_stream *stream, size_t need, struct rq_error *err)
{
	size_t left = (size_t)(stream->end - stream->at), got;

	if (left >= need || stream->ended)
		return RQ_OK;
	RQ_TRY(rq_cancel_check(err));
	stream->before += (uint64_t)(stream->at - stream->window);
	memmove(stream->window, stream->at, left);
	while (left < need && !stream->ended) {
		RQ_TRY(rq_unpack_next(&got, stream->unpack, stream->window + left, stream->capacity - left, err));
		left += got;
		stream->ended = got == 0;
	}
	memset(stream->window + left, 0, SLACK);
	stream->at = stream->window;
	stream->end = stream->window + left;
	return RQ_OK;
}

static uint64_t offset(const struct rq_json_stream *stream)
{
	return stream->before + (uint64_t)(stream->at - stream->window);
}

size_t rq_json_stream_column(const struct rq_json_stream *stream)
{
	return (size_t)(offset(stream) - stream->line_start) + 1;
}

enum rq_status rq_json_stream_peek(char *next, struct rq_json_stream *stream, struct rq_error *err)
{
	for (;;) {
		for (; *stream->at == ' ' || *stream->at == '\t' || *stream->at == '\r' || *stream->at == '\n'; stream->at++)
			if (*stream->at == '\n') {
				stream->line++;
				stream->line_start = offset(stream) + 1;
			}
		if (stream->at < stream->end || stream->ended)
			break;
		RQ_TRY(fill(stream, 1, err));
	}
	*next = *stream->at;
	if (*next == '\0' && stream->at < stream->end)
		return rq_json_stream_fail(stream, "JSON, in UTF-8", err);
	return RQ_OK;
}

enum rq_status rq_json_stream_take(bool *taken, struct rq_json_stream *stream, char token, struct rq_error *err)
{
	char next;

	RQ_TRY(rq_json_stream_peek(&next, stream, err));
	*taken = next == token;
	stream->at += *taken;
	return RQ_OK;
}

enum rq_status rq_json_stream_need(struct rq_json_stream *stream, char token, const char *expected, struct rq_error *err)
{
	bool taken;

	RQ_TRY(rq_json_stream_take(&taken, stream, token, err));
	return taken ? RQ_OK : rq_json_stream_fail(stream, expected, err);
}

enum rq_status rq_json_stream_more(bool *more, struct rq_json_stream *stream, char close, struct rq_error *err)
{
	RQ_TRY(rq_json_stream_take(more, stream, ',', err));
	if (*more)
		return RQ_OK;
	return rq_json_stream_need(stream, close, close == ']' ? "a comma or the ] of the list" : "a comma or the } of the object", err);
}

static enum rq_status fail_at(const struct rq_json_stream *stream, const char *what, struct rq_error *err)
{
	return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: %s", stream->unpack->path, stream->line, rq_json_stream_column(stream), what);
}

enum rq_status rq_json_stream_fail(struct rq_json_stream *stream, const char *expected, struct rq_error *err)
{
	RQ_TRY(fill(stream, SHOWN, err));
	size_t length = 1, left = (size_t)(stream->end - stream->at);
	if (left == 0)
		return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: the text ends here; expected %s", stream->unpack->path, stream->line,
		               rq_json_stream_column(stream), expected);
	if (strchr("{}[],:", *stream->at) == NULL)
		while (length < left && length < SHOWN && strchr("{}[],: \t\r\n", stream->at[length]) == NULL)
			length++;
	if (rq_utf8_invalid_at(stream->at, length) < (length < SHOWN ? length : SHOWN - 4)) /* what is cut is not invalid */
		return fail_at(stream, "invalid UTF-8; expected JSON, in UTF-8", err);
	return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: found %s; expected %s", stream->unpack->path, stream->line, rq_json_stream_column(stream),
	               rq_excerpt((struct rq_span){stream->at, length}).text, expected);
}

/* Past the letters of a string that mean themselves: not a quote, a backslash, or a control character, which a NUL at the window's end is too. What
 * is no ASCII is looked at. */
static const char *plain_letters(const struct rq_json_stream *stream)
{
	const char *at = stream->at;

	for (;;) {
		while ((unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80 && *at != '"' && *at != '\\')
			at++;
		const char *wide = at;
		while ((unsigned char)*at >= 0x80)
			at++;
		size_t length = (size_t)(at - wide), valid = rq_utf8_invalid_at(wide, length);
		if (valid < length || length == 0)
			return wide + valid;
	}
}

/* From behind the opening quote to the closing one, past which `at` is then. The letters, escapes as they are, go to `raw`, which may be NULL. */
static enum rq_status walk_string(struct rq_json_stream *stream, struct rq_buf *raw, bool *escaped, struct rq_error *err)
{
	for (;;) {
		const char *start = stream->at;
		stream->at = plain_letters(stream);
		if (raw != NULL)
			rq_buf_add(raw, start, (size_t)(stream->at - start));
		if (raw != NULL && raw->size > STRING_MAXIMUM)
			return fail_at(stream, "an id or a key of more than 16 MiB; expected a short one", err);
		if (*stream->at == '"')
			break;
		if (stream->end - stream->at < 4 && !stream->ended) {
			RQ_TRY(fill(stream, 4, err));
			continue;
		}
		if (stream->at == stream->end)
			return fail_at(stream, "the text ends within a string; expected its second quote", err);
		if ((unsigned char)*stream->at >= 0x80)
			return fail_at(stream, "invalid UTF-8; expected JSON, in UTF-8", err);
		if (*stream->at != '\\')
			return fail_at(stream, "a control character in a string; expected it as \\u and four digits, or the string's second quote before it",
			               err);
		if (stream->end - stream->at < 2 || stream->at[1] == '\0' || strchr("\"\\/bfnrtu", stream->at[1]) == NULL)
			return fail_at(stream, "an escape that JSON does not know; expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u", err);
		if (raw != NULL)
			rq_buf_add(raw, stream->at, 2);
		stream->at += 2;
		*escaped = true;
	}
	stream->at++;
	return RQ_OK;
}

enum rq_status rq_json_stream_string(struct rq_json_stream *stream, const char *expected, struct rq_error *err)
{
	bool escaped = false;
	size_t fault;

	RQ_TRY(rq_json_stream_need(stream, '"', expected, err));
	size_t line = stream->line, column = rq_json_stream_column(stream);
	rq_buf_clear(&stream->string);
	rq_buf_puts(&stream->string, "");
	RQ_TRY(walk_string(stream, &stream->string, &escaped, err));
	RQ_TRY(rq_buf_check(&stream->string, err));
	const char *wrong = escaped ? rq_json_unescape(stream->string.data, &stream->string.size, &fault) : NULL;
	if (wrong != NULL)
		return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: %s", stream->unpack->path, line, column + fault, wrong);
	if (escaped && memchr(stream->string.data, '\0', stream->string.size) != NULL)
		return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: a string with \\u0000 in it; expected none", stream->unpack->path, line, column);
	stream->string.data[stream->string.size] = '\0';
	return RQ_OK;
}

/* Adds digits to a number, eight at a time where there are so many: they are put together in pairs, fours and eights. Returns where they end. */
static const char *add_digits(uint64_t *number, const char *at)
{
	const uint64_t odd = 0x000000FF000000FF;
	uint64_t sum = *number, eight;

	for (;; at += sizeof eight) {
		memcpy(&eight, at, sizeof eight);
		if (((eight + 0x4646464646464646) | (eight - 0x3030303030303030)) & 0x8080808080808080)
			break;
		eight -= 0x3030303030303030;
		eight = eight * 10 + (eight >> 8);
		eight = ((eight & odd) * 0x000F424000000064 + (eight >> 16 & odd) * 0x0000271000000001) >> 32;
		sum = sum * 100000000 + (eight & 0xFFFFFFFF);
	}
	for (; (unsigned char)(*at - '0') < 10; at++)
		sum = sum * 10 + (unsigned char)(*at - '0');
	*number = sum;
	return at;
}

/* The exponent of a number, behind its e, of at most four digits; NULL: it has more, or none. */
static const char *read_exponent(int *exponent, const char *at)
{
	bool below = *at == '-';
	uint64_t power = 0;

	at += below || *at == '+';
	const char *start = at;
	at = add_digits(&power, at);
	*exponent = below ? -(int)power : (int)power;
	return at == start || at - start > 4 ? NULL : at;
}

/* A number of at most 19 digits that count, nearly every one in a file. Returns where it ends; NULL: it is longer, far from 1, or none. A byte that
 * belongs to no number stands behind the text. */
static const char *read_short(double *value, const char *at)
{
	enum { DIGITS = 19 };
	bool negative = *at == '-';
	uint64_t digits = 0;
	int exponent = 0;

	at += negative;
	const char *start = at;
	at = add_digits(&digits, at);
	ptrdiff_t count = at - start, fraction = 0;
	if (count == 0 || (count > 1 && *start == '0'))
		return NULL;
	if (*at == '.') {
		const char *point = ++at;
		for (count = digits == 0 ? 0 : count; digits == 0 && *at == '0'; at++)
			continue;
		const char *first = at;
		at = add_digits(&digits, at);
		count += at - first;
		fraction = at - point;
		if (fraction == 0)
			return NULL;
	}
	if ((*at == 'e' || *at == 'E') && (at = read_exponent(&exponent, at + 1)) == NULL)
		return NULL;
	if (count > DIGITS || fraction > TOKEN || !rq_decimal_round(value, digits, exponent - (int)fraction))
		return NULL;
	*value = negative ? -*value : *value;
	return at;
}

enum rq_status rq_json_stream_number(double *value, struct rq_span *spelt, struct rq_json_stream *stream, const char *expected, struct rq_error *err)
{
	enum { USUAL = 64 };
	char next;

	RQ_TRY(rq_json_stream_peek(&next, stream, err));
	RQ_TRY(fill(stream, USUAL, err));
	const char *stop = read_short(value, stream->at);
	if (stop == NULL || stop == stream->end) {
		RQ_TRY(fill(stream, TOKEN, err));
		stop = rq_json_number_end(stream->at, stream->end);
		if (stop == NULL || (stop == stream->end && !stream->ended) || !rq_parse_f64(value, stream->at, (size_t)(stop - stream->at)))
			return rq_json_stream_fail(stream, expected, err);
	}
	if (spelt != NULL)
		*spelt = (struct rq_span){stream->at, (size_t)(stop - stream->at)};
	stream->at = stop;
	return RQ_OK;
}

/* true, false or null */
static enum rq_status skip_word(struct rq_json_stream *stream, struct rq_error *err)
{
	static const char *const words[] = {"true", "false", "null"};

	RQ_TRY(fill(stream, SHOWN, err));
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strncmp(stream->at, words[i], strlen(words[i])) == 0) {
			stream->at += strlen(words[i]);
			return RQ_OK;
		}
	return rq_json_stream_fail(stream, "a value", err);
}

static enum rq_status skip_value(struct rq_json_stream *stream, size_t depth, struct rq_error *err)
{
	bool more, escaped;
	double number;
	char open;

	RQ_TRY(rq_json_stream_peek(&open, stream, err));
	if (open == '"') {
		stream->at++;
		return walk_string(stream, NULL, &escaped, err);
	}
	if (open == '-' || (open >= '0' && open <= '9'))
		return rq_json_stream_number(&number, NULL, stream, "a number that a double holds", err);
	if (open != '{' && open != '[')
		return skip_word(stream, err);
	if (depth == DEPTH)
		return fail_at(stream, "objects and lists within each other, 512 deep; expected fewer", err);
	stream->at++;
	RQ_TRY(rq_json_stream_take(&more, stream, open == '{' ? '}' : ']', err));
	for (more = !more; more;) {
		if (open == '{') {
			RQ_TRY(rq_json_stream_need(stream, '"', "a key in quotes", err));
			RQ_TRY(walk_string(stream, NULL, &escaped, err));
			RQ_TRY(rq_json_stream_need(stream, ':', "a colon and a value", err));
		}
		RQ_TRY(skip_value(stream, depth + 1, err));
		RQ_TRY(rq_json_stream_more(&more, stream, open == '{' ? '}' : ']', err));
	}
	return RQ_OK;
}

enum rq_status rq_json_stream_skip(struct rq_json_stream *stream, struct rq_error *err)
{
	return skip_value(stream, 0, err);
}
