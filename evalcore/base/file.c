#include "evalcore/base/file.h"

#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const size_t PIPE_MAXIMUM = (size_t)4 << 30; /* of what has no size: a pipe, a device that never ends */

/* Temporary files that are open now, for the signal handler: a slot is published last and withdrawn first. */
enum { OPEN_MAX_OUTPUTS = 64 };
static char *_Atomic open_outputs[OPEN_MAX_OUTPUTS];

enum rq_status rq_file_size(uint64_t *size, const char *path, struct rq_error *err)
{
	struct stat info;

	if (stat(path, &info) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	if (S_ISDIR(info.st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": is a folder, expected a file", path);
	*size = (uint64_t)info.st_size;
	return RQ_OK;
}

enum rq_status rq_fail_changed(struct rq_error *err, const char *path)
{
	return rq_fail(err, RQ_E_DATA, "\"%s\": changed while it was read; run again when it is written", path);
}

enum rq_status rq_file_check_unchanged(int fd, const struct stat *opened, const char *path, struct rq_error *err)
{
	struct stat now;

	if (fstat(fd, &now) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	if (now.st_dev != opened->st_dev || now.st_ino != opened->st_ino || now.st_size != opened->st_size ||
	    now.st_mtim.tv_sec != opened->st_mtim.tv_sec || now.st_mtim.tv_nsec != opened->st_mtim.tv_nsec)
		return rq_fail_changed(err, path);
	return RQ_OK;
}

bool rq_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return a != NULL && b != NULL && stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool rq_folder_holds(const char *folder, const char *path)
{
	const char *slash = strrchr(path, '/');
	char above[PATH_MAX], real[PATH_MAX], within[PATH_MAX];
	struct stat info;

	if (folder == NULL || stat(folder, &info) != 0 || !S_ISDIR(info.st_mode) || realpath(folder, real) == NULL)
		return false;
	snprintf(above, sizeof above, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1, slash == NULL ? "." : path);
	if (realpath(above, within) == NULL)
		return false;
	size_t length = strlen(real);
	return strncmp(within, real, length) == 0 && (within[length] == '/' || within[length] == '\0');
}

enum rq_status rq_lock(int fd, bool alone, double wait, const char *path, const char *who, struct rq_error *err)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	uint64_t until = rq_clock_ns() + (uint64_t)(wait * 1e9);

	while (flock(fd, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot lock: %s", path, strerror(errno));
		RQ_TRY(rq_cancel_check(err));
		if (rq_clock_ns() > until)
			return rq_fail(err, RQ_E_LOCKED, "\"%s\": %s; try again when it has ended", path, who);
		nanosleep(&pause, NULL);
	}
	return RQ_OK;
}

enum rq_status rq_lock_file(int *fd, const struct rq_lock_file *lock, struct rq_error *err)
{
	*fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666); /* by NFS only who may write has it alone */
	int reason = errno;
	if (*fd < 0 && (reason == EACCES || reason == EPERM || (reason == EROFS && lock->may_lack)))
		*fd = open(lock->path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 && lock->may_lack && (reason == EACCES || reason == EPERM || reason == EROFS) && (errno == ENOENT || errno == EACCES))
		return RQ_OK;
	if (*fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", lock->path, strerror(reason));
	enum rq_status status = rq_lock(*fd, lock->alone, lock->wait, lock->shown, lock->who, err);
	if (status == RQ_OK)
		return RQ_OK;
	close(*fd);
	*fd = -1;
	return status;
}

bool rq_file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Reads to the end of the stream; the size in the directory is only a hint, so a file that changes meanwhile does no harm. */
static enum rq_status read_all(struct rq_buf *out, int fd, size_t hint, const char *path, struct rq_error *err)
{
	for (;;) {
		size_t room = out->size < hint ? hint - out->size + 1 : out->size / 2 + 65536;
		if (!RQ_RESERVE(out->data, out->capacity, out->size + room + 1))
			return rq_fail_memory(err);
		ssize_t got = read(fd, out->data + out->size, room);
		if (got < 0 && errno == EINTR) {
			RQ_TRY(rq_cancel_check(err));
			continue;
		}
		if (got < 0)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
		out->data[out->size + (size_t)got] = '\0';
		if (got == 0)
			return RQ_OK;
		out->size += (size_t)got;
		if (out->maximum != 0 && out->size > out->maximum)
			return rq_fail(err, RQ_E_DATA, "\"%s\": larger than the %zu bytes that are allowed here", path, out->maximum);
	}
}

static enum rq_status read_open_file(struct rq_buf *out, int fd, const char *path, struct rq_error *err)
{
	struct stat opened;

	if (fstat(fd, &opened) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	if (S_ISDIR(opened.st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": is a folder, expected a file", path);
	if (!S_ISREG(opened.st_mode) && out->maximum == 0)
		out->maximum = PIPE_MAXIMUM;
	RQ_TRY(read_all(out, fd, (size_t)opened.st_size, path, err));
	return S_ISREG(opened.st_mode) ? rq_file_check_unchanged(fd, &opened, path, err) : RQ_OK;
}

enum rq_status rq_file_read(struct rq_buf *out, const char *path, struct rq_error *err)
{
	int fd;

	while ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0 && errno == EINTR) /* a pipe that nobody writes to */
		RQ_TRY(rq_cancel_check(err));
	if (fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	rq_buf_clear(out);
	enum rq_status status = read_open_file(out, fd, path, err);
	close(fd);
	if (status != RQ_OK)
		rq_buf_release(out);
	return status;
}

/* Bytes of the path without its last name. */
static size_t above(const char *path, size_t length)
{
	while (length > 0 && path[length - 1] == '/')
		length--;
	while (length > 0 && path[length - 1] != '/')
		length--;
	return length;
}

size_t rq_folders_there(const char *path)
{
	RQ_CLEANUP(rq_free_pointer) char *copy = strdup(path);
	size_t length = strlen(path);

	while (copy != NULL && length > 0 && !rq_file_exists(copy)) {
		length = above(copy, length);
		copy[length] = '\0';
	}
	return length;
}

void rq_remove_folders(const char *path, size_t there)
{
	RQ_CLEANUP(rq_free_pointer) char *copy = strdup(path);
	bool gone = true;

	for (size_t length = strlen(path); copy != NULL && length > there && gone; length = above(copy, length)) {
		copy[length] = '\0';
		while (length > 1 && copy[length - 1] == '/') /* which would make the longest name too long */
			copy[--length] = '\0';
		gone = rmdir(copy) == 0 || errno == ENOENT || errno == ENAMETOOLONG;
	}
}

static enum rq_status make_each(const char *path, char *copy, struct rq_error *err)
{
	struct stat info;

	for (char *end = copy + 1;; end++) {
		if (*end != '/' && *end != '\0')
			continue;
		char kept = *end;
		*end = '\0';
		if (mkdir(copy, 0777) != 0 && errno != EEXIST)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot create the folder: %s", copy, strerror(errno));
		*end = kept;
		if (kept == '\0')
			break;
	}
	if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": is not a folder", path);
	return RQ_OK;
}

enum rq_status rq_make_folders(const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) char *copy = strdup(path);
	size_t there = rq_folders_there(path);

	if (copy == NULL)
		return rq_fail_memory(err);
	enum rq_status status = make_each(path, copy, err);
	if (status != RQ_OK)
		rq_remove_folders(path, there);
	return status;
}

static void publish(char *temporary)
{
	for (size_t i = 0; i < OPEN_MAX_OUTPUTS; i++) {
		char *empty = NULL;
		if (__atomic_compare_exchange_n((char **)&open_outputs[i], &empty, temporary, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return;
	}
}

static void withdraw(const char *temporary)
{
	for (size_t i = 0; i < OPEN_MAX_OUTPUTS; i++)
		if (open_outputs[i] == temporary)
			open_outputs[i] = NULL;
}

void rq_output_remove_all(void)
{
	for (size_t i = 0; i < OPEN_MAX_OUTPUTS; i++) {
		char *temporary = open_outputs[i];
		if (temporary != NULL)
			unlink(temporary);
	}
}

/* A file without a name where the file system has such (Linux: O_TMPFILE): a killed process leaves nothing behind. Otherwise a named one beside the target. */
static int open_unnamed(const char *path, mode_t mode)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *folder = rq_path_folder(&arena, path);

#ifdef O_TMPFILE
	if (folder != NULL && access("/proc/self/fd", X_OK) == 0)
		return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
#endif
	(void)folder;
	(void)mode;
	errno = EOPNOTSUPP;
	return -1;
}

static int open_named(struct rq_output *output, size_t size, mode_t mode)
{
	snprintf(output->temporary, size, "%s.XXXXXX", output->path);
	int fd = mkostemp(output->temporary, O_CLOEXEC);
	if (fd < 0)
		return -1;
	publish(output->temporary);
	fchmod(fd, mode); /* mkostemp gives 0600; others may read a report */
	return fd;
}

enum rq_status rq_output_open(struct rq_output *output, const char *path, struct rq_error *err)
{
	size_t size = strlen(path) + sizeof ".XXXXXX";
	mode_t mask = umask(0);
	struct stat info;

	umask(mask);
	*output = (struct rq_output){0};
	if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": is a folder, expected a file", path);
	if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) /* the rename would take a device's or a pipe's place */
		return rq_fail(err, RQ_E_IO, "\"%s\": is a device or a pipe; expected the name of a file to write", path);
	output->path = strdup(path);
	char *name = malloc(size);
	if (output->path == NULL || name == NULL) {
		free(name);
		rq_output_release(output);
		return rq_fail_memory(err);
	}
	int fd = open_unnamed(path, 0666 & ~mask);
	output->named = fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL);
	output->temporary = name;
	if (output->named)
		fd = open_named(output, size, 0666 & ~mask);
	output->stream = fd < 0 ? NULL : fdopen(fd, "w+");
	if (output->stream != NULL)
		return RQ_OK;
	enum rq_status status = fd < 0 ? rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(errno)) : rq_fail_memory(err);
	if (fd < 0)
		output->named = false; /* there is no file to remove */
	else
		close(fd);
	rq_output_release(output);
	return status;
}

