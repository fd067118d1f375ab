/* Which topic is in which slice, from a file of its own. */
#ifndef RQ_DATASETS_SLICES_H
#define RQ_DATASETS_SLICES_H

#include "datasets/text.h"
#include "evalcore/model/dataset.h"

/* Topics as BEIR JSON lines with "slice", as rq_topics_load reads them, or two columns: topic and slice, with a tab between or, where a line has none, white
 * space. Topics without words have the text "". */
RQ_MUST_USE enum rq_status rq_slices_load(struct rq_topics *topics, const char *path, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_slices_parse(struct rq_topics *topics, const struct rq_text *text, struct rq_error *err);
/* NULL: the topic is in none. */
const char *rq_slice_find(const struct rq_topics *topics, const char *topic);

#endif
