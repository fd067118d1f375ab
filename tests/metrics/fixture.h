/* One topic of a run and of its judgments, scored under a metric's name: what the tests of ranking metrics share. */
#ifndef RQ_TESTS_METRICS_FIXTURE_H
#define RQ_TESTS_METRICS_FIXTURE_H

#include "metrics/metric.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { FIXTURE_MAXIMUM = 64 };

struct fixture {
	struct rq_scored_document documents[FIXTURE_MAXIMUM];
	struct rq_judgment judgments[FIXTURE_MAXIMUM];
	struct rq_ranking ranking;
	struct rq_topic_judgments judged;
};

/* Its join, and what that is made of. */
struct fixture_join {
	struct rq_pool pool;
	struct rq_qrels qrels;
	struct rq_hit hits[FIXTURE_MAXIMUM];
	struct rq_judged_ranking ranking;
};

static inline void fixture_start(struct fixture *fixture)
{
	memset(fixture, 0, sizeof *fixture);
	fixture->ranking.documents = fixture->documents;
	fixture->judged.judgments = fixture->judgments;
}

static inline void fixture_retrieve(struct fixture *fixture, const char *document, double score)
{
	ck_assert(fixture->ranking.count < FIXTURE_MAXIMUM);
	fixture->documents[fixture->ranking.count++] = (struct rq_scored_document){document, score};
}

static inline void fixture_judge(struct fixture *fixture, const char *document, int grade)
{
	ck_assert(fixture->judged.count < FIXTURE_MAXIMUM);
	fixture->judgments[fixture->judged.count++] = (struct rq_judgment){document, grade, 0};
}

static inline int fixture_compare(const void *a, const void *b)
{
	return strcmp(((const struct rq_judgment *)a)->document, ((const struct rq_judgment *)b)->document);
}

/* Puts both lists into the order that the model promises. */
static inline void fixture_sort(struct fixture *fixture)
{
	rq_ranking_sort(fixture->documents, fixture->ranking.count);
	qsort(fixture->judgments, fixture->judged.count, sizeof *fixture->judgments, fixture_compare);
}

/* Release the pool afterwards. */
static inline void fixture_judge_ranking(struct fixture_join *join, struct fixture *fixture)
{
	struct rq_error err;

	join->qrels = (struct rq_qrels){.topics = &fixture->judged, .count = 1, .judgments = fixture->judged.count};
	fixture->judged.topic = "1";
	ck_assert_msg(rq_pool_make(&join->pool, &join->qrels, &err) == RQ_OK, "%s", err.text);
	join->ranking = rq_judge_ranking(&fixture->ranking, &join->pool.topics[0], join->hits);
}

static inline double fixture_score_as(struct fixture *fixture, const struct rq_metric_spec *spec)
{
	struct fixture_join join;

	fixture_judge_ranking(&join, fixture);
	double score = spec->metric->score(&join.ranking, spec);
	rq_pool_release(&join.pool);
	return score;
}

static inline double fixture_score(struct fixture *fixture, const char *name)
{
	struct rq_metric_spec spec;
	struct rq_error err;

	ck_assert_msg(rq_metric_parse(&spec, name, &err) == RQ_OK, "%s", err.text);
	return fixture_score_as(fixture, &spec);
}

#endif
