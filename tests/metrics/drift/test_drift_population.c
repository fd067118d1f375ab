/* Figures of two sets of texts. Numbers of another program are NumPy's and SciPy's, from the definitions: sums over all pairs of the kernel
 * matrix, 20,000 permutations, scipy.stats.ks_2samp and kstwobign. */
#include "metrics/drift/population.h"

#include "evalcore/base/system.h"
#include "metrics/stats/stats.h"

#include "made.h"

#include <math.h>
#include <string.h>

static struct rq_error err;

/* 30 and 25 rows of three components, the second set moved by a half. */
static void make_sets(struct rq_vectors *x, struct rq_vectors *y)
{
	*x = made_matrix(30, 3, 5);
	*y = made_matrix(25, 3, 6);
	for (size_t i = 0; i < 75; i++)
		y->data[i] += .5f;
}

/* mmd, centroid_shift, moved_components */
START_TEST(values_of_another_program)
{
	struct rq_vectors x, y;
	struct rq_mmd mmd;
	struct rq_drift_value shift;
	struct rq_moved_components moved;

	make_sets(&x, &y);
	EXPECT_OK(rq_mmd(&mmd, &x, &y, 1, &err));
	ck_assert_double_eq_tol(mmd.mmd.value, .0170780359874263, 1e-14);
	ck_assert_double_eq_tol(mmd.bandwidth, 2.593280795757477, 1e-13);
	ck_assert_double_eq_tol(mmd.mmd.p, .1505, .045); /* 4 standard errors of 999 permutations */
	ck_assert_double_eq_tol(mmd.mmd.error, sqrt(.0010716329508491094 + .0179215 * .0179215), .002);
	ck_assert_uint_eq(mmd.mmd.n, 25);
	EXPECT_OK(rq_centroid_shift(&shift, &x, &y, 1, &err));
	ck_assert_double_eq_tol(shift.value, .3121003558284751, 1e-13);
	ck_assert_double_eq_tol(shift.p, .073, .033);
	EXPECT_OK(rq_moved_components(&moved, &x, &y, 1, &err));
	ck_assert_double_eq_tol(moved.largest, .2533333333333333, 1e-15);
	ck_assert_uint_eq(moved.component, 2);
	ck_assert_double_eq_tol(moved.moved.p, .3974547654055901, 1e-12); /* of .397, .363, .300 the least q is the last one's */
	ck_assert(moved.moved.value == 0);
	rq_vectors_release(&x);
	rq_vectors_release(&y);
}
END_TEST

/* domain_auc. Normal with a shift of t in each of d independent components: the best area is Phi(t sqrt(d / 2)). */
START_TEST(a_shift_is_found_by_each)
{
	enum { N = 600, D = 16 };
	const double t = .3;
	struct rq_vectors x = made_normal(N, D, 0, 1), y = made_normal(N, D, t, 2);
	struct rq_mmd mmd;
	struct rq_drift_value shift, auc;
	struct rq_moved_components moved;

	EXPECT_OK(rq_domain_auc(&auc, &x, &y, 1, &err));
	ck_assert_double_eq_tol(auc.value, rq_normal_cdf(t * sqrt(D / 2.)), .03);
	ck_assert(auc.lower < auc.value && auc.value < auc.upper && auc.upper - auc.lower < .1 && auc.p == .001 && auc.chance == .5);
	EXPECT_OK(rq_mmd(&mmd, &x, &y, 1, &err));
	/* (s^2 / (s^2 + 2))^(d / 2) is the mean kernel of two normal rows, and exp(-t^2 d / (2 (s^2 + 2))) what a shift leaves of it */
	double s2 = mmd.bandwidth * mmd.bandwidth, kernel = pow(s2 / (s2 + 2), D / 2.), expected = 2 * kernel * (1 - exp(-t * t * D / (2 * (s2 + 2))));
	ck_assert_double_eq_tol(mmd.mmd.value, expected, 4 * mmd.mmd.error);
	ck_assert(mmd.mmd.lower < expected && expected < mmd.mmd.upper && mmd.mmd.p == .001);
	EXPECT_OK(rq_centroid_shift(&shift, &x, &y, 1, &err));
	ck_assert_double_eq_tol(shift.value, t, .03);
	ck_assert(shift.lower < t && t < shift.upper && shift.p == .001);
	EXPECT_OK(rq_moved_components(&moved, &x, &y, 1, &err));
	ck_assert(moved.moved.value > .8 && moved.moved.p < 1e-6);
	rq_vectors_release(&x);
	rq_vectors_release(&y);
}
END_TEST

