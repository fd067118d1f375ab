/* A real collection's file, for tests that read one. Includers need check.h. */
#ifndef RQ_TESTS_SHARED_H
#define RQ_TESTS_SHARED_H

#include "evalcore/base/file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Path of data/NAME in the folder of real collections; NULL where that folder is missing altogether: the test passes and says so. A missing file fails. */
static inline const char *shared_file(const char *name)
{
	static char path[4096];
	const char *root = getenv("RQ_SHARED");

	if (root == NULL)
		root = "../shared";
	if (!rq_file_exists(root)) {
		printf("skipped: no folder \"%s\" with the real collections\n", root);
		return NULL;
	}
	snprintf(path, sizeof path, "%s/data/%s", root, name);
	ck_assert_msg(rq_file_exists(path), "\"%s\" is missing", path);
	return path;
}

#endif
