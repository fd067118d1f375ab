/* rqgate compare: two indexes, files of vectors or run files, side by side. Joins the rooms that open, compare, search and show. */
#include "ci/cli/command.h"
#include "ci/cli/compare_snapshot.h"
#include "ci/cli/compare_topics.h"
#include "ci/cli/outputs.h"
#include "ci/cli/report_data.h"
#include "ci/cli/style.h"
#include "datasets/datasets.h"
#include "evalcore/base/file.h"
#include "evalcore/base/system.h"
#include "evalcore/compare/answers.h"
#include "evalcore/compare/searches.h"
#include "reports/changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STANDARD_DEPTH = 10, STANDARD_LISTED = 10, LEAST_SEARCHED = 100, WHOLE_SEARCHED = 1000 };
static const double STANDARD_EXACT_BUDGET = 60;

struct options {
	struct rq_compare_files files;
	const char *ids[RQ_SIDES], *vectors[RQ_SIDES];
	const char *search, *similarity, *scratch;
	struct rq_snapshot_options where;
	double exact_budget;
	int64_t depth, threads;
	struct rq_flag_number listed;
	struct rq_strings reports;
	bool json;
};

static const struct rq_flag flags[] = {
	{"--ids-a", "FILE", RQ_FLAG_STRING, offsetof(struct options, ids[RQ_BASELINE]), "id map of A: row i is line i (default: rows are called by their numbers)"},
	{"--ids-b", "FILE", RQ_FLAG_STRING, offsetof(struct options, ids[RQ_CANDIDATE]), "id map of B"},
	{"--vectors-a", "FILE", RQ_FLAG_STRING, offsetof(struct options, vectors[RQ_BASELINE]),
	 "the vectors that A was built of, where it does not hold them as they came"},
	{"--vectors-b", "FILE", RQ_FLAG_STRING, offsetof(struct options, vectors[RQ_CANDIDATE]), "those of B"},
	{"--store", "DIR", RQ_FLAG_STRING, offsetof(struct options, where.store), "A and B are snapshots in this folder, where they are no files (default: the config's, else .rqgate/snapshots here)"},
	{"--as-of", "TIME", RQ_FLAG_STRING, offsetof(struct options, where.as_of),
	 "A is the snapshot that was current then, and B alone is named: 2026-11-21, 2026-11-21T03:00:00Z, or so long ago: 30d"},
	{"--scratch", "DIR", RQ_FLAG_STRING, offsetof(struct options, scratch), "where these are brought back to for a while (default: in that folder)"},
	{"--config", "CONFIG", RQ_FLAG_STRING, offsetof(struct options, files.config),
	 "topics, judgments, metrics and corpora of a config; its baseline embeds the topics for A, its candidate for B"},
	{"--set", "KEY=VALUE", RQ_FLAG_LIST, offsetof(struct options, files.set), "change one key of that config"},
	{"--cache", "DIR", RQ_FLAG_STRING, offsetof(struct options, files.cache), "where its stages are cached (default: .rqgate/cache beside it)"},
	{"--topics", "FILE", RQ_FLAG_STRING, offsetof(struct options, files.topics), "the topics' texts, without a config"},
	{"--topic-vectors", "FILE", RQ_FLAG_STRING, offsetof(struct options, files.vectors), "the topics' vectors"},
	{"--topic-vectors-b", "FILE", RQ_FLAG_STRING, offsetof(struct options, files.vectors_b), "those for B, where another model made it"},
	{"--topic-ids", "FILE", RQ_FLAG_STRING, offsetof(struct options, files.ids), "ids of their rows (default: the order of --topics)"},
	{"--qrels", "FILE", RQ_FLAG_STRING, offsetof(struct options, files.qrels), "judgments, for metrics and for topics lost and gained"},
	{"-m", "METRIC", RQ_FLAG_LIST, offsetof(struct options, files.metrics), "metrics on judgments (default: the config's, or nDCG@10 and RR@10); may be repeated"},
	{"--corpus", "FILE", RQ_FLAG_STRING, offsetof(struct options, files.corpus), "texts of documents, to be shown"},
	{"--corpus-a", "FILE", RQ_FLAG_STRING, offsetof(struct options, files.corpus_a), "the corpus that A was built of: texts are compared with B's"},
	{"--corpus-b", "FILE", RQ_FLAG_STRING, offsetof(struct options, files.corpus_b), "the corpus that B was built of"},
	{"--search", "PARAMETERS", RQ_FLAG_STRING, offsetof(struct options, search), "of both indexes: efSearch=64, nprobe=8 (default: as the files have them)"},
	{"--similarity", "NAME", RQ_FLAG_STRING, offsetof(struct options, similarity), "of files of vectors: cosine, ip or l2 (default: cosine)"},
	{"--exact-budget", "TIME", RQ_FLAG_DURATION, offsetof(struct options, exact_budget),
	 "how long exact search, which tells the index's part, may take (default: 60s)"},
	{"--depth", "K", RQ_FLAG_COUNT, offsetof(struct options, depth), "ranks that overlap and RBO look at (default: 10)"},
	{"--list", "N", RQ_FLAG_NUMBER, offsetof(struct options, listed), "documents and topics of each kind to name (default: 10)"},
	{"--threads", "N", RQ_FLAG_COUNT, offsetof(struct options, threads), "threads to use (default: all)"},
	{"--report", "FORMAT=PATH", RQ_FLAG_LIST, offsetof(struct options, reports), "write json or html there too; may be repeated"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON, with every topic and up to 1,000 documents of each kind"},
	RQ_FLAGS_END,
};

enum { REPORTS_MOST = 2 };

static const struct format {
	const char *name;
	enum rq_status (*write)(struct rq_buf *out, const struct rq_changes *changes, struct rq_error *err);
} formats[REPORTS_MOST] = {{"json", rq_changes_json}, {"html", rq_changes_html}};

/* Everything that one comparison owns, released together. */
struct job {
	const struct options *options;
	const char *names[RQ_SIDES]; /* A and B; A NULL: --as-of says which */
	const char *paths[RQ_SIDES]; /* of the files that are compared */
	struct rq_snapshot_options where; /* snapshots are */
	struct rq_compare_snapshot snapshots[RQ_SIDES];
	struct rq_progress progress;
	struct {
		struct rq_output output; /* of each format; stream NULL: not asked for */
		const char *path, *folder;
		size_t there;            /* bytes of its folder that were there before: the rest goes again where nothing is written */
	} files[REPORTS_MOST];
	struct rq_arena arena;
	struct rq_holding holdings[RQ_SIDES];
	struct rq_run runs[RQ_SIDES];
	struct rq_report_file reports[RQ_SIDES];
	struct rq_report_data data; /* of both */
	struct rq_compare_topics topics;
	struct rq_document_changes documents;
	struct rq_searches searches;
	struct rq_answer_changes answers;
	struct rq_changes changes;
};

static void job_release(struct job *job)
{
	for (size_t i = 0; i < REPORTS_MOST; i++) {
		rq_output_release(&job->files[i].output);
		if (job->files[i].folder != NULL)
			rq_remove_folders(job->files[i].folder, job->files[i].there);
	}
	rq_arena_release(&job->arena);
	rq_answer_changes_release(&job->answers);
	rq_searches_release(&job->searches);
	rq_document_changes_release(&job->documents);
	rq_compare_topics_release(&job->topics);
	rq_report_data_release(&job->data);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		rq_run_release(&job->runs[side]);
		rq_report_file_release(&job->reports[side]);
		rq_holding_release(&job->holdings[side]);
		rq_compare_snapshot_release(&job->snapshots[side]);
	}
}

