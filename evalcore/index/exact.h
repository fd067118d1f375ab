/* The parts of exact search, internal to evalcore/index: scores in double (exact_score.c), and the candidates that a product in single precision
 * leaves (exact_select.c). exact.c puts them together. */
#ifndef RQ_INDEX_EXACT_H
#define RQ_INDEX_EXACT_H

#include "evalcore/index/index.h"

#include <stdbool.h>

/* Compiles a loop for several instruction sets, of which the machine's best is taken when the program loads; the digits are the same. */
#if defined(__x86_64__) && defined(__GLIBC__)
#define RQ_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define RQ_CLONES
#endif

/* Rows of the base in one product, and the unit of the rounding bound. 512 x 1,024 queries: the product fits a 2 MB cache; larger gains nothing. */
enum { RQ_EXACT_BLOCK = 512 };

/* rq_exact_score of the query and each of n rows that lie one behind the other, or at places of their own. */
void rq_exact_scores(double *scores, const float *rows, size_t n, const float *query, size_t d, enum rq_similarity similarity);
void rq_exact_scores_at(double *scores, const float *base, const uint32_t *rows, size_t n, const float *query, size_t d, enum rq_similarity similarity);

/* Scores in single precision are x.y, for L2 x.y - |y|^2 / 2: an affine image of the exact score that keeps its order. */
struct rq_rounding {
	double product, square, both, least; /* |single - exact| <= product |x||y| + square |y|^2 + both (|x| + |y|)^2 + least */
};
struct rq_rounding rq_rounding_of(size_t d, enum rq_similarity similarity);
double rq_rounding_bound(const struct rq_rounding *rounding, double query_norm, double row_norm);

/* Rows that may belong to the best k of one query. */
struct rq_candidates {
	float *scores;
	uint32_t *rows;
	size_t count, trigger; /* thinned out at the trigger */
	double floor;          /* at least k rows reach this exact score */
	bool crowded;          /* too many rows too close together: every row needs its exact score */
};

/* What the candidates of all queries of a tile share. */
struct rq_selection {
	size_t k, slack, capacity;
	const struct rq_rounding *rounding;
	const double *block_norms; /* the longest row of each block of the base, from row 0 on */
	double *scratch;           /* capacity */
};
size_t rq_selection_capacity(size_t k); /* entries that a query's candidates and the scratch need */
struct rq_selection rq_selection_of(size_t k, const struct rq_rounding *rounding, const double *block_norms, double *scratch);
void rq_candidates_start(struct rq_candidates *candidates, const struct rq_selection *selection);
/* Takes the scores of n rows of one block, from row `first` on. */
void rq_candidates_add(struct rq_candidates *candidates, const struct rq_selection *selection, double query_norm, const float *scores, size_t n, uint32_t first);
/* Drops what cannot belong to the best k any more. */
void rq_candidates_thin(struct rq_candidates *candidates, const struct rq_selection *selection, double query_norm);

#endif
