/* Two answers to the same topics: what is the same, who lost, and the one document that tells why. */
#include "evalcore/compare/answers.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rq_error err;
static struct rq_answer_changes changes;
static struct rq_document_changes documents;
static struct rq_holding holdings[RQ_SIDES];
static struct rq_run runs[RQ_SIDES], exact[RQ_SIDES];
static struct rq_qrels qrels;
static struct rq_metric_spec spec;
static struct rq_answers_request request;

static void set_up(void)
{
	err = (struct rq_error){0};
	changes = (struct rq_answer_changes){.depth = 3};
	ck_assert_int_eq(rq_metric_parse(&spec, "RR@10", &err), RQ_OK);
	request = (struct rq_answers_request){
		.runs = {&runs[0], &runs[1]}, .exact_note = "not split: they are run files", .specs = &spec, .spec_count = 1};
}

static void release(void)
{
	rq_answer_changes_release(&changes);
	rq_document_changes_release(&documents);
	rq_qrels_release(&qrels);
	for (int side = 0; side < RQ_SIDES; side++) {
		rq_holding_release(&holdings[side]);
		rq_run_release(&runs[side]);
		rq_run_release(&exact[side]);
	}
}

/* "q1 d1 d2; q2 d3": topics in strcmp order, documents best first. */
static void make_run(struct rq_run *run, const char *text)
{
	run->rankings = rq_arena_alloc(&run->arena, 16, sizeof *run->rankings);
	ck_assert_ptr_nonnull(run->rankings);
	while (*text != '\0') {
		struct rq_ranking *ranking = &run->rankings[run->count++];
		ranking->documents = rq_arena_alloc(&run->arena, 16, sizeof *ranking->documents);
		size_t length = strcspn(text, " ;");
		ranking->topic = rq_arena_strndup(&run->arena, text, length);
		for (text += length; *text == ' '; text += length) {
			text++;
			length = strcspn(text, " ;");
			const char *id = rq_arena_strndup(&run->arena, text, length);
			ranking->documents[ranking->count] = (struct rq_scored_document){id, -(double)ranking->count};
			ranking->count++;
		}
		text += *text == ';' ? 2 : 0;
	}
}

/* The same, of the documents that are relevant. */
static void judge(const char *text)
{
	struct rq_run relevant = {0};

	make_run(&relevant, text);
	qrels.arena = relevant.arena;
	qrels.topics = rq_arena_alloc(&qrels.arena, relevant.count, sizeof *qrels.topics);
	for (size_t i = 0; i < relevant.count; i++) {
		const struct rq_ranking *ranking = &relevant.rankings[i];
		struct rq_judgment *judgments = rq_arena_alloc(&qrels.arena, ranking->count, sizeof *judgments);
		for (size_t j = 0; j < ranking->count; j++)
			judgments[j] = (struct rq_judgment){.document = ranking->documents[j].document, .grade = 1};
		qrels.topics[qrels.count++] = (struct rq_topic_judgments){ranking->topic, judgments, ranking->count};
		qrels.judgments += ranking->count;
	}
	request.qrels = &qrels;
}

/* "d1=1,0 d2=0.6,0.8": vectors of two dimensions. */
static void make_holding(struct rq_holding *holding, const char *text)
{
	ck_assert_int_eq(rq_vectors_init(&holding->vectors, 16, 2, &err), RQ_OK);
	holding->vectors.n = 0;
	for (int used; *text != '\0'; text += used) {
		float *vector = holding->vectors.data + 2 * holding->vectors.n++;
		char id[32];
		ck_assert_int_eq(sscanf(text, " %31[^=]=%f,%f%n", id, &vector[0], &vector[1], &used), 3);
		ck_assert_uint_ne(rq_ids_add(&holding->ids, id, strlen(id), NULL), RQ_ID_NONE);
	}
}

static void compare_holdings(const char *before, const char *now)
{
	make_holding(&holdings[0], before);
	make_holding(&holdings[1], now);
	ck_assert_int_eq(rq_documents_compare(&documents, holdings, NULL, &err), RQ_OK);
	request.holdings = holdings;
	request.documents = &documents;
	request.depth = 10;
	request.exact_note = "exact search over the vectors of each side";
}