static size_t ranks(const struct job *job)
{
	return job->options->depth > 0 ? (size_t)job->options->depth : STANDARD_DEPTH;
}

/* As deep as anything looks; deep enough to say where a document went. */
static size_t search_depth(const struct job *job)
{
	size_t depth = ranks(job) > LEAST_SEARCHED ? ranks(job) : LEAST_SEARCHED;

	for (size_t i = 0; i < job->topics.metrics.count; i++) {
		size_t cutoff = job->topics.metrics.specs[i].cutoff == 0 ? WHOLE_SEARCHED : job->topics.metrics.specs[i].cutoff;
		depth = cutoff > depth ? cutoff : depth;
	}
	return depth;
}

static enum rq_status read_similarity(enum rq_similarity *similarity, const char *name, struct rq_error *err)
{
	*similarity = RQ_AS_STORED;
	if (name == NULL || strcmp(name, "cosine") == 0)
		return RQ_OK;
	*similarity = strcmp(name, "ip") == 0 ? RQ_INNER_PRODUCT : RQ_L2;
	if (strcmp(name, "ip") == 0 || strcmp(name, "l2") == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE, "--similarity: \"%s\" is not allowed; expected cosine, ip or l2", name);
}

static bool is_of_vectors(enum rq_comparable kind)
{
	return kind == RQ_COMPARABLE_INDEX || kind == RQ_COMPARABLE_VECTORS || kind == RQ_COMPARABLE_SNAPSHOT;
}

