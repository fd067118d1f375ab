/* rqgate history: what jobs found, over time, and whether they still do their work. */
#include "ci/cli/command.h"
#include "ci/cli/memo.h"
#include "ci/cli/store_options.h"
#include "ci/cli/style.h"
#include "reports/history.h"

#include <stdio.h>
#include <string.h>

enum { BATCHES_SHOWN = 30 };

#define DAY_US 86400e6

struct options {
	struct rq_store_options where;
	const char *suite, *command, *verdict, *metric, *since, *until;
	struct rq_flag_number limit;
	const char *reference, *job;
	struct rq_strings set;
	double max_age;
	bool csv, jsonl, html;
};

#define JOB_FLAGS \
	RQ_STORE_FLAGS(struct options), \
	{"--suite", "NAME", RQ_FLAG_STRING, offsetof(struct options, suite), "of this suite only"}, \
	{"--command", "NAME", RQ_FLAG_STRING, offsetof(struct options, command), "of this command only: run, drift, eval, warmup or \"snapshot drill\""}

static const struct rq_flag flags[] = {
	JOB_FLAGS,
	{"--verdict", "NAME", RQ_FLAG_STRING, offsetof(struct options, verdict), "with this verdict only: pass, fail, inconclusive or none"},
	{"--metric", "NAME", RQ_FLAG_STRING, offsetof(struct options, metric), "this metric, latency or drift figure only, with its slices"},
	{"--since", "TIME", RQ_FLAG_STRING, offsetof(struct options, since), "found at or after: 2026-11-21, 2026-11-21T03:00:00Z, or so long ago: 30d"},
	{"--until", "TIME", RQ_FLAG_STRING, offsetof(struct options, until), "found before"},
	{"--limit", "N", RQ_FLAG_POSITIVE, offsetof(struct options, limit), "the latest N batches (default: 30; csv and jsonl: all)"},
	{"--csv", NULL, RQ_FLAG_BOOL, offsetof(struct options, csv), "print CSV, a number a record"},
	{"--jsonl", NULL, RQ_FLAG_BOOL, offsetof(struct options, jsonl), "print JSON, a batch a line"},
	{"--html", NULL, RQ_FLAG_BOOL, offsetof(struct options, html), "print a page for a browser, with a plot a figure"},
	RQ_FLAGS_END,
};

static const struct rq_flag check_flags[] = {
	{"--max-age", "DURATION", RQ_FLAG_DURATION, offsetof(struct options, max_age), "how old the last pass may be: 8d, 36h, 2w; must be given"},
	{"--set", "KEY=VALUE", RQ_FLAG_LIST, offsetof(struct options, set), "of the job that is always called with this, and with no other --set"},
	{"--reference", "NAME", RQ_FLAG_STRING, offsetof(struct options, reference), "of the job of drift that is always called with this"},
	{"--job", "CONFIG", RQ_FLAG_STRING, offsetof(struct options, job), "of the jobs of this config only, by its file's name"},
	JOB_FLAGS,
	RQ_FLAGS_END,
};

static enum rq_status check_word(const char *flag, const char *value, const char *const *words, struct rq_error *err)
{
	char list[128] = "";

	for (size_t i = 0; words[i] != NULL; i++) {
		if (value == NULL || strcmp(value, words[i]) == 0)
			return RQ_OK;
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ", words[i]);
	}
	return rq_fail(err, RQ_E_USAGE, "%s: \"%s\" is not allowed; expected %s", flag, value, list);
}

static enum rq_status check_words(const struct options *options, struct rq_error *err)
{
	static const char *const commands[] = {"run", "drift", "eval", "warmup", "snapshot drill", NULL}, *const verdicts[] = {"pass", "fail", "inconclusive", RQ_NO_VERDICT, NULL};

	RQ_TRY(check_word("--command", options->command, commands, err));
	return check_word("--verdict", options->verdict, verdicts, err);
}

