/* The further builds of a side's index. Levels of a graph and centroids of lists hang on a seed, so that one build may be lucky; where the config asks
 * for several, each is searched and scored as the first was, and the verdict is of the method. One build at a time is in memory. */
#include "evalcore/pipeline/judging.h"
#include "evalcore/pipeline/stages.h"
#include "evalcore/scoring/paired.h"
#include "metrics/stats/stats.h"

#include <math.h>
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

/* Both sides' first builds rank alike where `same` says so; this one ranks as its side's first. */
static void note_same(bool *same, const struct rq_pipeline *pipeline, const struct rq_neighbours *first, const struct rq_neighbours *other)
{
	const struct rq_comparison *comparison = &pipeline->comparison;

	for (size_t i = 0, topic = 0; i < comparison->topic_count; i++) {
		while (strcmp(pipeline->topics.topics[topic].id, comparison->topics[i].id) != 0) /* both in strcmp order */
			topic++;
		size_t count = first->counts[topic];
		same[i] = same[i] && count == other->counts[topic] &&
		          memcmp(first->rows + topic * first->k, other->rows + topic * other->k, count * sizeof *first->rows) == 0;
	}
}

/* Searches one further build and scores it in the place of the first. */
static enum rq_status score_build(bool *same, bool *cached, struct rq_pipeline *pipeline, enum rq_side side, size_t build, const struct rq_join *join,
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
		note_same(same, pipeline, &first, &found);
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

static double mean_of(const double *values, size_t topics)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < topics; i++) {
		if (isnan(values[i]))
			continue;
		sum += values[i];
		n++;
	}
	return sum / (double)n;
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
		means[build] = mean_of(builds->values[build], topics);
		builds->lowest = fmin(builds->lowest, means[build]);
		builds->highest = fmax(builds->highest, means[build]);
	}
	builds->means = means;
	builds->deviation = rq_builds_deviation(means, builds->count);
	return rq_metric_summarise(metric, side, spec, values, topics, err);
}

void rq_count_builds(struct rq_paired *paired, const struct rq_metric_result *metric, bool both)
{
	const struct rq_builds *before = &metric->builds[RQ_BASELINE], *after = &metric->builds[RQ_CANDIDATE];
	size_t count = both && before->count > after->count ? before->count : after->count;
	double means[RQ_BUILDS_MOST];

	for (size_t build = 0; build < count; build++)
		means[build] = (after->count > 0 ? after->means[build] : 0) - (both && before->count > 0 ? before->means[build] : 0);
	(void)rq_paired_add_builds(paired, means, count);
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
		rq_count_builds(&metric->paired, metric, true);
	}
	return RQ_OK;
}

enum rq_status rq_stage_builds(struct rq_pipeline *pipeline, const struct rq_join *join, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	const size_t asked[RQ_SIDES] = {rq_side_builds(&pipeline->config->sides[RQ_BASELINE]), rq_side_builds(&pipeline->config->sides[RQ_CANDIDATE])};
	bool *same = rq_arena_alloc(&comparison->arena, comparison->topic_count, sizeof *same);

	if (asked[RQ_BASELINE] == 1 && asked[RQ_CANDIDATE] == 1)
		return RQ_OK;
	if (same == NULL)
		return rq_fail_memory(err);
	memset(same, true, comparison->topic_count * sizeof *same);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		size_t found = 0;
		if (asked[side] == 1)
			continue;
		RQ_TRY(make_room(comparison, side, asked[side], err));
		for (size_t build = 1; build < asked[side]; build++) {
			bool cached;
			RQ_TRY(score_build(same, &cached, pipeline, side, build, join, err));
			found += cached;
		}
		RQ_TRY(rq_remark(comparison, false, err,
		                 "%s: the index was built %zu times, each with the next seed; scores are means over the builds and intervals count what changes "
		                 "between them, so the verdict is of the method and not of one lucky build; rankings, causes and times are those of the first",
		                 pipeline->config->sides[side].name, asked[side]));
		RQ_TRY(rq_add_cache_use(comparison, pipeline->config->sides[side].name, "builds", err, "%zu of %zu built", asked[side] - 1 - found,
		                        asked[side] - 1));
	}
	return compare_again(pipeline, same, err);
}
