/* rqgate drift: the weekly job. What a config would roll out, embedded and searched again, against a reference of it. */
#include "ci/cli/command.h"
#include "ci/cli/drift_alone.h"
#include "ci/cli/drift_references.h"
#include "ci/cli/drift_series.h"
#include "ci/cli/job.h"
#include "ci/cli/memo.h"
#include "ci/cli/spool.h"
#include "ci/cli/style.h"
#include "ci/cli/when.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/system.h"
#include "evalcore/pipeline/drift.h"
#include "evalcore/pipeline/plan.h"
#include "gates/gate.h"
#include "metrics/drift/drift.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REFERENCE_WAIT 30.0 /* seconds, for other jobs that make one */

struct options {
	struct rq_strings set, reports;
	uint64_t cache_limit;
	const char *reference, *as_of, *cache, *profile, *store;
	bool update, alone, plan, no_cache, quiet, json;
	int64_t threads;
	struct rq_flag_number max_requests;
};

static const struct rq_flag flags[] = {
	{"--reference", "NAME", RQ_FLAG_STRING, offsetof(struct options, reference),
	 "compare with references/NAME beside CONFIG, or with a folder (default: default)"},
	{"--update", NULL, RQ_FLAG_BOOL, offsetof(struct options, update), "after comparing, make what is there now the new reference; the old one stays"},
	{"--as-of", "TIME", RQ_FLAG_STRING, offsetof(struct options, as_of), "compare with the reference that was current then: 2026-10-12"},
	{"--alone", NULL, RQ_FLAG_BOOL, offsetof(struct options, alone),
	 "embed and compare nothing: score the reference's own rankings again, beside the numbers of then"},
	{"--plan", NULL, RQ_FLAG_BOOL, offsetof(struct options, plan), "say what would be done and what it costs; compute, write and send nothing"},
	{"--set", "KEY=VALUE", RQ_FLAG_LIST, offsetof(struct options, set), "change one key of the config: candidate.index.search=efSearch=32"},
	{"--profile", "NAME", RQ_FLAG_STRING, offsetof(struct options, profile), "pr or release, instead of the config's"},
	{"--cache", "DIR", RQ_FLAG_STRING, offsetof(struct options, cache), "where stages are cached (default: .rqgate/cache beside the config)"},
	{"--cache-limit", "SIZE", RQ_FLAG_SIZE, offsetof(struct options, cache_limit), "how large the cache may stay: 500MB, 2GiB ... (default: 10GB)"},
	{"--no-cache", NULL, RQ_FLAG_BOOL, offsetof(struct options, no_cache), "embed every text anew, of a service too, and keep nothing"},
	{"--report", "FORMAT=FILE", RQ_FLAG_LIST, offsetof(struct options, reports),
	 "write this report too: html=drift.html; FILE \"-\": on stdout, and the table on stderr"},
	{"--store", "FILE", RQ_FLAG_STRING, offsetof(struct options, store),
	 "keep what was found there, and look for changes of level in it (default: \"store\" in CONFIG)"},
	{"--threads", "N", RQ_FLAG_COUNT, offsetof(struct options, threads), "threads to use (default: all)"},
	{"--max-requests", "N", RQ_FLAG_NUMBER, offsetof(struct options, max_requests), "stop before the N+1st request for embeddings"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print report.json, or the plan, as JSON instead of a table"},
	{"--quiet", NULL, RQ_FLAG_BOOL, offsetof(struct options, quiet), "print nothing but the last sentence"},
	RQ_FLAGS_END,
};

/* Everything that one job owns, released together. */
struct job {
	const struct options *options;
	const char *config_path;
	struct rq_config config;
	struct rq_gates gates;
	struct rq_strings set; /* --set and --profile */
	struct rq_report_files files;
	rq_json *reports; /* the config's, under names of this job's */
	struct rq_progress progress;
	struct rq_pipeline pipeline;
	struct rq_cache_care cache;
	struct rq_references references;
	struct rq_reference reference;
	struct rq_manifest now; /* of a reference that is to be made */
	struct rq_reference_parts parts;
	struct rq_drift_fields fields;
	struct rq_reference_place place; /* it, until all else is told and kept */
	struct rq_verdict verdict;
	struct rq_memo memo;
	struct rq_arena arena;
	const char *others; /* a warning that there are references, none of them of this name; NULL: there is one, or none */
	char made[1024]; /* what is said of a reference that was made; "": none was */
	uint64_t started_ns;
	char started[32];
};

static void job_release(struct job *job)
{
	rq_memo_release(&job->memo);
	rq_verdict_release(&job->verdict);
	rq_reference_place_release(&job->place);
	rq_manifest_release(&job->now);
	rq_pipeline_release(&job->pipeline);
	rq_reference_release(&job->reference);
	rq_report_files_release(&job->files);
	rq_gates_release(&job->gates);
	rq_json_free(job->reports);
	rq_config_release(&job->config);
	rq_arena_release(&job->arena);
}

/* ---- the config ---- */

static enum rq_status check_series(const struct job *job, const struct rq_gate *gate, struct rq_error *err)
{
	const char *metric = rq_gate_series(gate);

	for (size_t i = 0; metric != NULL && i < job->config.metric_count; i++)
		if (strcmp(job->config.metrics[i].name, metric) == 0)
			metric = NULL;
	return metric == NULL ? RQ_OK : rq_fail(err, RQ_E_CONFIG, "%s: \"%s\" is none of the config's metrics, so it has no weeks; add it to \"metrics\"", gate->path, metric);
}

/* One config serves both jobs. */
static enum rq_status parse_gates(struct job *job, struct rq_error *err)
{
	RQ_TRY(rq_gates_parse(&job->gates, job->config.gates, err));
	rq_gates_place(&job->gates, job->config.gate_lines);
	rq_gates_keep(&job->gates, true);
	for (size_t i = 0; i < job->gates.count; i++) {
		const struct rq_gate *gate = job->gates.gates[i];
		if (gate->metric.metric != NULL && rq_config_need_metric(&job->config, &gate->metric, err) != RQ_OK)
			return rq_fail_within(err, "%s", gate->path);
	}
	for (size_t i = 0; i < job->gates.count; i++)
		RQ_TRY(check_series(job, job->gates.gates[i], err));
	return RQ_OK;
}

static const char *name_of_report(struct rq_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	int folder = slash == NULL ? 0 : (int)(slash + 1 - path);

	return rq_arena_printf(arena, "%.*sdrift-%s", folder, path, path + folder);
}

/* What a run reports is not written over: "out/report.json" becomes "out/drift-report.json". An address is one for both; what is no path is told of by
 * who reads it. */
static enum rq_status rename_reports(struct job *job, struct rq_error *err)
{
	const rq_json *given = job->config.reports;

	job->reports = given == NULL ? rq_json_new_object() : rq_json_copy(given);
	for (size_t i = 0; given == NULL && rq_writers[i] != NULL; i++)
		if (rq_writers[i]->is_standard)
			rq_json_set_string(job->reports, rq_writers[i]->name, rq_arena_printf(&job->arena, "out/drift-%s", rq_writers[i]->file));
	for (const rq_json *member = given == NULL ? NULL : rq_json_first(given); member != NULL; member = rq_json_next(member)) {
		const char *path = rq_json_string(member);
		if (path == NULL || path[0] == '\0' || strcmp(path, "-") == 0 || rq_spool_is_address(path))
			continue;
		rq_json_remove(job->reports, rq_json_key(member));
		rq_json_set_string(job->reports, rq_json_key(member), name_of_report(&job->arena, path));
	}
	RQ_TRY(rq_json_check(job->reports, err));
	job->config.reports = job->reports;
	return RQ_OK;
}

static enum rq_status load_config(struct job *job, struct rq_error *err)
{
	RQ_TRY(rq_job_changes(&job->set, &job->options->set, job->options->profile, NULL, &job->arena, err));
	if (rq_config_load(&job->config, job->config_path, &job->set, err) != RQ_OK) {
		if (!job->options->plan)
			rq_job_own_ends(&job->files, &job->options->reports, err);
		return err->status;
	}
	if (job->options->store != NULL)
		job->config.store = job->options->store;
	(job->options->alone ? rq_drift_prepare_alone : rq_drift_prepare)(&job->config);
	RQ_TRY(rename_reports(job, err));
	if (job->options->alone)
		return RQ_OK;
	bool trial = job->options->set.count > 0 || job->options->as_of != NULL;
	if (rq_report_files_list(&job->files, &job->config, &job->options->reports, trial, err) != RQ_OK)
		return err->status == RQ_E_USAGE ? err->status : rq_fail_within(err, "%s", job->config_path);
	if (!job->options->plan)
		RQ_TRY(rq_report_files_open(&job->files, err));
	if (!job->options->quiet && !job->options->plan)
		rq_job_tell_held(&job->files);
	if (job->files.prints && job->options->json)
		return rq_fail(err, RQ_E_USAGE, "--report and --json both print on stdout; give the report a file");
	return parse_gates(job, err) == RQ_OK ? RQ_OK : rq_fail_within(err, "%s", job->config_path);
}

/* The command line without what plays no part in what is found. */
static enum rq_status open_memo(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	struct rq_memo *memo = &job->memo;

	if (options->alone)
		return RQ_OK;
	RQ_TRY((options->plan ? rq_memo_look : rq_memo_open)(memo, "drift", job->config.store, err));
	rq_memo_word(memo, NULL, job->config_path);
	rq_memo_words(memo, "--set", &job->set);
	rq_memo_word(memo, "--reference", options->reference);
	rq_memo_word(memo, "--as-of", options->as_of);
	rq_memo_word(memo, "--cache", options->cache);
	rq_memo_word(memo, NULL, options->no_cache ? "--no-cache" : NULL);
	rq_memo_word(memo, NULL, options->update ? "--update" : NULL);
	return rq_memo_job(memo, job->config_path, &job->config, err);
}

static enum rq_status set_up(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;

	job->pipeline.config = &job->config;
	if (options->quiet && options->json)
		return rq_fail(err, RQ_E_USAGE, "--quiet and --json exclude each other; keep one");
	if (options->update && options->as_of != NULL)
		return rq_fail(err, RQ_E_USAGE, "--update and --as-of exclude each other: a reference is made of what is there now");
	if (options->alone && (options->update || options->reports.count > 0 || options->store != NULL))
		return rq_fail(err, RQ_E_USAGE, "--alone makes and keeps nothing: leave out --update, --report and --store");
	if (options->alone && options->plan)
		return rq_fail(err, RQ_E_USAGE, "--alone and --plan exclude each other: --alone embeds and searches nothing that could be planned");
	if (options->threads > 0)
		rq_threads_set((int)options->threads);
	job->cache.limit = options->cache_limit;
	RQ_TRY(rq_cache_care_check(&job->cache, options->cache, options->no_cache, err));
	RQ_TRY(load_config(job, err));
	RQ_TRY(open_memo(job, err));
	RQ_TRY(rq_cache_care_begin(&job->pipeline.cache, options->cache, options->no_cache, &job->config, &job->arena, err));
	job->progress.enabled = isatty(STDERR_FILENO) && !options->quiet;
	job->pipeline.requests = (struct rq_request_limit){.limited = options->max_requests.given, .most = (uint64_t)options->max_requests.value};
	job->pipeline.tell = options->quiet ? NULL : rq_job_note;
	job->pipeline.progress = &job->progress;
	RQ_TRY(rq_references_find(&job->references, options->reference, options->as_of, options->update, job->config.folder, &job->arena, err));
	enum rq_status status = options->update ? RQ_OK : rq_references_check_lost(&job->references, &job->memo, err);
	if (status == RQ_OK && job->references.current == NULL)
		status = rq_references_others(&job->others, &job->references, &job->memo, &job->arena, err);
	if (options->plan)
		rq_memo_release(&job->memo); /* a plan leaves nothing there, however it ends */
	return status;
}

/* ---- the job ---- */

static enum rq_status load(struct job *job, struct rq_error *err)
{
	if (job->references.current != NULL)
		RQ_TRY(rq_reference_read(&job->reference, job->references.folder, job->references.current, err));
	if (rq_pipeline_load(&job->pipeline, err) != RQ_OK)
		return err->status == RQ_E_CONFIG ? rq_fail_within(err, "%s", job->config_path) : err->status;
	if (rq_gates_meet(&job->gates, &job->pipeline.comparison, err) != RQ_OK)
		return rq_fail_within(err, "%s", job->config_path);
	if (!job->options->alone)
		RQ_TRY(rq_drift_read_fields(&job->fields, &job->pipeline, &job->arena, err));
	if (job->references.current != NULL && !job->options->alone)
		RQ_TRY(rq_drift_check_texts(&job->pipeline, &job->reference, &job->fields, err));
	return rq_side_has_vectors(&job->config.sides[RQ_CANDIDATE]) ? rq_blas_reserve(err) : RQ_OK;
}

static enum rq_status describe_now(struct job *job, struct rq_error *err)
{
	static struct rq_named_text versions[] = {{"rqgate", RQ_VERSION}};
	char when[32];

	RQ_TRY(rq_when(when, err));
	job->now.created = rq_arena_strdup(&job->now.arena, when);
	job->now.created_by = "rqgate drift";
	job->now.versions = versions;
	job->now.version_count = sizeof versions / sizeof *versions;
	if (job->now.created == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_drift_describe(&job->now, &job->parts, &job->pipeline, err));
	if (job->fields.documents == job->parts.document_count) {
		job->parts.document_fields = job->fields.fields;
		job->parts.field_count = job->fields.count;
	}
	return RQ_OK;
}

static enum rq_status compare(struct job *job, struct rq_error *err)
{
	struct rq_comparison *comparison = &job->pipeline.comparison;
	RQ_CLEANUP(rq_buf_release) struct rq_buf notes = {0};
	char today[32];

	RQ_TRY(rq_drift_compare(&job->pipeline, &job->reference, job->references.name, job->options->as_of, err));
	RQ_TRY(rq_drift_series_add(&job->pipeline, &job->memo, job->references.as_of, &job->arena, err));
	RQ_TRY(rq_gates_standard_drift(&job->gates, &notes, comparison, err));
	if (notes.size > 0)
		RQ_TRY(rq_drift_warn(&job->pipeline, notes.data, err));
	comparison->self_test.absent = "not made: a job of drift compares with a reference, and has no baseline to build twice";
	snprintf(today, sizeof today, "%.10s", job->started);
	return rq_gates_judge(&job->verdict, &job->gates, comparison, job->config.profile == 0 ? RQ_PROFILE_PR : RQ_PROFILE_RELEASE, today, err);
}

static enum rq_status evaluate(struct job *job, struct rq_error *err)
{
	bool first = job->references.current == NULL;

	RQ_TRY(rq_drift_look(&job->pipeline, err));
	if (first || job->options->update)
		RQ_TRY(describe_now(job, err));
	if (first)
		return job->others == NULL ? RQ_OK : rq_drift_warn(&job->pipeline, job->others, err);
	RQ_TRY(compare(job, err));
	job->parts.ranked = &job->pipeline.runs[RQ_CANDIDATE];
	return RQ_OK;
}

/* Written, and not yet the reference: that it becomes once all else is told and kept. */
static enum rq_status prepare_now(struct job *job, struct rq_error *err)
{
	bool first = job->references.current == NULL;

	if (!first && !job->options->update)
		return RQ_OK;
	const char *folder = rq_arena_show(&job->arena, job->references.folder);
	if (folder == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_reference_prepare(&job->place, &job->now, &job->parts, job->references.folder, job->references.current, REFERENCE_WAIT, err));
	if (first && job->place.made)
		snprintf(job->made, sizeof job->made, "no reference yet: made one of %zu documents and %zu topics, %s/%.12s...", job->parts.document_count,
		         job->parts.topic_count, folder, job->now.sha256);
	else if (job->place.made)
		snprintf(job->made, sizeof job->made, "made a new reference: %s/%.12s...", folder, job->now.sha256);
	else
		snprintf(job->made, sizeof job->made, "the reference holds what is there now: none was made");
	return RQ_OK;
}

/* ---- what is told ---- */

static enum rq_status remember_findings(struct job *job, struct rq_error *err)
{
	const struct rq_drift *drift = job->pipeline.comparison.drift;

	for (size_t i = 0; job->memo.open && i < drift->count; i++) {
		const struct rq_drift_finding *finding = &drift->findings[i];
		const struct rq_gate_result *gate = NULL;
		char name[64];
		for (size_t j = 0; j < job->verdict.count && gate == NULL; j++)
			if (rq_gate_is_of_finding(&job->verdict.gates[j], finding))
				gate = &job->verdict.gates[j];
		if (finding->absent != NULL)
			continue;
		snprintf(name, sizeof name, "drift.%s", finding->figure);
		double limit = gate == NULL ? finding->limit : gate->limit;
		enum rq_outcome outcome = rq_drift_judge_finding(finding, limit);
		const struct rq_figure figure = {
			.kind = RQ_FIGURE_DRIFT,
			.name = name,
			.side = finding->of,
			.slice = "",
			.value = finding->value,
			.lower = finding->lower,
			.upper = finding->upper,
			.bound = limit,
			.outcome = gate == NULL ? RQ_NO_VERDICT : rq_outcome_name(outcome),
			.reason = outcome == RQ_FAIL ? finding->meaning : "",
		};
		RQ_TRY(rq_batch_add_figure(&job->memo.batch, &figure, err));
	}
	return RQ_OK;
}

static enum rq_status remember(struct job *job, struct rq_error *err)
{
	bool compared = job->references.current != NULL;

	RQ_TRY(rq_memo_comparison(&job->memo, &job->pipeline, err));
	RQ_TRY(rq_memo_failures(&job->memo, &job->pipeline, err));
	if (job->memo.open && (!compared || job->place.made))
		RQ_TRY(rq_batch_add_input(&job->memo.batch, RQ_INPUT_MADE_REFERENCE, job->now.sha256, err));
	if (compared)
		RQ_TRY(remember_findings(job, err));
	if (compared)
		RQ_TRY(rq_memo_verdict(&job->memo, &job->verdict, err));
	job->memo.batch.complete = true;
	if (!compared)
		job->memo.batch.sentence = "no reference yet: made one";
	return rq_memo_hold(&job->memo, err);
}

/* What was found stands in the store, the reports and the reference, or in none of them. The store comes last: where the job is killed between, the next
 * one finds the reference, and nothing that is remembered is missing. */
static enum rq_status appear(struct job *job, struct rq_error *err)
{
	RQ_TRY(remember(job, err));
	enum rq_status status = rq_report_files_publish(&job->files, err);
	if (status == RQ_OK) {
		status = rq_reference_commit(&job->place, err);
		if (status == RQ_OK)
			status = rq_memo_keep(&job->memo, err);
		if (status != RQ_OK) {
			rq_reference_take_back(&job->place);
			rq_report_files_take_back(&job->files);
		}
	}
	rq_memo_drop(&job->memo);
	return status;
}

static enum rq_status word_result(struct rq_buf *text, const struct job *job, const struct rq_report *report, struct rq_error *err)
{
	struct rq_style style = rq_terminal_style();

	style.colour = style.colour && !job->files.prints; /* it goes to stderr then */
	if (job->options->json)
		RQ_TRY(rq_writer_find("json")->write(text, report, err));
	else if (job->options->quiet)
		rq_buf_printf(text, "%s\n", job->verdict.sentence);
	else
		RQ_TRY(rq_drift_table(text, report, style, err));
	if (!job->options->json && !job->options->quiet)
		rq_job_reports(text, &job->files, job->pipeline.comparison.failures.count > 0, style);
	return rq_buf_check(text, err);
}

/* Nothing was compared, so nothing passes, and nothing fails. */
static void judge_first(struct job *job)
{
	job->verdict.outcome = job->verdict.outcome_untimed = RQ_INCONCLUSIVE;
	job->verdict.sentence = job->made;
	job->verdict.self_test = job->pipeline.comparison.self_test.absent = "not made: nothing was compared yet";
	job->pipeline.comparison.sides[RQ_BASELINE].index = "none yet";
}

static enum rq_status word_first(struct rq_buf *text, const struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();

	if (job->options->json) {
		rq_json_set_string(root, "made", job->now.sha256);
		rq_json_set_string(root, "created", job->now.created);
		RQ_TRY(rq_json_print(text, root, true, err));
	} else {
		rq_buf_puts(text, job->made);
	}
	rq_buf_puts(text, "\n");
	return rq_buf_check(text, err);
}

static enum rq_status write_reports(struct rq_buf *text, struct job *job, struct rq_error *err)
{
	struct rq_job_facts facts = {0};

	RQ_TRY(rq_job_facts_collect(&facts, "drift", &job->pipeline, &job->cache, job->started, &job->arena, err));
	struct rq_report report = {
		.suite = job->config.suite,
		.profile = job->config.profile == 0 ? "pr" : "release",
		.comparison = &job->pipeline.comparison,
		.verdict = &job->verdict,
		.smallest_margin = rq_smallest_margin(job->pipeline.comparison.topic_count),
		.seconds = (double)(rq_clock_ns() - job->started_ns) * 1e-9,
		.threads = rq_threads(),
		.run = facts.items,
		.run_count = facts.count,
		.set = job->set.items,
		.set_count = job->set.count,
	};
	RQ_TRY(rq_report_files_write(&job->files, &report, err));
	return job->references.current == NULL ? word_first(text, job, err) : word_result(text, job, &report, err);
}

static enum rq_status publish(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	bool first = job->references.current == NULL;

	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(prepare_now(job, err));
	if (first)
		judge_first(job);
	RQ_TRY(write_reports(&text, job, err));
	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(appear(job, err));
	rq_cache_care_warn(&job->cache, &job->pipeline.cache);
	if (!job->options->quiet)
		rq_job_tell_failures(&job->pipeline.comparison.failures, &job->files);
	if (first && !job->memo.open)
		rq_tell("rqgate: warning: nothing was compared yet: commit or cache the reference, for without it, and without a store, each job is a "
		                "first one and finds nothing");
	if (job->others != NULL)
		rq_tell(rq_arena_printf(&job->arena, "rqgate: warning: %s", job->others));
	RQ_TRY(rq_job_say(&job->files, &text, job->config_path, err));
	if (!first && job->made[0] != '\0' && !job->options->quiet)
		rq_job_note(job->made);
	return RQ_OK;
}

static enum rq_status evaluate_alone(struct job *job, struct rq_error *err)
{
	if (job->references.current == NULL)
		return rq_fail(err, RQ_E_USAGE, "--alone: \"%s\" holds no reference; leave it out, and one is made of what is there now", job->references.folder);
	RQ_TRY(load(job, err));
	const struct rq_drift_alone how = {job->references.name, job->options->json, job->options->quiet};
	return rq_drift_alone(&job->verdict.exit_code, &job->pipeline, &job->reference, &how, err);
}

static enum rq_status print_plan(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_plan_release) struct rq_plan plan = {0};

	if (job->others != NULL)
		rq_job_note(job->others);
	RQ_TRY(rq_plan_make_drift(&plan, &job->pipeline, job->references.current != NULL, err));
	return rq_job_print_plan(&plan, job->options->json, job->options->quiet, err);
}