/* One component of 20 moved by two standard deviations: the others have not. */
START_TEST(components_that_moved_are_counted)
{
	enum { N = 500, D = 20 };
	struct rq_vectors x = made_normal(N, D, 0, 1), y = made_normal(N, D, 0, 2);
	struct rq_moved_components moved;

	for (size_t i = 0; i < N; i++)
		y.data[i * D + 7] += 2;
	EXPECT_OK(rq_moved_components(&moved, &x, &y, 1, &err));
	ck_assert_double_eq_tol(moved.moved.value, 1. / D, 1e-15);
	ck_assert_uint_eq(moved.component, 7);
	ck_assert_double_eq_tol(moved.largest, 2 * rq_normal_cdf(1) - 1, .06);
	rq_vectors_release(&x);
	rq_vectors_release(&y);
}
END_TEST

/* A corpus that stayed, and one all of whose rows are one: nothing has drifted, whatever has no spread. */
START_TEST(the_same_rows_have_not_drifted)
{
	enum { N = 80, D = 5 };
	struct rq_vectors x = made_normal(N, D, 0, 1), flat = made_vectors(N, D);
	const struct rq_vectors *const sets[] = {&x, &flat};

	for (size_t i = 0; i < N * D; i++)
		flat.data[i] = .25f;
	for (size_t set = 0; set < 2; set++) {
		struct rq_mmd mmd;
		struct rq_drift_value shift, auc;
		struct rq_moved_components moved;
		EXPECT_OK(rq_mmd(&mmd, sets[set], sets[set], 1, &err));
		EXPECT_OK(rq_centroid_shift(&shift, sets[set], sets[set], 1, &err));
		EXPECT_OK(rq_domain_auc(&auc, sets[set], sets[set], 1, &err));
		EXPECT_OK(rq_moved_components(&moved, sets[set], sets[set], 1, &err));
		ck_assert(mmd.mmd.value <= 0 && mmd.mmd.p == 1);
		ck_assert(shift.value == 0 && shift.p == 1);
		ck_assert(auc.value <= .5 && auc.p >= .5);
		ck_assert(moved.moved.value == 0 && moved.moved.p == 1);
	}
	rq_vectors_release(&x);
	rq_vectors_release(&flat);
}
END_TEST

