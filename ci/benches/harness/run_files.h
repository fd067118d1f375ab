/* Made-up run files in TREC's six columns, and judgments for them: seeded, the same on every machine. */
#ifndef RQ_BENCHES_RUN_FILES_H
#define RQ_BENCHES_RUN_FILES_H

#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct rq_run_shape {
	size_t topics, documents; /* documents of each topic, best first, scores strictly descending */
	bool shuffled;            /* the same lines in random order */
};

/* folder/name: ids as MS MARCO's passages have them (topics up to 1.1 million, documents up to 8.8 million), scores of six decimals. */
RQ_MUST_USE enum rq_status rq_make_run(const char *folder, const char *name, const struct rq_run_shape *shape, struct rq_error *err);
/* folder/name: for each topic one relevant document, which most of its rankings hold. */
RQ_MUST_USE enum rq_status rq_make_qrels(const char *folder, const char *name, const struct rq_run_shape *shape, struct rq_error *err);

#endif
