/* Neighbour lists: their memory, the order of their entries, and the bounded heap that keeps the best k. */
#include "evalcore/index/neighbours.h"

#include "evalcore/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum rq_status rq_neighbours_init(struct rq_neighbours *neighbours, size_t queries, size_t k, struct rq_error *err)
{
	size_t entries;

	*neighbours = (struct rq_neighbours){0};
	if (__builtin_mul_overflow(queries, k, &entries) || entries >= PTRDIFF_MAX / sizeof(double))
		return rq_fail_memory(err);
	struct rq_neighbours made = {
	        .queries = queries,
	        .k = k,
	        /* zeroed: what lists leave free is cached with them */
	        .rows = calloc(entries + 1, sizeof *made.rows),
	        .scores = calloc(entries + 1, sizeof *made.scores),
	        .counts = calloc(queries + 1, sizeof *made.counts),
	};
	if (made.rows == NULL || made.scores == NULL || made.counts == NULL) {
		rq_neighbours_release(&made);
		return rq_fail_memory(err);
	}
	*neighbours = made;
	return RQ_OK;
}

void rq_neighbours_release(struct rq_neighbours *neighbours)
{
	free(neighbours->rows);
	free(neighbours->scores);
	free(neighbours->counts);
	*neighbours = (struct rq_neighbours){0};
}

struct rq_list rq_neighbours_list(const struct rq_neighbours *neighbours, size_t query, const uint32_t *tie_rank)
{
	return (struct rq_list){
	        .rows = neighbours->rows + query * neighbours->k,
	        .scores = neighbours->scores + query * neighbours->k,
	        .count = neighbours->counts + query,
	        .k = neighbours->k,
	        .tie_rank = tie_rank,
	};
}

/* The order: score descending, then tie rank descending. */
static bool precedes(double score, uint32_t row, double other_score, uint32_t other_row, const uint32_t *tie_rank)
{
	if (score != other_score)
		return score > other_score;
	return tie_rank[row] > tie_rank[other_row];
}

/* Puts an entry at `hole` or below, where every entry precedes its parent: the root is the last in order. */
static void sift_down(uint32_t *rows, double *scores, size_t count, const uint32_t *tie_rank, size_t hole, uint32_t row, double score)
{
	for (size_t child; (child = 2 * hole + 1) < count; hole = child) {
		if (child + 1 < count && precedes(scores[child], rows[child], scores[child + 1], rows[child + 1], tie_rank))
			child++;
		if (precedes(scores[child], rows[child], score, row, tie_rank))
			break;
		rows[hole] = rows[child];
		scores[hole] = scores[child];
	}
	rows[hole] = row;
	scores[hole] = score;
}

void rq_neighbours_order(uint32_t *rows, double *scores, size_t count, const uint32_t *tie_rank)
{
	/* Heap sort (Williams 1964): in place and without bad cases. */
	for (size_t i = count / 2; i-- > 0;)
		sift_down(rows, scores, count, tie_rank, i, rows[i], scores[i]);
	for (size_t last = count; last-- > 1;) {
		uint32_t row = rows[last];
		double score = scores[last];
		rows[last] = rows[0];
		scores[last] = scores[0];
		sift_down(rows, scores, last, tie_rank, 0, row, score);
	}
}

void rq_list_push(struct rq_list *list, uint32_t row, double score)
{
	size_t count = *list->count;

	if (count == list->k) {
		if (count > 0 && precedes(score, row, list->scores[0], list->rows[0], list->tie_rank))
			sift_down(list->rows, list->scores, count, list->tie_rank, 0, row, score);
		return;
	}
	size_t hole = count;
	while (hole > 0) {
		size_t parent = (hole - 1) / 2;
		if (!precedes(list->scores[parent], list->rows[parent], score, row, list->tie_rank))
			break;
		list->rows[hole] = list->rows[parent];
		list->scores[hole] = list->scores[parent];
		hole = parent;
	}
	list->rows[hole] = row;
	list->scores[hole] = score;
	*list->count = (uint32_t)(count + 1);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(**(const char *const *const *)a, **(const char *const *const *)b);
}

enum rq_status rq_tie_ranks(uint32_t **ranks, const char **names, size_t count, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) const char ***order = malloc((count + 1) * sizeof *order);

	*ranks = malloc((count + 1) * sizeof **ranks);
	if (order == NULL || *ranks == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		order[i] = &names[i];
	qsort(order, count, sizeof *order, by_name);
	for (size_t i = 0; i < count; i++)
		(*ranks)[order[i] - names] = (uint32_t)i;
	return RQ_OK;
}