static enum rq_status list(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_store_close) struct rq_store store = {0};
	RQ_CLEANUP(rq_history_release) struct rq_history history = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	struct rq_history_filter filter = {.command = options->command, .suite = options->suite, .verdict = options->verdict, .figure = options->metric};
	const char *shown;

	(void)arguments;
	*exit_code = 0;
	if (options->csv + options->jsonl + options->html > 1)
		return rq_fail(err, RQ_E_USAGE, "%s and %s exclude each other; keep one", options->csv ? "--csv" : "--jsonl", options->html ? "--html" : "--jsonl");
	RQ_TRY(check_words(options, err));
	RQ_TRY(rq_flag_moment(&filter.since_us, "--since", options->since, err));
	RQ_TRY(rq_flag_moment(&filter.until_us, "--until", options->until, err));
	filter.limit = options->limit.given ? options->limit.value : options->csv || options->jsonl ? 0 : BATCHES_SHOWN;
	RQ_TRY(rq_store_from(&store, &shown, &options->where, &arena, err));
	RQ_TRY(rq_history_read(&history, &store, &filter, err));
	if (options->csv)
		RQ_TRY(rq_history_csv(&text, &history, options->metric, err));
	else if (options->jsonl)
		RQ_TRY(rq_history_jsonl(&text, &history, options->metric, err));
	else if (options->html)
		RQ_TRY(rq_history_html(&text, &history, shown, options->metric, err));
	else
		RQ_TRY(rq_history_table(&text, &history, shown, options->metric, rq_terminal_style(), err));
	return rq_print(&text, err);
}

/* ---- freshness ---- */

/* Of one suite and command by another config. */
static bool has_sibling(const struct rq_past_jobs *jobs, const struct rq_past_job *job)
{
	size_t count = 0;

	for (size_t i = 0; i < jobs->count; i++)
		count += strcmp(jobs->jobs[i].command, job->command) == 0 && strcmp(jobs->jobs[i].suite, job->suite) == 0;
	return count > 1 && job->suite[0] != '\0';
}

/* "run of help-centre" */
static void name_job(struct rq_buf *out, const char *command, const char *suite)
{
	rq_buf_puts(out, command);
	if (suite[0] != '\0')
		rq_buf_printf(out, " of %s", suite);
}

/* Whether its last pass is young enough. One that lies a day ahead of the clock is no pass that has been. */
static bool tell_job(struct rq_buf *out, const struct rq_past_jobs *jobs, const struct rq_past_job *job, double max_age,
                     int64_t now)
{
	double age = (double)(now - job->passed_us);
	bool fresh = job->passed_us != 0 && age <= max_age * 1e6;

	rq_buf_puts(out, fresh ? "fresh: " : "STALE: ");
	name_job(out, job->command, job->suite[0] != '\0' ? job->suite : job->config);
	if (has_sibling(jobs, job))
		rq_buf_printf(out, " by %s", job->config);
	if (job->passed_us == 0)
		rq_buf_puts(out, " has never passed");
	else
		rq_buf_printf(out, " passed last on %s, %.1f days ago", rq_day_of(job->passed_us).text, age < 0 ? 0 : age / DAY_US);
	if (job->ahead_us != 0)
		rq_buf_printf(out, " (the pass of %s is yet to come, and does not count: a clock %s wrong)", rq_day_of(job->ahead_us).text,
		              job->passed_us == 0 ? "is" : "was");
	if (!fresh)
		rq_buf_printf(out, "; at most %.3g days are allowed, and it ran last on %s with the verdict %s", max_age * 1e6 / DAY_US,
		              rq_day_of(job->ran_us).text, job->verdict);
	if (!fresh && job->ran_us != job->passed_us && job->ran_us != job->ahead_us && strcmp(job->verdict, "pass") == 0)
		rq_buf_puts(out, ", called with a --set, --as-of, --reference or --update that was not asked for, which does not count");
	rq_buf_puts(out, "\n");
	return fresh;
}

