/* A job's cache, its facts, its failures. */
#include "ci/cli/job.h"

#include "ci/cli/alerts.h"
#include "ci/cli/command.h"
#include "ci/cli/style.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <limits.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

static const uint64_t STANDARD_CACHE_LIMIT = 10000000000u;
enum { FAILURES_TOLD = 10 };

enum rq_status rq_job_changes(struct rq_strings *set, const struct rq_strings *given, const char *profile, const char *against, struct rq_arena *arena,
                              struct rq_error *err)
{
	const char **items = rq_arena_alloc(arena, given->count + 2, sizeof *items);

	if (items == NULL)
		return rq_fail_memory(err);
	*set = (struct rq_strings){.items = items};
	for (size_t i = 0; i < given->count; i++)
		items[set->count++] = given->items[i];
	if (profile != NULL && (items[set->count++] = rq_arena_printf(arena, "profile=%s", profile)) == NULL)
		return rq_fail_memory(err);
	if (against != NULL && (items[set->count++] = rq_arena_printf(arena, "baseline.approved=\"%s\"", against)) == NULL)
		return rq_fail_memory(err);
	return RQ_OK;
}

enum rq_status rq_job_print_plan(const struct rq_plan *plan, bool json, bool quiet, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	if (json)
		RQ_TRY(rq_plan_json(&text, plan, err));
	else if (quiet)
		rq_plan_sentence(&text, plan);
	else
		RQ_TRY(rq_plan_table(&text, plan, rq_terminal_style(), err));
	return rq_print(&text, err);
}

/* ---- the cache ---- */

static uint64_t limit_of(const struct rq_cache_care *care)
{
	return care->limit > 0 ? care->limit : STANDARD_CACHE_LIMIT;
}

enum rq_status rq_cache_care_check(const struct rq_cache_care *care, const char *named, bool none, struct rq_error *err)
{
	if (!none || (named == NULL && care->limit == 0))
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE, "--no-cache and %s exclude each other; keep one", named != NULL ? "--cache" : "--cache-limit");
}

