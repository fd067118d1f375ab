/* rqgate judge merge: grades that people have given, added to judgments, with a log of who gave what. */
#include "ci/cli/judge.h"
#include "ci/cli/when.h"
#include "datasets/format.h"
#include "datasets/writers.h"
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/words.h"
#include "evalcore/pipeline/config_dataset.h"
#include "reports/judging.h"
#include "reports/read.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { DIGEST_SHOWN = 12 };

struct options {
	struct rq_strings by;
	const char *date, *out, *prefer, *report, *data;
	bool force;
};

static const struct rq_flag flags[] = {
	{"--by", "NAME", RQ_FLAG_LIST, offsetof(struct options, by), "who graded: once for all files, or once for each in their order"},
	{"--out", "FILE", RQ_FLAG_STRING, offsetof(struct options, out),
	 "where the judgments go, in the format of QRELS; FILE.log.jsonl tells who gave what"},
	{"--report", "REPORT", RQ_FLAG_STRING, offsetof(struct options, report),
	 "the report that was pooled: its rankings know the topics and documents"},
	{"--data", "FOLDER|CONFIG", RQ_FLAG_STRING, offsetof(struct options, data), "a data set that knows them, instead"},
	{"--date", "DAY", RQ_FLAG_STRING, offsetof(struct options, date), "when they graded, such as 2026-11-21 (default: now)"},
	{"--prefer", "WHICH", RQ_FLAG_STRING, offsetof(struct options, prefer),
	 "new or old: whose grade counts where two differ (default: that is refused)"},
	{"--force", NULL, RQ_FLAG_BOOL, offsetof(struct options, force), "write over a FILE that is there, QRELS included"},
	RQ_FLAGS_END,
};

struct job {
	const struct options *options;
	const char *qrels;              /* its path */
	const char *log, *previous_log; /* of what is written, of `qrels` */
	const struct rq_format *format;
	const char **by; /* [file] */
	char when[32];
	struct rq_data data;
	struct rq_known_ids known;
	struct rq_given_grades grades;
	struct rq_merge merge;
	struct rq_arena arena;
};

static void job_release(struct job *job)
{
	rq_merge_release(&job->merge);
	rq_given_grades_release(&job->grades);
	rq_known_ids_release(&job->known);
	rq_data_release(&job->data);
	rq_arena_release(&job->arena);
}

/* ---- what is asked ---- */

/* A day of the calendar is written again as it was. */
static enum rq_status read_date(char when[32], const char *date, struct rq_error *err)
{
	struct tm parts = {0};

	if (date == NULL)
		return rq_when(when, err);
	const char *end = strptime(date, "%Y-%m-%d", &parts);
	time_t time = end == NULL ? -1 : timegm(&parts);
	if (end == NULL || gmtime_r(&time, &parts) == NULL || strftime(when, 32, "%Y-%m-%d", &parts) == 0 || strcmp(when, date) != 0)
		return rq_fail(err, RQ_E_USAGE, "--date: \"%s\" is no day; expected one such as 2026-11-21", date);
	return RQ_OK;
}

static enum rq_status read_preference(enum rq_preference *preference, const char *name, struct rq_error *err)
{
	*preference = name == NULL ? RQ_PREFER_NEITHER : strcmp(name, "new") == 0 ? RQ_PREFER_NEW : RQ_PREFER_OLD;
	if (*preference == RQ_PREFER_OLD && strcmp(name, "old") != 0)
		return rq_fail(err, RQ_E_USAGE, "--prefer: \"%s\" is neither; expected new or old", name);
	return RQ_OK;
}

static enum rq_status check(const struct options *options, const struct rq_strings *arguments, struct rq_error *err)
{
	size_t files = arguments->count - 1;

