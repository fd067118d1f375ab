/* The texts of one role: which of them are cached, which stand there twice, and where the vector of each goes. */
#include "evalcore/pipeline/embedding_parts.h"

#include <stdlib.h>
#include <string.h>

static size_t count_of(const struct rq_embed_job *job, enum rq_role role)
{
	return role == RQ_ROLE_DOCUMENT ? job->corpus->count : job->topics->count;
}

enum rq_status rq_text_list_init(struct rq_text_list *list, struct rq_vectors *out, const struct rq_embed_job *job, enum rq_role role,
                                 size_t dimension, struct rq_error *err)
{
	size_t count = count_of(job, role);

	*list = (struct rq_text_list){.role = role, .count = count, .out = out};
	list->texts = malloc((count + 1) * sizeof *list->texts);
	list->keys = malloc((count + 1) * sizeof *list->keys);
	list->same = malloc((count + 1) * sizeof *list->same);
	list->missing = malloc((count + 1) * sizeof *list->missing);
	list->taken = malloc((count + 1) * sizeof *list->taken);
	if (list->texts == NULL || list->keys == NULL || list->same == NULL || list->missing == NULL || list->taken == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		list->texts[i] = role == RQ_ROLE_DOCUMENT ? job->corpus->documents[i].text : job->topics->topics[i].text;
		list->keys[i] = rq_text_key(role, list->texts[i]);
	}
	return rq_vectors_init(out, count, dimension, err);
}

void rq_text_list_release(struct rq_text_list *list)
{
	free(list->texts);
	free(list->keys);
	free(list->same);
	free(list->missing);
	free(list->taken);
	*list = (struct rq_text_list){0};
}

bool rq_text_is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n\f\v")] == '\0';
}

/* Slots of an open-addressed table hold rows, or list->count. */
static size_t *slot_of(size_t *slots, size_t mask, const struct rq_text_list *list, size_t row)
{
	size_t slot = (size_t)list->keys[row].low & mask;

	while (slots[slot] != list->count && memcmp(&list->keys[slots[slot]], &list->keys[row], sizeof *list->keys) != 0)
		slot = (slot + 1) & mask;
	return &slots[slot];
}

/* Of rows with one text the first stays missing; the others are chained to it. */
static enum rq_status chain_doubles(struct rq_text_list *list, struct rq_error *err)
{
	size_t size = 64, kept = 0;

	while (size < 2 * list->missing_count)
		size *= 2;
	RQ_CLEANUP(rq_free_pointer) size_t *slots = malloc(size * sizeof *slots);
	if (slots == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < size; i++)
		slots[i] = list->count;
	for (size_t i = 0; i < list->missing_count; i++) {
		size_t row = list->missing[i], *slot = slot_of(slots, size - 1, list, row), first = *slot;
		if (first == list->count) {
			*slot = row;
			list->missing[kept++] = row;
			continue;
		}
		list->same[row] = list->same[first];
		list->same[first] = row;
	}
	list->missing_count = kept;
	return RQ_OK;
}

enum rq_status rq_text_list_find(struct rq_text_list *list, const struct rq_text_cache *cached, bool blanks, struct rq_error *err)
{
	size_t d = list->out->d, row_size = d * sizeof(float);

	list->missing_count = list->passed_over = list->kept_count = 0;
	for (size_t i = 0; i < list->count; i++) {
		const void *found = rq_text_cache_find(cached, &list->keys[i]);
		list->same[i] = list->count;
		list->kept_count += found != NULL;
		if (found != NULL)
			memcpy(list->out->data + i * d, found, row_size);
		else if (!blanks && rq_text_is_blank(list->texts[i]))
			memset(list->out->data + i * d, 0, row_size);
		else
			list->missing[list->missing_count++] = i;
	}
	RQ_TRY(chain_doubles(list, err));
	memset(list->taken, 0, (list->count + 1) * sizeof *list->taken);
	list->left = list->missing_count;
	return RQ_OK;
}

