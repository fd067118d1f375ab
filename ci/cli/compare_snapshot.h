/* A snapshot as files that can be compared: brought back into a scratch folder, or the folder that it was restored to. */
#ifndef RQ_CLI_COMPARE_SNAPSHOT_H
#define RQ_CLI_COMPARE_SNAPSHOT_H

#include "ci/cli/snapshot.h"
#include "evalcore/base/folder.h"
#include "evalcore/snapshot/serving.h"

/* Zero-initialise; release in any case, which removes the scratch folder. */
struct rq_compare_snapshot {
	struct rq_manifest manifest;
	const char *index, *ids, *vectors; /* paths; ids and vectors NULL: it has none, or the index tells them */
	const char *place;                 /* the folder that it was read from: its own, or that of the store */
	struct rq_serving_how how;         /* its index is searched; texts NULL: it does not say */
	/* internal */
	struct rq_folder scratch;
	struct rq_arena arena;
};

/* Does A or B name one: a folder, or no file and a store to look in? */
bool rq_compare_names_snapshot(const char *name, const char *store);
/* `name` NULL: the one that was current at the time where->as_of. `scratch`: where it is brought back to; NULL: in the
 * store. Every byte of these is checked. E_USAGE, E_DATA, E_IO. */
RQ_MUST_USE enum rq_status rq_compare_snapshot_open(struct rq_compare_snapshot *snapshot, const char *name, const struct rq_snapshot_options *where,
                                                    const char *scratch, struct rq_progress *progress, struct rq_error *err);
void rq_compare_snapshot_release(struct rq_compare_snapshot *snapshot);

#endif
