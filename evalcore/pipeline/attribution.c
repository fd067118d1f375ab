/* What a difference of two sides is made of: both are scored over what exact search answers too, and on condensed lists. */
#include "evalcore/scoring/judging.h"
#include "evalcore/pipeline/stages.h"
#include "evalcore/scoring/attribution.h"
#include "evalcore/scoring/paired.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The metrics that are split, and where their values go. */
struct part {
	struct rq_metric_result *result;
	const struct rq_metric_spec *spec;
	struct rq_metric_spec judged; /* Judged, as deep as the metric looks */
	double *exact[RQ_SIDES], *condensed[RQ_SIDES], *judged_of[RQ_SIDES];
};

struct parts {
	struct part *parts;
	size_t count;
	struct rq_hit *hits; /* of one condensed list */
};

static void parts_release(struct parts *parts)
{
	free(parts->parts);
	free(parts->hits);
}

const struct rq_run *rq_side_exact_run(const struct rq_pipeline *pipeline, enum rq_side side)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];

	if (config->approved != NULL ? pipeline->approved.side.is_exact : rq_side_is_exact(config))
		return &pipeline->runs[side];
	return pipeline->has_exact[side] || (config->approved != NULL && pipeline->exact_runs[side].count > 0) ? &pipeline->exact_runs[side] : NULL;
}

bool rq_topic_searched_exactly(const struct rq_pipeline *pipeline, enum rq_side side, size_t number, const char *topic)
{
	const struct rq_run *exact = rq_side_exact_run(pipeline, side);

	if (exact == NULL || exact == &pipeline->runs[side])
		return exact != NULL;
	if (pipeline->config->sides[side].approved != NULL) /* its sample may be another one: what lies outside has empty lists */
		return rq_run_answer(exact, topic)->count > 0;
	return rq_topic_is_in_sample(pipeline, number);
}

static enum rq_status take(double **values, struct rq_pipeline *pipeline, struct rq_error *err)
{
	*values = rq_arena_alloc(&pipeline->comparison.arena, pipeline->comparison.topic_count, sizeof **values);
	return *values == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status take_values(struct part *part, struct rq_pipeline *pipeline, struct rq_error *err)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		/* Of a condensed list everything is judged; and beside means over builds the first build's would be another thing. */
		if (part->spec->metric != part->judged.metric && part->result->builds[RQ_BASELINE].count + part->result->builds[RQ_CANDIDATE].count == 0) {
			RQ_TRY(take(&part->condensed[side], pipeline, err));
			RQ_TRY(take(&part->judged_of[side], pipeline, err));
			part->result->condensed[side] = part->condensed[side];
			part->result->judged_of[side] = part->judged_of[side];
		}
		part->result->judged[side] = 0;
		part->result->exact[side] = NULL;
		const struct rq_run *exact = rq_side_exact_run(pipeline, side);
		if (exact == &pipeline->runs[side]) {
			part->result->exact[side] = part->result->per_topic[side];
		} else if (exact != NULL) {
			RQ_TRY(take(&part->exact[side], pipeline, err));
			part->result->exact[side] = part->exact[side];
		}
	}
	return RQ_OK;
}