/* ---- what is read is never written over ---- */

static enum rq_status check_outputs(const struct job *job, const char *const *inputs, size_t count, const struct rq_config *config, struct rq_error *err)
{
	for (size_t i = 0; i < REPORTS_MOST; i++)
		if (job->files[i].path != NULL)
			RQ_TRY(rq_output_check("--report", job->files[i].path, inputs, count, config, err));
	return RQ_OK;
}

static enum rq_status check_against_arguments(const struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	const struct rq_compare_files *files = &options->files;
	const char *const inputs[] = {job->names[RQ_BASELINE],  job->names[RQ_CANDIDATE],    options->ids[RQ_BASELINE], options->ids[RQ_CANDIDATE],
	                              options->vectors[RQ_BASELINE], options->vectors[RQ_CANDIDATE], options->where.store, files->config,
	                              files->topics, files->vectors, files->vectors_b, files->ids, files->qrels, files->corpus, files->corpus_a, files->corpus_b};

	return check_outputs(job, inputs, sizeof inputs / sizeof *inputs, NULL, err);
}

static enum rq_status load_topics(struct job *job, bool search, struct rq_error *err)
{
	RQ_TRY(rq_compare_topics_load(&job->topics, &job->options->files, search, err));
	return job->options->files.config == NULL ? RQ_OK : check_outputs(job, NULL, 0, &job->topics.config, err);
}

/* A report is read with the rankings beside it, and with what its config names, where that is still there. */
static enum rq_status check_against_report(const struct job *job, const struct rq_report_file *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_config_release) struct rq_config config = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *folder = report->report.rankings_folder;
	const char *const rankings = folder == NULL ? NULL : rq_path_join(&arena, report->folder, folder);
	struct rq_error why = {0};
	bool known = rq_config_load(&config, report->config, &report->set, &why) == RQ_OK;

	if (why.status == RQ_E_NOMEM || (folder != NULL && rankings == NULL))
		return rq_fail_memory(err);
	return check_outputs(job, &rankings, 1, known ? &config : NULL, err);
}

/* ---- which files ---- */

/* --store, or the folder that the config names, as the actions of "rqgate snapshot" find it; else NULL, the standard one. */
static enum rq_status find_store(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_config_release) struct rq_config config = {0};
	const struct rq_compare_files *files = &job->options->files;

	job->where = job->options->where;
	if (job->where.store != NULL || files->config == NULL)
		return RQ_OK;
	RQ_TRY(rq_config_load(&config, files->config, &files->set, err));
	if (config.snapshots == NULL)
		return RQ_OK;
	job->where.store = rq_arena_strdup(&job->arena, config.snapshots);
	return job->where.store == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* Snapshots become the files that they hold. */
