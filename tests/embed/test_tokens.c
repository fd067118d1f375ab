#include "evalcore/base/random.h"
#include "evalcore/embed/text/stop_words.h"
#include "evalcore/embed/text/tokens.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool append_word(void *context, const char *stem, size_t length)
{
	struct rq_buf *words = context;

	if (words->size > 0)
		rq_buf_add(words, "|", 1);
	rq_buf_add(words, stem, length);
	return true;
}

/* The tokens, joined by bars. */
static char *tokens(const char *text, const char *language, bool stop_words)
{
	struct rq_tokenizer *tokenizer;
	struct rq_error err = {0};
	struct rq_buf words = {0};

	ck_assert_ok(rq_tokenizer_new(&tokenizer, language, stop_words, &err));
	ck_assert_ok(rq_tokenize(tokenizer, text, append_word, &words, &err));
	rq_tokenizer_free(tokenizer);
	rq_buf_puts(&words, "");
	return words.data;
}

static void expect(const char *text, const char *language, bool stop_words, const char *expected)
{
	char *found = tokens(text, language, stop_words);

	ck_assert_msg(strcmp(found, expected) == 0, "\"%s\" in %s: expected %s, got %s", text, language, expected, found);
	free(found);
}

START_TEST(test_folding)
{
	expect("", "none", false, "");
	expect(" \t\n--- ... ***", "none", false, "");
	expect("Boundary-Layer THEORY", "none", false, "boundary|layer|theory");
	expect("of\uFB01ce \uFB04uid \uFB05ream", "none", false, "office|ffluid|stream"); /* ligatures fi, ffl, long s t */
	expect("\uFF28\uFF45\uFF41\uFF54 \uFF11\uFF12", "none", false, "heat|12");         /* full width */
	expect("Stra\u00DFe STRA\u1E9EE STRASSE", "none", false, "strasse|strasse|strasse");
	expect("e\u0301le\u0300ve \u00C9L\u00C8VE", "none", false, "\u00E9l\u00E8ve|\u00E9l\u00E8ve"); /* combining accents are composed */
	expect("x\u0323\u0307 x\u0307\u0323", "none", false, "\u1E8B\u0323|\u1E8B\u0323"); /* marks in one order, part of the word */
	expect("\u039F\u0394\u039F\u03A3 \u03BF\u03B4\u03BF\u03C2", "none", false, "\u03BF\u03B4\u03BF\u03C3|\u03BF\u03B4\u03BF\u03C3"); /* final sigma */
	expect("x\u00B2 10\u2075 \u00BD \u2163", "none", false, "x2|105|1|2|iv");
	expect("co\u00ADoperate sol\u200Did", "none", false, "cooperate|solid"); /* soft hyphen, joiner */
	expect("\uFEFFfirst", "none", false, "first");
	expect("\u212B \u2126 \u00B5m", "none", false, "\u00E5|\u03C9|\u03BCm"); /* angstrom, ohm, micro signs */
}
END_TEST

START_TEST(test_words)
{
	expect("Mach 2.5 at 1,000 km/h in the 1960s", "none", false, "mach|2|5|at|1|000|km|h|in|the|1960s");
	expect("LB-1301: max_connections=112", "none", false, "lb|1301|max|connections|112");
	expect("launch \U0001F680 now \U0001F469\U0001F3FD\u200D\U0001F4BB done\u2764\uFE0F", "none", false, "launch|now|done");
	expect("step 1\uFE0F\u20E3 of 3", "none", false, "step|1|of|3"); /* keycap */
	expect("\u0301alone \u0301", "none", false, "alone");              /* a mark starts no word */
	expect("\u0928\u092E\u0938\u094D\u0924\u0947 \u0661\u0662", "none", false,
	       "\u0928\u092E\u0938\u094D\u0924\u0947|\u0661\u0662"); /* vowel signs; Arabic digits */
	expect("\u6771\u4EAC \uFF71\uFF72", "none", false, "\u6771\u4EAC|\u30A2\u30A4"); /* half-width katakana */
}
END_TEST

