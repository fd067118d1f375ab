/* A folder that appears whole or not at all: written under another name beside its place, then renamed. */
#ifndef RQ_BASE_FOLDER_H
#define RQ_BASE_FOLDER_H

#include "evalcore/base/status.h"

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise, open, write into ->temporary, commit; release (safe after commit, and on a zeroed struct) removes what was not committed. A process
 * that is killed leaves the temporary folder, .NAME.rqgate-XXXXXX, and nothing in its place. */
struct rq_folder {
	char *path, *temporary;
	size_t there; /* bytes of `path` that named what was there before */
	bool committed;
	void *names;  /* of the files in `temporary`, open, so that they are removed where memory has run out */
};

/* `path` must be free: not there, or an empty folder. Makes the folders above it, which go again where it is not committed. E_USAGE where it is taken, E_IO. */
RQ_MUST_USE enum rq_status rq_folder_open(struct rq_folder *folder, const char *path, struct rq_error *err);
/* Gives it another last name, which must be free: for a folder that is named by what was written into it. */
RQ_MUST_USE enum rq_status rq_folder_rename(struct rq_folder *folder, const char *name, struct rq_error *err);
/* E_USAGE where somebody has taken the place meanwhile. */
RQ_MUST_USE enum rq_status rq_folder_commit(struct rq_folder *folder, struct rq_error *err);
/* What was committed goes again with the release: something else that was to appear with it could not. */
void rq_folder_take_back(struct rq_folder *folder);
void rq_folder_release(struct rq_folder *folder);

/* Whether the process that opened a temporary folder, or another one that has locked it, is alive. */
bool rq_folder_is_used(const char *path);
/* Removes the temporary folders in `above` that killed processes have left: nobody has written to them for an hour, nor uses them. As far as they can be
 * removed. */
void rq_folder_clean(const char *above);

/* The next name in an open folder; *entry NULL: there are no more. E_IO where that cannot be told: what was not read is not gone. `path` is for messages. */
RQ_MUST_USE enum rq_status rq_folder_next(struct dirent **entry, DIR *stream, const char *path, struct rq_error *err);
/* Puts the names in a folder on the disk: a file that is synced may yet lose its own, and one that was removed come back. E_IO. */
RQ_MUST_USE enum rq_status rq_folder_sync(const char *path, struct rq_error *err);

/* Removes the folder with all that is in it, as far as it can be removed; links are not followed. */
void rq_remove_tree(const char *path);

#endif
