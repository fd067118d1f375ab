/* Exact search: the k best rows of a matrix for each query, right to the last digit on every machine.
 *
 * Many queries: a task takes a tile of queries through the base, a block of rows at a time; a fast product only proposes, rows that its rounding
 * could have robbed of a place stay candidates, and these are scored in double. Few queries: every row is scored in double, which is faster there.
 * Where the tiles alone do not keep all threads busy, the base is cut into ranges too and the lists of the ranges are merged; the result does not
 * depend on how the work was cut, since a list of the best k by (score, tie rank) is the same however it is assembled. */
#include "evalcore/index/exact.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"
#include "evalcore/index/neighbours.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	DIRECT_QUERIES = 5, /* up to here scoring in double beats the product, which must first pack the base */
	DIRECT_GROUP = 8,   /* queries that share the rows in the cache */
	DIRECT_ROWS = 64,   /* rows between two queries: they stay in the cache */
	TILE_MIN = 256,          /* queries a tile: a product of fewer is slower, */
	TILE_MAX = 1024,         /* of more is no faster */
	TILE_BYTES = 64 << 20,   /* of candidates a tile */
	DIMENSION_MAX = 1 << 20, /* beyond it the rounding bound is too wide to help */
	RANGE_WORK = 1 << 20,    /* multiplications that are worth a task */
};

struct search {
	struct rq_neighbours *out;
	const struct rq_vectors *base;
	const float *queries;
	size_t nq;
	enum rq_similarity similarity;
	const uint32_t *tie_rank;
	struct rq_progress *progress;
	enum rq_proposal proposal;

	size_t tile, tiles, range, ranges; /* queries a tile, rows a range; task t is tile t / ranges, range t % ranges */
	struct rq_neighbours parts;        /* list q * ranges + r; unused with one range */
	struct rq_rounding rounding;
	double *query_norms, *block_norms, longest;
	float *half_squares; /* L2: |y|^2 / 2 of each row */
	atomic_bool no_memory, not_finite;
};

