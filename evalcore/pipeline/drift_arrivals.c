/* Are the texts that came different from those that were there? A corpus of this week shares most of its texts with that of the last: those are no draws of
 * their own, and would drown any number of new ones. So what came is held against what was there, no text on both sides and none twice; then every row may
 * change its label with every other, and the permutations of metrics/drift/population.h are exact. */
#include "evalcore/pipeline/drift_parts.h"

#include "metrics/drift/population.h"

#include <string.h>

static const char replaced[] = "the same texts have other vectors than then, so it would tell of the model and not of the texts";
static const enum rq_drift_name family[] = {RQ_DRIFT_mmd, RQ_DRIFT_domain_auc, RQ_DRIFT_moved_components, RQ_DRIFT_centroid_shift};
enum { FAMILY = sizeof family / sizeof *family };

/* Rows of vectors, each text once: what came and what stayed of now, what went of then. */
struct arrivals {
	uint32_t *came, *stayed, *went;
	struct rq_drift_flow count;
};

/* The texts of one time. Without what is known of them each is its id. */
struct texts {
	const char *const *ids;
	const struct rq_kept_text *kept;
	size_t count;
};

static uint32_t number_of(struct rq_ids *table, const struct texts *texts, size_t row, bool *added)
{
	const char *key = texts->kept == NULL ? texts->ids[row] : texts->kept[row].key;

	return rq_ids_add(table, key, strlen(key), added);
}

/* Distinct texts are numbered, those of then first. */
static enum rq_status sort_texts(struct arrivals *arrivals, struct rq_ids *table, const struct texts *then, const struct texts *now, struct rq_arena *arena,
                                 struct rq_error *err)
{
	uint32_t *first = rq_arena_alloc(arena, then->count + 1, sizeof *first); /* row of each number */
	bool *stays = rq_arena_alloc(arena, then->count + 1, sizeof *stays), added;
	size_t known;

	arrivals->came = rq_arena_alloc(arena, now->count + 1, sizeof *arrivals->came);
	arrivals->stayed = rq_arena_alloc(arena, now->count + 1, sizeof *arrivals->stayed);
	arrivals->went = rq_arena_alloc(arena, then->count + 1, sizeof *arrivals->went);
	if (first == NULL || stays == NULL || arrivals->came == NULL || arrivals->stayed == NULL || arrivals->went == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < then->count; i++) {
		uint32_t number = number_of(table, then, i, &added);
		if (number == RQ_ID_NONE)
			return rq_fail_memory(err);
		if (added)
			first[number] = (uint32_t)i;
	}
	known = table->count;
	for (size_t i = 0; i < now->count; i++) {
		uint32_t number = number_of(table, now, i, &added);
		if (number == RQ_ID_NONE)
			return rq_fail_memory(err);
		if (added)
			arrivals->came[arrivals->count.came++] = (uint32_t)i;
		else if (number < known && !stays[number])
			arrivals->stayed[arrivals->count.stayed++] = (uint32_t)i;
		if (number < known)
			stays[number] = true;
	}
	for (size_t number = 0; number < known; number++)
		if (!stays[number])
			arrivals->went[arrivals->count.went++] = first[number];
	return RQ_OK;
}

/* ---- as vectors ---- */

static void copy_row(struct rq_vectors *to, size_t at, const struct rq_vectors *from, uint32_t row)
{
	memcpy(to->data + at * to->d, from->data + row * from->d, to->d * sizeof *to->data);
}

/* Samples as large as any figure looks at. What stayed was there with other last bits perhaps: it is taken as it is now, in one model with what came. */
static enum rq_status take_sides(struct rq_vectors *there, struct rq_vectors *came, const struct arrivals *arrivals, const struct rq_vectors *then,
                                 const struct rq_vectors *now, struct rq_arena *arena, struct rq_error *err)
{
	size_t stayed = arrivals->count.stayed, before = stayed + arrivals->count.went, after = arrivals->count.came;
	size_t most = RQ_COMPONENT_SAMPLE, counts[2] = {before < most ? before : most, after < most ? after : most};
	uint32_t *rows = rq_arena_alloc(arena, most, sizeof *rows);

	if (rows == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_vectors_init(there, counts[0], now->d, err));
	RQ_TRY(rq_vectors_init(came, counts[1], now->d, err));
	rq_sample_rows(rows, counts[0], before, RQ_DRIFT_SEED);
	for (size_t i = 0; i < counts[0]; i++) {
		bool stays = rows[i] < stayed;
		copy_row(there, i, stays ? now : then, stays ? arrivals->stayed[rows[i]] : arrivals->went[rows[i] - stayed]);
	}
	rq_sample_rows(rows, counts[1], after, RQ_DRIFT_SEED);
	for (size_t i = 0; i < counts[1]; i++)
		copy_row(came, i, now, arrivals->came[rows[i]]);
	return RQ_OK;
}

/* ---- figures ---- */

static enum rq_status compare(struct rq_drift_work *work, const char *of, const struct rq_vectors *there, const struct rq_vectors *came,
                              struct rq_error *err)
{
	struct rq_mmd mmd;
	struct rq_moved_components moved;
	struct rq_drift_value auc, shift;

