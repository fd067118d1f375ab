/* Builds the inverted index: texts are counted on all threads, words are then numbered in the order of documents, and a counting sort lays the
 * postings of a word side by side. */
#include "evalcore/lexical/postings.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1 << 12 };

/* A text's counted words, until they are postings. */
struct bag {
	struct rq_feature *items;
	size_t count;
};

static void free_bags(struct bag *bags, size_t n)
{
	for (size_t i = 0; bags != NULL && i < n; i++)
		free(bags[i].items);
	free(bags);
}

static enum rq_status keep_bag(void *context, size_t i, const struct rq_features *features, struct rq_error *err)
{
	struct bag *bag = (struct bag *)context + i;

	if (features->count == 0)
		return RQ_OK;
	bag->items = malloc(features->count * sizeof *bag->items);
	if (bag->items == NULL)
		return rq_fail_memory(err);
	memcpy(bag->items, features->items, features->count * sizeof *bag->items);
	bag->count = features->count;
	return RQ_OK;
}

/* The slot of a hash, or the free one where it belongs. Hashes are uniform, so their low bits are; the lowest is the same in all. */
static size_t find_slot(const struct rq_word_slot *slots, size_t slot_count, uint64_t hash)
{
	size_t at = (size_t)(hash >> 1) & (slot_count - 1);

	while (slots[at].word != 0 && slots[at].hash != hash)
		at = (at + 1) & (slot_count - 1);
	return at;
}

/* Twice as many slots. */
static bool grow_slots(struct rq_postings *postings)
{
	size_t grown_count = postings->slot_count == 0 ? FIRST_SLOTS : 2 * postings->slot_count;
	struct rq_word_slot *grown = calloc(grown_count, sizeof *grown);

	if (grown == NULL)
		return false;
	for (size_t i = 0; i < postings->slot_count; i++)
		if (postings->slots[i].word != 0)
			grown[find_slot(grown, grown_count, postings->slots[i].hash)] = postings->slots[i];
	free(postings->slots);
	postings->slots = grown;
	postings->slot_count = grown_count;
	return true;
}

/* How many documents hold each word. */
struct counts {
	size_t *items, capacity;
};

/* The number of a word, a new one where it was not met before. */
static bool number_word(uint32_t *number, struct rq_postings *postings, struct counts *counts, uint64_t hash)
{
	if (2 * postings->words >= postings->slot_count && !grow_slots(postings)) /* half of the slots stay free */
		return false;
	struct rq_word_slot *slot = &postings->slots[find_slot(postings->slots, postings->slot_count, hash)];
	if (slot->word == 0) {
		if (!RQ_RESERVE(counts->items, counts->capacity, postings->words + 1))
			return false;
		counts->items[postings->words++] = 0;
		*slot = (struct rq_word_slot){hash, (uint32_t)postings->words};
	}
	*number = slot->word - 1;
	return true;
}

/* Counts, and puts the number of a word in the place of its hash. */
static enum rq_status number_words(struct rq_postings *postings, struct bag *bags, struct counts *counts, struct rq_error *err)
{
	uint32_t number;

	for (size_t i = 0; i < postings->documents; i++) {
		for (size_t j = 0; j < bags[i].count; j++) {
			if (!number_word(&number, postings, counts, bags[i].items[j].hash))
				return rq_fail_memory(err);
			counts->items[number]++; /* NOLINT(clang-analyzer-core.NullDereference): a word that has a number has its count */
			bags[i].items[j].hash = number;
			postings->lengths[i] += bags[i].items[j].count;
		}
		postings->tokens += postings->lengths[i];
	}
	return RQ_OK;
}

/* From the last document to the first, each word's from its end down: starts[word] is then where they begin. */
static enum rq_status lay_out(struct rq_postings *postings, const struct bag *bags, const size_t *counts, struct rq_error *err)
{
	size_t end = 0;

	postings->starts = rq_arena_alloc(&postings->arena, postings->words + 1, sizeof *postings->starts);
	if (postings->starts == NULL)
		return rq_fail_memory(err);
	for (size_t word = 0; word < postings->words; word++)
		postings->starts[word] = end += counts[word]; /* NOLINT(clang-analyzer-core.NullDereference): as many as words */
	postings->starts[postings->words] = end;
	postings->postings = rq_arena_alloc(&postings->arena, end, sizeof *postings->postings);
	if (postings->postings == NULL)
		return rq_fail_memory(err);
	for (size_t i = postings->documents; i-- > 0;)
		for (size_t j = 0; j < bags[i].count; j++)
			postings->postings[--postings->starts[bags[i].items[j].hash]] = (struct rq_posting){(uint32_t)i, bags[i].items[j].count};
	return RQ_OK;
}

static enum rq_status build(struct rq_postings *postings, struct bag *bags, const char *const *texts, const struct rq_feature_options *options,
                            struct rq_progress *progress, struct rq_error *err)
{
	struct counts counts = {0};

	postings->lengths = rq_arena_alloc(&postings->arena, postings->documents, sizeof *postings->lengths);
	if (bags == NULL || postings->lengths == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_features_each(texts, postings->documents, options, keep_bag, bags, progress, err));
	enum rq_status status = number_words(postings, bags, &counts, err);
	if (status == RQ_OK)
		status = lay_out(postings, bags, counts.items, err);
	free(counts.items);
	return status;
}

enum rq_status rq_postings_build(struct rq_postings *postings, const char *const *texts, size_t n, const struct rq_feature_options *options,
                                 struct rq_progress *progress, struct rq_error *err)
{
	struct bag *bags = calloc(n + 1, sizeof *bags);

	*postings = (struct rq_postings){.documents = n};
	enum rq_status status = build(postings, bags, texts, options, progress, err);
	free_bags(bags, n);
	if (status != RQ_OK)
		rq_postings_release(postings);
	return status;
}

void rq_postings_release(struct rq_postings *postings)
{
	free(postings->slots);
	rq_arena_release(&postings->arena);
	*postings = (struct rq_postings){0};
}

const struct rq_posting *rq_postings_find(size_t *count, const struct rq_postings *postings, uint64_t hash)
{
	uint32_t word = postings->slot_count == 0 ? 0 : postings->slots[find_slot(postings->slots, postings->slot_count, hash)].word;

	*count = word == 0 ? 0 : postings->starts[word] - postings->starts[word - 1];
	return word == 0 ? NULL : postings->postings + postings->starts[word - 1];
}
