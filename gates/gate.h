/* Gates: contracts on a comparison, and the verdict they add up to. A gate kind is one file and one row of gates.def. Gates fail closed: an absent
 * metric, an empty set or a failed stage is never a pass. Pure: no files, no printing. */
#ifndef RQ_GATES_GATE_H
#define RQ_GATES_GATE_H

#include "evalcore/base/options.h"
#include "evalcore/model/comparison.h"
#include "evalcore/model/verdict.h"
#include "metrics/metric.h"

/* What an object's keys say before a second look: a metric's name, indices of choices. Of use only while a gate is read. */
struct rq_gate_keys {
	const char *metric;
	const rq_json *waiver;
	int kind, level, inconclusive;
};

/* The keys that all gates have. A kind with keys of its own has a struct that begins with this one. */
struct rq_gate {
	const struct rq_gate_kind *kind;
	struct rq_metric_spec metric; /* metric.metric NULL: about no metric */
	const char *slice;   /* NULL: all topics */
	double limit;        /* the bound, margin, share: what its kind holds against */
	enum rq_level level;
	const char *owner, *runbook;
	int inconclusive;    /* RQ_BY_PROFILE, RQ_INCONCLUSIVE_WARNS, RQ_INCONCLUSIVE_FAILS */
	struct rq_waiver waiver;
	bool is_measured;    /* as its kind's, of a kind that is not always: set by `read` */
	const struct rq_gate_grammar *form; /* of its kind's grammar; NULL: it has none. An object's is the first one unless `read` says otherwise */
	const char *text;    /* in the expression grammar, where the kind has one */
	const char *path;    /* "gates[2]", for messages */
	size_t line;         /* of the config's file; 0: unknown */
	bool standard;       /* the config does not name it: it holds unless the config says otherwise */
	struct rq_gate_keys keys;
};

enum { RQ_BY_PROFILE, RQ_INCONCLUSIVE_WARNS, RQ_INCONCLUSIVE_FAILS };
enum rq_profile { RQ_PROFILE_PR, RQ_PROFILE_RELEASE }; /* pr: an inconclusive verdict warns, unless it is an excused failure; release: it exits 2 */
enum rq_gate_metric { RQ_METRIC_REQUIRED, RQ_METRIC_OPTIONAL, RQ_METRIC_NONE }; /* none: no slice either */

/* `kind(METRIC) <= NUMBER` for people: the word, the way it is bounded, and how the number is read. */
struct rq_gate_grammar {
	const char *word;    /* "drop" */
	bool dotted;         /* the word stands before a dot and no parentheses, "drift.mmd <= 0.001"; without a bound it has that of its argument,
	                      * which also says which form bounds it */
	bool at_least;       /* bounded by >=, else by <= */
	bool compares;       /* needs a baseline, where its kind as such does not */
	const char *bounded; /* why, behind a colon: "a drop is bounded from above" */
	const char *example; /* of the number: "0.03" */
	const char *units;   /* that it may have, where it has some: "B, kB, MB"; NULL: it has none */
	/* What stands between the parentheses, of kinds without a metric: a copy without blanks around it. NULL: the parentheses hold a metric. */
	enum rq_status (*argument)(struct rq_gate *gate, const char *text, struct rq_arena *arena, struct rq_error *err);
	/* Fills the limit; false: not what was expected. NULL: a number. */
	bool (*number)(struct rq_gate *gate, const char *text, size_t length);
	const struct rq_gate_grammar *next; /* another form of the same kind; NULL: none */
};

/* What a verdict counts: topics, or so many equal clusters of them. */
struct rq_units {
	size_t count;
	const char *name; /* "topics", "clusters of topics" */
};

struct rq_gate_kind {
	const char *name;     /* "max_drop" */
	const char *help;     /* one sentence */
	const char *citation; /* where its rule comes from */
	size_t size;          /* of the kind's struct; 0: struct rq_gate is all there is */
	const struct rq_option *options; /* the kind's config keys beside the common ones; offsets into its struct */
	enum rq_gate_metric takes_metric;
	const char *subject;  /* what a gate without a metric is about: "rankings" */
	enum rq_level level;  /* where the config names none; RQ_LEVEL_OFF: error, but warn for measured times */
	unsigned measures;    /* enum rq_measurement: what the pipeline measures for it alone */
	bool is_measured;     /* on what each run measures anew, in a unit that its reason tells: warn, and reported under "run" */
	bool takes_no_slice;
	bool compares;        /* needs a baseline */
	bool needs_rankings;  /* looks at what was retrieved, beside the metric */
	bool paired;          /* has a p: a member of Holm's family when its level is error */
	bool bounds_drop;     /* its PASS excludes a drop of its metric beyond the result's limit */
	/* NULL: the kind is written as an object only; min and max, which have no word, are told by their operator. */
	const struct rq_gate_grammar *grammar;
	/* After the keys: what needs a second look. NULL: nothing does. Of an expression every RAW value is NULL; of an object it is gone afterwards, so
	 * none may be left. */
	enum rq_status (*read)(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err);
	/* Refuses what can never work: a metric without range [0,1] under max_drop, a margin outside (0,1) ... E_CONFIG. NULL: what could be read can
	 * work. */
	enum rq_status (*check)(const struct rq_gate *gate, struct rq_error *err);
	/* Appends the gate's text. NULL: its grammar's. */
	void (*print)(struct rq_buf *out, const struct rq_gate *gate);
	/* How many ranks it looks at, of a kind that looks at rankings by itself. NULL: as many as its metric. */
	size_t (*depth)(const struct rq_gate *gate);
	/* Refuses what the topics do not have, before anything is computed; E_CONFIG. NULL: nothing. */
	enum rq_status (*meet)(const struct rq_gate *gate, const struct rq_comparison *comparison, struct rq_error *err);
	/* Appends a line where so many topics, or clusters of them, can never decide the gate. NULL: they always may. */
	void (*foresee)(struct rq_buf *notes, const struct rq_gate *gate, const struct rq_units *units);
	/* max_drop: the p before Holm; NaN where the data lack. Only for paired kinds. */
	double (*p_value)(const struct rq_gate *gate, const struct rq_comparison *comparison);
	/* Fills outcome, absent, value, limit, lower, upper, topics_to_settle, reason; next_step where the usual one is not what helps. */
	enum rq_status (*judge)(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
	                        struct rq_arena *arena, struct rq_error *err);
};

