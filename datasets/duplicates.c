/* Equal texts side by side, by sorting: by hash, where that is equal by text, then by place. */
#include "datasets/duplicates.h"

#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"

#include <stdlib.h>
#include <string.h>

struct place {
	uint64_t hash;
	const char *text;
	size_t index;
};

static int compare_texts(const struct place *a, const struct place *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return strcmp(a->text, b->text);
}

static int compare_places(const void *a, const void *b)
{
	const struct place *left = a, *right = b;
	int order = compare_texts(left, right);

	return order != 0 ? order : left->index < right->index ? -1 : left->index > right->index;
}

enum rq_status rq_find_duplicates(size_t *first, const char *const *texts, size_t count, struct rq_error *err)
{
	size_t filled = 0;
	RQ_CLEANUP(rq_free_pointer) struct place *places = malloc((count + 1) * sizeof *places);

	if (places == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		first[i] = i;
		if (texts[i] != NULL && texts[i][0] != '\0')
			places[filled++] = (struct place){rq_hash64(texts[i], strlen(texts[i])), texts[i], i};
	}
	qsort(places, filled, sizeof *places, compare_places);
	for (size_t i = 1, start = 0; i < filled; i++) {
		if (compare_texts(&places[start], &places[i]) != 0)
			start = i;
		first[places[i].index] = places[start].index;
	}
	return RQ_OK;
}
