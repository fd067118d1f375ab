/* rqgate snapshot prune, pin and unpin: which snapshots stay. */
#include "ci/cli/memo.h"
#include "ci/cli/snapshot.h"
#include "ci/cli/style.h"
#include "ci/cli/when.h"
#include "evalcore/base/parse.h"
#include "evalcore/snapshot/snapshot.h"

struct options {
	struct rq_snapshot_options where;
	struct rq_flag_number keep, keep_days;
	bool dry_run;
};

static const struct rq_flag flags[] = {
	{"--keep", "N", RQ_FLAG_NUMBER, offsetof(struct options, keep), "the newest N stay"},
	{"--keep-days", "D", RQ_FLAG_NUMBER, offsetof(struct options, keep_days), "those of the last D days stay"},
	{"--dry-run", NULL, RQ_FLAG_BOOL, offsetof(struct options, dry_run), "remove nothing, say what would be"},
	RQ_SNAPSHOT_FLAGS(struct options),
	RQ_FLAGS_END,
};

static const struct rq_flag pin_flags[] = {
	RQ_SNAPSHOT_FLAGS(struct options),
	RQ_FLAGS_END,
};

static enum rq_status show(const struct rq_pruned *pruned, bool dry, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	char size[16];

	for (size_t i = 0; i < pruned->count; i++)
		rq_buf_printf(&text, "%s %.*s\n", dry ? "would remove" : "removed", (int)RQ_SEAL_SHOWN, pruned->seals[i]);
	rq_buf_printf(&text, "%zu snapshot%s stay%s; %zu chunks, %s, %s\n", pruned->kept, pruned->kept == 1 ? "" : "s", pruned->kept == 1 ? "s" : "",
	              pruned->chunks, rq_show_size(size, pruned->bytes), dry ? "would be free" : "are free");
	return rq_print_lines(&text, err);
}

static enum rq_status prune(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct options *options = given;
	struct rq_retention retention = {.newest = (size_t)options->keep.value, .since = INT64_MAX, .dry = options->dry_run};
	struct rq_pruned pruned;
	int64_t now;

	(void)arguments;
	*exit_code = 0;
	if (!options->keep.given && !options->keep_days.given)
		return rq_fail(err, RQ_E_USAGE, "--keep N or --keep-days D is missing; what either keeps stays");
	if (options->keep_days.given && options->keep_days.value > 100000)
		return rq_fail(err, RQ_E_USAGE, "--keep-days: at most 100000");
	RQ_TRY(rq_when_us(&now, err));
	if (options->keep_days.given)
		retention.since = now / 1000000 - options->keep_days.value * 86400;
	RQ_TRY(rq_vault_from(&vault, &options->where, RQ_VAULT_REMOVE, err));
	RQ_TRY(rq_snapshot_prune(&pruned, &vault, &retention, &arena, err));
	return show(&pruned, options->dry_run, err);
}

static enum rq_status set_pin(const void *given, const struct rq_strings *arguments, bool pinned, struct rq_error *err)
{
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	char sha256[RQ_SHA256_HEX], when[32];

	RQ_TRY(rq_when(when, err));
	RQ_TRY(rq_vault_from(&vault, &options->where, RQ_VAULT_READ, err));
	RQ_TRY(rq_snapshot_from(sha256, &vault, &options->where, arguments, err));
	RQ_TRY(rq_vault_pin(&vault, sha256, pinned, when, err));
	rq_buf_printf(&text, "%.*s %s\n", (int)RQ_SEAL_SHOWN, sha256, pinned ? "is pinned: it is never pruned" : "is not pinned any more");
	return rq_print_lines(&text, err);
}

static enum rq_status pin(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	*exit_code = 0;
	return set_pin(given, arguments, true, err);
}

static enum rq_status unpin(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	*exit_code = 0;
	return set_pin(given, arguments, false, err);
}

const struct rq_command rq_action_snapshot_prune = {
	.name = "snapshot prune",
	.summary = "remove old snapshots, never the current, previous or pinned",
	.arguments = "",
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Removes snapshots that neither --keep nor --keep-days keeps, and the chunks that no other has. The current one, the one before and those\n"
	        "that are pinned stay in any case.\n"
	        "example: rqgate snapshot prune --keep 7 --keep-days 30",
	.run = prune,
};

const struct rq_command rq_action_snapshot_pin = {
	.name = "snapshot pin",
	.summary = "never prune this one",
	.arguments = "SNAPSHOT",
	.least = 1,
	.most = 1,
	.flags = pin_flags,
	.options_size = sizeof(struct options),
	.help = "example: rqgate snapshot pin 1f2e3d4c",
	.run = pin,
};

const struct rq_command rq_action_snapshot_unpin = {
	.name = "snapshot unpin",
	.summary = "let it be pruned",
	.arguments = "SNAPSHOT",
	.least = 1,
	.most = 1,
	.flags = pin_flags,
	.options_size = sizeof(struct options),
	.help = "example: rqgate snapshot unpin 1f2e3d4c",
	.run = unpin,
};
