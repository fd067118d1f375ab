/* What happened to the documents of a topic, a sentence each. Private to this room. */
#ifndef RQ_REVIEW_MOVES_H
#define RQ_REVIEW_MOVES_H

#include "evalcore/review/explain.h"

/* Fills moves of an explanation whose documents and rankings stand. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_tell_moves(struct rq_explanation *explanation, const struct rq_comparison *comparison, struct rq_error *err);

#endif
