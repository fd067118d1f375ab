/* A table of distinct ids: string -> number in order of first sight, and back. Reading is thread-safe once filled. */
#ifndef RQ_BASE_IDS_H
#define RQ_BASE_IDS_H

#include "evalcore/base/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RQ_ID_NONE UINT32_MAX

/* A place of the table: part of the id's hash, so that few ids are looked at that are others, and none when the table grows. */
struct rq_ids_slot {
	uint32_t hash, number;
};

struct rq_ids {
	const char **names; /* names[number]; borrowed by everyone, owned here */
	uint32_t count;
	/* internal */
	size_t names_capacity;
	struct rq_ids_slot *slots;
	uint32_t slot_mask;
	struct rq_arena arena;
};

void rq_ids_release(struct rq_ids *ids); /* a zeroed struct is an empty table */
/* Number of the id, added where new; *added tells which (may be NULL). RQ_ID_NONE when memory runs out. */
uint32_t rq_ids_add(struct rq_ids *ids, const char *name, size_t length, bool *added);
uint32_t rq_ids_find(const struct rq_ids *ids, const char *name, size_t length); /* RQ_ID_NONE: not there */

#endif
