/* Judgments made ready for joins. */
#include "evalcore/model/pool.h"

#include <stdlib.h>
#include <string.h>

enum { TOPICS_MAXIMUM = 1 << 30 };

static int compare_descending(const void *a, const void *b)
{
	int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;

	return (left < right) - (left > right);
}

static void fill_topic(struct rq_pool_topic *topic, const struct rq_topic_judgments *judgments, uint64_t *hashes, int32_t *grades, size_t first)
{
	size_t judged = 0, ideal = 0;

	for (size_t i = 0; i < judgments->count; i++) {
		const struct rq_judgment *judgment = &judgments->judgments[i];
		hashes[i] = rq_hash64(judgment->document, strlen(judgment->document));
		if (judgment->grade >= 0)
			grades[judged++] = judgment->grade;
		ideal += judgment->grade > 0;
	}
	if (judged > 1)
		qsort(grades, judged, sizeof *grades, compare_descending);
	*topic = (struct rq_pool_topic){judgments, hashes, grades, judged, ideal, first};
}

static void add_slot(struct rq_pool *pool, uint32_t number)
{
	const char *topic = pool->topics[number].judgments->topic;
	size_t length = strlen(topic);
	uint32_t slot = (uint32_t)rq_hash64(topic, length) & pool->slot_mask;

	while (pool->slots[slot].topic != NULL)
		slot = (slot + 1) & pool->slot_mask;
	pool->slots[slot] = (struct rq_pool_slot){topic, (uint32_t)length, number};
}

enum rq_status rq_pool_make(struct rq_pool *pool, const struct rq_qrels *qrels, struct rq_error *err)
{
	size_t slots = 16, first = 0;

	*pool = (struct rq_pool){.qrels = qrels};
	if (qrels->count > TOPICS_MAXIMUM)
		return rq_fail(err, RQ_E_DATA, "%zu judged topics; expected at most %d", qrels->count, TOPICS_MAXIMUM);
	while (slots < 2 * qrels->count)
		slots *= 2;
	uint64_t *hashes = rq_arena_alloc(&pool->arena, qrels->judgments, sizeof *hashes);
	int32_t *grades = rq_arena_alloc(&pool->arena, qrels->judgments, sizeof *grades);
	pool->topics = rq_arena_alloc(&pool->arena, qrels->count, sizeof *pool->topics);
	pool->slots = rq_arena_alloc(&pool->arena, slots, sizeof *pool->slots);
	pool->slot_mask = (uint32_t)(slots - 1);
	if (hashes == NULL || grades == NULL || pool->topics == NULL || pool->slots == NULL) {
		rq_pool_release(pool);
		return rq_fail_memory(err);
	}
	for (; pool->count < qrels->count; pool->count++) {
		const struct rq_topic_judgments *judgments = &qrels->topics[pool->count];
		fill_topic(&pool->topics[pool->count], judgments, hashes + first, grades + first, first);
		add_slot(pool, (uint32_t)pool->count);
		first += judgments->count;
	}
	return RQ_OK;
}

void rq_pool_release(struct rq_pool *pool)
{
	rq_arena_release(&pool->arena);
	*pool = (struct rq_pool){0};
}

size_t rq_pool_find(const struct rq_pool *pool, const char *topic, size_t length)
{
	if (pool->count == 0)
		return RQ_NO_TOPIC;
	for (uint32_t slot = (uint32_t)rq_hash64(topic, length) & pool->slot_mask; pool->slots[slot].topic != NULL; slot = (slot + 1) & pool->slot_mask) {
		const struct rq_pool_slot *found = &pool->slots[slot];
		if (found->length == length && memcmp(found->topic, topic, length) == 0)
			return found->number;
	}
	return RQ_NO_TOPIC;
}
