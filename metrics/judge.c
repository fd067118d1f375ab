/* Joins a ranking with its judgments, once, for all metrics; counts what they have in common; averages.
 * Knows no metric. */
#include "metrics/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double GEOMETRIC_FLOOR = 1e-5; /* trec_eval's: a topic with 0 must not make the whole product 0 */

struct rq_judged_ranking rq_judge_ranking(const struct rq_ranking *ranking, const struct rq_pool_topic *topic, struct rq_hit *hits)
{
	const struct rq_topic_judgments *judgments = topic->judgments;
	/* What a search returned before it failed is not an answer. */
	struct rq_judged_ranking judged = {.hits = hits,
	                                   .count = ranking->failed ? 0 : ranking->count,
	                                   .judged = topic->judged,
	                                   .judged_count = topic->judged_count,
	                                   .ideal_count = topic->ideal_count};

	for (size_t i = 0; i < judged.count; i++) {
		const struct rq_judgment *found = rq_judgment_find(judgments, ranking->documents[i].document);
		if (found != NULL)
			hits[judged.hit_count++] = (struct rq_hit){(uint32_t)(i + 1), found->grade, (uint32_t)(found - judgments->judgments)};
	}
	return judged;
}

struct rq_judged_ranking rq_condense(const struct rq_judged_ranking *ranking, struct rq_hit *hits)
{
	struct rq_judged_ranking condensed = *ranking;
	size_t kept = 0;

	for (size_t i = 0; i < ranking->hit_count; i++) {
		struct rq_hit hit = ranking->hits[i];
		if (hit.grade < 0)
			continue;
		hit.rank = (uint32_t)(kept + 1);
		hits[kept++] = hit;
	}
	condensed.hits = hits;
	condensed.hit_count = condensed.count = kept;
	condensed.ties = NULL;
	condensed.tie_count = condensed.past_count = 0;
	return condensed;
}

void rq_relstring(char *out, const struct rq_judged_ranking *ranking, size_t length)
{
	size_t depth = length < ranking->count ? length : ranking->count;

	memset(out, '-', depth);
	out[depth] = '\0';
	for (size_t i = 0; i < ranking->hit_count && ranking->hits[i].rank <= depth; i++) {
		int32_t grade = ranking->hits[i].grade;
		out[ranking->hits[i].rank - 1] = grade < 0 ? '.' : grade > 9 ? '>' : (char)('0' + grade);
	}
}

bool rq_tie_at_cutoff(const struct rq_ranking *ranking, size_t cutoff)
{
	return cutoff > 0 && cutoff < ranking->count && ranking->documents[cutoff - 1].score == ranking->documents[cutoff].score;
}

size_t rq_depth(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return spec->cutoff > 0 && spec->cutoff < ranking->count ? spec->cutoff : ranking->count;
}

size_t rq_hits_within(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t low = 0, high = ranking->hit_count;

	if (spec->cutoff == 0)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (ranking->hits[middle].rank <= spec->cutoff)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t rq_relevant_found(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t hits = rq_hits_within(ranking, spec), found = 0;

	for (size_t i = 0; i < hits; i++)
		found += ranking->hits[i].grade >= spec->relevant;
	return found;
}

size_t rq_judged_from(const struct rq_judged_ranking *ranking, int32_t grade)
{
	size_t low = 0, high = ranking->judged_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (ranking->judged[middle] >= grade)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t rq_relevant_judged(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return rq_judged_from(ranking, spec->relevant);
}

double rq_mean(const double *values, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return n > 0 ? sum / (double)n : NAN;
}

double rq_metric_average(const struct rq_metric_spec *spec, const double *values, size_t n)
{
	double sum = 0;

	if (spec->metric->average == RQ_AVERAGE_MEAN)
		return rq_mean(values, n);
	for (size_t i = 0; i < n; i++)
		sum += spec->metric->average == RQ_AVERAGE_SUM ? values[i] : log(fmax(values[i], GEOMETRIC_FLOOR));
	if (spec->metric->average == RQ_AVERAGE_SUM)
		return sum;
	return n > 0 ? exp(sum / (double)n) : NAN;
}
