/* What a set of topics can show, against plain simulation and normal theory. */
#include "metrics/stats/stats.h"

#include "evalcore/base/random.h"

#include <check.h>
#include <math.h>

enum { TOPICS_MAXIMUM = 1000, ROUNDS = 1500 };

static double zeros[TOPICS_MAXIMUM], differences[TOPICS_MAXIMUM];

static void fill(size_t n, double churn, double size, uint64_t seed)
{
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t i = 0; i < n; i++)
		differences[i] = rq_random_unit(&random) < churn ? size * (2 * rq_random_unit(&random) - 1) : 0;
}

/* The share of this verdict over samples of m from the n differences, less their mean and the effect. */
static double simulated(enum rq_outcome outcome, size_t n, size_t m, double effect, double margin)
{
	static double sample[20 * TOPICS_MAXIMUM], none[20 * TOPICS_MAXIMUM];
	struct rq_random random;
	double mean = 0;
	size_t found = 0;

	ck_assert_uint_le(m, 20 * TOPICS_MAXIMUM);
	for (size_t i = 0; i < n; i++)
		mean += differences[i] / (double)n;
	rq_random_seed(&random, 77);
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < m; i++)
			sample[i] = differences[rq_random_below(&random, n)] - mean - effect;
		struct rq_paired paired = rq_paired_compare(none, sample, m);
		found += rq_paired_verdict(&paired, margin, paired.p_worse) == outcome;
	}
	return (double)found / ROUNDS;
}

/* 250 resamples and these 1,500: .8 within four standard errors of their difference. */
START_TEST(a_simulation_finds_four_in_five)
{
	static const struct {
		size_t n;
		double churn, size, margin;
	} cases[] = {{50, .3, 1, .07}, {200, .1, 1, .02}, {200, 1, .3, .05}, {1000, .2, 1, .01}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = cases[i].n;
		double margin = cases[i].margin;
		fill(n, cases[i].churn, cases[i].size, i);
		struct rq_power power = rq_power(zeros, differences, n, margin, 5);
		ck_assert_double_eq_tol(simulated(RQ_FAIL, n, n, power.detectable, margin), .8, .11);
		ck_assert_double_lt(simulated(RQ_FAIL, n, n, power.detectable * .7, margin), .72);
		ck_assert_uint_ge(power.topics_to_pass, rq_topics_needed(margin));
		double share = simulated(RQ_PASS, n, power.topics_to_pass, 0, margin);
		ck_assert_double_gt(share, .69);
		ck_assert(share < .91 || power.topics_to_pass == rq_topics_needed(margin));
	}
}
END_TEST

/* (z(.95) + z(.8))^2 s^2 / margin^2 = (2.4865 s/margin)^2, also beyond the topics that are drawn. */
START_TEST(many_topics_follow_the_normal_theory)
{
	static const double margins[] = {.02, .01, .003, .001};

	fill(TOPICS_MAXIMUM, 1, 1, 9);
	struct rq_paired paired = rq_paired_compare(zeros, differences, TOPICS_MAXIMUM);
	double variance = paired.sum_squares / TOPICS_MAXIMUM - paired.delta * paired.delta;
	for (size_t i = 0; i < sizeof margins / sizeof *margins; i++) {
		struct rq_power power = rq_power(zeros, differences, TOPICS_MAXIMUM, margins[i], 1);
		ck_assert_double_eq_tol((double)power.topics_to_pass / (2.4865 * 2.4865 * variance / margins[i] / margins[i]), 1, .25);
	}
	ck_assert_uint_eq(rq_power(zeros, differences, TOPICS_MAXIMUM, .0001, 1).topics_to_pass, 0);
}
END_TEST

/* Nothing moves: every resample is the same, so the answers are those of one verdict. */
START_TEST(no_spread_is_the_verdict_itself)
{
	fill(200, 0, 0, 1);
	struct rq_power power = rq_power(zeros, differences, 200, .02, 1);

	ck_assert_uint_eq(power.topics_to_pass, 175);
	for (size_t i = 0; i < 200; i++)
		differences[i] = -power.detectable;
	struct rq_paired paired = rq_paired_compare(zeros, differences, 200);
	ck_assert_int_eq(rq_paired_verdict(&paired, .02, paired.p_worse), RQ_FAIL);
	for (size_t i = 0; i < 200; i++)
		differences[i] = -power.detectable + .0001;
	paired = rq_paired_compare(zeros, differences, 200);
	ck_assert_int_ne(rq_paired_verdict(&paired, .02, paired.p_worse), RQ_FAIL);
}
END_TEST

START_TEST(edges_have_plain_answers)
{
	fill(200, .3, 1, 2);
	struct rq_power power = rq_power(zeros, differences, 200, .02, 1), again = rq_power(zeros, differences, 200, .02, 1);

	ck_assert(power.detectable == again.detectable && power.topics_to_pass == again.topics_to_pass);
	/* what the candidate lost is taken off first: the same set lower by .25 */
	for (size_t i = 0; i < 200; i++)
		differences[i] -= .25;
	again = rq_power(zeros, differences, 200, .02, 1);
	ck_assert_double_eq_tol(again.detectable, power.detectable, .0002);
	ck_assert_uint_eq(again.topics_to_pass, power.topics_to_pass);
	again = rq_power(zeros, differences, 1, .02, 1); /* a topic cannot fail, but 175 of no spread pass */
	ck_assert(isnan(again.detectable) && again.topics_to_pass == 175);
	again = rq_power(zeros, differences, 200, 1e-300, 1);
	ck_assert_uint_eq(again.topics_to_pass, 0);
	ck_assert_uint_eq(rq_power(zeros, differences, 200, 3.4e-7, 1).topics_to_pass, 0);
	again = rq_power(zeros, differences, 0, .02, 1);
	ck_assert(isnan(again.detectable) && again.topics_to_pass == 0);
	differences[7] = NAN;
	again = rq_power(zeros, differences, 200, .02, 1);
	ck_assert(isnan(again.detectable) && again.topics_to_pass == 0);
}
END_TEST

Suite *power_suite(void)
{
	Suite *suite = suite_create("power");
	TCase *power = tcase_create("power");

	tcase_set_timeout(power, 120);
	tcase_add_test(power, a_simulation_finds_four_in_five);
	tcase_add_test(power, many_topics_follow_the_normal_theory);
	tcase_add_test(power, no_spread_is_the_verdict_itself);
	tcase_add_test(power, edges_have_plain_answers);
	suite_add_tcase(suite, power);
	return suite;
}
