/* Texts that are not what the config asks for stop a run before anything is embedded: what is counted, and how it is told. */
#include "lab.h"

#include "evalcore/pipeline/scripts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG(quality) \
	"{\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"},\"quality\":" quality "," \
	"\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":64}},\"baseline\":{},\"candidate\":{},\"metrics\":[\"RR@3\"]," \
	"\"cutoff\":3,\"latency\":{\"samples\":0},\"gates\":[]}"
#define SAYS "the texts are not what \"quality\" asks for, so nothing was embedded (mend the files, or change the limits): "

#define FIFTEEN "\u0434\u0434\u0434\u0434\u0434\u0434\u0434\u0434\u0434\u0434\u0434\u0434\u0434\u0434\u0434"

/* Of ten documents: two have no title, one a null, one a blank one; one text is of one letter, one of 30 characters in 60 bytes. */
static void collection(void)
{
	lab_write("corpus.jsonl",
	          "{\"_id\":\"d0\",\"title\":\"One\",\"text\":\"a plain text\"}\n{\"_id\":\"d1\",\"text\":\"no title here\"}\n"
	          "{\"_id\":\"d2\",\"title\":null,\"text\":\"nor here\"}\n{\"_id\":\"d3\",\"title\":\" \\t\",\"text\":\" x \"}\n"
	          "{\"_id\":\"d4\",\"title\":\"Two\",\"text\":\"%s\"}\n{\"_id\":\"d5\",\"title\":\"Six\",\"text\":\"six\"}\n"
	          "{\"_id\":\"d6\",\"title\":\"T\",\"text\":\"se7en\"}\n{\"_id\":\"d7\",\"title\":\"Tt\",\"text\":\"eight\"}\n"
	          "{\"_id\":\"d8\",\"title\":\"Nine\",\"text\":\"nine\"}\n{\"_id\":\"d9\",\"title\":\"Ten\",\"text\":\"1,000.50 $\"}\n",
	          FIFTEEN FIFTEEN);
	lab_write("queries.jsonl", "{\"_id\":\"q1\",\"text\":\"a plain text\"}\n{\"_id\":\"q2\",\"text\":\"nine\"}\n");
	lab_write("qrels.tsv", "q1 0 d0 1\nq2 0 d8 1\n");
}

static void expect(const char *json, const char *says)
{
	struct lab_run *run = lab_try(true, json, NULL);

	if (says == NULL) {
		ck_assert_msg(run->status == RQ_OK, "%s", run->err.text);
	} else {
		ck_assert_msg(run->status == RQ_E_DATA, "%s: %d %s", json, run->status, run->err.text);
		ck_assert_str_eq(run->err.text, says);
		ck_assert_uint_eq(lab_count_files("cache"), 0);
	}
	lab_free(run);
}

START_TEST(all_that_is_wrong_is_told_at_once)
{
	collection();
	expect(CONFIG("{}"), SAYS "\"title\": 3 of 10 are empty (\"d1\" for one), and \"empty\" allows 5 %; "
	                          "\"title\": 1 of 10 is too short (\"d6\" for one), and \"too_short\" allows 5 %; "
	                          "\"text\": 1 of 10 is too short (\"d3\" for one), and \"too_short\" allows 5 %");
	expect(CONFIG("{\"empty\":0.3,\"too_short\":0.1,\"scripts\":[\"Latin\"],\"max_length\":29}"),
	       SAYS "\"text\": 1 of 10 is too long (\"d4\" for one), and \"too_long\" allows 1 %; "
	            "\"text\": 1 of 10 is in another script (\"d4\" for one), and \"other_scripts\" allows 5 %");
	expect(CONFIG("{\"empty\":0.3,\"too_short\":0.1,\"scripts\":[\"Cyrillic\"],\"other_scripts\":1,\"topics\":{\"other_scripts\":0.5}}"),
	       SAYS "\"topics\": 2 of 2 are in another script (\"q1\" for one), and \"other_scripts\" allows 50 %");
}
END_TEST

/* To the limit is within it, and digits are in no script. */
START_TEST(what_is_within_the_limits_runs)
{
	collection();
	expect(CONFIG("{\"empty\":0.3,\"too_short\":0.1,\"max_length\":30,\"scripts\":[\"Latin\",\"Cyrillic\"],\"other_scripts\":0}"), NULL);
	expect(CONFIG("{\"fields\":{\"title\":{\"empty\":0.3,\"min_length\":1},\"text\":{\"min_length\":1}}}"), NULL);
}
END_TEST

