#include "evalcore/base/system.h"

#include "evalcore/base/child.h"
#include "evalcore/base/file.h"

#include <fcntl.h>
#include <omp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t cancel_requested, exit_expected, exit_fd = STDERR_FILENO;

uint64_t rq_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void rq_clock_utc(char text[32])
{
	time_t now = time(NULL);
	struct tm parts;

	gmtime_r(&now, &parts);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

void rq_threads_set(int threads)
{
	omp_set_num_threads(threads > 0 ? threads : omp_get_num_procs());
}

int rq_threads(void)
{
	return omp_get_max_threads();
}

void rq_parallel_for(size_t n, void (*body)(void *context, size_t i), void *context)
{
	/* A region even for one task: within it OpenBLAS keeps to one thread, as the contract says. */
#pragma omp parallel for schedule(dynamic)
	for (size_t i = 0; i < n; i++)
		body(context, i);
}

struct team {
	size_t count;
	atomic_size_t next;
	void (*body)(void *context, size_t i);
	void *context;
};

static void *join_team(void *context)
{
	struct team *team = context;

	for (size_t i; (i = atomic_fetch_add(&team->next, 1)) < team->count;)
		team->body(team->context, i);
	return NULL;
}

void rq_work_together(size_t n, void (*body)(void *context, size_t i), void *context)
{
	struct team team = {.count = n, .body = body, .context = context};
	pthread_t *helpers = n > 1 ? malloc((n - 1) * sizeof *helpers) : NULL;
	size_t started = 0;

	while (helpers != NULL && started < n - 1 && pthread_create(&helpers[started], NULL, join_team, &team) == 0)
		started++;
	join_team(&team);
	while (started > 0)
		pthread_join(helpers[--started], NULL);
	free(helpers);
}

/* One write(2), and nothing that a signal handler must not call. */
static void say(const char *sentence)
{
	char line[512] = "rqgate: ";
	size_t start = strlen(line), room = sizeof line - start - 1, length = strlen(sentence);

	if (length > room)
		length = room;
	memcpy(line + start, sentence, length);
	line[start + length] = '\n';
	(void)!write(exit_fd, line, start + length + 1);
}

void rq_exit_at_once(enum rq_status status, const char *sentence)
{
	rq_output_remove_all();
	rq_child_kill_all();
	say(sentence);
	_exit(rq_status_exit_code(status));
}

void rq_exit_speaks_on(int fd)
{
	exit_fd = fd;
}

static const char ended_by_a_library[] =
	"ended by a library it uses (out of memory, or a defect); its own words may stand above; "
	"free some memory, or use fewer threads, and report it if that does not help";

static void on_exit_of_the_process(void)
{
	if (!exit_expected)
		rq_exit_at_once(RQ_E_INTERNAL, ended_by_a_library);
}

/* No core is left: a CI step would see the signal's exit code, and a library that finds no memory aborts too. A debugger stops before this. */
static void on_abort(int signal_number)
{
	(void)signal_number;
	rq_exit_at_once(RQ_E_INTERNAL, ended_by_a_library);
}

void rq_exit_guard(void)
{
	struct sigaction action = {.sa_handler = on_abort};

	sigemptyset(&action.sa_mask);
	sigaction(SIGABRT, &action, NULL);
	(void)!atexit(on_exit_of_the_process); /* its table has room for the first 32 without an allocation */
}

void rq_exit_expected(void)
{
	exit_expected = 1;
}

void rq_exit_guard_loading(void)
{
	static char stack[65536]; /* libgfortran fills the usual one: it reports a failed allocation by way of another */
	struct sigaction action = {.sa_handler = on_abort, .sa_flags = SA_ONSTACK};

	rq_exit_guard();
	sigemptyset(&action.sa_mask);
	if (sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL) == 0)
		sigaction(SIGSEGV, &action, NULL);
}

void rq_exit_guard_loaded(void)
{
	struct sigaction action;

	if (sigaction(SIGSEGV, NULL, &action) != 0 || action.sa_handler != on_abort) /* a sanitizer has put its own there */
		return;
	signal(SIGSEGV, SIG_DFL);
	sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
}

void rq_streams_reserve(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		while (fcntl(fd, F_GETFD) < 0 &&
		       open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) >= 0) /* the wrong way round: using it fails, as it should */
			continue;
}

static void on_signal(int signal_number)
{
	if (cancel_requested) {
		rq_output_remove_all();
		rq_child_kill_all();
		_exit(128 + signal_number);
	}
	cancel_requested = 1;
}

void rq_cancel_install(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* where it is ignored, which is inherited, nobody hears how a command ended */
}

bool rq_cancel_requested(void)
{
	return cancel_requested != 0;
}

enum rq_status rq_cancel_check(struct rq_error *err)
{
	if (cancel_requested)
		return rq_fail(err, RQ_E_INTERRUPTED, "interrupted; no file was left half written");
	return RQ_OK;
}
