/* A static model as Model2Vec writes it: a row of numbers for each token, of which a text's vector is the mean (Tulkens, van Dongen: Model2Vec, 2024;
 * MinishLab/model2vec and model2vec-rs). Files: model.safetensors, tokenizer.json, and config.json or config_sentence_transformers.json. */
#ifndef RQ_EMBED_STATIC_MODEL_H
#define RQ_EMBED_STATIC_MODEL_H

#include "evalcore/embed/token/encoder.h"
#include "evalcore/model/vectors.h"

/* Read-only once open, and thread-safe then. */
struct rq_static_model {
	struct rq_encoder *encoder;
	struct rq_vectors rows;   /* n x d */
	uint32_t *row_of;         /* [tokens] a token's row; NULL: the token's own id */
	float *weights;           /* [tokens] NULL: 1 */
	bool normalised;          /* means are scaled to length 1 */
	uint32_t unknown;         /* a token that has no part in a mean; RQ_TRIE_NONE: there is none */
	size_t tokens, bytes;     /* of the vocabulary; of the tensor file */
	size_t most;              /* tokens of a text that count; 0: all */
	size_t most_characters;   /* of a text that are looked at: as many as so many tokens of median length have, as upstream has it */
};

/* Is there one? The layouts are those of model2vec and sentence-transformers, the latter also with a
 * folder 0_StaticEmbedding. E_CONFIG where the folder has none of them.
 * *bytes is the size of its tensors. */
RQ_MUST_USE enum rq_status rq_static_model_find(uint64_t *bytes, const char *folder, struct rq_error *err);
/* The folder's files one after the other (tensors, tokenizer, config), then their sizes and `most`, the tokens of a text that count (0: all): four
 * u64. */
RQ_MUST_USE enum rq_status rq_static_model_read(struct rq_buf *model, const char *folder, size_t most, struct rq_error *err);
/* E_DATA; `folder` names the model in messages. Release it in either case. */
RQ_MUST_USE enum rq_status rq_static_model_open(struct rq_static_model *model, const char *bytes, size_t size, const char *folder,
                                                struct rq_error *err);
void rq_static_model_release(struct rq_static_model *model);

/* Writes the mean of a text's tokens to out, d numbers; zeros where it has none. */
RQ_MUST_USE enum rq_status rq_static_model_embed(float *out, const struct rq_static_model *model, struct rq_encoding *encoding, const char *text,
                                                 struct rq_error *err);

#endif
