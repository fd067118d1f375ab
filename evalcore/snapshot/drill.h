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
	const char *to;             /* the folder that it was brought back below; NULL: the vault, or an earlier version that did not tell */
	const char *with;           /* "rqgate 0.1.0, FAISS 1.7.3, OpenBLAS 0.3.21 (Zen) on AMD EPYC"; NULL as above */
	const char *from_medium;    /* "disk", "network" or "memory": what the packs lay on; NULL as above */
	const char *to_medium;      /* and the copy */
	bool passed;
	const char *reason;         /* why it failed; "": it passed */
	const char *withdrawn;      /* it had passed, and this is when damage was found; NULL: none was, or as above */
	uint64_t bytes;             /* of the snapshot's files */
	double seconds[RQ_DRILL_STEPS]; /* NaN: not reached */
	double total;               /* of all steps, one after the other */
	size_t queries, same;
	const char *unkept;         /* why there is no record of it in the vault; NULL: there is one */
};

struct rq_drill_how {
	const char *to;      /* where the scratch folder is made; NULL: in the vault */
	const char *when;    /* "2026-11-21T03:36:50Z" */
	const char *program; /* "rqgate 0.1.0" */
};

/* Was the vault, or where it brought the snapshot back to, in memory? That takes less time than a disk. */
bool rq_drill_was_in_memory(const struct rq_drill *drill);
/* Has the system forget the vault's packs, puts the snapshot into a scratch folder, which goes again, checks it, opens
 * the index and replays its queries. Whatever ends that early is a drill that failed, be it the snapshot, the disk or
 * the memory: the way back was not there. It is the snapshot's last from its beginning on, so that one that is killed
 * has failed too. One drill of a snapshot at a time: E_LOCKED. E_IO, E_USAGE where the scratch folder cannot be made,
 * and then there was no drill; E_INTERRUPTED. Strings are the arena's. */
RQ_MUST_USE enum rq_status rq_drill_make(struct rq_drill *drill, const struct rq_vault *vault, const char *sha256,
                                         const struct rq_drill_how *how, struct rq_progress *progress,
                                         struct rq_arena *arena, struct rq_error *err);
/* Damage was found after its last drill: one that passed has not, from then on, until there is another. Nothing where none passed. E_IO: the record may not
 * be written. */
RQ_MUST_USE enum rq_status rq_drill_revoke(const struct rq_vault *vault, const char *sha256, const char *damage,
                                           const char *when, struct rq_error *err);
/* May this process keep that? Where it may not, a record of a pass says nothing of damage that was found since. */
bool rq_drill_may_revoke(const struct rq_vault *vault);
/* The record has a seal, and one of a drill that passed all that a drill finds. *found false: there was none. E_DATA, E_IO. */
RQ_MUST_USE enum rq_status rq_drill_last(struct rq_drill *drill, bool *found, const struct rq_vault *vault, const char *sha256,
                                         struct rq_arena *arena, struct rq_error *err);

#endif
