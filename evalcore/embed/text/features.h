/* A text as counted features: its words (stems) and, where asked for, its bigrams. Shared by the embedders that hash words. */
#ifndef RQ_EMBED_TEXT_FEATURES_H
#define RQ_EMBED_TEXT_FEATURES_H

#include "evalcore/base/progress.h"
#include "evalcore/embed/text/tokens.h"

#include <stdint.h>

/* A feature is a 64-bit hash, of which the lowest bit tells bigrams (1) from words (0). */
struct rq_feature {
	uint64_t hash;
	uint32_t count; /* occurrences in the text */
};

/* Zero-initialise once, read texts one after the other, release. Not thread-safe: one a thread. */
struct rq_features {
	struct rq_feature *items; /* distinct, hash ascending */
	size_t count;
	/* internal */
	uint64_t *hashes;
	size_t hash_count, hash_capacity, items_capacity;
	uint64_t previous;
	bool bigrams, has_previous;
};

static inline bool rq_feature_is_bigram(const struct rq_feature *feature)
{
	return feature->hash & 1;
}

/* Bigrams join words that stand next to each other once stop words are gone. */
RQ_MUST_USE enum rq_status rq_features_read(struct rq_features *features, struct rq_tokenizer *tokenizer, const char *text, bool bigrams,
                                            struct rq_error *err);
void rq_features_release(struct rq_features *features);

/* How texts become features: options of the embedders that hash words. */
struct rq_feature_options {
	const char *language;
	bool stop_words, bigrams;
};

typedef enum rq_status (*rq_features_body)(void *context, size_t i, const struct rq_features *features, struct rq_error *err);

/* Calls body(context, i, features of texts[i], err) once for each text, on all threads, in no order; bodies write to places of their own. Of
 * several failures that of the first text is reported, or Ctrl-C. */
RQ_MUST_USE enum rq_status rq_features_each(const char *const *texts, size_t n, const struct rq_feature_options *options, rq_features_body body,
                                            void *context, struct rq_progress *progress, struct rq_error *err);

/* Seconds a byte of text on one thread (model/cost.h). */
#define RQ_FEATURES_SECONDS 4.5e-8

#endif
