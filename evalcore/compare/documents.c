#include "evalcore/compare/documents.h"

#include "evalcore/base/system.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096 };

const double rq_cosine_quantiles[RQ_COSINES] = {0, .01, .05, .25, .5, .75, 1};

void rq_document_changes_release(struct rq_document_changes *changes)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		free(changes->only[side]);
	free(changes->pairs);
	free(changes->most);
	free(changes->renames);
	rq_arena_release(&changes->arena);
	*changes = (struct rq_document_changes){0};
}

static uint32_t row_of(const struct rq_holding *holding, const char *id)
{
	return rq_ids_find(&holding->ids, id, strlen(id));
}

/* ---- by id ---- */

static enum rq_status join(struct rq_document_changes *changes, const struct rq_holding holdings[RQ_SIDES], struct rq_error *err)
{
	const struct rq_ids *before = &holdings[RQ_BASELINE].ids, *now = &holdings[RQ_CANDIDATE].ids;
	uint32_t last = 0;

	changes->count[RQ_BASELINE] = before->count;
	changes->count[RQ_CANDIDATE] = now->count;
	changes->pairs = malloc((before->count + (size_t)1) * sizeof *changes->pairs);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		changes->only[side] = malloc((changes->count[side] + 1) * sizeof *changes->only[side]);
	if (changes->pairs == NULL || changes->only[RQ_BASELINE] == NULL || changes->only[RQ_CANDIDATE] == NULL)
		return rq_fail_memory(err);
	changes->in_order = true;
	for (uint32_t i = 0; i < before->count; i++) {
		uint32_t row = row_of(&holdings[RQ_CANDIDATE], before->names[i]);
		if (row == RQ_ID_NONE) {
			changes->only[RQ_BASELINE][changes->only_count[RQ_BASELINE]++] = i;
			continue;
		}
		changes->in_order = changes->in_order && (changes->pair_count == 0 || row > last);
		last = row;
		changes->pairs[changes->pair_count++] = (struct rq_document_pair){.row = {i, row}, .cosine = NAN};
	}
	for (uint32_t i = 0; i < now->count; i++)
		if (row_of(&holdings[RQ_BASELINE], now->names[i]) == RQ_ID_NONE)
			changes->only[RQ_CANDIDATE][changes->only_count[RQ_CANDIDATE]++] = i;
	return RQ_OK;
}

/* ---- vectors ---- */

struct work {
	struct rq_document_changes *changes;
	const struct rq_vectors *vectors[RQ_SIDES];
};

static const float *vector_of(const struct rq_vectors *vectors, uint32_t row)
{
	return vectors->data + (size_t)row * vectors->d;
}

static void compare_pair(struct rq_document_pair *pair, const float *a, const float *b, size_t d)
{
	double product = 0, before = 0, now = 0, distance = 0;

	pair->same = memcmp(a, b, d * sizeof *a) == 0;
	for (size_t i = 0; i < d; i++) {
		double x = a[i], y = b[i];
		product += x * y;
		before += x * x;
		now += y * y;
		distance += (x - y) * (x - y);
	}
	if (before > 0 && now > 0)
		pair->cosine = pair->same ? 1 : fmin(1, fmax(-1, product / (sqrt(before) * sqrt(now))));
	pair->moved = distance > RQ_MOVED_DISTANCE * before;
}

static void compare_block(void *context, size_t block)
{
	const struct work *work = context;
	size_t end = (block + 1) * BLOCK < work->changes->pair_count ? (block + 1) * BLOCK : work->changes->pair_count;

	for (size_t i = block * BLOCK; i < end; i++) {
		struct rq_document_pair *pair = &work->changes->pairs[i];
		compare_pair(pair, vector_of(work->vectors[RQ_BASELINE], pair->row[RQ_BASELINE]),
		             vector_of(work->vectors[RQ_CANDIDATE], pair->row[RQ_CANDIDATE]), work->vectors[RQ_BASELINE]->d);
	}
}

static const char *why_not_compared(const struct rq_holding holdings[RQ_SIDES], struct rq_arena *arena)
{
	const struct rq_vectors *before = &holdings[RQ_BASELINE].vectors, *now = &holdings[RQ_CANDIDATE].vectors;

	if (before->data == NULL || now->data == NULL)
		return rq_arena_printf(arena, "not compared: %s does not tell its vectors", before->data == NULL ? "A" : "B");
	if (before->d != now->d)
		return rq_arena_printf(arena, "not compared: vectors of %zu and of %zu dimensions", before->d, now->d);
	return NULL;
}

/* Those without a direction first, then by cosine; equal ones by id. */
struct order {
	const struct rq_document_changes *changes;
	const struct rq_ids *ids;
};

