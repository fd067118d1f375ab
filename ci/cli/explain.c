/* rqgate explain: one topic of a report, with both rankings side by side. */
#include "ci/cli/command.h"
#include "ci/cli/report_data.h"
#include "ci/cli/style.h"
#include "reports/explain.h"

#include <string.h>

enum { STANDARD_DEPTH = 10 };

struct options {
	const char *config;
	int64_t depth;
	bool no_text, json;
};

static const struct rq_flag flags[] = {
	{"--depth", "K", RQ_FLAG_COUNT, offsetof(struct options, depth), "how many ranks of each side to show (default: 10)"},
	{"--config", "CONFIG", RQ_FLAG_STRING, offsetof(struct options, config), "the config, where it is not where the report says"},
	{"--no-text", NULL, RQ_FLAG_BOOL, offsetof(struct options, no_text),
	 "leave the corpus alone, and show no words of documents: faster where it is large"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON, with all relevant documents and whole texts"},
	RQ_FLAGS_END,
};

/* What the report tells of the topic itself; NULL: nothing. */
static const rq_json *told_of(const struct rq_report_file *report, size_t place)
{
	const rq_json *topic = rq_json_first(rq_json_get(report->root, "topics"));

	if (place == RQ_NOT_COMPARED_TOPIC)
		return NULL;
	for (size_t i = 0; i < place; i++)
		topic = rq_json_next(topic);
	return topic;
}

/* A report has the words of those topics alone that lost most, and none of those that are not scored. */
static void find_query(struct rq_explanation *explanation, const struct rq_topics *topics)
{
	const struct rq_topic *topic = explanation->text[0] == '\0' ? rq_topics_find(topics, explanation->topic) : NULL;

	if (topic == NULL)
		return;
	explanation->text = topic->text;
	explanation->slice = topic->slice;
}

static enum rq_status explain(struct rq_buf *text, const struct options *options, struct rq_report_file *report, const struct rq_report_data *data,
                              const char *topic, struct rq_error *err)
{
	RQ_CLEANUP(rq_explanation_release) struct rq_explanation explanation = {0};
	const struct rq_comparison *comparison = &report->comparison;
	struct rq_explain_request request = {.comparison = comparison,
	                                     .topic = topic,
	                                     .depth = options->depth > 0 ? (size_t)options->depth : STANDARD_DEPTH,
	                                     .qrels = data->qrels.count > 0 ? &data->qrels : NULL,
	                                     .corpora = data->corpora,
	                                     .of = {data->of[RQ_BASELINE], data->of[RQ_CANDIDATE]},
	                                     .corpus_count = data->corpus_count,
	                                     .parents = data->parents};

	if (rq_explain(&explanation, &request, err) != RQ_OK)
		return err->status == RQ_E_USAGE ? rq_fail_within(err, "%s", report->path) : err->status;
	find_query(&explanation, &data->topics);
	const rq_json *told = told_of(report, explanation.place);
	return options->json ? rq_explanation_json(text, &explanation, comparison, told, err)
	                     : rq_explanation_table(text, &explanation, comparison, told, rq_terminal_style(), err);
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_report_file_release) struct rq_report_file report = {0};
	RQ_CLEANUP(rq_report_data_release) struct rq_report_data data = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;

	*exit_code = 0;
	RQ_TRY(rq_report_file_read(&report, arguments->items[1], err));
	RQ_TRY(rq_report_file_rankings(&report, err));
	RQ_TRY(rq_report_data_load(&data, &report, options->config, !options->no_text, err));
	RQ_TRY(explain(&text, options, &report, &data, arguments->items[0], err));
	rq_report_data_tell(&data);
	return rq_print(&text, err);
}

const struct rq_command rq_command_explain = {
	.name = "explain",
	.summary = "one topic of a report: both rankings side by side, and what moved",
	.arguments = "TOPIC REPORT",
	.least = 2,
	.most = 2,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Shows a topic of REPORT, a report.json with its rankings beside it: the query, its metrics on both sides, both rankings with grades\n"
	        "and scores, where exact search has each document, and what happened to the relevant ones. Grades and words are those of the files that\n"
	        "the report's config names, where those are still what was evaluated.\n"
	        "example: rqgate explain q007 out/report.json --depth 20",
	.run = run,
};
