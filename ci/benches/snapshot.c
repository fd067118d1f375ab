/* Snapshots of a large index: create, verify and restore as processes, beside `cp` of the same file and `openssl dgst -sha256` of it, times added. The
 * file is random bytes, which share nothing with themselves. What a second snapshot takes where a hundredth of the bytes has changed, in 100 places or
 * all over. */
#include "ci/benches/harness/bench.h"
#include "ci/benches/harness/child.h"
#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGE = 1000000000, SMALL = 20000000, PLACES = 100, ROWS = 60, ARGUMENTS_MAX = 20 };
static const double RATIO = .8, MEGABYTES = 64, SHARE = 5, RESTORE_SECONDS = 300;

/* The processes that are measured; a folder of its own each time, for a file system that has just removed thousands of files makes new ones slowly. */
enum job { COPY, DIGEST, CREATE, VERIFY, RESTORE, JOBS };
static const char *const names[] = {[CREATE] = "create", [VERIFY] = "verify", [RESTORE] = "restore"};

struct measured {
	struct rq_samples seconds[JOBS], reference, memory[JOBS];
	size_t size;
};

static enum rq_status run(struct rq_ran *ran, const struct rq_bench_context *context, enum job job, size_t turn, struct rq_error *err)
{
	char store[32], to[32], copy[32];

	snprintf(store, sizeof store, "kept%zu", turn);
	snprintf(to, sizeof to, "srv%zu", turn);
	snprintf(copy, sizeof copy, "copy%zu", turn);
	const char *const arguments[JOBS][ARGUMENTS_MAX] = {
		[COPY] = {"cp", "a.faiss", copy},
		[DIGEST] = {"openssl", "dgst", "-sha256", copy},
		[CREATE] = {context->rqgate, "snapshot", "create", "--index", "a.faiss", "--vectors", "v.csv", "--ids", "v.ids", "--sample", "0", "--store", store,
	                "--json"},
		[VERIFY] = {context->rqgate, "snapshot", "verify", "--store", store},
		[RESTORE] = {context->rqgate, "snapshot", "restore", "--to", to, "--store", store},
	};

	return rq_run_program(ran, arguments[job], context->folder, 0, err);
}

static const char *path_in(const struct rq_bench_context *context, const char *name, struct rq_arena *arena)
{
	return rq_path_join(arena, context->folder, name);
}

/* ---- the files ---- */

static enum rq_status write_rows(const struct rq_bench_context *context, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf vectors = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf ids = {0};
	const char *vectors_path = path_in(context, "v.csv", arena), *ids_path = path_in(context, "v.ids", arena);

	rq_buf_puts(&vectors, "id,embedding\n");
	for (int i = 0; i < ROWS; i++) {
		rq_buf_printf(&vectors, "d%d,\"[%d,1,2]\"\n", i, i + 1);
		rq_buf_printf(&ids, "d%d\n", i);
	}
	RQ_TRY(rq_buf_check(&vectors, err));
	RQ_TRY(rq_buf_check(&ids, err));
	if (vectors_path == NULL || ids_path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_write(vectors_path, vectors.data, vectors.size, err));
	return rq_file_write(ids_path, ids.data, ids.size, err);
}

enum change { ALL_OF_IT, PLACES_OF_IT, BYTES_ALL_OVER };

static void fill(unsigned char *data, size_t size, struct rq_random *random)
{
	for (size_t i = 0; i + sizeof(uint64_t) <= size; i += sizeof(uint64_t)) {
		uint64_t number = rq_random_u64(random);
		memcpy(data + i, &number, sizeof number);
	}
}

static void change_bytes(unsigned char *data, size_t size, enum change change)
{
	struct rq_random random;
	size_t length = size / 100 / PLACES;

	rq_random_seed(&random, (uint64_t)change + 1);
	if (change == ALL_OF_IT)
		fill(data, size, &random);
	for (size_t i = 0; change == PLACES_OF_IT && i < PLACES; i++)
		fill(data + rq_random_below(&random, size - length), length, &random);
	for (size_t i = 0; change == BYTES_ALL_OVER && i < size; i += 100)
		data[i]++;
}