static int by_cosine(const void *a, const void *b, void *context)
{
	const struct order *order = context;
	const struct rq_document_pair *x = &order->changes->pairs[*(const uint32_t *)a], *y = &order->changes->pairs[*(const uint32_t *)b];
	double left = isnan(x->cosine) ? -2 : x->cosine, right = isnan(y->cosine) ? -2 : y->cosine;

	if (left != right)
		return left < right ? -1 : 1;
	return strcmp(order->ids->names[x->row[RQ_BASELINE]], order->ids->names[y->row[RQ_BASELINE]]);
}

static bool is_directionless(const struct rq_document_pair *pair)
{
	return isnan(pair->cosine) && !pair->same;
}

static enum rq_status count_vectors(struct rq_document_changes *changes, const struct rq_ids *ids, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) double *cosines = malloc((changes->pair_count + 1) * sizeof *cosines);
	struct order order = {changes, ids};
	size_t count = 0;

	changes->most = malloc((changes->pair_count + 1) * sizeof *changes->most);
	if (cosines == NULL || changes->most == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < changes->pair_count; i++) {
		const struct rq_document_pair *pair = &changes->pairs[i];
		size_t *kind = pair->same                ? &changes->same
		               : is_directionless(pair) ? &changes->directionless
		               : pair->moved            ? &changes->moved
		                                        : &changes->rounded;
		++*kind;
		if (kind == &changes->moved || kind == &changes->directionless)
			changes->most[changes->most_count++] = (uint32_t)i;
		if (!isnan(pair->cosine))
			cosines[count++] = pair->cosine;
	}
	qsort_r(changes->most, changes->most_count, sizeof *changes->most, by_cosine, &order);
	qsort(cosines, count, sizeof *cosines, rq_compare_doubles);
	for (size_t i = 0; i < RQ_COSINES; i++)
		changes->cosines[i] = count == 0 ? NAN : rq_cosine_quantiles[i] == 0 ? cosines[0] : rq_quantile(cosines, count, rq_cosine_quantiles[i]);
	return RQ_OK;
}

/* ---- one that went and came again under another id ---- */

struct hashed {
	uint64_t hash;
	uint32_t row;
};

struct side_vectors {
	const struct rq_vectors *vectors;
	struct hashed *hashes; /* of those that only this side has, in the order of by_vector() */
	size_t count;
};

/* By hash, then by the bits; equal ones in the order of their rows. */
static int compare_hashed(const struct hashed *x, const struct rq_vectors *of_x, const struct hashed *y, const struct rq_vectors *of_y)
{
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return memcmp(vector_of(of_x, x->row), vector_of(of_y, y->row), of_x->d * sizeof(float));
}

