/* Rankings and judgments, one topic after the other. */
#include "evalcore/scoring/judging.h"

#include <stdlib.h>
#include <string.h>

void rq_join_release(struct rq_join *join)
{
	rq_pool_release(&join->pool);
	free(join->hits);
}

enum rq_status rq_join_init(struct rq_join *join, const struct rq_qrels *qrels, struct rq_error *err)
{
	join->hits = malloc((rq_qrels_most(qrels) + 1) * sizeof *join->hits);
	return join->hits == NULL ? rq_fail_memory(err) : rq_pool_make(&join->pool, qrels, err);
}

const struct rq_pool_topic *rq_join_topic(const struct rq_join *join, const char *topic)
{
	return &join->pool.topics[rq_pool_find(&join->pool, topic, strlen(topic))];
}
