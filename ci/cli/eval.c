/* rqgate eval: scores run files, compares them, judges assertions. Joins the readers, the scoring, the gates and the formats. */
#include "ci/cli/command.h"
#include "ci/cli/eval_asserts.h"
#include "ci/cli/eval_memo.h"
#include "ci/cli/style.h"
#include "datasets/load.h"
#include "datasets/slices.h"
#include "evalcore/base/system.h"
#include "evalcore/scoring/evidence.h"
#include "reports/eval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS_MAXIMUM = 1000, LEVEL_STANDARD = 1, LOOK_STANDARD = 10 };

static const char *const metrics_standard[] = {"nDCG@10", "RR@10", "AP", "P@10", "R@100", "NumRelRet"};

struct options {
	struct rq_strings metrics, asserts;
	struct rq_flag_number level, depth, digits;
	const char *format, *slices, *dedupe, *profile, *qrels_format, *run_format, *columns, *store;
	bool per_topic, no_summary, intersection, complete, judged_only, float32, lenient, skip_no_relevant, ties, quiet;
	int64_t threads;
};

static const struct rq_flag flags[] = {
	{"-m", "METRIC", RQ_FLAG_LIST, offsetof(struct options, metrics), "nDCG@10, P(rel=2)@5, ndcg_cut.5,10, all_trec ...; may be repeated"},
	{"-l", "LEVEL", RQ_FLAG_GRADE, offsetof(struct options, level), "the smallest grade that is relevant, where a metric names none (default: 1)"},
	{"--per-topic", NULL, RQ_FLAG_BOOL, offsetof(struct options, per_topic), "values of every topic too"},
	{"--no-summary", NULL, RQ_FLAG_BOOL, offsetof(struct options, no_summary), "values of every topic only, with --per-topic"},
	{"--format", "NAME", RQ_FLAG_STRING, offsetof(struct options, format), "table, trec (as trec_eval prints), json, csv or html, a page (default: table)"},
	{"--digits", "N", RQ_FLAG_DIGITS, offsetof(struct options, digits), "decimals (default: 4; csv: all; json has all)"},
	{"--intersection", NULL, RQ_FLAG_BOOL, offsetof(struct options, intersection), "average over the topics that every run has, not over all judged ones; in --format trec over each run's own"},
	{"--complete", NULL, RQ_FLAG_BOOL, offsetof(struct options, complete), "average over all judged topics in --format trec too, missing ones 0"},
	{"--skip-no-relevant", NULL, RQ_FLAG_BOOL, offsetof(struct options, skip_no_relevant), "leave out topics without a relevant document, which score 0"},
	{"--judged-only", NULL, RQ_FLAG_BOOL, offsetof(struct options, judged_only), "leave unjudged documents out of the rankings"},
	{"--depth", "M", RQ_FLAG_POSITIVE, offsetof(struct options, depth), "count only the best M documents of a topic (default: all)"},
	{"--float32-scores", NULL, RQ_FLAG_BOOL, offsetof(struct options, float32), "compare scores as trec_eval does, rounded to 32 bits"},
	{"--lenient", NULL, RQ_FLAG_BOOL, offsetof(struct options, lenient), "read bad numbers as trec_eval does, and count them"},
	{"--dedupe", "RULE", RQ_FLAG_STRING, offsetof(struct options, dedupe), "of a document twice in a topic keep the first, or the best score (judgments: grade)"},
	{"--qrels-format", "NAME", RQ_FLAG_STRING, offsetof(struct options, qrels_format), "trec, beir, csv or json (default: by content)"},
	{"--run-format", "NAME", RQ_FLAG_STRING, offsetof(struct options, run_format), "trec, msmarco, csv, json or jsonl (default: by content)"},
	{"--columns", "NAMES", RQ_FLAG_STRING, offsetof(struct options, columns), "of CSV: topic=qid,document=pid,grade=rel,score=sim (default: the usual names)"},
	{"--ties", NULL, RQ_FLAG_BOOL, offsetof(struct options, ties), "lowest, expected and highest value over the orders of equal scores too"},
	{"--slices", "FILE", RQ_FLAG_STRING, offsetof(struct options, slices), "slices of the topics: two columns, topic and slice, or topics in JSON lines"},
	{"--assert", "EXPRESSION", RQ_FLAG_LIST, offsetof(struct options, asserts), "\"nDCG@10 >= 0.3\", \"drop(RR@10) <= 0.02\"; decides the exit code; may be repeated"},
	{"--profile", "NAME", RQ_FLAG_STRING, offsetof(struct options, profile), "pr: an undecided assertion warns; release: it exits 2 (default: pr)"},
	{"--store", "FILE", RQ_FLAG_STRING, offsetof(struct options, store), "keep what was found there, for \"rqgate history\""},
	{"--threads", "N", RQ_FLAG_COUNT, offsetof(struct options, threads), "threads to use (default: all)"},
	{"--quiet", NULL, RQ_FLAG_BOOL, offsetof(struct options, quiet), "no diagnostics; with --assert only the verdict"},
	{"-q", NULL, RQ_FLAG_BOOL, offsetof(struct options, per_topic), "--per-topic, as trec_eval spells it"},
	{"-n", NULL, RQ_FLAG_BOOL, offsetof(struct options, no_summary), "--no-summary, likewise"},
	{"-c", NULL, RQ_FLAG_BOOL, offsetof(struct options, complete), "--complete, likewise"},
	{"-J", NULL, RQ_FLAG_BOOL, offsetof(struct options, judged_only), "--judged-only, likewise"},
	{"-M", "M", RQ_FLAG_POSITIVE, offsetof(struct options, depth), "--depth, likewise"},
	RQ_FLAGS_END,
};

