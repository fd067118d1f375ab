/* What two rankings share at each depth: the one count that Jaccard and rank-biased overlap are made of. */
#include "metrics/overlap.h"

#include <stdlib.h>
#include <string.h>

struct rq_overlap_place {
	const char *document;
	size_t rank; /* from 0 */
};

static int by_document(const void *a, const void *b)
{
	return strcmp(((const struct rq_overlap_place *)a)->document, ((const struct rq_overlap_place *)b)->document);
}

static size_t sort_places(struct rq_overlap_place *places, const struct rq_ranking *ranking, size_t depth)
{
	size_t count = ranking == NULL ? 0 : ranking->count < depth ? ranking->count : depth;

	for (size_t i = 0; i < count; i++)
		places[i] = (struct rq_overlap_place){ranking->documents[i].document, i};
	qsort(places, count, sizeof *places, by_document);
	return count;
}

enum rq_status rq_overlap_count(struct rq_overlap *overlap, const struct rq_ranking *a, const struct rq_ranking *b, size_t depth,
                                struct rq_error *err)
{
	size_t most = a == NULL ? 0 : a->count;

	most = b != NULL && b->count > most ? b->count : most;
	most = most < depth ? most : depth;
	if (!RQ_RESERVE(overlap->joined, overlap->joined_capacity, most + 1) || !RQ_RESERVE(overlap->places, overlap->place_capacity, 2 * most + 1))
		return rq_fail_memory(err);
	struct rq_overlap_place *left = overlap->places, *right = overlap->places + most;
	overlap->lengths[0] = sort_places(left, a, depth);
	overlap->lengths[1] = sort_places(right, b, depth);
	overlap->shared = 0;
	memset(overlap->joined, 0, (most + 1) * sizeof *overlap->joined);
	for (size_t i = 0, j = 0; i < overlap->lengths[0] && j < overlap->lengths[1];) {
		int order = strcmp(left[i].document, right[j].document);
		if (order == 0) {
			overlap->joined[left[i].rank > right[j].rank ? left[i].rank : right[j].rank]++;
			overlap->shared++;
		}
		i += order <= 0;
		j += order >= 0;
	}
	return RQ_OK;
}

void rq_overlap_release(struct rq_overlap *overlap)
{
	free(overlap->joined);
	free(overlap->places);
	*overlap = (struct rq_overlap){0};
}