enum rq_status rq_output_rename(struct rq_output *output, const char *path, struct rq_error *err)
{
	char *target = strdup(path), *name = output->named ? NULL : malloc(strlen(path) + sizeof ".XXXXXX");

	if (target == NULL || (name == NULL && !output->named)) {
		free(target);
		free(name);
		return rq_fail_memory(err);
	}
	free(output->path);
	output->path = target;
	if (!output->named) {
		free(output->temporary);
		output->temporary = name;
	}
	return RQ_OK;
}

/* Gives the file without a name one beside its target, for the rename. */
static bool give_name(struct rq_output *output)
{
	char self[64];
	size_t size = strlen(output->path) + sizeof ".XXXXXX";

	snprintf(self, sizeof self, "/proc/self/fd/%d", fileno(output->stream));
	for (unsigned try = 0; try < 100; try++) {
		snprintf(output->temporary, size, "%s.%06u", output->path, ((unsigned)getpid() + try * 7919) % 1000000);
		if (linkat(AT_FDCWD, self, AT_FDCWD, output->temporary, AT_SYMLINK_FOLLOW) == 0) {
			output->named = true;
			publish(output->temporary);
			return true;
		}
		if (errno != EEXIST)
			break;
	}
	return false;
}

static enum rq_status fail_write(const struct rq_output *output, int reason, struct rq_error *err)
{
	return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", output->path, strerror(reason));
}

