#include "reports/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rq_word_seconds(char cell[RQ_CELL], double seconds)
{
	if (!isfinite(seconds))
		snprintf(cell, RQ_CELL, "-");
	else if (seconds < 1e-3)
		snprintf(cell, RQ_CELL, "%.0f us", seconds * 1e6);
	else if (seconds < 1)
		snprintf(cell, RQ_CELL, "%.2f ms", seconds * 1e3);
	else
		snprintf(cell, RQ_CELL, "%.2f s", seconds);
}

void rq_word_value(char cell[RQ_CELL], const struct rq_metric_result *metric, enum rq_side side)
{
	if (metric->absent[side] != NULL || isnan(metric->value[side]))
		snprintf(cell, RQ_CELL, "-");
	else if (metric->is_time)
		rq_word_seconds(cell, metric->value[side]);
	else
		snprintf(cell, RQ_CELL, "%.4f", metric->value[side]);
}

void rq_word_difference(char cell[RQ_CELL], const struct rq_metric_result *metric, bool with_interval)
{
	const double *value = metric->value;

	cell[0] = '\0';
	if (metric->compared && metric->paired.identical)
		snprintf(cell, RQ_CELL, "no change");
	else if (metric->compared && with_interval)
		snprintf(cell, RQ_CELL, "%+.4f [%+.4f, %+.4f]", metric->paired.delta, metric->paired.lower, metric->paired.upper);
	else if (metric->compared)
		snprintf(cell, RQ_CELL, "%+.4f", metric->paired.delta);
	else if (metric->is_time && value[RQ_BASELINE] > 0 && isfinite(value[RQ_CANDIDATE]))
		snprintf(cell, RQ_CELL, "x%.2f", value[RQ_CANDIDATE] / value[RQ_BASELINE]);
}

const char *rq_word_verdict(const struct rq_gate_result *gate)
{
	bool warns = gate->level == RQ_LEVEL_WARN;

	if (gate->absent)
		return warns ? "no data (warn)" : "NO DATA";
	switch (gate->outcome) {
	case RQ_PASS:
		return "PASS";
	case RQ_FAIL:
		return warns ? "fail (warn)" : "FAIL";
	case RQ_INCONCLUSIVE:
		break;
	}
	return warns ? "inconclusive (warn)" : "INCONCLUSIVE";
}

void rq_word_contract(char cell[RQ_CELL], const struct rq_gate_result *gate)
{
	const char *relation = strpbrk(gate->text, "<>");
	bool drop = strncmp(gate->text, "drop(", 5) == 0;

	snprintf(cell, RQ_CELL, "%s%s%s%s%s", gate->slice == NULL ? "" : "[", gate->slice == NULL ? "" : gate->slice, gate->slice == NULL ? "" : "] ", drop ? "drop " : "",
	         relation == NULL ? gate->text : relation);
}

static int by_loss(const void *a, const void *b)
{
	const struct rq_topic_loss *x = a, *y = b;

	if (x->loss != y->loss)
		return x->loss < y->loss ? 1 : -1;
	return x->topic < y->topic ? -1 : 1; /* topics stand in strcmp order of id */
}

size_t rq_worst_topics(struct rq_topic_loss **losses, const struct rq_comparison *comparison)
{
	size_t count = 0;

	*losses = malloc((comparison->topic_count + 1) * sizeof **losses);
	for (size_t i = 0; *losses != NULL && i < comparison->topic_count; i++) {
		double loss = 0;
		for (size_t j = 0; j < comparison->metric_count; j++) {
			const struct rq_metric_result *metric = &comparison->metrics[j];
			double difference = metric->compared ? metric->per_topic[RQ_BASELINE][i] - metric->per_topic[RQ_CANDIDATE][i] : 0;
			loss += isnan(difference) ? 0 : difference;
		}
		if (loss > 1e-12)
			(*losses)[count++] = (struct rq_topic_loss){i, loss};
	}
	if (count > 0)
		qsort(*losses, count, sizeof **losses, by_loss);
	return count;
}
