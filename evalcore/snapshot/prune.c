/* Snapshots that may go, and the chunks that nobody needs any more. Manifests go first: whatever ends this job, no snapshot is left that lacks a chunk. */
#include "evalcore/snapshot/chunks.h"
#include "evalcore/snapshot/snapshot.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Digests of the chunks that stay, in order. */
struct needed {
	char (*digests)[RQ_SHA256_HEX];
	size_t count, capacity;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool may_go(const struct rq_snapshots *snapshots, size_t number, const struct rq_vault *vault, const struct rq_retention *retention,
                   const char *current, const char *previous)
{
	const struct rq_snapshot *snapshot = &snapshots->items[number];

	return snapshots->count - number > retention->newest && snapshot->seconds < retention->since && strcmp(snapshot->sha256, current) != 0 &&
	       strcmp(snapshot->sha256, previous) != 0 && !rq_vault_is_pinned(vault, snapshot->sha256);
}

static enum rq_status choose(struct rq_pruned *pruned, struct needed *needed, const struct rq_snapshots *snapshots, const struct rq_vault *vault,
                             const struct rq_retention *retention, struct rq_arena *arena, struct rq_error *err)
{
	char current[RQ_SHA256_HEX], previous[RQ_SHA256_HEX];

	RQ_TRY(rq_vault_current(current, previous, vault, err));
	pruned->seals = rq_arena_alloc(arena, snapshots->count + 1, sizeof *pruned->seals);
	if (pruned->seals == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < snapshots->count; i++) {
		if (may_go(snapshots, i, vault, retention, current, previous)) {
			pruned->seals[pruned->count++] = snapshots->items[i].sha256;
			continue;
		}
		RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};
		RQ_TRY(rq_vault_read(&manifest, vault, snapshots->items[i].sha256, err));
		pruned->kept++;
		for (size_t j = 0; j < manifest.file_count; j++)
			for (size_t k = 0; k < manifest.files[j].chunk_count; k++) {
				if (!RQ_RESERVE(needed->digests, needed->capacity, needed->count + 1))
					return rq_fail_memory(err);
				memcpy(needed->digests[needed->count++], manifest.files[j].chunks[k].sha256, RQ_SHA256_HEX);
			}
	}
	if (needed->count > 0)
		qsort(needed->digests, needed->count, sizeof *needed->digests, by_text);
	return RQ_OK;
}

/* Out of sight in one step, then file by file. */
static enum rq_status remove_snapshot(const struct rq_vault *vault, const char *sha256, struct rq_arena *arena, struct rq_error *err)
{
	const char *folder = rq_vault_folder(vault, sha256, arena), *aside = rq_arena_printf(arena, "%s/.%s.rqgate-pruned", vault->snapshots, sha256);
	const char *drill = rq_arena_printf(arena, "%s/%s.json", vault->drills, sha256);

	if (folder == NULL || aside == NULL || drill == NULL)
		return rq_fail_memory(err);
	if (rename(folder, aside) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", folder, strerror(errno));
	rq_remove_tree(aside);
	unlink(drill); /* as far as there is one */
	return RQ_OK;
}

static enum rq_status remove_unneeded(struct rq_pruned *pruned, const struct needed *needed, const char *folder, bool dry, struct rq_error *err)
{
	DIR *stream = opendir(folder);
	enum rq_status status = RQ_OK;
	struct stat info;

	if (stream == NULL)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", folder, strerror(errno));
	for (struct dirent *entry; status == RQ_OK && (entry = readdir(stream)) != NULL;) {
		if (!rq_is_sha256(entry->d_name) || fstatat(dirfd(stream), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
		    (needed->count > 0 && bsearch(entry->d_name, needed->digests, needed->count, sizeof *needed->digests, by_text) != NULL))
			continue;
		if (!dry && unlinkat(dirfd(stream), entry->d_name, 0) != 0)
			status = rq_fail(err, RQ_E_IO, "\"%s/%s\": cannot remove: %s", folder, entry->d_name, strerror(errno));
		pruned->chunks++;
		pruned->bytes += (uint64_t)info.st_size;
	}
	closedir(stream);
	return status;
}

/* Folders of one name in two: what has a name of two digits, and is empty at the end, goes too. */
static enum rq_status sweep(struct rq_pruned *pruned, const struct needed *needed, const struct rq_vault *vault, bool dry, struct rq_error *err)
{
	for (unsigned i = 0; i < 256; i++) {
		RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
		const char *folder = rq_arena_printf(&arena, "%s/%02x", vault->chunks, i);
		RQ_TRY(rq_cancel_check(err));
		if (folder == NULL)
			return rq_fail_memory(err);
		if (!rq_file_exists(folder))
			continue;
		RQ_TRY(remove_unneeded(pruned, needed, folder, dry, err));
		if (!dry)
			rmdir(folder);
	}
	return RQ_OK;
}

/* What killed jobs have left: nobody else is at work here. */
static void remove_left(const char *folder)
{
	DIR *stream = opendir(folder);

	for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
		RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
		const char *path = entry->d_name[0] == '.' && strstr(entry->d_name, ".rqgate-") != NULL ? rq_path_join(&arena, folder, entry->d_name) : NULL;
		if (path != NULL)
			rq_remove_tree(path);
	}
	if (stream != NULL)
		closedir(stream);
}

static enum rq_status prune(struct rq_pruned *pruned, struct needed *needed, const struct rq_vault *vault, const struct rq_retention *retention,
                            struct rq_arena *arena, struct rq_error *err)
{
	struct rq_snapshots snapshots;

	RQ_TRY(rq_snapshots_list(&snapshots, vault->snapshots, RQ_SNAPSHOT_KIND, arena, err));
	RQ_TRY(choose(pruned, needed, &snapshots, vault, retention, arena, err));
	if (!retention->dry) {
		remove_left(vault->path);
		remove_left(vault->snapshots);
	}
	for (size_t i = 0; !retention->dry && i < pruned->count; i++)
		RQ_TRY(remove_snapshot(vault, pruned->seals[i], arena, err));
	return sweep(pruned, needed, vault, retention->dry, err);
}

enum rq_status rq_snapshot_prune(struct rq_pruned *pruned, const struct rq_vault *vault, const struct rq_retention *retention, struct rq_arena *arena,
                                 struct rq_error *err)
{
	struct needed needed = {0};

	*pruned = (struct rq_pruned){0};
	enum rq_status status = prune(pruned, &needed, vault, retention, arena, err);
	free(needed.digests);
	return status;
}
