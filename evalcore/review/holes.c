/* What each unjudged document would do to the difference of two sides: both rankings are scored again with it in the judgments. */
#include "evalcore/review/holes.h"

#include "evalcore/base/ids.h"
#include "evalcore/base/system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Judgments of one topic with room for one more, and both rankings. */
struct bench {
	const struct rq_holes_request *request;
	const struct rq_compared_topic *topic;
	const struct rq_topic_judgments *as_is;
	struct rq_judgment *judgments; /* as_is, strcmp order, and the one on trial */
	int32_t *judged;               /* grades of 0 and more, descending, and that of the one on trial */
	struct rq_hit *hits;
	struct rq_topic_judgments with;
	const struct rq_ranking *rankings[RQ_SIDES];
	size_t places; /* that the three have room for */
};

static void bench_release(struct bench *bench)
{
	free(bench->judgments);
	free(bench->judged);
	free(bench->hits);
}

static enum rq_status bench_reserve(struct bench *bench, size_t places, struct rq_error *err)
{
	if (places <= bench->places)
		return RQ_OK;
	bench_release(bench);
	bench->places = 0;
	bench->judgments = malloc(places * sizeof *bench->judgments);
	bench->judged = malloc(places * sizeof *bench->judged);
	bench->hits = malloc(places * sizeof *bench->hits);
	if (bench->judgments == NULL || bench->judged == NULL || bench->hits == NULL)
		return rq_fail_memory(err);
	bench->places = places;
	return RQ_OK;
}

/* Where the document is, or belongs, in strcmp order. */
static size_t find_place(bool *there, const struct rq_topic_judgments *judgments, const char *document)
{
	size_t low = 0, high = judgments->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(judgments->judgments[middle].document, document) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*there = low < judgments->count && strcmp(judgments->judgments[low].document, document) == 0;
	return low;
}

static int compare_grades(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x < y) - (x > y);
}

/* The topic's judgments with `document` judged `grade`; NULL: as they are. */
static struct rq_pool_topic judge_again(struct bench *bench, const char *document, int32_t grade)
{
	const struct rq_topic_judgments *as_is = bench->as_is;
	struct rq_pool_topic topic = {.judgments = &bench->with, .judged = bench->judged};
	bool there = false;
	size_t at = document == NULL ? as_is->count : find_place(&there, as_is, document), added = document != NULL && !there ? 1 : 0;

	for (size_t i = 0; i < at; i++)
		bench->judgments[i] = as_is->judgments[i];
	for (size_t i = at; i < as_is->count; i++)
		bench->judgments[i + added] = as_is->judgments[i];
	if (document != NULL)
		bench->judgments[at] = (struct rq_judgment){.document = document, .grade = grade};
	bench->with = (struct rq_topic_judgments){as_is->topic, bench->judgments, as_is->count + added};
	for (size_t i = 0; i < bench->with.count; i++) {
		if (bench->judgments[i].grade < 0)
			continue;
		bench->judged[topic.judged_count++] = bench->judgments[i].grade;
		topic.ideal_count += bench->judgments[i].grade > 0;
	}
	qsort(bench->judged, topic.judged_count, sizeof *bench->judged, compare_grades);
	return topic;
}

/* The topic's candidate - baseline. */
static double difference(struct bench *bench, const char *document, int32_t grade)
{
	const struct rq_metric_spec *metric = bench->request->metric;
	struct rq_pool_topic topic = judge_again(bench, document, grade);
	double scores[RQ_SIDES];

	for (int side = 0; side < RQ_SIDES; side++) {
		struct rq_judged_ranking judged = rq_judge_ranking(bench->rankings[side], &topic, bench->hits);
		scores[side] = metric->metric->score(&judged, metric);
	}
	return scores[RQ_CANDIDATE] - scores[RQ_BASELINE];
}

static bool is_judged(const struct rq_topic_judgments *judgments, const char *document)
{
	bool there;
	size_t at = find_place(&there, judgments, document);

	return there && judgments->judgments[at].grade >= 0;
}

static size_t rank_of(const struct rq_ranking *ranking, const char *document)
{
	for (size_t i = 0; i < ranking->count; i++)
		if (strcmp(ranking->documents[i].document, document) == 0)
			return i + 1;
	return 0;
}

struct list {
	struct rq_hole *items;
	size_t count, capacity;
};

static void list_release(struct list *list)
{
	free(list->items);
}

static enum rq_status try_document(struct list *list, struct rq_holes *holes, struct bench *bench, const char *document, double as_is,
                                   struct rq_error *err)
{
	double effect = (difference(bench, document, holes->grade) - as_is) / (double)holes->scored;

