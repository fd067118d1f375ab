/* Which store a command reads: flags that history and failures share. */
#ifndef RQ_CLI_STORE_OPTIONS_H
#define RQ_CLI_STORE_OPTIONS_H

#include "ci/cli/flags.h"
#include "evalcore/memory/store.h"

struct rq_store_options {
	const char *store, *config;
};

#define RQ_STORE_FLAGS(type) \
	{"--store", "FILE", RQ_FLAG_STRING, offsetof(type, where.store), "the store (default: " RQ_STORE_FILE " here)"}, \
	{"--config", "CONFIG", RQ_FLAG_STRING, offsetof(type, where.config), "the store that \"rqgate run CONFIG\" keeps"}

/* Opens the store that they name, which must be there; its path as it may be shown is *shown, in the arena. E_USAGE, E_CONFIG, and as
 * rq_store_open(). */
RQ_MUST_USE enum rq_status rq_store_from(struct rq_store *store, const char **shown, const struct rq_store_options *options, struct rq_arena *arena,
                                         struct rq_error *err);

/* --since and --until: "2026-11-21", "2026-11-21T03:00:00Z", or so long ago, "30d". Microseconds since 1970; 0 where `text` is NULL. */
RQ_MUST_USE enum rq_status rq_flag_moment(int64_t *us, const char *flag, const char *text, struct rq_error *err);

#endif
