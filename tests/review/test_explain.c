/* Every sentence on a topic of ten documents, a to j: what exact search says is set by hand. */
#include "evalcore/review/explain.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { MOST = 12 };

struct ranked {
	struct rq_scored_document documents[MOST];
	struct rq_ranking ranking;
	struct rq_run run;
};

/* A letter a document, best first. */
static const struct rq_run *ranked(struct ranked *ranked, const char *letters)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
	size_t count = strlen(letters);

	ck_assert(count <= MOST);
	for (size_t i = 0; i < count; i++)
		ranked->documents[i] = (struct rq_scored_document){names[letters[i] - 'a'], 1 - (double)i / 8};
	ranked->ranking = (struct rq_ranking){.topic = "t", .documents = ranked->documents, .count = count};
	ranked->run = (struct rq_run){.rankings = &ranked->ranking, .count = 1};
	return &ranked->run;
}

struct lab {
	struct ranked was, is, exact;
	struct rq_compared_topic topics[2];
	struct rq_comparison comparison;
	struct rq_judgment judgments[4];
	struct rq_topic_judgments of_topic;
	struct rq_qrels qrels;
	struct rq_explanation explanation;
	struct rq_error err;
};

/* a has grade 2, c grade 1, b grade 0, and d was pooled and left. */
static struct rq_explain_request prepare(struct lab *lab, const char *was, const char *is, const char *exact)
{
	*lab = (struct lab){.topics = {{.id = "s", .text = "another"}, {.id = "t", .text = "a question", .slice = "slice"}},
	                    .judgments = {{"a", 2, 1}, {"b", 0, 2}, {"c", 1, 3}, {"d", -1, 4}}};
	lab->comparison = (struct rq_comparison){.topics = lab->topics, .topic_count = 2};
	lab->comparison.sides[RQ_BASELINE].ranked = ranked(&lab->was, was);
	lab->comparison.sides[RQ_CANDIDATE].ranked = ranked(&lab->is, is);
	lab->comparison.sides[RQ_CANDIDATE].exact = exact == NULL ? NULL : ranked(&lab->exact, exact);
	lab->of_topic = (struct rq_topic_judgments){"t", lab->judgments, 4};
	lab->qrels = (struct rq_qrels){.topics = &lab->of_topic, .count = 1, .judgments = 4};
	return (struct rq_explain_request){.comparison = &lab->comparison, .topic = "t", .depth = 3, .qrels = &lab->qrels};
}

static void explain(struct lab *lab, const struct rq_explain_request *request)
{
	ck_assert_msg(rq_explain(&lab->explanation, request, &lab->err) == RQ_OK, "%s", lab->err.text);
}

static void expect_move(const char *was, const char *is, const char *exact, bool is_exact, const char *expected)
{
	struct lab lab;
	struct rq_explain_request request = prepare(&lab, was, is, exact);

	lab.comparison.sides[RQ_CANDIDATE].is_exact = is_exact;
	explain(&lab, &request);
	if (expected == NULL)
		ck_assert_uint_eq(lab.explanation.move_count, 0);
	else
		ck_assert_uint_eq(lab.explanation.move_count, 1);
	if (expected != NULL)
		ck_assert_str_eq(lab.explanation.moves[0], expected);
	rq_explanation_release(&lab.explanation);
}

START_TEST(what_moved_and_why)
{
	expect_move("aef", "afe", NULL, false, NULL);  /* nothing is said of documents that are not relevant */
	expect_move("efga", "efgha", NULL, false, NULL); /* nor of what stands below */
	expect_move("aef", "eaf", NULL, false, "a (grade 2) fell from 1 to 2; now above it: e (unjudged)");
	expect_move("eaf", "aef", NULL, false, "a (grade 2) rose from 2 to 1");
	expect_move("efg", "efa", NULL, false, "a (grade 2) is new at 3");
	expect_move("aef", "", NULL, false, "a (grade 2) was at 1, and the candidate found nothing");
	expect_move("aef", "ea", "ae", false,
	            "a (grade 2) fell from 1 to 2; exact search has it at 1, and the index misses that; now above it: e (unjudged)");
	expect_move("aef", "efg", "aef", false,
	            "a (grade 2) was at 1 and is not among the 3 that the candidate found; exact search has it at 1, and the index misses it; now above "
	            "it: e (unjudged), f (unjudged), g (unjudged)");
	expect_move("aef", "bdaef", "bdaef", false,
	            "a (grade 2) fell from 1 to 3; exact search has it there too, so its vectors put it there; now above it: b (grade 0), d (unjudged)");
	expect_move("aef", "efg", "efg", false,
	            "a (grade 2) was at 1 and is not among the 3 that the candidate found; exact search does not find it either, so its vectors put it "
	            "there; now above it: e (unjudged), f (unjudged), g (unjudged)");
	expect_move("aef", "ea", "ega", false,
	            "a (grade 2) fell from 1 to 2; exact search has it at 3, below what the index misses; now above it: e (unjudged)");
	expect_move("aef", "ea", "efg", false, "a (grade 2) fell from 1 to 2; exact search does not find it so far up; now above it: e (unjudged)");
	expect_move("aef", "ea", NULL, true,
	            "a (grade 2) fell from 1 to 2; the candidate's search is exact, so its vectors put it there; now above it: e (unjudged)");
}
END_TEST

