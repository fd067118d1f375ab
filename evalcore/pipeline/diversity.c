/* What the lists of a side repeat: texts, sources, vectors of the documents that were retrieved. A document is read once, when a list first holds it.
 */
#include "evalcore/embed/text/tokens.h"
#include "evalcore/pipeline/stages.h"
#include "metrics/diversity.h"

#include <stdlib.h>
#include <string.h>

static const struct rq_shingles unknown = {.hashes = NULL, .count = 1};

/* The documents of a corpus as sets of shingles, made where they are asked for. */
struct shelf {
	const struct rq_corpus *corpus;
	struct rq_tokenizer *tokenizer;
	struct rq_shingles *made; /* [document] */
	bool *is_made;
	struct rq_arena arena;
};

/* A text while it is read: the last words, and the shingles so far. */
struct reading {
	uint64_t words[RQ_SHINGLE_WORDS];
	size_t count;
	struct rq_buf hashes;
};

static void release(struct shelf *shelf)
{
	rq_tokenizer_free(shelf->tokenizer);
	free(shelf->made);
	free(shelf->is_made);
	rq_arena_release(&shelf->arena);
}

static enum rq_status open_shelf(struct shelf *shelf, const struct rq_corpus *corpus, struct rq_error *err)
{
	*shelf = (struct shelf){.corpus = corpus};
	shelf->made = calloc(corpus->count + 1, sizeof *shelf->made);
	shelf->is_made = calloc(corpus->count + 1, sizeof *shelf->is_made);
	if (shelf->made == NULL || shelf->is_made == NULL)
		return rq_fail_memory(err);
	return rq_tokenizer_new(&shelf->tokenizer, "none", false, err);
}

static void add_shingle(struct reading *reading, size_t words)
{
	uint64_t hash = rq_hash64(reading->words, words * sizeof *reading->words);

	rq_buf_add(&reading->hashes, &hash, sizeof hash);
}

static bool take_word(void *context, const char *word, size_t length)
{
	struct reading *reading = context;

	memmove(reading->words, reading->words + 1, (RQ_SHINGLE_WORDS - 1) * sizeof *reading->words);
	reading->words[RQ_SHINGLE_WORDS - 1] = rq_hash64(word, length);
	if (++reading->count >= RQ_SHINGLE_WORDS)
		add_shingle(reading, RQ_SHINGLE_WORDS);
	return !reading->hashes.failed;
}

static int by_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static enum rq_status make_shingles(struct rq_shingles *shingles, struct shelf *shelf, const char *text, struct rq_error *err)
{
	struct reading reading = {0};
	enum rq_status status = rq_tokenize(shelf->tokenizer, text, take_word, &reading, err);

	if (status == RQ_OK && reading.count > 0 && reading.count < RQ_SHINGLE_WORDS) /* too short for one: all of it */
		add_shingle(&reading, RQ_SHINGLE_WORDS);
	size_t count = reading.hashes.size / sizeof(uint64_t), distinct = 0;
	uint64_t *hashes = rq_arena_alloc(&shelf->arena, count, sizeof *hashes);
	if (status == RQ_OK && (reading.hashes.failed || hashes == NULL))
		status = rq_fail_memory(err);
	if (status == RQ_OK && count > 0) {
		memcpy(hashes, reading.hashes.data, count * sizeof *hashes);
		qsort(hashes, count, sizeof *hashes, by_hash);
		for (size_t i = 0; i < count; i++)
			if (i == 0 || hashes[i] != hashes[i - 1])
				hashes[distinct++] = hashes[i];
	}
	rq_buf_release(&reading.hashes);
	*shingles = (struct rq_shingles){hashes, distinct};
	return status;
}

static enum rq_status find_shingles(const struct rq_shingles **found, struct shelf *shelf, const char *id, struct rq_error *err)
{
	uint32_t document = rq_ids_find(&shelf->corpus->ids, id, strlen(id));

	*found = &unknown;
	if (document == RQ_ID_NONE)
		return RQ_OK;
	*found = &shelf->made[document];
	if (shelf->is_made[document])
		return RQ_OK;
	shelf->is_made[document] = true;
	return make_shingles(&shelf->made[document], shelf, shelf->corpus->documents[document].text, err);
}

