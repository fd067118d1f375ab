/* Text on a terminal: what is the user's made harmless, wrapped, coloured. */
#include "evalcore/base/parse.h"
#include "reports/rows.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

/* Next character of UTF-8 that is known to be valid (readers check it). Returns its bytes. */
static size_t next_character(const char *text, size_t length, utf8proc_int32_t *character)
{
	utf8proc_ssize_t read = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, character);

	return read > 0 ? (size_t)read : 1;
}

/* Columns on a terminal: none of what combines, two of what is wide. */
static size_t columns_of(utf8proc_int32_t character)
{
	int columns = character < 0 ? 1 : utf8proc_charwidth(character);

	return columns < 0 ? 1 : (size_t)columns;
}

/* What the terminal cannot show, or what could steer it: written as '?'. Names of slices and suites are the user's. */
static bool is_hidden(const char *text, size_t length, bool unicode)
{
	return rq_unprintable(text, length) > 0 || ((unsigned char)text[0] >= 0x80 && !unicode);
}

/* Columns of `length` bytes as rq_add_text writes them. */
size_t rq_text_width(const char *text, size_t length, bool unicode)
{
	size_t width = 0, step;
	utf8proc_int32_t character;

	for (size_t i = 0; i < length; i += step) {
		step = next_character(text + i, length - i, &character);
		width += is_hidden(text + i, length - i, unicode) ? 1 : columns_of(character);
	}
	return width;
}

void rq_add_text(struct rq_buf *out, const char *text, size_t length, bool unicode)
{
	size_t step;
	utf8proc_int32_t character;

	for (size_t i = 0; i < length; i += step) {
		step = next_character(text + i, length - i, &character);
		if (is_hidden(text + i, length - i, unicode))
			rq_buf_puts(out, "?");
		else
			rq_buf_add(out, text + i, step);
	}
}

/* Words from column `at` on, wrapped at the terminal's width with two blanks of indentation; in a log everything stays on one line. */
void rq_add_wrapped(struct rq_buf *out, const char *text, size_t at, struct rq_style style)
{
	bool first = true;

	while (*text != '\0') {
		size_t blanks = strspn(text, " \n"), length = strcspn(text + blanks, " \n"), width = rq_text_width(text + blanks, length, style.unicode);
		if (length == 0)
			break;
		if (!first && style.width > 0 && at + 1 + width > (size_t)style.width) {
			rq_buf_puts(out, "\n  ");
			at = 2;
		} else if (!first) {
			rq_buf_puts(out, " ");
			at++;
		}
		rq_add_text(out, text + blanks, length, style.unicode);
		at += width;
		text += blanks + length;
		first = false;
	}
	rq_buf_puts(out, "\n");
}

void rq_add_coloured(struct rq_buf *out, const char *text, const char *colour, struct rq_style style)
{
	if (style.colour && colour != NULL)
		rq_buf_printf(out, "%s%s" RQ_PLAIN, colour, text);
	else
		rq_buf_puts(out, text);
}

void rq_add_line(struct rq_buf *out, const char *word, const char *colour, const char *text, struct rq_style style)
{
	rq_add_coloured(out, word, colour, style);
	rq_buf_puts(out, " ");
	rq_add_wrapped(out, text, strlen(word) + 1, style);
}

const char *rq_gate_colour(const struct rq_gate_result *gate)
{
	if (gate->outcome == RQ_PASS)
		return RQ_GREEN;
	return gate->outcome == RQ_FAIL && gate->level == RQ_LEVEL_ERROR && gate->waived != RQ_WAIVED ? RQ_RED : RQ_YELLOW;
}

void rq_add_sentence(struct rq_buf *out, const struct rq_verdict *verdict, struct rq_style style)
{
	size_t length = strcspn(verdict->sentence, ": ");
	char word[32];

	snprintf(word, sizeof word, "%.*s", (int)length, verdict->sentence);
	if (length >= sizeof word || !style.colour) {
		rq_add_wrapped(out, verdict->sentence, 0, style);
		return;
	}
	rq_add_coloured(out, word, verdict->outcome == RQ_PASS ? RQ_GREEN : verdict->outcome == RQ_FAIL ? RQ_RED : RQ_YELLOW, style);
	if (verdict->sentence[length] == ':')
		rq_buf_puts(out, ":");
	rq_buf_puts(out, " ");
	length += verdict->sentence[length] == ':';
	rq_add_wrapped(out, verdict->sentence + length, length + 1, style);
}