static enum rq_status change_file(const struct rq_bench_context *context, size_t size, enum change change, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = path_in(context, "a.faiss", &arena);
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	void *data = fd < 0 || ftruncate(fd, (off_t)size) != 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (data == MAP_FAILED) {
		enum rq_status status = rq_fail(err, RQ_E_IO, "\"a.faiss\": cannot write: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return status;
	}
	change_bytes(data, size, change);
	munmap(data, size);
	fsync(fd);
	close(fd);
	return RQ_OK;
}

/* ---- rows ---- */

static enum rq_status measure(struct measured *measured, struct rq_bench_context *context, struct rq_error *err)
{
	struct rq_ran ran;

	for (size_t i = 0; i < rq_bench_repetitions(context, 3); i++) {
		double reference = 0;
		for (enum job job = 0; job < JOBS; job++) {
			RQ_TRY(run(&ran, context, job, i, err));
			reference += job < CREATE ? ran.seconds : 0;
			rq_samples_add(&measured->seconds[job], ran.seconds);
			rq_samples_add(&measured->memory[job], ran.megabytes);
		}
		rq_samples_add(&measured->reference, reference);
	}
	return RQ_OK;
}

static enum rq_status add_rows(const struct measured *measured, struct rq_bench_context *context, struct rq_error *err)
{
	double megabytes = (double)measured->size * 1e-6;
	struct rq_bench_row row = {.bench = "snapshot", .unit = "MB/s", .more_is_better = true, .reference_name = "cp + openssl dgst",
	                           .reference = rq_figure_rate(&measured->reference, megabytes), .goal = RQ_GOAL_RATIO, .target = RATIO};

	for (enum job job = CREATE; job < JOBS; job++) {
		row.value = rq_figure_rate(&measured->seconds[job], megabytes);
		RQ_TRY(rq_bench_add(context->rows, &row, err, "%s, %.0f MB", names[job], megabytes));
	}
	for (enum job job = CREATE; job < JOBS; job++) {
		const struct rq_bench_row memory = {.bench = "snapshot", .unit = "MB", .value = rq_figure_of(&measured->memory[job]), .goal = RQ_GOAL_VALUE,
		                                    .target = MEGABYTES};
		RQ_TRY(rq_bench_add(context->rows, &memory, err, "%s, peak memory", names[job]));
	}
	const struct rq_bench_row projected = {.bench = "snapshot", .unit = "s", .goal = RQ_GOAL_VALUE, .target = RESTORE_SECONDS,
	                                       .value = rq_figure_exact(rq_figure_of(&measured->seconds[RESTORE]).median * 1e4 / megabytes)};
	return rq_bench_add(context->rows, &projected, err, "restore of 10 GB, a projection");
}

/* What the last create has said. */
static enum rq_status read_share(double *percent, const struct rq_bench_context *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf log = {0};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	const char *path = path_in(context, "log", &arena);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_read(&log, path, err));
	RQ_TRY(rq_json_parse(&root, log.data, log.size, path, err));
	*percent = 100 * rq_json_number(rq_json_get(root, "new_bytes")) / rq_json_number(rq_json_get(root, "bytes"));
	return RQ_OK;
}

static enum rq_status add_share(struct rq_bench_context *context, size_t size, enum change change, const char *name, double target, struct rq_error *err)
{
	struct rq_ran ran;
	double percent = 0;

	RQ_TRY(change_file(context, size, change, err));
	RQ_TRY(run(&ran, context, CREATE, 0, err));
	RQ_TRY(read_share(&percent, context, err));
	const struct rq_bench_row row = {.bench = "snapshot", .unit = "%", .value = rq_figure_exact(percent), .goal = target > 0 ? RQ_GOAL_VALUE : RQ_NO_GOAL,
	                                 .target = target};
	return rq_bench_add(context->rows, &row, err, "new where 1 %% of the bytes changed, %s", name);
}

static enum rq_status run_bench(struct rq_bench_context *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct measured measured = {.size = context->small ? SMALL : LARGE};

	RQ_TRY(write_rows(context, &arena, err));
	RQ_TRY(change_file(context, measured.size, ALL_OF_IT, err));
	RQ_TRY(measure(&measured, context, err));
	RQ_TRY(add_rows(&measured, context, err));
	RQ_TRY(add_share(context, measured.size, PLACES_OF_IT, "in 100 places", context->small ? 0 : SHARE, err));
	return add_share(context, measured.size, BYTES_ALL_OVER, "all over", 0, err);
}

const struct rq_bench rq_bench_snapshot = {
	.name = "snapshot",
	.summary = "keeping, verifying and restoring an index of 1 GB, beside cp and openssl dgst -sha256; what a changed one takes",
	.run = run_bench,
};
