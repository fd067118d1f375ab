/* What the tests of this room share: texts in memory, files that vanish, the real collections. */
#ifndef RQ_TESTS_DATASETS_SUPPORT_H
#define RQ_TESTS_DATASETS_SUPPORT_H

#include "datasets/parsers.h"
#include "tests/shared.h"

#include <stdbool.h>

/* Fails the test where the bytes cannot be read as text. The text is called "x" in messages. */
struct rq_text text_of(const void *data, size_t size);

/* Vectors as JSON, out of memory; called "x" in messages. */
enum rq_status read_vectors(struct rq_vectors *vectors, struct rq_ids *ids, const char *text, size_t size, const char *member, struct rq_error *err);

/* A temporary file with these bytes, named /tmp/rqgate-...NAME; remove it with file_remove. */
char *file_with(const char *name, const void *data, size_t size);
void file_remove(char *path);

/* Vectors of a file in memory, called "x" in messages; zeroed on failure. */
enum rq_status vectors_from(struct rq_vectors *vectors, const char *format, const void *data, size_t size, struct rq_error *err);

/* Fails the test unless they are refused as data with this sentence. */
void vectors_refused(const char *format, const void *data, size_t size, const char *array, const char *sentence);

/* A .npy file: magic, version, dict, padding, payload. */
void npy_make(struct rq_buf *out, unsigned version, const char *dict, const void *payload, size_t size);

#endif
