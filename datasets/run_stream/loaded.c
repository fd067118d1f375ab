/* A run that is in memory already: its rankings go the way of those that are streamed. */
#include "datasets/run_stream/stream.h"

#include "evalcore/base/system.h"

static bool gather(struct rq_gathered *gathered, const struct rq_ranking *ranking, bool float32)
{
	gathered->count = 0;
	for (size_t i = 0; i < ranking->count; i++) {
		const struct rq_scored_document *scored = &ranking->documents[i];
		double score = float32 ? (double)(float)scored->score : scored->score;
		if (!rq_gathered_add(gathered, score, (struct rq_span){scored->document, strlen(scored->document)}))
			return false;
	}
	return true;
}

static enum rq_status judge_ranking(struct rq_stream_worker *worker, const struct rq_ranking *ranking, struct rq_error *err)
{
	struct rq_run_stream *stream = worker->stream;
	struct rq_twice twice; /* nothing is */
	size_t topic;

	RQ_TRY(rq_cancel_check(err));
	if (!gather(&worker->gathered, ranking, stream->reading->float32))
		return rq_fail_memory(err);
	RQ_TRY(rq_gathered_settle(&twice, &worker->dropped, &worker->gathered, stream->reading->dedupe, err));
	worker->lines += ranking->count;
	rq_stream_meet(&topic, worker, (struct rq_span){ranking->topic, strlen(ranking->topic)});
	return rq_stream_show(worker, topic, err);
}

static void judge_rankings(struct rq_stream_worker *worker)
{
	struct rq_run_stream *stream = worker->stream;
	struct rq_error err;

	for (size_t i; (i = atomic_fetch_add(&stream->next_ranking, 1)) < stream->run->count;)
		if (judge_ranking(worker, &stream->run->rankings[i], &err) != RQ_OK) {
			rq_stream_stop(stream, &err);
			return;
		}
}

void rq_stream_read_loaded(struct rq_run_stream *stream, const struct rq_run *run)
{
	stream->run = run;
	rq_stream_work(stream, judge_rankings);
}
