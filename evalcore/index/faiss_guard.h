/* Keeps a call of FAISS from the terminal, and from taking memory without bound. Internal to evalcore/index. */
#ifndef RQ_INDEX_FAISS_GUARD_H
#define RQ_INDEX_FAISS_GUARD_H

#include <stddef.h>
#include <sys/resource.h>

struct rq_faiss_guard {
	int terminal; /* what stderr was; -1: untouched */
	struct rlimit memory;
	int limited;
};

/* Makes FAISS ready, silences stderr, and grants `bytes` of memory beyond what the process holds (0: any), until the end,
 * by the same thread: another one that begins waits for it, and nobody begins twice. */
void rq_faiss_guard_begin(struct rq_faiss_guard *guard, size_t bytes);
void rq_faiss_guard_end(struct rq_faiss_guard *guard);

#endif
