/* Duplicates are found by hash, and judged documents by the same table: what a topic costs depends on its judgments, not on what was retrieved. Nothing is
 * sorted that stands in order. */
#include "datasets/run_stream/gathered.h"

#include <stdlib.h>
#include <string.h>

enum {
	HITS_INSERTED = 16,
	HITS_COUNTED = 8, /* for which counting what stands before them is quicker than sorting a thousand documents */
};

static const uint32_t NO_ENTRY = UINT32_MAX;

void rq_gathered_release(struct rq_gathered *gathered)
{
	free(gathered->entries);
	free(gathered->slots);
	free(gathered->places);
	free(gathered->order);
	free(gathered->ranks);
	free(gathered->hits);
	free(gathered->ties);
	free(gathered->cuts);
	*gathered = (struct rq_gathered){0};
}

/* An empty table, at most half full in the end. */
static enum rq_status begin_slots(struct rq_gathered *gathered, struct rq_error *err)
{
	size_t size = 16;

	if (gathered->count > UINT32_MAX / 4)
		return rq_fail(err, RQ_E_DATA, "%zu documents for one topic; expected at most %u", gathered->count, UINT32_MAX / 4);
	while (size < 2 * gathered->count)
		size *= 2;
	if (!RQ_RESERVE(gathered->slots, gathered->slots_capacity, size))
		return rq_fail_memory(err);
	memset(gathered->slots, 0xFF, size * sizeof *gathered->slots);
	gathered->slot_mask = size - 1;
	return RQ_OK;
}

/* The slot of an equal entry, or the empty one for this. */
static inline size_t find_slot(const struct rq_gathered *gathered, const struct rq_entry *entry)
{
	size_t slot = entry->hash & gathered->slot_mask;

	for (; gathered->slots[slot] != NO_ENTRY; slot = (slot + 1) & gathered->slot_mask) {
		const struct rq_entry *other = &gathered->entries[gathered->slots[slot]];
		if (other->hash == entry->hash && other->length == entry->length && memcmp(other->id, entry->id, entry->length) == 0)
			break;
	}
	return slot;
}

enum rq_status rq_gathered_settle(struct rq_twice *twice, size_t *dropped, struct rq_gathered *gathered, enum rq_dedupe dedupe, struct rq_error *err)
{
	struct rq_entry *entries = gathered->entries;
	size_t kept = 0;
	bool descending = true;

	*twice = (struct rq_twice){0};
	RQ_TRY(begin_slots(gathered, err));
	for (size_t i = 0; i < gathered->count; i++) {
		size_t slot = find_slot(gathered, &entries[i]);
		uint32_t other = gathered->slots[slot];
		if (other != NO_ENTRY && dedupe == RQ_DEDUPE_REFUSE) {
			*twice = (struct rq_twice){true, other, i};
			return RQ_OK;
		}
		if (other != NO_ENTRY) {
			if (dedupe == RQ_DEDUPE_BEST && entries[i].score > entries[other].score) {
				entries[other].score = entries[i].score;
				descending = false; /* perhaps: it will be looked at again */
			}
			continue;
		}
		descending &= kept == 0 || entries[kept - 1].score > entries[i].score;
		if (kept < i)
			entries[kept] = entries[i];
		gathered->slots[slot] = (uint32_t)kept++;
	}
	*dropped += gathered->count - kept;
	gathered->count = kept;
	gathered->descending = descending;
	return RQ_OK;
}

static uint32_t find_judged(const struct rq_gathered *gathered, const char *document, uint64_t hash)
{
	uint32_t number;

	for (size_t slot = hash & gathered->slot_mask; (number = gathered->slots[slot]) != NO_ENTRY; slot = (slot + 1) & gathered->slot_mask) {
		const struct rq_entry *entry = &gathered->entries[number];
		if (entry->hash == hash && strncmp(document, entry->id, entry->length) == 0 && document[entry->length] == '\0')
			break;
	}
	return number;
}

/* Retrieved documents of the qrels, with the number of their entry as rank. */
static size_t find_hits(struct rq_gathered *gathered, const struct rq_pool_topic *topic)
{
	size_t count = 0;

	for (size_t i = 0; i < topic->judgments->count; i++) {
		const struct rq_judgment *judgment = &topic->judgments->judgments[i];
		uint32_t entry = find_judged(gathered, judgment->document, topic->hashes[i]);
		if (entry != NO_ENTRY)
			gathered->hits[count++] = (struct rq_hit){entry, judgment->grade, (uint32_t)i};
	}
	return count;
}

