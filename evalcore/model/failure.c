#include "evalcore/model/failure.h"

#include <stdlib.h>
#include <string.h>

/* No more bytes than wanted, and no character cut in two. */
static size_t cut(const char *text)
{
	size_t length = strlen(text);

	if (length <= RQ_FAILURE_INPUT)
		return length;
	for (length = RQ_FAILURE_INPUT; length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80; length--)
		;
	return length;
}

enum rq_status rq_failures_add(struct rq_failures *failures, const struct rq_failure *failure, struct rq_error *err)
{
	struct rq_failure kept = *failure;

	if (!RQ_RESERVE(failures->items, failures->capacity, failures->count + 1))
		return rq_fail_memory(err);
	kept.id = rq_arena_strdup(&failures->arena, failure->id);
	kept.input = rq_arena_strndup(&failures->arena, failure->input, cut(failure->input));
	kept.reason = rq_arena_strdup(&failures->arena, failure->reason);
	if (kept.id == NULL || kept.input == NULL || kept.reason == NULL)
		return rq_fail_memory(err);
	failures->items[failures->count++] = kept;
	return RQ_OK;
}

static int in_order(const void *a, const void *b)
{
	const struct rq_failure *x = a, *y = b;
	int order = strcmp(x->side, y->side);

	if (order == 0)
		order = strcmp(x->stage, y->stage);
	if (order == 0)
		order = strcmp(x->what, y->what);
	return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

void rq_failures_sort(struct rq_failures *failures)
{
	if (failures->count > 1)
		qsort(failures->items, failures->count, sizeof *failures->items, in_order);
}

void rq_failures_release(struct rq_failures *failures)
{
	free(failures->items);
	rq_arena_release(&failures->arena);
	*failures = (struct rq_failures){0};
}
