/* Chunks to files, and the link that says which of them are in use. */
#include "evalcore/snapshot/chunks.h"
#include "evalcore/snapshot/snapshot.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { THREADS = 2, NAME_LENGTH = 16, NAMES_MOST = 1000 };

/* One file on its way: the threads take its chunks in turn. */
struct unpacking {
	const struct rq_manifest_file *file;
	const char *chunks; /* the vault's folder; NULL: what is there is checked, nothing written */
	const char *path;
	int fd;
	uint64_t *offsets; /* of the chunks */
	size_t most;       /* bytes of the largest */
	struct rq_progress *progress;
	atomic_size_t next;
	atomic_bool failed;
	struct rq_error err[THREADS];
};

static enum rq_status write_at(int fd, const char *data, size_t size, uint64_t offset, const char *path, struct rq_error *err)
{
	while (size > 0) {
		ssize_t wrote = pwrite(fd, data, size, (off_t)offset);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(errno));
		data += wrote;
		size -= (size_t)wrote;
		offset += (uint64_t)wrote;
	}
	return RQ_OK;
}

static enum rq_status check_at(const struct unpacking *unpacking, size_t number, void *scratch, struct rq_error *err)
{
	const struct rq_manifest_chunk *chunk = &unpacking->file->chunks[number];
	char sha256[RQ_SHA256_HEX];
	ssize_t got = 0;

	for (size_t done = 0; done < chunk->bytes; done += (size_t)got) {
		got = pread(unpacking->fd, (char *)scratch + done, chunk->bytes - done, (off_t)(unpacking->offsets[number] + done));
		if (got < 0 && errno != EINTR)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", unpacking->path, strerror(errno));
		if (got == 0)
			return rq_fail(err, RQ_E_DATA, "%s: ends before its %" PRIu64 " bytes", unpacking->path, unpacking->file->bytes);
		got = got < 0 ? 0 : got;
	}
	RQ_TRY(rq_sha256(sha256, scratch, chunk->bytes, err));
	if (strcmp(sha256, chunk->sha256) != 0)
		return rq_fail(err, RQ_E_DATA, "%s: has other bytes than its manifest says", unpacking->path);
	return RQ_OK;
}

static enum rq_status take_chunk(struct unpacking *unpacking, size_t number, void *scratch, struct rq_error *err)
{
	const struct rq_manifest_chunk *chunk = &unpacking->file->chunks[number];

	RQ_TRY(rq_cancel_check(err));
	if (unpacking->chunks == NULL)
		return check_at(unpacking, number, scratch, err);
	RQ_TRY(rq_chunk_read(scratch, unpacking->chunks, chunk, err));
	return write_at(unpacking->fd, scratch, chunk->bytes, unpacking->offsets[number], unpacking->path, err);
}

static void work(void *context, size_t worker)
{
	struct unpacking *unpacking = context;
	struct rq_error *err = &unpacking->err[worker];
	RQ_CLEANUP(rq_free_pointer) void *scratch = malloc(unpacking->most + 1);

	if (scratch == NULL)
		unpacking->failed = rq_fail_memory(err) != RQ_OK;
	for (size_t i; !unpacking->failed && (i = atomic_fetch_add(&unpacking->next, 1)) < unpacking->file->chunk_count;) {
		if (take_chunk(unpacking, i, scratch, err) != RQ_OK)
			unpacking->failed = true;
		rq_progress_add(unpacking->progress, unpacking->file->chunks[i].bytes);
	}
}

static enum rq_status work_on(struct unpacking *unpacking, struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_manifest_file *file = unpacking->file;
	uint64_t offset = 0;

	unpacking->offsets = rq_arena_alloc(arena, file->chunk_count + 1, sizeof *unpacking->offsets);
	if (unpacking->offsets == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < file->chunk_count; i++) {
		unpacking->offsets[i] = offset;
		offset += file->chunks[i].bytes;
		if (file->chunks[i].bytes > unpacking->most)
			unpacking->most = file->chunks[i].bytes;
	}
	rq_work_together(THREADS, work, unpacking);
	for (size_t i = 0; i < THREADS; i++)
		if (unpacking->err[i].status != RQ_OK) {
			*err = unpacking->err[i];
			return err->status;
		}
	return RQ_OK;
}

