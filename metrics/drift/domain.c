/* Can a classifier tell now from before? Fisher's linear discriminant with a ridge, fitted to all folds but one and asked about that one. Its direction is
 * linear in the labels and its scatter needs none, so that all permutations of the labels are a few products more than the observed ones: p is exact however
 * few rows a side has. */
#include "metrics/drift/population.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "metrics/drift/pooled.h"
#include "metrics/drift/product.h"
#include "metrics/drift/sums.h"
#include "metrics/stats/auc.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = RQ_PERMUTATIONS + 1, BLOCK = 125, LANES = 8, FOLD_STREAM = 3000 };

struct classifier {
	const struct rq_pooled *pool; /* standardised */
	uint32_t *order;            /* rows, those of a fold together */
	uint8_t *fold;              /* of each row */
	size_t first[RQ_CLASSIFIER_FOLDS + 1], before[RQ_CLASSIFIER_FOLDS]; /* of each fold: where it begins; how many of its rows are of before */
	double *marks;              /* n x COLUMNS: the rows of before as they are, and permuted within each fold */
	double *moments, *sums;     /* of all rows: d x d products of components, d x COLUMNS sums of what is marked */
	double *places;             /* of each row, by the fit that has not seen it: its rank in its fold */
	double wins[COLUMNS];       /* of pairs within a fold: those that are told apart */
	double pairs;
};

/* One fit, and the rows that it is asked about. */
struct fold {
	struct classifier *classifier;
	const uint32_t *rows;
	size_t n, before;
	double *mean, *factor, *direction; /* of the other folds: d; d x d, of their covariance; d x COLUMNS */
	double *turned, *scores;           /* d x n, n x COLUMNS */
	atomic_bool no_memory;
};

/* ---- folds ---- */

/* How many rows of a side each fold has: to one row the same share, the larger ones first of before and last of now. */
static void share_out(size_t left[RQ_CLASSIFIER_FOLDS], size_t rows, int side)
{
	for (size_t f = 0; f < RQ_CLASSIFIER_FOLDS; f++)
		left[f] = (rows + (side == 0 ? RQ_CLASSIFIER_FOLDS - 1 - f : f)) / RQ_CLASSIFIER_FOLDS;
}

