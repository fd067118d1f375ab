/* The store: one SQLite file that remembers what jobs found. Opening it brings an older file up to date; what is written is written in one
 * transaction, so that a batch is there whole or not at all, whatever ends the process. */
#ifndef RQ_MEMORY_STORE_H
#define RQ_MEMORY_STORE_H

#include "evalcore/base/memory.h"
#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a file that this program writes; older ones are brought there, newer ones are refused. */
extern const int rq_store_schema_version;

#define RQ_STORE_WAIT 30.0 /* seconds */
#define RQ_STORE_FILE ".rqgate/history.db" /* where nobody names another */

/* Zero-initialise; close in any case. One thread at a time, and in one place: SQLite keeps its address. */
struct rq_store {
	struct sqlite3 *db;
	char *path;
	double wait; /* seconds until another job's lock is E_LOCKED; 0: RQ_STORE_WAIT */
	uint64_t waited_ns; /* rq_clock_ns() at the beginning of the wait */
};

/* Opens `path`, making it and the folders above where `create`; else it may be in a folder that cannot be written, and then is read as it is. A file of an older schema is copied to PATH.vN.backup, which is the disk's before
 * anything changes, and migrated, one transaction a step. E_IO (also: no such file), E_DATA where it is no store or a newer program's, E_LOCKED,
 * E_INTERRUPTED. */
RQ_MUST_USE enum rq_status rq_store_open(struct rq_store *store, const char *path, bool create, struct rq_error *err);
void rq_store_close(struct rq_store *store);

/* Every page and every reference: E_DATA with the first fault. */
RQ_MUST_USE enum rq_status rq_store_check(struct rq_store *store, struct rq_error *err);

/* Microseconds since 1970, UTC, as text and its parts: "2026-11-21T03:36:50.000000Z", "2026-11-21", "2026-W47" (ISO 8601). */
struct rq_day {
	char text[16];
};
struct rq_day rq_day_of(int64_t us);
struct rq_day rq_week_of(int64_t us);
struct rq_moment {
	char text[40];
};
struct rq_moment rq_moment_of(int64_t us);

#endif
