/* Runs joined with judgments: read whole, then handed over topic by topic. */
#include "datasets/run_stream.h"

#include "datasets/parsers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Scratch for one ranking. */
struct join {
	struct rq_hit *hits;
	struct rq_tie *ties;
	struct rq_cut *cuts;
};

static void join_release(struct join *join)
{
	free(join->hits);
	free(join->ties);
	free(join->cuts);
}

static int compare_document(const void *key, const void *judgment)
{
	return strcmp(key, ((const struct rq_judgment *)judgment)->document);
}

static const struct rq_judgment *find(const struct rq_pool_topic *topic, const char *document)
{
	return bsearch(document, topic->judgments->judgments, topic->judgments->count, sizeof(struct rq_judgment), compare_document);
}

/* Puts the scores in the form that they are compared in, drops what does not count. */
static void prepare(struct rq_ranking *ranking, const struct rq_pool_topic *topic, const struct rq_reading *reading)
{
	size_t kept = 0;

	for (size_t i = 0; reading->float32 && i < ranking->count; i++)
		ranking->documents[i].score = (double)(float)ranking->documents[i].score;
	qsort(ranking->documents, ranking->count, sizeof *ranking->documents, rq_scored_document_compare);
	if (reading->depth > 0 && ranking->count > reading->depth)
		ranking->count = reading->depth;
	for (size_t i = 0; reading->judged_only && i < ranking->count; i++) {
		const struct rq_judgment *judgment = find(topic, ranking->documents[i].document);
		if (judgment != NULL && judgment->grade >= 0)
			ranking->documents[kept++] = ranking->documents[i];
	}
	ranking->count = reading->judged_only ? kept : ranking->count;
}

static void fill_cuts(struct join *join, const struct rq_ranking *ranking, const struct rq_reading *reading)
{
	uint64_t prefix = 0;
	size_t at = 0;

	for (size_t c = 0; c < reading->cutoff_count; c++) {
		size_t cutoff = reading->cutoffs[c];
		for (; at < ranking->count && at < cutoff; at++)
			prefix = prefix * 0x9E3779B97F4A7C15u + rq_hash64(ranking->documents[at].document, strlen(ranking->documents[at].document));
		join->cuts[c] = (struct rq_cut){cutoff < ranking->count && ranking->documents[cutoff - 1].score == ranking->documents[cutoff].score, prefix};
	}
}

static void visit_one(struct join *join, struct rq_ranking *ranking, size_t number, const struct rq_pool *pool, const struct rq_reading *reading, rq_ranking_visit visit,
                      void *context)
{
	const struct rq_pool_topic *topic = &pool->topics[number];
	struct rq_judged_ranking judged = {.hits = join->hits, .count = 0, .judged = topic->judged, .judged_count = topic->judged_count, .ideal_count = topic->ideal_count, .ties = join->ties};

	prepare(ranking, topic, reading);
	judged.count = ranking->count;
	for (size_t i = 0; i < ranking->count; i++) {
		const struct rq_judgment *judgment = find(topic, ranking->documents[i].document);
		if (judgment != NULL)
			join->hits[judged.hit_count++] = (struct rq_hit){(uint32_t)i + 1, judgment->grade, (uint32_t)(judgment - topic->judgments->judgments)};
	}
	for (size_t i = 0, end, hit = 0; i < ranking->count; i = end) {
		for (end = i + 1; end < ranking->count && ranking->documents[end].score == ranking->documents[i].score; end++) {
		}
		size_t first = hit;
		while (hit < judged.hit_count && join->hits[hit].rank <= end)
			hit++;
		if (end - i > 1 && hit > first)
			join->ties[judged.tie_count++] = (struct rq_tie){(uint32_t)i + 1, (uint32_t)end};
	}
	fill_cuts(join, ranking, reading);
	visit(context, number, 0, &judged, join->cuts);
}

/* The sixth column of the last line. */
static void find_tag(struct rq_run_facts *facts, const struct rq_text *text)
{
	struct rq_line line = rq_text_lines(text);
	struct rq_span columns[6];

	while (rq_line_next(&line, text))
		if (rq_columns_space(columns, 6, line.span) == 6)
			snprintf(facts->tag, sizeof facts->tag, "%.*s", (int)columns[5].length, columns[5].at);
}

enum rq_status rq_run_judge(struct rq_run_facts *facts, const char *path, const struct rq_pool *pool, const struct rq_reading *reading, rq_ranking_visit visit,
                            void *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};
	RQ_CLEANUP(rq_run_release) struct rq_run run = {0};
	RQ_CLEANUP(join_release) struct join join = {0};
	size_t longest = 1;

	*facts = (struct rq_run_facts){0};
	RQ_TRY(rq_text_read(&text, path, err));
	RQ_TRY(rq_run_parse(&run, &text, err));
	for (size_t i = 0; i < run.count; i++)
		longest = run.rankings[i].count > longest ? run.rankings[i].count : longest;
	join.hits = malloc(longest * sizeof *join.hits);
	join.ties = malloc(longest * sizeof *join.ties);
	join.cuts = malloc((reading->cutoff_count + 1) * sizeof *join.cuts);
	if (join.hits == NULL || join.ties == NULL || join.cuts == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < run.count; i++) {
		struct rq_ranking *ranking = &run.rankings[i];
		size_t number = rq_pool_find(pool, ranking->topic, strlen(ranking->topic));
		facts->topics++;
		facts->lines += ranking->count;
		if (number != RQ_NO_TOPIC) {
			visit_one(&join, ranking, number, pool, reading, visit, context);
		} else if (facts->topics_unjudged++ == 0) {
			snprintf(facts->unjudged_topic, sizeof facts->unjudged_topic, "%s", ranking->topic);
		}
	}
	find_tag(facts, &text);
	return RQ_OK;
}
