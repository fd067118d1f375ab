/* Files to chunks: read and cut, each chunk digested, then kept in the order of their bytes. */
#include "evalcore/snapshot/chunks.h"
#include "evalcore/snapshot/cut.h"
#include "evalcore/snapshot/snapshot.h"
#include "evalcore/snapshot/stream.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW = 4 << 20 };

struct filing {
	int fd;
	const char *path;
	struct rq_cutter cutter;
	size_t room; /* of a window */
	struct rq_chunks *store;
	struct rq_manifest_chunk *chunks;
	size_t count, capacity;
	uint64_t bytes;
};

static void filing_release(struct filing *filing)
{
	if (filing->fd >= 0)
		close(filing->fd);
	free(filing->chunks);
}

static enum rq_status fill(void *context, struct rq_window *window, const struct rq_window *before, struct rq_error *err)
{
	struct filing *filing = context;
	size_t got = before == NULL ? 0 : before->rest;

	if (got > 0)
		memcpy(window->data, before->data + before->size, got);
	while (got < filing->room && !window->last) {
		ssize_t now = read(filing->fd, window->data + got, filing->room - got);
		if (now < 0 && errno != EINTR)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", filing->path, strerror(errno));
		window->last = now == 0;
		got += now > 0 ? (size_t)now : 0;
	}
	while (window->size < got && (window->last || got - window->size >= filing->cutter.most)) {
		const struct rq_manifest_chunk chunk = {.bytes = (uint32_t)rq_cut(&filing->cutter, window->data + window->size, got - window->size)};
		RQ_TRY(rq_window_add(window, &chunk, err));
	}
	window->rest = got - window->size;
	return RQ_OK;
}

static enum rq_status digest(void *context, const struct rq_window *window, struct rq_piece *piece, struct rq_error *err)
{
	(void)context;
	return rq_sha256(piece->chunk.sha256, window->data + piece->start, piece->chunk.bytes, err);
}

static enum rq_status keep(void *context, const struct rq_window *window, struct rq_error *err)
{
	struct filing *filing = context;

	if (!RQ_RESERVE(filing->chunks, filing->capacity, filing->count + window->count))
		return rq_fail_memory(err);
	for (size_t i = 0; i < window->count; i++) {
		filing->chunks[filing->count++] = window->pieces[i].chunk;
		RQ_TRY(rq_chunks_put(filing->store, &window->pieces[i].chunk, window->data + window->pieces[i].start, err));
	}
	filing->bytes += window->size;
	return RQ_OK;
}

static enum rq_status keep_file(struct rq_manifest *manifest, struct rq_chunks *store, const struct rq_snapshot_file *source, size_t before,
                                struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(filing_release) struct filing filing = {.fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), .path = source->path, .store = store};
	struct stat opened;
	struct rq_manifest_file file = {.name = rq_arena_strdup(&manifest->arena, source->name)};

	if (filing.fd < 0 || fstat(filing.fd, &opened) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", source->path, strerror(errno));
	if (!S_ISREG(opened.st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": not a regular file; a snapshot is made of files", source->path);
	if (source->seen != NULL)
		RQ_TRY(rq_file_check_unchanged(filing.fd, source->seen, source->path, err));
	file.average = rq_cut_average((uint64_t)opened.st_size, before);
	rq_cutter_init(&filing.cutter, file.average);
	filing.room = WINDOW + filing.cutter.most;
	const struct rq_stream_job job = {&filing, fill, digest, keep};
	RQ_TRY(rq_stream(file.sha256, &job, filing.room, progress, err));
	file.bytes = filing.bytes;
	RQ_TRY(rq_file_check_unchanged(filing.fd, &opened, source->path, err));
	struct rq_manifest_chunk *chunks = rq_arena_alloc(&manifest->arena, filing.count + 1, sizeof *chunks);
	if (file.name == NULL || chunks == NULL)
		return rq_fail_memory(err);
	if (filing.count > 0)
		memcpy(chunks, filing.chunks, filing.count * sizeof *chunks);
	file.chunks = chunks;
	file.chunk_count = filing.count;
	return rq_manifest_put_file(manifest, &file, err);
}

/* ---- the snapshot ---- */

/* Who names a batch wants to find it again. */
static bool is_of_another_batch(const struct rq_manifest *manifest, const struct rq_manifest *current)
{
	return manifest->batch != NULL && (current->batch == NULL || strcmp(current->batch, manifest->batch) != 0);
}

enum rq_status rq_snapshot_seal(bool *made, struct rq_manifest *manifest, const struct rq_vault *vault, const struct rq_manifest *current,
                                struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_folder_release) struct rq_folder place = {0};
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest written = {0};
	const char *path = rq_vault_folder(vault, RQ_SNAPSHOT_KIND, &arena);
	bool there;

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_folder_open(&place, path, err));
	RQ_TRY(rq_manifest_write(manifest, place.temporary, err));
	RQ_TRY(rq_manifest_read(&written, place.temporary, RQ_SNAPSHOT_KIND, err));
	*made = current == NULL || strcmp(current->content, manifest->content) != 0 || is_of_another_batch(manifest, current);
	if (!*made)
		memcpy(manifest->sha256, current->sha256, RQ_SHA256_HEX);
	if (!*made)
		return RQ_OK;
	RQ_TRY(rq_vault_has(&there, vault, manifest->sha256, err));
	*made = !there; /* or made in the same second of the same files, or imported again */
	if (!*made)
		return RQ_OK;
	RQ_TRY(rq_folder_rename(&place, manifest->sha256, err));
	return rq_folder_commit(&place, err);
}

