/* Both sides scored by every metric, over the same topics. */
#include "evalcore/scoring/judging.h"
#include "evalcore/pipeline/stages.h"
#include "evalcore/scoring/paired.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double BM25_P_REMARKED = .05; /* below it words alone find more than either side */

static void score_judged(double *values, const struct rq_metric_spec *spec, const struct rq_comparison *comparison, const struct rq_run *run,
                         const struct rq_join *join)
{
	for (size_t i = 0; i < comparison->topic_count; i++) {
		const char *topic = comparison->topics[i].id;
		struct rq_judged_ranking judged = rq_judge_ranking(rq_run_answer(run, topic), rq_join_topic(join, topic), join->hits);
		values[i] = spec->metric->score(&judged, spec);
	}
}

static size_t count_ties(const struct rq_comparison *comparison, const struct rq_run *run, size_t cutoff)
{
	size_t ties = 0;

	for (size_t i = 0; cutoff > 0 && i < comparison->topic_count; i++) {
		const struct rq_ranking *ranking = rq_run_find(run, comparison->topics[i].id);
		ties += ranking != NULL && rq_tie_at_cutoff(ranking, cutoff);
	}
	return ties;
}

static enum rq_status measure(double *values, struct rq_metric_result *result, const struct rq_metric_spec *spec, const struct rq_pipeline *pipeline,
                              enum rq_side side, const struct rq_join *join, struct rq_error *err)
{
	if (spec->metric->source != RQ_FROM_JUDGMENTS && pipeline->config->sides[side].approved != NULL) {
		(void)rq_approved_scores(values, &pipeline->approved, spec->name, &pipeline->comparison); /* it has them, or the metric was absent */
		return RQ_OK;
	}
	if (spec->metric->source == RQ_FROM_DOCUMENTS)
		return rq_side_diversity(values, pipeline, side, spec, err);
	if (spec->metric->source != RQ_FROM_JUDGMENTS)
		return rq_side_ann_recall(values, pipeline, side, spec->cutoff, err);
	score_judged(values, spec, &pipeline->comparison, &pipeline->runs[side], join);
	result->ties_at_cutoff[side] = count_ties(&pipeline->comparison, &pipeline->runs[side], spec->cutoff);
	return RQ_OK;
}

enum rq_status rq_side_scores(double *values, const struct rq_metric_spec *spec, const struct rq_pipeline *pipeline, enum rq_side side,
                              const struct rq_join *join, struct rq_error *err)
{
	struct rq_metric_result ties; /* of no use here */

	return measure(values, &ties, spec, pipeline, side, join, err);
}

static const struct rq_times *times_of(const struct rq_pipeline *pipeline, enum rq_side side, const struct rq_metric *metric)
{
	return metric->clock == RQ_CLOCK_EMBED ? &pipeline->embed_times[side] : &pipeline->search_times[side];
}

static const char *absence_of_times(const struct rq_times *times)
{
	if (times->answered > 0)
		return NULL;
	if (times->idle)
		return "not measured: no topic can be timed on both sides";
	return times->count > 0 ? "not measured: every timed one failed" : times->refused ? "not measured: --max-requests allows none" : "not measured: latency.budget ran out";
}

static const char *absence_of_embedding(const struct rq_pipeline *pipeline, enum rq_side side)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];

	if (!rq_side_has_vectors(config))
		return "not measured: the side embeds nothing";
	if (config->embedder->load != NULL)
		return "not measured: vectors are read from a file";
	return pipeline->config->latency.embed_samples == 0 ? "not measured: latency.embed_samples is 0" : absence_of_times(&pipeline->embed_times[side]);
}

static const char *absence_of_approved(const struct rq_pipeline *pipeline, const struct rq_metric_spec *spec)
{
	if (spec->metric->source == RQ_FROM_CLOCK)
		return "not compared: the approved baseline did not run in this job";
	return rq_baseline_metric(&pipeline->approved, spec->name) == NULL ? "not measured: the baseline was approved without it" : NULL;
}

