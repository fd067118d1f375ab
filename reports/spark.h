/* A series of numbers as a line of bars, one column each: ▁▂▃▄▅▆▇█ from the least to the greatest (Tufte, Beautiful Evidence, 2006, sparklines).
 * Private to this room. */
#ifndef RQ_REPORTS_SPARK_H
#define RQ_REPORTS_SPARK_H

#include "evalcore/base/memory.h"

#include <stdbool.h>
#include <stddef.h>

/* The last `columns` of the values. NaN is a blank; values that are all equal stand at half height. Without Unicode "_.:-=+*#". */
void rq_add_spark(struct rq_buf *out, const double *values, size_t count, size_t columns, bool unicode);

#endif
