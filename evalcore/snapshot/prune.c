/* Snapshots that may go, and the chunks that nobody needs any more. Manifests go first: whatever ends this job, no snapshot is left that lacks a chunk. */
#include "evalcore/snapshot/chunks.h"
#include "evalcore/snapshot/snapshot.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/system.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Chunks that are moved in one job: it takes a few seconds, for others wait. The next job goes on. */
static const uint64_t MOVED_MOST = (uint64_t)1 << 30;

/* What stays. */
struct needed {
	struct rq_packs packs;
	bool *places;   /* of these: a snapshot needs it */
	bool anything_missing; /* a chunk that no pack has which can be read */
	char *scratch;
	size_t scratch_size;
};

static void needed_release(struct needed *needed)
{
	rq_packs_close(&needed->packs);
	free(needed->places);
	free(needed->scratch);
}

static bool is_old(const struct rq_snapshots *snapshots, size_t number, const struct rq_retention *retention, const char *current, const char *previous)
{
	const struct rq_snapshot *snapshot = &snapshots->items[number];

	return snapshots->count - number > retention->newest && snapshot->seconds < retention->since && strcmp(snapshot->sha256, current) != 0 &&
	       strcmp(snapshot->sha256, previous) != 0;
}

static enum rq_status take_scratch(struct needed *needed, size_t size, struct rq_error *err)
{
	if (size <= needed->scratch_size)
		return RQ_OK;
	free(needed->scratch);
	needed->scratch = malloc(size);
	needed->scratch_size = needed->scratch == NULL ? 0 : size;
	return needed->scratch == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* A chunk that is in several places is needed in one of them, where it is whole. */
static enum rq_status need_chunk(struct needed *needed, const struct rq_manifest_chunk *chunk, struct rq_error *err)
{
	const struct rq_place *first = rq_packs_find(&needed->packs, chunk), *whole = NULL;
	struct rq_error ignored = {0};

	needed->anything_missing |= first == NULL;
	for (const struct rq_place *place = first; place != NULL; place = rq_packs_next(&needed->packs, place))
		if (needed->places[place - needed->packs.places])
			return RQ_OK;
	if (first != NULL && rq_packs_next(&needed->packs, first) != NULL) {
		RQ_TRY(take_scratch(needed, chunk->bytes, err));
		for (whole = first; whole != NULL; whole = rq_packs_next(&needed->packs, whole))
			if (rq_place_check(needed->scratch, &needed->packs, whole, chunk, &ignored) == RQ_OK)
				break;
	}
	if (first != NULL)
		needed->places[(whole == NULL ? first : whole) - needed->packs.places] = true;
	return RQ_OK;
}

static enum rq_status need_snapshot(struct needed *needed, const struct rq_vault *vault, const char *sha256, struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};

	RQ_TRY(rq_vault_read(&manifest, vault, sha256, err));
	for (size_t i = 0; i < manifest.file_count; i++)
		for (size_t j = 0; j < manifest.files[i].chunk_count; j++)
			RQ_TRY(need_chunk(needed, &manifest.files[i].chunks[j], err));
	return RQ_OK;
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
		bool pinned;
		RQ_TRY(rq_vault_is_pinned(&pinned, vault, snapshots->items[i].sha256, err));
		if (!pinned && is_old(snapshots, i, retention, current, previous)) {
			pruned->seals[pruned->count++] = snapshots->items[i].sha256;
			continue;
		}
		RQ_TRY(need_snapshot(needed, vault, snapshots->items[i].sha256, err));
		pruned->kept++;
	}
	return RQ_OK;
}

/* Out of sight in one step, then file by file. */
static enum rq_status remove_snapshot(const struct rq_vault *vault, const char *sha256, struct rq_arena *arena, struct rq_error *err)
{
	const char *folder = rq_vault_folder(vault, sha256, arena), *aside = rq_arena_printf(arena, "%s/.%s.rqgate-pruned", vault->snapshots, sha256);
	const char *drill = rq_arena_printf(arena, "%s/%s.json", vault->drills, sha256), *lock = rq_arena_printf(arena, "%s/%s.lock", vault->drills, sha256);

