/* rqgate baseline approve: what a report found becomes what later runs are compared with. */
#include "ci/cli/baseline.h"
#include "ci/cli/style.h"
#include "ci/cli/when.h"
#include "evalcore/base/file.h"
#include "evalcore/baseline/baseline.h"
#include "reports/read.h"

#include <stdlib.h>
#include <string.h>

struct options {
	struct rq_baseline_options where;
	const char *name, *by, *why, *side;
	bool force;
};

static const struct rq_flag flags[] = {
	{"--name", "NAME", RQ_FLAG_STRING, offsetof(struct options, name), "what it is called: release-2026-11; a name is used once"},
	{"--by", "WHO", RQ_FLAG_STRING, offsetof(struct options, by), "who approves it (default: $USER)"},
	{"--why", "TEXT", RQ_FLAG_STRING, offsetof(struct options, why), "why it is approved"},
	{"--side", "SIDE", RQ_FLAG_STRING, offsetof(struct options, side),
	 "candidate, since what passed is what comes next, or baseline (default: candidate)"},
	{"--force", NULL, RQ_FLAG_BOOL, offsetof(struct options, force), "approve a candidate that did not pass all gates; the baseline tells that"},
	{"--dir", "DIR", RQ_FLAG_STRING, offsetof(struct options, where.dir), "the folder of baselines (default: baselines beside the report's config)"},
	RQ_FLAGS_END,
};

static enum rq_status read_side(enum rq_side *side, const char *name, struct rq_error *err)
{
	*side = name != NULL && strcmp(name, "baseline") == 0 ? RQ_BASELINE : RQ_CANDIDATE;
	if (name != NULL && *side == RQ_CANDIDATE && strcmp(name, "candidate") != 0)
		return rq_fail(err, RQ_E_USAGE, "--side: \"%s\" is no side; expected candidate or baseline", name);
	return RQ_OK;
}

/* A config of the same name in a folder that the report is in, where the one that it names is in none of them; NULL: there is no such doubt. */
static const char *find_other_config(const struct rq_report_file *report, struct rq_arena *arena)
{
	RQ_CLEANUP(rq_free_pointer) char *path = realpath(report->path, NULL);
	RQ_CLEANUP(rq_free_pointer) char *named = realpath(report->config, NULL);
	const char *name = named == NULL ? NULL : strrchr(named, '/') + 1, *other = NULL;

	if (path == NULL || name == NULL)
		return NULL;
	for (const char *folder = rq_path_folder(arena, path); folder != NULL; folder = rq_path_folder(arena, folder)) {
		const char *config = rq_path_join(arena, folder, name);
		if (rq_same_file(config, named))
			return NULL;
		if (other == NULL && config != NULL && rq_file_exists(config))
			other = config;
		if (strcmp(folder, "/") == 0)
			break;
	}
	return other;
}

/* Beside the config that the report names, where that is still there, and is not that of a folder which the report was copied from. */
static enum rq_status find_folder(const char **folder, const struct options *options, const struct rq_report_file *report, struct rq_arena *arena,
                                  struct rq_error *err)
{
	*folder = options->where.dir;
	if (*folder != NULL)
		return RQ_OK;
	if (!rq_file_exists(report->config))
		return rq_fail(err, RQ_E_USAGE, "%s: its config \"%s\" is not here, so its baselines could be anywhere; name their folder with --dir",
		               report->path, report->config);
	const char *other = find_other_config(report, arena);
	if (other != NULL)
		return rq_fail(err, RQ_E_USAGE, "%s: was made with the config \"%s\", and is in a folder with another, \"%s\"; say with --dir where the baselines of it are",
		               report->path, report->config, other);
	*folder = rq_path_join(arena, rq_path_folder(arena, report->config), RQ_BASELINES_FOLDER);
	return *folder == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* A waiver lets a gate's failure through the pipeline, and makes no pass of it. */
static enum rq_status name_failures(struct rq_buf *out, const struct rq_verdict *verdict, struct rq_error *err)
{
	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		if (gate->outcome == RQ_PASS && !gate->absent)
			continue;
		rq_buf_printf(out, "%s\"%s\" (%s", out->size > 0 ? ", " : "", gate->text, gate->absent ? "lacks its data" : rq_outcome_name(gate->outcome));
		if (gate->waived == RQ_WAIVED)
			rq_buf_printf(out, ", waived until %s", gate->waiver.until);
		rq_buf_puts(out, ")");
	}
	if (out->size == 0 && verdict->outcome != RQ_PASS)
		rq_buf_printf(out, "the verdict (%s)", rq_outcome_name(verdict->outcome));
	return rq_buf_check(out, err);
}

