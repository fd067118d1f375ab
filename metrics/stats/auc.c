/* Areas under the ROC curve and their differences, from what each topic contributes: the share of the other set that it stands on the right side of
 * (Sun & Xu 2014, IEEE Signal Processing Letters 21: from ranks, in n log n). */
#include "metrics/stats/auc.h"

#include "metrics/stats/paired.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double confidence = .95;

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
	qsort(sorted, n, sizeof *sorted, rq_compare_doubles);
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

/* How far the units of a set are from its mean: clusters, by their sums, or topics. */
struct deviations {
	double *sums;
	size_t n, units; /* of topics, of units that have any */
	double variance; /* of the mean: units/(units - 1) x the sum of squares / n^2 */
};

static enum rq_status deviate(struct deviations *deviations, const double *values, size_t n, double mean, const size_t *cluster_of, size_t clusters,
                              struct rq_error *err)
{
	size_t room = cluster_of == NULL ? n : clusters;
	RQ_CLEANUP(rq_free_pointer) bool *seen = calloc(room + 1, sizeof *seen);

	*deviations = (struct deviations){.sums = calloc(room + 1, sizeof *deviations->sums), .n = n};
	if (seen == NULL || deviations->sums == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++) {
		size_t unit = cluster_of == NULL ? i : cluster_of[i];
		deviations->sums[unit] += values[i] - mean;
		deviations->units += !seen[unit];
		seen[unit] = true;
	}
	for (size_t unit = 0; unit < room; unit++)
		deviations->variance += deviations->sums[unit] * deviations->sums[unit];
	double units = (double)deviations->units;
	deviations->variance *= units / (units - 1) / (double)n / (double)n;
	return RQ_OK;
}

/* What both sets have of a cluster goes together: twice the covariance of their means. One that would narrow the bounds is not counted. */
static double covariance(const struct deviations *high, const struct deviations *low, const struct rq_two_sets *scores)
{
	double sum = 0, units = (double)(high->units > low->units ? high->units : low->units); /* no more than there are: the larger factor */

	if (scores->high_cluster == NULL || scores->low_cluster == NULL)
		return 0;
	for (size_t cluster = 0; cluster < scores->clusters; cluster++)
		sum += high->sums[cluster] * low->sums[cluster];
	return fmax(2 * units / (units - 1) * sum / (double)high->n / (double)low->n, 0);
}

static void fill_bounds(struct rq_auc *auc, const struct deviations *high, const struct deviations *low, const struct rq_two_sets *scores)
{
	double variance = high->variance + low->variance + covariance(high, low, scores);
	size_t pairs = high->units < low->units ? high->units : low->units;
	double width = rq_normal_quantile(confidence) * sqrt(variance), other;

	if (pairs < 2)
		return;
	if (variance > 0) {
		auc->lower = fmax(auc->value - width, 0);
		auc->upper = fmin(auc->value + width, 1);
		return;
	}
	rq_share_bounds(&auc->lower, &other, auc->value >= 1 ? pairs : 0, pairs);
	rq_share_bounds(&other, &auc->upper, auc->value > 0 ? pairs : 0, pairs);
}

enum rq_status rq_auc(struct rq_auc *auc, const struct rq_two_sets *scores, struct rq_error *err)
{
	struct deviations high = {0}, low = {0};
	struct parts parts;

	*auc = (struct rq_auc){NAN, NAN, NAN};
	if (scores->high_count == 0 || scores->low_count == 0)
		return RQ_OK;
	enum rq_status status = find_parts(&parts, scores, err);
	if (status == RQ_OK)
		status = deviate(&high, parts.high, scores->high_count, parts.area, scores->high_cluster, scores->clusters, err);
	if (status == RQ_OK)
		status = deviate(&low, parts.low, scores->low_count, parts.area, scores->low_cluster, scores->clusters, err);
	if (status == RQ_OK) {
		auc->value = parts.area;
		fill_bounds(auc, &high, &low, scores);
	}
	free(high.sums);
	free(low.sums);
	release(&parts);
	return status;
}