static void deal_folds(struct classifier *c, uint64_t seed)
{
	size_t first = 0, count = 0;

	share_out(c->before, c->pool->of[0], 0);
	for (int side = 0; side < 2; first += c->pool->of[side++]) {
		size_t left[RQ_CLASSIFIER_FOLDS], rows = c->pool->of[side];
		struct rq_random random;
		rq_random_stream(&random, seed, FOLD_STREAM + (uint64_t)side);
		share_out(left, rows, side);
		for (size_t i = 0; i < rows; i++) {
			size_t place = (size_t)rq_random_below(&random, rows - i), f = 0;
			while (place >= left[f])
				place -= left[f++];
			left[f]--;
			c->fold[first + i] = (uint8_t)f;
		}
	}
	for (size_t f = 0; f < RQ_CLASSIFIER_FOLDS; f++) {
		c->first[f] = count;
		for (size_t i = 0; i < c->pool->n; i++)
			if (c->fold[i] == f)
				c->order[count++] = (uint32_t)i;
	}
	c->first[RQ_CLASSIFIER_FOLDS] = count;
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

/* ---- one fit ---- */

static double combine(const double lanes[LANES])
{
	return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

RQ_CLONES static double dot(const double *x, const double *y, size_t n)
{
	double lanes[LANES] = {0};
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		for (size_t j = 0; j < LANES; j++)
			lanes[j] += x[i + j] * y[i + j];
	for (size_t j = 0; i + j < n; j++)
		lanes[j] += x[i + j] * y[i + j];
	return combine(lanes);
}

RQ_CLONES static void add_times(double *sum, const double *x, double times, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum[i] += x[i] * times;
}

/* L, lower, of A = L L' (Cholesky); what stands above the diagonal is left alone. */
static void factorise(double *a, size_t d)
{
	for (size_t i = 0; i < d; i++)
		for (size_t j = 0; j <= i; j++) {
			double rest = a[i * d + j] - dot(a + i * d, a + j * d, j);
			a[i * d + j] = i == j ? sqrt(rest) : rest / a[j * d + j];
		}
}

/* A block of columns of L L' x = b. */
static void solve_block(void *context, size_t block)
{
	const struct fold *fold = context;
	size_t d = fold->classifier->pool->d;
	double *columns = fold->direction + block * BLOCK;

	for (size_t i = 0; i < d && !rq_cancel_requested(); i++) {
		for (size_t k = 0; k < i; k++)
			add_times(columns + i * COLUMNS, columns + k * COLUMNS, -fold->factor[i * d + k], BLOCK);
		for (size_t j = 0; j < BLOCK; j++)
			columns[i * COLUMNS + j] /= fold->factor[i * d + i];
	}
	for (size_t i = d; i-- > 0 && !rq_cancel_requested();) {
		for (size_t k = i + 1; k < d; k++)
			add_times(columns + i * COLUMNS, columns + k * COLUMNS, -fold->factor[k * d + i], BLOCK);
		for (size_t j = 0; j < BLOCK; j++)
			columns[i * COLUMNS + j] /= fold->factor[i * d + i];
	}
}

/* The covariance of the other folds with the ridge, and by every marking the difference of their sides' means, now less before. */
static enum rq_status gather(struct fold *fold, struct rq_error *err)
{
	const struct classifier *c = fold->classifier;
	const struct rq_tall rows = {.values = c->pool->rows, .rows = fold->rows, .count = c->pool->d},
						 marked = {.values = c->marks, .rows = fold->rows, .count = COLUMNS};
	size_t d = c->pool->d;
	double others = (double)(c->pool->n - fold->n), before = (double)(c->pool->of[0] - fold->before), now = others - before;

	for (size_t j = 0; j < d; j++)
		fold->mean[j] = 0;
	for (size_t i = 0; i < fold->n; i++) /* rows are centred: the others sum up to the opposite */
		add_times(fold->mean, c->pool->rows + fold->rows[i] * d, -1 / others, d);
	RQ_TRY(rq_tall_product(fold->factor, &rows, &rows, fold->n, err));
	RQ_TRY(rq_tall_product(fold->direction, &rows, &marked, fold->n, err));
	for (size_t j = 0; j < d; j++) {
		for (size_t k = 0; k < d; k++)
			fold->factor[j * d + k] = (c->moments[j * d + k] - fold->factor[j * d + k]) / others - fold->mean[j] * fold->mean[k];
		fold->factor[j * d + j] += (double)d / others;
		for (size_t column = 0; column < COLUMNS; column++) {
			double marked_sum = c->sums[j * COLUMNS + column] - fold->direction[j * COLUMNS + column];
			fold->direction[j * COLUMNS + column] = fold->mean[j] * others / now - marked_sum * (1 / now + 1 / before);
		}
	}
	return RQ_OK;
}

static enum rq_status learn(struct fold *fold, struct rq_error *err)
{
	RQ_TRY(gather(fold, err));
	factorise(fold->factor, fold->classifier->pool->d);
	rq_parallel_for(COLUMNS / BLOCK, solve_block, fold);
	return rq_cancel_check(err);
}

/* ---- what it says of the rows that it has not seen ---- */

struct scored {
	double score;
	uint32_t row;
};

static int by_score(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;

	return (x->score > y->score) - (x->score < y->score);
}

/* By one marking: ranks of all rows, equal scores their mean, and how many pairs are told apart (Mann & Whitney). */
static void rank_column(void *context, size_t column)
{
	struct fold *fold = context;
	struct classifier *c = fold->classifier;
	struct scored *rows = malloc(fold->n * sizeof *rows);
	double now = (double)(fold->n - fold->before), ranks = 0;

	if (rows == NULL) {
		atomic_store(&fold->no_memory, true);
		return;
	}
	for (size_t i = 0; i < fold->n; i++)
		rows[i] = (struct scored){fold->scores[i * COLUMNS + column], fold->rows[i]};
	qsort(rows, fold->n, sizeof *rows, by_score);
	for (size_t i = 0, end; i < fold->n; i = end) {
		for (end = i + 1; end < fold->n && rows[end].score == rows[i].score;)
			end++;
		double rank = (double)(i + end + 1) / 2;
		for (size_t j = i; j < end; j++) {
			ranks += c->marks[rows[j].row * COLUMNS + column] != 0 ? 0 : rank;
			if (column == 0)
				c->places[rows[j].row] = (rank - .5) / (double)fold->n;
		}
	}
	c->wins[column] += ranks - now * (now + 1) / 2;
	free(rows);
}

static enum rq_status ask(struct fold *fold, struct rq_error *err)
{
	const struct rq_pooled *pool = fold->classifier->pool;
	const struct rq_tall rows = {.values = fold->turned, .count = fold->n}, directions = {.values = fold->direction, .count = COLUMNS};

	for (size_t i = 0; i < fold->n; i++)
		for (size_t j = 0; j < pool->d; j++)
			fold->turned[j * fold->n + i] = pool->rows[fold->rows[i] * pool->d + j];
	RQ_TRY(rq_tall_product(fold->scores, &rows, &directions, pool->d, err));
	rq_parallel_for(COLUMNS, rank_column, fold);
	RQ_TRY(rq_cancel_check(err));
	return atomic_load(&fold->no_memory) ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status run_fold(struct classifier *c, size_t number, struct rq_error *err)
{
	size_t d = c->pool->d, n = c->first[number + 1] - c->first[number];
	RQ_CLEANUP(rq_free_pointer) double *mean = rq_alloc_aligned(d + 1, d * sizeof *mean);
	RQ_CLEANUP(rq_free_pointer) double *direction = rq_alloc_aligned(d, COLUMNS * sizeof *direction);
	RQ_CLEANUP(rq_free_pointer) double *turned = rq_alloc_aligned(n + 1, d * sizeof *turned);
	RQ_CLEANUP(rq_free_pointer) double *scores = rq_alloc_aligned(n + 1, COLUMNS * sizeof *scores);
	struct fold fold = {.classifier = c, .rows = c->order + c->first[number], .n = n, .before = c->before[number], .mean = mean, .direction = direction,
	                    .turned = turned, .scores = scores};

	if (mean == NULL || direction == NULL || turned == NULL || scores == NULL)
		return rq_fail_memory(err);
	fold.factor = mean + d;
	RQ_TRY(learn(&fold, err));
	RQ_TRY(ask(&fold, err));
	c->pairs += (double)fold.before * (double)(n - fold.before);
	return RQ_OK;
}

/* ---- all of them ---- */

static enum rq_status run_folds(struct classifier *c, uint64_t seed, struct rq_error *err)
{
	const struct rq_tall rows = {.values = c->pool->rows, .count = c->pool->d};

	deal_folds(c, seed);
	RQ_TRY(rq_pooled_marks(&c->marks, c->pool, &(struct rq_strata){c->order, c->first, c->before, RQ_CLASSIFIER_FOLDS}, RQ_PERMUTATIONS, seed, err));
	const struct rq_tall marked = {.values = c->marks, .count = COLUMNS};
	RQ_TRY(rq_tall_product(c->moments, &rows, &rows, c->pool->n, err));
	RQ_TRY(rq_tall_product(c->sums, &rows, &marked, c->pool->n, err));
	for (size_t fold = 0; fold < RQ_CLASSIFIER_FOLDS; fold++)
		RQ_TRY(run_fold(c, fold, err));
	return RQ_OK;
}

static enum rq_status fill(struct rq_drift_value *value, struct classifier *c, struct rq_error *err)
{
	const struct rq_pooled *pool = c->pool;
	const struct rq_two_sets sets = {.high = c->places + pool->of[0], .low = c->places, .high_count = pool->of[1], .low_count = pool->of[0]};
	struct rq_auc auc;

	if (c->pairs == 0) /* two rows a side, none of them beside one of the other */
		return RQ_OK;
	RQ_TRY(rq_auc(&auc, &sets, err));
	double width = sqrt(2) * (auc.value - auc.lower);
	for (size_t column = 0; column < COLUMNS; column++)
		c->wins[column] /= c->pairs;
	value->value = c->wins[0];
	value->lower = fmax(value->value - width, 0);
	value->upper = fmin(value->value + width, 1);
	value->error = width / rq_normal_quantile(.95);
	value->p = rq_permutation_p(c->wins, RQ_PERMUTATIONS);
	value->chance = .5;
	return RQ_OK;
}

enum rq_status rq_domain_auc(struct rq_drift_value *auc, const struct rq_vectors *before, const struct rq_vectors *after, uint64_t seed,
                             struct rq_error *err)
{
	RQ_CLEANUP(rq_pooled_release) struct rq_pooled pool = {0};

	*auc = rq_drift_unknown(RQ_DRIFT_domain_auc);
	RQ_TRY(rq_check_samples(before, after, err));
	RQ_TRY(rq_pooled_init(&pool, before, after, RQ_POPULATION_SAMPLE, seed, err));
	auc->n = pool.of[0] < pool.of[1] ? pool.of[0] : pool.of[1];
	standardise(&pool);
	RQ_CLEANUP(rq_free_pointer) uint32_t *order = malloc(pool.n * sizeof *order);
	RQ_CLEANUP(rq_free_pointer) uint8_t *fold = malloc(pool.n);
	RQ_CLEANUP(rq_free_pointer) double *places = malloc(pool.n * sizeof *places);
	RQ_CLEANUP(rq_free_pointer) double *moments = rq_alloc_aligned(pool.d, pool.d * sizeof *moments);
	RQ_CLEANUP(rq_free_pointer) double *sums = rq_alloc_aligned(pool.d, COLUMNS * sizeof *sums);
	struct classifier classifier = {.pool = &pool, .order = order, .fold = fold, .places = places, .moments = moments, .sums = sums};
	if (order == NULL || fold == NULL || places == NULL || moments == NULL || sums == NULL)
		return rq_fail_memory(err);
	enum rq_status status = run_folds(&classifier, seed, err);
	if (status == RQ_OK)
		status = fill(auc, &classifier, err);
	free(classifier.marks);
	return status;
}
