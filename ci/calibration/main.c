/* rqgate_calibrate: judges samples whose truth is known, and prints how often each rule errs. ci/calibrate builds and calls it. */
#include "ci/calibration/calibration.h"
#include "ci/cli/command.h"
#include "ci/cli/tool.h"
#include "evalcore/base/json.h"
#include "evalcore/base/system.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIALS = 10000, LOSSES = 4 };

static const size_t sizes[] = {50, 100, 200, 500, 1000, 2000};
static const double churns[] = {0.02, 0.05, 0.1, 0.2, 0.4, 1}; /* 1: only of the families where every topic moves */
static const double losses[LOSSES] = {0, 0.5, 1, 2};           /* in margins */

struct options {
	struct rq_trials_asked asked;
	struct rq_strings sets;
};

static const struct rq_flag flags[] = {
	{"--set", "NAME", RQ_FLAG_LIST, offsetof(struct options, sets), "only the sets whose names begin so, such as cranfield or two-point"},
	RQ_TRIALS_FLAGS(struct options, "print an array of all cases instead of the table", "samples of each case on a real distribution (default: 10000)",
	                "of the samples (default: 1)"),
	RQ_FLAGS_END,
};

static void explain(struct rq_buf *out)
{
	rq_buf_puts(out,
	            "Judges thousands of comparisons whose true loss is known, by the verdict of rqgate and by rules that others use, and prints\n"
	            "how often each is wrong. Topics are drawn from BM25's RR@10 on real collections; of two-point families all outcomes are\n"
	            "summed. Clusters have 5 topics, uneven ones 1, 2, 4 or 8, and what is lost is lost in those of 8. A family is a run with 5 gates\n"
	            "on metrics that move apart, one of which has the loss: it FAILs where one does, and PASSes where all do. The margin is what\n"
	            "\"rqgate init\" chooses for that many topics, or clusters.\n\nrules:\n");
	for (size_t rule = 0; rule < RQ_RULES; rule++)
		rq_buf_printf(out, "  %-8s  %s\n", rq_rules[rule].name, rq_rules[rule].help);
}

struct calibration {
	struct rq_cell *cells;
	size_t count, trials;
	uint64_t seed;
	enum rq_status *statuses; /* [cell] */
};

static bool is_wanted(const struct rq_population *population, const struct rq_strings *sets)
{
	for (size_t i = 0; i < sets->count; i++)
		if (strncmp(population->name, sets->items[i], strlen(sets->items[i])) == 0)
			return true;
	return sets->count == 0;
}

/* Every case that exists, set after set. */
static enum rq_status list_cells(struct calibration *calibration, const struct rq_populations *populations, const struct rq_strings *sets,
                                 struct rq_error *err)
{
	const size_t size_count = sizeof sizes / sizeof *sizes, churn_count = sizeof churns / sizeof *churns;

	calibration->cells = calloc(populations->count * size_count * churn_count * LOSSES, sizeof *calibration->cells);
	if (calibration->cells == NULL)
		return rq_fail_memory(err);
	for (size_t p = 0; p < populations->count; p++)
		for (size_t i = 0; i < size_count * churn_count * LOSSES; i++) {
			size_t n = sizes[i / LOSSES / churn_count];
			double churn = churns[i / LOSSES % churn_count];
			double margin = rq_standard_margin(rq_population_units(&populations->items[p], n));
			struct rq_cell cell = {
				.population = &populations->items[p], .n = n, .churn = churn, .loss = losses[i % LOSSES] * margin, .margin = margin};
			bool real = cell.population->kind == RQ_POPULATION_REAL;
			if (rq_cell_possible(&cell) && !(real && churn == 1) && is_wanted(cell.population, sets))
				calibration->cells[calibration->count++] = cell;
		}
	if (calibration->count == 0)
		return rq_fail(err, RQ_E_USAGE, "--set: no set has such a name; expected cranfield, cacm, example, two-point, clusters, uneven or family");
	return RQ_OK;
}

static void judge_cell(void *context, size_t i)
{
	struct calibration *c = context;

	size_t cell = c->count - 1 - i; /* a set's largest cases first */
	c->statuses[cell] = rq_cancel_requested() ? RQ_E_INTERRUPTED : rq_cell_judge(&c->cells[cell], c->trials, c->seed, cell, NULL);
}

static enum rq_status judge_all(struct calibration *calibration, struct rq_error *err)
{
	calibration->statuses = calloc(calibration->count, sizeof *calibration->statuses);
	if (calibration->statuses == NULL)
		return rq_fail_memory(err);
	rq_parallel_for(calibration->count, judge_cell, calibration);
	RQ_TRY(rq_cancel_check(err));
	for (size_t i = 0; i < calibration->count; i++)
		if (calibration->statuses[i] != RQ_OK)
			return rq_fail_memory(err);
	return RQ_OK;
}

static enum rq_status print_json(struct rq_buf *out, const struct calibration *calibration, struct rq_error *err)
{
	rq_json *root = rq_json_new_object(), *array = rq_json_set_array(root, "cells");

	for (size_t i = 0; i < calibration->count; i++)
		for (size_t rule = 0; rule < RQ_RULES; rule++) {
			const struct rq_cell *cell = &calibration->cells[i];
			rq_json *object = rq_json_push_object(array);
			rq_json_set_string(object, "set", cell->population->name);
			rq_json_set_number(object, "n", (double)cell->n);
			rq_json_set_number(object, "churn", cell->churn);
			rq_json_set_number(object, "loss", cell->loss);
			rq_json_set_number(object, "margin", cell->margin);
			rq_json_set_string(object, "rule", rq_rules[rule].name);
			rq_json_set_number(object, "fail", cell->shares[rule][RQ_FAIL]);
			rq_json_set_number(object, "inconclusive", cell->shares[rule][RQ_INCONCLUSIVE]);
			rq_json_set_number(object, "pass", cell->shares[rule][RQ_PASS]);
		}
	enum rq_status status = rq_json_print(out, array, true, err);
	rq_json_free(root);
	rq_buf_puts(out, "\n");
	return status;
}

