/* The verdict, and the rules that others decide by. */
#include "ci/calibration/calibration.h"

#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>

static const double alpha = 0.05, raw_limit = 0.01;

static enum rq_outcome judge_verdict(const struct rq_paired *paired, double p, const double *d, double margin, double *scratch)
{
	(void)d;
	(void)scratch;
	return rq_paired_verdict(paired, margin, p);
}

static enum rq_outcome judge_raw(const struct rq_paired *paired, double p, const double *d, double margin, double *scratch)
{
	(void)p;
	(void)d;
	(void)scratch;
	return paired->delta < -margin ? RQ_FAIL : RQ_PASS;
}

static enum rq_outcome judge_raw_hundredth(const struct rq_paired *paired, double p, const double *d, double margin, double *scratch)
{
	(void)margin;
	return judge_raw(paired, p, d, raw_limit, scratch);
}

/* Its bounds without pseudo-topics, and no least number of topics. */
static enum rq_outcome judge_t(const struct rq_paired *paired, double p, const double *d, double margin, double *scratch)
{
	double n = (double)paired->n, squares = fmax(0, paired->sum_squares - n * paired->delta * paired->delta);
	double off = rq_t_quantile(1 - alpha, n - 1) * sqrt(squares / (n - 1) / n);

	(void)p;
	(void)d;
	(void)scratch;
	if (paired->delta - off > -margin)
		return RQ_PASS;
	return paired->delta + off < 0 ? RQ_FAIL : RQ_INCONCLUSIVE;
}

static int by_size(const void *a, const void *b)
{
	double x = fabs(*(const double *)a), y = fabs(*(const double *)b);

	return (x > y) - (x < y);
}

/* Wilcoxon's signed ranks, one-sided: no zeros, mean ranks for ties, the normal approximation with corrections for ties and continuity. */
static enum rq_outcome judge_wilcoxon(const struct rq_paired *paired, double p, const double *d, double margin, double *scratch)
{
	size_t moved = 0;
	double rises = 0, ties = 0;

	(void)p;
	(void)margin;
	for (size_t i = 0; i < paired->n; i++)
		if (d[i] != 0)
			scratch[moved++] = d[i];
	qsort(scratch, moved, sizeof *scratch, by_size);
	for (size_t first = 0, end; first < moved; first = end) {
		size_t up = 0;
		for (end = first; end < moved && fabs(scratch[end]) - fabs(scratch[first]) < 1e-12; end++)
			up += scratch[end] > 0 ? 1 : 0;
		double same = (double)(end - first);
		rises += (double)up * (double)(first + 1 + end) / 2;
		ties += same * (same * same - 1);
	}
	double n = (double)moved, variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48;
	return variance > 0 && rq_normal_cdf((rises - n * (n + 1) / 4 + 0.5) / sqrt(variance)) < alpha ? RQ_FAIL : RQ_PASS;
}

const struct rq_rule rq_rules[RQ_RULES] = {
	{"rqgate", "the verdict of max_drop", true, judge_verdict},
	{"raw", "FAIL where the mean drops by more than the margin", false, judge_raw},
	{"raw .01", "FAIL where the mean drops by more than .01", false, judge_raw_hundredth},
	{"t", "the bounds of the plain paired t", false, judge_t},
	{"wilcoxon", "FAIL where Wilcoxon's signed ranks have a one-sided p < .05", false, judge_wilcoxon},
};
