#include "evalcore/embed/token/wordpiece.h"

#include "evalcore/base/memory.h"

#include <string.h>

void rq_wordpiece_init(struct rq_wordpiece *wordpiece, struct rq_trie *trie, const char *prefix, uint32_t unknown, size_t longest)
{
	*wordpiece = (struct rq_wordpiece){.trie = *trie, .within = RQ_TRIE_ROOT, .unknown = unknown, .longest = longest};
	*trie = (struct rq_trie){0};
	for (; *prefix != '\0' && wordpiece->within != RQ_TRIE_NONE; prefix++)
		if (!rq_trie_step(&wordpiece->trie, &wordpiece->within, *prefix))
			wordpiece->within = RQ_TRIE_NONE;
}

void rq_wordpiece_release(struct rq_wordpiece *wordpiece)
{
	rq_trie_release(&wordpiece->trie);
	*wordpiece = (struct rq_wordpiece){0};
}

static bool is_too_long(const char *word, size_t length, size_t longest)
{
	size_t characters = 0;

	if (length <= longest)
		return false;
	for (size_t i = 0; i < length; i++)
		characters += ((unsigned char)word[i] & 0xC0) != 0x80;
	return characters > longest;
}

/* Bytes of the longest piece that goes on from the node, and its id; 0: none. */
static inline size_t longest_piece(uint32_t *id, const struct rq_trie *trie, uint32_t node, const char *text, size_t length)
{
	size_t found = 0;

	for (size_t i = 0; i < length && rq_trie_step(trie, &node, text[i]); i++)
		if (trie->units[node].value != RQ_TRIE_NONE) {
			*id = trie->units[node].value;
			found = i + 1;
		}
	return found;
}

enum rq_status rq_wordpiece_encode(struct rq_token_ids *ids, const struct rq_wordpiece *wordpiece, const char *word, size_t length,
                                   struct rq_error *err)
{
	size_t before = ids->count;
	bool known = !is_too_long(word, length, wordpiece->longest);

	if (!RQ_RESERVE(ids->items, ids->capacity, before + length + 1))
		return rq_fail_memory(err);
	for (size_t at = 0, size; known && at < length; at += size) {
		uint32_t node = at == 0 ? RQ_TRIE_ROOT : wordpiece->within;
		size = node == RQ_TRIE_NONE ? 0 : longest_piece(&ids->items[ids->count], &wordpiece->trie, node, word + at, length - at);
		known = size > 0;
		ids->count++;
	}
	if (!known) {
		ids->count = before;
		ids->items[ids->count++] = wordpiece->unknown;
	}
	return RQ_OK;
}
