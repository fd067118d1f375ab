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

/* Columns of a line with colours, up to `length` bytes. */
static size_t shown_width(const char *text, size_t length, bool unicode)
{
	size_t width = 0, from = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] != '\x1b')
			continue;
		width += rq_text_width(text + from, i - from, unicode);
		while (i < length && text[i] != 'm')
			i++;
		from = i < length ? i + 1 : length;
	}
	return width + rq_text_width(text + from, length - from, unicode);
}

/* Where a line that is broken goes on: below its last column, or two columns further in than it begins where that leaves too little room. */
static size_t hanging(const char *line, size_t length, struct rq_style style)
{
	size_t begins = strspn(line, " "), column = begins + 2;

	for (size_t i = begins; i + 2 < length; i++)
		if (line[i] == ' ' && line[i + 1] == ' ' && line[i + 2] != ' ' && shown_width(line, i + 2, style.unicode) <= (size_t)style.width / 2)
			column = shown_width(line, i + 2, style.unicode);
	return column;
}

/* The last blank from `least` on that leaves so much before it, or the first where none does; 0: there is no blank. */
static size_t place_to_break(const char *line, size_t length, size_t least, size_t room, bool unicode)
{
	size_t cut = 0;

	for (size_t i = least; i < length; i++) {
		if (line[i] != ' ' || line[i - 1] == ' ')
			continue;
		if (cut > 0 && shown_width(line, i, unicode) > room)
			break;
		cut = i;
	}
	return cut;
}

static void add_broken(struct rq_buf *out, const char *line, size_t length, struct rq_style style)
{
	size_t hang = hanging(line, length, style), room = (size_t)style.width;

	if (place_to_break(line, length, hang, room, style.unicode) == 0) /* one word is the last column: it goes below the others */
		hang = strspn(line, " ") + 2;
	size_t least = hang;
	for (size_t cut; shown_width(line, length, style.unicode) > room && (cut = place_to_break(line, length, least, room, style.unicode)) > 0;) {
		rq_buf_add(out, line, cut);
		rq_buf_printf(out, "\n%*s", (int)hang, "");
		cut += strspn(line + cut, " ");
		line += cut;
		length -= cut;
		room = (size_t)style.width > hang ? (size_t)style.width - hang : 0;
		least = 1;
	}
	rq_buf_add(out, line, length);
}

void rq_add_fitted(struct rq_buf *out, const char *lines, struct rq_style style)
{
	while (*lines != '\0') {
		size_t length = strcspn(lines, "\n");
		if (style.width > 0)
			add_broken(out, lines, length, style);
		else
			rq_buf_add(out, lines, length);
		rq_buf_puts(out, "\n");
		lines += length + (lines[length] == '\n');
	}
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
