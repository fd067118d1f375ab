#include "ci/cli/reports_config.h"

#include "ci/cli/outputs.h"
#include "ci/cli/spool.h"
#include "datasets/datasets.h"
#include "evalcore/base/parse.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RANKINGS "rankings"

enum { SHOWN = 120 };

/* Both kinds of both sides. */
static const char *const ranking_names[RQ_RANKINGS_MAX] = {"baseline.ann", "baseline.exact", "candidate.ann", "candidate.exact"};

/* Who asks for a report: the config ("reports.html"), or the command line ("--report html"). */
struct asked {
	enum rq_status status; /* of what is wrong with it */
	const char *prefix;
};

static const struct asked by_config = {RQ_E_CONFIG, "reports."}, by_flag = {RQ_E_USAGE, "--report "};

/* `further`: a name that would be right too; NULL: none. */
static enum rq_status unknown_writer(enum rq_status status, const char *where, const char *name, const char *further, struct rq_error *err)
{
	const char *names[RQ_REPORT_FILES_MAX];
	size_t count = 0;
	char list[256] = "";

	for (size_t i = 0; rq_writers[i] != NULL && count + 1 < RQ_REPORT_FILES_MAX; i++) {
		names[count++] = rq_writers[i]->name;
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i == 0 ? "" : ", ", rq_writers[i]->name);
	}
	if (further != NULL)
		names[count++] = further;
	const char *nearest = rq_nearest_name(name, names, count);
	if (nearest != NULL)
		return rq_fail(err, status, "%s%s: unknown report; did you mean \"%s\"?", where, name, nearest);
	return rq_fail(err, status, "%s%s: unknown report; there is: %s", where, name, list);
}

enum rq_status rq_report_format(const struct rq_writer **writer, const char *where, const char *name, struct rq_error *err)
{
	char place[SHOWN];

	*writer = rq_writer_find(name);
	snprintf(place, sizeof place, "%s ", where);
	return *writer != NULL ? RQ_OK : unknown_writer(RQ_E_USAGE, place, name, NULL, err);
}

static enum rq_status make_folder(struct rq_report_files *files, const char *folder, struct rq_error *err)
{
	files->made[files->made_count].folder = folder;
	files->made[files->made_count++].there = rq_folders_there(folder);
	return folder == files->spool ? rq_spool_make(folder, err) : rq_make_folders(folder, err);
}

/* A report must not take the place of what the run reads, nor of another report. */
static enum rq_status check_target(const struct rq_report_files *files, const struct rq_config *config, const struct rq_writer *writer,
                                   const char *path, const struct asked *asked, struct rq_error *err)
{
	struct stat info;

	if (rq_config_reads(config, path))
		return rq_fail(err, asked->status, "%s%s: \"%s\" is a file that this run reads; give the report another name", asked->prefix, writer->name,
		               path);
	if (strcmp(path, "-") != 0 && stat(path, &info) == 0 && !S_ISREG(info.st_mode))
		return rq_fail(err, asked->status, "%s%s: \"%s\" is a %s; expected the name of a file to write", asked->prefix,
		               writer->name, path, S_ISDIR(info.st_mode) ? "folder" : "device or a pipe");
	if (rq_is_store(config->store, path))
		return rq_fail(err, asked->status, "%s%s: \"%s\" is the run's store, or beside it while it is open; give the report another name",
		               asked->prefix, writer->name, path);
	for (size_t i = 0; i < files->count; i++)
		if (rq_same_target(files->files[i].path, path))
			return rq_fail(err, asked->status, "%s%s: \"%s\" is the report \"%s\" already; give each its own file", asked->prefix, writer->name, path,
			               files->files[i].writer->name);
	return RQ_OK;
}

/* What a report's name stands behind in messages. */
static const char *asker(struct rq_report_files *files, const struct rq_config *config, const struct asked *asked)
{
	return asked == &by_flag ? asked->prefix : rq_arena_printf(&files->arena, "%s: %s", config->path, asked->prefix);
}

