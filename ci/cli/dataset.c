/* rqgate dataset: looks at, checks, samples and converts data sets. An action is a file dataset_ACTION.c and a row below. */
#include "ci/cli/dataset.h"

#include "evalcore/base/file.h"

static const struct rq_command *const actions[] = {
	&rq_action_dataset_info,
	&rq_action_dataset_check,
	&rq_action_dataset_sample,
	&rq_action_dataset_convert,
	NULL,
};

const struct rq_command rq_command_dataset = {
	.name = "dataset",
	.summary = "describe, check, sample or convert a data set",
	.help = "Answers what is in a data set, what is wrong with it, and makes a smaller one or another format of it.",
	.actions = actions,
};

enum rq_status rq_dataset_from(struct rq_dataset_config *dataset, const struct rq_dataset_options *options, const struct rq_strings *arguments,
                               struct rq_arena *arena, struct rq_error *err)
{
	struct rq_dataset_config given = {.split = options->split, .corpus = options->corpus, .topics = options->topics, .qrels = options->qrels,
	                                  .fields = options->fields, .unit = options->parents ? RQ_UNIT_PARENT : RQ_UNIT_DOCUMENT};
	bool files = given.corpus != NULL || given.topics != NULL || given.qrels != NULL;
	/* Without an argument the folder one stands in, unless files are named. */
	const char *path = arguments->count > 0 ? arguments->items[0] : files ? NULL : ".";

	if (path != NULL && !rq_file_exists(path))
		return rq_fail(err, RQ_E_IO, "\"%s\": is not there; expected a BEIR folder or a config, or --corpus, --topics and --qrels", path);
	return rq_dataset_config_open(dataset, path, &given, arena, err);
}