/* The current snapshot, where it can be read: for its averages, and whether it holds the same. Which one it is must be known. */
static enum rq_status read_current(bool *found, struct rq_manifest *current, const struct rq_vault *vault, struct rq_error *err)
{
	char sha256[RQ_SHA256_HEX], previous[RQ_SHA256_HEX];
	struct rq_error ignored = {0};

	RQ_TRY(rq_vault_current(sha256, previous, vault, err));
	*found = sha256[0] != '\0' && rq_vault_read(current, vault, sha256, &ignored) == RQ_OK;
	return RQ_OK;
}

static enum rq_status keep_files(struct rq_created *created, struct rq_manifest *manifest, struct rq_chunks *chunks, const struct rq_manifest *current,
                                 const struct rq_snapshot_file *files, size_t count, struct rq_progress *progress, struct rq_error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct rq_manifest_file *before = rq_manifest_file(current, files[i].name);
		RQ_TRY(keep_file(manifest, chunks, &files[i], before == NULL ? 0 : before->average, progress, err));
		created->bytes += manifest->files[manifest->file_count - 1].bytes;
		created->chunks += manifest->files[manifest->file_count - 1].chunk_count;
	}
	created->added = chunks->added;
	created->added_bytes = chunks->added_bytes;
	return rq_chunks_commit(chunks, err);
}

enum rq_status rq_snapshot_create(struct rq_created *created, struct rq_manifest *manifest, const struct rq_vault *vault,
                                  const struct rq_snapshot_file *files, size_t count, struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest current = {0};
	RQ_CLEANUP(rq_packs_close) struct rq_packs packs = {.on_disk = true};
	RQ_CLEANUP(rq_chunks_release) struct rq_chunks chunks = {0};
	uint64_t started = rq_clock_ns();
	bool has_current = false;

	*created = (struct rq_created){0};
	rq_folder_clean(vault->path);
	rq_folder_clean(vault->snapshots);
	RQ_TRY(read_current(&has_current, &current, vault, err));
	RQ_TRY(rq_packs_open(&packs, vault->packs, err));
	RQ_TRY(rq_chunks_open(&chunks, &packs, err));
	RQ_TRY(keep_files(created, manifest, &chunks, &current, files, count, progress, err));
	RQ_TRY(rq_snapshot_seal(&created->made, manifest, vault, has_current ? &current : NULL, err));
	RQ_TRY(rq_vault_switch(vault, manifest->sha256, manifest->created, err));
	created->seconds = (double)(rq_clock_ns() - started) * 1e-9;
	return RQ_OK;
}
