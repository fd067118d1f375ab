/* A tokenizer.json of Hugging Face's tokenizers: a text's token ids, the same as that library's. Models WordPiece and Unigram; the steps of
 * normaliser.h; the pre-tokenizers BertPreTokenizer, WhitespaceSplit and Metaspace, also as a Sequence; added tokens. A file that asks for anything
 * else is refused with its name, rather than cut in another way. No post-processor is applied: no special tokens are put around a text. Source:
 * huggingface/tokenizers 0.22. */
#ifndef RQ_EMBED_TOKEN_ENCODER_H
#define RQ_EMBED_TOKEN_ENCODER_H

#include "evalcore/embed/token/normaliser.h"
#include "evalcore/embed/token/unigram.h"
#include "evalcore/embed/token/wordpiece.h"

/* Read-only once read, and thread-safe then. */
struct rq_encoder;

/* `json` is the file's text, `source` names it in messages. E_DATA. */
RQ_MUST_USE enum rq_status rq_encoder_read(struct rq_encoder **encoder, const char *json, size_t length, const char *source, struct rq_error *err);
void rq_encoder_free(struct rq_encoder *encoder);

/* Facts of the vocabulary, added tokens included. */
struct rq_vocabulary {
	size_t tokens;         /* distinct */
	uint32_t largest;      /* id */
	uint32_t unknown;      /* id of the model's "unk_token"; RQ_TRIE_NONE: it has none (Unigram has an "unk_id" instead) */
	size_t median_length;  /* characters of a token; of an even number of tokens the mean of the two in the middle, rounded down */
};
struct rq_vocabulary rq_encoder_vocabulary(const struct rq_encoder *encoder);

/* A text at work: one a thread, zero-initialised, kept from text to text. */
struct rq_encoding {
	struct rq_token_ids ids; /* of the last text */
	/* internal */
	struct rq_normal_text text;
	char *spaced; /* Metaspace's */
	size_t spaced_capacity;
	struct rq_unigram_scratch scratch;
};

/* E_DATA where the text is not valid UTF-8. */
RQ_MUST_USE enum rq_status rq_encode(struct rq_encoding *encoding, const struct rq_encoder *encoder, const char *text, size_t length,
                                     struct rq_error *err);
void rq_encoding_release(struct rq_encoding *encoding);

#endif
