/* The baseline against itself: a second build of its index, or a second search of what was built elsewhere. What differs then is no change that anybody
 * made, so a verdict that would call it one cannot be trusted; the gates' room says so. */
#include "evalcore/scoring/judging.h"
#include "evalcore/pipeline/stages.h"
#include "evalcore/scoring/paired.h"

#include <stdlib.h>
#include <string.h>

/* The failures of the second search are no failures of the run: its topics score 0 in the self-test. */
enum rq_status rq_ask_again(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_remote *remote = &pipeline->remotes[RQ_BASELINE];
	const struct rq_remote before = *remote;
	struct rq_neighbours *found = &pipeline->found_again;
	size_t topics = pipeline->topics.count;
	struct rq_failures failures = {0};

	pipeline->failed_again = malloc((topics + 1) * sizeof *pipeline->failed_again);
	if (pipeline->failed_again == NULL)
		return rq_fail_memory(err);
	memcpy(pipeline->failed_again, before.failed, topics * sizeof *before.failed);
	RQ_TRY(rq_neighbours_init(found, topics, pipeline->found[RQ_BASELINE].k, err));
	remote->failures = &failures;
	remote->failed = pipeline->failed_again;
	enum rq_status status = rq_remote_search(found, remote, NULL, pipeline->progress, err);
	remote->failures = before.failures;
	remote->failed = before.failed;
	remote->repeated = before.repeated;
	rq_failures_release(&failures);
	return status;
}

static const char *absence(const struct rq_pipeline *pipeline)
{
	const struct rq_side_config *config = &pipeline->config->sides[RQ_BASELINE];

	if (!pipeline->self_test)
		return "not asked for";
	if (config->approved != NULL)
		return "not possible: the baseline is an approved one, whose index is not here";
	if (config->run != NULL)
		return "not possible: the baseline is a run file";
	if (rq_side_builds(config) > 1)
		return "not needed: the baseline's index is built several times, and intervals count what changes between builds";
	return config->bm25 != NULL ? "not needed: the baseline searches words, alike each time" : NULL;
}

static enum rq_status search_again(const char **how, struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_side_config *config = &pipeline->config->sides[RQ_BASELINE];
	struct rq_searcher *searcher = &pipeline->searchers[RQ_BASELINE];
	bool cached = false, elsewhere = config->retriever != NULL, rebuilds = !elsewhere && rq_searcher_rebuilds(searcher);
	const struct rq_row_lists lists = {.neighbours = &pipeline->found_again,
	                                   .side = RQ_BASELINE,
	                                   .words = elsewhere && !rq_side_has_vectors(config),
	                                   .failed = elsewhere ? pipeline->failed_again : searcher->embedding->failed_topics,
	                                   .depth = pipeline->cutoff};
	size_t short_of;

	if (!elsewhere) /* else it was asked while the retriever was open */
		RQ_TRY(rq_searcher_search_again(&pipeline->found_again, &cached, searcher, pipeline->found[RQ_BASELINE].k, pipeline->progress, err));
	RQ_TRY(rq_stage_ranking(&pipeline->run_again, &short_of, pipeline, &lists, err));
	*how = rebuilds ? "a second build of the baseline's index" : "a second search of the baseline";
	return rq_add_cache_use(&pipeline->comparison, config->name, "self_test", err, cached ? "cached" : rebuilds ? "built; answers searched" : "searched");
}

static enum rq_status compare_metric(struct rq_metric_result *again, const struct rq_metric_result *first, const struct rq_metric_spec *spec,
                                     struct rq_pipeline *pipeline, const struct rq_join *join, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	size_t topics = comparison->topic_count;

	*again = rq_metric_result_of(spec);
	again->absent[RQ_BASELINE] = again->absent[RQ_CANDIDATE] = "not part of the self-test";
	if (!first->is_judged || first->per_topic[RQ_BASELINE] == NULL)
		return RQ_OK;
	double *values = rq_arena_alloc(&comparison->arena, topics, sizeof *values);
	bool *same = rq_arena_alloc(&comparison->arena, topics, sizeof *same);
	if (values == NULL || same == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topics; i++) {
		const char *topic = comparison->topics[i].id;
		const struct rq_ranking *ranking = rq_run_answer(&pipeline->run_again, topic);
		struct rq_judged_ranking judged = rq_judge_ranking(ranking, rq_join_topic(join, topic), join->hits);
		values[i] = spec->metric->score(&judged, spec);
		same[i] = rq_rankings_alike(rq_run_answer(&pipeline->runs[RQ_BASELINE], topic), ranking, spec->cutoff);
	}
	again->absent[RQ_BASELINE] = again->absent[RQ_CANDIDATE] = NULL;
	RQ_TRY(rq_metric_summarise(again, RQ_BASELINE, spec, first->per_topic[RQ_BASELINE], topics, err));
	RQ_TRY(rq_metric_summarise(again, RQ_CANDIDATE, spec, values, topics, err));
	return rq_metric_pairs(spec->metric) ? rq_metric_pair(again, same, topics, &comparison->clusters, err) : RQ_OK;
}

enum rq_status rq_stage_self_test(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	struct rq_self_test *test = &comparison->self_test;
	RQ_CLEANUP(rq_join_release) struct rq_join join = {0};
	uint64_t started = rq_clock_ns();

	test->absent = absence(pipeline);
	if (test->absent != NULL)
		return RQ_OK;
	RQ_TRY(search_again(&test->how, pipeline, err));
	RQ_TRY(rq_join_init(&join, &pipeline->qrels, err));
	test->ranked = &pipeline->run_again;
	test->metrics = rq_arena_alloc(&comparison->arena, comparison->metric_count, sizeof *test->metrics);
	if (test->metrics == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < comparison->metric_count; i++)
		RQ_TRY(compare_metric(&test->metrics[i], &comparison->metrics[i], &pipeline->config->metrics[i], pipeline, &join, err));
	for (size_t i = 0; i < comparison->topic_count; i++)
		test->changed += !rq_rankings_alike(rq_run_answer(&pipeline->runs[RQ_BASELINE], comparison->topics[i].id),
		                                 rq_run_answer(&pipeline->run_again, comparison->topics[i].id), 0);
	return rq_add_stage(comparison, "self_test", started, err);
}
