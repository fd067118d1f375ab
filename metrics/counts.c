/* Counts, summed over topics: NumQ topics, NumRet documents retrieved, NumRel relevant ones judged, NumRelRet relevant ones retrieved,
 * num_nonrel_judged_ret those retrieved that are judged and not relevant. */
#include "metrics/judge.h"

#include <math.h>

static double score_topics(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	(void)ranking;
	(void)spec;
	return 1;
}

static double score_retrieved(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	(void)spec;
	return (double)ranking->count;
}

static double score_relevant(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return (double)rq_relevant_judged(ranking, spec);
}

static double score_found(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return (double)rq_relevant_found(ranking, spec);
}

static double score_others(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	size_t others = 0;

	for (size_t i = 0; i < ranking->hit_count; i++)
		others += ranking->hits[i].grade >= 0 && ranking->hits[i].grade < spec->relevant;
	return (double)others;
}

static const char *const topics_aliases[] = {"num_q", NULL}, *const retrieved_aliases[] = {"num_ret", NULL};
static const char *const relevant_aliases[] = {"num_rel", NULL}, *const found_aliases[] = {"num_rel_ret", NULL};

#define COUNT \
	.source = RQ_FROM_JUDGMENTS, .cutoff = RQ_CUTOFF_NONE, .average = RQ_AVERAGE_SUM, .is_count = true, .lowest = 0, .highest = INFINITY, \
	.ignores_order = true, \
	.citation = "Buckley & Voorhees 2005, in TREC: Experiment and Evaluation in Information Retrieval, ch. 3; trec_eval num_*"

const struct rq_metric rq_metric_count_topics = {
	COUNT,
	.name = "NumQ",
	.aliases = topics_aliases,
	.summary_only = true,
	.help = "topics that the averages are over",
	.score = score_topics,
};

const struct rq_metric rq_metric_count_retrieved = {
	COUNT,
	.name = "NumRet",
	.aliases = retrieved_aliases,
	.help = "documents retrieved, summed over topics",
	.score = score_retrieved,
};

const struct rq_metric rq_metric_count_relevant = {
	COUNT,
	.name = "NumRel",
	.aliases = relevant_aliases,
	.takes_rel = true,
	.help = "documents judged relevant, summed over topics",
	.score = score_relevant,
};

const struct rq_metric rq_metric_count_found = {
	COUNT,
	.name = "NumRelRet",
	.aliases = found_aliases,
	.takes_rel = true,
	.help = "relevant documents retrieved, summed over topics",
	.score = score_found,
};

const struct rq_metric rq_metric_count_others = {
	COUNT,
	.name = "num_nonrel_judged_ret",
	.takes_rel = true,
	.help = "documents retrieved that are judged and not relevant, summed over topics",
	.score = score_others,
};
