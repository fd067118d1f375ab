/* Which document explains what a topic lost or gained, and why: its ranks on both sides, found and exact, are looked up; the words are
 * attribution.h's. */
#ifndef RQ_SCORING_CAUSES_H
#define RQ_SCORING_CAUSES_H

#include "evalcore/base/ids.h"
#include "evalcore/scoring/attribution.h"
#include "evalcore/scoring/judging.h"

/* A topic on both sides. Everything is borrowed. */
struct rq_scene {
	const struct rq_pool_topic *topic;             /* its judgments */
	bool unjudged;                                 /* these only name the documents to look at: nobody has graded them */
	const struct rq_ranking *found[RQ_SIDES];
	const struct rq_ranking *exact[RQ_SIDES];      /* what exact search answers; NULL: not known */
	const struct rq_ids *held[RQ_SIDES];           /* the documents that the sides have; NULL: both have the same */
	int relevant;                                  /* the smallest grade that counts */
	bool gained;                                   /* else lost */
	/* What is the same for all topics: depth, index and change of struct rq_move. */
	struct rq_move frame;
};

enum rq_cause {
	RQ_CAUSE_UNKNOWN, /* exact ranks are not known, and both sides have the document */
	RQ_CAUSE_REMOVED, /* the candidate does not have it */
	RQ_CAUSE_ADDED,   /* the baseline did not */
	RQ_CAUSE_VECTORS, /* exact search differs as much: other vectors, or other documents beside it */
	RQ_CAUSE_INDEX,   /* exact search does not, or less */
	RQ_CAUSES
};

/* The relevant document that lost, or gained, most by its grade and discount. *document NULL in `move`: none moved that way. `hits` are a
 * struct rq_join's, and texts of the move live in the arena. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_scene_explain(struct rq_move *move, enum rq_cause *cause, const struct rq_scene *scene, struct rq_hit *hits,
                                            struct rq_arena *arena, struct rq_error *err);
/* Appends a clause on a move that was found. */
void rq_cause_tell(struct rq_buf *out, const struct rq_move *move, enum rq_cause cause);

#endif
