#include "evalcore/base/file.h"
#include "evalcore/base/machine.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static char top[32];
static struct rq_folder_facts folder;

static void set_up(void)
{
	strcpy(top, "/tmp/rqgate-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
}

static void tear_down(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", top);
	ck_assert_int_eq(system(command), 0);
}

static void examine(const char *below)
{
	char path[64];

	snprintf(path, sizeof path, "%s%s", top, below);
	rq_folder_examine(&folder, path);
}

static size_t files_in_top(void)
{
	size_t count = 0;
	DIR *dir = opendir(top);

	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return count;
}

START_TEST(a_good_folder)
{
	examine("");
	ck_assert_str_eq(folder.at, top);
	ck_assert(!folder.missing);
	ck_assert_int_eq(folder.write_error, 0);
	ck_assert_int_eq(folder.sync_error, 0);
	ck_assert_int_eq(folder.lock_error, 0);
	ck_assert(folder.sized);
	ck_assert_uint_ge(folder.size, folder.left);
	ck_assert_uint_eq(files_in_top(), 0);
}
END_TEST

START_TEST(a_folder_that_is_not_there)
{
	examine("/a/b/c");
	ck_assert_str_eq(folder.at, top);
	ck_assert(folder.missing);
	ck_assert_int_eq(folder.write_error, 0);
	ck_assert_uint_eq(files_in_top(), 0);
	rq_folder_examine(&folder, "rqgate-no-such-folder");
	ck_assert_str_eq(folder.at, ".");
	rq_folder_examine(&folder, "/rqgate-no-such-folder");
	ck_assert_str_eq(folder.at, "/");
}
END_TEST

START_TEST(a_file_in_the_way)
{
	struct rq_error err = {0};
	char path[64];

	snprintf(path, sizeof path, "%s/file", top);
	ck_assert_int_eq(rq_file_write(path, "x", 1, &err), RQ_OK);
	examine("/file");
	ck_assert_int_eq(folder.write_error, ENOTDIR);
	examine("/file/below");
	ck_assert_int_eq(folder.write_error, ENOTDIR);
}
END_TEST

START_TEST(a_folder_that_cannot_be_written)
{
#ifdef __linux__
	rq_folder_examine(&folder, "/proc"); /* not even by root */
	ck_assert_int_ne(folder.write_error, 0);
#endif
	char path[2048];
	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	rq_folder_examine(&folder, path);
	ck_assert_int_eq(folder.write_error, ENAMETOOLONG);
}
END_TEST

START_TEST(a_full_disk)
{
	/* a limit on the size of files ends a write as a full disk does */
	struct rlimit before, small = {1000, RLIM_INFINITY};

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	examine("");
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	ck_assert_int_eq(folder.write_error, EFBIG);
	ck_assert_uint_eq(files_in_top(), 0);
}
END_TEST

START_TEST(names_of_file_systems)
{
	enum rq_medium medium;

	ck_assert_str_eq(rq_filesystem_name(0xEF53, &medium), "ext4");
	ck_assert_int_eq(medium, RQ_MEDIUM_DISK);
	ck_assert_str_eq(rq_filesystem_name(0x6969, &medium), "nfs");
	ck_assert_int_eq(medium, RQ_MEDIUM_NETWORK);
	ck_assert_str_eq(rq_filesystem_name(0xFF534D42, &medium), "cifs");
	ck_assert_int_eq(medium, RQ_MEDIUM_NETWORK);
	ck_assert_str_eq(rq_filesystem_name(0x01021994, &medium), "tmpfs");
	ck_assert_int_eq(medium, RQ_MEDIUM_MEMORY);
	ck_assert_str_eq(rq_filesystem_name(0x12345678, &medium), "");
	ck_assert_int_eq(medium, RQ_MEDIUM_DISK);
}
END_TEST

Suite *machine_folder_suite(void)
{
	Suite *suite = suite_create("machine folder");
	TCase *tests = tcase_create("folder");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_good_folder);
	tcase_add_test(tests, a_folder_that_is_not_there);
	tcase_add_test(tests, a_file_in_the_way);
	tcase_add_test(tests, a_folder_that_cannot_be_written);
	tcase_add_test(tests, a_full_disk);
	tcase_add_test(tests, names_of_file_systems);
	suite_add_tcase(suite, tests);
	return suite;
}
