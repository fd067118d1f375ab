/* rqgate_mixture_power: vectors of one real model, and of two mixed, and which of them "rqgate snapshot create" would refuse. ci/mixture-power builds
 * and calls it. */
#include "ci/cli/command.h"
#include "ci/cli/tool.h"
#include "ci/mixture_power/power.h"
#include "evalcore/base/json.h"
#include "evalcore/base/random.h"
#include "evalcore/snapshot/mixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIALS = 20, ALTERNATING = -1, CELLS_MOST = 1000 };

/* Percent of the rows that are the other model's. */
static const int shares[] = {1, 5, 20, 50, ALTERNATING};
enum { SHARES = sizeof shares / sizeof *shares };

struct options {
	struct rq_trials_asked asked;
};

static const struct rq_flag flags[] = {
	RQ_TRIALS_FLAGS(struct options, "print all cases as JSON instead of the table", "mixtures of each kind (default: 20)",
	                "which rows are drawn (default: 1)"),
	RQ_FLAGS_END,
};

static void explain(struct rq_buf *out)
{
	rq_buf_puts(out, "Vectors of real models over the same texts: of one alone (the whole set, then halves drawn at random), which must not be refused, and of\n"
	                 "two of the same dimension, where so many percent of the rows, or every other one, are the other's. Prints how many are refused. The\n"
	                 "collections are in RQ_SHARED, or ../shared.\n");
}

/* One kind of mixture; `other` NULL: of one model. */
struct cell {
	const struct rq_mixture_set *set, *other;
	int share;
	size_t found, trials;
};

struct power {
	struct rq_mixture_sets sets;
	struct cell cells[CELLS_MOST];
	size_t count;
};

/* Every row is looked at in a set that is no larger than the sample. */
static enum rq_status look(struct cell *cell, const struct rq_vectors *vectors, struct rq_error *err)
{
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors sample = {0};
	struct rq_mixture mixture;
	struct rq_mixture_rows rows;

	rq_mixture_choose(&rows, vectors->n);
	RQ_TRY(rq_mixture_take(&sample, vectors, &rows, err));
	RQ_TRY(rq_mixture_measure(&mixture, &sample, &rows, err));
	cell->found += mixture.found;
	cell->trials++;
	return RQ_OK;
}

/* Draws `count` rows, without any twice, to the front. */
static void draw(uint32_t *rows, size_t n, size_t count, struct rq_random *random)
{
	for (size_t i = 0; i < n; i++)
		rows[i] = (uint32_t)i;
	for (size_t i = 0; i < count; i++) {
		size_t with = i + (size_t)rq_random_below(random, n - i);
		uint32_t row = rows[i];
		rows[i] = rows[with];
		rows[with] = row;
	}
}

/* All of it first, then halves. */
static enum rq_status run_alone(struct cell *cell, size_t trials, struct rq_random *random, struct rq_error *err)
{
	const struct rq_vectors *all = &cell->set->rows;
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors half = {0};
	RQ_CLEANUP(rq_free_pointer) uint32_t *rows = malloc(all->n * sizeof *rows);

	if (rows == NULL)
		return rq_fail_memory(err);
	RQ_TRY(look(cell, all, err));
	RQ_TRY(rq_vectors_init(&half, all->n / 2, all->d, err));
	while (cell->trials < trials) {
		draw(rows, all->n, half.n, random);
		for (size_t i = 0; i < half.n; i++)
			memcpy(half.data + i * half.d, all->data + rows[i] * all->d, half.d * sizeof *half.data);
		RQ_TRY(look(cell, &half, err));
	}
	return RQ_OK;
}

static enum rq_status run_mixed(struct cell *cell, size_t trials, struct rq_random *random, struct rq_error *err)
{
	const struct rq_vectors *a = &cell->set->rows, *b = &cell->other->rows;
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors mixed = {0};
	RQ_CLEANUP(rq_free_pointer) uint32_t *rows = malloc(a->n * sizeof *rows);
	size_t count = cell->share == ALTERNATING ? a->n / 2 : (a->n * (size_t)cell->share + 50) / 100;

	if (rows == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_vectors_init(&mixed, a->n, a->d, err));
	while (cell->trials < (cell->share == ALTERNATING ? 1 : trials)) {
		draw(rows, a->n, count, random);
		memcpy(mixed.data, a->data, a->n * a->d * sizeof *a->data);
		for (size_t i = 0; i < count; i++) {
			size_t row = cell->share == ALTERNATING ? 2 * i + 1 : rows[i];
			memcpy(mixed.data + row * a->d, b->data + row * a->d, a->d * sizeof *a->data);
		}
		RQ_TRY(look(cell, &mixed, err));
	}
	return RQ_OK;
}

