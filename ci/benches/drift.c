/* What a weekly look at the vectors takes: each figure of drift on a large corpus, stored and embedded again, and the memory of all of them. There
 * is nothing to measure beside them; the targets are what was asked for. */
#include "ci/benches/harness/bench.h"
#include "ci/benches/harness/collection.h"
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "evalcore/index/index.h"
#include "metrics/drift/geometry.h"
#include "metrics/drift/model.h"
#include "metrics/drift/population.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { SEED = 1, CUTOFF = 10 };

struct week {
	struct rq_vectors before, now, queries[2]; /* the queries' rows of each side */
	struct rq_neighbours found[2];
	uint32_t *tie_rank, *own;
	size_t sample;
	double error; /* of the mean of lists */
};

static void release(struct week *week)
{
	rq_vectors_release(&week->before);
	rq_vectors_release(&week->now);
	for (int side = 0; side < 2; side++) {
		rq_vectors_release(&week->queries[side]);
		rq_neighbours_release(&week->found[side]);
	}
	free(week->tie_rank);
	free(week->own);
}

static enum rq_status run_alignment(struct week *week, struct rq_error *err)
{
	struct rq_alignment alignment;

	return rq_alignment(&alignment, &week->before, &week->now, SEED, err);
}

static enum rq_status run_cosines(struct week *week, struct rq_error *err)
{
	struct rq_cosine_drift cosines;

	return rq_cosine_drift(&cosines, &week->before, &week->now, err);
}

/* Searches included. */
static enum rq_status run_neighbours(struct week *week, struct rq_error *err)
{
	const struct rq_vectors *sides[] = {&week->before, &week->now};
	struct rq_nearest nearest[2];
	struct rq_list_drift drift;

	for (int side = 0; side < 2; side++) {
		struct rq_neighbours *found = &week->found[side];
		RQ_TRY(rq_exact_search(found, sides[side], week->queries[side].data, week->sample, RQ_INNER_PRODUCT, week->tie_rank, NULL, err));
		nearest[side] = (struct rq_nearest){found->rows, found->counts, found->scores, week->own, week->sample, found->k, week->before.n};
	}
	RQ_TRY(rq_neighbour_drift(&drift, &nearest[0], &nearest[1], CUTOFF, week->before.n, err));
	week->error = drift.jaccard.error;
	return RQ_OK;
}

static enum rq_status run_mmd(struct week *week, struct rq_error *err)
{
	struct rq_mmd mmd;

	return rq_mmd(&mmd, &week->before, &week->now, SEED, err);
}

static enum rq_status run_others(struct week *week, struct rq_error *err)
{
	struct rq_drift_value value;
	struct rq_moved_components moved;

	RQ_TRY(rq_centroid_shift(&value, &week->before, &week->now, SEED, err));
	RQ_TRY(rq_domain_auc(&value, &week->before, &week->now, SEED, err));
	return rq_moved_components(&moved, &week->before, &week->now, SEED, err);
}

static enum rq_status run_geometry(struct week *week, struct rq_error *err)
{
	struct rq_geometry geometry;

	RQ_TRY(rq_geometry_of(&geometry, &week->before, NULL, CUTOFF, RQ_RANK_SAMPLE, SEED, err));
	return rq_geometry_of(&geometry, &week->now, NULL, CUTOFF, RQ_RANK_SAMPLE, SEED, err);
}

static const struct {
	const char *name;
	enum rq_status (*run)(struct week *week, struct rq_error *err);
	double target; /* seconds; 0: none was asked for */
} figures[] = {
	{"CKA and Procrustes, each with its chance", run_alignment, 2},
	{"neighbours of 10,000 rows at most, searched on both sides", run_neighbours, 20},
	{"MMD, 999 permutations", run_mmd, 20},
	{"centroid, classifier, components", run_others, 0},
	{"cosines", run_cosines, 0},
	{"lengths, duplicates, effective rank of both sides", run_geometry, 0},
};

/* Copies of the documents with a little noise, as an endpoint gives that changed. */
static enum rq_status make_week(struct week *week, const struct rq_shape *shape, struct rq_error *err)
{
	struct rq_made made;
	struct rq_random random;

