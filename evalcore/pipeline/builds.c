/* The further builds of a side's index. Levels of a graph and centroids of lists hang on a seed, so that one build may be lucky; where the config asks
 * for several, each is searched and scored as the first was, and the verdict is of the method. One build at a time is in memory. */
#include "evalcore/base/hash.h"
#include "evalcore/scoring/judging.h"
#include "evalcore/pipeline/stages.h"
#include "evalcore/scoring/paired.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The metrics that builds are scored by: those that have values of each topic. */
static bool is_scored(const struct rq_metric_result *metric, enum rq_side side)
{
	return !metric->is_time && metric->per_topic[side] != NULL;
}

static enum rq_status make_room(struct rq_comparison *comparison, enum rq_side side, size_t builds, struct rq_error *err)
{
	for (size_t i = 0; i < comparison->metric_count; i++) {
		struct rq_metric_result *metric = &comparison->metrics[i];
		if (!is_scored(metric, side))
			continue;
		const double **values = rq_arena_alloc(&comparison->arena, builds, sizeof *values);
		if (values == NULL)
			return rq_fail_memory(err);
		values[0] = metric->per_topic[side];
		for (size_t build = 1; build < builds; build++) {
			values[build] = rq_arena_alloc(&comparison->arena, comparison->topic_count, sizeof **values);
			if (values[build] == NULL)
				return rq_fail_memory(err);
		}
		metric->builds[side] = (struct rq_builds){.count = builds, .values = values};
	}
	return RQ_OK;
}

/* Every metric of what the pipeline holds as the side's answers. */
static enum rq_status score(struct rq_pipeline *pipeline, enum rq_side side, size_t build, const struct rq_join *join, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;

	for (size_t i = 0; i < comparison->metric_count; i++)
		if (is_scored(&comparison->metrics[i], side))
			RQ_TRY(rq_side_scores((double *)comparison->metrics[i].builds[side].values[build], &pipeline->config->metrics[i], pipeline, side, join, err));
	return RQ_OK;
}

/* A mark of what each topic was answered, so that builds need not be held to be compared. */
static void mark(struct rq_key *marks, const struct rq_run *run, const struct rq_comparison *comparison)
{
	for (size_t i = 0; i < comparison->topic_count; i++) {
		const struct rq_ranking *ranking = rq_run_answer(run, comparison->topics[i].id);
		marks[i] = (struct rq_key){0};
		rq_key_add_u64(&marks[i], ranking->failed);
		for (size_t j = 0; j < ranking->count; j++)
			rq_key_add_text(&marks[i], ranking->documents[j].document);
	}
}

/* Searches one further build and scores it in the place of the first. */
static enum rq_status score_build(struct rq_key *marks, bool *cached, struct rq_pipeline *pipeline, enum rq_side side, size_t build, const struct rq_join *join,
                                  struct rq_error *err)
{
	struct rq_searcher *searcher = &pipeline->searchers[side];
	const struct rq_neighbours first = pipeline->found[side];
	const struct rq_run first_run = pipeline->runs[side];
	struct rq_neighbours found = {0};
	struct rq_run run = {0};
	const struct rq_row_lists lists = {
		.neighbours = &found, .side = side, .failed = searcher->embedding->failed_topics, .depth = pipeline->cutoff};
	size_t short_of;

	enum rq_status status = rq_searcher_search_build(&found, cached, searcher, build, first.k, pipeline->progress, err);
	if (status == RQ_OK)
		status = rq_stage_ranking(&run, &short_of, pipeline, &lists, err);
	if (status == RQ_OK) {
		mark(marks, &run, &pipeline->comparison);
		pipeline->found[side] = found;
		pipeline->runs[side] = run;
		status = score(pipeline, side, build, join, err);
		pipeline->found[side] = first;
		pipeline->runs[side] = first_run;
	}
	rq_run_release(&run);
	rq_neighbours_release(&found);
	return status;
}

/* The values become means over the builds; a topic that the first build has none for stays without. */
static enum rq_status take_means(struct rq_metric_result *metric, enum rq_side side, const struct rq_metric_spec *spec,
                                 struct rq_comparison *comparison, struct rq_error *err)
{
	struct rq_builds *builds = &metric->builds[side];
	size_t topics = comparison->topic_count;
	double *values = rq_arena_alloc(&comparison->arena, topics, sizeof *values);
	double *means = rq_arena_alloc(&comparison->arena, builds->count, sizeof *means);

	if (values == NULL || means == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topics; i++) {
		values[i] = 0;
		for (size_t build = 0; build < builds->count; build++)
			values[i] += builds->values[build][i] / (double)builds->count;
		values[i] = isnan(builds->values[0][i]) ? NAN : values[i];
	}
	builds->lowest = INFINITY;
	builds->highest = -INFINITY;
	for (size_t build = 0; build < builds->count; build++) {
		size_t n = 0;
		means[build] = 0;
		for (size_t i = 0; i < topics; i++) {
			if (isnan(values[i]))
				continue;
			means[build] += builds->values[build][i];
			n++;
		}
		means[build] /= (double)n;
		builds->lowest = fmin(builds->lowest, means[build]);
		builds->highest = fmax(builds->highest, means[build]);
	}
	builds->means = means;
	builds->deviation = rq_builds_deviation(means, builds->count);
	return rq_metric_summarise(metric, side, spec, values, topics, err);
}

