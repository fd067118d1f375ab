/* A trie over bytes as a double array: a step is an exclusive or and a comparison. What the tokenisers look pieces up in. */
#ifndef RQ_EMBED_TOKEN_TRIE_H
#define RQ_EMBED_TOKEN_TRIE_H

#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RQ_TRIE_NONE UINT32_MAX
enum { RQ_TRIE_ROOT = 0 };

/* A node: the child by byte b is unit base ^ b, if that one's parent is this node. */
struct rq_trie_unit {
	uint32_t base, parent;
	uint32_t value; /* RQ_TRIE_NONE: no key ends here */
};

/* Reading is thread-safe. */
struct rq_trie {
	struct rq_trie_unit *units; /* whole blocks of 256, so that every base ^ b is one of them */
	size_t count;
};

struct rq_trie_key {
	const char *bytes;
	size_t length;
	uint32_t value; /* less than RQ_TRIE_NONE */
};

/* Sorts the keys. Of equal ones that with the largest value counts. */
RQ_MUST_USE enum rq_status rq_trie_build(struct rq_trie *trie, struct rq_trie_key *keys, size_t n, struct rq_error *err);
void rq_trie_release(struct rq_trie *trie);

/* From *node on by a byte; false, and *node as it was, where no key goes on with it. */
static inline bool rq_trie_step(const struct rq_trie *trie, uint32_t *node, char byte)
{
	uint32_t child = trie->units[*node].base ^ (unsigned char)byte;

	if (trie->units[child].parent != *node)
		return false;
	*node = child;
	return true;
}

/* The whole key's value, or RQ_TRIE_NONE. */
uint32_t rq_trie_find(const struct rq_trie *trie, const char *bytes, size_t length);

#endif
