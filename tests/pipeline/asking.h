/* A service that is a function and counts what it is asked, and a side whose texts it embeds. Its vectors are bits of a hash of the text, so that
 * each text can be told by its vector. */
#ifndef RQ_TESTS_PIPELINE_ASKING_H
#define RQ_TESTS_PIPELINE_ASKING_H

#include "lab.h"

#include "evalcore/pipeline/embedding.h"

enum { DIMENSION = 16, BATCH = 4, DOCUMENTS = 12, TOPICS = 3 };

extern struct asking_service {
	const char *fingerprint;
	bool named;          /* the fingerprint is no digest */
	float probe;         /* what its vector of the text that is always the same begins with */
	unsigned identified;
	bool misheard;       /* the first time it says another dimension than its vectors have */
	size_t texts;        /* that it was asked for */
	const char *refused; /* gives up on texts that hold this */
	size_t down_after;   /* breaks down after so many texts; 0: never */
	unsigned retries;    /* further requests that a text takes of which nothing is kept */
	int slow_until;      /* a descriptor from which it reads a byte before each answer; -1: none */
	int release;         /* a descriptor that gets a byte when the run says that it waits; -1: nothing */
} service;

struct service_options {
	const char *url;
};

extern struct asking_lab {
	struct rq_document documents[DOCUMENTS];
	struct rq_topic topics[TOPICS];
	char texts[DOCUMENTS + TOPICS][32], ids[DOCUMENTS + TOPICS][8];
	struct rq_corpus corpus;
	struct rq_topics topic_set;
	struct service_options options;
	struct rq_side_config side;
	struct rq_cache cache;
	struct rq_request_limit limit;
	struct rq_failures failures;
	struct rq_embedding embedding;
	struct rq_error err;
	enum rq_status status;
} lab;

extern unsigned asking_told; /* how often a run said that it waits for another one */

/* A collection of which documents 2 and 3 are the same text and document 4 has none, and a service that is well. */
void asking_build(void);
struct rq_embed_job asking_job(void);
/* Another run, of which the last one's vectors are forgotten. */
void asking_embed(void);
void asking_expect_vectors(void);
void asking_done(void);

#endif
