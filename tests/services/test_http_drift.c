/* Another model behind the same address and name: what the weekly job says of it, also where everything is in the cache. */
#include "service.h"

#include <stdlib.h>
#include <string.h>

static void drop(struct cli result)
{
	cli_free(&result);
}

static const rq_json *figure(const rq_json *report, const char *name, const char *of)
{
	const rq_json *figures = rq_json_get(rq_json_get(report, "drift"), "figures");

	for (const rq_json *item = rq_json_first(figures); item != NULL; item = rq_json_next(item))
		if (strcmp(rq_json_string(rq_json_get(item, "figure")), name) == 0 && strcmp(rq_json_string(rq_json_get(item, "of")), of) == 0)
			return item;
	ck_abort_msg("no %s of %s", name, of);
}

static const char *outcome(const rq_json *report, const char *name, const char *of)
{
	const char *word = rq_json_string(rq_json_get(figure(report, name, of), "outcome"));

	return word == NULL ? "absent" : word;
}

static void make_reference(void)
{
	service_cranfield(120);
	service_config("openai", "");
	drop(CLI_EXPECT(0, "drift", "gate.json"));
}

START_TEST(the_same_model_passes)
{
	if (!service_ready())
		return;
	make_reference();
	service_faults("[]");
	drop(CLI_EXPECT(0, "drift", "gate.json"));
	rq_json *report = cli_report("out/drift-report.json", true);
	double asked = rq_json_number(rq_json_get(rq_json_get(report, "drift"), "texts_asked_again"));
	ck_assert_double_ge(asked, 120);
	ck_assert_double_ge(service_count("texts"), asked); /* past the cache */
	ck_assert_str_eq(outcome(report, "silent_change", "documents"), "pass");
	ck_assert_str_eq(outcome(report, "silent_change", "topics"), "pass");
	rq_json_free(report);
	/* nobody may be asked: the figure is absent, which no gate lets pass */
	struct cli result = cli("drift", "gate.json", "--max-requests", "0", "--quiet", "--set", "gates=[\"drift.silent_change\"]", NULL);
	ck_assert_int_eq(result.exit_code, 1);
	ck_assert_ptr_nonnull(strstr(result.out, "drift.silent_change has no value: --max-requests 0 lets nobody be asked"));
	cli_free(&result);
}
END_TEST

/* Its vectors are others, and texts as near to each other as they were: no search shows it, and the cosines do. */
START_TEST(another_model_fails)
{
	if (!service_ready())
		return;
	make_reference();
	service_faults("[{\"fault\": \"reversed\"}]");
	struct cli result = CLI_EXPECT(1, "drift", "gate.json");
	ck_assert_ptr_nonnull(strstr(result.out, " gates failed, first drift.silent_change of "));
	ck_assert_ptr_nonnull(strstr(result.out, "stop writing to the index, ask who changed the model behind the endpoint"));
	cli_free(&result);
	rq_json *report = cli_report("out/drift-report.json", true);
	ck_assert_str_eq(outcome(report, "silent_change", "documents"), "fail");
	ck_assert_str_eq(outcome(report, "knn_jaccard", "documents"), "pass");
	ck_assert_str_eq(outcome(report, "retrieval_rbo", "topics"), "pass");
	ck_assert_str_eq(outcome(report, "mmd", "documents"), "absent");
	rq_json_free(report);
}
END_TEST

/* Whoever asks first is still answered by the old one (a second replica): the cache is used, and what is asked for again shows the new one. */
START_TEST(a_cache_does_not_hide_it)
{
	if (!service_ready())
		return;
	make_reference();
	service_faults("[{\"fault\": \"reversed\", \"skip\": 2}]");
	struct cli result = CLI_EXPECT(1, "drift", "gate.json");
	ck_assert_ptr_nonnull(strstr(result.out, "texts that were asked for again have other vectors than those that earlier runs have kept"));
	cli_free(&result);
	rq_json *report = cli_report("out/drift-report.json", true);
	ck_assert_str_eq(outcome(report, "silent_change", "documents"), "fail");
	ck_assert_str_eq(outcome(report, "knn_jaccard", "documents"), "absent"); /* then and now are what the cache has kept */
	ck_assert_str_eq(outcome(report, "cka", "documents"), "absent");
	rq_json_free(report);
}
END_TEST

/* Long texts are cut since then. Neighbours from the cache would be no evidence that all is well. */
START_TEST(vectors_of_the_cache_are_no_evidence_against_those_that_changed)
{
	if (!service_ready())
		return;
	make_reference();
	service_faults("[{\"fault\": \"truncate\", \"words\": 20, \"skip\": 2}]");
	drop(CLI_EXPECT(1, "drift", "gate.json"));
	rq_json *report = cli_report("out/drift-report.json", true);
	ck_assert_str_eq(outcome(report, "changed_vectors", "documents"), "fail");
	ck_assert_ptr_null(rq_json_string(rq_json_get(figure(report, "changed_vectors", "documents"), "sample"))); /* all of 120 */
	ck_assert_str_eq(outcome(report, "knn_jaccard", "documents"), "absent");
	rq_json_free(report);
}
END_TEST

/* Of many texts some are asked again, and a pass says of how many and what that would have seen. */
START_TEST(a_pass_on_a_sample_says_so)
{
	static const char sample[] = "400 of 450 documents were asked again: a change of 1 % of them is seen with 99 %";

	if (!service_ready())
		return;
	service_cranfield(450);
	service_config("openai", "");
	drop(CLI_EXPECT(0, "drift", "gate.json", "--set", "metrics=[\"RR@10\"]"));
	struct cli result = CLI_EXPECT(0, "drift", "gate.json", "--set", "metrics=[\"RR@10\"]");
	ck_assert_msg(strstr(strstr(result.out, "\nPASS"), sample) != NULL, "%s", result.out);
	ck_assert_ptr_nonnull(strstr(result.out, "every other figure rests on vectors that may come from the cache"));
	cli_free(&result);
	rq_json *report = cli_report("out/drift-report.json", true);
	ck_assert_str_eq(rq_json_string(rq_json_get(figure(report, "changed_vectors", "documents"), "sample")), sample);
	ck_assert_str_eq(rq_json_string(rq_json_get(figure(report, "silent_change", "documents"), "sample")), sample);
	ck_assert_ptr_null(rq_json_string(rq_json_get(figure(report, "silent_change", "topics"), "sample")));
	rq_json_free(report);
}
END_TEST

Suite *http_drift_suite(void)
{
	Suite *suite = suite_create("http_drift");
	TCase *tests = service_case("drift");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, the_same_model_passes);
	tcase_add_test(tests, another_model_fails);
	tcase_add_test(tests, a_cache_does_not_hide_it);
	tcase_add_test(tests, vectors_of_the_cache_are_no_evidence_against_those_that_changed);
	tcase_add_test(tests, a_pass_on_a_sample_says_so);
	return suite;
}
