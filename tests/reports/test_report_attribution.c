/* Where differences come from, as reports tell it. */
#include "fixture.h"

static struct fixture *fixture;

static void set_up(void)
{
	fixture = report_start();
	report_judged(fixture, "RR@10", .5, .4637, -.05, -.02);
	fixture->values[0][RQ_BASELINE][3] = 1; /* the last topic lost all */
	fixture->exact[RQ_BASELINE][3] = 1;
	fixture->exact[RQ_CANDIDATE][3] = .75;
	fixture->condensed[RQ_BASELINE][3] = 1;
	fixture->condensed[RQ_CANDIDATE][3] = .5;
	report_attribution(fixture, 0);
	report_verdict(fixture, RQ_FAIL, "FAIL: RR@10 fell");
}

static void tear_down(void)
{
	report_end(fixture);
}

static void expect(bool present, const char *part)
{
	struct rq_buf out = {0};

	ck_assert_int_eq(rq_report_table(&out, &fixture->report, (struct rq_style){0}, NULL), RQ_OK);
	ck_assert_msg((strstr(out.data, part) != NULL) == present, "got\n%s", out.data);
	rq_buf_release(&out);
}

START_TEST(a_line_a_metric)
{
	expect(true, "\nRR@10 -0.0363 = embedding -0.0251 + index -0.0112; judging +0.0010 beside it\n");
	expect(true, "\ntopic q4 lost 1.0000 in RR@10: exact search still has _a_ at 1; HNSW32 misses it\n");
	report_verdict(fixture, RQ_PASS, "PASS: ...");
	expect(false, "topic q4");
}
END_TEST

START_TEST(summands_add_up_as_they_are_shown)
{
	fixture->metrics[0].attribution =
		(struct rq_attribution){.topics = 4, .of = 4, .delta = -.00028, .embedding = -.00014, .index = -.00014, .judging = NAN};
	expect(true, "\nRR@10 -0.0003 = embedding -0.0001 + index -0.0002\n");
	fixture->metrics[0].attribution =
		(struct rq_attribution){.topics = 4, .of = 4, .delta = -.00028, .embedding = -.000145, .index = -.000135, .judging = NAN};
	expect(true, "\nRR@10 -0.0003 = embedding -0.0002 + index -0.0001\n");
	/* half a unit: printing takes it to the even digit, round() away from 0 */
	fixture->metrics[0].attribution = (struct rq_attribution){.topics = 4, .of = 4, .delta = -.03125, .embedding = -.03125, .judging = NAN};
	expect(true, "\nRR@10 -0.0312 = embedding -0.0312 + index 0.0000\n");
	fixture->metrics[0].attribution = (struct rq_attribution){.topics = 4, .of = 4, .delta = -.03125, .embedding = -.03125 - .0625, .index = .0625, .judging = NAN};
	expect(true, "\nRR@10 -0.0312 = embedding -0.0937 + index +0.0625\n");
}
END_TEST

START_TEST(another_corpus_is_a_summand_of_its_own)
{
	struct rq_buf out = {0};

	fixture->comparison.exact_part = "embedding and corpus";
	expect(true, "\nRR@10 -0.0363 = embedding and corpus -0.0251 + index -0.0112; judging +0.0010 beside it\n");
	fixture->comparison.exact_part = "corpus";
	expect(true, "\nRR@10 -0.0363 = corpus -0.0251 + index -0.0112; judging +0.0010 beside it\n");
	ck_assert_int_eq(rq_writer_find("json")->write(&out, &fixture->report, NULL), RQ_OK);
	ck_assert_ptr_nonnull(strstr(out.data, "        \"embedding\": null,\n        \"corpus\": -0.02514,\n        \"index\": -0.01116,\n"));
	rq_buf_clear(&out);
	ck_assert_int_eq(rq_writer_find("md")->write(&out, &fixture->report, NULL), RQ_OK);
	ck_assert_ptr_nonnull(strstr(out.data, "| metric | difference = | corpus + | index | beside it: judging | |"));
	rq_buf_release(&out);
}
END_TEST

