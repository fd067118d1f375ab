/* How often verdicts are wrong, and how often they are none, where the truth is known: seeded samples of topics whose loss was put in. */
#ifndef RQ_CALIBRATION_H
#define RQ_CALIBRATION_H

#include "evalcore/base/memory.h"
#include "evalcore/base/status.h"
#include "evalcore/model/comparison.h"
#include "evalcore/model/verdict.h"

#include <stddef.h>
#include <stdint.h>

enum { RQ_OUTCOMES = RQ_INCONCLUSIVE + 1 };

/* Where differences come from. */
enum rq_population_kind {
	RQ_POPULATION_REAL, /* reciprocal ranks of a real collection, drawn with replacement */
	RQ_POPULATION_LOSS, /* d is -loss/churn with probability churn, else 0: nothing but rare losses */
	RQ_POPULATION_GAIN, /* d is +1 rarely, else -common: common losses that rare gains make up for */
};

struct rq_population {
	const char *name;
	enum rq_population_kind kind;
	double *values; /* RQ_POPULATION_REAL: RR@10 of each topic */
	size_t count;
	double mean;
	double common; /* RQ_POPULATION_GAIN */
	/* Of real ones: */
	const size_t *cluster_sizes; /* topics come in clusters of these sizes, in turn; NULL: each by itself */
	size_t cluster_kinds;
	bool largest_lose; /* what is lost is lost in clusters of the last size alone */
	size_t gates;      /* of a family: so many metrics with a gate each, of which the first has the loss; 0: one */
};

struct rq_populations {
	struct rq_population *items;
	size_t count;
	const char *missing; /* the folder without the real collections, or NULL */
	struct rq_arena arena;
};

/* BM25's reciprocal ranks on the example of this repository and, where the folder is there, on Cranfield and CACM; the two-point families; and the
 * example and Cranfield with topics in clusters and with several gates. */
RQ_MUST_USE enum rq_status rq_populations_load(struct rq_populations *populations, const char *shared, struct rq_error *err);
void rq_populations_release(struct rq_populations *populations);

/* Rules: the verdict, and what others decide by. */
struct rq_rule {
	const char *name, *help;
	bool counts; /* clusters, and the other gates of a family */
	/* d are the differences behind `paired`, p its p_worse among those of the family; scratch has room for 2 n. */
	enum rq_outcome (*judge)(const struct rq_paired *paired, double p, const double *d, double margin, double *scratch);
};
enum { RQ_RULES = 5 };
extern const struct rq_rule rq_rules[RQ_RULES]; /* the verdict first */

/* A case: n topics of which a share `churn` moves, with a mean loss. */
struct rq_cell {
	const struct rq_population *population;
	size_t n;
	double churn, loss, margin;
	double shares[RQ_RULES][RQ_OUTCOMES];
};

/* Real populations are sampled `trials` times from the stream `stream` of the seed; the families are summed exactly over all outcomes.
 * Thread-safe. */
RQ_MUST_USE enum rq_status rq_cell_judge(struct rq_cell *cell, size_t trials, uint64_t seed, uint64_t stream, struct rq_error *err);
/* Whether the case exists: a share that moves can lose no more than all it has. */
bool rq_cell_possible(const struct rq_cell *cell);
/* What n topics of the population count as: equal clusters (rq_paired_units). */
size_t rq_population_units(const struct rq_population *population, size_t n);

#endif
