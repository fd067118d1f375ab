/* What the files of gate kinds share. Private to this room. */
#ifndef RQ_GATES_KIND_H
#define RQ_GATES_KIND_H

#include "gates/gate.h"
#include "gates/words.h"

/* The keys of a gate's object while they are read: what needs a second look (a metric's name, a bound whose unit the metric decides) stands beside
 * the gate. */
struct rq_gate_keys {
	struct rq_gate gate; /* first: offsets into it are offsets into the keys */
	const char *metric;
	const rq_json *value;          /* min, max: a number, or a duration for times */
	int kind, level, inconclusive; /* indices of choices */
};

#define RQ_GATE(name) extern const struct rq_gate_kind rq_gate_kind_##name;
#include "gates/gates.def"
#undef RQ_GATE

bool rq_gate_is_time(const struct rq_gate *gate); /* measured: also a rate */
bool rq_gate_is_rate(const struct rq_gate *gate);
enum rq_unit rq_gate_unit(const struct rq_gate *gate);
/* Has the kind check the gate, then writes its text. */
RQ_MUST_USE enum rq_status rq_gate_finish(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err);

/* Floors and ceilings (bound.c). */
extern const struct rq_option rq_bound_options[];
RQ_MUST_USE enum rq_status rq_bound_check(const struct rq_gate *gate, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_bound_judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison,
                                          double p_adjusted, struct rq_arena *arena, struct rq_error *err);

/* Data of a gate (data.c). A reason is a predicate of the metric: "has no value for the candidate (not measured: the side is a run file)". */
struct rq_gate_data {
	const struct rq_metric_result *metric; /* NULL: not in the comparison */
	double *values[RQ_SIDES];              /* with a slice: of its topics, in the comparison's order, without those outside a sample; else NULL */
	size_t count;
	const char *missing; /* why the gate cannot be judged; NULL: it can */
};

/* Looks up what a gate needs on the sides from `first` on. Everything that is not a number counts as missing. */
RQ_MUST_USE enum rq_status rq_gate_find_data(struct rq_gate_data *data, const struct rq_gate *gate, const struct rq_comparison *comparison,
                                             enum rq_side first, struct rq_arena *arena, struct rq_error *err);
/* Fills slice_mean, for people to see. */
void rq_gate_slice_means(struct rq_gate_result *result, const struct rq_comparison *comparison);
/* Fails the gate for want of data. */
enum rq_status rq_gate_absent(struct rq_gate_result *result, const char *missing);
/* Stores a reason that the arena printed; NULL is a failed allocation. */
RQ_MUST_USE enum rq_status rq_gate_reason(struct rq_gate_result *result, const char *reason, struct rq_error *err);

/* The sentence of a verdict whose gates, outcome and exit code are known (sentence.c). NULL when memory runs out. */
const char *rq_verdict_sentence(const struct rq_verdict *verdict, const struct rq_comparison *comparison, struct rq_arena *arena);

#endif