/* What is posted waits in the spool beside the config until it has been taken. */
static enum rq_status list_address(struct rq_report_files *files, const struct rq_config *config, const struct rq_writer *writer,
                                   const char *destination, const struct asked *asked, struct rq_error *err)
{
	struct rq_error why = {0};
	const char *address;

	if (rq_spool_address(&address, writer, destination, &files->arena, &why) != RQ_OK)
		return rq_fail(err, why.status == RQ_E_CONFIG ? asked->status : why.status, "%s%s: %s", asked->prefix, writer->name, why.text);
	if (files->trial) {
		files->held = true;
		return RQ_OK;
	}
	files->spool = rq_spool_folder(config->folder, &files->arena);
	const char *path = files->spool == NULL ? NULL : rq_spool_file(files->spool, &files->arena);
	const char *shown = rq_arena_show(&files->arena, destination);
	const char *by = asker(files, config, asked);
	if (path == NULL || shown == NULL || by == NULL)
		return rq_fail_memory(err);
	files->files[files->count].writer = writer;
	files->files[files->count].address = address;
	files->files[files->count].folder = files->spool;
	files->files[files->count].asked = by;
	files->files[files->count].shown = shown;
	files->files[files->count++].path = path;
	return RQ_OK;
}

static enum rq_status list_file(struct rq_report_files *files, const struct rq_config *config, const struct rq_writer *writer, const char *path,
                                const struct asked *asked, struct rq_error *err)
{
	bool is_stdout = asked == &by_flag && strcmp(path, "-") == 0;

	if (files->count == RQ_REPORT_FILES_MAX)
		return rq_fail(err, asked->status, "reports: more than %d files", RQ_REPORT_FILES_MAX);
	if (path != NULL && rq_spool_is_address(path))
		return list_address(files, config, writer, path, asked, err);
	const char *folder = path == NULL ? NULL : rq_path_folder(&files->arena, path);
	if (folder == NULL)
		return rq_fail_memory(err);
	RQ_TRY(check_target(files, config, writer, path, asked, err));
	if (files->trial && asked == &by_config && writer->is_watched) {
		files->held = true;
		return RQ_OK;
	}
	const char *shown = rq_arena_show(&files->arena, path);
	const char *by = asker(files, config, asked);
	if (shown == NULL || by == NULL)
		return rq_fail_memory(err);
	files->files[files->count].shown = shown;
	files->files[files->count].writer = writer;
	files->files[files->count].folder = folder;
	files->files[files->count].is_stdout = is_stdout;
	files->files[files->count].asked = by;
	files->files[files->count++].path = path;
	files->prints |= is_stdout;
	if (strcmp(writer->name, "json") == 0 && !is_stdout) {
		size_t stem = strlen(path) - (strlen(path) > 5 && strcmp(path + strlen(path) - 5, ".json") == 0 ? 5 : 0);
		files->rankings = rq_arena_printf(&files->arena, "%.*s.d", (int)stem, path);
		return files->rankings == NULL ? rq_fail_memory(err) : RQ_OK;
	}
	return RQ_OK;
}

static enum rq_status mark_rankings(struct rq_report_files *files, struct rq_error *err)
{
	for (size_t i = 0; i < RQ_RANKINGS_MAX && files->rankings != NULL; i++) {
		const char *path = rq_arena_printf(&files->arena, "%s/%s.run.zst", files->rankings, ranking_names[i]);
		if (path == NULL)
			return rq_fail_memory(err);
		files->ranking_files[i].path = path;
		files->ranking_files[i].stands = rq_file_mark(path);
		files->ranking_count++;
	}
	return RQ_OK;
}

enum rq_status rq_report_files_open(struct rq_report_files *files, struct rq_error *err)
{
	files->owned = true;
	RQ_TRY(mark_rankings(files, err));
	for (size_t i = 0; i < files->count; i++)
		if (!files->files[i].is_stdout)
			files->files[i].stands = rq_file_mark(files->files[i].path);
	for (size_t i = 0; i < files->count; i++) {
		if (files->files[i].is_stdout)
			continue;
		if (make_folder(files, files->files[i].folder, err) != RQ_OK ||
		    rq_output_open(&files->files[i].output, files->files[i].path, err) != RQ_OK)
			return rq_fail_within(err, "%s%s", files->files[i].asked, files->files[i].writer->name);
	}
	if (files->rankings == NULL || files->unranked || make_folder(files, files->rankings, err) == RQ_OK)
		return RQ_OK;
	return rq_fail_within(err, "the rankings beside the report \"json\"");
}

