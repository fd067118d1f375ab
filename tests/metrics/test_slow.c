/* Every ranking metric against its slow version, and against all orders of equal scores, on small random topics. */
#include "tests/metrics/fixture.h"

#include "evalcore/base/random.h"
#include "tests/metrics/slow.h"

#include <math.h>
#include <stdio.h>

static const char *const documents[] = {
	"d0", "d1", "d10", "d11", "d12", "d13", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "e", "f", "g", "h", "i", "j",
};
enum { DOCUMENTS = sizeof documents / sizeof *documents };

static void random_topic(struct fixture *fixture, struct rq_random *random, size_t most, size_t scores)
{
	double keep = rq_random_unit(random), judge = rq_random_unit(random);

	fixture_start(fixture);
	for (size_t i = 0; i < most; i++) {
		if (rq_random_unit(random) < keep)
			fixture_retrieve(fixture, documents[i], (double)rq_random_below(random, scores));
		if (rq_random_unit(random) < judge)
			fixture_judge(fixture, documents[i], (int)rq_random_below(random, 7) - 2);
	}
	fixture_sort(fixture);
}

static int grade_of(const struct fixture *fixture, const char *document)
{
	for (size_t i = 0; i < fixture->judged.count; i++)
		if (strcmp(fixture->judgments[i].document, document) == 0)
			return fixture->judgments[i].grade;
	return SLOW_NOT_POOLED;
}

static void make_slow(struct slow_topic *topic, const struct fixture *fixture)
{
	topic->n = (int)fixture->ranking.count;
	topic->judged_count = (int)fixture->judged.count;
	for (int i = 0; i < topic->n; i++)
		topic->grades[i + 1] = grade_of(fixture, fixture->documents[i].document);
	for (int i = 0; i < topic->judged_count; i++)
		topic->judged[i] = fixture->judgments[i].grade;
}

/* The metric with a random level and a random k, and both. No name has level 0, which -l has. */
static void random_spec(struct rq_metric_spec *spec, int *level, double *k, const struct slow_metric *metric, struct rq_random *random)
{
	struct rq_error err;
	char name[64];

	*level = (int)rq_random_below(random, 5);
	*k = metric->lowest_k + floor(rq_random_unit(random) * (metric->highest_k - metric->lowest_k + (metric->whole != 0)) * 100) / 100;
	*k = metric->whole ? floor(*k) : *k;
	char shown[32];
	snprintf(shown, sizeof shown, "%g", *k); /* as the name has it */
	*k = strtod(shown, NULL);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(name, sizeof name, metric->format, *level > 0 ? *level : 1, *k);
#pragma GCC diagnostic pop
	ck_assert_msg(rq_metric_parse(spec, name, &err) == RQ_OK, "%s", err.text);
	if (*level == 0 && spec->metric->takes_rel)
		spec->relevant = 0;
	else if (*level == 0)
		*level = 1;
}

START_TEST(every_metric_agrees_with_its_slow_version)
{
	struct rq_random random;
	struct slow_topic topic;
	struct fixture fixture;
	struct rq_metric_spec spec;
	int level;
	double k;

	rq_random_seed(&random, 20);
	for (int round = 0; round < 3000; round++) {
		random_topic(&fixture, &random, DOCUMENTS, 8);
		make_slow(&topic, &fixture);
		for (const struct slow_metric *metric = slow_metrics; metric->format != NULL; metric++) {
			random_spec(&spec, &level, &k, metric, &random);
			double fast = fixture_score_as(&fixture, &spec), slow = metric->score(&topic, level, k);
			ck_assert_msg(fabs(fast - slow) <= 1e-12 * fmax(1, fabs(slow)), "round %d, %s at level %d: %.17g, slowly %.17g", round, spec.name, level,
			              fast, slow);
		}
	}
}
END_TEST

