/* The embed stage: a side's corpus and the topics become vectors, from the cache where they were embedded before. */
#ifndef RQ_PIPELINE_EMBEDDING_H
#define RQ_PIPELINE_EMBEDDING_H

#include "evalcore/pipeline/cache.h"
#include "evalcore/pipeline/config.h"

struct rq_embedding {
	struct rq_vectors documents, topics; /* normalised where the similarity is cosine; topics in strcmp order of id */
	size_t zero_documents, zero_topics;
	struct rq_key documents_key, topics_key; /* of the numbers themselves */
	char model[33];                 /* fingerprint of the frozen model; "" without one */
	char file_sha256[RQ_SHA256_HEX]; /* of a precomputed vector file; "" without one */
	size_t embedded, cached;        /* texts */
	struct rq_key fingerprint;      /* of their file in the cache */
	struct rq_key *text_keys;       /* what was looked up in it */
	size_t text_count, text_capacity;
	bool *failed_topics;            /* in strcmp order: those that a service gave up on, whose vectors are zeros; NULL: none */
	size_t failed_topic_count, failed_documents;
	struct rq_identity served_by;   /* who embeds the topics, and with them single queries; fingerprint "": no service */
};

/* What rq_embed_side would do, found without fitting or embedding anything. Text embedders only. */
struct rq_embed_outlook {
	bool fits;      /* a model is to be fitted */
	size_t texts, cached, shared; /* shared: of those that are not cached, texts that will be once `before` is embedded */
	struct rq_text_volume fitted_on, missing;
	struct rq_embedder_estimate estimate; /* of the fit and of the missing texts; the dimension is exact unless `fits` */
};

/* `fit_corpus` is what fitted embedders are fitted on: the baseline's corpus, for both sides, since two fits give bases that cannot be compared. */
RQ_MUST_USE enum rq_status rq_embed_side(struct rq_embedding *embedding, const struct rq_side_config *side, const struct rq_corpus *fit_corpus, const struct rq_corpus *corpus,
                                         const struct rq_topics *topics, struct rq_cache *cache, struct rq_progress *progress, struct rq_error *err);
/* `before`: what the same embedder will have embedded until then, topics included; NULL: nothing. */
RQ_MUST_USE enum rq_status rq_embed_look(struct rq_embed_outlook *outlook, const struct rq_side_config *side, const struct rq_corpus *fit_corpus, const struct rq_corpus *corpus,
                                         const struct rq_topics *topics, const struct rq_corpus *before, struct rq_cache *cache, struct rq_error *err);
/* Do both sides' embedders give a text the same vector, and so share its cache entry? */
bool rq_embed_alike(const struct rq_side_config *a, const struct rq_side_config *b);
/* Drops embeddings of texts that neither side has from the files that both used, where they are most of a file: what a corpus that changes leaves behind. */
RQ_MUST_USE enum rq_status rq_embedding_shrink_cache(size_t *dropped, const struct rq_embedding embeddings[RQ_SIDES], struct rq_cache *cache, struct rq_error *err);
void rq_embedding_release(struct rq_embedding *embedding);

#endif
