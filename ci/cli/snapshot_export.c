/* rqgate snapshot export and import: a snapshot as one file. */
#include "ci/cli/snapshot.h"
#include "ci/cli/style.h"
#include "evalcore/base/parse.h"
#include "evalcore/snapshot/archive.h"

#include <string.h>
#include <unistd.h>

struct options {
	struct rq_snapshot_options where;
	const char *out;
};

static const struct rq_flag export_flags[] = {
	{"--out", "FILE", RQ_FLAG_STRING, offsetof(struct options, out), "the file to write, or - for standard output"},
	RQ_SNAPSHOT_FLAGS(struct options),
	RQ_SNAPSHOT_AS_OF_FLAG(struct options),
	RQ_FLAGS_END,
};

static const struct rq_flag import_flags[] = {
	RQ_SNAPSHOT_FLAGS(struct options),
	RQ_FLAGS_END,
};

static enum rq_status export(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	RQ_CLEANUP(rq_progress_end) struct rq_progress progress = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	struct rq_archived archived;
	char sha256[RQ_SHA256_HEX], size[16], shown[1024];

	*exit_code = 0;
	if (options->out == NULL)
		return rq_fail(err, RQ_E_USAGE, "--out FILE is missing");
	bool piped = strcmp(options->out, "-") == 0;
	if (piped && isatty(STDOUT_FILENO) != 0)
		return rq_fail(err, RQ_E_USAGE, "--out -: standard output is a terminal; send it to a file or a program");
	RQ_TRY(rq_vault_from(&vault, &options->where, RQ_VAULT_READ, err));
	RQ_TRY(rq_snapshot_from(sha256, &vault, &options->where, arguments, err));
	rq_snapshot_progress(&progress, "export", 0);
	enum rq_status status = rq_snapshot_export(&archived, &vault, sha256, options->out, &progress, err);
	if (status == RQ_E_DATA)
		rq_snapshot_revoke_drill(&vault, sha256, err->text);
	RQ_TRY(status);
	rq_progress_end(&progress);
	rq_show_text(shown, sizeof shown, piped ? "standard output" : options->out);
	rq_buf_printf(&text, "%s: %.*s, %s (", shown, (int)RQ_SEAL_SHOWN, sha256, rq_show_size(size, archived.bytes));
	rq_snapshot_pace(&text, archived.seconds, archived.bytes);
	rq_buf_puts(&text, ")\n");
	RQ_TRY(rq_buf_check(&text, err));
	if (!piped)
		return rq_print_lines(&text, err);
	fputs(text.data, stderr);
	return RQ_OK;
}

static enum rq_status import(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	RQ_CLEANUP(rq_progress_end) struct rq_progress progress = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	struct rq_archived archived;

	*exit_code = 0;
	RQ_TRY(rq_vault_from(&vault, &options->where, RQ_VAULT_ADD, err));
	rq_snapshot_progress(&progress, "import", 0);
	RQ_TRY(rq_snapshot_import(&archived, &vault, arguments->items[0], &progress, err));
	rq_progress_end(&progress);
	rq_buf_printf(&text, "%.*s %s: %zu of %zu chunks are new (", (int)RQ_SEAL_SHOWN, archived.sha256, archived.made ? "is here" : "was here",
	              archived.added, archived.chunks);
	rq_snapshot_pace(&text, archived.seconds, archived.bytes);
	rq_buf_puts(&text, "); \"restore\" makes it current\n");
	return rq_print_lines(&text, err);
}

const struct rq_command rq_action_snapshot_export = {
	.name = "snapshot export",
	.summary = "a snapshot as one file, for object storage",
	.arguments = "[SNAPSHOT]",
	.most = 1,
	.flags = export_flags,
	.options_size = sizeof(struct options),
	.help = "Writes a tar of the manifest and the chunks, each of which is checked on its way.\n"
	        "example: rqgate snapshot export current --out search-2026-11-21.tar",
	.run = export,
};

const struct rq_command rq_action_snapshot_import = {
	.name = "snapshot import",
	.summary = "put such a file back; it does not become current",
	.arguments = "FILE",
	.least = 1,
	.most = 1,
	.flags = import_flags,
	.options_size = sizeof(struct options),
	.help = "Takes what \"export\" has written, each byte of it checked; chunks of the folder that are damaged are mended by it. FILE - is standard input.\n"
	        "example: rqgate snapshot import search-2026-11-21.tar",
	.run = import,
};
