/* Ranking metrics by name. A metric is one file and one row of metrics.def; it scores one judged ranking and knows neither averages nor
 * printing. Canonical names are those of ir_measures ("RR@10", "P(rel=2)@5"); trec_eval's are accepted ("recip_rank", "ndcg_cut_10", "map").
 * Pure functions; thread-safe. */
#ifndef RQ_METRICS_METRIC_H
#define RQ_METRICS_METRIC_H

#include "evalcore/model/judged.h"
#include "evalcore/model/pool.h"
#include "evalcore/model/run.h"

/* Raised where a metric of an earlier version would say another number of the same ranking: results of two versions are not compared. */
enum { RQ_METRICS_VERSION = 1 };

enum rq_metric_source {
	RQ_FROM_JUDGMENTS, /* score() on a judged ranking */
	RQ_FROM_EXACT,     /* against exact search: ann_recall */
	RQ_FROM_DOCUMENTS, /* what is known of the documents themselves: diversity.h */
	RQ_FROM_CLOCK,     /* measured times; reported under "run" */
};

/* What RQ_FROM_CLOCK is measured on. */
enum rq_clock { RQ_CLOCK_SEARCH, RQ_CLOCK_EMBED };

/* What RQ_FROM_DOCUMENTS looks at. */
enum rq_trait { RQ_TRAIT_TEXT, RQ_TRAIT_SOURCE, RQ_TRAIT_VECTOR };

enum rq_cutoff_rule {
	RQ_CUTOFF_NONE,
	RQ_CUTOFF_OPTIONAL,
	RQ_CUTOFF_REQUIRED,
	RQ_CUTOFF_SHARE, /* "IPrec@0.1": a share of the relevant documents, in numbers[0] */
};

/* How the values of many topics become one. */
enum rq_average { RQ_AVERAGE_MEAN, RQ_AVERAGE_SUM, RQ_AVERAGE_GEOMETRIC };

enum { RQ_METRIC_NUMBERS = 11, RQ_METRIC_GAINS = 8 };

struct rq_gain {
	int32_t grade;
	double gain;
};

/* A parsed name. */
struct rq_metric_spec {
	const struct rq_metric *metric;
	size_t cutoff;     /* 0: the whole ranking */
	int relevant;      /* smallest grade that counts as relevant; default 1 */
	bool exponential;  /* nDCG(dcg='exp-log2'): gain 2^grade - 1 */
	double numbers[RQ_METRIC_NUMBERS]; /* the row's own parameters in its order, or its points */
	size_t number_count;
	struct rq_gain gains[RQ_METRIC_GAINS]; /* grades whose gain is not the grade, ascending */
	size_t gain_count;
	char name[160];    /* canonical spelling */
	char trec[64];     /* the name that trec_eval prints: "P_5", "map"; "" where it has none */
};

/* A number that a metric takes in its parentheses, or behind the "@" where the row's cutoff is RQ_CUTOFF_SHARE. */
struct rq_metric_parameter {
	const char *name;        /* "p"; NULL ends the list */
	double standard, lowest, highest;
	bool whole;              /* no fraction */
	bool spelt;              /* in the canonical name even where it is the standard */
};

struct rq_metric {
	const char *name;         /* "RR" */
	/* Other spellings of the stem: "MRR", "recip_rank"; NULL-terminated, or NULL: none; trec_eval's end in "_" where a cutoff follows: "ndcg_cut_".
	 */
	const char *const *aliases;
	enum rq_metric_source source;
	enum rq_cutoff_rule cutoff;
	bool takes_rel, takes_dcg, takes_gains, takes_points;
	const struct rq_metric_parameter *parameters; /* NULL: none */
	enum rq_average average;
	bool is_count;            /* values are whole numbers, and shown as such */
	bool summary_only;        /* trec_eval shows it for all topics together, and for none of them alone */
	double lowest, highest;   /* declared range; paired gates need [0,1] */
	bool lower_is_better;     /* times, and doubt */
	enum rq_trait trait;      /* RQ_FROM_DOCUMENTS: of which */
	enum rq_clock clock;      /* RQ_FROM_CLOCK: of which times */
	double quantile;          /* RQ_FROM_CLOCK: of the measured times, .99 for "latency.p99" */
	bool is_rate;             /* RQ_FROM_CLOCK: no quantile but how many a second */
	const char *help;         /* one sentence */
	const char *citation;     /* paper or tool */
	double (*score)(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec); /* NULL unless RQ_FROM_JUDGMENTS */
	/* The mean of score() over all orders of equal scores; NULL where no formula for it is known. `scratch` has room for hit_count + 1. */
	double (*expected)(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch);
	bool ignores_order;       /* score() is the same for every order */
};

