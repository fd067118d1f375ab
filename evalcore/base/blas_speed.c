#include "evalcore/base/blas_speed.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* A product of the size that searches and fits ask for at a time. */
enum { M = 256, N = 512, K = 384, BURSTS = 5, REPEATS_MAX = 64, BURST_NS = 10000000, ANSWER_MS = 5000 };

static const char argument[] = "--measure-blas";
/* In the environment of the process that answers: it starts no other, whatever program it is. */
static const char mark[] = "RQGATE_MEASURES_BLAS";

struct products {
	float *a, *b, *c; /* c: one result a task */
	size_t repeats;
	uint64_t cpu_ns; /* of task 0 */
};

static uint64_t thread_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void multiply(void *context, size_t task)
{
	struct products *products = context;
	uint64_t start = thread_ns();

	for (size_t i = 0; i < products->repeats; i++)
		rq_sgemm(false, true, M, N, K, 1, products->a, K, products->b, K, 0, products->c + task * M * N, N);
	if (task == 0)
		products->cpu_ns = thread_ns() - start;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_rate(struct products *products, size_t tasks)
{
	double rates[BURSTS], flop = 2e-9 * M * N * K;

	products->repeats = 1;
	rq_parallel_for(tasks, multiply, products); /* pays for page faults and for waking up */
	rq_parallel_for(tasks, multiply, products);
	size_t repeats = BURST_NS / (products->cpu_ns + 1) + 1;
	products->repeats = repeats < REPEATS_MAX ? repeats : REPEATS_MAX;
	for (size_t i = 0; i < BURSTS; i++) {
		uint64_t start = rq_clock_ns();
		rq_parallel_for(tasks, multiply, products);
		uint64_t ns = tasks == 1 ? products->cpu_ns : rq_clock_ns() - start;
		rates[i] = flop * (double)(tasks * products->repeats) / ((double)(ns + 1) * 1e-9);
	}
	qsort(rates, BURSTS, sizeof *rates, compare);
	return rates[BURSTS / 2];
}

enum rq_status rq_blas_rate(double *rate, int threads, struct rq_error *err)
{
	int before = rq_threads();
	size_t tasks = (size_t)threads;
	RQ_CLEANUP(rq_free_pointer) float *a = rq_alloc_aligned((size_t)M * K, sizeof *a);
	RQ_CLEANUP(rq_free_pointer) float *b = rq_alloc_aligned((size_t)N * K, sizeof *b);
	RQ_CLEANUP(rq_free_pointer) float *c = rq_alloc_aligned(tasks * M * N, sizeof *c);
	struct products products = {.a = a, .b = b, .c = c};

	*rate = 0;
	if (a == NULL || b == NULL || c == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < (size_t)M * K; i++)
		a[i] = (float)(i % 7) - 3;
	for (size_t i = 0; i < (size_t)N * K; i++)
		b[i] = (float)(i % 5) - 2;
	if (threads == 1)
		rq_blas_one_thread();
	else
		rq_threads_set(threads);
	*rate = median_rate(&products, tasks);
	rq_threads_set(before);
	return RQ_OK;
}

bool rq_blas_answer(int argc, char **argv)
{
	double rate;

	if (argc != 2 || strcmp(argv[1], argument) != 0 || getenv(mark) == NULL)
		return false;
	if (rq_blas_rate(&rate, 1, NULL) == RQ_OK)
		printf("%s %.3f\n", rq_blas_kernel(), rate);
	return true;
}

/* ---- asking ---- */

/* The environment with this kernel. Entries are the environment's own but for the new ones, which the arena holds. */
static char **environment_with(struct rq_arena *arena, const char *kernel)
{
	size_t count = 0, kept = 0;

	while (environ[count] != NULL)
		count++;
	char **list = rq_arena_alloc(arena, count + 3, sizeof *list);
	char *coretype = rq_arena_printf(arena, "OPENBLAS_CORETYPE=%s", kernel), *marked = rq_arena_printf(arena, "%s=1", mark);
	if (list == NULL || coretype == NULL || marked == NULL)
		return NULL;
	list[kept++] = coretype;
	list[kept++] = marked;
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], "OPENBLAS_CORETYPE=", strlen("OPENBLAS_CORETYPE=")) != 0)
			list[kept++] = environ[i];
	return list;
}

/* Starts the executable with its stdout in a pipe, whose other end is *answer. */
static bool start(pid_t *pid, int *answer, const char *kernel)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	char program[] = "rqgate", word[sizeof argument];
	char *arguments[] = {program, word, NULL}, **environment = environment_with(&arena, kernel);
	posix_spawn_file_actions_t actions;
	int ends[2];

	memcpy(word, argument, sizeof argument);
	if (environment == NULL || pipe2(ends, O_CLOEXEC) != 0)
		return false;
	bool started = posix_spawn_file_actions_init(&actions) == 0;
	if (started) {
		started = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) == 0 &&
		          posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
		          posix_spawn(pid, "/proc/self/exe", &actions, NULL, arguments, environment) == 0;
		posix_spawn_file_actions_destroy(&actions);
	}
	close(ends[1]);
	if (!started)
		close(ends[0]);
	*answer = ends[0];
	return started;
}

/* Until the other end closes. False: too long, too late, or interrupted. */
static bool receive(char *text, size_t size, int answer)
{
	uint64_t deadline = rq_clock_ns() + (uint64_t)ANSWER_MS * 1000000;

	for (size_t used = 0;;) {
		uint64_t now = rq_clock_ns();
		struct pollfd wait = {.fd = answer, .events = POLLIN};
		if (now >= deadline || rq_cancel_requested() || used + 1 == size)
			return false;
		int ready = poll(&wait, 1, (int)((deadline - now) / 1000000) + 1);
		if (ready <= 0)
			continue; /* a signal, or the deadline */
		ssize_t got = read(answer, text + used, size - 1 - used);
		if (got < 0)
			return false;
		used += (size_t)got;
		text[used] = '\0';
		if (got == 0)
			return true;
	}
}

/* "SkylakeX 81.250": OpenBLAS runs another kernel than it is asked for where it lacks that one. */
static bool read_answer(double *rate, const char *text, const char *kernel)
{
	size_t name = strcspn(text, " ");

	return name == strlen(kernel) && text[name] == ' ' && strncasecmp(text, kernel, name) == 0 &&
	       rq_parse_f64(rate, text + name + 1, strcspn(text + name + 1, "\n"));
}

bool rq_blas_rate_of(double *rate, const char *kernel)
{
	char text[128] = "";
	pid_t pid;
	int answer;

	if (getenv(mark) != NULL || !start(&pid, &answer, kernel))
		return false;
	bool received = receive(text, sizeof text, answer);
	close(answer);
	if (!received)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return received && read_answer(rate, text, kernel);
}
