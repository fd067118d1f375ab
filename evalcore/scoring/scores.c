/* Scores rankings as the reader hands them over. Each visit writes to places of its topic alone, and a topic that is visited again overwrites all of
 * them, so that neither threads nor the order of the file show in a value. */
#include "evalcore/scoring/scores.h"

#include <math.h>
#include <string.h>

/* What a visit needs, for one run. */
struct visit {
	struct rq_scores *scores;
	const struct rq_scoring *scoring;
};

static void *rows_of(struct rq_arena *arena, size_t rows, size_t columns, size_t size)
{
	char **pointers = rq_arena_alloc(arena, rows + 1, sizeof *pointers);
	char *block = rq_arena_alloc(arena, rows * columns + 1, size);

	for (size_t i = 0; pointers != NULL && block != NULL && i < rows; i++)
		pointers[i] = block + i * columns * size;
	return block == NULL ? NULL : pointers;
}

static enum rq_status make_room(struct rq_scores *scores, const struct rq_scoring *scoring, struct rq_error *err)
{
	struct rq_arena *arena = &scores->arena;
	size_t topics = scoring->pool->count, metrics = scoring->metrics->count;

	scores->answered = rq_arena_alloc(arena, topics + 1, sizeof *scores->answered);
	scores->tied = rq_arena_alloc(arena, topics + 1, sizeof *scores->tied);
	scores->returned = rq_arena_alloc(arena, scoring->pool->qrels->judgments + 1, sizeof *scores->returned);
	scores->values = rows_of(arena, metrics, topics, sizeof **scores->values);
	scores->cuts = rows_of(arena, scoring->reading.cutoff_count, topics, sizeof **scores->cuts);
	bool failed = scores->answered == NULL || scores->tied == NULL || scores->returned == NULL || scores->values == NULL || scores->cuts == NULL;
	if (scoring->over_ties) {
		scores->over_ties = rows_of(arena, metrics, topics, sizeof **scores->over_ties);
		failed = failed || scores->over_ties == NULL;
	}
	if (scoring->metrics->relstring) {
		scores->relstrings = rows_of(arena, topics, scoring->metrics->relstring_length + 1, 1);
		failed = failed || scores->relstrings == NULL;
	}
	return failed ? rq_fail_memory(err) : RQ_OK;
}

static void score(struct rq_scores *scores, const struct rq_scoring *scoring, size_t topic, const struct rq_judged_ranking *ranking)
{
	for (size_t i = 0; i < scoring->metrics->count; i++) {
		const struct rq_metric_spec *spec = &scoring->metrics->specs[i];
		double value = spec->metric->score(ranking, spec);
		scores->values[i][topic] = value;
		if (scores->over_ties != NULL && rq_metric_over_ties(&scores->over_ties[i][topic], ranking, spec, value, NULL) != RQ_OK)
			scores->over_ties[i][topic].expected = NAN; /* for want of memory: a visit cannot fail */
	}
	if (scores->relstrings != NULL)
		rq_relstring(scores->relstrings[topic], ranking, scoring->metrics->relstring_length);
}

static struct rq_topic_cut look_at_cut(size_t cutoff, const struct rq_cut *cut, const struct rq_judged_ranking *ranking)
{
	size_t documents = cutoff < ranking->count ? cutoff : ranking->count, judged = 0;

	for (size_t i = 0; i < ranking->hit_count && ranking->hits[i].rank <= documents; i++)
		judged += ranking->hits[i].grade >= 0;
	return (struct rq_topic_cut){.prefix = cut->prefix, .documents = (uint32_t)documents, .judged = (uint32_t)judged, .tie = cut->tie};
}

static void visit_ranking(void *context, size_t topic, size_t thread, const struct rq_judged_ranking *ranking, const struct rq_cut *cuts)
{
	const struct visit *visit = context;
	struct rq_scores *scores = visit->scores;
	const struct rq_pool_topic *judged = &visit->scoring->pool->topics[topic];
	const struct rq_reading *reading = &visit->scoring->reading;

	(void)thread; /* nothing here needs scratch */
	score(scores, visit->scoring, topic, ranking);
	for (size_t i = 0; i < reading->cutoff_count; i++)
		scores->cuts[i][topic] = look_at_cut(reading->cutoffs[i], &cuts[i], ranking);
	memset(scores->returned + judged->first, 0, judged->judgments->count * sizeof *scores->returned);
	for (size_t i = 0; i < ranking->hit_count + ranking->past_count; i++)
		scores->returned[judged->first + ranking->hits[i].judgment] = true;
	scores->tied[topic] = ranking->tie_count > 0;
	scores->answered[topic] = true;
}

/* What a run does not answer it answers with nothing. */
static void score_missing(struct rq_scores *scores, const struct rq_scoring *scoring)
{
	for (size_t i = 0; i < scoring->pool->count; i++) {
		const struct rq_pool_topic *topic = &scoring->pool->topics[i];
		const struct rq_judged_ranking empty = {.judged = topic->judged, .judged_count = topic->judged_count, .ideal_count = topic->ideal_count};
		scores->answered_count += scores->answered[i];
		if (scores->answered[i])
			continue;
		score(scores, scoring, i, &empty);
		for (size_t j = 0; j < scoring->metrics->count && scoring->missing_is_zero; j++)
			if (scoring->metrics->specs[j].metric->average != RQ_AVERAGE_SUM)
				scores->values[j][i] = 0;
	}
}

static enum rq_status check_ties(const struct rq_scores *scores, const struct rq_scoring *scoring, struct rq_error *err)
{
	for (size_t i = 0; scores->over_ties != NULL && i < scoring->metrics->count; i++)
		for (size_t j = 0; j < scoring->pool->count; j++)
			if (isnan(scores->over_ties[i][j].expected))
				return rq_fail_memory(err);
	return RQ_OK;
}

static enum rq_status read_scores(struct rq_scores *scores, const char *path, const struct rq_scoring *scoring, struct rq_error *err)
{
	struct visit visit = {scores, scoring};

	RQ_TRY(make_room(scores, scoring, err));
	RQ_TRY(rq_run_judge(&scores->facts, path, scoring->pool, &scoring->reading, visit_ranking, &visit, err));
	score_missing(scores, scoring);
	RQ_TRY(check_ties(scores, scoring, err));
	if (scores->answered_count == 0)
		return rq_fail(err, RQ_E_DATA, "%s: none of its %zu topics (\"%s\" for one) is among the %zu judged ones (\"%s\" for one); are the ids spelt alike, and is it the "
		               "right file?", path, scores->facts.topics, scores->facts.unjudged_topic, scoring->pool->count, scoring->pool->topics[0].judgments->topic);
	return RQ_OK;
}

enum rq_status rq_scores_read(struct rq_scores *scores, const char *path, const struct rq_scoring *scoring, struct rq_error *err)
{
	*scores = (struct rq_scores){.path = path};
	enum rq_status status = read_scores(scores, path, scoring, err);
	if (status != RQ_OK)
		rq_scores_release(scores);
	return status;
}

void rq_scores_release(struct rq_scores *scores)
{
	rq_run_facts_release(&scores->facts);
	rq_arena_release(&scores->arena);
	*scores = (struct rq_scores){0};
}
