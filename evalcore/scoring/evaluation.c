/* The order of an evaluation: read and score each run, settle which topics count, average, compare, remark. */
#include "evalcore/scoring/evaluation.h"

#include "evalcore/scoring/diagnostics.h"
#include "evalcore/scoring/paired.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char one_run[] = "not measured: there is no run to compare with";

const char *rq_change_name(enum rq_change change)
{
	static const char *const names[] = {[RQ_NOT_COMPARED] = "", [RQ_UNCHANGED] = "no change", [RQ_IMPROVED] = "improved", [RQ_WITHIN_MARGIN] = "within margin",
	                                    [RQ_REGRESSED] = "regressed", [RQ_UNDECIDED] = "undecided"};

	return names[change];
}

/* ---- cutoffs ---- */

static int compare_sizes(const void *a, const void *b)
{
	size_t left = *(const size_t *)a, right = *(const size_t *)b;

	return (left > right) - (left < right);
}

const size_t *rq_cutoffs_of(size_t *count, const struct rq_metric_list *metrics, size_t also, bool compared, struct rq_arena *arena)
{
	size_t *cutoffs = rq_arena_alloc(arena, metrics->count + 2, sizeof *cutoffs), n = 0, distinct = 0;
	bool whole = false;

	if (cutoffs == NULL)
		return NULL;
	cutoffs[n++] = also;
	for (size_t i = 0; i < metrics->count; i++) {
		whole = whole || metrics->specs[i].cutoff == 0;
		if (metrics->specs[i].cutoff > 0)
			cutoffs[n++] = metrics->specs[i].cutoff;
	}
	if (whole && compared)
		cutoffs[n++] = RQ_WHOLE_RANKING;
	qsort(cutoffs, n, sizeof *cutoffs, compare_sizes);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || cutoffs[i] != cutoffs[i - 1])
			cutoffs[distinct++] = cutoffs[i];
	*count = distinct;
	return cutoffs;
}

static size_t cutoff_number(const struct rq_reading *reading, size_t cutoff)
{
	size_t number = 0;

	while (number < reading->cutoff_count && reading->cutoffs[number] != (cutoff == 0 ? RQ_WHOLE_RANKING : cutoff))
		number++;
	return number;
}

/* ---- denominators ---- */

static bool counts(const struct rq_evaluation *evaluation, size_t topic, size_t run)
{
	const struct rq_denominator *denominator = &evaluation->denominator;
	const struct rq_pool_topic *judged = &evaluation->scoring->pool->topics[topic];

	if (denominator->skip_no_relevant && (judged->judged_count == 0 || judged->judged[0] < denominator->level))
		return false;
	if (!denominator->intersection)
		return true;
	if (denominator->each_its_own)
		return evaluation->runs[run].scores.answered[topic];
	for (size_t i = 0; i < evaluation->run_count; i++)
		if (!evaluation->runs[i].scores.answered[topic])
			return false;
	return true;
}

static enum rq_status settle_topics(struct rq_evaluation *evaluation, size_t number, struct rq_error *err)
{
	const struct rq_pool *pool = evaluation->scoring->pool;
	struct rq_evaluated_run *run = &evaluation->runs[number];
	uint32_t *topics = rq_arena_alloc(&evaluation->arena, pool->count + 1, sizeof *topics);

	if (topics == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < pool->count; i++) {
		if (!counts(evaluation, i, number))
			continue;
		run->unanswered += !run->scores.answered[i];
		topics[run->topic_count++] = (uint32_t)i;
	}
	run->topics = topics;
	if (run->topic_count > 0)
		return RQ_OK;
	if (evaluation->no_relevant == pool->count && evaluation->denominator.skip_no_relevant)
		return rq_fail(err, RQ_E_DATA, "no judged topic has a document of grade %d or more, and --skip-no-relevant leaves those out; nothing is left to average",
		               evaluation->denominator.level);
	return rq_fail(err, RQ_E_DATA, "no topic is in every run%s; leave out --intersection, which averages over those alone",
	               evaluation->denominator.skip_no_relevant ? " and has a relevant document" : "");
}

/* ---- slices ---- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Index in slices, or slice_count. */
static size_t find_slice(const struct rq_evaluation *evaluation, const char *slice)
{
	const char **found = slice == NULL ? NULL : bsearch(&slice, evaluation->slices, evaluation->slice_count, sizeof *evaluation->slices, compare_names);

	return found == NULL ? evaluation->slice_count : (size_t)(found - evaluation->slices);
}

static enum rq_status list_slices(struct rq_evaluation *evaluation, struct rq_error *err)
{
	size_t topics = evaluation->scoring->pool->count, n = 0;

