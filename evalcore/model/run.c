/* The order of a ranking, and finding one. Every array lies in the run's arena. */
#include "evalcore/model/run.h"

#include <stdlib.h>
#include <string.h>

void rq_run_release(struct rq_run *run)
{
	rq_arena_release(&run->arena);
	*run = (struct rq_run){0};
}

static int compare_topic(const void *key, const void *element)
{
	return strcmp(key, ((const struct rq_ranking *)element)->topic);
}

const struct rq_ranking *rq_run_find(const struct rq_run *run, const char *topic)
{
	return run->count == 0 ? NULL : bsearch(topic, run->rankings, run->count, sizeof *run->rankings, compare_topic);
}

const struct rq_ranking *rq_run_answer(const struct rq_run *run, const char *topic)
{
	static const struct rq_ranking empty;
	const struct rq_ranking *ranking = rq_run_find(run, topic);

	return ranking == NULL ? &empty : ranking;
}

size_t rq_run_depth(const struct rq_run *run)
{
	size_t depth = 0;

	for (size_t i = 0; i < run->count; i++)
		depth = run->rankings[i].count > depth ? run->rankings[i].count : depth;
	return depth;
}

bool rq_rankings_alike(const struct rq_ranking *a, const struct rq_ranking *b, size_t cutoff)
{
	size_t n = cutoff > 0 && a->count > cutoff ? cutoff : a->count, m = cutoff > 0 && b->count > cutoff ? cutoff : b->count;

	if (n != m || a->failed != b->failed)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(a->documents[i].document, b->documents[i].document) != 0)
			return false;
	return true;
}

int rq_scored_document_compare(const void *a, const void *b)
{
	const struct rq_scored_document *left = a, *right = b;

	if (left->score != right->score)
		return left->score > right->score ? -1 : 1;
	return strcmp(right->document, left->document);
}

void rq_ranking_sort(struct rq_scored_document *documents, size_t count)
{
	/* Most rankings arrive in order: one pass finds the first that stands wrong. */
	size_t sorted = 1;

	while (sorted < count && rq_scored_document_compare(&documents[sorted - 1], &documents[sorted]) <= 0)
		sorted++;
	if (sorted < count)
		qsort(documents, count, sizeof *documents, rq_scored_document_compare);
}
