#include "evalcore/snapshot/passing.h"

#include "evalcore/base/system.h"
#include "evalcore/index/skim.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* FAISS is asked for 16 more than k (evalcore/index/index_faiss.c): one more tells whether it had to choose between equal
 * scores. */
enum { BEYOND = 17 };

/* Rows of a block where a megabyte has more: scores of all queries are held beside them. */
enum { ROWS_MOST = 8192 };

/* The best of one query so far, and room for those of the next block behind them. */
struct best {
	uint32_t *rows;
	double *scores;
	size_t count;
};

/* One of the threads: a block that goes by, and of its rows those that are searched. */
struct lane {
	struct rq_vectors block;
	size_t first; /* row of the file */
	uint32_t *chosen, *tie_rank;
	size_t count;
	struct rq_skim skim;
	double *floors; /* of a moment ago: lower ones choose more */
	struct rq_error err;
};

enum { LANES = 2 };

struct passing {
	struct rq_serving *serving;
	const struct rq_vectors *queries;
	struct best *best; /* one a query */
	double *floors;    /* the last of them, where it has `keep` of them: others matter from here on */
	size_t keep;       /* of each */
	struct lane lanes[LANES]; /* at once */
	size_t most;       /* rows of a block */
	atomic_size_t next; /* row */
	atomic_bool stopped, not_finite;
	pthread_mutex_t lock; /* of best and floors */
	struct rq_arena arena;
};

static void add_found(struct passing *passing, const struct lane *lane, size_t first_query,
                      const struct rq_neighbours *found)
{
	for (size_t i = 0; i < found->queries; i++) {
		struct best *best = &passing->best[first_query + i];
		for (size_t j = 0; j < found->counts[i]; j++, best->count++) {
			best->rows[best->count] = (uint32_t)lane->first + lane->chosen[found->rows[i * found->k + j]];
			best->scores[best->count] = found->scores[i * found->k + j];
		}
		rq_neighbours_order(best->rows, best->scores, best->count, passing->serving->tie_rank);
		if (best->count < passing->keep)
			continue;
		best->count = passing->keep;
		passing->floors[first_query + i] = best->scores[passing->keep - 1];
	}
}

static enum rq_status search_few(struct passing *passing, const struct lane *lane, struct rq_index *index,
                                 size_t first_query, struct rq_error *err)
{
	const struct rq_vectors *queries = passing->queries;
	const float *first = queries->data + first_query * queries->d;
	size_t count = queries->n - first_query < RQ_TOGETHER ? queries->n - first_query : RQ_TOGETHER;
	struct rq_neighbours found;

	RQ_TRY(rq_neighbours_init(&found, count, passing->keep, err));
	enum rq_status status =
		passing->serving->backend->search_batch(index, first, count, lane->tie_rank, &found, NULL, err);
	if (status == RQ_OK) {
		pthread_mutex_lock(&passing->lock);
		add_found(passing, lane, first_query, &found);
		pthread_mutex_unlock(&passing->lock);
	}
	rq_neighbours_release(&found);
	return status;
}

/* The chosen rows are moved to the front of the block, and searched there. */
static enum rq_status search_chosen(struct passing *passing, struct lane *lane, struct rq_error *err)
{
	const struct rq_serving *serving = passing->serving;
	const char *factory = serving->backend->load == NULL ? NULL : "Flat";
	const struct rq_index_config config = {
		.kind = serving->backend->name, .factory = factory, .seed = 1, .threads = 1};
	const struct rq_vectors rows = {.data = lane->block.data, .n = lane->count, .d = lane->block.d};
	struct rq_index *index;

	for (size_t i = 0; i < rows.n; i++) {
		size_t row = lane->chosen[i];
		if (row != i)
			memcpy(rows.data + i * rows.d, rows.data + row * rows.d, rows.d * sizeof *rows.data);
		lane->tie_rank[i] = serving->tie_rank[lane->first + row];
	}
	RQ_TRY(serving->backend->build(&index, &config, serving->similarity, &rows, NULL, err));
	enum rq_status status = RQ_OK;
	for (size_t i = 0; status == RQ_OK && i < passing->queries->n; i += RQ_TOGETHER)
		status = search_few(passing, lane, index, i, err);
	serving->backend->close(index);
	return status;
}

static enum rq_status take_block(struct passing *passing, struct lane *lane)
{
	struct rq_vector_rows *rows = &passing->serving->rows;