void rq_text_list_take(struct rq_text_list *list, size_t number, const float *vector)
{
	size_t d = list->out->d;

	for (size_t row = list->missing[number]; row < list->count; row = list->same[row]) {
		if (vector == NULL)
			memset(list->out->data + row * d, 0, d * sizeof *vector);
		else
			memcpy(list->out->data + row * d, vector, d * sizeof *vector);
	}
	list->left -= !list->taken[number];
	list->arrived += vector != NULL && !list->taken[number];
	list->taken[number] = true;
}

void rq_text_list_pass_over(struct rq_text_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->missing_count; i++) {
		if (!list->taken[i])
			list->missing[kept++] = list->missing[i];
		list->passed_over += list->taken[i];
	}
	list->missing_count = list->left = kept;
	memset(list->taken, 0, (list->count + 1) * sizeof *list->taken);
}

/* ---- both roles of one embedder ---- */

enum rq_status rq_part_find(struct rq_part_work *work, struct rq_error *err)
{
	const struct rq_embedder_use *use = &work->use;
	struct rq_embed_part *part = work->part;
	bool blanks = use->embedder->ask == NULL;

	RQ_TRY(rq_text_cache_open(&work->cached, work->job->cache, &part->fingerprint, part->dimension, err));
	if (use->documents)
		RQ_TRY(rq_text_list_init(&work->lists[work->list_count++], &work->embedding->documents, work->job, RQ_ROLE_DOCUMENT, part->dimension, err));
	if (use->topics)
		RQ_TRY(rq_text_list_init(&work->lists[work->list_count++], &work->embedding->topics, work->job, RQ_ROLE_TOPIC, part->dimension, err));
	for (size_t i = 0; i < work->list_count; i++)
		RQ_TRY(rq_text_list_find(&work->lists[i], &work->cached, blanks, err));
	return RQ_OK;
}

size_t rq_part_left(const struct rq_part_work *work)
{
	size_t left = 0;

	for (size_t i = 0; i < work->list_count; i++)
		left += work->lists[i].left;
	return left;
}

static enum rq_status add_keys(struct rq_embed_part *part, const struct rq_key *keys, size_t count, struct rq_error *err)
{
	if (count == 0)
		return RQ_OK;
	if (!RQ_RESERVE(part->text_keys, part->text_capacity, part->text_count + count))
		return rq_fail_memory(err);
	memcpy(part->text_keys + part->text_count, keys, count * sizeof *keys);
	part->text_count += count;
	return RQ_OK;
}

/* Documents that were not wanted this time are texts of this side all the same: what the cache has of them stays. */
static enum rq_status add_unwanted_keys(struct rq_part_work *work, struct rq_error *err)
{
	const struct rq_embed_job *job = work->job;

	if (!job->without_documents || !rq_embedder_use_of(job->side, 0).documents)
		return RQ_OK;
	for (size_t i = 0; i < job->corpus->count; i++) {
		struct rq_key key = rq_text_key(RQ_ROLE_DOCUMENT, job->corpus->documents[i].text);
		RQ_TRY(add_keys(work->part, &key, 1, err));
	}
	return RQ_OK;
}

enum rq_status rq_part_finish(struct rq_part_work *work, struct rq_error *err)
{
	for (size_t i = 0; i < work->list_count; i++) {
		const struct rq_text_list *list = &work->lists[i];
		work->embedding->embedded += list->arrived;
		work->embedding->cached += list->count - list->missing_count - list->passed_over;
		work->part->cached += list->kept_count;
		RQ_TRY(add_keys(work->part, list->keys, list->count, err));
	}
	return add_unwanted_keys(work, err);
}

void rq_part_release(struct rq_part_work *work)
{
	rq_text_cache_release(&work->cached);
	for (size_t i = 0; i < work->list_count; i++)
		rq_text_list_release(&work->lists[i]);
	work->list_count = 0;
}
