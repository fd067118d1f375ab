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
		setenv("EMBEDDING_KEY", SERVICE_KEY, 1);
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

/* The first `count` lines, or all. */
static struct rq_buf read_lines(const char *folder, const char *name, size_t count)
{
	struct rq_buf bytes = {0};
	struct rq_error err = {0};
	char path[4200];
	size_t end = 0;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	ck_assert_msg(rq_file_read(&bytes, path, &err) == RQ_OK, "%s", err.text);
	for (; count > 0 && end < bytes.size; end++)
		if (bytes.data[end] == '\n' && --count == 0)
			bytes.data[bytes.size = end + 1] = '\0';
	return bytes;
}

/* Judgments of the first `documents` (their ids are their numbers), and the topics that have one. */
static void write_judged(const char *folder, size_t documents)
{
	struct rq_buf qrels = read_lines(folder, "qrels/test.tsv", 0), queries = read_lines(folder, "queries.jsonl", 0), kept = {0}, topics = {0};
	bool judged[1000] = {false};
	char *next;

	for (char *line = qrels.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		unsigned long topic = strtoul(line, &next, 10), document = strtoul(next, NULL, 10);
		if (topic > 0 && documents > 0 && document > documents)
			continue;
		ck_assert_uint_lt(topic, 1000);
		judged[topic] = true;
		rq_buf_add(&kept, line, (size_t)(end - line) + 1);
	}
	unsigned long topic = 1; /* their ids are their numbers, too */
	for (char *line = queries.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, topic++)
		if (judged[topic])
			rq_buf_add(&topics, line, (size_t)(end - line) + 1);
	cli_make_folder("qrels");
	cli_write_bytes("qrels/test.tsv", kept.data, kept.size);
	cli_write_bytes("queries.jsonl", topics.data, topics.size);
	rq_buf_release(&qrels);
	rq_buf_release(&queries);
	rq_buf_release(&kept);
	rq_buf_release(&topics);
}

void service_cranfield(size_t documents)
{
	char *folder = cli_shared("cranfield");

	ck_assert_ptr_nonnull(folder);
	struct rq_buf corpus = read_lines(folder, "corpus.jsonl", documents);
	cli_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	rq_buf_release(&corpus);
	write_judged(folder, documents);
	ck_assert_int_eq(service_node("tests/node/embed_direct.mjs", "text", "corpus.jsonl", "corpus.npy", "queries.jsonl", "queries.npy", NULL), 0);
	free(folder);
}

void service_config(const char *api, const char *more)
{
	/* The network reads 128 tokens, and these services cut a text only where they may. */
	const char *cut = strcmp(api, "openai") == 0 ? "" : ", \"query_body\": {\"truncate\": true}, \"document_body\": {\"truncate\": true}";
	const char *model = strcmp(api, "tei") == 0 ? "" : ", \"model\": \"use-lite\"";
	char *url = service_url(""), *config;

	ck_assert_int_ge(asprintf(&config,
	                          "{\"dataset\": {\"path\": \".\", \"fields\": [\"text\"]}, \"latency\": {\"samples\": 0},\n"
	                          " \"embedders\": {\"direct\": {\"kind\": \"vectors\", \"corpus\": \"corpus.npy\", \"topics\": \"queries.npy\", "
	                          "\"zero_rows\": \"keep\"},\n"
	                          "  \"service\": {\"kind\": \"http\", \"api\": \"%s\", \"url\": \"%s\"%s, \"api_key_env\": \"EMBEDDING_KEY\", "
	                          "\"backoff\": \"10ms\"%s%s}},\n"
	                          " \"baseline\": {\"embedder\": \"direct\"}, \"candidate\": {\"embedder\": \"service\"},\n"
	                          " \"metrics\": [\"RR@10\", \"nDCG@10\", \"R@20\"], \"gates\": [\"RR@10 >= 0.2\"]}\n",
	                          api, url, model, cut, more),
	                 0);
	cli_write("gate.json", config);
	free(config);
	free(url);
}

rq_json *service_expect_direct(void)
{
	static const char *const metrics[] = {"RR@10", "nDCG@10", "R@20"};
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	rq_json *report = cli_report("out/report.json", true);
	const rq_json *inputs = rq_json_get(report, "inputs");

	ck_assert_str_eq(result.err, "");
	ck_assert_str_eq(rq_json_string(rq_json_get(inputs, "candidate.vectors")), rq_json_string(rq_json_get(inputs, "baseline.vectors")));
	ck_assert_str_eq(rq_json_string(rq_json_get(inputs, "candidate.topic_vectors")), rq_json_string(rq_json_get(inputs, "baseline.topic_vectors")));
	for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
		ck_assert_double_gt(cli_metric(report, metrics[i], "baseline"), 0);
		ck_assert(cli_metric(report, metrics[i], "baseline") == cli_metric(report, metrics[i], "candidate"));
		ck_assert(cli_metric(report, metrics[i], "wins") == 0 && cli_metric(report, metrics[i], "losses") == 0);
	}
	cli_free(&result);
	return report;
}
