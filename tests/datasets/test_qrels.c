#include "evalcore/base/random.h"
#include "support.h"

#include <check.h>
#include <string.h>

static void refused(const char *data, const char *expected)
{
	struct rq_qrels qrels;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, strlen(data));

	ck_assert_int_eq(rq_qrels_parse(&qrels, &text, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(qrels.topics);
	rq_text_release(&text);
}

static struct rq_qrels parsed(const char *data, size_t size)
{
	struct rq_qrels qrels;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, size);

	ck_assert_msg(rq_qrels_parse(&qrels, &text, &err) == RQ_OK, "%s", err.text);
	rq_text_release(&text);
	return qrels;
}

static void holds(const struct rq_qrels *qrels, size_t topic, size_t index, const char *document, int grade)
{
	ck_assert_uint_lt(index, qrels->topics[topic].count);
	ck_assert_str_eq(qrels->topics[topic].judgments[index].document, document);
	ck_assert_int_eq(qrels->topics[topic].judgments[index].grade, grade);
}

static void is_sample(struct rq_qrels qrels)
{
	ck_assert_uint_eq(qrels.count, 2);
	ck_assert_uint_eq(qrels.judgments, 4);
	ck_assert_str_eq(qrels.topics[0].topic, "10");
	ck_assert_str_eq(qrels.topics[1].topic, "9");
	ck_assert_uint_eq(qrels.topics[1].count, 3);
	holds(&qrels, 0, 0, "d1", -2);
	holds(&qrels, 1, 0, "d1", 0);
	holds(&qrels, 1, 1, "d10", 3);
	holds(&qrels, 1, 2, "d2", 1);
	rq_qrels_release(&qrels);
}

START_TEST(trec_and_beir_read_alike)
{
	static const char trec[] = "\n9 0 d2 1\r\n10\tQ0  d1 \t-2\r\n\r\n9 0 d10 3\n  9 0 d1 0";
	static const char wide[] = "9 0 d2 1 x\n10 0 d1 -2 0.5\n9 0 d10 3 1 2 3\n9 0 d1 0\n";
	static const char wide_beir[] = "query-id\tcorpus-id\tscore\tby\n9\td2\t1\tme\n10\td1\t-2\n9\td10\t3\t\n9\td1\t0\tyou\t2\n";
	static const char beir[] = "\nquery-id\tcorpus-id\tscore\r\n9\td2\t1\n\n10\td1\t-2\n9\td10\t3\n9\td1\t0\n";

	is_sample(parsed(trec, sizeof trec - 1));
	is_sample(parsed(beir, sizeof beir - 1));
	is_sample(parsed(wide, sizeof wide - 1));
	is_sample(parsed(wide_beir, sizeof wide_beir - 1));
}
END_TEST

#define TREC_EXPECTED "4: topic, iteration, document, grade (or 3 below the BEIR header query-id TAB corpus-id TAB score)"
#define BEIR_EXPECTED "3 separated by tabs: query-id, corpus-id, score"
#define HEADER "query-id\tcorpus-id\tscore\n"

START_TEST(what_is_wrong_is_named)
{
	static const char none[] = "x: no judgments; expected lines like q1 0 d7 1 (topic, iteration, document, grade) or a BEIR tsv";

	refused("", none);
	refused("\n \n", none);
	refused(HEADER, none);
	refused("q1\td1\t1\n", "x:1:8: 3 columns; expected " TREC_EXPECTED);
	refused("q1 Q0 d1 1 14.5 tag\nq1 Q0 d2 2 14.0 tag\n",
	        "x:1: 6 columns, the fifth a number: this is a line of a run; expected judgments (topic, iteration, document, grade): are the two files swapped?");
	refused(HEADER "q1 d1 1\n", "x:2:8: 1 column; expected " BEIR_EXPECTED);
	refused(HEADER "\td1\t1\n", "x:2:1: the topic id \"\" is empty; expected an id without white space or control characters");
	refused(HEADER "q1\td 1\t1\n", "x:2:4: the document id \"d 1\" contains white space; expected an id without white space or control characters");
	refused("q1 0 d\x01 1\n", "x:1:6: the document id \"d?\" contains a control character; expected an id without white space or control characters");
	refused("q1 0 d1 x\n", "x:1:9: the grade is \"x\"; expected an integer, like 1");
	refused("\nq1 0   d1 1.0\n", "x:2:11: the grade is \"1.0\"; expected an integer, like 1");
	refused("q1 0 d1 3000000000\n", "x:1:9: the grade is \"3000000000\"; expected an integer, like 1");
	refused(HEADER "q1\td1\t\n", "x:2:7: the grade is \"\"; expected an integer, like 1");
	refused("q1 0 d1 1\nq2 0 d1 1\n\nq1 0 d2 1\nq1 0 d1 1\n",
			"x:5:6: duplicate judgment of document \"d1\" for topic \"q1\", first on line 1; keep one of the two");
	refused(HEADER "q1\td1\t1\nq1\td1\t0\n",
			"x:3:4: duplicate judgment of document \"d1\" for topic \"q1\", first on line 2 and graded 1 there, 0 here; keep one of the two");
}
END_TEST