/* Why a write has failed whose errno is long gone: a byte more fails for the same reason, unless that has passed (0). */
static int reason_of_failure(int fd)
{
	return lseek(fd, 0, SEEK_END) < 0 || write(fd, "", 1) < 0 ? errno : 0;
}

enum rq_status rq_output_settle(struct rq_output *output, struct rq_error *err)
{
	FILE *stream = output->stream;

	if (ferror(stream)) { /* and stays so: what is incomplete is never committed */
		int reason = reason_of_failure(fileno(stream));
		if (reason != 0)
			return fail_write(output, reason, err);
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write all of it; look into the disk, then run again", output->path);
	}
	output->settled = output->settled || (fflush(stream) == 0 && fsync(fileno(stream)) == 0);
	return output->settled ? RQ_OK : fail_write(output, errno, err);
}

/* Closes the stream; what is left of the file is its name. */
static enum rq_status finish(struct rq_output *output, struct rq_error *err)
{
	RQ_TRY(rq_output_settle(output, err));
	if (!output->named && !give_name(output))
		return fail_write(output, errno, err);
	FILE *stream = output->stream;
	output->stream = NULL;
	return fclose(stream) == 0 ? RQ_OK : fail_write(output, errno, err);
}

enum rq_status rq_output_commit(struct rq_output *output, struct rq_error *err)
{
	enum rq_status status = finish(output, err);

