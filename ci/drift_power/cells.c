/* Pairs of one change, and what each figure says of them. */
#include "ci/drift_power/power.h"

#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "evalcore/index/index.h"
#include "metrics/drift/geometry.h"
#include "metrics/drift/model.h"
#include "metrics/drift/population.h"
#include "metrics/drift/series.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CUTOFF = 10, BLOCK = 64 };
static const double level = 0.05, week_noise = 0.01;

/* The rows of one trial: a sample, that sample changed, and another sample changed. */
struct trial {
	struct rq_vectors sample, changed, other;
	size_t came; /* of the rows of `changed`; 0: they are the same texts */
	struct rq_drift_value values[RQ_DRIFT_FIGURES];
	bool computed[RQ_DRIFT_FIGURES];
	enum rq_status status;
};

static void trial_release(struct trial *trial)
{
	rq_vectors_release(&trial->sample);
	rq_vectors_release(&trial->changed);
	rq_vectors_release(&trial->other);
}

static void take(struct trial *trial, struct rq_drift_value value)
{
	trial->values[value.figure] = value;
	trial->computed[value.figure] = true;
}

/* ---- the same texts ---- */

struct lists {
	struct rq_neighbours found;
	struct rq_nearest nearest;
};

static enum rq_status search(struct lists *lists, const struct rq_vectors *rows, const uint32_t *own, struct rq_error *err)
{
	RQ_TRY(rq_neighbours_init(&lists->found, rows->n, CUTOFF + 1, err));
	RQ_TRY(rq_exact_search(&lists->found, rows, rows->data, rows->n, RQ_INNER_PRODUCT, own, NULL, err));
	lists->nearest = (struct rq_nearest){lists->found.rows, lists->found.counts, lists->found.scores, own, rows->n, CUTOFF + 1, rows->n};
	return RQ_OK;
}

static enum rq_status compare_geometry(struct trial *trial, const struct lists lists[2], struct rq_error *err)
{
	struct rq_geometry before, now;
	size_t n = trial->sample.n;

	RQ_TRY(rq_geometry_of(&before, &trial->sample, &lists[0].nearest, CUTOFF, n, 1, err));
	RQ_TRY(rq_geometry_of(&now, &trial->changed, &lists[1].nearest, CUTOFF, n, 1, err));
	struct rq_geometry_drift geometry = rq_geometry_compare(&before, &now);
	take(trial, geometry.hubness);
	take(trial, geometry.effective_rank);
	take(trial, geometry.margin);
	take(trial, geometry.duplicates);
	return RQ_OK;
}

static enum rq_status compare_models(struct trial *trial, struct lists lists[2], const uint32_t *own, struct rq_error *err)
{
	struct rq_list_drift shared;
	struct rq_alignment alignment;
	struct rq_cosine_drift cosines;

	RQ_TRY(search(&lists[0], &trial->sample, own, err));
	RQ_TRY(search(&lists[1], &trial->changed, own, err));
	if (trial->came > 0)
		return compare_geometry(trial, lists, err);
	RQ_TRY(rq_neighbour_drift(&shared, &lists[0].nearest, &lists[1].nearest, CUTOFF, trial->sample.n, err));
	RQ_TRY(rq_alignment(&alignment, &trial->sample, &trial->changed, 1, err));
	RQ_TRY(rq_cosine_drift(&cosines, &trial->sample, &trial->changed, err));
	take(trial, shared.jaccard);
	take(trial, shared.overlap);
	take(trial, shared.rbo);
	take(trial, alignment.cka);
	take(trial, alignment.procrustes);
	take(trial, cosines.silent_change);
	take(trial, cosines.changed_vectors);
	return compare_geometry(trial, lists, err);
}

static enum rq_status run_models(struct trial *trial, struct rq_error *err)
{
	struct lists lists[2] = {0};
	uint32_t *own = malloc(trial->sample.n * sizeof *own);

