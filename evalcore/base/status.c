/* Statuses as words and exit codes, and the one sentence of an error. */
#define RQ_STATUS_C
#include "evalcore/base/status.h"

#include "evalcore/base/secret.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cut at `at` or up to three bytes before it (after it, where `step` is 1), so that no character is cut in two.
 * What is not UTF-8 is cut where it stands. */
static size_t boundary(const char *text, size_t at, int step)
{
	size_t found = at;

	for (int i = 0; i < 3 && found > 0 && ((unsigned char)text[found] & 0xC0) == 0x80; i++)
		found += (size_t)step;
	return ((unsigned char)text[found] & 0xC0) == 0x80 ? at : found;
}

/* Of a sentence that is too long for its place the middle goes: a path starts it, the reason ends it. */
static void shorten(char *out, size_t size, const char *text)
{
	size_t length = strlen(text), half = (size - sizeof "...") / 2;

	if (length < size)
		memcpy(out, text, length + 1);
	else
		snprintf(out, size, "%.*s...%s", (int)boundary(text, half, -1), text, text + boundary(text, length - half, 1));
}

/* Without secrets. What is too long ends before the character, and before the secret, that may be cut in two. */
static void print(char *out, size_t size, const char *format, va_list args)
{
	int length = vsnprintf(out, size, format, args);
	bool cut = length >= 0 && (size_t)length >= size;

	rq_secret_hide(out);
	if (!cut)
		return;
	size_t end = strlen(out), half = rq_secret_longest();
	end -= half > end ? end : half;
	while (end > 0 && ((unsigned char)out[end - 1] & 0xC0) == 0x80)
		end--;
	if (end > 0 && (unsigned char)out[end - 1] >= 0xC0)
		end--;
	out[end] = '\0';
}

enum rq_status rq_fail(struct rq_error *err, enum rq_status status, const char *format, ...)
{
	if (err != NULL) {
		char whole[4 * sizeof err->text];
		va_list args;
		va_start(args, format);
		print(whole, sizeof whole, format, args);
		va_end(args);
		shorten(err->text, sizeof err->text, whole);
		err->status = status;
	}
	return status;
}

enum rq_status rq_fail_memory(struct rq_error *err)
{
	return rq_fail(err, RQ_E_NOMEM, "out of memory; free some, or use smaller inputs");
}

enum rq_status rq_fail_within(struct rq_error *err, const char *format, ...)
{
	char context[512], whole[sizeof context + sizeof err->text + 2];
	va_list args;

	if (err == NULL) /* nobody asked for the sentence, so its status is lost too */
		return RQ_E_INTERNAL;
	va_start(args, format);
	print(context, sizeof context, format, args);
	va_end(args);
	snprintf(whole, sizeof whole, "%s: %s", context, err->text);
	shorten(err->text, sizeof err->text, whole);
	return err->status;
}

int rq_status_exit_code(enum rq_status status)
{
	static const int codes[] = {
#define RQ_STATUS(name, exit_code, text) exit_code,
#include "evalcore/base/status.def"
#undef RQ_STATUS
	};
	return codes[status];
}
