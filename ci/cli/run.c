/* rqgate run: the main job. Joins config, pipeline, gates and reports; the order of stages is the pipeline's. */
#include "ci/cli/command.h"
#include "ci/cli/job.h"
#include "ci/cli/memo.h"
#include "ci/cli/style.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"
#include "evalcore/pipeline/plan.h"
#include "gates/gate.h"
#include "metrics/stats/stats.h"
#include "reports/examples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	struct rq_strings set, allowed, reports;
	uint64_t cache_limit;
	const char *cache, *profile, *against, *store;
	bool no_cache, no_self_test, quiet, json, plan;
	int64_t threads;
	struct rq_flag_number max_requests;
};

static const struct rq_flag flags[] = {
	{"--set", "KEY=VALUE", RQ_FLAG_LIST, offsetof(struct options, set), "change one key of the config: candidate.index.search=efSearch=32"},
	{"--profile", "NAME", RQ_FLAG_STRING, offsetof(struct options, profile), "pr or release, instead of the config's"},
	{"--against", "NAME", RQ_FLAG_STRING, offsetof(struct options, against),
	 "compare with an approved baseline: needs neither its vectors nor its index"},
	{"--allow-mismatch", "FIELD", RQ_FLAG_LIST, offsetof(struct options, allowed),
	 "compare with an approved baseline on another corpus, topics, qrels or metrics_version; recorded in the report"},
	{"--cache", "DIR", RQ_FLAG_STRING, offsetof(struct options, cache), "where stages are cached (default: .rqgate/cache beside the config)"},
	{"--cache-limit", "SIZE", RQ_FLAG_SIZE, offsetof(struct options, cache_limit), "how large the cache may stay: 500MB, 2GiB ... (default: 10GB)"},
	{"--no-cache", NULL, RQ_FLAG_BOOL, offsetof(struct options, no_cache), "compute everything anew, keep nothing"},
	{"--report", "FORMAT=FILE", RQ_FLAG_LIST, offsetof(struct options, reports),
	 "write this report too: html=out.html; FILE \"-\": on stdout, and the table on stderr"},
	{"--store", "FILE", RQ_FLAG_STRING, offsetof(struct options, store),
	 "keep what was found there, for \"rqgate history\" (default: \"store\" in CONFIG)"},
	{"--threads", "N", RQ_FLAG_COUNT, offsetof(struct options, threads), "threads to use (default: all)"},
	{"--max-requests", "N", RQ_FLAG_NUMBER, offsetof(struct options, max_requests),
	 "stop before the N+1st request for embeddings, 0: take them from the cache alone; searches do not count"},
	{"--no-self-test", NULL, RQ_FLAG_BOOL, offsetof(struct options, no_self_test), "do not compare the baseline with a second build of itself before judging"},
	{"--plan", NULL, RQ_FLAG_BOOL, offsetof(struct options, plan), "say what would be done and what it costs; compute, write and send nothing"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print report.json, or the plan, as JSON instead of a table"},
	{"--quiet", NULL, RQ_FLAG_BOOL, offsetof(struct options, quiet), "print nothing but the last sentence"},
	RQ_FLAGS_END,
};

/* Everything that one run owns, released together. */
struct job {
	const struct options *options;
	const char *config_path;
	struct rq_config config;
	struct rq_gates gates;
	struct rq_strings set; /* --set, --profile and --against */
	struct rq_report_files files;
	struct rq_progress progress;
	struct rq_pipeline pipeline;
	struct rq_cache_care cache;
	struct rq_verdict verdict;
	struct rq_examples examples;
	struct rq_memo memo;
	struct rq_arena arena;
	uint64_t started_ns;
	char started[32];
};

static void job_release(struct job *job)
{
	rq_memo_release(&job->memo);
	rq_examples_release(&job->examples);
	rq_verdict_release(&job->verdict);
	rq_pipeline_release(&job->pipeline);
	rq_report_files_release(&job->files);
	rq_gates_release(&job->gates);
	rq_config_release(&job->config);
	rq_arena_release(&job->arena);
}

static enum rq_status check_allowed(const struct job *job, struct rq_error *err)
{
	const struct rq_strings *allowed = &job->options->allowed;
	size_t count = 0;

	while (rq_baseline_fields[count] != NULL)
		count++;
	for (size_t i = 0; i < allowed->count; i++) {
		size_t field = 0;
		while (field < count && strcmp(rq_baseline_fields[field], allowed->items[i]) != 0)
			field++;
		if (field == count)
			return rq_fail(err, RQ_E_USAGE, "--allow-mismatch: \"%s\" is nothing that must match; expected corpus, topics, qrels or metrics_version",
			               allowed->items[i]);
	}
	if (allowed->count > 0 && job->config.sides[RQ_BASELINE].approved == NULL && job->config.pinned_count == 0)
		return rq_fail(err, RQ_E_USAGE, "--allow-mismatch: this run compares with no approved baseline; leave it out, or name one with --against");
	return RQ_OK;
}

/* What the run must measure for a gate. */
static enum rq_status need_data(struct job *job, const struct rq_gate *gate, struct rq_error *err)
{
	const char *pinned;

	if (gate->metric.metric != NULL)
		RQ_TRY(rq_config_need_metric(&job->config, &gate->metric, err));
	if (gate->kind->depth != NULL && gate->level != RQ_LEVEL_OFF)
		RQ_TRY(rq_config_need_depth(&job->config, gate->kind->depth(gate), err));
	if (!rq_gate_needs_pinned(&pinned, gate))
		return RQ_OK;
	if (pinned != NULL)
		RQ_TRY(rq_baseline_check_name(pinned, err));
	return rq_config_need_pinned(&job->config, pinned, err);
}

/* One config serves both jobs. */
static enum rq_status leave_drift(struct job *job, struct rq_error *err)
{
	size_t left_out = rq_gates_keep(&job->gates, false);

	if (job->gates.count == 0)
		return rq_fail(err, RQ_E_CONFIG, "%s: gates: all of them are on drift, which \"rqgate drift\" judges; a run without gates cannot fail", job->config_path);
	if (left_out > 0 && !job->options->quiet)
		fprintf(stderr, "rqgate: note: %zu gate%s on drift, and left to \"rqgate drift\"\n", left_out, left_out == 1 ? " is" : "s are");
	return RQ_OK;
}

/* First of all, so that a run that is refused leaves no report of an earlier one. */
static enum rq_status open_reports(struct job *job, struct rq_error *err)
{
	const bool trial = job->options->set.count > 0;

	if (rq_report_files_list(&job->files, &job->config, &job->options->reports, trial, err) != RQ_OK)
		return err->status == RQ_E_USAGE ? err->status : rq_fail_within(err, "%s", job->config_path);
	if (!job->options->plan)
		RQ_TRY(rq_report_files_open(&job->files, err));
	if (!job->options->quiet && !job->options->plan)
		rq_job_tell_held(&job->files);
	return job->files.prints && job->options->json ? rq_fail(err, RQ_E_USAGE, "--report and --json both print on stdout; give the report a file") : RQ_OK;
}

static enum rq_status load_config(struct job *job, struct rq_error *err)
{
	RQ_TRY(rq_job_changes(&job->set, &job->options->set, job->options->profile, job->options->against, &job->arena, err));
	if (rq_config_load(&job->config, job->config_path, &job->set, err) != RQ_OK) {
		if (!job->options->plan)
			rq_job_own_ends(&job->files, &job->options->reports, err);
		return err->status;
	}
	if (job->options->store != NULL)
		job->config.store = job->options->store;
	RQ_TRY(open_reports(job, err));
	if (rq_gates_parse(&job->gates, job->config.gates, err) != RQ_OK)
		return rq_fail_within(err, "%s", job->config_path);
	rq_gates_place(&job->gates, job->config.gate_lines);
	RQ_TRY(leave_drift(job, err));
	for (size_t i = 0; i < job->gates.count; i++)
		if (job->gates.gates[i]->level != RQ_LEVEL_OFF)
			job->config.measured |= job->gates.gates[i]->kind->measures;
	for (size_t i = 0; i < job->gates.count; i++)
		if (need_data(job, job->gates.gates[i], err) != RQ_OK)
			return rq_fail_within(err, "%s: %s", job->config_path, job->gates.gates[i]->path);
	return rq_config_standard_metrics(&job->config, err);
}

/* The command line without what plays no part in what is found. */
static enum rq_status open_memo(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	struct rq_memo *memo = &job->memo;

	if (options->plan)
		return RQ_OK;
	RQ_TRY(rq_memo_open(memo, "run", job->config.store, err));
	rq_memo_word(memo, NULL, job->config_path);
	rq_memo_words(memo, "--set", &job->set);
	rq_memo_words(memo, "--allow-mismatch", &options->allowed);
	rq_memo_word(memo, "--cache", options->cache);
	rq_memo_word(memo, NULL, options->no_cache ? "--no-cache" : NULL);
	rq_memo_word(memo, NULL, options->no_self_test ? "--no-self-test" : NULL);
	return rq_memo_job(memo, job->config_path, &job->config, err);
}

static enum rq_status set_up(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;

	job->pipeline.config = &job->config;
	if (options->quiet && options->json)
		return rq_fail(err, RQ_E_USAGE, "--quiet and --json exclude each other; keep one");
	if (options->threads > 0) /* else OMP_NUM_THREADS or the machine decides */
		rq_threads_set((int)options->threads);
	if (options->against != NULL)
		RQ_TRY(rq_baseline_check_name(options->against, err));
	job->cache.limit = options->cache_limit;
	RQ_TRY(rq_cache_care_check(&job->cache, options->cache, options->no_cache, err));
	RQ_TRY(load_config(job, err));
	RQ_TRY(check_allowed(job, err));
	RQ_TRY(open_memo(job, err));
	RQ_TRY(rq_cache_care_begin(&job->pipeline.cache, options->cache, options->no_cache, &job->config, &job->arena, err));
	job->pipeline.allowed = options->allowed;
	job->progress.enabled = isatty(STDERR_FILENO) && !options->quiet;
	job->pipeline.requests = (struct rq_request_limit){.limited = options->max_requests.given, .most = (uint64_t)options->max_requests.value};
	job->pipeline.self_test = !options->no_self_test && rq_gates_test_themselves(&job->gates);
	job->pipeline.tell = options->quiet ? NULL : rq_job_note;
	job->pipeline.progress = &job->progress;
	return RQ_OK;
}

/* The dataset, and which gates it cannot decide. */
static enum rq_status load(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf notes = {0};

	if (rq_pipeline_load(&job->pipeline, err) != RQ_OK)
		return err->status == RQ_E_CONFIG ? rq_fail_within(err, "%s", job->config_path) : err->status;
	if (rq_gates_meet(&job->gates, &job->pipeline.comparison, err) != RQ_OK)
		return rq_fail_within(err, "%s", job->config_path);
	RQ_TRY(rq_gates_foresee(&job->gates, &job->pipeline.comparison, &notes, err));
	if (notes.size > 0 && !job->options->quiet)
		rq_tell(notes.data);
	return RQ_OK;
}

static enum rq_status evaluate(struct job *job, struct rq_error *err)
{
	char today[32];

	RQ_TRY(rq_pipeline_run(&job->pipeline, err));
	if (!job->pipeline.self_test)
		job->pipeline.comparison.self_test.absent =
			job->options->no_self_test ? "left out: --no-self-test" : "not made: it judges max_drop gates alone, and none of them can fail the run";
	snprintf(today, sizeof today, "%.10s", job->started);
	RQ_TRY(rq_gates_judge(&job->verdict, &job->gates, &job->pipeline.comparison, job->config.profile == 0 ? RQ_PROFILE_PR : RQ_PROFILE_RELEASE, today, err));
	return rq_pipeline_weigh(&job->pipeline, &job->verdict, err);
}

static struct rq_style table_style(const struct job *job)
{
	struct rq_style style = rq_terminal_style();

	style.colour = style.colour && !job->files.prints; /* it goes to stderr then */
	return style;
}

static enum rq_status word_result(struct rq_buf *text, const struct job *job, const struct rq_report *report, struct rq_error *err)
{
	if (job->options->json)
		RQ_TRY(rq_writer_find("json")->write(text, report, err));
	else if (job->options->quiet)
		rq_buf_printf(text, "%s\n", job->verdict.sentence);
	else
		RQ_TRY(rq_report_table(text, report, table_style(job), err));
	if (job->options->json || job->options->quiet)
		return rq_buf_check(text, err);
	rq_job_reports(text, &job->files, job->pipeline.comparison.failures.count > 0, table_style(job));
	for (size_t i = 0; i < job->files.count; i++)
		if (!job->files.files[i].is_stdout && strcmp(job->files.files[i].writer->name, "json") == 0)
			RQ_TRY(rq_report_next(text, report, job->files.files[i].shown, err));
	return rq_buf_check(text, err);
}

static enum rq_status remember(struct job *job, struct rq_error *err)
{
	RQ_TRY(rq_memo_comparison(&job->memo, &job->pipeline, err));
	RQ_TRY(rq_memo_failures(&job->memo, &job->pipeline, err));
	RQ_TRY(rq_memo_verdict(&job->memo, &job->verdict, err));
	return rq_memo_hold(&job->memo, err);
}

/* What was found stands in the store and in the reports, or in neither. Killed between, it stands in the reports alone, and the same run again keeps it. */
static enum rq_status appear(struct job *job, struct rq_error *err)
{
	RQ_TRY(remember(job, err));
	enum rq_status status = rq_report_files_publish(&job->files, err);
	if (status == RQ_OK && (status = rq_memo_keep(&job->memo, err)) != RQ_OK)
		rq_report_files_take_back(&job->files);
	rq_memo_drop(&job->memo);
	return status;
}

static enum rq_status find_examples(struct job *job, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = &job->pipeline;
	bool own = rq_comparison_has_other_corpus(&pipeline->comparison);
	const struct rq_explain_request request = {
		.comparison = &pipeline->comparison,
		.qrels = &pipeline->qrels,
		.corpora = pipeline->corpora,
		.corpus_count = RQ_SIDES,
		.of = {own ? &pipeline->corpora[RQ_BASELINE] : NULL, own ? &pipeline->corpora[RQ_CANDIDATE] : NULL},
		.parents = job->config.dataset.unit == RQ_UNIT_PARENT,
	};

	return rq_examples_make(&job->examples, request, err);
}

static enum rq_status publish(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct rq_job_facts facts = {0};

	RQ_TRY(rq_job_facts_collect(&facts, "run", &job->pipeline, &job->cache, job->started, &job->arena, err));
	RQ_TRY(find_examples(job, err));
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
		.examples = job->examples.items,
		.example_count = job->examples.count,
	};
	RQ_TRY(rq_memo_past(&report, &job->memo, err));
	RQ_TRY(rq_report_files_write(&job->files, &report, err));
	RQ_TRY(word_result(&text, job, &report, err));
	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(appear(job, err));
	rq_cache_care_warn(&job->cache, &job->pipeline.cache);
	if (!job->options->quiet)
		rq_job_tell_failures(&job->pipeline.comparison.failures, &job->files);
	return rq_job_say(&job->files, &text, job->config_path, err);
}