	if (strcmp(arguments->items[0], "-") == 0 || (options->out != NULL && strcmp(options->out, "-") == 0))
		return rq_fail(err, RQ_E_USAGE,
		               "judgments are read from a file and written to a file, which their log stands beside; expected a name instead of \"-\"");
	if (options->by.count == 0)
		return rq_fail(err, RQ_E_USAGE, "--by: missing; expected the name of whoever graded");
	if (options->by.count != 1 && options->by.count != files)
		return rq_fail(err, RQ_E_USAGE, "--by: %zu names for %zu file%s; expected one for all, or one for each", options->by.count, files,
		               files == 1 ? "" : "s");
	for (size_t i = 0; i < options->by.count; i++) {
		if (options->by.items[i][0] == '\0')
			return rq_fail(err, RQ_E_USAGE, "--by: is empty; expected the name of whoever graded");
		RQ_TRY(rq_flag_check_words("--by", options->by.items[i], err));
	}
	if (options->out == NULL)
		return rq_fail(err, RQ_E_USAGE, "--out: missing; expected the file that the judgments go to");
	if (options->report != NULL && options->data != NULL)
		return rq_fail(err, RQ_E_USAGE, "--report and --data exclude each other; keep one");
	if (options->report == NULL && options->data == NULL)
		return rq_fail(err, RQ_E_USAGE,
		               "--report: missing; expected the report that was pooled, or a data set with --data: ids are checked against it");
	return RQ_OK;
}

/* Judgments are written over only where that is said, and nothing else ever. */
static enum rq_status check_force(const char *out, bool force, struct rq_error *err)
{
	const struct rq_format *format;

	if (!rq_file_exists(out))
		return RQ_OK;
	if (!force)
		return rq_fail(err, RQ_E_USAGE, "--out: \"%s\" is there already; choose another name, or say --force", out);
	RQ_TRY(rq_format_guess(&format, out, err));
	if (format != NULL && format->kind == RQ_DATA_QRELS)
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE, "--out: \"%s\" is there already and %s%s; only judgments are written over, so choose another name", out,
	               format == NULL ? "looks like no judgments" : "holds ", format == NULL ? "" : rq_data_kind_name(format->kind));
}

/* Both files that are written, against those that are read. The log of QRELS goes on in its place; another one that is there is of other grades. */
static enum rq_status check_target(const struct job *job, const struct rq_strings *arguments, struct rq_error *err)
{
	const char *out = job->options->out;

	for (size_t i = 1; i < arguments->count; i++)
		if (rq_same_file(out, arguments->items[i]) || rq_same_file(job->log, arguments->items[i]))
			return rq_fail(err, RQ_E_USAGE, "--out: \"%s\" is one of the files with grades; choose another name",
			               rq_same_file(out, arguments->items[i]) ? out : job->log);
	if (rq_same_file(out, job->previous_log))
		return rq_fail(err, RQ_E_USAGE, "--out: \"%s\" is the log of \"%s\"; choose another name", out, job->qrels);
	if (rq_file_exists(job->log) && !rq_same_file(job->log, job->previous_log))
		return rq_fail(err, RQ_E_USAGE,
		               "--out: its log \"%s\" is there already, and is not that of \"%s\", which goes on; choose another name, or move it away",
		               job->log, job->qrels);
	return check_force(out, job->options->force, err);
}

/* ---- which ids there are ---- */

/* What fills a hole in the judgments of one run may contradict those of another. */
static enum rq_status check_report(const struct rq_report_file *report, const struct job *job, struct rq_error *err)
{
	const char *scored = rq_comparison_input(&report->comparison, "qrels"), *given = job->data.qrels.sha256;

	if (scored != NULL && strcmp(scored, given) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "%s: its judgments (sha256 %.*s) are not those of \"%s\" (sha256 %.*s); merge into the ones that it was scored with, or check ids "
	               "against a data set with --data",
	               report->path, DIGEST_SHOWN, scored == NULL ? "unknown" : scored, job->qrels, DIGEST_SHOWN, given);
}