enum rq_status rq_cache_care_begin(struct rq_cache *cache, const char *named, bool none, const struct rq_config *config, struct rq_arena *arena,
                                   struct rq_error *err)
{
	if (none)
		return RQ_OK;
	cache->folder = named != NULL ? named : rq_path_join(arena, config->folder, ".rqgate/cache");
	return cache->folder == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status limit_cache(struct rq_cache_care *care, struct rq_pipeline *pipeline, bool complete, struct rq_error *err)
{
	struct rq_cache *cache = &pipeline->cache;
	struct rq_cache_removal again;

	RQ_TRY(rq_cache_evict(&care->evicted, cache, limit_of(care), err));
	if (!complete || care->evicted.used_here <= limit_of(care))
		return RQ_OK;
	/* Nothing else is left to go. A run that did not end does not know all texts that it needs. */
	RQ_TRY(rq_embedding_shrink_cache(&care->dropped, pipeline->embeddings, cache, err));
	RQ_TRY(rq_cache_evict(&again, cache, limit_of(care), err));
	care->evicted.used_here = again.used_here;
	care->evicted.left = again.left;
	return RQ_OK;
}

void rq_cache_care_end(struct rq_cache_care *care, struct rq_pipeline *pipeline, bool complete)
{
	(void)!limit_cache(care, pipeline, complete, &care->not_limited); /* which is worth a warning */
}

void rq_job_warn(const char *what, const struct rq_error *why)
{
	char shown[2 * sizeof why->text], line[sizeof shown + 256];

	rq_show_text(shown, sizeof shown, why->text);
	snprintf(line, sizeof line, "rqgate: warning: %s: %s", what, shown);
	rq_tell(line);
}

void rq_cache_care_warn(const struct rq_cache_care *care, const struct rq_cache *cache)
{
	char used[16], limit[16];

	if (cache->damaged > 0)
		fprintf(stderr, "rqgate: note: %zu damaged cache entr%s found and made anew\n", cache->damaged, cache->damaged == 1 ? "y was" : "ies were");
	if (care->evicted.used_here > limit_of(care)) {
		rq_show_size(used, care->evicted.used_here);
		rq_show_size(limit, limit_of(care));
		fprintf(stderr,
		        "rqgate: note: what this run needs in the cache takes %s, more than the limit of %s, so runs with other inputs find nothing; "
		        "--cache-limit %lluMB holds it\n",
		        used, limit, (unsigned long long)care->evicted.used_here / 1000000 + 1);
	}
	if (cache->write_error.status != RQ_OK)
		rq_job_warn("the cache could not be written, so the next run is no faster", &cache->write_error);
	else if (care->not_limited.status != RQ_OK) /* mostly for the same reason */
		rq_job_warn("the cache could not be kept within its limit", &care->not_limited);
}

/* ---- facts ---- */

static void add_fact(struct rq_job_facts *facts, const char *name, const char *text)
{
	facts->failed |= text == NULL;
	facts->items[facts->count++] = (struct rq_named_text){name, text};
}

enum rq_status rq_job_facts_collect(struct rq_job_facts *facts, const char *command, const struct rq_pipeline *pipeline,
                                    const struct rq_cache_care *care, const char *started, struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_cache *cache = &pipeline->cache;
	struct utsname host;
	char folder[PATH_MAX];

	uname(&host);
	add_fact(facts, "started", started);
	add_fact(facts, "command", command);
	add_fact(facts, "config", rq_arena_show(arena, pipeline->config->path));
	add_fact(facts, "folder", getcwd(folder, sizeof folder) == NULL ? "." : rq_arena_show(arena, folder));
	add_fact(facts, "rqgate", RQ_VERSION);
	for (size_t i = 0; rq_backends[i] != NULL; i++)
		if (rq_backends[i]->stored)
			add_fact(facts, rq_backends[i]->name, rq_backends[i]->library());
	add_fact(facts, "blas", rq_blas_version());
	add_fact(facts, "blas_kernel", rq_blas_kernel());
	add_fact(facts, "cpu", rq_cpu_name());
	add_fact(facts, "host", rq_arena_show(arena, host.nodename));
	add_fact(facts, "system", rq_arena_printf(arena, "%s %s %s", host.sysname, host.release, host.machine));
	add_fact(facts, "cache", cache->folder == NULL ? "none" : rq_arena_show(arena, cache->folder));
	if (cache->folder != NULL)
		add_fact(facts, "cache_size",
		         rq_arena_printf(arena, "%llu of at most %llu bytes", (unsigned long long)care->evicted.left, (unsigned long long)limit_of(care)));
	if (care->evicted.entries > 0)
		add_fact(facts, "cache_evicted",
		         rq_arena_printf(arena, "%zu entr%s, %llu bytes", care->evicted.entries, care->evicted.entries == 1 ? "y" : "ies", (unsigned long long)care->evicted.bytes));
	if (care->dropped > 0)
		add_fact(facts, "cache_dropped", rq_arena_printf(arena, "%zu embedding%s of texts that this run does not have", care->dropped, care->dropped == 1 ? "" : "s"));
	if (care->evicted.leftovers > 0)
		add_fact(facts, "cache_leftovers", rq_arena_printf(arena, "%zu file%s of interrupted writes removed", care->evicted.leftovers,
		                                                   care->evicted.leftovers == 1 ? "" : "s"));
	if (cache->damaged > 0)
		add_fact(facts, "cache_damaged", rq_arena_printf(arena, "%zu damaged entr%s found and made anew", cache->damaged, cache->damaged == 1 ? "y was" : "ies were"));
	if (cache->write_error.status != RQ_OK)
		add_fact(facts, "cache_not_written", rq_arena_show(arena, cache->write_error.text));
	return facts->failed ? rq_fail_memory(err) : RQ_OK;
}

/* ---- failures ---- */

void rq_job_note(const char *text)
{
	char line[1024];

	snprintf(line, sizeof line, "rqgate: note: %s", text);
	rq_tell(line);
}

void rq_job_tell_held(const struct rq_report_files *files)
{
	if (files->held)
		rq_job_note("a trial posts no alert, and leaves what the config names for Alertmanager, Prometheus and OpenTelemetry as it is");
}

void rq_job_own_ends(struct rq_report_files *files, const struct rq_strings *named, const struct rq_error *why)
{
	struct rq_error further = {0};

	if (why->status == RQ_E_NOMEM || rq_report_files_list_ends(files, named, &further) != RQ_OK)
		return;
	if (files->count > 0 && rq_report_files_open(files, &further) != RQ_OK)
		rq_job_warn("reports of its end could not be written", &further);
}

/* Where all of them are. */
static const char *failures_file(const struct rq_report_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		if (files->files[i].writer->of_failures)
			return files->files[i].shown;
	return "no file; \"reports\": {\"failures\": \"failures.jsonl\"} names one";
}

void rq_job_tell_failures(const struct rq_failures *failures, const struct rq_report_files *files)
{
	char id[256], reason[1024];

	for (size_t i = 0; i < failures->count && i < FAILURES_TOLD; i++) {
		const struct rq_failure *failure = &failures->items[i];
		rq_show_text(id, sizeof id, failure->id);
		rq_show_text(reason, sizeof reason, failure->reason);
		fprintf(stderr, "rqgate: failed: %s %s \"%s\" (%s, %u attempt%s): %s\n", failure->side, failure->what, id, failure->stage, failure->attempts,
		        failure->attempts == 1 ? "" : "s", reason);
	}
	if (failures->count > FAILURES_TOLD)
		fprintf(stderr, "rqgate: failed: and %zu more, all in %s\n", failures->count - FAILURES_TOLD, failures_file(files));
}

/* ---- its end ---- */

/* The verdict stands whether its receivers listen or not. */
static enum rq_status post(const struct rq_report_files *files, const char *config_path, struct rq_error *err)
{
	RQ_CLEANUP(rq_spool_result_release) struct rq_spool_result result = {0};
	const char *items[RQ_REPORT_FILES_MAX];
	struct rq_strings addresses = {.items = items};
	struct rq_error why = {0};