/* A corpus of these letters. */
static struct rq_corpus corpus_of(struct rq_document documents[MOST], const char *letters)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
	size_t count = strlen(letters);

	for (size_t i = 0; i < count; i++)
		documents[i] = (struct rq_document){.id = names[letters[i] - 'a'], .text = ""};
	return (struct rq_corpus){.documents = documents, .count = count};
}

/* Neither vectors nor index have moved what is in one corpus alone. */
START_TEST(documents_of_one_corpus_alone)
{
	static const struct {
		const char *was, *is, *baseline, *candidate, *expected;
	} cases[] = {
		{"aef", "efg", "abcdefg", "bcdefg", "a (grade 2) was at 1 and is no longer in the corpus"},
		{"efg", "aef", "bcdefg", "abcdefg", "a (grade 2) is at 1 and new in the corpus"},
		{"aef", "efg", "abcdefg", "abcdef", "a (grade 2) was at 1 and is not among the 3 that the candidate found; the candidate's search is exact, so its vectors put "
	                                        "it there; now above it: e (unjudged), f (unjudged), g (unjudged)"},
		{"aef", "efg", "abcdefg", NULL, "a (grade 2) was at 1 and is not among the 3 that the candidate found; now above it: e (unjudged), f (unjudged), g (unjudged)"},
		{"aef", "eaf", "abcdefg", NULL, "a (grade 2) fell from 1 to 2; the candidate's search is exact, so its vectors put it there; now above it: e (unjudged)"},
	};
	struct rq_document documents[RQ_SIDES][MOST];
	struct lab lab;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_explain_request request = prepare(&lab, cases[i].was, cases[i].is, NULL);
		struct rq_named_text input = {"candidate.corpus", "..."};
		struct rq_corpus baseline = corpus_of(documents[RQ_BASELINE], cases[i].baseline),
						 candidate = corpus_of(documents[RQ_CANDIDATE], cases[i].candidate == NULL ? "" : cases[i].candidate);
		lab.comparison.inputs = &input;
		lab.comparison.input_count = 1;
		lab.comparison.sides[RQ_CANDIDATE].is_exact = true;
		request.of[RQ_BASELINE] = &baseline;
		request.of[RQ_CANDIDATE] = cases[i].candidate == NULL ? NULL : &candidate;
		explain(&lab, &request);
		ck_assert_uint_eq(lab.explanation.move_count, 1);
		ck_assert_str_eq(lab.explanation.moves[0], cases[i].expected);
		rq_explanation_release(&lab.explanation);
	}
}
END_TEST

START_TEST(overtakers_are_named_as_far_as_they_are_shown)
{
	struct lab lab;
	struct rq_explain_request request = prepare(&lab, "aef", "efghija", NULL);

	request.depth = 6;
	explain(&lab, &request);
	ck_assert_str_eq(lab.explanation.moves[0], "a (grade 2) fell from 1 to 7; now above it: e (unjudged), f (unjudged), g (unjudged) and 3 more");
	rq_explanation_release(&lab.explanation);
}
END_TEST

