/* Chunks to files, and the link that says which of them are in use. */
#include "evalcore/snapshot/packs.h"
#include "evalcore/snapshot/snapshot.h"
#include "evalcore/snapshot/stream.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define RESTORE_LOCK ".lock"

enum { WINDOW = 4 << 20, NAME_LENGTH = 16, NAMES_MOST = 1000 };

/* One file on its way. */
struct unpacking {
	const struct rq_manifest_file *file;
	struct rq_packs *packs;
	const char *path;
	int fd; /* -1: it is not written */
	bool unread;   /* a chunk that comes next could not be had where it was looked for */
	bool doubtful; /* that, or the file had another digest: which chunk is it? */
	struct rq_direct_reader reader;
	struct rq_direct_writer writer;
};

/* Chunks from *next on that follow each other in a pack are one read; where they are is what an index says, and the digest
 * of the file finds out. */
static enum rq_status read_run(struct unpacking *unpacking, const struct rq_window *window, size_t *next,
                               struct rq_error *err)
{
	const struct rq_piece *pieces = window->pieces, *piece = &pieces[*next];
	unsigned char *data = window->data + piece->start;
	const struct rq_place *first = rq_packs_find(unpacking->packs, &piece->chunk), *last = first;
	size_t bytes = piece->chunk.bytes;

	if (first == NULL)
		return rq_chunk_look(unpacking->packs, &piece->chunk, err);
	while (++*next < window->count) {
		const struct rq_place *place = rq_packs_find(unpacking->packs, &pieces[*next].chunk);
		if (place == NULL || !rq_place_follows(place, last))
			break;
		bytes += place->bytes;
		last = place;
	}
	return rq_places_read(data, &unpacking->reader, unpacking->packs, first, bytes, err);
}

static enum rq_status read_runs(struct unpacking *unpacking, const struct rq_window *window, struct rq_error *err)
{
	for (size_t i = 0; i < window->count;) {
		enum rq_status status = read_run(unpacking, window, &i, err);
		unpacking->unread = status == RQ_E_DATA || status == RQ_E_IO;
		RQ_TRY(status);
	}
	return RQ_OK;
}

/* The chunks that come next: as many as there is room for. */
static enum rq_status fill(void *context, struct rq_window *window, const struct rq_window *before,
                           struct rq_error *err)
{
	struct unpacking *unpacking = context;
	const struct rq_manifest_file *file = unpacking->file;
	size_t next = window->first;

	(void)before;
	while (next < file->chunk_count && (window->count == 0 || window->size + file->chunks[next].bytes <= WINDOW))
		RQ_TRY(rq_window_add(window, &file->chunks[next++], err));
	window->last = next == file->chunk_count;
	return unpacking->doubtful ? RQ_OK : read_runs(unpacking, window, err);
}

static enum rq_status doubt(void *context, const struct rq_window *window, struct rq_piece *piece, struct rq_error *err)
{
	const struct unpacking *unpacking = context;

	if (!unpacking->doubtful)
		return RQ_OK;
	return rq_chunk_read(window->data + piece->start, unpacking->packs, &piece->chunk, err);
}

static enum rq_status put(void *context, const struct rq_window *window, struct rq_error *err)
{
	struct unpacking *unpacking = context;

	return unpacking->fd < 0 ? RQ_OK : rq_direct_add(&unpacking->writer, window->data, window->size, err);
}

static size_t room_of(const struct rq_manifest_file *file)
{
	size_t most = WINDOW;

	for (size_t i = 0; i < file->chunk_count; i++)
		most = file->chunks[i].bytes > most ? file->chunks[i].bytes : most;
	return file->bytes < most ? (size_t)file->bytes : most;
}

static enum rq_status stream_once(char sha256[RQ_SHA256_HEX], struct unpacking *unpacking, struct rq_progress *progress,
                                  struct rq_error *err)
{
	const struct rq_stream_job job = {unpacking, fill, doubt, put};
	bool written = unpacking->fd >= 0;

	RQ_TRY(written ? rq_direct_begin(&unpacking->writer, unpacking->fd, unpacking->path, err) : RQ_OK);
	RQ_TRY(rq_stream(sha256, &job, room_of(unpacking->file), progress, err));
	return written ? rq_direct_end(&unpacking->writer, err) : RQ_OK;
}

/* The digest of the whole file vouches for each of its bytes; only where it is another, or the disk does not give all of them, are chunks digested, to find
 * the damaged one, or a copy of it. */
static enum rq_status stream(char sha256[RQ_SHA256_HEX], struct unpacking *unpacking, struct rq_progress *progress, struct rq_error *err)
{
	struct rq_error why = {0};
	enum rq_status status = stream_once(sha256, unpacking, progress, &why);

	unpacking->doubtful = unpacking->unread || (status == RQ_OK && strcmp(sha256, unpacking->file->sha256) != 0);
	if (unpacking->doubtful)
		status = stream_once(sha256, unpacking, NULL, &why);
	rq_direct_reader_release(&unpacking->reader);
	rq_direct_release(&unpacking->writer);
	return status == RQ_OK ? RQ_OK : rq_fail(err, status, "%s", why.text);
}