static enum rq_status find_files(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;

	RQ_TRY(find_store(job, err));

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		struct rq_compare_snapshot *snapshot = &job->snapshots[side];
		job->paths[side] = job->changes.names[side] = job->names[side];
		if (job->names[side] != NULL && !rq_compare_names_snapshot(job->names[side], job->where.store)) {
			RQ_TRY(rq_comparable_guess(&job->changes.kinds[side], job->paths[side], err));
			continue;
		}
		RQ_TRY(rq_compare_snapshot_open(snapshot, job->names[side], &job->where, options->scratch, &job->progress, err));
		RQ_TRY(check_outputs(job, &snapshot->place, 1, NULL, err));
		if (job->names[side] == NULL)
			job->changes.names[side] = job->names[side] = rq_arena_strndup(&job->arena, snapshot->manifest.sha256, RQ_SEAL_SHOWN);
		if (job->names[side] == NULL)
			return rq_fail_memory(err);
		job->paths[side] = snapshot->index;
		job->changes.kinds[side] = RQ_COMPARABLE_SNAPSHOT;
		job->changes.made[side] = (struct rq_change_made){.seal = snapshot->manifest.sha256,
		                                                  .created = snapshot->manifest.created,
		                                                  .model = snapshot->manifest.model.fingerprint,
		                                                  .corpus = rq_manifest_digest(&snapshot->manifest, "corpus")};
	}
	return RQ_OK;
}

static enum rq_status check_sides(struct job *job, struct rq_error *err)
{
	enum rq_comparable *kinds = job->changes.kinds;

	bool alike = is_of_vectors(kinds[RQ_BASELINE]) ? is_of_vectors(kinds[RQ_CANDIDATE]) : kinds[RQ_BASELINE] == kinds[RQ_CANDIDATE];
	if (!alike)
		return rq_fail(err, RQ_E_USAGE, "\"%s\" is %s and \"%s\" is %s; expected two of one kind", job->names[RQ_BASELINE],
		               rq_comparable_name(kinds[RQ_BASELINE]), job->names[RQ_CANDIDATE], rq_comparable_name(kinds[RQ_CANDIDATE]));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		const struct options *options = job->options;
		if (!is_of_vectors(kinds[side]) && (options->ids[side] != NULL || options->vectors[side] != NULL))
			return rq_fail(err, RQ_E_USAGE, "%s: it belongs to an index; leave it out",
			               options->ids[side] != NULL ? (side == RQ_BASELINE ? "--ids-a" : "--ids-b") : side == RQ_BASELINE ? "--vectors-a" : "--vectors-b");
		if (kinds[side] == RQ_COMPARABLE_VECTORS && options->vectors[side] != NULL)
			return rq_fail(err, RQ_E_USAGE, "%s: \"%s\" holds vectors itself; leave it out", side == RQ_BASELINE ? "--vectors-a" : "--vectors-b",
			               job->paths[side]);
	}
	return RQ_OK;
}

/* Else they would be passed over without a word. */
static enum rq_status check_judged(const struct job *job, struct rq_error *err)
{
	if (job->options->files.metrics.count == 0 || job->topics.qrels != NULL)
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE, "-m: nothing is judged, so no metric can be measured; name --qrels, or --config");
}

static enum rq_status compare_answers(struct job *job, struct rq_answers_request *request, struct rq_error *err)
{
	request->topics = job->topics.topics;
	request->qrels = job->topics.qrels;
	request->specs = job->topics.metrics.specs;
	request->spec_count = job->topics.metrics.count;
	job->answers.depth = ranks(job);
	RQ_TRY(rq_answers_compare(&job->answers, request, err));
	job->changes.answers = &job->answers;
	return RQ_OK;
}

static enum rq_status compare_runs(struct job *job, struct rq_error *err)
{
	struct rq_answers_request request = {.exact_note = "not split: they are run files"};

	RQ_TRY(load_topics(job, false, err));
	RQ_TRY(check_judged(job, err));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		RQ_TRY(rq_run_load(&job->runs[side], job->paths[side], err));
		memcpy(job->changes.sha256[side], job->runs[side].sha256, RQ_SHA256_HEX);
		request.runs[side] = &job->runs[side];
	}
	return compare_answers(job, &request, err);
}

