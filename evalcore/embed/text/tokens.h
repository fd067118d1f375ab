/* Words of a text: NFKC and lower case (utf8proc), runs of letters, marks and digits, stop words dropped, Snowball stems. The one tokeniser of the program. */
#ifndef RQ_EMBED_TEXT_TOKENS_H
#define RQ_EMBED_TEXT_TOKENS_H

#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Not thread-safe: one a thread. */
struct rq_tokenizer;

/* `language` is Snowball's name ("english", "german" ...) or "none" for no stemming; stop words exist for english only. E_CONFIG names the languages. */
/* The library that decides what a letter is, with its version and that of Unicode: part of the cache keys of every text embedder. */
const char *rq_tokenizer_library(void);

RQ_MUST_USE enum rq_status rq_tokenizer_new(struct rq_tokenizer **tokenizer, const char *language, bool stop_words, struct rq_error *err);
void rq_tokenizer_free(struct rq_tokenizer *tokenizer);

/* Calls word(context, stem, length) for each token in order, until it returns false (E_NOMEM then). */
RQ_MUST_USE enum rq_status rq_tokenize(struct rq_tokenizer *tokenizer, const char *text, bool (*word)(void *context, const char *stem, size_t length), void *context, struct rq_error *err);

#endif
