/* Snapshots of a large index: create, verify, restore and a drill as processes, beside `cp` of the same file and `openssl dgst -sha256` of it, times
 * added, once with the `sync` that puts what cp wrote on the disk. The index is a real one, FAISS's flat one of random whole numbers, which share nothing with themselves, and its vectors are the same numbers in a
 * byte each. What a second snapshot takes where a hundredth of the numbers has changed, in 100 places or all over. */
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

enum { LARGE = 1000000000, SMALL = 20000000, PLACES = 100, DIMENSION = 1024, ARGUMENTS_MAX = 20, INDEX_HEAD = 45, ROWS_HEAD = 8 };
static const double RATIO = .8, MEGABYTES = 64, SHARE = 5, RESTORE_SECONDS = 300;

/* The processes that are measured. What a turn made is gone before the next one, so that all of them write to the same disk. */
enum job { COPY, SYNC, DIGEST, CREATE, VERIFY, RESTORE, DRILL, CLEAR, JOBS = CLEAR };
static const char *const names[] = {[CREATE] = "create", [VERIFY] = "verify", [RESTORE] = "restore", [DRILL] = "drill"};
/* What a drill says it took. */
static const char *const steps[] = {"restore", "verify", "load", "replay", "total"};
enum { STEPS = sizeof steps / sizeof *steps };

struct measured {
	struct rq_samples seconds[JOBS], reference, on_disk, memory[JOBS], look, whole, steps[STEPS];
	size_t size; /* of the index */
	double kept; /* bytes of all files */
};

static enum rq_status run(struct rq_ran *ran, const struct rq_bench_context *context, enum job job, struct rq_error *err)
{
	const char *const arguments[JOBS + 1][ARGUMENTS_MAX] = {
		[COPY] = {"cp", "a.faiss", "copy"},
		[SYNC] = {"sync", "copy"},
		[DIGEST] = {"openssl", "dgst", "-sha256", "copy"},
		[CREATE] = {context->rqgate, "snapshot", "create", "--index", "a.faiss", "--vectors", "v.i8bin", "--ids", "v.ids", "--store", "kept", "--json"},
		[VERIFY] = {context->rqgate, "snapshot", "verify", "--store", "kept"},
		[RESTORE] = {context->rqgate, "snapshot", "restore", "--to", "srv", "--store", "kept"},
		[DRILL] = {context->rqgate, "snapshot", "drill", "--store", "kept", "--json"},
		[CLEAR] = {"rm", "-rf", "copy", "kept", "srv"},
	};

	return rq_run_program(ran, arguments[job], context->folder, 0, err);
}

static const char *path_in(const struct rq_bench_context *context, const char *name, struct rq_arena *arena)
{
	return rq_path_join(arena, context->folder, name);
}

/* ---- the files ---- */

/* A file of so many bytes in memory. */
struct mapped {
	unsigned char *data;
	size_t size;
	int fd;
};

static void unmap(struct mapped *file)
{
	if (file->data != NULL) {
		munmap(file->data, file->size);
		fsync(file->fd);
		close(file->fd);
	}
}

static enum rq_status map(struct mapped *file, const struct rq_bench_context *context, const char *name, size_t size, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = path_in(context, name, &arena);
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	void *data = fd < 0 || ftruncate(fd, (off_t)size) != 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (data == MAP_FAILED) {
		enum rq_status status = rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", name, strerror(errno));
		if (fd >= 0)
			close(fd);
		return status;
	}
	*file = (struct mapped){data, size, fd};
	return RQ_OK;
}

static unsigned char *put(unsigned char *at, const void *value, size_t size)
{
	memcpy(at, value, size);
	return at + size;
}

/* FAISS's IndexFlatIP, and .i8bin. */
static void write_heads(unsigned char *index, unsigned char *vectors, size_t rows)
{
	const int32_t dimension = DIMENSION, metric = 0;
	const int64_t count = (int64_t)rows, unused = 1 << 20;
	const uint64_t numbers = (uint64_t)rows * DIMENSION;
	const uint32_t head[] = {(uint32_t)rows, DIMENSION};

	index = put(put(put(index, "IxFI", 4), &dimension, sizeof dimension), &count, sizeof count);
	index = put(put(put(index, &unused, sizeof unused), &unused, sizeof unused), "\1", 1);
	put(put(index, &metric, sizeof metric), &numbers, sizeof numbers);
	put(vectors, head, sizeof head);
}

struct numbers {
	unsigned char *floats;
	signed char *bytes;
};

static void set_number(const struct numbers *numbers, size_t at, uint64_t random)
{
	signed char byte = (signed char)(random & 0xff);
	float number = byte;

	numbers->bytes[at] = byte;
	memcpy(numbers->floats + at * sizeof number, &number, sizeof number);
}

