/* What a receiver of alerts has been told to fire, by each job: a file a receiver and job in the spool. By it what a job no
 * longer judges, or names otherwise, ends at the receiver with the next request that reaches it. */
#ifndef RQ_CLI_FIRING_H
#define RQ_CLI_FIRING_H

#include "evalcore/base/json.h"
#include "evalcore/base/memory.h"

struct rq_firing {
	const char *path;      /* of the memory; NULL: the request names no job, and nothing is remembered */
	const char *forgotten; /* why what was remembered is not known; NULL: it is */
	struct rq_buf next;    /* what is to be remembered once the receiver has taken the request */
};
void rq_firing_release(struct rq_firing *firing);

/* Adds to the request's body an end of each alert that fires at its receiver and that the run, which had a verdict, says
 * nothing of. Zero-initialise firing; its texts are in the arena. */
RQ_MUST_USE enum rq_status rq_firing_end(struct rq_firing *firing, rq_json *request, const char *folder,
                                         struct rq_arena *arena, struct rq_error *err);
/* The receiver has taken it. E_IO. */
RQ_MUST_USE enum rq_status rq_firing_keep(const struct rq_firing *firing, struct rq_error *err);

#endif