	if (evaluation->topic_slices == NULL)
		return RQ_OK;
	evaluation->slices = rq_arena_alloc(&evaluation->arena, topics + 1, sizeof *evaluation->slices);
	evaluation->slice_numbers = rq_arena_alloc(&evaluation->arena, topics + 1, sizeof *evaluation->slice_numbers);
	if (evaluation->slices == NULL || evaluation->slice_numbers == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topics; i++)
		if (evaluation->topic_slices[i] != NULL)
			evaluation->slices[n++] = evaluation->topic_slices[i];
	qsort(evaluation->slices, n, sizeof *evaluation->slices, compare_names);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(evaluation->slices[i], evaluation->slices[i - 1]) != 0)
			evaluation->slices[evaluation->slice_count++] = evaluation->slices[i];
	for (size_t i = 0; i < topics; i++)
		evaluation->slice_numbers[i] = (uint32_t)find_slice(evaluation, evaluation->topic_slices[i]);
	return RQ_OK;
}

static const char *slice_of(const struct rq_evaluation *evaluation, const struct rq_evaluated_run *run, size_t i)
{
	return evaluation->topic_slices == NULL ? NULL : evaluation->topic_slices[run->topics[i]];
}

/* The run's topics, as numbers among them, those of a slice side by side in their order: from[s] <= place < from[s + 1]. `from` has room for
 * slice_count + 2 and is zero. */
static void sort_by_slice(uint32_t *sorted, size_t *from, const struct rq_evaluation *evaluation, const struct rq_evaluated_run *run)
{
	for (size_t i = 0; i < run->topic_count; i++)
		from[evaluation->slice_numbers[run->topics[i]] + 1]++;
	for (size_t s = 1; s <= evaluation->slice_count; s++)
		from[s] += from[s - 1];
	for (size_t i = 0; i < run->topic_count; i++)
		sorted[from[evaluation->slice_numbers[run->topics[i]]]++] = (uint32_t)i;
	for (size_t s = evaluation->slice_count; s > 0; s--)
		from[s] = from[s - 1];
	from[0] = 0;
}

/* ---- one metric of one run, over some topics ---- */

/* What is compared, and where. */
struct scope {
	struct rq_evaluation *evaluation;
	struct rq_evaluated_run *run;
	const struct rq_evaluated_run *first; /* NULL: there is none */
	const uint32_t *picked;               /* of the run's topics */
	size_t count;
};

static const double *gather(const struct scope *scope, const double *values)
{
	if (scope->count == scope->evaluation->scoring->pool->count) /* all, and in their order */
		return values;
	double *gathered = rq_arena_alloc(&scope->evaluation->arena, scope->count + 1, sizeof *gathered);

	for (size_t i = 0; gathered != NULL && i < scope->count; i++)
		gathered[i] = values[scope->run->topics[scope->picked[i]]];
	return gathered;
}

static bool *find_same(const struct scope *scope, size_t cutoff)
{
	size_t number = cutoff_number(&scope->evaluation->scoring->reading, cutoff);
	bool *same = rq_arena_alloc(&scope->evaluation->arena, scope->count + 1, sizeof *same);

	for (size_t i = 0; same != NULL && i < scope->count; i++) {
		size_t topic = scope->run->topics[scope->picked[i]];
		const struct rq_topic_cut *a = &scope->first->scores.cuts[number][topic], *b = &scope->run->scores.cuts[number][topic];
		same[i] = a->documents == b->documents && a->prefix == b->prefix;
	}
	return same;
}

static size_t count_cut_ties(const struct scope *scope, const struct rq_scores *scores, size_t cutoff)
{
	size_t number = cutoff_number(&scope->evaluation->scoring->reading, cutoff), ties = 0;

	for (size_t i = 0; cutoff > 0 && i < scope->count; i++)
		ties += scores->cuts[number][scope->run->topics[scope->picked[i]]].tie;
	return ties;
}

static enum rq_status measure(struct rq_metric_result *result, const struct scope *scope, size_t metric, struct rq_error *err)
{
	const struct rq_metric_spec *spec = &scope->evaluation->scoring->metrics->specs[metric];

	*result = rq_metric_result_of(spec);
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_evaluated_run *run = side == RQ_CANDIDATE ? scope->run : scope->first;
		if (side == RQ_BASELINE && scope->first == NULL) {
			result->absent[side] = one_run;
			continue;
		}
		const double *values = gather(scope, run->scores.values[metric]);
		if (values == NULL)
			return rq_fail_memory(err);
		RQ_TRY(rq_metric_summarise(result, (enum rq_side)side, spec, values, scope->count, err));
		result->ties_at_cutoff[side] = count_cut_ties(scope, &run->scores, spec->cutoff);
	}
	if (scope->first == NULL || !rq_metric_pairs(spec->metric))
		return RQ_OK;
	const bool *same = find_same(scope, spec->cutoff);
	return same == NULL ? rq_fail_memory(err) : rq_metric_pair(result, same, scope->count, NULL, err);
}

