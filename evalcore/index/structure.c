#include "evalcore/index/structure.h"

#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The ceil(percent n / 100)-th smallest. */
static size_t percentile(const uint32_t *sorted, size_t count, size_t percent)
{
	size_t place = (percent * count + 99) / 100;

	return sorted[place == 0 ? 0 : place - 1];
}

struct rq_spread rq_spread_of(uint32_t *numbers, size_t count)
{
	uint64_t sum = 0;

	if (count == 0)
		return (struct rq_spread){0};
	qsort(numbers, count, sizeof *numbers, by_size);
	for (size_t i = 0; i < count; i++)
		sum += numbers[i];
	return (struct rq_spread){.least = numbers[0],
	                          .low = percentile(numbers, count, 5),
	                          .median = percentile(numbers, count, 50),
	                          .high = percentile(numbers, count, 95),
	                          .most = numbers[count - 1],
	                          .mean = (double)sum / (double)count};
}