	RQ_TRY(rq_make_vectors(&made, shape, err));
	week->before = made.documents;
	rq_vectors_release(&made.topics);
	size_t n = week->before.n, d = week->before.d;
	RQ_TRY(rq_vectors_init(&week->now, n, d, err));
	rq_random_seed(&random, SEED);
	for (size_t i = 0; i < n * d; i++)
		week->now.data[i] = week->before.data[i] + (float)(.02 * (rq_random_unit(&random) - .5));
	(void)rq_vectors_normalise(&week->now);
	week->sample = n > RQ_NEAREST_EXACT ? RQ_NEAREST_SAMPLE : n;
	week->own = malloc(week->sample * sizeof *week->own);
	week->tie_rank = malloc(n * sizeof *week->tie_rank);
	if (week->own == NULL || week->tie_rank == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++)
		week->tie_rank[i] = (uint32_t)i;
	rq_sample_rows(week->own, week->sample, n, SEED);
	for (int side = 0; side < 2; side++) {
		const struct rq_vectors *from = side == 0 ? &week->before : &week->now;
		RQ_TRY(rq_vectors_init(&week->queries[side], week->sample, d, err));
		RQ_TRY(rq_neighbours_init(&week->found[side], week->sample, CUTOFF + 1, err));
		for (size_t i = 0; i < week->sample; i++)
			memcpy(week->queries[side].data + i * d, from->data + week->own[i] * d, d * sizeof *from->data);
	}
	return RQ_OK;
}

static enum rq_status add_memory(struct rq_bench_context *context, const struct week *week, struct rq_error *err)
{
	struct rusage usage; /* of the process: it says little where other benches ran before */

	getrusage(RUSAGE_SELF, &usage);
	const struct rq_bench_row memory = {
		.bench = "drift", .unit = "MB", .value = rq_figure_exact((double)usage.ru_maxrss * 1024e-6), .reference = rq_no_figure,
		.goal = context->small ? RQ_NO_GOAL : RQ_GOAL_VALUE, .target = 1000,
	};
	RQ_TRY(rq_bench_add(context->rows, &memory, err, "peak memory, vectors of both sides included"));
	const struct rq_bench_row error = {
		.bench = "drift", .unit = "Jaccard", .value = rq_figure_exact(week->error), .reference = rq_no_figure,
		.goal = context->small ? RQ_NO_GOAL : RQ_GOAL_VALUE, .target = .005,
	};
	return rq_bench_add(context->rows, &error, err, "standard error of the neighbours' overlap");
}

static enum rq_status measure(struct rq_bench_context *context, struct week *week, struct rq_error *err)
{
	size_t repetitions = rq_bench_repetitions(context, 3);

	for (size_t f = 0; f < sizeof figures / sizeof *figures; f++) {
		struct rq_samples samples = {0};
		for (size_t i = 0; i < repetitions; i++) {
			uint64_t started = rq_clock_ns();
			RQ_TRY(figures[f].run(week, err));
			rq_samples_add(&samples, (double)(rq_clock_ns() - started) * 1e-9);
		}
		const struct rq_bench_row row = {
			.bench = "drift", .unit = "s", .value = rq_figure_of(&samples), .reference = rq_no_figure,
			.goal = context->small || figures[f].target == 0 ? RQ_NO_GOAL : RQ_GOAL_VALUE, .target = figures[f].target,
		};
		RQ_TRY(rq_bench_add(context->rows, &row, err, "%zu x %zu, %s", week->before.n, week->before.d, figures[f].name));
	}
	return add_memory(context, week, err);
}

static enum rq_status run(struct rq_bench_context *context, struct rq_error *err)
{
	const struct rq_shape shape = context->small ? (struct rq_shape){600, 1, 20, 32} : (struct rq_shape){100000, 1, 1000, 384};
	RQ_CLEANUP(release) struct week week = {0};

	RQ_TRY(make_week(&week, &shape, err));
	return measure(context, &week, err);
}

const struct rq_bench rq_bench_drift = {
	.name = "drift",
	.summary = "figures of drift on 100,000 x 384 vectors, stored and embedded again: time of each, and the memory of all",
	.run = run,
};
