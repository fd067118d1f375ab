/* One line of a JSON-lines file: its members, and messages that name the line. */
#ifndef RQ_DATASETS_RECORD_H
#define RQ_DATASETS_RECORD_H

#include "datasets/text.h"
#include "evalcore/base/json.h"

struct rq_record {
	rq_json *root;
	const char *path;
	size_t line;
};

/* `like` shows in the message what a line looks like. */
RQ_MUST_USE enum rq_status rq_record_parse(struct rq_record *record, const char *path, const struct rq_line *line, const char *like,
                                           struct rq_error *err);
void rq_record_release(struct rq_record *record);

/* A member of the object; what is null counts as absent. */
const rq_json *rq_record_get(const struct rq_record *record, const char *key);
/* The same, looked for inside "metadata" where the object itself has none: both are met in BEIR files. */
const rq_json *rq_record_get_anywhere(const struct rq_record *record, const char *key);

/* An id, which JSON files spell as a string or an integer. */
struct rq_record_id {
	struct rq_span span; /* into the record or digits: do not copy the struct */
	char digits[24];
};

RQ_MUST_USE enum rq_status rq_record_read_id(struct rq_record_id *id, const struct rq_record *record, const char *key, const rq_json *value,
                                             struct rq_error *err);
/* A name that may be absent (NULL): a string that is not empty, or an integer; copied into the arena. */
RQ_MUST_USE enum rq_status rq_record_read_name(const char **name, struct rq_arena *arena, const struct rq_record *record, const char *key,
                                               struct rq_error *err);
/* An optional string; NULL where absent, borrowed from the record. */
RQ_MUST_USE enum rq_status rq_record_read_string(const char **string, const struct rq_record *record, const char *key, struct rq_error *err);

/* Fails with `FILE:LINE: "key" is VALUE; expected ...`. */
enum rq_status rq_record_fail(const struct rq_record *record, const char *key, const rq_json *value, const char *expected, struct rq_error *err);

#endif
