/* Every file that a config reads, and its store, so that no report is written over one. */
#include "evalcore/base/file.h"
#include "evalcore/pipeline/config.h"

#include <string.h>

/* Does a path among the options name the file? */
static bool options_read(const struct rq_option *table, const void *options, const char *path)
{
	for (const struct rq_option *option = table; option != NULL && option->name != NULL; option++) {
		const char *file = NULL;
		if (option->type == RQ_OPTION_PATH)
			memcpy(&file, (const char *)options + option->offset, sizeof file);
		if (rq_same_file(file, path))
			return true;
	}
	return false;
}

static bool embedder_reads(const struct rq_side_config *side, const char *path)
{
	const struct rq_embedder *documents = side->document_embedder;

	return options_read(side->embedder == NULL ? NULL : side->embedder->options, side->embedder_options, path) ||
	       options_read(documents == NULL ? NULL : documents->options, side->document_embedder_options, path);
}

static bool retriever_reads(const struct rq_side_config *side, const char *path)
{
	return options_read(side->retriever == NULL ? NULL : side->retriever->options, side->retriever_options, path);
}

bool rq_config_reads(const struct rq_config *config, const char *path)
{
	const struct rq_dataset_config *dataset = &config->dataset;

	if (rq_same_file(config->path, path) || rq_same_file(dataset->corpus, path) || rq_same_file(dataset->topics, path) || rq_same_file(dataset->qrels, path) ||
	    rq_same_file(config->exact.truth, path) || rq_same_file(config->store, path))
		return true;
	for (int i = 0; i < RQ_SIDES; i++) {
		const struct rq_side_config *side = &config->sides[i];
		if (rq_same_file(side->approved_file, path) || rq_same_file(side->run, path) || rq_same_file(side->corpus, path) ||
		    rq_same_file(side->index.file, path) || rq_same_file(side->index.ids, path) || embedder_reads(side, path) || retriever_reads(side, path))
			return true;
	}
	return false;
}
