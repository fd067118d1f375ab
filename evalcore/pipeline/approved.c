/* A baseline that is an approved one: neither its vectors nor its index are here, only what it found and what that scored. */
#include "evalcore/pipeline/stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_allowed(const struct rq_pipeline *pipeline, const char *field)
{
	for (size_t i = 0; i < pipeline->allowed.count; i++)
		if (strcmp(pipeline->allowed.items[i], field) == 0)
			return true;
	return false;
}

/* Like is compared with like, unless somebody says otherwise, which is recorded. */
static enum rq_status check_fields(struct rq_pipeline *pipeline, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf differences = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf exceptions = {0};
	const struct rq_baseline *approved = &pipeline->approved;
	const char *how;

	for (size_t i = 0; rq_baseline_fields[i] != NULL; i++) {
		const char *field = rq_baseline_fields[i];
		RQ_TRY(rq_baseline_differs(&how, approved, field, &pipeline->comparison, &pipeline->comparison.arena, err));
		if (how != NULL && is_allowed(pipeline, field)) {
			RQ_TRY(rq_remark(&pipeline->comparison, true, err, "the approved baseline \"%s\" is not of the same %s, and is compared all the same (%s)",
			                 approved->name, field, how));
		} else if (how != NULL) {
			rq_buf_printf(&differences, "%s%s", differences.size > 0 ? ", " : "", how);
			rq_buf_printf(&exceptions, " --allow-mismatch %s", field);
		}
	}
	RQ_TRY(rq_buf_check(&differences, err));
	RQ_TRY(rq_buf_check(&exceptions, err));
	if (differences.size == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "the approved baseline \"%s\" cannot be compared with: %s; approve one from a run on what is here, or record the exception with%s",
	               approved->name, differences.data, exceptions.data);
}

/* Both sides to one depth: what the baseline does not have cannot be seen to be lost. */
static enum rq_status check_depth(struct rq_pipeline *pipeline, struct rq_error *err)
{
	size_t depth = pipeline->approved.cutoff;

	if (depth > 0 && pipeline->cutoff > depth)
		return rq_fail(
			err, RQ_E_CONFIG,
			"cutoff: this run searches %zu deep, and the rankings of the approved baseline \"%s\" are %zu deep; set \"cutoff\" to at most that, or "
			"approve a deeper one",
			pipeline->cutoff, pipeline->approved.name, depth);
	if (pipeline->cutoff == 0)
		pipeline->cutoff = pipeline->comparison.cutoff = depth;
	return RQ_OK;
}

/* A topic that is newer than the baseline is none that it has lost, nor one that the candidate has won: it counts for neither. */
static enum rq_status leave_out_newer(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	size_t judged = comparison->topic_count;

	comparison->topic_count = 0;
	for (size_t i = 0; i < judged; i++)
		if (rq_run_find(&pipeline->approved.ranked, comparison->topics[i].id) != NULL)
			comparison->topics[comparison->topic_count++] = comparison->topics[i];
	size_t newer = judged - comparison->topic_count;
	if (newer == 0)
		return RQ_OK;
	if (comparison->topic_count == 0)
		return rq_fail(err, RQ_E_DATA, "the approved baseline \"%s\" has answers to none of the %zu judged topics; approve one from a run on what is here",
		               pipeline->approved.name, judged);
	return rq_remark(comparison, true, err,
	                 "%zu of %zu judged topics %s newer than the approved baseline \"%s\" and %s for neither side; approve one anew to have %s compared", newer,
	                 judged, newer == 1 ? "is" : "are", pipeline->approved.name, newer == 1 ? "counts" : "count", newer == 1 ? "it" : "them");
}

/* On other judgments, or by other metrics, they are other scores. */
static enum rq_status check_scores(struct rq_pipeline *pipeline, const struct rq_baseline *baseline, struct rq_error *err)
{
	struct rq_arena *arena = &pipeline->comparison.arena;
	const char *qrels, *metrics;

	RQ_TRY(rq_baseline_differs(&qrels, baseline, "qrels", &pipeline->comparison, arena, err));
	RQ_TRY(rq_baseline_differs(&metrics, baseline, "metrics_version", &pipeline->comparison, arena, err));
	return qrels != NULL || metrics != NULL ? RQ_OK : rq_baseline_check_scores(baseline, &pipeline->qrels, err);
}

static enum rq_status load_baseline(struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_config *config = pipeline->config;
	struct rq_baseline *approved = &pipeline->approved;

	RQ_TRY(rq_baseline_read(approved, config->baselines, config->sides[RQ_BASELINE].approved, err));
	RQ_TRY(check_fields(pipeline, err));
	RQ_TRY(check_depth(pipeline, err));
	RQ_TRY(rq_baseline_read_rankings(approved, err));
	RQ_TRY(leave_out_newer(pipeline, err));
	return check_scores(pipeline, approved, err);
}

