/* Tries a folder: what file system it is on, and whether files there can be made, filled, synced and locked. */
#include "evalcore/base/machine.h"

#include "evalcore/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/vfs.h>
#endif

const char *rq_filesystem_name(uint32_t type, enum rq_medium *medium)
{
	/* statfs(2) and linux/magic.h */
	static const struct {
		uint32_t type;
		const char *name;
		enum rq_medium medium;
	} known[] = {
		{0xEF53, "ext4", RQ_MEDIUM_DISK},         {0x58465342, "xfs", RQ_MEDIUM_DISK},       {0x9123683E, "btrfs", RQ_MEDIUM_DISK},
		{0x2FC12FC1, "zfs", RQ_MEDIUM_DISK},      {0xCA451A4E, "bcachefs", RQ_MEDIUM_DISK},  {0xF2F52010, "f2fs", RQ_MEDIUM_DISK},
		{0x794C7630, "overlay", RQ_MEDIUM_DISK},  {0x4D44, "fat", RQ_MEDIUM_DISK},           {0x2011BAB0, "exfat", RQ_MEDIUM_DISK},
		{0x5346544E, "ntfs", RQ_MEDIUM_DISK},     {0x7366746E, "ntfs3", RQ_MEDIUM_DISK},     {0x73717368, "squashfs", RQ_MEDIUM_DISK},
		{0x01021994, "tmpfs", RQ_MEDIUM_MEMORY},  {0x858458F6, "ramfs", RQ_MEDIUM_MEMORY},   {0x6969, "nfs", RQ_MEDIUM_NETWORK},
		{0xFF534D42, "cifs", RQ_MEDIUM_NETWORK},  {0xFE534D42, "smb", RQ_MEDIUM_NETWORK},    {0x517B, "smb", RQ_MEDIUM_NETWORK},
		{0x65735546, "fuse", RQ_MEDIUM_NETWORK},  {0x01021997, "9p", RQ_MEDIUM_NETWORK},     {0x00C36400, "ceph", RQ_MEDIUM_NETWORK},
		{0x0BD00BD0, "lustre", RQ_MEDIUM_NETWORK}, {0x47504653, "gpfs", RQ_MEDIUM_NETWORK},  {0x6A656A63, "virtiofs", RQ_MEDIUM_NETWORK},
	};

	*medium = RQ_MEDIUM_DISK;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (known[i].type != type)
			continue;
		*medium = known[i].medium;
		return known[i].name;
	}
	return "";
}

static const char *filesystem_of(const char *path, enum rq_medium *medium)
{
	*medium = RQ_MEDIUM_DISK;
#ifdef __linux__
	struct statfs info;

	if (statfs(path, &info) == 0)
		return rq_filesystem_name((uint32_t)info.f_type, medium);
#else
	(void)path;
#endif
	return "";
}

enum rq_medium rq_folder_medium(const char *path)
{
	enum rq_medium medium;

	(void)filesystem_of(path, &medium);
	return medium;
}

/* The folder itself or the nearest above it. False: the path leads through a file, or is too long. */
static bool find(struct rq_folder_facts *folder, const char *path)
{
	struct stat info;

	if (snprintf(folder->at, sizeof folder->at, "%s", path) >= (int)sizeof folder->at) {
		folder->write_error = ENAMETOOLONG;
		return false;
	}
	while (stat(folder->at, &info) != 0 && errno == ENOENT) {
		char *slash = strrchr(folder->at, '/');
		folder->missing = true;
		if (slash == NULL)
			snprintf(folder->at, sizeof folder->at, ".");
		else
			slash[slash == folder->at] = '\0'; /* "/x" lies in "/" */
		if (slash == NULL)
			break;
	}
	if (stat(folder->at, &info) != 0)
		folder->write_error = errno;
	else if (!S_ISDIR(info.st_mode))
		folder->write_error = ENOTDIR;
	return folder->write_error == 0;
}

/* As large as a cache entry's first block, so that a full disk shows. */
static void try_file(struct rq_folder_facts *folder)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	static const char block[65536] = {1};
	struct rq_error err = {0};
	const char *path = rq_arena_printf(&arena, "%s/.rqgate-doctor", folder->at);

	errno = ENOMEM;
	if (path == NULL || rq_output_open(&output, path, &err) != RQ_OK) {
		folder->write_error = errno; /* releasing what was opened keeps it */
		return;
	}
	if (fwrite(block, 1, sizeof block, output.stream) != sizeof block || fflush(output.stream) != 0)
		folder->write_error = errno;
	else if (fsync(fileno(output.stream)) != 0)
		folder->sync_error = errno;
}

static void try_lock(struct rq_folder_facts *folder)
{
	int fd = open(folder->at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || (flock(fd, LOCK_SH | LOCK_NB) != 0 && errno != EWOULDBLOCK))
		folder->lock_error = errno;
	if (fd >= 0)
		close(fd);
}

void rq_folder_examine(struct rq_folder_facts *folder, const char *path)
{
	struct statvfs info;

	*folder = (struct rq_folder_facts){0};
	if (!find(folder, path))
		return;
	snprintf(folder->filesystem, sizeof folder->filesystem, "%s", filesystem_of(folder->at, &folder->medium));
	if (statvfs(folder->at, &info) == 0) {
		folder->sized = true;
		folder->size = (uint64_t)info.f_blocks * info.f_frsize;
		folder->left = (uint64_t)info.f_bavail * info.f_frsize;
	}
	try_file(folder);
	try_lock(folder);
}
