/* How the process ends where a library ends it, and threads that work together. */
#include "evalcore/base/system.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SENTENCE \
	"rqgate: ended by a library it uses (out of memory, or a defect); its own words may stand above; free some memory, or use fewer threads, and report it " \
	"if that does not help\n"

static void end_with_1(void)
{
	exit(1);
}

static void end_as_expected(void)
{
	rq_exit_expected();
	exit(1);
}

static void end_at_once(void)
{
	static char sentence[1000];

	memset(sentence, 'x', sizeof sentence - 1);
	rq_exit_at_once(RQ_E_IO, sentence);
}

/* What a process that does this says through the guard; its exit code is that of the return. */
static int guarded(char *said, size_t size, void (*end)(void))
{
	int ends[2], status;
	ssize_t got;

	ck_assert_int_eq(pipe(ends), 0);
	pid_t child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		rq_exit_guard();
		rq_exit_speaks_on(ends[1]);
		end();
		_exit(0);
	}
	close(ends[1]);
	memset(said, 0, size);
	for (size_t used = 0; (got = read(ends[0], said + used, size - 1 - used)) > 0; used += (size_t)got)
		continue;
	close(ends[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(who_ends_the_process_gives_no_verdict)
{
	char said[1024];

	ck_assert_int_eq(guarded(said, sizeof said, abort), 70);
	ck_assert_str_eq(said, SENTENCE);
	ck_assert_int_eq(guarded(said, sizeof said, end_with_1), 70);
	ck_assert_str_eq(said, SENTENCE);
	ck_assert_int_eq(guarded(said, sizeof said, end_as_expected), 1);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(a_long_sentence_is_cut_to_one_line)
{
	char said[1024];

	ck_assert_int_eq(guarded(said, sizeof said, end_at_once), 74);
	ck_assert_uint_eq(strlen(said), 512);
	ck_assert_ptr_eq(strchr(said, '\n'), said + 511);
	ck_assert(strncmp(said, "rqgate: xxx", 11) == 0);
}
END_TEST

enum { BODIES = 100 };

struct bodies {
	pthread_barrier_t meeting;
	int calls[BODIES];
};

static void count_call(void *context, size_t i)
{
	((struct bodies *)context)->calls[i]++;
}

static void meet(void *context, size_t i)
{
	struct bodies *bodies = context;

	bodies->calls[i]++;
	pthread_barrier_wait(&bodies->meeting);
}

START_TEST(each_body_runs_once_and_all_at_the_same_time)
{
	for (size_t n = 0; n <= BODIES; n = 3 * n + 1) {
		struct bodies bodies = {0};
		rq_work_together(n, count_call, &bodies);
		for (size_t i = 0; i < BODIES; i++)
			ck_assert_int_eq(bodies.calls[i], i < n);
	}
	struct bodies bodies = {0};
	ck_assert_int_eq(pthread_barrier_init(&bodies.meeting, NULL, 4), 0);
	rq_work_together(4, meet, &bodies); /* one after the other they would wait for ever */
	pthread_barrier_destroy(&bodies.meeting);
	for (size_t i = 0; i < BODIES; i++)
		ck_assert_int_eq(bodies.calls[i], i < 4);
}
END_TEST

Suite *system_suite(void)
{
	Suite *suite = suite_create("system");
	TCase *tests = tcase_create("system");

	tcase_add_test(tests, who_ends_the_process_gives_no_verdict);
	tcase_add_test(tests, a_long_sentence_is_cut_to_one_line);
	tcase_add_test(tests, each_body_runs_once_and_all_at_the_same_time);
	suite_add_tcase(suite, tests);
	return suite;
}
