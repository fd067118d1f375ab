/* Skimming leaves out no row that a search in single precision could give the score, in whatever order it sums, and leaves out nearly all others. */
#include "evalcore/index/skim.h"
#include "tests/index/vectors.h"

#include <math.h>

enum { ROWS = 400, QUERIES = 7, ORDERS = 3 };

static float term(const float *a, const float *b, size_t i, enum rq_similarity similarity)
{
	float difference = a[i] - b[i];

	return similarity == RQ_L2 ? difference * difference : a[i] * b[i];
}

/* In single precision: from the front, from the back, or in two halves. */
static double score_in_order(const float *a, const float *b, size_t d, enum rq_similarity similarity, int order)
{
	volatile float sums[2] = {0};

	for (size_t i = 0; i < d; i++)
		sums[order == 2 ? i % 2 : 0] += term(a, b, order == 1 ? d - 1 - i : i, similarity);
	float sum = sums[0] + sums[1];
	return similarity == RQ_L2 ? -sum : sum;
}

static void expect_nothing_lost(const struct rq_vectors *block, const struct rq_vectors *queries, enum rq_similarity similarity)
{
	uint32_t chosen[ROWS];
	double floors[QUERIES];
	struct rq_skim skim;
	struct rq_error err;
	size_t count;

	ck_assert_int_eq(rq_skim_init(&skim, queries, similarity, ROWS, &err), RQ_OK);
	for (int order = 0; order < ORDERS; order++)
		for (size_t row = 0; row < block->n; row += 17) {
			size_t q = row % queries->n; /* what one query chooses would hide what another one leaves out */
			const float *query = queries->data + q * block->d;
			for (size_t other = 0; other < queries->n; other++)
				floors[other] = INFINITY;
			floors[q] = score_in_order(query, block->data + row * block->d, block->d, similarity, order); /* just reached */
			ck_assert(rq_skim_rows(chosen, &count, &skim, block, floors));
			for (size_t i = 0, next = 0; i < block->n; i++) {
				bool is_chosen = next < count && chosen[next] == i, reaches = false;
				next += is_chosen;
				for (int other = 0; other < ORDERS && !is_chosen; other++)
					reaches |= score_in_order(query, block->data + i * block->d, block->d, similarity, other) >= floors[q];
				ck_assert(!reaches);
			}
		}
	rq_skim_release(&skim);
}

START_TEST(what_may_reach_a_score_is_chosen)
{
	static const size_t dimensions[] = {1, 3, 17, 200};
	static const float scales[] = {1, 1e-25f, 1e17f, 3e18f};
	struct rq_vectors block = gaussian_vectors(ROWS, dimensions[_i % 4], 1), queries = gaussian_vectors(QUERIES, dimensions[_i % 4], 2);

	for (size_t i = 0; i < block.n * block.d; i++)
		block.data[i] *= scales[_i / 4 % 4];
	for (size_t i = 0; i < queries.n * queries.d; i++)
		queries.data[i] *= scales[_i / 4 % 4];
	expect_nothing_lost(&block, &queries, _i / 16 == 0 ? RQ_INNER_PRODUCT : RQ_L2);
}
END_TEST

/* Near duplicates, whose scores differ in their last bits alone. */
START_TEST(of_equals_none_is_left_out)
{
	struct rq_vectors block = gaussian_vectors(ROWS, 96, 3), queries = gaussian_vectors(QUERIES, 96, 4);

	for (size_t i = block.d; i < block.n * block.d; i++)
		block.data[i] = i % 31 == 0 ? nextafterf(block.data[i % block.d], 10) : block.data[i % block.d];
	expect_nothing_lost(&block, &queries, _i == 0 ? RQ_INNER_PRODUCT : RQ_L2);
}
END_TEST

START_TEST(the_rest_is_left_out)
{
	struct rq_vectors block = clustered_vectors(ROWS, 256, 5), queries = clustered_vectors(1, 256, 6);
	enum rq_similarity similarity = _i == 0 ? RQ_INNER_PRODUCT : RQ_L2;
	double best = -INFINITY, none = -INFINITY;
	uint32_t chosen[ROWS];
	struct rq_skim skim;
	struct rq_error err;
	size_t count;

	for (size_t i = 0; i < block.n; i++)
		best = fmax(best, score_in_order(queries.data, block.data + i * block.d, block.d, similarity, 0));
	ck_assert_int_eq(rq_skim_init(&skim, &queries, similarity, ROWS, &err), RQ_OK);
	ck_assert(rq_skim_rows(chosen, &count, &skim, &block, &best));
	ck_assert_uint_ge(count, 1);
	ck_assert_uint_le(count, 4);
	ck_assert(rq_skim_rows(chosen, &count, &skim, &block, &none));
	ck_assert_uint_eq(count, ROWS);
	block.data[77 * block.d + 5] = _i == 0 ? NAN : INFINITY;
	ck_assert(!rq_skim_rows(chosen, &count, &skim, &block, &best));
	rq_skim_release(&skim);
}
END_TEST

Suite *skim_suite(void)
{
	Suite *suite = suite_create("skim");
	TCase *tcase = tcase_create("skim");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, NULL, release_kept);
	tcase_add_loop_test(tcase, what_may_reach_a_score_is_chosen, 0, 32);
	tcase_add_loop_test(tcase, of_equals_none_is_left_out, 0, 2);
	tcase_add_loop_test(tcase, the_rest_is_left_out, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
