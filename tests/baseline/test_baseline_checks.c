/* What is compared with a baseline, whether its scores are those of its rankings, and what two do not have in common. */
#include "fixture.h"

#include "evalcore/baseline/diff.h"

static struct rq_baseline one;
static struct rq_error err;

static void set_up(void)
{
	err = (struct rq_error){0};
	fixture_start();
	ck_assert_msg(rq_baseline_read(&one, fixture_baselines, "one", &err) == RQ_OK && rq_baseline_read_rankings(&one, &err) == RQ_OK, "%s", err.text);
}

static void tear_down(void)
{
	rq_baseline_release(&one);
	fixture_end();
}

static const char *differs(const char *field, const char *input, const char *sha256)
{
	struct rq_named_text inputs = {input, sha256};
	struct rq_comparison comparison = {.inputs = &inputs, .input_count = sha256 != NULL};
	const char *how = "";

	ck_assert_int_eq(rq_baseline_differs(&how, &one, field, &comparison, &one.arena, &err), RQ_OK);
	return how;
}

START_TEST(only_like_is_compared_with_like)
{
	ck_assert_ptr_null(differs("corpus", "corpus", OTHER));
	ck_assert_str_eq(differs("corpus", "corpus", CORPUS), "corpus: sha256 bbbbbbbbbbbb when it was approved, aaaaaaaaaaaa here");
	ck_assert_str_eq(differs("corpus", "corpus", NULL), "corpus: sha256 bbbbbbbbbbbb when it was approved, none here");
	ck_assert_str_eq(differs("topics", "topics", OTHER), "topics: none when it was approved, sha256 bbbbbbbbbbbb here");
	ck_assert_ptr_null(differs("topics", "topics", NULL));
	ck_assert_ptr_null(differs("metrics_version", "x", NULL));
	one.metrics_version = 0;
	ck_assert_str_eq(differs("metrics_version", "x", NULL), "metrics_version: 0 when it was approved, 1 here");
}
END_TEST

START_TEST(scores_are_those_of_the_rankings)
{
	ck_assert_msg(rq_baseline_check_scores(&one, &fixture_qrels, &err) == RQ_OK, "%s", err.text);
	((double *)one.metrics[0].per_topic)[1] = nextafter(.5, 1); /* the last bit */
	ck_assert_int_eq(rq_baseline_check_scores(&one, &fixture_qrels, &err), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, "RR@10 of topic \"q2\" is 0.50000000000000011, and its rankings give 0.5: "));
	((double *)one.metrics[0].per_topic)[1] = .5;
}
END_TEST

static void expect_fault(const char *fault)
{
	ck_assert_int_eq(rq_baseline_check_values(&one, &err), RQ_E_DATA);
	ck_assert_msg(strncmp(err.text, one.file, strlen(one.file)) == 0 && strcmp(err.text + strlen(one.file), fault) == 0, "%s", err.text);
}

/* Even where whoever changed it has sealed it anew. */
START_TEST(values_are_those_of_the_scores)
{
	struct rq_baseline_metric *rr = &one.metrics[0], *recall = &one.metrics[1];
	double *scores = (double *)recall->per_topic;

	ck_assert_msg(rq_baseline_check_values(&one, &err) == RQ_OK, "%s", err.text);
	rr->value = .626;
	expect_fault(": RR@10 is 0.626, and its topics give 0.625; approve a new baseline");
	rr->value = .625;
	recall->value = .5; /* what cannot be computed from the rankings is the mean of its scores all the same */
	expect_fault(": ann_recall@10 is 0.5, and its topics give 0.83333333333333337; approve a new baseline");
	recall->value = 2.5 / 3;
	recall->samples = 4;
	expect_fault(": ann_recall@10 is of 4 topics, and 3 have a score of it; approve a new baseline");
	recall->samples = 3;
	scores[0] = 1.5;
	expect_fault(": ann_recall@10 of topic \"q1\" is 1.5; expected a number from 0 to 1");
	scores[0] = 1;
	((double *)rr->per_topic)[2] = NAN; /* no topic is outside of a metric on judgments */
	expect_fault(": RR@10 of topic \"q3\" is nan; expected a number from 0 to 1");
	((double *)rr->per_topic)[2] = 0;
	rr->name = "latency.p50";
	expect_fault(": metrics[0].metric: \"latency.p50\" is not a metric that this version keeps scores of");
	rr->name = "RQ@10";
	expect_fault(": metrics[0].metric: \"RQ@10\" is not a metric that this version keeps scores of");
	one.metrics_version = 0; /* whose names may be others */
	ck_assert_int_eq(rq_baseline_check_values(&one, &err), RQ_OK);
}
END_TEST

START_TEST(two_side_by_side)
{
	struct rq_baseline_diff diff = {0};
	struct rq_baseline two = {0};
	/* q1 falls by 1, q2 rises by 1/4, q3 stays, q5 is scored in the other alone */
	const double scores[] = {0, .75, 0, 1}, precision[] = {1, 1, 1, 1};
	const char *ids[] = {"q1", "q2", "q3", "q5"}, *slices[4] = {NULL};
	struct rq_baseline_metric metrics[] = {{"RR@10", .4375, 4, scores, true}, {"P@1", 1, 4, precision, true}};
	struct rq_named_text digests[] = {{"corpus", CORPUS}, {"vectors", CORPUS}, {"run", OTHER}};

	two = (struct rq_baseline){.name = "two",
	                           .program = "0.1.0",
	                           .topics = ids,
	                           .slices = slices,
	                           .topic_count = 4,
	                           .metrics = metrics,
	                           .metric_count = 2,
	                           .digests = digests,
	                           .digest_count = 3,
	                           .side = {.embedder = "lsa", .model = "m", .index = "exact"}};
	ck_assert_msg(rq_baseline_diff_make(&diff, &one, &two, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(diff.metric_count, 3);
	ck_assert_str_eq(diff.metrics[0].name, "RR@10");
	ck_assert(diff.metrics[0].a == .625 && diff.metrics[0].b == .4375 && diff.metrics[0].topics == 3 && diff.metrics[0].rose == 1 &&
	          diff.metrics[0].fell == 1);
	ck_assert(isnan(diff.metrics[1].b) && diff.metrics[1].topics == 0); /* ann_recall */
	ck_assert_str_eq(diff.metrics[2].name, "P@1");
	ck_assert(isnan(diff.metrics[2].a) && diff.metrics[2].topics == 0);
	ck_assert_uint_eq(diff.topic_count, 2);
	ck_assert_str_eq(diff.topics[0].topic, "q1");
	ck_assert_str_eq(diff.topics[0].slice, "billing");
	ck_assert_str_eq(diff.topics[1].topic, "q2");
	ck_assert(diff.only_a == 1 && diff.only_b == 1);
	static const char *const changed[] = {"corpus", "config", "qrels", "index", "run", "variant", "index described as"};
	ck_assert_uint_eq(diff.change_count, sizeof changed / sizeof *changed);
	for (size_t i = 0; i < diff.change_count; i++)
		ck_assert_str_eq(diff.changes[i].name, changed[i]);
	ck_assert_ptr_null(diff.changes[4].a);
	rq_baseline_diff_release(&diff);
}
END_TEST

Suite *baseline_checks_suite(void)
{
	Suite *suite = suite_create("baseline_checks");
	TCase *tests = tcase_create("baseline_checks");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, only_like_is_compared_with_like);
	tcase_add_test(tests, scores_are_those_of_the_rankings);
	tcase_add_test(tests, values_are_those_of_the_scores);
	tcase_add_test(tests, two_side_by_side);
	suite_add_tcase(suite, tests);
	return suite;
}
