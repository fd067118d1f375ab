/* Every file that a config reads, and its store, so that no report is written over one. */
#include "datasets/vector_file.h"
#include "evalcore/base/file.h"
#include "evalcore/pipeline/config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* A file, or one of the arrays in a file, "ann.hdf5:test". */
static bool is_of(const char *input, const char *path)
{
	char file[PATH_MAX];
	struct rq_error why = {0};
	size_t length;

	if (rq_same_file(input, path))
		return true;
	if (input == NULL || rq_vector_file_name(&length, input, &why) != RQ_OK)
		return false;
	snprintf(file, sizeof file, "%.*s", (int)length, input);
	return rq_same_file(file, path);
}

/* Does a path among the options name the file, or, where `of_folders`, a folder that it is in? */
static bool options_read(const struct rq_option *table, const void *options, bool of_folders, const char *path)
{
	for (const struct rq_option *option = table; option != NULL && option->name != NULL; option++) {
		const char *file = NULL;
		if (option->type == RQ_OPTION_PATH)
			memcpy(&file, (const char *)options + option->offset, sizeof file);
		if (is_of(file, path) || (of_folders && rq_folder_holds(file, path)))
			return true;
	}
	return false;
}

/* The folder of a model is read as a whole; a command merely works in its own, which mostly is the config's. */
static bool reads(const struct rq_embedder *embedder, const void *options, const char *path)
{
	return embedder != NULL && options_read(embedder->options, options, embedder->read != NULL || embedder->load != NULL, path);
}

static bool embedder_reads(const struct rq_side_config *side, const char *path)
{
	return reads(side->embedder, side->embedder_options, path) || reads(side->document_embedder, side->document_embedder_options, path);
}

static bool retriever_reads(const struct rq_side_config *side, const char *path)
{
	return side->retriever != NULL && options_read(side->retriever->options, side->retriever_options, false, path);
}

bool rq_config_reads(const struct rq_config *config, const char *path)
{
	const struct rq_dataset_config *dataset = &config->dataset;

	if (rq_same_file(config->path, path) || rq_same_file(dataset->corpus, path) || rq_same_file(dataset->topics, path) || rq_same_file(dataset->qrels, path) ||
	    rq_same_file(config->exact.truth, path) || rq_same_file(config->store, path) || rq_folder_holds(config->baselines, path))
		return true;
	for (int i = 0; i < RQ_SIDES; i++) {
		const struct rq_side_config *side = &config->sides[i];
		if (rq_same_file(side->approved_file, path) || rq_same_file(side->run, path) || rq_same_file(side->corpus, path) ||
		    is_of(side->index.file, path) || rq_same_file(side->index.ids, path) || embedder_reads(side, path) || retriever_reads(side, path))
			return true;
	}
	return false;
}
