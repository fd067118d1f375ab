/* What the gates say. */
#ifndef RQ_MODEL_VERDICT_H
#define RQ_MODEL_VERDICT_H

#include "evalcore/base/memory.h"

#include <stdbool.h>

enum rq_outcome { RQ_PASS, RQ_FAIL, RQ_INCONCLUSIVE };
enum rq_level { RQ_LEVEL_OFF, RQ_LEVEL_WARN, RQ_LEVEL_ERROR };

const char *rq_outcome_name(enum rq_outcome outcome); /* "pass", "fail", "inconclusive" */

/* Accepted for a while: judged and told, but not blocking. */
struct rq_waiver {
	const char *reason, *by, *until; /* until: "2026-12-31", the last day, UTC; NULL: no waiver */
};

enum rq_waived { RQ_NOT_WAIVED, RQ_WAIVED, RQ_WAIVER_EXPIRED };

struct rq_gate_result {
	const char *text;    /* the contract in the expression grammar: "drop(nDCG@10) <= 0.03" */
	const char *kind;
	const char *word;    /* before the metric in the text: "drop"; NULL: none */
	const char *metric;  /* or what else it is about: "rankings" */
	const char *slice, *owner, *runbook; /* NULL: none */
	enum rq_level level;
	size_t line;         /* of the config's file, on which it begins; 0: unknown */
	bool standard;       /* the config does not name it: it holds unless the config says otherwise */
	enum rq_outcome outcome;
	bool absent;         /* it lacks its data: counts as failed, whatever the outcome rule says */
	bool is_time;        /* on what each run measures anew, times above all: reported under "run" */
	bool is_rate;        /* on one that is told as how many a second */
	bool bounds_drop;    /* that it passes excludes a drop of its metric beyond `limit` */
	bool doubtful;       /* it passed, and its reason says why that may mean little */
	bool excused;        /* inconclusive, and was a failure: it blocks in every profile */
	bool blocks;         /* this result makes the exit code 1 or 2 */
	enum rq_waived waived; /* by `waiver`: told, and blocks only where that has expired */
	struct rq_waiver waiver;
	double value, limit; /* what was compared: the candidate's value or the difference, and the bound or margin; NaN where absent */
	double lower, upper; /* bounds of value; NaN: none */
	double slice_mean[2]; /* of a gate on a slice: baseline and candidate over its topics; NaN: not measured */
	const char *shown[2]; /* baseline and candidate in words, of a kind without a metric whose value is no plain number: "1.2 GB"; NULL: nothing */
	double p;            /* Holm-adjusted; NaN where the kind has no p */
	size_t units;        /* topics, or clusters of them, that a drop was judged on; 0: of another kind, or absent */
	size_t topics_to_settle; /* inconclusive paired gates; 0: unknown */
	const char *reason;  /* one clause: "L = -0.012 > -0.030", "240 topics would settle it" */
	const char *next_step; /* what to do about it, as an imperative; NULL: what is usual for its metric */
};

/* What the gates on drops say of the baseline against itself. Unstable: a verdict would be chance, so a pass becomes inconclusive. */
enum rq_stability { RQ_STABILITY_UNKNOWN, RQ_STABLE, RQ_UNSTABLE, RQ_NOT_ASSESSABLE };

const char *rq_stability_name(enum rq_stability stability); /* "unknown", "stable", "unstable", "not assessable" */

struct rq_verdict {
	enum rq_outcome outcome;
	enum rq_outcome outcome_untimed; /* of the gates that are not on measured times: the same for the same inputs */
	int exit_code;       /* 0, 1 or 2 */
	const char *sentence; /* one sentence for people */
	enum rq_stability stability; /* of the self-test */
	const char *self_test; /* what it found, or why it was not made, as a clause */
	struct rq_gate_result *gates; /* in the config's order; level off left out */
	size_t count;
	struct rq_arena arena;
};

/* Fills outcomes and exit code: what follows from the gates, the stability and the profile. */
void rq_verdict_add_up(struct rq_verdict *verdict, bool is_release);
/* False: it passed, is waived, or only warns. A failure that may block does; a doubt where the gate or the profile says so. */
bool rq_gate_may_block(const struct rq_gate_result *gate);
void rq_verdict_release(struct rq_verdict *verdict);

#endif