/* The one key that names no file. */
static enum rq_status read_rankings(struct rq_report_files *files, const rq_json *object, struct rq_error *err)
{
	const rq_json *value = rq_json_get(object, RANKINGS);
	char shown[SHOWN];

	if (value == NULL)
		return RQ_OK;
	rq_json_show(shown, sizeof shown, value);
	if (rq_json_type(value) != RQ_JSON_BOOL)
		return rq_fail(err, RQ_E_CONFIG, "reports." RANKINGS ": %s is not allowed; expected true or false", shown);
	if (files->rankings == NULL)
		return rq_fail(err, RQ_E_CONFIG,
		               "reports." RANKINGS ": they lie beside the report \"json\", which is not written; name its file, or leave this out");
	files->unranked = !rq_json_true(value);
	return RQ_OK;
}

/* "html=out/report.html", cut at its '='. */
static const char *cut_named(const char *named, char format[SHOWN])
{
	size_t length = strcspn(named, "=");

	snprintf(format, SHOWN, "%.*s", (int)length, named);
	return named[length] == '\0' ? "" : named + length + 1;
}

static bool is_named(const struct rq_strings *named, size_t count, const char *writer)
{
	char format[SHOWN];

	for (size_t i = 0; i < count; i++) {
		(void)cut_named(named->items[i], format);
		if (strcmp(format, writer) == 0)
			return true;
	}
	return false;
}

static enum rq_status list_named(struct rq_report_files *files, const struct rq_config *config, const struct rq_strings *named, struct rq_error *err)
{
	char format[SHOWN];

	for (size_t i = 0; i < named->count; i++) {
		const char *path = cut_named(named->items[i], format);
		const struct rq_writer *writer;
		RQ_TRY(rq_report_format(&writer, "--report", format, err));
		if (path[0] == '\0')
			return rq_fail(err, RQ_E_USAGE, "--report %s: names no file; expected --report %s=out/%s", format, format, writer->file);
		if (is_named(named, i, format))
			return rq_fail(err, RQ_E_USAGE, "--report %s: is asked for twice; give it once", format);
		RQ_TRY(list_file(files, config, writer, path, &by_flag, err));
	}
	return RQ_OK;
}

static enum rq_status list_standard(struct rq_report_files *files, const struct rq_config *config, const struct rq_strings *named,
                                    struct rq_error *err)
{
	for (size_t i = 0; rq_writers[i] != NULL; i++) {
		const char *file = rq_writers[i]->file;
		if (rq_writers[i]->is_standard && !is_named(named, named->count, rq_writers[i]->name))
			RQ_TRY(list_file(files, config, rq_writers[i], rq_path_join(&files->arena, config->folder, rq_arena_printf(&files->arena, "out/%s", file)),
			                 &by_config, err));
	}
	return RQ_OK;
}

static enum rq_status list_configured(struct rq_report_files *files, const struct rq_config *config, const struct rq_strings *named,
                                      struct rq_error *err)
{
	const rq_json *object = config->reports;

	if (rq_json_type(object) != RQ_JSON_OBJECT)
		return rq_fail(err, RQ_E_CONFIG, "reports: expected an object such as {\"json\": \"out/report.json\"}");
	for (const rq_json *member = rq_json_first(object); member != NULL; member = rq_json_next(member)) {
		if (strcmp(rq_json_key(member), RANKINGS) == 0)
			continue;
		const struct rq_writer *writer = rq_writer_find(rq_json_key(member));
		const char *path = rq_json_string(member);
		if (writer == NULL)
			return unknown_writer(RQ_E_CONFIG, by_config.prefix, rq_json_key(member), RANKINGS, err);
		if (path == NULL || path[0] == '\0')
			return rq_fail(err, RQ_E_CONFIG, "reports.%s: expected the path of the file to write", writer->name);
		if (!is_named(named, named->count, writer->name))
			RQ_TRY(list_file(files, config, writer, rq_spool_is_address(path) ? path : rq_path_join(&files->arena, config->folder, path), &by_config,
			                 err));
	}
	return RQ_OK;
}

