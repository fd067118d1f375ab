/* English words that carry structure rather than subject. */
#ifndef RQ_EMBED_TEXT_STOP_WORDS_H
#define RQ_EMBED_TEXT_STOP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

extern const char *const rq_stop_words[]; /* strcmp order, case-folded, apostrophes as ' */
extern const size_t rq_stop_word_count;

bool rq_is_stop_word(const char *word, size_t length);

#endif
