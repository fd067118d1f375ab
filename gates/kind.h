/* What the files of gate kinds share. Private to this room. */
#ifndef RQ_GATES_KIND_H
#define RQ_GATES_KIND_H

#include "gates/gate.h"
#include "gates/words.h"

#define RQ_GATE(name) extern const struct rq_gate_kind rq_gate_kind_##name;
#include "gates/gates.def"
#undef RQ_GATE

bool rq_gate_is_time(const struct rq_gate *gate); /* measured: also a rate */
bool rq_gate_is_rate(const struct rq_gate *gate);
enum rq_unit rq_gate_unit(const struct rq_gate *gate);
/* A gate of any kind, to be read: zeroed, and large enough for every kind's struct. NULL when memory runs out. */
struct rq_gate *rq_gate_new(const char *path, struct rq_arena *arena);
/* Gives the kind's keys the values that they have where nothing is said. */
RQ_MUST_USE enum rq_status rq_gate_standards(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err);
/* Once all keys are there: has the kind read and check the gate, then writes its text. */
RQ_MUST_USE enum rq_status rq_gate_finish(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err);
/* `word(METRIC[slice=x]) <= LIMIT`, for kinds whose limit is no plain number. */
void rq_gate_print(struct rq_buf *out, const struct rq_gate *gate, const char *limit);

/* Refuses an absolute margin outside (0, 1). */
RQ_MUST_USE enum rq_status rq_margin_check(const struct rq_gate *gate, const char *example, struct rq_error *err);

/* Judges one gate, but for what blocks (judge.c). `p`: Holm-adjusted; NaN where the kind has none. */
RQ_MUST_USE enum rq_status rq_gate_judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison,
                                         const char *today, double p, struct rq_arena *arena, struct rq_error *err);
bool rq_gate_blocks(const struct rq_gate_result *result, const struct rq_gate *gate, enum rq_profile profile);

/* Shares (share.c): 0.03 or "3%". */
#define RQ_SHARE_SCHEMA "{\"oneOf\": [{\"type\": \"number\", \"minimum\": 0, \"maximum\": 1}, {\"type\": \"string\", \"pattern\": \"^[0-9.]+%$\"}]}"
bool rq_share_parse(double *share, bool *percent, const char *text, size_t length);
/* Fills the limit: `number` of a grammar. */
bool rq_share_number(struct rq_gate *gate, const char *text, size_t length);
/* A RAW key's value, from 0 to 1. */
RQ_MUST_USE enum rq_status rq_share_read(double *share, bool *percent, const rq_json *value, const char *path, const char *key, struct rq_error *err);
struct rq_shown rq_show_share(double share); /* "3%": as it reads back */

/* Waivers (waiver.c). */
RQ_MUST_USE enum rq_status rq_waiver_read(struct rq_waiver *waiver, const rq_json *object, const char *path, struct rq_arena *arena,
                                          struct rq_error *err);
rq_json *rq_waiver_schema(void);
enum rq_waived rq_waiver_holds(const struct rq_waiver *waiver, const char *today);

/* Floors and ceilings (bound.c). */
struct rq_bound {
	struct rq_gate gate;
	const rq_json *value; /* a number, or a duration for times */
};
RQ_MUST_USE enum rq_status rq_bound_read(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err);
extern const struct rq_option rq_bound_options[];
/* Times, or answers of a rate, without which its bound cannot be had. */
double rq_samples_needed(const struct rq_metric *metric);
RQ_MUST_USE enum rq_status rq_bound_check(const struct rq_gate *gate, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_bound_judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison,
                                          double p_adjusted, struct rq_arena *arena, struct rq_error *err);

/* The figure that a gate is on, and of what: documents, topics, a metric, or NULL, all of them (drift.c). NULL: it is not on drift. */
const char *rq_gate_drift_figure(const char **of, const struct rq_gate *gate);