/* Rankings have names of their own beside report.json, which nothing else may have, nor may they take the place of what the run reads. */
static enum rq_status check_rankings(const struct rq_report_files *files, const struct rq_config *config, struct rq_error *err)
{
	for (size_t i = 0; i < RQ_RANKINGS_MAX && files->rankings != NULL; i++) {
		char path[PATH_MAX];
		snprintf(path, sizeof path, "%s/%s.run.zst", files->rankings, ranking_names[i]);
		if (rq_config_reads(config, path))
			return rq_fail(err, RQ_E_USAGE, "the rankings beside report.json: \"%s\" is a file that this run reads; copy it, or name another file for "
			               "the report \"json\"", path);
	}
	for (size_t i = 0; i < files->count && files->rankings != NULL; i++)
		if (!files->files[i].is_stdout && (rq_same_target(files->files[i].path, files->rankings) || rq_same_target(files->files[i].folder, files->rankings)))
			return rq_fail(err, RQ_E_USAGE, "the report \"%s\": \"%s\" is where the rankings lie beside the report \"json\"; give it another place",
			               files->files[i].writer->name, files->files[i].path);
	return RQ_OK;
}

enum rq_status rq_report_files_list(struct rq_report_files *files, const struct rq_config *config, const struct rq_strings *named,
                                    bool trial, struct rq_error *err)
{
	*files = (struct rq_report_files){.trial = trial};
	RQ_TRY(config->reports == NULL ? list_standard(files, config, named, err) : list_configured(files, config, named, err));
	RQ_TRY(list_named(files, config, named, err));
	RQ_TRY(check_rankings(files, config, err));
	return config->reports == NULL ? RQ_OK : read_rankings(files, config->reports, err);
}

static bool begins_otherwise(const char *path, const char *begins)
{
	char text[32] = "";
	struct stat info;

	if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) /* a pipe would have to be waited for */
		return rq_file_exists(path);
	FILE *stream = fopen(path, "re");
	if (stream == NULL)
		return true;
	size_t length = fread(text, 1, sizeof text - 1, stream);
	fclose(stream);
	return length > 0 && strncmp(text, begins, strlen(begins)) != 0;
}

enum rq_status rq_report_files_list_ends(struct rq_report_files *files, const struct rq_strings *named, struct rq_error *err)
{
	static const struct rq_config unread = {.folder = "."};
	char format[SHOWN];

	*files = (struct rq_report_files){0};
	for (size_t i = 0; i < named->count; i++) {
		const char *path = cut_named(named->items[i], format);
		const struct rq_writer *writer = rq_writer_find(format);
		if (writer == NULL || !writer->of_ends || path[0] == '\0' || rq_spool_is_address(path) || is_named(named, i, format))
			continue;
		if (strcmp(path, "-") == 0 || !begins_otherwise(path, writer->begins))
			RQ_TRY(list_file(files, &unread, writer, path, &by_flag, err));
	}
	return RQ_OK;
}