START_TEST(documents_with_their_ranks)
{
	struct lab lab;
	struct rq_explain_request request = prepare(&lab, "abefg", "dbgaf", "abd");

	explain(&lab, &request);
	const struct rq_explanation *found = &lab.explanation;
	static const struct {
		const char *id;
		size_t was, is, exact;
		bool judged;
		int grade;
	} expected[] = {{"a", 1, 4, 1, true, 2},  {"d", 0, 1, 3, false, 0}, {"b", 2, 2, 2, true, 0},
	                {"e", 3, 0, 0, false, 0}, {"g", 5, 3, 0, false, 0}, {"c", 0, 0, 0, true, 1}};
	ck_assert_uint_eq(found->count, 6);
	for (size_t i = 0; i < 6; i++) {
		const struct rq_explained_document *document = &found->documents[i];
		ck_assert_str_eq(document->id, expected[i].id);
		ck_assert_uint_eq(document->rank[RQ_BASELINE], expected[i].was);
		ck_assert_uint_eq(document->rank[RQ_CANDIDATE], expected[i].is);
		ck_assert_uint_eq(document->exact[RQ_CANDIDATE], expected[i].exact);
		ck_assert_int_eq(document->judged, expected[i].judged);
		ck_assert_int_eq(document->grade, expected[i].grade);
		for (int side = 0; side < RQ_SIDES; side++) {
			double score = 1 - ((double)document->rank[side] - 1) / 8;
			ck_assert(document->rank[side] == 0 ? isnan(document->score[side]) : document->score[side] == score);
		}
	}
	static const char *const was[] = {"a", "b", "e"}, *const is[] = {"d", "b", "g"};
	for (size_t i = 0; i < 3; i++) {
		ck_assert_str_eq(found->documents[found->ranked[RQ_BASELINE][i]].id, was[i]);
		ck_assert_str_eq(found->documents[found->ranked[RQ_CANDIDATE][i]].id, is[i]);
	}
	ck_assert(!found->alike && found->measured[RQ_CANDIDATE] && !found->measured[RQ_BASELINE]);
	ck_assert_str_eq(found->text, "a question");
	ck_assert_str_eq(found->slice, "slice");
	ck_assert_uint_eq(found->place, 1);
	rq_explanation_release(&lab.explanation);
}
END_TEST

START_TEST(without_judgments_every_move_is_told)
{
	struct lab lab;
	struct rq_explain_request request = prepare(&lab, "abe", "bae", NULL);

	request.qrels = NULL;
	explain(&lab, &request);
	ck_assert_uint_eq(lab.explanation.move_count, 2);
	ck_assert_str_eq(lab.explanation.moves[0], "a fell from 1 to 2; now above it: b");
	ck_assert_str_eq(lab.explanation.moves[1], "b rose from 2 to 1");
	rq_explanation_release(&lab.explanation);
}
END_TEST

START_TEST(the_same_on_both_sides)
{
	struct lab lab;
	struct rq_explain_request request = prepare(&lab, "abef", "abeg", NULL);

	explain(&lab, &request);
	ck_assert(lab.explanation.alike); /* to the depth */
	rq_explanation_release(&lab.explanation);
	request.depth = 4;
	explain(&lab, &request);
	ck_assert(!lab.explanation.alike);
	rq_explanation_release(&lab.explanation);
}
END_TEST

START_TEST(topics_that_are_not_compared)
{
	struct lab lab;
	struct rq_explain_request request = prepare(&lab, "abe", "", NULL);

	lab.was.ranking.topic = "u"; /* ranked by one side, and judged by nobody */
	request.topic = "u";
	explain(&lab, &request);
	ck_assert_uint_eq(lab.explanation.place, RQ_NOT_COMPARED_TOPIC);
	ck_assert_uint_eq(lab.explanation.answered[RQ_BASELINE], 3);
	ck_assert_uint_eq(lab.explanation.answered[RQ_CANDIDATE], 0);
	rq_explanation_release(&lab.explanation);
	request.topic = "topic";
	ck_assert_int_eq(rq_explain(&lab.explanation, &request, &lab.err), RQ_E_USAGE);
	ck_assert_str_eq(lab.err.text, "no topic \"topic\"; expected one of 2, \"s\" to \"t\" in the order of their ids");
	rq_explanation_release(&lab.explanation);
	lab.topics[1].id = "topic-17";
	request.topic = "topic-71";
	lab.err = (struct rq_error){0};
	ck_assert_int_eq(rq_explain(&lab.explanation, &request, &lab.err), RQ_E_USAGE);
	ck_assert_str_eq(lab.err.text, "no topic \"topic-71\"; did you mean \"topic-17\"?");
	rq_explanation_release(&lab.explanation);
}
END_TEST

Suite *explain_suite(void)
{
	Suite *suite = suite_create("explain");
	TCase *tests = tcase_create("explain");

	tcase_add_test(tests, what_moved_and_why);
	tcase_add_test(tests, documents_of_one_corpus_alone);
	tcase_add_test(tests, overtakers_are_named_as_far_as_they_are_shown);
	tcase_add_test(tests, documents_with_their_ranks);
	tcase_add_test(tests, without_judgments_every_move_is_told);
	tcase_add_test(tests, the_same_on_both_sides);
	tcase_add_test(tests, topics_that_are_not_compared);
	suite_add_tcase(suite, tests);
	return suite;
}
