/* Candidates: which rows a product in single precision leaves, given how far it may be from the exact score. A row goes only when k others are
 * certain to beat it, so that ties and the last digit are decided later, in double. */
#include "evalcore/index/exact.h"

#include <math.h>

enum { CHUNK = 64 }; /* scores looked at together; most chunks hold no candidate */

struct rq_rounding rq_rounding_of(size_t d, enum rq_similarity similarity)
{
	/* Higham, Accuracy and Stability of Numerical Algorithms (2002), 3.1: g = d u / (1 - d u) bounds a sum of d products in any order, fused or not.
	 * A few more roundings are granted, to the exact score (in double) its own, and some in a million to the arithmetic of this bound. */
	double terms = (double)d + 8, u = 0x1p-24, slop = 1 + 0x1p-20;
	double g = terms * u / (1 - terms * u) * slop, g_double = terms * 0x1p-53 * slop;
	struct rq_rounding rounding = {.product = g + g_double, .least = terms * 0x1p-125}; /* results below 2^-126 may be flushed to 0 */

	if (similarity == RQ_L2) {
		/* |y|^2 / 2 is rounded, and so is the difference */
		rounding.product += u * slop;
		rounding.square = 2 * u * slop;
		rounding.both = g_double;
	}
	return rounding;
}

double rq_rounding_bound(const struct rq_rounding *rounding, double query_norm, double row_norm)
{
	double sum = query_norm + row_norm;

	return rounding->product * query_norm * row_norm + rounding->square * row_norm * row_norm + rounding->both * sum * sum + rounding->least;
}

static float rounded_down(double value)
{
	float nearest = (float)value;

	return (double)nearest > value ? nextafterf(nearest, -INFINITY) : nearest;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t slack_of(size_t k)
{
	return k < 128 ? 128 : k;
}

size_t rq_selection_capacity(size_t k)
{
	return k + 2 * slack_of(k) + 1024 + CHUNK;
}

struct rq_selection rq_selection_of(size_t k, const struct rq_rounding *rounding, const double *block_norms, double *scratch)
{
	return (struct rq_selection){
		.k = k, .slack = slack_of(k), .capacity = rq_selection_capacity(k), .rounding = rounding, .block_norms = block_norms, .scratch = scratch};
}

void rq_candidates_start(struct rq_candidates *candidates, const struct rq_selection *selection)
{
	candidates->count = 0;
	candidates->trigger = selection->k + selection->slack;
	candidates->floor = -INFINITY;
	candidates->crowded = false;
}

/* The k-th largest of n values, 1 <= k <= n; reorders them (Hoare 1961, as in Wirth 1976). */
static double kth_largest(double *values, size_t n, size_t k)
{
	ptrdiff_t low = 0, high = (ptrdiff_t)n - 1, target = (ptrdiff_t)k - 1;

	while (low < high) {
		double pivot = values[target];
		ptrdiff_t i = low, j = high;
		while (i <= j) {
			while (values[i] > pivot)
				i++;
			while (values[j] < pivot)
				j--;
			if (i > j)
				break;
			double swapped = values[i];
			values[i++] = values[j];
			values[j--] = swapped;
		}
		if (j < target)
			low = i;
		if (target < i)
			high = j;
	}
	return values[target];
}

static double bound_at(const struct rq_selection *selection, double query_norm, uint32_t row)
{
	return rq_rounding_bound(selection->rounding, query_norm, selection->block_norms[row / RQ_EXACT_BLOCK]);
}

void rq_candidates_thin(struct rq_candidates *candidates, const struct rq_selection *selection, double query_norm)
{
	size_t kept = 0, count = candidates->count;

	if (count <= selection->k)
		return;
	for (size_t i = 0; i < count; i++)
		selection->scratch[i] = (double)candidates->scores[i] - bound_at(selection, query_norm, candidates->rows[i]);
	candidates->floor = fmax(candidates->floor, kth_largest(selection->scratch, count, selection->k));
	for (size_t i = 0; i < count; i++) {
		float score = candidates->scores[i];
		uint32_t row = candidates->rows[i];
		candidates->scores[kept] = score;
		candidates->rows[kept] = row;
		kept += (double)score + bound_at(selection, query_norm, row) >= candidates->floor;
	}
	candidates->count = kept;
	candidates->trigger = kept + selection->slack;
	candidates->crowded = candidates->trigger + CHUNK > selection->capacity;
}

/* First chunk from `from` on that has a score at or above the threshold, or that is cut short by the end. */
RQ_CLONES static size_t find(const float *scores, size_t from, size_t n, float threshold)
{
	for (; from + CHUNK <= n; from += CHUNK) {
		int any = 0;
		for (size_t j = 0; j < CHUNK; j++)
			any |= scores[from + j] >= threshold;
		if (any)
			break;
	}
	return from;
}

void rq_candidates_add(struct rq_candidates *candidates, const struct rq_selection *selection, double query_norm, const float *scores, size_t n,
                       uint32_t first)
{
	double bound = bound_at(selection, query_norm, first);
	float threshold = rounded_down(candidates->floor - bound);

	for (size_t i = 0; !candidates->crowded && (i = find(scores, i, n, threshold)) < n; i = smaller(i + CHUNK, n)) {
		size_t end = smaller(i + CHUNK, n), count = candidates->count;
		for (size_t j = i; j < end; j++) {
			candidates->scores[count] = scores[j];
			candidates->rows[count] = first + (uint32_t)j;
			count += scores[j] >= threshold;
		}
		candidates->count = count;
		if (count >= candidates->trigger) {
			rq_candidates_thin(candidates, selection, query_norm);
			threshold = rounded_down(candidates->floor - bound);
		}
	}
}
