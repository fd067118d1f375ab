/* What a caller may hand over: closed descriptors, full devices, pipes, other languages, masks and users. The result is the same, or refused. */
#include "cli.h"

#include "tests/faults/places.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static rq_json *expected;

static void set_up(void)
{
	place_collection();
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--no-cache");
	cli_free(&result);
	expected = cli_report("out/report.json", false);
	cli_remove("out");
}

/* Runs gate.json after `before`; its report is as it always is. */
static struct cli same_after(void (*before)(void), const char *variable, int exit_code)
{
	cli_prepare(before);
	struct cli result = cli_in(".", variable, "run", "gate.json", "--no-cache", NULL);
	cli_prepare(NULL);
	ck_assert_msg(result.exit_code == exit_code, "exit code %d\n%s%s", result.exit_code, result.out, result.err);
	cli_expect_same(rq_json_copy(expected), cli_report("out/report.json", false));
	cli_remove("out");
	return result;
}

static void close_stdin(void)
{
	close(STDIN_FILENO);
}

static void close_stdout(void)
{
	close(STDOUT_FILENO);
}

static void close_stderr(void)
{
	close(STDERR_FILENO);
}

static void close_all(void)
{
	for (int fd = 0; fd < 64; fd++)
		close(fd);
}

static void fill_stdout(void)
{
	dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
}

START_TEST(descriptors_that_are_closed)
{
	set_up();
	struct cli result = same_after(close_stdin, NULL, 0);
	cli_free(&result);
	result = same_after(close_stderr, NULL, 0);
	ck_assert_ptr_nonnull(strstr(result.out, "\nPASS "));
	cli_free(&result);
	result = same_after(close_stdout, NULL, 74);
	ck_assert_ptr_nonnull(strstr(result.err, "rqgate: standard output: cannot write: Bad file descriptor\n"));
	cli_free(&result);
	result = same_after(close_all, NULL, 74);
	cli_free(&result);
	result = same_after(fill_stdout, NULL, 74);
	ck_assert_ptr_nonnull(strstr(result.err, "rqgate: standard output: cannot write: No space left on device\n"));
	cli_free(&result);
}
END_TEST

START_TEST(languages_and_clocks)
{
	static const char *const variables[] = {"LC_ALL=tr_TR.UTF-8", "LC_ALL=de_DE.UTF-8", "LC_ALL=nonsense", "TZ=Asia/Kathmandu", "TZ=:/nowhere", "COLUMNS=-1", "TMPDIR=/nowhere"};

	set_up();
	struct cli plain = same_after(NULL, "LC_ALL=C", 0);
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		struct cli result = same_after(NULL, variables[i], 0);
		cli_free(&result);
	}
	cli_free(&plain);
}
END_TEST

static void forget_home(void)
{
	clearenv();
	setenv("RQGATE_KERNEL_CHOSEN", "any", 1); /* the kernel of the run before was chosen by a variable that is gone */
}

static void mask_all(void)
{
	umask(0777);
}

START_TEST(no_home_and_a_mask)
{
	set_up();
	cli_prepare(forget_home);
	struct cli result = CLI_EXPECT(0, "run", "runs.json");
	cli_free(&result);
	cli_remove("out");
	cli_prepare(mask_all);
	result = cli("run", "gate.json", "--no-cache", NULL);
	if (geteuid() == 0) /* whom permissions do not bind */
		ck_assert_int_eq(result.exit_code, 0);
	else
		ck_assert_int_eq(result.exit_code, 74);
	cli_free(&result);
}
END_TEST

enum { NOBODY_CANNOT = 125 };

static void become_nobody(void)
{
	if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
		_exit(NOBODY_CANNOT);
	if (access(getenv("RQGATE"), X_OK) != 0) /* it lies in a folder of root's own */
		_exit(NOBODY_CANNOT);
}

/* A folder that the user may not write to, and files that he may not read. */
START_TEST(without_permission)
{
	set_up();
	char *all = cli_path("."), *above = cli_path(".."), *secret = cli_path("corpus.jsonl");
	ck_assert(chmod(above, 0755) == 0 && chmod(all, 0555) == 0);
	cli_prepare(become_nobody);
	struct cli result = cli("run", "gate.json", NULL);
	if (result.exit_code == NOBODY_CANNOT) {
		printf("skipped: another user may not run the program here\n");
		cli_free(&result);
	} else {
		cli_expect_refusal(&result, 74, "gate.json: reports.json: \"out\": cannot create the folder: Permission denied");
		ck_assert_int_eq(chmod(secret, 0), 0);
		result = cli("run", "gate.json", "--set", "reports={\"json\": \"/dev/shm/rqgate-nobody/report.json\"}", NULL);
		cli_expect_refusal(&result, 74, "\"corpus.jsonl\": cannot open: Permission denied");
	}
	ck_assert_int_eq(chmod(all, 0755), 0);
	free(all);
	free(above);
	free(secret);
}
END_TEST

