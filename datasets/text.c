/* Text files: whole, bounded, uncompressed, checked to be UTF-8; and the lines and columns in them. */
#include "datasets/text.h"

#include "datasets/unpack.h"

#include "evalcore/base/parse.h"

#include <stdint.h>
#include <string.h>

/* A compressed file may claim any size, a pipe may never end: what comes out is bounded. The largest public run files are a few hundred megabytes. */
static const size_t MAXIMUM = (size_t)4 << 30;

enum { PIECE = 64 << 10 };

/* A line is a record: JSON takes up to 40 times its size while it is read, and a document of more has no vector that says anything. */
static const size_t LINE_MAXIMUM = (size_t)16 << 20;

/* All that is left, into text->owned. */
static enum rq_status read_all(struct rq_text *text, struct rq_unpack *unpack, struct rq_error *err)
{
	struct rq_buf *out = &text->owned;
	bool packed = unpack->packing != RQ_PACKED_NOT;
	size_t hint = packed ? 0 : unpack->size, got;

	do {
		size_t room = out->size < hint ? hint - out->size + 1 : out->size / 2 + PIECE;
		if (hint == 0 && room > MAXIMUM - out->size + 1)
			room = MAXIMUM - out->size + 1;
		if (!RQ_RESERVE(out->data, out->capacity, out->size + room + 1))
			return rq_fail_memory(err);
		RQ_TRY(rq_unpack_next(&got, unpack, out->data + out->size, room, err));
		out->size += got;
		out->data[out->size] = '\0';
		if (out->size > MAXIMUM && packed)
			return rq_fail(err, RQ_E_DATA, "%s: more than %zu bytes once uncompressed, which is the most that is read", text->path, MAXIMUM);
		if (out->size > MAXIMUM && hint == 0)
			return rq_fail(err, RQ_E_DATA, "\"%s\": larger than the %zu bytes that are allowed here", text->path, MAXIMUM);
	} while (got > 0);
	text->packed = packed;
	return RQ_OK;
}

enum rq_status rq_line_check(const char *path, size_t number, size_t length, struct rq_error *err)
{
	if (length <= LINE_MAXIMUM)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s:%zu: a line of %zu bytes; expected one record a line, of at most %zu bytes: split what is longer", path, number, length,
	               LINE_MAXIMUM);
}

/* Lines that are too long are refused, or told and made blank; but those of JSON, of which one may hold all judgments: there the readers of records look. */
static enum rq_status check_lines(struct rq_text *text, struct rq_error *err)
{
	const char *at = text->data, *end = at + text->size;

	if (text->size <= LINE_MAXIMUM || text->data[strspn(text->data, " \t\r\n")] == '{')
		return RQ_OK;
	for (size_t number = 1; at < end; number++) {
		const char *feed = memchr(at, '\n', (size_t)(end - at)), *stop = feed == NULL ? end : feed;
		size_t length = (size_t)(stop - at);
		if (rq_line_check(text->path, number, length, err) != RQ_OK) {
			RQ_TRY(rq_text_take(text, RQ_PROBLEM_text, RQ_E_DATA, err));
			memset(text->owned.data + (at - text->owned.data), ' ', length);
		}
		at = feed == NULL ? end : feed + 1;
	}
	return RQ_OK;
}

const char *rq_text_fault(size_t *at, const char *data, size_t size)
{
	const char *zero = size == 0 ? NULL : memchr(data, '\0', size);
	size_t invalid = rq_utf8_invalid_at(data, size);

	*at = zero != NULL && (size_t)(zero - data) < invalid ? (size_t)(zero - data) : invalid;
	return *at == size ? NULL : *at < invalid ? "a NUL byte" : "invalid UTF-8";
}

/* Lines that are no text are told and made blank, which readers skip. */
static enum rq_status blank_faults(struct rq_text *text, struct rq_error *err)
{
	char *at = text->owned.data + (text->data - text->owned.data), *end = at + text->size;