START_TEST(every_metric_has_a_slow_version)
{
	for (size_t i = 0; rq_metrics[i] != NULL; i++) {
		bool found = strcmp(rq_metrics[i]->name, "NumQ") == 0; /* 1, always */
		for (const struct slow_metric *metric = slow_metrics; metric->format != NULL; metric++)
			found |= strcspn(metric->format, "(@") == strlen(rq_metrics[i]->name) &&
			         strncmp(metric->format, rq_metrics[i]->name, strlen(rq_metrics[i]->name)) == 0;
		ck_assert_msg(found || rq_metrics[i]->source != RQ_FROM_JUDGMENTS, "%s has no slow version", rq_metrics[i]->name);
	}
}
END_TEST

/* ---- orders of equal scores ---- */

/* Those that begin among the ranks that count. */
static size_t find_ties(struct rq_tie *ties, const struct fixture *fixture, size_t depth)
{
	const struct rq_scored_document *ranked = fixture->documents;
	size_t count = 0, n = fixture->ranking.count;

	for (size_t first = 0, after; first < n && first < depth; first = after) {
		bool pooled = false;
		for (after = first; after < n && ranked[after].score == ranked[first].score; after++)
			pooled |= grade_of(fixture, ranked[after].document) != SLOW_NOT_POOLED;
		if (pooled && after - first > 1)
			ties[count++] = (struct rq_tie){(uint32_t)(first + 1), (uint32_t)after};
	}
	return count;
}

/* What is seen while every order of every tie is gone through. */
struct seen {
	const struct slow_metric *metric;
	int level;
	double k, sum, lowest, highest;
	size_t orders;
};

static void visit_orders(struct seen *seen, struct slow_topic *topic, const struct rq_tie *ties, size_t tie_count, uint32_t rank)
{
	if (tie_count == 0) {
		double value = seen->metric->score(topic, seen->level, seen->k);
		seen->lowest = seen->orders == 0 ? value : fmin(seen->lowest, value);
		seen->highest = seen->orders == 0 ? value : fmax(seen->highest, value);
		seen->sum += value;
		seen->orders++;
		return;
	}
	if (rank >= ties[0].last) {
		visit_orders(seen, topic, ties + 1, tie_count - 1, tie_count > 1 ? ties[1].first : 0);
		return;
	}
	for (uint32_t other = rank; other <= ties[0].last; other++) {
		int grade = topic->grades[rank];
		topic->grades[rank] = topic->grades[other];
		topic->grades[other] = grade;
		visit_orders(seen, topic, ties, tie_count, rank + 1);
		topic->grades[other] = topic->grades[rank];
		topic->grades[rank] = grade;
	}
}

static void check_over_ties(struct fixture *fixture, const struct slow_metric *metric, struct rq_random *random)
{
	struct rq_tie ties[FIXTURE_MAXIMUM];
	struct slow_topic topic;
	struct fixture_join join;
	struct rq_metric_spec spec;
	struct rq_over_ties over;
	struct seen seen = {.metric = metric};

	random_spec(&spec, &seen.level, &seen.k, metric, random);
	make_slow(&topic, fixture);
	fixture_judge_ranking(&join, fixture);
	size_t depth = (size_t)topic.n;
	if (depth > 0 && rq_random_below(random, 2) == 0)
		depth -= (size_t)rq_random_below(random, depth);
	topic.n = (int)depth;
	join.ranking.count = depth;
	for (; join.ranking.hit_count > 0 && join.ranking.hits[join.ranking.hit_count - 1].rank > depth; join.ranking.hit_count--)
		join.ranking.past_count++;
	join.ranking.ties = ties;
	join.ranking.tie_count = find_ties(ties, fixture, depth);
	visit_orders(&seen, &topic, ties, join.ranking.tie_count, join.ranking.tie_count > 0 ? ties[0].first : 0);
	ck_assert(rq_metric_over_ties(&over, &join.ranking, &spec, spec.metric->score(&join.ranking, &spec), NULL) == RQ_OK);
	rq_pool_release(&join.pool);
	double expected = seen.sum / (double)seen.orders, scale = 1e-11 * fmax(1, fabs(expected));
	ck_assert_msg(fabs(over.expected - expected) <= scale, "%s at level %d: expected %.17g, over all orders %.17g", spec.name, seen.level,
	              over.expected, expected);
	ck_assert_msg(fabs(over.lowest - seen.lowest) <= scale, "%s at level %d: lowest %.17g, over all orders %.17g", spec.name, seen.level, over.lowest,
	              seen.lowest);
	ck_assert_msg(fabs(over.highest - seen.highest) <= scale, "%s at level %d: highest %.17g, over all orders %.17g", spec.name, seen.level,
	              over.highest, seen.highest);
	ck_assert(!over.sampled);
}

