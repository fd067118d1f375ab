/* Reading the inputs: a corpus, and vectors as JSON, against a scan of the same bytes for line ends, which is what "wc -l" does; vectors against read(2)
 * alone. Both sides read from the file, which the page cache holds. */
#include "ci/benches/harness/bench.h"
#include "ci/benches/harness/collection.h"
#include "datasets/datasets.h"
#include "datasets/vectors_convert.h"
#include "evalcore/base/file.h"

#include <stdio.h>
#include <string.h>

struct reading {
	const char *path;
	size_t records;
	enum rq_status (*load)(const struct reading *reading, struct rq_error *err);
	size_t found; /* by the reference */
};

static enum rq_status unlike(const struct reading *reading, size_t records, struct rq_error *err)
{
	return rq_fail(err, RQ_E_INTERNAL, "\"%s\": %zu records where %zu were written", reading->path, records, reading->records);
}

static enum rq_status load_corpus(const struct reading *reading, struct rq_error *err)
{
	static const char *const fields[] = {"title", "text"};
	struct rq_corpus corpus = {0};
	enum rq_status status = rq_corpus_load(&corpus, reading->path, fields, 2, err);

	if (status == RQ_OK && corpus.count != reading->records)
		status = unlike(reading, corpus.count, err);
	rq_corpus_release(&corpus);
	return status;
}

static enum rq_status load_vectors(const struct reading *reading, struct rq_error *err)
{
	struct rq_vectors vectors = {0};
	struct rq_ids ids = {0};
	char sha256[RQ_SHA256_HEX];
	enum rq_status status = rq_vectors_load(&vectors, &ids, sha256, reading->path, err);

	if (status == RQ_OK && vectors.n != reading->records)
		status = unlike(reading, vectors.n, err);
	rq_vectors_release(&vectors);
	rq_ids_release(&ids);
	return status;
}

static enum rq_status run_load(void *context, struct rq_error *err)
{
	const struct reading *reading = context;

	return reading->load(reading, err);
}

static enum rq_status run_scan(void *context, struct rq_error *err)
{
	struct reading *reading = context;
	RQ_CLEANUP(rq_buf_release) struct rq_buf bytes = {0};

	RQ_TRY(rq_file_read(&bytes, reading->path, err));
	const char *end = bytes.data + bytes.size;
	reading->found = 0;
	for (const char *at = bytes.data; at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
		reading->found++;
	return reading->found == reading->records ? RQ_OK : unlike(reading, reading->found, err);
}

static enum rq_status run_read(void *context, struct rq_error *err)
{
	const struct reading *reading = context;
	RQ_CLEANUP(rq_buf_release) struct rq_buf bytes = {0};

	return rq_file_read(&bytes, reading->path, err);
}

static enum rq_status measure(struct rq_bench_context *context, struct reading *reading, const char *what, const char *reference_name,
                              rq_bench_body reference_body, struct rq_error *err)
{
	struct rq_samples ours, reference;
	uint64_t size;

	RQ_TRY(rq_file_size(&size, reading->path, err));
	RQ_TRY(rq_bench_both(&ours, &reference, rq_bench_repetitions(context, 5), run_load, reference_body, reading, err));
	double megabytes = (double)size * 1e-6;
	const struct rq_bench_row row = {
		.bench = "load", .unit = "MB/s", .more_is_better = true, .value = rq_figure_rate(&ours, megabytes),
		.reference = rq_figure_rate(&reference, megabytes), .reference_name = reference_name,
	};
	return rq_bench_add(context->rows, &row, err, "%s, %.0f MB", what, megabytes);
}

/* So many vectors as a matrix and as JSON lines. */
static enum rq_status make_vectors(struct rq_bench_context *context, const struct rq_shape *shape, const char *npy, const char *lines, struct rq_error *err)
{
	const struct rq_vectors_conversion conversion = {.in = npy, .out = lines};
	struct rq_vectors_converted done;
	struct rq_made made;

	RQ_TRY(rq_make_vectors(&made, shape, err));
	enum rq_status status = rq_make_npy(context->folder, "vectors.npy", &made.documents, err);
	rq_made_release(&made);
	return status != RQ_OK || lines == NULL ? status : rq_vectors_convert(&done, &conversion, err);
}

static enum rq_status run(struct rq_bench_context *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_shape shape = context->small ? (struct rq_shape){2000, 10, 20, 64} : (struct rq_shape){200000, 10, 2000, 384};
	const struct rq_shape fewer = {shape.documents / 10, shape.topics, shape.clusters, shape.d}; /* digits are slow to write */
	const char *corpus = rq_path_join(&arena, context->folder, "corpus.jsonl"), *vectors = rq_path_join(&arena, context->folder, "vectors.npy");
	const char *lines = rq_path_join(&arena, context->folder, "vectors.jsonl");

	if (corpus == NULL || vectors == NULL || lines == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_make_corpus(context->folder, shape.documents, err));
	struct reading reading = {.path = corpus, .records = shape.documents, .load = load_corpus};
	RQ_TRY(measure(context, &reading, "corpus.jsonl to a corpus", "scan for line ends", run_scan, err));
	RQ_TRY(make_vectors(context, &shape, vectors, NULL, err));
	reading = (struct reading){.path = vectors, .records = shape.documents, .load = load_vectors};
	RQ_TRY(measure(context, &reading, "float32 .npy to vectors", "reading alone", run_read, err));
	RQ_TRY(make_vectors(context, &fewer, vectors, lines, err));
	reading = (struct reading){.path = lines, .records = fewer.documents, .load = load_vectors};
	return measure(context, &reading, "vectors.jsonl to vectors", "scan for line ends", run_scan, err);
}

const struct rq_bench rq_bench_load = {
	.name = "load",
	.summary = "reading a corpus, and vectors as JSON lines, against a scan for line ends, and vectors against reading their bytes",
	.run = run,
};