static enum rq_status print_plan(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_plan_release) struct rq_plan plan = {0};

	RQ_TRY(rq_plan_make(&plan, &job->pipeline, err));
	return rq_job_print_plan(&plan, job->options->json, job->options->quiet, err);
}

static enum rq_status run_job(struct job *job, struct rq_error *err)
{
	RQ_TRY(set_up(job, err));
	enum rq_status status = load(job, err);
	if (status == RQ_OK && (rq_side_has_vectors(&job->config.sides[RQ_BASELINE]) || rq_side_has_vectors(&job->config.sides[RQ_CANDIDATE])))
		status = rq_blas_reserve(err);
	if (job->options->plan)
		return status == RQ_OK ? print_plan(job, err) : status;
	if (status == RQ_OK)
		status = evaluate(job, err);
	rq_cache_care_end(&job->cache, &job->pipeline, status == RQ_OK);
	return status == RQ_OK ? publish(job, err) : status;
}

static void tell_what_remains(struct rq_error *err)
{
	char said[sizeof err->text];

	memcpy(said, err->text, sizeof said);
	(void)!rq_fail(err, err->status, "%s, and finished cache entries serve the next run", said);
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
		rq_job_end(&job->files, "run", &job->pipeline, &job->cache, job->started, (double)(rq_clock_ns() - job->started_ns) * 1e-9, err,
		           job->options->quiet);
	if (status != RQ_OK)
		rq_memo_end(&job->memo, &job->pipeline, err);
	if (status == RQ_E_INTERRUPTED)
		tell_what_remains(err);
	*exit_code = job->verdict.exit_code;
	if (status != RQ_OK)
		rq_progress_end(&job->progress);
	job_release(job);
	free(job);
	return status;
}

