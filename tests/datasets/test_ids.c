#include "support.h"

#include <check.h>
#include <string.h>

static void refused(const char *data, const char *expected)
{
	struct rq_ids ids;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, strlen(data));

	ck_assert_int_eq(rq_ids_parse(&ids, &text, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(ids.slots);
	rq_text_release(&text);
}

START_TEST(one_id_a_line)
{
	static const char *const files[] = {"b\na\n\xC3\xA4", "b\r\na\r\n\xC3\xA4\r\n", "\xEF\xBB\xBF\x62\na\n\xC3\xA4\n\n\n"};

	for (size_t i = 0; i < 3; i++) {
		char *path = file_with(".ids", files[i], strlen(files[i]));
		struct rq_ids ids;
		struct rq_error err = {0};
		ck_assert_msg(rq_ids_load(&ids, path, &err) == RQ_OK, "%s", err.text);
		ck_assert_uint_eq(ids.count, 3);
		ck_assert_str_eq(ids.names[0], "b");
		ck_assert_str_eq(ids.names[1], "a");
		ck_assert_uint_eq(rq_ids_find(&ids, "\xC3\xA4", 2), 2);
		rq_ids_release(&ids);
		file_remove(path);
	}
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
	refused("", "x: no ids; expected one id a line");
	refused("\n", "x: no ids; expected one id a line");
	refused("a\n\nb\n", "x:2: empty id; expected one id a line, and no blank line before the last");
	refused("\na\n", "x:1: empty id; expected one id a line, and no blank line before the last");
	refused("a\nb c\n", "x:2: id \"b c\" contains white space; expected one id a line, nothing else");
	refused("a\nb\na\n", "x:3: duplicate id \"a\", first on line 1; every row needs an id of its own");
}
END_TEST

Suite *ids_suite(void)
{
	Suite *suite = suite_create("ids");
	TCase *tests = tcase_create("ids");

	tcase_add_test(tests, one_id_a_line);
	tcase_add_test(tests, what_is_wrong_is_named);
	suite_add_tcase(suite, tests);
	return suite;
}
