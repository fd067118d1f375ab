/* The parts of a plan, internal to evalcore/pipeline: plan.c adds up, plan_vectors.c and plan_side.c ask the stages of one side. */
#ifndef RQ_PIPELINE_PLANNER_H
#define RQ_PIPELINE_PLANNER_H

#include "evalcore/pipeline/plan.h"

struct rq_planned_side {
	const struct rq_embedding *embedding; /* empty: its vectors are not known yet */
	size_t n, d;                          /* of its vectors */
	struct rq_index_estimate index;
	size_t k; /* depth of its search */
};

struct rq_planner {
	struct rq_plan *plan;
	struct rq_pipeline *pipeline;
	struct rq_planned_side sides[RQ_SIDES];
	struct rq_embedding unknown;
	double slowness, threads, held; /* held: bytes, by then */
};

#define RQ_PLAN_NEIGHBOUR_BYTES 12.0 /* row and score */
#define RQ_PLAN_READ_SECONDS 2e-9     /* a byte: read, hashed, copied */

bool rq_planned_is_known(const struct rq_planned_side *side);
enum rq_plan_state rq_plan_state_of(bool cached, bool shared);
double rq_plan_since(uint64_t started_ns);
/* The range around an estimate. */
struct rq_range rq_plan_around(double seconds);

/* A stage that costs nothing yet. `what` NULL: no memory. */
RQ_MUST_USE enum rq_status rq_plan_add_stage(struct rq_plan_stage **stage, struct rq_planner *planner, const char *side, const char *name,
                                             enum rq_plan_state state, const char *what, struct rq_error *err);
void rq_plan_add_cost(struct rq_plan_stage *stage, struct rq_planner *planner, const struct rq_cost *cost);
RQ_MUST_USE enum rq_status rq_plan_warn(struct rq_planner *planner, const char *text, struct rq_error *err);

/* Searches by words: seconds of one; a stage of building their index and searching to depth k. */
double rq_plan_words_query(const struct rq_planner *planner, const struct rq_corpus *corpus);
void rq_plan_add_words(struct rq_plan_stage *stage, struct rq_planner *planner, const struct rq_corpus *corpus, bool builds, bool searches, size_t k);

/* A side's vectors: read, fitted, embedded; then its index and its answers, or its run file. */
RQ_MUST_USE enum rq_status rq_plan_vectors(struct rq_planner *planner, enum rq_side which, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_plan_answers(struct rq_planner *planner, enum rq_side which, struct rq_error *err);

#endif
