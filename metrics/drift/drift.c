/* The table of figures, and what a value says. */
#include "metrics/drift/drift.h"

#include "evalcore/base/random.h"

#include <math.h>
#include <string.h>

static const double level = 0.05, rounding = 1e-9;

const struct rq_drift_figure rq_drift_figures[RQ_DRIFT_FIGURES] = {
#define RQ_DRIFT(name, unit, direction, limit, lowest, highest, parts, meaning, advice, null, citation) \
	{#name, unit, direction, limit, lowest, highest, parts, meaning, advice, null, citation},
#include "metrics/drift/drift.def"
#undef RQ_DRIFT
};

const struct rq_drift_figure *rq_drift_find(const char *name)
{
	for (size_t i = 0; i < RQ_DRIFT_FIGURES; i++)
		if (strcmp(rq_drift_figures[i].name, name) == 0)
			return &rq_drift_figures[i];
	return NULL;
}

bool rq_drift_is_possible(const struct rq_drift_figure *figure, double value)
{
	return isnan(value) || (value >= figure->lowest - rounding && value <= figure->highest + rounding);
}

struct rq_drift_value rq_drift_unknown(enum rq_drift_name figure)
{
	return (struct rq_drift_value){.figure = figure, .value = NAN, .error = NAN, .lower = NAN, .upper = NAN, .p = NAN, .chance = NAN};
}

struct rq_drift_value rq_gone_documents(size_t were, size_t still)
{
	struct rq_drift_value gone = rq_drift_unknown(RQ_DRIFT_gone_documents);

	gone.n = were;
	if (were > 0)
		gone.value = (double)(were - still) / (double)were;
	return gone;
}

enum rq_outcome rq_drift_judge(const struct rq_drift_value *value, double limit, double p_adjusted)
{
	bool at_least = rq_drift_figures[value->figure].direction == RQ_AT_LEAST;
	double bound = at_least ? value->upper : value->lower; /* the end that is nearer to the limit from beyond it */

	if (isnan(value->value))
		return RQ_INCONCLUSIVE;
	if (at_least ? value->value >= limit : value->value <= limit)
		return RQ_PASS;
	if (!isnan(value->p))
		return p_adjusted <= level ? RQ_FAIL : RQ_INCONCLUSIVE;
	return isnan(bound) || (at_least ? bound < limit : bound > limit) ? RQ_FAIL : RQ_INCONCLUSIVE;
}

enum rq_outcome rq_drift_judge_finding(const struct rq_drift_finding *finding, double limit)
{
	const struct rq_drift_figure *figure = rq_drift_find(finding->figure);
	const struct rq_drift_value value = {.figure = (enum rq_drift_name)(figure - rq_drift_figures),
	                                     .value = finding->value,
	                                     .lower = finding->lower,
	                                     .upper = finding->upper,
	                                     .p = finding->p};

	return rq_drift_judge(&value, limit, finding->p_adjusted);
}

void rq_sample_rows(uint32_t *rows, size_t count, size_t n, uint64_t seed)
{
	struct rq_random random;
	size_t taken = 0;

	rq_random_seed(&random, seed);
	for (size_t row = 0; row < n && taken < count; row++)
		if (rq_random_below(&random, n - row) < count - taken)
			rows[taken++] = (uint32_t)row;
}

double rq_sample_sees(size_t count, size_t n, size_t marked)
{
	double misses = 1;

	for (size_t i = 0; i < marked && misses > 0; i++)
		misses *= count + i >= n ? 0 : (double)(n - count - i) / (double)(n - i);
	return 1 - misses;
}
