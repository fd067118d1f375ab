/* How texts are put into requests. */
#ifndef RQ_EMBED_HTTP_BATCH_H
#define RQ_EMBED_HTTP_BATCH_H

#include "evalcore/base/memory.h"

#include <stdint.h>

/* About so many tokens: four bytes each, as English has them, and one for the end. */
uint64_t rq_http_tokens(uint64_t bytes, uint64_t texts);
/* How many of `count` texts, from the first, go into one request: at least one. */
size_t rq_http_batch(const char *const *texts, const size_t *rows, size_t count, size_t prefix_bytes, size_t most_texts, size_t most_tokens);
/* Appends ["prefix text", ...]. */
void rq_http_write_texts(struct rq_buf *out, const char *const *texts, const size_t *rows, size_t count, const char *prefix);
/* Words of the texts, each of which is a token at least: fewer tokens than that, and something was cut. */
uint64_t rq_http_words(const char *const *texts, const size_t *rows, size_t count);

#endif
