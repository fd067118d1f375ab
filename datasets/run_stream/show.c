/* A topic that is complete goes to the visitor at once, while it is in the cache; what is told once all of the file was read. */
#include "datasets/run_stream/stream.h"

enum rq_status rq_stream_show(struct rq_stream_worker *worker, size_t topic, struct rq_error *err)
{
	const struct rq_run_stream *stream = worker->stream;
	struct rq_judged_ranking ranking;
	const struct rq_cut *cuts;

	if (topic == RQ_NO_TOPIC)
		return RQ_OK;
	RQ_TRY(rq_gathered_judge(&ranking, &cuts, &worker->gathered, &stream->pool->topics[topic], stream->reading, err));
	stream->visit(stream->context, topic, (size_t)(worker - stream->workers), &ranking, cuts);
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