/* Of two reports only like things are compared. */
static enum rq_status check_reports(const struct job *job, struct rq_error *err)
{
	static const char *const fields[] = {"corpus", "candidate.corpus", "topics", "qrels"};
	const struct rq_report_file *a = &job->reports[RQ_BASELINE], *b = &job->reports[RQ_CANDIDATE];

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		const char *before = rq_comparison_input(&a->comparison, fields[i]), *now = rq_comparison_input(&b->comparison, fields[i]);
		if ((before == NULL) != (now == NULL) || (before != NULL && strcmp(before, now) != 0))
			return rq_fail(err, RQ_E_DATA, "\"%s\" and \"%s\" are of another \"%s\", so they are not compared; run both on the same one", job->paths[RQ_BASELINE],
			               job->paths[RQ_CANDIDATE], fields[i]);
	}
	if (a->metrics_version == b->metrics_version)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "\"%s\" has metrics_version %lld and \"%s\" %lld, so they are not compared; run both with one program", job->paths[RQ_BASELINE],
	               (long long)a->metrics_version, job->paths[RQ_CANDIDATE], (long long)b->metrics_version);
}

/* Without -m those on judgments that both reports have. */
static enum rq_status take_metrics(struct job *job, struct rq_error *err)
{
	const struct rq_comparison *before = &job->reports[RQ_BASELINE].comparison, *now = &job->reports[RQ_CANDIDATE].comparison;

	if (job->options->files.metrics.count > 0)
		return RQ_OK;
	rq_metric_list_release(&job->topics.metrics);
	for (size_t i = 0; i < before->metric_count; i++)
		if (before->metrics[i].is_judged && rq_comparison_metric(now, before->metrics[i].name) != NULL)
			RQ_TRY(rq_metrics_add(&job->topics.metrics, before->metrics[i].name, 1, err));
	return RQ_OK;
}

/* Judgments of the reports' config, where they are still what was evaluated; else of --qrels. */
static enum rq_status load_judgments(struct job *job, struct rq_error *err)
{
	RQ_TRY(load_topics(job, false, err));
	RQ_TRY(rq_report_data_load(&job->data, &job->reports[RQ_CANDIDATE], NULL, false, err));
	if (job->topics.qrels == NULL && job->data.qrels.count > 0)
		job->topics.qrels = &job->data.qrels;
	if (job->topics.topics == NULL && job->data.topics.count > 0)
		job->topics.topics = &job->data.topics;
	rq_report_data_tell(&job->data);
	RQ_TRY(check_judged(job, err));
	RQ_TRY(take_metrics(job, err));
	if (job->topics.metrics.count == 0) /* nothing is measured of both, which is not to say that nothing was lost */
		job->topics.qrels = NULL;
	return RQ_OK;
}

/* The candidates of both, by the rankings beside them. */
static enum rq_status compare_reports(struct job *job, struct rq_error *err)
{
	struct rq_answers_request request = {.exact_note = "not split: exact rankings are not in both reports"};

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		struct rq_report_file *report = &job->reports[side];
		RQ_TRY(rq_report_file_read(report, job->paths[side], err));
		RQ_TRY(check_against_report(job, report, err));
		RQ_TRY(rq_report_file_rankings(report, err));
		const struct rq_side_info *candidate = &report->comparison.sides[RQ_CANDIDATE];
		memcpy(job->changes.sha256[side], report->sha256, RQ_SHA256_HEX);
		request.runs[side] = candidate->ranked;
		request.exact[side] = candidate->is_exact ? candidate->ranked : candidate->exact;
	}
	RQ_TRY(check_reports(job, err));
	RQ_TRY(load_judgments(job, err));
	request.depth = job->reports[RQ_CANDIDATE].comparison.cutoff;
	job->changes.reports = job->reports;
	return compare_answers(job, &request, err);
}

static enum rq_status search(struct job *job, struct rq_error *err)
{
	const struct rq_compare_topics *topics = &job->topics;
	const struct options *options = job->options;
	const struct rq_searches_request asked = {
		.vectors = {topics->vectors[RQ_BASELINE], topics->vectors[RQ_CANDIDATE]},
		.topics = topics->ids,
		.depth = search_depth(job),
		.exact_budget = options->exact_budget > 0 ? options->exact_budget : STANDARD_EXACT_BUDGET,
	};
	struct rq_answers_request request = {.depth = asked.depth, .holdings = job->holdings, .documents = &job->documents};

