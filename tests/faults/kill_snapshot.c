/* Ends `rqgate snapshot create`, `restore`, `import` and `prune` at random moments, by kill -9 and by a disk that is
 * full from some call on, and looks what is left: no snapshot that was there is lost or half there, what is called
 * current can be opened, and so can what is served.
 *
 * usage: kill_snapshot PROGRAM LIBRARY ROUNDS: so many of each; LIBRARY is the preloaded one that fails calls. */
#include "tests/faults/preload/fail_call.h"

#include "datasets/vector_file.h"
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "evalcore/snapshot/serving.h"
#include "evalcore/snapshot/snapshot.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 1200, DIMENSION = 64, OTHERS = 4, QUERIES = 10, SNAPSHOTS_MOST = 64 };
enum action { CREATE, RESTORE, IMPORT, PRUNE, ACTIONS };
static const char *const names[] = {"create", "restore", "import", "prune"};

static char program[4096], library[4096];
static struct fail_call *fault;

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
			stop("kill_snapshot: %s", err.text); \
	} while (0)

/* What is known of the vault. */
struct seen {
	char seals[SNAPSHOTS_MOST][RQ_SHA256_HEX];
	size_t count;
	char current[RQ_SHA256_HEX], previous[RQ_SHA256_HEX], served[256];
	size_t rounds[ACTIONS][2], met[ACTIONS][2]; /* by kill -9, and with a disk that is full: how many were disturbed at all */
	size_t hours; /* the clock of the jobs: an hour a round */
	uint64_t longest_us[ACTIONS], calls[ACTIONS];
};

/* ---- the jobs ---- */

static FILE *open_new(const char *name)
{
	FILE *stream = fopen(name, "wb");

	if (stream == NULL)
		stop("kill_snapshot: \"%s\": cannot write", name);
	return stream;
}

static void close_new(FILE *stream)
{
	if (fclose(stream) != 0)
		stop("kill_snapshot: cannot write");
}

/* A real index and the vectors that it is built of, of which a few rows are others than the time before. */
static void write_files(struct rq_random *random)
{
	const struct rq_backend *faiss = rq_backend_find("faiss");
	const struct rq_index_config config = {.kind = "faiss", .factory = "Flat", .seed = 1, .threads = 1};
	struct rq_error err = {0};
	struct rq_index *index;
	static struct rq_vector_file file;
	struct rq_vectors *vectors = &file.vectors;
	bool is_first = vectors->data == NULL;

	if (is_first)
		MUST(rq_vectors_init(vectors, ROWS, DIMENSION, &err));
	size_t first = (size_t)rq_random_below(random, ROWS - OTHERS);
	for (size_t i = is_first ? 0 : first * DIMENSION; i < (is_first ? ROWS : first + OTHERS) * DIMENSION; i++)
		vectors->data[i] = (float)rq_random_normal(random);
	MUST(faiss->build(&index, &config, RQ_INNER_PRODUCT, vectors, NULL, &err));
	FILE *stream = open_new("a.faiss");
	MUST(faiss->save(index, stream, &err));
	close_new(stream);
	faiss->close(index);
	stream = open_new("v.npy");
	MUST(rq_vector_format_find("npy")->write(stream, &file, RQ_TENSOR_F32, &err));
	close_new(stream);
	stream = open_new("v.ids");
	for (int i = 0; i < ROWS; i++)
		fprintf(stream, "d%d\n", i);
	close_new(stream);
}

#define CREATE_IN(store) \
	"rqgate", "snapshot", "create", "--index", "a.faiss", "--vectors", "v.npy", "--ids", "v.ids", "--sample", "10", \
		"--store", store, NULL

static const char *const jobs[ACTIONS][16] = {
	[CREATE] = {CREATE_IN("kept")},
	[RESTORE] = {"rqgate", "snapshot", "restore", "previous", "--to", "srv", "--store", "kept", NULL},
	[IMPORT] = {"rqgate", "snapshot", "import", "e.tar", "--store", "kept", NULL},
	[PRUNE] = {"rqgate", "snapshot", "prune", "--keep", "3", "--store", "kept", NULL},
};

/* What is imported is kept elsewhere first. */
static const char *const elsewhere[] = {CREATE_IN("other")};
static const char *const export[] = {"rqgate", "snapshot", "export", "--out", "e.tar", "--store", "other", NULL};

