#include "datasets/duplicates.h"
#include "datasets/summary.h"
#include "evalcore/base/random.h"
#include "support.h"

#include <check.h>
#include <string.h>

static const char *const FIELDS[] = {"title", "text"};

static struct rq_summary summarise(const char *corpus, const char *topics, const char *qrels, bool parents)
{
	static struct rq_topics t; /* slices borrow their names: released by the next call */
	struct rq_corpus c = {0};
	struct rq_qrels q = {0};
	struct rq_summary summary;
	struct rq_error err = {0};
	struct rq_text text;

	rq_topics_release(&t);
	if (corpus != NULL) {
		text = text_of(corpus, strlen(corpus));
		ck_assert_int_eq(rq_corpus_parse(&c, &text, FIELDS, 2, &err), RQ_OK);
		rq_text_release(&text);
	}
	if (topics != NULL) {
		text = text_of(topics, strlen(topics));
		ck_assert_int_eq(rq_topics_parse(&t, &text, &err), RQ_OK);
		rq_text_release(&text);
	}
	if (qrels != NULL) {
		text = text_of(qrels, strlen(qrels));
		ck_assert_int_eq(rq_qrels_parse(&q, &text, &err), RQ_OK);
		rq_text_release(&text);
	}
	ck_assert_int_eq(rq_summarise(&summary, &c, &t, &q, parents, &err), RQ_OK);
	rq_corpus_release(&c);
	rq_qrels_release(&q);
	return summary;
}

static void expect_spread(struct rq_spread spread, size_t minimum, size_t median, size_t p95, size_t maximum)
{
	ck_assert_uint_eq(spread.minimum, minimum);
	ck_assert_uint_eq(spread.median, median);
	ck_assert_uint_eq(spread.p95, p95);
	ck_assert_uint_eq(spread.maximum, maximum);
}

START_TEST(documents_are_counted)
{
	struct rq_summary summary = summarise("{\"_id\": 1, \"text\": \"a  b\\tc\"}\n"
	                                      "{\"_id\": 2, \"text\": \"\"}\n"
	                                      "{\"_id\": 3, \"title\": \"\\u00fc\", \"text\": \"\\u4e00\\u4e01 x\", \"parent\": \"p\"}\n"
	                                      "{\"_id\": 4, \"text\": \"a  b\\tc\", \"parent\": \"p\"}\n"
	                                      "{\"_id\": 5, \"text\": \"a  b\\tc\", \"parent\": \"o\"}\n",
	                                      NULL, NULL, false);

	ck_assert_uint_eq(summary.corpus.documents, 5);
	ck_assert_uint_eq(summary.corpus.empty, 1);
	ck_assert_uint_eq(summary.corpus.duplicates, 2);
	ck_assert_uint_eq(summary.corpus.duplicate_groups, 1);
	ck_assert_uint_eq(summary.corpus.chunks, 3);
	ck_assert_uint_eq(summary.corpus.parents, 2);
	expect_spread(summary.corpus.words, 0, 3, 3, 3);
	expect_spread(summary.corpus.characters, 0, 6, 6, 6);
	expect_spread(summary.corpus.chunks_per_parent, 1, 1, 2, 2);
	rq_summary_release(&summary);
}
END_TEST

START_TEST(topics_and_judgments_are_counted)
{
	struct rq_summary summary = summarise("{\"_id\": \"d1\", \"text\": \"x\"}\n{\"_id\": \"d2\", \"text\": \"y\"}\n",
	                                      "{\"_id\": \"q1\", \"text\": \"one two\", \"slice\": \"b\", \"cluster\": 1}\n"
	                                      "{\"_id\": \"q2\", \"text\": \"one\", \"slice\": \"a\", \"cluster\": 1}\n"
	                                      "{\"_id\": \"q3\", \"text\": \"one\", \"slice\": \"b\", \"answerable\": false}\n"
	                                      "{\"_id\": \"q4\", \"text\": \"unjudged\"}\n",
	                                      "q1 0 d1 2\nq1 0 d2 1\nq1 0 gone 0\nq2 0 d1 0\nq3 0 d1 1\nq9 0 d1 1\n", false);

	ck_assert_uint_eq(summary.topics.topics, 4);
	ck_assert_uint_eq(summary.topics.unanswerable, 1);
	ck_assert_uint_eq(summary.topics.slice_count, 2);
	ck_assert_str_eq(summary.topics.slices[0].name, "a");
	ck_assert_uint_eq(summary.topics.slices[0].count, 1);
	ck_assert_str_eq(summary.topics.slices[1].name, "b");
	ck_assert_uint_eq(summary.topics.slices[1].count, 2);
	ck_assert_uint_eq(summary.topics.without_slice, 1);
	ck_assert_uint_eq(summary.topics.clusters, 1);
	ck_assert_uint_eq(summary.topics.clustered, 2);
	expect_spread(summary.topics.words, 1, 1, 2, 2);
	ck_assert_uint_eq(summary.qrels.judgments, 6);
	ck_assert_uint_eq(summary.qrels.topics, 4);
	ck_assert_uint_eq(summary.qrels.scored, 2);
	ck_assert_uint_eq(summary.qrels.no_relevant, 1);
	ck_assert_uint_eq(summary.qrels.unknown_topics, 1);
	ck_assert_uint_eq(summary.qrels.unknown_documents, 1);
	ck_assert_uint_eq(summary.qrels.grade_count, 3);
	ck_assert_int_eq(summary.qrels.grades[2].grade, 2);
	ck_assert_uint_eq(summary.qrels.grades[1].count, 3);
	expect_spread(summary.qrels.judged, 1, 1, 3, 3);
	expect_spread(summary.qrels.relevant, 0, 0, 2, 2);
	rq_summary_release(&summary);
}
END_TEST

START_TEST(what_is_not_there_counts_nothing)
{
	struct rq_summary summary = summarise(NULL, NULL, "q1 0 d1 1\n", false);

	ck_assert_uint_eq(summary.corpus.documents, 0);
	ck_assert_uint_eq(summary.qrels.scored, 1);
	ck_assert_uint_eq(summary.qrels.unknown_documents, 0);
	rq_summary_release(&summary);
}
END_TEST

/* Against comparing every pair. */
START_TEST(duplicates_are_those_of_the_slow_way)
{
	static const char *const words[] = {"", "a", "b", "ab", NULL};
	const char *texts[60];
	size_t first[60];
	struct rq_random random;
	struct rq_error err = {0};

	rq_random_seed(&random, 5);
	for (int round = 0; round < 200; round++) {
		size_t count = rq_random_below(&random, 61);
		for (size_t i = 0; i < count; i++)
			texts[i] = words[rq_random_below(&random, 5)];
		ck_assert_int_eq(rq_find_duplicates(first, texts, count, &err), RQ_OK);
		for (size_t i = 0; i < count; i++) {
			size_t expected = i;
			for (size_t j = 0; j < i && expected == i; j++)
				if (texts[i] != NULL && texts[j] != NULL && texts[i][0] != '\0' && strcmp(texts[i], texts[j]) == 0)
					expected = j;
			ck_assert_uint_eq(first[i], expected);
		}
	}
}
END_TEST

Suite *summary_suite(void)
{
	Suite *suite = suite_create("summary");
	TCase *tests = tcase_create("summary");

	tcase_add_test(tests, documents_are_counted);
	tcase_add_test(tests, topics_and_judgments_are_counted);
	tcase_add_test(tests, what_is_not_there_counts_nothing);
	tcase_add_test(tests, duplicates_are_those_of_the_slow_way);
	suite_add_tcase(suite, tests);
	return suite;
}
