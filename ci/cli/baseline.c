/* rqgate baseline: approved baselines, kept as files beside the config. An action is a row below; its file is named for it or for the first of those
 * that are alike. */
#include "ci/cli/baseline.h"

#include "evalcore/base/file.h"
#include "evalcore/baseline/baseline.h"

static const struct rq_command *const actions[] = {
	&rq_action_baseline_approve, &rq_action_baseline_list, &rq_action_baseline_show,   &rq_action_baseline_diff,
	&rq_action_baseline_pin,     &rq_action_baseline_unpin, &rq_action_baseline_verify, NULL,
};

const struct rq_command rq_command_baseline = {
	.name = "baseline",
	.summary = "approve what a report found, to compare with it later",
	.help = "An approved baseline is a folder below \"baselines\" beside the config, made to be committed: who approved what, when and why, digests\n"
	        "of what it was made of, rankings, and scores per topic. \"rqgate run CONFIG --against NAME\" compares a candidate with it, and needs\n"
	        "neither the baseline's vectors nor its index.",
	.actions = actions,
};

enum rq_status rq_baselines_from(const char **folder, const struct rq_baseline_options *where, struct rq_arena *arena, struct rq_error *err)
{
	if (where->dir != NULL && where->config != NULL)
		return rq_fail(err, RQ_E_USAGE, "--dir and --config exclude each other; keep one");
	if (where->config != NULL && !rq_file_exists(where->config))
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: no such file", where->config);
	const char *beside = where->config == NULL ? "." : rq_path_folder(arena, where->config);
	*folder = where->dir != NULL ? where->dir : rq_path_join(arena, beside, RQ_BASELINES_FOLDER);
	return *folder == NULL ? rq_fail_memory(err) : RQ_OK;
}
