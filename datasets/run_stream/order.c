/* The order of a ranking that does not stand in it already: a merge sort over keys, which looks at ids only where scores are equal, and leaves out what stands
 * below the ranks that are asked for. */
#include "datasets/run_stream/gathered.h"

#include <stdlib.h>
#include <string.h>

enum { RUN = 8 }; /* what insertion sorts */

struct rq_ordered {
	uint64_t key; /* ascending where scores descend */
	uint32_t entry;
};

static uint64_t key_of(double score)
{
	const uint64_t sign = (uint64_t)1 << 63;
	double unsigned_zero = score + 0.0;
	uint64_t bits;

	memcpy(&bits, &unsigned_zero, sizeof bits);
	return bits & sign ? bits : ~bits & ~sign;
}

bool rq_id_before(const struct rq_entry *a, const struct rq_entry *b)
{
	int compared = memcmp(a->id, b->id, a->length < b->length ? a->length : b->length);

	return compared != 0 ? compared > 0 : a->length > b->length;
}

static inline bool before(const struct rq_entry *entries, const struct rq_ordered *a, const struct rq_ordered *b)
{
	return a->key != b->key ? a->key < b->key : rq_id_before(&entries[a->entry], &entries[b->entry]);
}

static void sort_run(struct rq_ordered *places, size_t count, const struct rq_entry *entries)
{
	for (size_t i = 1; i < count; i++) {
		struct rq_ordered place = places[i];
		size_t j = i;
		for (; j > 0 && before(entries, &place, &places[j - 1]); j--)
			places[j] = places[j - 1];
		places[j] = place;
	}
}

/* from[0 .. middle) and from[middle .. count), each in order. */
static void merge(struct rq_ordered *to, const struct rq_ordered *from, size_t middle, size_t count, const struct rq_entry *entries)
{
	const struct rq_ordered *left = from, *right = from + middle, *left_end = right, *right_end = from + count;

	while (left < left_end && right < right_end) {
		bool take_right = right->key < left->key; /* no branch: which it will be nobody can tell */
		if (right->key == left->key)
			take_right = rq_id_before(&entries[right->entry], &entries[left->entry]);
		*to++ = *(take_right ? right : left);
		right += take_right;
		left += !take_right;
	}
	memcpy(to, left, (size_t)(left_end - left) * sizeof *to);
	memcpy(to + (left_end - left), right, (size_t)(right_end - right) * sizeof *to);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Returns which of the two arrays is in order. */
static struct rq_ordered *sort(struct rq_ordered *places, struct rq_ordered *other, size_t count, const struct rq_entry *entries)
{
	for (size_t at = 0; at < count; at += RUN)
		sort_run(places + at, smaller(RUN, count - at), entries);
	for (size_t width = RUN; width < count; width *= 2) {
		for (size_t at = 0; at < count; at += 2 * width)
			merge(other + at, places + at, smaller(width, count - at), smaller(2 * width, count - at), entries);
		struct rq_ordered *swapped = places;
		places = other;
		other = swapped;
	}
	return places;
}

/* Sifts the root of a heap down to where it belongs: the largest key is on top. */
static void sift(uint64_t *heap, size_t size)
{
	uint64_t key = heap[0];
	size_t at = 0;

	for (size_t child; (child = 2 * at + 1) < size; at = child) {
		child += child + 1 < size && heap[child + 1] > heap[child];
		if (heap[child] <= key)
			break;
		heap[at] = heap[child];
	}
	heap[at] = key;
}

static int compare_keys_descending(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left < right) - (left > right);
}

/* Moves the first `wanted` ranks to the front, in no order, and what is equal to the last of them. Returns how many these are. */
static size_t select_first(struct rq_ordered *places, size_t count, size_t wanted, uint64_t *heap)
{
	size_t kept = 0;

	for (size_t i = 0; i < wanted; i++)
		heap[i] = places[i].key;
	qsort(heap, wanted, sizeof *heap, compare_keys_descending);
	for (size_t i = wanted; i < count; i++)
		if (places[i].key < heap[0]) {
			heap[0] = places[i].key;
			sift(heap, wanted);
		}
	for (size_t i = 0; i < count; i++)
		if (places[i].key <= heap[0])
			places[kept++] = places[i];
	return kept;
}

enum rq_status rq_gathered_order(struct rq_gathered *gathered, size_t wanted, struct rq_error *err)
{
	const struct rq_entry *entries = gathered->entries;
	size_t count = gathered->count, sorted = 1;

	if (!RQ_RESERVE(gathered->places, gathered->places_capacity, 2 * count) || !RQ_RESERVE(gathered->order, gathered->order_capacity, count))
		return rq_fail_memory(err);
	struct rq_ordered *places = gathered->places, *other = places + count;
	for (size_t i = 0; i < count; i++)
		places[i] = (struct rq_ordered){key_of(entries[i].score), (uint32_t)i};
	while (sorted < count && before(entries, &places[sorted - 1], &places[sorted]))
		sorted++;
	if (sorted < count && wanted < count / 2)
		count = select_first(places, count, wanted, (uint64_t *)(void *)other);
	if (sorted < gathered->count)
		places = sort(places, other, count, entries);
	for (size_t i = 0; i < count; i++)
		gathered->order[i] = places[i].entry;
	return RQ_OK;
}
