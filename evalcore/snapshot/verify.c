/* Every byte of snapshots: each chunk that they name, once. */
#include "evalcore/snapshot/drill.h"
#include "evalcore/snapshot/packs.h"
#include "evalcore/snapshot/snapshot.h"

#include "evalcore/base/file.h"
#include "evalcore/base/page_cache.h"
#include "evalcore/base/system.h"

#include <stdlib.h>
#include <string.h>

enum { THREADS = 2, BATCH = RQ_DIRECT_ROOM };

/* A chunk that is looked at. */
struct entry {
	struct rq_manifest_chunk chunk;
	const struct rq_place *place; /* NULL: nowhere */
	bool first; /* of a batch */
	const char *reason; /* NULL: it is whole */
};

struct verifying {
	const struct rq_vault *vault;
	struct rq_packs packs;
	struct entry *entries; /* each once, as they are in the packs */
	size_t count, capacity;
	size_t most; /* bytes of the largest */
	struct rq_arena *arenas; /* a thread's own, for reasons */
	struct rq_progress *progress;
	atomic_size_t next;
	struct rq_error err[THREADS];
};

static enum rq_status add_damage(struct rq_checked *checked, const char *snapshot, const char *file, const char *reason, struct rq_arena *arena,
                                 struct rq_error *err)
{
	const struct rq_damage damage = {snapshot, file == NULL ? NULL : rq_arena_strdup(arena, file), rq_arena_strdup(arena, reason)};
	struct rq_damage *damages = rq_arena_alloc(arena, checked->count + 1, sizeof *damages);

	if (damages == NULL || damage.reason == NULL || (file != NULL && damage.file == NULL))
		return rq_fail_memory(err);
	if (checked->count > 0)
		memcpy(damages, checked->damages, checked->count * sizeof *damages);
	damages[checked->count++] = damage;
	checked->damages = damages;
	return RQ_OK;
}

static int by_digest(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->chunk.sha256, ((const struct entry *)b)->chunk.sha256);
}

/* A manifest that cannot be read is a damage, and its chunks cannot be told. */
static enum rq_status add_chunks(bool *readable, struct rq_checked *checked, struct verifying *verifying, const char *seal, struct rq_arena *arena,
                                 struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};
	struct rq_error why = {0};
	const char *path = rq_path_join(arena, rq_vault_folder(verifying->vault, seal, arena), RQ_MANIFEST_FILE);

	if (path == NULL)
		return rq_fail_memory(err);
	rq_pages_drop_of(path);
	enum rq_status status = rq_vault_read(&manifest, verifying->vault, seal, &why);

	*readable = status == RQ_OK;
	if (status == RQ_E_NOMEM)
		return rq_fail_memory(err);
	if (status != RQ_OK)
		return add_damage(checked, seal, NULL, why.text, arena, err);
	for (size_t i = 0; i < manifest.file_count; i++)
		for (size_t j = 0; j < manifest.files[i].chunk_count; j++) {
			if (!RQ_RESERVE(verifying->entries, verifying->capacity, verifying->count + 1))
				return rq_fail_memory(err);
			verifying->entries[verifying->count++] = (struct entry){.chunk = manifest.files[i].chunks[j]};
		}
	return RQ_OK;
}

static void remove_repeats(struct rq_checked *checked, struct verifying *verifying)
{
	size_t kept = 0;

	if (verifying->count > 0)
		qsort(verifying->entries, verifying->count, sizeof *verifying->entries, by_digest);
	for (size_t i = 0; i < verifying->count; i++) {
		if (kept > 0 && by_digest(&verifying->entries[kept - 1], &verifying->entries[i]) == 0)
			continue;
		verifying->entries[kept++] = verifying->entries[i];
		checked->bytes += verifying->entries[i].chunk.bytes;
		if (verifying->entries[i].chunk.bytes > verifying->most)
			verifying->most = verifying->entries[i].chunk.bytes;
	}
	checked->chunks = verifying->count = kept;
}

static int by_place(const void *a, const void *b)
{
	const struct rq_place *first = ((const struct entry *)a)->place, *second = ((const struct entry *)b)->place;

	if (first == NULL || second == NULL)
		return (first != NULL) - (second != NULL);
	return first->pack != second->pack ? (first->pack > second->pack) - (first->pack < second->pack)
	                                   : (first->offset > second->offset) - (first->offset < second->offset);
}