/* Everything that one evaluation owns, released together. */
struct job {
	const struct options *options;
	const char *qrels_path;
	const char *const *paths;
	size_t path_count;
	const struct rq_eval_format *format;
	enum rq_profile profile;
	struct rq_metric_list metrics;
	struct rq_gates gates;
	struct rq_columns qrels_columns;
	struct rq_qrels qrels;
	struct rq_pool pool;
	struct rq_topics slices;
	struct rq_scoring scoring;
	struct rq_evaluation evaluation;
	struct rq_asserted asserted;
	struct rq_memo memo;
	struct rq_arena arena;
};

static void job_release(struct job *job)
{
	rq_memo_release(&job->memo);
	rq_asserted_release(&job->asserted);
	rq_evaluation_release(&job->evaluation);
	rq_topics_release(&job->slices);
	rq_pool_release(&job->pool);
	rq_qrels_release(&job->qrels);
	rq_gates_release(&job->gates);
	rq_metric_list_release(&job->metrics);
	rq_arena_release(&job->arena);
}

/* ---- options ---- */

/* Which of the names the option's value is. */
static enum rq_status choose(int *choice, const char *flag, const char *value, const char *const *names, struct rq_error *err)
{
	char list[128] = "";

	for (int i = 0; names[i] != NULL; i++) {
		if (strcmp(value, names[i]) == 0) {
			*choice = i;
			return RQ_OK;
		}
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i == 0 ? "" : names[i + 1] == NULL ? " or " : ", ", names[i]);
	}
	return rq_fail(err, RQ_E_USAGE, "%s: \"%s\" is not allowed; expected %s", flag, value, list);
}

static enum rq_status check_combinations(const struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	size_t inputs = (size_t)(strcmp(job->qrels_path, "-") == 0);

	for (size_t i = 0; i < job->path_count; i++)
		inputs += strcmp(job->paths[i], "-") == 0;
	if (inputs > 1)
		return rq_fail(err, RQ_E_USAGE, "%zu inputs are \"-\"; standard input can be read once", inputs);
	if (options->digits.given && job->format->all_digits)
		return rq_fail(err, RQ_E_USAGE, "--digits: --format %s has all digits; leave --digits out, or choose another format", job->format->name);
	if (options->intersection && options->complete)
		return rq_fail(err, RQ_E_USAGE, "--intersection and --complete exclude each other; keep one");
	if (options->no_summary && !options->per_topic && !job->format->as_trec) /* trec_eval takes it, and prints nothing */
		return rq_fail(err, RQ_E_USAGE, "--no-summary leaves nothing to print; add --per-topic");
	return RQ_OK;
}

static enum rq_status read_choices(struct job *job, struct rq_error *err)
{
	static const char *const profiles[] = {"pr", "release", NULL}, *const dedupes[] = {"first", "best", NULL};
	const struct options *options = job->options;
	const char *names[16] = {NULL};
	int choice = 0;

