/* WordPiece: a word is cut from the left into the longest pieces of the vocabulary, those after the first with a prefix ("##"); a word that cannot be
 * is one unknown token (Devlin, Chang, Lee, Toutanova: BERT, NAACL 2019; huggingface/tokenizers, src/models/wordpiece). Knows nothing of files,
 * normalisation or texts. */
#ifndef RQ_EMBED_TOKEN_WORDPIECE_H
#define RQ_EMBED_TOKEN_WORDPIECE_H

#include "evalcore/embed/token/unigram.h"

struct rq_wordpiece {
	struct rq_trie trie; /* of pieces: their ids */
	uint32_t within;     /* the trie's node behind the prefix; RQ_TRIE_NONE: no piece has it */
	uint32_t unknown;
	size_t longest;      /* characters; a longer word is unknown */
};

/* Takes the trie. */
void rq_wordpiece_init(struct rq_wordpiece *wordpiece, struct rq_trie *trie, const char *prefix, uint32_t unknown, size_t longest);
void rq_wordpiece_release(struct rq_wordpiece *wordpiece);

/* Appends the ids of a word of valid UTF-8. */
RQ_MUST_USE enum rq_status rq_wordpiece_encode(struct rq_token_ids *ids, const struct rq_wordpiece *wordpiece, const char *word, size_t length,
                                               struct rq_error *err);

#endif
