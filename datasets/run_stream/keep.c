/* What is kept of each topic until all of the file was read, and what is told then. */
#include "datasets/run_stream/stream.h"

#include "evalcore/base/system.h"

/* A copy of n items in the worker's arena; of none, NULL is one too. */
static bool copy(const void **to, struct rq_stream_worker *worker, const void *from, size_t count, size_t size)
{
	void *copied = count == 0 ? NULL : rq_arena_alloc(&worker->arena, count, size);

	if (copied != NULL)
		memcpy(copied, from, count * size);
	*to = copied;
	return count == 0 || copied != NULL;
}

enum rq_status rq_stream_keep(struct rq_stream_worker *worker, size_t topic, struct rq_error *err)
{
	const struct rq_reading *reading = worker->stream->reading;
	struct rq_kept *kept;
	struct rq_judged_ranking ranking;
	const struct rq_cut *cuts;

	if (topic == RQ_NO_TOPIC)
		return RQ_OK;
	RQ_TRY(rq_gathered_judge(&ranking, &cuts, &worker->gathered, &worker->stream->pool->topics[topic], reading, err));
	kept = rq_arena_alloc(&worker->arena, 1, sizeof *kept);
	if (kept == NULL)
		return rq_fail_memory(err);
	*kept = (struct rq_kept){.next = worker->kept, .topic = topic, .ranking = ranking};
	if (!copy((const void **)&kept->ranking.hits, worker, ranking.hits, ranking.hit_count + ranking.past_count, sizeof *ranking.hits) ||
	    !copy((const void **)&kept->ranking.ties, worker, ranking.ties, ranking.tie_count, sizeof *ranking.ties) ||
	    !copy((const void **)&kept->cuts, worker, cuts, reading->cutoff_count, sizeof *cuts))
		return rq_fail_memory(err);
	worker->kept = kept;
	return RQ_OK;
}

enum rq_status rq_stream_facts(struct rq_run_facts *facts, const struct rq_run_stream *stream, struct rq_error *err)
{
	const char *unjudged = NULL, *tag = "";
	uint64_t tag_at = 0;

	*facts = (struct rq_run_facts){.topics_unjudged = stream->unjudged.count};
	for (size_t w = 0; w < stream->worker_count; w++) {
		const struct rq_stream_worker *worker = &stream->workers[w];
		facts->lines += worker->lines;
		facts->duplicates += worker->dropped;
		facts->bad_numbers += worker->bad_numbers;
		if (worker->tag_at > tag_at)
			tag = worker->tag;
		tag_at = worker->tag_at > tag_at ? worker->tag_at : tag_at;
	}
	for (size_t t = 0; t < stream->pool->count; t++)
		facts->topics += atomic_load_explicit(&stream->met[t], memory_order_relaxed);
	facts->topics += facts->topics_unjudged;
	for (uint32_t i = 0; i < stream->unjudged.count; i++)
		if (unjudged == NULL || strcmp(stream->unjudged.names[i], unjudged) < 0)
			unjudged = stream->unjudged.names[i];
	if (unjudged != NULL)
		memcpy(facts->unjudged_topic, rq_excerpt((struct rq_span){unjudged, strlen(unjudged)}).text, sizeof facts->unjudged_topic);
	facts->tag = strdup(tag);
	return facts->tag == NULL ? rq_fail_memory(err) : RQ_OK;
}

struct visit {
	struct rq_run_stream *stream;
	rq_ranking_visit visit;
	void *context;
};

static void visit_kept(void *context, size_t thread)
{
	const struct visit *visit = context;

	for (const struct rq_kept *kept = visit->stream->workers[thread].kept; kept != NULL; kept = kept->next)
		visit->visit(visit->context, kept->topic, thread, &kept->ranking, kept->cuts);
}

void rq_stream_visit(struct rq_run_stream *stream, rq_ranking_visit visit, void *context)
{
	struct visit visits = {stream, visit, context};

	rq_parallel_for(stream->worker_count, visit_kept, &visits);
}