/* A search is as deep as it was asked to be, whatever it found; of a run file only its rankings tell. */
static size_t depth_of(const struct rq_pipeline *pipeline, enum rq_side side)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];
	bool is_told = config->run == NULL || (side == RQ_BASELINE && pipeline->baseline_cutoff > 0);

	return is_told ? pipeline->cutoff : rq_run_depth(&pipeline->runs[side]);
}

/* What a baseline found no deeper cannot be seen to be lost there, and what the candidate finds there would make up for losses. */
static bool hides_losses(const struct rq_pipeline *pipeline, const struct rq_metric_spec *spec, size_t depth)
{
	return depth < rq_run_depth(&pipeline->runs[RQ_CANDIDATE]) && (spec->cutoff == 0 || depth < spec->cutoff);
}

static const char *absence_of_depth(const struct rq_pipeline *pipeline, const struct rq_metric_spec *spec, enum rq_side side)
{
	bool hides = side == RQ_BASELINE && hides_losses(pipeline, spec, depth_of(pipeline, RQ_BASELINE));

	return hides ? "not compared: the baseline's rankings are less deep than the candidate's" : NULL;
}

static const char *absence(const struct rq_pipeline *pipeline, const struct rq_metric_spec *spec, enum rq_side side)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];

	if (spec->metric->source == RQ_FROM_JUDGMENTS)
		return absence_of_depth(pipeline, spec, side);
	if (config->approved != NULL)
		return absence_of_approved(pipeline, spec);
	if (spec->metric->source == RQ_FROM_DOCUMENTS)
		return rq_diversity_absent(pipeline, side, spec->metric->trait);
	if (config->run != NULL)
		return "not measured: the side is a run file";
	if (spec->metric->source == RQ_FROM_CLOCK && spec->metric->clock == RQ_CLOCK_EMBED)
		return absence_of_embedding(pipeline, side);
	if (spec->metric->source == RQ_FROM_CLOCK)
		return pipeline->config->latency.samples == 0 ? "not measured: latency.samples is 0" : absence_of_times(&pipeline->search_times[side]);
	if (config->bm25 != NULL)
		return "not measured: the side searches words, so there are no vectors to search exactly";
	if (!rq_side_has_vectors(config))
		return "not measured: the side is asked without vectors, so there are none to search exactly";
	return pipeline->has_exact[side] || rq_side_is_exact(config) ? NULL : pipeline->comparison.exact_note;
}

static void summarise_times(struct rq_metric_result *result, enum rq_side side, const struct rq_metric *metric, const struct rq_times *times)
{
	double *lower = &result->value_lower[side], *upper = &result->value_upper[side];

	result->samples[side] = times->count;
	result->failed[side] = times->count - times->answered;
	if (metric->is_rate) {
		result->samples[side] = times->answered;
		result->value[side] = rq_rate(lower, upper, times->apart, times->answered);
		return;
	}
	result->value[side] = rq_quantile(times->seconds, times->count, metric->quantile);
	(void)rq_quantile_bounds(lower, upper, times->seconds, times->count, metric->quantile);
}

/* Pairs the topics that have both values, of these rankings. */
static enum rq_status pair(struct rq_metric_result *result, struct rq_pipeline *pipeline, const struct rq_run *baseline, struct rq_error *err)
{
	const struct rq_comparison *comparison = &pipeline->comparison;
	bool *same = rq_arena_alloc(&pipeline->comparison.arena, comparison->topic_count, sizeof *same);

	if (same == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < comparison->topic_count; i++) {
		const char *topic = comparison->topics[i].id;
		same[i] = rq_rankings_alike(rq_run_answer(baseline, topic), rq_run_answer(&pipeline->runs[RQ_CANDIDATE], topic), result->cutoff);
	}
	return rq_metric_pair(result, same, comparison->topic_count, &comparison->clusters, err);
}

/* The larger p of the two sides scoring less than plain BM25. */
static double p_of_both(const struct rq_metric_result *result, const double *bm25, size_t n)
{
	double p = 0;

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		if (result->per_topic[side] == NULL)
			return NAN;
		p = fmax(p, rq_paired_compare(bm25, result->per_topic[side], n).p_worse);
	}
	return p;
}

