/* What two lists share, over many: neighbours of the same documents, or rankings of the same topics. */
#include "metrics/drift/model.h"

#include "metrics/overlap.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One value a list of each figure. */
struct shares {
	double *jaccard, *overlap, *rbo; /* in one block, that of jaccard */
	size_t count, same;
};

static enum rq_status shares_init(struct shares *shares, size_t lists, struct rq_error *err)
{
	*shares = (struct shares){.jaccard = calloc(3 * lists + 1, sizeof *shares->jaccard)};
	if (shares->jaccard == NULL)
		return rq_fail_memory(err);
	shares->overlap = shares->jaccard + lists;
	shares->rbo = shares->overlap + lists;
	return RQ_OK;
}

static void add(struct shares *shares, const struct rq_overlap *overlap, bool same)
{
	size_t longer = overlap->lengths[0] > overlap->lengths[1] ? overlap->lengths[0] : overlap->lengths[1];

	shares->jaccard[shares->count] = rq_jaccard(overlap);
	shares->overlap[shares->count] = longer == 0 ? 1 : (double)overlap->shared / (double)longer;
	shares->rbo[shares->count++] = rq_rbo(overlap, RQ_DRIFT_PERSISTENCE);
	shares->same += same ? 1 : 0;
}

/* Of a sample of the population without replacement (Cochran 1977, Sampling Techniques, 2.6). */
static struct rq_drift_value mean_of(enum rq_drift_name figure, const double *values, size_t n, size_t population)
{
	struct rq_drift_value mean = rq_drift_unknown(figure);
	double sum = 0, squares = 0;

	if (n == 0)
		return mean;
	for (size_t i = 0; i < n; i++)
		sum += values[i];
	mean.value = sum / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (values[i] - mean.value) * (values[i] - mean.value);
	mean.n = n;
	if (n > 1 || population <= 1)
		mean.error = n >= population ? 0 : sqrt(squares / (double)(n - 1) / (double)n * (1 - (double)n / (double)population));
	rq_mean_bounds(&mean.lower, &mean.upper, values, n);
	return mean;
}

/* ---- neighbours ---- */

