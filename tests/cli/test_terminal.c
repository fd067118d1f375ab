/* Colour and progress are for terminals alone. */
#include "cli.h"

#include "evalcore/base/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `rqgate run gate.json` with stdout and stderr on a terminal of 100 columns, and a variable more in the environment. */
static char *on_terminal(const char *variable, const char *argument)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct rq_buf said = {0};
	char block[4096];

	ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int terminal = open(ptsname(master), O_RDWR);
		if (terminal < 0 || dup2(terminal, STDOUT_FILENO) < 0 || dup2(terminal, STDERR_FILENO) < 0 || chdir(cli_folder()) != 0)
			_exit(126);
		close(master);
		setenv("LC_ALL", "C.UTF-8", 1);
		putenv(strdup(variable));
		execl(getenv("RQGATE"), "rqgate", "run", "gate.json", argument, (char *)NULL);
		_exit(127);
	}
	/* the terminal hangs up (EIO) with the last program on it; until that opens it a read waits, or fails and is tried again */
	for (int status = 0; waitpid(pid, &status, WNOHANG) == 0; usleep(1000))
		for (ssize_t got; (got = read(master, block, sizeof block)) > 0;)
			rq_buf_add(&said, block, (size_t)got);
	for (ssize_t got; (fcntl(master, F_SETFL, O_NONBLOCK), got = read(master, block, sizeof block)) > 0;)
		rq_buf_add(&said, block, (size_t)got);
	close(master);
	rq_buf_puts(&said, "");
	return said.data;
}

static void set_up(void)
{
	cli_example();
	cli_write("gate.json", "{\"dataset\": {\"path\": \".\"}, \"embedders\": {\"hash\": {\"kind\": \"hash\"}}, \"baseline\": {}, \"candidate\": {}, "
	                       "\"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0.5\", {\"kind\": \"min\", \"metric\": \"RR@10\", \"value\": 0.9, "
	                       "\"level\": \"warn\"}]}");
}

#define GREEN_PASS "\x1b[32mpass\x1b[0m"

START_TEST(colour_is_for_terminals)
{
	set_up();
	char *said = on_terminal("NO_COLOR=", "--threads=2");
	ck_assert_msg(strstr(said, GREEN_PASS) != NULL, "%s", said);
	ck_assert_ptr_nonnull(strstr(said, "\u2500\u2500")); /* and lines are drawn as such */
	free(said);
	said = on_terminal("NO_COLOR=1", "--threads=2");
	ck_assert_ptr_null(strstr(said, "\x1b["));
	ck_assert_ptr_nonnull(strstr(said, " pass"));
	free(said);
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	ck_assert_ptr_null(strchr(result.out, '\x1b'));
	ck_assert_ptr_null(strstr(result.out, "\u2500"));
	cli_free(&result);
}
END_TEST

/* A log is read by people too, and the locale says what they can read. */
START_TEST(letters_are_for_locales_that_have_them)
{
	static const char suite[] = "suite=Z\u00fcrich";

	set_up();
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--plan", "--set", suite);
	ck_assert_msg(strstr(result.out, "Z?rich") != NULL, "%s", result.out);
	cli_free(&result);
	result = cli_expect_code(__FILE__, __LINE__, cli_in(".", "LC_ALL=C.UTF-8", "run", "gate.json", "--plan", "--set", suite, NULL), 0);
	ck_assert_msg(strstr(result.out, "Z\u00fcrich") != NULL, "%s", result.out);
	ck_assert_ptr_null(strchr(result.out, '\x1b'));
	cli_free(&result);
}
END_TEST

START_TEST(progress_is_for_terminals)
{
	set_up();
	cli_write("gate.json", "{\"dataset\": {\"path\": \".\"}, \"embedders\": {\"hash\": {\"kind\": \"hash\"}}, \"baseline\": {}, \"candidate\": {}, "
	                       "\"latency\": {\"samples\": 1000000, \"budget\": \"1s\"}, \"gates\": [\"RR@10 >= 0.5\"]}");
	char *said = on_terminal("NO_COLOR=1", "--threads=2");
	ck_assert_msg(strstr(said, "\r\x1b[Klatency      [") != NULL && strstr(said, " of 2000000 queries  ") != NULL && strstr(said, "/s, ") != NULL &&
	                  strstr(said, " s left") != NULL,
	              "%s", said);
	free(said);
	said = on_terminal("NO_COLOR=1", "--quiet");
	ck_assert_msg(strncmp(said, "PASS", 4) == 0, "%s", said);
	free(said);
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	ck_assert_str_eq(result.err, "");
	cli_free(&result);
}
END_TEST

Suite *terminal_suite(void)
{
	Suite *suite = suite_create("terminal");
	TCase *tests = cli_case("terminal");

	tcase_add_test(tests, colour_is_for_terminals);
	tcase_add_test(tests, letters_are_for_locales_that_have_them);
	tcase_add_test(tests, progress_is_for_terminals);
	suite_add_tcase(suite, tests);
	return suite;
}