	if (folder == NULL || aside == NULL || drill == NULL || lock == NULL)
		return rq_fail_memory(err);
	if (rename(folder, aside) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", folder, strerror(errno));
	rq_remove_tree(aside);
	unlink(drill); /* as far as there is one */
	unlink(lock);  /* no drill is at work: this job has the vault alone */
	return RQ_OK;
}

/* ---- packs ---- */

struct part {
	size_t chunks;
	uint64_t bytes;
};

static struct part needed_of(const struct needed *needed, const struct rq_pack *pack)
{
	struct part part = {0};

	for (size_t i = pack->first; i < pack->first + pack->count; i++)
		if (needed->places[i]) {
			part.chunks++;
			part.bytes += needed->packs.places[i].bytes;
		}
	return part;
}

static enum rq_status remove_pack(const char *path, struct rq_error *err)
{
	return unlink(path) == 0 ? RQ_OK : rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", path, strerror(errno));
}

/* The digest is read with the chunk: a damaged one, or one that the disk does not give, stays where it is, for a copy may yet mend
 * it. */
static enum rq_status move_chunk(struct rq_chunks *chunks, struct needed *needed, const struct rq_place *place, struct rq_error *err)
{
	struct rq_manifest_chunk chunk = {.bytes = place->bytes};
	struct rq_error unread = {0};

	RQ_TRY(take_scratch(needed, place->bytes, err));
	if (rq_place_read(needed->scratch, &needed->packs, place, &unread) != RQ_OK)
		return rq_fail(err, unread.status == RQ_E_IO ? RQ_E_DATA : unread.status, "%s", unread.text);
	RQ_TRY(rq_sha256(chunk.sha256, needed->scratch, place->bytes, err));
	if (!rq_place_is(place, &chunk))
		return rq_fail(err, RQ_E_DATA, "%s: has a damaged chunk", needed->packs.items[place->pack].path);
	return rq_chunks_add(chunks, &chunk, needed->scratch, err);
}

/* Its chunks that are needed go to a new pack, which is on the disk before this one goes. */
static enum rq_status rewrite_pack(struct needed *needed, size_t number, struct rq_error *err)
{
	RQ_CLEANUP(rq_chunks_release) struct rq_chunks chunks = {0};
	const struct rq_pack pack = needed->packs.items[number];

	RQ_TRY(rq_chunks_open(&chunks, &needed->packs, err));
	for (size_t i = pack.first; i < pack.first + pack.count; i++) {
		RQ_TRY(rq_cancel_check(err));
		if (needed->places[i]) {
			const struct rq_place place = needed->packs.places[i]; /* the array grows */
			RQ_TRY(move_chunk(&chunks, needed, &place, err));
		}
	}
	RQ_TRY(rq_chunks_commit(&chunks, err));
	return remove_pack(pack.path, err);
}

static void add_freed(struct rq_pruned *pruned, const struct rq_pack *pack, struct part part)
{
	pruned->chunks += pack->count - part.chunks;
	pruned->bytes += pack->bytes - part.bytes;
}

/* Where nothing in it is needed. */
static enum rq_status drop_pack(struct rq_pruned *pruned, const struct needed *needed, const struct rq_pack *pack, bool dry, struct rq_error *err)
{
	const struct part part = needed_of(needed, pack);

	if (part.chunks > 0)
		return RQ_OK;
	if (!dry)
		RQ_TRY(remove_pack(pack->path, err));
	add_freed(pruned, pack, part);
	return RQ_OK;
}

/* Where less than half of it is needed. */
static enum rq_status shrink_pack(struct rq_pruned *pruned, struct needed *needed, size_t number, uint64_t *moved, bool dry, struct rq_error *err)
{
	const struct rq_pack pack = needed->packs.items[number];
	const struct part part = needed_of(needed, &pack);
	struct rq_error why = {0};