START_TEST(test_apostrophes)
{
	expect("don't DON\u2019T don\uFF07t", "english", true, "");
	expect("don't", "english", false, "don't");
	expect("the engine's, engines' and engine\u2019s", "english", true, "engin|engin|engin");
	expect("'quoted' ''twice'' rock'n'roll O\u2019Brien", "english", true, "quot|twice|rock'n'rol|o'brien");
	expect("a''b '5 5' '", "english", false, "a|b|5|5");
	expect("l'avion d\u2019une aile", "french", true, "l|avion|d|une|ail");
	expect("don't", "none", true, "don|t");
}
END_TEST

START_TEST(test_stems_and_stop_words)
{
	expect("What are the structural problems associated with flight of high speed aircraft?", "english", true,
	       "structur|problem|associ|flight|high|speed|aircraft");
	expect("The connections connecting connected", "english", true, "connect|connect|connect");
	expect("the and", "english", false, "the|and");
	expect("the of und der", "german", true, "the|of|und|der"); /* the list is of English words */
	expect("Stra\u00DFen H\u00E4user", "german", true, "strass|haus");
	expect("generalization", "porter", true, "gener");
}
END_TEST

START_TEST(test_stop_list)
{
	ck_assert_uint_ge(rq_stop_word_count, 120);
	ck_assert_uint_le(rq_stop_word_count, 180);
	for (size_t i = 0; i < rq_stop_word_count; i++) {
		const char *word = rq_stop_words[i];
		ck_assert_msg(i == 0 || strcmp(rq_stop_words[i - 1], word) < 0, "\"%s\" is out of order", word);
		ck_assert_msg(strspn(word, "abcdefghijklmnopqrstuvwxyz'") == strlen(word), "\"%s\" is not folded", word);
		ck_assert(rq_is_stop_word(word, strlen(word)));
		expect(word, "english", true, ""); /* the tokeniser leaves it in one piece */
	}
	ck_assert(!rq_is_stop_word("", 0));
	ck_assert(!rq_is_stop_word("th", 2));
	ck_assert(!rq_is_stop_word("thex", 4));
	ck_assert(rq_is_stop_word("thex", 3));
	ck_assert(!rq_is_stop_word("zzz", 3));
}
END_TEST

START_TEST(test_long_words)
{
	char text[1000], expected[1000];

	memset(text, 'a', 300);
	text[300] = '\0';
	snprintf(expected, sizeof expected, "%.128s|%.128s|%.44s", text, text, text);
	expect(text, "none", true, expected);
	/* 100 characters of three bytes: 42 of them fit */
	text[0] = '\0';
	for (int i = 0; i < 100; i++)
		strcat(text, "\u6771");
	snprintf(expected, sizeof expected, "%.126s|%.126s|%.48s", text, text, text);
	expect(text, "none", true, expected);
}
END_TEST

START_TEST(test_errors)
{
	struct rq_tokenizer *tokenizer;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_tokenizer_new(&tokenizer, "klingon", true, &err), RQ_E_CONFIG);
	ck_assert_ptr_null(tokenizer);
	ck_assert_ptr_nonnull(strstr(err.text, "language \"klingon\": no such stemmer; expected one of arabic, "));
	ck_assert_ptr_nonnull(strstr(err.text, ", english, "));
	ck_assert_str_eq(err.text + strlen(err.text) - strlen(", yiddish, or none"), ", yiddish, or none");
	ck_assert_int_eq(rq_tokenizer_new(&tokenizer, "", true, &err), RQ_E_CONFIG);
	ck_assert_int_eq(rq_tokenizer_new(&tokenizer, "en", true, &err), RQ_E_CONFIG); /* one name a language: models compare names */
	ck_assert_ok(rq_tokenizer_new(&tokenizer, "english", true, &err));
	struct rq_buf words = {0};
	ck_assert_int_eq(rq_tokenize(tokenizer, "caf\u00E9 \xC3(", append_word, &words, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "text is not valid UTF-8 at byte 6; convert it to UTF-8");
	ck_assert_uint_eq(words.size, 0);
	ck_assert_ok(rq_tokenize(tokenizer, "still usable", append_word, &words, &err));
	ck_assert_str_eq(words.data, "still|usabl");
	rq_buf_release(&words);
	rq_tokenizer_free(tokenizer);
	rq_tokenizer_free(NULL);
}
END_TEST

