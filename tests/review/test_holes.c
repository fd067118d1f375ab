/* Effects against a slow version: all judgments built anew with the document in them, all topics scored, means taken. */
#include "evalcore/review/holes.h"

#include "evalcore/base/random.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOPICS = 5, DOCUMENTS = 24, DEEP = 12, ALL = 10000 };

struct lab {
	char names[DOCUMENTS][8], topics[TOPICS][8];
	struct rq_compared_topic compared[TOPICS];
	struct rq_scored_document documents[RQ_SIDES][TOPICS][DEEP];
	struct rq_ranking rankings[RQ_SIDES][TOPICS];
	struct rq_run runs[RQ_SIDES];
	struct rq_judgment judgments[TOPICS][DOCUMENTS + 1];
	struct rq_topic_judgments of_topics[TOPICS];
	struct rq_qrels qrels;
	struct rq_comparison comparison;
};

static void rank(struct lab *lab, struct rq_random *random, int side, size_t topic, size_t count)
{
	bool used[DOCUMENTS] = {false};

	for (size_t i = 0; i < count; i++) {
		size_t document;
		do
			document = rq_random_below(random, DOCUMENTS);
		while (used[document]);
		used[document] = true;
		lab->documents[side][topic][i] = (struct rq_scored_document){lab->names[document], (double)(count - i)};
	}
	lab->rankings[side][lab->runs[side].count++] = (struct rq_ranking){.topic = lab->topics[topic], .documents = lab->documents[side][topic], .count = count};
}

/* Random rankings and judgments, of grades -1 to 3; a run may lack a topic. */
static void fill(struct lab *lab, uint64_t seed)
{
	struct rq_random random;

	*lab = (struct lab){0};
	rq_random_seed(&random, seed);
	for (size_t d = 0; d < DOCUMENTS; d++)
		snprintf(lab->names[d], sizeof lab->names[d], "d%02zu", d);
	for (size_t t = 0; t < TOPICS; t++) {
		snprintf(lab->topics[t], sizeof lab->topics[t], "t%zu", t);
		lab->compared[t] = (struct rq_compared_topic){.id = lab->topics[t], .text = "", .slice = t % 2 == 0 ? "even" : NULL};
		for (int side = 0; side < RQ_SIDES; side++)
			if (rq_random_below(&random, 8) > 0)
				rank(lab, &random, side, t, rq_random_below(&random, DEEP + 1));
		lab->of_topics[t] = (struct rq_topic_judgments){lab->topics[t], lab->judgments[t], 0};
		for (size_t d = 0; d < DOCUMENTS; d++)
			if (rq_random_below(&random, 3) == 0)
				lab->judgments[t][lab->of_topics[t].count++] = (struct rq_judgment){lab->names[d], (int)rq_random_below(&random, 5) - 1, 0};
		lab->qrels.judgments += lab->of_topics[t].count;
	}
	lab->qrels.topics = lab->of_topics;
	lab->qrels.count = TOPICS;
	lab->comparison = (struct rq_comparison){.topics = lab->compared, .topic_count = TOPICS};
	for (int side = 0; side < RQ_SIDES; side++) {
		lab->runs[side].rankings = lab->rankings[side];
		lab->comparison.sides[side].ranked = &lab->runs[side];
	}
}

static struct rq_metric_spec metric_of(const char *name)
{
	struct rq_metric_spec spec;
	struct rq_error err = {0};

	ck_assert_msg(rq_metric_parse(&spec, name, &err) == RQ_OK, "%s", err.text);
	return spec;
}

static bool counts(const struct lab *lab, size_t topic, const char *slice)
{
	return slice == NULL || (lab->compared[topic].slice != NULL && strcmp(lab->compared[topic].slice, slice) == 0);
}

static double slow_mean(const struct lab *lab, const struct rq_metric_spec *metric, const char *slice)
{
	static const struct rq_ranking none;
	struct rq_pool pool = {0};
	struct rq_error err = {0};
	struct rq_hit hits[DEEP];
	double sum = 0;
	size_t n = 0;

	ck_assert_int_eq(rq_pool_make(&pool, &lab->qrels, &err), RQ_OK);
	for (size_t t = 0; t < TOPICS; t++) {
		if (!counts(lab, t, slice))
			continue;
		n++;
		for (int side = 0; side < RQ_SIDES; side++) {
			const struct rq_ranking *ranking = rq_run_find(&lab->runs[side], lab->topics[t]);
			struct rq_judged_ranking judged = rq_judge_ranking(ranking == NULL ? &none : ranking, &pool.topics[t], hits);
			sum += (side == RQ_CANDIDATE ? 1 : -1) * metric->metric->score(&judged, metric);
		}
	}
	rq_pool_release(&pool);
	return sum / (double)n;
}

