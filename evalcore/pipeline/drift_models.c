/* The same texts then and now: whether the model is the one that it was, what that does to who is near to whom, and the shape of all documents. */
#include "evalcore/pipeline/drift_parts.h"

#include "evalcore/base/words.h"
#include "evalcore/index/index.h"
#include "metrics/drift/geometry.h"
#include "metrics/drift/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double same_space = 0.99; /* median cosine of the same texts: quantisation keeps it, another model does not */
enum { TEXTS_LEAST = 3 };

/* ---- rows ---- */

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Rows of a matrix: a copy, or all of it, borrowed. */
struct rows {
	struct rq_vectors vectors;
	bool borrowed;
};

static void rows_release(struct rows *rows)
{
	if (!rows->borrowed)
		rq_vectors_release(&rows->vectors);
}

static enum rq_status take_rows(struct rows *rows, const struct rq_vectors *from, const uint32_t *which, size_t count, struct rq_error *err)
{
	size_t size = from->d * sizeof *from->data;

	rows->borrowed = which == NULL;
	if (which == NULL) {
		rows->vectors = *from;
		return RQ_OK;
	}
	RQ_TRY(rq_vectors_init(&rows->vectors, count, from->d, err));
	for (size_t i = 0; i < count; i++)
		memcpy(rows->vectors.data + i * from->d, from->data + which[i] * from->d, size);
	return RQ_OK;
}

/* ---- the same model? ---- */

/* The texts of some pairs, to be embedded once more. */
struct again {
	struct rq_corpus documents;
	struct rq_topics topics;
	uint32_t *then[2]; /* rows of the reference: documents, topics */
	const char **ids[2];
	struct rq_embedding embedding;
};

static void again_release(struct again *again)
{
	rq_ids_release(&again->documents.ids);
	rq_ids_release(&again->topics.ids);
	rq_embedding_release(&again->embedding);
}

/* A seeded sample of the pairs: rows of then, and of now. */
static enum rq_status sample_pairs(uint32_t **then, uint32_t **now, size_t *count, const struct rq_drift_pairs *pairs, struct rq_arena *arena,
                                   struct rq_error *err)
{
	uint32_t chosen[RQ_DRIFT_ASKED_AGAIN];

	*count = smaller(pairs->count, RQ_DRIFT_ASKED_AGAIN);
	*then = rq_arena_alloc(arena, *count + 1, sizeof **then);
	*now = rq_arena_alloc(arena, *count + 1, sizeof **now);
	if (*then == NULL || *now == NULL)
		return rq_fail_memory(err);
	rq_sample_rows(chosen, *count, pairs->count, RQ_DRIFT_SEED);
	for (size_t i = 0; i < *count; i++) {
		(*then)[i] = pairs->then[chosen[i]];
		(*now)[i] = pairs->now[chosen[i]];
	}
	return RQ_OK;
}

/* Whether vectors of documents (0) or topics (1) are read from a file: as a whole, for its rows may be told by nothing but their number. */
static bool is_read(const struct rq_pipeline *pipeline, int kind)
{
	const struct rq_side_config *side = &pipeline->config->sides[RQ_CANDIDATE];

	return (kind == 0 && side->document_embedder != NULL ? side->document_embedder : side->embedder)->load != NULL;
}

static enum rq_status choose_texts(struct again *again, struct rq_drift_work *work, struct rq_error *err)
{
	const struct rq_corpus *corpus = rq_drift_corpus(work->pipeline);
	uint32_t *documents, *topics;

