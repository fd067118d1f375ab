#include "support.h"

#include "datasets/slices.h"

#include <check.h>
#include <string.h>

#define EXPECTED "expected two columns, topic TAB slice, or JSON lines like {\"_id\": \"q1\", \"text\": \"...\", \"slice\": \"billing\"}"

static struct rq_topics parsed(const char *data)
{
	struct rq_topics slices;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, strlen(data));

	ck_assert_msg(rq_slices_parse(&slices, &text, &err) == RQ_OK, "%s", err.text);
	rq_text_release(&text);
	return slices;
}

static void refused(const char *data, const char *expected)
{
	struct rq_topics slices;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, strlen(data));

	ck_assert_int_eq(rq_slices_parse(&slices, &text, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(slices.topics);
	rq_text_release(&text);
}

static void expect(const char *data, const char *topic, const char *slice)
{
	struct rq_topics slices = parsed(data);

	ck_assert_pstr_eq(rq_slice_find(&slices, topic), slice);
	rq_topics_release(&slices);
}

START_TEST(columns_and_json)
{
	expect("q2\tthe hard ones \r\n\nq1\teasy\n", "q2", "the hard ones");
	expect("q2\tthe hard ones \r\n\nq1\teasy\n", "q1", "easy");
	expect("q2\tthe hard ones\n", "q3", NULL);
	expect("  q10   a\nq9 b", "q10", "a");
	expect("  q10   a\nq9 b", "q9", "b");
	expect("\n{\"_id\": \"q1\", \"text\": \"x\", \"metadata\": {\"slice\": \"a b\"}}\n{\"_id\": \"q2\", \"text\": \"y\"}", "q1", "a b");
	expect("{\"_id\": \"q1\", \"text\": \"x\", \"slice\": \"a\"}\n{\"_id\": \"q2\", \"text\": \"y\"}", "q2", NULL);
}
END_TEST

START_TEST(refusals)
{
	refused("", "x: no topics; " EXPECTED);
	refused("q1 a\nq2\n", "x:2: \"q2\" is no topic with its slice; " EXPECTED);
	refused("q1 a b\n", "x:1: \"q1 a b\" is no topic with its slice; " EXPECTED);
	refused("q1\ta\tb\n", "x:1: \"q1?a?b\" is no topic with its slice; " EXPECTED);
	refused("q1\t \n", "x:1: \"q1? \" is no topic with its slice; " EXPECTED);
	refused("q 1\ta\n", "x:1: topic \"q 1\" contains white space; expected an id without white space or control characters");
	refused("q1 a\n\nq1 b\n", "x:3: topic \"q1\" has a slice already, on line 1; a topic is in one slice");
}
END_TEST

Suite *slices_suite(void)
{
	Suite *suite = suite_create("slices");
	TCase *tests = tcase_create("slices");

	tcase_add_test(tests, columns_and_json);
	tcase_add_test(tests, refusals);
	suite_add_tcase(suite, tests);
	return suite;
}