static int compare_judgments(const void *a, const void *b)
{
	return strcmp(((const struct rq_judgment *)a)->document, ((const struct rq_judgment *)b)->document);
}

static double slow_effect(const struct lab *lab, const struct rq_metric_spec *metric, const char *slice, size_t topic, const char *document, int grade)
{
	struct lab *with = malloc(sizeof *with);
	size_t i = 0;

	ck_assert_ptr_nonnull(with);
	memcpy(with, lab, sizeof *with);
	for (size_t t = 0; t < TOPICS; t++)
		with->of_topics[t].judgments = with->judgments[t];
	with->qrels.topics = with->of_topics;
	struct rq_topic_judgments *judgments = &with->of_topics[topic];
	while (i < judgments->count && strcmp(judgments->judgments[i].document, document) != 0)
		i++;
	with->qrels.judgments += i == judgments->count;
	judgments->count += i == judgments->count;
	judgments->judgments[i] = (struct rq_judgment){document, grade, 0};
	qsort(judgments->judgments, judgments->count, sizeof *judgments->judgments, compare_judgments);
	double effect = slow_mean(with, metric, slice) - slow_mean(lab, metric, slice);
	free(with);
	return effect;
}

static bool is_unjudged(const struct lab *lab, size_t topic, const char *document)
{
	for (size_t i = 0; i < lab->of_topics[topic].count; i++)
		if (strcmp(lab->judgments[topic][i].document, document) == 0)
			return lab->judgments[topic][i].grade < 0;
	return true;
}

static size_t rank_in(const struct lab *lab, int side, size_t topic, const char *document)
{
	const struct rq_ranking *ranking = rq_run_find(&lab->runs[side], lab->topics[topic]);

	for (size_t i = 0; ranking != NULL && i < ranking->count; i++)
		if (strcmp(ranking->documents[i].document, document) == 0)
			return i + 1;
	return 0;
}

static const struct rq_hole *find_hole(const struct rq_holes *holes, const char *topic, const char *document)
{
	for (size_t i = 0; i < holes->count; i++)
		if (strcmp(holes->items[i].topic->id, topic) == 0 && strcmp(holes->items[i].document, document) == 0)
			return &holes->items[i];
	return NULL;
}

static void expect_all(const struct lab *lab, const struct rq_holes_request *request)
{
	struct rq_holes holes = {0};
	struct rq_error err = {0};
	size_t unjudged = 0, idle = 0;

	ck_assert_msg(rq_holes_find(&holes, request, &err) == RQ_OK, "%s", err.text);
	for (size_t t = 0; t < TOPICS; t++)
		for (size_t d = 0; d < DOCUMENTS && counts(lab, t, request->slice); d++) {
			const char *document = lab->names[d];
			size_t was = rank_in(lab, RQ_BASELINE, t, document), is = rank_in(lab, RQ_CANDIDATE, t, document);
			bool near = was - 1 < request->depth || is - 1 < request->depth;
			const struct rq_hole *hole = find_hole(&holes, lab->topics[t], document);
			if (!near || !is_unjudged(lab, t, document)) {
				ck_assert_ptr_null(hole);
				continue;
			}
			double effect = slow_effect(lab, request->metric, request->slice, t, document, holes.grade);
			unjudged++;
			idle += hole == NULL;
			ck_assert_msg(hole == NULL ? fabs(effect) < 1e-12 : fabs(hole->effect - effect) < 1e-12, "%s %s of %s: %g, expected %g",
			              lab->topics[t], document, request->metric->name, hole == NULL ? 0 : hole->effect, effect);
			if (hole != NULL)
				ck_assert(hole->rank[RQ_BASELINE] == was && hole->rank[RQ_CANDIDATE] == is);
		}
	ck_assert_uint_eq(holes.unjudged, unjudged);
	ck_assert_uint_eq(holes.idle, idle);
	ck_assert_uint_eq(holes.count, unjudged - idle);
	for (size_t i = 1; i < holes.count; i++)
		ck_assert(fabs(holes.items[i - 1].effect) >= fabs(holes.items[i].effect));
	rq_holes_release(&holes);
}

