/* Kept folders of one kind side by side, each named by the seal of its manifest: which there are, and which one was the newest at some time. Folders
 * of other names are somebody else's. */
#ifndef RQ_SNAPSHOT_SNAPSHOTS_H
#define RQ_SNAPSHOT_SNAPSHOTS_H

#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"

struct rq_snapshot {
	const char *sha256;  /* its name */
	const char *content; /* rq_manifest's */
	const char *created; /* "2026-11-21T03:36:50Z" */
	int64_t seconds;     /* the same since 1970 */
	size_t order;        /* of one second: 0, or what the caller knows of it */
};

struct rq_snapshots {
	struct rq_snapshot *items; /* oldest first; of one second by `order`, then by their names */
	size_t count;
};

/* What is in the folder and is named by a SHA-256, in the order of the digits. The arena's. E_IO. */
RQ_MUST_USE enum rq_status rq_digests_in(const char *const **names, size_t *count, const char *folder, struct rq_arena *arena,
                                         struct rq_error *err);

/* None where the folder is not there. Everything is the arena's. E_DATA where a manifest is damaged, or is not the one that its folder is named by;
 * E_IO. */
RQ_MUST_USE enum rq_status rq_snapshots_list(struct rq_snapshots *snapshots, const char *folder, const char *kind, struct rq_arena *arena,
                                             struct rq_error *err);
/* Sorts them anew, after the caller has set their `order`. */
void rq_snapshots_sort(struct rq_snapshots *snapshots);
/* The newest that there was at that time; NULL: none was. */
const struct rq_snapshot *rq_snapshots_at(const struct rq_snapshots *snapshots, int64_t seconds);
/* The time of "2026-10-12T03:00:00Z", or the last second of "2026-10-12" (UTC). E_USAGE. */
RQ_MUST_USE enum rq_status rq_snapshots_time(int64_t *seconds, const char *text, struct rq_error *err);

#endif
