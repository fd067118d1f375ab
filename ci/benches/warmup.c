/* rqgate warmup: what one search takes in its last round, which times each for itself, beside the same searches in a
 * loop that looks at the clock twice in all. The rest is what measuring adds. */
#include "ci/benches/harness/bench.h"
#include "ci/benches/harness/child.h"
#include "ci/benches/harness/collection.h"
#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/system.h"
#include "evalcore/index/index.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEIGHBOURS = 10 }; /* as deep as the config below looks */

struct warmed {
	struct rq_bench_context *context;
	struct rq_made made;
	const struct rq_backend *backend;
	struct rq_index *index;
	uint32_t *tie_rank;
	struct rq_neighbours found;
	struct rq_samples ours, plain; /* seconds of one search */
	size_t rounds;                 /* of the last warm-up */
	struct rq_arena arena;
};

static void warmed_release(struct warmed *warmed)
{
	if (warmed->index != NULL)
		warmed->backend->close(warmed->index);
	rq_neighbours_release(&warmed->found);
	free(warmed->tie_rank);
	rq_made_release(&warmed->made);
	rq_arena_release(&warmed->arena);
}

static enum rq_status write_index(struct warmed *warmed, struct rq_error *err)
{
	const char *path = rq_path_join(&warmed->arena, warmed->context->folder, "x.faiss");
	FILE *file = path == NULL ? NULL : fopen(path, "we");

	if (path == NULL)
		return rq_fail_memory(err);
	if (file == NULL)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(errno));
	enum rq_status status = warmed->backend->save(warmed->index, file, err);
	if (fclose(file) != 0 && status == RQ_OK)
		status = rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(errno));
	return status;
}

static enum rq_status make(struct warmed *warmed, const struct rq_shape *shape, struct rq_error *err)
{
	static const char config[] =
		"{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
		"\"embedders\": {\"made\": {\"kind\": \"vectors\", \"corpus\": \"c.npy\", \"topics\": \"t.npy\"}}, "
		"\"baseline\": {\"embedder\": \"made\"}, \"candidate\": {\"index\": {\"kind\": \"faiss\", \"file\": \"x.faiss\"}}, "
		"\"metrics\": [\"RR@10\"], \"gates\": [\"warmup(ready) <= 1h\"]}";
	const struct rq_index_config graph = {
		.kind = "faiss", .factory = "HNSW16,Flat", .build = "efConstruction=40", .seed = 1, .threads = 1};
	const char *folder = warmed->context->folder, *path = rq_path_join(&warmed->arena, folder, "gate.json");

	if (path == NULL || (warmed->tie_rank = malloc(shape->documents * sizeof *warmed->tie_rank)) == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < shape->documents; i++)
		warmed->tie_rank[i] = (uint32_t)i;
	RQ_TRY(rq_neighbours_init(&warmed->found, 1, NEIGHBOURS, err));
	RQ_TRY(rq_make_vectors(&warmed->made, shape, err));
	RQ_TRY(rq_make_npy(folder, "c.npy", &warmed->made.documents, err));
	RQ_TRY(rq_make_npy(folder, "t.npy", &warmed->made.topics, err));
	RQ_TRY(rq_make_corpus(folder, shape->documents, err));
	RQ_TRY(rq_make_topics(folder, shape, err));
	RQ_TRY(rq_file_write(path, config, strlen(config), err));
	warmed->backend = rq_backend_find("faiss");
	RQ_TRY(warmed->backend->build(&warmed->index, &graph, RQ_INNER_PRODUCT, &warmed->made.documents, NULL, err));
	return write_index(warmed, err);
}

static enum rq_status warm_up(struct warmed *warmed, struct rq_error *err)
{
	const char *const arguments[] = {warmed->context->rqgate, "warmup", "gate.json", "--json", NULL};
	const char *log = rq_path_join(&warmed->arena, warmed->context->folder, "log");
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	struct rq_ran ran;

	if (log == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_run_program(&ran, arguments, warmed->context->folder, 1, err));
	RQ_TRY(rq_file_read(&text, log, err));
	RQ_TRY(rq_json_parse(&root, text.data, text.size, log, err));
	const rq_json *rounds = rq_json_get(rq_json_get(root, "warmup"), "rounds"), *last = rq_json_first(rounds);
	for (const rq_json *next = last; next != NULL; next = rq_json_next(next))
		last = next;
	if (last == NULL)
		return rq_fail(err, RQ_E_DATA, "\"%s\": tells of no round", log);
	warmed->rounds = rq_json_size(rounds);
	rq_samples_add(&warmed->ours, rq_json_number(rq_json_get(last, "seconds")) /
	                                  rq_json_number(rq_json_get(last, "searches")));
	return RQ_OK;
}

/* As often as a round asks, on one thread. */
static enum rq_status search(struct warmed *warmed, struct rq_error *err)
{
	const struct rq_vectors *topics = &warmed->made.topics;
	uint64_t started = rq_clock_ns();

	for (size_t i = 0; i < topics->n; i++)
		RQ_TRY(warmed->backend->search_batch(warmed->index, topics->data + i * topics->d, 1, warmed->tie_rank,
		                                     &warmed->found, NULL, err));
	rq_samples_add(&warmed->plain, (double)(rq_clock_ns() - started) * 1e-9 / (double)topics->n);
	return RQ_OK;
}

static enum rq_status measure(struct warmed *warmed, struct rq_error *err)
{
	enum rq_status status = search(warmed, err); /* the first warms up */
	int threads = rq_threads();

	rq_threads_set(1);
	warmed->plain.count = 0;
	for (size_t i = 0; i < rq_bench_repetitions(warmed->context, 5) && status == RQ_OK; i++) {
		status = warm_up(warmed, err);
		if (status == RQ_OK)
			status = search(warmed, err);
	}
	rq_threads_set(threads);
	return status;
}

static enum rq_status run(struct rq_bench_context *context, struct rq_error *err)
{
	const struct rq_shape shape =
		context->small ? (struct rq_shape){1000, 200, 20, 32} : (struct rq_shape){100000, 1000, 1000, 128};
	RQ_CLEANUP(warmed_release) struct warmed warmed = {.context = context};

	RQ_TRY(make(&warmed, &shape, err));
	RQ_TRY(measure(&warmed, err));
	const struct rq_bench_row row = {.bench = "warmup",
	                                 .unit = "searches/s",
	                                 .more_is_better = true,
	                                 .value = rq_figure_rate(&warmed.ours, 1),
	                                 .reference = rq_figure_rate(&warmed.plain, 1),
	                                 .reference_name = "the same in a plain loop",
	                                 .target = NAN};
	return rq_bench_add(context->rows, &row, err, "HNSW16 of %zu x %zu, %zu searches a round, round %zu",
	                    shape.documents, shape.d, shape.topics, warmed.rounds);
}

const struct rq_bench rq_bench_warmup = {
	.name = "warmup",
	.summary = "searches of rqgate warmup, each timed for itself, against the same in a plain loop",
	.run = run,
};
