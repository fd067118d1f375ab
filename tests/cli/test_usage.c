/* The command line itself: help, version, and what it refuses before it reads a config. */
#include "cli.h"

#include <string.h>

static void expect_help(const char *golden, struct cli result)
{
	ck_assert_str_eq(result.err, "");
	cli_expect_golden(golden, result.out);
	cli_free(&result);
}

START_TEST(help_is_on_stdout)
{
	expect_help("help", CLI_EXPECT(0, "help"));
	expect_help("help", CLI_EXPECT(0, "--help"));
	expect_help("help", CLI_EXPECT(0, "-h"));
	expect_help("help-run", CLI_EXPECT(0, "help", "run"));
	expect_help("help-run", CLI_EXPECT(0, "run", "--help"));
	expect_help("help-run", CLI_EXPECT(0, "run", "gate.json", "-h"));
	expect_help("help-eval", CLI_EXPECT(0, "help", "eval"));
	expect_help("help-init", CLI_EXPECT(0, "help", "init"));
	expect_help("help-schema", CLI_EXPECT(0, "help", "schema"));
	expect_help("help-doctor", CLI_EXPECT(0, "help", "doctor"));
}
END_TEST

START_TEST(without_a_command_it_helps_and_says_usage)
{
	struct cli result = cli(NULL);

	ck_assert_int_eq(result.exit_code, 64);
	cli_expect_golden("help", result.out);
	cli_free(&result);
}
END_TEST

START_TEST(the_version_is_one_line)
{
	struct cli result = CLI_EXPECT(0, "version"), again = CLI_EXPECT(0, "--version");

	ck_assert_msg(strncmp(result.out, "rqgate ", 7) == 0 && strchr(result.out, '\n') == result.out + strlen(result.out) - 1, "%s", result.out);
	ck_assert_str_eq(result.out, again.out);
	cli_free(&result);
	cli_free(&again);
}
END_TEST

START_TEST(wrong_usage_says_what_was_meant)
{
	static const struct {
		const char *arguments[4], *sentence;
	} cases[] = {
		{{"rnu"}, "unknown command \"rnu\"; did you mean \"run\"?"},
		{{"verison"}, "unknown command \"verison\"; did you mean \"version\"?"},
		{{"deploy"}, "unknown command \"deploy\"; \"rqgate help\" lists them"},
		{{"help", "initt"}, "unknown command \"initt\"; did you mean \"init\"?"},
		{{"run"}, "0 arguments where \"rqgate run CONFIG\" is expected; \"rqgate help run\" explains"},
		{{"run", "a.json", "b.json"}, "2 arguments where \"rqgate run CONFIG\" is expected; \"rqgate help run\" explains"},
		{{"run", "--thraeds", "2", "a.json"}, "unknown option \"--thraeds\"; did you mean \"--threads\"?"},
		{{"run", "--cahce=x", "a.json"}, "unknown option \"--cahce\"; did you mean \"--cache\"?"},
		{{"run", "-v", "a.json"}, "unknown option \"-v\"; --help lists the options"},
		{{"run", "a.json", "--threads"}, "--threads needs a value: --threads N"},
		{{"run", "a.json", "--threads", "0"}, "--threads: \"0\" is not allowed; expected a whole number from 1 to 4096"},
		{{"run", "a.json", "--threads", "two"}, "--threads: \"two\" is not allowed; expected a whole number from 1 to 4096"},
		{{"run", "a.json", "--threads=-1"}, "--threads: \"-1\" is not allowed; expected a whole number from 1 to 4096"},
		{{"run", "a.json", "--quiet=1"}, "--quiet takes no value"},
		{{"run", "a.json", "--cache="}, "--cache: empty; expected DIR"},
		{{"run", "a.json", "--quiet", "--json"}, "--quiet and --json exclude each other; keep one"},
		{{"doctor", "--quiet", "--json"}, "--quiet and --json exclude each other; keep one"},
		{{"doctor", "here"}, "1 argument where \"rqgate doctor\" is expected; \"rqgate help doctor\" explains"},
		{{"schema", "verdict"}, "unknown schema \"verdict\"; there is: compare, config, doctor, eval, policy, report"},
		{{"schema"}, "0 arguments where \"rqgate schema compare|config|doctor|eval|policy|report\" is expected; \"rqgate help schema\" explains"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *const *a = cases[i].arguments;
		struct cli result = cli(a[0], a[1], a[2], a[3], NULL);
		cli_expect_refusal(&result, 64, cases[i].sentence);
	}
}
END_TEST

START_TEST(the_schema_is_json_and_knows_the_keys)
{
	struct cli result = CLI_EXPECT(0, "schema", "config");
	rq_json *schema = cli_parse(result.out, "schema");
	const rq_json *properties = rq_json_get(schema, "properties");
	static const char *const keys[] = {"schema_version", "suite",   "profile", "dataset", "embedders", "baseline", "candidate",
	                                   "cutoff",         "metrics", "gates",   "exact",   "latency",   "max_failed", "quality",
	                                   "reports",        "store", "snapshots"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const rq_json *property = rq_json_get(properties, keys[i]);
		ck_assert_msg(property != NULL && rq_json_get(property, "description") != NULL, "%s", keys[i]);
	}
	ck_assert_uint_eq(rq_json_size(properties), sizeof keys / sizeof *keys);
	rq_json_free(schema);
	cli_free(&result);
}
END_TEST

Suite *usage_suite(void)
{
	Suite *suite = suite_create("usage");
	TCase *tests = cli_case("usage");

	tcase_add_test(tests, help_is_on_stdout);
	tcase_add_test(tests, without_a_command_it_helps_and_says_usage);
	tcase_add_test(tests, the_version_is_one_line);
	tcase_add_test(tests, wrong_usage_says_what_was_meant);
	tcase_add_test(tests, the_schema_is_json_and_knows_the_keys);
	suite_add_tcase(suite, tests);
	return suite;
}
