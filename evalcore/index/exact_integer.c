/* The product that proposes candidates, in whole numbers: vectors are rounded to 16 bits, products summed in 32. The sums are exact, so that all of
 * the error is the rounding of the vectors, which has a bound; and a 16-bit multiplier is twice as fast as one of single precision. x86 with AVX2 or
 * AVX-512 VNNI; elsewhere the product is OpenBLAS's. */
#include "evalcore/index/exact.h"

#include <math.h>
#include <string.h>

enum {
	QUERIES = RQ_INTEGER_GROUP, /* with 32 rows, its sums fill 16 registers of 512 bits */
	ROWS = 32,                  /* a panel */
	SLICE = 192,                /* pairs of components: a panel's slice, 24 KB, stays in the first cache */
	LARGEST = 32767,
	DIMENSION_MAX = 1 << 16, /* up to there 32 bits hold a sum: |x||y| in steps is (32,767 + sqrt(d) / 2)^2 at most */
};

struct rq_rounding rq_rounding_of_integers(size_t d, enum rq_similarity similarity)
{
	/* A component is rounded by half a step of |x| / 32,767, and by two roundings in single precision of up to 32,767 steps, so a vector moves by h
	 * |x|, and the product by (2 h + h^2) |x||y|. The result is scaled in single precision, in steps that may be too small for it. */
	struct rq_rounding rounding = rq_rounding_of(d, similarity);
	double u = 0x1p-24, slop = 1 + 0x1p-20, h = sqrt((double)d) * (.5 / LARGEST + 3 * u) * slop;

	rounding.product = (2 * h + h * h + 4 * u) * slop + (double)(d + 8) * 0x1p-53 + (similarity == RQ_L2 ? u * slop : 0);
	rounding.least += 0x1p-118;
	return rounding;
}

static size_t pairs_of(size_t d)
{
	return (d + 1) / 2;
}

static size_t groups_of(size_t n, size_t width)
{
	return (n + width - 1) / width;
}

size_t rq_integer_query_words(size_t n, size_t d)
{
	return groups_of(n, QUERIES) * QUERIES * pairs_of(d);
}

size_t rq_integer_row_words(size_t n, size_t d)
{
	return groups_of(n, ROWS) * ROWS * pairs_of(d);
}

size_t rq_integer_scratch_words(size_t d)
{
	return (size_t)2 * ROWS * pairs_of(d);
}

static inline __attribute__((always_inline)) int16_t rounded(float value)
{
	return (int16_t)(int32_t)(value + (value < 0 ? -.5f : .5f));
}

RQ_CLONES static void round_vector(int16_t *out, const float *vector, size_t d, float inverse)
{
	size_t i = 0;

	/* a fixed count is what the compiler makes vectors of */
	for (; i + 16 <= d; i += 16)
		for (size_t j = 0; j < 16; j++)
			out[i + j] = rounded(vector[i + j] * inverse);
	for (; i < d; i++)
		out[i] = rounded(vector[i] * inverse);
}

/* A vector so short that the inverse of its step is no float is rounded in double. */
static void round_to_steps(int16_t *out, const float *vector, size_t d, double norm)
{
	double inverse = norm > 0 ? LARGEST / norm : 0;

	if (inverse < 1e30) {
		round_vector(out, vector, d, (float)inverse);
		return;
	}
	for (size_t i = 0; i < d; i++)
		out[i] = (int16_t)rint((double)vector[i] * inverse);
}

/* Groups of `width` vectors, pair by pair of components: out[(group * pairs + pair) * width + vector]. */
static void pack(int32_t *out, int16_t *scratch, size_t width, const float *vectors, size_t n, size_t d, const double *norms, size_t norm_stride)
{
	size_t pairs = pairs_of(d);

	for (size_t first = 0; first < n; first += width, out += width * pairs) {
		memset(scratch, 0, width * 2 * pairs * sizeof *scratch);
		for (size_t i = 0; i < width && first + i < n; i++)
			round_to_steps(scratch + i * 2 * pairs, vectors + (first + i) * d, d, norms[(first + i) * norm_stride]);
		for (size_t p = 0; p < pairs; p++)
			for (size_t i = 0; i < width; i++)
				memcpy(&out[p * width + i], &scratch[(i * pairs + p) * 2], sizeof *out);
	}
}

void rq_integer_pack_queries(int32_t *out, int16_t *scratch, const float *queries, size_t n, size_t d, const double *norms)
{
	pack(out, scratch, QUERIES, queries, n, d, norms, 1);
}

void rq_integer_pack_rows(int32_t *out, int16_t *scratch, const float *rows, size_t n, size_t d, double longest)
{
	pack(out, scratch, ROWS, rows, n, d, &longest, 0);
}

#if defined(__x86_64__)
#include <immintrin.h>

/* Where a kernel works: 8 queries by 32 rows, a slice of pairs. The sums stand in `product` between slices; the last one scales them. */
struct step {
	float *product;
	const int32_t *queries, *rows;
	size_t pairs;
	bool first;
	const float *scales; /* of the queries; NULL: not the last slice */
};

typedef void kernel(const struct step *step);