	if (own == NULL)
		return rq_fail_memory(err);
	for (uint32_t i = 0; i < trial->sample.n; i++)
		own[i] = i;
	enum rq_status status = compare_models(trial, lists, own, err);
	rq_neighbours_release(&lists[0].found);
	rq_neighbours_release(&lists[1].found);
	free(own);
	return status;
}

/* ---- two sets of texts ---- */

static enum rq_status run_population(struct trial *trial, uint64_t seed, struct rq_error *err)
{
	struct rq_mmd mmd;
	struct rq_moved_components moved;
	struct rq_drift_value shift, auc;

	RQ_TRY(rq_mmd(&mmd, &trial->sample, &trial->other, seed, err));
	RQ_TRY(rq_centroid_shift(&shift, &trial->sample, &trial->other, seed, err));
	RQ_TRY(rq_domain_auc(&auc, &trial->sample, &trial->other, seed, err));
	RQ_TRY(rq_moved_components(&moved, &trial->sample, &trial->other, seed, err));
	take(trial, mmd.mmd);
	take(trial, shift);
	take(trial, auc);
	take(trial, moved.moved);
	return RQ_OK;
}

/* ---- trials ---- */

/* As many rows as came stand first in `other`, and in `changed` instead of those that went. Rows are in random order: the first ones will do. */
static enum rq_status replace(struct trial *trial, const struct rq_power_cell *cell, size_t came, uint64_t seed, struct rq_error *err)
{
	const struct rq_vectors *others = &cell->set->others;
	RQ_CLEANUP(rq_free_pointer) uint32_t *rows = malloc((came + 1) * sizeof *rows);

	if (rows == NULL)
		return rq_fail_memory(err);
	rq_sample_rows(rows, came, others->n, seed);
	for (size_t i = 0; i < came && cell->change->kind == RQ_CHANGE_REPLACE; i++)
		memcpy(trial->other.data + i * others->d, others->data + rows[i] * others->d, others->d * sizeof *others->data);
	memcpy(trial->changed.data, trial->other.data, came * others->d * sizeof *others->data);
	trial->other.n = came;
	return RQ_OK;
}

/* Twice as many rows as a side has, in random order: one sample and the other. */
static enum rq_status draw(struct trial *trial, const struct rq_power_cell *cell, uint64_t seed, struct rq_error *err)
{
	const struct rq_vectors *from = &cell->set->rows;
	size_t n = cell->n, row = from->d * sizeof *from->data;
	struct rq_random random;
	RQ_CLEANUP(rq_free_pointer) uint32_t *order = malloc(from->n * sizeof *order);

	if (order == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_vectors_init(&trial->sample, n, from->d, err));
	RQ_TRY(rq_vectors_init(&trial->changed, n, from->d, err));
	RQ_TRY(rq_vectors_init(&trial->other, n, from->d, err));
	rq_random_seed(&random, seed);
	for (size_t i = 0; i < from->n; i++)
		order[i] = (uint32_t)i;
	for (size_t i = 0; i < 2 * n; i++) {
		size_t j = i + (size_t)rq_random_below(&random, from->n - i);
		uint32_t taken = order[j];
		order[j] = order[i];
		order[i] = taken;
		float *to = i < n ? trial->sample.data + i * from->d : trial->other.data + (i - n) * from->d;
		memcpy(to, from->data + taken * from->d, row);
	}
	memcpy(trial->changed.data, trial->sample.data, n * row);
	rq_change_apply(&trial->changed, cell->change, cell->set, seed + 1);
	rq_change_apply(&trial->other, cell->change, cell->set, seed + 1);
	trial->came = rq_change_came(cell->change, n);
	return trial->came > 0 ? replace(trial, cell, trial->came, seed + 1, err) : RQ_OK;
}

/* A block of a cell's trials. Those of two sets run side by side; LAPACK, which the others call, is one a process. */
struct trials {
	const struct rq_power_cell *cell;
	struct trial *items;
	size_t first;
	uint64_t seed, stream;
};

static uint64_t seed_of(const struct trials *trials, size_t i)
{
	struct rq_random random;

	rq_random_stream(&random, trials->seed + i, trials->stream);
	return rq_random_u64(&random);
}

