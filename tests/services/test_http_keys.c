/* A key is in the header of every request and nowhere else: not in what the program says, not in a file that it leaves, whatever the service does
 * with it. */
#include "service.h"

#include "evalcore/base/file.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *sought;
static size_t files_read;

static int search_file(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	struct rq_buf bytes = {0};
	struct rq_error err = {0};

	(void)info;
	(void)place;
	if (kind != FTW_F)
		return 0;
	ck_assert_msg(rq_file_read(&bytes, path, &err) == RQ_OK, "%s", err.text);
	files_read++;
	ck_assert_msg(bytes.size == 0 || memmem(bytes.data, bytes.size, sought, strlen(sought)) == NULL, "the key is in \"%s\"", path);
	rq_buf_release(&bytes);
	return 0;
}

/* The key as it is, and as JSON, an address and base64 would write it. */
static void expect_no_key(const struct cli *result)
{
	static const char *const forms[] = {SERVICE_KEY, "6Zt0vQ1mfNnWb", "c2stNlp0MHZRMW1mTm5XYis4ZS9LeDQ"};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		sought = forms[i];
		files_read = 0;
		ck_assert_msg(strstr(result->out, sought) == NULL, "the key is on stdout: %s", result->out);
		ck_assert_msg(strstr(result->err, sought) == NULL, "the key is on stderr: %s", result->err);
		ck_assert_int_eq(nftw(cli_folder(), search_file, 16, FTW_PHYS), 0);
		ck_assert_uint_gt(files_read, 4);
	}
}

static const struct {
	const char *rules, *more;
	int exit_code;
} runs[] = {
	{"[]", "", 0},
	{"[{\"fault\": \"echo_key\"}]", "", 69},
	{"[{\"fault\": \"echo_key\", \"skip\": 2}]", ", \"batch\": 8", 69},
	{"[{\"fault\": \"status\", \"status\": 400, \"message\": \"bad key " SERVICE_KEY " in Bearer " SERVICE_KEY "\", \"skip\": 1}]", ", \"batch\": 16", 69},
	{"[{\"fault\": \"status\", \"status\": 503, \"message\": \"" SERVICE_KEY "\"}]", ", \"attempts\": 2", 69},
	{"[{\"fault\": \"garbage\", \"body\": \"" SERVICE_KEY "\", \"skip\": 1}]", ", \"attempts\": 2, \"batch\": 16", 69},
	{"[{\"fault\": \"redirect\", \"to\": \"/?key=" SERVICE_KEY "\"}]", "", 69},
	{"[{\"fault\": \"model\", \"model\": \"" SERVICE_KEY "\", \"skip\": 2}]", ", \"batch\": 8", 69},
	{"[{\"fault\": \"model\", \"model\": \"" SERVICE_KEY "\"}]", "", 0},
	{"[{\"fault\": \"silent\"}]", ", \"timeout\": \"1s\", \"attempts\": 2", 69},
};

START_TEST(it_is_sent_and_not_shown)
{
	if (!service_ready())
		return;
	service_cranfield(40);
	service_config("openai", runs[_i].more);
	service_faults(runs[_i].rules);
	struct cli result = CLI_EXPECT(runs[_i].exit_code, "run", "gate.json");
	expect_no_key(&result);
	cli_free(&result);
	ck_assert_double_gt(service_count("authorized"), 0);
	ck_assert_double_eq(service_count("unauthorized"), 0);
	result = CLI_EXPECT(0, "run", "gate.json", "--plan", "--json");
	expect_no_key(&result);
	cli_free(&result);
}
END_TEST

#define CODE "q7Zt0vQ1mfNnWbX8e9Kx4"
#define ROUTE "r1-5Tn8vQ1mfNnWbX8e9K"

/* Of the query of an address and of a header, and keys of others. The store has what the service said, without them. */
START_TEST(other_credentials_are_not_kept)
{
	static const char *const words[] = {CODE, ROUTE, "sk-SECRET"};

	if (!service_ready())
		return;
	service_cranfield(40);
	service_config("openai", ", \"headers\": {\"X-Route\": \"" ROUTE "\"}, \"attempts\": 1");
	struct rq_buf config = cli_read("gate.json"), with_code = {0};
	char *end = strstr(config.data, "\", \"model\": \"use-lite\"");
	rq_buf_printf(&with_code, "%.*s/v1/embeddings?code=" CODE "%s", (int)(end - config.data), config.data, end);
	cli_write("gate.json", with_code.data);
	rq_buf_release(&with_code);
	rq_buf_release(&config);
	service_faults("[{\"fault\": \"status\", \"status\": 400, \"message\": \"no route " ROUTE " for " CODE ", sk-SECRET1234567890abcdef\", \"skip\": 1}]");
	struct cli result = CLI_EXPECT(69, "run", "gate.json", "--store", "h.db");
	ck_assert_msg(strstr(result.err, "no route *** for ***, ***") != NULL, "%s", result.err);
	cli_free(&result);
	cli_remove("gate.json");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		sought = words[i];
		ck_assert_int_eq(nftw(cli_folder(), search_file, 16, FTW_PHYS), 0);
	}
}
END_TEST

START_TEST(a_missing_key_is_named)
{
	if (!service_ready())
		return;
	service_cranfield(40);
	service_config("openai", "");
	unsetenv("EMBEDDING_KEY");
	struct cli result = cli("run", "gate.json", NULL);
	cli_expect_refusal(
		&result, 64,
		"embedders.service.api_key_env: the environment variable \"EMBEDDING_KEY\" is not set; set it to the value, which never stands in a config");
	setenv("EMBEDDING_KEY", "sk-of-somebody-else", 1);
	result = cli("run", "gate.json", NULL);
	char *url = service_url("/v1/embeddings"), *sentence;
	ck_assert_int_ge(asprintf(&sentence, "candidate: %s: the service answers 401: \"Incorrect API key provided.\"; check the key, and which environment variable api_key_env or "
	                          "headers takes it from", url), 0);
	cli_expect_refusal(&result, 69, sentence);
	free(sentence);
	free(url);
	ck_assert_double_eq(service_count("unauthorized"), 1);
}
END_TEST

Suite *http_keys_suite(void)
{
	Suite *suite = suite_create("http_keys");
	TCase *tests = service_case("keys");

	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, it_is_sent_and_not_shown, 0, sizeof runs / sizeof *runs);
	tcase_add_test(tests, other_credentials_are_not_kept);
	tcase_add_test(tests, a_missing_key_is_named);
	return suite;
}
