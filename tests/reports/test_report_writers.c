#include "reports/report.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

START_TEST(writers_are_found_by_name)
{
	ck_assert_str_eq(rq_writer_find("json")->file, "report.json");
	ck_assert_str_eq(rq_writer_find("md")->file, "report.md");
	ck_assert_ptr_null(rq_writer_find("html"));
}
END_TEST

/* Every row has a name of its own, help and a standard file, and every file that exports a writer has its row. */
START_TEST(rows_and_files_belong_together)
{
	size_t rows = 0, exporting = 0;
	DIR *folder = opendir("reports");
	struct dirent *entry;

	for (; rq_writers[rows] != NULL; rows++) {
		ck_assert(rq_writers[rows]->help[0] != '\0' && rq_writers[rows]->file[0] != '\0' && rq_writers[rows]->write != NULL);
		ck_assert_ptr_eq(rq_writer_find(rq_writers[rows]->name), rq_writers[rows]);
	}
	ck_assert_msg(folder != NULL, "run from the project's root");
	while ((entry = readdir(folder)) != NULL) {
		char path[300], line[512];
		snprintf(path, sizeof path, "reports/%s", entry->d_name);
		FILE *file = strstr(entry->d_name, ".c") == NULL ? NULL : fopen(path, "r");
		while (file != NULL && fgets(line, sizeof line, file) != NULL)
			exporting += strncmp(line, "const struct rq_writer rq_writer_", 33) == 0;
		if (file != NULL)
			fclose(file);
	}
	closedir(folder);
	ck_assert_uint_eq(exporting, rows);
}
END_TEST

Suite *report_writers_suite(void)
{
	Suite *suite = suite_create("report_writers");
	TCase *tests = tcase_create("writers");

	tcase_add_test(tests, writers_are_found_by_name);
	tcase_add_test(tests, rows_and_files_belong_together);
	suite_add_tcase(suite, tests);
	return suite;
}
