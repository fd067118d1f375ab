#include "evalcore/model/dataset.h"

#include <check.h>

START_TEST(judgments_are_found_by_topic)
{
	struct rq_topic_judgments topics[] = {{.topic = "1"}, {.topic = "10"}, {.topic = "2"}, {.topic = "a"}};
	struct rq_qrels qrels = {.topics = topics, .count = 4};

	for (size_t i = 0; i < 4; i++)
		ck_assert_ptr_eq(rq_qrels_find(&qrels, topics[i].topic), &topics[i]);
	ck_assert_ptr_null(rq_qrels_find(&qrels, "3"));
	ck_assert_ptr_null(rq_qrels_find(&qrels, ""));
	qrels = (struct rq_qrels){0};
	ck_assert_ptr_null(rq_qrels_find(&qrels, "1"));
}
END_TEST

START_TEST(topics_and_judgments_are_found_by_id)
{
	struct rq_judgment judgments[] = {{"a", 1, 1}, {"aa", 0, 2}, {"b", 2, 3}};
	struct rq_topic_judgments of[] = {{"1", judgments, 3}, {"10", judgments, 1}, {"2", judgments, 0}};
	struct rq_topic topics[] = {{.id = "1"}, {.id = "10"}, {.id = "2"}};
	const struct rq_topics all = {.topics = topics, .count = 3};
	const struct rq_qrels qrels = {.topics = of, .count = 3};

	for (size_t i = 0; i < 3; i++) {
		ck_assert_ptr_eq(rq_judgment_find(&of[0], judgments[i].document), &judgments[i]);
		ck_assert_ptr_eq(rq_topics_find(&all, topics[i].id), &topics[i]);
	}
	ck_assert_ptr_null(rq_judgment_find(&of[0], "ab"));
	ck_assert_ptr_null(rq_judgment_find(&of[1], "b"));
	ck_assert_ptr_null(rq_judgment_find(&of[2], "a"));
	ck_assert_ptr_null(rq_topics_find(&all, "11"));
	ck_assert_ptr_null(rq_topics_find(&(struct rq_topics){0}, "1"));
	ck_assert_uint_eq(rq_qrels_most(&qrels), 3);
	ck_assert_uint_eq(rq_qrels_most(&(struct rq_qrels){0}), 0);
}
END_TEST

START_TEST(releasing_leaves_zeroed_structs_and_may_be_repeated)
{
	struct rq_corpus corpus = {.count = 1};
	struct rq_topics topics = {.count = 1};
	struct rq_qrels qrels = {.count = 1};

	ck_assert_uint_ne(rq_ids_add(&corpus.ids, "d1", 2, NULL), RQ_ID_NONE);
	ck_assert_ptr_nonnull(corpus.documents = rq_arena_alloc(&corpus.arena, 1, sizeof *corpus.documents));
	ck_assert_ptr_nonnull(topics.topics = rq_arena_alloc(&topics.arena, 1, sizeof *topics.topics));
	ck_assert_ptr_nonnull(qrels.topics = rq_arena_alloc(&qrels.arena, 1, sizeof *qrels.topics));
	for (int i = 0; i < 2; i++) {
		rq_corpus_release(&corpus);
		rq_topics_release(&topics);
		rq_qrels_release(&qrels);
		ck_assert_uint_eq(corpus.count + topics.count + qrels.count, 0);
		ck_assert_ptr_null(corpus.documents);
		ck_assert_uint_eq(corpus.ids.count, 0);
		ck_assert_ptr_null(topics.topics);
		ck_assert_ptr_null(qrels.topics);
	}
}
END_TEST

Suite *dataset_suite(void)
{
	Suite *suite = suite_create("dataset");
	TCase *tests = tcase_create("dataset");

	tcase_add_test(tests, judgments_are_found_by_topic);
	tcase_add_test(tests, topics_and_judgments_are_found_by_id);
	tcase_add_test(tests, releasing_leaves_zeroed_structs_and_may_be_repeated);
	suite_add_tcase(suite, tests);
	return suite;
}
