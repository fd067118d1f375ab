/* How texts are put into requests. */
#include "evalcore/embed/http/batch.h"

#include "evalcore/base/json.h"

#include <string.h>

static const char BLANKS[] = " \t\r\n\v\f";

uint64_t rq_http_tokens(uint64_t bytes, uint64_t texts)
{
	return bytes / 4 + texts;
}

size_t rq_http_batch(const char *const *texts, const size_t *rows, size_t count, size_t prefix_bytes, size_t most_texts, size_t most_tokens)
{
	uint64_t tokens = 0;
	size_t n = 0;

	for (; n < count && n < most_texts; n++) {
		tokens += rq_http_tokens(prefix_bytes + strlen(texts[rows[n]]), 1);
		if (n > 0 && tokens > most_tokens)
			break;
	}
	return n;
}

void rq_http_write_texts(struct rq_buf *out, const char *const *texts, const size_t *rows, size_t count, const char *prefix)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf joined = {0};

	for (size_t i = 0; i < count; i++) {
		const char *text = texts[rows[i]];
		if (prefix[0] != '\0') {
			rq_buf_clear(&joined);
			rq_buf_puts(&joined, prefix);
			rq_buf_puts(&joined, text);
			text = joined.data;
		}
		rq_buf_puts(out, i == 0 ? "[" : ",");
		if (joined.failed)
			out->failed = true;
		else
			rq_json_quote(out, text);
	}
	rq_buf_puts(out, "]");
}

uint64_t rq_http_words(const char *const *texts, const size_t *rows, size_t count)
{
	uint64_t words = 0;

	for (size_t i = 0; i < count; i++)
		for (const char *at = texts[rows[i]]; *(at += strspn(at, BLANKS)) != '\0'; at += strcspn(at, BLANKS))
			words++;
	return words;
}
