/* What a mean hides, in words. */
#include "evalcore/scoring/diagnostics.h"

#include "evalcore/base/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { OF_A_RUN = 8, OF_ALL = 4 };

#define N(count) rq_grouped(count).text
#define IS(count) ((count) == 1 ? "is" : "are")

RQ_PRINTF(6, 7) static enum rq_status tell(struct rq_evaluation *evaluation, size_t run, const char *name, size_t count, bool warning, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (count == 0)
		return RQ_OK;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	evaluation->diagnostics[evaluation->diagnostic_count++] = (struct rq_diagnostic){name, run, count, warning, rq_arena_strdup(&evaluation->arena, text)};
	return evaluation->diagnostics[evaluation->diagnostic_count - 1].text == NULL ? RQ_E_NOMEM : RQ_OK;
}

static const char *topic_name(const struct rq_evaluation *evaluation, size_t topic)
{
	return evaluation->scoring->pool->topics[topic].judgments->topic;
}

/* Judged topics that the run lacks, whether they are in the denominator or not. */
static enum rq_status tell_missing(struct rq_evaluation *evaluation, size_t run)
{
	const struct rq_scores *scores = &evaluation->runs[run].scores;
	size_t topics = evaluation->scoring->pool->count, missing = topics - scores->answered_count, first = 0;
	bool left_out = evaluation->denominator.intersection;

	while (first < topics && scores->answered[first])
		first++;
	return tell(evaluation, run, "topics_missing", missing, true, "%s of %s judged topics %s missing (\"%s\" for one) and %s", N(missing), N(topics),
	            IS(missing), missing > 0 ? topic_name(evaluation, first) : "", left_out ? "left out of the means; without --intersection they count as 0" :
	            "counted as 0; complete the run, or leave them out with --intersection");
}

static enum rq_status tell_strangers(struct rq_evaluation *evaluation, size_t run)
{
	const struct rq_run_facts *facts = &evaluation->runs[run].scores.facts;

	return tell(evaluation, run, "topics_unjudged", facts->topics_unjudged, true,
	            "%s of the run's %s topics %s without judgments (\"%s\" for one) and left out; judge them, or see whether ids are spelt alike", N(facts->topics_unjudged), N(facts->topics), IS(facts->topics_unjudged),
	            facts->unjudged_topic);
}

/* Some judgments say that a document is not relevant. */
static bool tells_irrelevant(const struct rq_pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		if (pool->topics[i].judged_count > pool->topics[i].ideal_count)
			return true;
	return false;
}

static enum rq_status tell_unjudged(struct rq_evaluation *evaluation, size_t run)
{
	const struct rq_scores *scores = &evaluation->runs[run].scores;
	const struct rq_reading *reading = &evaluation->scoring->reading;
	size_t number = 0, documents = 0, judged = 0;
	bool graded = tells_irrelevant(evaluation->scoring->pool);

	while (reading->cutoffs[number] != evaluation->look_cutoff)
		number++;
	for (size_t i = 0; i < evaluation->scoring->pool->count; i++) {
		documents += scores->cuts[number][i].documents;
		judged += scores->cuts[number][i].judged;
	}
	double share = documents > 0 ? 100 * (double)(documents - judged) / (double)documents : 0;
	return tell(evaluation, run, "documents_unjudged", documents - judged, graded, "%.1f %% of the top %zu (%s of %s documents) are unjudged and count as not relevant; %s", share,
	            evaluation->look_cutoff, N(documents - judged), N(documents),
	            graded ? "judge them, or leave them out with --judged-only" : "the judgments name relevant documents only, so holes cannot be told from misses");
}

static enum rq_status tell_sampled(struct rq_evaluation *evaluation, size_t run)
{
	const struct rq_metric_list *metrics = evaluation->scoring->metrics;
	const struct rq_over_ties *over_ties = evaluation->runs[run].over_ties;
	size_t sampled = 0, first = 0;

	for (size_t i = metrics->count; over_ties != NULL && i-- > 0;) {
		sampled += over_ties[i].sampled;
		first = over_ties[i].sampled ? i : first;
	}
	return tell(evaluation, run, "ties_sampled", sampled, false, "metrics with too many orders of equal scores to try all: %s (%s for one); their expected values are estimates, and there "
	            "may be lower and higher values", N(sampled), sampled > 0 ? metrics->specs[first].name : "");
}

/* Does a metric depend on what is above the cutoff? Unjudged documents may be counted at another. */
static bool is_cutoff(size_t cutoff, const struct rq_metric_list *metrics)
{
	for (size_t i = 0; i < metrics->count; i++)
		if (metrics->specs[i].cutoff == cutoff)
			return true;
	return false;
}

