/* Words that no output may show: keys and passwords. They come from the environment; rq_fail() hides them in every message, and whoever prints or
 * keeps what a server or another program said calls rq_secret_hide() first. The list is the process's, and is filled before threads are started. */
#ifndef RQ_BASE_SECRET_H
#define RQ_BASE_SECRET_H

#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { RQ_SECRET_LEAST = 4 }; /* characters; a shorter value would blank out words of any text */

/* The value of an environment variable, borrowed, hidden from now on. E_CONFIG naming `option` and the variable where it is unset or empty. */
RQ_MUST_USE enum rq_status rq_secret_read(const char **value, const char *variable, const char *option, struct rq_error *err);
/* Hides a word from now on: a password within an address, say. Also as JSON and percent encoding write it, where that differs. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_secret_keep(const char *word, struct rq_error *err);
/* The same of a word that stands in a config, where it looks like a key: 20 characters or more, letters and digits, no blank. */
RQ_MUST_USE enum rq_status rq_secret_keep_key(const char *word, struct rq_error *err);
/* Puts "***" in place of every hidden word. Of text that has been cut before, half a word is not found: cut afterwards. */
void rq_secret_hide(char *text);
/* The same of what a stranger said, and in place of what is a credential by its form: behind "Bearer " or "Basic ", a word that begins as keys of
 * well-known services do. */
void rq_secret_hide_foreign(char *text);
/* A copy without hidden words, cut only then, between two characters. Where memory runs out, "...". */
void rq_secret_copy(char *out, size_t size, const char *text, size_t length);
/* Bytes of the longest hidden word; 0: there is none. */
size_t rq_secret_longest(void);
void rq_secrets_forget(void);

#endif
