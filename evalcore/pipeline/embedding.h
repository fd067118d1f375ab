/* The embed stage: a side's corpus and the topics become vectors, from the cache where they were embedded before. */
#ifndef RQ_PIPELINE_EMBEDDING_H
#define RQ_PIPELINE_EMBEDDING_H

#include "evalcore/pipeline/cache.h"
#include "evalcore/pipeline/config.h"

/* A text that a service has no vector for. */
struct rq_given_up {
	struct rq_key text;
	const char *reason; /* kept with the failures */
	unsigned attempts;
	double seconds;
};

/* What one embedder of a side did, and where its vectors are kept. */
struct rq_embed_part {
	const struct rq_embedder *embedder;
	size_t dimension;
	struct rq_key fingerprint;      /* of their file in the cache */
	struct rq_key *text_keys;       /* what was looked up in it */
	size_t text_count, text_capacity;
	size_t cached;                  /* of those, texts whose vectors were kept by an earlier run */
	struct rq_given_up *given_up;   /* services; sorted by text */
	size_t given_up_count, given_up_capacity;
	uint64_t cuts_before, cuts;     /* services: how often texts were cut until this run, as the cache knows, and in this run, as far as that is kept */
	struct rq_identity earlier;     /* services: whose vectors an earlier run has kept, where another model answers now; fingerprint "": no other */
	bool unchecked;                 /* nobody was asked who answers: --max-requests */
	struct rq_service_use use;      /* services: what they were asked */
};

enum { RQ_EMBED_PARTS = 2 };

struct rq_embedding {
	struct rq_vectors documents, topics; /* normalised where the similarity is cosine; topics in strcmp order of id; documents.data NULL: not wanted */
	struct rq_corpus present;       /* where documents failed: the others, document i of which is row i of `documents`; its texts are the corpus's. count 0: all are there */
	size_t zero_documents, zero_topics;
	struct rq_key documents_key, topics_key; /* of the numbers themselves */
	char model[33];                 /* fingerprint of the frozen model; "" without one */
	char variant[RQ_VARIANT];       /* of that model; "" where there is one */
	char doubt[256];                /* of a model's files: what the embedder says of them; "" nothing */
	char file_sha256[RQ_SHA256_HEX]; /* of a precomputed vector file; "" without one */
	size_t embedded, cached;        /* texts; one that stands there twice is embedded once */
	struct rq_embed_part parts[RQ_EMBED_PARTS]; /* of the topics and, unless there is a second one, of the documents; of the documents */
	size_t part_count;
	bool *failed_topics;            /* in strcmp order: those that a service gave up on, whose vectors are zeros; NULL: none */
	bool *failed_documents;         /* of the corpus; NULL: none */
	size_t failed_topic_count, failed_document_count;
	struct rq_identity served_by;   /* who embeds the topics, and with them single queries; fingerprint "": no service */
	struct rq_identity documents_served_by; /* the same of the documents, where there is a second embedder */
};

/* A side's work, and what it needs. */
struct rq_embed_job {
	const struct rq_side_config *side;
	const struct rq_corpus *fit_corpus; /* what fitted embedders are fitted on: the baseline's corpus, for both sides, since two fits give bases that
	                                       cannot be compared */
	const struct rq_corpus *corpus;
	const struct rq_topics *topics;
	const struct rq_embedding *before; /* the other side's, in this run: what a service gave up on for it is not asked for again; NULL: none */
	bool without_documents;         /* nobody looks at their vectors: the topics alone are embedded */
	struct rq_cache *cache;
	struct rq_progress *progress;
	struct rq_request_limit *limit; /* of services */
	struct rq_failures *failures;   /* texts that a service gave up on are added */
	size_t max_failed;              /* so many may; a service that gives up on many more of them is not asked on */
	void (*tell)(const char *text); /* see struct rq_pipeline */
};

/* What one embedder would do, found without fitting, asking or embedding anything. Text embedders only. */
struct rq_embed_outlook {
	const struct rq_embedder *embedder;
	bool documents, topics; /* what it embeds */
	bool fits;              /* a model is to be fitted */
	size_t texts, cached, shared; /* shared: of those that are not cached, texts that will be once `before` is embedded, or that stand there twice */
	struct rq_text_volume fitted_on, missing;
	struct rq_embedder_estimate estimate; /* of the fit and of the missing texts, all requests for them included; the dimension is exact unless
	                                         `fits`, 0: only the service knows */
};

/* E_UNAVAILABLE where a service is down or may not be asked further; what came until then is cached. Release it in either case. */
RQ_MUST_USE enum rq_status rq_embed_side(struct rq_embedding *embedding, const struct rq_embed_job *job, struct rq_error *err);
/* Opens the embedder of the topics again, for single texts, with the model that embedded them: `served_by` is who answered, where that is a service.
 * Text embedders only. */
RQ_MUST_USE enum rq_status rq_embedder_reopen(void **state, const struct rq_embed_job *job, const struct rq_identity *served_by,
                                              struct rq_error *err);
/* How many embedders a side has: the documents' may be another one. Part 0 is the topics'. */
size_t rq_embed_part_count(const struct rq_side_config *side);
/* How many of them have something to do. */
size_t rq_embed_part_work(const struct rq_embed_job *job);
/* NULL: this part's vectors are read from files. */
const struct rq_embedder *rq_embed_part_embedder(const struct rq_side_config *side, size_t part);
/* `before`: the documents that the same embedder will have embedded until then, and the topics with them; NULL: nothing. */
RQ_MUST_USE enum rq_status rq_embed_look(struct rq_embed_outlook *outlook, const struct rq_embed_job *job, size_t part,
                                         const struct rq_corpus *before, struct rq_error *err);
/* Do the parts give a text the same vector, and so share its cache entry? */
bool rq_embed_alike(const struct rq_side_config *a, size_t part_of_a, const struct rq_side_config *b, size_t part_of_b);
/* Drops embeddings of texts that neither side has from the files that both used, where they are most of a file: what a corpus that changes leaves
 * behind. */
RQ_MUST_USE enum rq_status rq_embedding_shrink_cache(size_t *dropped, const struct rq_embedding embeddings[RQ_SIDES], struct rq_cache *cache,
                                                     struct rq_error *err);
void rq_embedding_release(struct rq_embedding *embedding);

#endif
