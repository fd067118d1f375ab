/* The guard is the process's, and several threads may build at once: a flat file that goes by is searched by two. */
#include "evalcore/index/faiss_guard.h"

#include "evalcore/base/system.h"

#include <check.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS = 4, TURNS = 500 };

static void guard_again_and_again(void *context, size_t thread)
{
	struct rq_faiss_guard guard;

	(void)context;
	for (size_t i = 0; i < TURNS; i++) {
		rq_faiss_guard_begin(&guard, thread % 2 == 0 ? (size_t)1 << 32 : 0);
		rq_faiss_guard_end(&guard);
	}
}

START_TEST(what_threads_guard_at_once_is_given_back)
{
	struct rlimit before, after;
	struct stat terminal, now;

	ck_assert_int_eq(getrlimit(RLIMIT_DATA, &before), 0);
	ck_assert_int_eq(fstat(STDERR_FILENO, &terminal), 0);
	int first_free = dup(STDERR_FILENO);
	close(first_free);
	rq_work_together(THREADS, guard_again_and_again, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_DATA, &after), 0);
	ck_assert(after.rlim_cur == before.rlim_cur);
	ck_assert_int_eq(fstat(STDERR_FILENO, &now), 0);
	ck_assert(now.st_dev == terminal.st_dev && now.st_ino == terminal.st_ino);
	int still_free = dup(STDERR_FILENO);
	ck_assert_int_eq(still_free, first_free);
	close(still_free);
}
END_TEST

Suite *faiss_guard_suite(void)
{
	Suite *suite = suite_create("faiss_guard");
	TCase *tcase = tcase_create("faiss_guard");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, what_threads_guard_at_once_is_given_back);
	suite_add_tcase(suite, tcase);
	return suite;
}
