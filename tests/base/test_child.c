/* Commands that run beside this process. Each is a line for sh; nothing here waits on a clock to pass. */
#include "evalcore/base/child.h"

#include "evalcore/base/file.h"
#include "evalcore/base/secret.h"
#include "evalcore/base/system.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ck_assert_ok(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

static struct rq_error err;
static struct rq_child *child;
static char shown[8192];

static void start(const char *script)
{
	const char *words[] = {"sh", "-c", script};

	ck_assert_ok(rq_child_start(&child, &(struct rq_strings){words, 3}, "/", &err));
}

static void say(const char *text)
{
	ck_assert_ok(rq_child_say(child, text, strlen(text), &err));
}

/* A minute is for ever. */
static enum rq_heard hear(void)
{
	struct rq_line line;
	enum rq_heard heard;

	ck_assert_ok(rq_child_hear(&heard, &line, child, 1000, rq_clock_ns() + 60000000000u, &err));
	if (heard == RQ_HEARD_LINE)
		snprintf(shown, sizeof shown, "%.*s", (int)line.length, line.text);
	return heard;
}

static void expect_line(const char *text)
{
	ck_assert_int_eq(hear(), RQ_HEARD_LINE);
	ck_assert_str_eq(shown, text);
}

static const char *fate(double seconds)
{
	struct rq_buf out = {0};

	rq_child_end(child, seconds);
	rq_child_fate(&out, child);
	rq_child_free(child);
	snprintf(shown, sizeof shown, "%s", out.data);
	rq_buf_release(&out);
	return shown;
}

/* Waits for what will come for certain, and fails where it does not. */
static void wait_for(bool (*there)(const char *what), const char *what)
{
	for (int i = 0; i < 3000 && !there(what); i++)
		usleep(10000);
	ck_assert_msg(there(what), "\"%s\": waited in vain", what);
}

/* Gone, or a zombie that waits for whoever inherited it. */
static bool is_dead(const char *pid)
{
	char path[64], text[256] = "";

	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return true;
	size_t size = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	const char *name_end = strrchr(text, ')');
	return size == 0 || (name_end != NULL && name_end[2] == 'Z');
}

START_TEST(lines_go_in_and_come_out)
{
	start("while read -r word; do echo \"<$word>\"; done; echo over; echo bye >&2");
	say("one\ntwo\n");
	expect_line("<one>");
	expect_line("<two>");
	say("thr");
	say("ee\n");
	expect_line("<three>");
	ck_assert_str_eq(fate(60), "ended with exit status 0; on stderr it said last: bye");
}
END_TEST

START_TEST(silence_is_nothing_and_a_closed_output_is_the_end)
{
	struct rq_line line;
	enum rq_heard heard;

	start("read -r word; printf 'a\\r\\n\\nhalf a line'");
	ck_assert_ok(rq_child_hear(&heard, &line, child, 1000, rq_clock_ns() + 1000000, &err));
	ck_assert_int_eq(heard, RQ_HEARD_NOTHING);
	say("go\n");
	expect_line("a");
	expect_line("");
	ck_assert_int_eq(hear(), RQ_HEARD_END);
	ck_assert_int_eq(hear(), RQ_HEARD_END);
	ck_assert_str_eq(fate(60), "ended with exit status 0, without a word on stderr");
}
END_TEST

START_TEST(who_dies_is_told_of_with_its_last_words)
{
	start("echo first >&2; printf 'second \\033[1m\\n\\n\\n' >&2; exit 3");
	ck_assert_int_eq(hear(), RQ_HEARD_END);
	ck_assert_str_eq(fate(60), "ended with exit status 3; on stderr it said last: first | second \\x1b[1m");
	start("kill -SEGV $$");
	ck_assert_int_eq(hear(), RQ_HEARD_END);
	ck_assert_str_eq(fate(60), "was ended by signal 11 (Segmentation fault), without a word on stderr");
	start("for i in 1 2 3 4 5 6 7 8 9; do printf '%600s\\n' $i >&2; done; exit 1");
	ck_assert_int_eq(hear(), RQ_HEARD_END);
	fate(60);
	ck_assert(strncmp(shown, "ended with exit status 1; on stderr it said last: ... ", 54) == 0);
	ck_assert_uint_lt(strlen(shown), 1100);
	ck_assert_ptr_nonnull(strstr(shown, " 8 | "));
	ck_assert_str_eq(shown + strlen(shown) - 2, " 9");
}
END_TEST

