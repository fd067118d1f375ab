/* The server of tests/node itself: what it answers is what the model's package says when it is called directly, whichever way it is asked. */
#include "service.h"

#include "datasets/datasets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The texts of queries.jsonl, as a JSON list. */
static char *questions(void)
{
	struct rq_buf lines = cli_read("queries.jsonl"), list = {0};

	rq_buf_puts(&list, "[");
	for (char *line = lines.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		rq_json *topic = cli_parse(line, "queries.jsonl");
		rq_buf_puts(&list, line == lines.data ? "" : ",");
		rq_json_quote(&list, rq_json_string(rq_json_get(topic, "text")));
		rq_json_free(topic);
	}
	rq_buf_puts(&list, "]");
	rq_buf_release(&lines);
	return list.data;
}

static void expect_vector(const rq_json *numbers, const float *row, size_t size)
{
	ck_assert_uint_eq(rq_json_size(numbers), size);
	for (const rq_json *number = rq_json_first(numbers); number != NULL; number = rq_json_next(number))
		ck_assert_double_eq(rq_json_number(number), (double)*row++);
}

static void expect_vectors(const rq_json *rows, const char *key, const struct rq_vectors *direct)
{
	size_t i = 0;

	ck_assert_uint_eq(rq_json_size(rows), direct->n);
	for (const rq_json *row = rq_json_first(rows); row != NULL; row = rq_json_next(row), i++)
		expect_vector(key == NULL ? row : rq_json_get(row, key), direct->data + i * direct->d, direct->d);
}

START_TEST(answers_are_the_models)
{
	struct rq_vectors direct = {0};
	struct rq_ids none = {0};
	struct rq_error err = {0};
	char *body;

	if (!service_ready())
		return;
	service_cranfield(0);
	char *texts = questions(), *path = cli_path("queries.npy");
	ck_assert_msg(rq_vectors_load(&direct, &none, NULL, path, &err) == RQ_OK, "%s", err.text);
	ck_assert_int_ge(asprintf(&body, "{\"model\":\"use-lite\",\"input\":%s}", texts), 0);
	rq_json *openai = service_ask("/v1/embeddings", body), *ollama = service_ask("/api/embed", body);
	expect_vectors(rq_json_get(openai, "data"), "embedding", &direct);
	expect_vectors(rq_json_get(ollama, "embeddings"), NULL, &direct);
	ck_assert_double_eq(service_count("texts"), 450);
	ck_assert_double_eq(service_count("again"), 225);
	rq_json_free(openai);
	rq_json_free(ollama);
	free(body);
	free(texts);
	free(path);
	rq_vectors_release(&direct);
	rq_ids_release(&none);
}
END_TEST

START_TEST(the_package_says_so_today)
{
	if (!service_ready())
		return;
	service_cranfield(0);
	ck_assert_int_eq(service_node("tests/node/embed_direct.mjs", "--again", "12", "text", "queries.jsonl", NULL), 0);
	ck_assert_int_eq(service_node("tests/node/embed_direct.mjs", "--again", "12", "text", "corpus.jsonl", NULL), 0);
}
END_TEST

START_TEST(faults_hit_the_requests_they_name)
{
	static const char body[] = "{\"inputs\": [\"a wing in a slipstream\"]}";

	if (!service_ready())
		return;
	service_faults("[{\"fault\": \"html\", \"status\": 200, \"skip\": 5}, {\"fault\": \"loading\", \"skip\": 1, \"times\": 1}]");
	for (int i = 0; i < 5; i++) {
		rq_json *answer = service_ask("/embed", body);
		ck_assert_int_eq(rq_json_get(answer, "error") != NULL, i == 1);
		rq_json_free(answer);
	}
	ck_assert_double_eq(service_count("requests"), 5);
	ck_assert_double_eq(service_count("answered"), 4);
	ck_assert_double_eq(service_count("again"), 4);
	rq_json *refused = service_ask("/faults", "[{\"fault\": \"unheard-of\"}]");
	ck_assert_str_eq(rq_json_string(rq_json_get(refused, "error")), "Error: unknown fault \"unheard-of\"");
	rq_json_free(refused);
}
END_TEST

Suite *server_suite(void)
{
	Suite *suite = suite_create("server");
	TCase *tests = service_case("server");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, answers_are_the_models);
	tcase_add_test(tests, the_package_says_so_today);
	tcase_add_test(tests, faults_hit_the_requests_they_name);
	return suite;
}
