/* no_answer: topics that have no answer should be told by their scores: the best document found for one scores lower than that of a topic that has
 * one. Nothing found at all is the lowest score; a search that failed counts against its side. */
#include "gates/kind.h"
#include "gates/words.h"
#include "metrics/stats/auc.h"
#include "metrics/stats/stats.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum measure { MEASURE_AUC, MEASURE_DROP, MEASURE_BELOW };
static const char *const keys[] = {[MEASURE_AUC] = "auc", [MEASURE_DROP] = "drop", [MEASURE_BELOW] = "below"};
static const double standard_fpr = 0.05;

struct no_answer {
	struct rq_gate gate;
	const rq_json *bounds[3];
	enum measure measure;
	double fpr;
	bool is_expression;
};

static const struct rq_option options[] = {
	{.name = "auc",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct no_answer, bounds[MEASURE_AUC]),
     .schema = RQ_SHARE_SCHEMA,
     .help = "the least area under the ROC curve of answerable against unanswerable topics, by the score of the best document: 0.5 is chance, 1 "
             "tells all"},
	{.name = "drop",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct no_answer, bounds[MEASURE_DROP]),
     .schema = RQ_SHARE_SCHEMA,
     .help = "by how much that area may fall against the baseline's, with 95 % confidence"},
	{.name = "below",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct no_answer, bounds[MEASURE_BELOW]),
     .schema = RQ_SHARE_SCHEMA,
     .help = "the least share of unanswerable topics whose best score is below the threshold, which is the baseline's"},
	{.name = "fpr",
     .type = RQ_OPTION_NUMBER,
     .offset = offsetof(struct no_answer, fpr),
     .standard = "0.05",
     .minimum = 0.001,
     .maximum = 0.5,
     .help = "of below: the share of the baseline's answerable topics that the threshold turns away; the candidate may turn away twice as many"},
	RQ_OPTIONS_END,
};

/* "AUC", "below", "below(fpr=0.1)" */
static enum rq_status read_name(struct rq_gate *gate, const char *text, struct rq_arena *arena, struct rq_error *err)
{
	struct no_answer *no_answer = (struct no_answer *)gate;
	size_t length = strlen(text);

	(void)arena;
	no_answer->is_expression = true;
	no_answer->measure = gate->form->compares ? MEASURE_DROP : MEASURE_AUC;
	if (strcmp(text, "AUC") == 0)
		return RQ_OK;
	bool named = length > 11 && strncmp(text, "below(fpr=", 10) == 0 && text[length - 1] == ')' &&
	             rq_parse_f64(&no_answer->fpr, text + 10, length - 11) && no_answer->fpr >= 0.001 && no_answer->fpr <= 0.5;
	if (no_answer->measure == MEASURE_DROP || !(named || strcmp(text, "below") == 0))
		return rq_fail(err, RQ_E_CONFIG, "\"%.100s\" is not measured on topics without an answer; expected AUC%s", text,
		               no_answer->measure == MEASURE_DROP ? "" : ", below, or below(fpr=0.05)");
	no_answer->measure = MEASURE_BELOW;
	return RQ_OK;
}

static const struct rq_gate_grammar drop_form = {.word = "no_answer_drop",
                                                 .compares = true,
                                                 .bounded = "a drop is bounded from above",
                                                 .example = "0.05",
                                                 .argument = read_name,
                                                 .number = rq_share_number};
static const struct rq_gate_grammar grammar = {.word = "no_answer",
                                               .at_least = true,
                                               .bounded = "what tells topics without an answer is bounded from below",
                                               .example = "0.8",
                                               .argument = read_name,
                                               .number = rq_share_number,
                                               .next = &drop_form};

