/* The verdict in one sentence: what happened, why, and so what to do. */
#include "gates/kind.h"

#include <stdio.h>

static const struct rq_gate_result *first_that(const struct rq_verdict *verdict, bool blocks, size_t *count)
{
	const struct rq_gate_result *first = NULL;

	*count = 0;
	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *result = &verdict->gates[i];
		if (result->blocks != blocks || (result->outcome == RQ_PASS && !result->absent))
			continue;
		first = first == NULL ? result : first;
		++*count;
	}
	return first;
}

/* "; RR@10 0.7076 -> 0.7076" of the first metric that both sides have. */
static void headline(char *text, size_t size, const struct rq_comparison *comparison)
{
	text[0] = '\0';
	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (!metric->compared)
			continue;
		snprintf(text, size, "; %s %.4f -> %.4f on %zu topics", metric->name, metric->value[RQ_BASELINE], metric->value[RQ_CANDIDATE], metric->paired.n);
		return;
	}
}

const char *rq_verdict_sentence(const struct rq_verdict *verdict, const struct rq_comparison *comparison, struct rq_arena *arena)
{
	size_t blocking, others;
	const struct rq_gate_result *worst = first_that(verdict, true, &blocking), *doubt = first_that(verdict, false, &others);
	char more[48] = "", measured[160];

	headline(measured, sizeof measured, comparison);
	if (worst != NULL) {
		if (blocking > 1)
			snprintf(more, sizeof more, " (and %zu more)", blocking - 1);
		if (verdict->outcome == RQ_FAIL)
			return rq_arena_printf(arena, "FAIL, do not roll out: %s: %s%s", worst->text, worst->reason, more);
		return rq_arena_printf(arena, "INCONCLUSIVE, do not roll out yet: %s: %s%s", worst->text, worst->reason, more);
	}
	if (doubt == NULL)
		return rq_arena_printf(arena, "PASS: %zu of %zu gates passed%s", verdict->count, verdict->count, measured);
	if (others > 1)
		snprintf(more, sizeof more, " (and %zu more)", others - 1);
	return rq_arena_printf(arena, "PASS with %zu of %zu gates %s: %s: %s%s", others, verdict->count, doubt->outcome == RQ_INCONCLUSIVE ? "undecided" : "warning", doubt->text,
	                       doubt->reason, more);
}