	if (status == RQ_OK && rename(output->temporary, output->path) != 0)
		status = fail_write(output, errno, err);
	if (status == RQ_OK) {
		withdraw(output->temporary);
		output->named = false;
	}
	rq_output_release(output);
	return status;
}

enum rq_status rq_output_commit_first(struct rq_output *output, struct rq_error *err)
{
	enum rq_status status = finish(output, err);

	if (status == RQ_OK && link(output->temporary, output->path) != 0 && errno != EEXIST && rename(output->temporary, output->path) != 0)
		status = fail_write(output, errno, err);
	rq_output_release(output);
	return status;
}

void rq_output_release(struct rq_output *output)
{
	if (output->stream != NULL)
		fclose(output->stream);
	if (output->named) {
		unlink(output->temporary);
		withdraw(output->temporary);
	}
	free(output->temporary);
	free(output->path);
	*output = (struct rq_output){0};
}

enum rq_status rq_file_write(const char *path, const void *data, size_t size, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};

	RQ_TRY(rq_output_open(&output, path, err));
	if (size > 0 && fwrite(data, 1, size, output.stream) != size)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(errno));
	return rq_output_commit(&output, err);
}

static struct rq_file_mark mark_of(const struct stat *info)
{
	/* the number of a file that is gone may be another's soon */
	return (struct rq_file_mark){.there = true, .device = info->st_dev, .inode = info->st_ino, .written = info->st_mtim};
}

struct rq_file_mark rq_file_mark(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISREG(info.st_mode) ? mark_of(&info) : (struct rq_file_mark){0};
}

struct rq_file_mark rq_output_mark(const struct rq_output *output)
{
	struct stat info;

	return output->stream != NULL && fstat(fileno(output->stream), &info) == 0 ? mark_of(&info) : (struct rq_file_mark){0};
}

enum rq_status rq_file_remove_marked(const char *path, const struct rq_file_mark *mark, struct rq_error *err)
{
	const struct rq_file_mark now = rq_file_mark(path);
	bool same = mark->there && now.there && now.device == mark->device && now.inode == mark->inode &&
	            now.written.tv_sec == mark->written.tv_sec && now.written.tv_nsec == mark->written.tv_nsec;

	if (same && unlink(path) != 0 && errno != ENOENT)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", path, strerror(errno));
	return RQ_OK;
}

char *rq_path_join(struct rq_arena *arena, const char *folder, const char *path)
{
	if (folder == NULL || path == NULL)
		return NULL;
	if (path[0] == '/' || strcmp(folder, ".") == 0 || folder[0] == '\0')
		return rq_arena_strdup(arena, path);
	return rq_arena_printf(arena, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", path);
}

char *rq_path_folder(struct rq_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return rq_arena_strdup(arena, ".");
	return rq_arena_strndup(arena, path, slash == path ? 1 : (size_t)(slash - path));
}