	if (files->spool == NULL)
		return RQ_OK;
	for (size_t i = 0; i < files->count; i++)
		if (files->files[i].address != NULL)
			items[addresses.count++] = files->files[i].address;
	fflush(stdout); /* receivers may take their time */
	if (rq_alerts_send(&result, files->spool, &addresses, config_path, &why) == RQ_E_INTERRUPTED)
		return rq_fail(err, why.status, "%s", why.text);
	if (why.status != RQ_OK)
		rq_job_warn("what waits to be posted could not be sent", &why);
	return RQ_OK;
}

enum rq_status rq_job_say(const struct rq_report_files *files, const struct rq_buf *text, const char *config_path, struct rq_error *err)
{
	if (files->prints)
		(void)!fwrite(text->data, 1, text->size, stderr);
	RQ_TRY(rq_print(files->prints ? &files->printed : text, err));
	return post(files, config_path, err);
}

/* Who has interrupted it knows why it ended, and nobody has to be called. */
static enum rq_status publish_end(struct rq_report_files *files, const struct rq_report *report, const char *config_path, bool interrupted,
                                  struct rq_error *err)
{
	RQ_TRY(rq_report_files_publish_end(files, report, !interrupted, err));
	if (files->printed.size > 0)
		RQ_TRY(rq_print(&files->printed, err));
	return interrupted ? RQ_OK : post(files, config_path, err);
}

void rq_job_end(struct rq_report_files *files, const char *command, const struct rq_pipeline *pipeline, const struct rq_cache_care *care,
                const char *started, double seconds, const struct rq_error *why, bool quiet)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_verdict verdict = {.outcome = RQ_FAIL, .exit_code = rq_status_exit_code(why->status), .sentence = why->text};
	struct rq_job_facts facts = {0};
	struct rq_error unwritten = {0};
	struct rq_report report = {
		.suite = pipeline->config->suite,
		.profile = pipeline->config->profile == 0 ? "pr" : "release",
		.comparison = &pipeline->comparison,
		.verdict = &verdict,
		.ended = why->text,
		.seconds = seconds,
		.threads = rq_threads(),
	};

	if (!files->owned)
		return;
	if (rq_report_files_withdraw(files, &unwritten) != RQ_OK)
		rq_job_warn("reports of an earlier run are left, and are not this one's", &unwritten);
	if (!quiet)
		rq_job_tell_failures(&pipeline->comparison.failures, files);
	enum rq_status status = rq_job_facts_collect(&facts, command, pipeline, care, started, &arena, &unwritten);
	report.run = facts.items;
	report.run_count = facts.count;
	if (status == RQ_OK)
		status = publish_end(files, &report, pipeline->config->path, why->status == RQ_E_INTERRUPTED, &unwritten);
	if (status != RQ_OK && status != why->status) /* mostly for the same reason */
		rq_job_warn("reports of its end could not be written", &unwritten);
}

void rq_job_reports(struct rq_buf *out, const struct rq_report_files *files, bool failed, struct rq_style style)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	for (size_t i = 0; i < files->count; i++)
		if (!files->files[i].is_stdout && (failed || !files->files[i].writer->of_failures))
			rq_buf_printf(&line, "%s%s", line.size > 0 ? ", " : "reports: ", files->files[i].shown);
	out->failed = out->failed || line.failed;
	if (line.size == 0 || line.failed)
		return;
	rq_buf_puts(out, "\n");
	rq_add_fitted(out, line.data, style);
}
