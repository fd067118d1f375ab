/* The folder of kept folders. */
#include "evalcore/snapshot/snapshots.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/parse.h"
#include "evalcore/snapshot/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum rq_status rq_digests_in(const char *const **names, size_t *count, const char *folder, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) const char **found = NULL;
	DIR *stream = opendir(folder);
	struct dirent *entry;
	size_t capacity = 0;
	bool enough = true;

	*count = 0;
	if (stream == NULL)
		return errno == ENOMEM ? rq_fail_memory(err) : rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", folder, strerror(errno));
	enum rq_status status = rq_folder_next(&entry, stream, folder, err);
	for (; status == RQ_OK && enough && entry != NULL; status = rq_folder_next(&entry, stream, folder, err)) {
		if (!rq_is_sha256(entry->d_name))
			continue;
		enough = RQ_RESERVE(found, capacity, *count + 1) && (found[*count] = rq_arena_strdup(arena, entry->d_name)) != NULL;
		*count += enough;
	}
	closedir(stream);
	RQ_TRY(status);
	const char **kept = enough ? rq_arena_alloc(arena, *count + 1, sizeof *kept) : NULL;
	if (kept == NULL)
		return rq_fail_memory(err);
	if (*count > 0)
		memcpy(kept, found, *count * sizeof *kept);
	qsort(kept, *count, sizeof *kept, by_text);
	*names = kept;
	return RQ_OK;
}

static int by_time(const void *a, const void *b)
{
	const struct rq_snapshot *first = a, *second = b;

	if (first->seconds != second->seconds)
		return first->seconds < second->seconds ? -1 : 1;
	if (first->order != second->order)
		return first->order < second->order ? -1 : 1;
	return strcmp(first->sha256, second->sha256);
}

void rq_snapshots_sort(struct rq_snapshots *snapshots)
{
	if (snapshots->count > 0)
		qsort(snapshots->items, snapshots->count, sizeof *snapshots->items, by_time);
}

static enum rq_status read_one(struct rq_snapshot *snapshot, const char *folder, const char *name, const char *kind, struct rq_arena *arena,
                               struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};
	const char *path = rq_path_join(&manifest.arena, folder, name);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_manifest_read(&manifest, path, kind, err));
	if (strcmp(manifest.sha256, name) != 0)
		return rq_fail(err, RQ_E_DATA, "\"%s\": its manifest has the seal %s, and not this name; give the folder that one, or remove it", path,
		               manifest.sha256);
	rq_parse_time(&snapshot->seconds, manifest.created, strlen(manifest.created));
	snapshot->order = 0;
	snapshot->sha256 = rq_arena_strdup(arena, name);
	snapshot->content = rq_arena_strdup(arena, manifest.content);
	snapshot->created = rq_arena_strdup(arena, manifest.created);
	return snapshot->sha256 == NULL || snapshot->content == NULL || snapshot->created == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status collect(struct rq_snapshot **items, size_t *count, DIR *stream, const char *folder, const char *kind, struct rq_arena *arena,
                              struct rq_error *err)
{
	size_t capacity = 0;

	for (struct dirent *entry;;) {
		RQ_TRY(rq_folder_next(&entry, stream, folder, err));
		if (entry == NULL)
			return RQ_OK;
		if (!rq_is_sha256(entry->d_name))
			continue;
		if (!RQ_RESERVE(*items, capacity, *count + 1))
			return rq_fail_memory(err);
		RQ_TRY(read_one(&(*items)[*count], folder, entry->d_name, kind, arena, err));
		(*count)++;
	}
}

enum rq_status rq_snapshots_list(struct rq_snapshots *snapshots, const char *folder, const char *kind, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_snapshot *found = NULL;
	DIR *stream = opendir(folder);
	size_t count = 0;

	*snapshots = (struct rq_snapshots){0};
	if (stream == NULL && errno == ENOENT)
		return RQ_OK;
	if (stream == NULL)
		return errno == ENOMEM ? rq_fail_memory(err) : rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", folder, strerror(errno));
	enum rq_status status = collect(&found, &count, stream, folder, kind, arena, err);
	closedir(stream);
	RQ_TRY(status);
	if (count == 0)
		return RQ_OK;
	snapshots->items = rq_arena_alloc(arena, count, sizeof *snapshots->items);
	if (snapshots->items == NULL)
		return rq_fail_memory(err);
	memcpy(snapshots->items, found, count * sizeof *found);
	snapshots->count = count;
	rq_snapshots_sort(snapshots);
	return RQ_OK;
}

const struct rq_snapshot *rq_snapshots_at(const struct rq_snapshots *snapshots, int64_t seconds)
{
	const struct rq_snapshot *newest = NULL;

	for (size_t i = 0; i < snapshots->count && snapshots->items[i].seconds <= seconds; i++)
		newest = &snapshots->items[i];
	return newest;
}

enum rq_status rq_snapshots_time(int64_t *seconds, const char *text, struct rq_error *err)
{
	char end_of_day[sizeof "2026-10-12T23:59:59Z"];

	snprintf(end_of_day, sizeof end_of_day, "%.10sT23:59:59Z", text);
	if (rq_parse_time(seconds, text, strlen(text)) ||
	    (strlen(text) == sizeof "2026-10-12" - 1 && rq_parse_time(seconds, end_of_day, strlen(end_of_day))))
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE, "\"%s\": no date; expected a day, as 2026-10-12, or a time in UTC, as 2026-10-12T03:00:00Z", text);
}
