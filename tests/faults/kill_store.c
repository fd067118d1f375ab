/* Kills writers of a store at random moments, with kill -9, and looks what is left: the store opens, every batch in it is whole, and every batch that
 * its writer called written is there. Each round goes on with the store of the round before.
 *
 * usage: kill_store PROGRAM ROUNDS: in turn a process that appends batches without a pause, and PROGRAM, `rqgate eval --store`. */
#include "tests/faults/collection.h"

#include "evalcore/base/folder.h"
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "evalcore/memory/history.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIGURES = 40, FAILURES = 25, LONGEST_WRITE_US = 60000, LONGEST_RUN_US = 150000, FIRST_WEEK = 1000000 };

#define STORE "h.db"
#define WEEK_US (7 * INT64_C(86400000000))

static char program[4096];

static _Noreturn RQ_PRINTF(1, 2) void stop(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

#define MUST(call) \
	do { \
		if ((call) != RQ_OK) \
			stop("kill_store: %s", err.text); \
	} while (0)

/* ---- a writer ---- */

/* Of a week of its own, so that none is a repeat. */
static void write_one(struct rq_store *store, int64_t number, int64_t *id)
{
	struct rq_error err = {0};
	struct rq_batch batch = {.command = "run", .suite = "killed", .profile = "pr", .folder = "/", .config = "/gate.json", .arguments = "[]",
	                         .version = "0", .started_us = number * WEEK_US, .finished_us = number * WEEK_US + 1, .verdict = "pass",
	                         .complete = false, .sentence = ""};
	char name[32];
	bool repeated;

	for (int i = 0; i < FIGURES; i++) {
		snprintf(name, sizeof name, "figure%d", i);
		const struct rq_figure figure = {.kind = (enum rq_figure_kind)(i % RQ_FIGURE_KINDS), .name = name, .value = (double)number, .lower = NAN,
		                                 .upper = NAN, .bound = NAN, .outcome = "pass"};
		MUST(rq_batch_add_figure(&batch, &figure, &err));
	}
	for (int i = 0; i < FAILURES; i++) {
		snprintf(name, sizeof name, "d%d", i);
		const struct rq_kept_failure failure = {.side = "candidate", .stage = "embed", .what = "document", .name = name, .input = "text",
		                                        .reason = "refused"};
		MUST(rq_batch_add_failure(&batch, &failure, &err));
	}
	MUST(rq_store_append(id, &repeated, store, &batch, &err));
	rq_batch_release(&batch);
}

/* Says the id of each batch once it is written. */
static _Noreturn void write_on(int to, int64_t number)
{
	struct rq_error err = {0};
	struct rq_store store = {0};
	int64_t id;

	MUST(rq_store_open(&store, STORE, true, &err));
	for (;; number++) {
		write_one(&store, number, &id);
		if (write(to, &id, sizeof id) != sizeof id)
			_exit(1);
	}
}

static _Noreturn void become_program(int round)
{
	char epoch[32];
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	snprintf(epoch, sizeof epoch, "%lld", (long long)round * WEEK_US / 1000000);
	setenv("SOURCE_DATE_EPOCH", epoch, 1);
	if (dup2(nowhere, STDOUT_FILENO) < 0)
		_exit(126);
	execl(program, "rqgate", "eval", "qrels/test.tsv", "better.run", "--store", STORE, "--threads", "1", (char *)NULL);
	_exit(127);
}

/* ---- what must hold ---- */

struct seen {
	int64_t last_told, batches, of_program, ended_first;
};

static void check_batch(const struct rq_past_batch *batch)
{
	if (strcmp(batch->command, "run") == 0 && (batch->figure_count != FIGURES || batch->failures != FAILURES))
		stop("kill_store: batch %lld is half there: %zu figures, %lld failures", (long long)batch->id, batch->figure_count,
		     (long long)batch->failures);
	if (strcmp(batch->command, "eval") == 0 && (batch->figure_count == 0 || batch->input_count != 2))
		stop("kill_store: batch %lld is half there: %zu figures, %zu inputs", (long long)batch->id, batch->figure_count, batch->input_count);
}

static void check_store(struct seen *seen)
{
	struct rq_error err = {0};
	struct rq_store store = {0};
	struct rq_history history = {0};
	const struct rq_history_filter all = {0};
	bool told = seen->last_told == 0;

	MUST(rq_store_open(&store, STORE, true, &err));
	MUST(rq_store_check(&store, &err));
	MUST(rq_history_read(&history, &store, &all, &err));
	if ((int64_t)history.count < seen->batches)
		stop("kill_store: there were %lld batches, and %zu are left", (long long)seen->batches, history.count);
	seen->batches = (int64_t)history.count;
	seen->of_program = 0;
	for (size_t i = 0; i < history.count; i++) {
		check_batch(&history.batches[i]);
		told |= history.batches[i].id == seen->last_told;
		seen->of_program += strcmp(history.batches[i].command, "eval") == 0;
	}
	if (!told)
		stop("kill_store: batch %lld was written and is not there", (long long)seen->last_told);
	rq_history_release(&history);
	rq_store_close(&store);
}

static void play(int round, struct rq_random *random, struct seen *seen)
{
	int said[2], status;
	int64_t id;
	bool is_program = round % 2 == 1;

	if (pipe2(said, O_CLOEXEC) != 0)
		stop("kill_store: no pipe");
	pid_t pid = fork();
	if (pid == 0 && is_program)
		become_program(round);
	if (pid == 0)
		write_on(said[1], FIRST_WEEK + (int64_t)round * 1000);
	close(said[1]);
	usleep((useconds_t)rq_random_below(random, is_program ? LONGEST_RUN_US : LONGEST_WRITE_US));
	kill(pid, SIGKILL);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		stop("kill_store: no process");
	seen->ended_first += WIFEXITED(status);
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		stop("kill_store: round %d: a writer ended with exit code %d", round, WEXITSTATUS(status));
	while (read(said[0], &id, sizeof id) == sizeof id)
		seen->last_told = id;
	close(said[0]);
	check_store(seen);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/rqgate-kills-XXXXXX";
	struct rq_random random;
	struct seen seen = {0};
	int rounds = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;

	if (rounds < 1 || realpath(argv[1], program) == NULL)
		stop("usage: kill_store PROGRAM ROUNDS");
	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		stop("kill_store: \"%s\": cannot make it", folder);
	collection_write();
	rq_random_seed(&random, 9);
	for (int round = 0; round < rounds; round++)
		play(round, &random, &seen);
	printf("%d kills, %lld of them too late: %lld whole batches, %lld of them the program's, none half there\n", rounds, (long long)seen.ended_first,
	       (long long)seen.batches, (long long)seen.of_program);
	rq_remove_tree(folder);
	return seen.batches > 0 && seen.ended_first < rounds ? EXIT_SUCCESS : EXIT_FAILURE;
}
