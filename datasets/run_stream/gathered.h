/* The documents of one topic of a run, in the order of the file, and what becomes of them once the topic is complete: duplicates are found, ranks counted, the
 * judged among them told. */
#ifndef RQ_DATASETS_RUN_STREAM_GATHERED_H
#define RQ_DATASETS_RUN_STREAM_GATHERED_H

#include "datasets/run_stream.h"
#include "datasets/text.h"
#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"

/* An id is `length` bytes, no NUL behind. */
struct rq_entry {
	double score;
	uint64_t hash; /* rq_hash64 of the id */
	const char *id;
	size_t length;
};

/* One to a thread, for one topic after the other. Zero-initialise. */
struct rq_gathered {
	struct rq_entry *entries;
	size_t count, capacity;
	bool descending; /* each score is lower than the one before: known once duplicates were looked for */
	/* internal */
	uint32_t *slots;
	size_t slots_capacity, slot_mask;
	struct rq_ordered *places; /* two arrays of them: sorting goes back and forth */
	size_t places_capacity;
	uint32_t *order, *ranks;
	size_t order_capacity, ranks_capacity;
	struct rq_hit *hits;
	size_t hits_capacity;
	struct rq_tie *ties;
	size_t ties_capacity;
	struct rq_cut *cuts;
	size_t cuts_capacity;
};

void rq_gathered_release(struct rq_gathered *gathered);

/* False: out of memory. The id is borrowed. */
static inline bool rq_gathered_add(struct rq_gathered *gathered, double score, struct rq_span id)
{
	if (gathered->count == gathered->capacity && !RQ_RESERVE(gathered->entries, gathered->capacity, gathered->count + 1))
		return false;
	gathered->entries[gathered->count++] = (struct rq_entry){score, rq_hash64(id.at, id.length), id.at, id.length};
	return true;
}

/* What was found twice: entries[first] and, later in the file, entries[second]. */
struct rq_twice {
	bool found;
	size_t first, second;
};

/* Looks for duplicates, which are refused (*twice tells the first), or dropped and counted. E_NOMEM; E_DATA where there are too many documents to number. */
RQ_MUST_USE enum rq_status rq_gathered_settle(struct rq_twice *twice, size_t *dropped, struct rq_gathered *gathered, enum rq_dedupe dedupe,
                                              struct rq_error *err);

/* Settled: the ranking as metrics read it, and what it is like at each of reading->cutoffs, in memory of `gathered` and of the pool. */
RQ_MUST_USE enum rq_status rq_gathered_judge(struct rq_judged_ranking *ranking, const struct rq_cut **cuts, struct rq_gathered *gathered,
                                             const struct rq_pool_topic *topic, const struct rq_reading *reading, struct rq_error *err);

/* gathered->order[r]: the entry at rank r + 1, for the first `wanted` ranks at least. Score descending, equal ones by id. */
RQ_MUST_USE enum rq_status rq_gathered_order(struct rq_gathered *gathered, size_t wanted, struct rq_error *err);
/* Whether an id stands before another one: by bytes, descending. */
bool rq_id_before(const struct rq_entry *a, const struct rq_entry *b);

#endif
