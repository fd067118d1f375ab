/* rqgate snapshot drill */
#include "ci/cli/memo.h"
#include "ci/cli/snapshot.h"
#include "ci/cli/style.h"
#include "ci/cli/when.h"
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"
#include "evalcore/pipeline/config.h"
#include "evalcore/snapshot/drill.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct options {
	struct rq_snapshot_options where;
	const char *to, *history;
	bool json;
};

static const struct rq_flag flags[] = {
	RQ_SNAPSHOT_STORE_FLAG(struct options),
	{"--config", "CONFIG", RQ_FLAG_STRING, offsetof(struct options, where.config), "its \"snapshots\" and \"store\" are used"},
	{"--history", "FILE", RQ_FLAG_STRING, offsetof(struct options, history), "the store that \"rqgate history\" reads (default: the config's)"},
	{"--to", "DIR", RQ_FLAG_STRING, offsetof(struct options, to), "make the scratch folder there (default: in the folder of snapshots)"},
	RQ_SNAPSHOT_AS_OF_FLAG(struct options),
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON"},
	RQ_FLAGS_END,
};

struct job {
	const struct options *options;
	struct rq_config config; /* where one is named */
	struct rq_memo memo;
	struct rq_drill drill;
	struct rq_arena arena;
};

static void job_release(struct job *job)
{
	rq_memo_release(&job->memo);
	rq_config_release(&job->config);
	rq_arena_release(&job->arena);
}

static enum rq_status open_memo(struct job *job, const struct rq_strings *given, struct rq_error *err)
{
	const struct options *options = job->options;
	struct rq_memo *memo = &job->memo;

	RQ_TRY(rq_memo_open(memo, "snapshot drill", options->history != NULL ? options->history : job->config.store, err));
	rq_memo_words(memo, NULL, given);
	rq_memo_word(memo, "--config", options->where.config);
	rq_memo_word(memo, "--store", options->where.store);
	rq_memo_word(memo, "--as-of", options->where.as_of);
	rq_memo_word(memo, "--to", options->to);
	return rq_memo_job(memo, options->where.config != NULL ? options->where.config : "-", &job->config, err);
}

/* ---- what it found ---- */

static enum rq_status add_time(struct rq_batch *batch, const char *step, double seconds, struct rq_error *err)
{
	char name[32];

	snprintf(name, sizeof name, "drill.%s", step);
	const struct rq_figure figure = {.kind = RQ_FIGURE_LATENCY, .name = name, .value = seconds, .lower = NAN, .upper = NAN, .bound = NAN, .count = 1};
	return isfinite(seconds) ? rq_batch_add_figure(batch, &figure, err) : RQ_OK;
}

static enum rq_status write_memo(struct job *job, struct rq_error *err)
{
	const struct rq_drill *drill = &job->drill;
	struct rq_batch *batch = &job->memo.batch;

	if (!job->memo.open)
		return RQ_OK;
	batch->verdict = drill->passed ? "pass" : "fail";
	batch->exit_code = !drill->passed;
	batch->sentence = drill->reason;
	batch->complete = true;
	RQ_TRY(rq_batch_add_input(batch, "snapshot", drill->sha256, err));
	for (enum rq_drill_step step = 0; step < RQ_DRILL_STEPS; step++)
		RQ_TRY(add_time(batch, rq_drill_step_names[step], drill->seconds[step], err));
	RQ_TRY(add_time(batch, "total", drill->total, err));
	return rq_memo_write(&job->memo, err);
}

static enum rq_status print_json(const struct rq_drill *drill, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	rq_json_set_string(root, "snapshot", drill->sha256);
	rq_json_set_string(root, "when", drill->when);
	rq_json_set_bool(root, "passed", drill->passed);
	rq_json_set_string(root, "reason", drill->reason);
	rq_json_set_string(root, "with", drill->with);
	rq_json_set_string(root, "to", drill->to);
	rq_json *media = rq_json_set_object(root, "media");
	rq_json_set_string(media, "packs", drill->from_medium);
	rq_json_set_string(media, "copy", drill->to_medium);
	rq_json_set_number(root, "bytes", (double)drill->bytes);
	rq_json *seconds = rq_json_set_object(root, "seconds");
	for (enum rq_drill_step step = 0; step < RQ_DRILL_STEPS; step++)
		rq_json_set_number(seconds, rq_drill_step_names[step], drill->seconds[step]);
	rq_json_set_number(seconds, "total", drill->total);
	rq_json_set_number(root, "queries", (double)drill->queries);
	rq_json_set_number(root, "same", (double)drill->same);
	RQ_TRY(rq_json_print(&text, root, true, err));
	rq_buf_puts(&text, "\n");
	return rq_print(&text, err);
}

