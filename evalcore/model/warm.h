/* What it takes until an index that was just opened answers as fast as it will: measured, so reported under "run". */
#ifndef RQ_MODEL_WARM_H
#define RQ_MODEL_WARM_H

#include <stdbool.h>
#include <stddef.h>

enum { RQ_WARM_ROUNDS_MOST = 1000 };

/* Queries one after the other on one thread. */
struct rq_warm_round {
	size_t queries, major_faults;
	double p50, p95, p99; /* seconds */
	double seconds;       /* of the round */
};

/* Zero: not measured. */
struct rq_warm {
	const char *absent;    /* why nothing was measured, as a clause; NULL: it was */
	const char *side;      /* "candidate" */
	const char *index;     /* what was opened: its path, or "the cached index" */
	const char *sha256;    /* of the index */
	double bytes;          /* of its file */
	double in_memory;      /* share of the file that the page cache held all the same when it was opened; NaN: the system does not tell */
	bool dropped_all;      /* the whole page cache was let go of, not this file's pages alone */
	double load_seconds;   /* from opening it to its first search */
	size_t load_faults;    /* pages that loading waited for */
	struct rq_warm_round *rounds;
	size_t round_count;
	bool stable;           /* the last rounds are as fast as it gets: metrics/stats/warm.h has the rule */
	double ready_seconds;  /* from opening it to the end of the last round; NaN unless stable */
	/* Of the last rounds together, with one-sided 95 % bounds of the last: INFINITY where they are too few. NaN unless stable. */
	size_t samples;
	double p50, p95, p99, p99_upper;
};

#endif
