/* Which reference a job of drift compares with. */
#ifndef RQ_CLI_DRIFT_REFERENCES_H
#define RQ_CLI_DRIFT_REFERENCES_H

#include "ci/cli/memo.h"

#include <stdbool.h>
#include <stdint.h>

struct rq_references {
	const char *name;    /* as reports call them */
	const char *folder;  /* where they stand side by side */
	const char *current; /* sha256 of the one to compare with; NULL: there is none yet */
	bool is_newest;      /* it is the newest that is there, and was not asked for by its time or its folder */
	int64_t as_of;       /* seconds since 1970; INT64_MAX: now */
};

/* `given` is a name, or with a '/' a folder: of references, or of a single one, which no `update` can follow; NULL: "default". Everything is the arena's.
 * E_USAGE, also where none was there at that time; E_DATA, E_IO. */
RQ_MUST_USE enum rq_status rq_references_find(struct rq_references *references, const char *given, const char *as_of, bool update,
                                              const char *config_folder, struct rq_arena *arena, struct rq_error *err);

/* Where there is none yet: E_DATA where there was one, by what is left in the folder or by a job of drift in the store, of this suite (without one:
 * of this config) and this name. Where there is one: E_DATA where the store remembers what replaced it. */
RQ_MUST_USE enum rq_status rq_references_check_lost(const struct rq_references *references, struct rq_memo *memo, struct rq_error *err);

/* Where there is none yet: a warning, the arena's, that names the others that hold references beside it, or that jobs in the
 * store compared with: a name that is misspelt begins a line of its own, which compares with none of them. NULL: no others. */
RQ_MUST_USE enum rq_status rq_references_others(const char **warning, const struct rq_references *references,
                                                struct rq_memo *memo, struct rq_arena *arena, struct rq_error *err);

#endif
