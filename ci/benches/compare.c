/* rqgate compare as a user waits for it: two index files with their id maps, a hundredth of whose documents went, came or moved, beside reading the
 * bytes of both. The target is what was asked for, of two of 1,000,000 x 128. */
#include "ci/benches/harness/bench.h"
#include "ci/benches/harness/child.h"
#include "ci/benches/harness/collection.h"
#include "evalcore/base/file.h"
#include "evalcore/base/random.h"
#include "evalcore/index/index.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHANGED = 100 /* one document of so many goes, and as many come and move */, SECONDS = 20 };

struct pair {
	struct rq_bench_context *context;
	const char *files[2];
	struct rq_ran ran;
	struct rq_arena arena;
};

static enum rq_status write_ids(struct pair *pair, const char *name, size_t first, size_t count, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *path = rq_path_join(&pair->arena, pair->context->folder, name);

	for (size_t i = first; i < first + count; i++)
		rq_buf_printf(&text, "d%zu\n", i);
	RQ_TRY(rq_buf_check(&text, err));
	return path == NULL ? rq_fail_memory(err) : rq_file_write(path, text.data, text.size, err);
}

static enum rq_status write_index(const char *path, const char *factory, const struct rq_vectors *vectors, struct rq_error *err)
{
	const struct rq_backend *faiss = rq_backend_find("faiss");
	const struct rq_index_config config = {
		.kind = "faiss", .factory = factory, .build = strncmp(factory, "HNSW", 4) == 0 ? "efConstruction=40" : NULL, .seed = 1, .threads = 1};
	struct rq_index *index = NULL;

	RQ_TRY(faiss->build(&index, &config, RQ_INNER_PRODUCT, vectors, NULL, err));
	FILE *file = fopen(path, "we");
	enum rq_status status = file == NULL ? rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(errno)) : faiss->save(index, file, err);
	if (file != NULL && fclose(file) != 0 && status == RQ_OK)
		status = rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(errno));
	faiss->close(index);
	return status;
}

/* B is A without its first documents, with as many new ones at its end, and some of those in between turned. */
static enum rq_status make(struct pair *pair, const struct rq_shape *shape, const char *factory, struct rq_error *err)
{
	size_t kept = shape->documents, changed = kept / CHANGED;
	const struct rq_shape whole = {kept + changed, shape->topics, shape->clusters, shape->d};
	struct rq_random random;
	struct rq_made made;

	RQ_TRY(rq_make_vectors(&made, &whole, err));
	struct rq_vectors before = {made.documents.data, kept, shape->d}, now = {made.documents.data + changed * shape->d, kept, shape->d};
	enum rq_status status = write_index(pair->files[0], factory, &before, err);
	rq_random_seed(&random, 1);
	for (size_t i = 0; i < changed * shape->d; i++)
		now.data[i] += .02f * (float)rq_random_normal(&random);
	if (status == RQ_OK)
		status = write_index(pair->files[1], factory, &now, err);
	rq_made_release(&made);
	RQ_TRY(status);
	RQ_TRY(write_ids(pair, "a.ids", 0, kept, err));
	return write_ids(pair, "b.ids", changed, kept, err);
}

static enum rq_status run_compare(void *context, struct rq_error *err)
{
	struct pair *pair = context;
	const char *const arguments[] = {pair->context->rqgate, "compare", "a.faiss", "b.faiss", "--ids-a", "a.ids", "--ids-b", "b.ids", NULL};

	return rq_run_program(&pair->ran, arguments, pair->context->folder, 0, err);
}

static enum rq_status run_cat(void *context, struct rq_error *err)
{
	static const char *const arguments[] = {"sh", "-c", "cat a.faiss b.faiss | wc -c", NULL};
	const struct pair *pair = context;
	struct rq_ran ran;

	return rq_run_program(&ran, arguments, pair->context->folder, 0, err);
}

static enum rq_status measure(struct pair *pair, const struct rq_shape *shape, const char *factory, bool asked, struct rq_error *err)
{
	struct rq_bench_context *context = pair->context;
	struct rq_samples ours, reference;

	RQ_TRY(make(pair, shape, factory, err));
	RQ_TRY(rq_bench_both(&ours, &reference, rq_bench_repetitions(context, 3), run_compare, run_cat, pair, err));
	struct rq_bench_row row = {.bench = "compare", .unit = "s", .value = rq_figure_of(&ours), .reference = rq_figure_of(&reference),
	                           .reference_name = "cat both | wc -c", .target = NAN};
	if (asked) {
		row.goal = RQ_GOAL_VALUE;
		row.target = SECONDS;
	}
	RQ_TRY(rq_bench_add(context->rows, &row, err, "two %s of %zu x %zu", factory, shape->documents, shape->d));
	const struct rq_bench_row memory = {
		.bench = "compare", .unit = "MB", .value = rq_figure_exact(pair->ran.megabytes), .reference = rq_no_figure, .target = NAN};
	return rq_bench_add(context->rows, &memory, err, "memory of that");
}

static enum rq_status run(struct rq_bench_context *context, struct rq_error *err)
{
	const struct rq_shape large = context->small ? (struct rq_shape){2000, 10, 20, 32} : (struct rq_shape){1000000, 10, 2000, 128};
	const struct rq_shape graph = context->small ? (struct rq_shape){1000, 10, 20, 32} : (struct rq_shape){200000, 10, 2000, 128};
	struct pair pair = {.context = context};

	pair.files[0] = rq_path_join(&pair.arena, context->folder, "a.faiss");
	pair.files[1] = rq_path_join(&pair.arena, context->folder, "b.faiss");
	enum rq_status status = pair.files[0] == NULL || pair.files[1] == NULL ? rq_fail_memory(err) : RQ_OK;
	if (status == RQ_OK)
		status = measure(&pair, &large, "Flat", !context->small, err);
	if (status == RQ_OK)
		status = measure(&pair, &graph, "HNSW16,Flat", false, err);
	rq_arena_release(&pair.arena);
	return status;
}

const struct rq_bench rq_bench_compare = {
	.name = "compare",
	.summary = "rqgate compare of two indexes, against reading their bytes",
	.run = run,
};
