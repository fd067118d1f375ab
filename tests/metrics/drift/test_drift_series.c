/* Pettitt's test of a change of level, and what figures of drift are called and say. */
#include "metrics/drift/series.h"

#include "evalcore/base/random.h"

#include "made.h"

#include <math.h>
#include <string.h>

static struct rq_error err;

static struct rq_change_point find(const double *series, size_t n)
{
	struct rq_change_point point;

	EXPECT_OK(rq_change_point(&point, series, n, 1, &err));
	return point;
}

/* change_point: the flow of the Nile at Aswan, 1871 to 1970 (Cobb 1978, Biometrika 65, who finds that it fell after 1898, from 1097.75 to 849.97
 * on average); the statistic by another program, as a sum of signs over all pairs. */
START_TEST(the_nile_fell_after_1898)
{
	static const double nile[] = {1120, 1160, 963,  1210, 1160, 1160, 813,  1230, 1370, 1140, 995, 935,  1110, 994, 1020, 960, 1180, 799, 958, 1140,
	                              1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774,  840,  874, 694,  940,  833, 701,  916, 692,  1020, 1050, 969,
	                              831,  726,  456,  824,  702,  1120, 1100, 832,  764,  821,  768, 845,  864,  862, 698,  845, 744,  796, 1040, 759,
	                              781,  865,  845,  944,  984,  897,  822,  1010, 771,  676,  649, 846,  812,  742, 801,  1040, 860, 874, 848, 890,
	                              744,  749,  838,  1050, 918,  986,  797,  923,  975,  815,  1020, 906, 901,  1170, 912, 746, 919,  718, 714, 740};
	struct rq_change_point point = find(nile, 100);

	ck_assert_uint_eq(point.first, 28);
	ck_assert_double_eq(point.statistic, 1617);
	ck_assert_double_eq_tol(point.before, 1097.75, 1e-9);
	ck_assert_double_eq_tol(point.change.value, point.after - point.before, 1e-12);
	ck_assert_double_eq_tol(point.change.value, -247.7777777777778, 1e-9);
	ck_assert_double_eq(point.change.p, 1. / 10000);
	ck_assert_int_eq(rq_drift_judge(&point.change, -.02, point.change.p), RQ_FAIL);
}
END_TEST

/* Of the 70 ways to choose which 4 of 8 weeks are the lower ones, 2 have them all on one side, and no other has as large a statistic: 1/35. */
START_TEST(eight_weeks_are_the_fewest_that_tell)
{
	const double eight[] = {.5, .51, .52, .53, .4, .41, .42, .43}, same[] = {.3, .3, .3}, gap[] = {.5, .51, NAN, .52, .53, .4, NAN, .41, .42, .43};
	struct rq_change_point point = find(eight, 8), seven = find(eight, 7), with_gaps = find(gap, 10);

	ck_assert_double_eq_tol(point.change.p, 1. / 35, .007); /* 4 standard errors */
	ck_assert(point.first == 4 && point.change.n == RQ_CHANGE_POINTS_MIN);
	ck_assert_double_eq_tol(point.change.value, -.1, 1e-12);
	ck_assert_double_gt(seven.change.p, .05);
	ck_assert(with_gaps.first == 5 && with_gaps.change.n == 8 && with_gaps.change.p == point.change.p);
	struct rq_change_point flat = find(same, 3), none = find(same, 0);
	ck_assert(flat.change.p == 1 && flat.change.value == 0 && flat.first == 3 && isnan(flat.after));
	ck_assert(none.change.p == 1 && none.change.n == 0 && none.first == 0);
}
END_TEST

START_TEST(a_level_series_is_seldom_told)
{
	enum { RUNS = 300, WEEKS = 15 };
	struct rq_random random;
	size_t told = 0;

	rq_random_seed(&random, 2);
	for (size_t run = 0; run < RUNS; run++) {
		double series[WEEKS];
		for (size_t i = 0; i < WEEKS; i++)
			series[i] = floor(rq_random_unit(&random) * 8); /* with ties */
		told += find(series, WEEKS).change.p <= .05;
	}
	ck_assert_uint_le(told, 30); /* 15 expected, 4 standard errors of 3.8 */
	ck_assert_uint_ge(told, 2);
}
END_TEST

/* ---- the table ---- */

/* Configs and stores rely on these names, and reports on what holds by default. */
START_TEST(figures_and_their_defaults)
{
	static const struct {
		const char *name;
		enum rq_direction direction;
		double limit;
	} rows[] = {
		{"knn_jaccard", RQ_AT_LEAST, 0.7},
		{"knn_overlap", RQ_AT_LEAST, 0.8},
		{"knn_rbo", RQ_AT_LEAST, 0.7},
		{"cka", RQ_AT_LEAST, 0.9},
		{"procrustes", RQ_AT_MOST, 0.1},
		{"silent_change", RQ_AT_LEAST, 0.9999},
		{"changed_vectors", RQ_AT_MOST, 0},
		{"mmd", RQ_AT_MOST, 0.001},
		{"domain_auc", RQ_AT_MOST, 0.55},
		{"moved_components", RQ_AT_MOST, 0.2},
		{"centroid_shift", RQ_AT_MOST, 0.05},
		{"hubness", RQ_AT_MOST, 1},
		{"effective_rank", RQ_AT_LEAST, 0.9},
		{"length", RQ_AT_MOST, 0.01},
		{"margin", RQ_AT_LEAST, -0.2},
		{"duplicates", RQ_AT_MOST, 0.01},
		{"broken_vectors", RQ_AT_MOST, 0},
		{"gone_documents", RQ_AT_MOST, 0.1},
		{"retrieval_overlap", RQ_AT_LEAST, 0.8},
		{"retrieval_jaccard", RQ_AT_LEAST, 0.7},
		{"retrieval_rbo", RQ_AT_LEAST, 0.8},
		{"change_point", RQ_AT_LEAST, -0.02},
	};

	ck_assert_uint_eq(sizeof rows / sizeof *rows, RQ_DRIFT_FIGURES);
	for (size_t i = 0; i < RQ_DRIFT_FIGURES; i++) {
		const struct rq_drift_figure *figure = rq_drift_find(rows[i].name);
		struct rq_drift_value unknown = rq_drift_unknown((enum rq_drift_name)i);
		ck_assert_ptr_eq(figure, &rq_drift_figures[i]);
		ck_assert(figure->direction == rows[i].direction && figure->limit == rows[i].limit);
		ck_assert_int_eq(rq_drift_judge(&unknown, figure->limit, NAN), RQ_INCONCLUSIVE);
	}
	ck_assert_ptr_null(rq_drift_find("MMD"));
}
END_TEST

