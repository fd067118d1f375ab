/* What a tokenizer.json holds, internal to encoder.c, which cuts texts, and encoder_read.c, which reads the file. */
#ifndef RQ_EMBED_TOKEN_ENCODER_PARTS_H
#define RQ_EMBED_TOKEN_ENCODER_PARTS_H

#include "evalcore/embed/token/encoder.h"

enum rq_splitter_kind { RQ_SPLIT_BERT, RQ_SPLIT_SPACE, RQ_SPLIT_METASPACE };

/* A pre-tokenizer. */
struct rq_splitter {
	enum rq_splitter_kind kind;
	/* Metaspace: */
	char replacement[5]; /* of a blank; one character */
	size_t replacement_size;
	bool prepends, splits;
};

struct rq_added_token {
	const char *content;
	size_t size;
	uint32_t id;
	bool single_word, lstrip, rstrip;
};

/* Tokens that are found in a text before it is cut. */
struct rq_added_tokens {
	struct rq_added_token *items;
	size_t count;
	struct rq_trie trie; /* of contents: places in items; units NULL: none */
	bool begins[256];    /* first bytes */
};

enum { RQ_SPLITTERS_MAX = 4 };

struct rq_encoder {
	struct rq_added_tokens as_is, normalised; /* looked for before and after normalisation */
	struct rq_normaliser normaliser;
	struct rq_splitter splitters[RQ_SPLITTERS_MAX];
	size_t splitter_count;
	struct rq_wordpiece wordpiece; /* the model is the one of the two that has a trie */
	struct rq_unigram unigram;
	size_t most; /* ids of a text; 0: as many as there are */
	struct rq_vocabulary vocabulary;
	struct rq_arena arena;
};

#endif