static int compare_ranks(const void *a, const void *b)
{
	uint32_t left = ((const struct rq_hit *)a)->rank, right = ((const struct rq_hit *)b)->rank;

	return (left > right) - (left < right);
}

static void sort_hits(struct rq_hit *hits, size_t count)
{
	if (count > HITS_INSERTED) {
		qsort(hits, count, sizeof *hits, compare_ranks);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct rq_hit hit = hits[i];
		size_t j = i;
		for (; j > 0 && hits[j - 1].rank > hit.rank; j--)
			hits[j] = hits[j - 1];
		hits[j] = hit;
	}
}

/* The hits of a ranking in order, or put in order. */
static enum rq_status number_ranks(struct rq_gathered *gathered, size_t hits, struct rq_error *err)
{
	if (!gathered->descending) {
		RQ_TRY(rq_gathered_order(gathered, gathered->count, err));
		if (!RQ_RESERVE(gathered->ranks, gathered->ranks_capacity, gathered->count))
			return rq_fail_memory(err);
		for (size_t i = 0; i < gathered->count; i++)
			gathered->ranks[gathered->order[i]] = (uint32_t)i;
	}
	for (size_t i = 0; i < hits; i++)
		gathered->hits[i].rank = 1 + (gathered->descending ? gathered->hits[i].rank : gathered->ranks[gathered->hits[i].rank]);
	sort_hits(gathered->hits, hits);
	return RQ_OK;
}

/* The rank of an entry without an order, and in *tie the ranks of equal scores. */
static uint32_t count_rank(struct rq_tie *tie, const struct rq_gathered *gathered, const struct rq_entry *entry)
{
	uint32_t higher = 0, equal = 0, before = 0;

	for (size_t i = 0; i < gathered->count; i++) {
		higher += gathered->entries[i].score > entry->score;
		equal += gathered->entries[i].score == entry->score;
	}
	for (size_t i = 0; i < gathered->count && equal > 1; i++)
		before += gathered->entries[i].score == entry->score && rq_id_before(&gathered->entries[i], entry);
	*tie = (struct rq_tie){higher + 1, higher + equal};
	return higher + before + 1;
}

/* The few hits of a ranking that is in no order; ties[i] is that of hit i, of one rank or more. */
static void count_ranks(struct rq_gathered *gathered, size_t hits)
{
	for (size_t i = 0; i < hits; i++) {
		struct rq_hit hit = gathered->hits[i];
		struct rq_tie tie;
		size_t j = i;
		hit.rank = count_rank(&tie, gathered, &gathered->entries[hit.rank]);
		for (; j > 0 && gathered->hits[j - 1].rank > hit.rank; j--) {
			gathered->hits[j] = gathered->hits[j - 1];
			gathered->ties[j] = gathered->ties[j - 1];
		}
		gathered->hits[j] = hit;
		gathered->ties[j] = tie;
	}
}

/* Of those, each once that is one and begins among the first `count` ranks. */
static size_t keep_ties(struct rq_tie *ties, size_t hits, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < hits && ties[i].first <= count; i++)
		if (ties[i].first < ties[i].last && (kept == 0 || ties[kept - 1].first != ties[i].first))
			ties[kept++] = ties[i];
	return kept;
}

static const struct rq_entry *at_rank(const struct rq_gathered *gathered, size_t rank)
{
	return &gathered->entries[gathered->descending ? rank - 1 : gathered->order[rank - 1]];
}

/* Judged documents only: of the first `hits`, ranks are counted anew, and the order is theirs. Those past them follow. */
static enum rq_status drop_unjudged(size_t *hits, struct rq_gathered *gathered, size_t past, struct rq_error *err)
{
	size_t kept = 0;

	if (!RQ_RESERVE(gathered->order, gathered->order_capacity, *hits))
		return rq_fail_memory(err);
	for (size_t i = 0; i < *hits; i++) {
		struct rq_hit *hit = &gathered->hits[i];
		if (hit->grade < 0)
			continue;
		gathered->order[kept] = (uint32_t)(at_rank(gathered, hit->rank) - gathered->entries); /* kept < hit->rank: nothing is lost that is looked at later */
		gathered->hits[kept] = (struct rq_hit){(uint32_t)(kept + 1), hit->grade, hit->judgment};
		kept++;
	}
	memmove(gathered->hits + kept, gathered->hits + *hits, past * sizeof *gathered->hits);
	*hits = kept;
	gathered->descending = false;
	return RQ_OK;
}