START_TEST(a_value_is_judged_by_its_limit_and_by_chance)
{
	struct rq_drift_value at_most = rq_drift_unknown(RQ_DRIFT_mmd), at_least = rq_drift_unknown(RQ_DRIFT_knn_jaccard);

	at_most.value = .002;
	at_most.p = .01;
	ck_assert_int_eq(rq_drift_judge(&at_most, .002, .01), RQ_PASS); /* at its limit */
	ck_assert_int_eq(rq_drift_judge(&at_most, .001, .01), RQ_FAIL);
	ck_assert_int_eq(rq_drift_judge(&at_most, .001, .06), RQ_INCONCLUSIVE); /* as one of a family */
	ck_assert_int_eq(rq_drift_judge(&at_most, .001, NAN), RQ_INCONCLUSIVE);
	at_least.value = .65;
	ck_assert_int_eq(rq_drift_judge(&at_least, .6, NAN), RQ_PASS);
	ck_assert_int_eq(rq_drift_judge(&at_least, .7, NAN), RQ_FAIL);
	at_least.lower = .6;
	at_least.upper = .72;
	ck_assert_int_eq(rq_drift_judge(&at_least, .7, NAN), RQ_INCONCLUSIVE);
	ck_assert_int_eq(rq_drift_judge(&at_least, .73, NAN), RQ_FAIL);
	at_most.p = NAN;
	at_most.lower = .0005;
	ck_assert_int_eq(rq_drift_judge(&at_most, .001, NAN), RQ_INCONCLUSIVE);
	ck_assert_int_eq(rq_drift_judge(&at_most, .0004, NAN), RQ_FAIL);
}
END_TEST

START_TEST(documents_are_gone_by_their_ids)
{
	struct rq_drift_value gone = rq_gone_documents(200, 190);
	const struct rq_drift_figure *figure = rq_drift_find("gone_documents");

	ck_assert_double_eq(gone.value, .05);
	ck_assert_uint_eq(gone.n, 200);
	ck_assert_int_eq(rq_drift_judge(&gone, figure->limit, NAN), RQ_PASS);
	gone = rq_gone_documents(200, 179);
	ck_assert_int_eq(rq_drift_judge(&gone, figure->limit, NAN), RQ_FAIL);
	ck_assert(isnan(rq_gone_documents(0, 0).value));
}
END_TEST

START_TEST(samples_are_of_distinct_rows_and_fair)
{
	uint32_t rows[20];
	size_t seen[50] = {0};

	for (uint64_t seed = 0; seed < 2000; seed++) {
		rq_sample_rows(rows, 20, 50, seed);
		for (size_t i = 0; i < 20; i++) {
			ck_assert(rows[i] < 50 && (i == 0 || rows[i] > rows[i - 1]));
			seen[rows[i]]++;
		}
	}
	for (size_t row = 0; row < 50; row++)
		ck_assert(seen[row] > 800 - 100 && seen[row] < 800 + 100); /* 4.5 standard errors of 21.9 */
	rq_sample_rows(rows, 20, 20, 1);
	for (uint32_t i = 0; i < 20; i++)
		ck_assert_uint_eq(rows[i], i);
}
END_TEST

/* Against binomial coefficients in exact integers. */
START_TEST(a_sample_sees_few_rows_with_the_chance_of_a_draw)
{
	ck_assert_double_eq_tol(rq_sample_sees(400, 1400, 14), 0.9912334650665281, 1e-12);
	ck_assert_double_eq_tol(rq_sample_sees(400, 100000, 1000), 0.9821939428305572, 1e-12);
	ck_assert_double_eq_tol(rq_sample_sees(400, 1000000, 1), 0.0004, 1e-12);
	ck_assert_double_eq(rq_sample_sees(20, 20, 1), 1);
	ck_assert_double_eq(rq_sample_sees(5, 10, 6), 1);
	ck_assert_double_eq(rq_sample_sees(5, 10, 0), 0);
}
END_TEST

Suite *drift_series_suite(void)
{
	Suite *suite = suite_create("drift_series");
	TCase *series = tcase_create("series"), *table = tcase_create("table");

	tcase_add_test(series, the_nile_fell_after_1898);
	tcase_add_test(series, eight_weeks_are_the_fewest_that_tell);
	tcase_add_test(series, a_level_series_is_seldom_told);
	suite_add_tcase(suite, series);
	tcase_add_test(table, figures_and_their_defaults);
	tcase_add_test(table, a_value_is_judged_by_its_limit_and_by_chance);
	tcase_add_test(table, documents_are_gone_by_their_ids);
	tcase_add_test(table, samples_are_of_distinct_rows_and_fair);
	tcase_add_test(table, a_sample_sees_few_rows_with_the_chance_of_a_draw);
	suite_add_tcase(suite, table);
	return suite;
}