static enum rq_status compare_bm25(struct rq_metric_result *result, const struct rq_metric_spec *spec, struct rq_pipeline *pipeline,
                                   const struct rq_join *join, struct rq_error *err)
{
	size_t topics = pipeline->comparison.topic_count;
	RQ_CLEANUP(rq_free_pointer) double *scores = malloc(topics * sizeof *scores);

	if (scores == NULL)
		return rq_fail_memory(err);
	score_judged(scores, spec, &pipeline->comparison, &pipeline->plain_run, join);
	result->bm25 = rq_mean(scores, topics);
	result->bm25_p = p_of_both(result, scores, topics);
	return RQ_OK;
}

/* Exact search may have answered other topics when the baseline was approved: it counts on those that both have. The candidate keeps its own, for
 * what is asked of it alone. */
static enum rq_status share_topics(struct rq_metric_result *result, double *values[RQ_SIDES], struct rq_comparison *comparison, struct rq_error *err)
{
	double *baseline = values[RQ_BASELINE], *candidate = values[RQ_CANDIDATE];
	size_t shared = 0, of[RQ_SIDES] = {0};

	for (size_t i = 0; i < comparison->topic_count; i++) {
		bool before = !isnan(baseline[i]), now = !isnan(candidate[i]);
		of[RQ_BASELINE] += before;
		of[RQ_CANDIDATE] += now;
		shared += before && now;
	}
	if (shared == of[RQ_BASELINE] && shared == of[RQ_CANDIDATE])
		return RQ_OK;
	if (shared == 0) {
		result->absent[RQ_BASELINE] = "not compared: exact search answered other topics when the baseline was approved";
		values[RQ_BASELINE] = NULL;
		return RQ_OK;
	}
	for (size_t i = 0; i < comparison->topic_count; i++)
		if (isnan(candidate[i]))
			baseline[i] = NAN;
	return rq_remark(comparison, false, err, "%s is compared over the %zu topics that exact search answered both when the baseline was approved (%zu) and in this run (%zu)",
	                 result->name, shared, of[RQ_BASELINE], of[RQ_CANDIDATE]);
}

static enum rq_status compare_metric(struct rq_metric_result *result, const struct rq_metric_spec *spec, struct rq_pipeline *pipeline,
                                     const struct rq_join *join, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	double *values[RQ_SIDES] = {NULL};

	*result = rq_metric_result_of(spec);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		result->absent[side] = absence(pipeline, spec, side);
		if (result->absent[side] != NULL)
			continue;
		if (result->is_time) {
			summarise_times(result, side, spec->metric, times_of(pipeline, side, spec->metric));
			continue;
		}
		values[side] = rq_arena_alloc(&comparison->arena, comparison->topic_count, sizeof *values[side]);
		if (values[side] == NULL)
			return rq_fail_memory(err);
		RQ_TRY(measure(values[side], result, spec, pipeline, side, join, err));
	}
	bool approved = pipeline->config->sides[RQ_BASELINE].approved != NULL && spec->metric->source == RQ_FROM_EXACT;
	if (approved && values[RQ_BASELINE] != NULL && values[RQ_CANDIDATE] != NULL)
		RQ_TRY(share_topics(result, values, comparison, err));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (values[side] != NULL)
			RQ_TRY(rq_metric_summarise(result, side, spec, values[side], comparison->topic_count, err));
	if (result->is_judged && comparison->bm25 != NULL)
		RQ_TRY(compare_bm25(result, spec, pipeline, join, err));
	if (result->per_topic[RQ_BASELINE] != NULL && result->per_topic[RQ_CANDIDATE] != NULL && rq_metric_pairs(spec->metric))
		return pair(result, pipeline, &pipeline->runs[RQ_BASELINE], err);
	return RQ_OK;
}

/* ---- pinned baselines ---- */

