/* Rankings and judgments, one topic after the other. */
#include "evalcore/pipeline/judging.h"

#include <stdlib.h>
#include <string.h>

static const struct rq_ranking EMPTY;

void rq_join_release(struct rq_join *join)
{
	rq_pool_release(&join->pool);
	free(join->hits);
}

enum rq_status rq_join_init(struct rq_join *join, const struct rq_qrels *qrels, struct rq_error *err)
{
	size_t judged = 1;

	for (size_t i = 0; i < qrels->count; i++)
		judged = qrels->topics[i].count > judged ? qrels->topics[i].count : judged;
	join->hits = malloc(judged * sizeof *join->hits);
	return join->hits == NULL ? rq_fail_memory(err) : rq_pool_make(&join->pool, qrels, err);
}

const struct rq_pool_topic *rq_join_topic(const struct rq_join *join, const char *topic)
{
	return &join->pool.topics[rq_pool_find(&join->pool, topic, strlen(topic))];
}

const struct rq_ranking *rq_run_answer(const struct rq_run *run, const char *topic)
{
	const struct rq_ranking *ranking = rq_run_find(run, topic);

	return ranking == NULL ? &EMPTY : ranking;
}
