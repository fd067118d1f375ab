/* The parts of a plan, internal to evalcore/pipeline: plan.c adds up, plan_vectors.c and plan_side.c ask the stages of one side. */
#ifndef RQ_PIPELINE_PLANNER_H
#define RQ_PIPELINE_PLANNER_H

#include "evalcore/pipeline/plan.h"

struct rq_planned_side {
	const struct rq_embedding *embedding; /* empty: its vectors are not known yet */
	size_t n, d;                          /* of its vectors */
	struct rq_index_estimate index;
	size_t k; /* depth of its search */
	double question; /* bytes that a search elsewhere is sent for a topic */
};

struct rq_planner {
	struct rq_plan *plan;
	struct rq_pipeline *pipeline;
	struct rq_planned_side sides[RQ_SIDES];
	struct rq_embedding unknown;
	double slowness, threads, held; /* held: bytes, by then */
	bool weekly, compares; /* a job of drift, and it has a reference */
	bool unasked;          /* nobody may be asked by the job that is planned */
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

/* Of single topics, searched or embedded one by one within the budget; `seconds` NaN: nobody knows. */
#define RQ_PLAN_TIMED_BLOCK 25 /* untimed, a side */
struct rq_range rq_plan_timed(double seconds, double budget);
RQ_MUST_USE enum rq_status rq_plan_embed_timing(struct rq_planner *planner, struct rq_error *err);

struct rq_text_volume rq_plan_volume_of(const struct rq_corpus *corpus);
struct rq_text_volume rq_plan_volume_of_topics(const struct rq_topics *topics);

/* A side's vectors: read, fitted, embedded; then its index and its answers, or its run file. */
RQ_MUST_USE enum rq_status rq_plan_vectors(struct rq_planner *planner, enum rq_side which, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_plan_answers(struct rq_planner *planner, enum rq_side which, struct rq_error *err);

/* The baseline searched once more, where that is asked for and possible. */
RQ_MUST_USE enum rq_status rq_plan_builds(struct rq_planner *planner, enum rq_side which, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_plan_self_test(struct rq_planner *planner, struct rq_error *err);

/* All of a job of drift between loading and scoring (plan_drift.c). */
RQ_MUST_USE enum rq_status rq_plan_week(struct rq_planner *planner, struct rq_error *err);

#endif