enum change { ALL_OF_IT, PLACES_OF_IT, EACH_HUNDREDTH };

static void change_numbers(const struct numbers *numbers, size_t count, enum change change)
{
	struct rq_random random;
	size_t length = count / 100 / PLACES;

	rq_random_seed(&random, (uint64_t)change + 1);
	for (size_t i = 0; change == ALL_OF_IT && i < count; i++)
		set_number(numbers, i, rq_random_u64(&random));
	for (size_t i = 0; change == PLACES_OF_IT && i < PLACES; i++) {
		size_t first = (size_t)rq_random_below(&random, count - length);
		for (size_t j = first; j < first + length; j++)
			set_number(numbers, j, rq_random_u64(&random));
	}
	for (size_t i = 0; change == EACH_HUNDREDTH && i < count; i += 100)
		set_number(numbers, i, (uint64_t)numbers->bytes[i] + 1);
}

static size_t rows_of(size_t size)
{
	return (size - INDEX_HEAD) / (DIMENSION * sizeof(float));
}

static enum rq_status change_files(const struct rq_bench_context *context, size_t size, enum change change, struct rq_error *err)
{
	RQ_CLEANUP(unmap) struct mapped index = {0};
	RQ_CLEANUP(unmap) struct mapped vectors = {0};
	size_t rows = rows_of(size), count = rows * DIMENSION;

	RQ_TRY(map(&index, context, "a.faiss", INDEX_HEAD + count * sizeof(float), err));
	RQ_TRY(map(&vectors, context, "v.i8bin", ROWS_HEAD + count, err));
	const struct numbers numbers = {index.data + INDEX_HEAD, (signed char *)vectors.data + ROWS_HEAD};
	write_heads(index.data, vectors.data, rows);
	change_numbers(&numbers, count, change);
	return RQ_OK;
}

static enum rq_status write_ids(const struct rq_bench_context *context, size_t rows, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf ids = {0};
	const char *path = path_in(context, "v.ids", arena);

	for (size_t i = 0; i < rows; i++)
		rq_buf_printf(&ids, "d%zu\n", i);
	RQ_TRY(rq_buf_check(&ids, err));
	return path == NULL ? rq_fail_memory(err) : rq_file_write(path, ids.data, ids.size, err);
}

/* What the last job has said. */
static enum rq_status read_log(rq_json **root, const struct rq_bench_context *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf log = {0};
	const char *path = path_in(context, "log", &arena);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_read(&log, path, err));
	return rq_json_parse(root, log.data, log.size, path, err);
}

/* ---- rows ---- */

/* Keeping is measured without looking into the files, which searches the index, and with it. */
static enum rq_status note(struct measured *measured, const struct rq_bench_context *context, enum job job, const struct rq_ran *ran, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *said = NULL;

	rq_samples_add(&measured->memory[job], ran->megabytes);
	if (job == CREATE || job == DRILL)
		RQ_TRY(read_log(&said, context, err));
	rq_samples_add(&measured->seconds[job], job == CREATE ? rq_json_number(rq_json_get(said, "seconds")) : ran->seconds);
	if (job == CREATE) {
		measured->kept = rq_json_number(rq_json_get(said, "bytes"));
		rq_samples_add(&measured->look, rq_json_number(rq_json_get(said, "look_seconds")));
		rq_samples_add(&measured->whole, ran->seconds);
	}
	for (size_t i = 0; job == DRILL && i < STEPS; i++)
		rq_samples_add(&measured->steps[i], rq_json_number(rq_json_get(rq_json_get(said, "seconds"), steps[i])));
	return RQ_OK;
}

static enum rq_status measure(struct measured *measured, struct rq_bench_context *context, struct rq_error *err)
{
	struct rq_ran ran;

	for (size_t i = 0; i < rq_bench_repetitions(context, 3); i++) {
		double reference = 0, synced = 0;
		RQ_TRY(run(&ran, context, CLEAR, err));
		for (enum job job = 0; job < JOBS; job++) {
			if (job != SYNC)
				sync(); /* what cp and the jobs before left to be written is not for the next one to wait for: ours wait for their own */
			RQ_TRY(run(&ran, context, job, err));
			reference += job == COPY || job == DIGEST ? ran.seconds : 0;
			synced += job == SYNC ? ran.seconds : 0;
			RQ_TRY(note(measured, context, job, &ran, err));
		}
		rq_samples_add(&measured->reference, reference);
		rq_samples_add(&measured->on_disk, reference + synced);
	}
	return RQ_OK;
}

static enum rq_status add_drill(const struct measured *measured, struct rq_bench_context *context, struct rq_error *err)
{
	double megabytes = measured->kept * 1e-6;