/* As a job remembers what it was called with; nothing: NULL. */
static enum rq_status read_changes(const char **changes, const struct options *options, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	*changes = NULL;
	if (options->set.count == 0 && options->reference == NULL)
		return RQ_OK;
	for (size_t i = 0; i < options->set.count; i++) {
		const char *change = rq_arena_printf(arena, "--set=%s", options->set.items[i]);
		rq_buf_puts(&text, i == 0 ? "[" : ", ");
		rq_json_quote(&text, change == NULL ? "" : change);
	}
	if (options->reference != NULL) {
		const char *reference = rq_arena_printf(arena, "--reference=%s", options->reference);
		rq_buf_puts(&text, options->set.count == 0 ? "[" : ", ");
		rq_json_quote(&text, reference == NULL ? "" : reference);
	}
	rq_buf_puts(&text, "]");
	RQ_TRY(rq_buf_check(&text, err));
	*changes = rq_arena_strdup(arena, text.data);
	return *changes == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status check(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_store_close) struct rq_store store = {0};
	RQ_CLEANUP(rq_past_jobs_release) struct rq_past_jobs jobs = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	const char *shown, *changes;
	int64_t now;
	bool fresh = true;

	(void)arguments;
	if (options->max_age <= 0)
		return rq_fail(err, RQ_E_USAGE, "--max-age is missing; expected how old the last pass may be: --max-age 8d");
	RQ_TRY(check_words(options, err));
	RQ_TRY(rq_when_us(&now, err));
	RQ_TRY(rq_store_from(&store, &shown, &options->where, &arena, err));
	RQ_TRY(read_changes(&changes, options, &arena, err));
	RQ_TRY(rq_past_jobs_read(&jobs, &store, options->command, options->suite, options->job, changes,
	                         now + (int64_t)DAY_US, err));
	for (size_t i = 0; i < jobs.count; i++)
		fresh &= tell_job(&text, &jobs, &jobs.jobs[i], options->max_age, now);
	if (jobs.count == 0) {
		rq_buf_puts(&text, "STALE: no ");
		name_job(&text, options->command != NULL ? options->command : "job", options->suite != NULL ? options->suite : "");
		if (options->job != NULL)
			rq_buf_printf(&text, " by %s", options->job);
		rq_buf_printf(&text, "%s has ever been in %s\n", changes != NULL ? ", called so," : "", shown);
	}
	*exit_code = !fresh || jobs.count == 0;
	return rq_print(&text, err);
}

static const struct rq_command check_action = {
	.name = "history check",
	.summary = "has every job passed lately?",
	.arguments = "",
	.least = 0,
	.most = 0,
	.flags = check_flags,
	.options_size = sizeof(struct options),
	.help = "Exits 0 where the last pass of every job (a command, a suite and a config's file name, without a suite its path) is younger\n"
	        "than --max-age, and 1 where one is older, has never passed, or where no such job has ever run: a weekly job that silently\n"
	        "stopped fails this check. Configs of one suite do not cover for each other; --job checks one of them alone. A pass with\n"
	        "--set (but for a profile), --as-of, --reference or --update does not count; of a job that is always called with --set or\n"
	        "--reference give the same here. Jobs of eval, which people call by hand, count with --command eval.\n"
	        "example: rqgate history check --max-age 8d --suite help-centre\n"
	        "example: rqgate history check --max-age 8d --command drift --reference spring",
	.run = check,
};

static const struct rq_command *const actions[] = {&check_action, NULL};

const struct rq_command rq_command_history = {
	.name = "history",
	.summary = "what jobs found over time; history check: do they still pass?",
	.arguments = "",
	.least = 0,
	.most = 0,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Lists the batches in the store that \"rqgate run\", \"drift\" and \"eval\" keep with --store FILE or the config's \"store\", the latest\n"
	        "last, and draws each metric, latency and drift figure as a line over them. The same finding of the same week is one batch; \"again\"\n"
	        "counts its repeats.\n"
	        "example: rqgate history --config gate.json --metric nDCG@10 --since 90d\n"
	        "example: rqgate history --csv --since 2026-10-01 > history.csv\n"
	        "example: rqgate history --html --limit 100 > history.html",
	.run = list,
	.actions = actions,
};
