/* rqgate snapshot: indexes that are kept, and proof that they come back. An action is a row below; its file is named for it or for the first of those
 * that are alike. */
#include "ci/cli/snapshot.h"

#include "ci/cli/store_options.h"
#include "ci/cli/when.h"
#include "evalcore/base/parse.h"
#include "evalcore/pipeline/config.h"
#include "evalcore/snapshot/drill.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STANDARD_VAULT ".rqgate/snapshots"

static const struct rq_command *const actions[] = {
	&rq_action_snapshot_create, &rq_action_snapshot_list,  &rq_action_snapshot_show,   &rq_action_snapshot_verify,
	&rq_action_snapshot_restore, &rq_action_snapshot_drill, &rq_action_snapshot_pin,    &rq_action_snapshot_unpin,
	&rq_action_snapshot_prune,  &rq_action_snapshot_export, &rq_action_snapshot_import, NULL,
};

const struct rq_command rq_command_snapshot = {
	.name = "snapshot",
	.summary = "keep an index, check it, bring it back, and prove that it comes back",
	.help = "A snapshot is an index with its vectors and ids, and what else belongs to it, kept in a folder that may be on any mounted path.\n"
	        "Snapshots share the bytes that they have in common. Each is there whole or not at all, and every byte of it has a checksum.\n"
	        "A snapshot is named by the first digits of its seal, or \"current\" or \"previous\". ci/runbooks/rollback.md says what to type at night.",
	.actions = actions,
};

static enum rq_status open_vault(struct rq_vault *vault, const char *path, enum rq_vault_use use, struct rq_error *err)
{
	static bool told; /* a comparison opens it twice */
	char shown[4096];

	RQ_TRY(rq_vault_open(vault, path, use, RQ_VAULT_WAIT, err));
	if (vault->lock >= 0 || told)
		return RQ_OK;
	told = true;
	rq_show_text(shown, sizeof shown, path);
	fprintf(stderr, "rqgate: warning: \"%s\": " RQ_VAULT_UNLOCKED "\n", shown);
	return RQ_OK;
}

enum rq_status rq_vault_from(struct rq_vault *vault, const struct rq_snapshot_options *where, enum rq_vault_use use, struct rq_error *err)
{
	RQ_CLEANUP(rq_config_release) struct rq_config config = {0};
	const struct rq_strings nothing = {0};

	if (where->store != NULL || where->config == NULL)
		return open_vault(vault, where->store != NULL ? where->store : STANDARD_VAULT, use, err);
	RQ_TRY(rq_config_load(&config, where->config, &nothing, err));
	if (config.snapshots == NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s: names no folder of snapshots; \"snapshots\": \"" STANDARD_VAULT "\" in it, or --store", where->config);
	return open_vault(vault, config.snapshots, use, err);
}

enum rq_status rq_snapshot_from(char sha256[RQ_SHA256_HEX], const struct rq_vault *vault, const struct rq_snapshot_options *where,
                                const struct rq_strings *arguments, struct rq_error *err)
{
	int64_t us, seconds;

	if (where->as_of == NULL)
		return rq_vault_find(sha256, vault, arguments->count == 0 ? "current" : arguments->items[0], err);
	if (arguments->count > 0)
		return rq_fail(err, RQ_E_USAGE, "--as-of and the name of a snapshot exclude each other; keep one");
	if (strlen(where->as_of) == sizeof "2026-11-21" - 1 && where->as_of[4] == '-') { /* a day ends with its last second */
		if (rq_snapshots_time(&seconds, where->as_of, err) != RQ_OK)
			return rq_fail_within(err, "--as-of");
		return rq_vault_at(sha256, vault, seconds, err);
	}
	RQ_TRY(rq_flag_moment(&us, "--as-of", where->as_of, err));
	return rq_vault_at(sha256, vault, us / 1000000, err);
}

void rq_snapshot_revoke_drill(const struct rq_vault *vault, const char *sha256, const char *damage)
{
	char shown[2 * sizeof ((struct rq_error *)NULL)->text];
	struct rq_error why = {0};
	char when[32];

	if (rq_when(when, &why) == RQ_OK && rq_drill_revoke(vault, sha256, damage, when, &why) == RQ_OK)
		return;
	rq_show_text(shown, sizeof shown, why.text);
	fprintf(stderr,
	        "rqgate: warning: the vault does not know of this damage; a gate that may not write there either looks for it, "
	        "others go by the last drill yet: %s\n",
	        shown);
}

void rq_snapshot_progress(struct rq_progress *progress, const char *label, uint64_t bytes)
{
	progress->enabled = isatty(STDERR_FILENO) != 0;
	rq_progress_begin(progress, label, "bytes", (size_t)bytes);
}

void rq_snapshot_pace(struct rq_buf *out, double seconds, uint64_t bytes)
{
	char rate[16];

	rq_buf_printf(out, "%.2f s", seconds);
	if (seconds > 0 && (double)bytes / seconds >= 1)
		rq_buf_printf(out, ", %s/s", rq_show_size(rate, (uint64_t)((double)bytes / seconds)));
}
