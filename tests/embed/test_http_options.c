/* The config of the embedder http: addresses, secrets, bodies. */
#include "support.h"

#include "evalcore/base/secret.h"
#include "evalcore/embed/http/address.h"
#include "evalcore/embed/http/options.h"

#include <stdlib.h>
#include <string.h>

static void expect_address(const struct rq_api *api, const char *url, const char *whole, const char *facts, const char *shown)
{
	struct rq_arena arena = {0};
	struct rq_error err = {0};
	struct rq_http_address address;

	ck_assert_ok(rq_http_address(&address, url, api, &arena, &err));
	ck_assert_str_eq(address.url, whole);
	ck_assert_pstr_eq(address.facts_url, facts);
	ck_assert_str_eq(address.shown, shown);
	rq_arena_release(&arena);
}

START_TEST(a_base_gets_the_protocols_path)
{
	expect_address(&rq_api_openai, "http://h:8080", "http://h:8080/v1/embeddings", NULL, "http://h:8080/v1/embeddings");
	expect_address(&rq_api_openai, "http://h:8080/", "http://h:8080/v1/embeddings", NULL, "http://h:8080/v1/embeddings");
	expect_address(&rq_api_openai, "http://h/v1/", "http://h/v1/embeddings", NULL, "http://h/v1/embeddings");
	expect_address(&rq_api_openai, "https://a.example/openai/deployments/d/embeddings?api-version=2024-02-01",
	               "https://a.example/openai/deployments/d/embeddings?api-version=2024-02-01", NULL,
	               "https://a.example/openai/deployments/d/embeddings");
	expect_address(&rq_api_openai, "http://h/v1?a=b#c", "http://h/v1/embeddings?a=b", NULL, "http://h/v1/embeddings");
	expect_address(&rq_api_tei, "http://h?d=1#c", "http://h/embed?d=1", "http://h/info?d=1", "http://h/embed");
	expect_address(&rq_api_tei, "http://[::1]:80", "http://[::1]:80/embed", "http://[::1]:80/info", "http://[::1]:80/embed");
	expect_address(&rq_api_tei, "http://h/tei/embed", "http://h/tei/embed", "http://h/tei/info", "http://h/tei/embed");
	expect_address(&rq_api_ollama, "http://h:11434", "http://h:11434/api/embed", "http://h:11434/api/tags", "http://h:11434/api/embed");
	expect_address(&rq_api_ollama, "http://h/api", "http://h/api/embed", "http://h/api/tags", "http://h/api/embed");
	expect_address(&rq_api_ollama, "http://h/ollama", "http://h/ollama/api/embed", "http://h/ollama/api/tags", "http://h/ollama/api/embed");
}
END_TEST

static const struct {
	const char *json, *expected;
} faults[] = {
	{"{\"url\": \"ftp://h\", \"model\": \"m\"}", "url: no address of the web; expected one such as \"http://127.0.0.1:8080/v1\""},
	{"{\"url\": \"h:8080/v1 x\", \"model\": \"m\"}", "url: no address of the web; expected one such as \"http://127.0.0.1:8080/v1\""},
	{"{\"url\": \"http://me:hunter22@h\", \"model\": \"m\"}", "url: a user or password stands in it; take them out and write \"headers\": {\"Authorization\": \"Basic ${NAME}\"}, with the value "
	 "in the environment variable NAME"},
	{"{\"url\": \"http://h/v1?v=1&api_key=hunter22\", \"model\": \"m\"}", "url: \"api_key\" in its query is a secret; take it out and send it as a header, \"headers\": {\"NAME\": "
	 "\"${VARIABLE}\"}, from an environment variable"},
	{"{\"url\": \"http://h\"}", "model: missing; \"openai\" serves several, so expected the name of one"},
	{"{\"url\": \"http://h\", \"model\": \"m\", \"headers\": {\"X-Api-Key\": \"hunter22\"}}", "headers.X-Api-Key: a key does not belong into a config; put it into an environment variable and "
	 "write \"${NAME}\" here"},
	{"{\"url\": \"http://h\", \"model\": \"m\", \"headers\": {\"authorization\": \"Bearer hunter22\"}}", "headers.authorization: a key does not belong into a config; put it into an environment "
	 "variable and write \"${NAME}\" here"},
	{"{\"url\": \"http://h\", \"model\": \"m\", \"headers\": {\"Cookie\": \"a=b\"}}", "headers.Cookie: a key does not belong into a config; put it into an environment variable and write "
	 "\"${NAME}\" here"},
	{"{\"url\": \"http://h\", \"model\": \"m\", \"headers\": {\"A\": 1}}", "headers.A: expected a string, in which ${NAME} stands for an environment variable"},
	{"{\"url\": \"http://h\", \"model\": \"m\", \"ca_file\": \"/nowhere/ca.pem\"}", "ca_file: there is no \"/nowhere/ca.pem\""},
	{"{\"url\": \"http://h\", \"model\": \"m\", \"headers\": {\"A: b\": \"c\"}}", "headers: \"A: b\" is no name of a header; expected letters, digits and \"-\""},
	{"{\"url\": \"http://h\", \"model\": \"m\", \"headers\": {\"A\": \"b\\r\\nC: d\"}}", "headers.A: a header is one line"},
	{"{\"url\": \"http://h\", \"model\": \"m\", \"headers\": {\"content-type\": \"x\"}}", "headers.content-type: is set by the request itself; leave it out"},
	{"{\"url\": \"http://h\", \"model\": \"m\", \"headers\": [1]}", "headers: [1] is not allowed; expected an object"},
	{"{\"url\": \"http://h\", \"model\": \"m\", \"api_key_env\": \"K\", \"headers\": {\"Authorization\": \"Bearer ${K}\"}}", "headers.Authorization: api_key_env sets this header too; leave one of "
	 "them out"},
	{"{\"url\": \"http://h\", \"model\": \"m\", \"query_body\": {\"input\": 1}}", "query_body.input: is set from the other options of the embedder; leave it out"},
	{"{\"url\": \"http://h\", \"api\": \"tei\", \"document_body\": {\"inputs\": 1}}", "document_body.inputs: is set from the other options of the embedder; leave it out"},
	{"{\"url\": \"http://h\", \"model\": \"m\", \"timeout\": \"0s\"}", "timeout: expected a duration from 1ms to 24h"},
};

