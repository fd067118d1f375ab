/* Files to chunks. A file is read in windows; while one is digested, cut and kept, the next is read. Two threads take what there is to do: read and cut
 * the next window, digest the whole file, digest and keep each chunk. */
#include "evalcore/snapshot/chunks.h"
#include "evalcore/snapshot/cut.h"
#include "evalcore/snapshot/snapshot.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 2, WINDOW = 12 << 20, READ_AHEAD_TASK = 0, DIGEST_TASK = 1, FIRST_CHUNK_TASK = 2 };

struct window {
	unsigned char *data;
	size_t size, cut; /* bytes in it; of those in chunks, the rest belongs to the next one */
	size_t *ends;     /* of the chunks */
	size_t count, capacity;
	bool last;
};

struct filing {
	int fd;
	const char *path;
	struct rq_cutter cutter;
	struct window windows[2];
	size_t now; /* which one is at work */
	size_t room; /* of each */
	struct rq_sha256 whole;
	struct rq_chunks *store;
	struct rq_manifest_chunk *chunks;
	size_t count, capacity; /* of those before this window */
	unsigned char *scratch[THREADS];
	struct rq_error err[THREADS];
	atomic_size_t next;
	atomic_bool failed;
};

static void filing_release(struct filing *filing)
{
	if (filing->fd >= 0)
		close(filing->fd);
	for (size_t i = 0; i < 2; i++) {
		free(filing->windows[i].data);
		free(filing->windows[i].ends);
		free(filing->scratch[i]);
	}
	free(filing->chunks);
}

static enum rq_status fill(struct filing *filing, struct window *window, const struct window *before, struct rq_error *err)
{
	size_t rest = before == NULL ? 0 : before->size - before->cut;

	if (rest > 0)
		memcpy(window->data, before->data + before->cut, rest);
	window->size = rest;
	window->last = false;
	while (window->size < filing->room && !window->last) {
		ssize_t got = read(filing->fd, window->data + window->size, filing->room - window->size);
		if (got < 0 && errno != EINTR)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", filing->path, strerror(errno));
		window->last = got == 0;
		window->size += got > 0 ? (size_t)got : 0;
	}
	window->cut = window->count = 0;
	while (window->cut < window->size && (window->last || window->size - window->cut >= filing->cutter.most)) {
		if (!RQ_RESERVE(window->ends, window->capacity, window->count + 1))
			return rq_fail_memory(err);
		window->cut += rq_cut(&filing->cutter, window->data + window->cut, window->size - window->cut);
		window->ends[window->count++] = window->cut;
	}
	return RQ_OK;
}

static enum rq_status keep_chunk(struct filing *filing, size_t number, void *scratch, struct rq_error *err)
{
	const struct window *window = &filing->windows[filing->now];
	size_t start = number == 0 ? 0 : window->ends[number - 1], size = window->ends[number] - start;
	struct rq_manifest_chunk *chunk = &filing->chunks[filing->count + number];

	chunk->bytes = (uint32_t)size;
	RQ_TRY(rq_sha256(chunk->sha256, window->data + start, size, err));
	return rq_chunks_put(filing->store, chunk, window->data + start, scratch, err);
}

static enum rq_status do_task(struct filing *filing, size_t task, void *scratch, struct rq_error *err)
{
	struct window *window = &filing->windows[filing->now];

	if (task == READ_AHEAD_TASK)
		return window->last ? RQ_OK : fill(filing, &filing->windows[1 - filing->now], window, err);
	if (task == DIGEST_TASK) {
		rq_sha256_add(&filing->whole, window->data, window->cut);
		return RQ_OK;
	}
	return keep_chunk(filing, task - FIRST_CHUNK_TASK, scratch, err);
}

static void work(void *context, size_t worker)
{
	struct filing *filing = context;
	size_t tasks = FIRST_CHUNK_TASK + filing->windows[filing->now].count;

	for (size_t task; !filing->failed && (task = atomic_fetch_add(&filing->next, 1)) < tasks;)
		if (do_task(filing, task, filing->scratch[worker], &filing->err[worker]) != RQ_OK)
			filing->failed = true;
}

static enum rq_status file_window(struct filing *filing, struct rq_error *err)
{
	struct window *window = &filing->windows[filing->now];

	RQ_TRY(rq_cancel_check(err));
	if (!RQ_RESERVE(filing->chunks, filing->capacity, filing->count + window->count))
		return rq_fail_memory(err);
	filing->next = 0;
	rq_work_together(THREADS, work, filing);
	for (size_t i = 0; i < THREADS; i++)
		if (filing->err[i].status != RQ_OK) {
			if (err != NULL)
				*err = filing->err[i];
			return filing->err[i].status;
		}
	filing->count += window->count;
	return RQ_OK;
}