	RQ_TRY(sample_pairs(&again->then[0], &documents, &again->documents.count, &work->same_documents, &work->arena, err));
	RQ_TRY(sample_pairs(&again->then[1], &topics, &again->topics.count, &work->same_topics, &work->arena, err));
	if (is_read(work->pipeline, 0))
		again->documents.count = 0;
	again->documents.documents = rq_arena_alloc(&work->arena, again->documents.count + 1, sizeof *again->documents.documents);
	again->topics.topics = rq_arena_alloc(&work->arena, again->topics.count + 1, sizeof *again->topics.topics);
	again->ids[0] = rq_arena_alloc(&work->arena, again->documents.count + 1, sizeof **again->ids);
	again->ids[1] = rq_arena_alloc(&work->arena, again->topics.count + 1, sizeof **again->ids);
	if (again->documents.documents == NULL || again->topics.topics == NULL || again->ids[0] == NULL || again->ids[1] == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < again->documents.count; i++) {
		again->documents.documents[i] = corpus->documents[documents[i]];
		const char *id = again->ids[0][i] = corpus->documents[documents[i]].id;
		if (rq_ids_add(&again->documents.ids, id, strlen(id), NULL) == RQ_ID_NONE)
			return rq_fail_memory(err);
	}
	for (size_t i = 0; i < again->topics.count; i++) {
		again->topics.topics[i] = work->pipeline->topics.topics[topics[i]];
		const char *id = again->ids[1][i] = again->topics.topics[i].id;
		if (rq_ids_add(&again->topics.ids, id, strlen(id), NULL) == RQ_ID_NONE)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

/* Past the cache: what an earlier run was given says nothing of who answers now. */
static enum rq_status ask_again(struct again *again, struct rq_drift_work *work, struct rq_error *err)
{
	struct rq_pipeline *pipeline = work->pipeline;
	struct rq_embed_job job = rq_embed_job_of(pipeline, RQ_CANDIDATE);
	struct rq_cache none = {0};

	RQ_TRY(choose_texts(again, work, err));
	job.corpus = &again->documents;
	job.topics = is_read(pipeline, 1) ? &pipeline->topics : &again->topics;
	job.before = NULL;
	job.without_documents = is_read(pipeline, 0);
	job.cache = &none;
	if (rq_embed_side(&again->embedding, &job, err) != RQ_OK)
		return rq_fail_within(err, "%s", job.side->name);
	for (size_t i = 0; i < again->embedding.part_count; i++)
		if (again->embedding.parts[i].embedder->ask != NULL)
			RQ_TRY(rq_add_service(&pipeline->comparison, job.side->name, "texts asked again", &again->embedding.parts[i].use, err));
	RQ_TRY(rq_check_failures(pipeline, err));
	work->drift->asked_again = again->documents.count + (is_read(pipeline, 1) ? 0 : again->topics.count);
	return RQ_OK;
}

static const char *const kinds[2] = {"documents", "topics"};

/* Adds to the meaning of the last finding. */
static enum rq_status say_more(struct rq_drift_work *work, const char *more, struct rq_error *err)
{
	struct rq_drift_finding *finding = &work->findings[work->drift->count - 1];

	finding->meaning = rq_arena_printf(&work->pipeline->comparison.arena, "%s (%s)", finding->meaning, more);
	return finding->meaning == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* The texts of two times: `ids` of the rows of `now`, by way of `which`; a sample of so many. */
struct texts {
	const struct rq_vectors *then, *now;
	const char *const *ids;
	const uint32_t *which;
	size_t of;
};

/* What was not asked may have changed: says of how many, and how likely a change of few of them is to be seen. */
static enum rq_status say_sample(struct rq_drift_work *work, const char *of, size_t first, const struct texts *texts,
                                 struct rq_error *err)
{
	const size_t asked = texts->then->n, marked = (texts->of + 99) / 100;

	if (asked >= texts->of)
		return RQ_OK;
	const char *sample = rq_arena_printf(&work->pipeline->comparison.arena,
	                                     "%s of %s %s were asked again: a change of 1 %% of them is seen with %.0f %%",
	                                     rq_grouped(asked).text, rq_grouped(texts->of).text, of,
	                                     floor(100 * rq_sample_sees(asked, texts->of, marked)));
	if (sample == NULL)
		return rq_fail_memory(err);
	for (size_t i = first; i < work->drift->count; i++)
		work->findings[i].sample = sample;
	return rq_remark(&work->pipeline->comparison, false, err,
	                 "%s; every other figure rests on vectors that may come from the cache, and sees no change of the "
	                 "model in those; --no-cache embeds all anew",
	                 sample);
}

static enum rq_status name_changed(struct rq_drift_work *work, const struct rq_cosine_drift *cosines, const struct texts *texts,
                                   struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf names = {0};
	const struct rq_drift_value *share = &cosines->changed_vectors;
	size_t changed = (size_t)lround(share->value * (double)share->n);

	for (size_t i = 0; i < changed && i < RQ_CHANGED_TOLD; i++)
		rq_buf_printf(&names, "%s%s", i == 0 ? "" : ", ", texts->ids[texts->which[cosines->changed[i]]]);
	if (changed > RQ_CHANGED_TOLD)
		rq_buf_printf(&names, " and %zu more", changed - RQ_CHANGED_TOLD);
	RQ_TRY(rq_buf_check(&names, err));
	return changed == 0 ? RQ_OK : say_more(work, names.data, err);
}

static const enum rq_drift_name of_cosines[] = {RQ_DRIFT_silent_change, RQ_DRIFT_changed_vectors};

static enum rq_status no_cosines(struct rq_drift_work *work, const char *of, const char *why, struct rq_error *err)
{
	for (size_t i = 0; i < sizeof of_cosines / sizeof *of_cosines; i++) {
		RQ_TRY(rq_drift_add_absent(work, of, of_cosines[i], why, err));
		work->findings[work->drift->count - 1].not_asked = work->refitted;
		work->findings[work->drift->count - 1].other_model = work->other_model;
	}
	return RQ_OK;
}

static enum rq_status compare_cosines(struct rq_drift_work *work, const char *of, const struct texts *texts, struct rq_error *err)
{
	struct rq_cosine_drift cosines;
	const size_t first = work->drift->count;

	if (texts->then->n == 0)
		return no_cosines(work, of, "no text is the same as then", err);
	RQ_TRY(rq_cosine_drift(&cosines, texts->then, texts->now, err));
	const struct rq_drift_value *change = &cosines.silent_change;
	work->other_space = work->other_space || cosines.median < same_space;
	work->drift->cosines[of == kinds[1]] = (struct rq_drift_cosines){of, cosines.least, change->value, cosines.p05, cosines.p25,
	                                                                 cosines.median, cosines.mean, change->n, cosines.zero};
	RQ_TRY(rq_drift_add(work, of, *change, err));
	if (work->changed != NULL)
		RQ_TRY(say_more(work, work->changed, err));
	RQ_TRY(rq_drift_add(work, of, cosines.changed_vectors, err));
	if (!isnan(cosines.changed_vectors.value))
		RQ_TRY(name_changed(work, &cosines, texts, err));
	for (size_t i = first; i < work->drift->count; i++)
		work->unlike = work->unlike || work->findings[i].outcome == RQ_FAIL;
	return say_sample(work, of, first, texts, err);
}

/* Those that were embedded or read for this job, and not found in the cache. */
static enum rq_status compare_kind(struct rq_drift_work *work, int kind, struct rq_error *err)
{
	const struct rq_embedding *embedding = rq_side_embedding(work->pipeline, RQ_CANDIDATE);
	const struct rq_drift_pairs *pairs = kind == 0 ? &work->same_documents : &work->same_topics;
	const struct rq_vectors *then = kind == 0 ? &work->reference->documents : &work->reference->topics;
	const struct rq_vectors *now = kind == 0 ? &embedding->documents : &embedding->topics;
	RQ_CLEANUP(rows_release) struct rows before = {0}, after = {0};

	RQ_TRY(take_rows(&before, then, pairs->whole ? NULL : pairs->then, pairs->count, err));
	RQ_TRY(take_rows(&after, now, pairs->whole ? NULL : pairs->now, pairs->count, err));
	const char *const *ids = kind == 0 ? work->documents.ids : work->topics.ids;
	const struct texts texts = {&before.vectors, &after.vectors, ids, pairs->now, pairs->count};
	return compare_cosines(work, kinds[kind], &texts, err);
}

static enum rq_status compare_all(struct rq_drift_work *work, struct rq_error *err)
{
	for (int kind = 0; kind < 2; kind++)
		RQ_TRY(compare_kind(work, kind, err));
	return RQ_OK;
}

static enum rq_status remark_on_kept(struct rq_drift_work *work, struct rq_error *err)
{
	const struct rq_embedding *embedding = rq_side_embedding(work->pipeline, RQ_CANDIDATE);

	if (embedding->cached == 0 || !(work->other_space || work->unlike))
		return RQ_OK;
	work->stale = "texts that were asked for again have other vectors than those that earlier runs have kept, which would "
	              "be compared here; --no-cache embeds all of them anew";
	return rq_run_remark(&work->pipeline->comparison, true, err,
	                     "texts that were asked for again have other vectors than those that earlier runs have kept, on which every other figure "
	                     "rests; --no-cache embeds all of them anew");
}

/* The texts that a service did not give up on: their rows of then stay, and `now` is filled with those among all that were asked for. Returns their
 * number. */
static size_t leave_out_failed(uint32_t *then, uint32_t *now, size_t asked, const bool *failed)
{
	size_t count = 0;

	for (size_t i = 0; i < asked; i++) {
		if (failed != NULL && failed[i])
			continue;
		then[count] = then[i];
		now[count++] = (uint32_t)i;
	}
	return count;
}

static enum rq_status compare_sample(struct rq_drift_work *work, struct rq_error *err)
{
	RQ_CLEANUP(again_release) struct again again = {0};
	const struct rq_vectors *then[2] = {&work->reference->documents, &work->reference->topics};

	RQ_TRY(ask_again(&again, work, err));
	const struct rq_vectors *now[2] = {&again.embedding.documents, &again.embedding.topics};
	const bool *failed[2] = {again.embedding.failed_documents, again.embedding.failed_topics};
	const size_t asked[2] = {again.documents.count, again.topics.count};
	for (int i = 0; i < 2; i++) {
		RQ_CLEANUP(rows_release) struct rows before = {0}, after = {0};
		if (is_read(work->pipeline, i)) {
			RQ_TRY(compare_kind(work, i, err));
			continue;
		}
		uint32_t *rows = rq_arena_alloc(&work->arena, asked[i] + 1, sizeof *rows);
		if (rows == NULL)
			return rq_fail_memory(err);
		size_t count = leave_out_failed(again.then[i], rows, asked[i], failed[i]);
		if (count == 0 && asked[i] > 0) {
			RQ_TRY(no_cosines(work, kinds[i], "no text could be embedded once more", err));
			continue;
		}
		RQ_TRY(take_rows(&before, then[i], again.then[i], count, err));
		RQ_TRY(take_rows(&after, now[i], now[i]->n == count ? NULL : rows, count, err));
		const struct texts texts = {&before.vectors, &after.vectors, again.ids[i], rows,
		                            i == 0 ? work->same_documents.count : work->same_topics.count};
		RQ_TRY(compare_cosines(work, kinds[i], &texts, err));
	}
	return remark_on_kept(work, err);
}

static bool is_served(const struct rq_pipeline *pipeline)
{
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, RQ_CANDIDATE);
	bool served = false;

	for (size_t i = 0; i < embedding->part_count; i++)
		served = served || embedding->parts[i].embedder->ask != NULL;
	return served;
}

enum rq_status rq_drift_compare_cosines(struct rq_drift_work *work, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = work->pipeline;
	bool kept = is_served(pipeline) && pipeline->cache.folder != NULL;
	const char *why = work->apart;

	if (why == NULL && kept && pipeline->requests.limited && pipeline->requests.most == 0)
		why = "--max-requests 0 lets nobody be asked";
	if (why == NULL)
		return (kept ? compare_sample : compare_all)(work, err);
	for (int i = 0; i < 2; i++)
		RQ_TRY(no_cosines(work, kinds[i], why, err));
	return RQ_OK;
}

/* ---- who is near to whom ---- */

/* The nearest of some rows among all of them. */
struct lists {
	struct rq_neighbours found;
	uint32_t *own;
	struct rq_nearest nearest;
};

static void lists_release(struct lists *lists)
{
	rq_neighbours_release(&lists->found);
	free(lists->own);
	*lists = (struct lists){0};
}

/* Of all rows up to RQ_NEAREST_EXACT of them, else of a seeded sample. */
static enum rq_status search(struct lists *lists, const struct rq_vectors *rows, const struct rq_drift_work *work, struct rq_error *err)
{
	size_t n = rows->n, queries = n <= RQ_NEAREST_EXACT ? n : RQ_NEAREST_SAMPLE, depth = smaller(n, RQ_DRIFT_CUTOFF + 1);
	enum rq_similarity similarity = rq_side_similarity(&work->pipeline->config->sides[RQ_CANDIDATE]);
	RQ_CLEANUP(rows_release) struct rows asked = {0};
	RQ_CLEANUP(rq_free_pointer) uint32_t *ranks = malloc(n * sizeof *ranks); /* equal scores by row */

	lists->own = malloc(queries * sizeof *lists->own);
	if (ranks == NULL || lists->own == NULL)
		return rq_fail_memory(err);
	for (uint32_t i = 0; i < n; i++)
		ranks[i] = i;
	rq_sample_rows(lists->own, queries, n, RQ_DRIFT_SEED);
	RQ_TRY(take_rows(&asked, rows, queries == n ? NULL : lists->own, queries, err));
	RQ_TRY(rq_neighbours_init(&lists->found, queries, depth, err));
	RQ_TRY(rq_exact_search(&lists->found, rows, asked.vectors.data, queries, similarity, ranks, work->pipeline->progress, err));
	lists->nearest = (struct rq_nearest){lists->found.rows, lists->found.counts, lists->found.scores, lists->own, queries, depth, n};
	return RQ_OK;
}

/* Among a seeded sample of so many of the rows. */
static enum rq_status search_some(struct lists *lists, const struct rq_vectors *rows, size_t count, const struct rq_drift_work *work, struct rq_error *err)
{
	RQ_CLEANUP(rows_release) struct rows sample = {0};
	RQ_CLEANUP(rq_free_pointer) uint32_t *which = malloc((count + 1) * sizeof *which);

	if (which == NULL)
		return rq_fail_memory(err);
	rq_sample_rows(which, count, rows->n, RQ_DRIFT_SEED);
	RQ_TRY(take_rows(&sample, rows, count == rows->n ? NULL : which, count, err));
	lists_release(lists);
	return search(lists, &sample.vectors, work, err);
}

static enum rq_status compare_neighbours(struct rq_drift_work *work, const struct lists lists[RQ_DRIFT_TIMES], size_t n, struct rq_error *err)
{
	struct rq_list_drift shared;

	RQ_TRY(rq_neighbour_drift(&shared, &lists[RQ_DRIFT_THEN].nearest, &lists[RQ_DRIFT_NOW].nearest, smaller(n - 1, RQ_DRIFT_CUTOFF), n, err));
	work->drift->searched = lists[RQ_DRIFT_NOW].nearest.queries;
	RQ_TRY(rq_drift_add(work, "documents", shared.jaccard, err));
	RQ_TRY(rq_drift_add(work, "documents", shared.overlap, err));
	return rq_drift_add(work, "documents", shared.rbo, err);
}

static enum rq_status align(struct rq_drift_work *work, const struct rq_vectors *then, const struct rq_vectors *now, struct rq_error *err)
{
	struct rq_alignment alignment;

	RQ_TRY(rq_alignment(&alignment, then, now, RQ_DRIFT_SEED, err));
	RQ_TRY(rq_drift_add(work, "documents", alignment.cka, err));
	return rq_drift_add(work, "documents", alignment.procrustes, err);
}

/* ---- the shape of all documents ---- */

static bool is_zero(const struct rq_vectors *vectors, size_t row)
{
	const float *numbers = vectors->data + row * vectors->d;

	for (size_t i = 0; i < vectors->d; i++)
		if (numbers[i] != 0)
			return false;
	return true;
}

static bool computes_documents(const struct rq_pipeline *pipeline)
{
	const struct rq_side_config *side = &pipeline->config->sides[RQ_CANDIDATE];

	return (side->document_embedder == NULL ? side->embedder : side->document_embedder)->embed != NULL;
}

/* Rows of zeros that tell of no fault: the document is empty, or had no more then, or is new and its embedder, which computes in this process and so
 * cannot have failed, knows no word of it. */
static size_t expected_zeros(const struct rq_drift_work *work, const struct rq_vectors *then, const struct rq_vectors *now)
{
	const struct rq_corpus *corpus = rq_drift_corpus(work->pipeline);
	const struct rq_drift_pairs *pairs = &work->same_documents;
	bool computed = computes_documents(work->pipeline);
	size_t count = 0, pair = 0;

	for (size_t row = rq_vectors_zero_row(now, 0); row < now->n; row = rq_vectors_zero_row(now, row + 1)) {
		while (pair < pairs->count && pairs->now[pair] < row)
			pair++;
		bool same = pair < pairs->count && pairs->now[pair] == row;
		count += corpus->documents[row].text[0] == '\0' || (same ? is_zero(then, pairs->then[pair]) : computed);
	}
	return count;
}

static size_t usable_rows(const struct rq_vectors *vectors)
{
	size_t count = vectors->n;

	for (size_t row = rq_vectors_zero_row(vectors, 0); row < vectors->n; row = rq_vectors_zero_row(vectors, row + 1))
		count--;
	return count;
}

static void describe_shape(struct rq_drift_shape *shape, const struct rq_geometry *geometry, const struct rq_nearest *nearest)
{
	*shape = (struct rq_drift_shape){
		.documents = geometry->n,
		.among = nearest->among,
		.hubness = geometry->hubness,
		.unreached = geometry->unreached,
		.most_reached = geometry->most_reached,
		.effective_rank = geometry->effective_rank,
		.length = geometry->length.mean,
		.margin = geometry->margin.mean,
		.duplicates = geometry->duplicates,
		.zero = geometry->zero,
	};
}

static enum rq_status compare_geometry(struct rq_drift_work *work, const struct rq_vectors *then, const struct rq_vectors *now,
                                       const struct lists lists[RQ_DRIFT_TIMES], struct rq_error *err)
{
	size_t rows = smaller(smaller(usable_rows(then), usable_rows(now)), RQ_RANK_SAMPLE);
	size_t cutoff = smaller(smaller(then->n, now->n) - 1, RQ_DRIFT_CUTOFF);
	bool normalised = work->pipeline->config->sides[RQ_CANDIDATE].index.similarity == RQ_COSINE_NAME;
	struct rq_geometry before, after;

	RQ_TRY(rq_geometry_of(&before, then, &lists[RQ_DRIFT_THEN].nearest, cutoff, rows, RQ_DRIFT_SEED, err));
	RQ_TRY(rq_geometry_of(&after, now, &lists[RQ_DRIFT_NOW].nearest, cutoff, rows, RQ_DRIFT_SEED, err));
	after.zero -= expected_zeros(work, then, now);
	describe_shape(&work->drift->shapes[RQ_DRIFT_THEN], &before, &lists[RQ_DRIFT_THEN].nearest);
	describe_shape(&work->drift->shapes[RQ_DRIFT_NOW], &after, &lists[RQ_DRIFT_NOW].nearest);
	struct rq_geometry_drift geometry = rq_geometry_compare(&before, &after);
	RQ_TRY(rq_drift_add(work, "documents", geometry.hubness, err));
	RQ_TRY(rq_drift_add(work, "documents", geometry.effective_rank, err));
	RQ_TRY(rq_drift_add(work, "documents", geometry.margin, err));
	RQ_TRY(rq_drift_add(work, "documents", geometry.duplicates, err));
	RQ_TRY(rq_drift_add(work, "documents", geometry.broken_vectors, err));
	if (normalised)
		return rq_drift_add_absent(work, "documents", RQ_DRIFT_length, "vectors are compared by their cosine, for which their length is nothing", err);
	return rq_drift_add(work, "documents", geometry.length, err);
}

static const enum rq_drift_name of_models[] = {RQ_DRIFT_knn_jaccard, RQ_DRIFT_knn_overlap, RQ_DRIFT_knn_rbo, RQ_DRIFT_cka, RQ_DRIFT_procrustes};
static const enum rq_drift_name of_shapes[] = {RQ_DRIFT_hubness,        RQ_DRIFT_effective_rank, RQ_DRIFT_margin, RQ_DRIFT_duplicates,
                                               RQ_DRIFT_broken_vectors, RQ_DRIFT_length};

static enum rq_status say_why(struct rq_drift_work *work, const enum rq_drift_name *figures, size_t count, const char *why, struct rq_error *err)
{
	for (size_t i = 0; i < count; i++)
		RQ_TRY(rq_drift_add_absent(work, "documents", figures[i], why, err));
	return RQ_OK;
}

static enum rq_status compare_same(struct rq_drift_work *work, struct lists lists[RQ_DRIFT_TIMES], struct rq_error *err)
{
	const struct rq_embedding *embedding = rq_side_embedding(work->pipeline, RQ_CANDIDATE);
	const struct rq_drift_pairs *pairs = &work->same_documents;
	RQ_CLEANUP(rows_release) struct rows then = {0}, now = {0};

	RQ_TRY(take_rows(&then, &work->reference->documents, pairs->whole ? NULL : pairs->then, pairs->count, err));
	RQ_TRY(take_rows(&now, &embedding->documents, pairs->whole ? NULL : pairs->now, pairs->count, err));
	RQ_TRY(search(&lists[RQ_DRIFT_THEN], &then.vectors, work, err));
	RQ_TRY(search(&lists[RQ_DRIFT_NOW], &now.vectors, work, err));
	if (work->stale != NULL)
		return say_why(work, of_models, sizeof of_models / sizeof *of_models, work->stale, err);
	RQ_TRY(compare_neighbours(work, lists, pairs->count, err));
	return align(work, &then.vectors, &now.vectors, err);
}

/* Lists among the same texts are those of all documents where there are no others. Else as many documents of both times are searched: with more of them
 * hubs are larger and margins smaller, whatever the documents. */
static enum rq_status compare_shapes(struct rq_drift_work *work, struct lists lists[RQ_DRIFT_TIMES], struct rq_error *err)
{
	const struct rq_vectors *then = &work->reference->documents, *now = &rq_side_embedding(work->pipeline, RQ_CANDIDATE)->documents;

	if (then->n < TEXTS_LEAST || now->n < TEXTS_LEAST)
		return say_why(work, of_shapes, sizeof of_shapes / sizeof *of_shapes, "there are fewer than three documents", err);
	if (!work->same_documents.whole) {
		RQ_TRY(search_some(&lists[RQ_DRIFT_THEN], then, smaller(then->n, now->n), work, err));
		RQ_TRY(search_some(&lists[RQ_DRIFT_NOW], now, smaller(then->n, now->n), work, err));
	}
	return compare_geometry(work, then, now, lists, err);
}

enum rq_status rq_drift_compare_models(struct rq_drift_work *work, struct rq_error *err)
{
	struct lists lists[RQ_DRIFT_TIMES] = {0};
	enum rq_status status = RQ_OK;

	if (work->reference->documents.data == NULL || rq_side_embedding(work->pipeline, RQ_CANDIDATE)->documents.data == NULL) {
		RQ_TRY(say_why(work, of_models, sizeof of_models / sizeof *of_models, "there are no vectors of both times", err));
		return say_why(work, of_shapes, sizeof of_shapes / sizeof *of_shapes, "there are no vectors of both times", err);
	}
	if (work->same_documents.count < TEXTS_LEAST)
		status = say_why(work, of_models, sizeof of_models / sizeof *of_models, "fewer than three documents are the same as then", err);
	else
		status = compare_same(work, lists, err);
	if (status == RQ_OK)
		status = compare_shapes(work, lists, err);
	lists_release(&lists[RQ_DRIFT_THEN]);
	lists_release(&lists[RQ_DRIFT_NOW]);
	return status;
}
