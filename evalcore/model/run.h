/* What a search returns: per topic a ranking, best first. Score is always higher-is-better (a backend that measures distance negates it). */
#ifndef RQ_MODEL_RUN_H
#define RQ_MODEL_RUN_H

#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"

struct rq_scored_document {
	const char *document; /* borrowed from the corpus's ids, or from the run's arena when read from a file */
	double score;
};

struct rq_ranking {
	const char *topic;
	struct rq_scored_document *documents; /* by score descending, equal scores by id descending (bytes) */
	size_t count;
	bool failed; /* the search itself failed: scores 0 for a candidate, no verdict for a baseline */
};

struct rq_run {
	struct rq_ranking *rankings; /* strcmp order of topic */
	size_t count;
	char sha256[RQ_SHA256_HEX]; /* of the file that it was read from; "" where a search made it */
	struct rq_arena arena;
};

void rq_run_release(struct rq_run *run);
const struct rq_ranking *rq_run_find(const struct rq_run *run, const char *topic); /* NULL: not in the run */
const struct rq_ranking *rq_run_answer(const struct rq_run *run, const char *topic); /* the same; an empty ranking where the run lacks the topic */
size_t rq_run_depth(const struct rq_run *run); /* of its deepest ranking */
/* The same documents in the same order, to the cutoff (0: all of them), where neither search failed, or both. */
bool rq_rankings_alike(const struct rq_ranking *a, const struct rq_ranking *b, size_t cutoff);
/* Puts a ranking into the order above. */
void rq_ranking_sort(struct rq_scored_document *documents, size_t count);
/* qsort comparison of that order. */
int rq_scored_document_compare(const void *a, const void *b);

#endif
