/* rqgate_bench: runs all benches or those named, and prints what they measured. ci/bench builds and calls it. */
#include "ci/benches/harness/bench.h"
#include "ci/cli/command.h"
#include "ci/cli/tool.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RQ_BENCH(name) extern const struct rq_bench rq_bench_##name;
#include "ci/benches/benches.def"
#undef RQ_BENCH

const struct rq_bench *const rq_benches[] = {
#define RQ_BENCH(name) &rq_bench_##name,
#include "ci/benches/benches.def"
#undef RQ_BENCH
	NULL,
};

struct options {
	bool list, json, help;
	const char *scale, *against;
	struct rq_flag_number repetitions;
};

static const struct rq_flag flags[] = {
	{"--list", NULL, RQ_FLAG_BOOL, offsetof(struct options, list), "list the benches and measure nothing"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print an array of objects instead of the table"},
	{"--scale", "NAME", RQ_FLAG_STRING, offsetof(struct options, scale), "full (default), or small: seconds, and numbers that mean little"},
	{"--repetitions", "N", RQ_FLAG_NUMBER, offsetof(struct options, repetitions), "of each measurement, from 3 to 64 (default: what suits each)"},
	{"--against", "PROGRAM", RQ_FLAG_STRING, offsetof(struct options, against), "\"run\", \"eval\": measure this older rqgate beside, in turns"},
	{"--help", NULL, RQ_FLAG_BOOL, offsetof(struct options, help), "print this"},
	RQ_FLAGS_END,
};

static void list_benches(struct rq_buf *out)
{
	for (size_t i = 0; rq_benches[i] != NULL; i++)
		rq_buf_printf(out, "%-8s  %s\n", rq_benches[i]->name, rq_benches[i]->summary);
}

static void help(struct rq_buf *out)
{
	rq_buf_puts(out, "usage: ci/bench [OPTIONS] [NAME...]\n\n"
	                 "Builds rqgate and its benches, runs them all or those named, and prints a table: what was measured (median and range of\n"
	                 "the repetitions), what was measured beside it in turns in the same run, and how many times better it is. A machine that\n"
	                 "does other work gives other values; the ratios hold better.\n\nbenches:\n");
	for (size_t i = 0; rq_benches[i] != NULL; i++)
		rq_buf_printf(out, "  %-8s  %s\n", rq_benches[i]->name, rq_benches[i]->summary);
	rq_buf_puts(out, "\noptions:\n");
	rq_flags_help(out, flags);
}

static enum rq_status find_bench(const struct rq_bench **bench, const char *name, struct rq_error *err)
{
	const char *names[32];
	size_t count = 0;

	for (size_t i = 0; rq_benches[i] != NULL && count < sizeof names / sizeof *names; i++) {
		*bench = rq_benches[i];
		if (strcmp(rq_benches[i]->name, name) == 0)
			return RQ_OK;
		names[count++] = rq_benches[i]->name;
	}
	const char *nearest = rq_nearest_name(name, names, count);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_USAGE, "unknown bench \"%s\"; did you mean \"%s\"?", name, nearest);
	return rq_fail(err, RQ_E_USAGE, "unknown bench \"%s\"; --list names them", name);
}

static enum rq_status run_bench(const struct rq_bench *bench, struct rq_bench_context *context, struct rq_error *err)
{
	char folder[PATH_MAX];
	const char *parent = getenv("TMPDIR");

	snprintf(folder, sizeof folder, "%s/rqgate-bench-XXXXXX", parent == NULL || parent[0] == '\0' ? "/tmp" : parent);
	if (mkdtemp(folder) == NULL)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot make a folder: %s; set TMPDIR to a folder with room", folder, strerror(errno));
	context->folder = folder;
	enum rq_status status = bench->run(context, err);
	rq_remove_tree(folder);
	return status == RQ_OK ? RQ_OK : rq_fail_within(err, "bench \"%s\"", bench->name);
}

static enum rq_status run_benches(struct rq_buf *out, const struct options *options, const struct rq_strings *names, const char *rqgate,
                                  struct rq_error *err)
{
	RQ_CLEANUP(rq_bench_rows_release) struct rq_bench_rows rows = {0};
	const char *shared = getenv("RQ_SHARED");
	struct rq_bench_context context = {
		.small = options->scale != NULL && strcmp(options->scale, "small") == 0,
		.repetitions = (size_t)options->repetitions.value,
		.rqgate = rqgate,
		.against = options->against,
		.shared = shared == NULL ? "../shared" : shared,
		.rows = &rows,
	};
	const struct rq_bench *bench;

	for (size_t i = 0; i < names->count; i++)
		RQ_TRY(find_bench(&bench, names->items[i], err));
	for (size_t i = 0; i < names->count; i++) {
		RQ_TRY(find_bench(&bench, names->items[i], err));
		RQ_TRY(run_bench(bench, &context, err));
	}
	for (size_t i = 0; names->count == 0 && rq_benches[i] != NULL; i++)
		RQ_TRY(run_bench(rq_benches[i], &context, err));
	if (options->json)
		return rq_bench_json(out, &rows, err);
	rq_bench_table(out, &rows);
	rq_buf_printf(out, "\n%s, %d threads, BLAS kernel %s%s\n", rq_cpu_name(), rq_threads(), rq_blas_kernel(),
	              context.small ? "; scale small: these numbers mean little" : "");
	return RQ_OK;
}

static enum rq_status check_options(const struct options *options, struct rq_error *err)
{
	if (options->scale != NULL && strcmp(options->scale, "small") != 0 && strcmp(options->scale, "full") != 0)
		return rq_fail(err, RQ_E_USAGE, "--scale: \"%s\" is not allowed; expected small or full", options->scale);
	if (options->repetitions.given && (options->repetitions.value < RQ_SAMPLES_MIN || options->repetitions.value > RQ_SAMPLES_MAX))
		return rq_fail(err, RQ_E_USAGE, "--repetitions: \"%lld\" is not allowed; expected a whole number from %d to %d",
		               (long long)options->repetitions.value, RQ_SAMPLES_MIN, RQ_SAMPLES_MAX);
	if (options->against != NULL && access(options->against, X_OK) != 0)
		return rq_fail(err, RQ_E_USAGE, "--against: \"%s\" cannot be run: %s", options->against, strerror(errno));
	return RQ_OK;
}

/* The rqgate of the same build stands beside this program. */
static enum rq_status find_rqgate(char path[PATH_MAX], struct rq_error *err)
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - sizeof "rqgate");

	while (length > 0 && path[length - 1] != '/')
		length--;
	if (length <= 0)
		return rq_fail(err, RQ_E_IO, "/proc/self/exe: cannot read: %s", strerror(errno));
	memcpy(path + length, "rqgate", sizeof "rqgate");
	return RQ_OK;
}

static enum rq_status run(int argc, char **argv, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct options options = {0};
	struct rq_strings names = {0};
	char rqgate[PATH_MAX];

	RQ_TRY(rq_flags_parse(&options, &names, flags, argc, argv, &arena, err));
	RQ_TRY(check_options(&options, err));
	RQ_TRY(find_rqgate(rqgate, err));
	if (options.help)
		help(&text);
	else if (options.list)
		list_benches(&text);
	else
		RQ_TRY(run_benches(&text, &options, &names, rqgate, err));
	return rq_print(&text, err);
}

int main(int argc, char **argv)
{
	return rq_tool_main(argc, argv, "rqgate_bench", run);
}
