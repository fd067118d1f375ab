/* Counts and spreads of a loaded data set. */
#include "datasets/summary.h"

#include "datasets/duplicates.h"

#include <stdlib.h>
#include <string.h>

void rq_summary_release(struct rq_summary *summary)
{
	rq_arena_release(&summary->arena);
	*summary = (struct rq_summary){0};
}

static int compare_sizes(const void *a, const void *b)
{
	size_t left = *(const size_t *)a, right = *(const size_t *)b;

	return left < right ? -1 : left > right;
}

/* Sorts the sizes. */
static struct rq_spread spread(size_t *sizes, size_t count)
{
	if (count == 0)
		return (struct rq_spread){0};
	qsort(sizes, count, sizeof *sizes, compare_sizes);
	return (struct rq_spread){sizes[0], sizes[(count + 1) / 2 - 1], sizes[(count * 95 + 99) / 100 - 1], sizes[count - 1]};
}

static size_t count_words(const char *text)
{
	size_t words = 0;

	for (bool inside = false; *text != '\0'; text++) {
		bool space = *text == ' ' || (*text >= '\t' && *text <= '\r');
		words += !space && !inside;
		inside = !space;
	}
	return words;
}

static size_t count_characters(const char *text)
{
	size_t characters = 0;

	for (; *text != '\0'; text++)
		characters += ((unsigned char)*text & 0xC0) != 0x80;
	return characters;
}

static enum rq_status measure(struct rq_spread *words, struct rq_spread *characters, const char *const *texts, size_t count, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) size_t *sizes = malloc((count + 1) * sizeof *sizes);

	if (sizes == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		sizes[i] = count_words(texts[i]);
	*words = spread(sizes, count);
	for (size_t i = 0; i < count; i++)
		sizes[i] = count_characters(texts[i]);
	*characters = spread(sizes, count);
	return RQ_OK;
}

static enum rq_status count_duplicates(struct rq_corpus_summary *summary, const char *const *texts, size_t count, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) size_t *first = malloc((count + 1) * sizeof *first);
	RQ_CLEANUP(rq_free_pointer) bool *repeated = calloc(count + 1, sizeof *repeated);

	if (first == NULL || repeated == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_find_duplicates(first, texts, count, err));
	for (size_t i = 0; i < count; i++) {
		if (first[i] == i)
			continue;
		summary->duplicates++;
		summary->duplicate_groups += !repeated[first[i]];
		repeated[first[i]] = true;
	}
	return RQ_OK;
}

static enum rq_status count_parents(struct rq_corpus_summary *summary, const struct rq_corpus *corpus, struct rq_error *err)
{
	RQ_CLEANUP(rq_ids_release) struct rq_ids parents = {0};
	RQ_CLEANUP(rq_free_pointer) size_t *chunks = calloc(corpus->count + 1, sizeof *chunks);

	if (chunks == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < corpus->count; i++) {
		const char *parent = corpus->documents[i].parent;
		if (parent == NULL)
			continue;
		uint32_t number = rq_ids_add(&parents, parent, strlen(parent), NULL);
		if (number == RQ_ID_NONE)
			return rq_fail_memory(err);
		chunks[number]++;
		summary->chunks++;
	}
	summary->parents = parents.count;
	summary->chunks_per_parent = spread(chunks, parents.count);
	return RQ_OK;
}

static enum rq_status summarise_corpus(struct rq_corpus_summary *summary, const struct rq_corpus *corpus, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) const char **texts = malloc((corpus->count + 1) * sizeof *texts);

	if (texts == NULL)
		return rq_fail_memory(err);
	summary->documents = corpus->count;
	summary->empty = corpus->empty;
	for (size_t i = 0; i < corpus->count; i++)
		texts[i] = corpus->documents[i].text;
	RQ_TRY(measure(&summary->words, &summary->characters, texts, corpus->count, err));
	RQ_TRY(count_duplicates(summary, texts, corpus->count, err));
	return count_parents(summary, corpus, err);
}

static int compare_counts(const void *a, const void *b)
{
	return strcmp(((const struct rq_count *)a)->name, ((const struct rq_count *)b)->name);
}

static enum rq_status count_slices(struct rq_topics_summary *summary, const struct rq_topics *topics, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_ids_release) struct rq_ids slices = {0}, clusters = {0};

	summary->slices = rq_arena_alloc(arena, topics->count, sizeof *summary->slices);
	if (summary->slices == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topics->count; i++) {
		const struct rq_topic *topic = &topics->topics[i];
		uint32_t slice = topic->slice == NULL ? 0 : rq_ids_add(&slices, topic->slice, strlen(topic->slice), NULL);
		uint32_t cluster = topic->cluster == NULL ? 0 : rq_ids_add(&clusters, topic->cluster, strlen(topic->cluster), NULL);
		if (slice == RQ_ID_NONE || cluster == RQ_ID_NONE)
			return rq_fail_memory(err);
		summary->unanswerable += !topic->answerable;
		summary->clustered += topic->cluster != NULL;
		summary->without_slice += topic->slice == NULL;
		if (topic->slice == NULL)
			continue;
		summary->slices[slice].name = topic->slice;
		summary->slices[slice].count++;
	}
	summary->slice_count = slices.count;
	summary->clusters = clusters.count;
	qsort(summary->slices, summary->slice_count, sizeof *summary->slices, compare_counts);
	return RQ_OK;
}