static enum rq_status parts_init(struct parts *parts, struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	char name[48];

	parts->hits = malloc((rq_qrels_most(&pipeline->qrels) + 1) * sizeof *parts->hits);
	parts->parts = calloc(comparison->metric_count + 1, sizeof *parts->parts);
	if (parts->hits == NULL || parts->parts == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < comparison->metric_count; i++) {
		struct rq_metric_result *result = &comparison->metrics[i];
		if (!result->is_judged || !result->compared)
			continue;
		struct part *part = &parts->parts[parts->count++];
		part->result = result;
		part->spec = &pipeline->config->metrics[i];
		snprintf(name, sizeof name, "Judged@%zu", result->cutoff > 0 ? result->cutoff : 10);
		RQ_TRY(rq_metric_parse(&part->judged, name, err));
		RQ_TRY(take_values(part, pipeline, err));
	}
	return RQ_OK;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* As if it had been cut there. */
static struct rq_judged_ranking cut(struct rq_judged_ranking ranking, size_t depth)
{
	ranking.count = smaller(ranking.count, depth);
	while (ranking.hit_count > 0 && ranking.hits[ranking.hit_count - 1].rank > depth)
		ranking.hit_count--;
	return ranking;
}

/* Each list is joined once for all metrics. A deeper list has more documents to condense, and a longer one more that may be unjudged, which is no
 * hole: both sides' are condensed to one depth, and Judged is of the ranks that both lists of a topic have. */
static void score(struct parts *parts, const struct rq_pipeline *pipeline, enum rq_side side, const struct rq_join *join)
{
	const struct rq_comparison *comparison = &pipeline->comparison;
	const struct rq_run *runs = pipeline->runs;
	size_t depth = smaller(rq_run_depth(&runs[RQ_BASELINE]), rq_run_depth(&runs[RQ_CANDIDATE]));

	for (size_t i = 0; i < comparison->topic_count; i++) {
		const char *topic = comparison->topics[i].id;
		const struct rq_ranking *ranking = rq_run_answer(&runs[side], topic), *other = rq_run_answer(&runs[RQ_SIDES - 1 - side], topic);
		struct rq_judged_ranking whole = rq_judge_ranking(ranking, rq_join_topic(join, topic), join->hits);
		struct rq_judged_ranking shared = cut(whole, other->failed ? 0 : other->count), as_deep = cut(whole, depth);
		struct rq_judged_ranking condensed = rq_condense(&as_deep, parts->hits);
		for (size_t j = 0; j < parts->count; j++) {
			struct part *part = &parts->parts[j];
			part->result->judged[side] += part->judged.metric->score(&whole, &part->judged) / (double)comparison->topic_count;
			if (part->condensed[side] == NULL)
				continue;
			part->condensed[side][i] =
				comparison->topics[i].has_grade_0 ? part->spec->metric->score(&condensed, part->spec) : part->result->per_topic[side][i];
			part->judged_of[side][i] = part->judged.metric->score(&shared, &part->judged);
		}
	}
}

static void score_exact(struct parts *parts, const struct rq_pipeline *pipeline, enum rq_side side, const struct rq_join *join)
{
	const struct rq_comparison *comparison = &pipeline->comparison;

	for (size_t i = 0, topic = 0; i < comparison->topic_count; i++) {
		topic = rq_topic_number(pipeline, topic, comparison->topics[i].id);
		const struct rq_ranking *ranking = rq_run_answer(&pipeline->exact_runs[side], comparison->topics[i].id);
		struct rq_judged_ranking judged = rq_judge_ranking(ranking, rq_join_topic(join, comparison->topics[i].id), join->hits);
		bool searched = rq_topic_searched_exactly(pipeline, side, topic, comparison->topics[i].id);
		for (size_t j = 0; j < parts->count; j++)
			parts->parts[j].exact[side][i] = searched ? parts->parts[j].spec->metric->score(&judged, parts->parts[j].spec) : NAN;
	}
}

/* Why there are no exact values of both sides; NULL where there are. */
static enum rq_status find_absence(const char **absent, struct rq_pipeline *pipeline, struct rq_error *err)
{
	static const char prefix[] = "not measured: ";
	struct rq_comparison *comparison = &pipeline->comparison;
	const char *exact = comparison->exact_note, *why = strncmp(exact, prefix, sizeof prefix - 1) == 0 ? exact + sizeof prefix - 1 : exact;

	*absent = NULL;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && *absent == NULL; side++) {
		const struct rq_side_config *config = &pipeline->config->sides[side];
		if (rq_side_exact_run(pipeline, side) != NULL)
			continue;
		if (config->approved != NULL)
			*absent = rq_arena_printf(&comparison->arena, "not split: the %s was approved without exact rankings", config->name);
		else if (config->run != NULL)
			*absent = rq_arena_printf(&comparison->arena, "not split: the %s is a run file", config->name);
		else if (config->bm25 != NULL)
			*absent = rq_arena_printf(&comparison->arena, "not split: the %s searches words", config->name);
		else if (!rq_side_has_vectors(config))
			*absent = rq_arena_printf(&comparison->arena, "not split: the %s is asked without vectors", config->name);
		else
			*absent = rq_arena_printf(&comparison->arena, "not split: %s", why);
		if (*absent == NULL)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

/* On condensed lists, over the same topics. */
static enum rq_status compare_condensed(struct part *part, const struct rq_comparison *comparison, struct rq_error *err)
{
	struct rq_metric_result condensed = *part->result;

	if (part->condensed[RQ_BASELINE] == NULL)
		return RQ_OK;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		condensed.per_topic[side] = part->condensed[side];
	RQ_TRY(rq_metric_pair(&condensed, part->result->same_ranking, comparison->topic_count, &comparison->clusters, err));
	part->result->condensed_paired = condensed.paired;
	return RQ_OK;
}

enum rq_status rq_stage_attribution(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	RQ_CLEANUP(rq_join_release) struct rq_join join = {0};
	RQ_CLEANUP(parts_release) struct parts parts = {0};
	uint64_t started = rq_clock_ns();
	const char *absent;

	RQ_TRY(rq_join_init(&join, &pipeline->qrels, err));
	RQ_TRY(parts_init(&parts, pipeline, err));
	RQ_TRY(find_absence(&absent, pipeline, err));
	if (absent == NULL)
		comparison->exact_part = rq_exact_part(pipeline);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		score(&parts, pipeline, side, &join);
		if (rq_side_exact_run(pipeline, side) == &pipeline->exact_runs[side])
			score_exact(&parts, pipeline, side, &join);
	}
	for (size_t i = 0; i < parts.count; i++) {
		RQ_TRY(compare_condensed(&parts.parts[i], comparison, err));
		RQ_TRY(rq_metric_attribute(parts.parts[i].result, absent, comparison->topics, comparison->topic_count, &comparison->arena, err));
	}
	RQ_TRY(rq_tell_causes(pipeline, &join, err));
	return rq_add_stage(comparison, "attribution", started, err);
}
