#include "evalcore/base/system.h"

#include "evalcore/base/file.h"

#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t cancel_requested;

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
