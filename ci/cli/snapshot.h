/* What the actions of `rqgate snapshot` share: where the snapshots are, and which one is meant. */
#ifndef RQ_CLI_SNAPSHOT_H
#define RQ_CLI_SNAPSHOT_H

#include "ci/cli/command.h"
#include "evalcore/base/progress.h"
#include "evalcore/snapshot/vault.h"

struct rq_snapshot_options {
	const char *store, *config;
	const char *as_of;
};

#define RQ_SNAPSHOT_STORE_FLAG(type) \
	{"--store", "DIR", RQ_FLAG_STRING, offsetof(type, where.store), "the folder of snapshots (default: .rqgate/snapshots here)"}
#define RQ_SNAPSHOT_FLAGS(type) \
	RQ_SNAPSHOT_STORE_FLAG(type), {"--config", "CONFIG", RQ_FLAG_STRING, offsetof(type, where.config), "the folder that \"snapshots\" in this config names"}
#define RQ_SNAPSHOT_AS_OF_FLAG(type) \
	{"--as-of", "TIME", RQ_FLAG_STRING, offsetof(type, where.as_of), \
	 "the one that was current then, in place of a name: 2026-11-21, 2026-11-21T03:00:00Z, or so long ago: 30d"}

/* Opens it. E_USAGE, E_CONFIG, and as rq_vault_open(). */
RQ_MUST_USE enum rq_status rq_vault_from(struct rq_vault *vault, const struct rq_snapshot_options *where, enum rq_vault_use use,
                                         struct rq_error *err);
/* The argument, "current" without one, or what --as-of names. E_USAGE. */
RQ_MUST_USE enum rq_status rq_snapshot_from(char sha256[RQ_SHA256_HEX], const struct rq_vault *vault, const struct rq_snapshot_options *where,
                                            const struct rq_strings *arguments, struct rq_error *err);

/* Damage that a command found ends what the snapshot's last drill vouched for; a vault that cannot keep that is warned of. */
void rq_snapshot_revoke_drill(const struct rq_vault *vault, const char *sha256, const char *damage);

/* On a terminal. `bytes` 0: unknown. */
void rq_snapshot_progress(struct rq_progress *progress, const char *label, uint64_t bytes);
/* "1.2 s, 850 MB/s" */
void rq_snapshot_pace(struct rq_buf *out, double seconds, uint64_t bytes);

enum { RQ_SEAL_SHOWN = 12 }; /* digits */

extern const struct rq_command rq_action_snapshot_create, rq_action_snapshot_list, rq_action_snapshot_show, rq_action_snapshot_verify,
	rq_action_snapshot_restore, rq_action_snapshot_drill, rq_action_snapshot_pin, rq_action_snapshot_unpin, rq_action_snapshot_prune,
	rq_action_snapshot_export, rq_action_snapshot_import;

#endif
