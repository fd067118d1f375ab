/* rqgate verify: is a report signed off as the policy asks, and are the files still those that were signed? */
#include "ci/cli/command.h"
#include "ci/cli/signoff_check.h"
#include "ci/cli/style.h"
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"
#include "evalcore/signoff/bundle.h"
#include "reports/machine.h"
#include "reports/statement.h"

#include <string.h>
#include <time.h>

struct options {
	const char *policy;
	struct rq_strings files;
};

static const struct rq_flag flags[] = {
	{"--policy", "FILE", RQ_FLAG_STRING, offsetof(struct options, policy), "who may sign, and what a release needs (rqgate schema policy)"},
	{"--file", "SUBJECT=PATH", RQ_FLAG_LIST, offsetof(struct options, files), "where a signed file is now: index=/srv/prod.faiss; may be repeated"},
	RQ_FLAGS_END,
};

/* What is verified. */
struct verification {
	const struct options *options;
	const char *folder; /* of the bundle */
	struct rq_policy policy;
	struct rq_bundle bundle;
	struct rq_report_file report;
	struct rq_release release;
	struct rq_buf facts;
	struct rq_reasons reasons;
	struct rq_arena arena;
};

static void release(struct verification *verification)
{
	rq_policy_release(&verification->policy);
	rq_bundle_release(&verification->bundle);
	rq_report_file_release(&verification->report);
	rq_buf_release(&verification->facts);
	rq_arena_release(&verification->arena);
}

/* The statement that all others have to agree with: the first that can be read. */
static const struct rq_statement *first_statement(const struct rq_bundle *bundle)
{
	for (size_t i = 0; i < bundle->count; i++)
		if (bundle->lines[i].fault == NULL)
			return &bundle->lines[i].statement;
	return NULL;
}

/* --file, or where the statement says, from the bundle's folder. NULL: no memory. */
static const char *path_of(struct verification *verification, const struct rq_subject *subject)
{
	const struct rq_strings *files = &verification->options->files;
	size_t length = strlen(subject->name);

	for (size_t i = 0; i < files->count; i++)
		if (strncmp(files->items[i], subject->name, length) == 0 && files->items[i][length] == '=')
			return files->items[i] + length + 1;
	return rq_path_join(&verification->arena, verification->folder, subject->path);
}

/* A --file that names no subject would be a check that is not made. */
static enum rq_status check_named(const struct verification *verification, const struct rq_statement *statement, struct rq_error *err)
{
	const struct rq_strings *files = &verification->options->files;

	for (size_t i = 0; i < files->count; i++) {
		const char *equals = strchr(files->items[i], '=');
		bool known = false;
		for (size_t j = 0; equals != NULL && j < statement->subject_count; j++) {
			const struct rq_subject *subject = &statement->subjects[j];
			known = known || (subject->path != NULL && strlen(subject->name) == (size_t)(equals - files->items[i]) &&
			                  strncmp(subject->name, files->items[i], strlen(subject->name)) == 0);
		}
		for (size_t j = 0; known && j < i; j++)
			if (strncmp(files->items[i], files->items[j], (size_t)(equals - files->items[i]) + 1) == 0)
				return rq_fail(err, RQ_E_USAGE, "--file: \"%.*s\" is named twice; expected one place for each file", (int)(equals - files->items[i]), files->items[i]);
		if (!known)
			return rq_fail(err, RQ_E_USAGE, "--file: \"%s\" names no file that was signed; expected SUBJECT=PATH, such as report=out/report.json", files->items[i]);
	}
	return RQ_OK;
}

static enum rq_status judge_files(struct verification *verification, const struct rq_statement *statement, struct rq_error *err)
{
	for (size_t i = 0; i < statement->subject_count; i++) {
		const struct rq_subject *subject = &statement->subjects[i];
		const char *path = subject->path == NULL ? "" : path_of(verification, subject);
		if (path == NULL)
			return rq_fail_memory(err);
		if (subject->path != NULL)
			RQ_TRY(rq_subject_judge(&verification->reasons, subject, path, err));
	}
	return RQ_OK;
}

/* What was signed of the subjects that are no files, or not alone, is what the report says; those that every release has are there. */
static enum rq_status judge_subjects(struct verification *verification, const struct rq_statement *statement, struct rq_error *err)
{
	static const char *const files[] = {"report", "config"};
	struct rq_reasons *reasons = &verification->reasons;
	struct rq_subject known[2];