static const char *absence_of_pinned(const struct rq_pipeline *pipeline, const struct rq_baseline *pinned, const struct rq_metric_spec *spec)
{
	size_t depth = pinned->cutoff > 0 ? pinned->cutoff : rq_run_depth(&pinned->ranked);

	if (spec->metric->source == RQ_FROM_CLOCK)
		return "not compared: the pinned baseline did not run in this job";
	if (spec->metric->source != RQ_FROM_JUDGMENTS)
		return rq_baseline_metric(pinned, spec->name) == NULL ? "not measured: the pinned baseline was approved without it" : NULL;
	return hides_losses(pipeline, spec, depth) ? "not measured: the rankings of the pinned baseline are less deep" : NULL;
}

/* A topic that is newer than the baseline is none that it has lost. */
static void score_pinned(double *values, const struct rq_metric_spec *spec, const struct rq_comparison *comparison, const struct rq_baseline *pinned,
                         const struct rq_join *join)
{
	score_judged(values, spec, comparison, &pinned->ranked, join);
	for (size_t i = 0; i < comparison->topic_count; i++)
		if (rq_run_find(&pinned->ranked, comparison->topics[i].id) == NULL)
			values[i] = NAN;
}

/* The metric of this run's candidate beside that of the pinned baseline, means over the topics that both have. */
static enum rq_status compare_pinned_metric(struct rq_metric_result *result, size_t metric, struct rq_pipeline *pipeline,
                                            const struct rq_baseline *pinned, const struct rq_join *join, struct rq_error *err)
{
	const struct rq_metric_spec *spec = &pipeline->config->metrics[metric];
	const struct rq_metric_result *today = &pipeline->comparison.metrics[metric];
	const double *candidate = today->per_topic[RQ_CANDIDATE];
	size_t topics = pipeline->comparison.topic_count;

	*result = rq_metric_result_of(spec);
	result->absent[RQ_CANDIDATE] = today->absent[RQ_CANDIDATE];
	result->absent[RQ_BASELINE] = absence_of_pinned(pipeline, pinned, spec);
	if (result->absent[RQ_BASELINE] != NULL || candidate == NULL)
		return RQ_OK;
	double *then = rq_arena_alloc(&pipeline->comparison.arena, topics, sizeof *then);
	double *now = rq_arena_alloc(&pipeline->comparison.arena, topics, sizeof *now);
	if (then == NULL || now == NULL)
		return rq_fail_memory(err);
	if (spec->metric->source == RQ_FROM_JUDGMENTS)
		score_pinned(then, spec, &pipeline->comparison, pinned, join);
	else
		(void)rq_approved_scores(then, pinned, spec->name, &pipeline->comparison);
	for (size_t i = 0; i < topics; i++) {
		now[i] = isnan(then[i]) ? then[i] : candidate[i];
		then[i] = isnan(candidate[i]) ? candidate[i] : then[i];
	}
	RQ_TRY(rq_metric_summarise(result, RQ_BASELINE, spec, then, topics, err));
	RQ_TRY(rq_metric_summarise(result, RQ_CANDIDATE, spec, now, topics, err));
	return rq_metric_pairs(spec->metric) ? pair(result, pipeline, &pinned->ranked, err) : RQ_OK;
}

static enum rq_status compare_pinned(struct rq_pipeline *pipeline, const struct rq_join *join, struct rq_error *err)
{
	const struct rq_comparison *today = &pipeline->comparison;
	struct rq_arena *arena = &pipeline->comparison.arena;

	for (size_t i = 0; i < today->pinned_count; i++) {
		if (today->pinned[i].absent != NULL)
			continue;
		struct rq_comparison *comparison = rq_arena_alloc(arena, 1, sizeof *comparison);
		if (comparison == NULL || (comparison->metrics = rq_arena_alloc(arena, today->metric_count, sizeof *comparison->metrics)) == NULL)
			return rq_fail_memory(err);
		comparison->topics = today->topics;
		comparison->topic_count = today->topic_count;
		comparison->metric_count = today->metric_count;
		for (size_t j = 0; j < today->metric_count; j++) {
			RQ_TRY(compare_pinned_metric(&comparison->metrics[j], j, pipeline, &pipeline->pinned[i], join, err));
			RQ_TRY(rq_count_builds(&comparison->metrics[j], NULL, &today->metrics[j].builds[RQ_CANDIDATE], today->topic_count, err));
		}
		today->pinned[i].comparison = comparison;
	}
	return RQ_OK;
}

