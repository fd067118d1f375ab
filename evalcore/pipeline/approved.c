/* A baseline that is an approved one: neither its vectors nor its index are here, only what it found and what that scored. */
#include "evalcore/pipeline/stages.h"

#include <math.h>
#include <string.h>

static bool is_allowed(const struct rq_pipeline *pipeline, const char *field)
{
	for (size_t i = 0; i < pipeline->allowed.count; i++)
		if (strcmp(pipeline->allowed.items[i], field) == 0)
			return true;
	return false;
}

/* Like is compared with like, unless somebody says otherwise, which is recorded. */
static enum rq_status check_field(struct rq_pipeline *pipeline, const char *field, struct rq_error *err)
{
	const struct rq_baseline *approved = &pipeline->approved;
	const char *how;

	RQ_TRY(rq_baseline_differs(&how, approved, field, &pipeline->comparison, &pipeline->comparison.arena, err));
	if (how == NULL)
		return RQ_OK;
	if (is_allowed(pipeline, field))
		return rq_remark(&pipeline->comparison, true, err, "the approved baseline \"%s\" is not of the same %s, and is compared all the same (%s)",
		                 approved->name, field, how);
	return rq_fail(err, RQ_E_DATA,
	               "the approved baseline \"%s\" cannot be compared with: %s; approve one from a run on what is here, or record the exception with "
	               "--allow-mismatch %s",
	               approved->name, how, field);
}

/* Both sides to one depth: what the baseline does not have cannot be seen to be lost. */
static enum rq_status check_depth(struct rq_pipeline *pipeline, struct rq_error *err)
{
	size_t depth = pipeline->approved.cutoff;

	if (depth > 0 && pipeline->cutoff > depth)
		return rq_fail(err, RQ_E_CONFIG,
		               "cutoff: this run searches %zu deep, and the rankings of the approved baseline \"%s\" are %zu deep; set \"cutoff\" to at most that, or "
		               "approve a deeper one",
		               pipeline->cutoff, pipeline->approved.name, depth);
	if (pipeline->cutoff == 0)
		pipeline->cutoff = pipeline->comparison.cutoff = depth;
	return RQ_OK;
}

static bool is_same(const struct rq_pipeline *pipeline, const struct rq_baseline *baseline, const char *field)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena scratch = {0};
	const char *how;

	return rq_baseline_differs(&how, baseline, field, &pipeline->comparison, &scratch, NULL) == RQ_OK && how == NULL;
}

enum rq_status rq_load_approved(struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_config *config = pipeline->config;
	struct rq_baseline *approved = &pipeline->approved;

	if (config->sides[RQ_BASELINE].approved == NULL)
		return RQ_OK;
	RQ_TRY(rq_baseline_read(approved, config->baselines, config->sides[RQ_BASELINE].approved, err));
	for (size_t i = 0; rq_baseline_fields[i] != NULL; i++)
		RQ_TRY(check_field(pipeline, rq_baseline_fields[i], err));
	RQ_TRY(check_depth(pipeline, err));
	RQ_TRY(rq_baseline_read_rankings(approved, err));
	/* On other judgments, or by other metrics, they are other scores. */
	if (!is_same(pipeline, approved, "qrels") || !is_same(pipeline, approved, "metrics_version"))
		return RQ_OK;
	return rq_baseline_check_scores(approved, &pipeline->qrels, err);
}

void rq_stage_approved(struct rq_pipeline *pipeline)
{
	struct rq_baseline *approved = &pipeline->approved;

	pipeline->runs[RQ_BASELINE] = approved->ranked;
	pipeline->exact_runs[RQ_BASELINE] = approved->exact;
	approved->ranked = approved->exact = (struct rq_run){0};
	rq_cut_run(&pipeline->runs[RQ_BASELINE], pipeline->cutoff);
	rq_cut_run(&pipeline->exact_runs[RQ_BASELINE], pipeline->cutoff);
}

enum rq_status rq_describe_approved(struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_baseline *approved = &pipeline->approved;
	struct rq_comparison *comparison = &pipeline->comparison;
	struct rq_side_info *info = &comparison->sides[RQ_BASELINE];
	const char *name = pipeline->config->sides[RQ_BASELINE].name;

	*info = approved->side;
	info->approved = approved->name;
	info->ranked = &pipeline->runs[RQ_BASELINE];
	info->exact = approved->exact_sha256[0] == '\0' ? NULL : &pipeline->exact_runs[RQ_BASELINE];
	RQ_TRY(rq_add_input(comparison, name, "approved", approved->sha256, err));
	for (size_t i = 0; i < approved->digest_count; i++)
		if (strcmp(approved->digests[i].name, "config") != 0 && rq_comparison_input(comparison, approved->digests[i].name) == NULL)
			RQ_TRY(rq_add_input(comparison, name, approved->digests[i].name, approved->digests[i].text, err));
	return RQ_OK;
}

bool rq_approved_scores(double *values, const struct rq_baseline *baseline, const char *metric, const struct rq_comparison *comparison)
{
	const struct rq_baseline_metric *stored = rq_baseline_metric(baseline, metric);

	for (size_t i = 0; i < comparison->topic_count; i++) {
		size_t topic = stored == NULL ? SIZE_MAX : rq_baseline_topic(baseline, comparison->topics[i].id);
		values[i] = topic == SIZE_MAX ? (double)NAN : stored->per_topic[topic];
	}
	return stored != NULL;
}
