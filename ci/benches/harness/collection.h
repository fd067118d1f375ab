/* Made-up collections for benches: seeded, so that every machine measures the same one. */
#ifndef RQ_BENCHES_COLLECTION_H
#define RQ_BENCHES_COLLECTION_H

#include "evalcore/model/vectors.h"

/* Documents in Gaussian clusters about random directions, and topics near documents, all of length 1. The document that topic t was drawn near is
 * rq_topic_document(t, documents). */
struct rq_shape {
	size_t documents, topics, clusters, d;
};
struct rq_made {
	struct rq_vectors documents, topics;
};
RQ_MUST_USE enum rq_status rq_make_vectors(struct rq_made *made, const struct rq_shape *shape, struct rq_error *err);
void rq_made_release(struct rq_made *made);
size_t rq_topic_document(size_t topic, size_t documents);

/* folder/corpus.jsonl: `documents` documents "d0"... of a title and some 60 made-up words. */
RQ_MUST_USE enum rq_status rq_make_corpus(const char *folder, size_t documents, struct rq_error *err);
/* folder/queries.jsonl and folder/qrels.tsv: topics "t0"..., each with its document judged relevant. */
RQ_MUST_USE enum rq_status rq_make_topics(const char *folder, const struct rq_shape *shape, struct rq_error *err);
/* A float32 .npy file. */
RQ_MUST_USE enum rq_status rq_make_npy(const char *folder, const char *name, const struct rq_vectors *vectors, struct rq_error *err);

#endif
