/* "rqgate eval" as a whole: a run file like one of MS MARCO's scored by five metrics, from the page cache and from the disk, on one thread and on all, its
 * lines in order and shuffled, compressed; and many topics of few documents.
 *
 * What stands beside it: "wc -l" over the same file, trec_eval with the same five measures where one is on the PATH, "gzip -dc" for compressed files. */
#include "ci/benches/harness/bench.h"
#include "ci/benches/harness/child.h"
#include "ci/benches/harness/run_files.h"
#include "evalcore/base/file.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 24, SLOW_REPETITIONS = 3 };

/* A file and what is asked of it. */
struct subject {
	const char *name;    /* in the rows: "6980 x 1000" */
	const char *run, *qrels;
	size_t lines;
	double megabytes;    /* of text, uncompressed */
	bool cold;           /* the file is dropped from the page cache before each run */
	bool all_threads;
	double speed_target; /* MB/s; 0: none */
	double seconds_target, processor_target, memory_target;
};

struct measured {
	struct rq_samples seconds, processor, memory;
};

static const char *const metrics[] = {"-m", "nDCG@10", "-m", "RR@10", "-m", "AP", "-m", "P@10", "-m", "R@1000"};
static const char *const trec_metrics[] = {"-m", "ndcg_cut.10", "-m", "recip_rank", "-m", "map", "-m", "P.10", "-m", "recall.1000"};
enum { METRIC_ARGUMENTS = sizeof metrics / sizeof *metrics };

static const char *file_in(const struct rq_bench_context *context, const char *name, struct rq_arena *arena)
{
	return rq_path_join(arena, context->folder, name);
}

