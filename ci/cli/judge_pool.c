/* rqgate judge pool: the unjudged documents of a report that are most worth a person's time. */
#include "ci/cli/judge.h"
#include "ci/cli/report_data.h"
#include "datasets/writers.h"
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/words.h"
#include "evalcore/review/texts.h"
#include "gates/gate.h"
#include "reports/judging.h"

#include <string.h>

enum { STANDARD_LIMIT = 50, STANDARD_DEPTH = 10 };

struct options {
	const char *out, *config, *metric, *slice;
	int64_t depth;
	struct rq_flag_number limit, topics, grade;
	bool no_text, unblind, force;
};

static const struct rq_flag flags[] = {
	{"--out", "FILE", RQ_FLAG_STRING, offsetof(struct options, out), "where the CSV goes (default: standard output)"},
	{"--limit", "N", RQ_FLAG_POSITIVE, offsetof(struct options, limit), "documents at most (default: 50)"},
	{"--topics", "N", RQ_FLAG_POSITIVE, offsetof(struct options, topics),
	 "of so many topics at most, those whose documents come first (default: all)"},
	{"--depth", "K", RQ_FLAG_COUNT, offsetof(struct options, depth), "among the first so many of either side (default: the metric's cutoff, or 10)"},
	{"--metric", "NAME", RQ_FLAG_STRING, offsetof(struct options, metric),
	 "whose difference counts (default: that of the first gate on a drop, those that block and those that did not pass before others)"},
	{"--slice", "NAME", RQ_FLAG_STRING, offsetof(struct options, slice), "over its topics alone (default: those of that gate)"},
	{"--grade", "G", RQ_FLAG_GRADE, offsetof(struct options, grade), "the grade that effects are computed with (default: the highest in use)"},
	{"--unblind", NULL, RQ_FLAG_BOOL, offsetof(struct options, unblind), "say which rank is whose, and which side an effect favours"},
	{"--config", "CONFIG", RQ_FLAG_STRING, offsetof(struct options, config), "the config, where it is not where the report says"},
	{"--no-text", NULL, RQ_FLAG_BOOL, offsetof(struct options, no_text), "leave the corpus alone, and the column empty"},
	{"--force", NULL, RQ_FLAG_BOOL, offsetof(struct options, force), "write over a FILE that is there, and the grades in it"},
	RQ_FLAGS_END,
};

/* What the verdict hangs on: a metric, over all topics or those of a slice. */
struct aim {
	struct rq_metric_spec metric;
	const char *slice;
	const char *gate; /* its text; NULL: named on the command line */
};

/* Of a kind that compares topic by topic, in a metric that judgments change. */
static bool is_on_a_difference(const struct rq_gate_result *gate)
{
	struct rq_metric_spec spec;

	for (size_t i = 0; rq_gate_kinds[i] != NULL; i++)
		if (rq_gate_kinds[i]->paired && strcmp(rq_gate_kinds[i]->name, gate->kind) == 0)
			return rq_metric_parse(&spec, gate->metric, NULL) == RQ_OK && spec.metric->source == RQ_FROM_JUDGMENTS && rq_metric_pairs(spec.metric);
	return false;
}

/* What holds a release up comes first, then what did not pass. */
static int urgency(const struct rq_gate_result *gate)
{
	return gate->blocks ? 2 : gate->absent || gate->outcome != RQ_PASS ? 1 : 0;
}

static enum rq_status find_aim(struct aim *aim, const struct options *options, const struct rq_report_file *report, struct rq_error *err)
{
	const struct rq_verdict *verdict = &report->verdict;
	const struct rq_gate_result *gate = NULL;

