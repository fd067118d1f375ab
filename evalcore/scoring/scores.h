/* One run file, scored by all metrics while it is read. */
#ifndef RQ_SCORING_SCORES_H
#define RQ_SCORING_SCORES_H

#include "datasets/run_stream.h"
#include "metrics/metric.h"

#define RQ_WHOLE_RANKING SIZE_MAX /* a cutoff that cuts nothing off */

/* What to score with. Everything is borrowed. */
struct rq_scoring {
	const struct rq_pool *pool;
	const struct rq_metric_list *metrics; /* all on judgments */
	struct rq_reading reading;            /* with the cutoffs that cuts are kept for, ascending */
	bool missing_is_zero;                 /* a topic that the run lacks has 0 in every mean, whatever an empty ranking would score: as trec_eval's -c counts it */
	bool over_ties;                       /* the metrics' least, expected and most values over the orders of equal scores too */
};

/* A topic's ranking above a cutoff. */
struct rq_topic_cut {
	uint64_t prefix;     /* equal for rankings that are equal so far */
	uint32_t documents;  /* min(cutoff, retrieved) */
	uint32_t judged;     /* of those, with a grade of 0 or more */
	bool tie;            /* equal scores on both sides of the cutoff */
};

struct rq_scores {
	const char *path;
	struct rq_run_facts facts;
	bool *answered; /* [topic of the pool] the run has it */
	size_t answered_count;
	double **values;            /* [metric][topic]; a topic that the run lacks is scored as an empty ranking */
	struct rq_over_ties **over_ties; /* the same; NULL: not asked for */
	char **relstrings;          /* [topic] the first grades, as trec_eval spells them; NULL: not asked for */
	struct rq_topic_cut **cuts; /* [cutoff][topic] */
	bool *tied;                 /* [topic] equal scores with a judged document among them */
	bool *returned;             /* [judgment of the pool] its document is in the run */
	struct rq_arena arena;
};

/* Reads and scores a run; "-" is standard input. The same values for any number of threads. Fails as rq_run_judge() does, and with E_DATA where the run has
 * none of the pool's topics. */
RQ_MUST_USE enum rq_status rq_scores_read(struct rq_scores *scores, const char *path, const struct rq_scoring *scoring, struct rq_error *err);
void rq_scores_release(struct rq_scores *scores);

#endif
