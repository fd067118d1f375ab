#include "metrics/metric.h"

#include <check.h>

START_TEST(a_share_of_the_exact_top)
{
	static const double truth[] = {.9, .8, .7, .6, .5}, returned[] = {.6, .9, .3, .7};

	ck_assert_double_eq(rq_ann_recall(returned, 4, truth, 5, 4), 3.0 / 4);
	ck_assert_double_eq(rq_ann_recall(returned, 4, truth, 5, 5), 3.0 / 5);
	ck_assert_double_eq(rq_ann_recall(truth, 5, truth, 5, 5), 1);
	ck_assert_double_eq(rq_ann_recall(returned, 0, truth, 5, 5), 0);
}
END_TEST

START_TEST(a_document_at_the_distance_of_the_kth_counts)
{
	/* Three documents share the second place; which of them comes back is no loss. */
	static const double truth[] = {.9, .5, .5, .5}, returned[] = {.9, .5}, beyond[] = {.9, .49};

	ck_assert_double_eq(rq_ann_recall(returned, 2, truth, 4, 2), 1);
	ck_assert_double_eq(rq_ann_recall(beyond, 2, truth, 4, 2), 0.5);
}
END_TEST

START_TEST(a_corpus_smaller_than_k_is_no_loss)
{
	static const double truth[] = {.9, .5, -.2};

	ck_assert_double_eq(rq_ann_recall(truth, 3, truth, 3, 10), 1);
	ck_assert_double_eq(rq_ann_recall(truth, 2, truth, 3, 10), 2.0 / 3);
	ck_assert_double_eq(rq_ann_recall(truth, 3, truth, 0, 10), 0);
	ck_assert_double_eq(rq_ann_recall(truth, 3, truth + 2, 1, 10), 1); /* a list of the truth that is too short never makes more than 1 */
}
END_TEST

Suite *ann_recall_suite(void)
{
	Suite *suite = suite_create("ann_recall");
	TCase *recall = tcase_create("recall");

	tcase_add_test(recall, a_share_of_the_exact_top);
	tcase_add_test(recall, a_document_at_the_distance_of_the_kth_counts);
	tcase_add_test(recall, a_corpus_smaller_than_k_is_no_loss);
	suite_add_tcase(suite, recall);
	return suite;
}
