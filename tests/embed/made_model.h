/* A model of the shape of Universal Sentence Encoder Lite with seeded random weights, and the network written down once more, slowly and in
 * double. */
#ifndef RQ_TESTS_EMBED_MADE_MODEL_H
#define RQ_TESTS_EMBED_MADE_MODEL_H

#include "evalcore/base/memory.h"

#include <stdint.h>

enum { MADE_PIECES = 40 };

/* model.json and vocab.json of it, and the weights. The pieces are the reserved ones, the mark of a blank, letters and some pairs. */
struct made_model {
	struct rq_buf manifest, vocabulary, weights;
};
struct made_model made_model(uint64_t seed);
void made_model_release(struct made_model *model);
/* As rq_use_lite_read() puts them together. */
struct rq_buf made_model_bytes(const struct made_model *model, uint64_t precision);

/* The vector of these ids, 1 to 128 of them, with the weights as they are. */
void slow_use_lite(double out[512], const struct made_model *model, const uint16_t *ids, size_t count);

#endif
