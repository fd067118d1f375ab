/* Fails every allocation of small runs, or every call that writes files, one a run, and looks what comes of it: the documented exit code and a sentence,
 * or the right result where the program can do without; never a verdict, never half a report, and a cache that serves the next run.
 *
 * usage: sweep PROGRAM LIBRARY memory|files [all]: the library counts and fails calls; without "all" a seeded sample of them. */
#include "tests/faults/collection.h"
#include "tests/faults/preload/fail_call.h"

#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/random.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAMPLE = 150, HANGS_AFTER = 120, WORKERS_MAX = 8, FAULTS_SHOWN = 10 };

/* ---- what is run ---- */

struct scenario {
	const char *name;
	const char *const *arguments;
	bool reports; /* out/report.json is the result; elsewhere it is what is printed, and the files in made/ */
	bool warm;    /* starts from the cache of a run before */
	bool sampled; /* always: with threads the n-th call is another one each time */
};

/* What scenarios start from, made without failures: a report, and what was approved of it. */
static const char *const *const preparations[] = {
	(const char *const[]){"rqgate", "run", "runs.json", "--no-cache", "--set", "reports={\"json\": \"kept/report.json\"}", NULL},
	(const char *const[]){"rqgate", "baseline", "approve", "kept/report.json", "--name", "one", "--side", "baseline", "--by", "ann", NULL},
	(const char *const[]){"rqgate", "eval", "qrels/test.tsv", "better.run", "--store", "kept/read.db", NULL},
	(const char *const[]){"rqgate", "drift", "vectors.json", "--reference", "./kept/references", NULL},
	(const char *const[]){"rqgate", "snapshot", "create", "--index", "x.faiss", "--vectors", "c.npy", "--ids", "x.ids", "--search", "efSearch=4", "--store",
	                      "kept/snapshots", NULL},
};

