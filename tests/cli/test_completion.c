/* rqgate completion and rqgate manual: what they refuse, and a page to the byte. tests/ci/terminal.sh asks the shells. */
#include "cli.h"

#include <string.h>

static void expect_golden(const char *name, struct cli result)
{
	cli_expect_golden(name, result.out);
	cli_free(&result);
}

START_TEST(help)
{
	expect_golden("help-completion", CLI_EXPECT(0, "help", "completion"));
	expect_golden("help-manual", CLI_EXPECT(0, "help", "manual"));
}
END_TEST

START_TEST(pages)
{
	expect_golden("manual", CLI_EXPECT(0, "manual", "verify"));
	struct cli all = CLI_EXPECT(0, "manual", "--all", "new/man1"), page = CLI_EXPECT(0, "manual", "verify");
	struct rq_buf file = cli_read("new/man1/rqgate-verify.1");
	ck_assert_str_eq(file.data, page.out);
	ck_assert(cli_exists("new/man1/rqgate.1") && cli_exists("new/man1/rqgate-baseline.1") && cli_exists("new/man1/rqgate-baseline-show.1"));
	rq_buf_release(&file);
	cli_free(&all);
	cli_free(&page);
}
END_TEST

START_TEST(what_they_refuse)
{
	struct cli shell = cli("completion", "fish", NULL), page = cli("manual", "baseline", "aprove", NULL), both = cli("manual", "run", "--all", "man1", NULL);

	cli_expect_refusal(&shell, 64, "unknown shell \"fish\"; there is: bash, zsh");
	cli_expect_refusal(&page, 64, "no command \"baseline aprove\"; \"rqgate help\" lists them");
	cli_expect_refusal(&both, 64, "--all writes every page; name a command, or --all, not both");
}
END_TEST

Suite *completion_suite(void)
{
	Suite *suite = suite_create("completion");
	TCase *tests = cli_case("completion");

	tcase_add_test(tests, help);
	tcase_add_test(tests, pages);
	tcase_add_test(tests, what_they_refuse);
	suite_add_tcase(suite, tests);
	return suite;
}
