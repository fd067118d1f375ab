/* Condensed lists against rankings that were made without their unjudged documents. */
#include "evalcore/base/random.h"
#include "fixture.h"

enum { DOCUMENTS = 30, ROUNDS = 40 };

static const char *const names[] = {"RR@5", "AP", "nDCG@10", "P@5", "R@10", "Judged@10", "Rprec", "Bpref", "ERR@10"};
static char ids[DOCUMENTS][8];

/* `kept`: only what is judged is retrieved. */
static void fill(struct fixture *fixture, uint64_t seed, bool kept)
{
	struct rq_random random;

	fixture_start(fixture);
	rq_random_seed(&random, seed);
	for (int i = 0; i < DOCUMENTS; i++) {
		int grade = (int)rq_random_below(&random, 6) - 2; /* -2: not in the qrels; -1: in the pool, unjudged */
		snprintf(ids[i], sizeof ids[i], "d%02d", i);
		if (!kept || grade >= 0)
			fixture_retrieve(fixture, ids[i], DOCUMENTS - i);
		if (grade > -2)
			fixture_judge(fixture, ids[i], grade);
	}
	fixture_sort(fixture);
}

START_TEST(as_if_unjudged_documents_were_not_there)
{
	struct rq_hit hits[FIXTURE_MAXIMUM];
	struct fixture whole, kept;
	struct fixture_join join;
	struct rq_metric_spec spec;
	struct rq_error err;

	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		fill(&whole, seed, false);
		fill(&kept, seed, true);
		fixture_judge_ranking(&join, &whole);
		struct rq_judged_ranking condensed = rq_condense(&join.ranking, hits);
		ck_assert_uint_eq(condensed.count, kept.ranking.count);
		for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
			ck_assert_msg(rq_metric_parse(&spec, names[i], &err) == RQ_OK, "%s", err.text);
			ck_assert_msg(spec.metric->score(&condensed, &spec) == fixture_score_as(&kept, &spec), "%s, seed %d", names[i], (int)seed);
		}
		/* In its own place it is the same. */
		struct rq_judged_ranking again = rq_condense(&join.ranking, join.hits);
		ck_assert_mem_eq(again.hits, condensed.hits, condensed.hit_count * sizeof *hits);
		rq_pool_release(&join.pool);
	}
}
END_TEST

Suite *condensed_suite(void)
{
	Suite *suite = suite_create("condensed");
	TCase *tests = tcase_create("condensed");

	tcase_add_test(tests, as_if_unjudged_documents_were_not_there);
	suite_add_tcase(suite, tests);
	return suite;
}
