/* The inverted index: of each word the documents that hold it and how often. Knows nothing of weights. Internal to evalcore/lexical. */
#ifndef RQ_LEXICAL_POSTINGS_H
#define RQ_LEXICAL_POSTINGS_H

#include "evalcore/base/memory.h"
#include "evalcore/embed/text/features.h"

struct rq_posting {
	uint32_t document, count;
};

struct rq_word_slot {
	uint64_t hash;
	uint32_t word; /* its number plus 1; 0: the slot is free */
};

struct rq_postings {
	struct rq_posting *postings; /* word by word, documents ascending */
	size_t *starts;              /* words + 1: where those of a word begin */
	size_t words;
	uint32_t *lengths;           /* of each document, in tokens */
	size_t documents;
	uint64_t tokens;             /* of all documents */
	struct rq_word_slot *slots;  /* open addressing, a power of two of them */
	size_t slot_count;
	struct rq_arena arena;
};

RQ_MUST_USE enum rq_status rq_postings_build(struct rq_postings *postings, const char *const *texts, size_t n,
                                             const struct rq_feature_options *options, struct rq_progress *progress, struct rq_error *err);
void rq_postings_release(struct rq_postings *postings);

/* The postings of a word by its hash; NULL and 0 where no document holds it. */
const struct rq_posting *rq_postings_find(size_t *count, const struct rq_postings *postings, uint64_t hash);

#endif
