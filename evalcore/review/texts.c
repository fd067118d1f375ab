/* Finds the texts of some documents in one pass over their corpus, and puts them on one line. */
#include "evalcore/review/texts.h"

#include <string.h>

void rq_texts_find(const char **texts, const struct rq_ids *wanted, const struct rq_corpus *corpus, bool parents)
{
	for (size_t i = 0; i < corpus->count; i++) {
		const struct rq_document *document = &corpus->documents[i];
		const char *unit = parents && document->parent != NULL ? document->parent : document->id;
		uint32_t number = rq_ids_find(wanted, unit, strlen(unit));
		if (number != RQ_ID_NONE && texts[number] == NULL)
			texts[number] = document->text;
	}
}

static bool is_blank(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7F;
}

static size_t character_length(const char *text)
{
	size_t length = 1;

	while (((unsigned char)text[length] & 0xC0) == 0x80)
		length++;
	return length;
}

void rq_add_one_line(struct rq_buf *out, const char *text, size_t maximum)
{
	size_t used = 0;

	while (is_blank(*text) && *text != '\0')
		text++;
	while (*text != '\0') {
		bool blank = is_blank(*text);
		const char *from = text;
		size_t length = blank ? 1 : character_length(text);
		text += length;
		while (blank && *text != '\0' && is_blank(*text))
			text++;
		if (blank && *text == '\0')
			return;
		if (used + length > maximum) {
			rq_buf_puts(out, "...");
			return;
		}
		rq_buf_add(out, blank ? " " : from, length);
		used += length;
	}
}