/* The first `cutoff` rows but the query's own; returns their number. */
static size_t take(uint32_t *taken, const struct rq_nearest *nearest, size_t query, size_t cutoff)
{
	const uint32_t *rows = nearest->rows + query * nearest->depth;
	size_t count = 0;

	for (size_t i = 0; i < nearest->counts[query] && count < cutoff; i++)
		if (nearest->own == NULL || rows[i] != nearest->own[query])
			taken[count++] = rows[i];
	return count;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Rows with their ranks, in the order of rows. */
static void sort_places(uint64_t *places, const uint32_t *rows, size_t count)
{
	for (size_t rank = 0; rank < count; rank++)
		places[rank] = (uint64_t)rows[rank] << 32 | rank;
	qsort(places, count, sizeof *places, by_number);
}

/* As rq_overlap_count() does with documents' ids. */
static void count_shared(struct rq_overlap *overlap, uint64_t *const places[2])
{
	size_t longer = overlap->lengths[0] > overlap->lengths[1] ? overlap->lengths[0] : overlap->lengths[1];

	overlap->shared = 0;
	memset(overlap->joined, 0, (longer + 1) * sizeof *overlap->joined);
	for (size_t i = 0, j = 0; i < overlap->lengths[0] && j < overlap->lengths[1];) {
		uint32_t left = (uint32_t)(places[0][i] >> 32), right = (uint32_t)(places[1][j] >> 32);
		if (left == right) {
			size_t left_rank = (uint32_t)places[0][i], right_rank = (uint32_t)places[1][j];
			overlap->joined[left_rank > right_rank ? left_rank : right_rank]++;
			overlap->shared++;
		}
		i += left <= right;
		j += right <= left;
	}
}

/* Places and rows of both sides. */
struct room {
	uint64_t *places[2];
	uint32_t *rows[2];
};

static void room_release(struct room *room)
{
	for (int side = 0; side < 2; side++) {
		free(room->places[side]);
		free(room->rows[side]);
	}
}

static enum rq_status compare_neighbours(struct shares *shares, const struct rq_nearest *const lists[2], size_t cutoff, struct rq_error *err)
{
	RQ_CLEANUP(rq_overlap_release) struct rq_overlap overlap = {0};
	RQ_CLEANUP(room_release) struct room room = {{NULL, NULL}, {NULL, NULL}};

	for (int side = 0; side < 2; side++) {
		room.places[side] = malloc((cutoff + 1) * sizeof *room.places[side]);
		room.rows[side] = malloc((cutoff + 1) * sizeof *room.rows[side]);
		if (room.places[side] == NULL || room.rows[side] == NULL)
			return rq_fail_memory(err);
	}
	if (!RQ_RESERVE(overlap.joined, overlap.joined_capacity, cutoff + 1))
		return rq_fail_memory(err);
	for (size_t query = 0; query < lists[0]->queries; query++) {
		for (int side = 0; side < 2; side++) {
			overlap.lengths[side] = take(room.rows[side], lists[side], query, cutoff);
			sort_places(room.places[side], room.rows[side], overlap.lengths[side]);
		}
		count_shared(&overlap, room.places);
		add(shares, &overlap,
		    overlap.lengths[0] == overlap.lengths[1] && memcmp(room.rows[0], room.rows[1], overlap.lengths[0] * sizeof *room.rows[0]) == 0);
	}
	return RQ_OK;
}

static double log_choose(size_t n, size_t k)
{
	int sign;

	return lgamma_r((double)n + 1, &sign) - lgamma_r((double)k + 1, &sign) - lgamma_r((double)(n - k) + 1, &sign);
}

/* Means over two independent random lists of k of n rows. */
static void fill_chance(struct rq_list_drift *drift, size_t k, size_t n)
{
	double share = k < n ? (double)k / (double)n : 1, sum = 0, weight = 1;

	/* RBO is linear in the agreements, and that at depth i is i / n */
	for (size_t i = 1; i <= k; i++) {
		weight *= RQ_DRIFT_PERSISTENCE;
		sum += fmin((double)i / (double)n, 1) * weight;
	}
	drift->rbo.chance = (1 - RQ_DRIFT_PERSISTENCE) / RQ_DRIFT_PERSISTENCE * sum + share * weight;
	drift->overlap.chance = share;
	drift->jaccard.chance = k < n ? 0 : 1;
	for (size_t i = 2 * k > n ? 2 * k - n : 0; i <= k && k < n; i++) /* how many they share is hypergeometric */
		drift->jaccard.chance += exp(log_choose(k, i) + log_choose(n - k, k - i) - log_choose(n, k)) * (double)i / (double)(2 * k - i);
}

enum rq_status rq_neighbour_drift(struct rq_list_drift *drift, const struct rq_nearest *before, const struct rq_nearest *after, size_t cutoff,
                                  size_t population, struct rq_error *err)
{
	const struct rq_nearest *const lists[] = {before, after};
	struct shares shares;

	*drift = (struct rq_list_drift){0};
	if (before->queries != after->queries)
		return rq_fail(err, RQ_E_DATA, "%zu lists of neighbours before and %zu now: search the same documents on both sides", before->queries,
		               after->queries);
	RQ_TRY(shares_init(&shares, before->queries, err));
	enum rq_status status = compare_neighbours(&shares, lists, cutoff, err);
	if (status == RQ_OK) {
		*drift = (struct rq_list_drift){
			.jaccard = mean_of(RQ_DRIFT_knn_jaccard, shares.jaccard, shares.count, population),
			.overlap = mean_of(RQ_DRIFT_knn_overlap, shares.overlap, shares.count, population),
			.rbo = mean_of(RQ_DRIFT_knn_rbo, shares.rbo, shares.count, population),
			.same = shares.same,
		};
		if (shares.count > 0 && population > 1)
			fill_chance(drift, cutoff, before->own == NULL ? population : population - 1);
	}
	free(shares.jaccard);
	return status;
}

/* ---- rankings of topics ---- */

static bool same_documents(const struct rq_ranking *a, const struct rq_ranking *b, size_t cutoff)
{
	size_t length = a->count < cutoff ? a->count : cutoff;

	if (length != (b->count < cutoff ? b->count : cutoff))
		return false;
	for (size_t i = 0; i < length; i++)
		if (strcmp(a->documents[i].document, b->documents[i].document) != 0)
			return false;
	return true;
}

static enum rq_status compare_runs(struct shares *shares, const struct rq_run *before, const struct rq_run *after, size_t cutoff,
                                   struct rq_error *err)
{
	RQ_CLEANUP(rq_overlap_release) struct rq_overlap overlap = {0};

	for (size_t i = 0; i < before->count; i++) {
		const struct rq_ranking *ranking = &before->rankings[i], *now = rq_run_find(after, ranking->topic);
		if (now == NULL)
			continue;
		RQ_TRY(rq_overlap_count(&overlap, ranking, now, cutoff, err));
		add(shares, &overlap, same_documents(ranking, now, cutoff));
	}
	return RQ_OK;
}

enum rq_status rq_retrieval_drift(struct rq_list_drift *drift, const struct rq_run *before, const struct rq_run *after, size_t cutoff,
                                  struct rq_error *err)
{
	struct shares shares;

	*drift = (struct rq_list_drift){0};
	RQ_TRY(shares_init(&shares, before->count, err));
	enum rq_status status = compare_runs(&shares, before, after, cutoff, err);
	if (status == RQ_OK)
		*drift = (struct rq_list_drift){
			.jaccard = mean_of(RQ_DRIFT_retrieval_jaccard, shares.jaccard, shares.count, shares.count),
			.overlap = mean_of(RQ_DRIFT_retrieval_overlap, shares.overlap, shares.count, shares.count),
			.rbo = mean_of(RQ_DRIFT_retrieval_rbo, shares.rbo, shares.count, shares.count),
			.same = shares.same,
		};
	free(shares.jaccard);
	return status;
}