static enum rq_status tell_ties(struct rq_evaluation *evaluation, size_t run)
{
	const struct rq_scores *scores = &evaluation->runs[run].scores;
	const struct rq_scoring *scoring = evaluation->scoring;
	size_t topics = scoring->pool->count, most = 0, worst = 0, tied = 0;
	const char *remedy = scoring->over_ties ? "" : "; --ties shows by how much";

	for (size_t i = 0; i < scoring->reading.cutoff_count; i++) {
		size_t ties = 0;
		for (size_t j = 0; j < topics && is_cutoff(scoring->reading.cutoffs[i], scoring->metrics); j++)
			ties += scores->cuts[i][j].tie;
		worst = ties > most ? i : worst;
		most = ties > most ? ties : most;
	}
	for (size_t i = 0; i < topics; i++)
		tied += scores->tied[i];
	if (tell(evaluation, run, "ties_at_cutoff", most, true, "equal scores straddle the cutoff %zu in %s of %s rankings, so what is above it depends on how ids are spelt%s",
	         scoring->reading.cutoffs[worst], N(most), N(scores->answered_count), remedy) != RQ_OK)
		return RQ_E_NOMEM;
	if (tell_sampled(evaluation, run) != RQ_OK)
		return RQ_E_NOMEM;
	return tell(evaluation, run, "ties_judged", tied, false, "judged documents share their score with others in %s of %s rankings; equal scores are ranked by id, descending%s", N(tied),
	            N(scores->answered_count), remedy);
}

static enum rq_status tell_reading(struct rq_evaluation *evaluation, size_t run)
{
	const struct rq_run_facts *facts = &evaluation->runs[run].scores.facts;
	const char *kept = evaluation->scoring->reading.dedupe == RQ_DEDUPE_BEST ? "the best score" : "the first in the file";

	if (tell(evaluation, run, "duplicates", facts->duplicates, true, "documents that stand twice in a topic: %s; %s was kept", N(facts->duplicates), kept) != RQ_OK)
		return RQ_E_NOMEM;
	return tell(evaluation, run, "bad_numbers", facts->bad_numbers, true, "scores that are no numbers: %s, read as trec_eval does, by their leading digits or as 0; "
	            "without --lenient the first is shown with its line", N(facts->bad_numbers));
}

static enum rq_status tell_all(struct rq_evaluation *evaluation)
{
	size_t lost = evaluation->relevant - evaluation->returned, topics = evaluation->scoring->pool->count;
	const char *by = evaluation->run_count == 1 ? "the run did not return" : "no run returned";

	if (tell(evaluation, RQ_ALL_RUNS, "judgments_duplicate", evaluation->qrels_facts.duplicates, true, "documents that are judged twice in a topic: %s; %s was kept",
	         N(evaluation->qrels_facts.duplicates), evaluation->scoring->reading.dedupe == RQ_DEDUPE_BEST ? "the highest grade" : "the first in the file") != RQ_OK ||
	    tell(evaluation, RQ_ALL_RUNS, "judgments_bad_numbers", evaluation->qrels_facts.bad_numbers, true, "grades that are no numbers: %s, read as trec_eval does, by their leading digits or "
	         "as 0; without --lenient the first is shown with its line", N(evaluation->qrels_facts.bad_numbers)) != RQ_OK)
		return RQ_E_NOMEM;
	if (tell(evaluation, RQ_ALL_RUNS, "topics_no_relevant", evaluation->no_relevant, true, "%s of %s judged topics %s without a relevant document and %s", N(evaluation->no_relevant), N(topics), IS(evaluation->no_relevant),
	         evaluation->denominator.skip_no_relevant ? "left out" : "counted as 0 whatever is returned; --skip-no-relevant leaves them out") != RQ_OK)
		return RQ_E_NOMEM;
	return tell(evaluation, RQ_ALL_RUNS, "relevant_never_returned", lost, false, "%s %s of %s relevant documents; see whether they are in the index, and whether the runs are deep enough", by, N(lost),
	            N(evaluation->relevant));
}

enum rq_status rq_evaluation_remark(struct rq_evaluation *evaluation, struct rq_error *err)
{
	enum rq_status (*const of_a_run[])(struct rq_evaluation *, size_t) = {tell_missing, tell_strangers, tell_reading, tell_unjudged, tell_ties};
	bool failed = false;

	evaluation->diagnostics = rq_arena_alloc(&evaluation->arena, OF_A_RUN * evaluation->run_count + OF_ALL, sizeof *evaluation->diagnostics);
	if (evaluation->diagnostics == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < evaluation->run_count; i++)
		for (size_t j = 0; j < sizeof of_a_run / sizeof *of_a_run; j++)
			failed = of_a_run[j](evaluation, i) != RQ_OK || failed;
	failed = tell_all(evaluation) != RQ_OK || failed;
	return failed ? rq_fail_memory(err) : RQ_OK;
}
