/* Numbers as people read them, and which topics lost most: what the table and the page share. */
#ifndef RQ_REPORTS_WORDS_H
#define RQ_REPORTS_WORDS_H

#include "reports/report.h"

enum { RQ_CELL = 96 };

void rq_word_value(char cell[RQ_CELL], const struct rq_metric_result *metric, enum rq_side side); /* "0.7076", "34 us", "-" */
void rq_word_difference(char cell[RQ_CELL], const struct rq_metric_result *metric, bool with_interval); /* "-0.0312 [-0.0410, -0.0214]", "x1.08" for times, "same rankings" */
void rq_word_seconds(char cell[RQ_CELL], double seconds);
const char *rq_word_verdict(const struct rq_gate_result *gate); /* "PASS", "FAIL", "INCONCLUSIVE", "NO DATA" and their warn-level forms */
/* The part of a gate's text that stands beside its metric: ">= 0.60", "drop <= 0.02", with its slice. */
void rq_word_contract(char cell[RQ_CELL], const struct rq_gate_result *gate);

struct rq_topic_loss {
	size_t topic;
	double loss; /* summed over the compared metrics; positive: the candidate is worse */
};

/* Topics by loss, largest first, ties by id; those that lost nothing are left out. Returns how many; malloc'ed, NULL when memory runs out or there are none. */
size_t rq_worst_topics(struct rq_topic_loss **losses, const struct rq_comparison *comparison);

#endif