	for (size_t line = 1, byte; at < end; line++) {
		char *feed = memchr(at, '\n', (size_t)(end - at)), *stop = feed == NULL ? end : feed;
		const char *fault = rq_text_fault(&byte, at, (size_t)(stop - at));
		if (fault != NULL) {
			RQ_TRY(rq_problem_add(text->problems, RQ_PROBLEM_text, text->path, line, err, "%s at byte %zu of the line, counted from 0; expected UTF-8 text", fault,
			                      byte));
			memset(at, ' ', (size_t)(stop - at));
		}
		at = stop + 1;
	}
	return RQ_OK;
}

/* text->owned holds what the file says: checks it. */
static enum rq_status check(struct rq_text *text, struct rq_error *err)
{
	static const char byte_order_mark[] = "\xEF\xBB\xBF";
	struct rq_buf *file = &text->owned;
	size_t at;

	if (file->size == 0)
		return RQ_OK;
	size_t mark = file->size >= 3 && memcmp(file->data, byte_order_mark, 3) == 0 ? 3 : 0;
	text->marked = mark > 0;
	text->data = file->data + mark;
	text->size = file->size - mark;

	const char *fault = rq_text_fault(&at, text->data, text->size);
	if (fault == NULL)
		return check_lines(text, err);
	if (text->problems != NULL) {
		RQ_TRY(blank_faults(text, err));
		return check_lines(text, err);
	}
	return rq_fail(err, RQ_E_DATA, "%s:%zu: %s at byte %zu of the %s, counted from 0; expected UTF-8 text", text->path,
	               rq_text_place(text, text->data + at).line, fault, at + mark, text->packed ? "uncompressed text" : "file");
}

/* What cannot be uncompressed is empty to who collects problems. */
static enum rq_status read_text(struct rq_text *text, struct rq_unpack *unpack, struct rq_error *err)
{
	text->data = "";
	enum rq_status status = read_all(text, unpack, err);
	if (status == RQ_OK)
		status = check(text, err);
	if (status == RQ_E_DATA) {
		text->data = "";
		text->size = 0;
	}
	return rq_text_take(text, RQ_PROBLEM_file, status, err);
}

enum rq_status rq_text_read_on(struct rq_text *text, const char *path, struct rq_problems *problems, struct rq_error *err)
{
	RQ_CLEANUP(rq_unpack_release) struct rq_unpack unpack = {0};
	struct rq_sha256 sha256;

	*text = (struct rq_text){.path = rq_path_shown(path), .problems = problems};
	rq_sha256_begin(&sha256);
	enum rq_status status = rq_unpack_open(&unpack, path, &sha256, err);
	if (status == RQ_OK)
		status = read_text(text, &unpack, err);
	if (status == RQ_OK)
		status = rq_sha256_end(text->sha256, &sha256, err);
	if (status != RQ_OK)
		rq_text_release(text);
	return status;
}

enum rq_status rq_text_read_open(struct rq_text *text, struct rq_unpack *unpack, struct rq_error *err)
{
	*text = (struct rq_text){.path = unpack->path};
	enum rq_status status = read_text(text, unpack, err);
	if (status != RQ_OK)
		rq_text_release(text);
	return status;
}

enum rq_status rq_text_from_on(struct rq_text *text, const char *path, const void *data, size_t size, struct rq_problems *problems, struct rq_error *err)
{
	RQ_CLEANUP(rq_unpack_release) struct rq_unpack unpack = {0};

	*text = (struct rq_text){.path = path, .problems = problems};
	enum rq_status status = rq_sha256(text->sha256, size == 0 ? "" : data, size, err);
	if (status == RQ_OK)
		status = rq_unpack_from(&unpack, path, data, size, err);
	if (status == RQ_OK)
		status = read_text(text, &unpack, err);
	if (status != RQ_OK)
		rq_text_release(text);
	return status;
}

enum rq_status rq_text_read(struct rq_text *text, const char *path, struct rq_error *err)
{
	return rq_text_read_on(text, path, NULL, err);
}

enum rq_status rq_text_from(struct rq_text *text, const char *path, const void *data, size_t size, struct rq_error *err)
{
	return rq_text_from_on(text, path, data, size, NULL, err);
}

