/* rqgate run: the main job. Joins config, pipeline, gates and reports; the order of stages is the pipeline's. */
#include "ci/cli/command.h"
#include "ci/cli/reports_config.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"
#include "evalcore/pipeline/pipeline.h"
#include "gates/gate.h"
#include "metrics/stats/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

struct options {
	struct rq_strings set;
	const char *cache, *profile;
	bool no_cache, quiet, json;
	int64_t threads;
};

static const struct rq_flag flags[] = {
	{"--set", "KEY=VALUE", RQ_FLAG_LIST, offsetof(struct options, set), "change one key of the config: candidate.index.search=efSearch=32"},
	{"--profile", "NAME", RQ_FLAG_STRING, offsetof(struct options, profile), "pr or release, instead of the config's"},
	{"--cache", "DIR", RQ_FLAG_STRING, offsetof(struct options, cache), "where stages are cached (default: .rqgate/cache beside the config)"},
	{"--no-cache", NULL, RQ_FLAG_BOOL, offsetof(struct options, no_cache), "compute everything anew, keep nothing"},
	{"--threads", "N", RQ_FLAG_COUNT, offsetof(struct options, threads), "threads to use (default: all)"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print report.json instead of the table"},
	{"--quiet", NULL, RQ_FLAG_BOOL, offsetof(struct options, quiet), "print nothing but the verdict's sentence"},
	RQ_FLAGS_END,
};

/* Everything that one run owns, released together. */
struct job {
	const struct options *options;
	const char *config_path;
	struct rq_config config;
	struct rq_gates gates;
	struct rq_report_files files;
	struct rq_progress progress;
	struct rq_pipeline pipeline;
	struct rq_verdict verdict;
	struct rq_arena arena;
	uint64_t started_ns;
	char started[32];
};

static void job_release(struct job *job)
{
	rq_verdict_release(&job->verdict);
	rq_pipeline_release(&job->pipeline);
	rq_report_files_release(&job->files);
	rq_gates_release(&job->gates);
	rq_config_release(&job->config);
	rq_arena_release(&job->arena);
}

static enum rq_status load_config(struct job *job, struct rq_error *err)
{
	struct rq_strings set = job->options->set;
	const char *profile = job->options->profile;

	if (profile != NULL) {
		const char **items = rq_arena_alloc(&job->arena, set.count + 1, sizeof *items);
		char *assignment = rq_arena_printf(&job->arena, "profile=%s", profile);
		if (items == NULL || assignment == NULL)
			return rq_fail_memory(err);
		if (set.count > 0)
			memcpy(items, set.items, set.count * sizeof *items);
		items[set.count] = assignment;
		set = (struct rq_strings){items, set.count + 1};
	}
	RQ_TRY(rq_config_load(&job->config, job->config_path, &set, err));
	if (rq_gates_parse(&job->gates, job->config.gates, err) != RQ_OK)
		return rq_fail_within(err, "%s", job->config_path);
	for (size_t i = 0; i < job->gates.count; i++)
		if (rq_config_need_metric(&job->config, &job->gates.gates[i].metric, err) != RQ_OK)
			return rq_fail_within(err, "%s: %s", job->config_path, job->gates.gates[i].path);
	if (rq_config_standard_metrics(&job->config, err) != RQ_OK)
		return err->status;
	if (rq_report_files_open(&job->files, &job->config, err) != RQ_OK)
		return rq_fail_within(err, "%s", job->config_path);
	return RQ_OK;
}

static enum rq_status set_up(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;

	if (options->quiet && options->json)
		return rq_fail(err, RQ_E_USAGE, "--quiet and --json exclude each other; keep one");
	if (options->threads > 0) /* else OMP_NUM_THREADS or the machine decides */
		rq_threads_set((int)options->threads);
	RQ_TRY(load_config(job, err));
	if (!options->no_cache) {
		const char *folder = options->cache != NULL ? options->cache : rq_path_join(&job->arena, job->config.folder, ".rqgate/cache");
		if (folder == NULL)
			return rq_fail_memory(err);
		job->pipeline.cache.folder = folder;
	}
	job->progress.enabled = isatty(STDERR_FILENO) && !options->quiet;
	job->pipeline.config = &job->config;
	job->pipeline.progress = &job->progress;
	return RQ_OK;
}

static enum rq_status evaluate(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf notes = {0};

	if (rq_pipeline_load(&job->pipeline, err) != RQ_OK)
		return err->status == RQ_E_CONFIG ? rq_fail_within(err, "%s", job->config_path) : err->status;
	rq_gates_foresee(&job->gates, job->pipeline.comparison.topic_count, &notes);
	RQ_TRY(rq_buf_check(&notes, err));
	if (notes.size > 0 && !job->options->quiet)
		fprintf(stderr, "%s", notes.data);
	RQ_TRY(rq_pipeline_run(&job->pipeline, err));
	return rq_gates_judge(&job->verdict, &job->gates, &job->pipeline.comparison, job->config.profile == 0 ? RQ_PROFILE_PR : RQ_PROFILE_RELEASE, err);
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

	add_fact(facts, "started", job->started);
	add_fact(facts, "config", rq_arena_show(arena, job->config_path));
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
	if (cache->damaged > 0)
		add_fact(facts, "cache_damaged", rq_arena_printf(arena, "%zu damaged entries were found and made anew", cache->damaged));
	if (cache->write_error.status != RQ_OK)
		add_fact(facts, "cache_not_written", rq_arena_show(arena, cache->write_error.text));
}

static struct rq_style terminal_style(void)
{
	struct winsize size;
	const char *no_colour = getenv("NO_COLOR"), *locale = getenv("LC_ALL");
	bool terminal = isatty(STDOUT_FILENO);

	if (locale == NULL || locale[0] == '\0')
		locale = getenv("LC_CTYPE");
	if (locale == NULL || locale[0] == '\0')
		locale = getenv("LANG");
	bool utf8 = locale != NULL && (strcasestr(locale, "utf-8") != NULL || strcasestr(locale, "utf8") != NULL);
	return (struct rq_style){
		.colour = terminal && (no_colour == NULL || no_colour[0] == '\0'),
		.unicode = terminal && utf8,
		.width = terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0,
	};
}

static enum rq_status word_result(struct rq_buf *text, const struct job *job, const struct rq_report *report, struct rq_error *err)
{
	if (job->options->json)
		RQ_TRY(rq_writer_find("json")->write(text, report, err));
	else if (job->options->quiet)
		rq_buf_printf(text, "%s\n", job->verdict.sentence);
	else
		RQ_TRY(rq_report_table(text, report, terminal_style(), err));
	for (size_t i = 0; i < job->files.count && !job->options->json && !job->options->quiet; i++)
		rq_buf_printf(text, "%s%s", i == 0 ? "\nreports: " : ", ", job->files.files[i].shown);
	if (job->files.count > 0 && !job->options->json && !job->options->quiet)
		rq_buf_puts(text, "\n");
	return rq_buf_check(text, err);
}

static enum rq_status publish(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct utsname host;
	struct facts facts = {0};
	const struct rq_cache *cache = &job->pipeline.cache;

	uname(&host);
	collect_facts(&facts, job, &host);
	if (facts.failed)
		return rq_fail_memory(err);
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
	};
	RQ_TRY(rq_report_files_write(&job->files, &report, err));
	RQ_TRY(word_result(&text, job, &report, err));
	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(rq_report_files_publish(&job->files, err));
	if (cache->damaged > 0)
		fprintf(stderr, "rqgate: note: %zu damaged cache entries were found and made anew\n", cache->damaged);
	if (cache->write_error.status != RQ_OK) {
		char shown[2 * sizeof cache->write_error.text];
		rq_show_text(shown, sizeof shown, cache->write_error.text);
		fprintf(stderr, "rqgate: warning: the cache could not be written, so the next run is no faster: %s\n", shown);
	}
	return rq_print(&text, err);
}

static enum rq_status run_job(struct job *job, struct rq_error *err)
{
	RQ_TRY(set_up(job, err));
	RQ_TRY(evaluate(job, err));
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
	        "1 (a gate failed) or 2 (inconclusive where that blocks). \"rqgate schema config\" describes CONFIG.\n"
	        "example: rqgate run gate.json --set candidate.index.search=efSearch=32",
	.run = run,
};
