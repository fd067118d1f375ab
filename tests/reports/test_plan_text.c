/* The plan's table, letter by letter, and its JSON. */
#include "reports/report.h"

#include <check.h>
#include <math.h>
#include <string.h>

static struct rq_plan_stage stages[] = {
	{.stage = "load", .state = RQ_PLAN_READ, .what = "1,400 documents", .seconds = {.01, .04}, .memory = 27e6},
	{.side = "baseline", .stage = "fit", .what = "fit lsa to 1,400 documents", .seconds = {.34, 1.36}, .memory = 160.4e6, .stored = 47e6},
	{.side = "baseline",
     .stage = "embed",
     .state = RQ_PLAN_COMPUTE,
     .what = "embed with lsa",
     .texts = 1625,
     .known = 25,
     .to_embed = 1600,
     .rows = 1625,
     .dimension = 256,
     .bytes = 1664000,
     .seconds = {2, 8},
     .memory = 99.96e6,
     .stored = 1e6},
	{.side = "candidate", .stage = "index", .what = "build \x1b[31mNSG\n", .seconds = {NAN, NAN}, .memory = 1.2e9},
	{.stage = "exact", .state = RQ_PLAN_LEFT_OUT, .what = "not needed", .memory = 1.2e9},
	{.stage = "latency", .what = "at most 9 h", .seconds = {700, 2800}, .memory = 1.2e9},
};

static struct rq_plan plan_of_test(void)
{
	return (struct rq_plan){
		.suite = "help\tcentre",
		.documents = 1400,
		.topics = 225,
		.stages = stages,
		.stage_count = sizeof stages / sizeof *stages,
		.exact = {.state = RQ_PLAN_LEFT_OUT,
	              .decision = "not done",
	              .products = 8.1e10,
	              .seconds = {70, 280},
	              .budget = 60,
	              .topics = 225,
	              .most_topics = 100},
		.cache = "cache",
		.texts = 1625,
		.known = 25,
		.to_embed = 1600,
		.seconds = {702, 9000},
		.unknown = 1,
		.memory = 1.2e9,
		.memory_left = 16.4e9,
		.stored = 48e6,
	};
}

static void check_sentence(const struct rq_plan *plan, const char *expected)
{
	struct rq_buf out = {0};

	rq_plan_sentence(&out, plan);
	ck_assert_str_eq(out.data, expected);
	rq_buf_release(&out);
}

START_TEST(the_table)
{
	struct rq_plan plan = plan_of_test();
	const char *warnings[] = {"candidate: how long NSG takes is not known"};
	struct rq_buf out = {0};
	struct rq_error err = {0};

	plan.warnings = warnings;
	plan.warning_count = 1;
	ck_assert_int_eq(rq_plan_table(&out, &plan, (struct rq_style){0}, &err), RQ_OK);
	ck_assert_str_eq(
		out.data,
		"help?centre, plan: nothing was computed, written or sent\n"
		"\n"
		"stage                      texts  cached  to embed      vectors   bytes          time  memory  what\n"
		"----------------------------------------------------------------------------------------------------"
		"---------------------\n"
		"load             read                                                     under 0.1 s   27 MB  1,400 documents\n"
		"baseline fit                                                             0.3 to 1.4 s  160 MB  fit lsa to 1,400 documents\n"
		"baseline embed             1,625      25     1,600  1,625 x 256  1.7 MB  2.0 to 8.0 s  100 MB  embed with lsa\n"
		"candidate index                                                               unknown  1.2 GB  build ?[31mNSG?\n"
		"exact            left out                                                                      not needed\n"
		"latency                                                                  12 to 47 min  1.2 GB  at most 9 h\n"
		"\n"
		"exact search: not done; 8.1e+10 multiplications, 1.2 to 4.7 min where the budget is 60 s a side\n"
		"warning: candidate: how long NSG takes is not known\n"
		"\n"
		"about 12 to 150 min without 1 stage of unknown length and 1.2 GB of 16 GB; 48 MB to cache; nothing is sent; 25 of 1,625 texts are there\n");
	ck_assert_ptr_null(strstr(out.data, "note:"));
	rq_buf_clear(&out);
	ck_assert_int_eq(rq_plan_table(&out, &plan, (struct rq_style){.width = 80}, &err), RQ_OK);
	for (const char *line = out.data; *line != '\0'; line += strcspn(line, "\n") + 1)
		ck_assert_msg(strcspn(line, "\n") <= 80, "%s", line);
	rq_buf_clear(&out);
	plan.crowding = 7.6;
	ck_assert_int_eq(rq_plan_table(&out, &plan, (struct rq_style){0}, &err), RQ_OK);
	ck_assert_ptr_nonnull(strstr(
		out.data,
		"is not known\nnote: 8 tasks share each core just now; the times are for a machine that stays so, and less sure\n\nabout 12 to 150 min"));
	rq_buf_release(&out);
}
END_TEST

START_TEST(the_sentence)
{
	struct rq_plan plan = plan_of_test();

	plan.unknown = 0;
	plan.seconds = (struct rq_range){3.2, 12.6};
	plan.known = plan.texts;
	plan.stored = 0;
	plan.sent = 2.5e6;
	check_sentence(&plan, "about 3.2 to 13 s and 1.2 GB of 16 GB; nothing new to cache; 2.5 MB are sent; all 1,625 texts are there\n");
	plan.texts = 0;
	plan.cache = NULL;
	plan.sent = 0;
	plan.memory_left = 0;
	plan.unknown = 2;
	plan.seconds = (struct rq_range){.02, .08};
	check_sentence(&plan, "under 0.1 s without 2 stages of unknown length and 1.2 GB; nothing is cached; nothing is sent\n");
}
END_TEST

START_TEST(the_json)
{
	struct rq_plan plan = plan_of_test();
	struct rq_buf out = {0};
	struct rq_error err = {0};
	rq_json *root;

	ck_assert_int_eq(rq_plan_json(&out, &plan, &err), RQ_OK);
	ck_assert_msg(rq_json_parse(&root, out.data, out.size, "plan", &err) == RQ_OK, "%s", err.text);
	const rq_json *list = rq_json_get(root, "stages"), *stage = rq_json_first(list);
	ck_assert_uint_eq(rq_json_size(list), 6);
	ck_assert_int_eq(rq_json_type(rq_json_get(stage, "side")), RQ_JSON_NULL);
	for (int i = 0; i < 3; i++)
		stage = rq_json_next(stage);
	ck_assert_str_eq(rq_json_string(rq_json_get(stage, "what")), stages[3].what);
	ck_assert_int_eq(rq_json_type(rq_json_get(stage, "seconds")), RQ_JSON_NULL);
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(root, "exact"), "most_topics")), 100);
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(root, "totals"), "memory")), 1.2e9);
	rq_json_free(root);
	rq_buf_release(&out);
}
END_TEST

Suite *plan_text_suite(void)
{
	Suite *suite = suite_create("plan_text");
	TCase *tests = tcase_create("plan_text");

	tcase_add_test(tests, the_table);
	tcase_add_test(tests, the_sentence);
	tcase_add_test(tests, the_json);
	suite_add_tcase(suite, tests);
	return suite;
}
