/* Collects what a job found. */
#include "evalcore/memory/batch.h"

#include "evalcore/base/secret.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *const rq_figure_kind_names[] = {"metric", "latency", "drift", "verdict", NULL};

const struct rq_side_names rq_sides_of_run = {{"baseline", "candidate"}, "difference"};

void rq_batch_release(struct rq_batch *batch)
{
	free(batch->inputs);
	free(batch->figures);
	free(batch->failures);
	rq_arena_release(&batch->arena);
	*batch = (struct rq_batch){0};
}

void rq_batch_empty(struct rq_batch *batch)
{
	batch->input_count = batch->figure_count = batch->failure_count = 0;
}

/* A copy; what is not there is "". */
static const char *copy(struct rq_batch *batch, const char *text, bool *failed)
{
	const char *kept = rq_arena_strdup(&batch->arena, text == NULL ? "" : text);

	*failed |= kept == NULL;
	return kept;
}

static const char *copy_without_secrets(struct rq_batch *batch, const char *text, bool *failed)
{
	char *kept = rq_arena_strdup(&batch->arena, text == NULL ? "" : text);

	if (kept != NULL)
		rq_secret_hide(kept);
	*failed |= kept == NULL;
	return kept;
}

enum rq_status rq_batch_add_input(struct rq_batch *batch, const char *name, const char *sha256, struct rq_error *err)
{
	bool failed = false;

	if (!RQ_RESERVE(batch->inputs, batch->input_capacity, batch->input_count + 1))
		return rq_fail_memory(err);
	struct rq_named_text kept = {copy(batch, name, &failed), copy(batch, sha256, &failed)};
	if (failed)
		return rq_fail_memory(err);
	batch->inputs[batch->input_count++] = kept;
	return RQ_OK;
}

enum rq_status rq_batch_add_figure(struct rq_batch *batch, const struct rq_figure *figure, struct rq_error *err)
{
	struct rq_figure kept = *figure;
	bool failed = false;

	if (!RQ_RESERVE(batch->figures, batch->figure_capacity, batch->figure_count + 1))
		return rq_fail_memory(err);
	kept.name = copy(batch, figure->name, &failed);
	kept.side = copy(batch, figure->side, &failed);
	kept.slice = copy(batch, figure->slice, &failed);
	kept.outcome = copy(batch, figure->outcome == NULL ? RQ_NO_VERDICT : figure->outcome, &failed);
	kept.reason = copy(batch, figure->reason, &failed);
	kept.gate = copy(batch, figure->gate, &failed);
	kept.metric = copy(batch, figure->metric, &failed);
	kept.level = copy(batch, figure->level, &failed);
	if (failed)
		return rq_fail_memory(err);
	batch->figures[batch->figure_count++] = kept;
	return RQ_OK;
}

enum rq_status rq_batch_add_failure(struct rq_batch *batch, const struct rq_kept_failure *failure, struct rq_error *err)
{
	struct rq_kept_failure kept = *failure;
	bool failed = false;

	if (!RQ_RESERVE(batch->failures, batch->failure_capacity, batch->failure_count + 1))
		return rq_fail_memory(err);
	kept.side = copy(batch, failure->side, &failed);
	kept.stage = copy(batch, failure->stage, &failed);
	kept.what = copy(batch, failure->what, &failed);
	kept.name = copy(batch, failure->name, &failed);
	kept.input = copy_without_secrets(batch, failure->input, &failed);
	kept.reason = copy_without_secrets(batch, failure->reason, &failed);
	if (failed)
		return rq_fail_memory(err);
	batch->failures[batch->failure_count++] = kept;
	return RQ_OK;
}

enum rq_status rq_batch_add_metric(struct rq_batch *batch, const struct rq_metric_result *metric, const char *slice,
                                   const struct rq_side_names *names, struct rq_error *err)
{
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_figure figure = {
			.kind = metric->is_time ? RQ_FIGURE_LATENCY : RQ_FIGURE_METRIC,
			.name = metric->name,
			.side = names->sides[side],
			.slice = slice,
			.value = metric->value[side],
			.lower = metric->value_lower[side],
			.upper = metric->value_upper[side],
			.bound = NAN,
			.count = metric->samples[side],
			.failed = metric->failed[side],
		};
		if (names->sides[side] != NULL && metric->absent[side] == NULL)
			RQ_TRY(rq_batch_add_figure(batch, &figure, err));
	}
	if (names->difference == NULL || !metric->compared || metric->is_time)
		return RQ_OK;
	const struct rq_paired *paired = &metric->paired;
	const struct rq_figure difference = {.kind = RQ_FIGURE_METRIC, .name = metric->name, .side = names->difference, .slice = slice,
	                                     .value = paired->delta, .lower = paired->lower, .upper = paired->upper, .bound = NAN, .count = paired->n};
	return rq_batch_add_figure(batch, &difference, err);
}

static enum rq_status add_slice(struct rq_batch *batch, const char *metric, const struct rq_slice_difference *slice, struct rq_error *err)
{
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_figure figure = {.kind = RQ_FIGURE_METRIC, .name = metric, .side = rq_sides_of_run.sides[side], .slice = slice->slice,
		                                 .value = slice->mean[side], .lower = NAN, .upper = NAN, .bound = NAN, .count = slice->paired.n};
		RQ_TRY(rq_batch_add_figure(batch, &figure, err));
	}
	const struct rq_paired *paired = &slice->paired;
	const struct rq_figure difference = {.kind = RQ_FIGURE_METRIC, .name = metric, .side = rq_sides_of_run.difference, .slice = slice->slice,
	                                     .value = paired->delta, .lower = paired->lower, .upper = paired->upper, .bound = NAN, .count = paired->n};
	return rq_batch_add_figure(batch, &difference, err);
}

enum rq_status rq_batch_add_comparison(struct rq_batch *batch, const struct rq_comparison *comparison, struct rq_error *err)
{
	for (size_t i = 0; i < comparison->input_count; i++)
		RQ_TRY(rq_batch_add_input(batch, comparison->inputs[i].name, comparison->inputs[i].text, err));
	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		RQ_TRY(rq_batch_add_metric(batch, metric, NULL, &rq_sides_of_run, err));
		for (size_t j = 0; j < metric->slice_count; j++)
			RQ_TRY(add_slice(batch, metric->name, &metric->slices[j], err));
	}
	return RQ_OK;
}

enum rq_status rq_batch_add_verdict(struct rq_batch *batch, const struct rq_verdict *verdict, const char *side, struct rq_error *err)
{
	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		const struct rq_figure figure = {
			.kind = RQ_FIGURE_VERDICT,
			.name = gate->text,
			.side = side,
			.slice = gate->slice,
			.value = gate->value,
			.lower = gate->lower,
			.upper = gate->upper,
			.bound = gate->limit,
			.outcome = rq_outcome_name(gate->absent ? RQ_FAIL : gate->outcome),
			.reason = gate->reason,
			.gate = gate->kind,
			.metric = gate->metric,
			.level = gate->level == RQ_LEVEL_ERROR ? "error" : "warn",
			.absent = gate->absent,
			.waived = gate->waived == RQ_WAIVED,
			.blocks = gate->blocks,
			.is_measured = gate->is_time,
		};
		RQ_TRY(rq_batch_add_figure(batch, &figure, err));
	}
	return RQ_OK;
}
