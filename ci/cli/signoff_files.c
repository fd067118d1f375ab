#include "ci/cli/signoff_files.h"

#include "ci/cli/signoff_check.h"
#include "evalcore/base/file.h"
#include "evalcore/pipeline/config.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>

enum { SUBJECTS_MOST = 4096 };

/* Where subjects are gathered. */
struct gathering {
	struct rq_statement *statement;
	const struct rq_report_file *report;
	struct rq_buf *left_out; /* names of files that the report has no digest of */
	char *folder; /* of the bundle, with no link in it */
	struct rq_arena *arena;
	struct rq_error *err;
};

/* The path as it was named, with its links, for one of them may lead elsewhere tomorrow. */
static const char *absolute(struct rq_arena *arena, const char *path)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf out = {0};
	RQ_CLEANUP(rq_free_pointer) char *here = path[0] == '/' ? NULL : realpath(".", NULL);

	if (path[0] != '/' && here == NULL)
		return NULL;
	rq_buf_puts(&out, here == NULL || strcmp(here, "/") == 0 ? "" : here);
	for (const char *c = path; *c != '\0';) {
		int length = (int)strcspn(c, "/");
		if (length > 0 && !(length == 1 && *c == '.'))
			rq_buf_printf(&out, "/%.*s", length, c);
		c += length + (c[length] == '/');
	}
	return out.failed || out.data == NULL ? NULL : rq_arena_strdup(arena, out.data);
}

/* "../gate.json": from a folder without links to a file. */
static const char *relative(struct rq_arena *arena, const char *folder, const char *file)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf path = {0};
	size_t same = 0, i = 0;

	for (; folder[i] == file[i] && folder[i] != '\0'; i++)
		if (folder[i] == '/')
			same = i + 1;
	if (folder[i] == '\0' && file[i] == '/')
		same = i + 1;
	for (const char *c = folder + (same > strlen(folder) ? strlen(folder) : same); *c != '\0'; c += strcspn(c, "/"), c += *c == '/')
		rq_buf_puts(&path, "../");
	rq_buf_puts(&path, file + same);
	return path.failed || path.data == NULL ? NULL : rq_arena_strdup(arena, path.data);
}

static enum rq_status add(struct gathering *to, struct rq_subject subject)
{
	struct rq_statement *statement = to->statement;

	if (statement->subject_count == SUBJECTS_MOST)
		return rq_fail(to->err, RQ_E_DATA, "a sign-off holds at most %d files, and the model's folder has more", SUBJECTS_MOST);
	statement->subjects[statement->subject_count++] = subject;
	return RQ_OK;
}

/* `recorded`: what the report says of the file; NULL: nothing. */
static enum rq_status add_file(struct gathering *to, const char *name, const char *path, const char *recorded)
{
	const char *named = absolute(to->arena, path);
	char *hex = rq_arena_alloc(to->arena, RQ_SHA256_HEX, 1);

	if (hex == NULL)
		return rq_fail_memory(to->err);
	RQ_TRY(rq_sha256_file(hex, path, to->err));
	if (recorded != NULL && strcmp(recorded, hex) != 0)
		return rq_fail(to->err, RQ_E_DATA, "%s: is not the %s that %s was made of; run the gate again", path, name, to->report->path);
	const char *shown = named == NULL ? NULL : relative(to->arena, to->folder, named);
	return shown == NULL ? rq_fail_memory(to->err) : add(to, (struct rq_subject){.name = name, .sha256 = hex, .path = shown});
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* All files below, links followed, in one order. */
static enum rq_status add_folder(struct gathering *to, const char *name, const char *path)
{
	FTS *walk = fts_open((char *[]){(char *)path, NULL}, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	enum rq_status status = walk == NULL ? rq_fail(to->err, RQ_E_IO, "%s: cannot open", path) : RQ_OK;

	for (const FTSENT *entry; status == RQ_OK && (entry = fts_read(walk)) != NULL;) {
		if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS || entry->fts_info == FTS_DC)
			status = rq_fail(to->err, RQ_E_IO, "%s: cannot read: %s", entry->fts_path, entry->fts_info == FTS_DC ? "a link leads back" : strerror(entry->fts_errno));
		if (entry->fts_info != FTS_F)
			continue;
		const char *inner = entry->fts_path + strlen(path);
		const char *subject = rq_arena_printf(to->arena, "%s/%s", name, inner + strspn(inner, "/"));
		status = subject == NULL ? rq_fail_memory(to->err) : add_file(to, subject, entry->fts_path, NULL);
	}
	if (walk != NULL)
		fts_close(walk);
	return status;
}

/* The path of an option: a folder, a file, or one of the arrays in a file, "ann.hdf5:test". */
static enum rq_status add_path(struct gathering *to, const char *name, const char *path, const char *recorded)
{
	struct stat info;
	char *file = rq_arena_strdup(to->arena, path), *colon = file == NULL ? NULL : strrchr(file, ':');

