/* What the actions of `rqgate baseline` share: where the baselines are. */
#ifndef RQ_CLI_BASELINE_H
#define RQ_CLI_BASELINE_H

#include "ci/cli/command.h"

/* The flags that name the folder, to stand first in an action's options. */
struct rq_baseline_options {
	const char *dir, *config;
};

#define RQ_BASELINE_DIR_FLAG(type) {"--dir", "DIR", RQ_FLAG_STRING, offsetof(type, where.dir), "the folder of baselines (default: baselines here)"}
#define RQ_BASELINE_FLAGS(type) \
	RQ_BASELINE_DIR_FLAG(type), {"--config", "CONFIG", RQ_FLAG_STRING, offsetof(type, where.config), "the baselines that \"rqgate run CONFIG\" uses"}

/* Borrowed, or the arena's. E_USAGE, E_IO where the config is not there. */
RQ_MUST_USE enum rq_status rq_baselines_from(const char **folder, const struct rq_baseline_options *where, struct rq_arena *arena,
                                             struct rq_error *err);

extern const struct rq_command rq_action_baseline_approve, rq_action_baseline_list, rq_action_baseline_show, rq_action_baseline_diff,
	rq_action_baseline_pin, rq_action_baseline_unpin, rq_action_baseline_verify;

#endif
