/* "precompiled_charsmap", the rules that a SentencePiece model is normalised by: a double array over bytes, and the texts that its values lead to
 * (SentencePiece, src/normalizer.cc; huggingface/spm_precompiled, whose oddities are copied: a cluster of characters goes by the shortest rule that
 * it begins with). */
#ifndef RQ_EMBED_TOKEN_CHARSMAP_H
#define RQ_EMBED_TOKEN_CHARSMAP_H

#include "evalcore/base/memory.h"

#include <stdint.h>

/* Read-only once read, and thread-safe then. */
struct rq_charsmap {
	const uint32_t *units; /* in the arena */
	size_t unit_count;
	const char *texts; /* each ends with a NUL */
	size_t size;
};

/* False: it is none. `base64` is what stands in the file. */
RQ_MUST_USE enum rq_status rq_charsmap_read(bool *valid, struct rq_charsmap *charsmap, const char *base64, struct rq_arena *arena,
                                            struct rq_error *err);

/* What the text that begins with the `length` bytes at `text` is replaced by, NUL-terminated; NULL: no rule. */
const char *rq_charsmap_find(const struct rq_charsmap *charsmap, const char *text, size_t length);

#endif