	for (size_t i = 0; options->metric == NULL && i < verdict->count; i++)
		if (is_on_a_difference(&verdict->gates[i]) && (gate == NULL || urgency(&verdict->gates[i]) > urgency(gate)))
			gate = &verdict->gates[i];
	if (options->metric == NULL && gate == NULL)
		return rq_fail(err, RQ_E_USAGE, "%s: has no gate on a drop, so nothing tells whose difference counts; name the metric with --metric",
		               report->path);
	if (rq_metric_parse(&aim->metric, gate == NULL ? options->metric : gate->metric, err) != RQ_OK)
		return gate == NULL ? rq_fail_within(err, "--metric") : err->status;
	if (aim->metric.metric->source != RQ_FROM_JUDGMENTS || !rq_metric_pairs(aim->metric.metric))
		return rq_fail(err, RQ_E_USAGE, "%s: is no mean of values from 0 to 1 on judgments, whose fall is a loss; expected one such as nDCG@10",
		               aim->metric.name);
	aim->slice = options->slice != NULL ? options->slice : gate == NULL ? NULL : gate->slice;
	aim->gate = gate == NULL ? NULL : gate->text;
	return RQ_OK;
}

/* Effects are on the report's own numbers, so they take its judgments and its metrics. */
static enum rq_status check_report(const struct rq_report_file *report, const struct rq_report_data *data, struct rq_error *err)
{
	if (report->metrics_version != RQ_METRICS_VERSION)
		return rq_fail(err, RQ_E_DATA, "%s: its metrics are those of version %lld, and this program has version %d; run the gate again", report->path,
		               (long long)report->metrics_version, RQ_METRICS_VERSION);
	if (data->qrels.count == 0)
		return rq_fail(err, RQ_E_DATA, "%s: cannot be pooled without its judgments: %s", report->path,
		               data->lacking_count > 0 ? data->lacking[0] : "they are not at hand");
	return RQ_OK;
}

static enum rq_status find_texts(const char ***queries, const char ***texts, const struct rq_holes *holes, const struct rq_report_data *data,
                                 struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_ids_release) struct rq_ids wanted = {0};
	const char **found = rq_arena_alloc(arena, holes->count, sizeof *found);

	*queries = rq_arena_alloc(arena, holes->count, sizeof **queries);
	*texts = rq_arena_alloc(arena, holes->count, sizeof **texts);
	if (found == NULL || *queries == NULL || *texts == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < holes->count; i++)
		if (rq_ids_add(&wanted, holes->items[i].document, strlen(holes->items[i].document), NULL) == RQ_ID_NONE)
			return rq_fail_memory(err);
	for (size_t i = 0; i < data->corpus_count; i++)
		rq_texts_find(found, &wanted, &data->corpora[i], data->parents);
	for (size_t i = 0; i < holes->count; i++) {
		const struct rq_topic *topic = rq_topics_find(&data->topics, holes->items[i].topic->id);
		(*queries)[i] = topic == NULL ? holes->items[i].topic->text : topic->text;
		(*texts)[i] = found[rq_ids_find(&wanted, holes->items[i].document, strlen(holes->items[i].document))];
	}
	return RQ_OK;
}

static enum rq_status write_sheet(struct rq_buf *text, const struct options *options, const struct rq_report_file *report,
                                  const struct rq_report_data *data, const struct rq_holes *holes, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char **queries, **texts;
	/* What the candidate has answered: the same sheet for the same run, and another draw for the next. */
	const char *seed = rq_json_string(rq_json_get(rq_json_get(rq_json_get(report->root, "rankings"), "candidate.ann"), "sha256"));

	RQ_TRY(find_texts(&queries, &texts, holes, data, &arena, err));
	const struct rq_pool_sheet sheet = {.holes = holes, .queries = queries, .texts = texts, .seed = seed, .unblind = options->unblind};
	return rq_pool_csv(text, &sheet, err);
}

/* A sheet may have grades in it already. */
static enum rq_status open_sheet(struct rq_output *output, const struct options *options, struct rq_error *err)
{
	if (options->out == NULL)
		return RQ_OK;
	if (rq_file_exists(options->out) && !options->force)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": is there already, and may have grades in it; choose another name, or say --force", options->out);
	return rq_output_open(output, options->out, err);
}

