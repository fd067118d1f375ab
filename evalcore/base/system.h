/* The machine: instruction sets, clock, threads, parallel loops, cancellation. */
#ifndef RQ_BASE_SYSTEM_H
#define RQ_BASE_SYSTEM_H

#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Compiles a loop for several instruction sets, of which the machine's best is taken when the program loads; the digits are the same. */
#if defined(__x86_64__) && defined(__GLIBC__)
#define RQ_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define RQ_CLONES
#endif

uint64_t rq_clock_ns(void);                /* monotonic */
void rq_clock_utc(char text[32]);          /* now, "2026-11-21T03:36:50Z" */

/* Bytes that this process holds; 0: unknown. */
uint64_t rq_memory_held(void);
/* Tasks that want to run now, for each core of the machine, but at least 1: how many times longer a thread takes for their sake. */
double rq_crowding(void);

/* Threads of the one OpenMP pool that parallel loops, OpenBLAS and FAISS share. 0 means as many as the machine offers. */
void rq_threads_set(int threads);
int rq_threads(void);

/* Calls body(context, i) once for each i in [0, n), on all threads, in no order. Bodies write to places of their own; a result must
 * not depend on the order. Within a body OpenBLAS runs on one thread. */
void rq_parallel_for(size_t n, void (*body)(void *context, size_t i), void *context);

/* Ctrl-C: rq_cancel_install() makes SIGINT and SIGTERM ask for cancellation; a second one ends the process at once, removing
 * temporary files. Long loops call rq_cancel_check() and pass its status on. */
void rq_cancel_install(void);
bool rq_cancel_requested(void);
RQ_MUST_USE enum rq_status rq_cancel_check(struct rq_error *err);

#endif
