#include "evalcore/base/base64.h"

#include <stdint.h>

static int digit_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

size_t rq_base64_size(const char *text, size_t length)
{
	size_t padding = length > 0 && text[length - 1] == '=' ? (size_t)(1 + (length > 1 && text[length - 2] == '=')) : 0;

	if (length % 4 != 0)
		return SIZE_MAX;
	for (size_t i = 0; i + padding < length; i++)
		if (digit_of(text[i]) < 0)
			return SIZE_MAX;
	return length / 4 * 3 - padding;
}

void rq_base64_read(unsigned char *out, const char *text, size_t size)
{
	uint32_t group = 0;
	size_t bytes = 0;

	for (size_t i = 0; bytes < size; i++) {
		group = group << 6 | (uint32_t)(text[i] == '=' ? 0 : digit_of(text[i]));
		for (int shift = 16; i % 4 == 3 && shift >= 0 && bytes < size; shift -= 8)
			out[bytes++] = (unsigned char)(group >> shift);
	}
}

void rq_base64_write(struct rq_buf *out, const void *data, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i += 3) {
		uint32_t group = (uint32_t)bytes[i] << 16 | (i + 1 < size ? (uint32_t)bytes[i + 1] << 8 : 0) | (i + 2 < size ? bytes[i + 2] : 0);
		char text[] = {digits[group >> 18], digits[group >> 12 & 63], i + 1 < size ? digits[group >> 6 & 63] : '=', i + 2 < size ? digits[group & 63] : '='};
		rq_buf_add(out, text, sizeof text);
	}
}
