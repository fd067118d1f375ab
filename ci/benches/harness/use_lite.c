#include "ci/benches/harness/use_lite.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/embedder.h"
#include "evalcore/embed/use_lite/network.h"
#include "evalcore/embed/use_lite/pieces.h"

#include <stdlib.h>
#include <string.h>

/* A product that OpenBLAS is good at; each thread has its own. */
enum { SIDE = 512, OPERATIONS = 2 * SIDE * SIDE * SIDE };

struct rq_use_lite_bench {
	const void *state;
	const char *const *texts;
	size_t n;
	struct rq_use_lite_files files;
	double operations; /* of all texts */
	int threads, all;
	float *out, *square; /* vectors; the two sides of a product, then a result a product */
	size_t products; /* a thread */
};

enum rq_status rq_use_lite_bench_cut(void *context, struct rq_error *err)
{
	struct rq_use_lite_bench *bench = context;
	struct rq_pieces_room room = {0};
	enum rq_status status = RQ_OK;

	bench->operations = 0;
	for (size_t i = 0; i < bench->n && status == RQ_OK; i++) {
		status = rq_pieces_read(&room, &bench->files.pieces, bench->texts[i], err);
		size_t tokens = room.ids.count < RQ_USE_LITE_TOKENS ? room.ids.count : RQ_USE_LITE_TOKENS;
		bench->operations += tokens == 0 ? 0 : rq_use_lite_operations(tokens);
	}
	rq_pieces_room_release(&room);
	return status;
}

static enum rq_status embed(void *context, struct rq_error *err)
{
	struct rq_use_lite_bench *bench = context;

	return rq_embedder_find("use-lite")->embed(bench->state, RQ_ROLE_DOCUMENT, bench->texts, bench->n, bench->out, NULL, err);
}

static void multiply(void *context, size_t thread)
{
	struct rq_use_lite_bench *bench = context;
	float *result = bench->square + (2 + thread) * SIDE * SIDE; /* nobody reads it */

	for (size_t i = 0; i < bench->products; i++)
		rq_sgemm(false, false, SIDE, SIDE, SIDE, 1, bench->square, SIDE, bench->square + SIDE * SIDE, SIDE, 0, result, SIDE);
}

static enum rq_status multiply_as_much(void *context, struct rq_error *err)
{
	struct rq_use_lite_bench *bench = context;

	(void)err;
	rq_parallel_for((size_t)bench->threads, multiply, bench);
	return RQ_OK;
}

void rq_use_lite_bench_free(struct rq_use_lite_bench *bench)
{
	if (bench == NULL)
		return;
	rq_use_lite_files_release(&bench->files);
	free(bench->out);
	free(bench->square);
	free(bench);
}

enum rq_status rq_use_lite_bench_new(struct rq_use_lite_bench **out, const void *state, const struct rq_buf *model, const char *const *texts,
                                     size_t n, struct rq_error *err)
{
	struct rq_use_lite_bench *bench = calloc(1, sizeof *bench);
	size_t squares = (size_t)(2 + rq_threads()) * SIDE;

	*out = bench;
	if (bench == NULL)
		return rq_fail_memory(err);
	*bench = (struct rq_use_lite_bench){.state = state, .texts = texts, .n = n, .threads = rq_threads(), .all = rq_threads()};
	bench->out = rq_alloc_aligned(n, RQ_USE_LITE_DIMENSION * sizeof *bench->out);
	bench->square = rq_alloc_aligned(squares, SIDE * sizeof *bench->square);
	if (bench->out == NULL || bench->square == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < squares * SIDE; i++)
		bench->square[i] = (float)(i % 7) / 8;
	RQ_TRY(rq_use_lite_open(&bench->files, model->data, model->size, err));
	RQ_TRY(rq_use_lite_bench_cut(bench, err));
	return RQ_OK;
}

static enum rq_status measure(struct rq_use_lite_bench *bench, struct rq_bench_context *context, int threads, const char *texts, struct rq_error *err)
{
	struct rq_samples ours, products;

	bench->threads = threads;
	bench->products = (size_t)(bench->operations / OPERATIONS) / (size_t)threads + 1;
	rq_threads_set(threads);
	enum rq_status status = rq_bench_both(&ours, &products, rq_bench_repetitions(context, 5), embed, multiply_as_much, bench, err);
	rq_threads_set(bench->all);
	RQ_TRY(status);
	const struct rq_bench_row row = {.bench = "embed", .unit = "GFLOP/s", .more_is_better = true,
	                                 .value = rq_figure_rate(&ours, bench->operations * 1e-9),
	                                 .reference = rq_figure_rate(&products, (double)(bench->products * (size_t)threads) * OPERATIONS * 1e-9),
	                                 .reference_name = "OpenBLAS sgemm"};
	return rq_bench_add(context->rows, &row, err, "use-lite, %zu %s, %d thread%s", bench->n, texts, threads, threads == 1 ? "" : "s");
}

enum rq_status rq_use_lite_bench_limits(struct rq_use_lite_bench *bench, struct rq_bench_context *context, const char *texts, struct rq_error *err)
{
	RQ_TRY(measure(bench, context, 1, texts, err));
	return bench->all > 1 ? measure(bench, context, bench->all, texts, err) : RQ_OK;
}
