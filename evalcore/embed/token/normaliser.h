/* The "normalizer" of a tokenizer.json: what a text goes through before it is cut. BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Precompiled,
 * Replace (of a string, of "\s+" and of " {2,}"), Sequence, Strip and StripAccents; every other one is refused by its name. Source:
 * huggingface/tokenizers, src/normalizers. */
#ifndef RQ_EMBED_TOKEN_NORMALISER_H
#define RQ_EMBED_TOKEN_NORMALISER_H

#include "evalcore/base/json.h"

#include <stdint.h>

/* Read-only once read, and thread-safe then. A zeroed one changes nothing. */
struct rq_normaliser {
	struct rq_normal_step *steps;
	size_t count, capacity;
	struct rq_arena arena; /* of what the steps hold */
};

/* `value` may be NULL or null. E_DATA naming what is not supported; `source` names the file. Release it in either case. */
RQ_MUST_USE enum rq_status rq_normaliser_read(struct rq_normaliser *normaliser, const rq_json *value, const char *source, struct rq_error *err);
void rq_normaliser_release(struct rq_normaliser *normaliser);

/* A text at work: one a thread, zero-initialised, kept from text to text. */
struct rq_normal_text {
	char *data; /* valid UTF-8, not terminated */
	size_t size, capacity;
	char *spare; /* what a step writes to */
	size_t spare_capacity;
	int32_t *points;
	size_t point_capacity;
};

/* Leaves the normalised text in text->data. `bytes` is valid UTF-8. */
RQ_MUST_USE enum rq_status rq_normalise(struct rq_normal_text *text, const struct rq_normaliser *normaliser, const char *bytes, size_t size,
                                        struct rq_error *err);
void rq_normal_text_release(struct rq_normal_text *text);

#endif