START_TEST(a_sample_says_so)
{
	fixture->metrics[0].attribution.of = 9;
	expect(true, "\nRR@10 -0.0363 on 4 of 9 topics = embedding -0.0251 + index -0.0112; judging +0.0010 beside it\n");
}
END_TEST

START_TEST(what_is_not_split_says_why)
{
	struct rq_attribution *part = &fixture->metrics[0].attribution;

	*part = (struct rq_attribution){
		.absent = "not split: the baseline is a run file", .of = 4, .delta = NAN, .embedding = NAN, .index = NAN, .judging = -.002};
	expect(true, "\nRR@10 -0.0363; judging -0.0020 beside it\nnot split: the baseline is a run file\n");
	part->judging = 0;
	expect(false, "RR@10 -0.0363;");
	expect(true, "\nnot split: the baseline is a run file\n");
	fixture->metrics[0].paired.identical = true;
	expect(false, "not split");
}
END_TEST

START_TEST(nothing_is_said_of_nothing)
{
	fixture->metrics[0].attribution = (struct rq_attribution){.topics = 4, .of = 4, .delta = 1e-5, .embedding = 1e-5};
	expect(false, "embedding");
	fixture->metrics[0].attribution = (struct rq_attribution){.topics = 4, .of = 4, .delta = 0, .embedding = .1, .index = -.1}; /* they cancel out */
	expect(true, "\nRR@10 0.0000 = embedding +0.1000 + index -0.1000\n");
}
END_TEST

START_TEST(in_json)
{
	struct rq_buf out = {0};

	ck_assert_int_eq(rq_writer_find("json")->write(&out, &fixture->report, NULL), RQ_OK);
	ck_assert_ptr_nonnull(strstr(out.data, "      \"attribution\": {\n"
	                                       "        \"topics\": 4,\n"
	                                       "        \"of\": 4,\n"
	                                       "        \"difference\": -0.0363,\n"
	                                       "        \"embedding\": -0.02514,\n"
	                                       "        \"index\": -0.01116,\n"
	                                       "        \"judging\": 0.00104,\n"
	                                       "        \"slices\": {\n"
	                                       "          \"billing\": {\n"
	                                       "            \"topics\": 0,\n"
	                                       "            \"of\": 2,\n"
	                                       "            \"difference\": null,\n"
	                                       "            \"embedding\": null,\n"
	                                       "            \"index\": null,\n"
	                                       "            \"judging\": 0.5,\n"
	                                       "            \"absent\": \"not split: exact search has answered none of its topics\"\n"
	                                       "          }\n"
	                                       "        }\n"
	                                       "      },\n"
	                                       "      \"condensed\": {\n"
	                                       "        \"delta\": -0.25,\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "      \"judged\": [0.875, 0.75],\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "        \"RR@10\": [1, 0]\n"
	                                       "      },\n"
	                                       "      \"attribution\": {\n"
	                                       "        \"RR@10\": [-0.25, -0.75, -0.5]\n"
	                                       "      },\n"
	                                       "      \"cause\": \"exact search still has _a_ at 1; HNSW32 misses it\"\n"));
	rq_buf_release(&out);
}
END_TEST

Suite *report_attribution_suite(void)
{
	Suite *suite = suite_create("report_attribution");
	TCase *tests = tcase_create("report_attribution");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_line_a_metric);
	tcase_add_test(tests, summands_add_up_as_they_are_shown);
	tcase_add_test(tests, another_corpus_is_a_summand_of_its_own);
	tcase_add_test(tests, a_sample_says_so);
	tcase_add_test(tests, what_is_not_split_says_why);
	tcase_add_test(tests, nothing_is_said_of_nothing);
	tcase_add_test(tests, in_json);
	suite_add_tcase(suite, tests);
	return suite;
}