	for (size_t i = 0; i < STEPS; i++) {
		bool all = i + 1 == STEPS;
		const struct rq_bench_row row = {.bench = "snapshot", .unit = "s", .value = rq_figure_of(&measured->steps[i]),
		                                 .goal = all ? RQ_GOAL_VALUE : RQ_NO_GOAL, .target = all ? RESTORE_SECONDS : 0};
		RQ_TRY(rq_bench_add(context->rows, &row, err, "drill of %.0f MB, %s", megabytes, steps[i]));
	}
	const struct rq_bench_row projected = {.bench = "snapshot", .unit = "s", .goal = RQ_GOAL_VALUE, .target = RESTORE_SECONDS,
	                                       .value = rq_figure_exact(rq_figure_of(&measured->seconds[RESTORE]).median * 1e4 / megabytes)};
	return rq_bench_add(context->rows, &projected, err, "restore of 10 GB, a projection");
}

/* What cp wrote is in memory when it ends; what ours wrote is on the disk. So there are two references, the second of a copy that is there, too. */
static enum rq_status add_ratios(const struct measured *measured, struct rq_bench_context *context, bool on_disk, struct rq_error *err)
{
	double megabytes = measured->kept * 1e-6;
	const struct rq_samples *reference = on_disk ? &measured->on_disk : &measured->reference;
	struct rq_bench_row row = {.bench = "snapshot", .unit = "MB/s", .more_is_better = true, .reference = rq_figure_rate(reference, (double)measured->size * 1e-6),
	                           .reference_name = on_disk ? "cp + sync + openssl dgst" : "cp + openssl dgst",
	                           .goal = on_disk ? RQ_NO_GOAL : RQ_GOAL_RATIO, .target = on_disk ? 0 : RATIO};

	for (enum job job = CREATE; job < DRILL; job++) {
		row.value = rq_figure_rate(&measured->seconds[job], megabytes);
		RQ_TRY(rq_bench_add(context->rows, &row, err, "%s, %.0f MB", names[job], megabytes));
	}
	row.value = rq_figure_rate(&measured->whole, megabytes);
	return rq_bench_add(context->rows, &row, err, "create with looking into them, %.0f MB", megabytes);
}

static enum rq_status add_rows(const struct measured *measured, struct rq_bench_context *context, struct rq_error *err)
{
	for (int on_disk = 0; on_disk < 2; on_disk++)
		RQ_TRY(add_ratios(measured, context, on_disk != 0, err));
	const struct rq_bench_row look = {.bench = "snapshot", .unit = "s", .value = rq_figure_of(&measured->look)};
	RQ_TRY(rq_bench_add(context->rows, &look, err, "create, to look into them"));
	for (enum job job = CREATE; job < JOBS; job++) {
		const struct rq_bench_row memory = {.bench = "snapshot", .unit = "MB", .value = rq_figure_of(&measured->memory[job]),
		                                    .goal = job == DRILL ? RQ_NO_GOAL : RQ_GOAL_VALUE, .target = job == DRILL ? 0 : MEGABYTES};
		RQ_TRY(rq_bench_add(context->rows, &memory, err, "%s, peak memory", names[job]));
	}
	return add_drill(measured, context, err);
}

static enum rq_status add_share(struct rq_bench_context *context, size_t size, enum change change, const char *name, double target, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *said = NULL;
	struct rq_ran ran;

	RQ_TRY(change_files(context, size, change, err));
	RQ_TRY(run(&ran, context, CREATE, err));
	RQ_TRY(read_log(&said, context, err));
	double percent = 100 * rq_json_number(rq_json_get(said, "new_bytes")) / rq_json_number(rq_json_get(said, "bytes"));
	const struct rq_bench_row row = {.bench = "snapshot", .unit = "%", .value = rq_figure_exact(percent), .goal = target > 0 ? RQ_GOAL_VALUE : RQ_NO_GOAL,
	                                 .target = target};
	return rq_bench_add(context->rows, &row, err, "new where 1 %% of the numbers changed, %s", name);
}

static enum rq_status run_bench(struct rq_bench_context *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct measured measured = {.size = context->small ? SMALL : LARGE};

	RQ_TRY(write_ids(context, rows_of(measured.size), &arena, err));
	RQ_TRY(change_files(context, measured.size, ALL_OF_IT, err));
	RQ_TRY(measure(&measured, context, err));
	RQ_TRY(add_rows(&measured, context, err));
	RQ_TRY(add_share(context, measured.size, PLACES_OF_IT, "in 100 places", context->small ? 0 : SHARE, err));
	return add_share(context, measured.size, EACH_HUNDREDTH, "all over", 0, err);
}

const struct rq_bench rq_bench_snapshot = {
	.name = "snapshot",
	.summary = "keeping, verifying, restoring and drilling an index of 1 GB, beside cp and openssl dgst -sha256; what a changed one takes",
	.run = run_bench,
};