__attribute__((target("avx512f,avx512bw,avx512vnni"))) static void kernel_vnni(const struct step *step)
{
	__m512i sums[QUERIES][2];

#pragma GCC unroll 8
	for (size_t q = 0; q < QUERIES; q++) {
		sums[q][0] = step->first ? _mm512_setzero_si512() : _mm512_loadu_si512(step->product + q * RQ_EXACT_BLOCK);
		sums[q][1] = step->first ? _mm512_setzero_si512() : _mm512_loadu_si512(step->product + q * RQ_EXACT_BLOCK + 16);
	}
	for (size_t p = 0; p < step->pairs; p++) {
		__m512i low = _mm512_loadu_si512(step->rows + p * ROWS), high = _mm512_loadu_si512(step->rows + p * ROWS + 16);
#pragma GCC unroll 8
		for (size_t q = 0; q < QUERIES; q++) {
			__m512i query = _mm512_set1_epi32(step->queries[p * QUERIES + q]);
			sums[q][0] = _mm512_dpwssd_epi32(sums[q][0], low, query);
			sums[q][1] = _mm512_dpwssd_epi32(sums[q][1], high, query);
		}
	}
#pragma GCC unroll 8
	for (size_t q = 0; q < QUERIES; q++)
#pragma GCC unroll 2
		for (size_t half = 0; half < 2; half++) {
			float *to = step->product + q * RQ_EXACT_BLOCK + 16 * half;
			if (step->scales == NULL)
				_mm512_storeu_si512(to, sums[q][half]);
			else
				_mm512_storeu_ps(to, _mm512_mul_ps(_mm512_cvtepi32_ps(sums[q][half]), _mm512_set1_ps(step->scales[q])));
		}
}

/* A quarter of the work at a time: 4 queries by 16 rows fill 8 registers of 256 bits. */
__attribute__((target("avx2"))) static void quarter_avx2(const struct step *step, size_t query, size_t row)
{
	__m256i sums[QUERIES / 2][2];
	float *product = step->product + query * RQ_EXACT_BLOCK + row;

#pragma GCC unroll 4
	for (size_t q = 0; q < QUERIES / 2; q++) {
		sums[q][0] = step->first ? _mm256_setzero_si256() : _mm256_loadu_si256((const __m256i *)(const void *)(product + q * RQ_EXACT_BLOCK));
		sums[q][1] = step->first ? _mm256_setzero_si256() : _mm256_loadu_si256((const __m256i *)(const void *)(product + q * RQ_EXACT_BLOCK + 8));
	}
	for (size_t p = 0; p < step->pairs; p++) {
		const int32_t *rows = step->rows + p * ROWS + row, *queries = step->queries + p * QUERIES + query;
		__m256i low = _mm256_loadu_si256((const __m256i *)(const void *)rows), high = _mm256_loadu_si256((const __m256i *)(const void *)(rows + 8));
#pragma GCC unroll 4
		for (size_t q = 0; q < QUERIES / 2; q++) {
			__m256i pair = _mm256_set1_epi32(queries[q]);
			sums[q][0] = _mm256_add_epi32(sums[q][0], _mm256_madd_epi16(low, pair));
			sums[q][1] = _mm256_add_epi32(sums[q][1], _mm256_madd_epi16(high, pair));
		}
	}
#pragma GCC unroll 4
	for (size_t q = 0; q < QUERIES / 2; q++)
#pragma GCC unroll 2
		for (size_t half = 0; half < 2; half++) {
			float *to = product + q * RQ_EXACT_BLOCK + 8 * half;
			if (step->scales == NULL)
				_mm256_storeu_si256((__m256i *)(void *)to, sums[q][half]);
			else
				_mm256_storeu_ps(to, _mm256_mul_ps(_mm256_cvtepi32_ps(sums[q][half]), _mm256_set1_ps(step->scales[query + q])));
		}
}

__attribute__((target("avx2"))) static void kernel_avx2(const struct step *step)
{
	for (size_t row = 0; row < ROWS; row += ROWS / 2)
		for (size_t query = 0; query < QUERIES; query += QUERIES / 2)
			quarter_avx2(step, query, row);
}

enum rq_proposal rq_proposal_fastest(size_t d)
{
	__builtin_cpu_init();
	if (d > DIMENSION_MAX || !__builtin_cpu_supports("avx2"))
		return RQ_PROPOSE_SINGLE;
	bool vnni = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni");
	return vnni ? RQ_PROPOSE_VNNI : RQ_PROPOSE_AVX2;
}

void rq_integer_product(const struct rq_integer_task *task)
{
	kernel *run = task->proposal == RQ_PROPOSE_VNNI ? kernel_vnni : kernel_avx2;
	size_t pairs = pairs_of(task->d);
	float scales[QUERIES];

	for (size_t from = 0; from < pairs; from += SLICE)
		for (size_t row = 0; row < task->n; row += ROWS)
			for (size_t q = 0; q < task->nq; q += QUERIES) {
				bool last = from + SLICE >= pairs;
				for (size_t i = 0; last && i < QUERIES; i++)
					scales[i] = q + i < task->nq ? (float)(task->query_norms[q + i] / LARGEST * (task->longest / LARGEST)) : 0;
				run(&(struct step){
					.product = task->product + q * RQ_EXACT_BLOCK + row,
					.queries = task->queries + q * pairs + from * QUERIES,
					.rows = task->rows + row * pairs + from * ROWS,
					.pairs = last ? pairs - from : SLICE,
					.first = from == 0,
					.scales = last ? scales : NULL,
				});
			}
}

#else

enum rq_proposal rq_proposal_fastest(size_t d)
{
	(void)d;
	return RQ_PROPOSE_SINGLE;
}

void rq_integer_product(const struct rq_integer_task *task)
{
	(void)task; /* never asked for */
}

#endif
