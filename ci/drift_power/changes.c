/* What is done to the rows of one side. */
#include "ci/drift_power/power.h"

#include "evalcore/base/random.h"

#include <math.h>

const struct rq_change rq_changes[] = {
	{"none", RQ_CHANGE_NONE, 0},
	{"noise .01", RQ_CHANGE_NOISE, 0.01},
	{"noise .05", RQ_CHANGE_NOISE, 0.05},
	{"noise .1", RQ_CHANGE_NOISE, 0.1},
	{"noise .2", RQ_CHANGE_NOISE, 0.2},
	{"noise .5", RQ_CHANGE_NOISE, 0.5},
	{"shift .05", RQ_CHANGE_SHIFT, 0.05},
	{"shift .1", RQ_CHANGE_SHIFT, 0.1},
	{"shift .2", RQ_CHANGE_SHIFT, 0.2},
	{"1 % came", RQ_CHANGE_COME, 0.01},
	{"5 % came", RQ_CHANGE_COME, 0.05},
	{"20 % came", RQ_CHANGE_COME, 0.2},
	{"50 % came", RQ_CHANGE_COME, 0.5},
	{"1 % replaced", RQ_CHANGE_REPLACE, 0.01},
	{"5 % replaced", RQ_CHANGE_REPLACE, 0.05},
	{"20 % replaced", RQ_CHANGE_REPLACE, 0.2},
	{"50 % replaced", RQ_CHANGE_REPLACE, 0.5},
	{"int8", RQ_CHANGE_QUANTISE, 127},
	{"int4", RQ_CHANGE_QUANTISE, 7},
	{"rotated", RQ_CHANGE_ROTATE, 0},
	{"one dimension", RQ_CHANGE_DROP, 0},
};
const size_t rq_change_count = sizeof rq_changes / sizeof *rq_changes;

static const double jitter = 1e-6; /* of a deviation: what the same model gives on another machine */

/* The same move of every row; signs by component. */
static void shift(struct rq_vectors *rows, double size, const struct rq_power_set *set, struct rq_random *random)
{
	for (size_t j = 0; j < rows->d; j++) {
		double by = (rq_random_unit(random) < 0.5 ? -size : size) * set->deviations[j];
		for (size_t i = 0; i < rows->n; i++)
			rows->data[i * rows->d + j] += (float)by;
	}
}

static void add_noise(struct rq_vectors *rows, double size, const struct rq_power_set *set, struct rq_random *random)
{
	for (size_t i = 0; i < rows->n; i++)
		for (size_t j = 0; j < rows->d; j++)
			rows->data[i * rows->d + j] += (float)(size * set->deviations[j] * rq_random_normal(random));
}

bool rq_change_is_none(const struct rq_change *change)
{
	return change->kind == RQ_CHANGE_NONE || change->kind == RQ_CHANGE_COME;
}

size_t rq_change_came(const struct rq_change *change, size_t rows)
{
	return change->kind == RQ_CHANGE_COME || change->kind == RQ_CHANGE_REPLACE ? (size_t)ceil(change->size * (double)rows) : 0;
}

/* Whole numbers up to `most` for the largest component of each row. */
static void quantise(struct rq_vectors *rows, double most)
{
	for (size_t i = 0; i < rows->n; i++) {
		float *row = rows->data + i * rows->d;
		double largest = 0;
		for (size_t j = 0; j < rows->d; j++)
			largest = fmax(largest, fabs((double)row[j]));
		for (size_t j = 0; j < rows->d && largest > 0; j++)
			row[j] = (float)round(row[j] / largest * most);
	}
}

/* Components change places and signs: a rotation that rounds nothing. */
static void rotate(struct rq_vectors *rows, struct rq_random *random)
{
	for (size_t j = rows->d; j > 1; j--) {
		size_t other = (size_t)rq_random_below(random, j);
		float sign = rq_random_unit(random) < 0.5 ? -1 : 1;
		for (size_t i = 0; i < rows->n; i++) {
			float *row = rows->data + i * rows->d, value = row[j - 1];
			row[j - 1] = sign * row[other];
			row[other] = value;
		}
	}
}

void rq_change_apply(struct rq_vectors *rows, const struct rq_change *change, const struct rq_power_set *set, uint64_t seed)
{
	struct rq_random random;

	rq_random_seed(&random, seed);
	switch (change->kind) {
	case RQ_CHANGE_NONE:
		add_noise(rows, jitter, set, &random);
		break;
	case RQ_CHANGE_NOISE:
		add_noise(rows, change->size, set, &random);
		break;
	case RQ_CHANGE_SHIFT:
		shift(rows, change->size, set, &random);
		break;
	case RQ_CHANGE_COME:
	case RQ_CHANGE_REPLACE:
		return;
	case RQ_CHANGE_QUANTISE:
		quantise(rows, change->size);
		break;
	case RQ_CHANGE_ROTATE:
		rotate(rows, &random);
		break;
	case RQ_CHANGE_DROP:
		for (size_t i = 0; i < rows->n; i++)
			rows->data[i * rows->d + set->spread] = 0;
		break;
	}
	(void)rq_vectors_normalise(rows);
}
