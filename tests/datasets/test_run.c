#include "evalcore/base/random.h"
#include "support.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void refused(const char *data, const char *expected)
{
	struct rq_run run;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, strlen(data));

	ck_assert_int_eq(rq_run_parse(&run, &text, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(run.rankings);
	rq_text_release(&text);
}

static struct rq_run parsed(const char *data)
{
	struct rq_run run;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, strlen(data));

	ck_assert_msg(rq_run_parse(&run, &text, &err) == RQ_OK, "%s", err.text);
	rq_text_release(&text);
	return run;
}

static void is_sample(struct rq_run run)
{
	static const struct rq_scored_document nine[] = {{"d3", 1e3}, {"d20", 0.5}, {"d2", 0.5}, {"d1", -2}};

	ck_assert_uint_eq(run.count, 2);
	ck_assert_str_eq(run.rankings[0].topic, "10");
	ck_assert_uint_eq(run.rankings[0].count, 1);
	ck_assert_str_eq(run.rankings[0].documents[0].document, "d1");
	ck_assert_str_eq(run.rankings[1].topic, "9");
	ck_assert_uint_eq(run.rankings[1].count, 4);
	ck_assert(!run.rankings[1].failed);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_str_eq(run.rankings[1].documents[i].document, nine[i].document);
		ck_assert(run.rankings[1].documents[i].score == nine[i].score);
	}
	rq_run_release(&run);
}

START_TEST(trec_and_json_lines_read_alike)
{
	is_sample(parsed("9 Q0 d1 1 -2 tag\r\n\n9\t0\td2  7 .5\n10 Q0 d1 1 1 a b c\n 9 Q0 d20 1 5e-1 t\n9 Q0 d3 x 1000 t"));
	is_sample(parsed("\n {\"topic\": 9, \"hits\": [{\"id\": \"d1\", \"score\": -2}, {\"id\": \"d2\", \"score\": 0.5, \"more\": 1},"
					 " {\"id\": \"d20\", \"score\": 0.5}, {\"id\": \"d3\", \"score\": 1e3}]}\r\n\n"
					 "{\"topic\": \"10\", \"tag\": \"x\", \"hits\": [{\"id\": \"d1\", \"score\": 1}]}"));
}
END_TEST

/* A topic whose id starts like the one before it. */
START_TEST(neighbouring_topics_are_told_apart)
{
	struct rq_run run = parsed("10 Q0 a 1 3 t\n1 Q0 a 1 2 t\n10 Q0 b 1 1 t\n100 Q0 b 1 1 t\n");

	ck_assert_uint_eq(run.count, 3);
	ck_assert_uint_eq(rq_run_find(&run, "1")->count, 1);
	ck_assert_uint_eq(rq_run_find(&run, "10")->count, 2);
	ck_assert_uint_eq(rq_run_find(&run, "100")->count, 1);
	rq_run_release(&run);
}
END_TEST

START_TEST(infinite_scores_and_empty_rankings_are_kept)
{
	struct rq_run run = parsed("1 Q0 a 1 -inf t\n1 Q0 b 1 Infinity t\n1 Q0 c 1 0 t\n");

	ck_assert_str_eq(run.rankings[0].documents[0].document, "b");
	ck_assert(isinf(run.rankings[0].documents[0].score));
	ck_assert_str_eq(run.rankings[0].documents[2].document, "a");
	rq_run_release(&run);
	run = parsed("{\"topic\": \"q\", \"hits\": []}");
	ck_assert_uint_eq(run.count, 1);
	ck_assert_uint_eq(run.rankings[0].count, 0);
	rq_run_release(&run);
}
END_TEST

#define TREC "topic, Q0, document, rank, score, tag"
#define LIKE "{\"topic\": \"q1\", \"hits\": [{\"id\": \"d7\", \"score\": 0.5}]}"

START_TEST(what_is_wrong_in_trec_is_named)
{
	refused("", "x: no lines; expected " TREC " on each, or JSON lines like " LIKE);
	refused("\r\n \n", "x: no lines; expected " TREC " on each, or JSON lines like " LIKE);
	refused("1 Q0 d1 1\n", "x:1:10: 4 columns; expected 6: " TREC);
	refused("1 Q0 d1 1 2 t\n1\n", "x:2:2: 1 columns; expected 6: " TREC);
	refused("1 Q0 d1 1 abc t\n", "x:1:11: the score is \"abc\"; expected a number in column 5 of " TREC);
	refused("1 Q0 d1 1 1.5x t\n", "x:1:11: the score is \"1.5x\"; expected a number in column 5 of " TREC);
	refused("1 Q0 d1 1 nan t\n", "x:1:11: the score is \"nan\"; expected a number in column 5 of " TREC);
	refused("1 Q0 d1 1 -NaN t\n", "x:1:11: the score is \"-NaN\"; expected a number in column 5 of " TREC);
	refused("1 Q0 d1 1 1e999 t\n", "x:1:11: the score \"1e999\" is too large for a double; scale the scores, or write inf");
	refused("1 Q0 d\x02 1 1 t\n",
			"x:1:6: the document id \"d?\" contains a control character; expected an id without white space or control characters");
	refused("1 Q0 d1 1 1 t\x1b[1m\n", "x:1:13: the tag \"t?[1m\" contains a control character; expected a tag without white space or control characters");
	refused("1 Q0 d1 1 3 t\n2 Q0 d1 1 3 t\n\n1 Q0 d2 1 2 t\n1 Q0 d1 1 1 t\n",
			"x:5:6: duplicate document \"d1\" for topic \"1\", first on line 1; keep one of the two");
}
END_TEST

