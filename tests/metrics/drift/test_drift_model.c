/* Figures of the same texts in two models. Numbers of another program are NumPy's and SciPy's, from the definitions: norms and singular values of
 * the centred matrices (numpy.linalg), scipy.spatial.procrustes for the residual, the mean over 3,000 permutations for CKA's chance. */
#include "metrics/drift/model.h"

#include "evalcore/base/system.h"
#include "metrics/drift/product.h"
#include "metrics/overlap.h"
#include "metrics/stats/stats.h"

#include "made.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rq_error err;

static struct rq_alignment align(const struct rq_vectors *x, const struct rq_vectors *y)
{
	struct rq_alignment alignment;

	EXPECT_OK(rq_alignment(&alignment, x, y, 1, &err));
	return alignment;
}

/* Y has four of X's six columns, noise on them, and one of noise alone. */
static void make_pair(struct rq_vectors *x, struct rq_vectors *y)
{
	*x = made_matrix(40, 6, 1);
	*y = made_matrix(40, 5, 2);
	for (size_t i = 0; i < 40; i++)
		for (size_t j = 0; j < 5; j++)
			y->data[i * 5 + j] = (j < 4 ? x->data[i * 6 + j] : 0) + y->data[i * 5 + j] / 4;
}

START_TEST(cka_and_procrustes_of_more_rows_than_dimensions)
{
	struct rq_vectors x, y;

	make_pair(&x, &y);
	struct rq_alignment a = align(&x, &y), back = align(&y, &x);
	ck_assert_double_eq_tol(a.cka.value, .8049801424420833, 1e-13);
	ck_assert_double_eq_tol(a.cka.chance, .1090376281157306, 1e-13);
	ck_assert_double_eq_tol(a.cka.chance, .11014, .002); /* of permutations */
	ck_assert_double_eq_tol(a.procrustes.value, .3380633820636284, 1e-13);
	ck_assert_double_eq_tol(back.procrustes.value, a.procrustes.value, 1e-13);
	ck_assert_double_eq_tol(back.cka.value, a.cka.value, 1e-13);
	ck_assert_uint_eq(a.cka.n, 40);
	ck_assert(a.procrustes.chance > .7 && a.procrustes.chance < 1);
	rq_vectors_release(&x);
	rq_vectors_release(&y);
}
END_TEST

START_TEST(cka_and_procrustes_of_fewer_rows_than_dimensions)
{
	struct rq_vectors x = made_matrix(7, 20, 3), y = made_matrix(7, 9, 4);
	struct rq_alignment a = align(&x, &y);

	ck_assert_double_eq_tol(a.cka.value, .7170691444641217, 1e-12);
	ck_assert_double_eq_tol(a.cka.chance, .6953632298411181, 1e-12);
	ck_assert_double_eq_tol(a.procrustes.value, .20990924368925357, 1e-7); /* eigenvalues hold half the digits of a singular value near 0 */
	ck_assert_double_lt(a.procrustes.chance, .4); /* so few rows fit onto anything */
	rq_vectors_release(&x);
	rq_vectors_release(&y);
}
END_TEST

/* Rotated by a Householder reflection, scaled and moved: the same space. */
START_TEST(a_rotation_changes_neither)
{
	enum { N = 300, D = 24 };
	struct rq_vectors x = made_normal(N, D, 0, 5), y = made_vectors(N, D), v = made_normal(1, D, 0, 6);
	struct rq_cosine_drift cosines;

	(void)rq_vectors_normalise(&v);
	for (size_t i = 0; i < N; i++) {
		double along = 0;
		for (size_t j = 0; j < D; j++)
			along += (double)x.data[i * D + j] * v.data[j];
		for (size_t j = 0; j < D; j++)
			y.data[i * D + j] = (float)(3 * (x.data[i * D + (j + 1) % D] - 2 * along * v.data[(j + 1) % D]) + 1);
	}
	struct rq_alignment a = align(&x, &y);
	ck_assert_double_eq_tol(a.cka.value, 1, 1e-9);
	ck_assert_double_eq_tol(a.procrustes.value, 0, 1e-9);
	ck_assert_double_gt(a.procrustes.chance, .8);
	EXPECT_OK(rq_cosine_drift(&cosines, &x, &y, &err));
	ck_assert_double_lt(cosines.median, .5);
	ck_assert_int_eq(rq_drift_judge(&cosines.silent_change, .9999, NAN), RQ_FAIL);
	rq_vectors_release(&x);
	rq_vectors_release(&y);
	rq_vectors_release(&v);
}
END_TEST

