/* Areas under the ROC curve and their differences, from what each topic contributes: the share of the other set that it stands on the right side of
 * (Sun & Xu 2014, IEEE Signal Processing Letters 21: from ranks, in n log n). */
#include "metrics/stats/auc.h"

#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double confidence = .95, pseudo_topics = 1.5;

/* Of the other set, counting equal scores half. */
struct parts {
	double *high, *low;
	double area;
};

static void release(struct parts *parts)
{
	free(parts->high);
	free(parts->low);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How many of the sorted are below, and how many up to it. */
static size_t count_below(const double *sorted, size_t n, double value, bool equal_too)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (sorted[middle] < value || (equal_too && sorted[middle] == value))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Pairs that it wins against the sorted, those with equal scores counted half: whole or half numbers, whose sums are exact. */
static double wins(const double *sorted, size_t n, double value)
{
	return ((double)count_below(sorted, n, value, false) + (double)count_below(sorted, n, value, true)) / 2;
}

static double *sorted_copy(const double *values, size_t n)
{
	double *sorted = malloc((n + 1) * sizeof *sorted);

	if (sorted == NULL)
		return NULL;
	memcpy(sorted, values, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, by_value);
	return sorted;
}

static enum rq_status find_parts(struct parts *parts, const struct rq_two_sets *scores, struct rq_error *err)
{
	double *high = sorted_copy(scores->high, scores->high_count), *low = sorted_copy(scores->low, scores->low_count), sum = 0;

	*parts = (struct parts){.high = malloc((scores->high_count + 1) * sizeof *parts->high),
	                        .low = malloc((scores->low_count + 1) * sizeof *parts->low)};
	bool room = high != NULL && low != NULL && parts->high != NULL && parts->low != NULL;
	for (size_t i = 0; room && i < scores->high_count; i++)
		sum += parts->high[i] = wins(low, scores->low_count, scores->high[i]);
	for (size_t i = 0; room && i < scores->high_count; i++)
		parts->high[i] /= (double)scores->low_count;
	for (size_t i = 0; room && i < scores->low_count; i++)
		parts->low[i] = 1 - wins(high, scores->high_count, scores->low[i]) / (double)scores->high_count;
	parts->area = sum / ((double)scores->high_count * (double)scores->low_count);
	free(high);
	free(low);
	return room ? RQ_OK : rq_fail_memory(err);
}

/* Of the mean of n values whose mean is known: s^2 / n. */
static double variance_of_mean(const double *values, size_t n, double mean)
{
	double squares = 0;

	for (size_t i = 0; i < n; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	return squares / (double)(n - 1) / (double)n;
}

enum rq_status rq_auc(struct rq_auc *auc, const struct rq_two_sets *scores, struct rq_error *err)
{
	struct parts parts;

	*auc = (struct rq_auc){NAN, NAN, NAN};
	if (scores->high_count == 0 || scores->low_count == 0)
		return RQ_OK;
	enum rq_status status = find_parts(&parts, scores, err);
	if (status == RQ_OK)
		auc->value = parts.area;
	if (status == RQ_OK && scores->high_count > 1 && scores->low_count > 1) {
		double width = rq_normal_quantile(confidence) * sqrt(variance_of_mean(parts.high, scores->high_count, parts.area) +
		                                                     variance_of_mean(parts.low, scores->low_count, parts.area));
		auc->lower = fmax(parts.area - width, 0);
		auc->upper = fmin(parts.area + width, 1);
	}
	release(&parts);
	return status;
}

/* What the topics of one set contribute to the difference. */
struct contributions {
	size_t n;
	double squares;
};

/* Mean and its variance with pseudo-topics at `at`, as in the verdict of max_drop. */
static double guarded_variance(struct contributions set, double delta, double at)
{
	double n = (double)set.n + pseudo_topics, mean = ((double)set.n * delta + pseudo_topics * at) / n;

	return (set.squares + pseudo_topics - n * mean * mean) / (n - 1) / n;
}

static void fill(struct rq_paired *change, struct contributions high, struct contributions low)
{
	double n = (double)change->n, guarded = n + pseudo_topics, t = rq_t_quantile(confidence, guarded - 1);

	for (int at = -1; at <= 1; at += 2) {
		double mean = (n * change->delta + pseudo_topics * at) / guarded;
		double error = sqrt(guarded_variance(high, change->delta, at) + guarded_variance(low, change->delta, at));
		if (at < 0) {
			change->lower = mean - t * error;
			continue;
		}
		change->upper = mean + t * error;
		change->p_worse = rq_t_cdf(mean / error, guarded - 1);
	}
}

static struct contributions contribute(const double *baseline, const double *candidate, size_t n)
{
	struct contributions set = {.n = n};

	for (size_t i = 0; i < n; i++)
		set.squares += (candidate[i] - baseline[i]) * (candidate[i] - baseline[i]);
	return set;
}

static bool same(const double *a, const double *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

enum rq_status rq_auc_compare(struct rq_paired *change, const struct rq_two_sets scores[RQ_SIDES], struct rq_error *err)
{
	const struct rq_two_sets *before = &scores[RQ_BASELINE], *after = &scores[RQ_CANDIDATE];
	struct parts parts[RQ_SIDES] = {{0}};

	*change = (struct rq_paired){.n = before->low_count < before->high_count ? before->low_count : before->high_count,
	                             .delta = NAN,
	                             .lower = NAN,
	                             .upper = NAN,
	                             .p_worse = NAN};
	if (change->n < 2)
		return RQ_OK;
	enum rq_status status = find_parts(&parts[RQ_BASELINE], before, err);
	if (status == RQ_OK)
		status = find_parts(&parts[RQ_CANDIDATE], after, err);
	if (status == RQ_OK) {
		change->delta = parts[RQ_CANDIDATE].area - parts[RQ_BASELINE].area;
		change->identical = same(before->high, after->high, before->high_count) && same(before->low, after->low, before->low_count);
		fill(change, contribute(parts[RQ_BASELINE].high, parts[RQ_CANDIDATE].high, before->high_count),
		     contribute(parts[RQ_BASELINE].low, parts[RQ_CANDIDATE].low, before->low_count));
	}
	release(&parts[RQ_BASELINE]);
	release(&parts[RQ_CANDIDATE]);
	return status;
}
