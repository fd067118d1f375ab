/* The sentence of an error, and how it is cut. */
#include "evalcore/base/status.h"

#include "evalcore/base/parse.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct rq_error err;

static void expect_utf8(void)
{
	ck_assert_uint_eq(rq_utf8_invalid_at(err.text, strlen(err.text)), strlen(err.text));
}

START_TEST(a_sentence_that_fits_is_left_alone)
{
	ck_assert_int_eq(rq_fail(&err, RQ_E_DATA, "line %d: \"%s\" is no id", 7, "S\xc3\xa3o"), RQ_E_DATA);
	ck_assert_str_eq(err.text, "line 7: \"S\xc3\xa3o\" is no id");
	ck_assert_int_eq(rq_fail_within(&err, "gate.json"), RQ_E_DATA);
	ck_assert_str_eq(err.text, "gate.json: line 7: \"S\xc3\xa3o\" is no id");
}
END_TEST

/* Characters of one to four bytes, in front of them up to three letters more, so that cuts come to each place in a character. */
START_TEST(no_character_is_cut_in_two)
{
	static const char *const characters[] = {"x", "\xc3\xa3", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
	char long_text[8000];

	for (size_t c = 0; c < 4; c++)
		for (size_t shift = 0; shift < 4; shift++)
			for (size_t size = 100; size + 8 < sizeof long_text; size = size * 3 / 2) {
				size_t used = shift;
				memset(long_text, 'a', shift);
				for (; used < size; used += strlen(characters[c]))
					memcpy(long_text + used, characters[c], strlen(characters[c]));
				long_text[used] = '\0';
				(void)!rq_fail(&err, RQ_E_IO, "%s: %s%s", long_text, "cannot read", "");
				expect_utf8();
				ck_assert_uint_gt(strlen(err.text), size < sizeof err.text ? size : sizeof err.text - 16);
				(void)!rq_fail_within(&err, "%s", long_text);
				expect_utf8();
				ck_assert_int_eq(err.text[0], long_text[0]);
			}
}
END_TEST

START_TEST(the_middle_goes)
{
	char path[sizeof err.text];

	memset(path, 'p', sizeof path);
	path[sizeof path - 1] = '\0';
	(void)!rq_fail(&err, RQ_E_IO, "\"%s\": cannot read", path);
	ck_assert(strncmp(err.text, "\"ppp", 4) == 0 && strstr(err.text, "pp...pp") != NULL);
	ck_assert_str_eq(err.text + strlen(err.text) - strlen("\": cannot read"), "\": cannot read");
	memset(path, 0x80, sizeof path - 1); /* not UTF-8 at all: cut, but not lost */
	(void)!rq_fail(&err, RQ_E_IO, "\"%s\": cannot read", path);
	ck_assert_uint_gt(strlen(err.text), sizeof err.text - 16);
}
END_TEST

START_TEST(want_of_memory_is_told_alike_everywhere)
{
	ck_assert_int_eq(rq_fail_memory(&err), RQ_E_NOMEM);
	ck_assert_str_eq(err.text, "out of memory; free some, or use smaller inputs");
}
END_TEST

Suite *status_suite(void)
{
	Suite *suite = suite_create("status");
	TCase *tests = tcase_create("status");

	tcase_add_test(tests, a_sentence_that_fits_is_left_alone);
	tcase_add_test(tests, no_character_is_cut_in_two);
	tcase_add_test(tests, the_middle_goes);
	tcase_add_test(tests, want_of_memory_is_told_alike_everywhere);
	suite_add_tcase(suite, tests);
	return suite;
}