	lane->block.n = rows->n - lane->first < passing->most ? rows->n - lane->first : passing->most;
	RQ_TRY(rq_cancel_check(&lane->err));
	RQ_TRY(rq_vector_rows_read(lane->block.data, rows, lane->first, lane->block.n, &lane->err));
	if (passing->serving->normalise && passing->serving->backend->load == NULL)
		rq_vectors_normalise(&lane->block);
	pthread_mutex_lock(&passing->lock);
	memcpy(lane->floors, passing->floors, passing->queries->n * sizeof *lane->floors);
	pthread_mutex_unlock(&passing->lock);
	if (!rq_skim_rows(lane->chosen, &lane->count, &lane->skim, &lane->block, lane->floors))
		atomic_store(&passing->not_finite, true);
	else if (lane->count > 0)
		return search_chosen(passing, lane, &lane->err);
	return RQ_OK;
}

/* The order of blocks is of no matter: the best of all of them are the same. */
static void take_blocks(void *context, size_t number)
{
	struct passing *passing = context;
	struct lane *lane = &passing->lanes[number];

	while (!atomic_load(&passing->stopped) &&
	       (lane->first = atomic_fetch_add(&passing->next, passing->most)) < passing->serving->rows.n)
		if (take_block(passing, lane) != RQ_OK || atomic_load(&passing->not_finite))
			atomic_store(&passing->stopped, true);
}

static enum rq_status pass(struct passing *passing, struct rq_error *err)
{
	rq_parallel_for(LANES, take_blocks, passing);
	for (size_t i = 0; i < LANES; i++)
		if (passing->lanes[i].err.status != RQ_OK)
			return rq_fail(err, passing->lanes[i].err.status, "%s", passing->lanes[i].err.text);
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

static enum rq_status take_lane(struct passing *passing, struct lane *lane, struct rq_error *err)
{
	lane->chosen = rq_arena_alloc(&passing->arena, passing->most, sizeof *lane->chosen);
	lane->tie_rank = rq_arena_alloc(&passing->arena, passing->most, sizeof *lane->tie_rank);
	lane->floors = rq_arena_alloc(&passing->arena, passing->queries->n + 1, sizeof *lane->floors);
	if (lane->chosen == NULL || lane->tie_rank == NULL || lane->floors == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_skim_init(&lane->skim, passing->queries, passing->serving->similarity, passing->most, err));
	return rq_vectors_init(&lane->block, passing->most, passing->queries->d, err);
}

static enum rq_status take_room(struct passing *passing, struct rq_error *err)
{
	size_t n = passing->queries->n, room = 2 * passing->keep;

	passing->best = rq_arena_alloc(&passing->arena, n + 1, sizeof *passing->best);
	passing->floors = rq_arena_alloc(&passing->arena, n + 1, sizeof *passing->floors);
	if (passing->best == NULL || passing->floors == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++) {
		struct best *best = &passing->best[i];
		*best = (struct best){.rows = rq_arena_alloc(&passing->arena, room, sizeof *best->rows),
		                      .scores = rq_arena_alloc(&passing->arena, room, sizeof *best->scores)};
		passing->floors[i] = -INFINITY;
		if (best->rows == NULL || best->scores == NULL)
			return rq_fail_memory(err);
	}
	for (size_t i = 0; i < LANES; i++)
		RQ_TRY(take_lane(passing, &passing->lanes[i], err));
	return RQ_OK;
}

enum rq_status rq_passing_search(bool *done, struct rq_neighbours *found, struct rq_serving *serving,
                                 const struct rq_vectors *queries, struct rq_error *err)
{
	size_t rows = rq_vector_rows_block(&serving->rows);
	struct passing passing = {.serving = serving, .queries = queries, .keep = found->k + BEYOND,
	                          .most = rows < ROWS_MOST ? rows : ROWS_MOST, .lock = PTHREAD_MUTEX_INITIALIZER};
	enum rq_status status = take_room(&passing, err);

	if (status == RQ_OK)
		status = pass(&passing, err);
	*done = status == RQ_OK && !atomic_load(&passing.not_finite) && is_told(&passing, found->k);
	if (*done)
		put_found(found, &passing);
	for (size_t i = 0; i < LANES; i++) {
		rq_vectors_release(&passing.lanes[i].block);
		rq_skim_release(&passing.lanes[i].skim);
	}
	rq_arena_release(&passing.arena);
	return status;
}
