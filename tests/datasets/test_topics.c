#include "support.h"

#include <check.h>
#include <string.h>

static void refused(const char *data, const char *expected)
{
	struct rq_topics topics;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, strlen(data));

	ck_assert_int_eq(rq_topics_parse(&topics, &text, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(topics.topics);
	ck_assert_ptr_null(topics.ids.slots);
	rq_text_release(&text);
}

static struct rq_topics parsed(const char *data)
{
	struct rq_topics topics;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, strlen(data));

	ck_assert_msg(rq_topics_parse(&topics, &text, &err) == RQ_OK, "%s", err.text);
	rq_text_release(&text);
	return topics;
}

START_TEST(json_lines)
{
	static const struct rq_topic expected[] = {
		{"10", "ten", "s t", NULL, true, 4},
		{"2", "two", "in", "5", false, 5},
		{"9", "nine", NULL, "c", true, 1},
		{"Z", "zed", "out", NULL, true, 3},
	};
	static const char *const file_order[] = {"9", "Z", "10", "2"};
	struct rq_topics topics = parsed("{\"_id\": 9, \"text\": \"nine\", \"cluster\": \"c\", \"metadata\": {}}\n"
									 "\n{\"id\": \"Z\", \"text\": \"zed\", \"slice\": \"out\", \"metadata\": {\"slice\": \"in\"}}\n"
									 "{\"_id\": \"10\", \"text\": \"ten\", \"slice\": \"s t\", \"answerable\": true, \"more\": 1}\n"
									 "{\"_id\": \"2\", \"text\": \"two\", "
									"\"metadata\": {\"slice\": \"in\", \"cluster\": 5, \"answerable\": false}}\n");

	ck_assert_uint_eq(topics.count, 4);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_str_eq(topics.topics[i].id, expected[i].id);
		ck_assert_str_eq(topics.topics[i].text, expected[i].text);
		ck_assert_pstr_eq(topics.topics[i].slice, expected[i].slice);
		ck_assert_pstr_eq(topics.topics[i].cluster, expected[i].cluster);
		ck_assert(topics.topics[i].answerable == expected[i].answerable);
		ck_assert_uint_eq(topics.topics[i].line, expected[i].line);
		ck_assert_str_eq(topics.ids.names[i], file_order[i]);
	}
	rq_topics_release(&topics);
}
END_TEST

START_TEST(two_columns)
{
	struct rq_topics topics = parsed("9\twhat \"is\" it\r\n\n10\t {x}\r\n");

	ck_assert_uint_eq(topics.count, 2);
	ck_assert_str_eq(topics.topics[0].id, "10");
	ck_assert_str_eq(topics.topics[0].text, " {x}");
	ck_assert_str_eq(topics.topics[1].text, "what \"is\" it");
	ck_assert_str_eq(topics.ids.names[0], "9");
	ck_assert(topics.topics[0].answerable);
	rq_topics_release(&topics);
}
END_TEST

#define LIKE "{\"_id\": \"q1\", \"text\": \"...\"}"

START_TEST(what_is_wrong_is_named)
{
	refused("", "x: no topics; expected one JSON object a line, like " LIKE ", or two columns, id TAB text");
	refused("{\"_id\": \"q\"}", "x:1: no \"text\"; expected the words of the topic, like " LIKE);
	refused("{\"_id\": \"q\", \"text\": \"\"}", "x:1: topic \"q\" has no text; give it the words to search for, or remove it");
	refused("\n{\"_id\": \"q\", \"text\": \" \\t\"}", "x:2: topic \"q\" has no text; give it the words to search for, or remove it");
	refused("q\t \n", "x:1: topic \"q\" has no text; give it the words to search for, or remove it");
	refused("{\"_id\": \"q\", \"text\": \"a\"}\n{\"_id\": \"q\", \"text\": \"b\"}",
			"x:2: duplicate id \"q\", first on line 1; every topic needs an id of its own");
	refused("q\ta\n\nq\tb\n", "x:3: duplicate id \"q\", first on line 1; every topic needs an id of its own");
	refused("{\"_id\": \"q\", \"text\": \"a\", \"answerable\": 0}", "x:1: \"answerable\" is 0; expected true or false");
	refused("{\"_id\": \"q\", \"text\": \"a\", \"metadata\": {\"answerable\": \"no\"}}", "x:1: \"answerable\" is \"no\"; expected true or false");
	refused("{\"_id\": \"q\", \"text\": \"a\", \"slice\": \"\"}",
			"x:1: \"slice\" is \"\"; expected a string that is not empty, or an integer; leave it out where there is none");
	refused("{\"_id\": \"q\", \"text\": \"a\", \"cluster\": []}",
			"x:1: \"cluster\" is []; expected a string that is not empty, or an integer; leave it out where there is none");
	refused("q1\ta\nq2 b\n", "x:2: no tab; expected two columns, id TAB text, or JSON lines like " LIKE);
	refused("q1\ta\tb\n", "x:1: more than one tab; expected two columns, id TAB text, or JSON lines like " LIKE);
	refused("q 1\ta\n", "x:1: id \"q 1\" contains white space; expected an id without white space or control characters, then a tab and the text");
	refused("\ta\n", "x:1: id \"\" is empty; expected an id without white space or control characters, then a tab and the text");
	refused("{\"_id\": \"q\", \"text\": \"a\"}\nq2\tb\n", "x:2: not valid JSON at column 1");
}
END_TEST

START_TEST(real_collections)
{
	static const struct {
		const char *file;
		size_t count, bytes, sliced;
		const char *first, *last;
	} expected[] = {
		{"cranfield/queries.jsonl", 225, 25530, 225, "1", "99"},
		{"cacm/queries.jsonl", 52, 7939, 0, "1", "9"},
		{"vectors/dl-queries/topics.dl19-passage.txt", 43, 1408, 0, "1037798", "962179"},
		{"vectors/dl-queries/topics.dl20.txt", 200, 6527, 0, "1030303", "999466"},
	};

	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		struct rq_topics topics;
		struct rq_error err = {0};
		const char *path = shared_file(expected[i].file);
		size_t bytes = 0, sliced = 0;
		if (path == NULL)
			return;
		ck_assert_msg(rq_topics_load(&topics, path, &err) == RQ_OK, "%s", err.text);
		for (size_t j = 0; j < topics.count; j++) {
			bytes += strlen(topics.topics[j].text);
			sliced += topics.topics[j].slice != NULL;
			ck_assert(j == 0 || strcmp(topics.topics[j - 1].id, topics.topics[j].id) < 0);
		}
		ck_assert_uint_eq(topics.count, expected[i].count);
		ck_assert_uint_eq(bytes, expected[i].bytes);
		ck_assert_uint_eq(sliced, expected[i].sliced);
		ck_assert_str_eq(topics.topics[0].id, expected[i].first);
		ck_assert_str_eq(topics.topics[topics.count - 1].id, expected[i].last);
		rq_topics_release(&topics);
	}
}
END_TEST

Suite *topics_suite(void)
{
	Suite *suite = suite_create("topics");
	TCase *tests = tcase_create("topics");

	tcase_add_test(tests, json_lines);
	tcase_add_test(tests, two_columns);
	tcase_add_test(tests, what_is_wrong_is_named);
	tcase_add_test(tests, real_collections);
	suite_add_tcase(suite, tests);
	return suite;
}
