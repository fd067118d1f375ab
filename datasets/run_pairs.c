/* Runs out of pairs: rankings in score order, documents that stand twice seen to. */
#include "datasets/pairs.h"
#include "datasets/parsers.h"

#include "evalcore/base/system.h"

#include <stdlib.h>
#include <string.h>

struct builder {
	struct rq_run *run;
	struct rq_pairs *pairs;
	char *names;     /* where the next name goes */
	uint32_t *slots; /* a table of one topic's documents, at most half full */
	size_t capacity, mask;
};

static const char *put_name(struct builder *builder, const char *name, size_t length)
{
	char *copy = builder->names;

	memcpy(copy, name, length); /* the arena's memory is zeroed */
	builder->names += length + 1;
	return copy;
}

static bool clear_slots(struct builder *builder, size_t count)
{
	size_t size = 16;

	while (size < 2 * count)
		size *= 2;
	if (!RQ_RESERVE(builder->slots, builder->capacity, size))
		return false;
	memset(builder->slots, 0xFF, size * sizeof *builder->slots);
	builder->mask = size - 1;
	return true;
}

/* The slot of the document, or the empty one where it belongs. A slot holds the number of a pair among `each`. */
static uint32_t *find_slot(const struct builder *builder, const struct rq_pair *each, const struct rq_pair *pair)
{
	size_t slot = rq_hash64(pair->document, pair->length) & builder->mask;

	for (; builder->slots[slot] != RQ_ID_NONE; slot = (slot + 1) & builder->mask) {
		const struct rq_pair *other = &each[builder->slots[slot]];
		if (other->length == pair->length && memcmp(other->document, pair->document, pair->length) == 0)
			break;
	}
	return &builder->slots[slot];
}

/* Moves the pairs that stay to the front and tells how many there are. */
static enum rq_status drop_duplicates(size_t *kept, struct builder *builder, struct rq_pair *each, size_t count, struct rq_error *err)
{
	struct rq_pairs *pairs = builder->pairs;

	*kept = 0;
	if (count > UINT32_MAX / 4)
		return rq_fail(err, RQ_E_DATA, "%s: %zu documents for one topic; expected at most %u", pairs->text->path, count, UINT32_MAX / 4);
	if (!clear_slots(builder, count))
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		uint32_t *slot = find_slot(builder, each, &each[i]);
		if (*slot == RQ_ID_NONE) {
			*slot = (uint32_t)*kept;
			each[(*kept)++] = each[i];
			continue;
		}
		struct rq_pair *first = &each[*slot];
		if (pairs->options->dedupe == RQ_DEDUPE_REFUSE)
			RQ_TRY(rq_pairs_duplicate(pairs, first, &each[i], err));
		else
			pairs->facts.duplicates++;
		if (pairs->options->dedupe == RQ_DEDUPE_BEST && each[i].value > first->value)
			first->value = each[i].value;
	}
	return RQ_OK;
}

static enum rq_status make_ranking(struct builder *builder, const char *topic, struct rq_pair *each, size_t count, struct rq_scored_document *documents,
                                   struct rq_error *err)
{
	struct rq_ranking *ranking = &builder->run->rankings[builder->run->count++];

	*ranking = (struct rq_ranking){.topic = put_name(builder, topic, strlen(topic)), .documents = documents};
	RQ_TRY(drop_duplicates(&ranking->count, builder, each, count, err));
	if (builder->pairs->value == RQ_PAIR_RANK)
		RQ_TRY(rq_pairs_check_ranks(builder->pairs, each, ranking->count, err));
	for (size_t i = 0; i < ranking->count; i++)
		documents[i] = (struct rq_scored_document){put_name(builder, each[i].document, each[i].length), each[i].value};
	rq_ranking_sort(documents, ranking->count);
	return RQ_OK;
}

static int compare_rankings(const void *a, const void *b)
{
	return strcmp(((const struct rq_ranking *)a)->topic, ((const struct rq_ranking *)b)->topic);
}

void rq_run_sort_topics(struct rq_run *run)
{
	qsort(run->rankings, run->count, sizeof *run->rankings, compare_rankings);
}

static enum rq_status build(struct builder *builder, struct rq_error *err)
{
	struct rq_run *run = builder->run;
	struct rq_pairs *pairs = builder->pairs;

	builder->names = rq_arena_alloc(&run->arena, pairs->name_bytes, 1);
	run->rankings = rq_arena_alloc(&run->arena, pairs->topics.count, sizeof *run->rankings);
	struct rq_scored_document *documents = rq_arena_alloc(&run->arena, pairs->count, sizeof *documents);
	if (builder->names == NULL || run->rankings == NULL || documents == NULL)
		return rq_fail_memory(err);
	for (size_t t = 0, start = 0; t < pairs->topics.count; start = pairs->ends[t++]) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(make_ranking(builder, pairs->topics.names[t], &pairs->pairs[start], pairs->ends[t] - start, documents + start, err));
	}
	rq_run_sort_topics(run);
	return RQ_OK;
}

enum rq_status rq_run_from_pairs(struct rq_run *run, struct rq_pairs *pairs, struct rq_error *err)
{
	struct builder builder = {.run = run, .pairs = pairs};

	if (pairs->topics.count == 0)
		return rq_fail(err, RQ_E_DATA, "%s: no documents; expected a score for each", pairs->text->path);
	RQ_TRY(rq_pairs_group(pairs, err));
	enum rq_status status = build(&builder, err);
	free(builder.slots);
	return status;
}
