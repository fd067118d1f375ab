#include "evalcore/base/folder.h"

#include "evalcore/base/file.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char root[32];
static struct rq_arena arena;

static void set_up(void)
{
	strcpy(root, "/tmp/rqgate-folder-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void tear_down(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
	rq_arena_release(&arena);
}

static size_t entries(const char *path)
{
	size_t count = 0;
	DIR *stream = opendir(path);

	for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	if (stream != NULL)
		closedir(stream);
	return count;
}

static void fill(const struct rq_folder *folder)
{
	ck_assert_int_eq(rq_make_folders(rq_path_join(&arena, folder->temporary, "below"), NULL), RQ_OK);
	ck_assert_int_eq(rq_file_write(rq_path_join(&arena, folder->temporary, "below/file"), "x", 1, NULL), RQ_OK);
}

START_TEST(a_folder_appears_whole_or_not_at_all)
{
	struct rq_folder folder = {0};
	char *path = rq_path_join(&arena, root, "a/b/");
	struct stat info;

	ck_assert_int_eq(rq_folder_open(&folder, path, NULL), RQ_OK);
	fill(&folder);
	ck_assert(!rq_file_exists(path));
	rq_folder_release(&folder);
	ck_assert_uint_eq(entries(root), 0);

	ck_assert_int_eq(rq_folder_open(&folder, path, NULL), RQ_OK);
	fill(&folder);
	ck_assert_int_eq(rq_folder_commit(&folder, NULL), RQ_OK);
	rq_folder_release(&folder);
	ck_assert(rq_file_exists(rq_path_join(&arena, root, "a/b/below/file")));
	ck_assert_uint_eq(entries(rq_path_join(&arena, root, "a")), 1);
	mode_t mask = umask(0);
	umask(mask);
	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777, 0777 & ~mask);
}
END_TEST

START_TEST(a_folder_is_named_once_it_is_filled)
{
	struct rq_folder folder = {0};
	struct rq_error err = {0};
	char *above = rq_path_join(&arena, root, "a"), expected[128];

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(rq_folder_open(&folder, rq_path_join(&arena, above, "new"), &err), RQ_OK);
		fill(&folder);
		ck_assert_int_eq(rq_folder_rename(&folder, "b-longer-one", &err), i == 0 ? RQ_OK : RQ_E_USAGE);
		if (i == 0)
			ck_assert_int_eq(rq_folder_commit(&folder, &err), RQ_OK);
		rq_folder_release(&folder);
		ck_assert_uint_eq(entries(above), 1);
		ck_assert(rq_file_exists(rq_path_join(&arena, above, "b-longer-one/below/file")));
	}
	snprintf(expected, sizeof expected, "\"%s/b-longer-one\": is there already and is not empty; choose another folder", above);
	ck_assert_str_eq(err.text, expected);
}
END_TEST

START_TEST(a_taken_place_is_refused_and_an_empty_folder_is_free)
{
	struct rq_folder folder = {0};
	struct rq_error err = {0};
	char *path = rq_path_join(&arena, root, "here"), expected[128];

	ck_assert_int_eq(rq_make_folders(path, NULL), RQ_OK);
	ck_assert_int_eq(rq_folder_open(&folder, path, &err), RQ_OK);
	fill(&folder);
	ck_assert_int_eq(rq_folder_commit(&folder, &err), RQ_OK);
	rq_folder_release(&folder);

	ck_assert_int_eq(rq_folder_open(&folder, path, &err), RQ_E_USAGE);
	snprintf(expected, sizeof expected, "\"%s\": is there already and is not empty; choose another folder", path);
	ck_assert_str_eq(err.text, expected);
	rq_folder_release(&folder);
	char *file = rq_path_join(&arena, path, "below/file");
	ck_assert_int_eq(rq_folder_open(&folder, file, &err), RQ_E_USAGE);
	snprintf(expected, sizeof expected, "\"%s\": is a file; choose another folder", file);
	ck_assert_str_eq(err.text, expected);
	rq_folder_release(&folder);
	ck_assert_uint_eq(entries(root), 1);
}
END_TEST

/* The name has room in its folder, with what makes it temporary it has none. */
START_TEST(folders_above_that_were_made_go_where_it_fails)
{
	struct rq_folder folder = {0};
	struct rq_error err = {0};
	char name[252] = "", *kept = rq_path_join(&arena, root, "kept");

	memset(name, 'x', sizeof name - 1);
	char *path = rq_path_join(&arena, rq_path_join(&arena, kept, "a/b"), name);
	ck_assert_int_eq(rq_make_folders(kept, NULL), RQ_OK);
	ck_assert_int_eq(rq_folder_open(&folder, path, &err), RQ_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "\": cannot create the folder: "));
	rq_folder_release(&folder);
	ck_assert_uint_eq(entries(kept), 0);
	ck_assert(rq_file_exists(kept));
}
END_TEST

START_TEST(an_empty_folder_that_was_there_stays_where_nothing_is_committed)
{
	struct rq_folder folder = {0};
	char *path = rq_path_join(&arena, root, "here");

	ck_assert_int_eq(rq_make_folders(path, NULL), RQ_OK);
	ck_assert_int_eq(rq_folder_open(&folder, path, NULL), RQ_OK);
	fill(&folder);
	rq_folder_release(&folder);
	ck_assert(rq_file_exists(path));
	ck_assert_uint_eq(entries(root), 1);
}
END_TEST