/* Not an error where it fails: the run is then warm, and the row's figures tell. */
static void drop_from_cache(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

static enum rq_status sample(struct measured *measured, const struct rq_bench_context *context, const struct subject *subject, const char *const *arguments,
                             struct rq_error *err)
{
	struct rq_ran ran;

	RQ_TRY(rq_cancel_check(err));
	if (subject->cold)
		drop_from_cache(subject->run);
	RQ_TRY(rq_run_program(&ran, arguments, context->folder, 0, err));
	rq_samples_add(&measured->seconds, ran.seconds);
	rq_samples_add(&measured->processor, ran.processor);
	rq_samples_add(&measured->memory, ran.megabytes);
	return RQ_OK;
}

static enum rq_status sample_rqgate(struct measured *measured, const struct rq_bench_context *context, const char *program, const struct subject *subject,
                                    struct rq_error *err)
{
	const char *arguments[ARGUMENTS_MAX] = {program, "eval", subject->qrels, subject->run};
	size_t count = 4;

	for (size_t i = 0; i < METRIC_ARGUMENTS; i++)
		arguments[count++] = metrics[i];
	if (!subject->all_threads) {
		arguments[count++] = "--threads";
		arguments[count++] = "1";
	}
	return sample(measured, context, subject, arguments, err);
}

static enum rq_status sample_trec_eval(struct measured *measured, const struct rq_bench_context *context, const struct subject *subject, struct rq_error *err)
{
	const char *arguments[ARGUMENTS_MAX] = {"trec_eval", "-c"};
	size_t count = 2;

	for (size_t i = 0; i < METRIC_ARGUMENTS; i++)
		arguments[count++] = trec_metrics[i];
	arguments[count++] = subject->qrels;
	arguments[count++] = subject->run;
	return sample(measured, context, subject, arguments, err);
}

static enum rq_status sample_scan(struct measured *measured, const struct rq_bench_context *context, const struct subject *subject, struct rq_error *err)
{
	const char *const arguments[] = {"wc", "-l", subject->run, NULL};

	return sample(measured, context, subject, arguments, err);
}

/* ---- rows ---- */

static enum rq_status add_speed(struct rq_bench_context *context, const struct subject *subject, const struct measured *ours, const struct measured *other,
                                const char *other_name, double target, struct rq_error *err)
{
	struct rq_bench_row row = {
		.bench = "eval", .unit = "MB/s", .more_is_better = true, .value = rq_figure_rate(&ours->seconds, subject->megabytes),
		.goal = target > 0 ? RQ_GOAL_VALUE : RQ_NO_GOAL, .target = target,
	};

	if (other != NULL) {
		row.reference_name = other_name;
		row.reference = rq_figure_rate(&other->seconds, subject->megabytes);
	}
	return rq_bench_add(context->rows, &row, err, "%s", subject->name);
}

static enum rq_status add_lines(struct rq_bench_context *context, const struct subject *subject, const struct measured *ours, struct rq_error *err)
{
	const struct rq_bench_row row = {.bench = "eval", .unit = "M lines/s", .more_is_better = true,
	                                 .value = rq_figure_rate(&ours->seconds, (double)subject->lines * 1e-6)};

	return rq_bench_add(context->rows, &row, err, "%s", subject->name);
}

static enum rq_status add_cost(struct rq_bench_context *context, const struct subject *subject, const char *what, const char *unit, const struct rq_samples *ours,
                               const struct rq_samples *other, const char *other_name, double target, struct rq_error *err)
{
	struct rq_bench_row row = {.bench = "eval", .unit = unit, .value = rq_figure_of(ours), .goal = target > 0 ? RQ_GOAL_VALUE : RQ_NO_GOAL, .target = target};

	if (other != NULL) {
		row.reference_name = other_name;
		row.reference = rq_figure_of(other);
	}
	return rq_bench_add(context->rows, &row, err, "%s, %s", subject->name, what);
}

static enum rq_status add_rows(struct rq_bench_context *context, const struct subject *subject, const struct measured *ours, const struct measured *scan,
                               struct rq_error *err)
{
	RQ_TRY(add_speed(context, subject, ours, scan, "wc -l", subject->speed_target, err));
	RQ_TRY(add_lines(context, subject, ours, err));
	RQ_TRY(add_cost(context, subject, "whole process", "s", &ours->seconds, &scan->seconds, "wc -l", subject->seconds_target, err));
	RQ_TRY(add_cost(context, subject, "processor time", "s", &ours->processor, &scan->processor, "wc -l", subject->processor_target, err));
	return add_cost(context, subject, "peak memory", "MB", &ours->memory, NULL, NULL, subject->memory_target, err);
}

static bool have_trec_eval(void)
{
	return system("command -v trec_eval >/dev/null 2>&1") == 0;
}

static enum rq_status against_trec_eval(struct rq_bench_context *context, const struct subject *subject, const struct measured *ours, struct rq_error *err)
{
	struct measured other = {0};

	if (!have_trec_eval() || subject->cold || !subject->all_threads)
		return RQ_OK;
	for (size_t i = 0; i < rq_bench_repetitions(context, SLOW_REPETITIONS); i++)
		RQ_TRY(sample_trec_eval(&other, context, subject, err));
	RQ_TRY(add_speed(context, subject, ours, &other, "trec_eval", 0, err));
	RQ_TRY(add_cost(context, subject, "processor time", "s", &ours->processor, &other.processor, "trec_eval", 0, err));
	return add_cost(context, subject, "peak memory", "MB", &ours->memory, &other.memory, "trec_eval", 0, err);
}

static enum rq_status bench_subject(struct rq_bench_context *context, const struct subject *subject, struct measured *ours, struct rq_error *err)
{
	struct measured scan = {0}, older = {0};

	*ours = (struct measured){0};
	for (size_t i = 0; i < rq_bench_repetitions(context, 5); i++) {
		RQ_TRY(sample_rqgate(ours, context, context->rqgate, subject, err));
		RQ_TRY(sample_scan(&scan, context, subject, err));
		if (context->against != NULL)
			RQ_TRY(sample_rqgate(&older, context, context->against, subject, err));
	}
	RQ_TRY(add_rows(context, subject, ours, &scan, err));
	if (context->against != NULL)
		RQ_TRY(add_speed(context, subject, ours, &older, "other build", 0, err));
	return against_trec_eval(context, subject, ours, err);
}

/* ---- subjects ---- */

static enum rq_status size_of(struct subject *subject, struct rq_error *err)
{
	uint64_t size;

	RQ_TRY(rq_file_size(&size, subject->run, err));
	subject->megabytes = (double)size * 1e-6;
	return RQ_OK;
}

/* The same file with its lines shuffled: at most three times slower is asked for. */
static enum rq_status bench_shuffled(struct rq_bench_context *context, const struct subject *grouped, const struct measured *in_order, const struct rq_run_shape *shape,
                                     struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_run_shape shuffled = {shape->topics, shape->documents, true};
	struct subject subject = *grouped;
	struct measured ours = {0};

	subject.name = "its lines shuffled";
	subject.run = file_in(context, "shuffled.run", &arena);
	if (subject.run == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_make_run(context->folder, "shuffled.run", &shuffled, err));
	for (size_t i = 0; i < rq_bench_repetitions(context, 5); i++)
		RQ_TRY(sample_rqgate(&ours, context, context->rqgate, &subject, err));
	const struct rq_bench_row row = {.bench = "eval", .unit = "s", .value = rq_figure_of(&ours.seconds), .reference_name = "in order",
	                                 .reference = rq_figure_of(&in_order->seconds), .goal = RQ_GOAL_RATIO, .target = 1.0 / 3};
	RQ_TRY(rq_bench_add(context->rows, &row, err, "%s, whole process", subject.name));
	const struct rq_bench_row memory = {.bench = "eval", .unit = "MB", .value = rq_figure_of(&ours.memory), .reference_name = "the file",
	                                    .reference = rq_figure_exact(subject.megabytes), .goal = RQ_GOAL_RATIO, .target = 1};
	RQ_TRY(rq_bench_add(context->rows, &memory, err, "%s, peak memory", subject.name));
	return remove(subject.run) == 0 ? RQ_OK : rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", subject.run, strerror(errno));
}

/* The same file compressed, beside nothing but uncompressing it. */
static enum rq_status bench_compressed(struct rq_bench_context *context, const struct subject *plain, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct subject subject = *plain;
	struct measured ours = {0}, gunzip = {0}, packing = {0};
	const char *const pack[] = {"gzip", "-kf1", plain->run, NULL};

	subject.name = "compressed (.gz)";
	subject.run = rq_arena_printf(&arena, "%s.gz", plain->run);
	if (subject.run == NULL)
		return rq_fail_memory(err);
	const char *const unpack[] = {"gzip", "-dc", subject.run, NULL};
	RQ_TRY(sample(&packing, context, plain, pack, err));
	for (size_t i = 0; i < rq_bench_repetitions(context, 5); i++) {
		RQ_TRY(sample_rqgate(&ours, context, context->rqgate, &subject, err));
		RQ_TRY(sample(&gunzip, context, &subject, unpack, err));
	}
	const struct rq_bench_row row = {.bench = "eval", .unit = "MB/s", .more_is_better = true, .value = rq_figure_rate(&ours.seconds, subject.megabytes),
	                                 .reference_name = "gzip -dc", .reference = rq_figure_rate(&gunzip.seconds, subject.megabytes), .goal = RQ_GOAL_RATIO, .target = 1};
	return rq_bench_add(context->rows, &row, err, "%s", subject.name);
}

static enum rq_status bench_many_topics(struct rq_bench_context *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_run_shape shape = context->small ? (struct rq_run_shape){1000, 10, false} : (struct rq_run_shape){100000, 10, false};
	struct measured ours;

	RQ_TRY(rq_make_run(context->folder, "many.run", &shape, err));
	RQ_TRY(rq_make_qrels(context->folder, "many.qrels", &shape, err));
	struct subject subject = {
		.name = rq_arena_printf(&arena, "%zu topics x %zu", shape.topics, shape.documents), .run = file_in(context, "many.run", &arena),
		.qrels = file_in(context, "many.qrels", &arena), .lines = shape.topics * shape.documents, .all_threads = true, .seconds_target = context->small ? 0 : .1,
	};
	if (subject.name == NULL || subject.run == NULL || subject.qrels == NULL)
		return rq_fail_memory(err);
	RQ_TRY(size_of(&subject, err));
	return bench_subject(context, &subject, &ours, err);
}

static enum rq_status run(struct rq_bench_context *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_run_shape shape = context->small ? (struct rq_run_shape){50, 100, false} : (struct rq_run_shape){6980, 1000, false};
	struct measured ours, ignored;

	RQ_TRY(rq_make_run(context->folder, "a.run", &shape, err));
	RQ_TRY(rq_make_qrels(context->folder, "a.qrels", &shape, err));
	struct subject warm = {.run = file_in(context, "a.run", &arena), .qrels = file_in(context, "a.qrels", &arena), .lines = shape.topics * shape.documents};
	struct subject one = {0}, cold = {0};
	if (warm.run == NULL || warm.qrels == NULL)
		return rq_fail_memory(err);
	RQ_TRY(size_of(&warm, err));
	one = cold = warm;
	warm.all_threads = cold.all_threads = cold.cold = true;
	warm.name = rq_arena_printf(&arena, "%zu topics x %zu, %.0f MB, %d threads", shape.topics, shape.documents, warm.megabytes, rq_threads());
	one.name = rq_arena_printf(&arena, "%zu topics x %zu, 1 thread", shape.topics, shape.documents);
	cold.name = rq_arena_printf(&arena, "%zu topics x %zu, from the disk", shape.topics, shape.documents);
	if (warm.name == NULL || one.name == NULL || cold.name == NULL)
		return rq_fail_memory(err);
	if (!context->small) {
		warm.speed_target = 1500;
		warm.processor_target = .35;
		warm.memory_target = 64;
	}
	RQ_TRY(bench_subject(context, &warm, &ours, err));
	RQ_TRY(bench_subject(context, &one, &ignored, err));
	RQ_TRY(bench_shuffled(context, &warm, &ours, &shape, err));
	RQ_TRY(bench_compressed(context, &warm, err));
	RQ_TRY(bench_subject(context, &cold, &ignored, err));
	return bench_many_topics(context, err);
}

const struct rq_bench rq_bench_eval = {
	.name = "eval",
	.summary = "\"rqgate eval\" on a run of 6,980 topics x 1,000 documents, beside \"wc -l\" and, where it is on the PATH, trec_eval",
	.run = run,
};
