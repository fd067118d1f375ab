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

/* Threads of the one OpenMP pool that parallel loops, OpenBLAS and FAISS share. 0 means as many as the machine offers. */
void rq_threads_set(int threads);
int rq_threads(void);

/* Calls body(context, i) once for each i in [0, n), on all threads, in no order. Bodies write to places of their own; a result must
 * not depend on the order. Within a body OpenBLAS runs on one thread. */
void rq_parallel_for(size_t n, void (*body)(void *context, size_t i), void *context);

/* The same on n threads of its own, which end with it: those of OpenMP look out for the next loop for milliseconds, at full speed, which costs a
 * short command more than its work. Where the machine has no more threads, fewer do all of it. Bodies leave OpenBLAS and FAISS alone, and
 * rq_threads() is the caller's to ask. */
void rq_work_together(size_t n, void (*body)(void *context, size_t i), void *context);

/* Exit codes 0, 1 and 2 are verdicts, and libraries end a process as they like: where memory runs out libgomp and OpenBLAS exit with 1, C++ aborts
 * when an exception comes to a thread that does not catch it. After rq_exit_guard() either is exit code 70 and a sentence, unless rq_exit_expected()
 * came before. */
void rq_exit_guard(void);
void rq_exit_expected(void);
/* For the time before main, where libraries that find no memory crash too: rq_exit_guard() with crashes, until this. */
void rq_exit_guard_loading(void);
void rq_exit_guard_loaded(void);
/* Ends the process from any thread, nothing flushed: removes temporary files, kills children, says the sentence, exits with the status's code. */
__attribute__((noreturn)) void rq_exit_at_once(enum rq_status status, const char *sentence);
/* The descriptor that this sentence goes to, where it is not stderr: while stderr is closed to a library. */
void rq_exit_speaks_on(int fd);

/* Descriptors 0 to 2 that the caller has closed: without this a report would get one of those numbers, and messages would go into it. */
void rq_streams_reserve(void);

/* Ctrl-C: rq_cancel_install() makes SIGINT and SIGTERM ask for cancellation; a second one ends the process at once, removing
 * temporary files and killing children. A limit on the size of files (SIGXFSZ) is a failed write from then on. Long loops call rq_cancel_check() and
 * pass its status on. */
void rq_cancel_install(void);
bool rq_cancel_requested(void);
RQ_MUST_USE enum rq_status rq_cancel_check(struct rq_error *err);

#endif
