/* What can be said of the page cache on any machine: a share is one, and what is read is there. */
#include "evalcore/base/page_cache.h"

#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(a_file_in_memory_and_let_go_of)
{
	char name[] = "/tmp/rqgate-pages-XXXXXX", byte;
	int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	ck_assert(isnan(rq_pages_in_memory(fd))); /* no page at all */
	for (int i = 0; i < 64; i++) {
		char page[4096];
		memset(page, i, sizeof page);
		ck_assert_int_eq(write(fd, page, sizeof page), (ssize_t)sizeof page);
	}
	ck_assert_double_eq(rq_pages_in_memory(fd), 1); /* just written */
	rq_pages_drop(fd);
	double left = rq_pages_in_memory(fd);
	ck_assert(left >= 0 && left <= 1);
	ck_assert_int_eq(pread(fd, &byte, 1, 17 * 4096), 1);
	ck_assert_int_eq(byte, 17); /* nothing is lost */
	ck_assert_double_gt(rq_pages_in_memory(fd), 0);
	close(fd);
	unlink(name);
	ck_assert(isnan(rq_pages_in_memory(-1)));
}
END_TEST

START_TEST(faults_only_grow)
{
	size_t before = rq_major_faults();

	ck_assert_uint_ge(rq_major_faults(), before);
}
END_TEST

Suite *page_cache_suite(void)
{
	Suite *suite = suite_create("page_cache");
	TCase *tcase = tcase_create("page_cache");

	tcase_add_test(tcase, a_file_in_memory_and_let_go_of);
	tcase_add_test(tcase, faults_only_grow);
	suite_add_tcase(suite, tcase);
	return suite;
}