static enum rq_status measure_all(struct rq_metric_result **results, const struct scope *scope, struct rq_error *err)
{
	size_t metrics = scope->evaluation->scoring->metrics->count;

	*results = rq_arena_alloc(&scope->evaluation->arena, metrics + 1, sizeof **results);
	if (*results == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < metrics; i++)
		RQ_TRY(measure(&(*results)[i], scope, i, err));
	return RQ_OK;
}

/* ---- one run against the first ---- */

static enum rq_status fill_comparison(const struct scope *scope, struct rq_error *err)
{
	struct rq_evaluated_run *run = scope->run;
	struct rq_comparison *comparison = &run->comparison;

	comparison->topics = rq_arena_alloc(&scope->evaluation->arena, run->topic_count + 1, sizeof *comparison->topics);
	if (comparison->topics == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < run->topic_count; i++)
		comparison->topics[i] = (struct rq_compared_topic){.id = scope->evaluation->scoring->pool->topics[run->topics[i]].judgments->topic, .text = "",
		                                                   .slice = slice_of(scope->evaluation, run, i)};
	comparison->topic_count = run->topic_count;
	comparison->metric_count = scope->evaluation->scoring->metrics->count;
	return measure_all(&comparison->metrics, scope, err);
}

enum rq_change rq_change_of(const struct rq_paired *paired, enum rq_outcome outcome)
{
	if (outcome != RQ_PASS)
		return outcome == RQ_FAIL ? RQ_REGRESSED : RQ_UNDECIDED;
	if (paired->identical)
		return RQ_UNCHANGED;
	return paired->lower > 0 ? RQ_IMPROVED : RQ_WITHIN_MARGIN;
}

static struct rq_judged_change judge_change(const struct rq_paired *paired, double p)
{
	double margin = rq_smallest_margin(paired->n);
	enum rq_change change = rq_change_of(paired, rq_paired_verdict(paired, margin, p));

	if (margin >= 1 && (change == RQ_WITHIN_MARGIN || change == RQ_REGRESSED))
		change = RQ_UNDECIDED; /* so few topics decide nothing */
	return (struct rq_judged_change){change, margin, p};
}

static enum rq_status judge_changes(const struct scope *scope, struct rq_error *err)
{
	const struct rq_comparison *comparison = &scope->run->comparison;
	size_t metrics = comparison->metric_count, members = 0;
	struct rq_judged_change *changes = rq_arena_alloc(&scope->evaluation->arena, metrics + 1, sizeof *changes);
	double *family = rq_arena_alloc(&scope->evaluation->arena, metrics + 1, sizeof *family);

	if (changes == NULL || family == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < metrics; i++)
		if (comparison->metrics[i].compared)
			family[members++] = comparison->metrics[i].paired.p_worse;
	rq_holm(family, members);
	members = 0;
	for (size_t i = 0; i < metrics; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		changes[i] = metric->compared ? judge_change(&metric->paired, family[members++]) : (struct rq_judged_change){RQ_NOT_COMPARED, NAN, NAN};
	}
	scope->run->changes = changes;
	return RQ_OK;
}

/* Of one bound over the run's topics. */
static double average_bound(double *values, const struct scope *scope, size_t metric, size_t offset)
{
	for (size_t i = 0; i < scope->count; i++)
		memcpy(&values[i], (const char *)&scope->run->scores.over_ties[metric][scope->run->topics[i]] + offset, sizeof *values);
	return rq_metric_average(&scope->evaluation->scoring->metrics->specs[metric], values, scope->count);
}

static enum rq_status average_over_ties(const struct scope *scope, struct rq_error *err)
{
	size_t metrics = scope->evaluation->scoring->metrics->count;
	RQ_CLEANUP(rq_free_pointer) double *values = malloc((scope->count + 1) * sizeof *values);

	if (scope->run->scores.over_ties == NULL)
		return RQ_OK;
	scope->run->over_ties = rq_arena_alloc(&scope->evaluation->arena, metrics + 1, sizeof *scope->run->over_ties);
	if (values == NULL || scope->run->over_ties == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < metrics; i++) {
		struct rq_over_ties *averages = &scope->run->over_ties[i];
		averages->lowest = average_bound(values, scope, i, offsetof(struct rq_over_ties, lowest));
		averages->expected = average_bound(values, scope, i, offsetof(struct rq_over_ties, expected));
		averages->highest = average_bound(values, scope, i, offsetof(struct rq_over_ties, highest));
		for (size_t j = 0; j < scope->count; j++)
			averages->sampled = averages->sampled || scope->run->scores.over_ties[i][scope->run->topics[j]].sampled;
	}
	return RQ_OK;
}