static enum rq_status check_digest(const struct rq_manifest_file *file, const char *sha256, struct rq_error *err)
{
	if (strcmp(sha256, file->sha256) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s: its chunks make a file of another sha256 than the manifest says, %s and not %s", file->name, sha256,
	               file->sha256);
}

enum rq_status rq_snapshot_check_files(const struct rq_manifest *manifest, struct rq_packs *packs, struct rq_error *err)
{
	char sha256[RQ_SHA256_HEX];

	for (size_t i = 0; i < manifest->file_count; i++) {
		struct unpacking unpacking = {.file = &manifest->files[i], .packs = packs, .path = manifest->files[i].name, .fd = -1};
		RQ_TRY(stream(sha256, &unpacking, NULL, err));
		RQ_TRY(check_digest(&manifest->files[i], sha256, err));
	}
	return RQ_OK;
}

static enum rq_status unpack_file(const struct rq_manifest_file *file, struct rq_packs *packs, const char *folder, struct rq_progress *progress,
                                  struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct unpacking unpacking = {.file = file, .packs = packs, .path = rq_path_join(&arena, folder, file->name)};
	char sha256[RQ_SHA256_HEX];

	if (unpacking.path == NULL)
		return rq_fail_memory(err);
	unpacking.fd = open(unpacking.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (unpacking.fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", unpacking.path, strerror(errno));
	enum rq_status status = stream(sha256, &unpacking, progress, err);
	if (status == RQ_OK && fsync(unpacking.fd) != 0)
		status = rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", unpacking.path, strerror(errno));
	close(unpacking.fd);
	RQ_TRY(status);
	return check_digest(file, sha256, err);
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
	RQ_CLEANUP(rq_packs_close) struct rq_packs packs = {0};

	RQ_TRY(check_room(manifest, folder, err));
	RQ_TRY(rq_packs_open(&packs, vault->packs, err));
	for (size_t i = 0; i < manifest->file_count; i++)
		RQ_TRY(unpack_file(&manifest->files[i], &packs, folder, progress, err));
	return copy_manifest(manifest, vault, folder, err);
}

enum rq_status rq_snapshot_check_folder(const struct rq_manifest *manifest, const char *folder, struct rq_progress *progress, struct rq_error *err)
{
	for (size_t i = 0; i < manifest->file_count; i++) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(rq_manifest_check_file(manifest, folder, manifest->files[i].name, err));
		rq_progress_add(progress, (size_t)manifest->files[i].bytes);
	}
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

	if (link == NULL || aside == NULL)
		return rq_fail_memory(err);
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

static enum rq_status restore(struct rq_restored *restored, const struct rq_vault *vault, const char *sha256, const char *to, const char *when,
                              struct rq_progress *progress, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};
	struct rq_error unknown = {0};
	const char *name = NULL;

	RQ_TRY(rq_vault_read(&manifest, vault, sha256, err));
	rq_folder_clean(to);
	RQ_TRY(choose_folder(restored, &name, &manifest, to, progress, arena, err));
	if (!restored->was_there)
		RQ_TRY(copy(&manifest, vault, restored->folder, progress, err));
	RQ_TRY(point(to, name, err));
	if (rq_vault_switch(vault, sha256, when, &unknown) != RQ_OK) {
		restored->unknown = rq_arena_strdup(arena, unknown.text);
		if (restored->unknown == NULL)
			return rq_fail_memory(err);
	}
	for (size_t i = 0; i < manifest.file_count; i++)
		restored->bytes += manifest.files[i].bytes;
	return RQ_OK;
}

/* What is refused is refused before hours of copying. */
static enum rq_status check_target(const struct rq_vault *vault, const char *to, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *link = rq_path_join(&arena, to, RQ_CURRENT_LINK);
	struct stat info;

	if (link == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_vault_check_outside(vault, to, "restore to another one", err));
	if (lstat(link, &info) == 0 && !S_ISLNK(info.st_mode))
		return rq_fail(err, RQ_E_USAGE, "\"%s\": is there and no link; rename it, or choose another folder", link);
	return RQ_OK;
}

enum rq_status rq_snapshot_restore(struct rq_restored *restored, const struct rq_vault *vault, const char *sha256, const char *to, const char *when,
                                   struct rq_progress *progress, struct rq_arena *arena, struct rq_error *err)
{
	uint64_t started = rq_clock_ns();
	size_t there = rq_folders_there(to);

	*restored = (struct rq_restored){0};
	RQ_TRY(check_target(vault, to, err));
	RQ_TRY(rq_make_folders(to, err));
	const struct rq_lock_file lock = {.path = rq_path_join(arena, to, RESTORE_LOCK), .shown = to, .who = "another restore is at work there", .alone = true,
	                                  .wait = RQ_VAULT_WAIT};
	int fd;
	if (lock.path == NULL)
		return rq_fail_memory(err);
	enum rq_status status = rq_lock_file(&fd, &lock, err);
	if (status == RQ_OK) {
		status = restore(restored, vault, sha256, to, when, progress, arena, err);
		close(fd);
	}
	if (status != RQ_OK && there < strlen(to)) {
		unlink(lock.path);
		rq_remove_folders(to, there);
	}
	restored->seconds = (double)(rq_clock_ns() - started) * 1e-9;
	return status;
}
