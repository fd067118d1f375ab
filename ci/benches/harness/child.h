/* Programs as a user calls them, rqgate first of all: processes of their own, whose time, memory and report are what a bench looks at. */
#ifndef RQ_BENCHES_CHILD_H
#define RQ_BENCHES_CHILD_H

#include "evalcore/base/status.h"

#include <stddef.h>

enum { RQ_STAGES_MAX = 16 };

struct rq_ran {
	double seconds;   /* from the fork to the end of the process */
	double processor; /* seconds of all its threads, in the program and in the system for it: what a busy machine disturbs least */
	double megabytes; /* most memory it held */
	struct {
		char name[24];
		double seconds;
	} stages[RQ_STAGES_MAX]; /* of report.json, in its order */
	size_t stage_count;
};

/* Runs the program arguments[0], looked for as a shell does, in `folder`; what it prints goes to the file "log" there. arguments end with NULL. A failure is an
 * exit code above `most`, and is reported with what the program said. No stages. */
RQ_MUST_USE enum rq_status rq_run_program(struct rq_ran *ran, const char *const *arguments, const char *folder, int most, struct rq_error *err);

/* Runs `program run gate.json --cache CACHE` in `folder`, whose config writes out/report.json. Any verdict will do; a failure is reported with what
 * the program said. */
RQ_MUST_USE enum rq_status rq_run_child(struct rq_ran *ran, const char *program, const char *folder, const char *cache, struct rq_error *err);

#endif
