/* A file whose topics are interleaved: every line becomes a record of what matters of it, in one of some hundred parts by its topic; then a part at a time is
 * put in the order of its topics. What is in memory is less than the file. */
#include "datasets/run_stream/stream.h"

#include "evalcore/base/system.h"

#include <stdlib.h>

enum { PARTS = 256, PAGE = 32 << 10, OFFSET_SHIFT = 24 };

/* A record: its offset in the text and the length of its id (a line is shorter than 2^24 bytes, the text in memory than 2^40), score, topic, id. */
enum { SCORE_AT = 8, TOPIC_AT = 16, ID_AT = 20 };

struct page {
	struct page *next;
	size_t used, size;
	char data[];
};

struct part {
	struct page *first, *last;
};

/* What a thread has of its own. */
struct sorter {
	struct part parts[PARTS];
	struct rq_ids unjudged; /* those that this thread has met, and their numbers among all */
	uint32_t *numbers;
	size_t numbers_capacity;
	size_t *starts; /* of the topics of a part, among its records */
	size_t starts_capacity;
	const char **records;
	size_t records_capacity;
};

struct rq_scatter {
	struct sorter *sorters; /* of each worker */
	atomic_size_t next_part;
	uint64_t limit; /* where a line is faulty: what stands behind it does not count */
};

static struct sorter *sorter_of(const struct rq_stream_worker *worker)
{
	return &worker->stream->scatter->sorters[worker - worker->stream->workers];
}

static void free_part(struct part *part)
{
	while (part->first != NULL) {
		struct page *next = part->first->next;
		free(part->first);
		part->first = next;
	}
	part->last = NULL;
}

static char *record_room(struct part *part, size_t size)
{
	struct page *page = part->last;

	if (page == NULL || page->size - page->used < size) {
		size_t room = size > PAGE ? size : PAGE;
		page = malloc(sizeof *page + room);
		if (page == NULL)
			return NULL;
		*page = (struct page){.size = room};
		*(part->last == NULL ? &part->first : &part->last->next) = page;
		part->last = page;
	}
	page->used += size;
	return page->data + page->used - size;
}

static bool add_record(struct rq_stream_worker *worker, uint32_t topic, double score, struct rq_span id)
{
	uint64_t head = rq_stream_offset(worker, id.at) << OFFSET_SHIFT | id.length;
	uint32_t within = topic / PARTS;
	char *record = record_room(&sorter_of(worker)->parts[topic % PARTS], ID_AT + id.length);

	if (record == NULL)
		return false;
	memcpy(record, &head, sizeof head);
	memcpy(record + SCORE_AT, &score, sizeof score);
	memcpy(record + TOPIC_AT, &within, sizeof within);
	memcpy(record + ID_AT, id.at, id.length);
	return true;
}

static uint64_t head_of(const char *record)
{
	uint64_t head;

	memcpy(&head, record, sizeof head);
	return head;
}

static uint64_t offset_of(const char *record)
{
	return head_of(record) >> OFFSET_SHIFT;
}

static size_t size_of(const char *record)
{
	return ID_AT + (size_t)(head_of(record) & (((uint64_t)1 << OFFSET_SHIFT) - 1));
}

static uint32_t topic_of(const char *record)
{
	uint32_t within;

	memcpy(&within, record + TOPIC_AT, sizeof within);
	return within;
}

