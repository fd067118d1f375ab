/* Unique@k, Sources@k and ILD@k: what they make of lists whose documents are known. */
#include "metrics/diversity.h"
#include "metrics/metric.h"

#include <check.h>
#include <math.h>

#define NEAR(value, expected) ck_assert_double_eq_tol(value, expected, 1e-12)

static const uint64_t ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, eight[] = {1, 2, 3, 4, 5, 6, 7, 8},
					  others[] = {11, 12};
static const struct rq_shingles all = {ten, 10}, most = {nine, 9}, fewer = {eight, 8}, other = {others, 2}, empty = {NULL, 0}, unknown = {NULL, 1};

START_TEST(resemblance_is_jaccard)
{
	NEAR(rq_resemblance(&all, &most), .9);
	NEAR(rq_resemblance(&fewer, &all), .8);
	NEAR(rq_resemblance(&all, &all), 1);
	NEAR(rq_resemblance(&all, &other), 0);
	NEAR(rq_resemblance(&other, &empty), 0);
	NEAR(rq_resemblance(&empty, &empty), 1);
}
END_TEST

START_TEST(near_duplicates_of_earlier_documents_count)
{
	const struct rq_shingles *const list[] = {&all, &other, &most, &fewer, &unknown, &unknown, &empty, &empty};

	NEAR(rq_unique_share(list, 0), 0);
	NEAR(rq_unique_share(list, 1), 1);
	NEAR(rq_unique_share(list, 3), 2. / 3); /* nine of ten: .9 itself counts */
	NEAR(rq_unique_share(list, 4), .75);    /* eight of nine are .89, of ten .8 */
	NEAR(rq_unique_share(list + 3, 3), 1);
	NEAR(rq_unique_share(list + 4, 4), .75); /* nothing is known of two, and two say nothing */
}
END_TEST

START_TEST(distinct_sources)
{
	const char *const sources[] = {"a", "b", "a", "a", "c"};

	NEAR(rq_source_share(sources, 5), .6);
	NEAR(rq_source_share(sources, 1), 1);
	NEAR(rq_source_share(sources, 0), 0);
}
END_TEST

START_TEST(distances_between_vectors)
{
	const float x[] = {2, 0}, y[] = {0, 3}, back[] = {-1, 0}, zero[] = {0, 0};
	const float *const right_angle[] = {x, y}, *const opposite[] = {x, back}, *const same[] = {x, x, x}, *const mixed[] = {x, y, back},
					   *const nothing[] = {x, zero};

	NEAR(rq_list_distance(right_angle, 2, 2), .5);
	NEAR(rq_list_distance(opposite, 2, 2), 1);
	NEAR(rq_list_distance(same, 3, 2), 0);
	NEAR(rq_list_distance(mixed, 3, 2), (.5 + 1 + .5) / 3);
	NEAR(rq_list_distance(nothing, 2, 2), .5);
	NEAR(rq_list_distance(mixed, 1, 2), 0);
}
END_TEST

START_TEST(names)
{
	static const char *const known[] = {"Unique@10", "Sources@5", "ILD@10"};

	for (size_t i = 0; i < 3; i++) {
		struct rq_metric_spec spec;
		struct rq_error err = {0};
		ck_assert_msg(rq_metric_parse(&spec, known[i], &err) == RQ_OK, "%s", err.text);
		ck_assert_str_eq(spec.name, known[i]);
		ck_assert(spec.metric->source == RQ_FROM_DOCUMENTS && spec.metric->trait == (enum rq_trait)i);
		ck_assert(rq_metric_pairs(spec.metric)); /* a drop of it can be a gate */
	}
}
END_TEST

Suite *diversity_suite(void)
{
	Suite *suite = suite_create("diversity");
	TCase *tests = tcase_create("diversity");

	tcase_add_test(tests, resemblance_is_jaccard);
	tcase_add_test(tests, near_duplicates_of_earlier_documents_count);
	tcase_add_test(tests, distinct_sources);
	tcase_add_test(tests, distances_between_vectors);
	tcase_add_test(tests, names);
	suite_add_tcase(suite, tests);
	return suite;
}
