/* IPrec@x = the largest precision at any rank where at least (long)(x R + 0.9) relevant documents are found; 0 where that many are not found.
 * 11pt_avg is its mean over points, 0, 0.1 .. 1 unless others are given. */
#include "metrics/judge.h"

/* Sum over the ascending points, the last one first: in one walk from the last relevant document up. */
static double interpolated(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, const double *points, size_t count)
{
	size_t relevant = rq_relevant_judged(ranking, spec), found = rq_relevant_found(ranking, spec);
	double best = 0, sum = 0;

	for (size_t i = ranking->hit_count; i > 0 && found > 0; i--) {
		if (ranking->hits[i - 1].grade < spec->relevant)
			continue;
		double precision = (double)found / (double)ranking->hits[i - 1].rank;
		/* Points that need more than is found from here on are done: with 0 where nothing was found yet. */
		while (count > 0 && (size_t)(points[count - 1] * (double)relevant + 0.9) > found) {
			sum += best;
			count--;
		}
		best = precision > best ? precision : best;
		found--;
	}
	for (; count > 0; count--)
		sum += best;
	return sum;
}

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return interpolated(ranking, spec, spec->numbers, 1);
}

static double score_average(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return interpolated(ranking, spec, spec->numbers, spec->number_count) / (double)spec->number_count;
}

static const char *const aliases[] = {"iprec_at_recall_", NULL};
static const struct rq_metric_parameter recall[] = {{.name = "the recall", .standard = 0, .lowest = 0, .highest = 1}, {0}};

const struct rq_metric rq_metric_interpolated_precision = {
	.name = "IPrec",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_SHARE,
	.takes_rel = true,
	.parameters = recall,
	.lowest = 0,
	.highest = 1,
	.help = "the best precision at or below the rank where that share of the relevant documents is found",
	.citation = "van Rijsbergen 1979, Information Retrieval, ch. 7; trec_eval iprec_at_recall",
	.score = score,
};

const struct rq_metric rq_metric_eleven_points = {
	.name = "11pt_avg",
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.takes_points = true,
	.lowest = 0,
	.highest = 1,
	.help = "mean of IPrec at eleven points of recall, 0, 0.1 .. 1, or at those of points='0.2,0.5,0.8'",
	.citation = "van Rijsbergen 1979, Information Retrieval, ch. 7; trec_eval 11pt_avg",
	.score = score_average,
};
