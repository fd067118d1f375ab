#include "evalcore/base/file.h"

#include <check.h>
#include <errno.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char folder[] = "/tmp/rqgate-test-XXXXXX";
static struct rq_arena arena;

static void set_up(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static size_t files_in_folder(void)
{
	size_t count = 0;
	DIR *dir = opendir(folder);

	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void tear_down(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
	rq_arena_release(&arena);
}

START_TEST(a_file_appears_whole_or_not_at_all)
{
	struct rq_output output = {0};
	struct rq_buf read = {0};
	char *path = rq_path_join(&arena, folder, "report.json");

	ck_assert_int_eq(rq_file_write(path, "old", 3, NULL), RQ_OK);
	ck_assert_int_eq(rq_output_open(&output, path, NULL), RQ_OK);
	fputs("new and longer", output.stream);
	rq_output_release(&output);
	ck_assert_uint_eq(files_in_folder(), 1);
	ck_assert_int_eq(rq_file_read(&read, path, NULL), RQ_OK);
	ck_assert_str_eq(read.data, "old");
	ck_assert_int_eq(rq_output_open(&output, path, NULL), RQ_OK);
	fputs("new", output.stream);
	ck_assert_int_eq(rq_output_commit(&output, NULL), RQ_OK);
	ck_assert_int_eq(rq_file_read(&read, path, NULL), RQ_OK);
	ck_assert_str_eq(read.data, "new");
	ck_assert_uint_eq(files_in_folder(), 1);
	rq_buf_release(&read);
}
END_TEST

START_TEST(a_failed_write_is_an_error_and_leaves_nothing)
{
	struct rq_error err = {0};
	struct rlimit old, limit = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
	char *path = rq_path_join(&arena, folder, "x"), *big = calloc(1, 1 << 20);

	/* A limit on file sizes stands in for a full disk: write() fails in the middle either way. */
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit.rlim_max = old.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(rq_file_write(path, big, 1 << 20, &err), RQ_E_IO);
	setrlimit(RLIMIT_FSIZE, &old);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot write: File too large"));
	ck_assert_uint_eq(files_in_folder(), 0);
	free(big);
}
END_TEST

/* The write fails long before anyone asks why; errno has been others' since. */
START_TEST(the_reason_of_a_failed_write_is_its_own)
{
	struct rq_output output;
	struct rq_error err = {0};
	struct rlimit old, limit;
	char *path = rq_path_join(&arena, folder, "x"), *big = calloc(1, 1 << 20);

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = (struct rlimit){.rlim_cur = 4096, .rlim_max = old.rlim_max};
	ck_assert_int_eq(rq_output_open(&output, path, &err), RQ_OK);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_uint_lt(fwrite(big, 1, 1 << 20, output.stream), 1 << 20);
	errno = ENOENT;
	ck_assert_int_eq(rq_output_settle(&output, &err), RQ_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot write: File too large"));
	setrlimit(RLIMIT_FSIZE, &old); /* the reason has passed, the file is incomplete all the same */
	errno = ENOENT;
	ck_assert_int_eq(rq_output_commit(&output, &err), RQ_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot write all of it; look into the disk, then run again"));
	ck_assert_uint_eq(files_in_folder(), 0);
	free(big);
}
END_TEST

START_TEST(what_cannot_be_read_says_why)
{
	struct rq_error err = {0};
	struct rq_buf out = {.maximum = 4};
	char *path = rq_path_join(&arena, folder, "x"), expected[256];

	ck_assert_int_eq(rq_file_read(&out, path, &err), RQ_E_IO);
	snprintf(expected, sizeof expected, "\"%s\": cannot open: No such file or directory", path);
	ck_assert_str_eq(err.text, expected);
	ck_assert_int_eq(rq_file_read(&out, folder, &err), RQ_E_IO);
	snprintf(expected, sizeof expected, "\"%s\": is a folder, expected a file", folder);
	ck_assert_str_eq(err.text, expected);
	ck_assert_int_eq(rq_file_write(path, "12345", 5, NULL), RQ_OK);
	ck_assert_int_eq(rq_file_read(&out, path, &err), RQ_E_DATA);
}
END_TEST

START_TEST(one_file_may_have_many_names)
{
	char *one = rq_path_join(&arena, folder, "one"), *two = rq_path_join(&arena, folder, "two"), *link = rq_path_join(&arena, folder, "link"),
		 *roundabout = rq_path_join(&arena, folder, "./one"), *gone = rq_path_join(&arena, folder, "gone");

	ck_assert_int_eq(rq_file_write(one, "x", 1, NULL), RQ_OK);
	ck_assert_int_eq(rq_file_write(two, "x", 1, NULL), RQ_OK);
	ck_assert_int_eq(symlink(one, link), 0);
	ck_assert(rq_same_file(one, one) && rq_same_file(one, link) && rq_same_file(roundabout, one));
	ck_assert(!rq_same_file(one, two) && !rq_same_file(gone, gone) && !rq_same_file(one, gone));
	ck_assert(!rq_same_file(NULL, one) && !rq_same_file(one, NULL));
}
END_TEST

START_TEST(paths_join_and_split)
{
	ck_assert_str_eq(rq_path_join(&arena, "a", "b"), "a/b");
	ck_assert_str_eq(rq_path_join(&arena, "a/", "b"), "a/b");
	ck_assert_str_eq(rq_path_join(&arena, ".", "b"), "b");
	ck_assert_str_eq(rq_path_join(&arena, "a", "/b"), "/b");
	ck_assert_str_eq(rq_path_folder(&arena, "x/y/z.json"), "x/y");
	ck_assert_str_eq(rq_path_folder(&arena, "z.json"), ".");
	ck_assert_str_eq(rq_path_folder(&arena, "/z.json"), "/");
}
END_TEST

Suite *file_suite(void)
{
	Suite *suite = suite_create("file");
	TCase *tests = tcase_create("file");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_file_appears_whole_or_not_at_all);
	tcase_add_test(tests, a_failed_write_is_an_error_and_leaves_nothing);
	tcase_add_test(tests, the_reason_of_a_failed_write_is_its_own);
	tcase_add_test(tests, what_cannot_be_read_says_why);
	tcase_add_test(tests, one_file_may_have_many_names);
	tcase_add_test(tests, paths_join_and_split);
	suite_add_tcase(suite, tests);
	return suite;
}
