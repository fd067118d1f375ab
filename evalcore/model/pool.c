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
	uint32_t hash = (uint32_t)rq_hash64(topic, strlen(topic)), slot = hash & pool->slot_mask;

	while (pool->slots[slot].number != 0)
		slot = (slot + 1) & pool->slot_mask;
	pool->slots[slot] = (struct rq_pool_slot){hash, number + 1};
}

/* Which topic follows which, by the line of one judgment each: right for a file whose lines stand together by topic, a guess for others. */
static enum rq_status chain_topics(struct rq_pool *pool, struct rq_error *err)
{
	size_t lines = 2 * pool->qrels->judgments + 2; /* beyond it are comments, or JSON that is spread out */
	RQ_CLEANUP(rq_free_pointer) uint32_t *at_line = calloc(lines, sizeof *at_line);
	uint32_t *last = NULL;

	if (at_line == NULL)
		return rq_fail_memory(err);
	for (size_t t = 0; t < pool->count; t++) {
		const struct rq_topic_judgments *judgments = pool->topics[t].judgments;
		if (judgments->count > 0 && judgments->judgments[0].line < lines)
			at_line[judgments->judgments[0].line] = (uint32_t)t + 1;
	}
	for (size_t line = 0; line < lines; line++) {
		if (at_line[line] == 0)
			continue;
		if (last != NULL)
			*last = at_line[line] - 1;
		last = &pool->next[at_line[line] - 1];
	}
	return RQ_OK;
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
	pool->next = rq_arena_alloc(&pool->arena, qrels->count, sizeof *pool->next);
	pool->slot_mask = (uint32_t)(slots - 1);
	if (hashes == NULL || grades == NULL || pool->topics == NULL || pool->slots == NULL || pool->next == NULL) {
		rq_pool_release(pool);
		return rq_fail_memory(err);
	}
	for (; pool->count < qrels->count; pool->count++) {
		const struct rq_topic_judgments *judgments = &qrels->topics[pool->count];
		fill_topic(&pool->topics[pool->count], judgments, hashes + first, grades + first, first);
		add_slot(pool, (uint32_t)pool->count);
		first += judgments->count;
	}
	enum rq_status status = chain_topics(pool, err);
	if (status != RQ_OK)
		rq_pool_release(pool);
	return status;
}

void rq_pool_release(struct rq_pool *pool)
{
	rq_arena_release(&pool->arena);
	*pool = (struct rq_pool){0};
}

static bool is_topic(const struct rq_pool *pool, size_t number, const char *topic, size_t length)
{
	const char *found = pool->topics[number].judgments->topic;

	return strncmp(found, topic, length) == 0 && found[length] == '\0';
}

size_t rq_pool_find(const struct rq_pool *pool, const char *topic, size_t length)
{
	uint32_t hash = (uint32_t)rq_hash64(topic, length);

	if (pool->count == 0)
		return RQ_NO_TOPIC;
	for (uint32_t slot = hash & pool->slot_mask; pool->slots[slot].number != 0; slot = (slot + 1) & pool->slot_mask)
		if (pool->slots[slot].hash == hash && is_topic(pool, pool->slots[slot].number - 1, topic, length))
			return pool->slots[slot].number - 1;
	return RQ_NO_TOPIC;
}

size_t rq_pool_find_next(const struct rq_pool *pool, size_t last, const char *topic, size_t length)
{
	if (last < pool->count && is_topic(pool, pool->next[last], topic, length))
		return pool->next[last];
	return rq_pool_find(pool, topic, length);
}
