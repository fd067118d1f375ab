/* The exact score of a pair: products in double, summed in 8 lanes that are combined in a fixed tree. The product of two floats is exact in double,
 * so that fused or not, vector or not, every machine gives the same digits. */
#include "evalcore/index/exact.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif !defined(__STRICT_ANSI__)
#error "compile with -std=c17: in GNU mode gcc fuses multiplications and additions, which changes the digits of L2 scores"
#endif

enum { LANES = 8 };

static inline __attribute__((always_inline)) double combine(const double lanes[LANES])
{
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

static inline __attribute__((always_inline)) double dot(const float *a, const float *b, size_t d)
{
	double lanes[LANES] = {0};
	size_t i = 0;

	for (; i + LANES <= d; i += LANES)
		for (size_t j = 0; j < LANES; j++)
			lanes[j] += (double)a[i + j] * (double)b[i + j];
	for (size_t j = 0; i + j < d; j++)
		lanes[j] += (double)a[i + j] * (double)b[i + j];
	return combine(lanes);
}

static inline __attribute__((always_inline)) double squared_distance(const float *a, const float *b, size_t d)
{
	double lanes[LANES] = {0};
	size_t i = 0;

	for (; i + LANES <= d; i += LANES)
		for (size_t j = 0; j < LANES; j++) {
			double difference = (double)a[i + j] - (double)b[i + j];
			double square = difference * difference;
			lanes[j] += square;
		}
	for (size_t j = 0; i + j < d; j++) {
		double difference = (double)a[i + j] - (double)b[i + j];
		double square = difference * difference;
		lanes[j] += square;
	}
	return combine(lanes);
}

double rq_exact_score(const float *a, const float *b, size_t d, enum rq_similarity similarity)
{
	return similarity == RQ_L2 ? 0 - squared_distance(a, b, d) : dot(a, b, d);
}

RQ_CLONES static void dots(double *scores, const float *rows, size_t n, const float *query, size_t d)
{
	for (size_t i = 0; i < n; i++)
		scores[i] = dot(rows + i * d, query, d);
}

RQ_CLONES static void distances(double *scores, const float *rows, size_t n, const float *query, size_t d)
{
	for (size_t i = 0; i < n; i++)
		scores[i] = 0 - squared_distance(rows + i * d, query, d);
}

/* Rows that are far apart are fetched while the one before is scored. */
static inline __attribute__((always_inline)) void fetch(const float *row, size_t d)
{
	for (size_t i = 0; i < d; i += 16)
		__builtin_prefetch(row + i);
}

RQ_CLONES static void dots_at(double *scores, const float *base, const uint32_t *rows, size_t n, const float *query, size_t d)
{
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n)
			fetch(base + (size_t)rows[i + 1] * d, d);
		scores[i] = dot(base + (size_t)rows[i] * d, query, d);
	}
}

RQ_CLONES static void distances_at(double *scores, const float *base, const uint32_t *rows, size_t n, const float *query, size_t d)
{
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n)
			fetch(base + (size_t)rows[i + 1] * d, d);
		scores[i] = 0 - squared_distance(base + (size_t)rows[i] * d, query, d);
	}
}

void rq_exact_scores(double *scores, const float *rows, size_t n, const float *query, size_t d, enum rq_similarity similarity)
{
	(similarity == RQ_L2 ? distances : dots)(scores, rows, n, query, d);
}

void rq_exact_scores_at(double *scores, const float *base, const uint32_t *rows, size_t n, const float *query, size_t d,
                        enum rq_similarity similarity)
{
	(similarity == RQ_L2 ? distances_at : dots_at)(scores, base, rows, n, query, d);
}
