/* rqgate_drift_power: pairs whose truth is known, and what the figures of drift say of them. ci/drift-power builds and calls it. */
#include "ci/cli/command.h"
#include "ci/cli/tool.h"
#include "ci/drift_power/power.h"
#include "evalcore/base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIALS = 1000, ROWS = 200, SERIES = 12, CELLS_MAX = 64 };
enum { LEAST_ROWS = 101 }; /* of fewer 1 % is a single text, of which nothing can be said */

struct options {
	struct rq_trials_asked asked;
	struct rq_flag_number rows;
	struct rq_strings sets;
};

static const struct rq_flag flags[] = {
	{"--rows", "N", RQ_FLAG_POSITIVE, offsetof(struct options, rows), "rows of each side, at least 101 (default: 200)"},
	{"--set", "NAME", RQ_FLAG_LIST, offsetof(struct options, sets), "only this set: clusters, cranfield, or series"},
	RQ_TRIALS_FLAGS(struct options, "print all cases as JSON instead of the tables",
	                "pairs without a change, and a tenth of it of each other (default: 1000)", "of the pairs (default: 1)"),
	RQ_FLAGS_END,
};

static void explain(struct rq_buf *out)
{
	rq_buf_puts(out, "Puts known changes into samples of vectors and prints how often each figure of drift fails by its default limit: of the pairs\n"
	                 "without a change those are false alarms. Noise and shifts are in standard deviations of each component. Figures of the same\n"
	                 "texts see one sample before and after the change; those of two sets see another sample changed. \"1 % came\" are as many texts of the\n"
	                 "same kind instead of others, \"1 % replaced\" texts about something else: two sets are then what came and what was there.\n");
}

struct power {
	struct rq_power_cell cells[CELLS_MAX];
	struct rq_power_series series[SERIES];
	size_t cell_count, series_count;
};

static bool is_wanted(const char *name, const struct rq_strings *sets)
{
	for (size_t i = 0; i < sets->count; i++)
		if (strcmp(name, sets->items[i]) == 0)
			return true;
	return sets->count == 0;
}

static enum rq_status run_cells(struct power *power, const struct rq_power_sets *sets, const struct options *options, size_t trials, uint64_t seed,
                                struct rq_error *err)
{
	for (size_t s = 0; s < sets->count; s++)
		for (size_t c = 0; c < rq_change_count && is_wanted(sets->items[s].name, &options->sets); c++) {
			struct rq_power_cell *cell = &power->cells[power->cell_count];
			*cell = (struct rq_power_cell){.set = &sets->items[s], .change = &rq_changes[c], .trials = rq_change_is_none(&rq_changes[c]) ? trials : (trials + 9) / 10};
			cell->n = options->rows.given ? (size_t)options->rows.value : ROWS;
			if (cell->n < LEAST_ROWS || 2 * cell->n > cell->set->rows.n)
				return rq_fail(err, RQ_E_USAGE, "--rows %zu: expected %d to %zu, half of the rows of \"%s\"", cell->n, (int)LEAST_ROWS,
				               cell->set->rows.n / 2, cell->set->name);
			RQ_TRY(rq_power_cell_run(cell, seed, power->cell_count++, err));
		}
	return RQ_OK;
}

static enum rq_status run_series(struct power *power, size_t trials, uint64_t seed, struct rq_error *err)
{
	static const size_t weeks[] = {8, 12, 26};
	static const double drops[] = {0, 0.02, 0.03, 0.05};

	for (size_t w = 0; w < sizeof weeks / sizeof *weeks; w++)
		for (size_t d = 0; d < sizeof drops / sizeof *drops; d++) {
			struct rq_power_series *series = &power->series[power->series_count];
			*series = (struct rq_power_series){.weeks = weeks[w], .drop = drops[d], .trials = d == 0 ? trials : (trials + 9) / 10};
			RQ_TRY(rq_power_series_run(series, seed, CELLS_MAX + power->series_count++, err));
		}
	return RQ_OK;
}

static double share(size_t count, size_t trials)
{
	return (double)count / (double)trials;
}

static enum rq_status print_json(struct rq_buf *out, const struct power *power, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	rq_json *cells = rq_json_set_array(root, "cells"), *series = rq_json_set_array(root, "series");

	for (size_t i = 0; i < power->cell_count; i++)
		for (size_t f = 0; f < RQ_DRIFT_FIGURES; f++) {
			const struct rq_power_cell *cell = &power->cells[i];
			if (!cell->computed[f])
				continue;
			rq_json *object = rq_json_push_object(cells);
			rq_json_set_string(object, "set", cell->set->name);
			rq_json_set_string(object, "change", cell->change->name);
			rq_json_set_string(object, "figure", rq_drift_figures[f].name);
			rq_json_set_number(object, "rows", (double)cell->n);
			rq_json_set_number(object, "pairs", (double)cell->trials);
			rq_json_set_number(object, "fail", share(cell->failed[f], cell->trials));
			rq_json_set_number(object, "p_alone", share(cell->told[f], cell->trials));
			rq_json_set_number(object, "any_of_family", share(cell->any, cell->trials));
			rq_json_set_number(object, "any_figure", share(cell->week, cell->trials));
			rq_json_set_number(object, "mean", cell->sum[f] / (double)cell->trials);
		}
	for (size_t i = 0; i < power->series_count; i++) {
		rq_json *object = rq_json_push_object(series);
		rq_json_set_number(object, "weeks", (double)power->series[i].weeks);
		rq_json_set_number(object, "drop", power->series[i].drop);
		rq_json_set_number(object, "fail", share(power->series[i].failed, power->series[i].trials));
		rq_json_set_number(object, "p_alone", share(power->series[i].told, power->series[i].trials));
	}
	enum rq_status status = rq_json_print(out, root, true, err);
	rq_buf_puts(out, "\n");
	return status;
}

