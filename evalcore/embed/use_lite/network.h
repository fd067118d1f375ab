/* Universal Sentence Encoder Lite: two transformer blocks over the pieces of a text, their mean, one layer of tanh (Cer et al.: Universal Sentence
 * Encoder, 2018). Weights are rounded when they are read; what is computed with them is float32. Knows no text. */
#ifndef RQ_EMBED_USE_LITE_NETWORK_H
#define RQ_EMBED_USE_LITE_NETWORK_H

#include "evalcore/embed/use_lite/files.h"
#include "evalcore/embed/use_lite/product.h"

enum {
	RQ_USE_LITE_DIMENSION = 512,
	RQ_USE_LITE_TOKENS = 128, /* of a text, those that count */
	RQ_USE_LITE_BLOCKS = 2,
	RQ_USE_LITE_ROWS = RQ_USE_LITE_TOKENS, /* tokens of all texts that are computed together, at most */
};

struct rq_use_lite_norm {
	const float *scale, *bias; /* width */
};

struct rq_use_lite_map {
	struct rq_panels matrix;
	const float *bias;
};

struct rq_use_lite_block {
	size_t width, head; /* numbers a token when it comes in, and of a head */
	struct rq_use_lite_norm before_attention, before_forward;
	struct rq_use_lite_map projection; /* queries, keys, values side by side */
	struct rq_use_lite_map joined, residual; /* residual.bias NULL: the input as it is */
	struct rq_use_lite_map widen, narrow;
};

/* Read-only once built, and thread-safe then. */
struct rq_use_lite {
	float *numbers; /* all of those below */
	size_t pieces;
	const float *table, *timing; /* pieces x 256; RQ_USE_LITE_TOKENS x 256 */
	struct rq_use_lite_block blocks[RQ_USE_LITE_BLOCKS];
	struct rq_use_lite_map last;
	enum rq_multiplier multiplier;
	size_t bytes; /* that the weights take as they are stored, steps and all */
};

RQ_MUST_USE enum rq_status rq_use_lite_init(struct rq_use_lite *network, const struct rq_use_lite_files *files, struct rq_error *err);
void rq_use_lite_release(struct rq_use_lite *network);

/* What a thread works in: NULL when memory runs out. Free it. */
struct rq_use_lite_room;
struct rq_use_lite_room *rq_use_lite_room_new(void);

struct rq_use_lite_text {
	const uint16_t *ids;
	size_t count; /* 1 to RQ_USE_LITE_TOKENS */
	float *out;   /* RQ_USE_LITE_DIMENSION, of length 1 */
};

/* Texts with at most RQ_USE_LITE_ROWS tokens together. Each vector hangs on its own ids alone, to the last bit. */
void rq_use_lite_run(const struct rq_use_lite *network, const struct rq_use_lite_text *texts, size_t n, struct rq_use_lite_room *room);

/* Of a text with so many tokens. */
double rq_use_lite_operations(size_t tokens);

#endif
