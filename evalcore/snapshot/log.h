/* What a vault's log tells: which snapshot became current when, and which ones were pinned. Its last line is the digest
 * of the others. */
#ifndef RQ_SNAPSHOT_LOG_H
#define RQ_SNAPSHOT_LOG_H

#include "evalcore/snapshot/vault.h"

enum rq_log_event { RQ_LOG_SWITCH, RQ_LOG_PIN, RQ_LOG_UNPIN, RQ_LOG_EVENTS };

struct rq_log_entry {
	struct rq_switch what;
	enum rq_log_event event;
};

/* All of it, in the order in which it was written. The arena's. E_DATA: it is damaged or missing. */
RQ_MUST_USE enum rq_status rq_log_read(struct rq_log_entry **entries, size_t *count, const struct rq_vault *vault,
                                       struct rq_arena *arena, struct rq_error *err);
/* E_DATA where there is one that tells of snapshots: the vault has lost them, and is nobody's to make anew. */
RQ_MUST_USE enum rq_status rq_log_check_none(const struct rq_vault *vault, struct rq_error *err);
/* One of a vault that is made: nothing has happened yet. */
RQ_MUST_USE enum rq_status rq_log_begin(const struct rq_vault *vault, struct rq_error *err);
/* A lock of its own: others go on reading meanwhile. Where the log is damaged a switch begins it anew. E_DATA, E_IO,
 * E_LOCKED. */
RQ_MUST_USE enum rq_status rq_log_append(const struct rq_vault *vault, const struct rq_log_entry *entry,
                                         struct rq_error *err);
/* Removes it from a vault that goes, as far as that can be. */
void rq_log_remove(const struct rq_vault *vault);

#endif