	holes->unjudged++;
	if (!(fabs(effect) > RQ_TIE_TOLERANCE)) {
		holes->idle++;
		return RQ_OK;
	}
	if (!RQ_RESERVE(list->items, list->capacity, list->count + 1))
		return rq_fail_memory(err);
	list->items[list->count++] = (struct rq_hole){
		.topic = bench->topic,
		.document = document,
		.rank = {rank_of(bench->rankings[RQ_BASELINE], document), rank_of(bench->rankings[RQ_CANDIDATE], document)},
		.effect = effect,
	};
	return RQ_OK;
}

static enum rq_status try_topic(struct list *list, struct rq_holes *holes, struct bench *bench, struct rq_error *err)
{
	RQ_CLEANUP(rq_ids_release) struct rq_ids seen = {0};

	RQ_TRY(bench_reserve(bench, bench->as_is->count + 1, err));
	double as_is = difference(bench, NULL, 0);
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_ranking *ranking = bench->rankings[side];
		for (size_t i = 0; i < ranking->count && i < bench->request->depth; i++) {
			const char *document = ranking->documents[i].document;
			bool added;
			if (rq_ids_add(&seen, document, strlen(document), &added) == RQ_ID_NONE)
				return rq_fail_memory(err);
			if (added && !is_judged(bench->as_is, document))
				RQ_TRY(try_document(list, holes, bench, document, as_is, err));
		}
	}
	return rq_cancel_check(err);
}

/* ---- which of them ---- */

static int compare_holes(const void *a, const void *b)
{
	const struct rq_hole *x = a, *y = b;
	double first = fabs(x->effect), second = fabs(y->effect);

	if (first != second)
		return first > second ? -1 : 1;
	int by_topic = strcmp(x->topic->id, y->topic->id);
	return by_topic != 0 ? by_topic : strcmp(x->document, y->document);
}

/* The first ones, of so many topics as are asked for. */
static enum rq_status choose(struct rq_holes *holes, const struct list *list, const struct rq_holes_request *request, struct rq_error *err)
{
	RQ_CLEANUP(rq_ids_release) struct rq_ids topics = {0};
	size_t room = request->limit < list->count ? request->limit : list->count;

	holes->items = rq_arena_alloc(&holes->arena, room, sizeof *holes->items);
	if (holes->items == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < list->count && holes->count < room; i++) {
		const char *topic = list->items[i].topic->id;
		bool full = request->topics > 0 && topics.count >= request->topics;
		if (full && rq_ids_find(&topics, topic, strlen(topic)) == RQ_ID_NONE)
			continue;
		if (rq_ids_add(&topics, topic, strlen(topic), NULL) == RQ_ID_NONE)
			return rq_fail_memory(err);
		holes->items[holes->count++] = list->items[i];
	}
	return RQ_OK;
}

static bool counts(const struct rq_compared_topic *topic, const char *slice)
{
	return slice == NULL || (topic->slice != NULL && strcmp(topic->slice, slice) == 0);
}

static int32_t highest_grade(const struct rq_qrels *qrels)
{
	int32_t highest = 1;

	for (size_t t = 0; t < qrels->count; t++)
		for (size_t i = 0; i < qrels->topics[t].count; i++)
			if (qrels->topics[t].judgments[i].grade > highest)
				highest = qrels->topics[t].judgments[i].grade;
	return highest;
}

enum rq_status rq_holes_find(struct rq_holes *holes, const struct rq_holes_request *request, struct rq_error *err)
{
	RQ_CLEANUP(list_release) struct list list = {0};
	RQ_CLEANUP(bench_release) struct bench bench = {.request = request};
	const struct rq_comparison *comparison = request->comparison;

	*holes = (struct rq_holes){.grade = request->grade > 0 ? request->grade : highest_grade(request->qrels)};
	for (size_t t = 0; t < comparison->topic_count; t++)
		holes->scored += counts(&comparison->topics[t], request->slice);
	if (holes->scored == 0)
		return rq_fail(err, RQ_E_DATA, "no topic is in slice \"%s\"", request->slice == NULL ? "" : request->slice);
	for (size_t t = 0; t < comparison->topic_count; t++) {
		bench.topic = &comparison->topics[t];
		if (!counts(bench.topic, request->slice))
			continue;
		bench.as_is = rq_qrels_find(request->qrels, bench.topic->id);
		if (bench.as_is == NULL)
			return rq_fail(err, RQ_E_DATA, "topic \"%s\" has no judgments; expected those that the report was made with", bench.topic->id);
		for (int side = 0; side < RQ_SIDES; side++)
			bench.rankings[side] = rq_run_answer(comparison->sides[side].ranked, bench.topic->id);
		RQ_TRY(try_topic(&list, holes, &bench, err));
	}
	if (list.count > 0)
		qsort(list.items, list.count, sizeof *list.items, compare_holes);
	return choose(holes, &list, request, err);
}

void rq_holes_release(struct rq_holes *holes)
{
	rq_arena_release(&holes->arena);
	*holes = (struct rq_holes){0};
}
