/* Texts that occur more than once. */
#ifndef RQ_DATASETS_DUPLICATES_H
#define RQ_DATASETS_DUPLICATES_H

#include "evalcore/base/status.h"

#include <stddef.h>

/* first[i]: the least index with the same text as texts[i], or i. A text that is NULL or empty equals no other. */
RQ_MUST_USE enum rq_status rq_find_duplicates(size_t *first, const char *const *texts, size_t count, struct rq_error *err);

#endif