START_TEST(orders_of_equal_scores_are_all_accounted_for)
{
	struct rq_random random;
	struct fixture fixture;

	rq_random_seed(&random, 21);
	for (int round = 0; round < 200; round++) {
		random_topic(&fixture, &random, 6 + rq_random_below(&random, 2), 1 + rq_random_below(&random, 3));
		for (const struct slow_metric *metric = slow_metrics; metric->format != NULL; metric++)
			check_over_ties(&fixture, metric, &random);
	}
}
END_TEST

/* Sixty equal scores, relevant ones among them: with no formula for the metric a sample tells, the same one every time. */
START_TEST(too_many_orders_are_sampled_and_that_is_said)
{
	static const char *const formless[] = {"infAP", "IPrec@0.5", "11pt_avg", "G"};
	struct rq_tie tie = {1, 60};
	struct rq_hit hits[12];
	int32_t judged[14];
	struct rq_judged_ranking ranking = {
		.hits = hits, .hit_count = 12, .count = 60, .judged = judged, .judged_count = 14, .ideal_count = 7, .ties = &tie, .tie_count = 1};
	struct rq_metric_spec spec;

	for (uint32_t i = 0; i < 14; i++)
		judged[i] = i < 7 ? 1 : 0;
	for (uint32_t i = 0; i < 12; i++)
		hits[i] = (struct rq_hit){1 + 5 * i, i % 2, i};
	for (size_t i = 0; i < sizeof formless / sizeof *formless; i++) {
		struct rq_over_ties over, again;
		ck_assert(rq_metric_parse(&spec, formless[i], NULL) == RQ_OK);
		double value = spec.metric->score(&ranking, &spec);
		ck_assert(rq_metric_over_ties(&over, &ranking, &spec, value, NULL) == RQ_OK &&
		          rq_metric_over_ties(&again, &ranking, &spec, value, NULL) == RQ_OK);
		ck_assert(over.lowest == again.lowest && over.expected == again.expected && over.highest == again.highest && over.sampled);
		ck_assert_msg(over.lowest < over.expected && over.expected < over.highest, "%s: %g %g %g", formless[i], over.lowest, over.expected,
		              over.highest);
	}
	/* The one relevant document is somewhere among 60: few enough orders to try all. */
	hits[0].grade = 1;
	ranking.hit_count = ranking.judged_count = ranking.ideal_count = 1;
	struct rq_over_ties one;
	double harmonic = 0;
	for (int i = 1; i <= 60; i++)
		harmonic += 1.0 / i / 60;
	ck_assert(rq_metric_parse(&spec, "IPrec@1", NULL) == RQ_OK);
	ck_assert(rq_metric_over_ties(&one, &ranking, &spec, spec.metric->score(&ranking, &spec), NULL) == RQ_OK);
	ck_assert_double_eq_tol(one.expected, harmonic, 1e-12);
	ck_assert_double_eq_tol(one.lowest, 1.0 / 60, 1e-15);
	ck_assert_double_eq(one.highest, 1);
	ck_assert(!one.sampled);
}
END_TEST

Suite *slow_suite(void)
{
	Suite *suite = suite_create("slow");
	TCase *slow = tcase_create("slow");

	tcase_add_test(slow, every_metric_agrees_with_its_slow_version);
	tcase_add_test(slow, every_metric_has_a_slow_version);
	tcase_add_test(slow, orders_of_equal_scores_are_all_accounted_for);
	tcase_add_test(slow, too_many_orders_are_sampled_and_that_is_said);
	suite_add_tcase(suite, slow);
	return suite;
}