	for (size_t i = 0; rq_eval_formats[i] != NULL && i + 1 < sizeof names / sizeof *names; i++)
		names[i] = rq_eval_formats[i]->name;
	if (options->format != NULL)
		RQ_TRY(choose(&choice, "--format", options->format, names, err));
	job->format = rq_eval_formats[choice];
	choice = 0;
	if (options->profile != NULL)
		RQ_TRY(choose(&choice, "--profile", options->profile, profiles, err));
	job->profile = choice == 0 ? RQ_PROFILE_PR : RQ_PROFILE_RELEASE;
	if (options->qrels_format != NULL)
		RQ_TRY(choose(&choice, "--qrels-format", options->qrels_format, rq_qrels_format_names, err));
	if (options->run_format != NULL)
		RQ_TRY(choose(&choice, "--run-format", options->run_format, rq_run_format_names, err));
	choice = 0;
	if (options->dedupe != NULL)
		RQ_TRY(choose(&choice, "--dedupe", options->dedupe, dedupes, err));
	job->scoring.reading.dedupe = options->dedupe == NULL ? RQ_DEDUPE_REFUSE : choice == 0 ? RQ_DEDUPE_FIRST : RQ_DEDUPE_BEST;
	return RQ_OK;
}

/* "topic=qid,document=pid,score=points" */
static enum rq_status read_columns(struct job *job, struct rq_error *err)
{
	enum { TOPIC, DOCUMENT, GRADE, SCORE, KEYS };
	static const char *const keys[KEYS] = {"topic", "document", "grade", "score"};
	const char *names[KEYS] = {NULL};

	for (const char *at = job->options->columns; at != NULL && *at != '\0'; at += strcspn(at, ","), at += *at == ',') {
		size_t length = strcspn(at, ","), key = strcspn(at, "=,"), number = 0;
		while (number < KEYS && (strlen(keys[number]) != key || memcmp(keys[number], at, key) != 0))
			number++;
		if (number == KEYS || key + 1 >= length)
			return rq_fail(err, RQ_E_USAGE, "--columns: \"%.*s\" is not allowed; expected topic=NAME, document=NAME, grade=NAME (of judgments) or "
			               "score=NAME (of runs), with commas between", (int)length, at);
		names[number] = rq_arena_strndup(&job->arena, at + key + 1, length - key - 1);
		if (names[number] == NULL)
			return rq_fail_memory(err);
	}
	job->qrels_columns = (struct rq_columns){names[TOPIC], names[DOCUMENT], names[GRADE]};
	job->scoring.reading.columns = (struct rq_columns){names[TOPIC], names[DOCUMENT], names[SCORE]};
	return RQ_OK;
}

static int level_of(const struct options *options)
{
	return options->level.given ? (int)options->level.value : LEVEL_STANDARD;
}

static enum rq_status add_metrics(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	size_t standard = job->format->as_trec ? 0 : sizeof metrics_standard / sizeof *metrics_standard;

	for (size_t i = 0; i < options->metrics.count; i++)
		if (rq_metrics_add(&job->metrics, options->metrics.items[i], level_of(options), err) != RQ_OK)
			return rq_fail_within(err, "-m");
	for (size_t i = 0; i < standard && options->metrics.count == 0; i++)
		RQ_TRY(rq_metrics_add(&job->metrics, metrics_standard[i], level_of(options), err));
	if (job->format->as_trec && options->metrics.count == 0)
		RQ_TRY(rq_metrics_add(&job->metrics, "official", level_of(options), err));
	for (size_t i = 0; i < job->metrics.count; i++)
		if (job->metrics.specs[i].metric->source != RQ_FROM_JUDGMENTS)
			return rq_fail(err, RQ_E_USAGE, "-m: \"%s\" cannot be measured from run files; \"rqgate run\" measures it", job->metrics.specs[i].name);
	RQ_TRY(rq_asserts_parse(&job->gates, &job->metrics, &options->asserts, level_of(options), err));
	for (size_t i = 0; i < job->gates.count; i++)
		if (job->gates.gates[i]->slice != NULL && options->slices == NULL)
			return rq_fail(err, RQ_E_USAGE, "--assert: \"%s\" is about a slice; --slices FILE tells which topics are in it", job->gates.gates[i]->text);
	if (job->format->as_trec)
		rq_metrics_in_trec_order(&job->metrics);
	const char *comparing = rq_asserts_compare(&job->gates);
	if (comparing != NULL && job->path_count == 1)
		return rq_fail(err, RQ_E_USAGE, "--assert: \"%s\" compares two runs; name a second run file", comparing);
	if (comparing != NULL && job->format->as_trec)
		return rq_fail(err, RQ_E_USAGE, "--assert: \"%s\" compares two runs, and --format trec scores each by itself; choose another format", comparing);
	return RQ_OK;
}

