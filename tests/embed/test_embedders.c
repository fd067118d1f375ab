#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

START_TEST(test_rows_are_complete)
{
	for (size_t i = 0; rq_embedders[i] != NULL; i++) {
		const struct rq_embedder *e = rq_embedders[i];
		ck_assert_ptr_eq(rq_embedder_find(e->name), e);
		ck_assert_msg(e->help != NULL && strlen(e->help) > 10 && e->help[strlen(e->help) - 1] != '.', "%s: help", e->name);
		ck_assert_msg(e->citation != NULL && strlen(e->citation) > 10, "%s: citation", e->name);
		ck_assert_uint_ge(e->version, 1);
		if (e->load != NULL)
			ck_assert(e->fit == NULL && e->open == NULL && e->dimension == NULL && e->embed == NULL && e->close == NULL);
		else
			ck_assert(e->open != NULL && e->dimension != NULL && e->embed != NULL && e->close != NULL);
		for (const struct rq_option *option = e->options; option->name != NULL; option++) {
			ck_assert_msg(option->help != NULL && strlen(option->help) > 10 && option->help[strlen(option->help) - 1] != '.', "%s.%s: help", e->name,
			              option->name);
			ck_assert_uint_lt(option->offset, e->options_size);
		}
	}
	ck_assert_ptr_null(rq_embedder_find("lsi"));
	ck_assert_ptr_null(rq_embedder_find(""));
}
END_TEST

/* Each .c file of the folder is an embedder in the table, but for the table's own. */
START_TEST(test_no_orphan_file)
{
	DIR *folder = opendir("evalcore/embed");
	size_t files = 0, rows = 0;
	char name[256];

	ck_assert_msg(folder != NULL, "the tests run from the project's root");
	for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		size_t length = strlen(entry->d_name);
		if (length < 3 || strcmp(entry->d_name + length - 2, ".c") != 0 || strcmp(entry->d_name, "embedder.c") == 0)
			continue;
		snprintf(name, sizeof name, "%.*s", (int)length - 2, entry->d_name);
		ck_assert_msg(rq_embedder_find(name) != NULL, "evalcore/embed/%s has no row in embedders.def", entry->d_name);
		files++;
	}
	closedir(folder);
	while (rq_embedders[rows] != NULL)
		rows++;
	ck_assert_uint_eq(files, rows);
}
END_TEST

Suite *embedders_suite(void)
{
	Suite *suite = suite_create("embedders");
	TCase *tests = tcase_create("embedders");

	tcase_add_test(tests, test_rows_are_complete);
	tcase_add_test(tests, test_no_orphan_file);
	suite_add_tcase(suite, tests);
	return suite;
}
