/* What the tests of this room share: options from JSON text, corpora of words, temporary files, the real collections. */
#ifndef RQ_TESTS_EMBED_SUPPORT_H
#define RQ_TESTS_EMBED_SUPPORT_H

#include "evalcore/base/memory.h"
#include "evalcore/embed/embedder.h"
#include "tests/shared.h"

#include <check.h>

#define ck_assert_ok(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

/* The embedder's options as a config with this object gives them; strings live in the arena, paths are relative to "/". */
void *options_from(const struct rq_embedder *embedder, struct rq_arena *arena, const char *json);

/* A corpus of n seeded random texts over a small vocabulary; every `empty_every`-th is "" (0: none). Release with rq_corpus_release. */
struct rq_corpus random_corpus(size_t n, uint64_t seed, size_t empty_every);
struct rq_corpus corpus_of(const char *const *texts, size_t n);

/* A fresh path under /tmp that does not exist yet; free() it. */
char *fresh_path(const char *ending);
/* A file with these bytes at such a path; file_remove unlinks and frees. */
char *file_with(const char *ending, const void *data, size_t size);
void file_remove(char *path);

#endif
