/* A snapshot as one file, for object storage: a tar (POSIX.1-1988 ustar) of manifest.json and then each of its chunks once, chunks/ab12..., which any
 * tar unpacks. */
#ifndef RQ_SNAPSHOT_ARCHIVE_H
#define RQ_SNAPSHOT_ARCHIVE_H

#include "evalcore/snapshot/snapshot.h"

struct rq_archived {
	char sha256[RQ_SHA256_HEX]; /* of the snapshot */
	bool made;                  /* import: false: the vault had it */
	size_t chunks, added;       /* import: those that the vault did not have */
	uint64_t bytes;             /* of the archive */
	double seconds;
};

/* Each chunk is checked on its way. `path` appears whole or not at all; "-": standard output. E_DATA, E_IO. */
RQ_MUST_USE enum rq_status rq_snapshot_export(struct rq_archived *archived, const struct rq_vault *vault, const char *sha256, const char *path,
                                              struct rq_progress *progress, struct rq_error *err);
/* Each chunk is checked, and the snapshot is there whole or not at all. `path` "-": standard input. It does not become the current one. E_DATA: the file is no such archive, is cut
 * short, or lacks or changes a byte; E_IO. `vault` is open to add. */
RQ_MUST_USE enum rq_status rq_snapshot_import(struct rq_archived *archived, const struct rq_vault *vault, const char *path,
                                              struct rq_progress *progress, struct rq_error *err);

#endif
