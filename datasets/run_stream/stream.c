/* Workers, blocks, and what is kept of a topic. */
#include "datasets/run_stream/stream.h"

#include "evalcore/base/system.h"

#include <math.h>
#include <stdlib.h>

enum rq_status rq_stream_begin(struct rq_run_stream *stream, struct rq_error *err)
{
	size_t workers = (size_t)rq_threads();

	pthread_mutex_init(&stream->lock, NULL);
	rq_blocks_begin(&stream->blocks, stream->input, stream->block_size, true);
	stream->workers = calloc(workers, sizeof *stream->workers);
	stream->met = calloc(stream->pool->count + 1, sizeof *stream->met);
	if (stream->workers == NULL || stream->met == NULL)
		return rq_fail_memory(err);
	stream->worker_count = workers;
	for (size_t w = 0; w < workers; w++)
		stream->workers[w].stream = stream;
	return RQ_OK;
}

void rq_stream_forget(struct rq_run_stream *stream)
{
	for (size_t w = 0; w < stream->worker_count; w++) {
		struct rq_stream_worker *worker = &stream->workers[w];
		worker->lines = worker->bad_numbers = worker->dropped = 0;
		worker->tag_at = 0;
	}
	for (size_t t = 0; stream->met != NULL && t < stream->pool->count; t++)
		atomic_store_explicit(&stream->met[t], 0, memory_order_relaxed);
	rq_ids_release(&stream->unjudged);
	stream->fault = (struct rq_fault){0};
}

void rq_stream_release(struct rq_run_stream *stream)
{
	rq_stream_forget(stream);
	for (size_t w = 0; w < stream->worker_count; w++) {
		struct rq_stream_worker *worker = &stream->workers[w];
		rq_block_release(&worker->block);
		rq_scanner_release(&worker->scanner);
		rq_gathered_release(&worker->gathered);
		free(worker->tag);
	}
	free(stream->workers);
	free(stream->met);
	rq_blocks_release(&stream->blocks);
	pthread_mutex_destroy(&stream->lock);
}

struct work {
	struct rq_run_stream *stream;
	void (*body)(struct rq_stream_worker *worker);
};

static void work_one(void *context, size_t i)
{
	struct work *work = context;

	work->body(&work->stream->workers[i]);
}

void rq_stream_work(struct rq_run_stream *stream, void (*body)(struct rq_stream_worker *worker))
{
	struct work work = {stream, body};

	rq_work_together(stream->worker_count, work_one, &work);
}

void rq_stream_stop(struct rq_run_stream *stream, const struct rq_error *err)
{
	rq_blocks_stop(&stream->blocks);
	pthread_mutex_lock(&stream->lock);
	if (stream->error.status == RQ_OK)
		stream->error = *err;
	pthread_mutex_unlock(&stream->lock);
}

void rq_stream_stop_memory(struct rq_run_stream *stream)
{
	struct rq_error err;

	rq_fail_memory(&err);
	rq_stream_stop(stream, &err);
}

bool rq_stream_block(struct rq_stream_worker *worker)
{
	struct rq_run_stream *stream = worker->stream;
	struct rq_error err = {0};
	enum rq_status status = rq_blocks_next(&worker->block, &stream->blocks, &err);

	if (status == RQ_E_DATA || status == RQ_E_IO) /* behind all that was read */
		rq_stream_fault(stream, RQ_FAULT_INPUT, UINT64_MAX, 0, &err);
	else if (status != RQ_OK)
		rq_stream_stop(stream, &err);
	if (status != RQ_OK || worker->block.size == 0)
		return false;
	rq_scanner_begin(&worker->scanner, worker->block.data, worker->block.size);
	return true;
}

uint64_t rq_stream_offset(const struct rq_stream_worker *worker, const char *at)
{
	return worker->block.offset + (uint64_t)(at - worker->block.data);
}

bool rq_stream_block_end(struct rq_stream_worker *worker)
{
	const struct rq_scanner *scanner = &worker->scanner;
	struct rq_error words;

	if (scanner->failed) {
		rq_stream_stop_memory(worker->stream);
		return false;
	}
	if (scanner->fault == NULL)
		return true;
	bool long_line = strcmp(scanner->fault, "too long") == 0;
	rq_fail(&words, RQ_E_DATA, "%s", scanner->fault);
	rq_stream_fault(worker->stream, long_line ? RQ_FAULT_LINE : RQ_FAULT_TEXT, rq_stream_offset(worker, scanner->fault_at), 0, &words);
	return false;
}

bool rq_stream_tag(struct rq_stream_worker *worker, struct rq_span tag)
{
	if (!RQ_RESERVE(worker->tag, worker->tag_capacity, tag.length + 1)) {
		rq_stream_stop_memory(worker->stream);
		return false;
	}
	if (tag.length > 0)
		memcpy(worker->tag, tag.at, tag.length);
	worker->tag[tag.length] = '\0';
	worker->tag_at = worker->block.offset + 1;
	return true;
}

static bool fail_at(struct rq_stream_worker *worker, const char *at, const struct rq_error *words)
{
	rq_stream_fault(worker->stream, RQ_FAULT_PLACE, rq_stream_offset(worker, at), 0, words);
	return false;
}

bool rq_stream_odd_line(double *score, struct rq_stream_worker *worker, const struct rq_trec_line *line)
{
	const struct rq_reading *reading = worker->stream->reading;
	struct rq_span text = line->columns[RQ_TREC_SCORE];
	struct rq_error words = {0};
	const char *at;

	if (rq_trec_line_check(&at, line, &words) != RQ_OK)
		return fail_at(worker, at, &words);
	if (rq_parse_f64(score, text.at, text.length) && !isnan(*score))
		return true;
	if (!reading->lenient) {
		rq_trec_fail_score(line, &words);
		return fail_at(worker, text.at, &words);
	}
	worker->bad_numbers++;
	if (rq_leading_f64(score, text.at, text.length))
		return true;
	rq_stream_stop_memory(worker->stream);
	return false;
}

bool rq_stream_meet(size_t *number, struct rq_stream_worker *worker, struct rq_span topic)
{
	struct rq_run_stream *stream = worker->stream;
	bool added = false;

	*number = rq_pool_find_next(stream->pool, worker->last_topic, topic.at, topic.length);
	if (*number != RQ_NO_TOPIC) {
		worker->last_topic = *number;
		return atomic_exchange(&stream->met[*number], 1) == 0;
	}
	pthread_mutex_lock(&stream->lock);
	uint32_t id = rq_ids_add(&stream->unjudged, topic.at, topic.length, &added);
	pthread_mutex_unlock(&stream->lock);
	if (id != RQ_ID_NONE)
		return added;
	rq_stream_stop_memory(stream);
	return true;
}