#define PINNED "gates=[\"drop(RR@10) <= 0.9\", {\"kind\": \"pinned\", \"metric\": \"RR@10\", \"margin\": 0.6, \"baseline\": \"one\"}]"
#define RUN_ON(threads, config) (const char *const[]){"rqgate", "run", config, "--threads", threads, "--cache", "cache", NULL}
static const struct scenario scenarios[] = {
	{"schema config", (const char *const[]){"rqgate", "schema", "config", NULL}, false, false, false},
	{"init", (const char *const[]){"rqgate", "init", ".", "made", NULL}, false, false, false},
	{"dataset info", (const char *const[]){"rqgate", "dataset", "info", ".", NULL}, false, false, false},
	{"dataset check", (const char *const[]){"rqgate", "dataset", "check", ".", NULL}, false, false, false},
	{"dataset sample", (const char *const[]){"rqgate", "dataset", "sample", ".", "--out", "made", "--distractors", "2", NULL}, false, false, false},
	{"vectors info", (const char *const[]){"rqgate", "vectors", "info", "c.npy", "--json", NULL}, false, false, false},
	{"vectors convert", (const char *const[]){"rqgate", "vectors", "convert", "c.npy", "made", "--to", "i8bin", NULL}, false, false, false},
	{"eval, two runs",
     (const char *const[]){"rqgate", "eval", "qrels/test.tsv", "better.run", "worse.run", "--threads", "1", "--ties", "--per-topic", NULL}, false,
     false, false},
	{"eval, json",
     (const char *const[]){"rqgate", "eval", "qrels/test.tsv", "better.run", "--format", "json", "--threads", "2", "--slices", "queries.jsonl",
                           "--assert", "AP >= 0.01", NULL},
     false, false, true},
	{"baseline approve",
     (const char *const[]){"rqgate", "baseline", "approve", "kept/report.json", "--name", "two", "--by", "ann", "--side", "baseline", "--dir", "made",
                           NULL},
     false, false, false},
	{"baseline diff", (const char *const[]){"rqgate", "baseline", "diff", "one", "one", NULL}, false, false, false},
	{"run: against an approved baseline",
     (const char *const[]){"rqgate", "run", "runs.json", "--against", "one", "--set", PINNED, "--no-cache", NULL}, true, false, false},
	{"explain", (const char *const[]){"rqgate", "explain", "t0", "kept/report.json", NULL}, false, false, false},
	{"judge pool", (const char *const[]){"rqgate", "judge", "pool", "kept/report.json", "--metric", "RR@10", "--out", "made", NULL}, false, false, false},
	{"judge merge",
	 (const char *const[]){"rqgate", "judge", "merge", "qrels/test.tsv", "graded.csv", "--by", "ann", "--data", ".", "--date", "2026-11-21", "--out",
	                       "made", NULL},
	 false, false, false},
	{"vectors info", (const char *const[]){"rqgate", "vectors", "info", "c.npy", "c.jsonl", NULL}, false, false, false},
	{"vectors convert", (const char *const[]){"rqgate", "vectors", "convert", "c.jsonl", "made", "--to", "csv", NULL}, false, false, false},
	{"vectors convert, to JSON", (const char *const[]){"rqgate", "vectors", "convert", "c.npy", "made", "--to", "json", NULL}, false, false, false},
	{"run: bm25", RUN_ON("1", "bm25.json"), true, false, false},
	{"run: two run files", RUN_ON("1", "runs.json"), true, false, false},
	{"run: two run files, kept in a store",
	 (const char *const[]){"rqgate", "run", "runs.json", "--no-cache", "--store", "kept/written.db", NULL}, true, false, false},
	{"history", (const char *const[]){"rqgate", "history", "--store", "kept/read.db", NULL}, false, false, false},
	{"history, json lines", (const char *const[]){"rqgate", "history", "--store", "kept/read.db", "--jsonl", NULL}, false, false, false},
	{"run: vectors, an index file", RUN_ON("1", "vectors.json"), true, false, false},
	{"drift: the first time", (const char *const[]){"rqgate", "drift", "vectors.json", "--reference", "./made/references", "--no-cache", "--threads", "1", NULL}, false, false, false},
	{"drift: against a reference, which is followed by another",
	 (const char *const[]){"rqgate", "drift", "vectors.json", "--reference", "./kept/references", "--update", "--no-cache", "--threads", "1", NULL}, false, false, false},
	{"compare: two run files", (const char *const[]){"rqgate", "compare", "better.run", "worse.run", "--qrels", "qrels/test.tsv", "--topics", "queries.jsonl", NULL},
	 false, false, false},
	{"compare: an index and vectors, with topics and texts",
	 (const char *const[]){"rqgate", "compare", "x.faiss", "c.npy", "--ids-a", "x.ids", "--ids-b", "x.ids", "--config", "vectors.json", "--cache", "kept/cache", "--threads",
	                       "1", "--report", "html=made", NULL},
	 false, false, false},
	{"compare: a snapshot and its index",
	 (const char *const[]){"rqgate", "compare", "current", "x.faiss", "--ids-b", "x.ids", "--store", "kept/snapshots", "--scratch", "kept", "--topic-vectors", "t.npy",
	                       "--topics", "queries.jsonl", "--threads", "1", "--json", NULL},
	 false, false, false},
	{"compare: two reports", (const char *const[]){"rqgate", "compare", "kept/report.json", "kept/report.json", "--report", "json=made", NULL}, false, false, false},
	{"warmup, of one round", (const char *const[]){"rqgate", "warmup", "vectors.json", "--rounds", "1", "--ready", "made", "--cache", "kept/cache", "--store",
	                                                "kept/written.db", NULL},
	 true, false, false},
	{"run: lsa, exact and HNSW", RUN_ON("1", "gate.json"), true, false, false},
	{"run: the same, cached", RUN_ON("1", "gate.json"), true, true, false},
	{"run: the same, two threads", RUN_ON("2", "gate.json"), true, false, true},
};

/* ---- one run ---- */

