/* An HNSW graph through our backend: what the backend adds to FAISS's own search of the same queries, and what the graph gains over exact search, at
 * the recall that it has.
 *
 * Only evalcore/index knows FAISS's headers, and its indexes are opaque here. The linker puts the function below in the place of faiss_Index_search
 * (--wrap, in CMakeLists.txt), so that each call of FAISS is timed where the backend makes it. */
#include "ci/benches/harness/bench.h"
#include "ci/benches/harness/collection.h"
#include "evalcore/base/system.h"
#include "evalcore/index/index.h"

#include <stdio.h>
#include <stdlib.h>

enum { NEIGHBOURS = 10 };

struct FaissIndex_H;
int __real_faiss_Index_search(const struct FaissIndex_H *index, int64_t n, const float *queries, int64_t k, float *distances, int64_t *labels);
int __wrap_faiss_Index_search(const struct FaissIndex_H *index, int64_t n, const float *queries, int64_t k, float *distances, int64_t *labels);

static uint64_t inside_faiss_ns; /* of one thread, as the backend's search is */

int __wrap_faiss_Index_search(const struct FaissIndex_H *index, int64_t n, const float *queries, int64_t k, float *distances, int64_t *labels)
{
	uint64_t started = rq_clock_ns();
	int code = __real_faiss_Index_search(index, n, queries, k, distances, labels);

	inside_faiss_ns += rq_clock_ns() - started;
	return code;
}

struct graph {
	const struct rq_vectors *base, *queries;
	uint32_t *tie_rank;
	const struct rq_backend *backend;
	struct rq_index *index;
	struct rq_neighbours found, exact, one;
};

static enum rq_status search(struct graph *g, bool singly, struct rq_error *err)
{
	if (!singly)
		return g->backend->search_batch(g->index, g->queries->data, g->queries->n, g->tie_rank, &g->found, NULL, err);
	for (size_t q = 0; q < g->queries->n; q++)
		RQ_TRY(g->backend->search_batch(g->index, g->queries->data + q * g->queries->d, 1, g->tie_rank, &g->one, NULL, err));
	return RQ_OK;
}

static enum rq_status search_batch(void *context, struct rq_error *err)
{
	return search(context, false, err);
}

static enum rq_status search_exact(void *context, struct rq_error *err)
{
	struct graph *g = context;

	return rq_exact_search(&g->exact, g->base, g->queries->data, g->queries->n, RQ_INNER_PRODUCT, g->tie_rank, NULL, err);
}

/* Share of the exact neighbours that the graph found. */
static double recall(const struct graph *g)
{
	size_t hits = 0;

	for (size_t q = 0; q < g->queries->n; q++)
		for (size_t i = 0; i < g->found.counts[q]; i++)
			for (size_t j = 0; j < g->exact.counts[q]; j++)
				hits += g->found.rows[q * NEIGHBOURS + i] == g->exact.rows[q * NEIGHBOURS + j];
	return (double)hits / (double)(g->queries->n * NEIGHBOURS);
}

/* Whole calls and FAISS's part of the same calls: nothing to interleave. */
static enum rq_status measure_overhead(struct rq_bench_context *context, struct graph *g, int ef, bool singly, struct rq_error *err)
{
	struct rq_samples whole = {0}, inside = {0};
	double queries = (double)g->queries->n;

	RQ_TRY(search(g, singly, err));
	for (size_t i = 0; i < rq_bench_repetitions(context, 9); i++) {
		inside_faiss_ns = 0;
		uint64_t started = rq_clock_ns();
		RQ_TRY(search(g, singly, err));
		rq_samples_add(&whole, (double)(rq_clock_ns() - started) * 1e-9);
		rq_samples_add(&inside, (double)inside_faiss_ns * 1e-9);
	}
	const struct rq_bench_row row = {
		.bench = "hnsw", .unit = "queries/s", .more_is_better = true,
		.value = rq_figure_rate(&whole, queries), .reference = rq_figure_rate(&inside, queries), .reference_name = "FAISS's own call",
	};
	return rq_bench_add(context->rows, &row, err, "%zu x %zu, efSearch %d, k %d, %s, 1 thread", g->base->n, g->base->d, ef, NEIGHBOURS,
	                    singly ? "one by one" : "batch");
}

