/* Snapshots of an index: its files cut into the chunks of a vault, checked, and put together again. Everything
 * streams on two or three threads, in less than 64 MB whatever the files' size. */
#ifndef RQ_SNAPSHOT_SNAPSHOT_H
#define RQ_SNAPSHOT_SNAPSHOT_H

#include "evalcore/base/progress.h"
#include "evalcore/snapshot/vault.h"

#include <sys/stat.h>

/* A file to be kept. */
struct rq_snapshot_file {
	const char *name; /* in the snapshot: "index.faiss" */
	const char *path;
	const struct stat *seen; /* when the caller looked into it: it must be that file yet; NULL: nobody did */
};

struct rq_created {
	bool made;       /* false: the current snapshot holds the same, of this batch or of none that is named, and its seal is the manifest's */
	uint64_t bytes;  /* of the files */
	size_t chunks;
	uint64_t added_bytes; /* of the chunks that the vault did not have */
	size_t added;
	double seconds;
};

/* Keeps the files, fills manifest->files and both of its digests, and makes the snapshot the current one; the rest of the manifest is the caller's. It
 * is there whole or not at all. E_IO, E_DATA (a file changed meanwhile, or since it was seen). `vault` is open to add. */
RQ_MUST_USE enum rq_status rq_snapshot_create(struct rq_created *created, struct rq_manifest *manifest, const struct rq_vault *vault,
                                              const struct rq_snapshot_file *files, size_t count, struct rq_progress *progress,
                                              struct rq_error *err);
/* The last step of it: the manifest has its files, and the vault their chunks. *made false: `current` (NULL: none) holds the same. */
RQ_MUST_USE enum rq_status rq_snapshot_seal(bool *made, struct rq_manifest *manifest, const struct rq_vault *vault, const struct rq_manifest *current,
                                            struct rq_error *err);

/* What is wrong with one snapshot, or with what is kept beside them. */
struct rq_damage {
	const char *snapshot; /* its seal; NULL: the log of switches */
	const char *file;     /* whose chunk it is; NULL: the manifest itself; "drill": the record of the last one */
	const char *reason;
};

struct rq_checked {
	struct rq_damage *damages; /* a file once, by its first fault */
	size_t count;
	size_t snapshots, chunks;  /* looked at */
	uint64_t bytes;
	double seconds;
};

/* Reads every byte of these snapshots, chunks that they share once. That something is damaged is no failure; all of it is the arena's. E_IO. */
RQ_MUST_USE enum rq_status rq_snapshot_verify(struct rq_checked *checked, const struct rq_vault *vault, const char *const *seals, size_t count,
                                              struct rq_progress *progress, struct rq_arena *arena, struct rq_error *err);

/* Are all of its chunks in packs that are there? A glance, where verifying takes as long as reading: E_DATA where one is not, E_IO. */
RQ_MUST_USE enum rq_status rq_snapshot_look(const struct rq_manifest *manifest, const struct rq_vault *vault, struct rq_error *err);

/* The bytes of one of its files, which are held in memory, each chunk and all of them checked. E_DATA, E_IO. */
RQ_MUST_USE enum rq_status rq_snapshot_peek(struct rq_buf *bytes, const struct rq_manifest *manifest, const char *name,
                                            const struct rq_vault *vault, struct rq_error *err);

/* Puts the files and the manifest into `folder`, which is there and empty, each chunk and each file checked on its way, and everything on the disk.
 * E_DATA, E_IO. */
RQ_MUST_USE enum rq_status rq_snapshot_unpack(const struct rq_manifest *manifest, const struct rq_vault *vault, const char *folder,
                                              struct rq_progress *progress, struct rq_error *err);
/* The files in a folder that it was put into. E_DATA, E_IO. */
RQ_MUST_USE enum rq_status rq_snapshot_check_folder(const struct rq_manifest *manifest, const char *folder, struct rq_progress *progress,
                                                    struct rq_error *err);

struct rq_restored {
	const char *folder; /* that "current" points to; the arena's */
	bool was_there;     /* whole: nothing was copied */
	const char *unknown; /* why the vault does not know that it is current; NULL: it does; the arena's */
	uint64_t bytes;
	double seconds;
};

#define RQ_CURRENT_LINK "current"

/* Puts the snapshot into a new folder below `to`, named by the first 16 digits of its seal, then has the link `to`/current point there, in one step:
 * who opens `to`/current/index.faiss finds the one or the other. What was restored before stays. It is the vault's current
 * one from `when` on. One restore at a time has `to`, so that the link and the vault say the same. E_DATA: the snapshot is damaged, and the link as it
 * was. E_IO; E_USAGE where something else than a link is called "current". */
RQ_MUST_USE enum rq_status rq_snapshot_restore(struct rq_restored *restored, const struct rq_vault *vault, const char *sha256, const char *to,
                                               const char *when, struct rq_progress *progress, struct rq_arena *arena, struct rq_error *err);

struct rq_pruned {
	const char **seals; /* that go, oldest first; the arena's */
	size_t count;
	size_t kept, chunks; /* snapshots that stay, chunks that go */
	uint64_t bytes;      /* of these */
};

/* Which snapshots may go. */
struct rq_retention {
	size_t newest;   /* so many stay */
	int64_t since;   /* made at or after: stay */
	bool dry;        /* nothing is removed */
};

/* Removes the other snapshots, but never the current one, the one before, nor one that is pinned; then the chunks that no snapshot has. `vault` is open
 * to remove. E_DATA where a manifest is damaged: which chunks it has, nobody knows. E_IO. */
RQ_MUST_USE enum rq_status rq_snapshot_prune(struct rq_pruned *pruned, const struct rq_vault *vault, const struct rq_retention *retention,
                                             struct rq_arena *arena, struct rq_error *err);

#endif
