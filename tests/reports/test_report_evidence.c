/* What stands beside the verdict, as each writer tells it: resamples and power, and slices. */
#include "fixture.h"

static struct fixture *fixture;
static struct rq_slice_difference slices[] = {
	{"billing", {.8, .5}, {.n = 40, .delta = -.3, .lower = -.4, .upper = -.2, .p_worse = .001}, .002},
	{"security", {.5, .25}, {.n = 12, .delta = -.25, .lower = -.75, .upper = .25, .p_worse = .2}, NAN},
	{"a | b", {.5, .625}, {.n = 31, .delta = .125, .lower = -.1, .upper = .35, .p_worse = .9}, .9},
};

static void set_up(void)
{
	fixture = report_start();
	struct rq_metric_result *gated = report_judged(fixture, "nDCG@10", .5512, .5149, -.0510, -.0210);
	gated->evidence = (struct rq_evidence){true, .0004, -.0529, -.0203, .02, .0187, 231};
	gated->slices = slices;
	gated->slice_count = sizeof slices / sizeof *slices;
	report_judged(fixture, "RR@10", .8, .8, -.01, .01)->evidence = (struct rq_evidence){true, 1, NAN, NAN, NAN, NAN, 0};
	report_judged(fixture, "R@10", .8, .8, -.01, .01)->evidence = (struct rq_evidence){true, .5, 0, .125, .000001, NAN, 0};
	report_time(fixture, "latency.p99", .02, .02);
	report_verdict(fixture, RQ_FAIL, "FAIL: nDCG@10 is too low");
}

static void tear_down(void)
{
	report_end(fixture);
}

static struct rq_buf written(const char *writer)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_msg(rq_writer_find(writer)->write(&out, &fixture->report, &err) == RQ_OK, "%s", err.text);
	return out;
}

static void expect(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in\n%s", part, text);
}

START_TEST(a_comment)
{
	struct rq_buf page = written("md");

	expect(page.data, "\n### Evidence\n\nBeside the verdict and in no gate: ");
	expect(page.data, "\n| metric | sign-flip p | 90 % BCa interval | drop that shows | topics to pass |\n|:--|--:|:--|--:|--:|\n"
	                  "| nDCG@10 | 0.0004 | -0.0529 to -0.0203 | 0.0187 | 231 |\n"
	                  "| RR@10 | 1.0000 | - | - | - |\n"
	                  "| R@10 | 0.5000 | 0.0000 to +0.1250 | - | more than 10 million |\n\n");
	expect(page.data, "\n### Slices (nDCG@10)\n\n"
	                  "Advice: a slice in bold fell, with q at most 0.10 after Benjamini-Hochberg over the slices of 30 topics or more.\n\n"
	                  "| slice | topics | before -> after | difference (90 % interval) | q |\n|:--|--:|:--|:--|--:|\n"
	                  "| **billing** | 40 | 0.8000 -> 0.5000 | -0.3000 (-0.400 to -0.200) | 0.0020 |\n"
	                  "| security | 12 | 0.5000 -> 0.2500 | -0.2500 (-0.750 to +0.250) | - |\n"
	                  "| a \\| b | 31 | 0.5000 -> 0.6250 | +0.1250 (-0.100 to +0.350) | 0.9000 |\n");
	ck_assert_ptr_null(strstr(page.data, "more, in report.json"));
	rq_buf_release(&page);
}
END_TEST

START_TEST(many_slices_are_cut)
{
	struct rq_slice_difference many[12];

	for (size_t i = 0; i < 12; i++)
		many[i] = (struct rq_slice_difference){.slice = i % 2 == 0 ? "even" : "odd", .paired = {.n = 40, .delta = .01 * (double)i}, .q = .5};
	fixture->metrics[0].slices = many;
	fixture->metrics[0].slice_count = 12;
	struct rq_buf page = written("md");
	expect(page.data, "+0.0900 ");
	ck_assert_ptr_null(strstr(page.data, "+0.1000 "));
	expect(page.data, "\nand 2 more, in report.json\n");
	rq_buf_release(&page);
}
END_TEST

static void expect_number(const rq_json *object, const char *key, double expected)
{
	const rq_json *value = rq_json_get(object, key);

	ck_assert_msg(value != NULL, "there is no \"%s\"", key);
	if (isnan(expected))
		ck_assert_int_eq(rq_json_type(value), RQ_JSON_NULL);
	else
		ck_assert_double_eq(rq_json_number(value), expected);
}

START_TEST(machines)
{
	struct rq_buf text = written("json");
	struct rq_error err = {0};
	rq_json *root = NULL;

	ck_assert_msg(rq_json_parse(&root, text.data, text.size, "report.json", &err) == RQ_OK, "%s", err.text);
	const rq_json *gated = rq_json_first(rq_json_get(root, "metrics")), *free_one = rq_json_next(gated), *hopeless = rq_json_next(free_one);
	expect_number(gated, "sign_flip_p", .0004);
	expect_number(gated, "bca_lower", -.0529);
	expect_number(gated, "bca_upper", -.0203);
	expect_number(gated, "mde_margin", .02);
	expect_number(gated, "mde", .0187);
	expect_number(gated, "topics_to_pass", 231);
	expect_number(free_one, "bca_lower", NAN);
	expect_number(free_one, "mde_margin", NAN);
	expect_number(free_one, "mde", NAN);
	expect_number(free_one, "topics_to_pass", NAN);
	expect_number(hopeless, "mde_margin", .000001);
	expect_number(hopeless, "topics_to_pass", NAN);
	ck_assert_ptr_null(rq_json_get(free_one, "slices"));
	ck_assert_uint_eq(rq_json_size(rq_json_get(gated, "slices")), 3);
	const rq_json *slice = rq_json_first(rq_json_get(gated, "slices"));
	ck_assert_str_eq(rq_json_string(rq_json_get(slice, "slice")), "billing");
	expect_number(slice, "baseline", .8);
	expect_number(slice, "candidate", .5);
	expect_number(slice, "delta", -.3);
	expect_number(slice, "n", 40);
	expect_number(slice, "q", .002);
	expect_number(rq_json_next(slice), "q", NAN);
	const rq_json *time = rq_json_first(rq_json_get(rq_json_get(root, "run"), "metrics"));
	ck_assert_ptr_nonnull(time);
	ck_assert_ptr_null(rq_json_get(time, "sign_flip_p"));
	rq_json_free(root);
	rq_buf_release(&text);
}
END_TEST

Suite *report_evidence_suite(void)
{
	Suite *suite = suite_create("report_evidence");
	TCase *tests = tcase_create("report_evidence");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_comment);
	tcase_add_test(tests, many_slices_are_cut);
	tcase_add_test(tests, machines);
	suite_add_tcase(suite, tests);
	return suite;
}
