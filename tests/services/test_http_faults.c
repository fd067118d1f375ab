/* What goes wrong between the program and a service: the same scores as ever, or one clear sentence and its exit code. Never a vector at the wrong
 * text. */
#include "service.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENTS = 60 };

static void set_up(const char *api, const char *more, const char *rules)
{
	service_cranfield(DOCUMENTS);
	service_config(api, more);
	service_faults(rules);
}

/* ---- survived ---- */

/* Requests 0 is who answers. "more" is put into the embedder's options. */
static const struct {
	const char *api, *rules, *more;
} survived[] = {
	{"openai", "[{\"fault\": \"status\", \"status\": 429, \"retry_after\": \"1\", \"times\": 1}]", ""},
	{"openai", "[{\"fault\": \"status\", \"status\": 429, \"retry_after\": \"date:1\", \"skip\": 2, \"times\": 1}]", ""},
	{"openai", "[{\"fault\": \"status\", \"status\": 429, \"retry_after_ms\": \"20\", \"skip\": 1, \"times\": 2}]", ""},
	{"tei", "[{\"fault\": \"status\", \"status\": 429, \"skip\": 1, \"times\": 3}]", ""},
	{"openai", "[{\"fault\": \"status\", \"status\": 500, \"times\": 2}]", ""},
	{"ollama", "[{\"fault\": \"html\", \"status\": 502, \"skip\": 1, \"times\": 2}]", ""},
	{"openai", "[{\"fault\": \"loading\", \"times\": 3}]", ""},
	{"openai", "[{\"fault\": \"reset\", \"skip\": 1, \"times\": 3}]", ""},
	{"tei", "[{\"fault\": \"short\", \"skip\": 1, \"times\": 3}]", ""},
	{"openai", "[{\"fault\": \"shuffle\"}]", ", \"batch\": 7"},
	{"openai", "[{\"fault\": \"fewer\", \"skip\": 1, \"times\": 2}]", ", \"batch\": 8"},
	{"tei", "[{\"fault\": \"fewer\", \"skip\": 1, \"times\": 2}]", ", \"batch\": 8"},
	{"openai", "[{\"fault\": \"double\", \"skip\": 1, \"times\": 2}]", ", \"batch\": 8"},
	{"openai", "[{\"fault\": \"number\", \"number\": \"NaN\", \"skip\": 1, \"times\": 2}]", ""},
	{"openai", "[{\"fault\": \"number\", \"number\": \"NaN\", \"skip\": 1, \"times\": 2}]", ", \"encoding\": \"float\""},
	{"tei", "[{\"fault\": \"number\", \"number\": \"null\", \"skip\": 1, \"times\": 2}]", ""},
	{"ollama", "[{\"fault\": \"number\", \"number\": \"1e999\", \"skip\": 1, \"times\": 2}]", ""},
	{"ollama", "[{\"fault\": \"uneven\", \"skip\": 1, \"times\": 2}]", ""},
	{"openai", "[{\"fault\": \"slow\", \"ms\": 30000, \"skip\": 1, \"times\": 1}]", ", \"timeout\": \"10s\""},
	{"openai", "[{\"fault\": \"silent\", \"skip\": 1, \"times\": 1}]", ", \"timeout\": \"10s\""},
	{"openai", "[{\"fault\": \"drip\", \"pieces\": 20, \"ms\": 2}]", ""},
	{"openai", "[{\"fault\": \"garbage\", \"skip\": 1, \"times\": 2}]", ""},
	{"tei", "[{\"fault\": \"garbage\", \"body\": \"[[1, 2\", \"skip\": 1, \"times\": 1}, {\"fault\": \"garbage\", \"body\": \"{}\", \"skip\": 2, \"times\": 1}]", ""},
	{"ollama", "[{\"fault\": \"html\", \"status\": 200, \"skip\": 1, \"times\": 1}]", ""},
	{"openai", "[{\"fault\": \"huge\", \"bytes\": 1000000000, \"skip\": 1, \"times\": 1}]", ""},
};

START_TEST(the_same_scores_as_without)
{
	if (!service_ready())
		return;
	set_up(survived[_i].api, survived[_i].more, survived[_i].rules);
	rq_json *report = service_expect_direct();
	ck_assert_uint_eq(rq_json_size(rq_json_get(rq_json_get(report, "run"), "failures")), 0);
	rq_json_free(report);
}
END_TEST

/* ---- an error ---- */