	RQ_TRY(rq_searches_run(&job->searches, job->holdings, &asked, err));
	request.exact_note = job->searches.exact_note;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		request.runs[side] = &job->searches.runs[side];
		request.exact[side] = rq_searches_exact(&job->searches, &job->holdings[side], side);
	}
	return compare_answers(job, &request, err);
}

static enum rq_status compare_holdings(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;

	RQ_TRY(load_topics(job, true, err));
	RQ_TRY(check_judged(job, err));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		const struct rq_compare_snapshot *snapshot = &job->snapshots[side];
		const struct rq_holding_source source = {
			.path = job->paths[side],
			.ids = options->ids[side] != NULL ? options->ids[side] : snapshot->ids,
			.vectors = options->vectors[side] != NULL ? options->vectors[side] : snapshot->vectors,
			.spare = options->vectors[side] == NULL,
			.search = options->search != NULL ? options->search : snapshot->how.search,
			.flag_of_ids = side == RQ_BASELINE ? "--ids-a" : "--ids-b",
			.flag_of_search = options->search != NULL ? "--search" : job->names[side],
		};
		enum rq_similarity similarity;
		RQ_TRY(read_similarity(&similarity, options->similarity != NULL ? options->similarity : snapshot->how.similarity, err));
		if (rq_holding_open(&job->holdings[side], &source, similarity, err) != RQ_OK)
			return snapshot->index == NULL ? err->status : rq_fail_within(err, "snapshot %s", job->names[side]);
	}
	if (options->search != NULL && job->holdings[RQ_BASELINE].kind == RQ_COMPARABLE_VECTORS &&
	    job->holdings[RQ_CANDIDATE].kind == RQ_COMPARABLE_VECTORS)
		return rq_fail(err, RQ_E_USAGE, "--search: files of vectors are searched exactly; leave it out");
	if (job->holdings[RQ_BASELINE].named != job->holdings[RQ_CANDIDATE].named)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": its rows have no ids, and those of \"%s\" do; name them with %s",
		               job->names[job->holdings[RQ_BASELINE].named], job->names[!job->holdings[RQ_BASELINE].named],
		               job->holdings[RQ_BASELINE].named ? "--ids-b" : "--ids-a");
	RQ_TRY(rq_documents_compare(&job->documents, job->holdings, job->topics.own_texts ? job->topics.texts : NULL, err));
	job->changes.holdings = job->holdings;
	job->changes.documents = &job->documents;
	job->changes.texts = job->topics.texts;
	return job->topics.ids == NULL ? RQ_OK : search(job, err);
}

/* ---- files ---- */

/* Before anything is computed, so that a path that cannot be written is told at once. */
static enum rq_status open_reports(struct job *job, struct rq_error *err)
{
	const struct rq_strings *reports = &job->options->reports;

	for (size_t i = 0; i < reports->count; i++) {
		const char *text = reports->items[i], *path = strchr(text, '=');
		size_t format = 0;
		while (format < REPORTS_MOST && (path == NULL || strncmp(text, formats[format].name, strlen(formats[format].name)) != 0 ||
		                                 strlen(formats[format].name) != (size_t)(path - text)))
			format++;
		if (format == REPORTS_MOST || path[1] == '\0')
			return rq_fail(err, RQ_E_USAGE, "--report: \"%s\" is not allowed; expected json=PATH or html=PATH", text);
		if (job->files[format].output.stream != NULL)
			return rq_fail(err, RQ_E_USAGE, "--report: %s is named twice; keep one", formats[format].name);
		job->files[format].path = path + 1;
		RQ_TRY(check_against_arguments(job, err));
		if (job->files[1 - format].path != NULL && rq_same_target(path + 1, job->files[1 - format].path))
			return rq_fail(err, RQ_E_USAGE, "--report: \"%s\" is named for both formats; give each its own file", path + 1);
		job->files[format].folder = rq_path_folder(&job->arena, path + 1);
		if (job->files[format].folder == NULL)
			return rq_fail_memory(err);
		job->files[format].there = rq_folders_there(job->files[format].folder);
		RQ_TRY(rq_make_folders(job->files[format].folder, err));
		RQ_TRY(rq_output_open(&job->files[format].output, path + 1, err));
	}
	return RQ_OK;
}

