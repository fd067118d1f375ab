/* A paired comparison of topics that come in clusters, such as paraphrases of one question: what they share must not count as often as there are
 * topics.
 *
 * Var(Delta) = G/(G - 1) sum over clusters of (sum of d - Delta)^2 / n^2 (Liang & Zeger 1986). */
#include "metrics/stats/paired.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>

struct cluster {
	double sum, off;
	size_t size; /* 0 once it was added */
};

/* Clusters are added in the order of their first topics: with one topic each that is the order of topics. */
static void add_clusters(struct rq_paired *paired, struct cluster *clusters, const size_t *cluster_of)
{
	double squares = 0;

	paired->groups = 0;
	paired->sum_squares = paired->group_cross = paired->group_squares = 0;
	paired->group_largest = 0;
	for (size_t i = 0; i < paired->n; i++) {
		struct cluster *cluster = &clusters[cluster_of[i]];
		double size = (double)cluster->size;
		if (cluster->size == 0)
			continue;
		paired->sum_squares += cluster->sum * cluster->sum;
		paired->group_cross += cluster->sum * (size - 1);
		paired->group_squares += size * (size - 1);
		if (cluster->size > paired->group_largest)
			paired->group_largest = cluster->size;
		squares += cluster->off * cluster->off;
		paired->groups++;
		cluster->size = 0;
	}
	double n = (double)paired->n, groups = (double)paired->groups;
	bool spread = !isnan(paired->t);
	paired->t = paired->t_df = paired->t_p = NAN;
	if (paired->groups < 2 || !spread || !(squares > 0))
		return;
	paired->t_df = groups - 1;
	paired->t = paired->delta / sqrt(squares / paired->t_df / n * (groups / n));
	paired->t_p = 2 * rq_t_cdf(-fabs(paired->t), paired->t_df);
}

enum rq_status rq_paired_compare_clustered(struct rq_paired *paired, const double *baseline, const double *candidate, size_t n,
                                           const size_t *cluster_of, size_t groups, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct cluster *clusters = calloc(groups + 1, sizeof *clusters);
	struct rq_known_quantile known = {0};

	*paired = (struct rq_paired){0};
	if (clusters == NULL)
		return rq_fail_memory(err);
	*paired = rq_paired_compare(baseline, candidate, n);
	for (size_t i = 0; i < n; i++) {
		struct cluster *cluster = &clusters[cluster_of[i]];
		double d = candidate[i] - baseline[i];
		cluster->sum += d;
		cluster->off += d - paired->delta;
		cluster->size++;
	}
	add_clusters(paired, clusters, cluster_of);
	rq_paired_fill_bounds(paired, &known);
	return RQ_OK;
}

void rq_cluster_draws(double *drawn, const double *sums, size_t stride, const size_t *sizes, size_t units)
{
	double mean = 0;
	size_t topics = 0;

	for (size_t unit = 0; unit < units; unit++) {
		mean += sums[unit * stride];
		topics += sizes[unit];
	}
	mean /= (double)topics;
	for (size_t unit = 0; unit < units; unit++)
		drawn[unit * stride] = mean + (sums[unit * stride] - (double)sizes[unit] * mean) * ((double)units / (double)topics);
}
