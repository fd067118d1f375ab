#include "evalcore/model/pool.h"

#include "evalcore/base/random.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum { TOPICS = 300 };

static char names[TOPICS][16];
static struct rq_judgment judgments[TOPICS];
static struct rq_topic_judgments topics[TOPICS];

/* Topics "0" to "299" in strcmp order, each judged once, in the lines of their numbers; or in lines that say nothing. */
static void make(struct rq_pool *pool, struct rq_qrels *qrels, bool lines)
{
	struct rq_error err;

	for (unsigned i = 0; i < TOPICS; i++) {
		unsigned at = i;
		snprintf(names[i], sizeof names[i], "%u", i);
		judgments[i] = (struct rq_judgment){"d", 1, lines ? i + 1 : i % 7 == 0 ? UINT32_MAX : i % 3};
		for (; at > 0 && strcmp(topics[at - 1].topic, names[i]) > 0; at--)
			topics[at] = topics[at - 1];
		topics[at] = (struct rq_topic_judgments){names[i], &judgments[i], 1};
	}
	*qrels = (struct rq_qrels){.topics = topics, .count = TOPICS, .judgments = TOPICS};
	ck_assert_int_eq(rq_pool_make(pool, qrels, &err), RQ_OK);
}

static size_t slowly(const char *name, size_t length)
{
	for (size_t i = 0; i < TOPICS; i++)
		if (strlen(topics[i].topic) == length && memcmp(topics[i].topic, name, length) == 0)
			return i;
	return RQ_NO_TOPIC;
}

START_TEST(topics_are_found_whatever_was_found_before)
{
	struct rq_random random;
	struct rq_qrels qrels;
	struct rq_pool pool;
	char name[16];

	rq_random_seed(&random, 11);
	make(&pool, &qrels, _i == 0);
	for (size_t i = 0; i < 20000; i++) {
		size_t length = (size_t)snprintf(name, sizeof name, "%u", (unsigned)rq_random_below(&random, TOPICS + 50));
		size_t last = i % 50 == 0 ? RQ_NO_TOPIC : (size_t)rq_random_below(&random, TOPICS);
		length -= length > 1 && i % 3 == 0; /* the beginning of another id */
		ck_assert_uint_eq(rq_pool_find(&pool, name, length), slowly(name, length));
		ck_assert_uint_eq(rq_pool_find_next(&pool, last, name, length), slowly(name, length));
	}
	ck_assert_uint_eq(rq_pool_find(&pool, "", 0), RQ_NO_TOPIC);
	rq_pool_release(&pool);
}
END_TEST

START_TEST(the_topic_that_follows_in_the_file_is_the_one_that_is_guessed)
{
	struct rq_qrels qrels;
	struct rq_pool pool;

	make(&pool, &qrels, true);
	for (unsigned i = 0; i + 1 < TOPICS; i++)
		ck_assert_uint_eq(pool.next[slowly(names[i], strlen(names[i]))], slowly(names[i + 1], strlen(names[i + 1])));
	rq_pool_release(&pool);
}
END_TEST

START_TEST(an_empty_pool_has_no_topic)
{
	struct rq_qrels qrels = {0};
	struct rq_pool pool;
	struct rq_error err;

	ck_assert_int_eq(rq_pool_make(&pool, &qrels, &err), RQ_OK);
	ck_assert_uint_eq(rq_pool_find(&pool, "1", 1), RQ_NO_TOPIC);
	ck_assert_uint_eq(rq_pool_find_next(&pool, 0, "1", 1), RQ_NO_TOPIC);
	rq_pool_release(&pool);
}
END_TEST

Suite *pool_suite(void)
{
	Suite *suite = suite_create("pool");
	TCase *tests = tcase_create("pool");

	tcase_add_loop_test(tests, topics_are_found_whatever_was_found_before, 0, 2);
	tcase_add_test(tests, the_topic_that_follows_in_the_file_is_the_one_that_is_guessed);
	tcase_add_test(tests, an_empty_pool_has_no_topic);
	suite_add_tcase(suite, tests);
	return suite;
}
