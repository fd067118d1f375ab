/* A text cut into blocks for threads: whole lines, and where asked for, whole topics of a file whose lines are grouped by topic. Whoever wants the next block
 * reads it, and uncompresses it, while the others work on theirs. */
#ifndef RQ_DATASETS_RUN_STREAM_BLOCKS_H
#define RQ_DATASETS_RUN_STREAM_BLOCKS_H

#include "datasets/unpack.h"

#include <pthread.h>
#include <stdint.h>

struct rq_blocks {
	struct rq_unpack *input;
	size_t size;       /* of a block; one that holds no change of topic grows */
	bool whole_topics;
	bool stopped;      /* there are no more */
	uint64_t offset;   /* of what was handed out, past the byte-order mark: where `rest` begins */
	size_t mark;       /* bytes of the byte-order mark */
	/* internal */
	char *rest; /* what was read behind the last block */
	size_t rest_size, rest_capacity;
	bool begun, ended;
	pthread_mutex_t lock;
};

struct rq_block {
	char *data; /* a byte more than `size` may be read */
	size_t size, capacity;
	uint64_t offset; /* of its first byte in the text */
};

/* From where `input` stands, its first byte. */
void rq_blocks_begin(struct rq_blocks *blocks, struct rq_unpack *input, size_t size, bool whole_topics);
void rq_blocks_release(struct rq_blocks *blocks);
/* Any thread, each with a block of its own, zeroed before the first call. An empty block: there are no more. The text ends with a line feed, one that it
 * lacks is added. E_DATA, E_IO, E_NOMEM, E_INTERRUPTED: once, and there are no more then. */
RQ_MUST_USE enum rq_status rq_blocks_next(struct rq_block *block, struct rq_blocks *blocks, struct rq_error *err);
/* No more blocks, for any thread. */
void rq_blocks_stop(struct rq_blocks *blocks);
void rq_block_release(struct rq_block *block);

#endif
