/* rqgate signoff: somebody approves or rejects a report, and signs that. */
#include "ci/cli/command.h"
#include "ci/cli/signoff_check.h"
#include "ci/cli/signoff_files.h"
#include "ci/cli/when.h"
#include "evalcore/signoff/bundle.h"
#include "reports/machine.h"

#include <string.h>

struct options {
	const char *key, *as, *role, *decision, *note, *out, *config;
};

static const struct rq_flag flags[] = {
	{"--key", "FILE", RQ_FLAG_STRING, offsetof(struct options, key), "the private key, of \"rqgate keygen\""},
	{"--as", "NAME", RQ_FLAG_STRING, offsetof(struct options, as), "who signs, as the policy calls the key's owner"},
	{"--role", "ROLE", RQ_FLAG_STRING, offsetof(struct options, role), "in which role: search, release"},
	{"--decision", "DECISION", RQ_FLAG_STRING, offsetof(struct options, decision), "approve or reject"},
	{"--note", "TEXT", RQ_FLAG_STRING, offsetof(struct options, note), "why; a must where it is rejected, or approved although it did not pass"},
	{"--out", "FILE", RQ_FLAG_STRING, offsetof(struct options, out), "the bundle (default: REPORT" RQ_BUNDLE_END "); where it is there, a line is added"},
	{"--config", "CONFIG", RQ_FLAG_STRING, offsetof(struct options, config), "the config, where it is not where the report says"},
	RQ_FLAGS_END,
};

static enum rq_status check_words(const struct options *options, struct rq_error *err)
{
	const struct {
		const char *flag, *value, *expected;
	} needed[] = {{"--key", options->key, "the file of a private key; \"rqgate keygen\" makes one"},
	              {"--as", options->as, "who signs"},
	              {"--role", options->role, "a role, such as search"},
	              {"--decision", options->decision, "approve or reject"}};

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		if (needed[i].value == NULL)
			return rq_fail(err, RQ_E_USAGE, "%s: missing; expected %s", needed[i].flag, needed[i].expected);
		RQ_TRY(rq_flag_check_words(needed[i].flag, needed[i].value, err));
	}
	if (strcmp(options->decision, "approve") != 0 && strcmp(options->decision, "reject") != 0)
		return rq_fail(err, RQ_E_USAGE, "--decision: \"%s\" is not allowed; expected approve or reject", options->decision);
	return options->note == NULL ? RQ_OK : rq_flag_check_words("--note", options->note, err);
}

/* What needs a reason has one. */
static enum rq_status check_note(const struct options *options, const struct rq_report_file *report, const struct rq_statement *statement, struct rq_error *err)
{
	if (options->note != NULL)
		return RQ_OK;
	if (strcmp(options->decision, "reject") == 0)
		return rq_fail(err, RQ_E_USAGE, "--note: missing; expected why it is rejected");
	if (strcmp(statement->result, "PASSED") == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE, "--note: missing; %s did not pass all of its gates (%s), so expected why it is approved all the same", report->path,
	               statement->result);
}

/* A release is what a run compared with a baseline. */
static enum rq_status check_command(const struct rq_report_file *report, struct rq_error *err)
{
	const char *command = rq_report_command(&report->report);

	if (strcmp(command, "run") == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s: is a report of \"rqgate %s\"; expected one of \"rqgate run\", which compares a candidate with a baseline", report->path,
	               command);
}

/* Which config that is: its path, its bytes, and what the command line chose of it. */
static enum rq_status tell_config(struct rq_buf *text, const struct rq_report_file *report, const struct rq_statement *statement,
                                  struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_subject *config = rq_statement_subject(statement, "config");
	const char *path = rq_arena_show(arena, config->path);

	if (path == NULL)
		return rq_fail_memory(err);
	rq_buf_printf(text, "config: %s from the bundle's folder, sha256 %s", path, config->sha256);
	for (size_t i = 0; i < report->set.count; i++) {
		const char *change = rq_arena_show(arena, report->set.items[i]);
		if (change == NULL)
			return rq_fail_memory(err);
		rq_buf_printf(text, "%s%s", i == 0 ? ", with " : ", ", change);
	}
	rq_buf_puts(text, "\n");
	return rq_buf_check(text, err);
}

static enum rq_status sign(struct rq_buf *text, const struct options *options, const struct rq_report_file *report, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf left_out = {0};
	RQ_CLEANUP(rq_private_key_forget) struct rq_private_key key = {0};
	struct rq_statement statement = {.name = options->as, .role = options->role, .decision = options->decision, .note = options->note};
	const char *bundle = options->out != NULL ? options->out : rq_arena_printf(arena, "%s" RQ_BUNDLE_END, report->path);
	char when[32];

	if (bundle == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_private_key_read(&key, options->key, err));
	RQ_TRY(rq_when(when, err));
	statement.time = when;
	RQ_TRY(rq_report_statement(&statement, report, arena, err));
	RQ_TRY(check_note(options, report, &statement, err));
	RQ_TRY(rq_signoff_subjects(&statement, &left_out, report, options->config, bundle, arena, err));
	RQ_TRY(rq_bundle_add(bundle, &statement, &key, err));
	const char *shown = rq_arena_show(arena, bundle), *name = rq_arena_show(arena, options->as), *role = rq_arena_show(arena, options->role);
	if (shown == NULL || name == NULL || role == NULL)
		return rq_fail_memory(err);
	rq_buf_printf(text, "%s, %s: %s of %s (%s, %zu subjects by sha256): %s\n", name, role, strcmp(options->decision, "approve") == 0 ? "approval" : "rejection",
	              report->path, statement.result, statement.subject_count, shown);
	if (left_out.size > 0)
		rq_buf_printf(text, "not signed, since the report has no digest of it: %s\n", left_out.data);
	RQ_TRY(rq_buf_check(&left_out, err));
	rq_signoff_tell_unjudged(text, report);
	return tell_config(text, report, &statement, arena, err);
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_report_file_release) struct rq_report_file report = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;

	*exit_code = 0;
	RQ_TRY(check_words(options, err));
	RQ_TRY(rq_report_file_read(&report, arguments->items[0], err));
	RQ_TRY(check_command(&report, err));
	if (report.report.ranking_count > 0)
		RQ_TRY(rq_report_file_rankings(&report, err));
	RQ_TRY(sign(&text, options, &report, &arena, err));
	return rq_print(&text, err);
}

const struct rq_command rq_command_signoff = {
	.name = "signoff",
	.summary = "approve or reject a report, signed with your key",
	.arguments = "REPORT",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Signs what REPORT, a report.json, says of the candidate, and the files that it is about: the report, its rankings, its config, the index and the\n"
	        "model, each by its SHA-256. What the report says has to follow from its config and its own numbers; a trial (\"rqgate run --set\") is not signed.\n"
	        "The file REPORT" RQ_BUNDLE_END " holds an in-toto statement in a DSSE envelope for each person who has signed.\n"
	        "\"rqgate verify\" checks it against a policy. Where SOURCE_DATE_EPOCH is set, it is the time of the signature.\n"
	        "example: rqgate signoff out/report.json --key ann.key --as ann --role search --decision approve --note 'as in the trial'",
	.run = run,
};
