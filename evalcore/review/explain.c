/* Joins a topic's rankings of both sides with judgments, exact ranks and texts. */
#include "evalcore/review/explain.h"

#include "evalcore/base/ids.h"
#include "evalcore/base/parse.h"
#include "evalcore/review/moves.h"
#include "evalcore/review/texts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- which topic ---- */

static int compare_topic(const void *key, const void *topic)
{
	return strcmp(key, ((const struct rq_compared_topic *)topic)->id);
}

static const struct rq_ranking *ranking_of(const struct rq_run *run, const char *topic)
{
	return run == NULL ? NULL : rq_run_find(run, topic);
}

static enum rq_status unknown_topic(const struct rq_explain_request *request, struct rq_error *err)
{
	const struct rq_comparison *comparison = request->comparison;
	RQ_CLEANUP(rq_free_pointer) const char **names = malloc((comparison->topic_count + 1) * sizeof *names);

	if (names == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < comparison->topic_count; i++)
		names[i] = comparison->topics[i].id;
	const char *nearest = rq_nearest_name(request->topic, names, comparison->topic_count);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_USAGE, "no topic \"%s\"; did you mean \"%s\"?", request->topic, nearest);
	if (comparison->topic_count == 0)
		return rq_fail(err, RQ_E_USAGE, "no topic \"%s\"; there is none at all", request->topic);
	return rq_fail(err, RQ_E_USAGE, "no topic \"%s\"; expected one of %zu, \"%s\" to \"%s\" in the order of their ids", request->topic,
	               comparison->topic_count, names[0], names[comparison->topic_count - 1]);
}

static enum rq_status find_topic(struct rq_explanation *explanation, const struct rq_explain_request *request, struct rq_error *err)
{
	const struct rq_comparison *comparison = request->comparison;
	const struct rq_compared_topic *topic =
		bsearch(request->topic, comparison->topics, comparison->topic_count, sizeof *topic, compare_topic);

	*explanation = (struct rq_explanation){.topic = request->topic, .text = "", .place = RQ_NOT_COMPARED_TOPIC, .depth = request->depth};
	if (topic != NULL) {
		explanation->place = (size_t)(topic - comparison->topics);
		explanation->text = topic->text;
		explanation->slice = topic->slice;
		return RQ_OK;
	}
	for (int side = 0; side < RQ_SIDES; side++)
		if (ranking_of(comparison->sides[side].ranked, request->topic) != NULL)
			return RQ_OK;
	return unknown_topic(request, err);
}

/* ---- its documents ---- */

/* Documents by number: explanation->documents grows with `ids` until all are known. */
static enum rq_status add_document(struct rq_ids *ids, const char *id, struct rq_error *err)
{
	return rq_ids_add(ids, id, strlen(id), NULL) == RQ_ID_NONE ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status collect(struct rq_ids *ids, const struct rq_explain_request *request, const struct rq_topic_judgments *judgments,
                              struct rq_error *err)
{
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_ranking *ranking = ranking_of(request->comparison->sides[side].ranked, request->topic);
		for (size_t i = 0; ranking != NULL && i < ranking->count && i < request->depth; i++)
			RQ_TRY(add_document(ids, ranking->documents[i].document, err));
	}
	for (size_t i = 0; judgments != NULL && i < judgments->count; i++)
		if (judgments->judgments[i].grade > 0)
			RQ_TRY(add_document(ids, judgments->judgments[i].document, err));
	return RQ_OK;
}

static void place(struct rq_explanation *explanation, const struct rq_ids *ids, const struct rq_ranking *ranking, int side, bool exact)
{
	for (size_t i = 0; ranking != NULL && i < ranking->count; i++) {
		const struct rq_scored_document *scored = &ranking->documents[i];
		uint32_t number = rq_ids_find(ids, scored->document, strlen(scored->document));
		if (number == RQ_ID_NONE)
			continue;
		struct rq_explained_document *document = &explanation->documents[number];
		*(exact ? &document->exact[side] : &document->rank[side]) = i + 1;
		if (!exact)
			document->score[side] = scored->score;
	}
}

static void place_all(struct rq_explanation *explanation, const struct rq_ids *ids, const struct rq_comparison *comparison)
{
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_side_info *info = &comparison->sides[side];
		const struct rq_ranking *ranked = ranking_of(info->ranked, explanation->topic), *exact = ranking_of(info->exact, explanation->topic);
		explanation->answered[side] = ranked == NULL ? 0 : ranked->count;
		explanation->measured[side] = exact != NULL;
		place(explanation, ids, ranked, side, false);
		place(explanation, ids, exact, side, true);
	}
}

static void grade(struct rq_explanation *explanation, const struct rq_ids *ids, const struct rq_topic_judgments *judgments)
{
	for (size_t i = 0; judgments != NULL && i < judgments->count; i++) {
		const struct rq_judgment *judgment = &judgments->judgments[i];
		uint32_t number = rq_ids_find(ids, judgment->document, strlen(judgment->document));
		if (number == RQ_ID_NONE || judgment->grade < 0)
			continue;
		explanation->documents[number].judged = true;
		explanation->documents[number].grade = judgment->grade;
	}
}