/* What a failure looks like that the program cannot do without. */
static const struct kind {
	const char *name, *calls;
	int exit_code;
	const char *sentence; /* part of it */
} kinds[] = {{"memory", "allocations", 70, "memory"}, {"files", "calls", 74, "\": cannot "}};

static char program[4096], library[4096], root[64];
static const struct kind *kind;

static _Noreturn RQ_PRINTF(1, 2) void stop(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

/* What a run did: how it ended, what it said, and what it left. */
struct outcome {
	int exit_code; /* 128 + the signal that ended it */
	struct rq_buf out, err, left;
	uint64_t failed, count;
};

static void outcome_release(struct outcome *outcome)
{
	rq_buf_release(&outcome->out);
	rq_buf_release(&outcome->err);
	rq_buf_release(&outcome->left);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
	(void)info;
	(void)type;
	(void)place;
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static _Noreturn void become_program(const struct scenario *scenario)
{
	int out = open("stdout", O_WRONLY | O_CREAT | O_TRUNC, 0666), err = open("stderr", O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
		_exit(126);
	alarm(HANGS_AFTER); /* outlives exec */
	execv(program, (char *const *)scenario->arguments);
	_exit(127);
}

static struct rq_buf read_file(const char *path)
{
	struct rq_buf text = {0};
	struct rq_error err = {0};

	if (rq_file_read(&text, path, &err) != RQ_OK)
		stop("sweep: %s", err.text);
	return text;
}

/* The report as it must be again: without what differs from run to run. */
static void add_report(struct rq_buf *out, const char *path)
{
	struct rq_buf text = read_file(path);
	struct rq_error err = {0};
	rq_json *report;

	if (rq_json_parse(&report, text.data, text.size, path, &err) != RQ_OK)
		stop("sweep: half a report: %s", err.text);
	rq_json_remove(report, "run");
	if (rq_json_print(out, report, true, &err) != RQ_OK)
		stop("sweep: %s", err.text);
	rq_json_free(report);
	rq_buf_release(&text);
}

static struct rq_buf *left;

static int add_left(const char *path, const struct stat *info, int type, struct FTW *place)
{
	(void)info;
	(void)place;
	if (type == FTW_D)
		return 0;
	rq_buf_printf(left, "\n%s\n", path);
	if (strcmp(path, "out/report.json") == 0) {
		add_report(left, path);
	} else if (strncmp(path, "made/", 5) == 0) {
		struct rq_buf text = read_file(path);
		rq_buf_add(left, text.data, text.size);
		rq_buf_release(&text);
	}
	return 0;
}

/* In the working directory. Allocation `fail_at` of it fails, and the later ones too where asked; 0: none. */
static struct outcome run(const struct scenario *scenario, struct fail_call *state, uint64_t fail_at, bool and_later)
{
	struct outcome outcome = {0};
	int status;

	*state = (struct fail_call){.fail_at = fail_at, .and_later = and_later};
	remove_tree("out");
	remove_tree("made");
	remove_tree("made.log.jsonl"); /* of a merge */
	pid_t pid = fork();
	if (pid == 0)
		become_program(scenario);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		stop("sweep: cannot start the program");
	outcome.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	outcome.failed = state->failed;
	outcome.count = state->count;
	outcome.out = read_file("stdout");
	outcome.err = read_file("stderr");
	left = &outcome.left;
	rq_buf_puts(left, "");
	nftw("out", add_left, 16, FTW_PHYS);
	nftw("made", add_left, 16, FTW_PHYS);
	nftw("made.log.jsonl", add_left, 16, FTW_PHYS);
	return outcome;
}

/* ---- what must hold ---- */

static bool same(const struct rq_buf *a, const struct rq_buf *b)
{
	return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static bool as_expected(const struct scenario *scenario, const struct outcome *outcome, const struct outcome *whole)
{
	return outcome->exit_code == whole->exit_code && same(&outcome->left, &whole->left) && (scenario->reports || same(&outcome->out, &whole->out));
}

/* Why the outcome is wrong, or NULL. */
static const char *fault(const struct scenario *scenario, const struct outcome *outcome, const struct outcome *whole)
{
	const char *said = strstr(outcome->err.data, "rqgate: ");

	if (outcome->exit_code == whole->exit_code)
		return as_expected(scenario, outcome, whole) ? NULL : "it says that all is well, and the result is another";
	if (outcome->exit_code != kind->exit_code)
		return "another exit code than its own";
	if (said == NULL || strstr(said, kind->sentence) == NULL || strchr(said, '\n') == NULL || strchr(said, '\n')[1] != '\0')
		return "no sentence, or another";
	if (outcome->out.size > 0 || outcome->left.size > 0)
		return "something is left of it";
	return NULL;
}

struct tally {
	_Atomic uint64_t runs, refused, done_without, faults;
};

static RQ_PRINTF(2, 3) void blame(struct tally *tally, const char *format, ...)
{
	va_list args;

	if (atomic_fetch_add(&tally->faults, 1) >= FAULTS_SHOWN)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Where the failed run left a cache, a whole run must be right from it. */
static void try_again(const struct scenario *scenario, struct fail_call *state, const struct outcome *whole, struct tally *tally, uint64_t number)
{
	if (!scenario->reports || !rq_file_exists("cache"))
		return;
	struct outcome again = run(scenario, state, 0, false);
	if (!as_expected(scenario, &again, whole) || strstr(again.err.data, "damaged") != NULL || strstr(again.err.data, "warning:") != NULL)
		blame(tally, "%s: after a failure of call %llu: exit code %d\n%s\n%.400s", scenario->name, (unsigned long long)number, again.exit_code, again.err.data,
		     again.left.data);
	outcome_release(&again);
}

static void fail_one(const struct scenario *scenario, struct fail_call *state, const struct outcome *whole, struct tally *tally, uint64_t number,
                     bool and_later)
{
	if (!scenario->warm)
		remove_tree("cache");
	struct outcome outcome = run(scenario, state, number, and_later);
	const char *wrong = outcome.failed == 0 ? NULL : fault(scenario, &outcome, whole);
	if (outcome.failed == 0 && !as_expected(scenario, &outcome, whole))
		wrong = "no call failed, and the result is another";
	if (wrong != NULL)
		blame(tally, "%s: call %llu%s failed: %s: exit code %d\n%.400s%s\nleft:%.400s", scenario->name, (unsigned long long)number, and_later ? " and all later ones" : "",
		     wrong, outcome.exit_code, outcome.out.data, outcome.err.data, outcome.left.data);
	atomic_fetch_add(&tally->runs, outcome.failed > 0);
	atomic_fetch_add(&tally->refused, outcome.exit_code == kind->exit_code);
	atomic_fetch_add(&tally->done_without, outcome.failed > 0 && outcome.exit_code == whole->exit_code);
	outcome_release(&outcome);
	try_again(scenario, state, whole, tally, number);
}

/* ---- the sweep ---- */

static struct fail_call *open_state(int worker)
{
	char path[sizeof root + 32];

	snprintf(path, sizeof path, "%s/state%d", root, worker);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	struct fail_call *state = fd < 0 || ftruncate(fd, sizeof *state) != 0 ? MAP_FAILED : mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (state == MAP_FAILED || setenv(FAIL_CALL_FILE, path, 1) != 0 || setenv("LD_PRELOAD", library, 1) != 0)
		stop("sweep: \"%s\": cannot share it", path);
	close(fd);
	return state;
}

static void enter_folder(int worker, struct fail_call *state)
{
	char path[sizeof root + 32];

	snprintf(path, sizeof path, "%s/worker%d", root, worker);
	if (mkdir(path, 0777) != 0 || chdir(path) != 0)
		stop("sweep: \"%s\": cannot make it", path);
	collection_write();
	for (size_t i = 0; i < sizeof preparations / sizeof *preparations; i++) {
		const struct scenario preparation = {.name = "preparation", .arguments = preparations[i]};
		struct outcome outcome = run(&preparation, state, 0, false);
		if (outcome.exit_code != 0)
			stop("%s: exit code %d\n%s", preparations[i][1], outcome.exit_code, outcome.err.data);
		outcome_release(&outcome);
	}
}

/* Numbers of the allocations to fail: all, or some that differ from scenario to scenario. */
static bool chosen(struct rq_random *random, uint64_t count, bool all)
{
	return all || rq_random_below(random, count) < SAMPLE;
}

static void work(int worker, int workers, const struct scenario *scenario, bool and_later, bool all, struct tally *tally)
{
	struct fail_call *state = open_state(worker);
	struct rq_random random;

	enter_folder(worker, state);
	struct outcome whole = run(scenario, state, 0, false);
	if (whole.exit_code > 1) /* 1: a verdict, as of an index that is not warm */
		stop("%s: exit code %d without any failure\n%s", scenario->name, whole.exit_code, whole.err.data);
	uint64_t count = whole.count;
	if (scenario->warm) { /* the run above filled the cache; this one reads it */
		struct outcome warm = run(scenario, state, 0, false);
		count = warm.count;
		outcome_release(&warm);
	}
	rq_random_seed(&random, count);
	for (uint64_t number = 1; number <= count; number++)
		if (chosen(&random, count, all && !scenario->sampled) && number % (uint64_t)workers == (uint64_t)worker)
			fail_one(scenario, state, &whole, tally, number, and_later);
	if (worker == 0)
		printf("%-30s %-14s %6llu %s", scenario->name, and_later ? "and all later" : "one", (unsigned long long)count, kind->calls);
	outcome_release(&whole);
}

static bool sweep(const struct scenario *scenario, bool and_later, bool all, struct tally *tally)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int workers = processors < 1 ? 1 : processors > WORKERS_MAX ? WORKERS_MAX : (int)processors;
	bool good = true;

	*tally = (struct tally){0};
	snprintf(root, sizeof root, "%s/rqgate-sweep-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"); /* no disk to wait for */
	if (mkdtemp(root) == NULL)
		stop("sweep: cannot make \"%s\"", root);
	fflush(NULL);
	for (int worker = 0; worker < workers; worker++)
		if (fork() == 0) {
			work(worker, workers, scenario, and_later, all, tally);
			exit(EXIT_SUCCESS);
		}
	for (int status; wait(&status) > 0;)
		good &= WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
	remove_tree(root);
	printf(", %6llu failed in turn: %llu times exit %d, %llu times done without, %llu faults\n", (unsigned long long)tally->runs,
	       (unsigned long long)tally->refused, kind->exit_code, (unsigned long long)tally->done_without, (unsigned long long)tally->faults);
	return good && tally->faults == 0;
}

int main(int argc, char **argv)
{
	struct tally *tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool good = true, all = argc > 4 && strcmp(argv[4], "all") == 0;
	uint64_t runs = 0;

	for (size_t i = 0; argc > 3 && i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(argv[3], kinds[i].name) == 0)
			kind = &kinds[i];
	if (kind == NULL || tally == MAP_FAILED || realpath(argv[1], program) == NULL || realpath(argv[2], library) == NULL)
		stop("usage: sweep PROGRAM LIBRARY memory|files [all]");
	setenv("RQGATE_KERNEL_CHOSEN", "any", 1); /* no second start for another kernel */
	setenv("OMP_WAIT_POLICY", "passive", 1);
	setenv("LC_ALL", "C", 1);
	setenv("SOURCE_DATE_EPOCH", "1795230000", 1); /* of approvals */
	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
		for (int and_later = 0; and_later < 2; and_later++) {
			good &= sweep(&scenarios[i], and_later == 1, all, tally);
			runs += tally->runs;
		}
	printf("%llu runs\n", (unsigned long long)runs);
	return good && runs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
