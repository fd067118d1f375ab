/* rqgate warmup: a side's index opened cold and searched until it is warm; a file for a probe that says so. Joins config, pipeline, gates and store. */
#include "ci/cli/command.h"
#include "ci/cli/job.h"
#include "ci/cli/memo.h"
#include "ci/cli/outputs.h"
#include "ci/cli/style.h"
#include "ci/cli/when.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"
#include "evalcore/pipeline/warmup.h"
#include "gates/gate.h"
#include "reports/warmup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READY_MOST = 65536 };

struct options {
	struct rq_strings set;
	const char *side, *ready, *cache, *store, *profile;
	int64_t rounds;
	bool drop_cache, json, quiet;
};

static const struct rq_flag flags[] = {
	{"--side", "NAME", RQ_FLAG_STRING, offsetof(struct options, side), "baseline or candidate (default: candidate)"},
	{"--ready", "FILE", RQ_FLAG_STRING, offsetof(struct options, ready),
	 "written once it is warm and no gate blocks, for a load balancer's probe; removed at the start"},
	{"--drop-cache", NULL, RQ_FLAG_BOOL, offsetof(struct options, drop_cache),
	 "let go of the machine's whole page cache first, as root; without it of the index file's pages alone"},
	{"--rounds", "N", RQ_FLAG_COUNT, offsetof(struct options, rounds), "give up after so many rounds (default: 30)"},
	{"--set", "KEY=VALUE", RQ_FLAG_LIST, offsetof(struct options, set), "change one key of the config: candidate.index.file=new.faiss"},
	{"--profile", "NAME", RQ_FLAG_STRING, offsetof(struct options, profile), "pr or release, instead of the config's"},
	{"--cache", "DIR", RQ_FLAG_STRING, offsetof(struct options, cache), "where stages are cached (default: .rqgate/cache beside the config)"},
	{"--store", "FILE", RQ_FLAG_STRING, offsetof(struct options, store),
	 "keep what was measured there, for \"rqgate history\" (default: \"store\" in CONFIG)"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON"},
	{"--quiet", NULL, RQ_FLAG_BOOL, offsetof(struct options, quiet), "print nothing but the last sentence"},
	RQ_FLAGS_END,
};

/* Everything that one warm-up owns, released together. */
struct job {
	const struct options *options;
	const char *config_path;
	enum rq_side side;
	struct rq_strings set;
	struct rq_config config;
	struct rq_gates gates; /* on warming up */
	struct rq_progress progress;
	struct rq_pipeline pipeline;
	struct rq_warm warm;
	struct rq_verdict verdict; /* of those gates, where there are any */
	struct rq_buf sentence;
	int exit_code;
	struct rq_output ready; /* the file for a probe; stream NULL: not asked for */
	struct rq_memo memo;
	struct rq_arena arena;
	char started[32];
};

static void job_release(struct job *job)
{
	rq_output_release(&job->ready);
	rq_memo_release(&job->memo);
	rq_verdict_release(&job->verdict);
	rq_pipeline_release(&job->pipeline);
	rq_gates_release(&job->gates);
	rq_config_release(&job->config);
	rq_buf_release(&job->sentence);
	rq_arena_release(&job->arena);
}

/* ---- the file for a probe ---- */

/* Did a warm-up write it? */
static bool is_ready_file(const char *path)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = READY_MOST};
	struct rq_error why = {0};
	rq_json *root = NULL;
	bool is_one = rq_file_read(&text, path, &why) == RQ_OK && rq_json_parse(&root, text.data, text.size, path, &why) == RQ_OK &&
	              rq_json_true(rq_json_get(root, "ready"));

	rq_json_free(root);
	return is_one;
}

/* A device or a pipe is no file of another day: nothing removes it, and nobody waits for who writes to it. */
static enum rq_status check_place(const char *path, struct rq_error *err)
{
	struct stat info;

	if (stat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))
		return RQ_OK;
	return rq_fail(err, RQ_E_IO, "--ready: \"%s\" is a device or a pipe; expected the name of a file to write", path);
}

/* One of another day must not outlive a warm-up that fails, whatever it fails of; and nothing that is read may go. `config` NULL: it cannot be read, so
 * that nobody knows what else it names. A place where none can be written is told at once. */
static enum rq_status open_ready(struct job *job, const struct rq_config *config, struct rq_error *err)
{
	const char *path = job->options->ready;
	const char *const inputs[] = {job->config_path, job->options->store, job->options->cache};

	if (path == NULL)
		return RQ_OK;
	RQ_TRY(rq_output_check("--ready", path, inputs, sizeof inputs / sizeof *inputs, config, err));
	RQ_TRY(check_place(path, err));
	if (config == NULL && !is_ready_file(path))
		return RQ_OK;
	if (unlink(path) != 0 && errno != ENOENT)
		return rq_fail(err, RQ_E_IO, "--ready: cannot remove \"%s\": %s", path, strerror(errno));
	return config == NULL ? RQ_OK : rq_output_open(&job->ready, path, err);
}