	RQ_TRY(rq_report_subjects(&known[0], &known[1], &verification->report, &verification->arena, err));
	for (size_t i = 0; i < 2; i++) {
		const struct rq_subject *file = rq_statement_subject(statement, files[i]), *subject = rq_statement_subject(statement, known[i].name);
		if (file == NULL || file->path == NULL)
			rq_reason(reasons, "no %s was signed", files[i]);
		if (subject == NULL)
			rq_reason(reasons, "no %s was signed", known[i].name);
		else if (subject->path == NULL && strcmp(subject->sha256, known[i].sha256) != 0)
			rq_reason(reasons, "%s: what was signed is not what the report says", known[i].name);
	}
	return RQ_OK;
}

/* What did not pass: its waiver, or else the first without one. */
static enum rq_status set_not_passed(struct verification *verification, struct rq_error *err)
{
	const struct rq_verdict *verdict = &verification->report.verdict;
	struct rq_waived_gate *waived = rq_arena_alloc(&verification->arena, verdict->count + 1, sizeof *waived);

	if (waived == NULL)
		return rq_fail_memory(err);
	verification->release.waived = waived;
	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		bool passed = gate->outcome == RQ_PASS && !gate->absent;
		if (gate->waived != RQ_NOT_WAIVED)
			waived[verification->release.waived_count++] = (struct rq_waived_gate){gate->text, gate->waiver.until};
		else if (!passed && verification->release.not_passed == NULL)
			verification->release.not_passed = gate->text;
	}
	return RQ_OK;
}

/* The statement as it would be made of the report now. */
static enum rq_status set_release(struct verification *verification, const struct rq_statement *signed_one, struct rq_error *err)
{
	struct rq_report_file *report = &verification->report;
	struct rq_statement now = *signed_one;

	RQ_TRY(rq_report_statement(&now, report, &verification->arena, err));
	rq_statement_configure(&now);
	RQ_TRY(rq_statement_facts(&verification->facts, &now, err));
	RQ_TRY(set_not_passed(verification, err));
	verification->release.facts = verification->facts.data;
	verification->release.verdict = rq_outcome_name(report->verdict.outcome);
	verification->release.profile = report->profile;
	verification->release.command = rq_report_command(&report->report);
	if (!rq_parse_time(&verification->release.started, report->started, strlen(report->started)))
		rq_reason(&verification->reasons, "the report's time, \"%s\", is none", report->started);
	return judge_subjects(verification, signed_one, err);
}

/* The report against the config that was signed with it. */
static enum rq_status judge_report(struct verification *verification, const struct rq_statement *statement, struct rq_error *err)
{
	RQ_CLEANUP(rq_config_release) struct rq_config config = {0};
	const struct rq_report_file *report = &verification->report;
	const struct rq_subject *subject = rq_statement_subject(statement, "config");
	const char *path = subject == NULL || subject->path == NULL ? NULL : path_of(verification, subject);
	const char *recorded = rq_comparison_input(&report->comparison, "config");
	struct rq_error why = {0};

	if (path == NULL || !rq_file_exists(path)) /* which is told */
		return RQ_OK;
	if (rq_config_load(&config, path, &report->set, &why) != RQ_OK) {
		if (why.status == RQ_E_NOMEM)
			return rq_fail_memory(err);
		rq_reason(&verification->reasons, "config: %s", why.text);
		return RQ_OK;
	}
	if (recorded == NULL || strcmp(recorded, config.sha256) != 0) {
		rq_reason(&verification->reasons, "config: \"%s\" is not the config that the report was made with", path);
		return RQ_OK;
	}
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_reasons found = {.arena = &arena};
	RQ_TRY(rq_signoff_check(&found, report, &config, err));
	for (size_t i = 0; i < found.count; i++)
		rq_reason(&verification->reasons, "report: %s", found.items[i]);
	return RQ_OK;
}

/* *read false: the report cannot be read, and the reason is told, or was where its file is not there. */
static enum rq_status read_report(bool *read, struct verification *verification, const struct rq_statement *statement, struct rq_error *err)
{
	const struct rq_subject *subject = rq_statement_subject(statement, "report");
	const char *path = subject == NULL || subject->path == NULL ? NULL : path_of(verification, subject);
	struct rq_error why = {0};