/* One row a change: how many percent of its pairs fail. */
static void put_table(struct rq_buf *out, const struct power *power, const struct rq_power_set *set, const enum rq_drift_name *figures, size_t count,
                      bool family)
{
	rq_buf_printf(out, "%-14s", set->name);
	for (size_t f = 0; f < count; f++)
		rq_buf_printf(out, " %17s", rq_drift_figures[figures[f]].name);
	rq_buf_puts(out, family ? "    any   week\n" : "\n");
	for (size_t i = 0; i < power->cell_count; i++) {
		const struct rq_power_cell *cell = &power->cells[i];
		if (cell->set != set)
			continue;
		rq_buf_printf(out, "%-14s", cell->change->name);
		for (size_t f = 0; f < count; f++)
			if (!cell->computed[figures[f]])
				rq_buf_printf(out, " %17s", "-");
			else
				rq_buf_printf(out, " %5.1f %11.4g", 100 * share(cell->failed[figures[f]], cell->trials), cell->sum[figures[f]] / (double)cell->trials);
		if (family)
			rq_buf_printf(out, " %6.1f %6.1f", 100 * share(cell->any, cell->trials), 100 * share(cell->week, cell->trials));
		rq_buf_puts(out, "\n");
	}
	rq_buf_puts(out, "\n");
}

static void print_tables(struct rq_buf *out, const struct power *power)
{
	static const enum rq_drift_name same[] = {RQ_DRIFT_knn_jaccard, RQ_DRIFT_knn_rbo, RQ_DRIFT_cka, RQ_DRIFT_procrustes, RQ_DRIFT_silent_change},
									shape[] = {RQ_DRIFT_hubness, RQ_DRIFT_effective_rank, RQ_DRIFT_margin, RQ_DRIFT_duplicates},
									moved[] = {RQ_DRIFT_mmd, RQ_DRIFT_centroid_shift, RQ_DRIFT_domain_auc, RQ_DRIFT_moved_components};

	if (power->cell_count > 0)
		rq_buf_printf(out, "percent of pairs that fail by the default limit, and the mean value; %zu rows a side\n\n", power->cells[0].n);
	for (size_t i = 0; i < power->cell_count; i++)
		if (i == 0 || power->cells[i].set != power->cells[i - 1].set) {
			put_table(out, power, power->cells[i].set, same, sizeof same / sizeof *same, false);
			put_table(out, power, power->cells[i].set, shape, sizeof shape / sizeof *shape, false);
			put_table(out, power, power->cells[i].set, moved, sizeof moved / sizeof *moved, true);
		}
	for (size_t i = 0; i < power->cell_count; i++) {
		const struct rq_power_cell *cell = &power->cells[i];
		if (!rq_change_is_none(cell->change))
			continue;
		rq_buf_printf(out, "%s, %s, %zu pairs, p <= .05 alone:", cell->set->name, cell->change == rq_changes ? "no change" : cell->change->name, cell->trials);
		for (size_t f = 0; f < sizeof moved / sizeof *moved; f++)
			rq_buf_printf(out, " %s %.1f %%", rq_drift_figures[moved[f]].name, 100 * share(cell->told[moved[f]], cell->trials));
		rq_buf_puts(out, "\n");
	}
	if (power->series_count > 0)
		rq_buf_puts(out, "\nweeks   drop   change_point fails   p <= .05 alone\n");
	for (size_t i = 0; i < power->series_count; i++)
		rq_buf_printf(out, "%5zu %6.2f %20.1f %16.1f\n", power->series[i].weeks, power->series[i].drop,
		              100 * share(power->series[i].failed, power->series[i].trials), 100 * share(power->series[i].told, power->series[i].trials));
}

static enum rq_status measure(struct rq_buf *out, const void *given, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_power_sets_release) struct rq_power_sets sets = {0};
	const struct options *options = given;
	size_t trials = rq_trials_count(&options->asked, TRIALS);
	uint64_t seed = rq_trials_seed(&options->asked);
	struct power *power = rq_arena_alloc(&arena, 1, sizeof *power);

	if (power == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_power_sets_load(&sets, is_wanted("cranfield", &options->sets) ? rq_tool_shared() : NULL, err));
	if (sets.missing != NULL)
		fprintf(stderr, "rqgate_drift_power: no folder \"%s\": without Cranfield\n", sets.missing);
	RQ_TRY(run_cells(power, &sets, options, trials, seed, err));
	if (is_wanted("series", &options->sets))
		RQ_TRY(run_series(power, trials, seed, err));
	if (power->cell_count == 0 && power->series_count == 0)
		return rq_fail(err, RQ_E_USAGE, "--set: no set has such a name; expected clusters, cranfield or series");
	if (options->asked.json)
		return print_json(out, power, err);
	print_tables(out, power);
	return RQ_OK;
}

static enum rq_status run(int argc, char **argv, struct rq_error *err)
{
	static const struct rq_trials_tool tool = {"ci/drift-power", explain, flags, measure};
	struct options options = {0};

	return rq_trials_run(&options, &options.asked, &tool, argc, argv, err);
}

int main(int argc, char **argv)
{
	return rq_tool_main(argc, argv, "rqgate_drift_power", run);
}
