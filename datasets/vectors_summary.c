#include "datasets/vectors_summary.h"

#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The sum of squares in double, of a finite row; else NaN or infinity. */
static double squares(const float *row, size_t d)
{
	double sum = 0;

	for (size_t j = 0; j < d; j++)
		sum += (double)row[j] * (double)row[j];
	return sum;
}

static void measure(struct rq_vectors_summary *summary, const struct rq_vectors *vectors)
{
	double sum = 0;
	size_t finite = 0;

	summary->norm_minimum = INFINITY;
	for (size_t i = 0; i < vectors->n; i++) {
		double norm = sqrt(squares(vectors->data + i * vectors->d, vectors->d));
		if (!isfinite(norm)) {
			summary->not_finite++;
			continue;
		}
		summary->zero += norm == 0;
		summary->norm_minimum = fmin(summary->norm_minimum, norm);
		summary->norm_maximum = fmax(summary->norm_maximum, norm);
		sum += norm;
		finite++;
	}
	summary->norm_mean = finite == 0 ? NAN : sum / (double)finite;
	if (finite == 0)
		summary->norm_minimum = summary->norm_maximum = NAN;
}

static enum rq_status count_duplicates(struct rq_vectors_summary *summary, const struct rq_vectors *vectors, struct rq_error *err)
{
	size_t size = 64, width = vectors->d * sizeof *vectors->data;

	while (size < 2 * vectors->n)
		size *= 2;
	RQ_CLEANUP(rq_free_pointer) size_t *slots = calloc(size, sizeof *slots); /* rows, counted from 1 */
	if (slots == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < vectors->n; i++) {
		const float *row = vectors->data + i * vectors->d;
		size_t slot = (size_t)rq_hash64(row, width) & (size - 1);
		while (slots[slot] != 0 && memcmp(vectors->data + (slots[slot] - 1) * vectors->d, row, width) != 0)
			slot = (slot + 1) & (size - 1);
		if (slots[slot] == 0) {
			slots[slot] = i + 1;
			continue;
		}
		if (summary->duplicates++ == 0) {
			summary->first_duplicate[0] = i;
			summary->first_duplicate[1] = slots[slot] - 1;
		}
	}
	return RQ_OK;
}

enum rq_status rq_vectors_summarise(struct rq_vectors_summary *summary, const struct rq_vectors *vectors, struct rq_error *err)
{
	*summary = (struct rq_vectors_summary){0};
	measure(summary, vectors);
	return count_duplicates(summary, vectors, err);
}