struct range {
	double low, high; /* NaN: no such case */
};

static void widen(struct range *range, double value)
{
	range->low = fmin(range->low, value); /* a NaN yields */
	range->high = fmax(range->high, value);
}

/* Over the churns of a set (NULL: of all) at a size (0: at all) and a loss in margins. */
static struct range find_range(const struct calibration *calibration, const char *set, size_t n, double loss, size_t rule, enum rq_outcome outcome)
{
	struct range range = {NAN, NAN};

	for (size_t i = 0; i < calibration->count; i++) {
		const struct rq_cell *cell = &calibration->cells[i];
		if ((set == NULL || strcmp(cell->population->name, set) == 0) && (n == 0 || cell->n == n) && cell->loss == loss * cell->margin)
			widen(&range, cell->shares[rule][outcome]);
	}
	return range;
}

static void put_share(struct rq_buf *out, double share, int width)
{
	if (isnan(share))
		rq_buf_printf(out, "%*s", width, "-");
	else
		rq_buf_printf(out, "%*.*f", width, share < 0.1 ? 2 : 1, share * 100);
}

/* What the table shows of every rule. */
static const struct {
	const char *title;
	double loss;
	enum rq_outcome outcome;
	bool is_error; /* the worst is the most */
} columns[] = {
	{"FAIL without a loss", 0, RQ_FAIL, true},
	{"PASS at a loss of the margin", 1, RQ_PASS, true},
	{"PASS without a loss", 0, RQ_PASS, false},
	{"FAIL at a loss of two margins", 2, RQ_FAIL, false},
};
enum { COLUMNS = sizeof columns / sizeof *columns, WIDTH = 9 };

static void put_row(struct rq_buf *out, const struct calibration *calibration, const struct rq_cell *cell)
{
	rq_buf_printf(out, "%-25s %5zu %6.2f", cell->population->name, cell->n, cell->margin);
	for (size_t c = 0; c < COLUMNS; c++) {
		rq_buf_puts(out, " |");
		for (size_t rule = 0; rule < RQ_RULES; rule++) {
			struct range range = find_range(calibration, cell->population->name, cell->n, columns[c].loss, rule, columns[c].outcome);
			put_share(out, columns[c].is_error ? range.high : range.low, WIDTH);
		}
	}
	rq_buf_puts(out, "\n");
}

static void print_table(struct rq_buf *out, const struct calibration *calibration)
{
	const struct rq_cell *last = NULL;

	rq_buf_puts(out, "percent, at the worst of all churns from 2 to 40 %\n\n");
	rq_buf_printf(out, "%38s", "");
	for (size_t c = 0; c < COLUMNS; c++)
		rq_buf_printf(out, " |  %-*s", RQ_RULES * WIDTH - 2, columns[c].title);
	rq_buf_printf(out, "\n%-25s %5s %6s", "set", "n", "margin");
	for (size_t c = 0; c < COLUMNS; c++) {
		rq_buf_puts(out, " |");
		for (size_t rule = 0; rule < RQ_RULES; rule++)
			rq_buf_printf(out, "%*s", WIDTH, rq_rules[rule].name);
	}
	rq_buf_puts(out, "\n");
	for (size_t i = 0; i < calibration->count; last = &calibration->cells[i++])
		if (last == NULL || last->population != calibration->cells[i].population || last->n != calibration->cells[i].n)
			put_row(out, calibration, &calibration->cells[i]);
	rq_buf_puts(out, "\nworst of all:\n");
	for (size_t rule = 0; rule < RQ_RULES; rule++)
		rq_buf_printf(out, "  %-8s  false FAIL %6.2f %%, false PASS at the margin %6.2f %%\n", rq_rules[rule].name,
		              100 * find_range(calibration, NULL, 0, 0, rule, RQ_FAIL).high, 100 * find_range(calibration, NULL, 0, 1, rule, RQ_PASS).high);
}

static enum rq_status calibrate(struct rq_buf *out, const void *given, struct rq_error *err)
{
	RQ_CLEANUP(rq_populations_release) struct rq_populations populations = {0};
	const struct options *options = given;
	struct calibration calibration = {.trials = rq_trials_count(&options->asked, TRIALS), .seed = rq_trials_seed(&options->asked)};

	RQ_TRY(rq_populations_load(&populations, rq_tool_shared(), err));
	if (populations.missing != NULL)
		fprintf(stderr, "rqgate_calibrate: no folder \"%s\": without Cranfield and CACM\n", populations.missing);
	enum rq_status status = list_cells(&calibration, &populations, &options->sets, err);
	if (status == RQ_OK)
		status = judge_all(&calibration, err);
	if (status == RQ_OK && options->asked.json)
		status = print_json(out, &calibration, err);
	else if (status == RQ_OK)
		print_table(out, &calibration);
	free(calibration.cells);
	free(calibration.statuses);
	return status;
}

static enum rq_status run(int argc, char **argv, struct rq_error *err)
{
	static const struct rq_trials_tool tool = {"ci/calibrate", explain, flags, calibrate};
	struct options options = {0};

	return rq_trials_run(&options, &options.asked, &tool, argc, argv, err);
}

int main(int argc, char **argv)
{
	return rq_tool_main(argc, argv, "rqgate_calibrate", run);
}
