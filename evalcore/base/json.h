/* JSON: the only place that includes cJSON. Reading checks UTF-8, duplicate keys and "\u0000" and says line and column of a mistake; writing gives
 * the same bytes for the same values. Values are trees owned by their root; free the root. Numbers are doubles. */
#ifndef RQ_BASE_JSON_H
#define RQ_BASE_JSON_H

#include "evalcore/base/memory.h"
#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cJSON rq_json;

enum rq_json_type { RQ_JSON_NULL, RQ_JSON_BOOL, RQ_JSON_NUMBER, RQ_JSON_STRING, RQ_JSON_ARRAY, RQ_JSON_OBJECT };

/* Reads one value that fills the text. `source` names it in messages ("corpus.jsonl:17"). E_DATA, E_NOMEM; nesting is bounded. */
RQ_MUST_USE enum rq_status rq_json_parse(rq_json **root, const char *text, size_t length, const char *source, struct rq_error *err);
/* The lines, from 1, on which the items of the top-level object's array `key` begin; how many there are, of which the first `most` are told. Of a text
 * that parses. */
size_t rq_json_item_lines(size_t *lines, size_t most, const char *text, size_t length, const char *key);
void rq_json_free(rq_json *root);
void rq_json_free_pointer(rq_json **root); /* for RQ_CLEANUP */

enum rq_json_type rq_json_type(const rq_json *value);
const char *rq_json_type_name(enum rq_json_type type); /* "an object", "a string" ... */
const char *rq_json_string(const rq_json *value); /* NULL unless a string */
double rq_json_number(const rq_json *value);      /* NaN unless a number */
bool rq_json_true(const rq_json *value);
size_t rq_json_size(const rq_json *value);                        /* members of an array or object */
const rq_json *rq_json_get(const rq_json *object, const char *key); /* NULL: absent */
const rq_json *rq_json_first(const rq_json *container);           /* walk: first, then next; NULL ends */
const rq_json *rq_json_next(const rq_json *member);
const char *rq_json_key(const rq_json *member); /* within an object */
/* "RQ@10" in quotes, 0.5, an array ...: the value as a message shows it, cut to a readable length */
void rq_json_show(char *text, size_t size, const rq_json *value);

/* Building. A failed allocation makes the root NULL-like: every call accepts NULL and does nothing, rq_json_print then reports E_NOMEM. */
rq_json *rq_json_new_object(void);
rq_json *rq_json_copy(const rq_json *value);
rq_json *rq_json_member(rq_json *object, const char *key); /* as rq_json_get, to be changed */
void rq_json_remove(rq_json *object, const char *key);
void rq_json_set(rq_json *object, const char *key, rq_json *value); /* takes value; replaces an old one */
void rq_json_set_string(rq_json *object, const char *key, const char *value); /* NULL writes null */
void rq_json_set_number(rq_json *object, const char *key, double value);      /* NaN and Inf write null */
void rq_json_set_bool(rq_json *object, const char *key, bool value);
rq_json *rq_json_set_object(rq_json *object, const char *key); /* a new empty one, returned */
rq_json *rq_json_set_array(rq_json *object, const char *key);
void rq_json_push(rq_json *array, rq_json *value); /* takes value */
void rq_json_push_string(rq_json *array, const char *value);
void rq_json_push_number(rq_json *array, double value);
rq_json *rq_json_push_object(rq_json *array);
rq_json *rq_json_push_array(rq_json *array);

/* rq_json_print appends the text, indented by two blanks where `pretty` (arrays of scalars stay on one line), without a final newline. Doubles are printed with
 * the fewest digits that read back equal. E_NOMEM where building had failed anywhere in the tree. */
RQ_MUST_USE enum rq_status rq_json_check(const rq_json *value, struct rq_error *err); /* the same refusal for a tree that is read, not printed */
void rq_json_quote(struct rq_buf *out, const char *text); /* one string, escaped, in its quotes */
RQ_MUST_USE enum rq_status rq_json_print(struct rq_buf *out, const rq_json *value, bool pretty, struct rq_error *err);

#endif