static bool refuse_third(void *context, const char *stem, size_t length)
{
	(void)stem;
	(void)length;
	return ++*(int *)context < 3;
}

START_TEST(test_caller_may_stop)
{
	struct rq_tokenizer *tokenizer;
	struct rq_error err = {0};
	int seen = 0;

	ck_assert_ok(rq_tokenizer_new(&tokenizer, "none", false, &err));
	ck_assert_int_eq(rq_tokenize(tokenizer, "one two three four", refuse_third, &seen, &err), RQ_E_NOMEM);
	ck_assert_int_eq(seen, 3);
	rq_tokenizer_free(tokenizer);
}
END_TEST

/* ASCII text, letters and separators mixed, now and then with a long word. */
static void random_ascii(char *text, size_t size, struct rq_random *random)
{
	static const char some[] = "aAbBeEgGiInNsStTyY09'''  .-_\n\t";
	size_t length = rq_random_below(random, size);
	bool long_words = rq_random_below(random, 4) == 0;

	for (size_t i = 0; i < length; i++) {
		if (long_words && rq_random_below(random, 100) > 0)
			text[i] = 'x';
		else if (rq_random_below(random, 8) == 0)
			text[i] = (char)(1 + rq_random_below(random, 127));
		else
			text[i] = some[rq_random_below(random, sizeof some - 1)];
	}
	text[length] = '\0';
}

/* Runs of [A-Za-z0-9], lower-cased, in pieces of 128. */
static char *ascii_words_slowly(const char *text)
{
	struct rq_buf words = {0};
	size_t run = 0;

	rq_buf_puts(&words, "");
	for (const char *c = text; *c != '\0'; c++) {
		bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
		if (letter && words.size > 0 && (run == 0 || run == 128)) {
			rq_buf_puts(&words, "|");
			run = 0;
		}
		if (letter)
			rq_buf_printf(&words, "%c", *c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
		run = letter ? run + 1 : 0;
	}
	return words.data;
}

START_TEST(test_ascii_path_agrees)
{
	struct rq_random random;
	char text[600], with_accent[620];

	rq_random_seed(&random, 7);
	for (int i = 0; i < 3000; i++) {
		random_ascii(text, sizeof text, &random);
		char *slow = ascii_words_slowly(text);
		expect(text, "none", false, slow);
		free(slow);
		/* The same words before an accented one, which sends the text down the Unicode path. */
		snprintf(with_accent, sizeof with_accent, "%s \u00E9", text);
		for (int english = 0; english < 2; english++) {
			char *fast = tokens(text, english ? "english" : "none", english), *whole = tokens(with_accent, english ? "english" : "none", english);
			size_t length = strlen(fast);
			ck_assert_msg(strncmp(whole, fast, length) == 0 && strcmp(whole + length, length > 0 ? "|\u00E9" : "\u00E9") == 0, "\"%s\": %s and %s",
			              text, fast, whole);
			free(fast);
			free(whole);
		}
	}
}
END_TEST

Suite *tokens_suite(void)
{
	Suite *suite = suite_create("tokens");
	TCase *tests = tcase_create("tokens");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_folding);
	tcase_add_test(tests, test_words);
	tcase_add_test(tests, test_apostrophes);
	tcase_add_test(tests, test_stems_and_stop_words);
	tcase_add_test(tests, test_stop_list);
	tcase_add_test(tests, test_long_words);
	tcase_add_test(tests, test_errors);
	tcase_add_test(tests, test_caller_may_stop);
	tcase_add_test(tests, test_ascii_path_agrees);
	suite_add_tcase(suite, tests);
	return suite;
}
