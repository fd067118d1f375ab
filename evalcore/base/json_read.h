/* Strict reading of JSON that this program has written: what is missing or of another type is E_DATA, with the file and the JSON path. A reader keeps
 * its first failure; later calls do nothing and return nothing (NULL, NaN, 0, false), so that whoever reads checks `status` once, at the end. Keys
 * that nobody asks for are left alone: a later version may have written them. */
#ifndef RQ_BASE_JSON_READ_H
#define RQ_BASE_JSON_READ_H

#include "evalcore/base/json.h"

struct rq_json_reader {
	const char *source;     /* names the file in messages; borrowed */
	struct rq_arena *arena; /* where strings are copied to */
	enum rq_status status;
	struct rq_error *err;
};

/* Parses the whole text into *root, which the caller frees, an object whose "schema_version" is from 1 to `newest`. */
RQ_MUST_USE enum rq_status rq_json_read_root(rq_json **root, struct rq_json_reader *reader, const struct rq_buf *text, int newest);

/* `path` is that of the object, "" at the root; a NULL object reads as absent. */
const char *rq_json_read_string(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);
/* NULL: absent, or null. */
const char *rq_json_read_optional_string(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);
double rq_json_read_number(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);
/* NaN: absent, or null. */
double rq_json_read_optional_number(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);
/* Whole, from 0 to 2^53. */
size_t rq_json_read_count(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);
/* 0: absent, or null. */
size_t rq_json_read_optional_count(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);
/* Whole, from 0 to 2^31 - 1. */
int rq_json_read_small(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);
bool rq_json_read_bool(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);
const rq_json *rq_json_read_object(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);
const rq_json *rq_json_read_array(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);
/* An array of two numbers, each a number or null (NaN). */
void rq_json_read_pair(double pair[2], struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);
/* An array of two counts. */
void rq_json_read_counts(size_t pair[2], struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);

/* 64 hexadecimal digits. */
const char *rq_json_read_sha256(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key);
/* A member's own key; zeroed memory of the reader's arena. NULL where memory has run out. */
const char *rq_json_read_key(struct rq_json_reader *reader, const rq_json *member);
void *rq_json_read_alloc(struct rq_json_reader *reader, size_t count, size_t size);

/* What is wrong with a value that the caller has looked at itself; `value` NULL: it is missing. */
void rq_json_read_fail(struct rq_json_reader *reader, const char *path, const char *key, const rq_json *value, const char *expected);
/* A failed allocation, kept like any other failure. */
void rq_json_read_no_memory(struct rq_json_reader *reader);

#endif