static enum rq_status print_table(const struct rq_drill *drill, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	char size[16], with[1024];

	rq_show_text(with, sizeof with, drill->with);
	for (enum rq_drill_step step = 0; step < RQ_DRILL_STEPS; step++) {
		rq_buf_printf(&text, "%-8s ", rq_drill_step_names[step]);
		if (isfinite(drill->seconds[step]))
			rq_buf_printf(&text, "%8.2f s", drill->seconds[step]);
		else
			rq_buf_puts(&text, "       -");
		if (step == RQ_DRILL_RESTORE && isfinite(drill->seconds[step]))
			rq_buf_printf(&text, "  %s", rq_show_size(size, drill->bytes));
		if (step == RQ_DRILL_REPLAY && isfinite(drill->seconds[step]))
			rq_buf_printf(&text, "  %zu of %zu queries find the same documents with the same scores", drill->same, drill->queries);
		rq_buf_puts(&text, "\n");
	}
	rq_buf_printf(&text, "total    %8.2f s%s\nwith %s\n", drill->total,
	              rq_drill_was_in_memory(drill) ? "  in memory: from or to a disk takes longer" : "", with);
	rq_buf_printf(&text, "%s: %.*s%s%s\n", drill->passed ? "PASS" : "FAIL", (int)RQ_SEAL_SHOWN, drill->sha256,
	              drill->passed ? " comes back" : ": ", drill->reason);
	return rq_print_lines(&text, err);
}

/* ---- the command ---- */

static void warn_unkept(const struct rq_drill *drill)
{
	char shown[2 * sizeof ((struct rq_error *)NULL)->text];

	rq_show_text(shown, sizeof shown, drill->unkept);
	fprintf(stderr, "rqgate: warning: the vault does not know how this drill ended, so gates judge by what it knew before: %s\n", shown);
}

/* By its whole name, for the record is read elsewhere; it need not be there yet. NULL: the vault. */
static enum rq_status find_scratch(const char **to, struct job *job, const struct rq_vault *vault, struct rq_error *err)
{
	char here[PATH_MAX];

	*to = NULL;
	if (job->options->to == NULL || rq_same_file(job->options->to, vault->path))
		return RQ_OK;
	RQ_TRY(rq_vault_check_outside(vault, job->options->to, "without --to the scratch folder is made there", err));
	if (getcwd(here, sizeof here) == NULL)
		return rq_fail(err, RQ_E_IO, "the working directory: cannot tell its path");
	*to = rq_path_join(&job->arena, here, job->options->to);
	return *to == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status drill_it(int *exit_code, struct job *job, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	RQ_CLEANUP(rq_progress_end) struct rq_progress progress = {0};
	const struct options *options = job->options;
	char sha256[RQ_SHA256_HEX], when[32];
	struct rq_drill_how how = {.when = when, .program = "rqgate " RQ_VERSION};

	RQ_TRY(rq_when(when, err));
	RQ_TRY(rq_vault_from(&vault, &options->where, RQ_VAULT_READ, err));
	RQ_TRY(rq_snapshot_from(sha256, &vault, &options->where, arguments, err));
	RQ_TRY(find_scratch(&how.to, job, &vault, err));
	rq_snapshot_progress(&progress, "drill", 0);
	RQ_TRY(rq_drill_make(&job->drill, &vault, sha256, &how, &progress, &job->arena, err));
	rq_progress_end(&progress);
	if (job->drill.unkept != NULL)
		warn_unkept(&job->drill);
	RQ_TRY(write_memo(job, err));
	*exit_code = !job->drill.passed;
	return options->json ? print_json(&job->drill, err) : print_table(&job->drill, err);
}

static enum rq_status drill(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(job_release) struct job job = {.options = given};
	const struct rq_strings nothing = {0};

	if (job.options->where.config != NULL)
		RQ_TRY(rq_config_load(&job.config, job.options->where.config, &nothing, err));
	RQ_TRY(open_memo(&job, arguments, err));
	enum rq_status status = drill_it(exit_code, &job, arguments, err);
	if (status != RQ_OK)
		rq_memo_end(&job.memo, NULL, err);
	return status;
}

const struct rq_command rq_action_snapshot_drill = {
	.name = "snapshot drill",
	.summary = "bring one back into a scratch folder, and ask it what it knew",
	.arguments = "[SNAPSHOT]",
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Restores the snapshot into a scratch folder, verifies the files, opens the index, replays the queries that were kept with it and compares\n"
	        "what they find, ids and scores, with what they found then. Each step is timed; the scratch folder goes. What the system holds of the\n"
	        "snapshots' files in memory is let go of first, for a night's restore reads them from the disk. Exits 0 where everything is the same,\n"
	        "else 1. Gates of kind \"rollback\" look at the last drill of the previous snapshot, and tell where --to had it brought back to.\n"
	        "example: rqgate snapshot drill previous --config gate.json",
	.run = drill,
};
