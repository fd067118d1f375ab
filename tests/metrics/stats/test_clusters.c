/* What clusters of topics and builds of an index add to a paired comparison. */
#include "metrics/stats/stats.h"

#include "evalcore/base/random.h"

#include <check.h>
#include <math.h>

#define NEAR(a, b) ck_assert_double_eq_tol(a, b, 1e-11)

enum { TOPICS_MAXIMUM = 400, CLUSTERED_MAXIMUM = 4000 };

static double zeros[CLUSTERED_MAXIMUM], differences[CLUSTERED_MAXIMUM];
static size_t cluster_of[CLUSTERED_MAXIMUM];

static struct rq_paired clustered(size_t n, size_t groups)
{
	struct rq_paired paired;

	ck_assert_int_eq(rq_paired_compare_clustered(&paired, zeros, differences, n, cluster_of, groups, NULL), RQ_OK);
	return paired;
}

static void fill(size_t n, struct rq_random *random)
{
	double churn = rq_random_unit(random);

	for (size_t i = 0; i < n; i++)
		differences[i] = rq_random_unit(random) < churn ? 2 * rq_random_unit(random) - 1 : 0;
}

/* {.1, .3}, {-.2}, {0, .2, .4}: Delta = .8/6; sums less size x Delta: .133333, -.333333, .2; Var = 3/2 x (.0177778 + .1111111 + .04)/36 = .00703704;
 * t = .133333/.0838871 = 1.589437 */
START_TEST(the_variance_is_that_of_clusters_by_hand)
{
	static const double by_hand[] = {.1, 0, .3, -.2, .2, .4};
	static const size_t clusters[] = {4, 0, 4, 2, 0, 0};

	for (size_t i = 0; i < 6; i++) {
		differences[i] = by_hand[i];
		cluster_of[i] = clusters[i];
	}
	struct rq_paired paired = clustered(6, 5); /* two of the five have no topic */
	ck_assert(paired.n == 6 && paired.groups == 3 && rq_paired_units(&paired) == 2); /* 36/14 */
	NEAR(paired.delta, .8 / 6);
	NEAR(paired.t, .8 / 6 / sqrt(1.5 * .168888888888889 / 36));
	ck_assert_double_eq(paired.t_df, 2);
	ck_assert(paired.wins == 4 && paired.ties == 1 && paired.losses == 1);
}
END_TEST

START_TEST(single_topics_give_the_plain_digits)
{
	struct rq_random random;

	rq_random_seed(&random, 1);
	for (int round = 0; round < 200; round++) {
		size_t n = 1 + rq_random_below(&random, TOPICS_MAXIMUM);
		fill(n, &random);
		for (size_t i = 0; i < n; i++)
			cluster_of[i] = (i * 7 + 3) % n; /* n == 7 k: several topics a cluster, tested elsewhere */
		if (n % 7 == 0)
			continue;
		struct rq_paired plain = rq_paired_compare(zeros, differences, n), own = clustered(n, n);
		ck_assert(own.groups == n && own.group_cross == 0 && own.group_squares == 0 && own.group_largest == 1);
		ck_assert(own.sum == plain.sum && own.sum_squares == plain.sum_squares && own.lower == plain.lower && own.upper == plain.upper);
		ck_assert(own.p_worse == plain.p_worse && (own.t == plain.t || isnan(plain.t)) && isnan(own.t) == isnan(plain.t));
		ck_assert(own.t_p == plain.t_p || isnan(plain.t_p));
		ck_assert_uint_eq(rq_topics_to_settle(&own, .05, own.p_worse), rq_topics_to_settle(&plain, .05, plain.p_worse));
	}
}
END_TEST

/* From the definition: residuals of clusters and of 1.5 pseudo-clusters as large as the largest, in two passes. */
static double slow_bound(size_t n, size_t groups, double pseudo, int side, double *p)
{
	long double own[TOPICS_MAXIMUM] = {0}, sizes[TOPICS_MAXIMUM] = {0}, sum = 0, squares = 0, square_sizes = 0, size = 0;

	for (size_t i = 0; i < n; i++) {
		sum += differences[i];
		sizes[cluster_of[i]]++;
	}
	for (size_t g = 0; g < groups; g++) {
		square_sizes += sizes[g] * sizes[g];
		size = fmaxl(size, sizes[g]);
	}
	long double weight = (long double)n * (long double)n / square_sizes + 1.5L;
	long double total = (long double)n + 1.5L * size, mean = (sum + 1.5L * size * pseudo) / total;
	for (size_t i = 0; i < n; i++)
		own[cluster_of[i]] += differences[i] - mean;
	for (size_t g = 0; g < groups; g++)
		squares += own[g] * own[g];
	squares += 1.5L * (size * (pseudo - mean)) * (size * (pseudo - mean));
	double error = (double)(sqrtl(weight / (weight - 1) * squares) / total);
	*p = rq_t_cdf((double)mean / error, (double)weight - 1);
	return (double)mean + side * rq_t_quantile(.95, (double)weight - 1) * error;
}

