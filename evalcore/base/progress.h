/* One progress line on stderr, on a terminal only: label, bar, rate, time left. Steps may come from any thread. */
#ifndef RQ_BASE_PROGRESS_H
#define RQ_BASE_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rq_progress {
	bool enabled; /* set by the command; false draws nothing */
	const char *label, *unit;
	size_t total; /* 0: unknown */
	atomic_size_t done;
	atomic_uint_fast64_t drawn_ns;
	uint64_t started_ns;
};

/* NULL is allowed as progress everywhere and draws nothing. Label and unit are borrowed until the end. */
void rq_progress_begin(struct rq_progress *progress, const char *label, const char *unit, size_t total);
void rq_progress_add(struct rq_progress *progress, size_t steps);
void rq_progress_end(struct rq_progress *progress); /* wipes the line */

#endif
