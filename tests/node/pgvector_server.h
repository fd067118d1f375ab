/* tests/node/pgvector_server.mjs as a child process: a real pgvector for a test. Includers need check.h. */
#ifndef RQ_TESTS_NODE_PGVECTOR_SERVER_H
#define RQ_TESTS_NODE_PGVECTOR_SERVER_H

#include "evalcore/base/file.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct pgvector_server {
	pid_t pid;
	int stdin_fd; /* it ends when this is closed */
	char dsn[200];
};

enum { PGVECTOR_ARGUMENTS = 32 };

/* False, with a line that says so, where its packages are not installed: the test passes, but not where CI is "true". */
static inline bool pgvector_server_there(void)
{
	if (rq_file_exists("tests/node/node_modules/@electric-sql/pglite-pgvector/package.json"))
		return true;
	const char *ci = getenv("CI");
	ck_assert_msg(ci == NULL || strcmp(ci, "true") != 0, "tests/node/node_modules is missing; run ci/setup --tests");
	printf("skipped: no tests/node/node_modules with a PostgreSQL; ci/setup --tests installs it\n");
	return false;
}

static inline void pgvector_server_run(int from, int to, const char *const *arguments)
{
	const char *argv[PGVECTOR_ARGUMENTS] = {"node", "tests/node/pgvector_server.mjs"};

	for (size_t i = 0; arguments[i] != NULL && i + 3 < PGVECTOR_ARGUMENTS; i++)
		argv[i + 2] = arguments[i];
	dup2(from, STDIN_FILENO);
	dup2(to, STDOUT_FILENO);
	execvp("node", (char *const *)argv);
	_exit(127);
}

/* Waits until it listens. Arguments end in NULL. */
static inline struct pgvector_server pgvector_server_start(const char *const *arguments)
{
	struct pgvector_server server = {0};
	int in[2], out[2];
	size_t length = 0;

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	server.pid = fork();
	ck_assert_int_ge(server.pid, 0);
	if (server.pid == 0)
		pgvector_server_run(in[0], out[1], arguments);
	close(in[0]);
	close(out[1]);
	server.stdin_fd = in[1];
	while (length + 1 < sizeof server.dsn && read(out[0], server.dsn + length, 1) == 1 && server.dsn[length] != '\n')
		length++;
	server.dsn[length] = '\0';
	close(out[0]);
	ck_assert_msg(strncmp(server.dsn, "postgresql://", 13) == 0, "the PostgreSQL of the tests did not start");
	return server;
}

/* As a machine that is switched off, where `at_once`. */
static inline void pgvector_server_stop(struct pgvector_server *server, bool at_once)
{
	if (server->pid == 0)
		return;
	if (at_once)
		kill(server->pid, SIGKILL);
	close(server->stdin_fd);
	waitpid(server->pid, NULL, 0);
	server->pid = 0;
}

#endif
