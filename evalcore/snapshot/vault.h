/* A vault: the folder that snapshots are kept in. On any mounted path; everything in it is plain files.
 *
 *   snapshots/SEAL/manifest.json   what a snapshot holds (manifest.h), named by its seal
 *   packs/DIGEST                   the bytes of their files in chunks, shared by all snapshots that have them (packs.h)
 *   switches                       when which snapshot became the current one, was pinned or unpinned: a line each, "TIME SEAL", "TIME pin SEAL",
 *                                  "TIME unpin SEAL", and the digest of these lines
 *   pins/SEAL                      an empty file: it is never pruned. The log says so too: where one of them is lost, it stays
 *   drills/SEAL.json               what its last drill found (drill.h)
 *   lock, switches.lock, drills/SEAL.lock   empty files, which jobs lock
 *
 * Jobs that read or add share the vault; one that removes has it alone, for less than a second. */
#ifndef RQ_SNAPSHOT_VAULT_H
#define RQ_SNAPSHOT_VAULT_H

#include "evalcore/snapshot/manifest.h"
#include "evalcore/snapshot/snapshots.h"

#include <stdint.h>

#define RQ_VAULT_WAIT 30.0 /* seconds */
#define RQ_VAULT_AT_WORK "another job is at work there" /* who has a lock that is waited for */

/* What is to be said where `lock` of a vault that is open is -1, after its path. */
#define RQ_VAULT_UNLOCKED                                                                                              \
	"is read without a lock, for it has no file \"lock\" and none can be made here; let nobody prune it meanwhile"

enum rq_vault_use { RQ_VAULT_READ, RQ_VAULT_ADD, RQ_VAULT_REMOVE };

/* A snapshot that became the current one. */
struct rq_switch {
	int64_t seconds;  /* since 1970 */
	const char *when; /* "2026-11-21T03:36:50Z" */
	const char *sha256;
};

/* Zero-initialise; close in any case. */
struct rq_vault {
	const char *path, *packs, *snapshots, *pins, *drills;
	int fd;   /* of the folder */
	int lock; /* of its file "lock"; -1: it is mounted to be read, and has none */
	bool open;
	bool made;    /* by who has it open, and alone */
	size_t there; /* bytes of `path` that named what was there before */
	struct rq_arena arena;
};

/* RQ_VAULT_ADD makes the folder where there is none. Waits for others so many seconds. E_IO; E_LOCKED; E_USAGE where
 * there is no vault; E_DATA where one has lost its folder of snapshots. */
RQ_MUST_USE enum rq_status rq_vault_open(struct rq_vault *vault, const char *path, enum rq_vault_use use, double wait, struct rq_error *err);
/* One that was made by this job and got no snapshot goes again. */
void rq_vault_close(struct rq_vault *vault);
/* What is in a vault is nobody's to write over, nor a place for anything else: E_USAGE where the path, which need not
 * be there yet, is the vault or leads into it. `instead` says what to do, as a clause: "restore to another one". */
RQ_MUST_USE enum rq_status rq_vault_check_outside(const struct rq_vault *vault, const char *path, const char *instead,
                                                  struct rq_error *err);

/* The snapshot that is called "current" or "previous", or by the beginning of its seal, four digits at least. E_USAGE. */
RQ_MUST_USE enum rq_status rq_vault_find(char sha256[RQ_SHA256_HEX], const struct rq_vault *vault, const char *name, struct rq_error *err);
/* The one that was current then, by the log's order. E_USAGE: none was, it is gone, that time was twice because the
 * clock went back, or the log, which a restore may have begun anew, does not tell. E_DATA: it is damaged. */
RQ_MUST_USE enum rq_status rq_vault_at(char sha256[RQ_SHA256_HEX], const struct rq_vault *vault, int64_t seconds, struct rq_error *err);
/* The current one, and the last one before that held another index or other ids of it, for to bring the same one back is no way back: "" where there
 * is none. E_DATA: which one it is cannot be told, or it is lost. */
RQ_MUST_USE enum rq_status rq_vault_current(char current[RQ_SHA256_HEX], char previous[RQ_SHA256_HEX], const struct rq_vault *vault,
                                            struct rq_error *err);
/* It is the current one from `when` on, "2026-11-21T03:36:50Z"; nothing where it is already. Where the log is damaged or missing it begins anew. E_IO,
 * E_LOCKED. */
RQ_MUST_USE enum rq_status rq_vault_switch(const struct rq_vault *vault, const char *sha256, const char *when, struct rq_error *err);
/* All of them, oldest first. The arena's. E_DATA: they cannot be told. */
RQ_MUST_USE enum rq_status rq_vault_switches(struct rq_switch **switches, size_t *count, const struct rq_vault *vault, struct rq_arena *arena,
                                             struct rq_error *err);

/* The number of the first one to this snapshot; `count`: there is none. Which of two that were made in one second was
 * first, the log knows. */
size_t rq_switches_first(const struct rq_switch *switches, size_t count, const char *sha256);

/* E_IO, E_DATA: that cannot be told. */
RQ_MUST_USE enum rq_status rq_vault_is_pinned(bool *pinned, const struct rq_vault *vault, const char *sha256, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_vault_pin(const struct rq_vault *vault, const char *sha256, bool pinned, const char *when, struct rq_error *err);

/* Its folder, in the arena; NULL: no memory. */
const char *rq_vault_folder(const struct rq_vault *vault, const char *sha256, struct rq_arena *arena);
/* E_IO: that cannot be told. */
RQ_MUST_USE enum rq_status rq_vault_has(bool *there, const struct rq_vault *vault, const char *sha256, struct rq_error *err);
/* Its manifest, byte for byte as it was written, or E_DATA: nothing else in the vault tells which bytes a snapshot has. */
RQ_MUST_USE enum rq_status rq_vault_read(struct rq_manifest *manifest, const struct rq_vault *vault, const char *sha256, struct rq_error *err);
/* The manifest's text, is it what this program prints? E_DATA. */
RQ_MUST_USE enum rq_status rq_vault_check_print(const struct rq_buf *text, const char *path, struct rq_error *err);
/* The seals of all, in the order of their digits, whether or not they can be read. The arena's. */
RQ_MUST_USE enum rq_status rq_vault_seals(const char *const **seals, size_t *count, const struct rq_vault *vault, struct rq_arena *arena,
                                          struct rq_error *err);

#endif
