/* Searches done elsewhere: a side's retriever is asked, and the ids that come back become rows like those of an opened index, so that all that
 * follows need not know. Nothing of it is cached: nothing tells whether what is searched is still the same. */
#ifndef RQ_PIPELINE_REMOTE_H
#define RQ_PIPELINE_REMOTE_H

#include "evalcore/pipeline/search.h"

struct rq_remote {
	struct rq_searcher *searcher; /* its index_ids grow with the answers */
	const struct rq_topics *topics;
	struct rq_failures *failures; /* where topics are told of that were given up on */
	void *state;                  /* the open retriever */
	char place[64];               /* "baseline.index", which the retriever borrows for its messages */
	bool *failed;                 /* of each topic: not searched, or not embedded */
	uint64_t *seen;               /* of each row: the last answer that held it */
	size_t seen_capacity;
	uint64_t answers;             /* so far, without those of single questions */
	double index_bytes;           /* by its own word, where a gate asks; NaN: it tells none */
	const char *bytes_absent;     /* why it tells none, as a clause */
	size_t repeated;              /* documents that an answer held more than once */
};

/* Borrows all; `k` is the depth of the first search. The topics whose embedding failed count as failed, and are told of already. */
RQ_MUST_USE enum rq_status rq_remote_open(struct rq_remote *remote, struct rq_searcher *searcher, const struct rq_topics *topics,
                                          struct rq_failures *failures, size_t k, struct rq_error *err);
/* Closes the retriever; what it has answered stays known. */
void rq_remote_close(struct rq_remote *remote);
void rq_remote_release(struct rq_remote *remote);

/* The k best for every topic in `wanted` (NULL: all) that has a vector, if it takes one; other lists of `out`, which is made already, stay as they
 * are. */
RQ_MUST_USE enum rq_status rq_remote_search(struct rq_neighbours *out, struct rq_remote *remote, const bool *wanted, struct rq_progress *progress,
                                            struct rq_error *err);

struct rq_single {
	double seconds, waited; /* as in rq_answer */
	bool failed;            /* given up on: the seconds mean nothing */
};

/* One question by itself, for its time; its answer is not looked at otherwise. */
RQ_MUST_USE enum rq_status rq_remote_time(struct rq_single *single, struct rq_remote *remote, size_t topic, size_t k, struct rq_error *err);
/* Can this topic be asked for at all? */
bool rq_remote_can_ask(const struct rq_remote *remote, size_t topic);

#endif
