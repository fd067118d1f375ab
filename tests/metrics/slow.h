/* Every ranking metric once more, slow and obvious: from its definition over a dense list of ranks, with no join, no shared helper and nothing in
 * one pass. */
#ifndef RQ_TESTS_METRICS_SLOW_H
#define RQ_TESTS_METRICS_SLOW_H

#include <stddef.h>

enum { SLOW_MAXIMUM = 64, SLOW_NOT_POOLED = -1000 };

struct slow_topic {
	int grades[SLOW_MAXIMUM +
	           1]; /* [rank], from 1: SLOW_NOT_POOLED where the document is not in the qrels, below 0 where it is in the pool but unjudged */
	int n;
	int judged[SLOW_MAXIMUM];     /* all grades of the topic's qrels, in any order */
	int judged_count;
};

/* `k`: the cutoff, or what the metric takes instead. `level`: the smallest relevant grade. */
struct slow_metric {
	const char *format; /* "P(rel=%d)@%g": the name for level and k, in this order; "RBP(p=%2$g)" where it takes k alone */
	double (*score)(const struct slow_topic *topic, int level, double k);
	double lowest_k, highest_k;
	int whole; /* k is */
};

extern const struct slow_metric slow_metrics[]; /* ended by a NULL format */

#endif