static enum rq_status know_report(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_report_file_release) struct rq_report_file report = {0};
	struct rq_known_ids *known = &job->known;

	RQ_TRY(rq_report_file_read(&report, job->options->report, err));
	RQ_TRY(check_report(&report, job, err));
	RQ_TRY(rq_report_file_rankings(&report, err));
	known->pooled = true;
	known->of = rq_arena_printf(&job->arena, "the rankings of %s", job->options->report);
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_run *run = report.comparison.sides[side].ranked;
		for (size_t t = 0; t < run->count; t++)
			for (size_t i = 0; i < run->rankings[t].count; i++)
				RQ_TRY(rq_known_ids_add_pooled(known, run->rankings[t].topic, run->rankings[t].documents[i].document, err));
	}
	return known->of == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status know_data(struct rq_known_ids *known, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_corpus_release) struct rq_corpus corpus = {0};
	RQ_CLEANUP(rq_topics_release) struct rq_topics topics = {0};
	struct rq_dataset_config dataset = {0};

	RQ_TRY(rq_dataset_config_open(&dataset, path, &(struct rq_dataset_config){0}, arena, err));
	if (dataset.corpus == NULL || dataset.topics == NULL)
		return rq_fail(err, RQ_E_USAGE, "--data: \"%s\" names no %s; expected a data set with corpus and topics, or a report with --report", path,
		               dataset.corpus == NULL ? "corpus" : "topics");
	RQ_TRY(rq_corpus_load(&corpus, dataset.corpus, dataset.fields.items, dataset.fields.count, err));
	RQ_TRY(rq_topics_load(&topics, dataset.topics, err));
	RQ_TRY(rq_corpus_units(&known->documents, &corpus, dataset.unit == RQ_UNIT_PARENT, err));
	for (size_t i = 0; i < topics.count; i++)
		if (rq_ids_add(&known->topics, topics.topics[i].id, strlen(topics.topics[i].id), NULL) == RQ_ID_NONE)
			return rq_fail_memory(err);
	known->of = rq_arena_printf(arena, "the data set of %s", path);
	return known->of == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* ---- files ---- */

static enum rq_status read_qrels(struct rq_data *data, const struct rq_format **format, const char *path, struct rq_error *err)
{
	RQ_TRY(rq_format_guess(format, path, err));
	if (*format == NULL || (*format)->kind != RQ_DATA_QRELS)
		return rq_fail(err, RQ_E_DATA, "\"%s\": %s%s; expected judgments", path, *format == NULL ? "looks like no format that is known" : "holds ",
		               *format == NULL ? "" : rq_data_kind_name((*format)->kind));
	return (*format)->read(data, path, err);
}

/* What was logged of QRELS before goes on. */
static enum rq_status put_log(struct rq_output *output, const char *path, const char *previous, const struct rq_merge_account *account,
                              struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	if (rq_file_exists(previous))
		RQ_TRY(rq_file_read(&text, previous, err));
	if (text.size > 0 && text.data[text.size - 1] != '\n')
		rq_buf_puts(&text, "\n");
	RQ_TRY(rq_merge_log(&text, account, err));
	RQ_TRY(rq_output_open(output, path, err));
	RQ_TRY(rq_text_put(output, &text, err));
	return rq_output_settle(output, err);
}

/* The digest is that of the file as it will be, compressed where its name asks for it. */
static enum rq_status put_qrels(struct rq_output *output, char sha256[RQ_SHA256_HEX], const struct rq_format *format, const struct rq_merge *merge,
                                const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0}, packed = {0};
	size_t length;
	enum rq_packing packing = rq_packing_for(&length, path);

	RQ_TRY(format->write(&text, &(struct rq_data){.qrels = merge->qrels}, err));
	if (packing != RQ_PACKED_NOT)
		RQ_TRY(rq_text_pack(&packed, packing, text.data, text.size, err));
	const struct rq_buf *bytes = packing == RQ_PACKED_NOT ? &text : &packed;
	RQ_TRY(rq_sha256(sha256, bytes->data, bytes->size, err));
	RQ_TRY(rq_output_open(output, path, err));
	if (fwrite(bytes->data, 1, bytes->size, output->stream) != bytes->size)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(errno));
	return rq_output_settle(output, err);
}

/* Both are on the disk before the first takes its name; the log comes first, and tells by its digests which judgments it speaks of. */
static enum rq_status publish(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output out = {0}, log = {0};
	char after[RQ_SHA256_HEX];

	RQ_TRY(put_qrels(&out, after, job->format, &job->merge, job->options->out, err));
	const struct rq_merge_account account = {
		.when = job->when, .by = job->by, .grades = &job->grades, .merge = &job->merge, .before = job->data.qrels.sha256, .after = after};
	RQ_TRY(put_log(&log, job->log, job->previous_log, &account, err));
	bool went_on = rq_file_exists(job->log);
	RQ_TRY(rq_output_commit(&log, err));
	enum rq_status status = rq_output_commit(&out, err);
	if (status != RQ_OK && !went_on) /* a log of nothing */
		remove(job->log);
	return status;
}

static enum rq_status merge(struct job *job, const struct rq_strings *arguments, struct rq_error *err)
{
	const struct options *options = job->options;
	enum rq_preference preference;
	size_t files = arguments->count - 1;

