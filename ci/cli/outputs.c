#include "ci/cli/outputs.h"

#include "datasets/vector_file.h"
#include "evalcore/base/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The folder that a path is in, by its real name; of one that is still to be made the name that it was given. */
static void find_folder(char real[PATH_MAX], const char *path)
{
	const char *slash = strrchr(path, '/');
	char above[PATH_MAX];

	snprintf(above, sizeof above, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1, slash == NULL ? "." : path);
	if (realpath(above, real) == NULL)
		snprintf(real, PATH_MAX, "%s", above);
}

static const char *leaf_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

bool rq_same_target(const char *a, const char *b)
{
	char folders[2][PATH_MAX];

	if (strcmp(a, b) == 0 || rq_same_file(a, b))
		return true;
	find_folder(folders[0], a);
	find_folder(folders[1], b);
	return strcmp(leaf_of(a), leaf_of(b)) == 0 && strcmp(folders[0], folders[1]) == 0;
}

static bool is_of(const char *input, const char *path)
{
	char file[PATH_MAX];
	struct rq_error why = {0};
	size_t length;

	if (rq_vector_file_name(&length, input, &why) != RQ_OK)
		length = strlen(input);
	snprintf(file, sizeof file, "%.*s", (int)length, input);
	return rq_same_file(file, path) || rq_same_file(input, path) || rq_folder_holds(input, path);
}

bool rq_is_store(const char *store, const char *path)
{
	static const char *const parts[] = {"", "-wal", "-shm", "-journal"}; /* SQLite's */
	char name[PATH_MAX];

	for (size_t i = 0; store != NULL && i < sizeof parts / sizeof *parts; i++) {
		snprintf(name, sizeof name, "%s%s", store, parts[i]);
		if (rq_same_target(name, path))
			return true;
	}
	return false;
}

enum rq_status rq_output_check(const char *flag, const char *path, const char *const *inputs, size_t count, const struct rq_config *config,
                               struct rq_error *err)
{
	bool is_input = config != NULL && (rq_config_reads(config, path) || rq_is_store(config->store, path));

	for (size_t i = 0; i < count && !is_input; i++)
		is_input = inputs[i] != NULL && is_of(inputs[i], path);
	return is_input ? rq_fail(err, RQ_E_USAGE, "%s: \"%s\" is what this command reads; give the output another name", flag, path) : RQ_OK;
}
