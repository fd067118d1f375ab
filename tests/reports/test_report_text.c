/* How many columns names take on a terminal: those of Unicode's East Asian Width (Annex 11), and none for what combines. */
#include "reports/rows.h"

#include <check.h>
#include <string.h>

START_TEST(columns)
{
	static const struct {
		const char *text;
		size_t columns;
	} names[] = {
		{"nDCG@10", 7}, {"Z\u00fcrich", 6}, {"Zu\u0308rich", 6}, {"\u6771\u4eac", 4}, {"\uff21\uff22", 4}, {"\uff71\uff72", 2}, {"\ud55c\uad6d\uc5b4", 6},
		{"\u0e17\u0e35\u0e48", 1} /* Thai: a consonant, a vowel above it, a tone mark */, {"\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd", 4} /* Hebrew with points */,
		{"\U0001F44D", 2}, {"\u2500\u2500", 2},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		ck_assert_msg(rq_text_width(names[i].text, strlen(names[i].text), true) == names[i].columns, "%s: %zu", names[i].text,
		              rq_text_width(names[i].text, strlen(names[i].text), true));
	}
	/* Where the locale has no Unicode, a '?' each. */
	ck_assert_uint_eq(rq_text_width("\u6771\u4eac", 6, false), 2);
	/* Bytes that are no UTF-8 are a column each, too. */
	ck_assert_uint_eq(rq_text_width("a\xff" "b", 3, true), 3);
}
END_TEST

static void check_fitted(int width, const char *lines, const char *expected)
{
	struct rq_buf out = {0};

	rq_add_fitted(&out, lines, (struct rq_style){.width = width, .unicode = true});
	rq_buf_puts(&out, "");
	ck_assert_str_eq(out.data, expected);
	rq_buf_release(&out);
}

START_TEST(lines_are_broken_below_their_last_column)
{
	check_fitted(0, "ok    memory  20 GB left of 25 GB\n", "ok    memory  20 GB left of 25 GB\n");
	check_fitted(33, "ok    memory  20 GB left of 25 GB\n\nnext", "ok    memory  20 GB left of 25 GB\n\nnext\n");
	check_fitted(32, "ok    memory  20 GB left of 25 GB\n", "ok    memory  20 GB left of 25\n              GB\n");
	check_fitted(24, "ok    memory  20 GB left of 25 GB\n", "ok    memory  20 GB left\n      of 25 GB\n"); /* the third column begins too far right */
	check_fitted(20, "ids   3  0123456789abcdef\n", "ids   3\n  0123456789abcdef\n");
	check_fitted(20, "  a sentence of some words\n", "  a sentence of some\n    words\n");
	check_fitted(8, "\x1b[31mFAIL\x1b[0m \u6771\u4eac \u6771\u4eac\n", "\x1b[31mFAIL\x1b[0m\n  \u6771\u4eac\n  \u6771\u4eac\n");
	check_fitted(4, "longer-than-the-terminal and\n", "longer-than-the-terminal\n  and\n"); /* no word is cut */
}
END_TEST

Suite *report_text_suite(void)
{
	Suite *suite = suite_create("report_text");
	TCase *tests = tcase_create("text");

	tcase_add_test(tests, columns);
	tcase_add_test(tests, lines_are_broken_below_their_last_column);
	suite_add_tcase(suite, tests);
	return suite;
}
