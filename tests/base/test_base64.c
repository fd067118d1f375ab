/* RFC 4648, section 10, and what is no base64. */
#include "evalcore/base/base64.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

START_TEST(vectors_of_the_rfc)
{
	static const char *const pairs[][2] = {{"", ""},           {"f", "Zg=="},         {"fo", "Zm8="},           {"foo", "Zm9v"},
	                                       {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xBF", "+/+/"}};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		const char *text = pairs[i][1];
		unsigned char out[8];
		size_t size = rq_base64_size(text, strlen(text));
		ck_assert_uint_eq(size, strlen(pairs[i][0]));
		memset(out, 'x', sizeof out);
		rq_base64_read(out, text, size);
		ck_assert_mem_eq(out, pairs[i][0], size);
		ck_assert_int_eq(out[size], 'x');
		struct rq_buf again = {0};
		rq_base64_write(&again, pairs[i][0], size);
		ck_assert_str_eq(again.data == NULL ? "" : again.data, text);
		rq_buf_release(&again);
	}
}
END_TEST

START_TEST(what_is_none)
{
	static const char *const texts[] = {"Zg=", "Zg", "Z===", "Zm9-", "Zm 9", "Zg==Zg==", "====", "Zm9v\n"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		ck_assert_msg(rq_base64_size(texts[i], strlen(texts[i])) == SIZE_MAX, "%s", texts[i]);
}
END_TEST

Suite *base64_suite(void)
{
	Suite *suite = suite_create("base64");
	TCase *tests = tcase_create("base64");

	tcase_add_test(tests, vectors_of_the_rfc);
	tcase_add_test(tests, what_is_none);
	suite_add_tcase(suite, tests);
	return suite;
}
