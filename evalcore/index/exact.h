/* The parts of exact search, internal to evalcore/index: scores in double (exact_score.c), a product in whole numbers that proposes
 * (exact_integer.c), and the candidates that a rounded product leaves (exact_select.c). exact.c puts them together. */
#ifndef RQ_INDEX_EXACT_H
#define RQ_INDEX_EXACT_H

#include "evalcore/base/system.h"
#include "evalcore/index/index.h"

#include <stdbool.h>

/* Rows of the base in one product, and the unit of the rounding bound. 512 x 1,024 queries: the product fits a 2 MB cache; larger gains nothing. */
enum { RQ_EXACT_BLOCK = 512, RQ_INTEGER_GROUP = 8 };

/* Up to this product of two lengths no sum of products overflows in single precision. */
#define RQ_SINGLE_MAX 1e37

/* rq_exact_score of the query and each of n rows that lie one behind the other, or at places of their own. */
void rq_exact_scores(double *scores, const float *rows, size_t n, const float *query, size_t d, enum rq_similarity similarity);
void rq_exact_scores_at(double *scores, const float *base, const uint32_t *rows, size_t n, const float *query, size_t d,
                        enum rq_similarity similarity);

/* Proposed scores are x.y, for L2 x.y - |y|^2 / 2: an affine image of the exact score that keeps its order. */
struct rq_rounding {
	double product, square, both, least; /* |proposed - exact| <= product |x||y| + square |y|^2 + both (|x| + |y|)^2 + least */
};
struct rq_rounding rq_rounding_of(size_t d, enum rq_similarity similarity);          /* of a product in single precision */
struct rq_rounding rq_rounding_of_integers(size_t d, enum rq_similarity similarity); /* of rq_integer_product */
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
void rq_candidates_add(struct rq_candidates *candidates, const struct rq_selection *selection, double query_norm, const float *scores, size_t n,
                       uint32_t first);
/* Drops what cannot belong to the best k any more. */
void rq_candidates_thin(struct rq_candidates *candidates, const struct rq_selection *selection, double query_norm);

/* Which product proposes. */
enum rq_proposal { RQ_PROPOSE_SINGLE, RQ_PROPOSE_AVX2, RQ_PROPOSE_VNNI };
/* The fastest for this CPU and dimension: whole numbers where it has the instructions, else OpenBLAS in single precision. */
enum rq_proposal rq_proposal_fastest(size_t d);

/* The product in whole numbers (RQ_PROPOSE_AVX2, RQ_PROPOSE_VNNI). Buffers hold as many words as these say; norms are lengths rounded up, `longest`
 * that of the block. */
size_t rq_integer_query_words(size_t n, size_t d);
size_t rq_integer_row_words(size_t n, size_t d);
size_t rq_integer_scratch_words(size_t d);
void rq_integer_pack_queries(int32_t *out, int16_t *scratch, const float *queries, size_t n, size_t d, const double *norms);
void rq_integer_pack_rows(int32_t *out, int16_t *scratch, const float *rows, size_t n, size_t d, double longest);
/* product[q * RQ_EXACT_BLOCK + row] for packed queries and rows: nq is rounded up to a multiple of RQ_INTEGER_GROUP, and there must be room for that.
 */
struct rq_integer_task {
	enum rq_proposal proposal;
	float *product;
	const int32_t *queries, *rows;
	size_t nq, n, d;
	const double *query_norms;
	double longest;
};
void rq_integer_product(const struct rq_integer_task *task);

/* rq_exact_search by a given product; one that this CPU does not have gives way to single precision. */
RQ_MUST_USE enum rq_status rq_exact_search_by(struct rq_neighbours *out, const struct rq_vectors *base, const float *queries, size_t nq,
                                              enum rq_similarity similarity, const uint32_t *tie_rank, enum rq_proposal proposal,
                                              struct rq_progress *progress, struct rq_error *err);

#endif