/* What is known of the first k documents of a list; room for k of each. */
struct list {
	const struct rq_shingles **shingles;
	const char **sources;
	const float **vectors;
};

static void list_release(struct list *list)
{
	free(list->shingles);
	free(list->sources);
	free(list->vectors);
}

static enum rq_status measure_list(double *value, struct list *list, const struct rq_ranking *ranking, size_t depth, struct shelf *shelf,
                                   const struct rq_pipeline *pipeline, enum rq_side side, enum rq_trait trait, struct rq_error *err)
{
	const struct rq_corpus *embedded = pipeline->searchers[side].corpus;
	const struct rq_embedding *embedding = rq_side_embedding(pipeline, side);
	size_t known = 0;

	for (size_t i = 0; i < depth; i++) {
		const char *id = ranking->documents[i].document;
		uint32_t document = rq_ids_find(&(trait == RQ_TRAIT_VECTOR ? embedded : shelf->corpus)->ids, id, strlen(id));
		if (trait == RQ_TRAIT_TEXT)
			RQ_TRY(find_shingles(&list->shingles[i], shelf, id, err));
		else if (trait == RQ_TRAIT_SOURCE) /* without one, it is its own */
			list->sources[i] = document == RQ_ID_NONE || shelf->corpus->documents[document].source == NULL
			                       ? id
			                       : shelf->corpus->documents[document].source;
		else if (document != RQ_ID_NONE)
			list->vectors[known++] = embedding->documents.data + (size_t)document * embedding->documents.d;
	}
	*value = trait == RQ_TRAIT_TEXT     ? rq_unique_share(list->shingles, depth)
	         : trait == RQ_TRAIT_SOURCE ? rq_source_share(list->sources, depth)
	                                    : rq_list_distance(list->vectors, known, embedding->documents.d);
	return RQ_OK;
}

const char *rq_diversity_absent(const struct rq_pipeline *pipeline, enum rq_side side, enum rq_trait trait)
{
	const struct rq_side_config *config = &pipeline->config->sides[side];

	if (pipeline->config->dataset.unit == RQ_UNIT_PARENT)
		return "not measured: rankings are of parents, which have neither text nor vector of their own";
	if (rq_side_corpus(pipeline, side)->count == 0)
		return "not measured: there is no corpus";
	if (trait == RQ_TRAIT_SOURCE && pipeline->config->dataset.source_field == NULL)
		return "not measured: dataset.source_field does not say where a document names its source";
	if (trait == RQ_TRAIT_VECTOR && (!rq_side_has_vectors(config) || rq_side_embedding(pipeline, side)->documents.data == NULL))
		return "not measured: there are no vectors of the side's documents";
	return NULL;
}

static enum rq_status measure_lists(double *values, struct list *list, struct shelf *shelf, const struct rq_pipeline *pipeline, enum rq_side side,
                                    const struct rq_metric_spec *spec, struct rq_error *err)
{
	const struct rq_comparison *comparison = &pipeline->comparison;

	for (size_t i = 0; i < comparison->topic_count; i++) {
		const struct rq_ranking *ranking = rq_run_find(&pipeline->runs[side], comparison->topics[i].id);
		size_t depth = ranking == NULL ? 0 : ranking->count < spec->cutoff ? ranking->count : spec->cutoff;
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(measure_list(&values[i], list, ranking, depth, shelf, pipeline, side, spec->metric->trait, err));
	}
	return RQ_OK;
}

enum rq_status rq_side_diversity(double *values, const struct rq_pipeline *pipeline, enum rq_side side, const struct rq_metric_spec *spec,
                                 struct rq_error *err)
{
	struct shelf shelf;
	struct list list = {.shingles = calloc(spec->cutoff, sizeof *list.shingles),
	                    .sources = calloc(spec->cutoff, sizeof *list.sources),
	                    .vectors = calloc(spec->cutoff, sizeof *list.vectors)};

	enum rq_status status = open_shelf(&shelf, rq_side_corpus(pipeline, side), err);
	if (status == RQ_OK && (list.shingles == NULL || list.sources == NULL || list.vectors == NULL))
		status = rq_fail_memory(err);
	if (status == RQ_OK)
		status = measure_lists(values, &list, &shelf, pipeline, side, spec, err);
	list_release(&list);
	release(&shelf);
	return status;
}