const struct rq_command rq_command_run = {
	.name = "run",
	.summary = "embed, search, score, compare, gate, report: the main job",
	.arguments = "CONFIG",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Takes a corpus, topics and judgments through a baseline and a candidate, compares what both find, and exits 0 (every gate passed),\n"
	        "1 (a gate failed) or 2 (inconclusive where that blocks, or a baseline that differs from itself). \"rqgate schema config\" describes CONFIG.\n"
	        "A side's model may be a service (embedder \"http\") or a command (\"exec\"), and its index a table of PostgreSQL (\"pgvector\") or a command (\"exec\"):\n"
	        "examples under \"Your model and your database\" in README.md, every detail in evalcore/embed/README.md and evalcore/retriever/README.md.\n"
	        "With --set it is a trial: it posts no alert, leaves what CONFIG's \"reports\" name for Alertmanager, Prometheus and OpenTelemetry's metrics as it\n"
	        "is, and its pass is none that \"rqgate history check\" takes.\n"
	        "With --store FILE, or \"store\" in CONFIG, what it found is kept for \"rqgate history\" and \"rqgate failures\";\n"
	        "the same finding of the same week once.\n"
	        "With --plan it reads what a run would read, finds the same mistakes in config and data set, and tells what is cached, what would be computed, and about how long.\n"
	        "example: rqgate run gate.json --set candidate.index.search=efSearch=32",
	.run = run,
};