static size_t ceiling(size_t a, size_t b)
{
	return a / b + (a % b != 0);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static struct rq_list list_of(const struct search *search, size_t query, size_t range)
{
	return search->ranges == 1 ? rq_neighbours_list(search->out, query, search->tie_rank) :
	                             rq_neighbours_list(&search->parts, query * search->ranges + range, search->tie_rank);
}

/* Scores rows from..to in double for some queries. */
static void score_all(struct search *search, const size_t *queries, size_t count, size_t from, size_t to, size_t range)
{
	size_t d = search->base->d;
	double scores[DIRECT_ROWS];
	bool finite = true;

	for (size_t row = from; row < to && !rq_cancel_requested(); row += DIRECT_ROWS) {
		size_t n = smaller(DIRECT_ROWS, to - row);
		for (size_t q = 0; q < count; q++) {
			struct rq_list list = list_of(search, queries[q], range);
			rq_exact_scores(scores, search->base->data + row * d, n, search->queries + queries[q] * d, d, search->similarity);
			for (size_t i = 0; i < n; i++) {
				finite &= isfinite(scores[i]) != 0;
				rq_list_push(&list, (uint32_t)(row + i), scores[i]);
			}
		}
	}
	if (!finite)
		atomic_store(&search->not_finite, true);
}

static void direct_task(void *context, size_t task)
{
	struct search *search = context;
	size_t range = task % search->ranges, first = task / search->ranges * search->tile, count = smaller(search->tile, search->nq - first);
	size_t from = range * search->range, to = smaller(from + search->range, search->base->n), queries[DIRECT_GROUP];

	for (size_t q = 0; q < count; q++)
		queries[q] = first + q;
	score_all(search, queries, count, from, to, range);
	rq_progress_add(search->progress, count * (to - from));
}

/* The memory of a tile's task. */
struct tile {
	size_t first, count;
	float *product;                        /* count, rounded up to whole groups, x RQ_EXACT_BLOCK */
	int32_t *packed_queries, *packed_rows; /* of the integer product */
	int16_t *scratch;
	struct rq_candidates *candidates;
	float *scores; /* of candidates */
	uint32_t *rows;
	double *exact;
	size_t *crowded;
	struct rq_selection selection;
};

static void tile_release(struct tile *tile)
{
	free(tile->product);
	free(tile->packed_queries);
	free(tile->packed_rows);
	free(tile->scratch);
	free(tile->candidates);
	free(tile->scores);
	free(tile->rows);
	free(tile->exact);
	free(tile->crowded);
	free(tile->selection.scratch);
}

static bool tile_init(struct tile *tile, const struct search *search, size_t first)
{
	size_t count = smaller(search->tile, search->nq - first), k = list_of(search, 0, 0).k, capacity = rq_selection_capacity(k), d = search->base->d;
	bool integer = search->proposal != RQ_PROPOSE_SINGLE;
	size_t padded = ceiling(count, RQ_INTEGER_GROUP) * RQ_INTEGER_GROUP;

	*tile = (struct tile){
		.first = first,
		.count = count,
		.product = rq_alloc_aligned(padded * RQ_EXACT_BLOCK, sizeof *tile->product),
		.packed_queries = rq_alloc_aligned(integer ? rq_integer_query_words(count, d) : 1, sizeof *tile->packed_queries),
		.packed_rows = rq_alloc_aligned(integer ? rq_integer_row_words(RQ_EXACT_BLOCK, d) : 1, sizeof *tile->packed_rows),
		.scratch = rq_alloc_aligned(integer ? rq_integer_scratch_words(d) : 1, sizeof *tile->scratch),
		.candidates = calloc(count, sizeof *tile->candidates),
		.scores = malloc(count * capacity * sizeof *tile->scores),
		.rows = malloc(count * capacity * sizeof *tile->rows),
		.exact = malloc(capacity * sizeof *tile->exact),
		.crowded = malloc(count * sizeof *tile->crowded),
		.selection = rq_selection_of(k, &search->rounding, search->block_norms, malloc(capacity * sizeof(double))),
	};
	if (tile->product == NULL || tile->packed_queries == NULL || tile->packed_rows == NULL || tile->scratch == NULL || tile->candidates == NULL ||
	    tile->scores == NULL || tile->rows == NULL || tile->exact == NULL || tile->crowded == NULL || tile->selection.scratch == NULL)
		return false;
	if (integer)
		rq_integer_pack_queries(tile->packed_queries, tile->scratch, search->queries + first * d, count, d, search->query_norms + first);
	for (size_t q = 0; q < count; q++) {
		double norm = search->query_norms[first + q];
		tile->candidates[q] = (struct rq_candidates){.scores = tile->scores + q * capacity, .rows = tile->rows + q * capacity};
		rq_candidates_start(&tile->candidates[q], &tile->selection);
		tile->candidates[q].crowded = norm * search->longest > RQ_SINGLE_MAX || search->longest * search->longest > RQ_SINGLE_MAX;
	}
	return true;
}

static void propose(struct tile *tile, const struct search *search, size_t row, size_t n)
{
	size_t d = search->base->d;
	const float *rows = search->base->data + row * d;

	if (search->proposal == RQ_PROPOSE_SINGLE)
		rq_sgemm(false, true, tile->count, n, d, 1, search->queries + tile->first * d, d, rows, d, 0, tile->product, RQ_EXACT_BLOCK);
	else {
		double longest = search->block_norms[row / RQ_EXACT_BLOCK];
		rq_integer_pack_rows(tile->packed_rows, tile->scratch, rows, n, d, longest);
		rq_integer_product(&(struct rq_integer_task){
			.proposal = search->proposal,
			.product = tile->product,
			.queries = tile->packed_queries,
			.rows = tile->packed_rows,
			.nq = tile->count,
			.n = n,
			.d = d,
			.query_norms = search->query_norms + tile->first,
			.longest = longest,
		});
	}
	for (size_t q = 0; q < tile->count; q++) {
		float *scores = tile->product + q * RQ_EXACT_BLOCK;
		if (search->similarity == RQ_L2)
			for (size_t i = 0; i < n; i++)
				scores[i] -= search->half_squares[row + i];
		rq_candidates_add(&tile->candidates[q], &tile->selection, search->query_norms[tile->first + q], scores, n, (uint32_t)row);
	}
}

/* Scores the candidates in double; queries that have too many get every row. */
static void settle(struct tile *tile, struct search *search, size_t from, size_t to, size_t range)
{
	size_t d = search->base->d, crowded = 0;

	for (size_t q = 0; q < tile->count; q++) {
		struct rq_candidates *candidates = &tile->candidates[q];
		size_t query = tile->first + q;
		if (!candidates->crowded)
			rq_candidates_thin(candidates, &tile->selection, search->query_norms[query]);
		if (candidates->crowded) {
			tile->crowded[crowded++] = query;
			continue;
		}
		struct rq_list list = list_of(search, query, range);
		rq_exact_scores_at(tile->exact, search->base->data, candidates->rows, candidates->count, search->queries + query * d, d, search->similarity);
		for (size_t i = 0; i < candidates->count; i++)
			rq_list_push(&list, candidates->rows[i], tile->exact[i]);
	}
	if (crowded > 0)
		score_all(search, tile->crowded, crowded, from, to, range);
}

static void tile_task(void *context, size_t task)
{
	struct search *search = context;
	size_t range = task % search->ranges, from = range * search->range, to = smaller(from + search->range, search->base->n);
	struct tile tile;

	if (!tile_init(&tile, search, task / search->ranges * search->tile))
		atomic_store(&search->no_memory, true);
	for (size_t row = from; row < to && !atomic_load(&search->no_memory) && !rq_cancel_requested(); row += RQ_EXACT_BLOCK) {
		size_t n = smaller(RQ_EXACT_BLOCK, to - row);
		propose(&tile, search, row, n);
		rq_progress_add(search->progress, tile.count * n);
	}
	if (!atomic_load(&search->no_memory) && !rq_cancel_requested())
		settle(&tile, search, from, to, range);
	tile_release(&tile);
}

/* Length of a vector, rounded up. */
static double norm_of(double squares)
{
	return sqrt(squares) * (1 + 0x1p-30);
}

static void norms_task(void *context, size_t block)
{
	struct search *search = context;
	size_t d = search->base->d, first = block * RQ_EXACT_BLOCK, n = smaller(RQ_EXACT_BLOCK, search->base->n - first);
	double longest = 0;

	for (size_t i = first; i < first + n; i++) {
		const float *row = search->base->data + i * d;
		double squares;
		rq_exact_scores(&squares, row, 1, row, d, RQ_INNER_PRODUCT);
		if (!isfinite(squares))
			atomic_store(&search->not_finite, true);
		if (search->similarity == RQ_L2)
			search->half_squares[i] = (float)(squares / 2);
		longest = squares > longest ? squares : longest;
	}
	search->block_norms[block] = norm_of(longest);
}

static enum rq_status measure_lengths(struct search *search, struct rq_error *err)
{
	size_t d = search->base->d, n = search->base->n, blocks = ceiling(n, RQ_EXACT_BLOCK);

	search->rounding = search->proposal == RQ_PROPOSE_SINGLE ? rq_rounding_of(d, search->similarity) : rq_rounding_of_integers(d, search->similarity);
	search->query_norms = malloc(search->nq * sizeof *search->query_norms);
	search->block_norms = malloc(blocks * sizeof *search->block_norms);
	search->half_squares = malloc((search->similarity == RQ_L2 ? n : 1) * sizeof *search->half_squares);
	if (search->query_norms == NULL || search->block_norms == NULL || search->half_squares == NULL)
		return rq_fail_memory(err);
	for (size_t q = 0; q < search->nq; q++)
		search->query_norms[q] = norm_of(rq_exact_score(search->queries + q * d, search->queries + q * d, d, RQ_INNER_PRODUCT));
	rq_parallel_for(blocks, norms_task, search);
	for (size_t b = 0; b < blocks; b++)
		search->longest = fmax(search->longest, search->block_norms[b]);
	return RQ_OK;
}

/* Cuts the work; true: score every row in double. */
static bool plan(struct search *search)
{
	size_t n = search->base->n, d = search->base->d, nq = search->nq, threads = (size_t)rq_threads(), k = smaller(search->out->k, n);
	size_t tile_most = smaller(TILE_MAX, TILE_BYTES / sizeof(float) / 2 / rq_selection_capacity(k));
	bool direct = nq <= DIRECT_QUERIES || d > DIMENSION_MAX || k > n / 4 || tile_most < DIRECT_GROUP;

	if (direct) {
		search->tile = smaller(nq, DIRECT_GROUP);
		search->tiles = ceiling(nq, search->tile);
	} else {
		/* as many tiles as threads or a multiple, unless that makes them small */
		search->tiles = threads * ceiling(nq, threads * tile_most);
		search->tile = ceiling(nq, search->tiles);
		if (search->tile < TILE_MIN)
			search->tile = smaller(smaller(TILE_MIN, tile_most), nq);
		search->tiles = ceiling(nq, search->tile);
	}
	size_t work = n * d / RANGE_WORK * search->tile + 1, blocks = ceiling(n, RQ_EXACT_BLOCK);
	size_t ranges = threads == 1 ? 1 : smaller(smaller(ceiling(threads, search->tiles), work), blocks);
	search->range = ceiling(blocks, ranges) * RQ_EXACT_BLOCK;
	search->ranges = ceiling(n, search->range);
	return direct;
}

/* Brings the lists of the ranges together and into order. */
static void finish_task(void *context, size_t query)
{
	struct search *search = context;
	struct rq_list list = rq_neighbours_list(search->out, query, search->tie_rank);

	for (size_t r = 0; search->ranges > 1 && r < search->ranges; r++) {
		struct rq_list part = list_of(search, query, r);
		for (size_t i = 0; i < *part.count; i++)
			rq_list_push(&list, part.rows[i], part.scores[i]);
	}
	rq_neighbours_order(list.rows, list.scores, *list.count, search->tie_rank);
}

static enum rq_status run(struct search *search, struct rq_error *err)
{
	bool direct = plan(search);

	if (search->ranges > 1)
		RQ_TRY(rq_neighbours_init(&search->parts, search->nq * search->ranges, smaller(search->out->k, search->range), err));
	if (!direct)
		RQ_TRY(measure_lengths(search, err));
	rq_progress_begin(search->progress, "exact search", "scores", search->nq * search->base->n);
	if (!atomic_load(&search->not_finite))
		rq_parallel_for(search->tiles * search->ranges, direct ? direct_task : tile_task, search);
	rq_progress_end(search->progress);
	RQ_TRY(rq_cancel_check(err));
	if (atomic_load(&search->no_memory))
		return rq_fail_memory(err);
	if (atomic_load(&search->not_finite)) {
		size_t row = rq_vectors_not_finite(search->base);
		if (row < search->base->n)
			return rq_fail(err, RQ_E_DATA, "row %zu of the base vectors holds a NaN or an infinity; embed that document again", row);
	}
	rq_parallel_for(search->nq, finish_task, search);
	return RQ_OK;
}

static enum rq_status check_input(const struct rq_neighbours *out, const struct rq_vectors *base, const float *queries, size_t nq,
                                  struct rq_error *err)
{
	if (base->d < 1)
		return rq_fail(err, RQ_E_DATA, "the base vectors have no dimensions; a vector needs one at least");
	if (base->n >= UINT32_MAX)
		return rq_fail(err, RQ_E_DATA, "%zu base vectors where %u are the most that exact search numbers", base->n, UINT32_MAX - 1);
	if (out->queries < nq)
		return rq_fail(err, RQ_E_INTERNAL, "room for the neighbours of %zu queries where %zu were asked", out->queries, nq);
	for (size_t i = 0; i < nq * base->d; i++)
		if (!isfinite(queries[i]))
			return rq_fail(err, RQ_E_DATA, "query %zu holds a NaN or an infinity; embed that topic again", i / base->d);
	return RQ_OK;
}

enum rq_status rq_exact_search_by(struct rq_neighbours *out, const struct rq_vectors *base, const float *queries, size_t nq,
                                  enum rq_similarity similarity, const uint32_t *tie_rank, enum rq_proposal proposal, struct rq_progress *progress,
                                  struct rq_error *err)
{
	struct search search = {
		.out = out, .base = base, .queries = queries, .nq = nq, .similarity = similarity, .tie_rank = tie_rank, .progress = progress};

	RQ_TRY(check_input(out, base, queries, nq, err));
	search.proposal = proposal <= rq_proposal_fastest(base->d) ? proposal : RQ_PROPOSE_SINGLE;
	for (size_t q = 0; q < nq; q++)
		out->counts[q] = 0;
	if (nq == 0 || base->n == 0 || out->k == 0)
		return RQ_OK;
	enum rq_status status = run(&search, err);
	rq_neighbours_release(&search.parts);
	free(search.query_norms);
	free(search.block_norms);
	free(search.half_squares);
	return status;
}

enum rq_status rq_exact_search(struct rq_neighbours *out, const struct rq_vectors *base, const float *queries, size_t nq,
                               enum rq_similarity similarity, const uint32_t *tie_rank, struct rq_progress *progress, struct rq_error *err)
{
	return rq_exact_search_by(out, base, queries, nq, similarity, tie_rank, rq_proposal_fastest(base->d), progress, err);
}
