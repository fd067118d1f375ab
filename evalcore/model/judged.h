/* A ranking joined with its judgments, as every metric reads it. Sparse: of what is retrieved few documents are in the qrels, so what lies between
 * those is only counted. Read-only values. */
#ifndef RQ_MODEL_JUDGED_H
#define RQ_MODEL_JUDGED_H

#include <stddef.h>
#include <stdint.h>

/* A retrieved document that is in the qrels. */
struct rq_hit {
	uint32_t rank;     /* from 1 */
	int32_t grade;     /* negative: in the pool but unjudged */
	uint32_t judgment; /* its place among the topic's judgments */
};

/* More than one rank of equal scores with a document of the qrels among them: which of the documents stands where depends on how ids are spelt. The last
 * of a ranking may reach past the ranks that count. */
struct rq_tie {
	uint32_t first, last;
};

struct rq_judged_ranking {
	const struct rq_hit *hits; /* by rank */
	size_t hit_count;
	size_t count;              /* retrieved, or so many of those as count */
	const int32_t *judged;     /* all judged grades >= 0 of the topic, retrieved or not, descending */
	size_t judged_count;
	size_t ideal_count;        /* of those, how many are > 0 */
	const struct rq_tie *ties; /* by rank */
	size_t tie_count;
	size_t past_count;         /* more hits, behind hit_count others: past the ranks that count, where no metric looks */
};

#endif
