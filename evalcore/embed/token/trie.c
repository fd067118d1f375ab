/* Builds the double array breadth first over the sorted keys: the children of a node go to the first free places where all of them fit (Aoe: An
 * efficient digital search algorithm by using a double-array structure, IEEE Transactions on Software Engineering 15(9), 1989). */
#include "evalcore/embed/token/trie.h"

#include "evalcore/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256, TRIES = 128 /* places looked at before a block is added */ };

/* The parent of a unit that is nobody's; the root's own is RQ_TRIE_NONE. Free units are a ring: base is the next one, value the one before. */
#define FREE (UINT32_MAX - 1)

static int compare_keys(const void *a, const void *b)
{
	const struct rq_trie_key *x = a, *y = b;
	int bytes = memcmp(x->bytes, y->bytes, x->length < y->length ? x->length : y->length);

	if (bytes != 0)
		return bytes;
	if (x->length != y->length)
		return x->length < y->length ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

/* Keys first to last - 1 begin with the `depth` bytes that lead to the node. */
struct task {
	uint32_t node;
	size_t first, last, depth;
};

struct building {
	struct rq_trie *trie;
	size_t capacity;
	uint32_t free; /* the first free unit; RQ_TRIE_NONE: none */
	const struct rq_trie_key *keys;
	struct task *tasks; /* a queue */
	size_t task_count, task_capacity;
};

static bool add_block(struct building *building)
{
	struct rq_trie *trie = building->trie;
	uint32_t first = (uint32_t)trie->count, last = first + BLOCK - 1, head = building->free;

	if (trie->count > FREE - 2 * BLOCK || !RQ_RESERVE(trie->units, building->capacity, trie->count + BLOCK))
		return false;
	for (uint32_t unit = first; unit <= last; unit++)
		trie->units[trie->count++] = (struct rq_trie_unit){.base = unit + 1, .parent = FREE, .value = unit - 1};
	if (head == RQ_TRIE_NONE)
		head = building->free = first;
	uint32_t tail = head == first ? last : trie->units[head].value;
	trie->units[tail].base = first;
	trie->units[first].value = tail;
	trie->units[last].base = head;
	trie->units[head].value = last;
	return true;
}

/* A free unit becomes a node without children. */
static void take(struct building *building, uint32_t node, uint32_t parent)
{
	struct rq_trie_unit *units = building->trie->units, *unit = &units[node];

	units[unit->value].base = unit->base;
	units[unit->base].value = unit->value;
	if (building->free == node)
		building->free = unit->base == node ? RQ_TRIE_NONE : unit->base;
	*unit = (struct rq_trie_unit){.parent = parent, .value = RQ_TRIE_NONE};
}

static bool fits(const struct rq_trie *trie, uint32_t base, const unsigned char *labels, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (trie->units[base ^ labels[i]].parent != FREE)
			return false;
	return true;
}

/* A base for children by these labels, in a block of its own if need be. RQ_TRIE_NONE: out of memory. */
static uint32_t find_base(struct building *building, const unsigned char *labels, size_t n)
{
	uint32_t unit = building->free, fresh = (uint32_t)building->trie->count;

	for (size_t i = 0; i < TRIES && unit != RQ_TRIE_NONE; i++) {
		if (fits(building->trie, unit ^ labels[0], labels, n))
			return unit ^ labels[0];
		unit = building->trie->units[unit].base;
	}
	return add_block(building) ? fresh : RQ_TRIE_NONE;
}

/* Gives the task's node its value and its children. */
static bool add_children(struct building *building, struct task task)
{
	const struct rq_trie_key *keys = building->keys;
	unsigned char labels[BLOCK];
	size_t n = 0;

	for (; task.first < task.last && keys[task.first].length == task.depth; task.first++)
		building->trie->units[task.node].value = keys[task.first].value;
	if (task.first == task.last)
		return true;
	for (size_t i = task.first; i < task.last; i++) {
		unsigned char label = (unsigned char)keys[i].bytes[task.depth];
		if (n == 0 || labels[n - 1] != label)
			labels[n++] = label;
	}
	uint32_t base = find_base(building, labels, n);
	if (base == RQ_TRIE_NONE || !RQ_RESERVE(building->tasks, building->task_capacity, building->task_count + n))
		return false;
	building->trie->units[task.node].base = base;
	for (size_t i = 0, first = task.first, last; i < n; i++, first = last) {
		for (last = first; last < task.last && (unsigned char)keys[last].bytes[task.depth] == labels[i]; last++)
			;
		take(building, base ^ labels[i], task.node);
		building->tasks[building->task_count++] = (struct task){base ^ labels[i], first, last, task.depth + 1};
	}
	return true;
}

enum rq_status rq_trie_build(struct rq_trie *trie, struct rq_trie_key *keys, size_t n, struct rq_error *err)
{
	struct building building = {.trie = trie, .keys = keys, .free = RQ_TRIE_NONE};

	*trie = (struct rq_trie){0};
	qsort(keys, n, sizeof *keys, compare_keys);
	bool built = add_block(&building) && RQ_RESERVE(building.tasks, building.task_capacity, 1);
	if (built) {
		take(&building, RQ_TRIE_ROOT, RQ_TRIE_NONE);
		building.tasks[building.task_count++] = (struct task){RQ_TRIE_ROOT, 0, n, 0};
	}
	for (size_t i = 0; built && i < building.task_count; i++)
		built = add_children(&building, building.tasks[i]);
	free(building.tasks);
	if (built)
		return RQ_OK;
	rq_trie_release(trie);
	return rq_fail_memory(err);
}

void rq_trie_release(struct rq_trie *trie)
{
	free(trie->units);
	*trie = (struct rq_trie){0};
}

uint32_t rq_trie_find(const struct rq_trie *trie, const char *bytes, size_t length)
{
	uint32_t node = RQ_TRIE_ROOT;

	for (size_t i = 0; i < length; i++)
		if (!rq_trie_step(trie, &node, bytes[i]))
			return RQ_TRIE_NONE;
	return trie->units[node].value;
}