/* Its fields are told apart from the baseline's. */
START_TEST(the_candidate_has_a_corpus_of_its_own)
{
	collection();
	lab_write("other.jsonl", "{\"_id\":\"d0\",\"title\":\"One\",\"text\":\"a plain text\"}\n{\"_id\":\"d8\",\"title\":\"One\",\"text\":\"\"}\n"
	                         "{\"_id\":\"d9\",\"title\":\"One\",\"text\":\"ten\"}\n");
	struct lab_run *run = lab_try(true, CONFIG("{\"empty\":0.3,\"too_short\":0.1}"), "candidate.corpus=other.jsonl", NULL);
	ck_assert_int_eq(run->status, RQ_E_DATA);
	ck_assert_str_eq(run->err.text, SAYS "the candidate's \"text\": 1 of 3 is empty (\"d8\" for one), and \"empty\" allows 30 %");
	lab_free(run);
}
END_TEST

START_TEST(limits_that_make_no_sense)
{
	static const struct {
		const char *json, *says;
	} cases[] = {
		{CONFIG("{\"empty\":2}"), "gate.json: quality.empty: 2 is not allowed; expected a number from 0 to 1"},
		{CONFIG("{\"emty\":0}"), "gate.json: quality.emty: unknown key; did you mean \"empty\"?"},
		{CONFIG("{\"fields\":{\"title\":{\"emty\":0}}}"), "gate.json: quality.fields.title.emty: unknown key; did you mean \"empty\"?"},
		{CONFIG("{\"fields\":{\"body\":{}}}"), "gate.json: quality.fields.body: is none of \"dataset.fields\"; name it there too, or leave it out"},
		{CONFIG("{\"fields\":{\"title\":1}}"), "gate.json: quality.fields.title: a number is not allowed; expected an object"},
		{CONFIG("{\"fields\":1}"), "gate.json: quality.fields: a number is not allowed; expected an object"},
		{CONFIG("{\"topics\":[]}"), "gate.json: quality.topics: an array is not allowed; expected an object"},
		{CONFIG("{\"max_length\":9,\"topics\":{\"min_length\":10}}"), "gate.json: quality.topics: \"min_length\" 10 is above \"max_length\" 9"},
		{CONFIG("{\"scripts\":[\"Latin\",\"German\"]}"),
	     "gate.json: quality.scripts[1]: \"German\" is not allowed; expected some of Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, "
	     "Thai, Hangul, Kana, Han and other"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lab_run *run = lab_try(false, cases[i].json, NULL);
		ck_assert_msg(run->status == RQ_E_CONFIG, "%s", cases[i].json);
		ck_assert_str_eq(run->err.text, cases[i].says);
		lab_free(run);
	}
}
END_TEST

/* Sentences of these languages; the last have no letters, or as many of two scripts. */
static const struct {
	const char *text, *script; /* NULL: none */
} texts[] = {
	{"The quick brown fox", "Latin"},
	{"Gr\u00fc\u00dfe an alle, \u017c\u00f3\u0142ty, ti\u1ebfng Vi\u1ec7t", "Latin"},
	{"\u0391\u03b8\u03ae\u03bd\u03b1 Athens \u03ba\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1", "Greek"},
	{"\u041c\u043e\u0441\u043a\u0432\u0430, GPS", "Cyrillic"},
	{"\u05e9\u05dc\u05d5\u05dd", "Hebrew"},
	{"\u0645\u0631\u062d\u0628\u0627", "Arabic"},
	{"\u0928\u092e\u0938\u094d\u0924\u0947", "Devanagari"},
	{"\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "Thai"},
	{"\uc548\ub155\ud558\uc138\uc694", "Hangul"},
	{"\u3053\u3093\u306b\u3061\u306f\u4e16\u754c", "Kana"},
	{"\u4f60\u597d\uff0c\u4e16\u754c\u3002 OK", "Han"},
	{"\U00020000\U00020001", "Han"},
	{"\u10d2\u10d0\u10db\u10d0\u10e0\u10ef\u10dd\u10d1\u10d0", "other"},
	{"1,000.50 $ \u20ac \u2014 \U0001F600", NULL},
	{"", NULL},
	{"ab\u0431\u0432", "Latin"},
};

START_TEST(scripts_of_texts)
{
	int script = rq_text_script(texts[_i].text);

	if (texts[_i].script == NULL) {
		ck_assert_int_eq(script, -1);
	} else {
		ck_assert_msg(script >= 0, "%s", texts[_i].text);
		ck_assert_str_eq(rq_script_names[script], texts[_i].script);
	}
}
END_TEST

Suite *quality_suite(void)
{
	Suite *suite = suite_create("quality");
	TCase *tests = lab_case("quality");

	tcase_add_test(tests, all_that_is_wrong_is_told_at_once);
	tcase_add_test(tests, what_is_within_the_limits_runs);
	tcase_add_test(tests, the_candidate_has_a_corpus_of_its_own);
	tcase_add_test(tests, limits_that_make_no_sense);
	tcase_add_loop_test(tests, scripts_of_texts, 0, sizeof texts / sizeof *texts);
	suite_add_tcase(suite, tests);
	return suite;
}
