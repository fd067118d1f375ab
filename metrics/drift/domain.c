/* Can a classifier tell now from before? A logistic regression with a ridge, fitted to all folds but one and asked about that one. Both sides
 * weigh the same, whatever their numbers. Accelerated gradients (Nesterov 1983, Soviet Mathematics Doklady 27) in a fixed number of steps: of a
 * fit that need only rank rows the last digits do not matter. */
#include "metrics/drift/population.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "metrics/drift/pooled.h"
#include "metrics/drift/sums.h"
#include "metrics/stats/auc.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 150, POWER_STEPS = 16, LANES = 8, FOLD_STREAM = 3000 };
static const double safety = 1.25; /* over the curvature that the power method found */

struct classifier {
	const struct rq_pooled *pool; /* standardised */
	uint8_t *fold;              /* of each row */
	double *scores;             /* of each row, by the fit that has not seen it: its rank in its fold */
	uint64_t seed;
	atomic_bool no_memory;
};

/* d weights and an intercept. */
struct fit {
	double *weights, *point, *gradient; /* d + 1 each */
	double share[2];                    /* what a row of each side weighs */
	double ridge;
	size_t fold;
};

static double combine(const double lanes[LANES])
{
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

RQ_CLONES static double dot(const double *x, const double *y, size_t d)
{
	double lanes[LANES] = {0};
	size_t i = 0;

	for (; i + LANES <= d; i += LANES)
		for (size_t j = 0; j < LANES; j++)
			lanes[j] += x[i + j] * y[i + j];
	for (size_t j = 0; i + j < d; j++)
		lanes[j] += x[i + j] * y[i + j];
	return combine(lanes);
}

RQ_CLONES static void add_times(double *sum, const double *x, double times, size_t d)
{
	size_t i = 0;

	for (; i + LANES <= d; i += LANES)
		for (size_t j = 0; j < LANES; j++)
			sum[i + j] += x[i + j] * times;
	for (; i < d; i++)
		sum[i] += x[i] * times;
}

/* The gradient of the weighted logistic loss at fit->point. */
static void find_gradient(struct fit *fit, const struct classifier *c)
{
	const struct rq_pooled *pool = c->pool;
	size_t d = pool->d;

	for (size_t j = 0; j < d; j++)
		fit->gradient[j] = fit->ridge * fit->point[j];
	fit->gradient[d] = 0;
	for (size_t i = 0; i < pool->n; i++) {
		const double *row = pool->rows + i * d;
		int side = i < pool->of[0] ? 0 : 1;
		if (c->fold[i] == fit->fold)
			continue;
		double odds = dot(row, fit->point, d) + fit->point[d];
		double slope = fit->share[side] * (1 / (1 + exp(-odds)) - side);
		add_times(fit->gradient, row, slope, d);
		fit->gradient[d] += slope;
	}
}

/* A bound on the loss's curvature: a quarter of the largest eigenvalue of the weighted second moments, and the ridge. */
static double find_curvature(struct fit *fit, const struct classifier *c)
{
	const struct rq_pooled *pool = c->pool;
	size_t d = pool->d;
	struct rq_random random;
	double largest = 1; /* the intercept's */

	rq_random_stream(&random, c->seed, FOLD_STREAM + RQ_CLASSIFIER_FOLDS + fit->fold);
	for (size_t j = 0; j < d; j++)
		fit->point[j] = rq_random_unit(&random) - .5;
	for (size_t step = 0; step < POWER_STEPS; step++) {
		double length = sqrt(dot(fit->point, fit->point, d));
		memset(fit->gradient, 0, d * sizeof *fit->gradient);
		for (size_t i = 0; i < pool->n && length > 0; i++)
			if (c->fold[i] != fit->fold) {
				const double *row = pool->rows + i * d;
				add_times(fit->gradient, row, fit->share[i < pool->of[0] ? 0 : 1] * dot(row, fit->point, d) / length, d);
			}
		memcpy(fit->point, fit->gradient, d * sizeof *fit->point);
		largest = fmax(largest, sqrt(dot(fit->point, fit->point, d)));
	}
	return safety * largest / 4 + fit->ridge;
}

static void descend(struct fit *fit, const struct classifier *c)
{
	size_t d = c->pool->d;
	double curvature = find_curvature(fit, c);

	memset(fit->weights, 0, (d + 1) * sizeof *fit->weights);
	memset(fit->point, 0, (d + 1) * sizeof *fit->point);
	for (size_t step = 1; step <= STEPS && !rq_cancel_requested(); step++) {
		double momentum = (double)(step - 1) / (double)(step + 2);
		find_gradient(fit, c);
		for (size_t j = 0; j <= d; j++) {
			double next = fit->point[j] - fit->gradient[j] / curvature;
			fit->point[j] = next + momentum * (next - fit->weights[j]);
			fit->weights[j] = next;
		}
	}
}

/* The fold's scores become their ranks in it, equal ones their mean, as shares: folds are fitted on different scales. */
static void rank_scores(const struct classifier *c, double *sorted, size_t fold)
{
	size_t count = 0;

	for (size_t i = 0; i < c->pool->n; i++)
		if (c->fold[i] == fold)
			sorted[count++] = c->scores[i];
	qsort(sorted, count, sizeof *sorted, rq_by_value);
	for (size_t i = 0; i < c->pool->n; i++) {
		if (c->fold[i] != fold)
			continue;
		const double *at = bsearch(&c->scores[i], sorted, count, sizeof *sorted, rq_by_value);
		size_t low = (size_t)(at - sorted), high = low;
		while (low > 0 && sorted[low - 1] == sorted[high])
			low--;
		while (high + 1 < count && sorted[high + 1] == sorted[low])
			high++;
		c->scores[i] = ((double)low + (double)high + 1) / 2 / (double)count;
	}
}

static void fit_fold(void *context, size_t fold)
{
	struct classifier *c = context;
	const struct rq_pooled *pool = c->pool;
	size_t d = pool->d, seen[2] = {0, 0};
	double *room = malloc((3 * (d + 1) + pool->n) * sizeof *room);

	if (room == NULL) {
		atomic_store(&c->no_memory, true);
		return;
	}
	for (size_t i = 0; i < pool->n; i++)
		seen[i < pool->of[0] ? 0 : 1] += c->fold[i] == fold ? 0 : 1;
	struct fit fit = {.weights = room, .point = room + d + 1, .gradient = room + 2 * (d + 1), .fold = fold};
	fit.share[0] = .5 / (double)seen[0];
	fit.share[1] = .5 / (double)seen[1];
	fit.ridge = (double)d / (double)(seen[0] + seen[1]);
	descend(&fit, c);
	for (size_t i = 0; i < pool->n; i++)
		if (c->fold[i] == fold)
			c->scores[i] = dot(pool->rows + i * d, fit.weights, d);
	rank_scores(c, room + 3 * (d + 1), fold);
	free(room);
}

/* Every fold has the same share of both sides, to one row. */
static void deal_folds(struct classifier *c)
{
	size_t first = 0;

	for (int side = 0; side < 2; first += c->pool->of[side++]) {
		size_t left[RQ_CLASSIFIER_FOLDS], rows = c->pool->of[side];
		struct rq_random random;
		rq_random_stream(&random, c->seed, FOLD_STREAM + (uint64_t)side);
		for (size_t fold = 0; fold < RQ_CLASSIFIER_FOLDS; fold++)
			left[fold] = (rows + fold) / RQ_CLASSIFIER_FOLDS;
		for (size_t i = 0; i < rows; i++) {
			size_t place = (size_t)rq_random_below(&random, rows - i), fold = 0;
			while (place >= left[fold])
				place -= left[fold++];
			left[fold]--;
			c->fold[first + i] = (uint8_t)fold;
		}
	}
}

/* To mean 0, which the pool has, and standard deviation 1; a component that is constant tells nothing. */
static void standardise(struct rq_pooled *pool)
{
	for (size_t j = 0; j < pool->d; j++) {
		double squares = 0;
		for (size_t i = 0; i < pool->n; i++)
			squares += pool->rows[i * pool->d + j] * pool->rows[i * pool->d + j];
		double deviation = sqrt(squares / (double)pool->n);
		for (size_t i = 0; i < pool->n; i++)
			pool->rows[i * pool->d + j] = deviation == 0 ? 0 : pool->rows[i * pool->d + j] / deviation;
	}
}

static enum rq_status measure(struct rq_drift_value *value, const struct classifier *c, struct rq_error *err)
{
	const struct rq_pooled *pool = c->pool;
	const struct rq_two_sets sets = {.high = c->scores + pool->of[0], .low = c->scores, .high_count = pool->of[1], .low_count = pool->of[0]};
	double x = (double)pool->of[0], y = (double)pool->of[1], deviation = sqrt(2 * (x + y + 1) / (12 * x * y));
	struct rq_auc auc;

	RQ_TRY(rq_auc(&auc, &sets, err));
	double width = sqrt(2) * (auc.value - auc.lower);
	value->value = auc.value;
	value->lower = fmax(auc.value - width, 0);
	value->upper = fmin(auc.value + width, 1);
	value->error = width / rq_normal_quantile(.95);
	value->p = rq_normal_cdf((.5 - auc.value) / deviation);
	value->chance = .5;
	return RQ_OK;
}

enum rq_status rq_domain_auc(struct rq_drift_value *auc, const struct rq_vectors *before, const struct rq_vectors *after, uint64_t seed,
                             struct rq_error *err)
{
	RQ_CLEANUP(rq_pooled_release) struct rq_pooled pool = {0};

	*auc = rq_drift_unknown(RQ_DRIFT_domain_auc);
	RQ_TRY(rq_check_samples(before, after, err));
	auc->n = before->n < after->n ? before->n : after->n;
	if (auc->n / 2 < RQ_CLASSIFIER_FOLDS)
		return RQ_OK;
	RQ_TRY(rq_pooled_init(&pool, before, after, RQ_POPULATION_SAMPLE, seed, err));
	auc->n = pool.of[0] < pool.of[1] ? pool.of[0] : pool.of[1];
	standardise(&pool);
	RQ_CLEANUP(rq_free_pointer) uint8_t *fold = malloc(pool.n);
	RQ_CLEANUP(rq_free_pointer) double *scores = malloc(pool.n * sizeof *scores);
	if (fold == NULL || scores == NULL)
		return rq_fail_memory(err);
	struct classifier classifier = {.pool = &pool, .fold = fold, .scores = scores, .seed = seed};
	deal_folds(&classifier);
	rq_parallel_for(RQ_CLASSIFIER_FOLDS, fit_fold, &classifier);
	RQ_TRY(rq_cancel_check(err));
	return atomic_load(&classifier.no_memory) ? rq_fail_memory(err) : measure(auc, &classifier, err);
}
