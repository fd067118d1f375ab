/* The shape of sets of vectors. Numbers of another program are NumPy's (numpy.linalg.svd) and SciPy's (scipy.stats.skew). */
#include "metrics/drift/geometry.h"

#include "made.h"

#include <math.h>

static struct rq_error err;

static struct rq_geometry geometry_of(const struct rq_vectors *vectors, const struct rq_nearest *nearest, size_t rows)
{
	struct rq_geometry geometry;

	EXPECT_OK(rq_geometry_of(&geometry, vectors, nearest, 10, rows, 1, &err));
	return geometry;
}

/* effective_rank */
START_TEST(rank_of_more_and_of_fewer_rows_than_dimensions)
{
	struct rq_vectors tall = made_matrix(50, 6, 7), wide = made_matrix(5, 9, 8), line = made_vectors(30, 4);

	ck_assert_double_eq_tol(geometry_of(&tall, NULL, 50).effective_rank, 5.944743000077526, 1e-9);
	ck_assert_double_eq_tol(geometry_of(&wide, NULL, 50).effective_rank, 3.8324157402650902, 1e-9);
	for (size_t i = 0; i < 30 * 4; i++)
		line.data[i] = (float)(i / 4 + 1) * (float)(i % 4 + 1);
	struct rq_geometry flat = geometry_of(&line, NULL, 50);
	ck_assert_double_eq_tol(flat.effective_rank, 1, 1e-9);
	ck_assert(flat.rank_rows == 30 && geometry_of(&line, NULL, 12).rank_rows == 12);
	ck_assert(isnan(flat.hubness) && isnan(flat.margin.mean));
	struct rq_geometry before = geometry_of(&tall, NULL, 30);
	struct rq_geometry_drift drift = rq_geometry_compare(&before, &flat);
	ck_assert_double_eq_tol(drift.effective_rank.value, 1 / before.effective_rank, 1e-9);
	ck_assert_int_eq(rq_drift_judge(&drift.effective_rank, .9, NAN), RQ_FAIL);
	before = geometry_of(&tall, NULL, 31);
	ck_assert(isnan(rq_geometry_compare(&before, &flat).effective_rank.value)); /* of other numbers of rows */
	rq_vectors_release(&tall);
	rq_vectors_release(&wide);
	rq_vectors_release(&line);
}
END_TEST

/* length, duplicates, broken_vectors */
START_TEST(rows_are_counted)
{
	float data[] = {3, 4, 0, 0, 3, 4, NAN, 1, 0, 5, 3, 4, 1, -INFINITY, 0, 0, 6, 8, 0, 5};
	const struct rq_vectors vectors = {data, 10, 2}, before_vectors = {data + 16, 2, 2};
	struct rq_geometry g = geometry_of(&vectors, NULL, 10), before = geometry_of(&before_vectors, NULL, 10);

	ck_assert(g.zero == 2 && g.not_finite == 2 && g.duplicates == 3 && g.length.n == 6);
	ck_assert(g.shortest == 5 && g.longest == 10);
	ck_assert_double_eq_tol(g.length.mean, 35. / 6, 1e-15);
	ck_assert_double_eq_tol(g.length.variance, 25. / 6, 1e-14);
	struct rq_geometry_drift drift = rq_geometry_compare(&before, &g);
	ck_assert_double_eq(drift.broken_vectors.value, .4);
	ck_assert_double_eq(drift.duplicates.value, .3);
	ck_assert_double_eq_tol(drift.length.value, 1 - 35. / 6 / 7.5, 1e-14);
	/* (r = 7/9) sqrt(25/6 / 6 / (35/6)^2 + 12.5 / 2 / 7.5^2) */
	ck_assert_double_eq_tol(drift.length.error, 7. / 9 * sqrt(25. / 36 / (35. / 6 * 35 / 6) + 1. / 9), 1e-14);
	ck_assert_int_eq(rq_drift_judge(&drift.length, .01, NAN), RQ_INCONCLUSIVE); /* of so few rows */
	ck_assert_int_eq(rq_drift_judge(&drift.broken_vectors, 0, NAN), RQ_FAIL);
}
END_TEST