static enum rq_status unpack_file(const struct rq_manifest_file *file, const struct rq_vault *vault, const char *folder, struct rq_progress *progress,
                                  struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct unpacking unpacking = {.file = file, .chunks = vault->chunks, .path = rq_path_join(&arena, folder, file->name), .progress = progress};

	if (unpacking.path == NULL)
		return rq_fail_memory(err);
	unpacking.fd = open(unpacking.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (unpacking.fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", unpacking.path, strerror(errno));
	enum rq_status status = work_on(&unpacking, &arena, err);
	if (status == RQ_OK && fsync(unpacking.fd) != 0)
		status = rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", unpacking.path, strerror(errno));
	close(unpacking.fd);
	return status;
}

static enum rq_status copy_manifest(const struct rq_manifest *manifest, const struct rq_vault *vault, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *from = rq_path_join(&arena, rq_vault_folder(vault, manifest->sha256, &arena), RQ_MANIFEST_FILE);
	const char *to = rq_path_join(&arena, folder, RQ_MANIFEST_FILE);

	if (from == NULL || to == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_read(&text, from, err));
	return rq_file_write(to, text.data, text.size, err);
}

/* What will not fit is told before hours of copying. */
static enum rq_status check_room(const struct rq_manifest *manifest, const char *folder, struct rq_error *err)
{
	struct statvfs disk;
	uint64_t bytes = 0;
	char needed[16], left[16];

	for (size_t i = 0; i < manifest->file_count; i++)
		bytes += manifest->files[i].bytes;
	if (statvfs(folder, &disk) != 0 || disk.f_blocks == 0 || (uint64_t)disk.f_bavail * disk.f_frsize >= bytes)
		return RQ_OK;
	return rq_fail(err, RQ_E_IO, "\"%s\": the snapshot has %s, and %s are free there; free some, or restore to another disk", folder,
	               rq_show_size(needed, bytes), rq_show_size(left, (uint64_t)disk.f_bavail * disk.f_frsize));
}

enum rq_status rq_snapshot_unpack(const struct rq_manifest *manifest, const struct rq_vault *vault, const char *folder, struct rq_progress *progress,
                                  struct rq_error *err)
{
	RQ_TRY(check_room(manifest, folder, err));
	for (size_t i = 0; i < manifest->file_count; i++)
		RQ_TRY(unpack_file(&manifest->files[i], vault, folder, progress, err));
	return copy_manifest(manifest, vault, folder, err);
}

static enum rq_status check_file(const struct rq_manifest_file *file, const char *folder, struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct unpacking unpacking = {.file = file, .path = rq_path_join(&arena, folder, file->name), .progress = progress};
	uint64_t bytes;

	if (unpacking.path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_size(&bytes, unpacking.path, err));
	if (bytes != file->bytes)
		return rq_fail(err, RQ_E_DATA, "%s: has %" PRIu64 " bytes, and %" PRIu64 " by its manifest", unpacking.path, bytes, file->bytes);
	unpacking.fd = open(unpacking.path, O_RDONLY | O_CLOEXEC);
	if (unpacking.fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", unpacking.path, strerror(errno));
	enum rq_status status = work_on(&unpacking, &arena, err);
	close(unpacking.fd);
	return status;
}

enum rq_status rq_snapshot_check_folder(const struct rq_manifest *manifest, const char *folder, struct rq_progress *progress, struct rq_error *err)
{
	for (size_t i = 0; i < manifest->file_count; i++)
		RQ_TRY(check_file(&manifest->files[i], folder, progress, err));
	return RQ_OK;
}

/* ---- and the link ---- */

/* Whether the folder holds the snapshot, whole: it is not copied twice. */
static bool is_whole(const struct rq_manifest *manifest, const char *folder, struct rq_progress *progress)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest there = {0};
	struct rq_error ignored = {0};

	return rq_manifest_read(&there, folder, RQ_SNAPSHOT_KIND, &ignored) == RQ_OK && strcmp(there.sha256, manifest->sha256) == 0 &&
	       rq_snapshot_check_folder(manifest, folder, progress, &ignored) == RQ_OK;
}

/* SEAL, or where that is there and damaged SEAL-2, SEAL-3 ...: what may be in use is left alone. */
static enum rq_status choose_folder(struct rq_restored *restored, const char **name, const struct rq_manifest *manifest, const char *to,
                                    struct rq_progress *progress, struct rq_arena *arena, struct rq_error *err)
{
	for (unsigned number = 1; number < NAMES_MOST; number++) {
		*name = number == 1 ? rq_arena_strndup(arena, manifest->sha256, NAME_LENGTH)
		                    : rq_arena_printf(arena, "%.*s-%u", (int)NAME_LENGTH, manifest->sha256, number);
		restored->folder = rq_path_join(arena, to, *name);
		if (restored->folder == NULL)
			return rq_fail_memory(err);
		if (!rq_file_exists(restored->folder))
			return RQ_OK;
		restored->was_there = is_whole(manifest, restored->folder, progress);
		if (restored->was_there)
			return RQ_OK;
		RQ_TRY(rq_cancel_check(err));
	}
	return rq_fail(err, RQ_E_USAGE, "\"%s\": is full of damaged folders of this snapshot; remove them", to);
}

static enum rq_status point(const char *to, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *link = rq_path_join(&arena, to, RQ_CURRENT_LINK), *aside = rq_arena_printf(&arena, "%s.%ld", link == NULL ? "" : link, (long)getpid());
	struct stat info;

	if (link == NULL || aside == NULL)
		return rq_fail_memory(err);
	if (lstat(link, &info) == 0 && !S_ISLNK(info.st_mode))
		return rq_fail(err, RQ_E_USAGE, "\"%s\": is there and no link; rename it, or choose another folder", link);
	unlink(aside); /* of a process of this number that was killed */
	if (symlink(name, aside) != 0 || rename(aside, link) != 0) {
		enum rq_status status = rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", link, strerror(errno));
		unlink(aside);
		return status;
	}
	int fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd); /* should this fail, a power failure may yet take back the switch, and nothing else */
		close(fd);
	}
	return RQ_OK;
}

