/* The config's "dataset": which files, and how they are read. */
#ifndef RQ_PIPELINE_CONFIG_DATASET_H
#define RQ_PIPELINE_CONFIG_DATASET_H

#include "evalcore/base/options.h"

enum rq_unit { RQ_UNIT_DOCUMENT, RQ_UNIT_PARENT };

struct rq_dataset_config {
	const char *path, *split;            /* a BEIR folder: fills the three below where they are absent */
	const char *corpus, *topics, *qrels; /* corpus and topics NULL: none (both sides are run files) */
	struct rq_strings fields;
	const char *source_field; /* NULL: documents name no source */
	int unit;
	int unknown_judgments; /* 0 fail, 1 warn: judgments of documents or topics that are not there */
	int missing_topics;    /* 0 fail, 1 warn: judged topics that the baseline's run file lacks */
};

/* The section of a config whose paths are relative to `folder`. E_CONFIG. */
RQ_MUST_USE enum rq_status rq_dataset_config_parse(struct rq_dataset_config *dataset, const rq_json *object, const char *folder, struct rq_arena *arena,
                                                   struct rq_error *err);
/* What a command is given: a BEIR folder, a config whose section it takes, or nothing (NULL); then what `given` names instead. Files may be
 * left that nobody named. E_CONFIG, E_IO. */
RQ_MUST_USE enum rq_status rq_dataset_config_open(struct rq_dataset_config *dataset, const char *path, const struct rq_dataset_config *given,
                                                  struct rq_arena *arena, struct rq_error *err);
rq_json *rq_dataset_config_schema(void);

#endif