/* What the topics of one set contribute to the difference, as a comparison of its own. */
static enum rq_status contribute(struct rq_paired *set, struct deviations *deviations, const double *baseline, double *candidate, size_t n,
                                 const size_t *cluster_of, size_t clusters, struct rq_error *err)
{
	if (cluster_of == NULL)
		*set = rq_paired_compare(baseline, candidate, n);
	else
		RQ_TRY(rq_paired_compare_clustered(set, baseline, candidate, n, cluster_of, clusters, err));
	for (size_t i = 0; i < n; i++)
		candidate[i] -= baseline[i]; /* looked at for the last time */
	return deviate(deviations, candidate, n, set->delta, cluster_of, clusters, err);
}

static void fill(struct rq_paired *change, const struct rq_paired *high, const struct rq_paired *low, double covariance)
{
	const struct rq_paired *rarer = rq_paired_units(low) <= rq_paired_units(high) ? low : high;

	*change = *rarer;
	for (int at = -1; at <= 1; at += 2) {
		struct rq_guarded_mean above = rq_paired_guarded(high, at), below = rq_paired_guarded(low, at), mean = rarer == low ? below : above;
		double t = rq_t_quantile(confidence, mean.df);
		double error = sqrt(above.standard_error * above.standard_error + below.standard_error * below.standard_error + covariance);
		if (at < 0) {
			change->lower = mean.mean - t * error;
			continue;
		}
		change->upper = mean.mean + t * error;
		change->p_worse = rq_t_cdf(mean.mean / error, mean.df);
	}
}

static bool same(const double *a, const double *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static enum rq_status compare_parts(struct rq_paired *change, struct parts parts[RQ_SIDES], const struct rq_two_sets *sets, struct rq_error *err)
{
	struct deviations above = {0}, below = {0};
	struct rq_paired high, low;

	enum rq_status status = contribute(&high, &above, parts[RQ_BASELINE].high, parts[RQ_CANDIDATE].high, sets->high_count, sets->high_cluster,
	                                   sets->clusters, err);
	if (status == RQ_OK)
		status = contribute(&low, &below, parts[RQ_BASELINE].low, parts[RQ_CANDIDATE].low, sets->low_count, sets->low_cluster, sets->clusters, err);
	if (status == RQ_OK)
		fill(change, &high, &low, covariance(&above, &below, sets));
	free(above.sums);
	free(below.sums);
	return status;
}

enum rq_status rq_auc_compare(struct rq_paired *change, double areas[RQ_SIDES], const struct rq_two_sets scores[RQ_SIDES], struct rq_error *err)
{
	const struct rq_two_sets *before = &scores[RQ_BASELINE], *after = &scores[RQ_CANDIDATE];
	struct parts parts[RQ_SIDES] = {{0}};

	*change = (struct rq_paired){.n = before->low_count < before->high_count ? before->low_count : before->high_count,
	                             .delta = NAN,
	                             .lower = NAN,
	                             .upper = NAN,
	                             .p_worse = NAN};
	areas[RQ_BASELINE] = areas[RQ_CANDIDATE] = NAN;
	if (change->n < 2)
		return RQ_OK;
	enum rq_status status = find_parts(&parts[RQ_BASELINE], before, err);
	if (status == RQ_OK)
		status = find_parts(&parts[RQ_CANDIDATE], after, err);
	if (status == RQ_OK)
		status = compare_parts(change, parts, before, err);
	if (status == RQ_OK) {
		for (int side = 0; side < RQ_SIDES; side++)
			areas[side] = parts[side].area;
		change->delta = areas[RQ_CANDIDATE] - areas[RQ_BASELINE];
		change->identical = same(before->high, after->high, before->high_count) && same(before->low, after->low, before->low_count);
	}
	release(&parts[RQ_BASELINE]);
	release(&parts[RQ_CANDIDATE]);
	return status;
}
