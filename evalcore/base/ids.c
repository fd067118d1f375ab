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

static uint32_t hash_of(const char *name, size_t length)
{
	return (uint32_t)rq_hash64(name, length);
}

/* Slot that holds the id or the empty one where it belongs. Open addressing, linear probing, at most half full. */
static struct rq_ids_slot *find_slot(const struct rq_ids *ids, uint32_t hash, const char *name, size_t length)
{
	for (uint32_t place = hash & ids->slot_mask;; place = (place + 1) & ids->slot_mask) {
		struct rq_ids_slot *slot = &ids->slots[place];
		if (slot->number == RQ_ID_NONE)
			return slot;
		if (slot->hash == hash && strncmp(ids->names[slot->number], name, length) == 0 && ids->names[slot->number][length] == '\0')
			return slot;
	}
}

static bool grow_slots(struct rq_ids *ids)
{
	uint32_t size = ids->slots == NULL ? 64 : (ids->slot_mask + 1) * 2;
	struct rq_ids_slot *slots = size == 0 ? NULL : malloc(size * sizeof *slots);

	if (slots == NULL)
		return false;
	memset(slots, 0xFF, size * sizeof *slots);
	for (size_t i = 0; ids->slots != NULL && i <= ids->slot_mask; i++) {
		if (ids->slots[i].number == RQ_ID_NONE)
			continue;
		uint32_t place = ids->slots[i].hash & (size - 1);
		while (slots[place].number != RQ_ID_NONE)
			place = (place + 1) & (size - 1);
		slots[place] = ids->slots[i];
	}
	free(ids->slots);
	ids->slots = slots;
	ids->slot_mask = size - 1;
	return true;
}

uint32_t rq_ids_add(struct rq_ids *ids, const char *name, size_t length, bool *added)
{
	if (added != NULL)
		*added = false;
	if ((ids->slots == NULL || ids->count >= ids->slot_mask / 2) && !grow_slots(ids))
		return RQ_ID_NONE;
	uint32_t hash = hash_of(name, length);
	struct rq_ids_slot *slot = find_slot(ids, hash, name, length);
	if (slot->number != RQ_ID_NONE)
		return slot->number;
	const char *copy = rq_arena_strndup(&ids->arena, name, length);
	if (copy == NULL || !RQ_RESERVE(ids->names, ids->names_capacity, (size_t)ids->count + 1))
		return RQ_ID_NONE;
	ids->names[ids->count] = copy;
	*slot = (struct rq_ids_slot){hash, ids->count};
	if (added != NULL)
		*added = true;
	return ids->count++;
}

uint32_t rq_ids_find(const struct rq_ids *ids, const char *name, size_t length)
{
	return ids->slots == NULL ? RQ_ID_NONE : find_slot(ids, hash_of(name, length), name, length)->number;
}
