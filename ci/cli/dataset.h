/* What the actions of `rqgate dataset` share: how they are told which data set. */
#ifndef RQ_CLI_DATASET_H
#define RQ_CLI_DATASET_H

#include "ci/cli/command.h"
#include "evalcore/pipeline/config_dataset.h"

/* The flags that name a data set, to stand first in an action's options. */
struct rq_dataset_options {
	const char *split, *corpus, *topics, *qrels;
	struct rq_strings fields;
	bool parents;
};

#define RQ_DATASET_FLAGS(type) \
	{"--split", "NAME", RQ_FLAG_STRING, offsetof(type, dataset.split), "which qrels/NAME.tsv of a BEIR folder (default: test)"}, \
	{"--corpus", "FILE", RQ_FLAG_STRING, offsetof(type, dataset.corpus), "the documents, BEIR JSON lines"}, \
	{"--topics", "FILE", RQ_FLAG_STRING, offsetof(type, dataset.topics), "the queries, BEIR JSON lines or id TAB text"}, \
	{"--qrels", "FILE", RQ_FLAG_STRING, offsetof(type, dataset.qrels), "the judgments, BEIR tsv or TREC"}, \
	{"--field", "NAME", RQ_FLAG_LIST, offsetof(type, dataset.fields), "a field of a document to read, repeated for more (default: title, text)"}, \
	{"--parents", NULL, RQ_FLAG_BOOL, offsetof(type, dataset.parents), "judgments name the parents of chunks (\"unit\": \"parent\")"}

/* What the arguments (none, or one folder or config) and the flags name; at least one file. Strings are borrowed or the arena's. */
RQ_MUST_USE enum rq_status rq_dataset_from(struct rq_dataset_config *dataset, const struct rq_dataset_options *options, const struct rq_strings *arguments,
                                           struct rq_arena *arena, struct rq_error *err);

extern const struct rq_command rq_action_dataset_info, rq_action_dataset_check, rq_action_dataset_sample, rq_action_dataset_convert;

#endif
