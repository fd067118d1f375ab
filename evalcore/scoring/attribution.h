/* Where a difference comes from, and what happened to a topic, in words. Pure: exact values and ranks are handed in. */
#ifndef RQ_SCORING_ATTRIBUTION_H
#define RQ_SCORING_ATTRIBUTION_H

#include "evalcore/model/comparison.h"

/* Splits what result->paired compares into embedding and index, by its `exact` values, and sets judging by its `condensed` ones, over all topics and by
 * slice. `absent`: why there are no exact values, as a clause; NULL: there are. Its texts are borrowed. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_metric_attribute(struct rq_metric_result *result, const char *absent, const struct rq_compared_topic *topics,
                                               size_t topic_count, struct rq_arena *arena, struct rq_error *err);

/* The same of one topic of a metric that was attributed: delta is the topic's difference, embedding and index are NaN where exact search has not answered
 * it. */
struct rq_attribution rq_metric_attribute_topic(const struct rq_metric_result *result, size_t topic);

/* Ranks of a document, from 1; 0: not among what was ranked. */
struct rq_places {
	size_t found, exact;
};

/* The relevant document whose move explains most of a topic's. */
struct rq_move {
	const char *document;
	struct rq_places places[RQ_SIDES];
	bool has_exact;              /* the exact ranks are known on both sides */
	size_t depth;                /* of the rankings; 0: as deep as they are */
	const char *index[RQ_SIDES]; /* what an approximate side searches with: "HNSW32"; "" where it has no short name */
	const char *change;          /* what exact search differs by: "the new embedding"; NULL: by nothing that is known */
	const char *newcomer;        /* the first document that stands above it now and did not; NULL: none */
	const char *newcomer_judged; /* "unjudged", "grade 0"; NULL: nobody has judged anything */
};

/* How much of the topic's gain the document has lost, and of that by exact search: differences of DCG's discount 1 / log2(rank + 1) (Jarvelin & Kekalainen 2002,
 * ACM TOIS 20), which is 0 below the ranking. Negative where it rose. */
double rq_move_lost(const struct rq_move *move);
double rq_move_lost_exactly(const struct rq_move *move); /* 0 where exact ranks are unknown */
/* Does what the index adds to that explain more of it than exact search does? False where exact ranks are unknown. */
bool rq_move_is_of_index(const struct rq_move *move);

/* Appends one clause: "exact search still has doc-17 at 3; HNSW32 misses it", "doc-17 fell from 2 to 41 under the new embedding; now above it: doc-88,
 * unjudged". Told by the larger of the two parts. Nothing where the document did not move. */
void rq_move_tell(struct rq_buf *out, const struct rq_move *move);

#endif