	if (part.chunks == 0 || 2 * part.bytes >= pack.bytes || *moved + part.bytes > MOVED_MOST)
		return RQ_OK;
	enum rq_status status = dry ? RQ_OK : rewrite_pack(needed, number, &why);
	if (status == RQ_E_DATA) /* it cannot be moved, and stays */
		return RQ_OK;
	if (status != RQ_OK)
		return rq_fail(err, status, "%s", why.text);
	*moved += part.bytes;
	add_freed(pruned, &pack, part);
	return RQ_OK;
}

static enum rq_status sweep(struct rq_pruned *pruned, struct needed *needed, bool dry, struct rq_error *err)
{
	size_t count = needed->packs.count; /* those that are written meanwhile are all needed */
	uint64_t moved = 0;

	for (size_t i = 0; !dry && !needed->anything_missing && needed->packs.denied == NULL && i < needed->packs.unreadable_count; i++)
		RQ_TRY(remove_pack(needed->packs.unreadable[i], err));
	for (size_t i = 0; i < count; i++)
		RQ_TRY(drop_pack(pruned, needed, &needed->packs.items[i], dry, err));
	for (size_t i = 0; i < count; i++) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(shrink_pack(pruned, needed, i, &moved, dry, err));
	}
	return RQ_OK;
}

/* What killed jobs have left; a comparison may have its scratch here. */
static void remove_left(const char *folder)
{
	DIR *stream = opendir(folder);

	for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
		RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
		const char *path = entry->d_name[0] == '.' && strstr(entry->d_name, ".rqgate-") != NULL ? rq_path_join(&arena, folder, entry->d_name) : NULL;
		if (path != NULL && !rq_folder_is_used(path))
			rq_remove_tree(path);
	}
	if (stream != NULL)
		closedir(stream);
}

/* Which of one second are the newest ones, the log knows. */
static enum rq_status sort_by_log(struct rq_snapshots *snapshots, const struct rq_vault *vault, struct rq_arena *arena,
                                  struct rq_error *err)
{
	struct rq_switch *switches;
	size_t count;

	RQ_TRY(rq_vault_switches(&switches, &count, vault, arena, err));
	for (size_t i = 0; i < snapshots->count; i++)
		snapshots->items[i].order = rq_switches_first(switches, count, snapshots->items[i].sha256);
	rq_snapshots_sort(snapshots);
	return RQ_OK;
}

static enum rq_status prune(struct rq_pruned *pruned, struct needed *needed, const struct rq_vault *vault, const struct rq_retention *retention,
                            struct rq_arena *arena, struct rq_error *err)
{
	struct rq_snapshots snapshots;

	RQ_TRY(rq_snapshots_list(&snapshots, vault->snapshots, RQ_SNAPSHOT_KIND, arena, err));
	RQ_TRY(sort_by_log(&snapshots, vault, arena, err));
	needed->packs.on_disk = true;
	RQ_TRY(rq_packs_open(&needed->packs, vault->packs, err));
	needed->places = calloc(needed->packs.place_count + 1, sizeof *needed->places);
	if (needed->places == NULL)
		return rq_fail_memory(err);
	RQ_TRY(choose(pruned, needed, &snapshots, vault, retention, arena, err));
	if (!retention->dry) {
		remove_left(vault->path);
		remove_left(vault->snapshots);
	}
	for (size_t i = 0; !retention->dry && i < pruned->count; i++)
		RQ_TRY(remove_snapshot(vault, pruned->seals[i], arena, err));
	if (!retention->dry && pruned->count > 0)
		RQ_TRY(rq_folder_sync(vault->snapshots, err)); /* or a power failure might bring one back without its chunks */
	return sweep(pruned, needed, retention->dry, err);
}

enum rq_status rq_snapshot_prune(struct rq_pruned *pruned, const struct rq_vault *vault, const struct rq_retention *retention, struct rq_arena *arena,
                                 struct rq_error *err)
{
	RQ_CLEANUP(needed_release) struct needed needed = {0};

	*pruned = (struct rq_pruned){0};
	return prune(pruned, &needed, vault, retention, arena, err);
}