extern const struct rq_gate_kind *const rq_gate_kinds[]; /* rows of gates.def, NULL-terminated */

struct rq_gates {
	struct rq_gate **gates;
	size_t count;
	struct rq_arena arena;
};

void rq_gates_release(struct rq_gates *gates);

/* The config's "gates": an array of objects and of string expressions. E_CONFIG with the JSON path, for expressions with the column too. */
RQ_MUST_USE enum rq_status rq_gates_parse(struct rq_gates *gates, const rq_json *array, struct rq_error *err);

/* Of those that were just parsed: on which lines they begin. NULL: unknown. */
void rq_gates_place(struct rq_gates *gates, const size_t *lines);

/* One expression: `METRIC OP NUMBER`, `drop(METRIC) <= NUMBER`, `METRIC[slice=x] >= NUMBER`, `latency.p99 <= 50ms`. The gate is the
 * arena's; `path` is for messages. */
RQ_MUST_USE enum rq_status rq_gate_parse_expression(struct rq_gate **gate, const char *text, const char *path, struct rq_arena *arena,
                                                    struct rq_error *err);
/* The same, where a metric that takes rel and does not name it gets `level`. */
RQ_MUST_USE enum rq_status rq_gate_parse_expression_at(struct rq_gate **gate, const char *text, const char *path, int level, struct rq_arena *arena,
                                                       struct rq_error *err);

/* Whether it needs a baseline. */
bool rq_gate_compares(const struct rq_gate *gate);
/* Does the gate compare with an approved baseline beside the baseline? *name NULL: with the one that is pinned. */
bool rq_gate_needs_pinned(const char **name, const struct rq_gate *gate);

/* Leaves the gates that a job of drift judges, those on drift and the bounds and drops of what is found, or those of a run, which are all but the
 * ones on drift. Returns how many are left out. None may be left. */
size_t rq_gates_keep(struct rq_gates *gates, bool drift);
/* Adds the standard gates of a job of drift, causes before what they do: for each figure that was measured and that no gate
 * names, whatever that one's level is, its own limit; and a drop of each metric that has no gate on its drop, by the standard
 * margin. An error are a drop, other vectors, neighbours and answers of the same texts, documents that are gone, and a metric
 * that has fallen; the rest warns. Appends to `notes` where the topics are too few for a drop. */
RQ_MUST_USE enum rq_status rq_gates_standard_drift(struct rq_gates *gates, struct rq_buf *notes, const struct rq_comparison *comparison,
                                                   struct rq_error *err);
/* The metric whose weeks a gate is on; NULL: it is on no series, or on those of all metrics. */
const char *rq_gate_series(const struct rq_gate *gate);
/* Whether a gate's result is about this finding, or among others about it. */
bool rq_gate_is_of_finding(const struct rq_gate_result *result, const struct rq_drift_finding *finding);

/* JSON Schema of the array. */
rq_json *rq_gates_schema(void);

/* Whether one of them is judged on the baseline against itself too: a max_drop at level error. Without one a self-test is for nothing. */
bool rq_gates_test_themselves(const struct rq_gates *gates);

/* Refuses gates that name what the comparison's topics do not have. Of the comparison only the topics need be there. E_CONFIG. */
RQ_MUST_USE enum rq_status rq_gates_meet(const struct rq_gates *gates, const struct rq_comparison *comparison, struct rq_error *err);

/* What can be known before anything is computed: appends one line to `notes` per gate that so many topics, or clusters of them, can never decide
 * ("gates[2]: 52 topics cannot pass a margin of 0.02; the smallest they can decide is 0.07"). Of the comparison only topics and clusters need be
 * there. */
RQ_MUST_USE enum rq_status rq_gates_foresee(const struct rq_gates *gates, const struct rq_comparison *comparison, struct rq_buf *notes,
                                            struct rq_error *err);

/* `today` is a day such as "2026-11-21" (UTC), which waivers are held against. */
RQ_MUST_USE enum rq_status rq_gates_judge(struct rq_verdict *verdict, const struct rq_gates *gates, const struct rq_comparison *comparison,
                                          enum rq_profile profile, const char *today, struct rq_error *err);

/* The run whose report was read back. */
struct rq_rechecked {
	enum rq_profile profile;
	const char *today; /* its day */
	size_t gates;      /* how many it judged */
};

/* Is the outcome of a result that was read back judged again at all, by what the report holds? */
bool rq_gate_is_rechecked(const struct rq_gate_result *result, const struct rq_comparison *comparison);
/* Is a result that was read back what the gate makes of the comparison that was read with it? `why`: what it is not, as a clause in the arena; NULL:
 * nothing is found. The gate's own words are held against it always; its numbers and its outcome where its kind is judged from what a report holds:
 * floors and ceilings, and drops. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_gate_recheck(const char **why, const struct rq_gate_result *result, const struct rq_gate *gate,
                                           const struct rq_comparison *comparison, const struct rq_rechecked *run, struct rq_arena *arena,
                                           struct rq_error *err);

#endif