/* What to score, and how. */
static enum rq_status set_up(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	struct rq_reading *reading = &job->scoring.reading;

	RQ_TRY(read_choices(job, err));
	RQ_TRY(check_combinations(job, err));
	RQ_TRY(add_metrics(job, err));
	if (options->threads > 0) /* else OMP_NUM_THREADS or the machine decides */
		rq_threads_set((int)options->threads);
	bool trec = job->format->as_trec;
	job->evaluation.denominator = (struct rq_denominator){.intersection = options->intersection || (trec && !options->complete), .each_its_own = trec,
	                                                      .skip_no_relevant = options->skip_no_relevant, .level = level_of(options)};
	RQ_TRY(read_columns(job, err));
	reading->format = options->run_format;
	reading->lenient = options->lenient;
	reading->float32 = options->float32 || trec;
	reading->judged_only = options->judged_only;
	reading->depth = (size_t)options->depth.value;
	reading->digest = job->format->shows_digests || options->store != NULL;
	job->scoring.over_ties = options->ties;
	job->scoring.missing_is_zero = trec;
	job->evaluation.look_cutoff = job->metrics.count > 0 && job->metrics.specs[0].cutoff > 0 ? job->metrics.specs[0].cutoff : LOOK_STANDARD;
	reading->prefixes = job->path_count > 1 && !trec;
	reading->cutoffs = rq_cutoffs_of(&reading->cutoff_count, &job->metrics, job->evaluation.look_cutoff, reading->prefixes, &job->arena);
	return reading->cutoffs == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* Judgments, runs, and what is asserted of them tell which job it is. */
static enum rq_status open_memo(struct job *job, struct rq_error *err)
{
	struct rq_memo *memo = &job->memo;

	RQ_TRY(rq_memo_open(memo, "eval", job->options->store, err));
	rq_memo_word(memo, NULL, job->qrels_path);
	for (size_t i = 0; i < job->path_count; i++)
		rq_memo_word(memo, NULL, job->paths[i]);
	rq_memo_words(memo, "--assert", &job->options->asserts);
	memo->batch.profile = job->profile == RQ_PROFILE_PR ? "pr" : "release";
	return rq_memo_job(memo, job->qrels_path, NULL, err);
}

/* ---- the evaluation ---- */

static enum rq_status load(struct job *job, struct rq_error *err)
{
	const struct rq_reading *reading = &job->scoring.reading;
	const struct rq_load_options options = {.format = job->options->qrels_format, .columns = job->qrels_columns, .lenient = reading->lenient, .dedupe = reading->dedupe};

	RQ_TRY(rq_qrels_load_as(&job->qrels, &job->evaluation.qrels_facts, job->qrels_path, &options, err));
	RQ_TRY(rq_pool_make(&job->pool, &job->qrels, err));
	job->scoring.pool = &job->pool;
	job->scoring.metrics = &job->metrics;
	job->evaluation.scoring = &job->scoring;
	if (job->options->slices == NULL)
		return RQ_OK;
	RQ_TRY(rq_slices_load(&job->slices, job->options->slices, err));
	const char **slices = rq_arena_alloc(&job->arena, job->pool.count + 1, sizeof *slices);
	if (slices == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < job->pool.count; i++)
		slices[i] = rq_slice_find(&job->slices, job->pool.topics[i].judgments->topic);
	job->evaluation.topic_slices = slices;
	return RQ_OK;
}

static enum rq_status evaluate(struct job *job, struct rq_error *err)
{
	RQ_TRY(rq_evaluate(&job->evaluation, job->paths, job->path_count, err));
	RQ_TRY(rq_asserts_judge(&job->asserted, &job->gates, &job->evaluation, job->profile, err));
	for (size_t i = 1; i < job->evaluation.run_count && job->format->shows_evidence && !job->options->no_summary; i++)
		RQ_TRY(rq_evidence_weigh(&job->evaluation.runs[i].comparison, job->asserted.verdicts == NULL ? NULL : job->asserted.verdicts[i], err));
	return RQ_OK;
}

/* ---- the result ---- */

static enum rq_status show_paths(const char ***shown, struct job *job, struct rq_error *err)
{
	*shown = rq_arena_alloc(&job->arena, job->path_count, sizeof **shown);
	for (size_t i = 0; *shown != NULL && i < job->path_count; i++) {
		(*shown)[i] = rq_arena_show(&job->arena, job->paths[i]);
		if ((*shown)[i] == NULL)
			return rq_fail_memory(err);
	}
	return *shown == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* Beside values that stand alone: on stderr. */
static enum rq_status print_aside(const struct rq_eval_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct rq_style plain = {0};

	rq_eval_add_diagnostics(&text, report, plain);
	rq_eval_add_verdicts(&text, report, plain);
	RQ_TRY(rq_buf_check(&text, err));
	if (text.size > 0)
		fputs(text.data, stderr);
	return RQ_OK;
}

static enum rq_status publish(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char **paths;

	RQ_TRY(show_paths(&paths, job, err));
	struct rq_eval_report report = {
		.evaluation = &job->evaluation,
		.qrels = rq_arena_show(&job->arena, job->qrels_path),
		.paths = paths,
		.labels = rq_eval_labels(paths, job->path_count, &job->arena),
		.verdicts = job->asserted.verdicts,
		.profile = job->profile == RQ_PROFILE_PR ? "pr" : "release",
		.version = RQ_VERSION,
		.digits = options->digits.given ? (int)options->digits.value : RQ_DIGITS_OF_FORMAT,
		.per_topic = options->per_topic,
		.no_summary = options->no_summary,
		.quiet = options->quiet,
	};
	if (report.qrels == NULL || report.labels == NULL)
		return rq_fail_memory(err);
	RQ_TRY(job->format->write(&text, &report, rq_terminal_style(), err));
	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(rq_memo_evaluation(&job->memo, &job->evaluation, &job->asserted, job->qrels.sha256, err));
	RQ_TRY(rq_print(&text, err));
	return job->format->values_only ? print_aside(&report, err) : RQ_OK;
}

static enum rq_status run_job(struct job *job, struct rq_error *err)
{
	RQ_TRY(set_up(job, err));
	RQ_TRY(open_memo(job, err));
	RQ_TRY(load(job, err));
	RQ_TRY(evaluate(job, err));
	return publish(job, err);
}

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	struct job *job = calloc(1, sizeof *job);

	if (job == NULL)
		return rq_fail_memory(err);
	job->options = options;
	job->qrels_path = arguments->items[0];
	job->paths = arguments->items + 1;
	job->path_count = arguments->count - 1;
	enum rq_status status = run_job(job, err);
	if (status != RQ_OK)
		rq_memo_end(&job->memo, NULL, err);
	*exit_code = job->asserted.exit_code;
	job_release(job);
	free(job);
	return status;
}

const struct rq_command rq_command_eval = {
	.name = "eval",
	.summary = "score run files as trec_eval does, compare them, assert",
	.arguments = "QRELS RUN [RUN2 ...]",
	.least = 2,
	.most = RUNS_MAXIMUM,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Scores run files (TREC, MS MARCO, CSV, JSON; plain, .gz or .zst; \"-\" is standard input) on judgments. Further runs are compared with the first, topic by topic.\n"
	        "A mean is over all judged topics, and a topic that a run lacks scores 0; what else hides in it is told below it.\n"
	        "--format json has everything (\"rqgate schema eval\"), csv a number a record: run, path, topic, slice, metric, statistic, value.\n"
	        "With --assert the exit code is that of \"rqgate run\": 0 passed, 1 failed, 2 inconclusive where that blocks. Of several runs each but the first is judged.\n"
	        "example: rqgate eval qrels.txt old.run new.run -m nDCG@10,RR@10 --assert 'drop(nDCG@10) <= 0.02'\n"
	        "example: rqgate eval qrels.txt new.run -m all_trec --format trec",
	.run = run,
};