START_TEST(names_of_secrets_are_known)
{
	static const char *const secrets[] = {"Authorization", "X-Api-Key", "Ocp-Apim-Subscription-Key", "x-functions-key", "X-Access-Key", "passwd", "pwd", "X-JWT", "Cookie", "sig",
	                                      "api%5Fkey", "%6bey", "t%6Fken", "api%5fkey"};
	static const char *const others[] = {"X-Deployment", "api-version", "keyboard", "X-Tenant", "user", "100%", "%zz", "%6"};

	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		ck_assert_msg(rq_http_names_secret(secrets[i]), "%s", secrets[i]);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		ck_assert_msg(!rq_http_names_secret(others[i]), "%s", others[i]);
}
END_TEST

START_TEST(each_mistake_has_its_sentence)
{
	const struct rq_embedder *http = rq_embedder_find("http");

	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		struct rq_arena arena = {0};
		struct rq_error err = {0};
		ck_assert_msg(http->check(options_from(http, &arena, faults[i].json), &err) == RQ_E_CONFIG, "%s was taken", faults[i].json);
		ck_assert_str_eq(err.text, faults[i].expected);
		ck_assert_ptr_null(strstr(err.text, "hunter22"));
		rq_arena_release(&arena);
	}
}
END_TEST

static void settings_of(struct rq_http_settings *settings, struct rq_arena *arena, const char *json)
{
	const struct rq_embedder *http = rq_embedder_find("http");
	const void *options = options_from(http, arena, json);
	struct rq_error err = {0};

	*settings = (struct rq_http_settings){0};
	ck_assert_ok(http->check(options, &err));
	ck_assert_ok(rq_http_settings_init(settings, options, &err));
}

START_TEST(bodies_hold_the_protocols_keys_and_ones_own)
{
	struct rq_arena arena = {0};
	struct rq_http_settings settings;

	settings_of(&settings, &arena,
	            "{\"url\": \"http://h\", \"model\": \"m\", \"dimensions\": 256, \"query_body\": {\"input_type\": \"search_query\"}, "
	            "\"query_prefix\": \"query: \"}");
	ck_assert_str_eq(settings.body[RQ_ROLE_TOPIC][true],
	                 "{\"model\":\"m\",\"dimensions\":256,\"encoding_format\":\"base64\",\"input_type\":\"search_query\",\"input\":");
	ck_assert_str_eq(settings.body[RQ_ROLE_DOCUMENT][false], "{\"model\":\"m\",\"dimensions\":256,\"encoding_format\":\"float\",\"input\":");
	ck_assert_str_eq(settings.prefix[RQ_ROLE_TOPIC], "query: ");
	ck_assert_str_eq(settings.prefix[RQ_ROLE_DOCUMENT], "");
	ck_assert_uint_eq(settings.batch, 128);
	rq_http_settings_release(&settings);
	settings_of(&settings, &arena, "{\"url\": \"http://h\", \"api\": \"tei\", \"batch\": 7}");
	ck_assert_str_eq(settings.body[RQ_ROLE_TOPIC][false], "{\"truncate\":false,\"inputs\":");
	ck_assert(!settings.may_truncate[RQ_ROLE_DOCUMENT] && !settings.may_truncate[RQ_ROLE_TOPIC]);
	ck_assert_uint_eq(settings.batch, 7);
	rq_http_settings_release(&settings);
	settings_of(&settings, &arena,
	            "{\"url\": \"http://h\", \"api\": \"ollama\", \"model\": \"m\", \"document_body\": {\"truncate\": true, \"keep_alive\": \"5m\"}}");
	ck_assert_str_eq(settings.body[RQ_ROLE_DOCUMENT][false], "{\"model\":\"m\",\"truncate\":true,\"keep_alive\":\"5m\",\"input\":");
	ck_assert_str_eq(settings.body[RQ_ROLE_TOPIC][false], "{\"model\":\"m\",\"truncate\":false,\"input\":");
	ck_assert(settings.may_truncate[RQ_ROLE_DOCUMENT] && !settings.may_truncate[RQ_ROLE_TOPIC]);
	rq_http_settings_release(&settings);
	rq_arena_release(&arena);
}
END_TEST

