#define RQ_STATUS_C
#include "evalcore/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of a sentence that is too long for its place the middle goes: a path starts it, the reason ends it. */
static void shorten(char *out, size_t size, const char *text)
{
	size_t length = strlen(text), half = (size - sizeof "...") / 2;

	if (length < size)
		memcpy(out, text, length + 1);
	else
		snprintf(out, size, "%.*s...%s", (int)half, text, text + length - half);
}

enum rq_status rq_fail(struct rq_error *err, enum rq_status status, const char *format, ...)
{
	if (err != NULL) {
		char whole[4 * sizeof err->text];
		va_list args;
		va_start(args, format);
		vsnprintf(whole, sizeof whole, format, args);
		va_end(args);
		shorten(err->text, sizeof err->text, whole);
		err->status = status;
	}
	return status;
}

enum rq_status rq_fail_memory(struct rq_error *err)
{
	return rq_fail(err, RQ_E_NOMEM, "out of memory; free some, or use a smaller corpus or cutoff");
}

enum rq_status rq_fail_within(struct rq_error *err, const char *format, ...)
{
	char context[512], whole[sizeof context + sizeof err->text + 2];
	va_list args;

	if (err == NULL) /* nobody asked for the sentence, so its status is lost too */
		return RQ_E_INTERNAL;
	va_start(args, format);
	vsnprintf(context, sizeof context, format, args);
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
