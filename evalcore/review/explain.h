/* One topic of a comparison laid open: what both sides have ranked, how that is judged, where exact search has it, and what moved. */
#ifndef RQ_REVIEW_EXPLAIN_H
#define RQ_REVIEW_EXPLAIN_H

#include "evalcore/model/comparison.h"
#include "evalcore/model/dataset.h"

/* Everything is borrowed. */
struct rq_explain_request {
	const struct rq_comparison *comparison; /* with the rankings of both sides */
	const char *topic;                      /* its id */
	size_t depth;                           /* ranks that are shown */
	const struct rq_qrels *qrels;           /* those of the comparison; NULL: not at hand */
	const struct rq_corpus *corpora;        /* where texts are looked for, in this order */
	size_t corpus_count;
	const struct rq_corpus *of[RQ_SIDES];   /* where each side has a corpus of its own, that one; NULL: both have the same, or it is not at hand */
	bool parents;                           /* rankings name what documents are chunks of */
};

struct rq_explained_document {
	const char *id, *text;  /* text NULL: not at hand */
	bool judged;
	int32_t grade;          /* where judged; 0 and more */
	size_t rank[RQ_SIDES];  /* from 1; 0: not in the side's answer */
	size_t exact[RQ_SIDES]; /* the same in that of exact search, where measured */
	double score[RQ_SIDES]; /* NaN where rank is 0 */
	bool is_outside[RQ_SIDES]; /* of the side's own corpus */
};

#define RQ_NOT_COMPARED_TOPIC SIZE_MAX

/* Zero-initialise; release in any case. */
struct rq_explanation {
	const char *topic, *text, *slice; /* text "" where it is not known; slice NULL: none */
	size_t place;                     /* in comparison->topics; RQ_NOT_COMPARED_TOPIC: ranked, but outside every mean */
	size_t depth;
	bool judged;                      /* judgments were at hand */
	bool measured[RQ_SIDES];          /* exact search of this topic */
	size_t answered[RQ_SIDES];        /* documents in the side's answer */
	/* All that stand among the first `depth` of a side, and all that are relevant; by the better of both ranks, those that neither has last. */
	struct rq_explained_document *documents;
	size_t count;
	const size_t *ranked[RQ_SIDES]; /* [min(depth, answered)] places in documents, by rank */
	/* A sentence for each relevant document that moved and stands among the first `depth` of a side, or for each document where nothing is known of
	 * judgments: from where to where, what exact search says of it, what is above it now. */
	const char **moves;
	size_t move_count;
	bool unknown_corpora;           /* the sides have corpora of their own that are not both at hand: who lacks a document may never have had it */
	bool alike;                     /* the first `depth` of both sides are the same */
	struct rq_arena arena;
};

/* E_USAGE for a topic that the comparison and the rankings do not have, with the nearest that they have; E_NOMEM. */
RQ_MUST_USE enum rq_status rq_explain(struct rq_explanation *explanation, const struct rq_explain_request *request, struct rq_error *err);
void rq_explanation_release(struct rq_explanation *explanation);

#endif
