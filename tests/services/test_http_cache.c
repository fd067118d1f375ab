/* What a service is asked is paid for: one changed document is one text, a run that was killed goes on where it was, two runs at once share, limits
 * hold. */
#include "service.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of 120 documents and the topics that these answer. */
static double texts(void)
{
	struct rq_buf corpus = cli_read("corpus.jsonl"), topics = cli_read("queries.jsonl");
	double lines = 0;

	for (size_t i = 0; i < corpus.size; i++)
		lines += corpus.data[i] == '\n';
	for (size_t i = 0; i < topics.size; i++)
		lines += topics.data[i] == '\n';
	rq_buf_release(&corpus);
	rq_buf_release(&topics);
	return lines;
}

static void set_up(const char *api, const char *more)
{
	service_cranfield(120);
	service_config(api, more);
}

/* Texts that were sent, less those that TEI and OpenAI are asked for to see who answers. */
static double sent(void)
{
	return service_count("texts") - 1;
}

START_TEST(one_changed_document_is_one_text)
{
	static const char old[] = "experimental investigation of the aerodynamics of a wing in a slipstream .";

	if (!service_ready())
		return;
	set_up("openai", "");
	rq_json_free(service_expect_direct());
	ck_assert_double_eq(sent(), texts());
	struct rq_buf corpus = cli_read("corpus.jsonl");
	char *text = strstr(strstr(corpus.data, "\"text\""), old);
	ck_assert_ptr_nonnull(text);
	memcpy(text, "theoretical ", 12);
	cli_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	rq_buf_release(&corpus);
	ck_assert_int_eq(service_node("tests/node/embed_direct.mjs", "text", "corpus.jsonl", "corpus.npy", NULL), 0);
	service_faults("[]");
	rq_json_free(service_expect_direct());
	ck_assert_double_eq(sent(), 1);
}
END_TEST

static void await_texts(double count)
{
	while (service_count("texts") < count)
		usleep(2000);
}

START_TEST(a_killed_run_goes_on_where_it_was)
{
	enum { BATCH = 4, IN_FLIGHT = 2, RUNS = 4 };

	if (!service_ready())
		return;
	set_up("openai", ", \"batch\": 4, \"concurrency\": 2");
	service_faults("[{\"fault\": \"slow\", \"ms\": 20}]");
	for (int i = 1; i <= RUNS; i++) {
		pid_t pid = cli_start("run", "gate.json", NULL);
		await_texts(24 * i);
		kill(pid, SIGKILL);
		struct cli result = cli_wait(pid);
		ck_assert_int_eq(result.exit_code, 128 + SIGKILL);
		cli_free(&result);
	}
	service_faults("[]");
	rq_json_free(service_expect_direct());
	double left = sent();
	/* Each run had a batch or two that came too late, and one text of who answers. */
	ck_assert_double_ge(left, texts() - 24 * RUNS);
	ck_assert_double_le(left, texts() - 24 * RUNS + RUNS * (BATCH * (IN_FLIGHT + 1) + 1));
}
END_TEST

START_TEST(two_runs_at_once_share)
{
	if (!service_ready())
		return;
	set_up("openai", ", \"batch\": 4, \"concurrency\": 2");
	service_faults("[{\"fault\": \"slow\", \"ms\": 5}]");
	pid_t first = cli_start("run", "gate.json", NULL), second = cli_start("run", "gate.json", NULL);
	struct cli results[] = {cli_wait(first), cli_wait(second)};
	for (size_t i = 0; i < 2; i++) {
		ck_assert_msg(results[i].exit_code == 0, "%s", results[i].err);
		cli_free(&results[i]);
	}
	ck_assert_double_le(service_count("texts"), texts() + 2); /* each asked who answers */
	rq_json_free(service_expect_direct());
}
END_TEST

START_TEST(a_limit_of_requests_holds)
{
	if (!service_ready())
		return;
	set_up("openai", ", \"batch\": 4");
	char *sentence;
	ck_assert_int_ge(asprintf(&sentence,
	                          "candidate: stopped at --max-requests 5: %.0f texts are left to embed; what came is kept, and the next run goes on",
	                          texts() - 4 * 4),
	                 0);
	struct cli result = cli("run", "gate.json", "--max-requests", "5", NULL);
	cli_expect_refusal(&result, 69, sentence);
	free(sentence);
	ck_assert_double_eq(service_count("requests"), 5);
	service_faults("[]");
	rq_json_free(service_expect_direct());
	ck_assert_double_eq(sent(), texts() - 4 * 4);
	service_faults("[]");
	result = CLI_EXPECT(0, "run", "gate.json", "--max-requests", "0");
	ck_assert_double_eq(service_count("requests"), 0);
	cli_free(&result);
}
END_TEST

START_TEST(a_plan_sends_nothing)
{
	if (!service_ready())
		return;
	set_up("tei", "");
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--plan");
	ck_assert_msg(strstr(result.out, "embed 120 documents and 78 topics with http: about 11 requests") != NULL, "%s", result.out);
	cli_free(&result);
	ck_assert_double_eq(service_count("requests"), 0);
	ck_assert_double_eq(service_count("about"), 0);
	rq_json_free(service_expect_direct());
	ck_assert_double_eq(service_count("requests") + service_count("about"), 11); /* the same again */
}
END_TEST

START_TEST(another_model_is_asked_anew)
{
	if (!service_ready())
		return;
	set_up("tei", "");
	rq_json_free(service_expect_direct());
	service_faults("[{\"fault\": \"sha\", \"sha\": \"0123456789abcdef0123456789abcdef01234567\"}]");
	rq_json_free(service_expect_direct());
	ck_assert_double_ge(service_count("texts"), texts());
}
END_TEST

Suite *http_cache_suite(void)
{
	Suite *suite = suite_create("http_cache");
	TCase *tests = service_case("cache");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, one_changed_document_is_one_text);
	tcase_add_test(tests, a_killed_run_goes_on_where_it_was);
	tcase_add_test(tests, two_runs_at_once_share);
	tcase_add_test(tests, a_limit_of_requests_holds);
	tcase_add_test(tests, a_plan_sends_nothing);
	tcase_add_test(tests, another_model_is_asked_anew);
	return suite;
}