static enum rq_status remark_on_depth(struct rq_pipeline *pipeline, const struct rq_metric_spec *spec, struct rq_error *err)
{
	size_t baseline = depth_of(pipeline, RQ_BASELINE), candidate = depth_of(pipeline, RQ_CANDIDATE);
	bool hides = hides_losses(pipeline, spec, baseline), whole = spec->cutoff == 0;

	if (spec->metric->source != RQ_FROM_JUDGMENTS)
		return RQ_OK;
	if (whole && (hides || baseline > candidate))
		return rq_remark(&pipeline->comparison, true, err,
		                 "%s is over whole rankings, and the baseline's are %zu deep, the candidate's %zu: %s; make both as deep, or cut both with "
		                 "\"cutoff\"",
		                 spec->name, baseline, candidate, hides ? "it is not compared" : "what the candidate lacks there counts as lost");
	if (hides)
		return rq_remark(&pipeline->comparison, true, err,
		                 "%s looks deeper than the baseline's rankings, which are %zu deep, the candidate's %zu: it is not compared; make the baseline's "
		                 "as deep",
		                 spec->name, baseline, candidate);
	if (whole && pipeline->cutoff > 0)
		return rq_remark(&pipeline->comparison, false, err, "%s is over the first %zu of each ranking, the depth of the search", spec->name,
		                 pipeline->cutoff);
	return RQ_OK;
}

static enum rq_status remark_on_ties(struct rq_comparison *comparison, const struct rq_metric_result *result, struct rq_error *err)
{
	size_t most = result->ties_at_cutoff[RQ_CANDIDATE] > result->ties_at_cutoff[RQ_BASELINE] ? result->ties_at_cutoff[RQ_CANDIDATE]
	                                                                                         : result->ties_at_cutoff[RQ_BASELINE];

	if (most * 20 <= comparison->topic_count)
		return RQ_OK;
	return rq_remark(comparison, true, err, "%s: equal scores straddle the cutoff in %zu of %zu rankings, so it depends on how ids are spelt",
	                 result->name, most, comparison->topic_count);
}

/* The first ranking metric tells. Worth a look, and no verdict. */
static enum rq_status remark_on_bm25(struct rq_comparison *comparison, struct rq_error *err)
{
	size_t first = 0;

	while (first < comparison->metric_count && !comparison->metrics[first].is_judged)
		first++;
	if (comparison->bm25 == NULL || first == comparison->metric_count)
		return RQ_OK;
	const struct rq_metric_result *result = &comparison->metrics[first];
	if (!(result->bm25_p < BM25_P_REMARKED))
		return RQ_OK;
	return rq_remark(comparison, false, err,
	                 "plain BM25 scores higher in %s (%.4f) than the candidate (%.4f) and the baseline (%.4f), one-sided p %s %.4f", result->name,
	                 result->bm25, result->value[RQ_CANDIDATE], result->value[RQ_BASELINE], result->bm25_p < 1e-4 ? "<" : "=",
	                 fmax(result->bm25_p, 1e-4));
}

