/* Sign flips and bootstrap draws of the topics' differences, for all metrics at once.
 *
 * A resample's numbers are a stream of its own, and its sums are taken over topics in an order that neither the number of threads nor the width
 * of the machine's vectors changes: their lanes lie across metrics, four of which make a panel. Sums of flipped signs go eight topics at a time
 * by a table of all 256 sums of eight (Arlazarov, Dinic, Kronrod & Faradzev 1970, "the four Russians"). */
#include "metrics/stats/resample.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "metrics/stats/stats.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	LANES = 4,         /* metrics of a panel */
	BLOCK = 512,       /* resamples of a task */
	GROUP = 8,         /* topics whose sums make a table */
	WORD = 64,         /* topics of a word of signs */
	BLOCKS = (RQ_RESAMPLES + BLOCK - 1) / BLOCK,
};

static const double confidence = 0.95;

struct lanes {
	double of[LANES];
};

struct resampling {
	size_t n, padded, panel_count;
	uint64_t seed;
	struct lanes *panels;  /* [panel][padded n]; zeros beyond n */
	struct lanes *totals, *tolerances; /* [panel]: the sum of d, and how near to it is as far from 0 */
	struct lanes *sums;    /* [panel][RQ_RESAMPLES]: of the sign flips first, of the bootstrap then */
	uint32_t *extreme;     /* [block][panel][lane] */
	uint32_t *draws;       /* [block][padded n] */
	double *columns;       /* [panel][lane][RQ_RESAMPLES]: the bootstrap's sums, a metric's together */
};

static size_t block_size(size_t block)
{
	return block + 1 < BLOCKS ? BLOCK : RQ_RESAMPLES - (BLOCKS - 1) * BLOCK;
}

/* The sums of all subsets of eight topics: bit k of the place says whether the k-th is in it. */
static inline void fill_table(struct lanes table[1 << GROUP], const struct lanes *topics)
{
	table[0] = (struct lanes){0};
	for (size_t k = 0; k < GROUP; k++)
		for (size_t subset = 0; subset < (size_t)1 << k; subset++)
#pragma omp simd
			for (size_t lane = 0; lane < LANES; lane++)
				table[((size_t)1 << k) + subset].of[lane] = table[subset].of[lane] + topics[k].of[lane];
}

/* Adds to each resample's sums those topics of a word whose sign is +. */
RQ_CLONES static void add_word(struct lanes *restrict sums, const uint64_t *restrict words, size_t count, const struct lanes *restrict topics,
                               size_t groups)
{
	struct lanes table[1 << GROUP];

	for (size_t group = 0; group < groups; group++) {
		fill_table(table, topics + group * GROUP);
		for (size_t r = 0; r < count; r++) {
			const struct lanes *found = &table[words[r] >> (group * GROUP) & 0xff];
#pragma omp simd
			for (size_t lane = 0; lane < LANES; lane++)
				sums[r].of[lane] += found->of[lane];
		}
	}
}

/* With P the sum over topics whose sign is +, the flipped sum is 2 P - S. */
static void count_extremes(uint32_t *extreme, const struct lanes *sums, size_t count, const struct lanes *total, const struct lanes *tolerance)
{
	for (size_t lane = 0; lane < LANES; lane++)
		for (size_t r = 0; r < count; r++)
			extreme[lane] += fabs(2 * sums[r].of[lane] - total->of[lane]) >= fabs(total->of[lane]) - tolerance->of[lane] ? 1 : 0;
}

static void flip_block(void *context, size_t block)
{
	const struct resampling *all = context;
	size_t first = block * BLOCK, count = block_size(block);
	struct rq_random streams[BLOCK];
	uint64_t words[BLOCK];

	for (size_t r = 0; r < count; r++)
		rq_random_stream(&streams[r], all->seed, first + r);
	for (size_t start = 0; start < all->padded; start += WORD) {
		size_t groups = (all->padded - start < WORD ? all->padded - start : WORD) / GROUP;
		for (size_t r = 0; r < count; r++)
			words[r] = rq_random_u64(&streams[r]);
		for (size_t panel = 0; panel < all->panel_count; panel++)
			add_word(all->sums + panel * RQ_RESAMPLES + first, words, count, all->panels + panel * all->padded + start, groups);
	}
	for (size_t panel = 0; panel < all->panel_count; panel++)
		count_extremes(all->extreme + (block * all->panel_count + panel) * LANES, all->sums + panel * RQ_RESAMPLES + first, count,
		               &all->totals[panel], &all->tolerances[panel]);
}

