/* "rqgate run" as a whole: its stages, its time and its memory, with an empty cache (cold) and with a full one (cached).
 *
 * What stands beside a figure: a cached run beside the cold one of the same repetition; reading a stage's input beside the stage that reads it;
 * FAISS's exact search beside the stage "exact"; the size of the input files beside the memory; with --against another build of the program beside
 * this one. */
#include "ci/benches/harness/bench.h"
#include "ci/benches/harness/child.h"
#include "ci/benches/harness/collection.h"
#include "evalcore/base/file.h"
#include "evalcore/base/system.h"
#include "evalcore/index/index.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum state { COLD, CACHED, STATES };
enum { OURS, OTHER, PROGRAMS };

/* What a run on one collection is held against. */
struct collection {
	const char *name;     /* in the rows: "cranfield" */
	const char *folder;   /* with gate.json */
	const char *corpus;   /* files that the stages read; NULL: none */
	const char *vectors;
	double input_megabytes;
	struct rq_figure flat; /* seconds of FAISS's exact search; none: not measured */
	double cached_target;  /* seconds of a cached run beside the timing of queries; 0: none */
};

/* Samples of one program, cold or cached. */
struct series {
	struct rq_samples total, untimed; /* untimed: without the stage "latency", which measures anew by design */
	struct rq_samples processor, megabytes;
	struct rq_samples stages[RQ_STAGES_MAX];
	struct rq_ran last; /* its names of stages */
};

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info;
	(void)kind;
	(void)place;
	return remove(path);
}

