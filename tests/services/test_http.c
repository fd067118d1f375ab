/* The embedder http against a real model: Cranfield scored through three protocols is Cranfield scored with the model's package called directly. */
#include "service.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *api, *route;
} protocols[] = {{"openai", "/v1/embeddings"}, {"tei", "/embed"}, {"ollama", "/api/embed"}};

enum {
	PROTOCOLS = sizeof protocols / sizeof *protocols,
	TEXTS = 1398 + 225, /* of 1,400 documents, two are empty */
};

START_TEST(cranfield_is_the_same_through_it)
{
	if (!service_ready())
		return;
	service_cranfield(0);
	service_config(protocols[_i].api, "");
	rq_json *report = service_expect_direct();
	/* What the model gives, whoever asks it. */
	ck_assert_double_eq_tol(cli_metric(report, "RR@10", "candidate"), .46967, .00001);
	ck_assert_double_eq_tol(cli_metric(report, "nDCG@10", "candidate"), .26220, .00001);
	ck_assert_double_eq(service_route_count(protocols[_i].route, "texts"), TEXTS + 1); /* the one more: who answers, and with how many dimensions */
	ck_assert_double_eq(service_count("again"), 0);
	ck_assert_double_eq(service_count("unauthorized"), 0);
	rq_json_free(report);
}
END_TEST

START_TEST(nothing_is_asked_twice)
{
	if (!service_ready())
		return;
	service_cranfield(100);
	service_config(protocols[_i].api, "");
	rq_json_free(service_expect_direct());
	service_faults("[]");
	rq_json_free(service_expect_direct());
	ck_assert_double_le(service_count("texts"), 1); /* who answers */
}
END_TEST

/* One way to send texts gives what every other one gives. */
START_TEST(batches_encodings_and_numbers_in_flight)
{
	static const char *const ways[] = {
		", \"batch\": 1, \"concurrency\": 3",  ", \"batch\": 7, \"concurrency\": 1", ", \"encoding\": \"float\"", ", \"batch_tokens\": 600",
		", \"batch\": 32, \"concurrency\": 8",
	};

	if (!service_ready())
		return;
	service_cranfield(100);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		cli_remove(".rqgate");
		service_faults("[]");
		service_config(protocols[_i].api, ways[i]);
		rq_json_free(service_expect_direct());
		ck_assert_double_le(service_count("in_flight"), i == 0 ? 3 : i == 1 ? 1 : 8);
	}
}
END_TEST

/* The network reads 128 tokens. Where nobody forbade it the texts were cut, and the counts of tokens give that away. */
START_TEST(texts_that_were_cut_are_told)
{
	if (!service_ready())
		return;
	service_cranfield(60);
	service_config("openai", ", \"batch\": 1");
	rq_json *report = service_expect_direct();
	const rq_json *services = rq_json_get(rq_json_get(report, "run"), "services");
	ck_assert_uint_eq(rq_json_size(services), 1);
	double cut = rq_json_number(rq_json_get(rq_json_first(services), "truncated"));
	ck_assert_double_gt(cut, 10);
	rq_json_free(report);
	struct rq_buf said = cli_read("out/report.md");
	ck_assert_ptr_nonnull(strstr(said.data, "candidate: the service has cut at least "));
	rq_buf_release(&said);
	service_config("tei", "");
	rq_json_free(service_expect_direct());
	struct rq_buf told = cli_read("out/report.md");
	ck_assert_ptr_nonnull(strstr(told.data, "candidate: \"truncate\": true lets the service cut long texts, and it does not say which"));
	rq_buf_release(&told);
	/* The same texts are refused where cutting is forbidden, and others that are only a little too long. */
	service_config("tei", ", \"batch\": 8, \"concurrency\": 1");
	struct rq_buf config = cli_read("gate.json");
	for (char *at = config.data; (at = strstr(at, "\"truncate\": true")) != NULL;)
		memcpy(at, "\"truncate\":false", 16);
	cli_write_bytes("gate.json", config.data, config.size);
	rq_buf_release(&config);
	struct cli result = CLI_EXPECT(69, "run", "gate.json");
	const char *sentence = strstr(result.err, "\nrqgate: candidate: stopped, since at least 10 of its documents and topics fail, where "
	                                          "max_failed allows 0; ");
	ck_assert_msg(sentence != NULL, "%s", result.err);
	ck_assert_ptr_nonnull(strstr(sentence, "the service answers 413: \"Input validation error: `inputs` must have less than 128 tokens. Given: "));
	ck_assert_ptr_nonnull(strstr(sentence, "\"; \"document_body\": {\"truncate\": true} lets it cut the text; "));
	cli_free(&result);
	result = CLI_EXPECT(1, "run", "gate.json", "--set", "max_failed=60");
	ck_assert_ptr_nonnull(strstr(result.err, ", all in out/failures.jsonl\n"));
	report = cli_report("out/report.json", true);
	ck_assert_double_ge((double)rq_json_size(rq_json_get(rq_json_get(report, "run"), "failures")), cut);
	rq_json_free(report);
	cli_free(&result);
}
END_TEST

Suite *http_service_suite(void)
{
	Suite *suite = suite_create("http_service");
	TCase *tests = service_case("protocols");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, cranfield_is_the_same_through_it, 0, PROTOCOLS);
	tcase_add_loop_test(tests, nothing_is_asked_twice, 0, PROTOCOLS);
	tcase_add_loop_test(tests, batches_encodings_and_numbers_in_flight, 0, PROTOCOLS);
	tcase_add_test(tests, texts_that_were_cut_are_told);
	return suite;
}