/* In a sentence, URL is the server's address; how many requests were out at once, and so how often they failed, is the machine's: N. */
static const struct {
	const char *api, *rules, *more, *sentence;
} fatal[] = {
	{"openai", "[{\"fault\": \"quota\", \"skip\": 1}]", "",
	 "candidate: URL/v1/embeddings: the service answers 429: \"You exceeded your current quota, please check your plan and billing details.\"; the account's quota is used up, so waiting does not help"},
	{"openai", "[{\"fault\": \"echo_key\"}]", "",
	 "candidate: URL/v1/embeddings: the service answers 401: \"Incorrect API key provided: Bearer ***.\"; check the key, and which environment variable api_key_env or headers takes it from"},
	{"openai", "[{\"fault\": \"redirect\"}]", "",
	 "candidate: URL/v1/embeddings: the service answers 307, a redirect to \"/v1/embeddings\", which is not followed, so that no key goes elsewhere; if that is the service, write it as url"},
	{"openai", "[{\"fault\": \"status\", \"status\": 404, \"message\": \"no such thing\"}]", "",
	 "candidate: URL/v1/embeddings: the service answers 404: \"no such thing\"; check url, api and model"},
	{"openai", "[{\"fault\": \"model\", \"model\": \"use-large\", \"skip\": 3}]", ", \"batch\": 8, \"concurrency\": 1",
	 "candidate: URL/v1/embeddings: the service changed its model from \"use-lite\" to \"use-large\" after 16 texts; vectors of two models do not compare, so see to it that one answers, and run again; 16 texts came and are kept, 97 are left, and the next run goes on from there"},
	{"openai", "[{\"fault\": \"dimension\", \"skip\": 3}]", ", \"batch\": 8, \"concurrency\": 1",
	 "candidate: URL/v1/embeddings: vector 0 has 256 dimensions instead of 512, N times; check url, api, model and dimensions; 16 texts came and are kept, 97 are left, and the next run goes on from there"},
	{"openai", "[{\"fault\": \"status\", \"status\": 500, \"message\": \"out of memory\"}]", ", \"attempts\": 3",
	 "candidate: URL/v1/embeddings: the service answers 500: \"out of memory\", N times"},
	{"openai", "[{\"fault\": \"status\", \"status\": 429, \"retry_after\": \"3600\"}]", "",
	 "candidate: URL/v1/embeddings: the service answers 429: \"Rate limit reached\", and asks to wait 3600 s, which is more than max_wait (120 s) leaves; raise it, or come back later"},
	{"tei", "[{\"fault\": \"silent\"}]", ", \"timeout\": \"1s\", \"attempts\": 2",
	 "candidate: URL/embed: no answer within 1 s, N times; raise timeout, or lower batch"},
	{"ollama", "[{\"fault\": \"html\", \"status\": 502}]", ", \"attempts\": 2",
	 "candidate: URL/api/embed: the service answers 502, N times"},
};

static char *with_address(const char *sentence)
{
	char *url = service_url(""), *out;
	const char *at = strstr(sentence, "URL");

	if (at == NULL)
		out = strdup(sentence);
	else
		ck_assert_int_ge(asprintf(&out, "%.*s%s%s", (int)(at - sentence), sentence, url, at + 3), 0);
	free(url);
	return out;
}

/* ", 8 times" becomes ", N times". */
static void forget_count(char *text)
{
	char *end = strstr(text, " times"), *start = end;

	while (start != NULL && start > text && isdigit((unsigned char)start[-1]))
		start--;
	if (start != end) {
		*start = 'N';
		memmove(start + 1, end, strlen(end) + 1);
	}
}

START_TEST(one_sentence_says_what_it_is)
{
	if (!service_ready())
		return;
	set_up(fatal[_i].api, fatal[_i].more, fatal[_i].rules);
	struct cli result = cli("run", "gate.json", NULL);
	char *sentence = with_address(fatal[_i].sentence);
	forget_count(result.err);
	cli_expect_refusal(&result, 69, sentence);
	free(sentence);
	service_faults("[]"); /* once it is mended, what came before is there */
	rq_json_free(service_expect_direct());
}
END_TEST

Suite *http_faults_suite(void)
{
	Suite *suite = suite_create("http_faults");
	TCase *tests = service_case("faults");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, the_same_scores_as_without, 0, sizeof survived / sizeof *survived);
	tcase_add_loop_test(tests, one_sentence_says_what_it_is, 0, sizeof fatal / sizeof *fatal);
	return suite;
}