/* A mean of values between 0 and 1, whose bounds are known. */
bool rq_metric_is_share(const struct rq_metric *metric);
/* Such a one whose fall is a loss: what two sides are compared by, topic by topic. */
bool rq_metric_pairs(const struct rq_metric *metric);

/* All rows of metrics.def, NULL-terminated. */
extern const struct rq_metric *const rq_metrics[];

/* "RR@10", "MRR@10", "ndcg_cut_10", "P(rel=2)@5" -> spec. E_CONFIG with the position, the reason and the nearest name. */
RQ_MUST_USE enum rq_status rq_metric_parse(struct rq_metric_spec *spec, const char *name, struct rq_error *err);
/* The same, where a metric that takes rel and does not name it gets `level` (0 and more), and trec_eval's names hold under that level. */
RQ_MUST_USE enum rq_status rq_metric_parse_at(struct rq_metric_spec *spec, const char *name, int level, struct rq_error *err);

/* What to measure, in the order asked for, and what trec_eval prints that is no number. Zero-initialise. */
struct rq_metric_list {
	struct rq_metric_spec *specs;
	size_t capacity;
	size_t count;
	bool runid;               /* the run's tag */
	bool relstring;           /* the grades of the first ranks, one character each: rq_relstring() */
	size_t relstring_length;
	char relstring_name[32];  /* "relstring", "relstring_5" */
	size_t relstring_place;   /* of specs[] that come before it, once in trec_eval's order; the tag comes first */
	struct rq_arena arena;
};

/* Adds what an argument of -m means: a name as above, several of them with commas between, a family with trec_eval's or without cutoffs ("P.5,10",
 * "P", "ndcg_cut", "set_F.0.5", "ndcg.1=3.5,2=9"), or a nickname ("official", "set", "all_trec"). What is there already is not added again.
 * E_CONFIG, E_NOMEM. */
RQ_MUST_USE enum rq_status rq_metrics_add(struct rq_metric_list *list, const char *text, int level, struct rq_error *err);
/* Adds one that was read elsewhere, unless it is there. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_metrics_add_spec(struct rq_metric_list *list, const struct rq_metric_spec *spec, struct rq_error *err);
/* Sorts as trec_eval prints; what it does not know comes last. */
void rq_metrics_in_trec_order(struct rq_metric_list *list);
void rq_metric_list_release(struct rq_metric_list *list);

/* Joins: `hits` needs room for the smaller of ranking->count and topic->judgments->count. A failed ranking counts as empty. The result has no ties:
 * where they are, rq_tie_at_cutoff() tells. */
struct rq_judged_ranking rq_judge_ranking(const struct rq_ranking *ranking, const struct rq_pool_topic *topic, struct rq_hit *hits);

/* The same ranking without its unjudged documents, as trec_eval's -J has it: the condensed list (Sakai 2007, Alternatives to Bpref, SIGIR). `hits`
 * needs room for hit_count, and may be the ranking's own. */
struct rq_judged_ranking rq_condense(const struct rq_judged_ranking *ranking, struct rq_hit *hits);

/* The first ranks, one character each, NUL-terminated: the grade, ">" above 9, "-" not in the qrels, "." in the pool but unjudged. `out` needs
 * room for length + 1. */
void rq_relstring(char *out, const struct rq_judged_ranking *ranking, size_t length);

/* What a metric can be when equal scores stand in any order. */
struct rq_over_ties {
	double lowest, expected, highest;
	bool sampled; /* no formula, and too many orders to try all: `expected` is an estimate, and there may be values beyond the other two */
};

/* From ranking->ties; `value` is the ranking's score as it stands. The same for the same input. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_metric_over_ties(struct rq_over_ties *out, const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec,
                                               double value, struct rq_error *err);

/* Where equal scores straddle the cutoff the value depends on how ids are spelt. 1 if the ranking has such a tie. */
bool rq_tie_at_cutoff(const struct rq_ranking *ranking, size_t cutoff);

/* Share of the true top min(k, eligible) that was returned, distance-tie-aware: a returned document whose exact score is at least the k-th
 * exact score counts; duplicates are removed. `returned` are the exact scores of the first k distinct returned documents (any order), `truth` the
 * exact top list, descending. Denominator min(k, truth_count); 0 where that is 0. */
double rq_ann_recall(const double *returned, size_t returned_count, const double *truth, size_t truth_count, size_t k);

/* Mean in double, in the order given (strcmp order of topic). 0 of nothing is NaN. */
double rq_mean(const double *values, size_t n);
/* As the metric averages: the mean, the sum (0 of nothing), or exp of the mean of ln max(x, 1e-5). */
double rq_metric_average(const struct rq_metric_spec *spec, const double *values, size_t n);

#endif
