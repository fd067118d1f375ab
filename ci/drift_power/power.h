/* How often figures of drift tell of what was put in, and how often of nothing: seeded pairs of samples whose truth is known. */
#ifndef RQ_DRIFT_POWER_H
#define RQ_DRIFT_POWER_H

#include "evalcore/base/memory.h"
#include "evalcore/model/vectors.h"
#include "metrics/drift/drift.h"

/* Where rows come from. */
struct rq_power_set {
	const char *name;
	struct rq_vectors rows, others; /* of length 1; `others` are of texts about something else */
	double *deviations;             /* of each component of `rows` */
	size_t spread;                  /* the component with the largest */
};
enum { RQ_POWER_SETS = 2 };
struct rq_power_sets {
	struct rq_power_set items[RQ_POWER_SETS];
	size_t count;
	const char *missing; /* the folder without the real collections, or NULL */
};
/* "clusters": made up; "cranfield", where the folder `shared` is there: abstracts by latent semantic analysis, with those of CACM as others. NULL:
 * made up ones alone. */
RQ_MUST_USE enum rq_status rq_power_sets_load(struct rq_power_sets *sets, const char *shared, struct rq_error *err);
void rq_power_sets_release(struct rq_power_sets *sets);

/* What is done to the rows of one side. */
enum rq_change_kind { RQ_CHANGE_NONE, RQ_CHANGE_NOISE, RQ_CHANGE_SHIFT, RQ_CHANGE_REPLACE, RQ_CHANGE_QUANTISE, RQ_CHANGE_ROTATE, RQ_CHANGE_DROP, RQ_CHANGE_COME };
struct rq_change {
	const char *name;
	enum rq_change_kind kind;
	double size; /* standard deviations, share of the rows, or largest whole number of a code */
};
extern const struct rq_change rq_changes[];
extern const size_t rq_change_count; /* the first is none */
bool rq_change_is_none(const struct rq_change *change); /* nothing of it is drift */
/* Texts that came, instead of as many that went: of the same kind (RQ_CHANGE_COME), or about something else (RQ_CHANGE_REPLACE). 0: all are others. */
size_t rq_change_came(const struct rq_change *change, size_t rows);
/* COME and REPLACE leave `rows` alone: what comes instead is the caller's. */
void rq_change_apply(struct rq_vectors *rows, const struct rq_change *change, const struct rq_power_set *set, uint64_t seed);

/* One change of one set over many pairs. */
struct rq_power_cell {
	const struct rq_power_set *set;
	const struct rq_change *change;
	size_t n, trials;               /* rows a side */
	size_t failed[RQ_DRIFT_FIGURES]; /* trials that the figure fails by its own limit, Holm's p in the family of all that have one */
	size_t told[RQ_DRIFT_FIGURES];   /* and by its own p alone, <= .05 */
	size_t any;                      /* trials in which any of that family fails */
	size_t week;                     /* trials in which any figure does */
	double sum[RQ_DRIFT_FIGURES];    /* of the values */
	bool computed[RQ_DRIFT_FIGURES];
};
/* Figures of the same texts compare a sample with itself after the change; those of two sets compare it with another sample of the same texts,
 * changed, and where texts came with those alone. From stream `stream` of the seed. */
RQ_MUST_USE enum rq_status rq_power_cell_run(struct rq_power_cell *cell, uint64_t seed, uint64_t stream, struct rq_error *err);

/* Series of a metric whose weeks scatter by .01 and whose level falls by `drop` once, half-way. */
struct rq_power_series {
	size_t weeks, trials, failed, told;
	double drop;
};
RQ_MUST_USE enum rq_status rq_power_series_run(struct rq_power_series *series, uint64_t seed, uint64_t stream, struct rq_error *err);

#endif
