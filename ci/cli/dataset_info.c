/* rqgate dataset info: what a data set holds, in a table that is read in seconds, and as JSON. */
#include "ci/cli/dataset.h"
#include "ci/cli/style.h"
#include "datasets/datasets.h"
#include "datasets/sample.h"
#include "datasets/summary.h"
#include "evalcore/base/parse.h"
#include "metrics/stats/stats.h"

struct options {
	struct rq_dataset_options dataset;
	bool json;
};

static const struct rq_flag flags[] = {
	RQ_DATASET_FLAGS(struct options),
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON"},
	RQ_FLAGS_END,
};

enum { SLICES_SHOWN = 12, GRADES_SHOWN = 12 };

struct info {
	struct rq_dataset_config dataset;
	struct rq_corpus corpus;
	struct rq_topics topics;
	struct rq_qrels qrels;
	struct rq_summary summary;
	struct rq_sample_mark mark;
	struct rq_arena arena;
};

static void info_release(struct info *info)
{
	rq_corpus_release(&info->corpus);
	rq_topics_release(&info->topics);
	rq_qrels_release(&info->qrels);
	rq_summary_release(&info->summary);
	rq_arena_release(&info->arena);
}

static enum rq_status load(struct info *info, struct rq_error *err)
{
	const struct rq_dataset_config *dataset = &info->dataset;

	if (dataset->corpus != NULL) {
		RQ_TRY(rq_corpus_load(&info->corpus, dataset->corpus, dataset->fields.items, dataset->fields.count, err));
		RQ_TRY(rq_sample_mark_read(&info->mark, dataset->corpus, info->corpus.sha256, err));
	}
	if (dataset->topics != NULL)
		RQ_TRY(rq_topics_load(&info->topics, dataset->topics, err));
	if (dataset->qrels != NULL)
		RQ_TRY(rq_qrels_load(&info->qrels, dataset->qrels, err));
	return rq_summarise(&info->summary, &info->corpus, &info->topics, &info->qrels, dataset->unit == RQ_UNIT_PARENT, err);
}

static void put_spread(struct rq_buf *out, const char *what, const struct rq_spread *spread)
{
	rq_buf_printf(out, "  %-22s%8zu %8zu %8zu %8zu\n", what, spread->minimum, spread->median, spread->p95, spread->maximum);
}

static void put_spread_head(struct rq_buf *out)
{
	rq_buf_printf(out, "  %-22s%8s %8s %8s %8s\n", "", "min", "median", "p95", "max");
}

static void put_corpus(struct rq_buf *out, const struct info *info)
{
	const struct rq_corpus_summary *summary = &info->summary.corpus;

	rq_buf_printf(out, "documents   %zu", summary->documents);
	if (summary->empty > 0)
		rq_buf_printf(out, ", %zu empty", summary->empty);
	if (summary->duplicates > 0)
		rq_buf_printf(out, ", %zu with the text of another (%zu texts)", summary->duplicates, summary->duplicate_groups);
	if (summary->chunks > 0)
		rq_buf_printf(out, ", %zu chunks of %zu parents", summary->chunks, summary->parents);
	rq_buf_puts(out, "\n  fields                ");
	for (size_t f = 0; f < info->dataset.fields.count; f++)
		rq_buf_printf(out, "%s%s %.1f%%", f == 0 ? "" : ", ", info->dataset.fields.items[f], 100.0 * (double)info->corpus.filled[f] / (double)summary->documents);
	rq_buf_puts(out, " filled\n");
	put_spread_head(out);
	put_spread(out, "words", &summary->words);
	put_spread(out, "characters", &summary->characters);
	if (summary->chunks > 0)
		put_spread(out, "chunks a parent", &summary->chunks_per_parent);
}

static void put_topics(struct rq_buf *out, const struct rq_topics_summary *summary)
{
	rq_buf_printf(out, "topics      %zu", summary->topics);
	if (summary->unanswerable > 0)
		rq_buf_printf(out, ", %zu unanswerable", summary->unanswerable);
	if (summary->clustered > 0)
		rq_buf_printf(out, ", %zu of them in %zu clusters", summary->clustered, summary->clusters);
	rq_buf_puts(out, "\n");
	if (summary->slice_count > 0) {
		rq_buf_puts(out, "  slices                ");
		for (size_t i = 0; i < summary->slice_count && i < SLICES_SHOWN; i++) {
			char shown[256];
			rq_show_text(shown, sizeof shown, summary->slices[i].name);
			rq_buf_printf(out, "%s%s %zu", i == 0 ? "" : ", ", shown, summary->slices[i].count);
		}
		if (summary->slice_count > SLICES_SHOWN)
			rq_buf_printf(out, " and %zu more", summary->slice_count - SLICES_SHOWN);
		if (summary->without_slice > 0)
			rq_buf_printf(out, "; none %zu", summary->without_slice);
		rq_buf_puts(out, "\n");
	}
	put_spread_head(out);
	put_spread(out, "words", &summary->words);
	put_spread(out, "characters", &summary->characters);
}

