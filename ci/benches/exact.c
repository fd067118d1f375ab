/* Exact search against FAISS's IndexFlatIP, in the same process over the same vectors. FAISS answers through the program's own backend, whose part
 * the bench "hnsw" measures. */
#include "ci/benches/harness/bench.h"
#include "ci/benches/harness/collection.h"
#include "evalcore/base/system.h"
#include "evalcore/index/index.h"

#include <stdlib.h>

enum { NEIGHBOURS = 100, ROUND_PRODUCTS = 1000000000, SMALL_ROUND_PRODUCTS = 1000000 };

struct contest {
	const struct rq_vectors *base, *queries;
	size_t nq;
	uint32_t *tie_rank;
	const struct rq_backend *backend;
	struct rq_index *flat;
	struct rq_neighbours out;
	size_t rounds; /* a sample: enough for the clock */
};

/* The queries of a round: all of them, or one after the other. */
static const float *queries_of(const struct contest *c, size_t round)
{
	return c->queries->data + (c->nq == 1 ? round % c->queries->n * c->queries->d : 0);
}

static enum rq_status run_exact(void *context, struct rq_error *err)
{
	struct contest *c = context;

	for (size_t i = 0; i < c->rounds; i++)
		RQ_TRY(rq_exact_search(&c->out, c->base, queries_of(c, i), c->nq, RQ_INNER_PRODUCT, c->tie_rank, NULL, err));
	return RQ_OK;
}

static enum rq_status run_flat(void *context, struct rq_error *err)
{
	struct contest *c = context;

	for (size_t i = 0; i < c->rounds; i++)
		RQ_TRY(c->backend->search_batch(c->flat, queries_of(c, i), c->nq, c->tie_rank, &c->out, NULL, err));
	return RQ_OK;
}

static enum rq_status compare(struct rq_bench_context *context, struct contest *contest, size_t nq, int threads, struct rq_error *err)
{
	struct rq_samples ours, reference;
	size_t n = contest->base->n, d = contest->base->d;
	int all = rq_threads();

	contest->nq = nq;
	contest->rounds = (context->small ? SMALL_ROUND_PRODUCTS : ROUND_PRODUCTS) / (n * d * nq) + 1;
	RQ_TRY(rq_neighbours_init(&contest->out, nq, NEIGHBOURS, err));
	rq_threads_set(threads);
	enum rq_status status = rq_bench_both(&ours, &reference, rq_bench_repetitions(context, 5), run_exact, run_flat, contest, err);
	rq_threads_set(all);
	rq_neighbours_release(&contest->out);
	RQ_TRY(status);
	double answers = (double)(contest->rounds * nq);
	const struct rq_bench_row row = {
		.bench = "exact", .unit = "queries/s", .more_is_better = true,
		.value = rq_figure_rate(&ours, answers), .reference = rq_figure_rate(&reference, answers), .reference_name = "FAISS Flat",
		.goal = RQ_GOAL_RATIO, .target = 1, /* a search of our own has to earn its place */
	};
	return rq_bench_add(context->rows, &row, err, "%zu x %zu, %zu quer%s, k %d, %d thread%s", n, d, nq, nq == 1 ? "y" : "ies", NEIGHBOURS, threads,
	                    threads == 1 ? "" : "s");
}

static enum rq_status prepare(struct contest *contest, const struct rq_made *made, struct rq_error *err)
{
	const struct rq_index_config config = {.kind = "faiss", .factory = "Flat", .threads = 1};
	size_t n = made->documents.n;

	*contest = (struct contest){.base = &made->documents, .queries = &made->topics, .backend = rq_backend_find("faiss")};
	contest->tie_rank = malloc(n * sizeof *contest->tie_rank);
	if (contest->tie_rank == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++)
		contest->tie_rank[i] = (uint32_t)i;
	return contest->backend->build(&contest->flat, &config, RQ_INNER_PRODUCT, contest->base, NULL, err);
}

static enum rq_status measure(struct rq_bench_context *context, const struct rq_shape *shape, struct rq_error *err)
{
	struct contest contest = {0};
	struct rq_made made;
	int all = rq_threads();

	RQ_TRY(rq_make_vectors(&made, shape, err));
	enum rq_status status = prepare(&contest, &made, err);
	if (status == RQ_OK)
		status = compare(context, &contest, shape->topics, 1, err);
	if (status == RQ_OK && all > 1)
		status = compare(context, &contest, shape->topics, all, err);
	if (status == RQ_OK)
		status = compare(context, &contest, 1, 1, err);
	if (contest.flat != NULL)
		contest.backend->close(contest.flat);
	free(contest.tie_rank);
	rq_made_release(&made);
	return status;
}

static enum rq_status run(struct rq_bench_context *context, struct rq_error *err)
{
	const struct rq_shape large = context->small ? (struct rq_shape){2000, 50, 20, 64} : (struct rq_shape){200000, 2000, 2000, 384};
	const struct rq_shape little = context->small ? (struct rq_shape){500, 20, 10, 32} : (struct rq_shape){1400, 225, 100, 256};

	RQ_TRY(measure(context, &large, err));
	return measure(context, &little, err);
}

const struct rq_bench rq_bench_exact = {
	.name = "exact",
	.summary = "exact search against FAISS's IndexFlatIP in the same process: one and all threads, large and small, one query",
	.run = run,
};