START_TEST(sets_that_cannot_be_compared)
{
	struct rq_vectors x = made_normal(9, 3, 0, 1), y = made_normal(9, 4, 0, 1), one = made_normal(1, 3, 0, 1);
	struct rq_mmd mmd;
	struct rq_drift_value value;
	struct rq_moved_components moved;

	ck_assert_int_eq(rq_mmd(&mmd, &x, &y, 1, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "vectors of 3 dimensions before and 4 now: two sets of texts are compared in one model");
	ck_assert_int_eq(rq_centroid_shift(&value, &x, &one, 1, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "9 vectors before and 1 now: a distribution needs two at least");
	x.data[4] = INFINITY;
	ck_assert_int_eq(rq_moved_components(&moved, &x, &x, 1, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "row 1 of the vectors before holds a NaN or an infinity; embed that text again");
	x.data[4] = 0;
	rq_vectors_release(&x);
	rq_vectors_release(&y);
	rq_vectors_release(&one);
}
END_TEST

START_TEST(population_figures_at_any_number_of_threads)
{
	struct rq_vectors x = made_normal(300, 40, 0, 1), y = made_normal(200, 40, .1, 2);
	struct rq_mmd mmd[2];
	struct rq_drift_value shift[2], auc[2];
	struct rq_moved_components moved[2];

	memset(mmd, 0, sizeof mmd);
	memset(moved, 0, sizeof moved);
	for (int i = 0; i < 2; i++) {
		rq_threads_set(1 + 2 * i);
		EXPECT_OK(rq_mmd(&mmd[i], &x, &y, 7, &err));
		EXPECT_OK(rq_centroid_shift(&shift[i], &x, &y, 7, &err));
		EXPECT_OK(rq_domain_auc(&auc[i], &x, &y, 7, &err));
		EXPECT_OK(rq_moved_components(&moved[i], &x, &y, 7, &err));
	}
	rq_threads_set(0);
	ck_assert(mmd[0].mmd.value == mmd[1].mmd.value && mmd[0].mmd.p == mmd[1].mmd.p && mmd[0].mmd.error == mmd[1].mmd.error);
	ck_assert(shift[0].value == shift[1].value && shift[0].p == shift[1].p);
	ck_assert(auc[0].value == auc[1].value && auc[0].p == auc[1].p);
	ck_assert(moved[0].moved.p == moved[1].moved.p && moved[0].largest == moved[1].largest);
	rq_vectors_release(&x);
	rq_vectors_release(&y);
}
END_TEST

/* Each p of pairs that come from one distribution is uniform: .05 is met in one run of twenty. ci/drift-power has more runs and other sets. */
START_TEST(no_drift_is_seldom_told)
{
	enum { RUNS = 100, N = 60, D = 12 };
	size_t told[4] = {0};

	for (uint64_t run = 0; run < RUNS; run++) {
		struct rq_vectors x = made_normal(N, D, 1, 2 * run), y = made_normal(N, D, 1, 2 * run + 1);
		struct rq_mmd mmd;
		struct rq_drift_value shift, auc;
		struct rq_moved_components moved;
		EXPECT_OK(rq_mmd(&mmd, &x, &y, run, &err));
		EXPECT_OK(rq_centroid_shift(&shift, &x, &y, run, &err));
		EXPECT_OK(rq_domain_auc(&auc, &x, &y, run, &err));
		EXPECT_OK(rq_moved_components(&moved, &x, &y, run, &err));
		const double p[] = {mmd.mmd.p, shift.p, auc.p, moved.moved.p};
		for (size_t i = 0; i < 4; i++)
			told[i] += p[i] <= .05;
		rq_vectors_release(&x);
		rq_vectors_release(&y);
	}
	for (size_t i = 0; i < 4; i++) {
		ck_assert_uint_le(told[i], 14); /* 5 expected, 4 standard errors of 2.2 */
		ck_assert_uint_ge(told[i], 1);
	}
}
END_TEST

/* However few rows came: of those that are like what was there a p of .05 is as rare, and of those that are far from it three are told. */
START_TEST(few_rows_are_told_by_exact_p)
{
	enum { RUNS = 60, N = 80, D = 12 };
	size_t told[3] = {0}, found[3] = {0};

	for (uint64_t run = 0; run < RUNS; run++) {
		struct rq_vectors there = made_normal(N, D, 0, 3 * run), like = made_normal(3, D, 0, 3 * run + 1), other = made_normal(3, D, 2, 3 * run + 2);
		const struct rq_vectors *const came[] = {&like, &other};
		for (size_t i = 0; i < 2; i++) {
			struct rq_mmd mmd;
			struct rq_drift_value shift, auc;
			EXPECT_OK(rq_mmd(&mmd, &there, came[i], run, &err));
			EXPECT_OK(rq_centroid_shift(&shift, &there, came[i], run, &err));
			EXPECT_OK(rq_domain_auc(&auc, &there, came[i], run, &err));
			const double p[] = {mmd.mmd.p, shift.p, auc.p};
			ck_assert_uint_eq(auc.n, 3);
			for (size_t f = 0; f < 3; f++)
				(i == 0 ? told : found)[f] += p[f] <= .05;
		}
		rq_vectors_release(&there);
		rq_vectors_release(&like);
		rq_vectors_release(&other);
	}
	for (size_t f = 0; f < 3; f++) {
		ck_assert_uint_le(told[f], 10); /* 3 expected, 4 standard errors of 1.7 */
		ck_assert_uint_ge(found[f], RUNS - 2);
	}
}
END_TEST

Suite *drift_population_suite(void)
{
	Suite *suite = suite_create("drift_population");
	TCase *population = tcase_create("population");

	tcase_add_test(population, values_of_another_program);
	tcase_add_test(population, a_shift_is_found_by_each);
	tcase_add_test(population, components_that_moved_are_counted);
	tcase_add_test(population, the_same_rows_have_not_drifted);
	tcase_add_test(population, sets_that_cannot_be_compared);
	tcase_add_test(population, population_figures_at_any_number_of_threads);
	tcase_add_test(population, no_drift_is_seldom_told);
	tcase_add_test(population, few_rows_are_told_by_exact_p);
	suite_add_tcase(suite, population);
	return suite;
}
