/* rqgate run: the main job. Joins config, pipeline, gates and reports; the order of stages is the pipeline's. */
#include "ci/cli/alerts.h"
#include "ci/cli/command.h"
#include "ci/cli/memo.h"
#include "ci/cli/reports_config.h"
#include "ci/cli/style.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"
#include "evalcore/pipeline/cache_store.h"
#include "evalcore/pipeline/plan.h"
#include "gates/gate.h"
#include "metrics/stats/stats.h"
#include "reports/examples.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const uint64_t STANDARD_CACHE_LIMIT = 10000000000u;
enum { FAILURES_TOLD = 10 };

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
	struct rq_cache_removal evicted;
	size_t dropped; /* embeddings of texts that are no more */
	struct rq_error not_limited;
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

/* Everything on the command line that changes the config, as --set would say it. */
static enum rq_status collect_changes(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	const char **items = rq_arena_alloc(&job->arena, options->set.count + 2, sizeof *items);

	if (items == NULL)
		return rq_fail_memory(err);
	job->set.items = items;
	for (size_t i = 0; i < options->set.count; i++)
		items[job->set.count++] = options->set.items[i];
	if (options->profile != NULL && (items[job->set.count++] = rq_arena_printf(&job->arena, "profile=%s", options->profile)) == NULL)
		return rq_fail_memory(err);
	if (options->against != NULL && (items[job->set.count++] = rq_arena_printf(&job->arena, "baseline.approved=\"%s\"", options->against)) == NULL)
		return rq_fail_memory(err);
	return RQ_OK;
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

static enum rq_status load_config(struct job *job, struct rq_error *err)
{
	RQ_TRY(collect_changes(job, err));
	RQ_TRY(rq_config_load(&job->config, job->config_path, &job->set, err));
	if (rq_gates_parse(&job->gates, job->config.gates, err) != RQ_OK)
		return rq_fail_within(err, "%s", job->config_path);
	for (size_t i = 0; i < job->gates.count; i++)
		if (job->gates.gates[i]->level != RQ_LEVEL_OFF)
			job->config.measured |= job->gates.gates[i]->kind->measures;
	for (size_t i = 0; i < job->gates.count; i++)
		if (need_data(job, job->gates.gates[i], err) != RQ_OK)
			return rq_fail_within(err, "%s: %s", job->config_path, job->gates.gates[i]->path);
	if (rq_config_standard_metrics(&job->config, err) != RQ_OK)
		return err->status;
	if (rq_report_files_list(&job->files, &job->config, &job->options->reports, err) != RQ_OK ||
	    (!job->options->plan && rq_report_files_open(&job->files, err) != RQ_OK))
		return err->status == RQ_E_USAGE ? err->status : rq_fail_within(err, "%s", job->config_path);
	return job->files.prints && job->options->json ? rq_fail(err, RQ_E_USAGE, "--report and --json both print on stdout; give the report a file") : RQ_OK;
}

/* The command line without what plays no part in what is found. */
static enum rq_status open_memo(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	const char *path = options->store != NULL ? options->store : job->config.store;
	const char **items = rq_arena_alloc(&job->arena, job->set.count + options->allowed.count + 4, sizeof *items);
	struct rq_strings arguments = {.items = items};
	bool failed = items == NULL;

	if (path == NULL || options->plan)
		return RQ_OK;
	RQ_TRY(rq_memo_open(&job->memo, "run", path, err));
	if (failed)
		return rq_fail_memory(err);
	items[arguments.count++] = job->config_path;
	for (size_t i = 0; i < job->set.count; i++)
		failed |= (items[arguments.count++] = rq_arena_printf(&job->arena, "--set=%s", job->set.items[i])) == NULL;
	for (size_t i = 0; i < options->allowed.count; i++)
		failed |= (items[arguments.count++] = rq_arena_printf(&job->arena, "--allow-mismatch=%s", options->allowed.items[i])) == NULL;
	if (options->cache != NULL)
		failed |= (items[arguments.count++] = rq_arena_printf(&job->arena, "--cache=%s", options->cache)) == NULL;
	if (options->no_cache)
		items[arguments.count++] = "--no-cache";
	if (options->no_self_test)
		items[arguments.count++] = "--no-self-test";
	job->memo.batch.suite = job->config.suite;
	job->memo.batch.profile = job->config.profile == 0 ? "pr" : "release";
	return failed ? rq_fail_memory(err) : rq_memo_job(&job->memo, job->config_path, &arguments, err);
}

static void tell(const char *text)
{
	fprintf(stderr, "rqgate: note: %s\n", text);
}

static enum rq_status set_up(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;

	if (options->quiet && options->json)
		return rq_fail(err, RQ_E_USAGE, "--quiet and --json exclude each other; keep one");
	if (options->no_cache && (options->cache != NULL || options->cache_limit > 0))
		return rq_fail(err, RQ_E_USAGE, "--no-cache and %s exclude each other; keep one", options->cache != NULL ? "--cache" : "--cache-limit");
	if (options->threads > 0) /* else OMP_NUM_THREADS or the machine decides */
		rq_threads_set((int)options->threads);
	if (options->against != NULL)
		RQ_TRY(rq_baseline_check_name(options->against, err));
	RQ_TRY(load_config(job, err));
	RQ_TRY(check_allowed(job, err));
	RQ_TRY(open_memo(job, err));
	job->pipeline.allowed = options->allowed;
	if (!options->no_cache) {
		const char *folder = options->cache != NULL ? options->cache : rq_path_join(&job->arena, job->config.folder, ".rqgate/cache");
		if (folder == NULL)
			return rq_fail_memory(err);
		job->pipeline.cache.folder = folder;
	}
	job->progress.enabled = isatty(STDERR_FILENO) && !options->quiet;
	job->pipeline.config = &job->config;
	job->pipeline.requests = (struct rq_request_limit){.limited = options->max_requests.given, .most = (uint64_t)options->max_requests.value};
	job->pipeline.self_test = !options->no_self_test && rq_gates_test_themselves(&job->gates);
	job->pipeline.tell = options->quiet ? NULL : tell;
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
		fprintf(stderr, "%s", notes.data);
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

static uint64_t cache_limit(const struct job *job)
{
	return job->options->cache_limit > 0 ? job->options->cache_limit : STANDARD_CACHE_LIMIT;
}

/* After runs that failed too: what they wrote counts. */
static enum rq_status limit_cache(struct job *job, bool complete, struct rq_error *err)
{
	struct rq_cache *cache = &job->pipeline.cache;
	struct rq_cache_removal again;

	RQ_TRY(rq_cache_evict(&job->evicted, cache, cache_limit(job), err));
	if (!complete || job->evicted.used_here <= cache_limit(job))
		return RQ_OK;
	/* Nothing else is left to go. A run that did not end does not know all texts that it needs. */
	RQ_TRY(rq_embedding_shrink_cache(&job->dropped, job->pipeline.embeddings, cache, err));
	RQ_TRY(rq_cache_evict(&again, cache, cache_limit(job), err));
	job->evicted.used_here = again.used_here;
	job->evicted.left = again.left;
	return RQ_OK;
}

struct facts {
	struct rq_named_text items[24];
	size_t count;
	bool failed;
};

static void add_fact(struct facts *facts, const char *name, const char *text)
{
	facts->failed |= text == NULL;
	facts->items[facts->count++] = (struct rq_named_text){name, text};
}

/* What differs from run to run or machine to machine. */
static void collect_facts(struct facts *facts, struct job *job, const struct utsname *host)
{
	const struct rq_cache *cache = &job->pipeline.cache;
	struct rq_arena *arena = &job->arena;
	char folder[PATH_MAX];

	add_fact(facts, "started", job->started);
	add_fact(facts, "config", rq_arena_show(arena, job->config_path));
	add_fact(facts, "folder", getcwd(folder, sizeof folder) == NULL ? "." : rq_arena_show(arena, folder));
	add_fact(facts, "rqgate", RQ_VERSION);
	for (size_t i = 0; rq_backends[i] != NULL; i++)
		if (rq_backends[i]->stored)
			add_fact(facts, rq_backends[i]->name, rq_backends[i]->library());
	add_fact(facts, "blas", rq_blas_version());
	add_fact(facts, "blas_kernel", rq_blas_kernel());
	add_fact(facts, "cpu", rq_cpu_name());
	add_fact(facts, "host", host->nodename);
	add_fact(facts, "system", rq_arena_printf(arena, "%s %s %s", host->sysname, host->release, host->machine));
	add_fact(facts, "cache", cache->folder == NULL ? "none" : rq_arena_show(arena, cache->folder));
	if (cache->folder != NULL)
		add_fact(facts, "cache_size",
		         rq_arena_printf(arena, "%llu of at most %llu bytes", (unsigned long long)job->evicted.left, (unsigned long long)cache_limit(job)));
	if (job->evicted.entries > 0)
		add_fact(facts, "cache_evicted",
		         rq_arena_printf(arena, "%zu entr%s, %llu bytes", job->evicted.entries, job->evicted.entries == 1 ? "y" : "ies", (unsigned long long)job->evicted.bytes));
	if (job->dropped > 0)
		add_fact(facts, "cache_dropped", rq_arena_printf(arena, "%zu embedding%s of texts that this run does not have", job->dropped, job->dropped == 1 ? "" : "s"));
	if (job->evicted.leftovers > 0)
		add_fact(facts, "cache_leftovers", rq_arena_printf(arena, "%zu file%s of interrupted writes removed", job->evicted.leftovers,
		                                                   job->evicted.leftovers == 1 ? "" : "s"));
	if (cache->damaged > 0)
		add_fact(facts, "cache_damaged", rq_arena_printf(arena, "%zu damaged entr%s found and made anew", cache->damaged, cache->damaged == 1 ? "y was" : "ies were"));
	if (cache->write_error.status != RQ_OK)
		add_fact(facts, "cache_not_written", rq_arena_show(arena, cache->write_error.text));
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
	bool listed = false;
	const char *json = NULL;
	for (size_t i = 0; i < job->files.count && !job->options->json && !job->options->quiet; i++) {
		if (job->files.files[i].is_stdout || (job->files.files[i].writer->of_failures && job->pipeline.comparison.failures.count == 0))
			continue;
		rq_buf_printf(text, "%s%s", listed ? ", " : "\nreports: ", job->files.files[i].shown);
		listed = true;
		if (strcmp(job->files.files[i].writer->name, "json") == 0)
			json = job->files.files[i].shown;
	}
	rq_buf_puts(text, listed ? "\n" : "");
	if (json != NULL)
		RQ_TRY(rq_report_next(text, report, json, err));
	return rq_buf_check(text, err);
}

static void warn(const char *what, const struct rq_error *why)
{
	char shown[2 * sizeof why->text];

	rq_show_text(shown, sizeof shown, why->text);
	fprintf(stderr, "rqgate: warning: %s: %s\n", what, shown);
}

static void warn_of_cache(const struct job *job)
{
	const struct rq_cache *cache = &job->pipeline.cache;
	char used[16], limit[16];

	if (cache->damaged > 0)
		fprintf(stderr, "rqgate: note: %zu damaged cache entr%s found and made anew\n", cache->damaged, cache->damaged == 1 ? "y was" : "ies were");
	if (job->evicted.used_here > cache_limit(job)) {
		rq_show_size(used, job->evicted.used_here);
		rq_show_size(limit, cache_limit(job));
		fprintf(stderr,
		        "rqgate: note: what this run needs in the cache takes %s, more than the limit of %s, so runs with other inputs find nothing; "
		        "--cache-limit %lluMB holds it\n",
		        used, limit, (unsigned long long)job->evicted.used_here / 1000000 + 1);
	}
	if (cache->write_error.status != RQ_OK)
		warn("the cache could not be written, so the next run is no faster", &cache->write_error);
	else if (job->not_limited.status != RQ_OK) /* mostly for the same reason */
		warn("the cache could not be kept within its limit", &job->not_limited);
}

/* Where all of them are. */
static const char *failures_file(const struct job *job)
{
	for (size_t i = 0; i < job->files.count; i++)
		if (job->files.files[i].writer->of_failures)
			return job->files.files[i].shown;
	return "no file; \"reports\": {\"failures\": \"failures.jsonl\"} names one";
}

static void tell_failures(const struct job *job)
{
	const struct rq_failures *failures = &job->pipeline.comparison.failures;
	char id[256], reason[1024];

	for (size_t i = 0; i < failures->count && i < FAILURES_TOLD && !job->options->quiet; i++) {
		const struct rq_failure *failure = &failures->items[i];
		rq_show_text(id, sizeof id, failure->id);
		rq_show_text(reason, sizeof reason, failure->reason);
		fprintf(stderr, "rqgate: failed: %s %s \"%s\" (%s, %u attempt%s): %s\n", failure->side, failure->what, id, failure->stage, failure->attempts,
		        failure->attempts == 1 ? "" : "s", reason);
	}
	if (failures->count > FAILURES_TOLD && !job->options->quiet)
		fprintf(stderr, "rqgate: failed: and %zu more, all in %s\n", failures->count - FAILURES_TOLD, failures_file(job));
}

/* A run without a verdict leaves no reports but of what failed. */
static void publish_failures(struct job *job)
{
	const struct rq_report report = {.comparison = &job->pipeline.comparison};
	struct rq_error unwritten = {0};

	tell_failures(job);
	if (rq_report_files_publish_failures(&job->files, &report, &unwritten) != RQ_OK)
		warn("what failed could not be written", &unwritten);
}

/* Before any report appears: one that stands there is remembered. */
static enum rq_status remember(struct job *job, struct rq_error *err)
{
	RQ_TRY(rq_memo_comparison(&job->memo, &job->pipeline, err));
	RQ_TRY(rq_memo_failures(&job->memo, &job->pipeline, err));
	RQ_TRY(rq_memo_verdict(&job->memo, &job->verdict, err));
	return rq_memo_write(&job->memo, err);
}

/* Of a run without a verdict: what failed, and why it ended. */
static void remember_end(struct job *job, const struct rq_error *why)
{
	struct rq_error lost = {0};

	if (job->memo.written)
		return;
	if (rq_memo_failures(&job->memo, &job->pipeline, &lost) != RQ_OK)
		warn("what failed could not be kept in the store", &lost);
	rq_memo_end(&job->memo, why);
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

/* The verdict stands whether its receivers listen or not. */
static enum rq_status post(struct job *job, struct rq_error *err)
{
	struct rq_spool_result result;
	struct rq_error why = {0};

	if (job->files.spool == NULL)
		return RQ_OK;
	fflush(stdout); /* receivers may take their time */
	if (rq_alerts_send(&result, job->files.spool, job->config_path, &why) == RQ_E_INTERRUPTED)
		return rq_fail(err, why.status, "%s", why.text);
	if (why.status != RQ_OK)
		warn("what waits to be posted could not be sent", &why);
	return RQ_OK;
}

static enum rq_status publish(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct utsname host;
	struct facts facts = {0};

	uname(&host);
	collect_facts(&facts, job, &host);
	if (facts.failed)
		return rq_fail_memory(err);
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
	RQ_TRY(rq_report_files_write(&job->files, &report, err));
	RQ_TRY(word_result(&text, job, &report, err));
	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(remember(job, err));
	RQ_TRY(rq_report_files_publish(&job->files, err));
	warn_of_cache(job);
	tell_failures(job);
	if (job->files.prints)
		(void)!fwrite(text.data, 1, text.size, stderr);
	RQ_TRY(rq_print(job->files.prints ? &job->files.printed : &text, err));
	return post(job, err);
}

static enum rq_status print_plan(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	RQ_CLEANUP(rq_plan_release) struct rq_plan plan = {0};

	RQ_TRY(rq_plan_make(&plan, &job->pipeline, err));
	if (job->options->json)
		RQ_TRY(rq_plan_json(&text, &plan, err));
	else if (job->options->quiet)
		rq_plan_sentence(&text, &plan);
	else
		RQ_TRY(rq_plan_table(&text, &plan, rq_terminal_style(), err));
	return rq_print(&text, err);
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
	(void)!limit_cache(job, status == RQ_OK, &job->not_limited); /* which is worth a warning */
	if (status == RQ_OK)
		return publish(job, err);
	publish_failures(job);
	return status;
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
		remember_end(job, err);
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
	        "With --store FILE, or \"store\" in CONFIG, what it found is kept for \"rqgate history\" and \"rqgate failures\";\n"
	        "the same finding of the same week once.\n"
	        "With --plan it reads what a run would read, finds the same mistakes in config and data set, and tells what is cached, what would be computed, and about how long.\n"
	        "example: rqgate run gate.json --set candidate.index.search=efSearch=32",
	.run = run,
};