START_TEST(keys_come_from_the_environment)
{
	static const char json[] = "{\"url\": \"http://h\", \"model\": \"m\", \"api_key_env\": \"RQ_TEST_KEY\", \"headers\": {\"X-Org\": \"a\", "
	                           "\"X-Token\": \"<${RQ_TEST_A}-${RQ_TEST_B}>\"}}";
	const struct rq_embedder *http = rq_embedder_find("http");
	struct rq_arena arena = {0};
	struct rq_error err = {0};
	struct rq_http_settings settings;
	void *state;

	setenv("RQ_TEST_KEY", "sk-first", 1);
	setenv("RQ_TEST_A", "second", 1);
	setenv("RQ_TEST_B", "third", 1);
	settings_of(&settings, &arena, json);
	ck_assert_uint_eq(settings.header_count, 5);
	ck_assert_str_eq(settings.headers[2], "Authorization: Bearer sk-first");
	ck_assert_str_eq(settings.headers[3], "X-Org: a");
	ck_assert_str_eq(settings.headers[4], "X-Token: <second-third>");
	rq_fail(&err, RQ_E_DATA, "%s %s", settings.headers[2], settings.headers[4]);
	ck_assert_str_eq(err.text, "Authorization: Bearer *** X-Token: <***-***>");
	rq_http_settings_release(&settings);
	/* a key that was read from a file brings its newline along, which would be a header of its own */
	setenv("RQ_TEST_KEY", "sk-first\n", 1);
	ck_assert_int_eq(http->open(&state, options_from(http, &arena, json), NULL, 0, &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text, "api_key_env: the value of \"RQ_TEST_KEY\" holds a line break; set it again without one");
	setenv("RQ_TEST_KEY", "sk-first", 1);
	unsetenv("RQ_TEST_B");
	ck_assert_int_eq(http->open(&state, options_from(http, &arena, json), NULL, 0, &err), RQ_E_CONFIG);
	ck_assert_ptr_nonnull(strstr(err.text, "headers.X-Token: the environment variable \"RQ_TEST_B\" is not set"));
	ck_assert_ptr_null(state);
	rq_secrets_forget();
	rq_arena_release(&arena);
}
END_TEST

START_TEST(an_estimate_sends_nothing)
{
	const struct rq_embedder *http = rq_embedder_find("http");
	struct rq_arena arena = {0};
	struct rq_embedder_estimate estimate;

	http->estimate(&estimate, options_from(http, &arena, "{\"url\": \"http://h\", \"model\": \"m\", \"batch\": 50, \"dimensions\": 64}"),
	               (struct rq_text_volume){0}, (struct rq_text_volume){.texts = 1400, .bytes = 1400 * 1000});
	ck_assert_uint_eq(estimate.dimension, 64);
	ck_assert_uint_eq(estimate.tokens, 1400 * 251);
	ck_assert_uint_eq(estimate.requests, 28);
	http->estimate(&estimate, options_from(http, &arena, "{\"url\": \"http://h\", \"model\": \"m\", \"batch_tokens\": 1000}"),
	               (struct rq_text_volume){0}, (struct rq_text_volume){.texts = 1400, .bytes = 1400 * 1000});
	ck_assert_uint_eq(estimate.requests, 352); /* 351,400 tokens */
	rq_arena_release(&arena);
}
END_TEST

Suite *http_options_suite(void)
{
	Suite *suite = suite_create("http_options");
	TCase *tests = tcase_create("options");

	tcase_add_test(tests, a_base_gets_the_protocols_path);
	tcase_add_test(tests, each_mistake_has_its_sentence);
	tcase_add_test(tests, names_of_secrets_are_known);
	tcase_add_test(tests, bodies_hold_the_protocols_keys_and_ones_own);
	tcase_add_test(tests, keys_come_from_the_environment);
	tcase_add_test(tests, an_estimate_sends_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