START_TEST(what_is_wrong_in_json_is_named)
{
	refused("{\"topic\": \"q\"}", "x:1: no \"hits\"; expected an array of {\"id\", \"score\"}");
	refused("{\"topic\": \"q\", \"hits\": {}}", "x:1: \"hits\" is {}; expected an array of {\"id\", \"score\"}");
	refused("{\"hits\": []}", "x:1: no \"topic\"; expected a string or an integer below 2^53");
	refused("{\"topic\": \"q\", \"hits\": [5]}", "x:1: hits[0] is a number; expected {\"id\", \"score\"}");
	refused("{\"topic\": \"q\", \"hits\": [{\"id\": \"a\", \"score\": 1}, {\"score\": 1}]}",
			"x:1: no \"hits[1].id\"; expected a string or an integer below 2^53");
	refused("{\"topic\": \"q\", \"hits\": [{\"id\": \"a\"}]}", "x:1: no \"hits[0].score\"; expected a number");
	refused("{\"topic\": \"q\", \"hits\": [{\"id\": \"a\", \"score\": \"1\"}]}", "x:1: \"hits[0].score\" is \"1\"; expected a number");
	refused("{\"topic\": \"q\", \"hits\": [{\"id\": \"a\", \"score\": 1}, {\"id\": \"b\", \"score\": 2}, {\"id\": \"a\", \"score\": 3}]}",
			"x:1: duplicate document \"a\" in hits[0] and hits[2]; keep one of the two");
	refused("{\"topic\": \"q\", \"hits\": []}\n\n{\"topic\": \"q\", \"hits\": []}\n",
			"x:3: duplicate topic \"q\", first on line 1; expected one line a topic");
	refused("{\"topic\": \"q\", \"hits\": []}\n[]\n", "x:2: an array; expected one JSON object a line, like " LIKE);
}
END_TEST

/* Topics interleaved, scores tied: every document stands after those that METRICS.md puts before it, and none is lost. */
START_TEST(order_of_lines_does_not_matter)
{
	struct rq_random random;
	struct rq_buf lines = {0};
	double scores[7][40];
	bool used[7][40] = {{false}};
	size_t written = 0, found = 0;

	rq_random_seed(&random, (uint64_t)_i);
	for (int i = 0; i < 150; i++) {
		size_t topic = rq_random_below(&random, 7), document = rq_random_below(&random, 40);
		if (used[topic][document])
			continue;
		used[topic][document] = true;
		scores[topic][document] = (double)rq_random_below(&random, 5) / 2 - 1;
		rq_buf_printf(&lines, "%zu Q0 d%zu %d %g t\n", topic + 7, document, i, scores[topic][document]);
		written++;
	}
	struct rq_run run = parsed(lines.data);
	for (size_t t = 0; t < run.count; t++) {
		const struct rq_ranking *ranking = &run.rankings[t];
		ck_assert(t == 0 || strcmp(run.rankings[t - 1].topic, ranking->topic) < 0);
		ck_assert_ptr_eq(rq_run_find(&run, ranking->topic), ranking);
		for (size_t i = 0; i < ranking->count; i++, found++) {
			const struct rq_scored_document *now = &ranking->documents[i], *before = now - 1;
			size_t topic = strtoul(ranking->topic, NULL, 10) - 7, document = strtoul(now->document + 1, NULL, 10);
			ck_assert(used[topic][document]);
			used[topic][document] = false;
			ck_assert(now->score == scores[topic][document]);
			ck_assert(i == 0 || before->score > now->score || (before->score == now->score && strcmp(before->document, now->document) > 0));
		}
	}
	ck_assert_uint_eq(found, written);
	rq_run_release(&run);
	rq_buf_release(&lines);
}
END_TEST

/* Numbers by an independent script. */
START_TEST(real_run)
{
	struct rq_run run;
	struct rq_error err = {0};
	const char *path = shared_file("cacm/anserini-cacm-bm25.run.txt");
	double sum = 0;

	if (path == NULL)
		return;
	ck_assert_msg(rq_run_load(&run, path, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(run.count, 64);
	for (size_t t = 0; t < run.count; t++) {
		ck_assert_uint_eq(run.rankings[t].count, 30);
		for (size_t i = 0; i < 30; i++)
			sum += run.rankings[t].documents[i].score;
	}
	ck_assert_double_eq_tol(sum, 17554.973075, 1e-6);
	const struct rq_ranking *first = rq_run_find(&run, "1"), *last = rq_run_find(&run, "64");
	ck_assert_str_eq(first->documents[0].document, "CACM-1938");
	ck_assert(first->documents[0].score == 12.033);
	ck_assert_str_eq(first->documents[29].document, "CACM-1315");
	ck_assert_str_eq(last->documents[1].document, "CACM-2051");
	ck_assert(last->documents[29].score == 4.7661);
	rq_run_release(&run);
}
END_TEST

Suite *run_suite(void)
{
	Suite *suite = suite_create("run");
	TCase *tests = tcase_create("run");

	tcase_add_test(tests, trec_and_json_lines_read_alike);
	tcase_add_test(tests, neighbouring_topics_are_told_apart);
	tcase_add_test(tests, infinite_scores_and_empty_rankings_are_kept);
	tcase_add_test(tests, what_is_wrong_in_trec_is_named);
	tcase_add_test(tests, what_is_wrong_in_json_is_named);
	tcase_add_loop_test(tests, order_of_lines_does_not_matter, 0, 20);
	tcase_add_test(tests, real_run);
	suite_add_tcase(suite, tests);
	return suite;
}
