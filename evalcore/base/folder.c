#include "evalcore/base/folder.h"

#include "evalcore/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What no folder of a person ends in. */
#define MARK "rqgate-XXXXXX"

enum { OPEN_FOLDERS = 16, LEFT_BEHIND = 3600 /* seconds */ };

static enum rq_status check_free(const char *path, struct rq_error *err)
{
	DIR *stream = opendir(path);
	struct dirent *entry;
	size_t entries = 0;

	if (stream == NULL && errno == ENOENT)
		return RQ_OK;
	if (stream == NULL && errno == ENOMEM)
		return rq_fail_memory(err);
	if (stream == NULL)
		return rq_fail(err, errno == ENOTDIR ? RQ_E_USAGE : RQ_E_IO, "\"%s\": %s; choose another folder", path,
		               errno == ENOTDIR ? "is a file" : strerror(errno));
	enum rq_status status = rq_folder_next(&entry, stream, path, err);
	for (; status == RQ_OK && entry != NULL; status = rq_folder_next(&entry, stream, path, err))
		entries += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(stream);
	RQ_TRY(status);
	if (entries > 0)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": is there already and is not empty; choose another folder", path);
	return RQ_OK;
}

static enum rq_status make_above(const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *above = rq_path_folder(&arena, path);

	return above == NULL ? rq_fail_memory(err) : rq_make_folders(above, err);
}

static enum rq_status make_temporary(struct rq_folder *folder, struct rq_error *err)
{
	if (mkdtemp(folder->temporary) != NULL) {
		folder->names = opendir(folder->temporary);
		if (folder->names != NULL) {
			(void)flock(dirfd(folder->names), LOCK_EX | LOCK_NB); /* until it is released; where no lock is to be had its age protects it */
			return RQ_OK;
		}
		int reason = errno;
		rmdir(folder->temporary);
		errno = reason;
	}
	enum rq_status status =
		errno == ENOMEM ? rq_fail_memory(err) : rq_fail(err, RQ_E_IO, "\"%s\": cannot create the folder: %s", folder->path, strerror(errno));
	rq_remove_folders(folder->path, folder->there);
	return status;
}

enum rq_status rq_folder_open(struct rq_folder *folder, const char *path, struct rq_error *err)
{
	size_t length = strlen(path), size = length + sizeof ".." MARK;
	mode_t mask = umask(0);

	umask(mask);
	while (length > 1 && path[length - 1] == '/')
		length--;
	*folder = (struct rq_folder){.path = strndup(path, length), .temporary = malloc(size)};
	if (folder->path == NULL || folder->temporary == NULL) {
		free(folder->temporary);
		folder->temporary = NULL; /* there is no folder to remove */
		return rq_fail_memory(err);
	}
	const char *slash = strrchr(folder->path, '/');
	int above = slash == NULL ? 0 : (int)(slash + 1 - folder->path);
	snprintf(folder->temporary, size, "%.*s.%s." MARK, above, folder->path, folder->path + above);
	folder->there = rq_folders_there(folder->path);
	enum rq_status status = check_free(folder->path, err);
	if (status == RQ_OK)
		status = make_above(folder->path, err);
	if (status == RQ_OK)
		status = make_temporary(folder, err);
	if (status != RQ_OK) {
		free(folder->temporary);
		folder->temporary = NULL;
		return status;
	}
	chmod(folder->temporary, 0777 & ~mask); /* mkdtemp gives 0700 */
	return RQ_OK;
}

enum rq_status rq_folder_rename(struct rq_folder *folder, const char *name, struct rq_error *err)
{
	const char *slash = strrchr(folder->path, '/');
	int above = slash == NULL ? 0 : (int)(slash + 1 - folder->path);
	size_t size = (size_t)above + strlen(name) + 1;
	char *path = malloc(size);

	if (path == NULL)
		return rq_fail_memory(err);
	snprintf(path, size, "%.*s%s", above, folder->path, name);
	free(folder->path);
	folder->path = path;
	return check_free(path, err);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info;
	(void)kind;
	(void)place;
	return remove(path);
}

void rq_remove_tree(const char *path)
{
	nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

static bool is_temporary(const char *name)
{
	static const char random[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"; /* mkdtemp's */
	static const size_t mark = sizeof MARK - sizeof "XXXXXX";
	const char *end = strrchr(name, '.');

	return name[0] == '.' && end > name + 1 && strlen(end + 1) == sizeof MARK - 1 && strncmp(end + 1, MARK, mark) == 0 &&
	       strspn(end + 1 + mark, random) == sizeof "XXXXXX" - 1;
}

bool rq_folder_is_used(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	bool used = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return used;
}

void rq_folder_clean(const char *above)
{
	DIR *stream = opendir(above);
	time_t now = time(NULL);
	struct stat info;

	for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;) {
		RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
		if (!is_temporary(entry->d_name) || fstatat(dirfd(stream), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(info.st_mode) ||
		    now - info.st_mtim.tv_sec < LEFT_BEHIND)
			continue;
		const char *path = rq_path_join(&arena, above, entry->d_name);
		if (path != NULL && !rq_folder_is_used(path))
			rq_remove_tree(path);
	}
	if (stream != NULL)
		closedir(stream);
}

enum rq_status rq_folder_next(struct dirent **entry, DIR *stream, const char *path, struct rq_error *err)
{
	errno = 0;
	*entry = readdir(stream);
	return *entry != NULL || errno == 0 ? RQ_OK : rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
}

static bool sync_names(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL); /* file systems that have no such call */
	int reason = errno;

	if (fd >= 0)
		close(fd);
	errno = reason;
	return synced;
}

enum rq_status rq_folder_sync(const char *path, struct rq_error *err)
{
	return sync_names(path) ? RQ_OK : rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(errno));
}

static int sync_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info;
	(void)place;
	return kind == FTW_DP && !sync_names(path) ? -1 : 0;
}

/* All that was written is on the disk before it has its name. */
enum rq_status rq_folder_commit(struct rq_folder *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *above = rq_path_folder(&arena, folder->path);

	if (above == NULL)
		return rq_fail_memory(err);
	bool synced = nftw(folder->temporary, sync_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) == 0;
	bool named = synced && rename(folder->temporary, folder->path) == 0;
	if (synced && !named && (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR))
		return rq_fail(err, RQ_E_USAGE, "\"%s\": is there already; choose another folder", folder->path);
	if (!named)
		return errno == ENOMEM ? rq_fail_memory(err) : rq_fail(err, RQ_E_IO, "\"%s\": cannot create the folder: %s", folder->path, strerror(errno));
	folder->committed = true;
	sync_names(above); /* there it is, whole; should this fail, a power failure may yet take back its name, and nothing else */
	return RQ_OK;
}

void rq_folder_take_back(struct rq_folder *folder)
{
	if (folder->committed && rename(folder->path, folder->temporary) == 0)
		folder->committed = false;
}

/* Without memory: that is mostly why they go. */
static void remove_files(DIR *names)
{
	rewinddir(names);
	for (struct dirent *entry; (entry = readdir(names)) != NULL;)
		unlinkat(dirfd(names), entry->d_name, 0);
}

void rq_folder_release(struct rq_folder *folder)
{
	if (folder->temporary != NULL && !folder->committed) {
		remove_files(folder->names);
		rq_remove_tree(folder->temporary); /* with the folders in it */
		rmdir(folder->temporary);
		rq_remove_folders(folder->path, folder->there);
	}
	if (folder->names != NULL)
		closedir(folder->names);
	free(folder->temporary);
	free(folder->path);
	*folder = (struct rq_folder){0};
}
