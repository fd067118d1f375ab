#include "evalcore/model/comparison.h"

#include <check.h>

/* What stands in a report as a name is shown as it is. */
START_TEST(names_of_inputs)
{
	static const char *const known[] = {"config",          "corpus",          "topics",          "qrels",
	                                    "truth",           "baseline.corpus", "candidate.index", "baseline.approved",
	                                    "candidate.texts", "baseline.run",    "pinned.one",      "pinned.release-2026.11_b"};
	static const char *const unknown[] = {"", "texts", "vectors", "baseline", "baseline.", "baseline.config", "middle.corpus", "corpus\x1b[2J",
	                                      "baseline.index ", "pinned.a/b", "pinned.\x1b[2J", "pinned", "Corpus"};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		ck_assert_msg(rq_input_is_known(known[i]), "%s", known[i]);
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		ck_assert_msg(!rq_input_is_known(unknown[i]), "%s", unknown[i]);
}
END_TEST

Suite *comparison_suite(void)
{
	Suite *suite = suite_create("comparison");
	TCase *tests = tcase_create("comparison");

	tcase_add_test(tests, names_of_inputs);
	suite_add_tcase(suite, tests);
	return suite;
}
