/* slices: the slice that lost most. A slice has few topics, and among many slices one has always lost: what is told must be large and hold against
 * their number. So it is advice, at level warn unless the config asks for more; a slice that must not fall has a gate of its own. */
#include "gates/kind.h"
#include "gates/words.h"
#include "metrics/stats/slices.h"

struct slices {
	struct rq_gate gate; /* the limit: the margin */
	int64_t minimum;
};

static const struct rq_option options[] = {
	{.name = "margin",
	 .type = RQ_OPTION_NUMBER,
	 .offset = offsetof(struct rq_gate, limit),
	 .required = true,
	 .minimum = 0,
	 .maximum = 1,
	 .help = "the absolute drop of a slice's mean that is tolerated, such as 0.1"},
	{.name = "minimum",
	 .type = RQ_OPTION_INTEGER,
	 .offset = offsetof(struct slices, minimum),
	 .standard = "30",
	 .minimum = 2,
	 .maximum = 1000000,
	 .help = "slices of fewer topics are left out"},
	RQ_OPTIONS_END,
};

static const struct rq_gate_grammar grammar = {.word = "slices", .bounded = "a drop is bounded from above", .example = "0.1"};

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	if (!rq_metric_pairs(gate->metric.metric))
		return rq_fail(err, RQ_E_CONFIG,
		               "%s: slices are judged from topics whose values lie between 0 and 1, of which more is better, and those of \"%s\" do not",
		               gate->path, gate->metric.name);
	return rq_margin_check(gate, "0.1", err);
}

struct found {
	struct rq_slice_difference *slices; /* those of enough topics */
	size_t count;
	const struct rq_slice_difference *largest; /* of all; NULL: there is none */
	const char *skipped;                       /* "; not judged: de (29 topics)", or "" */
};

enum { SKIPPED_LISTED = 20 };

