/* What a run would do and cost, stage by stage. Filled by evalcore/pipeline, written by reports. Owned by its arena. */
#ifndef RQ_MODEL_PLAN_H
#define RQ_MODEL_PLAN_H

#include "evalcore/base/memory.h"

#include <stdbool.h>
#include <stddef.h>

struct rq_range {
	double low, high; /* seconds; NaN: unknown */
};

enum rq_plan_state { RQ_PLAN_COMPUTE, RQ_PLAN_CACHED, RQ_PLAN_READ, RQ_PLAN_SHARED, RQ_PLAN_LEFT_OUT };
const char *rq_plan_state_name(enum rq_plan_state state); /* "compute", "cached", "read", "shared", "left out" */

struct rq_plan_stage {
	const char *side;  /* "baseline", "candidate"; NULL: both at once */
	const char *stage; /* "load", "fit", "embed", "index", "search", "exact", "bm25", "self-test", "latency", "embed latency", "drift", "score" */
	enum rq_plan_state state; /* shared: what the baseline leaves is taken; left out: not done, `what` says why */
	const char *what;  /* "build HNSW32,Flat over 1,400 x 256" */
	size_t texts, known, to_embed; /* texts = known (cached, or embedded for the baseline by then) + to_embed; all 0: none */
	size_t rows, dimension;        /* of the vectors that it makes or reads; 0: none */
	bool assumed;                  /* nobody knows the dimension yet, and this is a guess */
	double bytes;                  /* of those vectors */
	struct rq_range seconds;
	double memory; /* bytes that the process holds at the stage's peak; NaN: unknown */
	double stored; /* bytes that it adds to the cache */
	double sent;   /* bytes that leave this machine */
	double tokens, requests; /* about so many are sent; 0: nothing is */
};

/* The exact search behind ann_recall. */
struct rq_plan_exact {
	enum rq_plan_state state;
	const char *decision;   /* a sentence */
	double products;        /* documents x dimension x topics, of both sides */
	struct rq_range seconds; /* of both sides */
	double budget;          /* seconds a side */
	size_t topics;          /* that it is over */
	size_t most_topics;     /* about as many of them as fit the budget */
};

struct rq_plan {
	const char *suite; /* NULL: none */
	size_t documents, topics, cutoff;
	struct rq_plan_stage *stages;
	size_t stage_count;
	struct rq_plan_exact exact;
	const char **warnings;
	size_t warning_count;
	const char *cache; /* folder; NULL: none */

	size_t texts, known, to_embed;
	struct rq_range seconds; /* of the stages that have an estimate */
	size_t unknown;         /* stages without one */
	double memory, memory_left; /* bytes at the peak of the run, and that are available; 0: unknown */
	double stored, sent, tokens, requests;
	double slowness; /* of this machine, with what else runs on it, against the one of model/cost.h */
	double crowding; /* tasks that share each core while the plan is made, at least 1; 0: unknown */
	struct rq_arena arena;
};

void rq_plan_release(struct rq_plan *plan);

#endif