/* However few the rows, and however large or small their numbers, likenesses are from 0 to 1, to the last bit. */
START_TEST(alignments_stay_in_their_range)
{
	static const double scales[] = {1e-18, 1, 1e18};

	for (uint64_t seed = 1; seed <= 60; seed++) {
		size_t n = 3 + seed % 9, d = 1 + seed % 17;
		struct rq_vectors x = made_matrix(n, d, seed), y = made_matrix(n, d, seed % 3 == 0 ? seed : seed + 100);
		for (size_t i = 0; i < n * d; i++)
			y.data[i] *= (float)scales[seed % 3 == 0 ? 1 : seed % 2 * 2];
		struct rq_alignment a = align(&x, &y);
		ck_assert(a.cka.value >= 0 && a.cka.value <= 1 && a.cka.chance >= 0 && a.cka.chance <= 1);
		ck_assert(a.procrustes.value >= 0 && a.procrustes.value <= 1 && a.procrustes.chance >= 0 && a.procrustes.chance <= 1);
		if (seed % 3 == 0)
			ck_assert(a.cka.value > 1 - 1e-12 && a.procrustes.value < 1e-6);
		rq_vectors_release(&x);
		rq_vectors_release(&y);
	}
}
END_TEST

START_TEST(values_out_of_range_are_none)
{
	const struct rq_drift_figure *cka = rq_drift_find("cka"), *rank = rq_drift_find("effective_rank");

	ck_assert(rq_drift_is_possible(cka, 0) && rq_drift_is_possible(cka, 1 + 1e-12) && rq_drift_is_possible(cka, NAN));
	ck_assert(!rq_drift_is_possible(cka, 1.001) && !rq_drift_is_possible(cka, -.001) && !rq_drift_is_possible(cka, INFINITY));
	ck_assert(rq_drift_is_possible(rank, 40) && !rq_drift_is_possible(rank, -.1));
	ck_assert(rq_drift_is_possible(rq_drift_find("margin"), -INFINITY));
	for (size_t i = 0; i < RQ_DRIFT_FIGURES; i++) {
		const struct rq_drift_figure *figure = &rq_drift_figures[i];
		double always = figure->direction == RQ_AT_LEAST ? figure->lowest : figure->highest;
		ck_assert_msg(rq_drift_is_possible(figure, figure->limit) && figure->limit != always, "%s never fails", figure->name);
	}
}
END_TEST

