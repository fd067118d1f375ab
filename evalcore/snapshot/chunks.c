/* Chunks to their files and back. */
#include "evalcore/snapshot/chunks.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Room for what a chunk's path adds to its folder's: "/ab/ab12..." */
enum { NAME_ROOM = 4 + RQ_SHA256_HEX };

static char *path_of(const char *folder, const char *sha256)
{
	size_t size = strlen(folder) + NAME_ROOM;
	char *path = malloc(size);

	if (path != NULL)
		snprintf(path, size, "%s/%.2s/%s", folder, sha256, sha256);
	return path;
}

/* All of the file where it has so many bytes. 1: read; 0: it has fewer or more; -1: errno. */
static int read_exactly(void *data, size_t bytes, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t got = 0;
	ssize_t now = 1;
	char more;

	if (fd < 0)
		return -1;
	while (got < bytes && now != 0) {
		now = read(fd, (char *)data + got, bytes - got);
		if (now < 0 && errno != EINTR)
			break;
		got += now > 0 ? (size_t)now : 0;
	}
	if (got == bytes)
		now = read(fd, &more, 1);
	int reason = errno;
	close(fd);
	errno = reason;
	return now < 0 ? -1 : got == bytes && now == 0;
}

enum rq_status rq_chunk_read(void *data, const char *folder, const struct rq_manifest_chunk *chunk, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) char *path = path_of(folder, chunk->sha256);
	char sha256[RQ_SHA256_HEX];

	if (path == NULL)
		return rq_fail_memory(err);
	int read = read_exactly(data, chunk->bytes, path);
	if (read < 0 && errno == ENOENT)
		return rq_fail(err, RQ_E_DATA, "%s: is missing", path);
	if (read < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	if (read == 0)
		return rq_fail(err, RQ_E_DATA, "%s: has another size than the %u bytes of its manifest", path, (unsigned)chunk->bytes);
	RQ_TRY(rq_sha256(sha256, data, chunk->bytes, err));
	if (strcmp(sha256, chunk->sha256) != 0)
		return rq_fail(err, RQ_E_DATA, "%s: has other bytes than its name says: their sha256 is %s", path, sha256);
	return RQ_OK;
}

enum rq_status rq_chunk_look(const char *folder, const struct rq_manifest_chunk *chunk, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) char *path = path_of(folder, chunk->sha256);
	struct stat info;

	if (path == NULL)
		return rq_fail_memory(err);
	if (stat(path, &info) != 0)
		return errno == ENOENT ? rq_fail(err, RQ_E_DATA, "%s: is missing", path)
		                       : rq_fail(err, RQ_E_IO, "\"%s\": cannot look: %s", path, strerror(errno));
	if (!S_ISREG(info.st_mode) || (uint64_t)info.st_size != chunk->bytes)
		return rq_fail(err, RQ_E_DATA, "%s: has another size than the %u bytes of its manifest", path, (unsigned)chunk->bytes);
	return RQ_OK;
}

/* ---- new ones ---- */

enum rq_status rq_chunks_open(struct rq_chunks *chunks, const char *folder, const char *above, struct rq_error *err)
{
	size_t size = strlen(above) + sizeof "/" RQ_CHUNKS_ASIDE "XXXXXX";

	*chunks = (struct rq_chunks){.folder = folder, .aside = malloc(size), .fd = -1};
	if (chunks->aside == NULL)
		return rq_fail_memory(err);
	snprintf(chunks->aside, size, "%s/" RQ_CHUNKS_ASIDE "XXXXXX", above);
	if (mkdtemp(chunks->aside) == NULL) {
		enum rq_status status = rq_fail(err, RQ_E_IO, "\"%s\": cannot create a folder in it: %s", above, strerror(errno));
		free(chunks->aside);
		chunks->aside = NULL;
		return status;
	}
	chunks->fd = open(chunks->aside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return chunks->fd >= 0 ? RQ_OK : rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", chunks->aside, strerror(errno));
}

static bool write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t wrote = write(fd, data, size);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return false;
		data += wrote;
		size -= (size_t)wrote;
	}
	return true;
}

static enum rq_status put_aside(struct rq_chunks *chunks, const struct rq_manifest_chunk *chunk, const void *data, struct rq_error *err)
{
	size_t size = strlen(chunks->aside) + NAME_ROOM;
	RQ_CLEANUP(rq_free_pointer) char *path = malloc(size);

	if (path == NULL)
		return rq_fail_memory(err);
	snprintf(path, size, "%s/%s", chunks->aside, chunk->sha256);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST) /* the same bytes again, in this snapshot */
		return RQ_OK;
	bool written = fd >= 0 && write_all(fd, data, chunk->bytes);
	if (!written || close(fd) != 0) {
		enum rq_status status = rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", chunks->folder, strerror(errno));
		if (fd >= 0 && !written)
			close(fd);
		return status;
	}
	atomic_fetch_add(&chunks->added, 1);
	atomic_fetch_add(&chunks->added_bytes, chunk->bytes);
	return RQ_OK;
}

enum rq_status rq_chunks_put(struct rq_chunks *chunks, const struct rq_manifest_chunk *chunk, const void *data, void *scratch, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) char *path = path_of(chunks->folder, chunk->sha256);

	if (path == NULL)
		return rq_fail_memory(err);
	if (read_exactly(scratch, chunk->bytes, path) == 1 && memcmp(scratch, data, chunk->bytes) == 0)
		return RQ_OK;
	return put_aside(chunks, chunk, data, err);
}

/* Everything that was written to the file system, names too, is on its disk. One call where thousands of fsync would take minutes. */
static bool sync_all(int fd)
{
#ifdef __linux__
	return syncfs(fd) == 0;
#else
	(void)fd;
	sync();
	return true;
#endif
}

static enum rq_status give_name(struct rq_chunks *chunks, const char *sha256, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *from = rq_arena_printf(&arena, "%s/%s", chunks->aside, sha256);
	const char *folder = rq_arena_printf(&arena, "%s/%.2s", chunks->folder, sha256);
	const char *to = rq_arena_printf(&arena, "%s/%.2s/%s", chunks->folder, sha256, sha256);

	if (from == NULL || folder == NULL || to == NULL)
		return rq_fail_memory(err);
	if (rename(from, to) == 0)
		return RQ_OK;
	if (errno == ENOENT && (mkdir(folder, 0777) == 0 || errno == EEXIST) && rename(from, to) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", to, strerror(errno));
}

static enum rq_status give_names(struct rq_chunks *chunks, struct rq_error *err)
{
	DIR *stream = opendir(chunks->aside);
	enum rq_status status = RQ_OK;

	if (stream == NULL)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", chunks->aside, strerror(errno));
	for (struct dirent *entry; status == RQ_OK && (entry = readdir(stream)) != NULL;)
		if (rq_is_sha256(entry->d_name))
			status = give_name(chunks, entry->d_name, err);
	closedir(stream);
	return status;
}

enum rq_status rq_chunks_commit(struct rq_chunks *chunks, struct rq_error *err)
{
	if (!sync_all(chunks->fd))
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", chunks->folder, strerror(errno));
	RQ_TRY(give_names(chunks, err));
	if (!sync_all(chunks->fd))
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", chunks->folder, strerror(errno));
	return RQ_OK;
}

void rq_chunks_release(struct rq_chunks *chunks)
{
	if (chunks->aside != NULL) {
		if (chunks->fd >= 0)
			close(chunks->fd);
		rq_remove_tree(chunks->aside);
	}
	free(chunks->aside);
	*chunks = (struct rq_chunks){0};
}