	RQ_TRY(check(options, arguments, err));
	RQ_TRY(read_preference(&preference, options->prefer, err));
	RQ_TRY(read_date(job->when, options->date, err));
	job->log = rq_arena_printf(&job->arena, "%s.log.jsonl", options->out);
	job->previous_log = rq_arena_printf(&job->arena, "%s.log.jsonl", job->qrels);
	job->by = rq_arena_alloc(&job->arena, files, sizeof *job->by);
	if (job->log == NULL || job->previous_log == NULL || job->by == NULL)
		return rq_fail_memory(err);
	RQ_TRY(check_target(job, arguments, err));
	for (size_t i = 0; i < files; i++)
		job->by[i] = options->by.items[options->by.count == 1 ? 0 : i];
	RQ_TRY(read_qrels(&job->data, &job->format, job->qrels, err));
	RQ_TRY(options->report != NULL ? know_report(job, err) : know_data(&job->known, options->data, &job->arena, err));
	RQ_TRY(rq_given_grades_read(&job->grades, arguments->items + 1, files, &job->known, err));
	return rq_grades_merge(&job->merge, &job->data.qrels, job->qrels, &job->grades, preference, err);
}

/* What a perfect ranking is held against grows with the largest grade, so one beyond the scale is mostly a slip. */
static void warn_of_grades(struct rq_buf *out, const struct job *job)
{
	const struct rq_given_grade *first = NULL;
	int32_t largest = 0;
	size_t beyond = 0;

	for (size_t t = 0; t < job->data.qrels.count; t++)
		for (size_t i = 0; i < job->data.qrels.topics[t].count; i++)
			if (job->data.qrels.topics[t].judgments[i].grade > largest)
				largest = job->data.qrels.topics[t].judgments[i].grade;
	for (size_t i = 0; i < job->merge.change_count; i++)
		if (job->merge.changes[i].given->grade > largest)
			first = beyond++ == 0 ? job->merge.changes[i].given : first;
	if (beyond == 0)
		return;
	rq_buf_printf(out, "warning: %zu grade%s above %d, the largest so far (%d of topic \"%s\" document \"%s\" for one): is it the same scale?\n", beyond,
	              beyond == 1 ? " is" : "s are", (int)largest, (int)first->grade, first->topic, first->document);
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(job_release) struct job job = {.options = given, .qrels = arguments->items[0]};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	char shown[1024];

	*exit_code = 0;
	RQ_TRY(merge(&job, arguments, err));
	rq_show_text(shown, sizeof shown, job.options->out);
	rq_buf_printf(&text, "wrote %s: %s judgments, %s added and %s replaced", shown, rq_grouped(job.merge.qrels.judgments).text,
	              rq_grouped(job.merge.change_count - job.merge.replaced).text, rq_grouped(job.merge.replaced).text);
	rq_buf_printf(&text, "\nrows that agreed: %s, grades overruled: %s, rows without a grade: %s\nlog: %s.log.jsonl\n",
	              rq_grouped(job.merge.agreed).text, rq_grouped(job.merge.overruled).text, rq_grouped(job.grades.empty).text, shown);
	warn_of_grades(&text, &job);
	RQ_TRY(rq_buf_check(&text, err)); /* once the judgments stand, nothing may fail for want of memory */
	RQ_TRY(publish(&job, err));
	return rq_print(&text, err);
}

const struct rq_command rq_action_judge_merge = {
	.name = "judge merge",
	.summary = "add the grades that people have given to judgments",
	.arguments = "QRELS CSV...",
	.least = 2,
	.most = 1000,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Reads the columns topic, document and grade of each CSV, as \"rqgate judge pool\" writes them, and writes QRELS with the grades. Rows\n"
	        "without a grade are left out. Refused: ids that are not known, grades that are no whole number, a document twice in a file, and grades\n"
	        "that differ between files or from QRELS, unless --prefer says whose counts. FILE.log.jsonl goes on from QRELS.log.jsonl, where that is\n"
	        "there. QRELS are the judgments that REPORT was scored with. Nothing but judgments is ever written over.\n"
	        "example: rqgate judge merge qrels/test.tsv holes.csv --by ann --report out/report.json --out qrels/test-2.tsv",
	.run = run,
};
