#include "evalcore/compare/searches.h"

#include "evalcore/base/system.h"

#include <stdlib.h>
#include <string.h>

void rq_searches_release(struct rq_searches *searches)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		rq_run_release(&searches->runs[side]);
		rq_run_release(&searches->exact[side]);
	}
	rq_arena_release(&searches->arena);
	*searches = (struct rq_searches){0};
}

const struct rq_run *rq_searches_exact(const struct rq_searches *searches, const struct rq_holding *holding, enum rq_side side)
{
	if (!searches->has_exact)
		return NULL;
	return holding->exhaustive ? &searches->runs[side] : &searches->exact[side];
}

/* Rows to ids. Cosine to a vector of zeros is undefined: such a topic finds nothing. */
static enum rq_status to_run(struct rq_run *run, const struct rq_neighbours *found, const struct rq_holding *holding,
                             const struct rq_vectors *queries, const char *const *topics, struct rq_error *err)
{
	run->rankings = rq_arena_alloc(&run->arena, found->queries + 1, sizeof *run->rankings);
	if (run->rankings == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < found->queries; i++) {
		struct rq_vectors one = {.data = queries->data + i * queries->d, .n = 1, .d = queries->d};
		bool nowhere = holding->similarity == RQ_INNER_PRODUCT && rq_vectors_zero_row(&one, 0) == 0;
		size_t count = nowhere ? 0 : found->counts[i];
		struct rq_scored_document *documents = rq_arena_alloc(&run->arena, count + 1, sizeof *documents);
		if (documents == NULL)
			return rq_fail_memory(err);
		for (size_t j = 0; j < count; j++)
			documents[j] = (struct rq_scored_document){holding->ids.names[found->rows[i * found->k + j]], found->scores[i * found->k + j]};
		run->rankings[run->count++] = (struct rq_ranking){.topic = topics[i], .documents = documents, .count = count};
	}
	return RQ_OK;
}

/* By the index, or exactly over the vectors. FAISS waits for all threads in every block of vectors that it looks through, which takes a multiple of the
 * time where others use the machine too: an index that looks at all of them is searched by our own. */
static enum rq_status search(struct rq_run *run, struct rq_holding *holding, const struct rq_vectors *queries, bool exactly,
                             const struct rq_searches_request *request, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) uint32_t *tie_rank = NULL;
	size_t rows = holding->ids.count, k = request->depth < rows ? request->depth : rows;
	struct rq_neighbours found = {0};

	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(rq_tie_ranks(&tie_rank, holding->ids.names, rows, err));
	enum rq_status status = rq_neighbours_init(&found, queries->n, k, err);
	if (status == RQ_OK)
		status = exactly ? rq_exact_search(&found, &holding->vectors, queries->data, queries->n, holding->similarity, tie_rank, request->progress, err)
		                 : holding->backend->search_batch(holding->index, queries->data, queries->n, tie_rank, &found, request->progress, err);
	if (status == RQ_OK)
		status = to_run(run, &found, holding, queries, request->topics, err);
	rq_neighbours_release(&found);
	return status == RQ_OK ? RQ_OK : rq_fail_within(err, "%s", holding->path);
}

/* Why exact search is not done, or NULL. */
static enum rq_status find_absence(const char **absent, struct rq_searches *searches, const struct rq_holding holdings[RQ_SIDES],
                                   const struct rq_searches_request *request, struct rq_error *err)
{
	double seconds = 0;

	*absent = NULL;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && *absent == NULL; side++) {
		const struct rq_holding *holding = &holdings[side];
		if (holding->vectors.data == NULL)
			*absent = rq_arena_printf(&searches->arena, "not split: %s %s", side == RQ_BASELINE ? "A" : "B",
			                          holding->ids.count == 0 ? "holds no documents" : "does not tell its vectors");
		else if (!holding->exhaustive)
			seconds += rq_exact_estimate(holding->vectors.n, holding->vectors.d, request->vectors[side]->n);
		if (holding->vectors.data == NULL && *absent == NULL)
			return rq_fail_memory(err);
	}
	if (*absent == NULL && seconds > request->exact_budget)
		*absent = rq_arena_printf(&searches->arena, "not split: exact search would take some %.0f s, more than --exact-budget", seconds);
	return *absent == NULL && seconds > request->exact_budget ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status search_exactly(struct rq_searches *searches, struct rq_holding holdings[RQ_SIDES], const struct rq_searches_request *request,
                                     struct rq_error *err)
{
	const char *absent;

	RQ_TRY(find_absence(&absent, searches, holdings, request, err));
	searches->exact_note = absent == NULL ? "exact search over the vectors of each side" : absent;
	if (absent != NULL)
		return RQ_OK;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (!holdings[side].exhaustive)
			RQ_TRY(search(&searches->exact[side], &holdings[side], request->vectors[side], true, request, err));
	searches->has_exact = true;
	return RQ_OK;
}

enum rq_status rq_searches_run(struct rq_searches *searches, struct rq_holding holdings[RQ_SIDES], const struct rq_searches_request *request,
                               struct rq_error *err)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		struct rq_holding *holding = &holdings[side];
		size_t d = holding->index == NULL ? holding->vectors.d : holding->backend->dimension(holding->index);
		if (request->vectors[side]->d != d)
			return rq_fail(err, RQ_E_DATA, "\"%s\": holds vectors of %zu dimensions, and the topics' have %zu; embed these with the model that made it%s",
			               holding->path, d, request->vectors[side]->d,
			               side == RQ_CANDIDATE && request->vectors[RQ_BASELINE] == request->vectors[side] ? ", and name them with --topic-vectors-b" : "");
		RQ_TRY(search(&searches->runs[side], holding, request->vectors[side], holding->exhaustive, request, err));
	}
	return search_exactly(searches, holdings, request, err);
}