enum rq_status rq_count_builds(struct rq_metric_result *metric, const struct rq_builds *before, const struct rq_builds *after,
                               size_t topic_count, struct rq_error *err)
{
	if (!metric->compared || ((before == NULL || before->count == 0) && after->count == 0))
		return RQ_OK;
	RQ_CLEANUP(rq_free_pointer) size_t *topics = calloc(topic_count + 1, sizeof *topics);
	size_t count = 0;
	if (topics == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topic_count; i++)
		if (!isnan(metric->per_topic[RQ_BASELINE][i]) && !isnan(metric->per_topic[RQ_CANDIDATE][i]))
			topics[count++] = i;
	rq_paired_count_builds(&metric->paired, before, after, topics, count);
	return RQ_OK;
}

static enum rq_status compare_again(struct rq_pipeline *pipeline, const bool *same, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;

	for (size_t i = 0; i < comparison->metric_count; i++) {
		struct rq_metric_result *metric = &comparison->metrics[i];
		for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
			if (metric->builds[side].count > 0)
				RQ_TRY(take_means(metric, side, &pipeline->config->metrics[i], comparison, err));
		if (!metric->compared)
			continue;
		bool *alike = rq_arena_alloc(&comparison->arena, comparison->topic_count, sizeof *alike);
		if (alike == NULL)
			return rq_fail_memory(err);
		for (size_t t = 0; t < comparison->topic_count; t++)
			alike[t] = same[t] && metric->same_ranking[t];
		RQ_TRY(rq_metric_pair(metric, alike, comparison->topic_count, &comparison->clusters, err));
		RQ_TRY(rq_count_builds(metric, &metric->builds[RQ_BASELINE], &metric->builds[RQ_CANDIDATE], comparison->topic_count, err));
	}
	return RQ_OK;
}

/* Build i of one side stands beside build i of the other, or beside the only one. What the first builds have in common is known. */
static void find_same(bool *same, const struct rq_key *const marks[RQ_SIDES], const size_t builds[RQ_SIDES], size_t topics)
{
	size_t most = builds[RQ_BASELINE] > builds[RQ_CANDIDATE] ? builds[RQ_BASELINE] : builds[RQ_CANDIDATE];

	for (size_t i = 0; i < topics; i++) {
		same[i] = true;
		for (size_t build = 1; build < most && same[i]; build++) {
			const struct rq_key *own[RQ_SIDES];
			for (int side = 0; side < RQ_SIDES; side++)
				own[side] = &marks[side][(builds[side] > 1 ? build : 0) * topics + i];
			same[i] = own[RQ_BASELINE]->low == own[RQ_CANDIDATE]->low && own[RQ_BASELINE]->high == own[RQ_CANDIDATE]->high;
		}
	}
}

static enum rq_status score_side(struct rq_key *marks, struct rq_pipeline *pipeline, enum rq_side side, size_t builds, const struct rq_join *join,
                                 struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	const char *name = pipeline->config->sides[side].name;
	size_t found = 0;

	mark(marks, &pipeline->runs[side], comparison);
	if (builds == 1)
		return RQ_OK;
	RQ_TRY(make_room(comparison, side, builds, err));
	for (size_t build = 1; build < builds; build++) {
		bool cached;
		RQ_TRY(score_build(marks + build * comparison->topic_count, &cached, pipeline, side, build, join, err));
		found += cached;
	}
	RQ_TRY(rq_remark(comparison, false, err,
	                 "%s: the index was built %zu times, each with the next seed; scores are means over the builds and intervals count what changes "
	                 "between them, so the verdict is of the method and not of one lucky build; rankings, causes and times are those of the first",
	                 name, builds));
	return rq_add_cache_use(comparison, name, "builds", err, "%zu of %zu built", builds - 1 - found, builds - 1);
}

enum rq_status rq_stage_builds(struct rq_pipeline *pipeline, const struct rq_join *join, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	const size_t builds[RQ_SIDES] = {rq_side_builds(&pipeline->config->sides[RQ_BASELINE]), rq_side_builds(&pipeline->config->sides[RQ_CANDIDATE])};
	size_t topics = comparison->topic_count;
	struct rq_key *marks[RQ_SIDES];
	RQ_CLEANUP(rq_arena_release) struct rq_arena scratch = {0};

	if (builds[RQ_BASELINE] == 1 && builds[RQ_CANDIDATE] == 1)
		return RQ_OK;
	bool *same = rq_arena_alloc(&scratch, topics, sizeof *same);
	for (int side = 0; side < RQ_SIDES; side++)
		marks[side] = rq_arena_alloc(&scratch, builds[side] * topics, sizeof **marks);
	if (same == NULL || marks[RQ_BASELINE] == NULL || marks[RQ_CANDIDATE] == NULL)
		return rq_fail_memory(err);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		RQ_TRY(score_side(marks[side], pipeline, side, builds[side], join, err));
	find_same(same, (const struct rq_key *const *)marks, builds, topics);
	return compare_again(pipeline, same, err);
}
