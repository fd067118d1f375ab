/* What could not be done for one input, kept for the report: a text that was not embedded, a topic that was not searched. */
#ifndef RQ_MODEL_FAILURE_H
#define RQ_MODEL_FAILURE_H

#include "evalcore/base/memory.h"

#include <stddef.h>

struct rq_failure {
	const char *side;    /* "baseline", "candidate"; "": of no side */
	const char *stage;   /* "embed", "search"; of a text that was not let in "load" */
	const char *what;    /* "document", "topic" */
	const char *id;
	const char *input;   /* how the text begins, at most RQ_FAILURE_INPUT bytes of whole characters */
	const char *reason;  /* one clause, at most RQ_FAILURE_REASON bytes */
	unsigned attempts;   /* requests that held it */
	double seconds;      /* from the first of them to the last answer */
	size_t place;        /* among the side's documents or topics */
};

enum { RQ_FAILURE_INPUT = 200, RQ_FAILURE_REASON = 1500 };

/* Owned by its arena; zero-initialise. */
struct rq_failures {
	struct rq_failure *items;
	size_t count, capacity;
	struct rq_arena arena;
};

/* Copies every string but side, stage and what, hides secrets in them, and cuts input and reason. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_failures_add(struct rq_failures *failures, const struct rq_failure *failure, struct rq_error *err);
/* By side, stage, what (as their names sort) and place, whatever order they were added in. */
void rq_failures_sort(struct rq_failures *failures);
void rq_failures_release(struct rq_failures *failures);

#endif