static enum rq_status write_ranking(struct rq_output *output, struct rq_report *report, struct rq_named_text *rankings, const char *path,
                                    const struct rq_run *run, struct rq_arena *arena, struct rq_error *err)
{
	static const char ending[] = ".run.zst";
	char sha256[RQ_SHA256_HEX];
	const char *name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;

	RQ_TRY(rq_output_open(output, path, err));
	RQ_TRY(rq_run_put(output, run, "rqgate", sha256, err));
	RQ_TRY(rq_output_settle(output, err));
	struct rq_named_text *out = &rankings[report->ranking_count++];
	*out = (struct rq_named_text){rq_arena_strndup(arena, name, strlen(name) - strlen(ending)), rq_arena_strdup(arena, sha256)};
	return out->name == NULL || out->text == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status write_rankings(struct rq_report_files *files, struct rq_report *report, struct rq_error *err)
{
	struct rq_named_text *rankings = rq_arena_alloc(&files->arena, RQ_RANKINGS_MAX, sizeof *rankings);

	if (rankings == NULL)
		return rq_fail_memory(err);
	report->rankings = rankings;
	report->rankings_folder = strrchr(files->rankings, '/') == NULL ? files->rankings : strrchr(files->rankings, '/') + 1;
	for (size_t i = 0; i < files->ranking_count && !files->unranked; i++) {
		const struct rq_side_info *info = &report->comparison->sides[i / 2];
		const struct rq_run *run = i % 2 == 0 ? info->ranked : info->exact;
		if (run != NULL)
			RQ_TRY(write_ranking(&files->ranking_files[i].output, report, rankings, files->ranking_files[i].path, run, &files->arena, err));
	}
	return RQ_OK;
}

static const char *fact(const struct rq_report *report, const char *name)
{
	for (size_t i = 0; i < report->run_count; i++)
		if (strcmp(report->run[i].name, name) == 0 && report->run[i].text != NULL)
			return report->run[i].text;
	return "";
}

/* The spool stands beside the config, so that its last name is enough. What judged nothing, as a first job of drift, ends
 * nothing. */
static enum rq_status wrap(struct rq_buf *text, const char *address, const struct rq_writer *writer,
                           const struct rq_report *report, const struct rq_buf *body, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf job = {0}, doubts = {0};
	const char *config = fact(report, "config"), *slash = strrchr(config, '/');

	rq_buf_printf(&job, "%s %s", fact(report, "command"), slash == NULL ? config : slash + 1);
	RQ_TRY(rq_buf_check(&job, err));
	const bool judged = report->ended == NULL && report->verdict->count > 0;
	if (judged)
		RQ_TRY(writer->doubts(&doubts, report, err));
	rq_spool_wrap(text, address, body, job.data, judged ? &doubts : NULL);
	return RQ_OK;
}

static enum rq_status write_text(struct rq_buf *text, const struct rq_report_files *files, size_t i, const struct rq_report *report,
                                 struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf body = {0};
	const struct rq_writer *writer = files->files[i].writer;

	RQ_TRY(writer->write(files->files[i].address == NULL ? text : &body, report, err));
	RQ_TRY(rq_buf_check(&body, err));
	if (files->files[i].address != NULL)
		RQ_TRY(wrap(text, files->files[i].address, writer, report, &body, err));
	return rq_buf_check(text, err);
}

static enum rq_status write_file(struct rq_report_files *files, size_t i, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	RQ_TRY(write_text(&text, files, i, report, err));
	if (files->files[i].is_stdout) {
		rq_buf_add(&files->printed, text.data, text.size);
		return rq_buf_check(&files->printed, err);
	}
	/* A short write shows in ferror, which settling checks. */
	(void)!fwrite(text.data, 1, text.size, files->files[i].output.stream);
	return rq_output_settle(&files->files[i].output, err);
}

enum rq_status rq_report_files_write(struct rq_report_files *files, struct rq_report *report, struct rq_error *err)
{
	if (files->rankings != NULL)
		RQ_TRY(write_rankings(files, report, err));
	for (size_t i = 0; i < files->count; i++) {
		if (files->files[i].writer->of_failures && report->comparison->failures.count == 0)
			rq_output_release(&files->files[i].output);
		else
			RQ_TRY(write_file(files, i, report, err));
	}
	return RQ_OK;
}

/* An output that was not written has no path. */
static enum rq_status publish_file(struct rq_output *output, struct rq_file_mark *stands, struct rq_error *err)
{
	const struct rq_file_mark own = rq_output_mark(output);

	if (output->path == NULL)
		return RQ_OK;
	RQ_TRY(rq_output_commit(output, err));
	*stands = own;
	return RQ_OK;
}

static enum rq_status publish_report(struct rq_report_files *files, size_t i, struct rq_error *err)
{
	const struct rq_file_mark own = rq_output_mark(&files->files[i].output);

	if (files->files[i].address == NULL || files->files[i].output.path == NULL)
		return publish_file(&files->files[i].output, &files->files[i].stands, err);
	RQ_TRY(rq_spool_place(&files->files[i].path, &files->files[i].output, files->spool, &files->arena, err));
	files->files[i].stands = own;
	return RQ_OK;
}

/* All that can; the first that cannot is the reason. */
static enum rq_status remove_all(const struct rq_report_files *files, struct rq_error *err)
{
	struct rq_error further = {0};
	enum rq_status status = RQ_OK;

	for (size_t i = 0; i < files->count; i++)
		if (rq_file_remove_marked(files->files[i].path, &files->files[i].stands, status == RQ_OK ? err : &further) != RQ_OK && status == RQ_OK)
			status = err->status;
	for (size_t i = 0; i < files->ranking_count; i++)
		if (rq_file_remove_marked(files->ranking_files[i].path, &files->ranking_files[i].stands, status == RQ_OK ? err : &further) != RQ_OK &&
		    status == RQ_OK)
			status = err->status;
	return status;
}

enum rq_status rq_report_files_withdraw(struct rq_report_files *files, struct rq_error *err)
{
	rq_buf_clear(&files->printed);
	for (size_t i = 0; i < files->count; i++)
		rq_output_release(&files->files[i].output);
	for (size_t i = 0; i < files->ranking_count; i++)
		rq_output_release(&files->ranking_files[i].output);
	return remove_all(files, err);
}

enum rq_status rq_report_files_publish_end(struct rq_report_files *files, const struct rq_report *report, bool watched, struct rq_error *err)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct rq_writer *writer = files->files[i].writer;
		bool failures = writer->of_failures && !files->files[i].is_stdout && report->comparison->failures.count > 0;
		if (!failures && !(writer->of_ends && (watched || !writer->is_watched)))
			continue;
		if (!files->files[i].is_stdout)
			RQ_TRY(rq_output_open(&files->files[i].output, files->files[i].path, err));
		RQ_TRY(write_file(files, i, report, err));
		RQ_TRY(publish_report(files, i, err));
	}
	return RQ_OK;
}

