/* What a character is to Hugging Face's tokenizers: their classes are those of Unicode 8, whatever the version of utf8proc. */
#ifndef RQ_EMBED_TOKEN_CHARACTERS_H
#define RQ_EMBED_TOKEN_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool rq_point_is_space(int32_t point);       /* White_Space */
bool rq_point_is_control(int32_t point);     /* control, format and private use, but for tab, line feed and carriage return */
bool rq_point_is_nonspacing(int32_t point);  /* a mark that takes no place of its own */
bool rq_point_is_punctuation(int32_t point); /* and every ASCII character that is neither letter, digit, blank nor control */
bool rq_point_is_ideograph(int32_t point);   /* of the CJK blocks that BERT sets apart */
bool rq_point_is_word(int32_t point);        /* \w of a regular expression */

/* Bytes of the character that begins with `lead`, in valid UTF-8. */
static inline size_t rq_utf8_size(char lead)
{
	unsigned char c = (unsigned char)lead;

	return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* The character at `at`, in valid UTF-8. */
static inline int32_t rq_utf8_point(const char *at)
{
	const unsigned char *b = (const unsigned char *)at;

	switch (rq_utf8_size(*at)) {
	case 1:
		return b[0];
	case 2:
		return (b[0] & 0x1F) << 6 | (b[1] & 0x3F);
	case 3:
		return (b[0] & 0x0F) << 12 | (b[1] & 0x3F) << 6 | (b[2] & 0x3F);
	default:
		return (b[0] & 0x07) << 18 | (b[1] & 0x3F) << 12 | (b[2] & 0x3F) << 6 | (b[3] & 0x3F);
	}
}

bool rq_is_ascii(const char *text, size_t length);

#endif
