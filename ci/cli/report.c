/* rqgate report: an earlier report in another format. */
#include "ci/cli/command.h"
#include "ci/cli/reports_config.h"
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"
#include "evalcore/signoff/bundle.h"
#include "reports/read.h"

#include <stdio.h>
#include <string.h>

struct options {
	const char *to, *out;
};

static const struct rq_flag flags[] = {
	{"--to", "FORMAT", RQ_FLAG_STRING, offsetof(struct options, to), "the format; any that \"reports\" of a config may name"},
	{"--out", "FILE", RQ_FLAG_STRING, offsetof(struct options, out), "where to write it (default: standard output)"},
	RQ_FLAGS_END,
};

static enum rq_status check_out(const struct options *options, const char *report, struct rq_error *err)
{
	if (options->out != NULL && rq_same_file(options->out, report))
		return rq_fail(err, RQ_E_USAGE, "--out: \"%s\" is the report that is read; give the new one another name", options->out);
	return RQ_OK;
}

/* Who has signed it, as the bundle beside it says, where there is one. */
static enum rq_status read_approvals(struct rq_bundle *bundle, struct rq_report_file *report, struct rq_error *err)
{
	const char *path = rq_arena_printf(&bundle->arena, "%s" RQ_BUNDLE_END, report->path);

	if (path == NULL)
		return rq_fail_memory(err);
	if (!rq_file_exists(path))
		return RQ_OK;
	RQ_TRY(rq_bundle_read(bundle, path, err));
	struct rq_approval *approvals = rq_arena_alloc(&bundle->arena, bundle->count + 1, sizeof *approvals);
	if (approvals == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < bundle->count; i++) {
		const struct rq_statement *said = &bundle->lines[i].statement;
		const struct rq_subject *subject = bundle->lines[i].fault == NULL ? rq_statement_subject(said, "report") : NULL;
		if (subject == NULL || strcmp(subject->sha256, report->sha256) != 0)
			return rq_fail(err, RQ_E_DATA, "%s: line %zu: is not about this report%s%s; \"rqgate verify\" tells more", path, i + 1,
			               bundle->lines[i].fault == NULL ? "" : ": ", bundle->lines[i].fault == NULL ? "" : bundle->lines[i].fault);
		approvals[i] = (struct rq_approval){said->name, said->role, said->decision, said->time, said->note, bundle->lines[i].envelope.key_id};
	}
	report->report.approvals = approvals;
	report->report.approval_count = bundle->count;
	return RQ_OK;
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_report_file_release) struct rq_report_file report = {0};
	RQ_CLEANUP(rq_bundle_release) struct rq_bundle bundle = {0};
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	const struct rq_writer *writer;

	*exit_code = 0;
	if (options->to == NULL)
		return rq_fail(err, RQ_E_USAGE, "--to is missing; name a format, as in rqgate report report.json --to md");
	RQ_TRY(rq_report_format(&writer, "--to", options->to, err));
	RQ_TRY(check_out(options, arguments->items[0], err));
	if (options->out != NULL)
		RQ_TRY(rq_output_open(&output, options->out, err));
	RQ_TRY(rq_report_file_read(&report, arguments->items[0], err));
	if (strcmp(writer->name, "signoff") == 0) /* the others show none */
		RQ_TRY(read_approvals(&bundle, &report, err));
	RQ_TRY(writer->write(&text, &report.report, err));
	RQ_TRY(rq_buf_check(&text, err));
	if (options->out == NULL)
		return rq_print(&text, err);
	/* A short write shows in ferror, which committing checks. */
	(void)!fwrite(text.data, 1, text.size, output.stream);
	return rq_output_commit(&output, err);
}

const struct rq_command rq_command_report = {
	.name = "report",
	.summary = "an earlier report in another format",
	.arguments = "REPORT",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Reads REPORT, a report.json of \"rqgate run\" or \"rqgate drift\", and writes it as another format, as that would have\n"
	        "written it then. Nothing is computed anew: the verdict is the one that was found. \"rqgate run --report FORMAT=FILE\" writes reports while it runs.\n"
	        "Who has signed it (rqgate signoff) stands in --to signoff, a page to print.\n"
	        "example: rqgate report out/report.json --to md --out summary.md",
	.run = run,
};
