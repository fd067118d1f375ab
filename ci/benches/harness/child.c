#include "ci/benches/harness/child.h"

#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* fork, not posix_spawn: a child that shares the parent's memory until it starts its program would be charged with it. */
static enum rq_status start(pid_t *pid, const char *const *arguments, const char *folder, struct rq_error *err)
{
	*pid = fork();
	if (*pid < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot start: %s", arguments[0], strerror(errno));
	if (*pid > 0)
		return RQ_OK;
	int log = chdir(folder) == 0 ? open("log", O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
	if (log >= 0 && dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0)
		execvp(arguments[0], (char *const *)arguments);
	_exit(127);
}

static enum rq_status failed(const char *program, int status, const char *folder, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf said = {0};
	const char *log = rq_path_join(arena, folder, "log");

	RQ_TRY(rq_cancel_check(err));
	if (log == NULL || rq_file_read(&said, log, NULL) != RQ_OK || said.size == 0)
		return rq_fail(err, RQ_E_INTERNAL, "\"%s\": ended with status %d", program, status);
	return rq_fail(err, RQ_E_INTERNAL, "\"%s\": ended with status %d: %.*s", program, status, (int)strcspn(said.data, "\n"), said.data);
}

static enum rq_status read_stages(struct rq_ran *ran, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	rq_json *report;

	RQ_TRY(rq_file_read(&text, path, err));
	RQ_TRY(rq_json_parse(&report, text.data, text.size, path, err));
	const rq_json *stages = rq_json_get(rq_json_get(report, "run"), "stage_seconds");
	ran->stage_count = 0;
	for (const rq_json *stage = rq_json_first(stages); stage != NULL && ran->stage_count < RQ_STAGES_MAX; stage = rq_json_next(stage)) {
		snprintf(ran->stages[ran->stage_count].name, sizeof ran->stages->name, "%s", rq_json_key(stage));
		ran->stages[ran->stage_count++].seconds = rq_json_number(stage);
	}
	rq_json_free(report);
	return ran->stage_count > 0 ? RQ_OK : rq_fail(err, RQ_E_INTERNAL, "\"%s\": has no run.stage_seconds", path);
}

static double seconds_of(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec * 1e-6;
}

enum rq_status rq_run_program(struct rq_ran *ran, const char *const *arguments, const char *folder, int most, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	uint64_t started = rq_clock_ns();
	struct rusage usage;
	int status;
	pid_t pid;

	RQ_TRY(start(&pid, arguments, folder, err));
	while (wait4(pid, &status, 0, &usage) < 0) {
		if (errno != EINTR)
			return rq_fail(err, RQ_E_INTERNAL, "\"%s\": cannot wait for it: %s", arguments[0], strerror(errno));
		if (rq_cancel_requested())
			kill(pid, SIGTERM); /* Ctrl-C reaches both, a kill of the bench only the bench */
	}
	ran->seconds = (double)(rq_clock_ns() - started) * 1e-9;
	ran->processor = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
	ran->megabytes = (double)usage.ru_maxrss * 1024e-6; /* Linux counts kilobytes */
	ran->stage_count = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) > most)
		return failed(arguments[0], status, folder, &arena, err);
	return RQ_OK;
}

enum rq_status rq_run_child(struct rq_ran *ran, const char *program, const char *folder, const char *cache, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *const arguments[] = {program, "run", "gate.json", "--cache", cache, "--quiet", NULL};
	const char *report = rq_path_join(&arena, folder, "out/report.json");

	if (report == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_run_program(ran, arguments, folder, 2, err));
	return read_stages(ran, report, err);
}
