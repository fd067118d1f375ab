/* Vectors as JSON: what is refused, and how it is told. */
#include "support.h"

#include <check.h>
#include <string.h>

#define EXPECTED "a list of numbers as \"embedding\", \"emb\", \"vector\" or \"values\", or as its only one"
#define LIKE "records like {\"id\": \"d7\", \"embedding\": [0.1, 0.2]}, or {\"d7\": [0.1, 0.2], ...}"

static void refused(const char *text, const char *member, const char *expected)
{
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};

	ck_assert_int_eq(read_vectors(&vectors, &ids, text, strlen(text), member, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(vectors.data);
	ck_assert_ptr_null(ids.slots);
}

START_TEST(what_is_wrong_with_records)
{
	refused("", NULL, "x: no vectors; expected " LIKE);
	refused(" \n", NULL, "x: no vectors; expected " LIKE);
	refused("hello", NULL, "x:1:1: found hello; expected " LIKE);
	refused("{}", NULL, "x:1: a record without a vector; expected " EXPECTED);
	refused("{\"id\": 1, \"embedding\": null}", NULL, "x:1: a record without a vector; expected " EXPECTED);
	refused("{\"id\": 1, \"embedding\": \"aGFsbG8=\"}", NULL, "x:1: a record without a vector; expected " EXPECTED);
	refused("{\"id\": 1, \"embedding\": [1]}\n", "body", "x:1: a record without a vector; expected a list of numbers as \"body\"");
	refused("{\"id\": 1, \"title\": [1], \"body\": [2]}", NULL,
	        "x:1: a record with two lists of numbers, \"title\" and \"body\"; name the vector, as in \"x:title\"");
	refused("{\"id\": 1, \"embedding\": [1], \"vector\": [2]}", NULL,
	        "x:1: a record with two lists of numbers, \"embedding\" and \"vector\"; name the vector, as in \"x:embedding\"");
	refused("{\"id\": 1, \"embedding\": []}", NULL, "x:1:24: an empty list; expected the numbers of a vector");
	refused("{\"id\": 1, \"embedding\": [[1, 2], [3, 4]]}", NULL, "x:1:25: found [; expected a number: a vector is one list, without lists in it");
	refused("{\"id\": 1, \"embedding\": [1, NaN]}", NULL, "x:1:28: found NaN; expected a finite number");
	refused("{\"id\": 1, \"embedding\": [-Infinity]}", NULL, "x:1:25: found -Infinity; expected a finite number");
	refused("{\"id\": 1, \"embedding\": [1, null]}", NULL, "x:1:28: found null; expected a finite number");
	refused("{\"id\": 1, \"embedding\": [1, 01]}", NULL, "x:1:28: found 01; expected a finite number");
	refused("{\"id\": 1, \"embedding\": [.5]}", NULL, "x:1:25: found .5; expected a finite number");
	refused("{\"id\": 1, \"embedding\": [1.]}", NULL, "x:1:25: found 1.; expected a finite number");
	refused("{\"id\": 1, \"embedding\": [1e999]}", NULL, "x:1:25: found 1e999; expected a finite number");
	refused("{\"id\": 1, \"embedding\": [1e39]}", NULL, "x:1:25: 1e39 is too large for float32; scale the vectors");
	refused("{\"id\": 1, \"embedding\": [1, 2]}\n\n{\"id\": 2, \"embedding\": [1, 2, 3]}\n", NULL,
	        "x:3:24: the vector has 3 dimensions; expected 2, as on line 1");
	refused("{\"id\": 1, \"embedding\": [1]}\n{\"id\": \"1\", \"embedding\": [1]}\n", NULL,
	        "x:2: duplicate id \"1\", first on line 1; every row needs an id of its own");
	refused("{\"id\": 1, \"embedding\": [1]}\n{\"embedding\": [1]}\n", NULL, "x:2: a record without an id; expected all as on line 1, or none");
	refused("{\"embedding\": [1]}\n{\"id\": 1, \"embedding\": [1]}\n", NULL, "x:2: a record with an id; expected all as on line 1, or none");
	refused("{\"id\": \"a b\", \"embedding\": [1]}", NULL,
	        "x:1: id \"a b\" contains white space; expected an id without white space or control characters");
	refused("{\"id\": \"\", \"embedding\": [1]}", NULL, "x:1: id \"\" is empty; expected an id without white space or control characters");
	refused("{\"id\": 1.5, \"embedding\": [1]}", NULL, "x:1:8: the id is 1.5; expected a string or an integer below 2^53");
	refused("{\"id\": 9007199254740992, \"embedding\": [1]}", NULL, "x:1:8: the id is 9007199254740992; expected a string or an integer below 2^53");
	refused("{\"id\": 1, \"id\": 2, \"embedding\": [1]}", NULL, "x:1: \"id\" stands twice in one record; expected one id");
	refused("{\"custom_id\": 1, \"response\": {\"body\": {\"data\": [{\"embedding\": [1]}]}},\n\"custom_id\": 2}", NULL,
	        "x:2: \"custom_id\" stands twice in one record; expected one id");
	refused("{\"id\": {\"a\": 1}, \"embedding\": [1]}", NULL, "x:1:8: found {; expected an id, a string or an integer below 2^53");
}
END_TEST

START_TEST(what_is_wrong_with_other_shapes)
{
	refused("{\"id\": 1, \"embedding\": [1]}\n{\"id\": 2, \"embedding\": null, \"tags\": [7]}\n", NULL,
	        "x:2: the list of numbers is \"tags\"; expected a vector under the name that it has on line 1, \"embedding\"");
	refused("{\"a\": [1, null], \"b\": [2, 3]}", NULL,
	        "x:1: a record with a list of numbers, \"b\", beside one of numbers and more; name the vector, as in \"x:b\"");
	refused("{\"data\": [{\"embedding\": [1]}], \"embedding\": [2]}", NULL,
	        "x:1: a vector, \"embedding\", in a record that has others in a list; expected one or the other");
	refused("{\"a\": [1, 2], \"b\": [1, 2],\n \"a\": [3, 4]}", NULL, "x:2: duplicate id \"a\", first on line 1; every row needs an id of its own");
	refused("{\"a\": [1, 2], \"b\": [1]}", NULL, "x:1:20: the vector has 1 dimension; expected 2, as on line 1");
	refused("{\"a\": [1, 2], \"\": [1, 2]}", NULL, "x:1: id \"\" is empty; expected an id without white space or control characters");
	refused("{\"a\": [1], \"b\": [1]}\n{\"c\": \"x\"}\n", NULL,
	        "x:2:7: no list of numbers; expected {\"text\": [0.1, 0.2], ...} all through, as on line 1");
	refused("{\"a\": [1], \"b\": [1]}\n{\"c\": [\"x\"]}\n", NULL, "x:2:8: found \"x\"; expected a finite number");
	refused("[{\"id\": 1, \"embedding\": [1]}, [1]]", NULL, "x:1: a record without an id; expected all as on line 1, or none");
	refused("[{\"id\": 1, \"embedding\": [1]}, 1]", NULL, "x:1:31: found 1; expected a record or a list of numbers, as before it");
	refused("[]", NULL, "x:1:1: an empty list; expected the numbers of a vector");
	refused("{\"index\": {\"_id\": 1}}\n", NULL, "x:1: an action without its document; expected one on the next line");
	refused("{\"index\": {\"_id\": 1}}\n{\"index\": {\"_id\": 2}}\n{\"v\": [1]}\n", NULL,
	        "x:1: an action without its document; expected one on the next line");
	refused("{\"delete\": {\"_id\": 1}}\n", NULL, "x:1: a record without a vector; expected " EXPECTED);
	refused("{\"custom_id\": \"a\", \"response\": {\"status_code\": 200, \"body\": {\"data\": [{\"embedding\": [1]}, {\"embedding\": [2]}]}}}", NULL,
	        "x:1: several embeddings in the answer to \"a\"; expected one text a request, so that its custom_id names its vector");
	refused("{\"custom_id\": \"a\", \"response\": {\"status_code\": 200, \"body\": {\"error\": {\"code\": 7}}}}", NULL,
	        "x:1: 1 of 1 requests failed, the first \"a\" with an error; ask for them again, and put the answers into their place");
	refused("{\"custom_id\": \"a\", \"response\": {\"status_code\": 200, \"body\": {\"data\": [{\"embedding\": [1]}]}}}\n"
	        "{\"custom_id\": \"b\", \"response\": {\"status_code\": 429, \"body\": {\"error\": {\"message\": \"slow down\"}}}}\n"
	        "{\"custom_id\": \"c\", \"response\": null, \"error\": {\"code\": \"batch_expired\"}}\n",
	        NULL, "x:2: 2 of 3 requests failed, the first \"b\" with status 429; ask for them again, and put the answers into their place");
	refused("{\"custom_id\": \"c\", \"error\": {\"code\": \"batch_expired\"}, \"response\": null}\n", NULL,
	        "x:1: 1 of 1 requests failed, the first \"c\"; ask for them again, and put the answers into their place");
}
END_TEST

/* Places that a service gives its answers are those of a list, each once. */
START_TEST(places_in_a_list)
{
	refused("{\"data\": [{\"index\": 1, \"embedding\": [1]},\n{\"index\": 2, \"embedding\": [1]}]}", NULL,
	        "x:2: index 2 in a list of 2 records; expected each from 0 to 1 once");
	refused("{\"data\": [{\"index\": 0, \"embedding\": [1]},\n{\"index\": 0.5, \"embedding\": [1]}]}", NULL,
	        "x:2: index 0.5 in a list of 2 records; expected each from 0 to 1 once");
	refused("{\"data\": [{\"index\": -1, \"embedding\": [1]}]}", NULL, "x:1: index -1 in a list of 1 records; expected each from 0 to 0 once");
	refused("[{\"index\": 1, \"embedding\": [1]},\n{\"index\": 0, \"embedding\": [1]},\n{\"index\": 1, \"embedding\": [1]}]", NULL,
	        "x:3: index 1 a second time in a list of 3 records; expected each from 0 to 2 once");
	refused("[{\"index\": 0, \"embedding\": [1]},\n{\"embedding\": [1]}]", NULL,
	        "x:2: a record without an index in a list where others have one; expected each from 0 to 1 once");
}
END_TEST

/* Other texts may be as long as they like. */
START_TEST(an_id_as_long_as_a_book)
{
	struct rq_buf text = {0};

	rq_buf_puts(&text, "{\"note\": \"");
	for (size_t i = 0; i < 17 << 20; i += 16)
		rq_buf_puts(&text, "a letter, a word");
	rq_buf_puts(&text, "\", \"embedding\": [1]}");
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};
	ck_assert_msg(read_vectors(&vectors, &ids, text.data, text.size, NULL, &err) == RQ_OK, "%s", err.text);
	rq_vectors_release(&vectors);
	memcpy(text.data, "{  \"id\": ", 9);
	ck_assert_int_eq(read_vectors(&vectors, &ids, text.data, text.size, NULL, &err), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, ": an id or a key of more than 16 MiB; expected a short one") != NULL, "%s", err.text);
	rq_buf_release(&text);
}
END_TEST