	if (file == NULL)
		return rq_fail_memory(to->err);
	if (stat(file, &info) != 0 && colon != NULL)
		*colon = '\0';
	if (stat(file, &info) == 0 && S_ISDIR(info.st_mode))
		return add_folder(to, name, file);
	return add_file(to, name, file, recorded);
}

/* No file that was not gated is signed for. */
static void leave_out(struct gathering *to, const char *name)
{
	rq_buf_printf(to->left_out, "%s%s", to->left_out->size > 0 ? ", " : "", name);
}

/* The model's files are those of the run where they give its fingerprint. */
static enum rq_status check_model(struct gathering *to, const struct rq_embedder *embedder, const void *options, const char *path)
{
	const char *recorded = to->report->comparison.sides[RQ_CANDIDATE].model;
	RQ_CLEANUP(rq_buf_release) struct rq_buf model = {0};
	struct rq_key key = {0};
	char hex[33];

	RQ_TRY(embedder->read != NULL ? embedder->read(&model, options, to->err) : embedder->fit(&model, options, NULL, NULL, to->err));
	RQ_TRY(rq_buf_check(&model, to->err));
	rq_key_add(&key, model.data, model.size);
	rq_key_hex(&key, hex);
	if (recorded != NULL && strcmp(recorded, hex) == 0)
		return RQ_OK;
	return rq_fail(to->err, RQ_E_DATA, "%s: is not the model that %s was made of; run the gate again", path, to->report->path);
}

/* A file of vectors: the one of the documents has its digest in the report, or of a side that embeds topics alone theirs. */
static const char *vector_file(const struct gathering *to, const struct rq_side_config *side, const char *option)
{
	const struct rq_comparison *comparison = &to->report->comparison;
	bool shares = comparison->sides[RQ_CANDIDATE].shares_vectors, has_corpus = rq_comparison_input(comparison, "candidate.vectors") != NULL || shares;

	if (side->document_embedder != NULL || strcmp(option, has_corpus ? "corpus" : "topics") != 0)
		return NULL;
	return rq_comparison_input(comparison, shares ? "baseline.vector_file" : "candidate.vector_file");
}

/* Models that are files, and vectors. The report knows the model of the topics, and no other. */
static enum rq_status add_embedder(struct gathering *to, const char *prefix, const struct rq_side_config *side, bool of_documents)
{
	const struct rq_embedder *embedder = of_documents ? side->document_embedder : side->embedder;
	const void *options = of_documents ? side->document_embedder_options : side->embedder_options;
	bool of_files = embedder != NULL && (embedder->read != NULL || embedder->load != NULL || embedder->fit != NULL);

	for (const struct rq_option *option = of_files ? embedder->options : NULL; option != NULL && option->name != NULL; option++) {
		const char *path = NULL;
		if (option->type == RQ_OPTION_PATH)
			memcpy(&path, (const char *)options + option->offset, sizeof path);
		if (path == NULL)
			continue;
		const char *name = rq_arena_printf(to->arena, "%s/%s", prefix, option->name);
		if (name == NULL)
			return rq_fail_memory(to->err);
		const char *recorded = embedder->load == NULL || of_documents ? NULL : vector_file(to, side, option->name);
		if (of_documents || (embedder->load != NULL && recorded == NULL)) {
			leave_out(to, name);
			continue;
		}
		RQ_TRY(add_path(to, name, path, recorded));
		if (embedder->load == NULL)
			RQ_TRY(check_model(to, embedder, options, path));
	}
	return RQ_OK;
}

static enum rq_status add_candidate(struct gathering *to, const struct rq_side_config *side)
{
	const struct rq_comparison *comparison = &to->report->comparison;
	struct rq_subject index, model;