/* Somebody writes to the pipe while the program reads it. */
static void through_pipe(const char *config, const char *set, const char *name, int exit_code, const char *sentence)
{
	struct rq_buf content = cli_read(name);
	char *pipe = cli_path("pipe");

	unlink(pipe);
	ck_assert_int_eq(mkfifo(pipe, 0600), 0);
	pid_t writer = fork();
	if (writer == 0) {
		int fd = open(pipe, O_WRONLY);
		for (size_t at = 0; at < content.size;) {
			ssize_t wrote = write(fd, content.data + at, content.size - at);
			at += wrote > 0 ? (size_t)wrote : 1;
		}
		_exit(0);
	}
	struct cli result = cli("run", config, "--no-cache", "--set", set, NULL);
	ck_assert_msg(result.exit_code == exit_code && (sentence == NULL || strstr(result.err, sentence) != NULL), "%s: exit code %d\n%s", set, result.exit_code, result.err);
	kill(writer, SIGKILL);
	cli_free(&result);
	rq_buf_release(&content);
	free(pipe);
}

START_TEST(pipes)
{
	set_up();
	through_pipe("gate.json", "dataset.corpus=pipe", "corpus.jsonl", 0, NULL);
	through_pipe("gate.json", "dataset.qrels=pipe", "qrels/test.tsv", 0, NULL);
	through_pipe("runs.json", "candidate.run=pipe", "worse.run", 0, NULL);
	through_pipe("vectors.json", "embedders.mine.corpus=pipe", "c.npy", 74, "\"pipe\": not a regular file; vectors are read from files, not from pipes or folders\n");
	through_pipe("vectors.json", "candidate.index.file=pipe", "x.faiss", 74, "\"pipe\": not a regular file; an index is read from a file, not from a pipe\n");
}
END_TEST

START_TEST(devices)
{
	struct stat before, after;

	set_up();
	struct cli result = cli("run", "/dev/zero", NULL);
	cli_expect_refusal(&result, 64, "\"/dev/zero\": larger than the 16777216 bytes that are allowed here");
	result = cli("run", "gate.json", "--set", "dataset.topics=/dev/null", NULL);
	ck_assert_int_eq(result.exit_code, 65);
	cli_free(&result);
	char *pipe = cli_path("pipe"); /* not a device that the machine needs: what fails here would take its place */
	ck_assert_int_eq(mkfifo(pipe, 0600), 0);
	ck_assert_int_eq(stat(pipe, &before), 0);
	result = cli("run", "gate.json", "--set", "reports={\"json\": \"pipe\"}", NULL);
	cli_expect_refusal(&result, 64, "gate.json: reports.json: \"pipe\" is a device or a pipe; expected the name of a file to write");
	ck_assert(stat(pipe, &after) == 0 && S_ISFIFO(after.st_mode) && after.st_ino == before.st_ino);
	free(pipe);
}
END_TEST

/* A sanitizer takes terabytes of it. */
#if !defined(__SANITIZE_ADDRESS__)
static size_t address_space;

static void limit_address_space(void)
{
	setrlimit(RLIMIT_AS, &(struct rlimit){address_space, address_space});
}

/* OpenBLAS asks for ever where it gets no buffer, before main already: whatever the limit is, the program ends, and says why. */
START_TEST(too_little_address_space)
{
	set_up();
	cli_prepare(limit_address_space);
	for (address_space = 50u << 20; address_space <= 750u << 20; address_space += 100u << 20) {
		struct cli result = cli_in(".", "OMP_NUM_THREADS=2", "run", "gate.json", "--no-cache", NULL);
		if (result.exit_code != 0) {
			ck_assert_msg(result.exit_code == 70 && strstr(result.err, "out of memory") != NULL, "exit code %d\n%s", result.exit_code, result.err);
			ck_assert(!cli_exists("out"));
		}
		ck_assert(address_space >= 260u << 20 || result.exit_code == 70);
		cli_free(&result);
		cli_remove("out");
	}
}
END_TEST
#endif

Suite *surroundings_suite(void)
{
	Suite *suite = suite_create("surroundings");
	TCase *tests = cli_case("surroundings");

	tcase_add_test(tests, descriptors_that_are_closed);
	tcase_add_test(tests, languages_and_clocks);
	tcase_add_test(tests, no_home_and_a_mask);
	tcase_add_test(tests, without_permission);
	tcase_add_test(tests, pipes);
	tcase_add_test(tests, devices);
#if !defined(__SANITIZE_ADDRESS__)
	tcase_add_test(tests, too_little_address_space);
#endif
	suite_add_tcase(suite, tests);
	return suite;
}