static void population_task(void *context, size_t i)
{
	struct trials *trials = context;
	uint64_t seed = seed_of(trials, trials->first + i);

	if (rq_cancel_requested())
		return;
	trials->items[i].status = draw(&trials->items[i], trials->cell, seed, NULL);
	if (trials->items[i].status == RQ_OK)
		trials->items[i].status = run_population(&trials->items[i], seed, NULL);
}

static bool is_of_texts(enum rq_drift_name figure)
{
	return figure == RQ_DRIFT_mmd || figure == RQ_DRIFT_centroid_shift || figure == RQ_DRIFT_domain_auc || figure == RQ_DRIFT_moved_components;
}

/* All that have a p are one family, as in a job. */
static void count_trial(struct rq_power_cell *cell, const struct trial *trial)
{
	double p[RQ_DRIFT_FIGURES];
	size_t members = 0, next = 0;
	bool any = false, week = false;

	for (size_t f = 0; f < RQ_DRIFT_FIGURES; f++)
		if (trial->computed[f] && !isnan(trial->values[f].p))
			p[members++] = trial->values[f].p;
	rq_holm(p, members);
	for (enum rq_drift_name f = 0; f < RQ_DRIFT_FIGURES; f++) {
		const struct rq_drift_value *value = &trial->values[f];
		if (!trial->computed[f])
			continue;
		bool fails = rq_drift_judge(value, rq_drift_figures[f].limit, isnan(value->p) ? (double)NAN : p[next++]) == RQ_FAIL;
		cell->computed[f] = true;
		cell->sum[f] += value->value;
		cell->failed[f] += fails;
		cell->told[f] += value->p <= level;
		any = any || (fails && is_of_texts(f));
		week = week || fails;
	}
	cell->any += any;
	cell->week += week;
}

static enum rq_status run_block(struct rq_power_cell *cell, struct trials *trials, size_t count, struct rq_error *err)
{
	memset(trials->items, 0, count * sizeof *trials->items);
	rq_parallel_for(count, population_task, trials);
	enum rq_status status = rq_cancel_check(err);
	for (size_t i = 0; i < count; i++) {
		if (status == RQ_OK && trials->items[i].status != RQ_OK)
			status = rq_fail_memory(err);
		if (status == RQ_OK)
			status = run_models(&trials->items[i], err);
		if (status == RQ_OK)
			count_trial(cell, &trials->items[i]);
		trial_release(&trials->items[i]);
	}
	return status;
}

enum rq_status rq_power_cell_run(struct rq_power_cell *cell, uint64_t seed, uint64_t stream, struct rq_error *err)
{
	struct trials trials = {.cell = cell, .items = calloc(BLOCK, sizeof *trials.items), .seed = seed, .stream = stream};
	enum rq_status status = RQ_OK;

	if (trials.items == NULL)
		return rq_fail_memory(err);
	for (; trials.first < cell->trials && status == RQ_OK; trials.first += BLOCK)
		status = run_block(cell, &trials, cell->trials - trials.first < BLOCK ? cell->trials - trials.first : BLOCK, err);
	free(trials.items);
	return status;
}

enum rq_status rq_power_series_run(struct rq_power_series *series, uint64_t seed, uint64_t stream, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) double *values = malloc(series->weeks * sizeof *values);
	struct rq_random random;

	if (values == NULL)
		return rq_fail_memory(err);
	rq_random_stream(&random, seed, stream);
	for (size_t trial = 0; trial < series->trials; trial++) {
		struct rq_change_point point;
		for (size_t i = 0; i < series->weeks; i++)
			values[i] = week_noise * rq_random_normal(&random) - (i >= series->weeks / 2 ? series->drop : 0);
		RQ_TRY(rq_change_point(&point, values, series->weeks, rq_random_u64(&random), err));
		series->failed += rq_drift_judge(&point.change, rq_drift_figures[RQ_DRIFT_change_point].limit, point.change.p) == RQ_FAIL;
		series->told += point.change.p <= level;
	}
	return RQ_OK;
}
