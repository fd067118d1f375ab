/* Unigram segmentation: the best path through a text by the scores of its pieces, in one pass over bytes (Kudo: Subword regularization, ACL 2018; the
 * search of SentencePiece's EncodeOptimized). Knows nothing of files, normalisation or words. */
#ifndef RQ_EMBED_TOKEN_UNIGRAM_H
#define RQ_EMBED_TOKEN_UNIGRAM_H

#include "evalcore/embed/token/trie.h"

/* Which of two paths to one place counts, and what becomes of characters that no piece covers. */
enum rq_unigram_search {
	/* SentencePiece and Hugging Face's tokenizers: the higher score, of equal ones the longer last piece. A character that is no piece costs 10 more
	 * than the worst piece; neighbouring ones make one unknown token. */
	RQ_UNIGRAM_SENTENCEPIECE,
	/* TensorFlow.js's Universal Sentence Encoder: the score that is no less, of equal ones the shorter last piece; a score of exactly 0 counts as
	 * none yet, also in places that no path has reached. A character that no piece begins with is unknown and costs nothing; so is, on the way back,
	 * one at whose end no piece ends. Neighbouring unknown ids make one. */
	RQ_UNIGRAM_USE,
};

struct rq_unigram_piece {
	const char *text; /* UTF-8, not empty; borrowed while building */
	size_t length;
	double score;     /* finite */
};

/* Read-only once built, and thread-safe then. */
struct rq_unigram {
	struct rq_trie trie; /* of pieces: their ids */
	double *scores;
	uint32_t count, unknown;
	double unknown_score;
	enum rq_unigram_search search;
};

/* Piece i has id i; those below `first` are reserved and never match. Of equal pieces the last counts. `unknown` is an id below `count`. */
RQ_MUST_USE enum rq_status rq_unigram_init(struct rq_unigram *unigram, const struct rq_unigram_piece *pieces, uint32_t count, uint32_t first,
                                           uint32_t unknown, enum rq_unigram_search search, struct rq_error *err);
void rq_unigram_release(struct rq_unigram *unigram);

struct rq_unigram_step {
	double score;    /* of the best path that ends here */
	uint32_t length; /* bytes of its last piece; 0: none ends here */
	uint32_t id;
};

/* One a thread: kept from text to text, zero-initialised, released at the end. */
struct rq_unigram_scratch {
	struct rq_unigram_step *steps; /* a place a byte */
	uint32_t *ends;                /* of the tokens, last first */
	size_t step_capacity, end_capacity;
};

void rq_unigram_scratch_release(struct rq_unigram_scratch *scratch);

struct rq_token_ids {
	uint32_t *items;
	size_t count, capacity;
};

/* Appends the ids of a text of valid UTF-8. E_DATA where it has 4 GiB or more. */
RQ_MUST_USE enum rq_status rq_unigram_encode(struct rq_token_ids *ids, const struct rq_unigram *unigram, struct rq_unigram_scratch *scratch,
                                             const char *text, size_t length, struct rq_error *err);

#endif