static enum rq_status run_job(struct job *job, struct rq_error *err)
{
	RQ_TRY(set_up(job, err));
	if (job->options->alone)
		return evaluate_alone(job, err);
	enum rq_status status = load(job, err);
	if (job->options->plan)
		return status == RQ_OK ? print_plan(job, err) : status;
	if (status == RQ_OK)
		status = evaluate(job, err);
	rq_cache_care_end(&job->cache, &job->pipeline, status == RQ_OK);
	if (status != RQ_OK)
		return status;
	return publish(job, err);
}

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	struct job *job = calloc(1, sizeof *job);

	if (job == NULL)
		return rq_fail_memory(err);
	job->options = options;
	job->config_path = arguments->items[0];
	job->started_ns = rq_clock_ns();
	rq_clock_utc(job->started);
	enum rq_status status = run_job(job, err);
	if (status != RQ_OK)
		rq_job_end(&job->files, "drift", &job->pipeline, &job->cache, job->started, (double)(rq_clock_ns() - job->started_ns) * 1e-9, err,
		           job->options->quiet);
	if (status != RQ_OK)
		rq_memo_end(&job->memo, &job->pipeline, err);
	*exit_code = job->verdict.exit_code;
	if (status != RQ_OK)
		rq_progress_end(&job->progress);
	job_release(job);
	free(job);
	return status;
}