static int by_vector(const void *a, const void *b, void *context)
{
	const struct hashed *x = a, *y = b;
	int order = compare_hashed(x, context, y, context);

	return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static enum rq_status hash_only(struct side_vectors *side, const struct rq_vectors *vectors, const uint32_t *rows, size_t count, struct rq_error *err)
{
	*side = (struct side_vectors){.vectors = vectors, .hashes = malloc((count + 1) * sizeof *side->hashes), .count = count};
	if (side->hashes == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		side->hashes[i] = (struct hashed){rq_hash64(vector_of(vectors, rows[i]), vectors->d * sizeof(float)), rows[i]};
	qsort_r(side->hashes, count, sizeof *side->hashes, by_vector, (void *)vectors);
	return RQ_OK;
}

static int by_first_row(const void *a, const void *b)
{
	const struct rq_renamed *x = a, *y = b;

	return (x->row[RQ_BASELINE] > y->row[RQ_BASELINE]) - (x->row[RQ_BASELINE] < y->row[RQ_BASELINE]);
}

static enum rq_status join_renamed(struct rq_document_changes *changes, const struct side_vectors *before, const struct side_vectors *now,
                                   struct rq_error *err)
{
	changes->renames = malloc((before->count + 1) * sizeof *changes->renames);
	if (changes->renames == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0, j = 0; i < before->count && j < now->count;) {
		int order = compare_hashed(&before->hashes[i], before->vectors, &now->hashes[j], now->vectors);
		if (order == 0)
			changes->renames[changes->renamed++] = (struct rq_renamed){{before->hashes[i].row, now->hashes[j].row}};
		i += order <= 0;
		j += order >= 0;
	}
	qsort(changes->renames, changes->renamed, sizeof *changes->renames, by_first_row);
	return RQ_OK;
}

static enum rq_status find_renamed(struct rq_document_changes *changes, const struct work *work, struct rq_error *err)
{
	struct side_vectors sides[RQ_SIDES] = {{0}};
	enum rq_status status = RQ_OK;

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && status == RQ_OK; side++)
		status = hash_only(&sides[side], work->vectors[side], changes->only[side], changes->only_count[side], err);
	if (status == RQ_OK)
		status = join_renamed(changes, &sides[RQ_BASELINE], &sides[RQ_CANDIDATE], err);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		free(sides[side].hashes);
	return status;
}

static enum rq_status compare_vectors(struct rq_document_changes *changes, const struct rq_holding holdings[RQ_SIDES], struct rq_error *err)
{
	struct work work = {.changes = changes, .vectors = {&holdings[RQ_BASELINE].vectors, &holdings[RQ_CANDIDATE].vectors}};
	bool known = holdings[RQ_BASELINE].vectors.data != NULL && holdings[RQ_CANDIDATE].vectors.data != NULL &&
	             holdings[RQ_BASELINE].vectors.d == holdings[RQ_CANDIDATE].vectors.d;

	for (size_t i = 0; i < RQ_COSINES; i++)
		changes->cosines[i] = NAN;
	if (holdings[RQ_BASELINE].ids.count == 0 || holdings[RQ_CANDIDATE].ids.count == 0)
		return RQ_OK; /* there is none that both could have */
	if (!known) {
		changes->other_dimensions = holdings[RQ_BASELINE].vectors.data != NULL && holdings[RQ_CANDIDATE].vectors.data != NULL;
		changes->absent = why_not_compared(holdings, &changes->arena);
		return changes->absent == NULL ? rq_fail_memory(err) : RQ_OK;
	}
	rq_parallel_for((changes->pair_count + BLOCK - 1) / BLOCK, compare_block, &work);
	RQ_TRY(count_vectors(changes, &holdings[RQ_BASELINE].ids, err));
	return find_renamed(changes, &work, err);
}

/* ---- texts ---- */

static const char *text_of(const struct rq_corpus *corpus, const char *id)
{
	uint32_t document = rq_ids_find(&corpus->ids, id, strlen(id));

	return document == RQ_ID_NONE ? NULL : corpus->documents[document].text;
}

static enum rq_status compare_texts(struct rq_document_changes *changes, const struct rq_ids *ids, const struct rq_corpus *corpora[RQ_SIDES],
                                    struct rq_error *err)
{
	changes->has_texts = true;
	changes->stale_ids = rq_arena_alloc(&changes->arena, changes->pair_count + 1, sizeof *changes->stale_ids);
	changes->changed_ids = rq_arena_alloc(&changes->arena, changes->pair_count + 1, sizeof *changes->changed_ids);
	if (changes->stale_ids == NULL || changes->changed_ids == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < changes->pair_count; i++) {
		struct rq_document_pair *pair = &changes->pairs[i];
		const char *id = ids->names[pair->row[RQ_BASELINE]], *before = text_of(corpora[RQ_BASELINE], id), *now = text_of(corpora[RQ_CANDIDATE], id);
		if (before == NULL || now == NULL)
			continue;
		bool changed = strcmp(before, now) != 0;
		pair->text_changed = changed;
		changes->texted++;
		if (changed)
			changes->changed_ids[changes->text_changed++] = id;
		changes->embedded_anew += !changed && changes->absent == NULL && (pair->moved || is_directionless(pair));
		if (changed && changes->absent == NULL && !pair->moved && !is_directionless(pair))
			changes->stale_ids[changes->stale++] = id;
	}
	return RQ_OK;
}

enum rq_status rq_documents_compare(struct rq_document_changes *changes, const struct rq_holding holdings[RQ_SIDES],
                                    const struct rq_corpus *corpora[RQ_SIDES], struct rq_error *err)
{
	RQ_TRY(join(changes, holdings, err));
	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(compare_vectors(changes, holdings, err));
	return corpora == NULL ? RQ_OK : compare_texts(changes, &holdings[RQ_BASELINE].ids, corpora, err);
}

static int by_row(const void *key, const void *pair)
{
	uint32_t row = *(const uint32_t *)key, other = ((const struct rq_document_pair *)pair)->row[RQ_BASELINE];

	return (row > other) - (row < other);
}

const struct rq_document_pair *rq_document_pair_find(const struct rq_document_changes *changes, const struct rq_holding holdings[RQ_SIDES],
                                                     const char *id)
{
	uint32_t row = row_of(&holdings[RQ_BASELINE], id);

	return row == RQ_ID_NONE || changes->pair_count == 0
	           ? NULL
	           : bsearch(&row, changes->pairs, changes->pair_count, sizeof *changes->pairs, by_row);
}
