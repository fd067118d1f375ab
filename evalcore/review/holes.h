/* Holes in the judgments that a comparison hangs on. A document that nobody has judged counts as not relevant, which favours the side that the judgments
 * were made for (Buckley & Voorhees 2004, Retrieval evaluation with incomplete information, SIGIR); so what is worth a person's time are the documents
 * whose judgment would move the difference of the two sides most (Carterette, Allan & Sitaraman 2006, Minimal test collections for retrieval evaluation,
 * SIGIR, weigh documents by just that). */
#ifndef RQ_REVIEW_HOLES_H
#define RQ_REVIEW_HOLES_H

#include "evalcore/model/comparison.h"
#include "evalcore/model/dataset.h"
#include "metrics/metric.h"

struct rq_hole {
	const struct rq_compared_topic *topic;
	const char *document;
	size_t rank[RQ_SIDES]; /* from 1; 0: not in the side's answer */
	double effect;         /* on the mean of candidate - baseline over the topics, were the document alone judged anew, with the grade below */
};

/* Everything is borrowed. */
struct rq_holes_request {
	const struct rq_comparison *comparison; /* with the rankings of both sides */
	const struct rq_qrels *qrels;           /* those of the comparison */
	const struct rq_metric_spec *metric;    /* on judgments, a share: rq_metric_pairs() */
	const char *slice;                      /* the difference is that over its topics; NULL: all */
	int32_t grade;                          /* above 0; 0: the highest in use */
	size_t depth;                           /* documents among the first so many of either side */
	size_t limit;                           /* so many holes at most */
	size_t topics;                          /* of so many topics, those whose holes come first; 0: all */
};

/* Zero-initialise; release in any case. */
struct rq_holes {
	struct rq_hole *items; /* by |effect| descending, equal ones by topic and document, bytes */
	size_t count;
	size_t unjudged;       /* documents of that depth that nobody has judged: a document counts once a topic */
	size_t idle;           /* of those, how many would change nothing */
	size_t scored;         /* topics that the difference is over */
	int32_t grade;
	struct rq_arena arena;
};

/* Computed by the metric itself, for each document anew: exact, and the same digits as those of a run with that judgment. E_DATA where the slice has no
 * topic or the judgments lack a topic of the comparison; E_NOMEM. */
RQ_MUST_USE enum rq_status rq_holes_find(struct rq_holes *holes, const struct rq_holes_request *request, struct rq_error *err);
void rq_holes_release(struct rq_holes *holes);

#endif