	RQ_TRY(rq_report_subjects(&index, &model, to->report, to->arena, to->err));
	const char *file = side->run != NULL ? side->run : side->index.file;
	RQ_TRY(file == NULL ? add(to, index) : add_path(to, "index", file, rq_comparison_input(comparison, side->run != NULL ? "candidate.run" : "candidate.index")));
	if (side->index.ids != NULL)
		leave_out(to, "index/ids");
	RQ_TRY(add(to, model));
	RQ_TRY(add_embedder(to, "model", side, false));
	return add_embedder(to, "document_model", side, true);
}

static enum rq_status add_rankings(struct gathering *to)
{
	const rq_json *rankings = rq_json_get(to->report->root, "rankings");

	for (const rq_json *ranking = rankings == NULL ? NULL : rq_json_first(rankings); ranking != NULL; ranking = rq_json_next(ranking)) {
		const char *file = rq_json_string(rq_json_get(ranking, "file"));
		const char *path = file == NULL ? NULL : rq_path_join(to->arena, to->report->folder, file);
		const char *name = rq_arena_printf(to->arena, "rankings/%s", rq_json_key(ranking));
		if (path == NULL || name == NULL)
			return rq_fail(to->err, RQ_E_DATA, "%s: rankings.%s: expected its file", to->report->path, rq_json_key(ranking));
		RQ_TRY(add_file(to, name, path, NULL));
	}
	return RQ_OK;
}

/* Nobody signs a report that is none of this config's, nor one that somebody has changed. */
static enum rq_status check(const struct gathering *to, const struct rq_config *config)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct rq_reasons reasons = {.arena = to->arena};

	RQ_TRY(rq_signoff_check(&reasons, to->report, config, to->err));
	for (size_t i = 0; i < reasons.count; i++)
		rq_buf_printf(&text, "%s%s", i == 0 ? "" : "; ", reasons.items[i]);
	RQ_TRY(rq_buf_check(&text, to->err));
	if (reasons.count == 0)
		return RQ_OK;
	return rq_fail(to->err, RQ_E_DATA, "%s cannot be signed: %s; run the gate again, and sign what it writes", to->report->path, text.data);
}

static enum rq_status add_config(struct gathering *to, const char *path)
{
	RQ_CLEANUP(rq_config_release) struct rq_config config = {0};
	const char *recorded = rq_comparison_input(&to->report->comparison, "config");

	RQ_TRY(rq_config_load(&config, path, &to->report->set, to->err));
	if (recorded == NULL || strcmp(recorded, config.sha256) != 0)
		return rq_fail(to->err, RQ_E_DATA, "%s: has changed since %s was made with it; run the gate again, or name the config of then with --config", path,
		               to->report->path);
	RQ_TRY(check(to, &config));
	RQ_TRY(add_file(to, "config", path, NULL));
	rq_statement_configure(to->statement);
	return add_candidate(to, &config.sides[RQ_CANDIDATE]);
}

enum rq_status rq_signoff_subjects(struct rq_statement *statement, struct rq_buf *left_out, const struct rq_report_file *report, const char *config, const char *bundle,
                                   struct rq_arena *arena, struct rq_error *err)
{
	const char *beside = rq_path_folder(arena, bundle);
	RQ_CLEANUP(rq_free_pointer) char *folder = beside == NULL ? NULL : realpath(beside, NULL);
	struct gathering to = {.statement = statement, .left_out = left_out, .report = report, .folder = folder, .arena = arena, .err = err};

	if (folder == NULL)
		return beside == NULL ? rq_fail_memory(err) : rq_fail(err, RQ_E_IO, "%s: no such folder, where the bundle shall be", beside);
	statement->subjects = rq_arena_alloc(arena, SUBJECTS_MOST, sizeof *statement->subjects);
	if (statement->subjects == NULL)
		return rq_fail_memory(err);
	RQ_TRY(add_file(&to, "report", report->path, report->sha256));
	RQ_TRY(add_rankings(&to));
	return add_config(&to, config != NULL ? config : report->config);
}
