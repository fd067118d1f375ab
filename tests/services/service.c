#include "service.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	pid_t pid;
	int input, port; /* its stdin: it ends when that is closed */
} server;

static bool has_packages(void)
{
	return access("tests/node/node_modules/@energetic-ai/embeddings", F_OK) == 0;
}

/* In the parent process, which outlives a test that fails. */
static void start_server(void)
{
	int in[2], out[2];
	char line[32] = "";

	server.pid = 0;
	if (!has_packages())
		return;
	ck_assert_int_eq(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	fflush(NULL);
	server.pid = fork();
	ck_assert_int_ge(server.pid, 0);
	if (server.pid == 0) {
		setenv("EMBEDDING_SERVER_KEY", SERVICE_KEY, 1);
		if (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0)
			_exit(126);
		execlp("node", "node", "tests/node/embedding_server.mjs", NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	server.input = in[1];
	ck_assert_msg(read(out[0], line, sizeof line - 1) > 0, "the server of tests/node said no port");
	close(out[0]);
	server.port = (int)strtol(line, NULL, 10);
}

static void stop_server(void)
{
	if (server.pid == 0)
		return;
	close(server.input);
	waitpid(server.pid, NULL, 0);
}

TCase *service_case(const char *name)
{
	TCase *tests = cli_case(name);

	tcase_add_unchecked_fixture(tests, start_server, stop_server);
	return tests;
}

bool service_ready(void)
{
	const char *ci = getenv("CI");
	char *collection = cli_shared("cranfield");

	free(collection);
	if (collection == NULL)
		return false;
	if (server.pid != 0) {
		service_faults("[]");
		return true;
	}
	printf("skipped: tests/node has no packages (ci/setup --tests)\n");
	ck_assert_msg(ci == NULL || strcmp(ci, "true") != 0, "tests/node has no packages; ci/setup --tests installs them");
	return false;
}

/* ---- asking ---- */

char *service_url(const char *path)
{
	char *url;

	ck_assert_int_ge(asprintf(&url, "http://127.0.0.1:%d%s", server.port, path), 0);
	return url;
}

static size_t keep(char *bytes, size_t size, size_t count, void *answer)
{
	rq_buf_add(answer, bytes, size * count);
	return size * count;
}

rq_json *service_ask(const char *path, const char *body)
{
	CURL *curl = curl_easy_init();
	struct rq_buf answer = {0};
	char *url = service_url(path);
	struct curl_slist *headers = curl_slist_append(NULL, "authorization: Bearer " SERVICE_KEY);

	ck_assert_ptr_nonnull(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	if (body != NULL)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	CURLcode code = curl_easy_perform(curl);
	ck_assert_msg(code == CURLE_OK, "%s: %s", url, curl_easy_strerror(code));
	rq_json *value = cli_parse(answer.data, path);
	rq_buf_release(&answer);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	free(url);
	return value;
}

void service_faults(const char *rules)
{
	rq_json *answer = service_ask("/faults", rules);

	ck_assert_msg(rq_json_size(answer) == 0, "faults %s: %s", rules, rq_json_string(rq_json_get(answer, "error")));
	rq_json_free(answer);
}

double service_count(const char *name)
{
	rq_json *counts = service_ask("/counts", NULL);
	const rq_json *count = rq_json_get(counts, name);

	ck_assert_msg(count != NULL, "no count \"%s\"", name);
	double number = rq_json_number(count);
	rq_json_free(counts);
	return number;
}

double service_route_count(const char *route, const char *name)
{
	rq_json *counts = service_ask("/counts", NULL);
	const rq_json *of_route = rq_json_get(rq_json_get(counts, "routes"), route);
	double number = of_route == NULL ? 0 : rq_json_number(rq_json_get(of_route, name));

	rq_json_free(counts);
	return number;
}

/* ---- Cranfield ---- */

static void copy(const char *folder, const char *from, const char *to)
{
	struct rq_buf bytes = {0};
	struct rq_error err = {0};
	char path[4200];

	snprintf(path, sizeof path, "%s/%s", folder, from);
	ck_assert_msg(rq_file_read(&bytes, path, &err) == RQ_OK, "%s", err.text);
	cli_write_bytes(to, bytes.data, bytes.size);
	rq_buf_release(&bytes);
}

int service_node(const char *program, ...)
{
	char path[4200], *argv[12] = {"node", path};
	int count = 2, status;
	va_list args;

	ck_assert_ptr_nonnull(realpath(program, path));
	va_start(args, program);
	while ((argv[count] = va_arg(args, char *)) != NULL)
		ck_assert_int_lt(++count, 11);
	va_end(args);
	fflush(NULL);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (chdir(cli_folder()) != 0)
			_exit(126);
		execvp("node", argv);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void service_cranfield(void)
{
	char *folder = cli_shared("cranfield");

	ck_assert_ptr_nonnull(folder);
	copy(folder, "corpus.jsonl", "corpus.jsonl");
	copy(folder, "queries.jsonl", "queries.jsonl");
	copy(folder, "qrels/test.tsv", "qrels.tsv");
	ck_assert_int_eq(service_node("tests/node/embed_direct.mjs", "corpus.jsonl", "text", "corpus.npy", NULL), 0);
	ck_assert_int_eq(service_node("tests/node/embed_direct.mjs", "queries.jsonl", "text", "queries.npy", NULL), 0);
	free(folder);
}