static void put_qrels(struct rq_buf *out, const struct rq_qrels_summary *summary)
{
	rq_buf_printf(out, "judgments   %zu on %zu topics", summary->judgments, summary->topics);
	if (summary->no_relevant > 0)
		rq_buf_printf(out, ", %zu without a relevant document", summary->no_relevant);
	if (summary->unknown_topics > 0)
		rq_buf_printf(out, ", %zu topics not in the topics file", summary->unknown_topics);
	if (summary->unknown_documents > 0)
		rq_buf_printf(out, ", %zu of documents not in the corpus", summary->unknown_documents);
	rq_buf_puts(out, "\n  grades                ");
	for (size_t i = 0; i < summary->grade_count && i < GRADES_SHOWN; i++)
		rq_buf_printf(out, "%s%d: %zu", i == 0 ? "" : ", ", summary->grades[i].grade, summary->grades[i].count);
	if (summary->grade_count > GRADES_SHOWN)
		rq_buf_printf(out, " and %zu more", summary->grade_count - GRADES_SHOWN);
	rq_buf_puts(out, "\n");
	put_spread_head(out);
	put_spread(out, "judged a topic", &summary->judged);
	put_spread(out, "relevant a topic", &summary->relevant);
}

static void put_margin(struct rq_buf *out, const struct rq_qrels_summary *summary)
{
	double margin = rq_smallest_margin(summary->scored);

	rq_buf_printf(out, "\n%zu topics can decide ", summary->scored);
	if (margin < 1)
		rq_buf_printf(out, "a margin of %.2f\n", margin);
	else
		rq_buf_puts(out, "no margin\n");
}

static void put_digest(struct rq_buf *out, const char *sha256, const char *path)
{
	char shown[1024];

	if (path == NULL)
		return;
	rq_show_text(shown, sizeof shown, path);
	rq_buf_printf(out, "sha256 %s  %s\n", sha256, shown);
}

static enum rq_status put_table(struct rq_buf *out, const struct info *info, struct rq_error *err)
{
	const struct rq_summary *summary = &info->summary;

	rq_sample_mark_describe(out, &info->mark);
	rq_buf_puts(out, info->mark.state == RQ_SAMPLE_NONE ? "" : "\n\n");
	if (summary->corpus.documents > 0)
		put_corpus(out, info);
	if (summary->topics.topics > 0)
		put_topics(out, &summary->topics);
	if (summary->qrels.topics > 0)
		put_qrels(out, &summary->qrels);
	if (summary->qrels.topics > 0)
		put_margin(out, &summary->qrels);
	rq_buf_puts(out, "\n");
	put_digest(out, info->corpus.sha256, info->dataset.corpus);
	put_digest(out, info->topics.sha256, info->dataset.topics);
	put_digest(out, info->qrels.sha256, info->dataset.qrels);
	return rq_buf_check(out, err);
}

static void set_count(rq_json *object, const char *key, size_t count)
{
	rq_json_set_number(object, key, (double)count);
}

static void set_spread(rq_json *object, const char *key, const struct rq_spread *spread)
{
	rq_json *member = rq_json_set_object(object, key);

	set_count(member, "min", spread->minimum);
	set_count(member, "median", spread->median);
	set_count(member, "p95", spread->p95);
	set_count(member, "max", spread->maximum);
}