static enum rq_status measure_gain(struct rq_bench_context *context, struct graph *g, int ef, struct rq_error *err)
{
	struct rq_samples ours, reference;
	double queries = (double)g->queries->n;

	RQ_TRY(rq_bench_both(&ours, &reference, rq_bench_repetitions(context, 5), search_batch, search_exact, g, err));
	const struct rq_bench_row row = {
		.bench = "hnsw", .unit = "queries/s", .more_is_better = true,
		.value = rq_figure_rate(&ours, queries), .reference = rq_figure_rate(&reference, queries), .reference_name = "exact search",
	};
	return rq_bench_add(context->rows, &row, err, "%zu x %zu, efSearch %d, k %d, recall %.3f, %d threads", g->base->n, g->base->d, ef, NEIGHBOURS,
	                    recall(g), rq_threads());
}

static enum rq_status measure(struct rq_bench_context *context, struct graph *g, struct rq_error *err)
{
	static const int efs[] = {16, 64};
	int all = rq_threads();
	enum rq_status status = RQ_OK;
	char parameters[32];

	for (size_t i = 0; i < sizeof efs / sizeof *efs && status == RQ_OK; i++) {
		snprintf(parameters, sizeof parameters, "efSearch=%d", efs[i]);
		status = g->backend->configure(g->index, parameters, err);
		rq_threads_set(1);
		for (int singly = 0; singly < 2 && status == RQ_OK; singly++)
			status = measure_overhead(context, g, efs[i], singly != 0, err);
		rq_threads_set(all);
		if (status == RQ_OK)
			status = measure_gain(context, g, efs[i], err);
	}
	return status;
}

static enum rq_status prepare(struct graph *g, const struct rq_made *made, struct rq_error *err)
{
	const struct rq_index_config config = {.kind = "faiss", .factory = "HNSW32,Flat", .build = "efConstruction=40", .seed = 1, .threads = 1};
	size_t n = made->documents.n;

	*g = (struct graph){.base = &made->documents, .queries = &made->topics, .backend = rq_backend_find("faiss")};
	g->tie_rank = malloc(n * sizeof *g->tie_rank);
	if (g->tie_rank == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++)
		g->tie_rank[i] = (uint32_t)i;
	RQ_TRY(rq_neighbours_init(&g->found, made->topics.n, NEIGHBOURS, err));
	RQ_TRY(rq_neighbours_init(&g->exact, made->topics.n, NEIGHBOURS, err));
	RQ_TRY(rq_neighbours_init(&g->one, 1, NEIGHBOURS, err));
	return g->backend->build(&g->index, &config, RQ_INNER_PRODUCT, g->base, NULL, err);
}

static enum rq_status run(struct rq_bench_context *context, struct rq_error *err)
{
	const struct rq_shape shape = context->small ? (struct rq_shape){1000, 50, 20, 32} : (struct rq_shape){20000, 2000, 200, 384};
	struct rq_made made;
	struct graph graph = {0};

	RQ_TRY(rq_make_vectors(&made, &shape, err));
	enum rq_status status = prepare(&graph, &made, err);
	if (status == RQ_OK)
		status = measure(context, &graph, err);
	if (graph.index != NULL)
		graph.backend->close(graph.index);
	rq_neighbours_release(&graph.found);
	rq_neighbours_release(&graph.exact);
	rq_neighbours_release(&graph.one);
	free(graph.tie_rank);
	rq_made_release(&made);
	return status;
}

const struct rq_bench rq_bench_hnsw = {
	.name = "hnsw",
	.summary = "HNSW32 through the faiss backend, against the calls of FAISS inside it and against exact search",
	.run = run,
};
