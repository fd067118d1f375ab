/* Several runs on the same judgments: denominators, means, the comparison of each further run with the first, slices, and what is worth a remark. The value
 * that `rqgate eval` judges and prints; nothing here knows a format. */
#ifndef RQ_SCORING_EVALUATION_H
#define RQ_SCORING_EVALUATION_H

#include "datasets/load.h"
#include "evalcore/model/comparison.h"
#include "evalcore/model/verdict.h"
#include "evalcore/scoring/scores.h"

/* Which topics a mean is over. Without any: all judged ones, those that a run lacks scored as empty rankings. */
struct rq_denominator {
	bool intersection;     /* those that every run has */
	bool each_its_own;     /* with intersection: those that the run itself has, and no comparison */
	bool skip_no_relevant; /* without those that have no document of grade `level` or more */
	int level;
};

/* What happened to a metric from the first run to another, at a margin. */
enum rq_change {
	RQ_NOT_COMPARED,
	RQ_UNCHANGED,     /* the same rankings */
	RQ_IMPROVED,      /* the interval lies above 0 */
	RQ_WITHIN_MARGIN, /* a drop as large as the margin is ruled out */
	RQ_REGRESSED,     /* a drop is shown, of half the margin at least */
	RQ_UNDECIDED,
};

const char *rq_change_name(enum rq_change change); /* "", "no change", "improved", "within margin", "regressed", "undecided" */

/* At the smallest margin that the topics can decide, until a gate has judged the metric: then what that found. */
struct rq_judged_change {
	enum rq_change change;
	double margin;
	double p; /* that it is worse, adjusted by Holm over the metrics, or over the gates; NaN where not compared */
};

enum rq_change rq_change_of(const struct rq_paired *paired, enum rq_outcome outcome);

/* The topics of one slice, as the comparison has the whole. */
struct rq_slice_result {
	const char *slice;
	size_t topics;
	struct rq_metric_result *metrics; /* as the comparison's */
};

struct rq_evaluated_run {
	struct rq_scores scores;
	const uint32_t *topics; /* of the pool, ascending: the denominator */
	size_t topic_count;
	size_t unanswered;      /* of those, how many the run lacks */
	struct rq_comparison comparison; /* the first run against this one; the first's own has no baseline */
	struct rq_judged_change *changes; /* [metric] */
	struct rq_over_ties *over_ties;   /* [metric] averages; NULL: not asked for */
	struct rq_slice_result *slices;   /* [slice_count] */
};

#define RQ_ALL_RUNS SIZE_MAX

/* A count that is worth a line, with what to do about it. */
struct rq_diagnostic {
	const char *name;  /* "topics_missing" */
	size_t run;        /* RQ_ALL_RUNS: all of them */
	size_t count;
	bool warning;
	const char *text;
};

struct rq_evaluation {
	/* Set before rq_evaluate() is called; borrowed. */
	const struct rq_scoring *scoring;
	struct rq_denominator denominator;
	const char *const *topic_slices;  /* [topic of the pool], NULL within: none; NULL: no slices */
	size_t look_cutoff;               /* the cutoff at which unjudged documents are counted: one of scoring->reading.cutoffs */
	struct rq_load_facts qrels_facts; /* what was met while the judgments were read */
	/* Filled. */
	const char **slices;       /* distinct, strcmp order */
	uint32_t *slice_numbers;   /* [topic of the pool] index in slices; slice_count: none */
	size_t slice_count;
	struct rq_evaluated_run *runs;
	size_t run_count;
	size_t no_relevant;        /* judged topics without a relevant document */
	size_t positive;           /* judgments of grade 1 or more, whatever the level */
	size_t relevant, returned; /* judgments of grade `level` or more, and how many of their documents some run returned */
	struct rq_diagnostic *diagnostics;
	size_t diagnostic_count;
	struct rq_arena arena;
};

/* Ascending and distinct: the metrics' cutoffs and `also`, and RQ_WHOLE_RANKING where rankings are `compared` whole. In the arena; NULL: no memory. */
const size_t *rq_cutoffs_of(size_t *count, const struct rq_metric_list *metrics, size_t also, bool compared, struct rq_arena *arena);

/* Reads and scores the runs, then compares. Fails as rq_scores_read() does, and with E_DATA where no topic is left to average over; the evaluation is
 * released then. */
RQ_MUST_USE enum rq_status rq_evaluate(struct rq_evaluation *evaluation, const char *const *paths, size_t path_count, struct rq_error *err);
void rq_evaluation_release(struct rq_evaluation *evaluation);

#endif
