#include "support.h"

#include <check.h>
#include <string.h>

static const char *const FIELDS[] = {"title", "text"};

static void refused(const char *data, const char *expected)
{
	struct rq_corpus corpus;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, strlen(data));

	ck_assert_int_eq(rq_corpus_parse(&corpus, &text, FIELDS, 2, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(corpus.documents);
	ck_assert_ptr_null(corpus.ids.slots);
	rq_text_release(&text);
}

START_TEST(fields_are_joined_and_ids_kept)
{
	static const char data[] = "{\"_id\": \"b\", \"title\": \"T\", \"text\": \"x\", \"other\": [1]}\r\n"
							   "\n"
							   "{\"id\": 7, \"text\": \"y\", \"title\": \"\", \"metadata\": {\"parent\": 12}}\n"
							   "{\"_id\": \"a\", \"id\": \"ignored\", \"text\": \"\", \"title\": null, \"parent\": \"p\"}\n"
							   "{\"_id\": -9007199254740991, \"title\": \"only\", \"metadata\": null, \"parent\": null}";
	static const struct rq_document expected[] = {
		{"b", "T\nx", NULL, NULL, 1}, {"7", "y", "12", NULL, 3}, {"a", "", "p", NULL, 4}, {"-9007199254740991", "only", NULL, NULL, 5}};
	struct rq_corpus corpus;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, sizeof data - 1);

	ck_assert_msg(rq_corpus_parse(&corpus, &text, FIELDS, 2, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(corpus.count, 4);
	ck_assert_uint_eq(corpus.empty, 1);
	ck_assert_uint_eq(corpus.filled[0], 2);
	ck_assert_uint_eq(corpus.filled[1], 2);
	ck_assert_str_eq(corpus.sha256, text.sha256);
	rq_text_release(&text);
	for (uint32_t i = 0; i < 4; i++) {
		ck_assert_str_eq(corpus.documents[i].id, expected[i].id);
		ck_assert_str_eq(corpus.documents[i].text, expected[i].text);
		ck_assert_pstr_eq(corpus.documents[i].parent, expected[i].parent);
		ck_assert_uint_eq(corpus.documents[i].line, expected[i].line);
		ck_assert_uint_eq(rq_ids_find(&corpus.ids, expected[i].id, strlen(expected[i].id)), i);
	}
	rq_corpus_release(&corpus);
}
END_TEST

#define LIKE "{\"_id\": \"d1\", \"title\": \"...\", \"text\": \"...\"}"

START_TEST(what_is_wrong_is_named)
{
	refused("", "x: no documents; expected one JSON object a line, like " LIKE);
	refused(" \n\n", "x: no documents; expected one JSON object a line, like " LIKE);
	refused("\n[1]\n", "x:2: an array; expected one JSON object a line, like " LIKE);
	refused("{\"text\": \"a\"}", "x:1: no \"_id\"; expected a string or an integer below 2^53");
	refused("{\"_id\": 1.5, \"text\": \"a\"}", "x:1: \"_id\" is 1.5; expected a string or an integer below 2^53");
	refused("{\"id\": 1e300, \"text\": \"a\"}", "x:1: \"id\" is 1e+300; expected a string or an integer below 2^53");
	/* 2^53 + 1 reads as 2^53: from there on two ids could become one */
	refused("{\"_id\": 9007199254740993, \"text\": \"a\"}", "x:1: \"_id\" is 9007199254740992; expected a string or an integer below 2^53");
	refused("{\"_id\": [], \"text\": \"a\"}", "x:1: \"_id\" is []; expected a string or an integer below 2^53");
	refused("{\"_id\": \"\", \"text\": \"a\"}",
			"x:1: \"_id\" \"\" is empty; expected an id without white space or control characters, as TREC files need it");
	refused("{\"_id\": \"a b\", \"text\": \"a\"}",
			"x:1: \"_id\" \"a b\" contains white space; expected an id without white space or control characters, as TREC files need it");
	refused("{\"_id\": \"a\", \"text\": \"a\"}\n\n{\"_id\": \"b\"}\n{\"_id\": \"b\"}\n",
			"x:4: duplicate id \"b\", first on line 3; every document needs an id of its own");
	refused("{\"_id\": \"1\", \"text\": \"a\"}\n{\"_id\": 1}\n", "x:2: duplicate id \"1\", first on line 1; every document needs an id of its own");
	refused("{\"_id\": \"a\", \"text\": 5}", "x:1: \"text\" is 5; expected a string");
	refused("{\"_id\": \"a\", \"text\": \"t\", \"parent\": \"\"}",
			"x:1: \"parent\" \"\" is empty; expected an id without white space or control characters, as TREC files need it");
	refused("{\"_id\": \"a\", \"body\": \"t\"}\n{\"_id\": \"b\", \"text\": null}\n",
			"x: no document has any of the fields \"title\", \"text\"; name the members that hold the text as \"fields\"");
	refused("{\"_id\": \"a\", \"text\": \"t\"}\n{\"_id\": \"b\", }\n", "x:2: not valid JSON at column 14");
	refused("{\"_id\": \"a\\u0000\", \"text\": \"t\"}", "x:1: \\u0000 in a string, which no id or text may hold, at column 11");
}
END_TEST

START_TEST(a_missing_file_is_an_io_error)
{
	struct rq_corpus corpus = {.count = 5};
	struct rq_error err = {0};

	ck_assert_int_eq(rq_corpus_load(&corpus, "/nowhere/corpus.jsonl", FIELDS, 2, &err), RQ_E_IO);
	ck_assert_str_eq(err.text, "\"/nowhere/corpus.jsonl\": cannot open: No such file or directory");
	ck_assert_uint_eq(corpus.count, 0);
}
END_TEST

/* Counts, bytes and hashes by an independent script. */
START_TEST(real_collections)
{
	static const struct {
		const char *file;
		size_t count, empty, bytes;
		const char *sha256;
	} expected[] = {
		{"cranfield/corpus.jsonl", 1400, 2, 1542944, "9cd7529db77a591c645494e2683ee47c88863a287bdd7b631d98bcb5bb638ea3"},
		{"cacm/corpus.jsonl", 3204, 0, 1136195, "0e189bcbe6bc0f243429b8f2c6d2263a34596cf1bebe34736bee0c028ac98459"},
	};

	for (size_t i = 0; i < 2; i++) {
		struct rq_corpus corpus;
		struct rq_error err = {0};
		const char *path = shared_file(expected[i].file);
		size_t bytes = 0;
		if (path == NULL)
			return;
		ck_assert_msg(rq_corpus_load(&corpus, path, FIELDS, 2, &err) == RQ_OK, "%s", err.text);
		for (size_t j = 0; j < corpus.count; j++)
			bytes += strlen(corpus.documents[j].text);
		ck_assert_uint_eq(corpus.count, expected[i].count);
		ck_assert_uint_eq(corpus.ids.count, expected[i].count);
		ck_assert_uint_eq(corpus.empty, expected[i].empty);
		ck_assert_uint_eq(bytes, expected[i].bytes);
		ck_assert_str_eq(corpus.sha256, expected[i].sha256);
		rq_corpus_release(&corpus);
	}
}
END_TEST

Suite *corpus_suite(void)
{
	Suite *suite = suite_create("corpus");
	TCase *tests = tcase_create("corpus");

	tcase_add_test(tests, fields_are_joined_and_ids_kept);
	tcase_add_test(tests, what_is_wrong_is_named);
	tcase_add_test(tests, a_missing_file_is_an_io_error);
	tcase_add_test(tests, real_collections);
	suite_add_tcase(suite, tests);
	return suite;
}
