#include "reports/spark.h"

#include <math.h>

enum { LEVELS = 8 };

static const char *const bars[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const signs[LEVELS] = {"_", ".", ":", "-", "=", "+", "*", "#"};

void rq_add_spark(struct rq_buf *out, const double *values, size_t count, size_t columns, bool unicode)
{
	size_t first = count > columns ? count - columns : 0;
	double least = INFINITY, greatest = -INFINITY;

	for (size_t i = first; i < count; i++)
		if (isfinite(values[i])) {
			least = fmin(least, values[i]);
			greatest = fmax(greatest, values[i]);
		}
	double span = greatest / 2 - least / 2; /* half of it: all of it may overflow */
	for (size_t i = first; i < count; i++) {
		if (!isfinite(values[i])) {
			rq_buf_puts(out, " ");
			continue;
		}
		double height = span > 0 ? (values[i] / 2 - least / 2) / span : 0.5;
		size_t level = (size_t)(height * (LEVELS - 1) + 0.5);
		rq_buf_puts(out, unicode ? bars[level] : signs[level]);
	}
}