/* hubness, margin: row r is in as many lists as `reached` says; each list's own row, which stands first in it, does not count. */
START_TEST(neighbours_are_counted)
{
	enum { N = 8, LISTS = 24, DEPTH = 3 };
	static const size_t reached[N] = {0, 0, 1, 1, 2, 3, 7, 10};
	uint32_t rows[LISTS * DEPTH], counts[LISTS], own[LISTS];
	double scores[LISTS * DEPTH];
	struct rq_vectors vectors = made_matrix(N, 2, 1);
	size_t list = 0;

	for (uint32_t row = 0; row < N; row++)
		for (size_t i = 0; i < reached[row]; i++, list++) {
			own[list] = row == 0 ? 1 : 0;
			rows[list * DEPTH] = own[list];
			rows[list * DEPTH + 1] = row;
			counts[list] = 2;
			scores[list * DEPTH] = 1;
			scores[list * DEPTH + 1] = .5;
		}
	ck_assert_uint_eq(list, LISTS);
	struct rq_nearest nearest = {rows, counts, scores, own, LISTS, DEPTH, 0};
	struct rq_geometry g = geometry_of(&vectors, &nearest, 8);
	ck_assert_double_eq_tol(g.hubness, 1.0769673319140312, 1e-13);
	ck_assert_double_eq_tol(g.hubness_error, .757083831866504, 1e-13);
	ck_assert(g.most_reached == 10 && g.unreached == .25 && g.margin.n == 0); /* one other row a list has no second */
	nearest.own = NULL;
	g = geometry_of(&vectors, &nearest, 8);
	ck_assert(g.margin.n == LISTS && g.margin.mean == .5 && g.margin.variance == 0 && g.most_reached == LISTS);
	rows[4] = N;
	ck_assert_int_eq(rq_geometry_of(&g, &vectors, &nearest, 10, 8, 1, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "list 1 of neighbours names row 8 of 8 vectors: the lists belong to another set");
	rq_vectors_release(&vectors);
}
END_TEST

START_TEST(changes_have_errors_and_p)
{
	struct rq_geometry before = {.n = 100, .hubness = 1, .hubness_error = .3, .margin = {.2, .01, 50}},
	                   now = {.n = 100, .hubness = 2.5, .hubness_error = .4, .margin = {.15, .02, 40}};
	struct rq_geometry_drift drift = rq_geometry_compare(&before, &now), back = rq_geometry_compare(&now, &before);

	ck_assert_double_eq_tol(drift.hubness.value, 1.5, 1e-15);
	ck_assert_double_eq_tol(drift.hubness.error, .5, 1e-15);
	ck_assert_double_eq_tol(drift.hubness.p, .0013498980316301, 1e-12); /* of z = 3 */
	ck_assert_double_gt(back.hubness.p, .998);
	/* by another program: Cohen's d, its error, and scipy.stats.ttest_ind_from_stats(equal_var=False, alternative="less") */
	ck_assert_double_eq_tol(drift.margin.value, -0.41620709563472486, 1e-12);
	ck_assert_double_eq_tol(drift.margin.error, 0.2143883851857119, 1e-12);
	ck_assert_double_eq_tol(drift.margin.p, 0.031528679688835055, 1e-10);
	ck_assert_int_eq(rq_drift_judge(&drift.margin, -.2, drift.margin.p), RQ_FAIL);
	ck_assert_int_eq(rq_drift_judge(&back.margin, -.2, back.margin.p), RQ_PASS);
}
END_TEST

Suite *drift_geometry_suite(void)
{
	Suite *suite = suite_create("drift_geometry");
	TCase *geometry = tcase_create("geometry");

	tcase_add_test(geometry, rank_of_more_and_of_fewer_rows_than_dimensions);
	tcase_add_test(geometry, rows_are_counted);
	tcase_add_test(geometry, neighbours_are_counted);
	tcase_add_test(geometry, changes_have_errors_and_p);
	suite_add_tcase(suite, geometry);
	return suite;
}