const struct rq_command rq_command_drift = {
	.name = "drift",
	.summary = "the weekly job: has the model, the corpus or what is found moved since a reference?",
	.arguments = "CONFIG",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Embeds and searches again what CONFIG's candidate is, compares with a reference of it, and exits as \"rqgate run\" does. The first time it\n"
	        "makes the reference, references/NAME/ beside CONFIG: vectors, rankings and keys of the texts, no text, named by its SHA-256. Its reports\n"
	        "say so, and the verdict is inconclusive, for nothing was compared; it exits 0. Nothing is ever written over: --update\n"
	        "adds one, and --as-of compares with the one that was current at a time. One that is gone, while a store remembers it, is no first time:\n"
	        "the job exits 65 until it is restored, or made anew by --update.\n"
	        "Its rankings are kept, and the digests of topics and judgments: with these files --alone scores it again, to the same numbers.\n"
	        "Vectors are made anew; of a service 400 documents and 400 topics are, past the cache (--no-cache: all), which shows another model\n"
	        "behind the same name.\n"
	        "What is found is judged as a run judges it, now against then over the same topics: by CONFIG's own floors, ceilings and drops of metrics.\n"
	        "Gates such as \"drift.knn_jaccard >= 0.7\" or \"drift.silent_change\", which \"rqgate run\" leaves out, judge the figures. What the config\n"
	        "names no gate for has a standard one: each metric may drop by the smallest margin that the topics can decide, and each figure is held to\n"
	        "its own limit: silent_change, changed_vectors, knn_jaccard, broken_vectors, gone_documents, retrieval_overlap, retrieval_rbo and\n"
	        "change_point fail the job, where the others warn. What of silent_change and knn_jaccard could not be measured fails it too. To take one\n"
	        "out, name it as off: {\"kind\": \"drift\", \"figure\": \"mmd\", \"level\": \"off\"}.\n"
	        "With --plan it reads what the job would read, and tells what would be embedded, asked once more, and searched, and about how long.\n"
	        "With --set or --as-of it is a trial, which posts no alert and leaves CONFIG's reports for Alertmanager, Prometheus and OpenTelemetry as they are.\n"
	        "With a store, from the 8th week on, a metric is searched for a change of level. Reports stand beside those of a run: out/drift-report.json.\n"
	        "example: rqgate drift gate.json --store .rqgate/history.db",
	.run = run,
};
