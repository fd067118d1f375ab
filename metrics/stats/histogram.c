/* Times by how long they are. */
#include "metrics/stats/stats.h"

#include <math.h>

struct rq_histogram rq_histogram_of(const double *seconds, size_t n)
{
	struct rq_histogram histogram = {.count = n};

	for (size_t i = 0; i < n; i++) {
		size_t bin = 0;
		if (isinf(seconds[i])) {
			histogram.failed++;
			continue;
		}
		while (bin < RQ_HISTOGRAM_BINS && seconds[i] > rq_histogram_bounds[bin])
			bin++;
		histogram.counts[bin]++;
		histogram.sum += seconds[i];
	}
	return histogram;
}
