/* Success@k = 1 where the top k holds a relevant document, else 0. */
#include "metrics/judge.h"
#include "metrics/ties.h"

static double score(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	return rq_relevant_found(ranking, spec) > 0;
}

static double expected(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec, double *scratch)
{
	(void)scratch;
	struct rq_stretch stretch = {0};
	double none = 1;

	/* Each relevant document of a tie misses the ranks within the cutoff, given that those before it do. */
	while (rq_stretch_next(&stretch, ranking)) {
		size_t ranks = rq_stretch_ranks(&stretch), within = rq_stretch_within(&stretch, spec->cutoff),
			   relevant = rq_stretch_from(&stretch, ranking, spec->relevant);
		for (size_t i = 0; i < relevant; i++)
			none *= within + i < ranks ? (double)(ranks - within - i) / (double)(ranks - i) : 0;
	}
	return 1 - none;
}

static const char *const aliases[] = {"success_", NULL};

const struct rq_metric rq_metric_success = {
	.name = "Success",
	.aliases = aliases,
	.source = RQ_FROM_JUDGMENTS,
	.cutoff = RQ_CUTOFF_REQUIRED,
	.takes_rel = true,
	.lowest = 0,
	.highest = 1,
	.help = "1 where the top k holds a relevant document, else 0",
	.citation = "Craswell & Hawking 2004, Overview of the TREC 2004 Web Track; trec_eval success",
	.score = score,
	.expected = expected,
};