START_TEST(effects_are_those_of_judging_anew)
{
	static const char *const names[] = {"RR@5", "nDCG@5", "nDCG(dcg='exp-log2')@10", "AP", "R(rel=2)@10", "P@3", "Rprec", "Bpref"};
	struct lab *lab = malloc(sizeof *lab);

	ck_assert_ptr_nonnull(lab);
	fill(lab, (uint64_t)_i);
	for (size_t m = 0; m < sizeof names / sizeof *names; m++) {
		struct rq_metric_spec metric = metric_of(names[m]);
		for (size_t depth = 1; depth <= 10; depth += 3) {
			struct rq_holes_request request = {.comparison = &lab->comparison, .qrels = &lab->qrels, .metric = &metric, .depth = depth, .limit = ALL};
			expect_all(lab, &request);
			request.slice = "even";
			request.grade = 1;
			expect_all(lab, &request);
		}
	}
	free(lab);
}
END_TEST

START_TEST(the_budget)
{
	struct lab *lab = malloc(sizeof *lab);
	struct rq_metric_spec metric = metric_of("nDCG@10");
	struct rq_holes all = {0}, few = {0}, of_two = {0};
	struct rq_error err = {0};

	ck_assert_ptr_nonnull(lab);
	fill(lab, 3);
	struct rq_holes_request request = {.comparison = &lab->comparison, .qrels = &lab->qrels, .metric = &metric, .depth = 10, .limit = ALL};
	ck_assert_int_eq(rq_holes_find(&all, &request, &err), RQ_OK);
	ck_assert_uint_gt(all.count, 8);
	ck_assert_int_eq(all.grade, 3); /* the highest in use */
	request.limit = 7;
	ck_assert_int_eq(rq_holes_find(&few, &request, &err), RQ_OK);
	ck_assert_uint_eq(few.count, 7);
	for (size_t i = 0; i < 7; i++)
		ck_assert_ptr_eq(few.items[i].document, all.items[i].document);
	request.limit = ALL;
	request.topics = 2;
	ck_assert_int_eq(rq_holes_find(&of_two, &request, &err), RQ_OK);
	const char *first = all.items[0].topic->id, *second = NULL;
	size_t of = 0;
	for (size_t i = 0; i < all.count; i++) { /* those of the two topics that come first, in their order */
		const char *topic = all.items[i].topic->id;
		if (second == NULL && strcmp(topic, first) != 0)
			second = topic;
		if (strcmp(topic, first) != 0 && strcmp(topic, second) != 0)
			continue;
		ck_assert_ptr_eq(of_two.items[of++].document, all.items[i].document);
	}
	ck_assert_uint_eq(of_two.count, of);
	ck_assert_uint_lt(of, all.count);
	rq_holes_release(&all);
	rq_holes_release(&few);
	rq_holes_release(&of_two);
	free(lab);
}
END_TEST

START_TEST(what_is_refused)
{
	struct lab *lab = malloc(sizeof *lab);
	struct rq_metric_spec metric = metric_of("RR@10");
	struct rq_holes holes = {0};
	struct rq_error err = {0};

	ck_assert_ptr_nonnull(lab);
	fill(lab, 1);
	struct rq_holes_request request = {.comparison = &lab->comparison, .qrels = &lab->qrels, .metric = &metric, .slice = "odd", .depth = 10, .limit = ALL};
	ck_assert_int_eq(rq_holes_find(&holes, &request, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "no topic is in slice \"odd\"");
	rq_holes_release(&holes);
	request.slice = NULL;
	lab->qrels.count--;
	err = (struct rq_error){0};
	ck_assert_int_eq(rq_holes_find(&holes, &request, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "topic \"t4\" has no judgments; expected those that the report was made with");
	rq_holes_release(&holes);
	free(lab);
}
END_TEST

Suite *holes_suite(void)
{
	Suite *suite = suite_create("holes");
	TCase *tests = tcase_create("holes");

	tcase_add_loop_test(tests, effects_are_those_of_judging_anew, 0, 20);
	tcase_add_test(tests, the_budget);
	tcase_add_test(tests, what_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