/* Draws in four turns, whose sums are added at the end: an order of its own, and additions that need not wait for one another. */
RQ_CLONES static void sum_draws(struct lanes *restrict sum, const struct lanes *restrict topics, const uint32_t *restrict draws, size_t n)
{
	struct lanes a = {0}, b = {0}, c = {0}, d = {0};
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
#pragma omp simd
		for (size_t lane = 0; lane < LANES; lane++) {
			a.of[lane] += topics[draws[i]].of[lane];
			b.of[lane] += topics[draws[i + 1]].of[lane];
			c.of[lane] += topics[draws[i + 2]].of[lane];
			d.of[lane] += topics[draws[i + 3]].of[lane];
		}
	for (; i < n; i++)
		for (size_t lane = 0; lane < LANES; lane++)
			a.of[lane] += topics[draws[i]].of[lane];
	for (size_t lane = 0; lane < LANES; lane++)
		sum->of[lane] = (a.of[lane] + b.of[lane]) + (c.of[lane] + d.of[lane]);
}

static void draw_block(void *context, size_t block)
{
	const struct resampling *all = context;
	uint32_t *draws = all->draws + block * all->padded;
	size_t first = block * BLOCK;

	for (size_t r = first; r < first + block_size(block); r++) {
		struct rq_random stream;
		rq_random_stream(&stream, all->seed, RQ_RESAMPLES + r);
		rq_random_indices(draws, all->n, &stream, (uint32_t)all->n);
		for (size_t panel = 0; panel < all->panel_count; panel++)
			sum_draws(&all->sums[panel * RQ_RESAMPLES + r], all->panels + panel * all->padded, draws, all->n);
	}
}

/* How skewed and how far apart the differences are; the acceleration is that of the jackknife, which for a mean is a ratio of their moments. */
static double acceleration(const double *d, size_t n, size_t metrics, double mean)
{
	double squares = 0, cubes = 0;

	for (size_t i = 0; i < n; i++) {
		double off = d[i * metrics] - mean;
		squares += off * off;
		cubes += off * off * off;
	}
	return cubes / (6 * squares * sqrt(squares));
}

/* The rank of the order statistic that bounds at level `normal`, corrected: floor((B + 1) p), from 1. */
static size_t corrected_rank(double bias, double accelerated, double normal)
{
	double shifted = bias + normal, z = bias + shifted / (1 - accelerated * shifted);

	/* Beyond its pole the correction means nothing: the end on that side. */
	if (accelerated * shifted >= 1)
		return shifted > 0 ? RQ_RESAMPLES : 1;
	double rank = floor((RQ_RESAMPLES + 1) * rq_normal_cdf(z) * (1 + 4 * DBL_EPSILON));
	return rank < 1 ? 1 : rank > RQ_RESAMPLES ? RQ_RESAMPLES : (size_t)rank;
}

/* From a metric's resampled sums, which are sorted in place. */
static void find_interval(struct rq_resampled *result, double *sums, double total, double tolerance, size_t n, double accelerated)
{
	double below = 0, normal = rq_normal_quantile(confidence);

	qsort(sums, RQ_RESAMPLES, sizeof *sums, rq_compare_doubles);
	for (size_t r = 0; r < RQ_RESAMPLES; r++)
		below += sums[r] < total - tolerance ? 1 : sums[r] <= total + tolerance ? 0.5 : 0;
	/* No resample on one side: as if half of one were there. */
	double bias = rq_normal_quantile(fmin(fmax(below, 0.5), RQ_RESAMPLES - 0.5) / RQ_RESAMPLES);
	size_t low = corrected_rank(bias, accelerated, -normal);
	/* The upper rank mirrors the lower one: the interval of -d is that of d turned round. */
	size_t high = RQ_RESAMPLES + 1 - corrected_rank(-bias, -accelerated, -normal);
	result->lower = sums[low - 1] / (double)n;
	result->upper = sums[high - 1] / (double)n;
}

struct finishing {
	struct rq_resampled *results;
	const struct resampling *all;
	const double *d;
	size_t metrics;
};

static bool all_equal(const double *d, size_t n, size_t metrics)
{
	for (size_t i = 1; i < n; i++)
		if (fabs(d[i * metrics] - d[0]) > RQ_TIE_TOLERANCE)
			return false;
	return true;
}

