/* Numbers as trec_eval reads what is none: by what it begins with, or as 0. */
#ifndef RQ_DATASETS_LENIENT_H
#define RQ_DATASETS_LENIENT_H

#include "datasets/text.h"

/* As atof, but that NaN, which has no place in an order and no digits, is 0. False: out of memory. */
RQ_MUST_USE bool rq_leading_number(double *value, struct rq_span text);
/* As atol, cut to what an int holds. */
int rq_leading_integer(struct rq_span text);

#endif
