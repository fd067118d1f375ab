/* Rows of an index beside the vectors that it is said to be built of. */
#include "evalcore/snapshot/belong.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"

#include <stdlib.h>

enum { ROWS_LEAST = 20 };
static const double COSINE_LEAST = .999, NEARER_MOST = .1, STRANGE_MOST = .05;

enum rq_status rq_belong_take(struct rq_vectors *rows, bool *held, const struct rq_serving *serving, const struct rq_mixture_rows *chosen,
                              struct rq_error *err)
{
	*held = serving->backend->vectors != NULL;
	if (!*held)
		return RQ_OK;
	RQ_TRY(rq_vectors_init(rows, chosen->count, serving->backend->dimension(serving->index), err));
	for (size_t i = 0; i < chosen->count && *held; i++) {
		RQ_TRY(rq_cancel_check(err));
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

static enum rq_status check_exactly(const struct rq_belong *belong, const float *products, struct rq_error *err)
{
	size_t n = belong->sample->n;

	for (size_t i = 0; i < n; i++)
		if (!((double)products[i * n + i] >= COSINE_LEAST) && !are_zero(belong, i))
			return fail_order(belong, belong->chosen->items[i], (double)products[i * n + i], err);
	return RQ_OK;
}

static enum rq_status check_roughly(const struct rq_belong *belong, const float *products, struct rq_error *err)
{
	size_t n = belong->sample->n, strange = 0, first = 0;

	if (n < ROWS_LEAST)
		return RQ_OK;
	for (size_t i = 0; i < n; i++) {
		size_t nearer = 0;
		for (size_t j = 0; j < n; j++)
			nearer += products[i * n + j] > products[i * n + i];
		if ((double)nearer <= NEARER_MOST * (double)n)
			continue;
		first = strange++ == 0 ? i : first;
	}
	if ((double)strange <= STRANGE_MOST * (double)n)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "\"%s\": %zu of %zu rows, row %zu for one, are nearer to the vectors of other rows of \"%s\" than to their own; expected the vectors that "
	               "the index was built of, in its order", belong->index, strange, n, belong->chosen->items[first], belong->vectors);
}

enum rq_status rq_belong_check(const struct rq_belong *belong, struct rq_error *err)
{
	const struct rq_vectors *held = belong->held, *sample = belong->sample;
	RQ_CLEANUP(rq_free_pointer) float *products = rq_alloc_aligned(sample->n * sample->n + 1, sizeof *products);

	if (products == NULL)
		return rq_fail_memory(err);
	rq_sgemm(false, true, held->n, sample->n, sample->d, 1, held->data, held->d, sample->data, sample->d, 0, products, sample->n);
	return (belong->rough ? check_roughly : check_exactly)(belong, products, err);
}
