/* The folder of baselines: which there are, and which one is pinned. */
#include "evalcore/baseline/baseline.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What is no name of a baseline, or holds none, is somebody else's, or what an interrupted approval left. */
static bool is_baseline(const char *baselines, const char *name)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *file = rq_path_join(&arena, rq_path_join(&arena, baselines, name), RQ_BASELINE_FILE);

	return file != NULL && rq_baseline_check_name(name, NULL) == RQ_OK && rq_file_exists(file);
}

static enum rq_status collect(char ***names, size_t *count, const char *baselines, DIR *stream, struct rq_arena *arena, struct rq_error *err)
{
	size_t capacity = 0;

	for (struct dirent *entry;;) {
		RQ_TRY(rq_folder_next(&entry, stream, baselines, err));
		if (entry == NULL)
			return RQ_OK;
		if (!is_baseline(baselines, entry->d_name))
			continue;
		if (!RQ_RESERVE(*names, capacity, *count + 1) || ((*names)[*count] = rq_arena_strdup(arena, entry->d_name)) == NULL)
			return rq_fail_memory(err);
		(*count)++;
	}
}

enum rq_status rq_baseline_list(struct rq_strings *names, const char *baselines, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) char **found = NULL;
	DIR *stream = opendir(baselines);
	size_t count = 0;

	*names = (struct rq_strings){0};
	if (stream == NULL && errno == ENOENT)
		return RQ_OK;
	if (stream == NULL)
		return errno == ENOMEM ? rq_fail_memory(err) : rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", baselines, strerror(errno));
	enum rq_status status = collect(&found, &count, baselines, stream, arena, err);
	closedir(stream);
	RQ_TRY(status);
	names->items = rq_arena_alloc(arena, count + 1, sizeof *names->items);
	if (names->items == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		names->items[names->count++] = found[i];
	qsort(names->items, count, sizeof *names->items, by_name);
	return RQ_OK;
}

enum rq_status rq_baseline_pinned(const char **name, const char *baselines, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = 4096};
	const char *path = rq_path_join(arena, baselines, RQ_BASELINE_PINNED);

	*name = NULL;
	if (path == NULL)
		return rq_fail_memory(err);
	if (!rq_file_exists(path))
		return RQ_OK;
	RQ_TRY(rq_file_read(&text, path, err));
	size_t length = text.data == NULL ? 0 : strcspn(text.data, "\r\n");
	char *pinned = rq_arena_strndup(arena, text.data == NULL ? "" : text.data, length);
	if (pinned == NULL)
		return rq_fail_memory(err);
	if (length + strspn(text.data == NULL ? "" : text.data + length, "\r\n") != text.size || rq_baseline_check_name(pinned, NULL) != RQ_OK)
		return rq_fail(err, RQ_E_DATA, "\"%s\": expected one line with the name of a baseline; \"rqgate baseline pin NAME\" writes it", path);
	*name = pinned;
	return RQ_OK;
}

enum rq_status rq_baseline_pin(const char *baselines, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_baseline_release) struct rq_baseline baseline = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	RQ_TRY(rq_baseline_read(&baseline, baselines, name, err));
	const char *path = rq_path_join(&baseline.arena, baselines, RQ_BASELINE_PINNED);
	rq_buf_printf(&text, "%s\n", name);
	RQ_TRY(rq_buf_check(&text, err));
	return path == NULL ? rq_fail_memory(err) : rq_file_write(path, text.data, text.size, err);
}

enum rq_status rq_baseline_unpin(bool *was_pinned, const char *baselines, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = rq_path_join(&arena, baselines, RQ_BASELINE_PINNED);

	if (path == NULL)
		return rq_fail_memory(err);
	*was_pinned = unlink(path) == 0;
	return *was_pinned || errno == ENOENT ? RQ_OK : rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", path, strerror(errno));
}
