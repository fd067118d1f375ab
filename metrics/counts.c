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

static const char *const topics_aliases[] = {"num_q", NULL}, *const retrieved_aliases[] = {"num_ret", NULL}, *const relevant_aliases[] = {"num_rel", NULL},
                  *const found_aliases[] = {"num_rel_ret", NULL}, *const others_aliases[] = {NULL};
#define CITATION "Buckley & Voorhees 2005, in TREC: Experiment and Evaluation in Information Retrieval, ch. 3; trec_eval num_*"

const struct rq_metric rq_metric_count_topics = {
	.name = "NumQ",
	.aliases = topics_aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.average = RQ_AVERAGE_SUM,
	.is_count = true,
	.summary_only = true,
	.lowest = 0,
	.highest = INFINITY,
	.help = "topics that the averages are over",
	.citation = CITATION,
	.score = score_topics,
	.ignores_order = true,
};

const struct rq_metric rq_metric_count_retrieved = {
	.name = "NumRet",
	.aliases = retrieved_aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.average = RQ_AVERAGE_SUM,
	.is_count = true,
	.lowest = 0,
	.highest = INFINITY,
	.help = "documents retrieved, summed over topics",
	.citation = CITATION,
	.score = score_retrieved,
	.ignores_order = true,
};

const struct rq_metric rq_metric_count_relevant = {
	.name = "NumRel",
	.aliases = relevant_aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.average = RQ_AVERAGE_SUM,
	.is_count = true,
	.lowest = 0,
	.highest = INFINITY,
	.help = "documents judged relevant, summed over topics",
	.citation = CITATION,
	.score = score_relevant,
	.ignores_order = true,
};

const struct rq_metric rq_metric_count_found = {
	.name = "NumRelRet",
	.aliases = found_aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.average = RQ_AVERAGE_SUM,
	.is_count = true,
	.lowest = 0,
	.highest = INFINITY,
	.help = "relevant documents retrieved, summed over topics",
	.citation = CITATION,
	.score = score_found,
	.ignores_order = true,
};

const struct rq_metric rq_metric_count_others = {
	.name = "num_nonrel_judged_ret",
	.aliases = others_aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_NONE,
	.takes_rel = true,
	.average = RQ_AVERAGE_SUM,
	.is_count = true,
	.lowest = 0,
	.highest = INFINITY,
	.help = "documents retrieved that are judged and not relevant, summed over topics",
	.citation = CITATION,
	.score = score_others,
	.ignores_order = true,
};