	RQ_TRY(rq_mmd(&mmd, there, came, RQ_DRIFT_SEED, err));
	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(rq_domain_auc(&auc, there, came, RQ_DRIFT_SEED, err));
	RQ_TRY(rq_moved_components(&moved, there, came, RQ_DRIFT_SEED, err));
	RQ_TRY(rq_centroid_shift(&shift, there, came, RQ_DRIFT_SEED, err));
	work->drift->populations[strcmp(of, "topics") == 0] = (struct rq_drift_population){of, mmd.bandwidth, moved.largest, moved.component};
	RQ_TRY(rq_drift_add(work, of, mmd.mmd, err));
	RQ_TRY(rq_drift_add(work, of, auc, err));
	RQ_TRY(rq_drift_add(work, of, moved.moved, err));
	return rq_drift_add(work, of, shift, err);
}

/* Nothing came, so that nothing that came is different, and nothing is tested. */
static enum rq_status add_none(struct rq_drift_work *work, const char *of, struct rq_error *err)
{
	for (size_t i = 0; i < FAMILY; i++) {
		struct rq_drift_value value = rq_drift_unknown(family[i]);
		value.value = value.chance = family[i] == RQ_DRIFT_domain_auc ? .5 : 0;
		RQ_TRY(rq_drift_add(work, of, value, err));
	}
	return RQ_OK;
}

static enum rq_status compare_or_say_why(struct rq_drift_work *work, const char *of, const struct arrivals *arrivals, const struct rq_vectors *then,
                                         const struct rq_vectors *now, struct rq_error *err)
{
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors there = {0}, came = {0};
	const struct rq_drift_flow *count = &arrivals->count;
	const char *why = work->apart;

	if (then->data == NULL || now->data == NULL)
		why = "there are no vectors of both times";
	else if (why == NULL && count->came > 0 && count->stayed + count->went < RQ_POPULATION_LEAST)
		why = "fewer than two texts were there before";
	bool early = why == NULL && count->came > 0 && count->came < RQ_POPULATION_LEAST;
	if (early)
		why = "a single text came, and of one nobody can tell whether others like it would be different from those that were there";
	for (size_t i = 0; i < FAMILY && why != NULL; i++) {
		RQ_TRY(rq_drift_add_absent(work, of, family[i], why, err));
		work->findings[work->drift->count - 1].early = early;
	}
	if (why != NULL)
		return RQ_OK;
	if (count->came == 0)
		return add_none(work, of, err);
	RQ_TRY(take_sides(&there, &came, arrivals, then, now, &work->arena, err));
	return compare(work, of, &there, &came, err);
}

static enum rq_status sort_kind(struct arrivals *arrivals, struct rq_drift_work *work, const struct texts *then,
                                const struct texts *now, struct rq_error *err)
{
	RQ_CLEANUP(rq_ids_release) struct rq_ids table = {0};
	const bool known = then->kept != NULL && now->kept != NULL;
	const struct texts sides[] = {{then->ids, known ? then->kept : NULL, then->count},
	                              {now->ids, known ? now->kept : NULL, now->count}};

	return sort_texts(arrivals, &table, &sides[0], &sides[1], &work->arena, err);
}

static enum rq_status compare_kind(struct rq_drift_work *work, const char *of, struct rq_drift_flow *flow, const struct texts *then,
                                   const struct texts *now, const struct rq_vectors *vectors_then, const struct rq_vectors *vectors_now,
                                   struct rq_error *err)
{
	struct arrivals arrivals = {0};

	RQ_TRY(sort_kind(&arrivals, work, then, now, err));
	*flow = arrivals.count;
	return compare_or_say_why(work, of, &arrivals, vectors_then, vectors_now, err);
}

/* Where there are rankings alone, documents of a time are not known. */
static enum rq_status count_kind(struct rq_drift_flow *flow, struct rq_drift_work *work, const struct texts *then,
                                 const struct texts *now, struct rq_error *err)
{
	struct arrivals arrivals = {0};

	if (then->count == 0 || now->count == 0)
		return RQ_OK;
	RQ_TRY(sort_kind(&arrivals, work, then, now, err));
	*flow = arrivals.count;
	return RQ_OK;
}

enum rq_status rq_drift_count_texts(struct rq_drift_work *work, struct rq_error *err)
{
	const struct rq_reference *reference = work->reference;
	const struct texts documents[] = {
		{reference->document_ids.names, reference->document_texts, reference->document_ids.count},
		{work->documents.ids, work->documents.kept, work->documents.count}};
	const struct texts topics[] = {
		{reference->topic_ids.names, reference->topic_texts, reference->topic_ids.count},
		{work->topics.ids, work->topics.kept, work->topics.count}};

	RQ_TRY(count_kind(&work->drift->documents, work, &documents[0], &documents[1], err));
	return count_kind(&work->drift->topics, work, &topics[0], &topics[1], err);
}

/* Whether the same texts still have the same vectors is known by now. */
enum rq_status rq_drift_compare_populations(struct rq_drift_work *work, struct rq_error *err)
{
	const struct rq_reference *reference = work->reference;
	const struct rq_embedding *now = rq_side_embedding(work->pipeline, RQ_CANDIDATE);
	const struct texts documents[] = {{reference->document_ids.names, reference->document_texts, reference->document_ids.count},
	                                  {work->documents.ids, work->documents.kept, work->documents.count}};
	const struct texts topics[] = {{reference->topic_ids.names, reference->topic_texts, reference->topic_ids.count},
	                               {work->topics.ids, work->topics.kept, work->topics.count}};

	work->apart = work->apart == NULL && work->other_space ? replaced : work->apart;
	RQ_TRY(compare_kind(work, "documents", &work->drift->documents, &documents[0], &documents[1], &reference->documents, &now->documents, err));
	return compare_kind(work, "topics", &work->drift->topics, &topics[0], &topics[1], &reference->topics, &now->topics, err);
}