enum rq_status rq_text_take(const struct rq_text *text, enum rq_problem_kind kind, enum rq_status status, struct rq_error *err)
{
	return rq_problem_take(text->problems, kind, text->path, status, err);
}

void rq_text_release(struct rq_text *text)
{
	rq_buf_release(&text->owned);
	*text = (struct rq_text){0};
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct rq_line rq_text_lines(const struct rq_text *text)
{
	return (struct rq_line){.next = text->data};
}

bool rq_line_next(struct rq_line *line, const struct rq_text *text)
{
	const char *end = text->data + text->size;

	while (line->next < end) {
		const char *at = line->next, *feed = memchr(at, '\n', (size_t)(end - at)), *stop = feed == NULL ? end : feed;
		line->next = feed == NULL ? end : feed + 1;
		line->number++;
		if (stop > at && stop[-1] == '\r')
			stop--;
		line->span = (struct rq_span){at, (size_t)(stop - at)};
		while (at < stop && is_space(*at))
			at++;
		if (at < stop)
			return true;
	}
	return false;
}

size_t rq_text_filled_lines(const struct rq_text *text)
{
	struct rq_line line = rq_text_lines(text);
	size_t count = 0;

	while (rq_line_next(&line, text))
		count++;
	return count;
}

size_t rq_text_line_number(const struct rq_text *text, size_t index)
{
	struct rq_line line = rq_text_lines(text);

	for (size_t i = 0; rq_line_next(&line, text) && i < index; i++)
		continue;
	return line.number;
}

size_t rq_columns_space(struct rq_span *columns, size_t maximum, struct rq_span line)
{
	const char *at = line.at, *end = line.at + line.length;
	size_t count = 0;

	while (count < maximum) {
		while (at < end && is_space(*at))
			at++;
		if (at == end)
			break;
		const char *start = at;
		while (at < end && !is_space(*at))
			at++;
		columns[count++] = (struct rq_span){start, (size_t)(at - start)};
	}
	return count;
}

size_t rq_columns_tab(struct rq_span *columns, size_t maximum, struct rq_span line)
{
	const char *at = line.at, *end = line.at + line.length;
	size_t count = 0;

	while (count < maximum) {
		const char *tab = memchr(at, '\t', (size_t)(end - at));
		columns[count++] = (struct rq_span){at, (size_t)((tab == NULL ? end : tab) - at)};
		if (tab == NULL)
			break;
		at = tab + 1;
	}
	return count;
}

struct rq_place rq_text_place(const struct rq_text *text, const char *at)
{
	struct rq_place place = {.line = 1};
	const char *start = text->data;

	for (const char *feed; (feed = memchr(start, '\n', (size_t)(at - start))) != NULL; start = feed + 1)
		place.line++;
	place.column = (size_t)(at - start) + 1;
	return place;
}

struct rq_excerpt rq_excerpt(struct rq_span span)
{
	static const char cut[] = "...";
	struct rq_excerpt excerpt;
	size_t room = sizeof excerpt.text - sizeof cut, length = span.length;

	if (length > room)
		for (length = room; length > 0 && ((unsigned char)span.at[length] & 0xC0) == 0x80;)
			length--;
	for (size_t i = 0; i < length; i++)
		excerpt.text[i] = (unsigned char)span.at[i] < 0x20 || span.at[i] == 0x7F ? '?' : span.at[i];
	memcpy(excerpt.text + length, length < span.length ? cut : "", length < span.length ? sizeof cut : 1);
	return excerpt;
}

const char *rq_id_fault(struct rq_span id)
{
	if (id.length == 0)
		return "is empty";
	for (size_t i = 0; i < id.length; i++) {
		unsigned char byte = (unsigned char)id.at[i];
		if (byte > ' ' && byte < 0x7F)
			continue;
		if (is_space(id.at[i]))
			return "contains white space";
		bool second_set = byte == 0xC2 && i + 1 < id.length && (unsigned char)id.at[i + 1] < 0xA0; /* U+0080 to U+009F */
		if (byte < 0x20 || byte == 0x7F || second_set)
			return "contains a control character";
	}
	return NULL;
}