static void set_corpus(rq_json *root, const struct info *info)
{
	const struct rq_corpus_summary *summary = &info->summary.corpus;
	rq_json *corpus = rq_json_set_object(root, "corpus");

	rq_json_set_string(corpus, "sha256", info->corpus.sha256);
	set_count(corpus, "documents", summary->documents);
	set_count(corpus, "empty", summary->empty);
	set_count(corpus, "duplicates", summary->duplicates);
	set_count(corpus, "duplicate_groups", summary->duplicate_groups);
	set_count(corpus, "chunks", summary->chunks);
	set_count(corpus, "parents", summary->parents);
	rq_json *fields = rq_json_set_object(corpus, "fields_filled");
	for (size_t f = 0; f < info->dataset.fields.count; f++)
		set_count(fields, info->dataset.fields.items[f], info->corpus.filled[f]);
	set_spread(corpus, "words", &summary->words);
	set_spread(corpus, "characters", &summary->characters);
	if (summary->chunks > 0)
		set_spread(corpus, "chunks_per_parent", &summary->chunks_per_parent);
}

static void set_topics(rq_json *root, const struct info *info)
{
	const struct rq_topics_summary *summary = &info->summary.topics;
	rq_json *topics = rq_json_set_object(root, "topics");

	rq_json_set_string(topics, "sha256", info->topics.sha256);
	set_count(topics, "topics", summary->topics);
	set_count(topics, "answerable", summary->topics - summary->unanswerable);
	set_count(topics, "unanswerable", summary->unanswerable);
	rq_json *slices = rq_json_set_object(topics, "slices");
	for (size_t i = 0; i < summary->slice_count; i++)
		set_count(slices, summary->slices[i].name, summary->slices[i].count);
	set_count(topics, "without_slice", summary->without_slice);
	set_count(topics, "clusters", summary->clusters);
	set_count(topics, "clustered", summary->clustered);
	set_spread(topics, "words", &summary->words);
	set_spread(topics, "characters", &summary->characters);
}

static void set_qrels(rq_json *root, const struct info *info)
{
	const struct rq_qrels_summary *summary = &info->summary.qrels;
	rq_json *qrels = rq_json_set_object(root, "qrels");

	rq_json_set_string(qrels, "sha256", info->qrels.sha256);
	set_count(qrels, "judgments", summary->judgments);
	set_count(qrels, "topics", summary->topics);
	set_count(qrels, "topics_scored", summary->scored);
	set_count(qrels, "topics_without_relevant", summary->no_relevant);
	set_count(qrels, "unknown_topics", summary->unknown_topics);
	set_count(qrels, "unknown_documents", summary->unknown_documents);
	rq_json *grades = rq_json_set_array(qrels, "grades");
	for (size_t i = 0; i < summary->grade_count; i++) {
		rq_json *grade = rq_json_push_object(grades);
		rq_json_set_number(grade, "grade", summary->grades[i].grade);
		set_count(grade, "count", summary->grades[i].count);
	}
	set_spread(qrels, "judged_per_topic", &summary->judged);
	set_spread(qrels, "relevant_per_topic", &summary->relevant);
	rq_json_set_number(qrels, "smallest_margin", rq_smallest_margin(summary->scored));
}

static enum rq_status set_sample(rq_json *root, const struct rq_sample_mark *mark, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	if (mark->state == RQ_SAMPLE_NONE)
		return RQ_OK;
	rq_sample_mark_describe(&text, mark);
	RQ_TRY(rq_buf_check(&text, err));
	rq_json_set_string(root, "sample", text.data);
	return RQ_OK;
}

static enum rq_status put_json(struct rq_buf *out, const struct info *info, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();

	RQ_TRY(set_sample(root, &info->mark, err));
	if (info->dataset.corpus != NULL)
		set_corpus(root, info);
	if (info->dataset.topics != NULL)
		set_topics(root, info);
	if (info->dataset.qrels != NULL)
		set_qrels(root, info);
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	const struct options *chosen = options;
	RQ_CLEANUP(info_release) struct info info = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	*exit_code = 0;
	RQ_TRY(rq_dataset_from(&info.dataset, &chosen->dataset, arguments, &info.arena, err));
	RQ_TRY(load(&info, err));
	RQ_TRY((chosen->json ? put_json : put_table)(&text, &info, err));
	return (chosen->json ? rq_print : rq_print_lines)(&text, err);
}

const struct rq_command rq_action_dataset_info = {
	.name = "dataset info",
	.summary = "count documents, topics and judgments, and say what they can decide",
	.arguments = "[FOLDER|CONFIG]",
	.least = 0,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Reads a BEIR folder (default: here), the \"dataset\" of a config or the files named by --corpus, --topics and --qrels, and prints what they hold.\n"
	        "Words are what stands between white space. It stops at the first thing that is wrong: \"rqgate dataset check\" lists them all.\n"
	        "example: rqgate dataset info datasets/example",
	.run = run,
};
