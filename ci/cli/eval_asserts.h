/* --assert of `rqgate eval`: expressions as gates, what they need measured, their verdict on each run. */
#ifndef RQ_CLI_EVAL_ASSERTS_H
#define RQ_CLI_EVAL_ASSERTS_H

#include "evalcore/scoring/evaluation.h"
#include "gates/gate.h"

/* Reads the expressions and adds their metrics to those that are measured. E_CONFIG; E_USAGE where run files cannot have what is asserted. */
RQ_MUST_USE enum rq_status rq_asserts_parse(struct rq_gates *gates, struct rq_metric_list *metrics, const struct rq_strings *expressions, int level,
                                              struct rq_error *err);
/* The first assertion that compares two runs; NULL: none does. */
const char *rq_asserts_compare(const struct rq_gates *gates);

/* The verdict on each run but, where there are several, the first; NULL there. */
struct rq_asserted {
	const struct rq_verdict **verdicts; /* [run]; NULL: nothing was asserted */
	struct rq_verdict *owned;
	size_t count;
	int exit_code; /* the first of 1 and 2 that some verdict has, else 0 */
};

/* Judges, and has the runs' changes say what the assertions on them say. E_NOMEM; E_UNAVAILABLE where a difference is asserted and the first run lacks
 * topics, so that a drop could not be seen. */
RQ_MUST_USE enum rq_status rq_asserts_judge(struct rq_asserted *asserted, const struct rq_gates *gates, struct rq_evaluation *evaluation, enum rq_profile profile,
                                            struct rq_error *err);
void rq_asserted_release(struct rq_asserted *asserted);

#endif
