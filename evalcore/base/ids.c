#include "evalcore/base/ids.h"

#include "evalcore/base/hash.h"

#include <stdlib.h>
#include <string.h>

void rq_ids_release(struct rq_ids *ids)
{
	free(ids->names);
	free(ids->slots);
	rq_arena_release(&ids->arena);
	*ids = (struct rq_ids){0};
}

/* Slot that holds the id or the empty one where it belongs. Open addressing, linear probing, at most half full. */
static uint32_t find_slot(const struct rq_ids *ids, const char *name, size_t length)
{
	uint32_t slot = (uint32_t)rq_hash64(name, length) & ids->slot_mask;

	for (;; slot = (slot + 1) & ids->slot_mask) {
		uint32_t number = ids->slots[slot];
		if (number == RQ_ID_NONE || (strncmp(ids->names[number], name, length) == 0 && ids->names[number][length] == '\0'))
			return slot;
	}
}

static bool grow_slots(struct rq_ids *ids)
{
	uint32_t size = ids->slots == NULL ? 64 : (ids->slot_mask + 1) * 2;
	uint32_t *slots = size == 0 ? NULL : malloc(size * sizeof *slots);

	if (slots == NULL)
		return false;
	memset(slots, 0xFF, size * sizeof *slots);
	free(ids->slots);
	ids->slots = slots;
	ids->slot_mask = size - 1;
	for (uint32_t i = 0; i < ids->count; i++)
		slots[find_slot(ids, ids->names[i], strlen(ids->names[i]))] = i;
	return true;
}

uint32_t rq_ids_add(struct rq_ids *ids, const char *name, size_t length, bool *added)
{
	if (added != NULL)
		*added = false;
	if ((ids->slots == NULL || ids->count >= ids->slot_mask / 2) && !grow_slots(ids))
		return RQ_ID_NONE;
	uint32_t slot = find_slot(ids, name, length);
	if (ids->slots[slot] != RQ_ID_NONE)
		return ids->slots[slot];
	const char *copy = rq_arena_strndup(&ids->arena, name, length);
	if (copy == NULL || !RQ_RESERVE(ids->names, ids->names_capacity, (size_t)ids->count + 1))
		return RQ_ID_NONE;
	ids->names[ids->count] = copy;
	ids->slots[slot] = ids->count;
	if (added != NULL)
		*added = true;
	return ids->count++;
}

uint32_t rq_ids_find(const struct rq_ids *ids, const char *name, size_t length)
{
	return ids->slots == NULL ? RQ_ID_NONE : ids->slots[find_slot(ids, name, length)];
}