static void compare(void)
{
	ck_assert_msg(rq_answers_compare(&changes, &request, &err) == RQ_OK, "%s", err.text);
}

START_TEST(what_overlaps)
{
	make_run(&runs[0], "q1 a b c; q2 a b c; q3 a b c; q4 a");
	make_run(&runs[1], "q1 a b c; q2 b a c; q3 x y z; q5 a");
	compare();
	ck_assert_uint_eq(changes.count, 5);
	ck_assert_uint_eq(changes.same, 1);
	ck_assert_uint_eq(changes.only[0], 1);
	ck_assert_uint_eq(changes.only[1], 1);
	const double overlaps[] = {1, 1, 0, 0, 0};
	for (size_t i = 0; i < 5; i++) {
		ck_assert_double_eq(changes.topics[i].overlap, overlaps[i]);
		ck_assert_double_eq(changes.topics[i].jaccard, overlaps[i]);
	}
	ck_assert_double_eq(changes.topics[0].rbo, 1);
	/* Webber et al., equation 32, of two lists of 3 that differ in their first ranks alone: X = 0, 2, 3 */
	double p = .9, sum = (2 / 2. * p * p + 3 / 3. * p * p * p) * (1 - p) / p;
	ck_assert_double_eq_tol(changes.topics[1].rbo, sum + 3 / 3. * p * p * p, 1e-12);
	ck_assert_double_eq(changes.topics[2].rbo, 0);
	ck_assert_double_eq_tol(changes.overlap.mean, 2 / 5., 1e-15);
	ck_assert_uint_eq(changes.lost, 4);
	ck_assert_uint_eq(changes.comparison.metric_count, 0);
}
END_TEST

