/* Turns: where several processes are about to pay for the same thing, one does it and the others wait, and then find it in the cache. A turn is a
 * lock on one byte of the cache's marker, a different one for each thing; the system takes it back from a process that is killed. */
#ifndef RQ_PIPELINE_CACHE_TURN_H
#define RQ_PIPELINE_CACHE_TURN_H

#include "evalcore/pipeline/cache.h"

struct rq_cache_turn {
	int fd; /* -1: none is needed (no cache, or one that is only read), or the file system has no locks */
};

/* Waits for the turn; `tell` (may be NULL) hears `text` once where another process has it. E_INTERRUPTED. End it in either case. */
RQ_MUST_USE enum rq_status rq_cache_turn_take(struct rq_cache_turn *turn, const struct rq_cache *cache, const struct rq_key *thing,
                                              void (*tell)(const char *text), const char *text, struct rq_error *err);
void rq_cache_turn_end(struct rq_cache_turn *turn);

#endif