START_TEST(secrets_are_hidden_in_last_words)
{
	ck_assert_ok(rq_secret_keep("hush-hush", &err));
	start("echo the key hush-hush is wrong >&2; exit 1");
	ck_assert_int_eq(hear(), RQ_HEARD_END);
	ck_assert_str_eq(fate(60), "ended with exit status 1; on stderr it said last: the key *** is wrong");
	rq_secrets_forget();
}
END_TEST

START_TEST(nobody_waits_for_the_other)
{
	struct rq_buf much = {0};

	while (much.size < 3000000)
		rq_buf_puts(&much, "0123456789");
	rq_buf_puts(&much, "\n");
	start("yes abc | head -n 300000; head -c 3000001 | wc -c | tr -d ' '; head -c 3000000 /dev/zero >&2; echo done");
	ck_assert_ok(rq_child_say(child, much.data, much.size, &err));
	for (int i = 0; i < 300000; i++)
		expect_line("abc");
	expect_line("3000001");
	expect_line("done");
	rq_child_free(child);
	rq_buf_release(&much);
}
END_TEST

START_TEST(a_line_without_an_end_is_refused)
{
	struct rq_line line;
	enum rq_heard heard;

	start("yes | tr -d '\\n'");
	ck_assert_int_eq(rq_child_hear(&heard, &line, child, 1000, rq_clock_ns() + 60000000000u, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "a line of more than 1000 bytes");
	rq_child_free(child);
	start("printf '%1001s\\n' x");
	ck_assert_int_eq(rq_child_hear(&heard, &line, child, 1000, rq_clock_ns() + 60000000000u, &err), RQ_E_DATA);
	rq_child_free(child);
}
END_TEST

START_TEST(a_reader_that_has_gone_is_no_signal)
{
	start("exit 4");
	ck_assert_int_eq(hear(), RQ_HEARD_END);
	say("is anybody there\n");
	say("is anybody there\n");
	ck_assert_str_eq(fate(60), "ended with exit status 4, without a word on stderr");
}
END_TEST

/* Whether it is started or looked for. */
static void expect_refusal(const char **command, const char *folder, const char *sentence)
{
	ck_assert_int_eq(rq_child_start(&child, &(struct rq_strings){command, 1}, folder, &err), RQ_E_CONFIG);
	ck_assert_ptr_null(child);
	ck_assert_str_eq(err.text, sentence);
	err.text[0] = '\0';
	ck_assert_int_eq(rq_child_find(&(struct rq_strings){command, 1}, folder, &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text, sentence);
}

START_TEST(what_cannot_run_is_a_config_error)
{
	const char *missing[] = {"no-such-program-anywhere", "x"}, *path[] = {"/etc/no-such-program"}, *plain[] = {"/etc/passwd"}, *shell[] = {"sh"},
				*folder[] = {"./etc"}, *here[] = {"./sh"};

	expect_refusal(missing, "/", "command \"no-such-program-anywhere\": no such program on PATH; install it, or write its path");
	expect_refusal(path, "/",
	               "command \"/etc/no-such-program\": cannot be run in the folder \"/\": No such file or directory; check its path, and that it is "
	               "executable");
	expect_refusal(plain, "/",
	               "command \"/etc/passwd\": cannot be run in the folder \"/\": Permission denied; check its path, and that it is executable");
	expect_refusal(folder, "/",
	               "command \"./etc\": cannot be run in the folder \"/\": Permission denied; check its path, and that it is executable");
	expect_refusal(shell, "/no/such/folder",
	               "command \"sh\": cannot be run in the folder \"/no/such/folder\": No such file or directory; make it, or name another one");
	ck_assert_ok(rq_child_find(&(struct rq_strings){shell, 1}, "/", &err));
	ck_assert_ok(rq_child_find(&(struct rq_strings){here, 1}, "/bin", &err));
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no zombie is left of them */
}
END_TEST

START_TEST(its_children_go_with_it)
{
	char pid[32];

	start("sleep 1000 & echo $!; wait");
	ck_assert_int_eq(hear(), RQ_HEARD_LINE);
	snprintf(pid, sizeof pid, "%.20s", shown);
	ck_assert_str_eq(fate(0), "had to be ended, without a word on stderr");
	wait_for(is_dead, pid);
	start("sleep 1000 & echo $!; exit 0");
	ck_assert_int_eq(hear(), RQ_HEARD_LINE);
	snprintf(pid, sizeof pid, "%.20s", shown);
	rq_child_free(child);
	wait_for(is_dead, pid);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(who_ignores_sigterm_is_killed)
{
	start("trap '' TERM; echo ready; while :; do sleep 1; done");
	expect_line("ready");
	ck_assert_str_eq(fate(0), "had to be ended, without a word on stderr");
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(it_inherits_three_descriptors)
{
	ck_assert_int_eq(dup2(open("/", O_RDONLY), 50), 50);
	start("for fd in /proc/self/fd/*; do [ -e $fd ] && echo ${fd##*/}; done; exec cat");
	expect_line("0");
	expect_line("1");
	expect_line("2");
	say("end\n");
	while (strcmp(shown, "end") != 0) { /* a shell may keep some of its own, from 10 on */
		ck_assert_int_eq(hear(), RQ_HEARD_LINE);
		ck_assert_str_ne(shown, "50");
	}
	rq_child_free(child);
	close(50);
}
END_TEST

START_TEST(all_are_killed_at_once)
{
	struct rq_child *first;

	start("cat");
	first = child;
	start("trap '' TERM; cat");
	rq_child_kill_all();
	ck_assert_int_eq(hear(), RQ_HEARD_END);
	ck_assert_str_eq(fate(60), "was ended by signal 9 (Killed), without a word on stderr");
	child = first;
	ck_assert_int_eq(hear(), RQ_HEARD_END);
	ck_assert_str_eq(fate(60), "was ended by signal 9 (Killed), without a word on stderr");
	rq_child_kill_all(); /* they are nobody's number any more */
}
END_TEST

START_TEST(ctrl_c_ends_hearing)
{
	struct rq_line line;
	enum rq_heard heard;

	rq_cancel_install();
	start("cat");
	raise(SIGINT);
	ck_assert_int_eq(rq_child_hear(&heard, &line, child, 1000, UINT64_MAX, &err), RQ_E_INTERRUPTED);
	rq_child_free(child);
}
END_TEST

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

START_TEST(a_process_killed_leaves_no_child_behind)
{
	char folder[] = "/tmp/rqgate-child-XXXXXX", script[256], file[64];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof file, "%s/told", folder);
	snprintf(script, sizeof script, "trap '' TERM; echo ready; cat; echo > %s", file);
	pid_t parent = fork();
	if (parent == 0) {
		start(script);
		expect_line("ready");
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
	wait_for(is_there, file);
	unlink(file);
	rmdir(folder);
}
END_TEST

Suite *child_suite(void);
/* A megabyte ahead of a command that passes on what it reads. */
START_TEST(what_was_sent_is_not_kept)
{
	enum { SIZE = 1 << 16, LINES = 2048, AHEAD = 16, GROWN_KB = 32768 };
	RQ_CLEANUP(rq_free_pointer) char *text = malloc(SIZE);
	struct rusage before, after;
	struct rq_line line;
	enum rq_heard heard;

	memset(text, 'x', SIZE);
	text[SIZE - 1] = '\n';
	start("cat");
	getrusage(RUSAGE_SELF, &before);
	for (int i = 0; i < LINES + AHEAD; i++) {
		if (i < LINES)
			ck_assert_ok(rq_child_say(child, text, SIZE, &err));
		if (i < AHEAD)
			continue;
		ck_assert_ok(rq_child_hear(&heard, &line, child, SIZE, rq_clock_ns() + 60000000000u, &err));
		ck_assert_uint_eq(line.length, SIZE - 1);
	}
	getrusage(RUSAGE_SELF, &after);
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, GROWN_KB);
	ck_assert_str_eq(fate(10), "ended with exit status 0, without a word on stderr");
}
END_TEST

Suite *child_suite(void)
{
	Suite *suite = suite_create("child");
	TCase *tests = tcase_create("child");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, lines_go_in_and_come_out);
	tcase_add_test(tests, silence_is_nothing_and_a_closed_output_is_the_end);
	tcase_add_test(tests, who_dies_is_told_of_with_its_last_words);
	tcase_add_test(tests, secrets_are_hidden_in_last_words);
	tcase_add_test(tests, nobody_waits_for_the_other);
	tcase_add_test(tests, a_line_without_an_end_is_refused);
	tcase_add_test(tests, a_reader_that_has_gone_is_no_signal);
	tcase_add_test(tests, what_cannot_run_is_a_config_error);
	tcase_add_test(tests, its_children_go_with_it);
	tcase_add_test(tests, who_ignores_sigterm_is_killed);
	tcase_add_test(tests, it_inherits_three_descriptors);
	tcase_add_test(tests, all_are_killed_at_once);
	tcase_add_test(tests, ctrl_c_ends_hearing);
	tcase_add_test(tests, a_process_killed_leaves_no_child_behind);
	tcase_add_test(tests, what_was_sent_is_not_kept);
	suite_add_tcase(suite, tests);
	return suite;
}
