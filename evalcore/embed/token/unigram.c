/* The search for the best path: forward over starts, each of which offers the pieces that begin there to the places where they end; then back along
 * the last pieces. */
#include "evalcore/embed/token/unigram.h"

#include "evalcore/base/memory.h"
#include "evalcore/embed/token/characters.h"

#include <math.h>
#include <stdlib.h>

static const double UNKNOWN_PENALTY = 10; /* as SentencePiece has it */

enum rq_status rq_unigram_init(struct rq_unigram *unigram, const struct rq_unigram_piece *pieces, uint32_t count, uint32_t first, uint32_t unknown,
                               enum rq_unigram_search search, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_trie_key *keys = calloc((size_t)count + 1, sizeof *keys);
	double least = INFINITY;
	size_t matching = 0;

	*unigram = (struct rq_unigram){.count = count, .unknown = unknown, .search = search};
	unigram->scores = calloc((size_t)count + 1, sizeof *unigram->scores);
	if (keys == NULL || unigram->scores == NULL) {
		rq_unigram_release(unigram);
		return rq_fail_memory(err);
	}
	for (uint32_t id = 0; id < count; id++) {
		unigram->scores[id] = pieces[id].score;
		least = fmin(least, pieces[id].score);
		if (id >= first && pieces[id].length > 0)
			keys[matching++] = (struct rq_trie_key){pieces[id].text, pieces[id].length, id};
	}
	unigram->unknown_score = least - UNKNOWN_PENALTY;
	enum rq_status status = rq_trie_build(&unigram->trie, keys, matching, err);
	if (status != RQ_OK)
		rq_unigram_release(unigram);
	return status;
}

void rq_unigram_release(struct rq_unigram *unigram)
{
	rq_trie_release(&unigram->trie);
	free(unigram->scores);
	*unigram = (struct rq_unigram){0};
}

void rq_unigram_scratch_release(struct rq_unigram_scratch *scratch)
{
	free(scratch->steps);
	free(scratch->ends);
	*scratch = (struct rq_unigram_scratch){0};
}

/* A path that gets to `step` by the piece `id`. */
static inline void offer(struct rq_unigram_step *step, enum rq_unigram_search search, double score, size_t length, uint32_t id)
{
	bool better = search == RQ_UNIGRAM_USE ? step->score == 0 || score >= step->score : step->length == 0 || score > step->score;

	if (better)
		*step = (struct rq_unigram_step){.score = score, .length = (uint32_t)length, .id = id};
}

static inline void search_paths(struct rq_unigram_step *steps, const struct rq_unigram *unigram, enum rq_unigram_search search, const char *text,
                                size_t length)
{
	const struct rq_trie *trie = &unigram->trie;

	for (size_t start = 0, size; start < length; start += size) {
		uint32_t node = RQ_TRIE_ROOT;
		bool alone = false, any = false;
		size = rq_utf8_size(text[start]);
		for (size_t end = start; end < length && rq_trie_step(trie, &node, text[end]); end++) {
			uint32_t id = trie->units[node].value;
			if (id == RQ_TRIE_NONE)
				continue;
			offer(&steps[end + 1], search, unigram->scores[id] + steps[start].score, end + 1 - start, id);
			alone |= end + 1 - start == size;
			any = true;
		}
		if (search == RQ_UNIGRAM_USE && !any)
			offer(&steps[start + size], search, steps[start].score, size, unigram->unknown);
		if (search == RQ_UNIGRAM_SENTENCEPIECE && !alone)
			offer(&steps[start + size], search, unigram->unknown_score + steps[start].score, size, unigram->unknown);
	}
}

/* Ends of the tokens along the best path, last first. */
static size_t walk_back(uint32_t *ends, const struct rq_unigram_step *steps, const char *text, size_t length)
{
	size_t count = 0;

	for (size_t end = length; end > 0;) {
		ends[count++] = (uint32_t)end;
		size_t size = steps[end].length;
		if (size == 0) /* no piece ends here: one character */
			for (size = 1; ((unsigned char)text[end - size] & 0xC0) == 0x80; size++)
				;
		end -= size;
	}
	return count;
}

/* The id of characters that are all unknown: a piece that lost to them, or that of the unknown. */
static uint32_t unknown_id(const struct rq_unigram *unigram, const char *text, size_t length)
{
	uint32_t id = rq_trie_find(&unigram->trie, text, length);

	return id == RQ_TRIE_NONE ? unigram->unknown : id;
}

enum rq_status rq_unigram_encode(struct rq_token_ids *ids, const struct rq_unigram *unigram, struct rq_unigram_scratch *scratch, const char *text,
                                 size_t length, struct rq_error *err)
{
	if (length >= UINT32_MAX)
		return rq_fail(err, RQ_E_DATA, "a text of %zu bytes; expected less than 4 GiB: cut it into passages", length);
	if (!RQ_RESERVE(scratch->steps, scratch->step_capacity, length + 1) || !RQ_RESERVE(scratch->ends, scratch->end_capacity, length + 1))
		return rq_fail_memory(err);
	for (size_t i = 0; i <= length; i++)
		scratch->steps[i] = (struct rq_unigram_step){.id = unigram->unknown};
	if (unigram->search == RQ_UNIGRAM_USE)
		search_paths(scratch->steps, unigram, RQ_UNIGRAM_USE, text, length);
	else
		search_paths(scratch->steps, unigram, RQ_UNIGRAM_SENTENCEPIECE, text, length);
	size_t tokens = walk_back(scratch->ends, scratch->steps, text, length);
	if (!RQ_RESERVE(ids->items, ids->capacity, ids->count + tokens))
		return rq_fail_memory(err);
	for (size_t from = 0; tokens-- > 0;) {
		size_t end = scratch->ends[tokens];
		uint32_t id = scratch->steps[end].id;
		bool goes_on = tokens > 0 && scratch->steps[scratch->ends[tokens - 1]].id == unigram->unknown;
		if (id == unigram->unknown && goes_on)
			continue;
		bool may_be_one = id == unigram->unknown && unigram->search == RQ_UNIGRAM_SENTENCEPIECE;
		ids->items[ids->count++] = may_be_one ? unknown_id(unigram, text + from, end - from) : id;
		from = end;
	}
	return RQ_OK;
}
