#include "evalcore/review/texts.h"

#include <check.h>
#include <string.h>

static void expect_line(const char *text, size_t maximum, const char *expected)
{
	struct rq_buf out = {0};

	rq_buf_puts(&out, "");
	rq_add_one_line(&out, text, maximum);
	ck_assert_str_eq(out.data, expected);
	rq_buf_release(&out);
}

START_TEST(a_text_on_one_line)
{
	expect_line("", 10, "");
	expect_line("one", 3, "one");
	expect_line("one", 2, "on...");
	expect_line(" \n one\t\x1b two\r\n", 100, "one two");
	expect_line("one   ", 3, "one");
	expect_line("one   two", 4, "one ...");
	expect_line("\xC3\xA4\xC3\xB6", 3, "\xC3\xA4..."); /* not half a letter */
	expect_line("\xF0\x9F\x98\x80", 3, "...");
}
END_TEST

START_TEST(the_first_chunk_speaks_for_its_parent)
{
	struct rq_document documents[] = {{.id = "a-1", .text = "first", .parent = "a"}, {.id = "a-2", .text = "second", .parent = "a"}, {.id = "b", .text = "alone"}};
	struct rq_corpus corpus = {.documents = documents, .count = 3};
	struct rq_ids wanted = {0};
	static const char *const names[] = {"b", "a", "none", "a-2"};

	for (size_t i = 0; i < 4; i++)
		ck_assert_uint_eq(rq_ids_add(&wanted, names[i], strlen(names[i]), NULL), i);
	const char *texts[4] = {NULL};
	rq_texts_find(texts, &wanted, &corpus, true);
	ck_assert_str_eq(texts[0], "alone");
	ck_assert_str_eq(texts[1], "first");
	ck_assert_ptr_null(texts[2]);
	ck_assert_ptr_null(texts[3]);
	rq_texts_find(texts, &wanted, &corpus, false); /* what is there stays */
	ck_assert_str_eq(texts[1], "first");
	ck_assert_str_eq(texts[3], "second");
	rq_ids_release(&wanted);
}
END_TEST

Suite *texts_suite(void)
{
	Suite *suite = suite_create("texts");
	TCase *tests = tcase_create("texts");

	tcase_add_test(tests, a_text_on_one_line);
	tcase_add_test(tests, the_first_chunk_speaks_for_its_parent);
	suite_add_tcase(suite, tests);
	return suite;
}
