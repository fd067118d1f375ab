#include "evalcore/base/json.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void refused(const char *text, size_t length, const char *sentence)
{
	rq_json *root = NULL;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_json_parse(&root, text, length, "x.json", &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, sentence);
	ck_assert_ptr_null(root);
}

START_TEST(mistakes_are_named_with_their_place)
{
	refused("{\"a\": 1,\n \"b\": }", 16, "x.json: not valid JSON at line 2, column 7");
	refused("{\"a\": 1} x", 10, "x.json: text after the end of the JSON value at column 10");
	refused("{\"a\": 1, \"a\": 2}", 16, "x.json: the key \"a\" stands twice in one object; keep one");
	refused("{\"a\": \"\xff\"}", 10, "x.json: invalid UTF-8 at column 8");
	refused("{\"a\": \"\\u0000\"}", 15, "x.json: \\u0000 in a string, which no id or text may hold, at column 8");
	refused("", 0, "x.json: empty; expected a JSON value");
	refused(" \r\n\t", 4, "x.json: empty; expected a JSON value");
}
END_TEST

START_TEST(duplicates_are_found_in_large_objects_too)
{
	struct rq_buf text = {0};

	for (int i = 0; i < 1000; i++)
		rq_buf_printf(&text, "%s\"k%d\":1", i == 0 ? "{" : ",", i);
	rq_json *root = NULL;
	rq_buf_puts(&text, ",\"k1000\":2}");
	ck_assert_int_eq(rq_json_parse(&root, text.data, text.size, "x.json", NULL), RQ_OK);
	rq_json_free(root);
	rq_buf_clear(&text);
	for (int i = 0; i < 1000; i++)
		rq_buf_printf(&text, "%s\"k%d\":1", i == 0 ? "{" : ",", i == 999 ? 998 : i);
	rq_buf_puts(&text, "}");
	refused(text.data, text.size, "x.json: the key \"k998\" stands twice in one object; keep one");
	rq_buf_release(&text);
}
END_TEST

START_TEST(nesting_is_bounded)
{
	char text[256];
	rq_json *root = NULL;

	memset(text, '[', 100);
	memset(text + 100, ']', 100);
	refused(text, 200, "x.json: nesting deeper than 64 levels at column 65");
	ck_assert_int_eq(rq_json_parse(&root, text + 36, 128, "x.json", NULL), RQ_OK);
	rq_json_free(root);
}
END_TEST

static void round_trip(const char *text)
{
	rq_json *root = NULL;
	struct rq_buf out = {0};

	ck_assert_int_eq(rq_json_parse(&root, text, strlen(text), "x", NULL), RQ_OK);
	ck_assert_int_eq(rq_json_print(&out, root, false, NULL), RQ_OK);
	ck_assert_str_eq(out.data, text);
	rq_json_free(root);
	rq_buf_release(&out);
}

START_TEST(what_is_printed_reads_back_equal)
{
	round_trip("{\"a\":0.1,\"b\":[1,2.5,-3e-10,1e+300],\"c\":\"q\\\"\\\\\\n\\t\\u0001 \xc3\xa9\",\"d\":null,\"e\":true,\"f\":{},\"g\":[]}");
	round_trip("0.30000000000000004");
	round_trip("123456789012345");
}
END_TEST

START_TEST(pretty_text_keeps_flat_arrays_on_a_line)
{
	rq_json *root = rq_json_new_object();
	struct rq_buf out = {0};

	rq_json *list = rq_json_set_array(root, "list");
	rq_json_push_number(list, 1);
	rq_json_push_string(list, "two");
	rq_json_set_number(rq_json_set_object(root, "o"), "nan", NAN);
	ck_assert_int_eq(rq_json_print(&out, root, true, NULL), RQ_OK);
	ck_assert_str_eq(out.data, "{\n  \"list\": [1, \"two\"],\n  \"o\": {\n    \"nan\": null\n  }\n}");
	rq_json_free(root);
	rq_buf_release(&out);
}
END_TEST

START_TEST(items_are_found_by_their_lines)
{
	static const char text[] = "{\"name\": \"gates\", \"other\": [1,\n2], \"deep\": {\"gates\": [7]},\n"
	                           "\t\"gates\": [\n\"a, \\\"[\\\\\", {\"gates\": [1, 2],\n\"b\": 3},\n\n[4,\n5], 6\n],\n\"last\": [1, 2]}";
	size_t lines[4] = {0};

	ck_assert_uint_eq(rq_json_item_lines(lines, 3, text, sizeof text - 1, "gates"), 4);
	ck_assert_uint_eq(lines[0], 4);
	ck_assert_uint_eq(lines[1], 4);
	ck_assert_uint_eq(lines[2], 7);
	ck_assert_uint_eq(lines[3], 0);
	ck_assert_uint_eq(rq_json_item_lines(NULL, 0, text, sizeof text - 1, "none"), 0);
	ck_assert_uint_eq(rq_json_item_lines(NULL, 0, "{\"gates\": [ ]}", 13, "gates"), 0);
	ck_assert_uint_eq(rq_json_item_lines(NULL, 0, "[\"gates\", [1]]", 14, "gates"), 0);
}
END_TEST

Suite *json_suite(void)
{
	Suite *suite = suite_create("json");
	TCase *tests = tcase_create("json");

	tcase_add_test(tests, mistakes_are_named_with_their_place);
	tcase_add_test(tests, nesting_is_bounded);
	tcase_add_test(tests, duplicates_are_found_in_large_objects_too);
	tcase_add_test(tests, what_is_printed_reads_back_equal);
	tcase_add_test(tests, pretty_text_keeps_flat_arrays_on_a_line);
	tcase_add_test(tests, items_are_found_by_their_lines);
	suite_add_tcase(suite, tests);
	return suite;
}
