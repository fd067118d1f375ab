/* Texts that a service will not embed: found among their batch, kept with reason and attempts, counted, and never scored as if nothing had happened.
 */
#include "service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the first 60 documents, 44 and 58 hold that word, and topic 54 of those that they answer. */
#define WORD "blunted"

static const struct {
	const char *api, *rule, *reason;
} refusals[] = {
	{"openai", "[{\"fault\": \"refuse\", \"word\": \"" WORD "\", \"status\": 400, \"message\": \"too blunt\"}]", "the service answers 400: \"too blunt\""},
	{"tei", "[{\"fault\": \"refuse\", \"word\": \"" WORD "\", \"status\": 413, \"message\": \"too blunt\"}]", "the service answers 413: \"too blunt\""},
	{"ollama", "[{\"fault\": \"refuse\", \"word\": \"" WORD "\", \"status\": 422, \"message\": \"too blunt\"}]", "the service answers 422: \"too blunt\""},
};

static const struct {
	const char *what, *id;
} failing[] = {{"document", "44"}, {"document", "58"}, {"topic", "54"}};

enum { FAILING = sizeof failing / sizeof *failing };

/* In whatever order they were given up. */
static void expect_failures(const rq_json *report, const char *reason)
{
	const rq_json *failures = rq_json_get(rq_json_get(report, "run"), "failures");
	size_t found = 0;

	ck_assert_uint_eq(rq_json_size(failures), FAILING);
	for (const rq_json *failure = rq_json_first(failures); failure != NULL; failure = rq_json_next(failure)) {
		ck_assert_str_eq(rq_json_string(rq_json_get(failure, "side")), "candidate");
		ck_assert_str_eq(rq_json_string(rq_json_get(failure, "stage")), "embed");
		ck_assert_str_eq(rq_json_string(rq_json_get(failure, "reason")), reason);
		ck_assert_double_ge(rq_json_number(rq_json_get(failure, "attempts")), 1);
		ck_assert_uint_gt(strlen(rq_json_string(rq_json_get(failure, "input"))), 50);
		for (size_t i = 0; i < FAILING; i++)
			found += strcmp(rq_json_string(rq_json_get(failure, "what")), failing[i].what) == 0 &&
			         strcmp(rq_json_string(rq_json_get(failure, "id")), failing[i].id) == 0;
	}
	ck_assert_uint_eq(found, FAILING);
}

static void expect_said(const char *said, const char *reason)
{
	char line[200];

	for (size_t i = 0; i < FAILING; i++) {
		snprintf(line, sizeof line, "rqgate: failed: candidate %s \"%s\" (embed, ", failing[i].what, failing[i].id);
		const char *at = strstr(said, line);
		ck_assert_msg(at != NULL, "\"%s\" is not in\n%s", line, said);
		snprintf(line, sizeof line, " attempts): %s\n", reason);
		ck_assert_msg(strncmp(at + strcspn(at, ",") + 2 + strspn(at + strcspn(at, ",") + 2, "0123456789"), line, strlen(line)) == 0, "%s", at);
	}
	const char *last = strstr(said, "\nrqgate: candidate: 3 of its documents and topics failed, where max_failed allows 0; the first is the ");
	ck_assert_msg(last != NULL, "%s", said);
	snprintf(line, sizeof line,
	         ": %s; what was embedded is kept, so the next run asks for the rest alone, and a larger max_failed goes on without them\n", reason);
	ck_assert_msg(strstr(last, line) != NULL, "%s", last);
}

START_TEST(texts_that_are_refused)
{
	if (!service_ready())
		return;
	service_cranfield(60);
	service_config(refusals[_i].api, ", \"batch\": 16");
	service_faults(refusals[_i].rule);
	struct cli result = CLI_EXPECT(69, "run", "gate.json");
	expect_said(result.err, refusals[_i].reason);
	cli_free(&result);
	service_faults(refusals[_i].rule);
	result = CLI_EXPECT(0, "run", "gate.json", "--set", "max_failed=3");
	ck_assert_double_le(service_count("texts"), 1 + 3 * 3); /* the others are there; these are tried in a batch and alone */
	rq_json *report = cli_report("out/report.json", true);
	expect_failures(report, refusals[_i].reason);
	ck_assert_double_lt(cli_metric(report, "RR@10", "candidate"), cli_metric(report, "RR@10", "baseline")); /* the topic scores 0 */
	rq_json_free(report);
	cli_free(&result);
	service_faults("[]");
	rq_json_free(service_expect_direct());
	ck_assert_double_le(service_count("texts"), 1 + 3);
}
END_TEST

Suite *http_failures_suite(void)
{
	Suite *suite = suite_create("http_failures");
	TCase *tests = service_case("failures");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, texts_that_are_refused, 0, sizeof refusals / sizeof *refusals);
	return suite;
}
