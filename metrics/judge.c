/* Joins a ranking with its judgments, once, for all metrics; counts what they have in common; averages.
 * Knows no metric. */
#include "metrics/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_document(const void *key, const void *judgment)
{
	return strcmp(key, ((const struct rq_judgment *)judgment)->document);
}

static int compare_grades_descending(const void *a, const void *b)
{
	int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;

	return (left < right) - (left > right);
}

struct rq_judged_ranking rq_judge_ranking(const struct rq_ranking *ranking, const struct rq_topic_judgments *judgments, int32_t *grades,
                                          int32_t *sorted)
{
	/* What a search returned before it failed is not an answer. */
	struct rq_judged_ranking judged = {.grades = grades, .count = ranking->failed ? 0 : ranking->count, .ideal = sorted, .judged = sorted};

	for (size_t i = 0; i < judged.count; i++) {
		const struct rq_judgment *found = NULL;
		if (judgments->count > 0)
			found = bsearch(ranking->documents[i].document, judgments->judgments, judgments->count, sizeof *found, compare_document);
		grades[i] = found && found->grade >= 0 ? found->grade : RQ_UNJUDGED;
	}
	for (size_t i = 0; i < judgments->count; i++)
		if (judgments->judgments[i].grade >= 0)
			sorted[judged.judged_count++] = judgments->judgments[i].grade;
	if (judged.judged_count > 0)
		qsort(sorted, judged.judged_count, sizeof *sorted, compare_grades_descending);
	while (judged.ideal_count < judged.judged_count && sorted[judged.ideal_count] > 0)
		judged.ideal_count++;
	return judged;
}

bool rq_tie_at_cutoff(const struct rq_ranking *ranking, size_t cutoff)
{
	return cutoff > 0 && cutoff < ranking->count && ranking->documents[cutoff - 1].score == ranking->documents[cutoff].score;
}

size_t rq_depth(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return spec->cutoff > 0 && spec->cutoff < ranking->count ? spec->cutoff : ranking->count;
}

size_t rq_relevant_found(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t depth = rq_depth(ranking, spec), found = 0;

	for (size_t i = 0; i < depth; i++)
		found += ranking->grades[i] >= spec->relevant;
	return found;
}

size_t rq_relevant_judged(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t relevant = 0;

	while (relevant < ranking->judged_count && ranking->judged[relevant] >= spec->relevant)
		relevant++;
	return relevant;
}

double rq_mean(const double *values, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return n > 0 ? sum / (double)n : NAN;
}
