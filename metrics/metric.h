/* Ranking metrics by name. A metric is one file and one row of metrics.def; it scores one judged ranking and knows neither averages nor
 * printing. Canonical names are those of ir_measures ("RR@10", "P(rel=2)@5"); trec_eval's are accepted ("recip_rank", "ndcg_cut_10", "map").
 * Pure functions; thread-safe. */
#ifndef RQ_METRICS_METRIC_H
#define RQ_METRICS_METRIC_H

#include "evalcore/model/dataset.h"
#include "evalcore/model/run.h"

#define RQ_UNJUDGED INT32_MIN /* grade of a document that is not in the qrels or has a negative grade */

/* A ranking joined with its judgments, once, read by every metric. */
struct rq_judged_ranking {
	const int32_t *grades; /* of the document at rank i + 1; RQ_UNJUDGED */
	size_t count;          /* retrieved */
	const int32_t *ideal;  /* all judged grades > 0 of the topic, descending */
	size_t ideal_count;
	const int32_t *judged; /* all judged grades >= 0 of the topic, descending */
	size_t judged_count;
};

enum rq_metric_source {
	RQ_FROM_JUDGMENTS, /* score() on a judged ranking */
	RQ_FROM_EXACT,     /* against exact search: ann_recall */
	RQ_FROM_CLOCK,     /* measured times; reported under "run" */
};

enum rq_cutoff_rule { RQ_CUTOFF_NONE, RQ_CUTOFF_OPTIONAL, RQ_CUTOFF_REQUIRED };

/* A parsed name. */
struct rq_metric_spec {
	const struct rq_metric *metric;
	size_t cutoff;     /* 0: the whole ranking */
	int relevant;      /* smallest grade that counts as relevant; default 1 */
	bool exponential;  /* nDCG(dcg='exp-log2'): gain 2^grade - 1 */
	char name[64];     /* canonical spelling */
};

struct rq_metric {
	const char *name;         /* "RR" */
	/* Other spellings of the stem: "MRR", "recip_rank"; NULL-terminated; trec_eval's end in "_" where a cutoff follows: "ndcg_cut_". */
	const char *const *aliases;
	enum rq_metric_source source;
	enum rq_cutoff_rule cutoff;
	bool takes_rel, takes_dcg;
	double lowest, highest;   /* declared range; paired gates need [0,1] */
	bool lower_is_better;     /* times */
	double quantile;          /* RQ_FROM_CLOCK: of the measured times, .99 for "latency.p99" */
	const char *help;         /* one sentence */
	const char *citation;     /* paper or tool */
	double (*score)(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec); /* NULL unless RQ_FROM_JUDGMENTS */
};

/* All rows of metrics.def, NULL-terminated. */
extern const struct rq_metric *const rq_metrics[];

/* "RR@10", "MRR@10", "ndcg_cut_10", "P(rel=2)@5" -> spec. E_CONFIG with the position, the reason and the nearest name. */
RQ_MUST_USE enum rq_status rq_metric_parse(struct rq_metric_spec *spec, const char *name, struct rq_error *err);

/* Joins: `grades` needs room for ranking->count, `sorted` for judgments->count. A failed ranking counts as empty. */
struct rq_judged_ranking rq_judge_ranking(const struct rq_ranking *ranking, const struct rq_topic_judgments *judgments, int32_t *grades,
                                          int32_t *sorted);

/* Where equal scores straddle the cutoff the value depends on how ids are spelt. 1 if the ranking has such a tie. */
bool rq_tie_at_cutoff(const struct rq_ranking *ranking, size_t cutoff);

/* Share of the true top min(k, eligible) that was returned, distance-tie-aware: a returned document whose exact score is at least the k-th
 * exact score counts; duplicates are removed. `returned` are the exact scores of the first k distinct returned documents (any order), `truth` the
 * exact top list, descending. Denominator min(k, truth_count); 0 where that is 0. */
double rq_ann_recall(const double *returned, size_t returned_count, const double *truth, size_t truth_count, size_t k);

/* Mean in double, in the order given (strcmp order of topic). 0 of nothing is NaN. */
double rq_mean(const double *values, size_t n);

#endif
