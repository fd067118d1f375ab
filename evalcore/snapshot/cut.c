/* Where files are cut. */
#include "evalcore/snapshot/cut.h"

#include "evalcore/base/random.h"

enum { CHUNKS = 7168, NORMALISATION = 2 /* bits */, GEAR_SEED = 1 };

static unsigned log2_of(uint64_t power)
{
	unsigned bits = 0;

	while (power > 1) {
		power >>= 1;
		bits++;
	}
	return bits;
}

void rq_cutter_init(struct rq_cutter *cutter, size_t average)
{
	struct rq_random random;
	unsigned bits = log2_of(average);

	*cutter = (struct rq_cutter){.least = average / 2, .average = average, .most = average * 4};
	cutter->strict = UINT64_MAX >> (bits + NORMALISATION);
	cutter->loose = UINT64_MAX >> (bits - NORMALISATION);
	rq_random_seed(&random, GEAR_SEED);
	for (size_t i = 0; i < sizeof cutter->gear / sizeof *cutter->gear; i++)
		cutter->gear[i] = rq_random_u64(&random);
}

size_t rq_cut_average(uint64_t bytes, size_t before)
{
	size_t average = RQ_CUT_LEAST;

	while (average < RQ_CUT_MOST && bytes / (2 * average) >= CHUNKS)
		average *= 2;
	return before >= RQ_CUT_LEAST && before <= RQ_CUT_MOST && before <= 4 * average && average <= 4 * before ? before : average;
}

/* The place behind the first cut in data[from..to), or 0. */
static size_t find_cut(uint64_t *hash, const uint64_t *gear, const unsigned char *data, size_t from, size_t to, uint64_t limit)
{
	uint64_t rolling = *hash;

	for (size_t i = from; i < to; i++) {
		rolling = (rolling << 1) + gear[data[i]];
		if (rolling <= limit)
			return i + 1;
	}
	*hash = rolling;
	return 0;
}

size_t rq_cut(const struct rq_cutter *cutter, const unsigned char *data, size_t size)
{
	size_t most = size < cutter->most ? size : cutter->most, usual = most < cutter->average ? most : cutter->average;
	uint64_t hash = 0;

	if (most <= cutter->least)
		return most;
	size_t end = find_cut(&hash, cutter->gear, data, cutter->least, usual, cutter->strict);
	if (end == 0)
		end = find_cut(&hash, cutter->gear, data, usual, most, cutter->loose);
	return end == 0 ? most : end;
}