/* Two wrote at once: the second is told so, and takes nothing. */
START_TEST(a_place_that_was_taken_meanwhile_is_refused)
{
	struct rq_folder first = {0}, second = {0};
	struct rq_error err = {0};
	char *path = rq_path_join(&arena, root, "here"), expected[128];

	ck_assert(rq_folder_open(&first, path, NULL) == RQ_OK && rq_folder_open(&second, path, NULL) == RQ_OK);
	fill(&first);
	ck_assert_int_eq(rq_folder_commit(&first, NULL), RQ_OK);
	ck_assert_int_eq(rq_folder_commit(&second, &err), RQ_E_USAGE);
	snprintf(expected, sizeof expected, "\"%s\": is there already; choose another folder", path);
	ck_assert_str_eq(err.text, expected);
	rq_folder_release(&first);
	rq_folder_release(&second);
	ck_assert_uint_eq(entries(root), 1);
	ck_assert(rq_file_exists(rq_path_join(&arena, path, "below/file")));
}
END_TEST

/* Even where the place was taken: what is told is why it failed. */
START_TEST(a_folder_that_cannot_reach_the_disk_is_no_taken_place)
{
	struct rq_folder folder = {0};
	struct rq_error err = {0};
	char *path = rq_path_join(&arena, root, "here");

	ck_assert_int_eq(rq_folder_open(&folder, path, NULL), RQ_OK);
	fill(&folder);
	rq_remove_tree(folder.temporary); /* so that no name of it can be synced */
	ck_assert_int_eq(rq_make_folders(path, NULL), RQ_OK);
	ck_assert_int_eq(rq_folder_commit(&folder, &err), RQ_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "\": cannot create the folder: "));
	rq_folder_release(&folder);
}
END_TEST

START_TEST(what_killed_processes_left_goes_when_it_is_old)
{
	static const char *const names[] = {".here.rqgate-Ab12cD", ".new.rqgate-Ab12cD",  "here.rqgate-Ab12cD",  ".rqgate-Ab12cD",
	                                    ".here.rqgate-Ab12c",  ".here.rqgate-Ab1_cD", ".file.rqgate-Ab12cD", ".notes.backup"};
	const struct timespec then = {.tv_sec = time(NULL) - 2 * 3600}, times[2] = {then, then};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = rq_path_join(&arena, root, names[i]);
		ck_assert_int_eq(strcmp(names[i], ".file.rqgate-Ab12cD") == 0 ? rq_file_write(path, "x", 1, NULL)
		                                                        : rq_make_folders(rq_path_join(&arena, path, "below"), NULL),
		                 RQ_OK);
		if (strcmp(names[i], ".new.rqgate-Ab12cD") != 0)
			ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	}
	rq_folder_clean(root);
	ck_assert(!rq_file_exists(rq_path_join(&arena, root, names[0])));
	ck_assert_uint_eq(entries(root), sizeof names / sizeof *names - 1);
	rq_folder_clean(rq_path_join(&arena, root, "none"));
}
END_TEST

/* A job may take longer than an hour. */
START_TEST(what_a_living_process_has_open_stays)
{
	const struct timespec then = {.tv_sec = time(NULL) - 2 * 3600}, times[2] = {then, then};
	struct rq_folder folder = {0};

	ck_assert_int_eq(rq_folder_open(&folder, rq_path_join(&arena, root, "long"), NULL), RQ_OK);
	ck_assert_int_eq(utimensat(AT_FDCWD, folder.temporary, times, 0), 0);
	rq_folder_clean(root);
	ck_assert(rq_file_exists(folder.temporary) && rq_folder_is_used(folder.temporary));
	rq_folder_release(&folder);
}
END_TEST

START_TEST(a_tree_is_removed_and_what_its_links_name_is_not)
{
	char *tree = rq_path_join(&arena, root, "tree"), *other = rq_path_join(&arena, root, "other");

	ck_assert_int_eq(rq_make_folders(rq_path_join(&arena, tree, "a/b"), NULL), RQ_OK);
	ck_assert_int_eq(rq_make_folders(other, NULL), RQ_OK);
	ck_assert_int_eq(rq_file_write(rq_path_join(&arena, other, "file"), "x", 1, NULL), RQ_OK);
	ck_assert_int_eq(symlink(other, rq_path_join(&arena, tree, "a/link")), 0);
	rq_remove_tree(tree);
	ck_assert(!rq_file_exists(tree));
	ck_assert_uint_eq(entries(other), 1);
	rq_remove_tree(tree); /* nothing there is nothing to do */
}
END_TEST

Suite *folder_suite(void)
{
	Suite *suite = suite_create("folder");
	TCase *tests = tcase_create("folder");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_folder_appears_whole_or_not_at_all);
	tcase_add_test(tests, a_folder_is_named_once_it_is_filled);
	tcase_add_test(tests, a_taken_place_is_refused_and_an_empty_folder_is_free);
	tcase_add_test(tests, folders_above_that_were_made_go_where_it_fails);
	tcase_add_test(tests, an_empty_folder_that_was_there_stays_where_nothing_is_committed);
	tcase_add_test(tests, a_place_that_was_taken_meanwhile_is_refused);
	tcase_add_test(tests, a_folder_that_cannot_reach_the_disk_is_no_taken_place);
	tcase_add_test(tests, what_killed_processes_left_goes_when_it_is_old);
	tcase_add_test(tests, what_a_living_process_has_open_stays);
	tcase_add_test(tests, a_tree_is_removed_and_what_its_links_name_is_not);
	suite_add_tcase(suite, tests);
	return suite;
}
