#include "evalcore/base/system.h"

#include "evalcore/base/file.h"

#include <fcntl.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
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

/* The number behind `name` in a file of /proc whose lines are "name: number kB" or "name number"; 0 where it is not there. */
static uint64_t number_in(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	char line[256];
	unsigned long long number = 0;

	for (bool found = false; file != NULL && !found && fgets(line, sizeof line, file) != NULL;)
		found = strncmp(line, name, strlen(name)) == 0 && sscanf(line + strlen(name), "%*[: \t]%llu", &number) == 1;
	if (file != NULL)
		fclose(file);
	return (uint64_t)number;
}

uint64_t rq_memory_held(void)
{
	return number_in("/proc/self/status", "VmRSS") << 10;
}

double rq_crowding(void)
{
	double runnable = (double)number_in("/proc/stat", "procs_running"), cores = (double)sysconf(_SC_NPROCESSORS_ONLN);

	return runnable > cores ? runnable / cores : 1;
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

void rq_exit_at_once(enum rq_status status, const char *sentence)
{
	rq_output_remove_all();
	dprintf(exit_fd, "rqgate: %s\n", sentence);
	_exit(rq_status_exit_code(status));
}

void rq_exit_speaks_on(int fd)
{
	exit_fd = fd;
}

#define ENDED_BY_A_LIBRARY "a library ended the program, most likely for want of memory; its own words may stand above; free some memory, or use fewer threads"

static void on_exit_of_the_process(void)
{
	if (!exit_expected)
		rq_exit_at_once(RQ_E_INTERNAL, ENDED_BY_A_LIBRARY);
}

static void on_abort(int signal_number)
{
	(void)signal_number;
	rq_exit_at_once(RQ_E_INTERNAL, ENDED_BY_A_LIBRARY);
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
		while (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) >= 0) /* the wrong way round: using it fails, as it should */
			continue;
}

static void on_signal(int signal_number)
{
	if (cancel_requested) {
		rq_output_remove_all();
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
}

bool rq_cancel_requested(void)
{
	return cancel_requested != 0;
}

enum rq_status rq_cancel_check(struct rq_error *err)
{
	if (cancel_requested)
		return rq_fail(err, RQ_E_INTERRUPTED, "interrupted; nothing was written but finished cache entries, which the next run uses");
	return RQ_OK;
}