	*read = path != NULL && rq_report_file_read(&verification->report, path, &why) == RQ_OK;
	if (!*read && why.status == RQ_E_NOMEM)
		return rq_fail_memory(err);
	if (!*read && (path == NULL || rq_file_exists(path)))
		rq_reason(&verification->reasons, "report: %s", path == NULL ? "none was signed" : why.text);
	if (!*read)
		return RQ_OK;
	RQ_TRY(judge_report(verification, statement, err));
	return set_release(verification, statement, err);
}

static enum rq_status judge(struct verification *verification, struct rq_error *err)
{
	const struct rq_statement *statement = first_statement(&verification->bundle);
	bool read = false;

	if (statement != NULL) {
		RQ_TRY(check_named(verification, statement, err));
		RQ_TRY(judge_files(verification, statement, err));
		RQ_TRY(read_report(&read, verification, statement, err));
	}
	return rq_bundle_judge(&verification->reasons, &verification->bundle, &verification->policy, read ? &verification->release : NULL, (int64_t)time(NULL), err);
}

/* What people have signed is theirs: made harmless for a terminal. */
static void add_shown(struct rq_buf *out, const char *before, const char *text, struct rq_arena *arena)
{
	const char *shown = rq_arena_show(arena, text);

	out->failed = out->failed || shown == NULL;
	if (shown != NULL)
		rq_buf_printf(out, "%s%s", before, shown);
}

static void tell(struct rq_buf *out, struct verification *verification)
{
	const struct rq_bundle *bundle = &verification->bundle;
	const struct rq_reasons *reasons = &verification->reasons;
	size_t signatures = 0;

	for (size_t i = 0; i < bundle->count; i++) {
		const struct rq_statement *said = &bundle->lines[i].statement;
		if (bundle->lines[i].signer == NULL)
			continue;
		signatures++;
		add_shown(out, strcmp(said->decision, "approve") == 0 ? "approved  " : "rejected  ", said->name, &verification->arena);
		add_shown(out, ", ", said->role, &verification->arena);
		add_shown(out, ", ", said->time, &verification->arena);
		if (said->note != NULL)
			add_shown(out, ": ", said->note, &verification->arena);
		rq_buf_puts(out, "\n");
	}
	for (size_t i = 0; i < reasons->count; i++)
		rq_buf_printf(out, "refused   %s\n", reasons->items[i]);
	rq_signoff_tell_unjudged(out, &verification->report);
	if (reasons->count > 0)
		rq_buf_printf(out, "not signed off: %zu reason%s\n", reasons->count, reasons->count == 1 ? "" : "s");
	else
		rq_buf_printf(out, "signed off: %zu signature%s, %s, all files as they were signed\n", signatures, signatures == 1 ? "" : "s",
		              verification->release.verdict);
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(release) struct verification verification = {.options = given};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	verification.reasons.arena = &verification.arena;
	if (verification.options->policy == NULL)
		return rq_fail(err, RQ_E_USAGE, "--policy: missing; expected the file that says who may sign");
	verification.folder = rq_path_folder(&verification.arena, arguments->items[0]);
	if (verification.folder == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_policy_read(&verification.policy, verification.options->policy, err));
	RQ_TRY(rq_bundle_read(&verification.bundle, arguments->items[0], err));
	RQ_TRY(judge(&verification, err));
	tell(&text, &verification);
	*exit_code = verification.reasons.count > 0;
	return rq_print_lines(&text, err);
}

const struct rq_command rq_command_verify = {
	.name = "verify",
	.summary = "check a signed-off report and its files against a policy",
	.arguments = "BUNDLE",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Exits 0 where BUNDLE, a file of \"rqgate signoff\", is all that the policy asks for: signatures of trusted keys, enough people in their roles, no\n"
	        "rejection, the report's verdict, its waivers and age; and where every file that was signed is here, unchanged. Else 1, with every reason.\n"
	        "Policy: {\"keys\": [{\"name\": \"ann\", \"roles\": [\"search\"], \"file\": \"ann.key.pub\"}], \"approvals\": 1, \"max_age\": \"14d\"}\n"
	        "example: rqgate verify out/report.json.intoto.jsonl --policy release.json",
	.run = run,
};