static _Noreturn void become_program(const char *const *job, size_t hours)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char epoch[32];

	snprintf(epoch, sizeof epoch, "%zu", 1793610000 + hours * 3600);
	setenv("SOURCE_DATE_EPOCH", epoch, 1);
	setenv("RQGATE_KERNEL_CHOSEN", "any", 1);
	setenv(FAIL_CALL_FILE, "fault", 1);
	setenv("LD_PRELOAD", library, 1);
	if (dup2(nowhere, STDOUT_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0)
		_exit(126);
	execv(program, (char *const *)job);
	_exit(127);
}

/* The exit code; -1: it was killed. `kill_after` 0: nobody does. */
static int run(const char *const *job, size_t hours, uint64_t kill_after)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		become_program(job, hours);
	if (pid > 0 && kill_after > 0) {
		usleep((useconds_t)kill_after);
		kill(pid, SIGKILL);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		stop("kill_snapshot: no process");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- what must hold ---- */

static bool is_among(const char *seal, const char *const *seals, size_t count)
{
	bool found = false;

	for (size_t i = 0; i < count; i++)
		found |= strcmp(seals[i], seal) == 0;
	return found;
}

static void check_known(const struct seen *seen, const char *const *seals, size_t count, bool pruned)
{
	for (size_t i = 0; i < seen->count; i++) {
		bool must_stay = !pruned || strcmp(seen->seals[i], seen->current) == 0 || strcmp(seen->seals[i], seen->previous) == 0;
		if (must_stay && !is_among(seen->seals[i], seals, count))
			stop("kill_snapshot: snapshot %.12s is lost", seen->seals[i]);
	}
}

static void check_vault(struct seen *seen, bool pruned)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	struct rq_error err = {0};
	struct rq_checked checked;
	const char *const *seals;
	size_t count;

	MUST(rq_vault_open(&vault, "kept", RQ_VAULT_READ, 1, &err));
	MUST(rq_vault_seals(&seals, &count, &vault, &arena, &err));
	MUST(rq_snapshot_verify(&checked, &vault, seals, count, NULL, &arena, &err));
	if (checked.count > 0)
		stop("kill_snapshot: snapshot %.12s is damaged: %s", checked.damages[0].snapshot, checked.damages[0].reason);
	check_known(seen, seals, count, pruned);
	MUST(rq_vault_current(seen->current, seen->previous, &vault, &err));
	if (!is_among(seen->current, seals, count))
		stop("kill_snapshot: the current snapshot is not there");
	seen->count = 0;
	for (size_t i = 0; i < count && i < SNAPSHOTS_MOST; i++)
		memcpy(seen->seals[seen->count++], seals[i], RQ_SHA256_HEX);
}

/* The link opens, what it opens is whole, and it answers as it did. */
static void check_served(void)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};
	RQ_CLEANUP(rq_serving_close) struct rq_serving serving = {0};
	struct rq_replayed replayed;
	struct rq_error err = {0};

	MUST(rq_manifest_read(&manifest, "srv/current", RQ_SNAPSHOT_KIND, &err));
	MUST(rq_snapshot_check_folder(&manifest, "srv/current", NULL, &err));
	MUST(rq_serving_open_folder(&serving, &manifest, "srv/current", &err));
	MUST(rq_serving_replay(&replayed, &serving, &manifest, "srv/current", &err));
	if (replayed.queries != QUERIES || replayed.same != QUERIES)
		stop("kill_snapshot: what is served answers otherwise: %s", replayed.difference);
}

static void check_all(struct seen *seen, enum action action)
{
	check_vault(seen, action == PRUNE);
	check_served();
}

/* ---- rounds ---- */

static void must_run(struct seen *seen, enum action action)
{
	uint64_t started = rq_clock_ns();

	fault->fail_at = 0;
	fault->count = 0;
	int code = run(jobs[action], ++seen->hours, 0);
	if (code != 0)
		stop("kill_snapshot: %s ended with exit code %d, and nobody disturbed it", names[action], code);
	seen->longest_us[action] = (rq_clock_ns() - started) / 1000;
	if (fault->count > 0) /* as few as the last time: the first create writes all chunks, and later ones a few */
		seen->calls[action] = fault->count;
}

static void make_archive(struct seen *seen)
{
	fault->fail_at = 0;
	if (run(elsewhere, seen->hours + 1, 0) != 0 || run(export, seen->hours, 0) != 0)
		stop("kill_snapshot: cannot make an archive");
}

