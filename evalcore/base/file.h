/* Files: read whole and bounded, written to a temporary file beside the target, synced, renamed. kill -9 at any moment leaves the
 * target as it was. */
#ifndef RQ_BASE_FILE_H
#define RQ_BASE_FILE_H

#include "evalcore/base/memory.h"
#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

/* Reads all of `path` into out (malloc'ed, NUL-terminated past its size). E_IO where it cannot be opened or read, E_DATA where it changes
 * meanwhile. Of a pipe or device at most 4 GiB, unless out has a maximum of its own. */
RQ_MUST_USE enum rq_status rq_file_read(struct rq_buf *out, const char *path, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_file_size(uint64_t *size, const char *path, struct rq_error *err);
/* E_DATA where the open file is not what it was when `opened` was taken, or another one: somebody writes to it, and what was read may be half of one thing and half of another. */
RQ_MUST_USE enum rq_status rq_file_check_unchanged(int fd, const struct stat *opened, const char *path, struct rq_error *err);
enum rq_status rq_fail_changed(struct rq_error *err, const char *path);
/* The lock of an open file or folder (flock), alone or with others who share it; waits so many seconds for those who have it. It ends with the descriptor.
 * E_LOCKED, "PATH: WHO; try again when it has ended"; E_IO. */
RQ_MUST_USE enum rq_status rq_lock(int fd, bool alone, double wait, const char *path, const char *who, struct rq_error *err);
/* The same of a file for that alone, which is made where it is missing: a folder's own lock is known on one machine only, where it is mounted by several.
 * *fd is the caller's to close; -1: it is not there, may not be made, and `may_lack` says that it may lack. `shown` is named in messages. */
struct rq_lock_file {
	const char *path, *shown, *who;
	bool alone, may_lack;
	double wait;
};
RQ_MUST_USE enum rq_status rq_lock_file(int *fd, const struct rq_lock_file *lock, struct rq_error *err);
bool rq_file_exists(const char *path);
bool rq_same_file(const char *a, const char *b); /* both are there, and one file by whatever names; NULL is none */
bool rq_folder_holds(const char *folder, const char *path); /* is it a folder, and the path in it, however deep? The path need not be there yet */
RQ_MUST_USE enum rq_status rq_make_folders(const char *path, struct rq_error *err); /* mkdir -p; where it fails it leaves none of those it made */
/* Bytes of `path` that name what is there already: the longest of its folders. What follows is what rq_make_folders makes and rq_remove_folders takes back. */
size_t rq_folders_there(const char *path);
/* Removes `path` and the folders above it down to its first `there` bytes, as far as they are empty. */
void rq_remove_folders(const char *path, size_t there);

/* A file being written. Zero-initialise, open, write to ->stream, then commit; release (safe after commit, and on a zeroed struct)
 * removes what was not committed. Open files are removed by a second Ctrl-C too. Where several files shall appear together, settle them all first: what a
 * full disk refuses is refused there, and what is left for commit are names. */
struct rq_output {
	FILE *stream;
	char *path, *temporary;
	bool named;   /* a file of the name `temporary` is there */
	bool settled; /* all of it is on the disk */
};

RQ_MUST_USE enum rq_status rq_output_open(struct rq_output *output, const char *path, struct rq_error *err);
/* Another name in the same folder, for one that is known only at the end; before commit. */
RQ_MUST_USE enum rq_status rq_output_rename(struct rq_output *output, const char *path, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_output_settle(struct rq_output *output, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_output_commit(struct rq_output *output, struct rq_error *err);
/* The same, but what is there by then stays as it is, and what was written goes. */
RQ_MUST_USE enum rq_status rq_output_commit_first(struct rq_output *output, struct rq_error *err);
void rq_output_release(struct rq_output *output);
/* Removes the temporary files of outputs that are open now. Async-signal-safe. */
void rq_output_remove_all(void);
/* open, write all, commit */
RQ_MUST_USE enum rq_status rq_file_write(const char *path, const void *data, size_t size, struct rq_error *err);

/* Which regular file stands at a path; zero: none. Another one that takes its place is not it. */
struct rq_file_mark {
	bool there;
	dev_t device;
	ino_t inode;
	struct timespec written;
};
struct rq_file_mark rq_file_mark(const char *path);
struct rq_file_mark rq_output_mark(const struct rq_output *output); /* once settled, and before commit: the file that it will be */
/* Removes the file that was marked, as far as it is still there. E_IO. */
RQ_MUST_USE enum rq_status rq_file_remove_marked(const char *path, const struct rq_file_mark *mark, struct rq_error *err);

/* Paths, allocated in the arena; NULL when memory runs out, or had run out for an argument. A path that is absolute stays as it is. */
char *rq_path_join(struct rq_arena *arena, const char *folder, const char *path);
char *rq_path_folder(struct rq_arena *arena, const char *path); /* "." where it has none */

#endif