static enum rq_status publish_all(struct rq_report_files *files, struct rq_error *err)
{
	RQ_TRY(remove_all(files, err));
	for (size_t i = 0; i < files->ranking_count; i++)
		RQ_TRY(publish_file(&files->ranking_files[i].output, &files->ranking_files[i].stands, err));
	for (size_t i = 0; i < files->count; i++)
		RQ_TRY(publish_report(files, i, err));
	return RQ_OK;
}

/* All at once, as far as a file system lets: nothing but names. */
enum rq_status rq_report_files_publish(struct rq_report_files *files, struct rq_error *err)
{
	struct rq_error further = {0};
	enum rq_status status = publish_all(files, err);

	files->owned = status != RQ_OK;
	if (status != RQ_OK)
		(void)!remove_all(files, &further);
	return status;
}

void rq_report_files_take_back(struct rq_report_files *files)
{
	struct rq_error further = {0};

	files->owned = true;
	(void)!remove_all(files, &further); /* what cannot go is told with the end of the job */
}

void rq_report_files_release(struct rq_report_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		rq_output_release(&files->files[i].output);
	for (size_t i = 0; i < files->ranking_count; i++)
		rq_output_release(&files->ranking_files[i].output);
	for (; files->made_count > 0; files->made_count--)
		rq_remove_folders(files->made[files->made_count - 1].folder, files->made[files->made_count - 1].there);
	rq_buf_release(&files->printed);
	rq_arena_release(&files->arena);
	*files = (struct rq_report_files){0};
}

rq_json *rq_reports_schema(void)
{
	rq_json *schema = rq_json_new_object();

	rq_json_set_string(schema, "type", "object");
	rq_json *properties = rq_json_set_object(schema, "properties");
	for (size_t i = 0; rq_writers[i] != NULL; i++) {
		rq_json *path = rq_json_set_object(properties, rq_writers[i]->name);
		rq_json_set_string(path, "type", "string");
		rq_json_set_string(path, "description", rq_writers[i]->help);
	}
	rq_json *rankings = rq_json_set_object(properties, RANKINGS);
	rq_json_set_string(rankings, "type", "boolean");
	rq_json_set_string(rankings, "description",
	                   "whether the rankings of both sides are kept beside the report \"json\", in a folder of its name; default true");
	rq_json_set_bool(schema, "additionalProperties", false);
	return schema;
}
