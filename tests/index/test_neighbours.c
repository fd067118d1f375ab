#include "evalcore/index/neighbours.h"
#include "tests/index/vectors.h"

#include <string.h>

struct entry {
	double score;
	uint32_t row, rank;
};

static int by_score_then_rank(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return x->rank < y->rank ? 1 : -1;
}

/* n entries with few distinct scores, as many ties as can be. */
static struct entry *entries_of(size_t n, uint64_t seed, const uint32_t *ranks)
{
	struct entry *entries = keep(malloc((n + 1) * sizeof *entries));
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t i = 0; i < n; i++)
		entries[i] = (struct entry){.score = (double)rq_random_below(&random, n / 3 + 1) - 2, .row = (uint32_t)i, .rank = ranks[i]};
	return entries;
}

START_TEST(lists_are_ordered_by_score_then_rank)
{
	for (size_t n = 0; n < 200; n++) {
		uint32_t *ranks = shuffled_ranks(n, n), *rows = keep(malloc((n + 1) * sizeof *rows));
		double *scores = keep(malloc((n + 1) * sizeof *scores));
		struct entry *entries = entries_of(n, n, ranks);
		for (size_t i = 0; i < n; i++) {
			rows[i] = entries[i].row;
			scores[i] = entries[i].score;
		}
		rq_neighbours_order(rows, scores, n, ranks);
		qsort(entries, n, sizeof *entries, by_score_then_rank);
		for (size_t i = 0; i < n; i++) {
			ck_assert_uint_eq(rows[i], entries[i].row);
			ck_assert_double_eq(scores[i], entries[i].score);
		}
	}
}
END_TEST

START_TEST(a_list_keeps_the_best_k)
{
	for (size_t n = 1; n < 120; n += 3)
		for (size_t k = 0; k < 40; k += 1 + k / 4) {
			uint32_t *ranks = shuffled_ranks(n, n + 1);
			struct entry *entries = entries_of(n, n * 100 + k, ranks);
			struct rq_neighbours neighbours = neighbours_for(1, k);
			struct rq_list list = rq_neighbours_list(&neighbours, 0, ranks);
			for (size_t i = 0; i < n; i++)
				rq_list_push(&list, entries[i].row, entries[i].score);
			rq_neighbours_order(list.rows, list.scores, *list.count, ranks);
			qsort(entries, n, sizeof *entries, by_score_then_rank);
			ck_assert_uint_eq(*list.count, n < k ? n : k);
			for (size_t i = 0; i < *list.count; i++)
				ck_assert_uint_eq(list.rows[i], entries[i].row);
		}
}
END_TEST

START_TEST(absurd_sizes_are_out_of_memory)
{
	struct rq_neighbours neighbours;
	struct rq_error err;

	ck_assert_int_eq(rq_neighbours_init(&neighbours, SIZE_MAX / 2, 3, &err), RQ_E_NOMEM);
	ck_assert_ptr_null(neighbours.rows);
	ck_assert_int_eq(rq_neighbours_init(&neighbours, SIZE_MAX / 8, 1, &err), RQ_E_NOMEM);
	ck_assert_int_eq(rq_neighbours_init(&neighbours, 0, 0, &err), RQ_OK);
	rq_neighbours_release(&neighbours);
}
END_TEST

START_TEST(the_registry_knows_each_backend)
{
	size_t count = 0;

	for (; rq_backends[count] != NULL; count++) {
		const struct rq_backend *backend = rq_backends[count];
		ck_assert_ptr_eq(rq_backend_find(backend->name), backend);
		ck_assert(backend->help[0] != '\0' && backend->citation[0] != '\0' && backend->version > 0 && backend->library()[0] != '\0');
		ck_assert(backend->check != NULL && backend->build != NULL && backend->configure != NULL && backend->search_batch != NULL &&
		          backend->rows != NULL);
		ck_assert(backend->dimension != NULL && backend->remark != NULL && backend->close != NULL);
		ck_assert(backend->stored == (backend->save != NULL && backend->load != NULL));
	}
	ck_assert_uint_eq(count, 2);
	ck_assert_ptr_null(rq_backend_find("bm26"));
	ck_assert(rq_backend_find("exact")->exact && !rq_backend_find("faiss")->exact);
	for (const struct rq_option *option = rq_index_options; option->name != NULL; option++)
		ck_assert(option->help != NULL && option->help[0] != '\0');
}
END_TEST

Suite *neighbours_suite(void)
{
	Suite *suite = suite_create("neighbours");
	TCase *tests = tcase_create("neighbours");

	tcase_add_checked_fixture(tests, NULL, release_kept);
	tcase_add_test(tests, lists_are_ordered_by_score_then_rank);
	tcase_add_test(tests, a_list_keeps_the_best_k);
	tcase_add_test(tests, absurd_sizes_are_out_of_memory);
	tcase_add_test(tests, the_registry_knows_each_backend);
	suite_add_tcase(suite, tests);
	return suite;
}