static enum rq_status read_keys(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	struct no_answer *no_answer = (struct no_answer *)gate;
	const rq_json *bound = NULL;
	size_t named = 0;
	bool percent;

	(void)arena;
	for (int measure = 0; measure < 3; measure++) {
		if (no_answer->bounds[measure] == NULL)
			continue;
		bound = no_answer->bounds[measure];
		no_answer->bounds[measure] = NULL;
		no_answer->measure = (enum measure)measure;
		named++;
	}
	if (no_answer->is_expression) /* whose number has been read */
		return RQ_OK;
	if (named != 1)
		return rq_fail(err, RQ_E_CONFIG, "%s: expected one of \"auc\", \"drop\" and \"below\"; each is a gate of its own", gate->path);
	gate->form = no_answer->measure == MEASURE_DROP ? &drop_form : &grammar;
	return rq_share_read(&gate->limit, &percent, bound, gate->path, keys[no_answer->measure], err);
}

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	bool drop = ((const struct no_answer *)gate)->measure == MEASURE_DROP;

	if (gate->limit >= 0 && gate->limit <= 1 && !(drop && (gate->limit == 0 || gate->limit == 1)))
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s: %s of %.15g is not between 0 and 1; expected one such as %s", gate->path, drop ? "a margin" : "a bound",
	               gate->limit, gate->form->example);
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	const struct no_answer *no_answer = (const struct no_answer *)gate;

	if (no_answer->measure != MEASURE_BELOW)
		rq_buf_printf(out, "%s(AUC) %s %s", gate->form->word, gate->form->at_least ? ">=" : "<=", rq_show_limit(gate->limit, RQ_NO_UNIT).text);
	else if (no_answer->fpr == standard_fpr)
		rq_buf_printf(out, "no_answer(below) >= %s", rq_show_share(gate->limit).text);
	else
		rq_buf_printf(out, "no_answer(below(fpr=%.15g)) >= %s", no_answer->fpr, rq_show_share(gate->limit).text);
}

/* ---- scores ---- */

/* The best score of each topic; `failed` for one whose search failed. *lacking: topics that the run does not have. */
static double *top_scores(size_t *lacking, const struct rq_compared_topic *topics, size_t count, const struct rq_run *run, double failed,
                          struct rq_arena *arena)
{
	double *scores = rq_arena_alloc(arena, count, sizeof *scores);

	for (size_t i = 0; scores != NULL && i < count; i++) {
		const struct rq_ranking *ranking = rq_run_find(run, topics[i].id);
		*lacking += ranking == NULL;
		scores[i] = ranking == NULL || ranking->count == 0 ? -INFINITY : ranking->documents[0].score;
		if (ranking != NULL && ranking->failed)
			scores[i] = failed;
	}
	return scores;
}

/* Some fusions and rerankers give ranks for scores: then every list begins alike. */
static bool all_alike(const struct rq_two_sets *scores)
{
	for (size_t i = 0; i < scores->high_count; i++)
		if (scores->high[i] != scores->high[0])
			return false;
	for (size_t i = 0; i < scores->low_count; i++)
		if (scores->low[i] != scores->high[0])
			return false;
	return true;
}

static bool holds_nan(const double *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (isnan(values[i]))
			return true;
	return false;
}

static enum rq_status take_side(struct rq_two_sets *scores, const char **missing, const struct rq_comparison *comparison, enum rq_side side,
                                struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_run *run = comparison->sides[side].ranked;
	const char *name = side == RQ_BASELINE ? "baseline" : "candidate";
	size_t unanswered = 0, lacking = 0;

	*scores = (struct rq_two_sets){.high_count = comparison->topic_count,
	                               .low_count = comparison->unanswerable_count,
	                               .high_cluster = comparison->clusters.of,
	                               .low_cluster = comparison->clusters.of_unanswerable,
	                               .clusters = comparison->clusters.count};
	if (scores->low_count < 2 || scores->high_count < 2)
		*missing = rq_arena_printf(arena,
		                           "rests on %zu topic%s without an answer (\"answerable\": false) and %zu with one; expected at least 2 of each",
		                           scores->low_count, scores->low_count == 1 ? "" : "s", scores->high_count);
	else if (run == NULL)
		*missing = rq_arena_printf(arena, "has no rankings of the %s to look at", name);
	else if ((scores->high = top_scores(&unanswered, comparison->topics, scores->high_count, run, -INFINITY, arena)) == NULL ||
	         (scores->low = top_scores(&lacking, comparison->unanswerable, scores->low_count, run, INFINITY, arena)) == NULL)
		return rq_fail_memory(err);
	else if (lacking > 0)
		*missing = rq_arena_printf(arena, "has no word of the %s on %zu of %zu topics without an answer: its run lacks them", name, lacking,
		                           scores->low_count);
	else if (holds_nan(scores->high, scores->high_count) || holds_nan(scores->low, scores->low_count))
		*missing = rq_arena_printf(arena, "has scores of the %s that are not numbers", name);
	else if (all_alike(scores))
		*missing = rq_arena_printf(arena, "has one score at the top of every ranking of the %s, so scores of two topics cannot be compared", name);
	else
		return RQ_OK;
	return *missing == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status take(struct rq_two_sets scores[RQ_SIDES], const char **missing, enum rq_side first, const struct rq_comparison *comparison,
                           struct rq_arena *arena, struct rq_error *err)
{
	*missing = NULL;
	for (int side = (int)first; side < RQ_SIDES && *missing == NULL; side++)
		RQ_TRY(take_side(&scores[side], missing, comparison, (enum rq_side)side, arena, err));
	return RQ_OK;
}

static double p_value(const struct rq_gate *gate, const struct rq_comparison *comparison)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena scratch = {0};
	struct rq_two_sets scores[RQ_SIDES];
	struct rq_paired change;
	const char *missing;
	double areas[RQ_SIDES];

	if (((const struct no_answer *)gate)->measure != MEASURE_DROP)
		return NAN;
	/* Whatever fails here fails again, and is reported, when the gate is judged. */
	if (take(scores, &missing, RQ_BASELINE, comparison, &scratch, NULL) != RQ_OK || missing != NULL ||
	    rq_auc_compare(&change, areas, scores, NULL) != RQ_OK)
		return NAN;
	return change.p_worse;
}

