/* What stands beside a verdict: the comparison slice by slice, and the evidence of resamples. */
#include "evalcore/pipeline/stages.h"
#include "evalcore/scoring/evidence.h"
#include "metrics/stats/slices.h"

enum rq_status rq_pipeline_weigh(struct rq_pipeline *pipeline, const struct rq_verdict *verdict, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	uint64_t started = rq_clock_ns();

	RQ_TRY(rq_evidence_weigh(comparison, verdict, err));
	for (size_t i = 0; i < comparison->metric_count; i++) {
		struct rq_metric_result *metric = &comparison->metrics[i];
		if (metric->compared)
			RQ_TRY(rq_slices_compare(&metric->slices, &metric->slice_count, metric, comparison, RQ_SLICE_MINIMUM, &comparison->arena, err));
	}
	return rq_add_stage(comparison, "evidence", started, err);
}