static void remove_tree(const char *folder)
{
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- measuring ---- */

static enum rq_status run_once(struct series *series, const char *program, const struct collection *collection, const char *cache,
                               struct rq_error *err)
{
	struct rq_ran *ran = &series->last;
	double timed = 0;

	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(rq_run_child(ran, program, collection->folder, cache, err));
	for (size_t i = 0; i < ran->stage_count; i++) {
		rq_samples_add(&series->stages[i], ran->stages[i].seconds);
		if (strcmp(ran->stages[i].name, "latency") == 0)
			timed = ran->stages[i].seconds;
	}
	rq_samples_add(&series->total, ran->seconds);
	rq_samples_add(&series->untimed, ran->seconds - timed);
	rq_samples_add(&series->processor, ran->processor);
	rq_samples_add(&series->megabytes, ran->megabytes);
	return RQ_OK;
}

/* A cold run into a cache of its own, a cached one from it, in turns with those of the other program. */
static enum rq_status measure(struct series series[PROGRAMS][STATES], const struct rq_bench_context *context, const struct collection *collection,
                              struct rq_error *err)
{
	const char *const programs[] = {context->rqgate, context->against};
	size_t count = context->against == NULL ? 1 : 2;
	char cache[PATH_MAX];

	snprintf(cache, sizeof cache, "%s/cache", collection->folder);
	for (size_t i = 0; i < rq_bench_repetitions(context, 3); i++)
		for (size_t j = 0; j < count; j++) {
			size_t program = (i + j) % count; /* A B B A */
			for (enum state state = COLD; state < STATES; state++)
				RQ_TRY(run_once(&series[program][state], programs[program], collection, cache, err));
			remove_tree(cache);
		}
	return RQ_OK;
}


static enum rq_status time_reading(struct rq_figure *figure, const char *path, size_t repetitions, struct rq_error *err)
{
	struct rq_samples samples = {0};

	for (size_t i = 0; i < repetitions; i++) {
		RQ_CLEANUP(rq_buf_release) struct rq_buf bytes = {0};
		uint64_t started = rq_clock_ns();
		RQ_TRY(rq_file_read(&bytes, path, err));
		rq_samples_add(&samples, (double)(rq_clock_ns() - started) * 1e-9);
	}
	*figure = rq_figure_of(&samples);
	return RQ_OK;
}

/* ---- rows ---- */

static const char *const state_names[] = {"cold", "cached"};

/* The figure that stands beside a stage of a cold run. */
static enum rq_status beside(struct rq_bench_row *row, const char *stage, const struct collection *collection, size_t repetitions,
                             struct rq_error *err)
{
	if (strcmp(stage, "load") == 0 && collection->corpus != NULL) {
		row->reference_name = "reading the corpus";
		return time_reading(&row->reference, collection->corpus, repetitions, err);
	}
	if (strcmp(stage, "embed") == 0 && collection->vectors != NULL) {
		row->reference_name = "reading the vectors";
		return time_reading(&row->reference, collection->vectors, repetitions, err);
	}
	if (strcmp(stage, "exact") == 0 && collection->flat.median > 0) {
		row->reference_name = "FAISS Flat";
		row->reference = collection->flat;
	}
	return RQ_OK;
}

static enum rq_status add_stages(const struct rq_bench_context *context, const struct collection *collection, struct series series[PROGRAMS][STATES],
                                 enum state state, struct rq_error *err)
{
	const struct series *ours = &series[OURS][state];

	for (size_t i = 0; i < ours->last.stage_count; i++) {
		const char *stage = ours->last.stages[i].name;
		struct rq_bench_row row = {.bench = "run", .unit = "s", .value = rq_figure_of(&ours->stages[i])};
		if (context->against != NULL && strcmp(series[OTHER][state].last.stages[i].name, stage) == 0) {
			row.reference_name = "other build";
			row.reference = rq_figure_of(&series[OTHER][state].stages[i]);
		} else if (state == COLD) {
			RQ_TRY(beside(&row, stage, collection, rq_bench_repetitions(context, 3), err));
		} else {
			row.reference_name = "cold";
			row.reference = rq_figure_of(&series[OURS][COLD].stages[i]);
		}
		RQ_TRY(rq_bench_add(context->rows, &row, err, "%s, %s, stage %s", collection->name, state_names[state], stage));
	}
	return RQ_OK;
}

/* A figure of whole runs, of this program and of what stands beside it. */
static enum rq_status add_whole(const struct rq_bench_context *context, const struct collection *collection, enum state state, const char *what,
                                const struct rq_samples *ours, const struct rq_samples *other, double target, struct rq_error *err)
{
	struct rq_bench_row row = {
		.bench = "run", .unit = "s", .value = rq_figure_of(ours), .goal = target > 0 ? RQ_GOAL_VALUE : RQ_NO_GOAL, .target = target};

	if (other != NULL) {
		row.reference_name = context->against != NULL ? "other build" : "cold";
		row.reference = rq_figure_of(other);
	}
	return rq_bench_add(context->rows, &row, err, "%s, %s, %s", collection->name, state_names[state], what);
}

static enum rq_status add_totals(const struct rq_bench_context *context, const struct collection *collection, struct series series[PROGRAMS][STATES],
                                 enum state state, struct rq_error *err)
{
	const struct series *ours = &series[OURS][state];
	const struct series *other = context->against != NULL ? &series[OTHER][state] : state == CACHED ? &series[OURS][COLD] : NULL;
	double target = state == CACHED ? collection->cached_target : 0;

	RQ_TRY(add_whole(context, collection, state, "whole process", &ours->total, other == NULL ? NULL : &other->total, 0, err));
	RQ_TRY(add_whole(context, collection, state, "without timing queries", &ours->untimed, other == NULL ? NULL : &other->untimed, target, err));
	RQ_TRY(add_whole(context, collection, state, "processor time", &ours->processor, other == NULL ? NULL : &other->processor, 0, err));
	const struct rq_bench_row memory = {
		.bench = "run", .unit = "MB", .value = rq_figure_of(&ours->megabytes),
		.reference_name = context->against != NULL ? "other build" : "input files",
		.reference = context->against != NULL ? rq_figure_of(&other->megabytes) : rq_figure_exact(collection->input_megabytes),
	};
	return rq_bench_add(context->rows, &memory, err, "%s, %s, peak memory", collection->name, state_names[state]);
}

static enum rq_status bench_collection(const struct rq_bench_context *context, const struct collection *collection, struct rq_error *err)
{
	struct series(*series)[STATES] = calloc(PROGRAMS, sizeof *series);

	if (series == NULL)
		return rq_fail_memory(err);
	enum rq_status status = measure(series, context, collection, err);
	for (enum state state = COLD; state < STATES && status == RQ_OK; state++) {
		status = add_stages(context, collection, series, state, err);
		if (status == RQ_OK)
			status = add_totals(context, collection, series, state, err);
	}
	free(series);
	return status;
}

static enum rq_status add_size(double *megabytes, const char *path, struct rq_error *err)
{
	uint64_t size;

	RQ_TRY(rq_file_size(&size, path, err));
	*megabytes += (double)size * 1e-6;
	return RQ_OK;
}

static enum rq_status write_config(const char *folder, const char *text, struct rq_arena *arena, struct rq_error *err)
{
	const char *path = rq_path_join(arena, folder, "gate.json");

	if (path == NULL || text == NULL)
		return rq_fail_memory(err);
	return rq_file_write(path, text, strlen(text), err);
}

/* ---- real text: the default embedder is fitted ---- */

static enum rq_status bench_text(const struct rq_bench_context *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	char path[PATH_MAX], folder[PATH_MAX];
	bool cranfield = !context->small;

	snprintf(path, sizeof path, "%s/data/cranfield", context->shared);
	if (cranfield && !rq_file_exists(path)) {
		fprintf(stderr, "run: no collection in \"%s\": datasets/example is measured in its place\n", path);
		cranfield = false;
	}
	if (!cranfield)
		snprintf(path, sizeof path, "datasets/example");
	RQ_CLEANUP(rq_free_pointer) char *whole = realpath(path, NULL);
	if (whole == NULL)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s; call it from the project's root", path, strerror(errno));
	struct collection collection = {
		.name = cranfield ? "cranfield" : "example", .folder = folder, .flat = rq_no_figure, .cached_target = cranfield ? .5 : 0};
	snprintf(folder, sizeof folder, "%s/text", context->folder);
	RQ_TRY(rq_make_folders(folder, err));
	RQ_TRY(add_size(&collection.input_megabytes, rq_arena_printf(&arena, "%s/corpus.jsonl", whole), err));
	RQ_TRY(add_size(&collection.input_megabytes, rq_arena_printf(&arena, "%s/queries.jsonl", whole), err));
	/* Cranfield's text begins with its title */
	const char *config = rq_arena_printf(
		&arena,
		"{\"dataset\": {\"path\": \"%s\", \"fields\": %s}, \"embedders\": {\"lsa\": {\"kind\": \"lsa\", \"dim\": 256, \"seed\": 1}}, "
		"\"baseline\": {\"embedder\": \"lsa\", \"index\": {\"kind\": \"exact\"}}, "
		"\"candidate\": {\"index\": {\"kind\": \"faiss\", \"factory\": \"HNSW32,Flat\", \"build\": \"efConstruction=200\", "
		"\"search\": \"efSearch=64\"}}, "
		"\"metrics\": [\"RR@10\", \"nDCG@10\", \"R@100\"], \"gates\": [\"drop(RR@10) <= 0.03\"], \"reports\": {\"json\": \"out/report.json\"}}",
		whole, cranfield ? "[\"text\"]" : "[\"title\", \"text\"]");
	RQ_TRY(write_config(folder, config, &arena, err));
	return bench_collection(context, &collection, err);
}

/* ---- many vectors: indexes are built ---- */

static enum rq_status time_flat(struct rq_figure *figure, const struct rq_made *made, size_t k, size_t repetitions, struct rq_error *err)
{
	const struct rq_index_config config = {.kind = "faiss", .factory = "Flat", .threads = 1};
	const struct rq_backend *backend = rq_backend_find("faiss");
	RQ_CLEANUP(rq_free_pointer) uint32_t *tie_rank = calloc(made->documents.n, sizeof *tie_rank);
	RQ_CLEANUP(rq_neighbours_release) struct rq_neighbours out = {0};
	struct rq_samples samples = {0};
	struct rq_index *index = NULL;

	if (tie_rank == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_neighbours_init(&out, made->topics.n, k, err));
	RQ_TRY(backend->build(&index, &config, RQ_INNER_PRODUCT, &made->documents, NULL, err));
	enum rq_status status = RQ_OK;
	for (size_t i = 0; i < repetitions && status == RQ_OK; i++) {
		uint64_t started = rq_clock_ns();
		status = backend->search_batch(index, made->topics.data, made->topics.n, tie_rank, &out, NULL, err);
		rq_samples_add(&samples, (double)(rq_clock_ns() - started) * 1e-9);
	}
	backend->close(index);
	*figure = rq_figure_of(&samples);
	return status;
}

/* The vectors are gone before the first run starts: a fork would be charged with them. */
static enum rq_status make_files(struct rq_figure *flat, const char *folder, const struct rq_shape *shape, size_t repetitions, struct rq_error *err)
{
	struct rq_made made;

	RQ_TRY(rq_make_vectors(&made, shape, err));
	enum rq_status status = rq_make_npy(folder, "c.npy", &made.documents, err);
	if (status == RQ_OK)
		status = rq_make_npy(folder, "t.npy", &made.topics, err);
	if (status == RQ_OK)
		status = time_flat(flat, &made, 100, repetitions, err);
	rq_made_release(&made);
	RQ_TRY(status);
	RQ_TRY(rq_make_corpus(folder, shape->documents, err));
	return rq_make_topics(folder, shape, err);
}

static enum rq_status bench_vectors(const struct rq_bench_context *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_shape shape = context->small ? (struct rq_shape){3000, 50, 30, 32} : (struct rq_shape){200000, 1000, 2000, 384};
	char folder[PATH_MAX];

	snprintf(folder, sizeof folder, "%s/vectors", context->folder);
	RQ_TRY(rq_make_folders(folder, err));
	struct collection collection = {.name = rq_arena_printf(&arena, "%zu x %zu", shape.documents, shape.d), .folder = folder,
	                                .corpus = rq_path_join(&arena, folder, "corpus.jsonl"), .vectors = rq_path_join(&arena, folder, "c.npy")};
	if (collection.name == NULL || collection.corpus == NULL || collection.vectors == NULL)
		return rq_fail_memory(err);
	RQ_TRY(make_files(&collection.flat, folder, &shape, rq_bench_repetitions(context, 3), err));
	RQ_TRY(add_size(&collection.input_megabytes, collection.corpus, err));
	RQ_TRY(add_size(&collection.input_megabytes, collection.vectors, err));
	const char *config = rq_arena_printf(
		&arena,
		"{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
		"\"embedders\": {\"made\": {\"kind\": \"vectors\", \"corpus\": \"c.npy\", \"topics\": \"t.npy\"}}, "
		"\"baseline\": {\"embedder\": \"made\", \"index\": {\"kind\": \"faiss\", \"factory\": \"IVF%d,Flat\", \"search\": \"nprobe=8\"}}, "
		"\"candidate\": {\"index\": {\"kind\": \"faiss\", \"factory\": \"HNSW16,Flat\", \"build\": \"efConstruction=40\", "
		"\"search\": \"efSearch=64\"}}, "
		"\"metrics\": [\"RR@10\", \"R@100\"], \"gates\": [\"drop(RR@10) <= 0.03\"], \"reports\": {\"json\": \"out/report.json\"}}",
		context->small ? 16 : 256);
	RQ_TRY(write_config(folder, config, &arena, err));
	return bench_collection(context, &collection, err);
}

static enum rq_status run(struct rq_bench_context *context, struct rq_error *err)
{
	RQ_TRY(bench_text(context, err));
	return bench_vectors(context, err);
}

const struct rq_bench rq_bench_run = {
	.name = "run",
	.summary = "\"rqgate run\": stages and memory, cold and cached, on Cranfield and on 200,000 x 384 made-up vectors",
	.run = run,
};