/* Lines in random order against a table that is filled directly. */
START_TEST(order_of_lines_does_not_matter)
{
	struct rq_random random;
	struct rq_buf lines = {0};
	int grades[5][26] = {{0}}, found = 0, written = 0;

	rq_random_seed(&random, (uint64_t)_i);
	for (int i = 0; i < 60; i++) {
		size_t topic = rq_random_below(&random, 5), document = rq_random_below(&random, 26);
		if (grades[topic][document] != 0)
			continue;
		grades[topic][document] = (int)rq_random_below(&random, 3) + 1;
		written++;
		rq_buf_printf(&lines, "t%zu 0 %c %d\n", topic, (char)('a' + document), grades[topic][document]);
	}
	struct rq_qrels qrels = parsed(lines.data, lines.size);
	for (size_t t = 0; t < qrels.count; t++) {
		const struct rq_topic_judgments *topic = &qrels.topics[t];
		ck_assert(t == 0 || strcmp(qrels.topics[t - 1].topic, topic->topic) < 0);
		ck_assert_ptr_eq(rq_qrels_find(&qrels, topic->topic), topic);
		for (size_t i = 0; i < topic->count; i++, found++) {
			ck_assert(i == 0 || strcmp(topic->judgments[i - 1].document, topic->judgments[i].document) < 0);
			ck_assert_int_eq(topic->judgments[i].grade, grades[topic->topic[1] - '0'][topic->judgments[i].document[0] - 'a']);
		}
	}
	ck_assert_int_eq(found, written);
	ck_assert_uint_eq(qrels.judgments, (size_t)written);
	rq_qrels_release(&qrels);
	rq_buf_release(&lines);
}
END_TEST

START_TEST(real_collections)
{
	static const struct {
		const char *file;
		size_t topics, judgments;
		long grades;
	} expected[] = {
		{"cranfield/qrels/test.tsv", 225, 1837, 4404},
		{"cacm/qrels/test.tsv", 52, 796, 796},
		{"vectors/dl-queries/qrels.dl19-passage.txt", 43, 9260, 7300},
		{"vectors/dl-queries/qrels.dl20-passage.txt", 54, 11386, 5918},
	};

	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		struct rq_qrels qrels;
		struct rq_error err = {0};
		const char *path = shared_file(expected[i].file);
		long grades = 0;
		if (path == NULL)
			return;
		ck_assert_msg(rq_qrels_load(&qrels, path, &err) == RQ_OK, "%s", err.text);
		for (size_t t = 0; t < qrels.count; t++)
			for (size_t j = 0; j < qrels.topics[t].count; j++)
				grades += qrels.topics[t].judgments[j].grade;
		ck_assert_uint_eq(qrels.count, expected[i].topics);
		ck_assert_uint_eq(qrels.judgments, expected[i].judgments);
		ck_assert_int_eq(grades, expected[i].grades);
		if (i == 0) {
			const struct rq_topic_judgments *first = rq_qrels_find(&qrels, "1");
			ck_assert_uint_eq(first->count, 29);
			holds(&qrels, 0, 0, "102", 2);
			holds(&qrels, 0, 2, "13", 1);
			ck_assert_str_eq(qrels.sha256, "81a2eb0ead3bb46c09692587ee43f7eb1936edfe779666663d84ba2c24214e5a");
		}
		rq_qrels_release(&qrels);
	}
}
END_TEST

Suite *qrels_suite(void)
{
	Suite *suite = suite_create("qrels");
	TCase *tests = tcase_create("qrels");

	tcase_add_test(tests, trec_and_beir_read_alike);
	tcase_add_test(tests, what_is_wrong_is_named);
	tcase_add_loop_test(tests, order_of_lines_does_not_matter, 0, 20);
	tcase_add_test(tests, real_collections);
	suite_add_tcase(suite, tests);
	return suite;
}