/* All but its name. */
static enum rq_status fill_ready(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	char at[32];

	RQ_TRY(rq_when(at, err));
	RQ_TRY(rq_warmup_ready(&text, &job->warm, at, err));
	(void)!fwrite(text.data, 1, text.size, job->ready.stream); /* settling tells */
	return rq_output_settle(&job->ready, err);
}

/* ---- set-up ---- */

static enum rq_status read_side(struct job *job, struct rq_error *err)
{
	const char *name = job->options->side;

	job->side = name != NULL && strcmp(name, "baseline") == 0 ? RQ_BASELINE : RQ_CANDIDATE;
	if (name == NULL || strcmp(name, "baseline") == 0 || strcmp(name, "candidate") == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE, "--side: \"%s\" is not allowed; expected baseline or candidate", name);
}

/* Of the config's gates those on warming up: the others are a run's. */
static enum rq_status read_gates(struct job *job, struct rq_error *err)
{
	size_t kept = 0;

	if (rq_gates_parse(&job->gates, job->config.gates, err) != RQ_OK)
		return rq_fail_within(err, "%s", job->config_path);
	for (size_t i = 0; i < job->gates.count; i++)
		if ((job->gates.gates[i]->kind->measures & RQ_MEASURE_WARMUP) != 0)
			job->gates.gates[kept++] = job->gates.gates[i];
	job->gates.count = kept;
	return RQ_OK;
}

static enum rq_status open_memo(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	struct rq_memo *memo = &job->memo;

	RQ_TRY(rq_memo_open(memo, "warmup", options->store != NULL ? options->store : job->config.store, err));
	rq_memo_word(memo, NULL, job->config_path);
	rq_memo_words(memo, "--set", &job->set);
	rq_memo_word(memo, "--side", job->side == RQ_BASELINE ? "baseline" : "candidate");
	rq_memo_word(memo, NULL, options->drop_cache ? "--drop-cache" : NULL);
	return rq_memo_job(memo, job->config_path, &job->config, err);
}

static enum rq_status set_up(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;

	if (options->quiet && options->json)
		return rq_fail(err, RQ_E_USAGE, "--quiet and --json exclude each other; keep one");
	RQ_TRY(read_side(job, err));
	RQ_TRY(read_gates(job, err));
	RQ_TRY(open_memo(job, err));
	job->pipeline.config = &job->config;
	job->pipeline.cache.folder = options->cache != NULL ? options->cache : rq_path_join(&job->arena, job->config.folder, ".rqgate/cache");
	if (job->pipeline.cache.folder == NULL)
		return rq_fail_memory(err);
	job->progress.enabled = isatty(STDERR_FILENO) && !options->quiet;
	job->pipeline.progress = &job->progress;
	return RQ_OK;
}

/* ---- the measurement ---- */

static enum rq_status judge(struct job *job, struct rq_error *err)
{
	char today[32];

	job->exit_code = job->warm.stable ? 0 : 1;
	rq_warmup_sentence(&job->sentence, &job->warm);
	if (job->gates.count == 0)
		return rq_buf_check(&job->sentence, err);
	job->pipeline.comparison.warm = &job->warm;
	snprintf(today, sizeof today, "%.10s", job->started);
	RQ_TRY(rq_gates_judge(&job->verdict, &job->gates, &job->pipeline.comparison, job->config.profile == 0 ? RQ_PROFILE_PR : RQ_PROFILE_RELEASE, today, err));
	job->exit_code = job->verdict.exit_code != 0 ? job->verdict.exit_code : job->exit_code;
	return rq_buf_check(&job->sentence, err);
}

static enum rq_status warm_up(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	const struct rq_warmup_options asked = {
		.side = job->side, .rounds = options->rounds > 0 ? (size_t)options->rounds : 0, .drop_caches = options->drop_cache};

	if (asked.rounds > RQ_WARM_ROUNDS_MOST)
		return rq_fail(err, RQ_E_USAGE, "--rounds: %zu are more than %d, which is no warm-up any more", asked.rounds, RQ_WARM_ROUNDS_MOST);
	if (rq_pipeline_load(&job->pipeline, err) != RQ_OK)
		return err->status == RQ_E_CONFIG ? rq_fail_within(err, "%s", job->config_path) : err->status;
	RQ_TRY(rq_blas_reserve(err));
	RQ_TRY(rq_warmup_run(&job->warm, &job->pipeline, &asked, err));
	if (job->warm.absent != NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s: %s: %s; expected \"index\": {\"kind\": \"faiss\", ...}", job->config_path, job->warm.side, job->warm.absent);
	if (options->drop_cache && !job->warm.dropped_all)
		fprintf(stderr, "rqgate: warning: --drop-cache: the page cache may not be dropped here (it takes root); the index file's pages alone were let go of\n");
	return judge(job, err);
}