/* However deep. */
START_TEST(what_is_within_itself)
{
	static const char *const opens[] = {"[", "{\"data\":[", "{\"body\":", "{\"a\":["},
							 *const expected[] = {
								 "x:1:3: found [; expected a number: a vector is one list, without lists in it",
								 "x:1:2332: objects and lists within each other, 512 deep; expected fewer",
								 "x:1:4137: objects and lists within each other, 512 deep; expected fewer",
								 "x:1:1543: objects and lists within each other, 512 deep; expected fewer",
							 };

	for (size_t k = 0; k < sizeof opens / sizeof *opens; k++) {
		struct rq_buf text = {0};
		for (int i = 0; i < 1000000; i++)
			rq_buf_puts(&text, opens[k]);
		refused(text.data, NULL, expected[k]);
		rq_buf_release(&text);
	}
}
END_TEST

START_TEST(what_is_no_json)
{
	refused("{\"id\": 1, \"embedding\": [1, 2]", NULL, "x:1:30: the text ends here; expected a comma or the } of the object");
	refused("{\"id\": 1, \"embedding\": [1, 2", NULL, "x:1:29: the text ends here; expected a comma or the ] of the list");
	refused("{\"id\": 1, \"embedding\": [1 2]}", NULL, "x:1:27: found 2; expected a comma or the ] of the list");
	refused("{\"id\": 1, \"embedding\": [1,]}", NULL, "x:1:27: found ]; expected a finite number");
	refused("{\"id\": 1,}", NULL, "x:1:10: found }; expected a key in quotes");
	refused("{\"id\" 1}", NULL, "x:1:7: found 1; expected a colon and a value");
	refused("{id: 1}", NULL, "x:1:2: found id; expected a key in quotes");
	refused("{\"a\": tru}", NULL, "x:1:7: found tru; expected a value");
	refused("{\"a\": \"x", NULL, "x:1:9: the text ends within a string; expected its second quote");
	refused("{\"a\": \"x\ny\"}", NULL,
	        "x:1:9: a control character in a string; expected it as \\u and four digits, or the string's second quote before it");
	refused("{\"a\": \"\\x\"}", NULL, "x:1:8: an escape that JSON does not know; expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
	refused("{\"\\ud800\": [1], \"b\": [1]}", NULL,
	        "x:1:3: half of a surrogate pair; expected two \\u, the first from d800 to dbff, the second from dc00 to dfff");
	refused("{\"a\\u0000\": [1], \"b\": [1]}", NULL, "x:1:3: a string with \\u0000 in it; expected none");
	refused("{\"a\": \"\xC3(\"}", NULL, "x:1:8: invalid UTF-8; expected JSON, in UTF-8");
	refused("{\"id\": 1, \"embedding\": [1]} {\"id\": 2, \"embedding\": [1]}", NULL,
	        "x:1:29: found {; expected the end of the line: one record a line");
	refused("{\"id\": 1, \"embedding\": [1]}\nx", NULL, "x:2:1: found x; expected " LIKE);
}
END_TEST

Suite *vectors_json_errors_suite(void)
{
	Suite *suite = suite_create("vectors_json_errors");
	TCase *tests = tcase_create("vectors_json_errors");

	tcase_add_test(tests, what_is_wrong_with_records);
	tcase_add_test(tests, what_is_wrong_with_other_shapes);
	tcase_add_test(tests, places_in_a_list);
	tcase_add_test(tests, an_id_as_long_as_a_book);
	tcase_add_test(tests, what_is_within_itself);
	tcase_add_test(tests, what_is_no_json);
	suite_add_tcase(suite, tests);
	return suite;
}