/* Numbers those that are not in the pool behind those that are. UINT32_MAX: out of memory. */
static uint32_t topic_number(struct rq_stream_worker *worker, struct rq_span topic)
{
	struct rq_run_stream *stream = worker->stream;
	struct sorter *sorter = sorter_of(worker);
	size_t number = rq_pool_find(stream->pool, topic.at, topic.length);
	bool added;

	if (number != RQ_NO_TOPIC) {
		if (atomic_load_explicit(&stream->met[number], memory_order_relaxed) == 0)
			atomic_store(&stream->met[number], 1);
		return (uint32_t)number;
	}
	uint32_t mine = rq_ids_add(&sorter->unjudged, topic.at, topic.length, &added);
	if (mine == RQ_ID_NONE || !RQ_RESERVE(sorter->numbers, sorter->numbers_capacity, (size_t)mine + 1))
		return UINT32_MAX;
	if (added) {
		pthread_mutex_lock(&stream->lock);
		sorter->numbers[mine] = rq_ids_add(&stream->unjudged, topic.at, topic.length, NULL);
		pthread_mutex_unlock(&stream->lock);
	}
	if (sorter->numbers[mine] >= UINT32_MAX - stream->pool->count)
		return UINT32_MAX;
	return (uint32_t)stream->pool->count + sorter->numbers[mine];
}

static bool scatter_block(struct rq_stream_worker *worker)
{
	struct rq_span topic = {"", 0}, tag = {"", 0};
	struct rq_trec_line line;
	uint32_t number = 0;
	double score;

	while (rq_scan_next(&line, &worker->scanner)) {
		if (!rq_stream_line(&score, worker, &line))
			return false;
		if (!rq_same_span(line.columns[RQ_TREC_TOPIC], topic)) {
			topic = line.columns[RQ_TREC_TOPIC];
			number = topic_number(worker, topic);
		}
		if (number == UINT32_MAX || !add_record(worker, number, score, line.columns[RQ_TREC_DOCUMENT])) {
			rq_stream_stop_memory(worker->stream);
			return false;
		}
		worker->lines++;
		tag = line.columns[RQ_TREC_TAG];
		if (line.count < RQ_TREC_ALL)
			tag.length = 0;
	}
	if (topic.length > 0 && !rq_stream_tag(worker, tag))
		return false;
	return rq_stream_block_end(worker);
}

static void scatter_blocks(struct rq_stream_worker *worker)
{
	while (rq_stream_block(worker))
		if (!scatter_block(worker))
			return;
}

/* Counts, or where `records` is given, places the records of a part, those of a topic together; starts[t + 1] moves from where topic t begins to its end. */
static void walk_part(const struct rq_run_stream *stream, size_t part, size_t *starts, const char **records)
{
	for (size_t w = 0; w < stream->worker_count; w++)
		for (const struct page *page = stream->scatter->sorters[w].parts[part].first; page != NULL; page = page->next)
			for (const char *record = page->data; record < page->data + page->used; record += size_of(record)) {
				size_t *start = &starts[topic_of(record) + 1];
				if (records != NULL)
					records[*start] = record;
				++*start;
			}
}

static int compare_offsets(const void *a, const void *b)
{
	uint64_t left = offset_of(*(const char *const *)a), right = offset_of(*(const char *const *)b);

	return (left > right) - (left < right);
}

/* Documents before the first fault of the lines. */
static bool gather(struct rq_gathered *gathered, const char **records, size_t count, uint64_t limit)
{
	gathered->count = 0;
	for (size_t i = 0; i < count; i++) {
		const char *record = records[i];
		double score;
		memcpy(&score, record + SCORE_AT, sizeof score);
		if (offset_of(record) < limit && !rq_gathered_add(gathered, score, (struct rq_span){record + ID_AT, size_of(record) - ID_AT}))
			return false;
	}
	return true;
}

static struct rq_span topic_name(const struct rq_run_stream *stream, size_t number)
{
	size_t judged = stream->pool->count;
	const char *name = number < judged ? stream->pool->topics[number].judgments->topic : stream->unjudged.names[number - judged];

	return (struct rq_span){name, strlen(name)};
}

static enum rq_status end_topic(struct rq_stream_worker *worker, size_t number, const char **records, size_t count, struct rq_error *err)
{
	struct rq_run_stream *stream = worker->stream;
	struct rq_gathered *gathered = &worker->gathered;
	uint64_t limit = stream->scatter->limit;
	struct rq_twice twice;