/* Those of too few topics are no part of what passes, so they are named. */
static enum rq_status name_skipped(struct found *found, size_t count, size_t minimum, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	size_t skipped = 0;

	for (size_t i = 0; i < count; i++) {
		const struct rq_slice_difference *slice = &found->slices[i];
		if (slice->paired.n >= minimum || skipped++ >= SKIPPED_LISTED)
			continue;
		rq_buf_printf(&text, "%s%s (%zu topic%s)", text.size == 0 ? "; not judged: " : ", ", slice->slice, slice->paired.n,
		              slice->paired.n == 1 ? "" : "s");
	}
	if (skipped > SKIPPED_LISTED)
		rq_buf_printf(&text, " and %zu more", skipped - SKIPPED_LISTED);
	RQ_TRY(rq_buf_check(&text, err));
	found->skipped = text.data == NULL ? "" : rq_arena_strndup(arena, text.data, text.size);
	return found->skipped == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status find_slices(struct found *found, const struct slices *gate, const struct rq_metric_result *metric,
                                  const struct rq_comparison *comparison, struct rq_arena *arena, struct rq_error *err)
{
	size_t count;

	*found = (struct found){0};
	RQ_TRY(rq_slices_compare(&found->slices, &count, metric, comparison, (size_t)gate->minimum, arena, err));
	for (size_t i = 0; i < count; i++)
		if (found->largest == NULL || found->slices[i].paired.n > found->largest->paired.n)
			found->largest = &found->slices[i];
	if (found->largest == NULL || found->largest->paired.n < (size_t)gate->minimum)
		return RQ_OK;
	RQ_TRY(name_skipped(found, count, (size_t)gate->minimum, arena, err));
	for (size_t i = 0; i < count; i++)
		if (found->slices[i].paired.n >= (size_t)gate->minimum)
			found->slices[found->count++] = found->slices[i];
	return RQ_OK;
}

static enum rq_outcome outcome_of(const struct found *found, size_t i, double margin)
{
	if (!(found->slices[i].paired.delta <= -margin))
		return RQ_PASS;
	return found->slices[i].q <= RQ_FALSE_DISCOVERIES ? RQ_FAIL : RQ_INCONCLUSIVE;
}

/* A slice whose drop is shown before one whose drop is not, then the larger drop. */
static size_t find_worst(const struct found *found, double margin)
{
	size_t worst = 0;

	for (size_t i = 1; i < found->count; i++) {
		bool shown = outcome_of(found, i, margin) == RQ_FAIL, worst_shown = outcome_of(found, worst, margin) == RQ_FAIL;
		if (shown != worst_shown ? shown : found->slices[i].paired.delta < found->slices[worst].paired.delta)
			worst = i;
	}
	return worst;
}

static const char *explain(const struct rq_gate_result *result, const struct found *found, size_t worst, struct rq_arena *arena)
{
	const struct rq_slice_difference *slice = &found->slices[worst];
	const char *margin = rq_arena_strdup(arena, rq_show_limit(result->limit, RQ_NO_UNIT).text);

	if (margin == NULL)
		return NULL;
	if (result->outcome == RQ_PASS && result->value >= 0)
		return rq_arena_printf(arena, "fell in none of %zu slices, margin %s%s", found->count, margin, found->skipped);
	if (result->outcome == RQ_PASS)
		return rq_arena_printf(arena, "fell furthest by %s in slice \"%s\" (%zu topics), margin %s%s",
		                       rq_show_against(-result->value, result->limit, RQ_NO_UNIT).text, slice->slice, slice->paired.n, margin,
		                       found->skipped);
	if (result->outcome == RQ_FAIL)
		return rq_arena_printf(arena, "dropped %s in slice \"%s\" (%zu topics), margin %s, %s after Benjamini-Hochberg over %zu slices%s",
		                       rq_show_against(-result->value, result->limit, RQ_NO_UNIT).text, slice->slice, slice->paired.n, margin,
		                       rq_show_p(result->p).text, found->count, found->skipped);
	return rq_arena_printf(
		arena,
		"a drop of %s in slice \"%s\" (%zu topics, margin %s) may be chance: %s after Benjamini-Hochberg over %zu slices, where 0.10 would tell%s",
		rq_show_against(-result->value, result->limit, RQ_NO_UNIT).text, slice->slice, slice->paired.n, margin, rq_show_p(result->p).text,
		found->count, found->skipped);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	const struct slices *slices = (const struct slices *)gate;
	struct rq_gate_data data;
	struct found found;

	(void)p_adjusted; /* the family is that of the slices */
	RQ_TRY(rq_gate_find_data(&data, gate, comparison, RQ_BASELINE, arena, err));
	RQ_TRY(rq_gate_take_topics(&data, comparison, arena, err));
	if (data.missing != NULL)
		return rq_gate_absent(result, data.missing);
	RQ_TRY(find_slices(&found, slices, data.metric, comparison, arena, err));
	if (found.largest == NULL)
		return rq_gate_absent(result, "has no slices: no topic names one");
	if (found.count == 0) {
		const char *missing = rq_arena_printf(arena, "has no slice of %lld topics or more; the largest, \"%s\", has %zu", (long long)slices->minimum,
		                                      found.largest->slice, found.largest->paired.n);
		return missing == NULL ? rq_fail_memory(err) : rq_gate_absent(result, missing);
	}
	size_t worst = find_worst(&found, gate->limit);
	result->value = found.slices[worst].paired.delta;
	result->lower = found.slices[worst].paired.lower;
	result->upper = found.slices[worst].paired.upper;
	result->p = found.slices[worst].q;
	result->outcome = outcome_of(&found, worst, gate->limit);
	result->next_step = "start with the topics of that slice";
	return rq_gate_reason(result, explain(result, &found, worst, arena), err);
}

const struct rq_gate_kind rq_gate_kind_slices = {
	.name = "slices",
	.help = "no slice drops by more than this: the worst one is told, where its drop holds against the number of slices; advice unless its level is "
	        "error",
	.citation = "Benjamini & Hochberg 1995, Journal of the Royal Statistical Society B 57, q = .10 over the slices, each with the p of max_drop",
	.size = sizeof(struct slices),
	.options = options,
	.takes_no_slice = true,
	.compares = true,
	.level = RQ_LEVEL_WARN,
	.grammar = &grammar,
	.check = check,
	.judge = judge,
};