static enum rq_status take_memory(struct filing *filing, size_t average, struct rq_error *err)
{
	rq_cutter_init(&filing->cutter, average);
	filing->room = WINDOW + filing->cutter.most;
	for (size_t i = 0; i < THREADS; i++) {
		filing->scratch[i] = malloc(filing->cutter.most);
		filing->windows[i].data = malloc(filing->room);
		if (filing->scratch[i] == NULL || filing->windows[i].data == NULL)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

static enum rq_status file_windows(struct rq_manifest_file *file, struct filing *filing, struct rq_progress *progress, struct rq_error *err)
{
	rq_sha256_begin(&filing->whole);
	RQ_TRY(fill(filing, &filing->windows[0], NULL, err));
	for (bool last = false; !last; filing->now = 1 - filing->now) {
		last = filing->windows[filing->now].last;
		RQ_TRY(file_window(filing, err));
		file->bytes += filing->windows[filing->now].cut;
		rq_progress_add(progress, filing->windows[filing->now].cut);
	}
	return rq_sha256_end(file->sha256, &filing->whole, err);
}

static enum rq_status keep_file(struct rq_manifest *manifest, struct rq_chunks *store, const struct rq_snapshot_file *source, size_t before,
                                struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(filing_release) struct filing filing = {.fd = open(source->path, O_RDONLY | O_CLOEXEC), .path = source->path, .store = store};
	struct stat opened;
	struct rq_manifest_file file = {.name = rq_arena_strdup(&manifest->arena, source->name)};

	if (filing.fd < 0 || fstat(filing.fd, &opened) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", source->path, strerror(errno));
	if (!S_ISREG(opened.st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": not a regular file; a snapshot is made of files", source->path);
	file.average = rq_cut_average((uint64_t)opened.st_size, before);
	RQ_TRY(take_memory(&filing, file.average, err));
	RQ_TRY(file_windows(&file, &filing, progress, err));
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

enum rq_status rq_snapshot_seal(bool *made, struct rq_manifest *manifest, const struct rq_vault *vault, const struct rq_manifest *current,
                                struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_folder_release) struct rq_folder place = {0};
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest written = {0};
	const char *path = rq_vault_folder(vault, RQ_SNAPSHOT_KIND, &arena);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_folder_open(&place, path, err));
	RQ_TRY(rq_manifest_write(manifest, place.temporary, err));
	RQ_TRY(rq_manifest_read(&written, place.temporary, RQ_SNAPSHOT_KIND, err));
	*made = current == NULL || strcmp(current->content, manifest->content) != 0;
	if (!*made)
		memcpy(manifest->sha256, current->sha256, RQ_SHA256_HEX);
	*made = *made && !rq_vault_has(vault, manifest->sha256); /* made in the same second of the same files, or imported again */
	if (!*made)
		return RQ_OK;
	RQ_TRY(rq_folder_rename(&place, manifest->sha256, err));
	return rq_folder_commit(&place, err);
}

/* The current snapshot, where it can be read: for its averages, and whether it holds the same. */
static bool read_current(struct rq_manifest *current, const struct rq_vault *vault)
{
	char sha256[RQ_SHA256_HEX], previous[RQ_SHA256_HEX];
	struct rq_error ignored = {0};

	return rq_vault_current(sha256, previous, vault, &ignored) == RQ_OK && sha256[0] != '\0' &&
	       rq_vault_read(current, vault, sha256, &ignored) == RQ_OK;
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
	RQ_CLEANUP(rq_chunks_release) struct rq_chunks chunks = {0};
	uint64_t started = rq_clock_ns();

	*created = (struct rq_created){0};
	rq_folder_clean(vault->path);
	rq_folder_clean(vault->snapshots);
	bool has_current = read_current(&current, vault);
	RQ_TRY(rq_chunks_open(&chunks, vault->chunks, vault->path, err));
	RQ_TRY(keep_files(created, manifest, &chunks, &current, files, count, progress, err));
	RQ_TRY(rq_snapshot_seal(&created->made, manifest, vault, has_current ? &current : NULL, err));
	RQ_TRY(rq_vault_switch(vault, manifest->sha256, manifest->created, err));
	created->seconds = (double)(rq_clock_ns() - started) * 1e-9;
	return RQ_OK;
}
