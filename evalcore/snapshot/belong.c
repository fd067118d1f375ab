/* Rows of an index beside the vectors that it is said to be built of. */
#include "evalcore/snapshot/belong.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_LEAST = 20, STRIP = 256 };
static const double COSINE_LEAST = .999, NEARER_MOST = .1, STRANGE_MOST = .25, SAME = .99999;

enum rq_status rq_belong_take(struct rq_vectors *rows, bool *held, struct rq_serving *serving, const struct rq_mixture_rows *chosen,
                              struct rq_error *err)
{
	*held = serving->backend->vectors != NULL;
	if (!*held)
		return RQ_OK;
	RQ_TRY(rq_vectors_init(rows, chosen->count, rq_serving_dimension(serving), err));
	for (size_t i = 0; i < chosen->count && *held; i++) {
		RQ_TRY(rq_cancel_check(err));
		if (serving->index == NULL)
			RQ_TRY(rq_vector_rows_read(rows->data + i * rows->d, &serving->rows, chosen->items[i], 1, err));
		else
			RQ_TRY(serving->backend->vectors(rows->data + i * rows->d, held, serving->index, chosen->items[i], 1, err));
	}
	if (*held)
		rq_vectors_normalise(rows);
	return RQ_OK;
}

static enum rq_status fail_order(const struct rq_belong *belong, size_t row, double cosine, struct rq_error *err)
{
	return rq_fail(err, RQ_E_DATA,
	               "\"%s\": row %zu is not the vector of row %zu in \"%s\" (their cosine is %.3g); expected the vectors that the index was built of, in "
	               "its order", belong->index, row, row, belong->vectors, cosine);
}

static bool are_zero(const struct rq_belong *belong, size_t row)
{
	return rq_vectors_zero_row(belong->held, row) == row && rq_vectors_zero_row(belong->sample, row) == row;
}

static double own_cosine(const struct rq_belong *belong, size_t row)
{
	const float *held = belong->held->data + row * belong->held->d, *own = belong->sample->data + row * belong->sample->d;
	double sum = 0;

	for (size_t i = 0; i < belong->sample->d; i++)
		sum += (double)held[i] * (double)own[i];
	return sum;
}

static bool stores_them_as_they_are(const struct rq_belong *belong)
{
	static const char *const types[] = {"", "IndexFlat", "IndexFlatIP", "IndexFlatL2", "IndexHNSWFlat", "IndexIVFFlat"};
	size_t n = belong->sample->n, same = 0;

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(belong->type, types[i]) == 0)
			return true;
	for (size_t i = 0; i < n; i++)
		same += own_cosine(belong, i) >= SAME;
	return 2 * same >= n;
}

static enum rq_status check_exactly(const struct rq_belong *belong, struct rq_error *err)
{
	for (size_t i = 0; i < belong->sample->n; i++) {
		double cosine = own_cosine(belong, i);
		if (!(cosine >= COSINE_LEAST) && !are_zero(belong, i))
			return fail_order(belong, belong->chosen->items[i], cosine, err);
	}
	return RQ_OK;
}

/* Row i of `products` is that of held row first + i with all of the sample. */
static void count_strange(size_t *strange, size_t *first_strange, const struct rq_belong *belong, const float *products, size_t first, size_t count)
{
	size_t n = belong->sample->n;

	for (size_t i = 0; i < count; i++) {
		size_t nearer = 0;
		for (size_t j = 0; j < n; j++)
			nearer += products[i * n + j] > products[i * n + first + i];
		if ((double)nearer <= NEARER_MOST * (double)n)
			continue;
		*first_strange = (*strange)++ == 0 ? first + i : *first_strange;
	}
}

static enum rq_status check_roughly(const struct rq_belong *belong, struct rq_error *err)
{
	const struct rq_vectors *held = belong->held, *sample = belong->sample;
	size_t n = sample->n, strange = 0, first_strange = 0, count;

	if (n < ROWS_LEAST)
		return RQ_OK;
	RQ_CLEANUP(rq_free_pointer) float *products = rq_alloc_aligned(STRIP * n, sizeof *products);
	if (products == NULL)
		return rq_fail_memory(err);
	for (size_t first = 0; first < n; first += count) {
		count = n - first < STRIP ? n - first : STRIP;
		rq_sgemm(false, true, count, n, sample->d, 1, held->data + first * held->d, held->d, sample->data, sample->d, 0, products, n);
		count_strange(&strange, &first_strange, belong, products, first, count);
	}
	if ((double)strange <= STRANGE_MOST * (double)n)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "\"%s\": %zu of %zu rows, row %zu for one, are nearer to the vectors of other rows of \"%s\" than to their own; expected the vectors that "
	               "the index was built of, in its order", belong->index, strange, n, belong->chosen->items[first_strange], belong->vectors);
}

enum rq_status rq_belong_check(const struct rq_belong *belong, struct rq_error *err)
{
	return (stores_them_as_they_are(belong) ? check_exactly : check_roughly)(belong, err);
}