/* A read is of chunks that follow each other in a pack, as many as go into a batch. */
static void choose_batches(struct verifying *verifying)
{
	size_t bytes = 0;

	for (size_t i = 0; i < verifying->count; i++)
		verifying->entries[i].place = rq_packs_find(&verifying->packs, &verifying->entries[i].chunk);
	if (verifying->count > 0)
		qsort(verifying->entries, verifying->count, sizeof *verifying->entries, by_place);
	for (size_t i = 0; i < verifying->count; i++) {
		struct entry *entry = &verifying->entries[i];
		bytes += entry->chunk.bytes;
		entry->first = i == 0 || entry->place == NULL || entry[-1].place == NULL ||
		               !rq_place_follows(entry->place, entry[-1].place) || bytes > BATCH;
		bytes = entry->first ? entry->chunk.bytes : bytes;
	}
}

/* A thread's own. */
struct verifier {
	struct rq_direct_reader reader;
	unsigned char *data; /* of a batch */
	struct rq_arena *arena;
};

/* Where a chunk is not what it should be, each of its places is looked at. */
static enum rq_status look_at(struct verifying *verifying, struct entry *entry, unsigned char *data, bool read,
                              struct rq_arena *arena, struct rq_error *err)
{
	struct rq_error why = {0};
	char sha256[RQ_SHA256_HEX];

	if (read)
		RQ_TRY(rq_sha256(sha256, data, entry->chunk.bytes, err));
	if (read && strcmp(sha256, entry->chunk.sha256) == 0)
		return RQ_OK;
	enum rq_status status = rq_chunk_read(data, &verifying->packs, &entry->chunk, &why);
	if (status == RQ_OK)
		return RQ_OK;
	if (status != RQ_E_DATA && status != RQ_E_IO) /* what the disk refuses to give is damaged, too */
		return rq_fail(err, status, "%s", why.text);
	entry->reason = rq_arena_strdup(arena, why.text);
	return entry->reason == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status look_at_batch(struct verifying *verifying, struct entry *entries, size_t count,
                                    struct verifier *verifier, struct rq_error *err)
{
	struct rq_error ignored = {0};
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += entries[i].chunk.bytes;
	bool read = entries->place != NULL && rq_places_read(verifier->data, &verifier->reader, &verifying->packs,
	                                                     entries->place, bytes, &ignored) == RQ_OK;
	for (size_t i = 0, at = 0; i < count; at += entries[i++].chunk.bytes)
		RQ_TRY(look_at(verifying, &entries[i], verifier->data + at, read, verifier->arena, err));
	rq_progress_add(verifying->progress, bytes);
	return rq_cancel_check(err);
}

static size_t batch_length(const struct verifying *verifying, size_t first)
{
	size_t end = first + 1;

	while (end < verifying->count && !verifying->entries[end].first)
		end++;
	return end - first;
}

static void work(void *context, size_t worker)
{
	struct verifying *verifying = context;
	struct rq_error *err = &verifying->err[worker];
	struct verifier verifier = {.data = malloc((verifying->most < BATCH ? BATCH : verifying->most) + 1),
	                            .arena = &verifying->arenas[worker]};

	if (verifier.data == NULL)
		(void)rq_fail_memory(err);
	for (size_t i; err->status == RQ_OK && (i = atomic_fetch_add(&verifying->next, 1)) < verifying->count;)
		if (verifying->entries[i].first)
			(void)look_at_batch(verifying, &verifying->entries[i], batch_length(verifying, i), &verifier, err);
	rq_direct_reader_release(&verifier.reader);
	free(verifier.data);
}

static bool any_fault(const struct verifying *verifying)
{
	for (size_t i = 0; i < verifying->count; i++)
		if (verifying->entries[i].reason != NULL)
			return true;
	return false;
}

static enum rq_status read_all(struct rq_checked *checked, struct verifying *verifying, struct rq_error *err)
{
	remove_repeats(checked, verifying);
	choose_batches(verifying);
	rq_work_together(THREADS, work, verifying);
	for (size_t i = 0; i < THREADS; i++)
		if (verifying->err[i].status != RQ_OK) {
			*err = verifying->err[i];
			return err->status;
		}
	if (any_fault(verifying) && verifying->packs.denied != NULL)
		return rq_fail(err, RQ_E_IO, "%s; whether snapshots are whole cannot be told without it", verifying->packs.denied);
	if (verifying->count > 0)
		qsort(verifying->entries, verifying->count, sizeof *verifying->entries, by_digest);
	return RQ_OK;
}

static const char *first_fault(const struct verifying *verifying, const struct rq_manifest_file *file)
{
	for (size_t i = 0; i < file->chunk_count; i++) {
		const struct entry key = {.chunk = file->chunks[i]};
		const struct entry *entry = bsearch(&key, verifying->entries, verifying->count, sizeof key, by_digest);
		if (entry != NULL && entry->reason != NULL)
			return entry->reason;
	}
	return NULL;
}

static enum rq_status add_faults(struct rq_checked *checked, const struct verifying *verifying, const char *seal, struct rq_arena *arena,
                                 struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};