static void play(struct seen *seen, enum action action, bool full, struct rq_random *random)
{
	int code;

	write_files(random);
	if (action == IMPORT)
		make_archive(seen);
	fault->count = fault->failed = 0;
	fault->and_later = true;
	fault->fail_at = full ? 1 + rq_random_below(random, seen->calls[action] + 1) : 0;
	code = run(jobs[action], ++seen->hours, full ? 0 : 1 + rq_random_below(random, seen->longest_us[action]));
	fault->fail_at = 0;
	if (code != -1 && code != 0 && code != 74)
		stop("kill_snapshot: %s ended with exit code %d", names[action], code);
	bool keeps = action == CREATE || action == IMPORT; /* what a prune or a warning may leave undone, a snapshot may not */
	if (full && code == 0 && fault->failed > 0 && keeps)
		stop("kill_snapshot: the disk was full, and %s did not say so", names[action]);
	seen->rounds[action][full]++;
	seen->met[action][full] += code != 0 || fault->failed > 0;
	check_all(seen, action);
}

static void play_all(struct seen *seen, int rounds, struct rq_random *random)
{
	for (enum action action = 0; action < ACTIONS; action++)
		for (int i = 0; i < 2 * rounds; i++) {
			if (i % 10 == 0) { /* something to do, and no more than there is room for */
				write_files(random);
				must_run(seen, PRUNE);
				check_all(seen, PRUNE);
				if (action == IMPORT) { /* how long one takes */
					rq_remove_tree("other");
					make_archive(seen);
					must_run(seen, IMPORT);
					check_all(seen, IMPORT);
				}
				for (int j = 0; j < (action == CREATE || action == IMPORT ? 1 : 4); j++) {
					write_files(random);
					must_run(seen, CREATE);
				}
				must_run(seen, RESTORE);
				rq_remove_tree("old");
				if (rename("srv", "old") != 0)
					stop("kill_snapshot: \"srv\": cannot move it");
				must_run(seen, RESTORE);
				check_all(seen, RESTORE);
			}
			if (action == PRUNE) { /* one is too many again */
				write_files(random);
				must_run(seen, CREATE);
				check_all(seen, CREATE);
			}
			play(seen, action, i % 2 == 1, random);
			if (action == RESTORE && i % 3 == 0) { /* the next one has something to copy */
				write_files(random);
				must_run(seen, CREATE);
				check_all(seen, CREATE);
			}
		}
}

/* Moments are drawn, and a job may be over by then; where fewer than an eighth of them met it, little was tried. */
static bool tell(const struct seen *seen)
{
	bool enough = true;

	for (enum action action = 0; action < ACTIONS; action++)
		for (int full = 0; full < 2; full++) {
			size_t rounds = seen->rounds[action][full], met = seen->met[action][full];
			printf("%s, %s: %zu times, %zu of them before it was over: nothing lost, nothing half there\n", names[action], full ? "no room" : "killed", rounds,
			       met);
			enough = enough && 8 * met >= rounds;
		}
	if (!enough)
		printf("kill_snapshot: fewer than an eighth of some came in time\n");
	return enough;
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/rqgate-kills-XXXXXX";
	struct rq_random random;
	struct seen *seen = calloc(1, sizeof *seen);
	int rounds = argc == 4 ? (int)strtol(argv[3], NULL, 10) : 0;

	if (seen == NULL || rounds < 1 || realpath(argv[1], program) == NULL || realpath(argv[2], library) == NULL)
		stop("usage: kill_snapshot PROGRAM LIBRARY ROUNDS");
	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		stop("kill_snapshot: \"%s\": cannot make it", folder);
	int fd = open("fault", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof *fault) != 0)
		stop("kill_snapshot: \"fault\": cannot make it");
	fault = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fault == MAP_FAILED)
		stop("kill_snapshot: \"fault\": cannot map it");
	rq_random_seed(&random, 10);
	for (int i = 0; i < 2; i++) {
		write_files(&random);
		must_run(seen, CREATE);
	}
	must_run(seen, RESTORE);
	play_all(seen, rounds, &random);
	bool enough = tell(seen);
	free(seen);
	rq_remove_tree(folder);
	return enough ? EXIT_SUCCESS : EXIT_FAILURE;
}
