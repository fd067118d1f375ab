#include "datasets/json_text.h"

#include <string.h>

/* Four hexadecimal digits, or -1. */
static long read_hex(const char *at, const char *end)
{
	long value = 0;

	for (int i = 0; i < 4; i++, at++) {
		const char *digits = "0123456789abcdefABCDEF", *digit = at == end || *at == '\0' ? NULL : strchr(digits, *at);
		if (digit == NULL)
			return -1;
		value = value * 16 + (digit - digits > 15 ? digit - digits - 6 : digit - digits);
	}
	return value;
}

static char *put_utf8(char *out, unsigned long code)
{
	if (code < 0x80) {
		*out++ = (char)code;
		return out;
	}
	if (code < 0x800) {
		*out++ = (char)(0xC0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*out++ = (char)(0xE0 | code >> 12);
		} else {
			*out++ = (char)(0xF0 | code >> 18);
			*out++ = (char)(0x80 | (code >> 12 & 0x3F));
		}
		*out++ = (char)(0x80 | (code >> 6 & 0x3F));
	}
	*out++ = (char)(0x80 | (code & 0x3F));
	return out;
}

/* After "\u": two of them are one character beyond the first 65,536. */
static const char *read_unicode(char **out, const char **at, const char *end)
{
	long code = read_hex(*at, end), low;

	if (code < 0)
		return "\\u without four hexadecimal digits";
	*at += 4;
	if (code >= 0xD800 && code < 0xE000) {
		if (code >= 0xDC00 || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u' || (low = read_hex(*at + 2, end)) < 0xDC00 || low > 0xDFFF)
			return "half of a surrogate pair; expected two \\u, the first from d800 to dbff, the second from dc00 to dfff";
		*at += 6;
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
	}
	*out = put_utf8(*out, (unsigned long)code);
	return NULL;
}

const char *rq_json_unescape(char *text, size_t *length, size_t *fault)
{
	static const char names[] = "\"\\/bfnrt", letters[] = "\"\\/\b\f\n\r\t";
	const char *at = text, *end = text + *length, *wrong = NULL;
	char *out = text;

	while (at < end && wrong == NULL) {
		if (*at != '\\') {
			*out++ = *at++;
			continue;
		}
		const char *name = at[1] == '\0' ? NULL : strchr(names, at[1]);
		*fault = (size_t)(at - text);
		at += 2;
		if (at[-1] == 'u')
			wrong = read_unicode(&out, &at, end);
		else if (name == NULL)
			wrong = "an escape that JSON does not know; expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u";
		else
			*out++ = letters[name - names];
	}
	*length = (size_t)(out - text);
	return wrong;
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at;
}

const char *rq_json_number_end(const char *at, const char *end)
{
	at += at < end && *at == '-';
	const char *start = at;
	at = skip_digits(at, end);
	if (at == start || (at - start > 1 && *start == '0'))
		return NULL;
	if (at < end && *at == '.') {
		start = ++at;
		if ((at = skip_digits(at, end)) == start)
			return NULL;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at += 1 + (at + 1 < end && (at[1] == '+' || at[1] == '-'));
		start = at;
		if ((at = skip_digits(at, end)) == start)
			return NULL;
	}
	return at;
}