static enum rq_status run_cells(struct power *power, size_t trials, uint64_t seed, struct rq_error *err)
{
	const struct rq_mixture_sets *sets = &power->sets;
	struct rq_random random;

	for (size_t i = 0; i < sets->count; i++) {
		struct cell *cell = &power->cells[power->count];
		*cell = (struct cell){.set = &sets->items[i]};
		rq_random_stream(&random, seed, power->count++);
		RQ_TRY(run_alone(cell, trials, &random, err));
	}
	for (size_t i = 0; i < sets->count; i++)
		for (size_t j = 0; j < sets->count; j++) {
			const struct rq_mixture_set *a = &sets->items[i], *b = &sets->items[j];
			if (i == j || strcmp(a->texts, b->texts) != 0 || a->rows.d != b->rows.d || a->rows.n != b->rows.n)
				continue;
			for (size_t s = 0; s < SHARES; s++) {
				struct cell *cell = &power->cells[power->count];
				*cell = (struct cell){.set = a, .other = b, .share = shares[s]};
				rq_random_stream(&random, seed, power->count++);
				RQ_TRY(run_mixed(cell, trials, &random, err));
			}
		}
	return RQ_OK;
}

static enum rq_status print_json(struct rq_buf *out, const struct power *power, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	rq_json *cells = rq_json_set_array(root, "cells");

	for (size_t i = 0; i < power->count; i++) {
		const struct cell *cell = &power->cells[i];
		rq_json *object = rq_json_push_object(cells);
		rq_json_set_string(object, "texts", cell->set->texts);
		rq_json_set_string(object, "model", cell->set->name);
		rq_json_set_string(object, "other", cell->other == NULL ? NULL : cell->other->name);
		rq_json_set_number(object, "rows", (double)cell->set->rows.n);
		rq_json_set_number(object, "dimension", (double)cell->set->rows.d);
		rq_json_set_number(object, "percent", cell->other == NULL ? 0 : cell->share == ALTERNATING ? 50 : cell->share);
		rq_json_set_bool(object, "alternating", cell->share == ALTERNATING);
		rq_json_set_number(object, "found", (double)cell->found);
		rq_json_set_number(object, "trials", (double)cell->trials);
	}
	enum rq_status status = rq_json_print(out, root, true, err);
	rq_buf_puts(out, "\n");
	return status;
}

static void print_table(struct rq_buf *out, const struct power *power)
{
	size_t accused = 0, sets = 0;

	rq_buf_puts(out, "texts       vectors of        and of          rows    d    1 %    5 %   20 %   50 %  alternating\n"
	                 "------------------------------------------------------------------------------------------------\n");
	for (size_t i = 0; i < power->count; i++) {
		const struct cell *cell = &power->cells[i];
		if (cell->other == NULL) {
			accused += cell->found;
			sets += cell->trials;
			if (cell->found > 0)
				rq_buf_printf(out, "%-11s %-17s accused: %zu of %zu\n", cell->set->texts, cell->set->name, cell->found, cell->trials);
			continue;
		}
		if (cell->share == shares[0])
			rq_buf_printf(out, "%-11s %-17s %-14s %5zu %4zu", cell->set->texts, cell->set->name, cell->other->name, cell->set->rows.n, cell->set->rows.d);
		if (cell->share == ALTERNATING)
			rq_buf_printf(out, "  %s\n", cell->found > 0 ? "yes" : "no");
		else
			rq_buf_printf(out, "  %2zu/%-2zu", cell->found, cell->trials);
	}
	rq_buf_printf(out, "\nof one model: %zu of %zu sets accused\n", accused, sets);
}

static enum rq_status measure(struct rq_buf *out, const void *given, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct options *options = given;
	struct power *power = rq_arena_alloc(&arena, 1, sizeof *power);

	if (power == NULL)
		return rq_fail_memory(err);
	enum rq_status status = rq_mixture_sets_load(&power->sets, rq_tool_shared(), &arena, err);
	if (status == RQ_OK)
		status = run_cells(power, rq_trials_count(&options->asked, TRIALS), rq_trials_seed(&options->asked), err);
	if (status == RQ_OK && options->asked.json)
		status = print_json(out, power, err);
	else if (status == RQ_OK)
		print_table(out, power);
	rq_mixture_sets_release(&power->sets);
	return status;
}

static enum rq_status run(int argc, char **argv, struct rq_error *err)
{
	static const struct rq_trials_tool tool = {"ci/mixture-power", explain, flags, measure};
	struct options options = {0};

	return rq_trials_run(&options, &options.asked, &tool, argc, argv, err);
}

int main(int argc, char **argv)
{
	return rq_tool_main(argc, argv, "rqgate_mixture_power", run);
}
