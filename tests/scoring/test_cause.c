/* What happened to a topic, word for word. */
#include "evalcore/scoring/attribution.h"

#include <check.h>
#include <math.h>

/* Ranks: baseline found and exact, candidate found and exact; exact -1: not known. */
static const struct {
	int ranks[4];
	const char *text;
} cases[] = {
	{{3, 3, 0, 3}, "exact search still has doc-17 at 3; HNSW32 misses it"},
	{{1, 1, 17, 3}, "doc-17 fell from 1 to 17 under the new embedding; now above it: doc-88, unjudged"}, /* 1 - .5 by the embedding, .5 - .24 by the index */
	{{3, 3, 17, 3}, "the index lost doc-17: exact search has it at 3, HNSW32 at 17"},
	{{2, 2, 41, 41}, "doc-17 fell from 2 to 41 under the new embedding; now above it: doc-88, unjudged"},
	{{2, 2, 0, 0}, "doc-17 fell from 2 out of the first 50 under the new embedding; now above it: doc-88, unjudged"},
	{{2, -1, 41, -1}, "doc-17 fell from 2 to 41; now above it: doc-88, unjudged"},
	{{1, 0, 0, 0}, "the baseline's IVF16 had doc-17 at 1, which exact search did not find; now it is not found"},
	{{1, 9, 9, 9}, "the baseline's IVF16 had doc-17 at 1, exact search at 9; now it is at 9"},
	{{41, 41, 2, 2}, "doc-17 rose from 41 to 2 under the new embedding"},
	{{0, 0, 2, 2}, "doc-17 came to 2 from outside the first 50 under the new embedding"},
	{{0, 2, 2, 2}, "the baseline's IVF16 missed doc-17, which exact search had at 2; now it is at 2"},
	{{9, 9, 1, 9}, "HNSW32 has doc-17 at 1, exact search at 9"},
	{{0, 0, 1, 0}, "HNSW32 has doc-17 at 1; exact search does not find it"},
	{{4, 4, 4, 4}, ""},
};

static struct rq_move move_of(const int ranks[4])
{
	return (struct rq_move){.document = "doc-17",
	                        .places = {{(size_t)ranks[0], ranks[1] < 0 ? 0 : (size_t)ranks[1]}, {(size_t)ranks[2], ranks[3] < 0 ? 0 : (size_t)ranks[3]}},
	                        .has_exact = ranks[1] >= 0,
	                        .depth = 50,
	                        .index = {"IVF16", "HNSW32"},
	                        .change = "the new embedding",
	                        .newcomer = "doc-88",
	                        .newcomer_judged = "unjudged"};
}

START_TEST(words)
{
	struct rq_move move = move_of(cases[_i].ranks);
	struct rq_buf out = {0};

	rq_buf_puts(&out, "");
	rq_move_tell(&out, &move);
	ck_assert_str_eq(out.data, cases[_i].text);
	rq_buf_release(&out);
}
END_TEST

START_TEST(an_index_without_a_short_name)
{
	struct rq_move move = move_of((const int[4]){3, 3, 0, 3}), luck = move_of((const int[4]){0, 2, 2, 2});
	struct rq_buf out = {0};

	move.index[RQ_CANDIDATE] = luck.index[RQ_BASELINE] = "";
	rq_move_tell(&out, &move);
	rq_buf_puts(&out, "|");
	rq_move_tell(&out, &luck);
	ck_assert_str_eq(out.data, "exact search still has doc-17 at 3; the index misses it|the baseline's index missed doc-17, which exact search had at 2; "
	                           "now it is at 2");
	rq_buf_release(&out);
}
END_TEST

START_TEST(what_is_lost_is_a_difference_of_discounts)
{
	struct rq_move move = move_of((const int[4]){1, 3, 0, 7});

	ck_assert_double_eq_tol(rq_move_lost(&move), 1, 1e-15);            /* 1 / log2(2) - 0 */
	ck_assert_double_eq_tol(rq_move_lost_exactly(&move), .5 - 1. / 3, 1e-15); /* 1 / log2(4) - 1 / log2(8) */
	move.has_exact = false;
	ck_assert_double_eq(rq_move_lost_exactly(&move), 0);
}
END_TEST

Suite *cause_suite(void)
{
	Suite *suite = suite_create("cause");
	TCase *tests = tcase_create("cause");

	tcase_add_loop_test(tests, words, 0, sizeof cases / sizeof *cases);
	tcase_add_test(tests, an_index_without_a_short_name);
	tcase_add_test(tests, what_is_lost_is_a_difference_of_discounts);
	suite_add_tcase(suite, tests);
	return suite;
}
