/* An evaluation as a batch. */
#include "ci/cli/eval_memo.h"

#include <stdio.h>

static enum rq_status add_run(struct rq_batch *batch, const struct rq_evaluation *evaluation, size_t number, struct rq_error *err)
{
	const struct rq_evaluated_run *run = &evaluation->runs[number];
	char name[32], difference[48];

	snprintf(name, sizeof name, "run%zu", number + 1);
	snprintf(difference, sizeof difference, "%s-run1", name);
	const struct rq_side_names names = {.sides = {[RQ_CANDIDATE] = name}, .difference = number == 0 ? NULL : difference};
	RQ_TRY(rq_batch_add_input(batch, name, run->scores.facts.sha256, err));
	for (size_t i = 0; i < run->comparison.metric_count; i++)
		RQ_TRY(rq_batch_add_metric(batch, &run->comparison.metrics[i], NULL, &names, err));
	for (size_t slice = 0; slice < evaluation->slice_count; slice++)
		for (size_t i = 0; i < run->comparison.metric_count; i++)
			RQ_TRY(rq_batch_add_metric(batch, &run->slices[slice].metrics[i], run->slices[slice].slice, &names, err));
	return RQ_OK;
}

/* The worst of several; where nothing was asserted there is none. */
static const struct rq_verdict *worst_verdict(const struct rq_asserted *asserted, size_t run_count)
{
	const struct rq_verdict *worst = NULL;

	for (size_t i = 0; asserted->verdicts != NULL && i < run_count; i++) {
		const struct rq_verdict *verdict = asserted->verdicts[i];
		if (verdict != NULL && (worst == NULL || (worst->outcome != RQ_FAIL && verdict->outcome != RQ_PASS)))
			worst = verdict;
	}
	return worst;
}

static enum rq_status add_verdicts(struct rq_batch *batch, const struct rq_asserted *asserted, size_t run_count, struct rq_error *err)
{
	char side[32];

	for (size_t i = 0; asserted->verdicts != NULL && i < run_count; i++) {
		snprintf(side, sizeof side, "run%zu", i + 1);
		if (asserted->verdicts[i] != NULL)
			RQ_TRY(rq_batch_add_verdict(batch, asserted->verdicts[i], side, err));
	}
	return RQ_OK;
}

enum rq_status rq_memo_evaluation(struct rq_memo *memo, const struct rq_evaluation *evaluation, const struct rq_asserted *asserted,
                                    const char *qrels_sha256, struct rq_error *err)
{
	struct rq_batch *batch = &memo->batch;

	if (!memo->open)
		return RQ_OK;
	const struct rq_verdict *worst = worst_verdict(asserted, evaluation->run_count);
	batch->verdict = worst == NULL ? RQ_NO_VERDICT : rq_outcome_name(worst->outcome);
	batch->sentence = worst == NULL ? "" : worst->sentence;
	batch->exit_code = asserted->exit_code;
	batch->complete = true;
	RQ_TRY(rq_batch_add_input(batch, "qrels", qrels_sha256, err));
	for (size_t i = 0; i < evaluation->run_count; i++)
		RQ_TRY(add_run(batch, evaluation, i, err));
	RQ_TRY(add_verdicts(batch, asserted, evaluation->run_count, err));
	return rq_memo_write(memo, err);
}
