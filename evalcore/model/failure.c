#include "evalcore/model/failure.h"

#include "evalcore/base/secret.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* No more bytes than wanted, and no character cut in two. */
static size_t cut(const char *text, size_t most)
{
	size_t length = strlen(text);

	if (length <= most)
		return length;
	for (length = most; length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80; length--)
		;
	return length;
}

/* Hidden first and cut then: half a secret is none that could be recognised. */
static const char *keep(struct rq_failures *failures, const char *text, size_t most)
{
	RQ_CLEANUP(rq_free_pointer) char *whole = strdup(text);

	if (whole == NULL)
		return NULL;
	rq_secret_hide(whole);
	return rq_arena_strndup(&failures->arena, whole, cut(whole, most));
}

enum rq_status rq_failures_add(struct rq_failures *failures, const struct rq_failure *failure, struct rq_error *err)
{
	struct rq_failure kept = *failure;

	if (!RQ_RESERVE(failures->items, failures->capacity, failures->count + 1))
		return rq_fail_memory(err);
	kept.id = keep(failures, failure->id, SIZE_MAX);
	kept.input = keep(failures, failure->input, RQ_FAILURE_INPUT);
	kept.reason = keep(failures, failure->reason, RQ_FAILURE_REASON);
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