static enum rq_status copy(const struct rq_manifest *manifest, const struct rq_vault *vault, const char *folder, struct rq_progress *progress,
                           struct rq_error *err)
{
	RQ_CLEANUP(rq_folder_release) struct rq_folder place = {0};

	RQ_TRY(rq_folder_open(&place, folder, err));
	RQ_TRY(rq_snapshot_unpack(manifest, vault, place.temporary, progress, err));
	return rq_folder_commit(&place, err);
}

enum rq_status rq_snapshot_restore(struct rq_restored *restored, const struct rq_vault *vault, const char *sha256, const char *to,
                                   struct rq_progress *progress, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};
	uint64_t started = rq_clock_ns();
	const char *name = NULL;

	*restored = (struct rq_restored){0};
	RQ_TRY(rq_vault_read(&manifest, vault, sha256, err));
	rq_folder_clean(to);
	RQ_TRY(choose_folder(restored, &name, &manifest, to, progress, arena, err));
	if (!restored->was_there)
		RQ_TRY(copy(&manifest, vault, restored->folder, progress, err));
	RQ_TRY(point(to, name, err));
	for (size_t i = 0; i < manifest.file_count; i++)
		restored->bytes += manifest.files[i].bytes;
	restored->seconds = (double)(rq_clock_ns() - started) * 1e-9;
	return RQ_OK;
}
