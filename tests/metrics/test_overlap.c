/* Overlap of rankings: the paper's example, cases by hand, and a slow version from the definition. */
#include "metrics/overlap.h"

#include "evalcore/base/random.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { LONGEST = 40 };

struct lists {
	struct rq_scored_document documents[2][LONGEST];
	struct rq_ranking rankings[2];
};

static const char *const names[26] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m",
	                                  "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z"};

static void set_list(struct lists *lists, int which, const char *letters)
{
	lists->rankings[which] = (struct rq_ranking){.topic = "t", .documents = lists->documents[which], .count = strlen(letters)};
	for (size_t i = 0; letters[i] != '\0'; i++)
		lists->documents[which][i] = (struct rq_scored_document){names[letters[i] - 'a'], 1};
}

static void count_to(struct rq_overlap *overlap, struct lists *lists, const char *a, const char *b, size_t depth)
{
	struct rq_error err = {0};

	set_list(lists, 0, a);
	set_list(lists, 1, b);
	ck_assert_msg(rq_overlap_count(overlap, &lists->rankings[0], &lists->rankings[1], depth, &err) == RQ_OK, "%s", err.text);
}

/* Webber, Moffat & Zobel 2010, table 1: the agreement of <a b c d e f g> and <z c a v w x y> at depths 1 to 7 is 0, 0, 2/3, 2/4, 2/5, 2/6, 2/7. */
START_TEST(the_papers_example)
{
	static const double agreement[] = {0, 0, .667, .5, .4, .333, .286};
	struct rq_overlap overlap = {0};
	struct lists lists;
	double expected = 0, weight = 1;

	for (size_t depth = 1; depth <= 7; depth++) {
		count_to(&overlap, &lists, "abcdefg", "zcavwxy", depth);
		ck_assert_double_eq_tol((double)overlap.shared / (double)depth, agreement[depth - 1], 5e-4);
		weight *= .9;
		expected += (1 - .9) / .9 * weight * (double)overlap.shared / (double)depth;
	}
	expected += weight * 2 / 7;
	ck_assert_double_eq_tol(rq_rbo(&overlap, .9), expected, 1e-14);
	ck_assert_double_eq_tol(rq_rbo(&overlap, .9), 0.288217285714, 1e-9);
	ck_assert_double_eq_tol(rq_jaccard(&overlap), 2. / 12, 1e-15);
	rq_overlap_release(&overlap);
}
END_TEST

START_TEST(edges)
{
	struct rq_overlap overlap = {0};
	struct lists lists;
	struct rq_error err = {0};

	count_to(&overlap, &lists, "abc", "abc", 10);
	ck_assert_double_eq_tol(rq_rbo(&overlap, .9), 1, 1e-14);
	ck_assert_double_eq(rq_jaccard(&overlap), 1);
	count_to(&overlap, &lists, "abc", "cba", 10);
	ck_assert_double_eq(rq_jaccard(&overlap), 1); /* whatever the order */
	ck_assert_double_lt(rq_rbo(&overlap, .9), 1);
	count_to(&overlap, &lists, "abc", "def", 10);
	ck_assert_double_eq(rq_rbo(&overlap, .9), 0);
	ck_assert_double_eq(rq_jaccard(&overlap), 0);
	count_to(&overlap, &lists, "abc", "", 10);
	ck_assert_double_eq(rq_rbo(&overlap, .9), 0);
	ck_assert_double_eq(rq_jaccard(&overlap), 0);
	count_to(&overlap, &lists, "", "", 10);
	ck_assert_double_eq(rq_rbo(&overlap, .9), 1);
	ck_assert_double_eq(rq_jaccard(&overlap), 1);
	ck_assert_int_eq(rq_overlap_count(&overlap, NULL, &lists.rankings[0], 10, &err), RQ_OK);
	ck_assert_double_eq(rq_jaccard(&overlap), 1);
	/* the shorter list agrees as far as it goes: extrapolated, that is all */
	count_to(&overlap, &lists, "ab", "abcd", 10);
	ck_assert_double_eq_tol(rq_rbo(&overlap, .9), 1, 1e-14);
	ck_assert_double_eq(rq_jaccard(&overlap), .5);
	rq_overlap_release(&overlap);
}
END_TEST

static size_t shared_at(const char *a, const char *b, size_t depth)
{
	size_t shared = 0;

	for (size_t i = 0; i < depth && a[i] != '\0'; i++)
		for (size_t j = 0; j < depth && b[j] != '\0'; j++)
			shared += a[i] == b[j];
	return shared;
}

/* Equation 32 term by term, with S the shorter list. */
static double slow_rbo(const char *a, const char *b, double p)
{
	double s = (double)strlen(strlen(a) <= strlen(b) ? a : b), l = (double)strlen(strlen(a) <= strlen(b) ? b : a), first = 0, second = 0;
	double at_s = (double)shared_at(a, b, (size_t)s), at_l = (double)shared_at(a, b, (size_t)l);

	for (size_t d = 1; d <= (size_t)l; d++)
		first += (double)shared_at(a, b, d) / (double)d * pow(p, (double)d);
	for (size_t d = (size_t)s + 1; d <= (size_t)l; d++)
		second += at_s * ((double)d - s) / (s * (double)d) * pow(p, (double)d);
	return (1 - p) / p * (first + second) + ((at_l - at_s) / l + at_s / s) * pow(p, l);
}

static void shuffle(char letters[27], size_t length, struct rq_random *random)
{
	memcpy(letters, "abcdefghijklmnopqrstuvwxyz", 27);
	for (size_t i = 0; i < length; i++) {
		size_t j = i + (size_t)rq_random_below(random, 26 - i);
		char kept = letters[i];
		letters[i] = letters[j];
		letters[j] = kept;
	}
	letters[length] = '\0';
}

START_TEST(as_the_definition_says)
{
	struct rq_overlap overlap = {0};
	struct rq_random random;
	struct lists lists;
	char a[27], b[27];

	rq_random_seed(&random, 3);
	for (int round = 0; round < 2000; round++) {
		shuffle(a, 1 + (size_t)rq_random_below(&random, 26), &random);
		shuffle(b, 1 + (size_t)rq_random_below(&random, 26), &random);
		double p = .05 + .9 * (double)rq_random_below(&random, 1000) / 1000;
		count_to(&overlap, &lists, a, b, 1000);
		ck_assert_uint_eq(overlap.shared, shared_at(a, b, 26));
		ck_assert_double_eq_tol(rq_rbo(&overlap, p), slow_rbo(a, b, p), 1e-12);
		double there = rq_rbo(&overlap, p);
		count_to(&overlap, &lists, b, a, 1000);
		ck_assert_double_eq_tol(rq_rbo(&overlap, p), there, 1e-14);
		ck_assert(there >= 0 && there <= 1);
		/* a depth cuts both */
		size_t depth = 1 + (size_t)rq_random_below(&random, 26);
		count_to(&overlap, &lists, a, b, depth);
		ck_assert_uint_eq(overlap.shared, shared_at(a, b, depth));
	}
	rq_overlap_release(&overlap);
}
END_TEST

Suite *overlap_suite(void)
{
	Suite *suite = suite_create("overlap");
	TCase *tests = tcase_create("overlap");

	tcase_add_test(tests, the_papers_example);
	tcase_add_test(tests, edges);
	tcase_add_test(tests, as_the_definition_says);
	suite_add_tcase(suite, tests);
	return suite;
}