/* ---- beside the baseline ---- */

static enum rq_status find_pinned(struct rq_pinned *pinned, const struct rq_pipeline *pipeline, struct rq_arena *arena, struct rq_error *err)
{
	pinned->name = pinned->asked;
	if (pinned->name == NULL)
		RQ_TRY(rq_baseline_pinned(&pinned->name, pipeline->config->baselines, arena, err));
	if (pinned->name == NULL)
		pinned->absent = "has no pinned baseline to be compared with; \"rqgate baseline pin NAME\" pins one";
	return RQ_OK;
}

/* A gate on unlike things lacks its data; the run goes on, for other gates have theirs. */
static enum rq_status check_pinned(struct rq_pinned *pinned, struct rq_pipeline *pipeline, const struct rq_baseline *baseline, struct rq_error *err)
{
	struct rq_arena *arena = &pipeline->comparison.arena;
	const char *how;

	for (size_t i = 0; rq_baseline_fields[i] != NULL && pinned->absent == NULL; i++) {
		const char *field = rq_baseline_fields[i];
		RQ_TRY(rq_baseline_differs(&how, baseline, field, &pipeline->comparison, arena, err));
		if (how != NULL && is_allowed(pipeline, field))
			RQ_TRY(rq_remark(&pipeline->comparison, true, err, "the pinned baseline \"%s\" is not of the same %s, and is compared all the same (%s)",
			                 baseline->name, field, how));
		else if (how != NULL && (pinned->absent = rq_arena_printf(arena, "cannot be compared with \"%s\" (%s)", baseline->name, how)) == NULL)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

/* Everything of it, or a failure that says why not. */
static enum rq_status read_pinned(struct rq_pinned *pinned, struct rq_pipeline *pipeline, struct rq_baseline *baseline, struct rq_error *err)
{
	RQ_TRY(find_pinned(pinned, pipeline, &pipeline->comparison.arena, err));
	if (pinned->absent != NULL)
		return RQ_OK;
	RQ_TRY(rq_baseline_read(baseline, pipeline->config->baselines, pinned->name, err));
	RQ_TRY(check_pinned(pinned, pipeline, baseline, err));
	if (pinned->absent != NULL)
		return RQ_OK;
	RQ_TRY(rq_baseline_read_rankings(baseline, err));
	return check_scores(pipeline, baseline, err);
}

/* One that is not there or damaged is no reason to judge nothing: its gates lack their data, and say why. */
static enum rq_status load_pinned(struct rq_pipeline *pipeline, size_t number, struct rq_error *err)
{
	struct rq_pinned *pinned = &pipeline->comparison.pinned[number];
	struct rq_baseline *baseline = &pipeline->pinned[number];
	struct rq_error why = {0};

	pinned->asked = pipeline->config->pinned[number];
	enum rq_status status = read_pinned(pinned, pipeline, baseline, &why);
	if (status != RQ_OK && status != RQ_E_USAGE && status != RQ_E_DATA && status != RQ_E_IO)
		return rq_fail(err, status, "%s", why.text);
	if (status != RQ_OK) {
		rq_baseline_release(baseline);
		pinned->absent = rq_arena_printf(&pipeline->comparison.arena, "cannot be compared with a pinned baseline (%s)", why.text);
		return pinned->absent == NULL ? rq_fail_memory(err) : RQ_OK;
	}
	if (pinned->name == NULL)
		return RQ_OK;
	RQ_TRY(rq_add_input(&pipeline->comparison, "pinned", pinned->name, baseline->sha256, err));
	rq_cut_run(&baseline->ranked, pipeline->cutoff);
	return RQ_OK;
}

enum rq_status rq_load_approved(struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_config *config = pipeline->config;
	struct rq_comparison *comparison = &pipeline->comparison;

	if (config->sides[RQ_BASELINE].approved != NULL)
		RQ_TRY(load_baseline(pipeline, err));
	if (config->pinned_count == 0)
		return RQ_OK;
	pipeline->pinned = calloc(config->pinned_count, sizeof *pipeline->pinned);
	comparison->pinned = rq_arena_alloc(&comparison->arena, config->pinned_count, sizeof *comparison->pinned);
	if (pipeline->pinned == NULL || comparison->pinned == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < config->pinned_count; i++) {
		comparison->pinned_count++;
		RQ_TRY(load_pinned(pipeline, i, err));
	}
	return RQ_OK;
}

void rq_stage_approved(struct rq_pipeline *pipeline)
{
	struct rq_baseline *approved = &pipeline->approved;

	pipeline->baseline_cutoff = approved->cutoff;
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