/* ---- judging ---- */

#define AGAINST(gate, value) rq_show_against((value), (gate)->limit, RQ_NO_UNIT).text
#define LIMIT(gate) rq_show_limit((gate)->limit, RQ_NO_UNIT).text

static enum rq_status judge_area(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_two_sets *scores, struct rq_arena *arena,
                                 struct rq_error *err)
{
	struct rq_auc auc;

	RQ_TRY(rq_auc(&auc, scores, err));
	result->value = auc.value;
	result->lower = auc.lower;
	result->upper = auc.upper;
	result->outcome = rq_at_least(auc.value, gate->limit) ? RQ_PASS : RQ_FAIL;
	if (result->outcome == RQ_PASS && !rq_at_least(auc.lower, gate->limit))
		return rq_gate_reason(result,
		                      rq_arena_printf(arena, "is %s and passes, but its lower 95 %% bound %s is under the floor %s", AGAINST(gate, auc.value),
		                                      AGAINST(gate, auc.lower), LIMIT(gate)),
		                      err);
	return rq_gate_reason(result,
	                      rq_arena_printf(arena, "is %s with %zu topics that have no answer, %s %s", AGAINST(gate, auc.value), scores->low_count,
	                                      result->outcome == RQ_PASS ? "floor" : "under the floor", LIMIT(gate)),
	                      err);
}

static const char *explain_drop(const struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_paired *change, const double *areas,
                                struct rq_arena *arena)
{
	if (result->outcome == RQ_FAIL)
		return rq_arena_printf(arena, "dropped %s, from %s to %s (90 %% interval %s to %s), margin %s, %s",
		                       rq_show_value(-change->delta, RQ_NO_UNIT).text, rq_show_value(areas[RQ_BASELINE], RQ_NO_UNIT).text,
		                       rq_show_value(areas[RQ_CANDIDATE], RQ_NO_UNIT).text, rq_show_difference(change->lower, 4).text,
		                       rq_show_difference(change->upper, 4).text, LIMIT(gate), rq_show_p(result->p).text);
	if (result->outcome == RQ_PASS && change->identical)
		return rq_arena_printf(arena, "is the same: the best scores are identical on all topics");
	if (result->outcome == RQ_PASS && change->lower > 0)
		return rq_arena_printf(arena, "rose by at least %s (95 %%), margin %s", rq_show_value(change->lower, RQ_NO_UNIT).text, LIMIT(gate));
	if (result->outcome == RQ_PASS)
		return rq_arena_printf(arena, "drops at most %s (95 %%), margin %s", AGAINST(gate, -change->lower), LIMIT(gate));
	if (rq_paired_units(change) < rq_topics_needed(gate->limit))
		return rq_arena_printf(arena, "a margin of %s takes %zu %s with an answer and as many without, and there are %zu of the rarer kind",
		                       LIMIT(gate), rq_topics_needed(gate->limit), rq_gate_units_name(change), rq_paired_units(change));
	return rq_arena_printf(arena, "cannot exclude a drop of %s with %zu %s of the rarer kind (margin %s)", AGAINST(gate, -change->lower),
	                       rq_paired_units(change), rq_gate_units_name(change), LIMIT(gate));
}

