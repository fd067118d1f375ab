/* The config's "dataset": its table, and the files that it names, for a run and for commands that look at a data set alone. */
#include "evalcore/pipeline/config_dataset.h"

#include "evalcore/base/file.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

static const char *const units[] = {"document", "parent", NULL};
static const char *const fail_or_warn[] = {"fail", "warn", NULL};

static const struct rq_option dataset_options[] = {
	{"path", RQ_OPTION_PATH, offsetof(struct rq_dataset_config, path), NULL, false, 0, 0, NULL, NULL, "a BEIR folder: corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv"},
	{"split", RQ_OPTION_STRING, offsetof(struct rq_dataset_config, split), "\"test\"", false, 0, 0, NULL, NULL, "which qrels of the BEIR folder"},
	{"corpus", RQ_OPTION_PATH, offsetof(struct rq_dataset_config, corpus), NULL, false, 0, 0, NULL, NULL, "the documents, BEIR JSON lines"},
	{"topics", RQ_OPTION_PATH, offsetof(struct rq_dataset_config, topics), NULL, false, 0, 0, NULL, NULL, "the queries, BEIR JSON lines or id TAB text"},
	{"qrels", RQ_OPTION_PATH, offsetof(struct rq_dataset_config, qrels), NULL, false, 0, 0, NULL, NULL, "the judgments, BEIR tsv or TREC"},
	{"fields", RQ_OPTION_STRINGS, offsetof(struct rq_dataset_config, fields), "[\"title\", \"text\"]", false, 0, 0, NULL, NULL, "fields of a document to embed, joined by a newline"},
	{"source_field", RQ_OPTION_STRING, offsetof(struct rq_dataset_config, source_field), NULL, false, 0, 0, NULL, NULL,
	 "where a document names its source (a site, a product), for the metric Sources@k; also looked for in \"metadata\""},
	{"unit", RQ_OPTION_CHOICE, offsetof(struct rq_dataset_config, unit), "\"document\"", false, 0, 0, units, NULL, "what judgments name: documents, or the parents of chunks"},
	{"unknown_judgments", RQ_OPTION_CHOICE, offsetof(struct rq_dataset_config, unknown_judgments), "\"fail\"", false, 0, 0, fail_or_warn, NULL,
	 "judgments of documents or topics that are not there: stop, or warn and go on"},
	{"missing_topics", RQ_OPTION_CHOICE, offsetof(struct rq_dataset_config, missing_topics), "\"fail\"", false, 0, 0, fail_or_warn, NULL,
	 "judged topics that the baseline's run file lacks: stop, or score them 0 (a run file cannot tell an empty answer from a failed search)"},
	RQ_OPTIONS_END,
};

rq_json *rq_dataset_config_schema(void)
{
	return rq_options_schema(dataset_options);
}

static enum rq_status complete(struct rq_dataset_config *dataset, struct rq_arena *arena, struct rq_error *err)
{
	if (dataset->path == NULL)
		return RQ_OK;
	if (dataset->corpus == NULL)
		dataset->corpus = rq_path_join(arena, dataset->path, "corpus.jsonl");
	if (dataset->topics == NULL)
		dataset->topics = rq_path_join(arena, dataset->path, "queries.jsonl");
	const char *qrels = rq_arena_printf(arena, "qrels/%s.tsv", dataset->split);
	if (dataset->qrels == NULL && qrels != NULL)
		dataset->qrels = rq_path_join(arena, dataset->path, qrels);
	return dataset->corpus == NULL || dataset->topics == NULL || dataset->qrels == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status parse(struct rq_dataset_config *dataset, const rq_json *object, const char *folder, struct rq_arena *arena, struct rq_error *err)
{
	*dataset = (struct rq_dataset_config){0};
	RQ_TRY(rq_options_parse(dataset, dataset_options, object, "dataset", folder, arena, err));
	if (dataset->fields.count == 0)
		return rq_fail(err, RQ_E_CONFIG, "dataset.fields: empty; expected at least one field, for example [\"title\", \"text\"]");
	return RQ_OK;
}

enum rq_status rq_dataset_config_parse(struct rq_dataset_config *dataset, const rq_json *object, const char *folder, struct rq_arena *arena, struct rq_error *err)
{
	RQ_TRY(parse(dataset, object, folder, arena, err));
	RQ_TRY(complete(dataset, arena, err));
	if (dataset->qrels == NULL)
		return rq_fail(err, RQ_E_CONFIG, "dataset.qrels: missing; expected the judgments, or \"path\" of a BEIR folder");
	return RQ_OK;
}

/* The "dataset" of a whole config; the rest of it is not looked at. */
static enum rq_status from_config(struct rq_dataset_config *dataset, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = 16u << 20};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	const char *folder = rq_path_folder(arena, path);

	if (folder == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_read(&text, path, err));
	if (rq_json_parse(&root, text.data, text.size, path, err) != RQ_OK)
		return err->status == RQ_E_DATA ? err->status = RQ_E_CONFIG : err->status;
	const rq_json *object = rq_json_get(root, "dataset");
	if (object == NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s: no \"dataset\"; expected a BEIR folder or a config with one (for data files there are --corpus, --topics and --qrels)",
		               path);
	if (parse(dataset, object, folder, arena, err) != RQ_OK)
		return rq_fail_within(err, "%s", path);
	return RQ_OK;
}

static enum rq_status from_folder(struct rq_dataset_config *dataset, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *object = rq_json_new_object();

	if (object == NULL)
		return rq_fail_memory(err);
	RQ_TRY(parse(dataset, object, ".", arena, err));
	dataset->path = path;
	return RQ_OK;
}

enum rq_status rq_dataset_config_open(struct rq_dataset_config *dataset, const char *path, const struct rq_dataset_config *given, struct rq_arena *arena,
                                      struct rq_error *err)
{
	struct stat info;
	bool is_file = path != NULL && stat(path, &info) == 0 && !S_ISDIR(info.st_mode);

	RQ_TRY(is_file ? from_config(dataset, path, arena, err) : from_folder(dataset, path, arena, err));
	dataset->split = given->split != NULL ? given->split : dataset->split;
	dataset->corpus = given->corpus != NULL ? given->corpus : dataset->corpus;
	dataset->topics = given->topics != NULL ? given->topics : dataset->topics;
	dataset->qrels = given->qrels != NULL ? given->qrels : dataset->qrels;
	dataset->fields = given->fields.count > 0 ? given->fields : dataset->fields;
	dataset->unit = given->unit != 0 ? given->unit : dataset->unit;
	return complete(dataset, arena, err);
}
