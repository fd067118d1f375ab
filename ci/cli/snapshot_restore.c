/* rqgate snapshot restore */
#include "ci/cli/snapshot.h"
#include "ci/cli/style.h"
#include "ci/cli/when.h"
#include "evalcore/base/parse.h"
#include "evalcore/snapshot/snapshot.h"

#include <string.h>

struct options {
	struct rq_snapshot_options where;
	const char *to;
	bool json;
};

static const struct rq_flag flags[] = {
	{"--to", "DIR", RQ_FLAG_STRING, offsetof(struct options, to), "where servers read: DIR/current will be a link to the files"},
	RQ_SNAPSHOT_FLAGS(struct options),
	RQ_SNAPSHOT_AS_OF_FLAG(struct options),
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON"},
	RQ_FLAGS_END,
};

static enum rq_status show(const struct options *options, const char *sha256, const struct rq_restored *restored, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	char size[16], to[1024], folder[1024];

	if (options->json) {
		rq_json_set_string(root, "snapshot", sha256);
		rq_json_set_string(root, "folder", restored->folder);
		rq_json_set_bool(root, "was_there", restored->was_there);
		rq_json_set_number(root, "bytes", (double)restored->bytes);
		rq_json_set_number(root, "seconds", restored->seconds);
		RQ_TRY(rq_json_print(&text, root, true, err));
		rq_buf_puts(&text, "\n");
		return rq_print(&text, err);
	}
	rq_show_text(to, sizeof to, options->to);
	rq_show_text(folder, sizeof folder, restored->folder);
	rq_buf_printf(&text, "%s/" RQ_CURRENT_LINK " -> %s: %.*s, %s %s and checked (", to, folder, (int)RQ_SEAL_SHOWN, sha256,
	              rq_show_size(size, restored->bytes), restored->was_there ? "were there" : "copied");
	rq_snapshot_pace(&text, restored->seconds, restored->bytes);
	rq_buf_puts(&text, ")\n");
	return rq_print_lines(&text, err);
}

static enum rq_status restore(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_progress_end) struct rq_progress progress = {0};
	const struct options *options = given;
	struct rq_restored restored;
	char sha256[RQ_SHA256_HEX], when[32];

	*exit_code = 0;
	if (options->to == NULL)
		return rq_fail(err, RQ_E_USAGE, "--to DIR is missing: the folder whose link \"" RQ_CURRENT_LINK "\" servers read");
	RQ_TRY(rq_when(when, err));
	RQ_TRY(rq_vault_from(&vault, &options->where, RQ_VAULT_READ, err));
	RQ_TRY(rq_snapshot_from(sha256, &vault, &options->where, arguments, err));
	rq_snapshot_progress(&progress, "restore", 0);
	enum rq_status status = rq_snapshot_restore(&restored, &vault, sha256, options->to, when, &progress, &arena, err);
	if (status == RQ_E_DATA)
		rq_snapshot_revoke_drill(&vault, sha256, err->text);
	RQ_TRY(status);
	rq_progress_end(&progress);
	RQ_TRY(show(options, sha256, &restored, err));
	if (restored.unknown == NULL)
		return RQ_OK;
	char shown[4096]; /* a vault that is mounted to be read brings its snapshots back all the same */
	rq_show_text(shown, sizeof shown, restored.unknown);
	fprintf(stderr, "rqgate: warning: the vault does not know that this snapshot is current now, so \"current\" and \"previous\" are as before: %s\n",
	        shown);
	return RQ_OK;
}

const struct rq_command rq_action_snapshot_restore = {
	.name = "snapshot restore",
	.summary = "bring a snapshot back, and point the link \"current\" to it",
	.arguments = "[SNAPSHOT]",
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Puts the files into a new folder below --to, each byte checked on its way, and on the disk; then --to/current points there, in one step.\n"
	        "Who opens a file in it finds the old one or the new one, whole. A damaged snapshot is refused, and the link stays as it was. What was\n"
	        "restored before stays where it is, so that going back to it copies nothing; remove such folders when they are not needed any more.\n"
	        "example: rqgate snapshot restore previous --to /srv/search --store /backup/search",
	.run = restore,
};