static enum rq_status judge_drop(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_two_sets scores[RQ_SIDES],
                                 double p_adjusted, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_paired change;
	double areas[RQ_SIDES];

	RQ_TRY(rq_auc_compare(&change, areas, scores, err));
	if (isnan(p_adjusted)) /* the data are there now and were not when p was asked for: memory */
		return rq_fail_memory(err);
	result->value = change.delta;
	result->lower = change.lower;
	result->upper = change.upper;
	result->p = p_adjusted;
	result->outcome = rq_paired_verdict(&change, gate->limit, p_adjusted);
	return rq_gate_reason(result, explain_drop(result, gate, &change, areas, arena), err);
}

static size_t count_below(const double *scores, size_t count, double threshold)
{
	size_t below = 0;

	for (size_t i = 0; i < count; i++)
		below += scores[i] < threshold;
	return below;
}

/* A candidate whose scores are all lower tells nothing apart: the threshold then turns away what has an answer too. */
static enum rq_status judge_below(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_two_sets scores[RQ_SIDES],
                                  struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_two_sets *before = &scores[RQ_BASELINE], *after = &scores[RQ_CANDIDATE];
	double fpr = ((const struct no_answer *)gate)->fpr, *sorted = rq_arena_alloc(arena, before->high_count, sizeof *sorted);

	if (sorted == NULL)
		return rq_fail_memory(err);
	memcpy(sorted, before->high, before->high_count * sizeof *sorted);
	qsort(sorted, before->high_count, sizeof *sorted, rq_compare_doubles);
	/* .29 of 100 topics are 29, which the product falls short of by rounding. */
	double threshold = sorted[(size_t)(fpr * (double)before->high_count + RQ_ROUNDING)];
	size_t told = count_below(after->low, after->low_count, threshold), turned_away = count_below(after->high, after->high_count, threshold);
	bool usable = rq_at_most((double)turned_away, 2 * fpr * (double)after->high_count);
	result->value = (double)told / (double)after->low_count;
	rq_share_bounds(&result->lower, &result->upper, told, after->low_count);
	result->outcome = usable && rq_at_least(result->value, gate->limit) ? RQ_PASS : RQ_FAIL;
	if (!usable)
		return rq_gate_reason(
			result,
			rq_arena_printf(
				arena,
				"is measured at a threshold (%.4g) that turns away %zu of %zu topics with an answer, more than twice the %s that it is set for",
				threshold, turned_away, after->high_count, rq_show_share(fpr).text),
			err);
	const char *told_of = rq_arena_printf(arena, "is %s: %zu of %zu topics without an answer score below %.4g, after %zu in the baseline, %s %s",
	                                      AGAINST(gate, result->value), told, after->low_count, threshold,
	                                      count_below(before->low, before->low_count, threshold),
	                                      result->outcome == RQ_PASS ? "floor" : "under the floor", LIMIT(gate));
	if (told_of == NULL || result->outcome == RQ_FAIL || rq_at_least(result->lower, gate->limit))
		return rq_gate_reason(result, told_of, err);
	return rq_gate_reason(result, rq_arena_printf(arena, "%s, but its lower 95 %% bound %s is under it", told_of, AGAINST(gate, result->lower)), err);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	enum measure measure = ((const struct no_answer *)gate)->measure;
	struct rq_two_sets scores[RQ_SIDES];
	const char *missing;

	result->metric = measure == MEASURE_BELOW ? "no-answer share" : "no-answer AUC";
	result->next_step = "look at the topics without an answer that score high";
	RQ_TRY(take(scores, &missing, measure == MEASURE_AUC ? RQ_CANDIDATE : RQ_BASELINE, comparison, arena, err));
	if (missing != NULL)
		return rq_gate_absent(result, missing);
	if (measure == MEASURE_DROP)
		return judge_drop(result, gate, scores, p_adjusted, arena, err);
	return measure == MEASURE_AUC ? judge_area(result, gate, &scores[RQ_CANDIDATE], arena, err) : judge_below(result, gate, scores, arena, err);
}

const struct rq_gate_kind rq_gate_kind_no_answer = {
	.name = "no_answer",
	.help = "topics without an answer (\"answerable\": false) are told from others by the score of the best document: AUC, its drop, or a share "
			"below the baseline's threshold",
	.citation = "AUC: Mann & Whitney 1947; DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44; guarded as max_drop is. A floor is a contract on a "
				"fixed set, as in min",
	.size = sizeof(struct no_answer),
	.options = options,
	.takes_metric = RQ_METRIC_NONE,
	.subject = "no-answer AUC",
	.needs_rankings = true,
	.paired = true,
	.grammar = &grammar,
	.read = read_keys,
	.check = check,
	.print = print,
	.p_value = p_value,
	.judge = judge,
};
