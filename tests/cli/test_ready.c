/* What a side lacks is told before anything is paid for, in a plan too: a key that is not set, a program that is not there. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The baseline's command leaves a trace of each text. */
static const char EMBED[] = "while IFS= read -r line; do id=${line#*\\\"id\\\":}; id=${id%%,*}; "
							"echo \"{\\\"id\\\":$id,\\\"vector\\\":[1,${#line},0.5],\\\"model\\\":\\\"lengths-1\\\"}\"; echo $id >> asked; done\n";

static void set_up(const char *other, const char *candidate)
{
	struct rq_buf config = {0};

	cli_collection(40, 20);
	cli_write("embed.sh", EMBED);
	rq_buf_printf(&config,
	              "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	              "\"embedders\": {\"own\": {\"kind\": \"exec\", \"command\": [\"sh\", \"embed.sh\"]}, \"other\": %s}, "
	              "\"baseline\": {\"embedder\": \"own\", \"index\": {\"kind\": \"exact\"}}, \"candidate\": %s, \"metrics\": [\"RR@2\"], "
	              "\"latency\": {\"samples\": 0}, \"gates\": [\"RR@2 >= 0\"]}",
	              other, candidate);
	cli_write_bytes("gate.json", config.data, config.size);
	rq_buf_release(&config);
}

#define HASH "{\"kind\": \"hash\"}"
#define OTHER "{\"embedder\": \"other\"}"
#define ELSEWHERE(index) "{\"index\": {" index "}}"

START_TEST(what_is_missing_is_told_before_the_first_request)
{
	static const struct {
		const char *other, *candidate, *sentence;
	} cases[] = {
		{"{\"kind\": \"exec\", \"command\": [\"sh\", \"embed.sh\"], \"secret_env\": [\"RQ_TEST_UNSET\"]}", OTHER, "embedders.other.secret_env: the environment variable \"RQ_TEST_UNSET\""},
		{"{\"kind\": \"exec\", \"command\": [\"no-such-model\"]}", OTHER, "embedders.other: command \"no-such-model\": no such program on PATH; install it, or write its path"},
		{"{\"kind\": \"exec\", \"command\": [\"sh\"], \"folder\": \"nowhere\"}", OTHER, "nowhere\": No such file or directory; make it, or name another one"},
		{"{\"kind\": \"http\", \"api\": \"openai\", \"url\": \"http://127.0.0.1:1/v1/embeddings\", \"model\": \"m\", \"api_key_env\": \"RQ_TEST_UNSET\"}", OTHER,
		 "embedders.other.api_key_env: the environment variable \"RQ_TEST_UNSET\""},
		{"{\"kind\": \"exec\", \"command\": [\"no-such-model\"]}", "{\"document_embedder\": \"other\"}", "embedders.other: command \"no-such-model\": no such program on PATH"},
		{HASH, ELSEWHERE("\"kind\": \"exec\", \"command\": [\"no-such-database\"]"), "candidate.index: command \"no-such-database\": no such program on PATH"},
		{HASH, ELSEWHERE("\"kind\": \"exec\", \"command\": [\"sh\"], \"secret_env\": [\"RQ_TEST_UNSET\"]"),
		 "candidate.index.secret_env: the environment variable \"RQ_TEST_UNSET\""},
		{HASH, ELSEWHERE("\"kind\": \"pgvector\", \"dsn_env\": \"RQ_TEST_UNSET\", \"table\": \"items\""),
		 "candidate.index.dsn_env: the environment variable \"RQ_TEST_UNSET\""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int plan = 0; plan < 2; plan++) {
			set_up(cases[i].other, cases[i].candidate);
			struct cli result = cli("run", "gate.json", plan ? "--plan" : NULL, NULL);
			ck_assert_msg(result.exit_code == 64 && strstr(result.err, cases[i].sentence) != NULL, "case %zu: %d\n%s%s", i, result.exit_code, result.out, result.err);
			ck_assert_msg(!cli_exists("asked"), "case %zu", i);
			cli_free(&result);
		}
}
END_TEST

/* Where everything is cached and no request is allowed, no key is needed. */
START_TEST(a_run_from_the_cache_needs_no_key)
{
	set_up("{\"kind\": \"exec\", \"command\": [\"sh\", \"embed.sh\"], \"model\": \"two\", \"secret_env\": [\"RQ_TEST_SET\"]}", OTHER);
	struct cli result = cli_in(".", "RQ_TEST_SET=some-secret", "run", "gate.json", NULL);
	ck_assert_msg(result.exit_code == 0, "%s%s", result.out, result.err);
	cli_free(&result);
	result = CLI_EXPECT(0, "run", "gate.json", "--max-requests", "0");
	cli_free(&result);
	result = CLI_EXPECT(0, "run", "gate.json", "--max-requests", "0", "--plan");
	cli_free(&result);
	result = CLI_EXPECT(64, "run", "gate.json");
	cli_free(&result);
}
END_TEST

Suite *ready_suite(void);
Suite *ready_suite(void)
{
	Suite *suite = suite_create("ready");
	TCase *tests = cli_case("ready");

	tcase_add_test(tests, what_is_missing_is_told_before_the_first_request);
	tcase_add_test(tests, a_run_from_the_cache_needs_no_key);
	suite_add_tcase(suite, tests);
	return suite;
}
