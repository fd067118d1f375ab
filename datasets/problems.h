/* What is wrong with a data set, collected by kind: a reader whose text has a collection tells it what it would have failed with, leaves the record
 * out, and goes on. All are counted, the first few of each kind kept. */
#ifndef RQ_DATASETS_PROBLEMS_H
#define RQ_DATASETS_PROBLEMS_H

#include "evalcore/base/memory.h"
#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum rq_problem_kind {
#define RQ_PROBLEM(name, severity, words) RQ_PROBLEM_##name,
#include "datasets/problems.def"
#undef RQ_PROBLEM
	RQ_PROBLEM_KINDS
};

struct rq_problem_class {
	const char *name;  /* "duplicate_id": for machines */
	bool error;        /* a run refuses it; else a warning */
	const char *words; /* "duplicate id" */
};

extern const struct rq_problem_class rq_problem_classes[RQ_PROBLEM_KINDS];

struct rq_problem {
	const char *path;
	size_t line, column; /* counted from 1; 0: of the file as a whole, of the line as a whole */
	const char *text;    /* what is wrong, without the place */
};

struct rq_problems {
	size_t limit; /* kept of each kind */
	struct {
		size_t count;
		struct rq_problem *kept; /* in the order found */
		size_t kept_count, capacity;
	} kinds[RQ_PROBLEM_KINDS];
	size_t errors, warnings;
	struct rq_arena arena;
};

void rq_problems_release(struct rq_problems *problems); /* zero-initialise, and set the limit */

/* E_NOMEM only. */
RQ_MUST_USE enum rq_status rq_problem_add(struct rq_problems *problems, enum rq_problem_kind kind, const char *path, size_t line, struct rq_error *err,
                                          const char *format, ...) RQ_PRINTF(6, 7);

/* With a collection (err is then not NULL), a failure of bad data becomes a problem in it and RQ_OK is returned; everything else is returned as it is. The sentence starts with
 * its place, "PATH:LINE:COLUMN: ", "PATH:LINE: " or "PATH: ", which is taken from it. */
RQ_MUST_USE enum rq_status rq_problem_take(struct rq_problems *problems, enum rq_problem_kind kind, const char *path, enum rq_status status,
                                           struct rq_error *err);

#endif