/* Topics that a run lacks, and what it names that is not there: mostly ids in another spelling. */
static enum rq_status count_strangers(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	const struct rq_run *run = &pipeline->runs[side];
	const struct rq_side_config *config = &pipeline->config->sides[side];
	const char *name = config->name, *example = NULL;
	size_t missing = 0, empty = 0, topics = 0;
	char count_name[64];

	for (size_t i = 0; i < comparison->topic_count; i++) {
		const struct rq_ranking *ranking = rq_run_find(run, comparison->topics[i].id);
		empty += ranking != NULL && ranking->count == 0 && !ranking->failed;
		if (ranking != NULL)
			continue;
		example = missing++ == 0 ? comparison->topics[i].id : example;
	}
	/* A loss against a baseline that did not answer cannot be seen. */
	if (missing > 0 && side == RQ_BASELINE && pipeline->config->dataset.missing_topics == 0)
		return rq_fail(err, RQ_E_UNAVAILABLE, "\"%s\": %zu of %zu judged topics are missing from the baseline's run (\"%s\" for one), so a drop could not be seen; complete it, or set "
		               "dataset.missing_topics to \"warn\" if these answers are empty", config->run, missing, comparison->topic_count, example);
	snprintf(count_name, sizeof count_name, "topics_missing_%s", name);
	RQ_TRY(rq_add_count(comparison, count_name, missing, err));
	if (missing > 0)
		RQ_TRY(
			rq_remark(comparison, true, err, "%zu of %zu topics %s missing from the %s's run and %s 0", missing, comparison->topic_count,
			          missing == 1 ? "is" : "are", name, missing == 1 ? "scores" : "score"));
	if (empty > 0 && (config->run != NULL || config->approved != NULL || config->retriever != NULL))
		RQ_TRY(rq_remark(comparison, true, err, "the %s found nothing for %zu of %zu topics, which %s 0", name, empty, comparison->topic_count,
		                 empty == 1 ? "scores" : "score"));
	if (config->run != NULL || config->approved != NULL)
		RQ_TRY(rq_count_strange_documents(pipeline, side, err));
	for (size_t t = 0; config->run != NULL && t < run->count; t++) {
		const char *topic = run->rankings[t].topic;
		bool known = pipeline->topics.count > 0 ? rq_ids_find(&pipeline->topics.ids, topic, strlen(topic)) != RQ_ID_NONE
		                                        : rq_qrels_find(&pipeline->qrels, topic) != NULL;
		topics += !known;
	}
	if (topics > 0 && pipeline->topics.count > 0)
		RQ_TRY(rq_remark(comparison, true, err, "%zu topic%s of the %s's run %s not in the topics file and left out", topics, topics == 1 ? "" : "s", name,
		                 topics == 1 ? "is" : "are"));
	return RQ_OK;
}

static enum rq_status compare_metrics(struct rq_pipeline *pipeline, struct rq_join *join, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	const struct rq_config *config = pipeline->config;

	comparison->metrics = rq_arena_alloc(&comparison->arena, config->metric_count, sizeof *comparison->metrics);
	if (comparison->metrics == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_join_init(join, &pipeline->qrels, err));
	for (size_t i = 0; i < comparison->topic_count; i++) {
		const struct rq_pool_topic *topic = rq_join_topic(join, comparison->topics[i].id);
		comparison->topics[i].has_grade_0 = topic->judged_count > topic->ideal_count;
	}
	for (size_t i = 0; i < config->metric_count; i++) {
		struct rq_metric_result *result = &comparison->metrics[comparison->metric_count++];
		RQ_TRY(compare_metric(result, &config->metrics[i], pipeline, join, err));
		RQ_TRY(remark_on_ties(comparison, result, err));
		RQ_TRY(remark_on_depth(pipeline, &config->metrics[i], err));
	}
	return RQ_OK;
}

enum rq_status rq_compare_rankings(struct rq_pipeline *pipeline, struct rq_error *err)
{
	RQ_CLEANUP(rq_join_release) struct rq_join join = {0};

	return compare_metrics(pipeline, &join, err);
}

enum rq_status rq_stage_compare(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	uint64_t started = rq_clock_ns();
	RQ_CLEANUP(rq_join_release) struct rq_join join = {0};

	RQ_TRY(compare_metrics(pipeline, &join, err));
	RQ_TRY(rq_stage_builds(pipeline, &join, err));
	RQ_TRY(compare_pinned(pipeline, &join, err));
	RQ_TRY(remark_on_bm25(comparison, err));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		RQ_TRY(count_strangers(pipeline, side, err));
	return rq_add_stage(comparison, "compare", started, err);
}