START_TEST(equal_rows_have_no_alignment)
{
	struct rq_vectors x = made_vectors(5, 3), y = made_matrix(5, 4, 1), fewer = made_matrix(4, 4, 1);

	for (size_t i = 0; i < 15; i++)
		x.data[i] = .1f;
	struct rq_alignment a = align(&x, &y);
	ck_assert(isnan(a.cka.value) && isnan(a.procrustes.value));
	ck_assert_int_eq(rq_drift_judge(&a.cka, .9, NAN), RQ_INCONCLUSIVE);
	ck_assert_int_eq(rq_alignment(&a, &x, &fewer, 1, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "5 vectors before and 4 now: these figures compare the same texts, row by row");
	y.data[7] = NAN;
	ck_assert_int_eq(rq_alignment(&a, &x, &y, 1, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "row 1 of the vectors now holds a NaN or an infinity; embed that text again");
	rq_vectors_release(&x);
	rq_vectors_release(&y);
	rq_vectors_release(&fewer);
}
END_TEST

/* Against the plain loop, at sizes around the tiles' and strips', whole numbers so that no order of sums matters; and at any number of threads. */
START_TEST(products_are_those_of_the_plain_loop)
{
	static const size_t sizes[][3] = {{1, 1, 1}, {5, 3, 9}, {6, 8, 256}, {97, 101, 300}, {200, 95, 40}};

	for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
		size_t p = sizes[c][0], q = sizes[c][1], n = sizes[c][2];
		struct rq_vectors a = made_matrix(n, p, c), b = made_matrix(n, q, c + 9);
		double *out = calloc(p * q, sizeof *out), *square = calloc(p * p, sizeof *square), *centre = calloc(p, sizeof *centre);
		ck_assert(out != NULL && square != NULL && centre != NULL);
		for (size_t j = 0; j < p; j++)
			centre[j] = (double)j / 512;
		const struct rq_tall x = {.vectors = a.data, .centre = centre, .count = p}, y = {.vectors = b.data, .count = q};
		EXPECT_OK(rq_tall_product(out, &x, &y, n, &err));
		EXPECT_OK(rq_tall_product(square, &x, &x, n, &err));
		for (size_t i = 0; i < p; i++) {
			for (size_t j = 0; j < q; j++) {
				double sum = 0;
				for (size_t row = 0; row < n; row++)
					sum += (a.data[row * p + i] - centre[i]) * b.data[row * q + j];
				ck_assert_double_eq(out[i * q + j], sum);
			}
			for (size_t j = 0; j < p; j++) {
				double sum = 0;
				for (size_t row = 0; row < n; row++)
					sum += (a.data[row * p + i] - centre[i]) * (a.data[row * p + j] - centre[j]);
				ck_assert_double_eq(square[i * p + j], sum);
			}
		}
		free(out);
		free(square);
		free(centre);
		rq_vectors_release(&a);
		rq_vectors_release(&b);
	}
}
END_TEST

START_TEST(model_figures_at_any_number_of_threads)
{
	struct rq_vectors x = made_normal(700, 130, 0, 1), y = made_normal(700, 110, 0, 2);
	struct rq_alignment one, three;

	rq_threads_set(1);
	one = align(&x, &y);
	rq_threads_set(3);
	three = align(&x, &y);
	rq_threads_set(0);
	ck_assert_mem_eq(&one, &three, sizeof one);
	rq_vectors_release(&x);
	rq_vectors_release(&y);
}
END_TEST

/* ---- cosines ---- */

/* silent_change */
START_TEST(cosines_of_the_same_texts)
{
	enum { N = 1000 };
	struct rq_vectors x = made_vectors(N, 2), y = made_vectors(N, 2);
	struct rq_cosine_drift drift;

	/* text i is turned by i thousandths of a right angle, and one of them is zero on both sides, one on one */
	for (size_t i = 0; i < N; i++) {
		double angle = (double)i / N * acos(0);
		x.data[2 * i] = 2;
		x.data[2 * i + 1] = 0;
		y.data[2 * i] = (float)cos(angle);
		y.data[2 * i + 1] = (float)sin(angle);
	}
	x.data[0] = y.data[0] = 0;
	y.data[2] = y.data[3] = 0;
	EXPECT_OK(rq_cosine_drift(&drift, &x, &y, &err));
	ck_assert_uint_eq(drift.zero, 1);
	ck_assert_uint_eq(drift.silent_change.n, N - 1);
	ck_assert_double_eq(drift.least, 0); /* text 1, whose new vector is zero */
	/* of 999: text 1 is the smallest, then 999, 998 ...; the 1st percentile is the 10th smallest, bounds the 5th and the 16th (999 x .01 by exact
	 * binomial tails) */
	ck_assert_double_eq_tol(drift.silent_change.value, cos(.991 * acos(0)), 1e-6);
	ck_assert_double_eq_tol(drift.silent_change.lower, cos(.996 * acos(0)), 1e-6);
	ck_assert_double_eq_tol(drift.silent_change.upper, cos(.985 * acos(0)), 1e-6);
	ck_assert_double_eq_tol(drift.median, cos(.501 * acos(0)), 1e-6);
	/* below .9: from 288 on, for acos(.9) is .2871 right angles; text 1 has no direction any more */
	ck_assert_double_eq_tol(drift.changed_vectors.value, 712. / 998, 1e-12);
	ck_assert(drift.changed_vectors.n == N - 2 && drift.changed[0] == 288 && drift.changed[4] == 292);
	rq_vectors_release(&x);
	rq_vectors_release(&y);
}
END_TEST

/* Which a 1st percentile hides. */
START_TEST(one_text_of_many_with_another_vector_fails)
{
	enum { N = 2000 };
	struct rq_vectors x = made_normal(N, 16, 0, 3), y = made_normal(N, 16, 0, 3), noise = made_normal(N, 16, 0, 4);
	struct rq_cosine_drift drift;

	for (size_t i = 0; i < N * 16; i++)
		y.data[i] += .002F * noise.data[i];
	EXPECT_OK(rq_cosine_drift(&drift, &x, &y, &err));
	ck_assert_int_eq(rq_drift_judge(&drift.silent_change, .9999, NAN), RQ_PASS);
	ck_assert_double_eq(drift.changed_vectors.value, 0);
	ck_assert_int_eq(rq_drift_judge(&drift.changed_vectors, 0, NAN), RQ_PASS);
	for (size_t j = 0; j < 16; j++)
		y.data[777 * 16 + j] = noise.data[777 * 16 + j];
	EXPECT_OK(rq_cosine_drift(&drift, &x, &y, &err));
	ck_assert_int_eq(rq_drift_judge(&drift.silent_change, .9999, NAN), RQ_PASS);
	ck_assert_double_eq(drift.changed_vectors.value, 1. / N);
	ck_assert_uint_eq(drift.changed[0], 777);
	ck_assert_int_eq(rq_drift_judge(&drift.changed_vectors, 0, NAN), RQ_FAIL);
	rq_vectors_release(&x);
	rq_vectors_release(&y);
	rq_vectors_release(&noise);
}
END_TEST

START_TEST(few_texts_need_two_to_show_a_silent_change)
{
	struct rq_vectors x = made_normal(20, 8, 0, 3), y = made_normal(20, 8, 0, 3), other = made_matrix(20, 7, 1);
	struct rq_cosine_drift drift;

	EXPECT_OK(rq_cosine_drift(&drift, &x, &y, &err));
	ck_assert_double_ge(drift.least, 1 - 1e-15);
	ck_assert_int_eq(rq_drift_judge(&drift.silent_change, .9999, NAN), RQ_PASS);
	y.data[0] = -9;
	EXPECT_OK(rq_cosine_drift(&drift, &x, &y, &err));
	ck_assert_int_eq(rq_drift_judge(&drift.silent_change, .9999, NAN), RQ_INCONCLUSIVE);
	y.data[8] = -9;
	EXPECT_OK(rq_cosine_drift(&drift, &x, &y, &err));
	ck_assert_int_eq(rq_drift_judge(&drift.silent_change, .9999, NAN), RQ_FAIL);
	ck_assert_int_eq(rq_cosine_drift(&drift, &x, &other, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "vectors of 8 dimensions before and 7 now have no cosine: another model, or another cut");
	rq_vectors_release(&x);
	rq_vectors_release(&y);
	rq_vectors_release(&other);
}
END_TEST

/* ---- lists ---- */

enum { LISTS = 60, DEPTH = 12, ROWS = 30 };

/* A random order of the rows, cut to the depth; now and then shorter. */
static void draw_lists(uint32_t *rows, uint32_t *counts, struct rq_random *random)
{
	for (size_t q = 0; q < LISTS; q++) {
		uint32_t order[ROWS];
		for (uint32_t i = 0; i < ROWS; i++) {
			uint32_t j = (uint32_t)rq_random_below(random, i + 1);
			order[i] = order[j];
			order[j] = i;
		}
		memcpy(rows + q * DEPTH, order, DEPTH * sizeof *rows);
		counts[q] = rq_random_below(random, 5) == 0 ? (uint32_t)rq_random_below(random, DEPTH) : DEPTH;
	}
}

/* The same lists as rankings of documents whose ids are the rows, without the query's own. */
static void name_ranking(struct rq_ranking *ranking, struct rq_scored_document *documents, char names[ROWS][4], const uint32_t *rows, uint32_t count,
                         uint32_t own)
{
	*ranking = (struct rq_ranking){.documents = documents};
	for (uint32_t i = 0; i < count; i++)
		if (rows[i] != own)
			documents[ranking->count++].document = names[rows[i]];
}

START_TEST(neighbours_overlap_as_rankings_do)
{
	static uint32_t rows[2][LISTS * DEPTH], counts[2][LISTS], own[LISTS];
	char names[ROWS][4];
	struct rq_random random;
	struct rq_overlap overlap = {0};
	struct rq_list_drift drift;
	double jaccard = 0, share = 0, rbo = 0;

	rq_random_seed(&random, 3);
	for (int i = 0; i < ROWS; i++)
		snprintf(names[i], sizeof names[i], "%d", i);
	for (uint32_t q = 0; q < LISTS; q++)
		own[q] = q % ROWS;
	for (int side = 0; side < 2; side++)
		draw_lists(rows[side], counts[side], &random);
	for (size_t q = 0; q < LISTS; q++) {
		struct rq_ranking rankings[2];
		struct rq_scored_document documents[2][DEPTH];
		for (int side = 0; side < 2; side++)
			name_ranking(&rankings[side], documents[side], names, rows[side] + q * DEPTH, counts[side][q], own[q]);
		EXPECT_OK(rq_overlap_count(&overlap, &rankings[0], &rankings[1], 10, &err));
		size_t longer = overlap.lengths[0] > overlap.lengths[1] ? overlap.lengths[0] : overlap.lengths[1];
		jaccard += rq_jaccard(&overlap) / LISTS;
		share += (longer == 0 ? 1 : (double)overlap.shared / (double)longer) / LISTS;
		rbo += rq_rbo(&overlap, .9) / LISTS;
	}
	const struct rq_nearest before = {rows[0], counts[0], NULL, own, LISTS, DEPTH, 0}, after = {rows[1], counts[1], NULL, own, LISTS, DEPTH, 0};
	EXPECT_OK(rq_neighbour_drift(&drift, &before, &after, 10, 2 * LISTS, &err));
	ck_assert_double_eq_tol(drift.jaccard.value, jaccard, 1e-12);
	ck_assert_double_eq_tol(drift.overlap.value, share, 1e-12);
	ck_assert_double_eq_tol(drift.rbo.value, rbo, 1e-12);
	ck_assert_double_gt(drift.jaccard.error, 0);
	ck_assert(drift.jaccard.lower < jaccard && jaccard < drift.jaccard.upper);
	ck_assert_int_eq(drift.jaccard.figure, RQ_DRIFT_knn_jaccard);
	EXPECT_OK(rq_neighbour_drift(&drift, &before, &before, 10, LISTS, &err));
	ck_assert(drift.jaccard.value == 1 && drift.overlap.value == 1 && drift.rbo.value >= 1 - 1e-12 && drift.same == LISTS &&
	          drift.jaccard.error == 0);
	const struct rq_nearest fewer = {rows[1], counts[1], NULL, own, LISTS - 1, DEPTH, 0};
	ck_assert_int_eq(rq_neighbour_drift(&drift, &before, &fewer, 10, LISTS, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "60 lists of neighbours before and 59 now: search the same documents on both sides");
	rq_overlap_release(&overlap);
}
END_TEST

/* knn_overlap, knn_jaccard and knn_rbo of lists that have nothing to do with each other come to their chance. */
START_TEST(random_neighbours_overlap_by_chance)
{
	enum { MANY = 40000, K = 10 };
	uint32_t *rows[2], *counts = malloc(MANY * sizeof *counts);
	struct rq_random random;
	struct rq_list_drift drift;

	ck_assert_ptr_nonnull(counts);
	rq_random_seed(&random, 8);
	for (int side = 0; side < 2; side++) {
		rows[side] = malloc((size_t)MANY * K * sizeof *rows[side]);
		ck_assert_ptr_nonnull(rows[side]);
		for (size_t q = 0; q < MANY; q++) {
			uint32_t order[ROWS];
			for (uint32_t i = 0; i < ROWS; i++) {
				uint32_t j = (uint32_t)rq_random_below(&random, i + 1);
				order[i] = order[j];
				order[j] = i;
			}
			memcpy(rows[side] + q * K, order, K * sizeof *order);
			counts[q] = K;
		}
	}
	const struct rq_nearest before = {rows[0], counts, NULL, NULL, MANY, K, 0}, after = {rows[1], counts, NULL, NULL, MANY, K, 0};
	EXPECT_OK(rq_neighbour_drift(&drift, &before, &after, K, ROWS, &err));
	ck_assert_double_eq_tol(drift.overlap.chance, 1. / 3, 1e-12);
	ck_assert_double_eq_tol(drift.overlap.value, drift.overlap.chance, .003);
	ck_assert_double_eq_tol(drift.jaccard.value, drift.jaccard.chance, .003);
	ck_assert_double_eq_tol(drift.rbo.value, drift.rbo.chance, .003);
	/* by another program: the hypergeometric mean of s / (20 - s) for 10 of 30 */
	ck_assert_double_eq_tol(drift.jaccard.chance, 0.20677846806950084, 1e-11);
	free(rows[0]);
	free(rows[1]);
	free(counts);
}
END_TEST

/* retrieval_jaccard, retrieval_overlap, retrieval_rbo */
START_TEST(rankings_of_topics_in_both_runs)
{
	struct rq_scored_document a[] = {{"d1", 3}, {"d2", 2}, {"d3", 1}}, b[] = {{"d2", 3}, {"d1", 2}, {"d9", 1}}, c[] = {{"d1", 1}};
	struct rq_ranking old[] = {{"q1", a, 3, false}, {"q2", c, 1, false}, {"q3", a, 3, false}}, new[] = {{"q1", b, 3, false}, {"q2", c, 1, false}};
	struct rq_run before = {.rankings = old, .count = 3}, after = {.rankings = new, .count = 2}, none = {0};
	struct rq_list_drift drift;

	EXPECT_OK(rq_retrieval_drift(&drift, &before, &after, 3, &err));
	ck_assert_double_eq_tol(drift.overlap.value, (2. / 3 + 1) / 2, 1e-12);
	ck_assert_double_eq_tol(drift.jaccard.value, (2. / 4 + 1) / 2, 1e-12);
	/* agreements 0, 1, 2/3: .1 (.9 x 1 + .81 x 2/3) + 2/3 x .729 */
	ck_assert_double_eq_tol(drift.rbo.value, (.1 * (.9 + .81 * 2 / 3) + .729 * 2 / 3 + 1) / 2, 1e-12);
	ck_assert(drift.same == 1 && drift.overlap.n == 2 && drift.overlap.figure == RQ_DRIFT_retrieval_overlap &&
	          drift.jaccard.figure == RQ_DRIFT_retrieval_jaccard);
	EXPECT_OK(rq_retrieval_drift(&drift, &before, &none, 3, &err));
	ck_assert(isnan(drift.overlap.value) && drift.overlap.n == 0);
	ck_assert_int_eq(rq_drift_judge(&drift.overlap, .8, NAN), RQ_INCONCLUSIVE);
}
END_TEST

Suite *drift_model_suite(void)
{
	Suite *suite = suite_create("drift_model");
	TCase *alignment = tcase_create("alignment"), *lists = tcase_create("lists");

	tcase_add_test(alignment, cka_and_procrustes_of_more_rows_than_dimensions);
	tcase_add_test(alignment, cka_and_procrustes_of_fewer_rows_than_dimensions);
	tcase_add_test(alignment, a_rotation_changes_neither);
	tcase_add_test(alignment, equal_rows_have_no_alignment);
	tcase_add_test(alignment, alignments_stay_in_their_range);
	tcase_add_test(alignment, values_out_of_range_are_none);
	tcase_add_test(alignment, products_are_those_of_the_plain_loop);
	tcase_add_test(alignment, model_figures_at_any_number_of_threads);
	tcase_add_test(alignment, cosines_of_the_same_texts);
	tcase_add_test(alignment, few_texts_need_two_to_show_a_silent_change);
	tcase_add_test(alignment, one_text_of_many_with_another_vector_fails);
	suite_add_tcase(suite, alignment);
	tcase_add_test(lists, neighbours_overlap_as_rankings_do);
	tcase_add_test(lists, random_neighbours_overlap_by_chance);
	tcase_add_test(lists, rankings_of_topics_in_both_runs);
	suite_add_tcase(suite, lists);
	return suite;
}