/* `picked` has room for all of the run's topics. */
static enum rq_status compare_slices(struct scope *scope, uint32_t *picked, struct rq_error *err)
{
	struct rq_evaluation *evaluation = scope->evaluation;
	RQ_CLEANUP(rq_free_pointer) size_t *from = calloc(evaluation->slice_count + 2, sizeof *from);

	scope->run->slices = rq_arena_alloc(&evaluation->arena, evaluation->slice_count + 1, sizeof *scope->run->slices);
	if (from == NULL || scope->run->slices == NULL)
		return rq_fail_memory(err);
	if (evaluation->slice_count > 0)
		sort_by_slice(picked, from, evaluation, scope->run);
	for (size_t i = 0; i < evaluation->slice_count; i++) {
		struct rq_slice_result *result = &scope->run->slices[i];
		scope->picked = picked + from[i];
		scope->count = from[i + 1] - from[i];
		*result = (struct rq_slice_result){.slice = evaluation->slices[i], .topics = scope->count};
		RQ_TRY(measure_all(&result->metrics, scope, err));
	}
	return RQ_OK;
}

static enum rq_status compare_run(struct rq_evaluation *evaluation, size_t number, struct rq_error *err)
{
	struct rq_evaluated_run *run = &evaluation->runs[number];
	bool alone = number == 0 || evaluation->denominator.each_its_own;
	uint32_t *picked = rq_arena_alloc(&evaluation->arena, run->topic_count + 1, sizeof *picked);
	struct scope scope = {evaluation, run, alone ? NULL : &evaluation->runs[0], picked, 0};

	if (picked == NULL)
		return rq_fail_memory(err);
	while (scope.count < run->topic_count) {
		picked[scope.count] = (uint32_t)scope.count;
		scope.count++;
	}
	RQ_TRY(fill_comparison(&scope, err));
	RQ_TRY(judge_changes(&scope, err));
	RQ_TRY(average_over_ties(&scope, err));
	return compare_slices(&scope, picked, err);
}

/* ---- all of it ---- */

static void count_judgments(struct rq_evaluation *evaluation)
{
	const struct rq_pool *pool = evaluation->scoring->pool;
	int level = evaluation->denominator.level;

	for (size_t i = 0; i < pool->count; i++) {
		const struct rq_pool_topic *topic = &pool->topics[i];
		evaluation->positive += topic->ideal_count;
		evaluation->no_relevant += topic->judged_count == 0 || topic->judged[0] < level;
		for (size_t j = 0; j < topic->judgments->count; j++) {
			bool returned = false;
			if (topic->judgments->judgments[j].grade < level || topic->judgments->judgments[j].grade < 0)
				continue;
			for (size_t r = 0; r < evaluation->run_count && !returned; r++)
				returned = evaluation->runs[r].scores.returned[topic->first + j];
			evaluation->relevant++;
			evaluation->returned += returned;
		}
	}
}

static enum rq_status evaluate(struct rq_evaluation *evaluation, const char *const *paths, size_t path_count, struct rq_error *err)
{
	evaluation->runs = rq_arena_alloc(&evaluation->arena, path_count, sizeof *evaluation->runs);
	if (evaluation->runs == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < path_count; i++) {
		RQ_TRY(rq_scores_read(&evaluation->runs[i].scores, paths[i], evaluation->scoring, err));
		evaluation->run_count++;
	}
	count_judgments(evaluation);
	RQ_TRY(list_slices(evaluation, err));
	for (size_t i = 0; i < path_count; i++)
		RQ_TRY(settle_topics(evaluation, i, err));
	for (size_t i = 0; i < path_count; i++)
		RQ_TRY(compare_run(evaluation, i, err));
	return rq_evaluation_remark(evaluation, err);
}

enum rq_status rq_evaluate(struct rq_evaluation *evaluation, const char *const *paths, size_t path_count, struct rq_error *err)
{
	enum rq_status status = evaluate(evaluation, paths, path_count, err);

	if (status != RQ_OK)
		rq_evaluation_release(evaluation);
	return status;
}

void rq_evaluation_release(struct rq_evaluation *evaluation)
{
	for (size_t i = 0; i < evaluation->run_count; i++) {
		rq_scores_release(&evaluation->runs[i].scores);
		rq_arena_release(&evaluation->runs[i].comparison.arena);
	}
	rq_arena_release(&evaluation->arena);
	*evaluation = (struct rq_evaluation){0};
}