/* Ties among the first `end` ranks that begin among the first `count`. */
static size_t find_ties(struct rq_gathered *gathered, size_t hits, size_t end, size_t count)
{
	size_t ties = 0;
	uint32_t last = 0;

	for (size_t i = 0; i < hits; i++) {
		uint32_t first = gathered->hits[i].rank;
		if (first <= last)
			continue;
		double score = at_rank(gathered, first)->score;
		for (last = first; last < end && at_rank(gathered, last + 1)->score == score; last++)
			continue;
		for (; first > 1 && at_rank(gathered, first - 1)->score == score; first--)
			continue;
		if (first > count)
			break;
		if (first < last)
			gathered->ties[ties++] = (struct rq_tie){first, last};
	}
	return ties;
}

static bool tie_at(const struct rq_gathered *gathered, size_t cutoff)
{
	return cutoff > 0 && at_rank(gathered, cutoff)->score == at_rank(gathered, cutoff + 1)->score;
}

/* `count` documents count; `straddled` tells whether equal scores stand behind them. */
static void look_at_cuts(struct rq_gathered *gathered, const struct rq_reading *reading, size_t count, bool straddled)
{
	const uint64_t start = 0x9E3779B97F4A7C15u;
	uint64_t prefix = start;
	size_t rank = 0;

	for (size_t i = 0; i < reading->cutoff_count; i++) {
		size_t cutoff = reading->cutoffs[i], stop = cutoff < count ? cutoff : count;
		if (stop < rank) {
			prefix = start;
			rank = 0;
		}
		for (; reading->prefixes && rank < stop; rank++)
			prefix = ((prefix << 5 | prefix >> 59) ^ at_rank(gathered, rank + 1)->hash) * start;
		bool tie = cutoff < count ? tie_at(gathered, cutoff) : straddled;
		gathered->cuts[i] = (struct rq_cut){tie, reading->prefixes ? prefix : 0};
	}
}

/* Ranks of the hits; *counted where they were counted, and no order is there but for the depth and cutoffs above it. */
static enum rq_status find_ranks(bool *counted, struct rq_gathered *gathered, size_t hits, size_t depth, const struct rq_reading *reading, struct rq_error *err)
{
	size_t wanted = depth < gathered->count ? depth + 1 : 0;

	*counted = !gathered->descending && !reading->judged_only && hits <= HITS_COUNTED;
	for (size_t i = 0; i < reading->cutoff_count && depth == gathered->count; i++) {
		size_t ranks = reading->cutoffs[i] < gathered->count ? reading->cutoffs[i] + 1 : reading->prefixes ? gathered->count : 0;
		wanted = ranks > wanted ? ranks : wanted;
	}
	if (!*counted)
		return hits > 0 || wanted > 0 ? number_ranks(gathered, hits, err) : RQ_OK;
	count_ranks(gathered, hits);
	return wanted > 0 ? rq_gathered_order(gathered, wanted, err) : RQ_OK;
}

enum rq_status rq_gathered_judge(struct rq_judged_ranking *ranking, const struct rq_cut **cuts, struct rq_gathered *gathered,
                                 const struct rq_pool_topic *topic, const struct rq_reading *reading, struct rq_error *err)
{
	size_t all = gathered->count, count = reading->depth > 0 && reading->depth < all ? reading->depth : all, judgments = topic->judgments->count;

	if (!RQ_RESERVE(gathered->hits, gathered->hits_capacity, judgments) || !RQ_RESERVE(gathered->ties, gathered->ties_capacity, judgments) ||
	    !RQ_RESERVE(gathered->cuts, gathered->cuts_capacity, reading->cutoff_count))
		return rq_fail_memory(err);
	size_t hits = find_hits(gathered, topic), past = 0, ties = 0;
	bool counted;
	RQ_TRY(find_ranks(&counted, gathered, hits, count, reading, err));
	bool straddled = count < all && tie_at(gathered, count);
	for (; hits > 0 && gathered->hits[hits - 1].rank > count; hits--)
		past++;
	if (reading->judged_only) {
		RQ_TRY(drop_unjudged(&hits, gathered, past, err));
		ties = find_ties(gathered, hits, hits, hits);
		count = hits;
	} else if (!gathered->descending) {
		ties = counted ? keep_ties(gathered->ties, hits + past, count) : find_ties(gathered, hits + past, all, count);
	}
	look_at_cuts(gathered, reading, count, straddled);
	*ranking = (struct rq_judged_ranking){gathered->hits, hits, count, topic->judged, topic->judged_count, topic->ideal_count, gathered->ties, ties, past};
	*cuts = gathered->cuts;
	return RQ_OK;
}