	if (!gather(gathered, records, count, limit))
		return rq_fail_memory(err);
	RQ_TRY(rq_gathered_settle(&twice, &worker->dropped, gathered, RQ_DEDUPE_REFUSE, err));
	if (twice.found) { /* which is the first takes the order of the file */
		qsort(records, count, sizeof *records, compare_offsets);
		if (!gather(gathered, records, count, limit))
			return rq_fail_memory(err);
		RQ_TRY(rq_gathered_settle(&twice, &worker->dropped, gathered, stream->reading->dedupe, err));
	}
	if (twice.found) {
		rq_stream_twice(stream, &gathered->entries[twice.second], topic_name(stream, number), offset_of(records[twice.second]), offset_of(records[twice.first]));
		return RQ_OK;
	}
	return rq_stream_show(worker, number < stream->pool->count ? number : RQ_NO_TOPIC, err);
}

static enum rq_status end_part(struct rq_stream_worker *worker, size_t part, struct rq_error *err)
{
	struct rq_run_stream *stream = worker->stream;
	struct sorter *sorter = sorter_of(worker);
	size_t all = stream->pool->count + stream->unjudged.count, topics = all / PARTS + (part < all % PARTS), total = 0;

	if (!RQ_RESERVE(sorter->starts, sorter->starts_capacity, topics + 1))
		return rq_fail_memory(err);
	memset(sorter->starts, 0, (topics + 1) * sizeof *sorter->starts);
	walk_part(stream, part, sorter->starts, NULL);
	for (size_t t = 1; t <= topics; t++) {
		size_t count = sorter->starts[t];
		sorter->starts[t] = total;
		total += count;
	}
	if (!RQ_RESERVE(sorter->records, sorter->records_capacity, total))
		return rq_fail_memory(err);
	walk_part(stream, part, sorter->starts, sorter->records);
	for (size_t t = 0; t < topics; t++) {
		size_t start = sorter->starts[t], count = sorter->starts[t + 1] - start;
		if (count > 0)
			RQ_TRY(end_topic(worker, t * PARTS + part, sorter->records + start, count, err));
	}
	for (size_t w = 0; w < stream->worker_count; w++)
		free_part(&stream->scatter->sorters[w].parts[part]);
	return RQ_OK;
}

static void end_parts(struct rq_stream_worker *worker)
{
	struct rq_run_stream *stream = worker->stream;
	struct rq_error err;

	for (size_t part; (part = atomic_fetch_add(&stream->scatter->next_part, 1)) < PARTS;)
		if (rq_cancel_check(&err) != RQ_OK || end_part(worker, part, &err) != RQ_OK) {
			rq_stream_stop(stream, &err);
			return;
		}
}

static void release(struct rq_scatter *scatter, size_t count)
{
	for (size_t w = 0; w < count; w++) {
		struct sorter *sorter = &scatter->sorters[w];
		for (size_t part = 0; part < PARTS; part++)
			free_part(&sorter->parts[part]);
		rq_ids_release(&sorter->unjudged);
		free(sorter->numbers);
		free(sorter->starts);
		free(sorter->records);
	}
	free(scatter->sorters);
}

void rq_stream_read_scattered(struct rq_run_stream *stream)
{
	struct rq_scatter scatter = {.sorters = calloc(stream->worker_count, sizeof *scatter.sorters)};

	if (scatter.sorters == NULL) {
		rq_stream_stop_memory(stream);
		return;
	}
	stream->scatter = &scatter;
	rq_stream_work(stream, scatter_blocks);
	scatter.limit = stream->fault.kind == RQ_FAULT_NONE ? UINT64_MAX : stream->fault.at;
	if (stream->error.status == RQ_OK)
		rq_stream_work(stream, end_parts);
	release(&scatter, stream->worker_count);
	stream->scatter = NULL;
}