static enum rq_status summarise_topics(struct rq_topics_summary *summary, const struct rq_topics *topics, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) const char **texts = malloc((topics->count + 1) * sizeof *texts);

	if (texts == NULL)
		return rq_fail_memory(err);
	summary->topics = topics->count;
	for (size_t i = 0; i < topics->count; i++)
		texts[i] = topics->topics[i].text;
	RQ_TRY(measure(&summary->words, &summary->characters, texts, topics->count, err));
	return count_slices(summary, topics, arena, err);
}

static int compare_grades(const void *a, const void *b)
{
	int left = *(const int *)a, right = *(const int *)b;

	return left < right ? -1 : left > right;
}

static enum rq_status count_grades(struct rq_qrels_summary *summary, const struct rq_qrels *qrels, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) int *grades = malloc((qrels->judgments + 1) * sizeof *grades);
	size_t count = 0, distinct = 0;

	if (grades == NULL)
		return rq_fail_memory(err);
	for (size_t t = 0; t < qrels->count; t++)
		for (size_t i = 0; i < qrels->topics[t].count; i++)
			grades[count++] = qrels->topics[t].judgments[i].grade;
	qsort(grades, count, sizeof *grades, compare_grades);
	for (size_t i = 0; i < count; i++)
		distinct += i == 0 || grades[i] != grades[i - 1];
	summary->grades = rq_arena_alloc(arena, distinct, sizeof *summary->grades);
	if (summary->grades == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || grades[i] != grades[i - 1])
			summary->grades[summary->grade_count++].grade = grades[i];
		summary->grades[summary->grade_count - 1].count++;
	}
	return RQ_OK;
}

/* Answerable where the topic is known, false where there is a topics file that lacks it. */
static bool is_scored(struct rq_qrels_summary *summary, const struct rq_ids *unanswerable, const struct rq_topics *topics, const char *topic)
{
	if (topics->count > 0 && rq_ids_find(&topics->ids, topic, strlen(topic)) == RQ_ID_NONE) {
		summary->unknown_topics++;
		return false;
	}
	return rq_ids_find(unanswerable, topic, strlen(topic)) == RQ_ID_NONE;
}

static enum rq_status count_judgments(struct rq_qrels_summary *summary, const struct rq_qrels *qrels, const struct rq_topics *topics,
                                      const struct rq_ids *units, struct rq_error *err)
{
	RQ_CLEANUP(rq_ids_release) struct rq_ids unanswerable = {0};
	RQ_CLEANUP(rq_free_pointer) size_t *judged = malloc((qrels->count + 1) * sizeof *judged);
	RQ_CLEANUP(rq_free_pointer) size_t *relevant = malloc((qrels->count + 1) * sizeof *relevant);

	if (judged == NULL || relevant == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topics->count; i++) {
		const struct rq_topic *topic = &topics->topics[i];
		if (!topic->answerable && rq_ids_add(&unanswerable, topic->id, strlen(topic->id), NULL) == RQ_ID_NONE)
			return rq_fail_memory(err);
	}
	for (size_t t = 0; t < qrels->count; t++) {
		const struct rq_topic_judgments *topic = &qrels->topics[t];
		size_t good = 0;
		for (size_t i = 0; i < topic->count; i++) {
			const char *document = topic->judgments[i].document;
			good += topic->judgments[i].grade > 0;
			summary->unknown_documents += units->count > 0 && rq_ids_find(units, document, strlen(document)) == RQ_ID_NONE;
		}
		if (!is_scored(summary, &unanswerable, topics, topic->topic))
			continue;
		summary->no_relevant += good == 0;
		judged[summary->scored] = topic->count;
		relevant[summary->scored++] = good;
	}
	summary->judged = spread(judged, summary->scored);
	summary->relevant = spread(relevant, summary->scored);
	return RQ_OK;
}

static enum rq_status summarise_qrels(struct rq_summary *summary, const struct rq_corpus *corpus, const struct rq_topics *topics,
                                      const struct rq_qrels *qrels, bool parents, struct rq_error *err)
{
	RQ_CLEANUP(rq_ids_release) struct rq_ids units = {0};

	summary->qrels.judgments = qrels->judgments;
	summary->qrels.topics = qrels->count;
	RQ_TRY(rq_corpus_units(&units, corpus, parents, err));
	RQ_TRY(count_grades(&summary->qrels, qrels, &summary->arena, err));
	return count_judgments(&summary->qrels, qrels, topics, &units, err);
}

enum rq_status rq_summarise(struct rq_summary *summary, const struct rq_corpus *corpus, const struct rq_topics *topics, const struct rq_qrels *qrels,
                            bool parents, struct rq_error *err)
{
	*summary = (struct rq_summary){0};
	enum rq_status status = summarise_corpus(&summary->corpus, corpus, err);
	if (status == RQ_OK)
		status = summarise_topics(&summary->topics, topics, &summary->arena, err);
	if (status == RQ_OK)
		status = summarise_qrels(summary, corpus, topics, qrels, parents, err);
	if (status != RQ_OK)
		rq_summary_release(summary);
	return status;
}