static void add_account(struct rq_buf *line, const struct options *options, const struct rq_holes *holes, const struct aim *aim, size_t depth)
{
	char shown[1024];

	rq_show_text(shown, sizeof shown, options->out);
	rq_buf_printf(line, "wrote %s: %s of %s unjudged documents among the first %zu, those that would move the difference in %s most", shown,
	              rq_grouped(holes->count).text, rq_grouped(holes->unjudged).text, depth, aim->metric.name);
	if (aim->gate != NULL)
		rq_buf_printf(line, " (gate %s)", aim->gate);
	rq_buf_printf(line, "\nas if of grade %d; %s of them would change nothing\n", (int)holes->grade, rq_grouped(holes->idle).text);
	if (holes->count > 0)
		rq_buf_puts(line, "fill the column \"grade\", 0 for not relevant, then \"rqgate judge merge\" adds what is graded\n");
}

static enum rq_status pool(const struct options *options, struct rq_report_file *report, const struct rq_report_data *data, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	RQ_CLEANUP(rq_holes_release) struct rq_holes holes = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0}, account = {0};
	struct aim aim;

	RQ_TRY(find_aim(&aim, options, report, err));
	RQ_TRY(check_report(report, data, err));
	size_t depth = options->depth > 0 ? (size_t)options->depth : aim.metric.cutoff > 0 ? aim.metric.cutoff : STANDARD_DEPTH;
	const struct rq_holes_request request = {
		.comparison = &report->comparison,
		.qrels = &data->qrels,
		.metric = &aim.metric,
		.slice = aim.slice,
		.grade = options->grade.given ? (int32_t)options->grade.value : 0,
		.depth = depth,
		.limit = options->limit.given ? (size_t)options->limit.value : STANDARD_LIMIT,
		.topics = (size_t)options->topics.value,
	};
	RQ_TRY(open_sheet(&output, options, err));
	if (rq_holes_find(&holes, &request, err) != RQ_OK)
		return err->status == RQ_E_DATA ? rq_fail_within(err, "%s", report->path) : err->status;
	RQ_TRY(write_sheet(&text, options, report, data, &holes, err));
	rq_report_data_tell(data);
	if (options->out == NULL)
		return rq_print(&text, err);
	add_account(&account, options, &holes, &aim, depth);
	RQ_TRY(rq_buf_check(&account, err)); /* once the sheet stands, nothing may fail for want of memory */
	RQ_TRY(rq_text_put(&output, &text, err));
	RQ_TRY(rq_output_commit(&output, err));
	return rq_print(&account, err);
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_report_file_release) struct rq_report_file report = {0};
	RQ_CLEANUP(rq_report_data_release) struct rq_report_data data = {0};
	const struct options *options = given;

	*exit_code = 0;
	if (options->grade.given && options->grade.value == 0)
		return rq_fail(err, RQ_E_USAGE, "--grade: 0 is the grade of what is not relevant, which changes next to nothing; expected one above it");
	RQ_TRY(rq_report_file_read(&report, arguments->items[0], err));
	RQ_TRY(rq_report_file_rankings(&report, err));
	RQ_TRY(rq_report_data_load(&data, &report, options->config, !options->no_text, err));
	return pool(options, &report, &data, err);
}

const struct rq_command rq_action_judge_pool = {
	.name = "judge pool",
	.summary = "write the unjudged documents that would change a verdict most, to be graded",
	.arguments = "REPORT",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Scores both sides of REPORT, a report.json with its rankings beside it, again and again, each time with one more of the documents that\n"
	        "nobody has judged, and writes those that would move the difference most: a CSV with topic, query, document, text, both ranks, effect,\n"
	        "and an empty column for a person's grade. It is blind: in each topic one side is \"a\" and the other \"b\", by a draw, and effects have\n"
	        "no sign.\n"
	        "example: rqgate judge pool out/report.json --out holes.csv --limit 30",
	.run = run,
};