/* Data of a gate (data.c). A reason is a predicate of the metric: "has no value for the candidate (not measured: the side is a run file)". */
struct rq_gate_data {
	const struct rq_metric_result *metric; /* NULL: not in the comparison */
	/* With a slice: of its topics, in the comparison's order, without those outside a sample. Else NULL until rq_gate_take_topics. */
	double *values[RQ_SIDES];
	const size_t *cluster_of; /* of those topics, where they are in clusters */
	const size_t *topics;     /* which these are */
	size_t count;
	enum rq_side first;  /* the baseline, or the candidate where that is all that is looked at */
	const char *missing; /* why the gate cannot be judged; NULL: it can */
};

/* `has no topic in slice "bilng"; slices are billing, errors`, in the arena; NULL: no memory. */
const char *rq_gate_no_such_slice(const char *slice, const struct rq_comparison *comparison, struct rq_arena *arena);
/* Looks up what a gate needs on the sides from `first` on. Everything that is not a number counts as missing. */
RQ_MUST_USE enum rq_status rq_gate_find_data(struct rq_gate_data *data, const struct rq_gate *gate, const struct rq_comparison *comparison,
                                             enum rq_side first, struct rq_arena *arena, struct rq_error *err);
/* The values of all topics, where it is not a slice that was found; nothing where data are missing. */
RQ_MUST_USE enum rq_status rq_gate_take_topics(struct rq_gate_data *data, const struct rq_comparison *comparison, struct rq_arena *arena,
                                               struct rq_error *err);
/* Compares two values of each of those topics, in clusters where they are. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_gate_pair(struct rq_paired *paired, const double *baseline, const double *candidate, const struct rq_gate_data *data,
                                        const struct rq_comparison *comparison, struct rq_error *err);
/* Widens a comparison of the metric's own values by what they vary from build to build, where indexes are built several times. */
void rq_gate_count_builds(struct rq_paired *paired, const struct rq_gate_data *data);
/* What rq_paired_units counts, in words: "clusters of topics". */
const char *rq_gate_units_name(const struct rq_paired *paired);
/* Fills slice_mean, for people to see. */
void rq_gate_slice_means(struct rq_gate_result *result, const struct rq_comparison *comparison);
/* Fails the gate for want of data. */
enum rq_status rq_gate_absent(struct rq_gate_result *result, const char *missing);
/* Stores a reason that the arena printed; NULL is a failed allocation. */
RQ_MUST_USE enum rq_status rq_gate_reason(struct rq_gate_result *result, const char *reason, struct rq_error *err);

/* Holes (holes.c): documents that nobody has judged. Where the candidate ranks many more of them than the baseline, a difference may be one of
 * judging. */
struct rq_gate_holes {
	double judged[RQ_SIDES]; /* Judged@k over the gate's topics */
	size_t cutoff;           /* k: the metric's, else 10 */
	bool unlike;             /* it fell by more than .05 */
	bool tellable;           /* at least half the gate's topics have a judgment of grade 0 */
	struct rq_paired condensed; /* where unlike and tellable: the differences on lists without unjudged documents */
};
/* How many of a gate's topics have a judgment of grade 0. With fewer than half, holes cannot be told from losses. */
size_t rq_gate_count_grade_0(const struct rq_gate_data *data, const struct rq_comparison *comparison);
bool rq_gate_tells_holes(const struct rq_gate_data *data, const struct rq_comparison *comparison);
/* Of a metric without condensed values nothing is unlike. */
RQ_MUST_USE enum rq_status rq_gate_find_holes(struct rq_gate_holes *holes, const struct rq_gate *gate, const struct rq_comparison *comparison,
                                              struct rq_arena *arena, struct rq_error *err);

/* Fills stability and self_test (self_test.c). */
RQ_MUST_USE enum rq_status rq_gates_judge_self_test(struct rq_verdict *verdict, const struct rq_gates *gates, const struct rq_comparison *comparison,
                                                    const char *today, struct rq_error *err);

/* The sentence of a verdict whose gates, outcome and exit code are known (sentence.c). NULL when memory runs out. */
const char *rq_verdict_sentence(const struct rq_verdict *verdict, const struct rq_comparison *comparison, struct rq_arena *arena);

#endif