START_TEST(bounds_agree_with_the_slow_version)
{
	struct rq_random random;
	double p, ignored;

	rq_random_seed(&random, 2);
	for (int round = 0; round < 300; round++) {
		size_t groups = 1 + rq_random_below(&random, 80), n = groups + rq_random_below(&random, TOPICS_MAXIMUM - 80);
		fill(n, &random);
		for (size_t i = 0; i < n; i++)
			cluster_of[i] = i < groups ? i : rq_random_below(&random, groups);
		struct rq_paired paired = clustered(n, groups);
		ck_assert_uint_eq(paired.groups, groups);
		NEAR(paired.lower, fmax(-1, slow_bound(n, groups, -1, -1, &ignored)));
		NEAR(paired.upper, fmin(1, slow_bound(n, groups, 1, 1, &p)));
		NEAR(paired.p_worse, p);
		ck_assert(groups > 1 || isnan(paired.t));
	}
}
END_TEST

/* Each topic asked twice tells nothing new. */
START_TEST(copies_of_topics_decide_nothing)
{
	static double doubled[TOPICS_MAXIMUM];
	struct rq_random random;

	rq_random_seed(&random, 3);
	fill(150, &random);
	struct rq_paired once = rq_paired_compare(zeros, differences, 150);
	for (size_t i = 0; i < 300; i++) {
		doubled[i] = differences[i / 2];
		cluster_of[i] = i / 2;
	}
	for (size_t i = 0; i < 300; i++)
		differences[i] = doubled[i];
	struct rq_paired twice = clustered(300, 150);
	NEAR(twice.lower, once.lower);
	NEAR(twice.upper, once.upper);
	NEAR(twice.p_worse, once.p_worse);
	NEAR(twice.t, once.t);
	ck_assert_double_gt(rq_paired_compare(zeros, differences, 300).lower, twice.lower + .01);
	/* 300 topics are enough for a margin of .02, 150 clusters are not */
	for (size_t i = 0; i < 300; i++)
		differences[i] = .01;
	struct rq_paired plain = rq_paired_compare(zeros, differences, 300);
	twice = clustered(300, 150);
	ck_assert_int_eq(rq_paired_verdict(&plain, .02, plain.p_worse), RQ_PASS);
	ck_assert_int_eq(rq_paired_verdict(&twice, .02, twice.p_worse), RQ_INCONCLUSIVE);
	ck_assert_uint_eq(rq_topics_to_settle(&twice, .02, twice.p_worse), 350);
	struct rq_paired none = clustered(0, 0);
	ck_assert(none.lower == -1 && none.upper == 1 && none.groups == 0);
}
END_TEST

/* Topics of one cluster in twenty are lost, at the margin, and one cluster in twenty or fifty has 20 topics. Counted as they come, clusters would
 * let 13 to 35 % pass. 1,000 rounds: a rate of .05 has a standard error of .007. */
START_TEST(a_few_large_clusters_do_not_pass_for_many)
{
	static const struct {
		size_t groups;
		double large;
	} cases[] = {{360, .05}, {1000, .05}, {1000, .02}};
	struct rq_random random;

	rq_random_seed(&random, 10);
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		size_t passed = 0;
		for (int round = 0; round < 1000; round++) {
			size_t n = 0;
			for (size_t g = 0; g < cases[k].groups; g++) {
				double d = rq_random_unit(&random) < .05 ? -1 : 0;
				size_t size = rq_random_unit(&random) < cases[k].large ? 20 : 1;
				ck_assert_uint_le(n + size, CLUSTERED_MAXIMUM);
				for (size_t i = 0; i < size; i++) {
					differences[n] = d;
					cluster_of[n++] = g;
				}
			}
			struct rq_paired paired = clustered(n, cases[k].groups);
			passed += rq_paired_verdict(&paired, .05, paired.p_worse) == RQ_PASS;
		}
		ck_assert_msg(passed <= 50, "%zu clusters: %zu of 1000", cases[k].groups, passed);
	}
}
END_TEST

/* What moves is in one kind of clusters alone, at the worst case: a cluster is lost with the probability that brings the mean to the margin, and for
 * FAIL every topic that does not gain 1 falls by the margin, with a mean of 0. With pseudo-clusters of a mean size up to 14 % would pass. */
