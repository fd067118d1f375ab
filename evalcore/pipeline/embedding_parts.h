/* The parts of the embed stage, internal to evalcore/pipeline/embedding*.c: the embedders of a side, their models, and lists of texts. */
#ifndef RQ_PIPELINE_EMBEDDING_PARTS_H
#define RQ_PIPELINE_EMBEDDING_PARTS_H

#include "evalcore/pipeline/embedding.h"
#include "evalcore/pipeline/text_cache.h"

/* One embedder as a side uses it. */
struct rq_embedder_use {
	const struct rq_embedder *embedder;
	const char *name; /* key of "embedders" */
	const void *options;
	const char *text; /* its options for cache keys */
	bool documents, topics; /* what it embeds */
};

struct rq_embedder_use rq_embedder_use_of(const struct rq_side_config *side, size_t part);

/* ---- embedding_model.c: what the vectors of a text hang on ---- */

void rq_embedder_key(struct rq_key *key, const struct rq_embedder_use *use);
/* Where the vectors of a model's texts are kept, and each of them within. */
struct rq_key rq_model_key(const struct rq_embedder_use *use, const struct rq_buf *model);
struct rq_key rq_served_key(const struct rq_embedder_use *use, const struct rq_identity *identity);
struct rq_key rq_text_key(enum rq_role role, const char *text);

/* The model, where there is nothing to fit: none is needed, or it is in the cache or in the file that the options name. `key` is the cache's. */
RQ_MUST_USE enum rq_status rq_model_find(struct rq_buf *model, bool *known, struct rq_key *key, const struct rq_embedder_use *use,
                                         const struct rq_corpus *corpus, struct rq_cache *cache, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_model_fit(struct rq_buf *model, const struct rq_embedder_use *use, const struct rq_embed_job *job,
                                        struct rq_error *err);

/* Embedders with this key are the same one, asked at the same place. */
struct rq_key rq_identity_key(const struct rq_embedder_use *use);
/* Who answered last, as an earlier run has kept it. */
bool rq_identity_recall(struct rq_identity *identity, const struct rq_embedder_use *use, struct rq_cache *cache);
/* Are the vectors of one those of the other? */
bool rq_identity_is_same(const struct rq_identity *a, const struct rq_identity *b);
/* Fills in the pipeline's members, of an answer that was just heard. `last`: what was recalled, or NULL. */
void rq_identity_mark(struct rq_identity *identity, const struct rq_embedder_use *use, const struct rq_identity *last);
void rq_identity_keep(const struct rq_identity *identity, const struct rq_embedder_use *use, struct rq_cache *cache);

/* How often the model with this key has cut texts whose vectors are in the cache; 0: never, as far as it tells. */
uint64_t rq_cuts_recall(const struct rq_key *served, struct rq_cache *cache);
void rq_cuts_keep(uint64_t cuts, const struct rq_key *served, struct rq_cache *cache);

/* ---- embedding_texts.c: the texts of one role, of which each is embedded once ---- */

struct rq_text_list {
	enum rq_role role;
	size_t count;
	const char **texts;
	struct rq_key *keys;
	struct rq_vectors *out;
	size_t *same;    /* [count] the next row with this text, or `count` */
	size_t *missing; /* rows whose texts are to be embedded, of each text the first */
	bool *taken;     /* [missing_count] there by now, or given up on */
	size_t missing_count, left, arrived, kept_count; /* kept: rows whose vectors were in the cache */
	size_t passed_over; /* texts that were missing and are given up on without asking */
};

/* Takes the texts from the job and makes room for their vectors. Release it in either case. */
RQ_MUST_USE enum rq_status rq_text_list_init(struct rq_text_list *list, struct rq_vectors *out, const struct rq_embed_job *job, enum rq_role role,
                                             size_t dimension, struct rq_error *err);
void rq_text_list_release(struct rq_text_list *list);
/* Copies what is cached and lists the rest. A blank text has nothing to say to a service: its vector is zeros where `blanks` is false. */
RQ_MUST_USE enum rq_status rq_text_list_find(struct rq_text_list *list, const struct rq_text_cache *cached, bool blanks, struct rq_error *err);
bool rq_text_is_blank(const char *text);
/* The vector of missing[number]; NULL: zeros. */
void rq_text_list_take(struct rq_text_list *list, size_t number, const float *vector);

/* Takes those that are taken by now from the missing ones. */
void rq_text_list_pass_over(struct rq_text_list *list);

/* ---- one embedder at work ---- */

struct rq_part_work {
	const struct rq_embed_job *job;
	struct rq_embedder_use use;
	struct rq_embedding *embedding;
	struct rq_embed_part *part;
	void *state;
	struct rq_text_cache cached;
	struct rq_text_list lists[2];
	size_t list_count;
};

/* Opens the cache of part->fingerprint and finds what is there of both roles. Release the work in either case. */
RQ_MUST_USE enum rq_status rq_part_find(struct rq_part_work *work, struct rq_error *err);
size_t rq_part_left(const struct rq_part_work *work);
/* Counts and keys, once everything is there. */
RQ_MUST_USE enum rq_status rq_part_finish(struct rq_part_work *work, struct rq_error *err);
void rq_part_release(struct rq_part_work *work);

/* embedding_service.c: what an embedder that asks elsewhere has to do with it. */
RQ_MUST_USE enum rq_status rq_embed_asking(struct rq_part_work *work, struct rq_error *err);

#endif
