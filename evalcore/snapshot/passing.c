#include "evalcore/snapshot/passing.h"

#include "evalcore/base/system.h"
#include "evalcore/index/skim.h"

#include <math.h>
#include <string.h>

/* FAISS is asked for 16 more than k (evalcore/index/index_faiss.c): one more tells whether it had to choose between equal scores. */
enum { BEYOND = 17 };

/* The best of one query so far, and room for those of the next block behind them. */
struct best {
	uint32_t *rows;
	double *scores;
	size_t count;
};

struct passing {
	struct rq_serving *serving;
	const struct rq_vectors *queries;
	struct best *best; /* one a query */
	double *floors;    /* the last of them, where it has `keep` of them: others matter from here on */
	size_t keep;       /* of each */
	struct rq_skim skim;
	struct rq_vectors block;
	uint32_t *chosen, *tie_rank; /* rows of the block that are searched */
	struct rq_arena arena;
};

static void add_found(struct passing *passing, size_t first, size_t first_query, const struct rq_neighbours *found)
{
	for (size_t i = 0; i < found->queries; i++) {
		struct best *best = &passing->best[first_query + i];
		for (size_t j = 0; j < found->counts[i]; j++, best->count++) {
			best->rows[best->count] = (uint32_t)first + passing->chosen[found->rows[i * found->k + j]];
			best->scores[best->count] = found->scores[i * found->k + j];
		}
		rq_neighbours_order(best->rows, best->scores, best->count, passing->serving->tie_rank);
		if (best->count < passing->keep)
			continue;
		best->count = passing->keep;
		passing->floors[first_query + i] = best->scores[passing->keep - 1];
	}
}

static enum rq_status search_few(struct passing *passing, struct rq_index *index, size_t first, size_t first_query, struct rq_error *err)
{
	const struct rq_vectors *queries = passing->queries;
	size_t count = queries->n - first_query < RQ_TOGETHER ? queries->n - first_query : RQ_TOGETHER;
	struct rq_neighbours found;

	RQ_TRY(rq_neighbours_init(&found, count, passing->keep, err));
	enum rq_status status = passing->serving->backend->search_batch(index, queries->data + first_query * queries->d, count, passing->tie_rank, &found,
	                                                                NULL, err);
	if (status == RQ_OK)
		add_found(passing, first, first_query, &found);
	rq_neighbours_release(&found);
	return status;
}

/* The chosen rows are moved to the front of the block, and searched there. */
static enum rq_status search_chosen(struct passing *passing, size_t first, size_t count, struct rq_error *err)
{
	const struct rq_serving *serving = passing->serving;
	const struct rq_index_config config = {.kind = serving->backend->name, .factory = serving->backend->load == NULL ? NULL : "Flat", .seed = 1, .threads = 1};
	const struct rq_vectors rows = {.data = passing->block.data, .n = count, .d = passing->block.d};
	struct rq_index *index;

	for (size_t i = 0; i < count; i++) {
		size_t row = passing->chosen[i];
		if (row != i)
			memcpy(rows.data + i * rows.d, rows.data + row * rows.d, rows.d * sizeof *rows.data);
		passing->tie_rank[i] = serving->tie_rank[first + row];
	}
	RQ_TRY(serving->backend->build(&index, &config, serving->similarity, &rows, NULL, err));
	enum rq_status status = RQ_OK;
	for (size_t i = 0; status == RQ_OK && i < passing->queries->n; i += RQ_TOGETHER)
		status = search_few(passing, index, first, i, err);
	serving->backend->close(index);
	return status;
}

/* *whole false: a number is not finite, which FAISS's own search passes over. */
static enum rq_status pass(struct passing *passing, bool *whole, struct rq_error *err)
{
	struct rq_vector_rows *rows = &passing->serving->rows;
	struct rq_vectors *block = &passing->block;
	size_t most = block->n, chosen;

	*whole = true;
	for (size_t first = 0; first < rows->n && *whole; first += block->n) {
		RQ_TRY(rq_cancel_check(err));
		block->n = rows->n - first < most ? rows->n - first : most;
		RQ_TRY(rq_vector_rows_read(block->data, rows, first, block->n, err));
		if (passing->serving->normalise && passing->serving->backend->load == NULL)
			rq_vectors_normalise(block);
		*whole = rq_skim_rows(passing->chosen, &chosen, &passing->skim, block, passing->floors);
		if (*whole && chosen > 0)
			RQ_TRY(search_chosen(passing, first, chosen, err));
	}
	return RQ_OK;
}

/* Of equal scores beyond what FAISS keeps of a search it is FAISS that chooses, and only from the whole index. */
static bool is_told(const struct passing *passing, size_t k)
{
	bool told = true;

	for (size_t i = 0; i < passing->queries->n && passing->serving->backend->load != NULL; i++) {
		const struct best *best = &passing->best[i];
		told = told && (best->count < passing->keep || best->scores[passing->keep - 1] < best->scores[k - 1]);
	}
	return told;
}

static void put_found(struct rq_neighbours *found, const struct passing *passing)
{
	for (size_t i = 0; i < passing->queries->n; i++) {
		const struct best *best = &passing->best[i];
		found->counts[i] = (uint32_t)(best->count < found->k ? best->count : found->k);
		memcpy(found->rows + i * found->k, best->rows, found->counts[i] * sizeof *found->rows);
		memcpy(found->scores + i * found->k, best->scores, found->counts[i] * sizeof *found->scores);
	}
}

static enum rq_status take_room(struct passing *passing, struct rq_error *err)
{
	size_t n = passing->queries->n, room = 2 * passing->keep, most = rq_vector_rows_block(&passing->serving->rows);

	passing->best = rq_arena_alloc(&passing->arena, n + 1, sizeof *passing->best);
	passing->floors = rq_arena_alloc(&passing->arena, n + 1, sizeof *passing->floors);
	passing->chosen = rq_arena_alloc(&passing->arena, most, sizeof *passing->chosen);
	passing->tie_rank = rq_arena_alloc(&passing->arena, most, sizeof *passing->tie_rank);
	if (passing->best == NULL || passing->floors == NULL || passing->chosen == NULL || passing->tie_rank == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++) {
		passing->best[i] = (struct best){.rows = rq_arena_alloc(&passing->arena, room, sizeof *passing->best[i].rows),
		                                 .scores = rq_arena_alloc(&passing->arena, room, sizeof *passing->best[i].scores)};
		passing->floors[i] = -INFINITY;
		if (passing->best[i].rows == NULL || passing->best[i].scores == NULL)
			return rq_fail_memory(err);
	}
	RQ_TRY(rq_skim_init(&passing->skim, passing->queries, passing->serving->similarity, most, err));
	return rq_vectors_init(&passing->block, most, passing->queries->d, err);
}

enum rq_status rq_passing_search(bool *done, struct rq_neighbours *found, struct rq_serving *serving, const struct rq_vectors *queries, struct rq_error *err)
{
	struct passing passing = {.serving = serving, .queries = queries, .keep = found->k + BEYOND};
	int threads = rq_threads();
	enum rq_status status = take_room(&passing, err);

	*done = false;
	rq_threads_set(1); /* a block is done before another thread has woken up */
	if (status == RQ_OK)
		status = pass(&passing, done, err);
	rq_threads_set(threads);
	*done = status == RQ_OK && *done && is_told(&passing, found->k);
	if (*done)
		put_found(found, &passing);
	rq_vectors_release(&passing.block);
	rq_skim_release(&passing.skim);
	rq_arena_release(&passing.arena);
	return status;
}