/* The interval of a metric whose p is there. */
static void finish_metric(void *context, size_t metric)
{
	const struct finishing *f = context;
	const struct resampling *all = f->all;
	struct rq_resampled *result = &f->results[metric];
	size_t panel = metric / LANES, lane = metric % LANES;
	double *column = all->columns + metric * RQ_RESAMPLES, mean = all->totals[panel].of[lane] / (double)all->n;

	if (isnan(result->p) || all->n < 2)
		return;
	if (all_equal(f->d + metric, all->n, f->metrics)) {
		result->lower = result->upper = mean;
		return;
	}
	for (size_t r = 0; r < RQ_RESAMPLES; r++)
		column[r] = all->sums[panel * RQ_RESAMPLES + r].of[lane];
	find_interval(result, column, all->totals[panel].of[lane], all->tolerances[panel].of[lane], all->n,
	              acceleration(f->d + metric, all->n, f->metrics, mean));
}

static void release(struct resampling *all)
{
	free(all->panels);
	free(all->totals);
	free(all->tolerances);
	free(all->sums);
	free(all->extreme);
	free(all->draws);
	free(all->columns);
}

static enum rq_status reserve(struct resampling *all, struct rq_error *err)
{
	size_t panels = all->panel_count;

	all->panels = rq_alloc_aligned(panels, all->padded * sizeof *all->panels);
	all->totals = rq_alloc_aligned(panels, sizeof *all->totals);
	all->tolerances = rq_alloc_aligned(panels, sizeof *all->tolerances);
	all->sums = rq_alloc_aligned(panels, RQ_RESAMPLES * sizeof *all->sums);
	all->extreme = calloc(BLOCKS * panels, LANES * sizeof *all->extreme);
	all->draws = rq_alloc_aligned(BLOCKS, all->padded * sizeof *all->draws);
	all->columns = rq_alloc_aligned(panels, LANES * RQ_RESAMPLES * sizeof *all->columns);
	if (all->panels == NULL || all->totals == NULL || all->tolerances == NULL || all->sums == NULL || all->extreme == NULL || all->draws == NULL ||
	    all->columns == NULL)
		return rq_fail_memory(err);
	return RQ_OK;
}

/* A metric's differences into its lane. False: one of them is not finite, and the lane is left 0. */
static bool fill_lane(struct resampling *all, const double *d, size_t metric, size_t metrics)
{
	size_t panel = metric / LANES, lane = metric % LANES;
	double total = 0, scale = 0;

	for (size_t i = 0; i < all->n; i++)
		scale += fabs(d[i * metrics + metric]);
	if (!isfinite(scale))
		return false;
	for (size_t i = 0; i < all->n; i++) {
		all->panels[panel * all->padded + i].of[lane] = d[i * metrics + metric];
		total += d[i * metrics + metric];
	}
	all->totals[panel].of[lane] = total;
	all->tolerances[panel].of[lane] = RQ_TIE_TOLERANCE * scale;
	return true;
}

static void resample_all(struct rq_resampled *results, struct resampling *all, const double *d, size_t metrics)
{
	struct finishing finishing = {.results = results, .all = all, .d = d, .metrics = metrics};

	memset(all->panels, 0, all->panel_count * all->padded * sizeof *all->panels);
	memset(all->totals, 0, all->panel_count * sizeof *all->totals);
	memset(all->tolerances, 0, all->panel_count * sizeof *all->tolerances);
	memset(all->sums, 0, all->panel_count * RQ_RESAMPLES * sizeof *all->sums);
	for (size_t metric = 0; metric < metrics; metric++)
		if (fill_lane(all, d, metric, metrics))
			results[metric].p = 1; /* the observed signs are a pattern too */
	rq_parallel_for(BLOCKS, flip_block, all);
	for (size_t metric = 0; metric < metrics; metric++) {
		for (size_t block = 0; block < BLOCKS; block++)
			results[metric].p += all->extreme[block * all->panel_count * LANES + metric];
		results[metric].p /= RQ_RESAMPLES + 1;
	}
	rq_parallel_for(BLOCKS, draw_block, all);
	rq_parallel_for(metrics, finish_metric, &finishing);
}

enum rq_status rq_resample(struct rq_resampled *results, const double *d, size_t n, size_t metrics, uint64_t seed, struct rq_error *err)
{
	RQ_CLEANUP(release) struct resampling all = {
		.n = n, .padded = (n + GROUP - 1) / GROUP * GROUP, .panel_count = (metrics + LANES - 1) / LANES, .seed = seed};

	for (size_t metric = 0; metric < metrics; metric++)
		results[metric] = (struct rq_resampled){NAN, NAN, NAN};
	if (n == 0 || metrics == 0)
		return RQ_OK;
	if (n > UINT32_MAX)
		return rq_fail(err, RQ_E_DATA, "%zu topics: at most %" PRIu32 " can be resampled", n, UINT32_MAX);
	RQ_TRY(reserve(&all, err));
	resample_all(results, &all, d, metrics);
	return RQ_OK;
}
