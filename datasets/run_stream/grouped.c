/* A file whose lines are grouped by topic: each block holds whole topics, so that threads share nothing but the list of topics that were met. */
#include "datasets/run_stream/stream.h"

/* False: there is no need to go on. */
static bool end_topic(struct rq_stream_worker *worker, struct rq_span topic)
{
	struct rq_run_stream *stream = worker->stream;
	struct rq_gathered *gathered = &worker->gathered;
	struct rq_error err;
	struct rq_twice twice;
	size_t number;

	if (gathered->count == 0)
		return true;
	if (!rq_stream_meet(&number, worker, topic)) {
		atomic_store(&stream->scattered, true);
		rq_blocks_stop(&stream->blocks);
		return false;
	}
	worker->lines += gathered->count;
	enum rq_status status = rq_gathered_settle(&twice, &worker->dropped, gathered, stream->reading->dedupe, &err);
	if (status == RQ_OK && twice.found) {
		const struct rq_entry *first = &gathered->entries[twice.first], *second = &gathered->entries[twice.second];
		rq_stream_twice(stream, second, topic, rq_stream_offset(worker, second->id), rq_stream_offset(worker, first->id));
		return false;
	}
	if (status == RQ_OK)
		status = rq_stream_show(worker, number, &err);
	if (status != RQ_OK)
		rq_stream_stop(stream, &err);
	gathered->count = 0;
	return status == RQ_OK;
}

static bool read_block(struct rq_stream_worker *worker)
{
	struct rq_gathered *gathered = &worker->gathered;
	struct rq_span topic = {"", 0}, tag = {"", 0};
	struct rq_trec_line line;
	bool good = true;
	double score;

	gathered->count = 0;
	while (rq_scan_next(&line, &worker->scanner)) {
		good = rq_stream_line(&score, worker, &line);
		if (!good)
			break; /* of the topic so far a document may stand there twice */
		if (!rq_same_span(line.columns[RQ_TREC_TOPIC], topic)) {
			if (!end_topic(worker, topic))
				return false;
			topic = line.columns[RQ_TREC_TOPIC];
		}
		if (!rq_gathered_add(gathered, score, line.columns[RQ_TREC_DOCUMENT])) {
			rq_stream_stop_memory(worker->stream);
			return false;
		}
		tag = line.columns[RQ_TREC_TAG];
		if (line.count < RQ_TREC_ALL)
			tag.length = 0;
	}
	good = good && rq_stream_block_end(worker);
	if (topic.length > 0 && !rq_stream_tag(worker, tag))
		return false;
	return end_topic(worker, topic) && good;
}

static void read_blocks(struct rq_stream_worker *worker)
{
	while (rq_stream_block(worker))
		if (!read_block(worker))
			return;
}

void rq_stream_read_grouped(struct rq_run_stream *stream)
{
	rq_stream_work(stream, read_blocks);
}
