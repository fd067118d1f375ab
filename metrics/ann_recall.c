/* ann_recall@k = share of the exact top k that an index returned. Knows scores only: whoever searched hands in both lists. */
#include "metrics/metric.h"

double rq_ann_recall(const double *returned, size_t returned_count, const double *truth, size_t truth_count, size_t k)
{
	size_t depth = k < truth_count ? k : truth_count, found = 0;

	if (depth == 0)
		return 0;
	/* Documents at the very distance of the k-th are as good as it: which of them an index returns is no loss. */
	for (size_t i = 0; i < returned_count && found < depth; i++)
		found += returned[i] >= truth[depth - 1];
	return (double)found / (double)depth;
}

const struct rq_metric rq_metric_ann_recall = {
	.name = "ann_recall",
	.source = RQ_FROM_EXACT,
	.cutoff = RQ_CUTOFF_REQUIRED,
	.lowest = 0,
	.highest = 1,
	.help = "share of the k nearest documents by exact search that the index returned; a document as near as the k-th counts",
	.citation = "Aumuller, Bernhardsson & Faithfull 2020, ANN-Benchmarks, Information Systems 87",
};