START_TEST(losses_in_one_kind_of_clusters_alone_do_not_pass)
{
	static const struct {
		size_t size, large, groups;
		double margin;
		bool small_move;
	} cases[] = {{3, 11, 526, .01, false}, {5, 18, 889, .01, false}, {2, 12, 414, .01, false}, {3, 14, 284, .02, false},
	             {3, 11, 526, .01, true},  {5, 40, 360, .05, true},  {20, 10, 500, .05, true}};
	struct rq_random random;

	rq_random_seed(&random, 11);
	for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
		size_t large = cases[k].large, n = large * cases[k].size + cases[k].groups - large, passed = 0, failed = 0;
		size_t moving = cases[k].small_move ? cases[k].groups - large : large * cases[k].size;
		double margin = cases[k].margin, share = (double)n / (double)moving, lost = margin * share, gained = margin / (1 + margin) * share;
		ck_assert(n <= CLUSTERED_MAXIMUM && lost < 1);
		for (int round = 0; round < 2000; round++) {
			bool fails = round % 2 == 1;
			size_t i = 0;
			for (size_t g = 0; g < cases[k].groups; g++) {
				bool moves = (g >= large) == cases[k].small_move && rq_random_unit(&random) < (fails ? gained : lost);
				double d = fails ? (moves ? 1 : -margin) : (moves ? -1 : 0);
				for (size_t end = i + (g < large ? cases[k].size : 1); i < end; i++) {
					differences[i] = d;
					cluster_of[i] = g;
				}
			}
			struct rq_paired paired = clustered(n, cases[k].groups);
			enum rq_outcome outcome = rq_paired_verdict(&paired, margin, paired.p_worse);
			passed += !fails && outcome == RQ_PASS;
			failed += fails && outcome == RQ_FAIL;
		}
		ck_assert_msg(passed <= 65 && failed <= 65, "case %zu: %zu and %zu of 1000", k, passed, failed);
	}
}
END_TEST

/* The other way round: clusters of which nothing moves pass as soon as their number allows it, whatever their sizes. */
START_TEST(large_clusters_do_pass)
{
	size_t n = 0;

	for (size_t g = 0; g < 800; g++)
		for (size_t i = 0; i < (g < 100 ? 3U : 1U); i++) {
			differences[n] = 0;
			cluster_of[n++] = g;
		}
	struct rq_paired paired = clustered(n, 800);
	ck_assert_uint_eq(rq_paired_units(&paired), 625); /* 1000^2 / (100 x 9 + 700) */
	ck_assert_int_eq(rq_paired_verdict(&paired, .02, paired.p_worse), RQ_PASS);
}
END_TEST

/* s_b^2 = (.01^2 + .01^2)/4 = .00005, of five builds .00001. Topics: 100, of which 10 fall by .3; S = -3, Q = .9, N = 101.5, U: m = -1.5/101.5 =
 * -.0147783, s^2/N = (2.4 - .0221675)/100.5/101.5 = .000233109; SE = sqrt(.000243109) = .0155919; df = .000243109^2/(.000233109^2/100.5 +
 * .00001^2/4) = 104.48 */
START_TEST(builds_widen_the_bounds)
{
	static const double means[] = {-.02, -.03, -.04, -.03, -.03}, same[] = {-.03, -.03, -.03, -.03, -.03}, unknown[] = {-.03, NAN, 0, 0, 0};

	for (size_t i = 0; i < 100; i++)
		differences[i] = i < 10 ? -.3 : 0;
	struct rq_paired plain = rq_paired_compare(zeros, differences, 100), paired = plain;
	NEAR(rq_paired_add_builds(&paired, means, 4), sqrt(.0002 / 3));
	ck_assert(paired.lower == plain.lower && paired.upper == plain.upper && paired.build_variance == 0); /* too few: for the report */
	NEAR(rq_paired_add_builds(&paired, means, 5), sqrt(.00005));
	double topics = (2.4 - 2.25 / 101.5) / 100.5 / 101.5, both = topics + .00001, df = both * both / (topics * topics / 100.5 + 1e-10 / 4);
	ck_assert_double_eq_tol(df, 104.48, .01);
	NEAR(paired.upper, -1.5 / 101.5 + rq_t_quantile(.95, df) * sqrt(both));
	NEAR(paired.p_worse, rq_t_cdf(-1.5 / 101.5 / sqrt(both), df));
	ck_assert(paired.lower < plain.lower && paired.upper > plain.upper && paired.delta == plain.delta);
	paired = plain;
	ck_assert_double_eq(rq_paired_add_builds(&paired, same, 5), 0);
	ck_assert(isnan(rq_paired_add_builds(&paired, unknown, 5)) && isnan(rq_paired_add_builds(&paired, means, 1)));
	ck_assert(paired.lower == plain.lower && paired.upper == plain.upper && paired.p_worse == plain.p_worse);
}
END_TEST

Suite *clusters_suite(void)
{
	Suite *suite = suite_create("clusters");
	TCase *clusters = tcase_create("clusters");

	tcase_add_test(clusters, the_variance_is_that_of_clusters_by_hand);
	tcase_add_test(clusters, single_topics_give_the_plain_digits);
	tcase_add_test(clusters, bounds_agree_with_the_slow_version);
	tcase_add_test(clusters, copies_of_topics_decide_nothing);
	tcase_add_test(clusters, a_few_large_clusters_do_not_pass_for_many);
	tcase_add_test(clusters, losses_in_one_kind_of_clusters_alone_do_not_pass);
	tcase_add_test(clusters, large_clusters_do_pass);
	tcase_add_test(clusters, builds_widen_the_bounds);
	suite_add_tcase(suite, clusters);
	return suite;
}