static enum rq_status check_verdict(bool *forced, const struct rq_report_file *report, const struct options *options, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf failures = {0};

	RQ_TRY(name_failures(&failures, &report->verdict, err));
	*forced = failures.size > 0;
	if (!*forced || options->force)
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE,
	               "%s: did not pass: %s; such a baseline hides what it lost, so mend the candidate, or approve it with --force, which is recorded",
	               report->path, failures.data);
}

/* An empty $USER is none. */
static enum rq_status find_approver(const char **by, const struct options *options, struct rq_error *err)
{
	const char *user = getenv("USER");

	*by = options->by != NULL ? options->by : user != NULL && user[0] != '\0' ? user : NULL;
	if (options->why != NULL)
		RQ_TRY(rq_flag_check_words("--why", options->why, err));
	if (*by == NULL)
		return rq_fail(err, RQ_E_USAGE, "--by: missing, and $USER tells nobody either; expected who approves it, such as --by ann");
	return rq_flag_check_words(options->by != NULL ? "--by" : "$USER", *by, err);
}

static enum rq_status approve(struct rq_baseline *baseline, const struct options *options, struct rq_report_file *report, struct rq_error *err)
{
	enum rq_side side;
	const char *folder;
	char when[32];

	RQ_TRY(read_side(&side, options->side, err));
	RQ_TRY(rq_when(when, err));
	RQ_TRY(find_approver(&baseline->by, options, err));
	if (side == RQ_CANDIDATE)
		RQ_TRY(check_verdict(&baseline->forced, report, options, err));
	RQ_TRY(find_folder(&folder, options, report, &baseline->arena, err));
	RQ_TRY(rq_report_file_rankings(report, err));
	if (rq_baseline_of(baseline, &report->comparison, side, err) != RQ_OK)
		return rq_fail_within(err, "%s", report->path);
	baseline->name = options->name;
	baseline->why = options->why;
	baseline->when = when;
	baseline->program = report->program;
	baseline->metrics_version = report->metrics_version;
	baseline->suite = report->suite;
	baseline->verdict = rq_outcome_name(report->verdict.outcome);
	if (side == RQ_CANDIDATE) { /* whom they judged */
		baseline->gates = report->verdict.gates;
		baseline->gate_count = report->verdict.count;
	}
	enum rq_status status = rq_baseline_write(baseline, folder, err);
	baseline->when = NULL; /* which ends here */
	return status;
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_report_file_release) struct rq_report_file report = {0};
	RQ_CLEANUP(rq_baseline_release) struct rq_baseline baseline = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;

	*exit_code = 0;
	if (options->name == NULL)
		return rq_fail(err, RQ_E_USAGE, "--name: missing; expected what the baseline shall be called, such as release-2026-11");
	RQ_TRY(rq_baseline_check_name(options->name, err));
	RQ_TRY(rq_report_file_read(&report, arguments->items[0], err));
	RQ_TRY(approve(&baseline, options, &report, err));
	const char *folder = rq_arena_show(&baseline.arena, baseline.folder); /* of a path that the report tells */
	if (folder == NULL)
		return rq_fail_memory(err);
	rq_buf_printf(&text, "approved the %s as \"%s\": %s; commit it\n", baseline.approved, baseline.name, folder);
	return rq_print_lines(&text, err);
}

const struct rq_command rq_action_baseline_approve = {
	.name = "baseline approve",
	.summary = "keep one side of a report under a name, to compare with it later",
	.arguments = "REPORT",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Writes baselines/NAME beside the config of REPORT, a report.json with its rankings beside it: baseline.json (who, why, when, digests,\n"
	        "a line a topic with its scores) and the rankings. Nothing is ever written over: a name is used once. A candidate of which\n"
	        "a gate failed, was inconclusive or lacked its data, waived or not, is approved with --force alone. Where SOURCE_DATE_EPOCH is set,\n"
	        "it is the time of the approval.\n"
	        "example: rqgate baseline approve out/report.json --name release-2026-11 --by ann --why 'new embedding'",
	.run = run,
};
