/* How texts are put into requests. */
#include "support.h"

#include "evalcore/embed/http/batch.h"

#include <string.h>

static const char *const texts[] = {"one", "two words", "", " \t\n", "a \"quoted\"\nline", "0123456789012345678901234567890123456789"};

START_TEST(a_batch_ends_by_count_or_tokens)
{
	const size_t rows[] = {5, 0, 5, 1, 0, 0};

	ck_assert_uint_eq(rq_http_batch(texts, rows, 6, 0, 3, 1000), 3);
	ck_assert_uint_eq(rq_http_batch(texts, rows, 6, 0, 100, 1000), 6);
	ck_assert_uint_eq(rq_http_batch(texts, rows, 6, 0, 100, 23), 3); /* 11 + 1 + 11 tokens, then 3 more */
	ck_assert_uint_eq(rq_http_batch(texts, rows, 6, 0, 100, 22), 2);
	ck_assert_uint_eq(rq_http_batch(texts, rows, 6, 0, 100, 1), 1);  /* one at least */
	ck_assert_uint_eq(rq_http_batch(texts, rows, 6, 40, 100, 23), 1); /* the prefix counts */
}
END_TEST

START_TEST(texts_are_json_strings)
{
	struct rq_buf out = {0};

	rq_http_write_texts(&out, texts, (const size_t[]){4, 0}, 2, "");
	ck_assert_str_eq(out.data, "[\"a \\\"quoted\\\"\\nline\",\"one\"]");
	rq_buf_clear(&out);
	rq_http_write_texts(&out, texts, (const size_t[]){0, 1}, 2, "query: ");
	ck_assert_str_eq(out.data, "[\"query: one\",\"query: two words\"]");
	rq_buf_release(&out);
}
END_TEST

START_TEST(words_are_counted)
{
	ck_assert_uint_eq(rq_http_words(texts, (const size_t[]){0, 1, 2, 3, 4}, 5), 6);
}
END_TEST

Suite *http_batch_suite(void)
{
	Suite *suite = suite_create("http_batch");
	TCase *tests = tcase_create("batch");

	tcase_add_test(tests, a_batch_ends_by_count_or_tokens);
	tcase_add_test(tests, texts_are_json_strings);
	tcase_add_test(tests, words_are_counted);
	suite_add_tcase(suite, tests);
	return suite;
}
