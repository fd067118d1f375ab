/* Flags of a command: one table parses them and prints their help. "--name value" and "--name=value" are the same, and
 * "-l 2" and "-l2"; "--" ends them. */
#ifndef RQ_CLI_FLAGS_H
#define RQ_CLI_FLAGS_H

#include "evalcore/base/options.h"

enum rq_flag_type {
	RQ_FLAG_BOOL,   /* bool: no value */
	RQ_FLAG_STRING, /* const char * */
	RQ_FLAG_COUNT,  /* int64_t, at least 1 */
	RQ_FLAG_NUMBER, /* struct rq_flag_number */
	RQ_FLAG_POSITIVE, /* the same, at least 1 */
	RQ_FLAG_GRADE,  /* the same, at most what a grade can be */
	RQ_FLAG_DIGITS, /* the same, at most as many as a number has that mean something */
	RQ_FLAG_LIST,   /* struct rq_strings: may be repeated */
	RQ_FLAG_SIZE,   /* uint64_t, bytes, above 0: "10GB" */
	RQ_FLAG_DURATION, /* double, seconds, above 0: "30d" */
};

/* A whole number from 0 up to what JSON holds exactly. */
struct rq_flag_number {
	bool given;
	int64_t value;
};

struct rq_flag {
	const char *name;  /* "--set" */
	const char *value; /* "KEY=VALUE" in help; NULL for a bool */
	enum rq_flag_type type;
	size_t offset;     /* of the member in the struct that the table fills */
	const char *help;
};

#define RQ_FLAGS_END {.name = NULL}

/* Fills target; what is no flag goes to `positional`. Strings are borrowed from argv, lists from the arena. E_USAGE names the nearest flag. */
RQ_MUST_USE enum rq_status rq_flags_parse(void *target, struct rq_strings *positional, const struct rq_flag *table, int argc, char **argv, struct rq_arena *arena,
                                          struct rq_error *err);
/* What goes into a file as words must be UTF-8: E_USAGE. `flag` is where it comes from: "--by", "$USER". */
RQ_MUST_USE enum rq_status rq_flag_check_words(const char *flag, const char *text, struct rq_error *err);
void rq_flags_help(struct rq_buf *out, const struct rq_flag *table);

#endif
