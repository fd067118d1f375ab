/* Rows of the rooms that the reports know nothing of, and what names itself without a row. */
#include "house.h"

#include "datasets/format.h"
#include "datasets/problems.h"
#include "evalcore/doctor/doctor.h"
#include "evalcore/lexical/bm25.h"
#include "evalcore/pipeline/cache_folder.h"
#include "metrics/drift/drift.h"
#include "reports/eval.h"

static struct house house;

static void read_house(void)
{
	ck_assert_msg(house_read(&house, "."), "the tree cannot be read; run from the project's root");
}

static void release_house(void)
{
	house_release(&house);
}

START_TEST(rows_that_cite_nothing_have_words_and_a_case)
{
	for (size_t i = 0; rq_formats[i] != NULL; i++) {
		expect_words("format", rq_formats[i]->name, "help", rq_formats[i]->help);
		expect_case(&house, "tests/datasets/", rq_formats[i]->name);
	}
	for (size_t i = 0; i < RQ_PROBLEM_KINDS; i++) {
		expect_words("problem", rq_problem_classes[i].name, "its words", rq_problem_classes[i].words);
		expect_case(&house, "tests/datasets/", rq_problem_classes[i].name);
	}
	for (size_t i = 0; rq_checks[i] != NULL; i++) {
		expect_words("check", rq_checks[i]->name, "help", rq_checks[i]->help);
		expect_case(&house, "tests/doctor/", rq_checks[i]->name);
	}
	for (size_t i = 0; rq_eval_formats[i] != NULL; i++) {
		expect_words("format of eval", rq_eval_formats[i]->name, "help", rq_eval_formats[i]->help);
		expect_case(&house, "tests/cli/", rq_eval_formats[i]->name);
	}
	for (size_t i = 0; i < rq_cache_kind_count; i++) /* the case of each is a_damaged_entry_of_any_kind_is_made_again */
		expect_words("cache kind", rq_cache_kinds[i].name, "what it holds", rq_cache_kinds[i].what);
}
END_TEST

/* An index that configs name beside the backends. */
START_TEST(bm25_has_help_citation_and_a_case)
{
	expect_words("index", "bm25", "help", rq_bm25_help);
	expect_words("index", "bm25", "citation", rq_bm25_citation);
	expect_case(&house, "tests/lexical/", "bm25");
}
END_TEST

START_TEST(figures_of_drift_have_words_a_citation_and_a_case)
{
	for (size_t i = 0; i < RQ_DRIFT_FIGURES; i++) {
		const struct rq_drift_figure *figure = &rq_drift_figures[i];
		expect_words("figure of drift", figure->name, "meaning", figure->meaning);
		expect_words("figure of drift", figure->name, "advice", figure->advice);
		expect_words("figure of drift", figure->name, "citation", figure->citation);
		expect_case(&house, "tests/metrics/", figure->name);
	}
}
END_TEST

Suite *rows_suite(void)
{
	Suite *suite = suite_create("rows");
	TCase *tests = tcase_create("rows");

	tcase_add_unchecked_fixture(tests, read_house, release_house);
	tcase_add_test(tests, rows_that_cite_nothing_have_words_and_a_case);
	tcase_add_test(tests, bm25_has_help_citation_and_a_case);
	tcase_add_test(tests, figures_of_drift_have_words_a_citation_and_a_case);
	suite_add_tcase(suite, tests);
	return suite;
}