static enum rq_status add_texts(struct rq_explanation *explanation, const struct rq_ids *ids, const struct rq_explain_request *request,
                                struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) const char **texts = calloc((size_t)ids->count + 1, sizeof *texts);

	if (texts == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < request->corpus_count; i++)
		rq_texts_find(texts, ids, &request->corpora[i], request->parents);
	for (size_t i = 0; i < explanation->count; i++)
		explanation->documents[i].text = texts[i];
	return RQ_OK;
}

/* A document that is in one corpus alone was not moved by any search. */
static enum rq_status look_into_corpora(struct rq_explanation *explanation, const struct rq_explain_request *request, struct rq_error *err)
{
	bool differ = rq_comparison_has_other_corpus(request->comparison);

	explanation->unknown_corpora = differ && (request->of[RQ_BASELINE] == NULL || request->of[RQ_CANDIDATE] == NULL);
	for (int side = 0; side < RQ_SIDES; side++) {
		RQ_CLEANUP(rq_ids_release) struct rq_ids units = {0};
		if (request->of[side] == NULL)
			continue;
		RQ_TRY(rq_corpus_units(&units, request->of[side], request->parents, err));
		for (size_t i = 0; i < explanation->count; i++) {
			struct rq_explained_document *document = &explanation->documents[i];
			document->is_outside[side] = rq_ids_find(&units, document->id, strlen(document->id)) == RQ_ID_NONE;
		}
	}
	return RQ_OK;
}

/* SIZE_MAX: neither side has it. */
static size_t better_rank(const struct rq_explained_document *document)
{
	size_t a = document->rank[RQ_BASELINE] - 1, b = document->rank[RQ_CANDIDATE] - 1;

	return a < b ? a : b;
}

static int compare_documents(const void *a, const void *b)
{
	const struct rq_explained_document *x = a, *y = b;
	size_t first = better_rank(x), second = better_rank(y);

	if (first != second)
		return first < second ? -1 : 1;
	if (x->rank[RQ_BASELINE] - 1 != y->rank[RQ_BASELINE] - 1)
		return x->rank[RQ_BASELINE] - 1 < y->rank[RQ_BASELINE] - 1 ? -1 : 1;
	return strcmp(x->id, y->id);
}

static enum rq_status gather(struct rq_explanation *explanation, const struct rq_explain_request *request, struct rq_error *err)
{
	RQ_CLEANUP(rq_ids_release) struct rq_ids ids = {0};
	const struct rq_topic_judgments *judgments = request->qrels == NULL ? NULL : rq_qrels_find(request->qrels, request->topic);

	explanation->judged = request->qrels != NULL;
	RQ_TRY(collect(&ids, request, judgments, err));
	explanation->documents = rq_arena_alloc(&explanation->arena, ids.count, sizeof *explanation->documents);
	if (explanation->documents == NULL)
		return rq_fail_memory(err);
	for (; explanation->count < ids.count; explanation->count++) {
		const char *id = rq_arena_strdup(&explanation->arena, ids.names[explanation->count]);
		if (id == NULL)
			return rq_fail_memory(err);
		explanation->documents[explanation->count] = (struct rq_explained_document){.id = id, .score = {NAN, NAN}};
	}
	place_all(explanation, &ids, request->comparison);
	grade(explanation, &ids, judgments);
	RQ_TRY(add_texts(explanation, &ids, request, err));
	RQ_TRY(look_into_corpora(explanation, request, err));
	qsort(explanation->documents, explanation->count, sizeof *explanation->documents, compare_documents);
	return RQ_OK;
}

/* ---- its rankings ---- */

static enum rq_status rank(struct rq_explanation *explanation, struct rq_error *err)
{
	size_t shown[RQ_SIDES];

	for (int side = 0; side < RQ_SIDES; side++) {
		shown[side] = explanation->answered[side] < explanation->depth ? explanation->answered[side] : explanation->depth;
		size_t *ranked = rq_arena_alloc(&explanation->arena, shown[side], sizeof *ranked);
		if (ranked == NULL)
			return rq_fail_memory(err);
		for (size_t i = 0; i < explanation->count; i++)
			if (explanation->documents[i].rank[side] - 1 < shown[side])
				ranked[explanation->documents[i].rank[side] - 1] = i;
		explanation->ranked[side] = ranked;
	}
	explanation->alike = shown[RQ_BASELINE] == shown[RQ_CANDIDATE];
	for (size_t i = 0; explanation->alike && i < shown[RQ_BASELINE]; i++)
		explanation->alike = explanation->ranked[RQ_BASELINE][i] == explanation->ranked[RQ_CANDIDATE][i];
	return RQ_OK;
}

enum rq_status rq_explain(struct rq_explanation *explanation, const struct rq_explain_request *request, struct rq_error *err)
{
	RQ_TRY(find_topic(explanation, request, err));
	RQ_TRY(gather(explanation, request, err));
	RQ_TRY(rank(explanation, err));
	return rq_tell_moves(explanation, request->comparison, err);
}

void rq_explanation_release(struct rq_explanation *explanation)
{
	rq_arena_release(&explanation->arena);
	*explanation = (struct rq_explanation){0};
}