static enum rq_status add_figure(struct job *job, const char *name, double value, double upper, struct rq_error *err)
{
	const struct rq_warm *warm = &job->warm;
	const struct rq_figure figure = {
		.kind = RQ_FIGURE_LATENCY, .name = name, .side = warm->side, .slice = "", .value = value, .lower = value, .upper = upper, .count = warm->samples};

	return rq_batch_add_figure(&job->memo.batch, &figure, err);
}

static enum rq_status remember(struct job *job, struct rq_error *err)
{
	const struct rq_warm *warm = &job->warm;
	struct rq_batch *batch = &job->memo.batch;

	if (!job->memo.open)
		return RQ_OK;
	RQ_TRY(rq_batch_add_input(batch, job->side == RQ_BASELINE ? "baseline.index" : "candidate.index", warm->sha256, err));
	RQ_TRY(add_figure(job, "warmup.load", warm->load_seconds, warm->load_seconds, err));
	if (warm->stable) {
		RQ_TRY(add_figure(job, "warmup.ready", warm->ready_seconds, warm->ready_seconds, err));
		RQ_TRY(add_figure(job, "warmup.p50", warm->p50, warm->p50, err));
		RQ_TRY(add_figure(job, "warmup.p95", warm->p95, warm->p95, err));
		RQ_TRY(add_figure(job, "warmup.p99", warm->p99, warm->p99_upper, err));
	}
	batch->complete = true;
	batch->sentence = job->sentence.data;
	if (job->gates.count > 0)
		RQ_TRY(rq_memo_verdict(&job->memo, &job->verdict, err));
	batch->exit_code = job->exit_code;
	return rq_memo_write(&job->memo, err);
}

static enum rq_status publish(struct job *job, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct rq_verdict *verdict = job->gates.count > 0 ? &job->verdict : NULL;
	bool is_ready = job->ready.stream != NULL && job->exit_code == 0;

	if (job->options->json)
		RQ_TRY(rq_warmup_json(&text, &job->warm, verdict, err));
	else if (job->options->quiet)
		rq_buf_printf(&text, "%s\n", verdict != NULL ? verdict->sentence : job->sentence.data);
	else
		RQ_TRY(rq_warmup_table(&text, &job->warm, verdict, rq_terminal_style(), err));
	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(is_ready ? fill_ready(job, err) : RQ_OK);
	RQ_TRY(remember(job, err));
	RQ_TRY(rq_print(&text, err));
	return is_ready ? rq_output_commit(&job->ready, err) : RQ_OK; /* last: who sees it may begin */
}

static enum rq_status run_job(struct job *job, struct rq_error *err)
{
	enum rq_status status = rq_job_changes(&job->set, &job->options->set, job->options->profile, NULL, &job->arena, err);

	if (status == RQ_OK)
		status = rq_config_load(&job->config, job->config_path, &job->set, err);
	struct rq_error not_opened = {0};
	if (open_ready(job, status == RQ_OK ? &job->config : NULL, &not_opened) != RQ_OK)
		return rq_fail(err, not_opened.status, "%s", not_opened.text);
	RQ_TRY(status);
	RQ_TRY(set_up(job, err));
	RQ_TRY(warm_up(job, err));
	return publish(job, err);
}

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	struct job *job = calloc(1, sizeof *job);

	if (job == NULL)
		return rq_fail_memory(err);
	job->options = options;
	job->config_path = arguments->items[0];
	rq_clock_utc(job->started);
	enum rq_status status = run_job(job, err);
	if (status != RQ_OK) {
		rq_memo_end(&job->memo, NULL, err);
		rq_progress_end(&job->progress);
	}
	*exit_code = job->exit_code;
	job_release(job);
	free(job);
	return status;
}

const struct rq_command rq_command_warmup = {
	.name = "warmup",
	.summary = "open a side's index cold and search until it is warm; a file for a probe",
	.arguments = "CONFIG",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Lets go of the index file's pages, opens it, and asks the topics round after round, one query at a time on one thread, until three rounds in a\n"
	        "row have a p95 within 10 % of their median, or, where other work disturbs, the medians of five and of the five before are within 10 %;\n"
	        "at most 30. Tells p50, p95 and p99 of each round, major faults, and the time from opening to there.\n"
	        "Judges the gates of CONFIG on warming up: \"warmup(ready) <= 30s\", \"warmup(p99) <= 20ms\". Exits 0 where it is warm and they pass, else 1 or 2.\n"
	        "--ready FILE is removed at the start and written once it exits 0: when, the sha256 of the index, p95 and p99.\n"
	        "example: rqgate warmup gate.json --ready /run/search-ready.json",
	.run = run,
};
