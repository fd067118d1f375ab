/* Baselines on a terminal; tests/cli/test_baseline.c has them whole. What stands in a committed file may have been written by anybody, so nothing of
 * it steers the terminal or turns the direction of what stands beside it. */
#include "reports/baselines.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define EVIL "\x1b[2J\xE2\x80\xAEx\xD8\x9C\xE2\x81\xA7"

static const double scores[] = {1, .5};
static const char *topics[] = {EVIL, "q2"}, *slices[] = {EVIL, NULL};
static struct rq_baseline_metric metrics[] = {{.name = EVIL, .value = .75, .samples = 2, .per_topic = scores}};
static struct rq_named_text digests[] = {{EVIL, EVIL}};
static const struct rq_gate_result gates[] = {
	{.text = EVIL, .level = RQ_LEVEL_ERROR},
	{.text = "RR@10 >= 0.9",
     .level = RQ_LEVEL_WARN,
     .outcome = RQ_INCONCLUSIVE,
     .waived = RQ_WAIVED,
     .waiver = {.reason = EVIL, .by = EVIL, .until = EVIL}},
};
static const struct rq_baseline evil = {.name = EVIL,
                                        .by = EVIL,
                                        .why = EVIL,
                                        .when = EVIL,
                                        .program = EVIL,
                                        .suite = EVIL,
                                        .approved = EVIL,
                                        .verdict = EVIL,
                                        .gates = gates,
                                        .gate_count = 2,
                                        .digests = digests,
                                        .digest_count = 1,
                                        .side = {.embedder = EVIL, .served_by = EVIL, .index = EVIL},
                                        .topics = topics,
                                        .slices = slices,
                                        .topic_count = 2,
                                        .metrics = metrics,
                                        .metric_count = 1};

static const struct rq_style style = {.unicode = true, .width = 80};

static void expect_harmless(struct rq_buf *out)
{
	static const char *const bad[] = {"\x1b", "\xE2\x80\xAE", "\xD8\x9C", "\xE2\x81\xA7"};

	ck_assert_ptr_nonnull(strstr(out->data, "?[2J?x??"));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(strstr(out->data, bad[i]) == NULL, "%s", out->data);
	rq_buf_release(out);
}

START_TEST(nothing_steers_the_terminal)
{
	const struct rq_baselines all = {.items = &evil, .count = 1, .folder = "baselines"};
	struct rq_baseline other = {.name = "b", .program = "1", .side = {.index = "exact"}};
	struct rq_baseline_diff diff = {0};
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_int_eq(rq_baselines_table(&out, &all, style, &err), RQ_OK);
	expect_harmless(&out);
	ck_assert_int_eq(rq_baseline_page(&out, &evil, true, style, &err), RQ_OK);
	expect_harmless(&out);
	ck_assert(rq_baseline_diff_make(&diff, &evil, &other, &err) == RQ_OK && rq_baseline_diff_table(&out, &diff, 5, style, &err) == RQ_OK);
	expect_harmless(&out);
	rq_baseline_diff_release(&diff);
}
END_TEST

START_TEST(gates_are_told_with_their_waivers)
{
	static const struct rq_gate_result said[] = {
		{.text = "RR@10 >= 0.1", .level = RQ_LEVEL_ERROR},
		{.text = "AP >= 0.9", .level = RQ_LEVEL_WARN, .outcome = RQ_FAIL},
		{.text = "P@5 >= 0.9",
	     .level = RQ_LEVEL_ERROR,
	     .outcome = RQ_FAIL,
	     .absent = true,
	     .waived = RQ_WAIVER_EXPIRED,
	     .waiver = {.reason = "until Monday", .by = "ann", .until = "2026-12-31"}},
	};
	struct rq_baseline baseline = {.name = "a",
	                               .program = "1",
	                               .approved = "candidate",
	                               .verdict = "fail",
	                               .forced = true,
	                               .when = "2026-11-21T03:00:00Z",
	                               .side = {.index = "exact"},
	                               .gates = said,
	                               .gate_count = 3};
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_int_eq(rq_baseline_page(&out, &baseline, false, style, &err), RQ_OK);
	ck_assert_ptr_nonnull(strstr(out.data, "verdict        fail, forced\n"
	                                       "gates          RR@10 >= 0.1: pass\n"
	                                       "               AP >= 0.9: fail, warns alone\n"
	                                       "               P@5 >= 0.9: no data, once waived by ann until 2026-12-31: until Monday\n"));
	rq_buf_release(&out);
}
END_TEST

Suite *baselines_text_suite(void)
{
	Suite *suite = suite_create("baselines_text");
	TCase *tests = tcase_create("baselines_text");

	tcase_add_test(tests, nothing_steers_the_terminal);
	tcase_add_test(tests, gates_are_told_with_their_waivers);
	suite_add_tcase(suite, tests);
	return suite;
}
