/* Words that no output may show. */
#include "evalcore/base/secret.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct rq_error err;

static void keep(const char *word)
{
	ck_assert_int_eq(rq_secret_keep(word, &err), RQ_OK);
}

START_TEST(a_kept_word_leaves_no_sentence)
{
	keep("sk-abcdef");
	(void)!rq_fail(&err, RQ_E_UNAVAILABLE, "the service says: bad key sk-abcdef, sk-abcdef");
	ck_assert_str_eq(err.text, "the service says: bad key ***, ***");
	(void)!rq_fail_within(&err, "header sk-abcdef");
	ck_assert_str_eq(err.text, "header ***: the service says: bad key ***, ***");
	rq_secrets_forget();
	(void)!rq_fail(&err, RQ_E_UNAVAILABLE, "sk-abcdef");
	ck_assert_str_eq(err.text, "sk-abcdef");
}
END_TEST

START_TEST(a_word_within_another_leaves_nothing_behind)
{
	char text[] = "pass pass/word pass";

	keep("pass");
	keep("pass/word");
	rq_secret_hide(text);
	ck_assert_str_eq(text, "*** *** ***");
	rq_secrets_forget();
}
END_TEST

START_TEST(a_copy_is_cut_without_half_a_word)
{
	char text[16], sentence[5000];

	keep("sk-abcdefghij");
	rq_secret_copy(text, sizeof text, "the key sk-abcdefghij is bad", 21);
	ck_assert_str_eq(text, "the key ***");
	rq_secret_copy(text, sizeof text, "twelve bytes\xc3\xa9\xc3\xa9", 16);
	ck_assert_str_eq(text, "twelve bytes\xc3\xa9");
	for (size_t start = 4070; start < 4100; start++) { /* a sentence that is far too long for its place */
		memset(sentence, 'x', sizeof sentence);
		memcpy(sentence + start, "sk-abcdefghij", 14);
		(void)!rq_fail(&err, RQ_E_UNAVAILABLE, "%s", sentence);
		ck_assert_msg(strstr(err.text, "sk") == NULL, "%zu: %s", start, err.text);
	}
	rq_secrets_forget();
}
END_TEST

/* What a server says about a key that nobody here knows. */
START_TEST(what_looks_like_a_key_is_hidden_in_foreign_words)
{
	char text[] = "bad key sk-SECRET1234567890abcdef, Bearer dG9rZW4tb2Ytc29tZW9uZQ==, task-of-the-embedding sk-short, bearer of news: d17";

	rq_secret_hide_foreign(text);
	ck_assert_str_eq(text, "bad key ***, Bearer ***, task-of-the-embedding sk-short, bearer of news: d17");
}
END_TEST

START_TEST(only_what_looks_like_a_key_is_kept)
{
	char text[] = "abcdefghij0123456789 application/vnd.example+json 2024-02-01-preview";

	ck_assert_int_eq(rq_secret_keep_key("abcdefghij0123456789", &err), RQ_OK);
	ck_assert_int_eq(rq_secret_keep_key("application/vnd.example+json", &err), RQ_OK);
	ck_assert_int_eq(rq_secret_keep_key("2024-02-01-preview", &err), RQ_OK);
	rq_secret_hide(text);
	ck_assert_str_eq(text, "*** application/vnd.example+json 2024-02-01-preview");
	rq_secrets_forget();
}
END_TEST

START_TEST(spellings_of_json_and_addresses_are_hidden_too)
{
	char text[] = "{\"key\": \"a\\\"b c\"} ?key=a%22b%20c";

	keep("a\"b c");
	rq_secret_hide(text);
	ck_assert_str_eq(text, "{\"key\": \"***\"} ?key=***");
	rq_secrets_forget();
}
END_TEST

START_TEST(a_short_word_blanks_out_nothing)
{
	char text[] = "abcabc";

	keep("abc");
	rq_secret_hide(text);
	ck_assert_str_eq(text, "abcabc");
	rq_secrets_forget();
}
END_TEST

START_TEST(a_variable_is_read_and_hidden_or_missed)
{
	const char *value;

	setenv("RQ_TEST_KEY", "secret value", 1);
	ck_assert_int_eq(rq_secret_read(&value, "RQ_TEST_KEY", "embedders.live.api_key_env", &err), RQ_OK);
	ck_assert_str_eq(value, "secret value");
	(void)!rq_fail(&err, RQ_E_DATA, "%s", value);
	ck_assert_str_eq(err.text, "***");
	setenv("RQ_TEST_KEY", "", 1);
	ck_assert_int_eq(rq_secret_read(&value, "RQ_TEST_KEY", "embedders.live.api_key_env", &err), RQ_E_CONFIG);
	ck_assert_str_eq(
		err.text,
		"embedders.live.api_key_env: the environment variable \"RQ_TEST_KEY\" is empty; set it to the value, which never stands in a config");
	unsetenv("RQ_TEST_KEY");
	ck_assert_int_eq(rq_secret_read(&value, "RQ_TEST_KEY", "x", &err), RQ_E_CONFIG);
	ck_assert(strstr(err.text, "is not set") != NULL);
	rq_secrets_forget();
}
END_TEST

Suite *secret_suite(void);
Suite *secret_suite(void)
{
	Suite *suite = suite_create("secret");
	TCase *cases = tcase_create("all");

	tcase_add_test(cases, a_kept_word_leaves_no_sentence);
	tcase_add_test(cases, a_word_within_another_leaves_nothing_behind);
	tcase_add_test(cases, a_copy_is_cut_without_half_a_word);
	tcase_add_test(cases, what_looks_like_a_key_is_hidden_in_foreign_words);
	tcase_add_test(cases, only_what_looks_like_a_key_is_kept);
	tcase_add_test(cases, spellings_of_json_and_addresses_are_hidden_too);
	tcase_add_test(cases, a_short_word_blanks_out_nothing);
	tcase_add_test(cases, a_variable_is_read_and_hidden_or_missed);
	suite_add_tcase(suite, cases);
	return suite;
}