START_TEST(lists_of_another_depth)
{
	static const struct {
		const char *a, *b, *metric;
		bool shallow;
	} cases[] = {
		{"q1 a b c d", "q1 a b c; q2 a b", "RR@3", false}, /* nothing looks behind the third */
		{"q1 a b c d", "q1 a b c; q2 a b", "RR@4", true},
		{"q1 a b c d", "q1 a b c; q2 a b", "RR", true},
		{"q1 a b", "q1 a b c", "RR@1", true},              /* overlap looks at three */
		{"q1 a b", "q1 a c; q2 b", "RR", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		release();
		set_up();
		ck_assert_int_eq(rq_metric_parse(&spec, cases[i].metric, &err), RQ_OK);
		make_run(&runs[0], cases[i].a);
		make_run(&runs[1], cases[i].b);
		compare();
		ck_assert_msg(changes.shallow == cases[i].shallow, "%zu", i);
	}
}
END_TEST

START_TEST(nothing_in_common_is_refused)
{
	make_run(&runs[0], "q1 a");
	make_run(&runs[1], "q2 a");
	ck_assert_int_eq(rq_answers_compare(&changes, &request, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "A and B have no topic in common, so there is nothing to compare; are both of one set of topics?");
}
END_TEST

/* Means over all judged topics; what a run lacks counts as nothing found. */
START_TEST(metrics_of_judged_topics)
{
	make_run(&runs[0], "q1 a b; q2 c d; q3 e f");
	make_run(&runs[1], "q1 b a; q2 c d");
	judge("q1 a; q2 d; q3 e; q4 z");
	compare();
	const struct rq_metric_result *metric = &changes.comparison.metrics[0];
	ck_assert_uint_eq(changes.comparison.topic_count, 4);
	ck_assert_double_eq_tol(metric->value[RQ_BASELINE], (1 + .5 + 1 + 0) / 4, 1e-15);
	ck_assert_double_eq_tol(metric->value[RQ_CANDIDATE], (.5 + .5 + 0 + 0) / 4, 1e-15);
	ck_assert_uint_eq(metric->paired.n, 4);
	ck_assert_uint_eq(metric->paired.losses, 2);
	ck_assert_uint_eq(changes.lost, 2);
	ck_assert_uint_eq(changes.gained, 0);
	ck_assert_double_eq(changes.topics[0].moved, -.5);
	ck_assert_str_eq(changes.topics[0].metric, "RR@10");
	ck_assert_ptr_null(changes.topics[1].metric);
	ck_assert(isnan(changes.topics[1].moved));
	ck_assert_double_eq(changes.topics[2].moved, -1);
	ck_assert_str_eq(changes.topics[0].told, "a fell from 1 to 2; now above it: b, unjudged");
	ck_assert_str_eq(metric->attribution.absent, "not split: they are run files");

	size_t *order, count;
	ck_assert_int_eq(rq_answer_changes_order(&order, &count, &changes, &err), RQ_OK);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(order[0], 2);
	ck_assert_uint_eq(order[1], 0);
	free(order);
}
END_TEST

static const struct rq_topic_change *topic(const char *id)
{
	for (size_t i = 0; i < changes.count; i++)
		if (strcmp(changes.topics[i].id, id) == 0)
			return &changes.topics[i];
	ck_abort_msg("no topic %s", id);
}

/* One topic of each cause. Exact search is told apart from what was found. */
START_TEST(each_cause_by_its_document)
{
	compare_holdings("gone=1,0 still=0,1 turned=1,0 same=0.6,0.8 hidden=0.8,0.6 other=-1,0",
	                 "still=0,1 turned=0,-1 same=0.6,0.8 hidden=0.8,0.6 other=-1,0 came=-0.6,0.8");
	make_run(&runs[0], "qa gone still; qb turned other; qc same other; qd hidden other; qe still other; qf other still");
	make_run(&runs[1], "qa still; qb other turned; qc came same; qd other; qe came still; qf still other");
	make_run(&exact[0], "qa gone still; qb turned other; qc same other; qd hidden other; qe still other; qf still other");
	make_run(&exact[1], "qa still; qb other turned; qc came same; qd hidden other; qe came still; qf still other");
	request.exact[0] = &exact[0];
	request.exact[1] = &exact[1];
	judge("qa gone; qb turned; qc same; qd hidden; qe came; qf still");
	compare();
	ck_assert_int_eq(topic("qa")->why, RQ_WHY_REMOVED);
	ck_assert_str_eq(topic("qa")->told, "gone is no longer there");
	ck_assert_int_eq(topic("qb")->why, RQ_WHY_MOVED);
	ck_assert_str_eq(topic("qb")->told, "turned fell from 1 to 2 under the new vectors and documents; now above it: other, unjudged; its vector moved (cosine 0.0000)");
	ck_assert_int_eq(topic("qc")->why, RQ_WHY_OVERTAKEN);
	ck_assert_str_eq(topic("qc")->told, "same fell from 1 to 2 under the new vectors and documents; now above it: came, unjudged; its own vector is the same");
	ck_assert_int_eq(topic("qd")->why, RQ_WHY_INDEX);
	ck_assert_str_eq(topic("qd")->told, "exact search still has hidden at 1; the index misses it");
	ck_assert_int_eq(topic("qe")->why, RQ_WHY_ADDED);
	ck_assert_str_eq(topic("qe")->told, "came is new");
	ck_assert_int_eq(topic("qf")->why, RQ_WHY_INDEX);
	ck_assert_double_eq(topic("qf")->moved, .5);
	ck_assert_uint_eq(changes.lost, 4);
	ck_assert_uint_eq(changes.gained, 2);
	ck_assert_uint_eq(changes.lost_by[RQ_WHY_INDEX], 1);
	ck_assert_uint_eq(changes.gained_by[RQ_WHY_ADDED], 1);
	/* what exact search shows of the difference, and the rest: they add up */
	const struct rq_attribution *part = &changes.comparison.metrics[0].attribution;
	ck_assert_ptr_null(part->absent);
	ck_assert_double_eq_tol(part->delta, (-1 - .5 - .5 - 1 + 1 + .5) / 6, 1e-15);
	ck_assert_double_eq_tol(part->embedding, (-1 - .5 - .5 + 0 + 1 + 0) / 6, 1e-15);
	ck_assert_double_eq_tol(part->embedding + part->index, part->delta, 1e-15);
}
END_TEST

/* A vector that moved because its text did, and one that did not though it should have. */
START_TEST(texts_as_a_cause)
{
	static struct rq_document texts[RQ_SIDES][2] = {{{.text = "old"}, {.text = "as it was"}}, {{.text = "new"}, {.text = "another"}}};
	struct rq_corpus corpora[RQ_SIDES] = {{0}};
	const struct rq_corpus *both[RQ_SIDES] = {&corpora[0], &corpora[1]};

	for (int side = 0; side < RQ_SIDES; side++) {
		ck_assert_uint_ne(rq_ids_add(&corpora[side].ids, "turned", 6, NULL), RQ_ID_NONE);
		ck_assert_uint_ne(rq_ids_add(&corpora[side].ids, "stale", 5, NULL), RQ_ID_NONE);
		corpora[side].documents = texts[side];
		corpora[side].count = 2;
	}
	compare_holdings("turned=1,0 stale=0.6,0.8 other=-1,0", "turned=0,-1 stale=0.6,0.8 other=-1,0 came=-0.6,0.8");
	rq_document_changes_release(&documents);
	ck_assert_int_eq(rq_documents_compare(&documents, holdings, both, &err), RQ_OK);
	make_run(&runs[0], "qa turned other; qb stale other");
	make_run(&runs[1], "qa other turned; qb came stale");
	make_run(&exact[0], "qa turned other; qb stale other");
	make_run(&exact[1], "qa other turned; qb came stale");
	request.exact[0] = &exact[0];
	request.exact[1] = &exact[1];
	judge("qa turned; qb stale");
	compare();
	ck_assert_int_eq(topic("qa")->why, RQ_WHY_TEXT);
	ck_assert_ptr_nonnull(strstr(topic("qa")->told, "; its text changed, and its vector with it (cosine 0.0000)"));
	ck_assert_int_eq(topic("qb")->why, RQ_WHY_OVERTAKEN);
	ck_assert_ptr_nonnull(strstr(topic("qb")->told, "; its own vector is the same, though its text changed"));
	for (int side = 0; side < RQ_SIDES; side++)
		rq_ids_release(&corpora[side].ids);
}
END_TEST

/* Without judgments what the baseline found first tells it. */
START_TEST(causes_without_judgments)
{
	compare_holdings("gone=1,0 still=0,1 hidden=0.8,0.6", "still=0,1 hidden=0.8,0.6");
	make_run(&runs[0], "qa gone still; qb still hidden; qc still");
	make_run(&runs[1], "qa still; qb still; qc still");
	make_run(&exact[0], "qa gone still; qb still hidden; qc still");
	make_run(&exact[1], "qa still; qb still hidden; qc still");
	request.exact[0] = &exact[0];
	request.exact[1] = &exact[1];
	compare();
	ck_assert_str_eq(topic("qa")->told, "gone is no longer there");
	ck_assert_str_eq(topic("qb")->told, "exact search still has hidden at 2; the index misses it");
	ck_assert_ptr_null(topic("qc")->told);
	ck_assert_uint_eq(changes.lost, 2);
	ck_assert_uint_eq(changes.lost_by[RQ_WHY_REMOVED], 1);
	ck_assert_uint_eq(changes.lost_by[RQ_WHY_INDEX], 1);
}
END_TEST

Suite *answers_suite(void)
{
	Suite *suite = suite_create("answers");
	TCase *tcase = tcase_create("answers");

	tcase_add_checked_fixture(tcase, set_up, release);
	tcase_add_test(tcase, what_overlaps);
	tcase_add_test(tcase, lists_of_another_depth);
	tcase_add_test(tcase, nothing_in_common_is_refused);
	tcase_add_test(tcase, metrics_of_judged_topics);
	tcase_add_test(tcase, each_cause_by_its_document);
	tcase_add_test(tcase, texts_as_a_cause);
	tcase_add_test(tcase, causes_without_judgments);
	suite_add_tcase(suite, tcase);
	return suite;
}
