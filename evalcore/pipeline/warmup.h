/* Cold against warm: a side's index is opened anew, and asked the topics round after round until it answers as fast as it will. */
#ifndef RQ_PIPELINE_WARMUP_H
#define RQ_PIPELINE_WARMUP_H

#include "evalcore/model/warm.h"
#include "evalcore/pipeline/pipeline.h"

struct rq_warmup_options {
	enum rq_side side;
	size_t rounds;    /* at most so many; 0: RQ_WARMUP_ROUNDS */
	bool drop_caches; /* let go of the whole page cache first, where that is allowed; else of the index file's pages alone */
	uint64_t (*now)(void *context); /* nanoseconds; NULL: the machine's clock */
	void *context;
};

enum { RQ_WARMUP_ROUNDS = 30, RQ_WARMUP_QUERIES = 200 /* of a round at least: topics are cycled */ };

/* Once the dataset is loaded (rq_pipeline_load): embeds what it takes, and measures into `warm`, whose texts and rounds live in the comparison's arena.
 * A side without an index that is opened is absent in it. An index that is built here and not cached yet is built first. */
RQ_MUST_USE enum rq_status rq_warmup_run(struct rq_warm *warm, struct rq_pipeline *pipeline, const struct rq_warmup_options *options,
                                         struct rq_error *err);

#endif