static enum rq_status write_reports(struct job *job, struct rq_error *err)
{
	for (size_t i = 0; i < REPORTS_MOST; i++) {
		RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
		if (job->files[i].output.stream == NULL)
			continue;
		RQ_TRY(formats[i].write(&text, &job->changes, err));
		(void)!fwrite(text.data, 1, text.size, job->files[i].output.stream); /* settling tells */
		RQ_TRY(rq_output_settle(&job->files[i].output, err));
	}
	for (size_t i = 0; i < REPORTS_MOST; i++)
		if (job->files[i].output.stream != NULL)
			RQ_TRY(rq_output_commit(&job->files[i].output, err));
	return RQ_OK;
}

static enum rq_status compare(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = job->options;

	if (options->threads > 0)
		rq_threads_set((int)options->threads);
	job->progress.enabled = isatty(STDERR_FILENO);
	RQ_TRY(open_reports(job, err));
	RQ_TRY(find_files(job, err));
	RQ_TRY(check_sides(job, err));
	enum rq_comparable kind = job->changes.kinds[RQ_BASELINE];
	RQ_TRY((is_of_vectors(kind) ? compare_holdings : kind == RQ_COMPARABLE_RUN ? compare_runs : compare_reports)(job, err));
	job->changes.listed = options->listed.given ? (size_t)options->listed.value : STANDARD_LISTED;
	RQ_TRY(options->json ? rq_changes_json(&text, &job->changes, err) : rq_changes_table(&text, &job->changes, rq_terminal_style(), err));
	RQ_TRY(write_reports(job, err));
	return rq_print(&text, err);
}

static enum rq_status read_names(struct job *job, const struct rq_strings *arguments, struct rq_error *err)
{
	size_t expected = job->options->where.as_of != NULL ? 1 : RQ_SIDES;

	if (arguments->count != expected)
		return rq_fail(err, RQ_E_USAGE, "%zu argument%s where \"rqgate compare %s\" is expected; \"rqgate help compare\" explains",
		               arguments->count, arguments->count == 1 ? "" : "s", expected == 1 ? "--as-of TIME B" : "A B");
	for (size_t i = 0; i < expected; i++)
		job->names[RQ_SIDES - expected + i] = arguments->items[i];
	return RQ_OK;
}

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	struct job *job = calloc(1, sizeof *job);

	*exit_code = 0;
	if (job == NULL)
		return rq_fail_memory(err);
	job->options = options;
	enum rq_status status = read_names(job, arguments, err);
	if (status == RQ_OK)
		status = compare(job, err);
	job_release(job);
	free(job);
	return status;
}

const struct rq_command rq_command_compare = {
	.name = "compare",
	.summary = "two indexes, runs or reports side by side: what came, went and moved, and why",
	.arguments = "A B",
	.least = 1,
	.most = 2,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "A and B are two index files of FAISS's, two files of vectors, one of each, two run files, or two report.json. Of indexes and vectors it\n"
	        "tells the documents that only one of them has, those whose vector moved, and how the indexes are put together: levels, links, nodes that\n"
	        "no search reaches, balance of lists. With topics (--config, or --topic-vectors) both are searched, and exactly over their own vectors too:\n"
	        "overlap, RBO, with judgments metrics with 90 % intervals, and for each topic that lost or gained why: a document is gone, its vector moved,\n"
	        "the index misses it. Snapshots (\"rqgate snapshot\") are named as there, or by the folder that one was restored to. Of two reports the candidates are compared, by the rankings beside them.\n"
	        "It judges nothing and exits 0; \"rqgate run\" gates.\n"
	        "example: rqgate compare --as-of 7d current --store /backup/search\n"
	        "example: rqgate compare old.faiss new.faiss --ids-a old.ids --ids-b new.ids --config gate.json",
	.run = run,
};