	RQ_TRY(rq_vault_read(&manifest, verifying->vault, seal, err));
	for (size_t i = 0; i < manifest.file_count; i++) {
		const char *fault = first_fault(verifying, &manifest.files[i]);
		if (fault != NULL)
			RQ_TRY(add_damage(checked, seal, manifest.files[i].name, fault, arena, err));
	}
	return RQ_OK;
}

/* What is kept beside the snapshots: the log, and records of drills. */
static enum rq_status check_records(struct rq_checked *checked, const struct rq_vault *vault, const char *const *seals, size_t count,
                                    struct rq_arena *arena, struct rq_error *err)
{
	char current[RQ_SHA256_HEX], previous[RQ_SHA256_HEX];
	struct rq_error why = {0};
	struct rq_drill drill;
	bool found;

	enum rq_status status = rq_vault_current(current, previous, vault, &why);
	if (status != RQ_OK)
		RQ_TRY(status == RQ_E_DATA || status == RQ_E_IO ? add_damage(checked, NULL, "switches", why.text, arena, err) : rq_fail(err, status, "%s", why.text));
	for (size_t i = 0; i < count; i++) {
		status = rq_drill_last(&drill, &found, vault, seals[i], arena, &why);
		if (status != RQ_OK)
			RQ_TRY(status == RQ_E_DATA || status == RQ_E_IO ? add_damage(checked, seals[i], "drill", why.text, arena, err)
			                                                : rq_fail(err, status, "%s", why.text));
	}
	return RQ_OK;
}

static enum rq_status verify(struct rq_checked *checked, struct verifying *verifying, const char *const *seals, size_t count, struct rq_arena *arena,
                             struct rq_error *err)
{
	bool *readable = rq_arena_alloc(arena, count + 1, sizeof *readable);

	if (readable == NULL)
		return rq_fail_memory(err);
	RQ_TRY(check_records(checked, verifying->vault, seals, count, arena, err));
	RQ_TRY(rq_packs_open(&verifying->packs, verifying->vault->packs, err));
	for (size_t i = 0; i < count; i++)
		RQ_TRY(add_chunks(&readable[i], checked, verifying, seals[i], arena, err));
	RQ_TRY(read_all(checked, verifying, err));
	for (size_t i = 0; any_fault(verifying) && i < count; i++)
		if (readable[i])
			RQ_TRY(add_faults(checked, verifying, seals[i], arena, err));
	return RQ_OK;
}

enum rq_status rq_snapshot_verify(struct rq_checked *checked, const struct rq_vault *vault, const char *const *seals, size_t count,
                                  struct rq_progress *progress, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_arena arenas[THREADS] = {0};
	struct verifying verifying = {.vault = vault, .packs.on_disk = true, .arenas = arenas, .progress = progress};
	uint64_t started = rq_clock_ns();

	*checked = (struct rq_checked){.snapshots = count};
	enum rq_status status = verify(checked, &verifying, seals, count, arena, err);
	for (size_t i = 0; i < THREADS; i++)
		rq_arena_release(&arenas[i]);
	free(verifying.entries);
	rq_packs_close(&verifying.packs);
	checked->seconds = (double)(rq_clock_ns() - started) * 1e-9;
	return status;
}

enum rq_status rq_snapshot_look(const struct rq_manifest *manifest, const struct rq_vault *vault, struct rq_error *err)
{
	RQ_CLEANUP(rq_packs_close) struct rq_packs packs = {0};

	RQ_TRY(rq_packs_open(&packs, vault->packs, err));
	for (size_t i = 0; i < manifest->file_count; i++)
		for (size_t j = 0; j < manifest->files[i].chunk_count; j++)
			RQ_TRY(rq_chunk_look(&packs, &manifest->files[i].chunks[j], err));
	return RQ_OK;
}
