/* The drill: does a snapshot come back, how fast, and does it answer as it did? What the last one of each snapshot found is kept beside it. */
#ifndef RQ_SNAPSHOT_DRILL_H
#define RQ_SNAPSHOT_DRILL_H

#include "evalcore/snapshot/snapshot.h"

enum rq_drill_step { RQ_DRILL_RESTORE, RQ_DRILL_VERIFY, RQ_DRILL_LOAD, RQ_DRILL_REPLAY, RQ_DRILL_STEPS };
extern const char *const rq_drill_step_names[]; /* "restore", "verify", "load", "replay" */

struct rq_drill {
	char sha256[RQ_SHA256_HEX]; /* of the snapshot */
	const char *when;           /* "2026-11-21T03:36:50Z" */
	int64_t seconds_since_1970; /* the same */
	bool passed;
	const char *reason;         /* why it failed; "": it passed */
	uint64_t bytes;             /* of the snapshot's files */
	double seconds[RQ_DRILL_STEPS]; /* NaN: not reached */
	double total;
	size_t queries, same;
};

/* Puts the snapshot into a scratch folder below `at`, which goes again, checks it, opens the index and replays its queries. What is wrong with the
 * snapshot is a drill that failed; E_IO, E_USAGE where no drill can be made. Strings are the arena's. */
RQ_MUST_USE enum rq_status rq_drill_make(struct rq_drill *drill, const struct rq_vault *vault, const char *sha256, const char *at, const char *when,
                                         struct rq_progress *progress, struct rq_arena *arena, struct rq_error *err);
/* Keeps it as the snapshot's last. E_IO. */
RQ_MUST_USE enum rq_status rq_drill_keep(const struct rq_drill *drill, const struct rq_vault *vault, struct rq_error *err);
/* *found false: there was none. E_DATA, E_IO. */
RQ_MUST_USE enum rq_status rq_drill_last(struct rq_drill *drill, bool *found, const struct rq_vault *vault, const char *sha256,
                                         struct rq_arena *arena, struct rq_error *err);

#endif
