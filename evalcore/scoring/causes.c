#include "evalcore/scoring/causes.h"

#include <stdlib.h>
#include <string.h>

/* Places of the topic's judgments on one side. */
static void find_places(struct rq_places *places, const struct rq_scene *scene, enum rq_side side, struct rq_hit *hits)
{
	struct rq_judged_ranking judged = rq_judge_ranking(scene->found[side], scene->topic, hits);

	for (size_t i = 0; i < judged.hit_count; i++)
		places[judged.hits[i].judgment].found = judged.hits[i].rank;
	if (scene->exact[side] == NULL)
		return;
	judged = rq_judge_ranking(scene->exact[side], scene->topic, hits);
	for (size_t i = 0; i < judged.hit_count; i++)
		places[judged.hits[i].judgment].exact = judged.hits[i].rank;
}

static void find_document(struct rq_move *move, const struct rq_scene *scene, const struct rq_places *before, const struct rq_places *now)
{
	const struct rq_topic_judgments *judgments = scene->topic->judgments;
	int relevant = scene->relevant > 1 ? scene->relevant : 1;
	double most = 0;

	for (size_t i = 0; i < judgments->count; i++) {
		if (judgments->judgments[i].grade < relevant)
			continue;
		struct rq_move other = *move;
		other.document = judgments->judgments[i].document;
		other.places[RQ_BASELINE] = before[i];
		other.places[RQ_CANDIDATE] = now[i];
		double lost = rq_move_lost(&other) * judgments->judgments[i].grade * (scene->gained ? -1 : 1);
		if (lost <= most)
			continue;
		most = lost;
		*move = other;
	}
}

static bool is_above(const struct rq_ranking *ranking, const char *document, size_t rank)
{
	size_t end = rank == 0 || rank > ranking->count ? ranking->count : rank - 1;

	for (size_t i = 0; i < end; i++)
		if (strcmp(ranking->documents[i].document, document) == 0)
			return true;
	return false;
}

static enum rq_status find_newcomer(struct rq_move *move, const struct rq_scene *scene, struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_ranking *now = scene->found[RQ_CANDIDATE], *before = scene->found[RQ_BASELINE];
	size_t rank = move->places[RQ_CANDIDATE].found, end = rank == 0 ? now->count : rank - 1;

	for (size_t i = 0; i < end && move->newcomer == NULL; i++)
		if (!is_above(before, now->documents[i].document, move->places[RQ_BASELINE].found))
			move->newcomer = now->documents[i].document;
	if (move->newcomer == NULL || scene->unjudged)
		return RQ_OK;
	const struct rq_judgment *judgment = rq_judgment_find(scene->topic->judgments, move->newcomer);
	bool is_judged = judgment != NULL && judgment->grade >= 0;
	move->newcomer_judged = is_judged ? rq_arena_printf(arena, "grade %d", judgment->grade) : "unjudged";
	return move->newcomer_judged == NULL ? rq_fail_memory(err) : RQ_OK;
}

static bool lacks(const struct rq_scene *scene, enum rq_side side, const char *document)
{
	return scene->held[side] != NULL && rq_ids_find(scene->held[side], document, strlen(document)) == RQ_ID_NONE;
}

static enum rq_cause cause_of(const struct rq_scene *scene, const struct rq_move *move)
{
	if (lacks(scene, RQ_CANDIDATE, move->document))
		return RQ_CAUSE_REMOVED;
	if (lacks(scene, RQ_BASELINE, move->document))
		return RQ_CAUSE_ADDED;
	if (!move->has_exact)
		return RQ_CAUSE_UNKNOWN;
	return rq_move_is_of_index(move) ? RQ_CAUSE_INDEX : RQ_CAUSE_VECTORS;
}

enum rq_status rq_scene_explain(struct rq_move *move, enum rq_cause *cause, const struct rq_scene *scene, struct rq_hit *hits,
                                struct rq_arena *arena, struct rq_error *err)
{
	size_t judged = scene->topic->judgments->count;
	RQ_CLEANUP(rq_free_pointer) struct rq_places *places = calloc(RQ_SIDES * judged + 1, sizeof *places);

	*move = scene->frame;
	move->has_exact = scene->exact[RQ_BASELINE] != NULL && scene->exact[RQ_CANDIDATE] != NULL;
	*cause = RQ_CAUSE_UNKNOWN;
	if (places == NULL)
		return rq_fail_memory(err);
	find_places(places, scene, RQ_BASELINE, hits);
	find_places(places + judged, scene, RQ_CANDIDATE, hits);
	find_document(move, scene, places, places + judged);
	if (move->document == NULL)
		return RQ_OK;
	*cause = cause_of(scene, move);
	return *cause == RQ_CAUSE_REMOVED || *cause == RQ_CAUSE_ADDED ? RQ_OK : find_newcomer(move, scene, arena, err);
}

void rq_cause_tell(struct rq_buf *out, const struct rq_move *move, enum rq_cause cause)
{
	if (cause == RQ_CAUSE_REMOVED)
		rq_buf_printf(out, "its relevant document %s is no longer in the corpus", move->document);
	else if (cause == RQ_CAUSE_ADDED)
		rq_buf_printf(out, "its relevant document %s is new in the corpus", move->document);
	else
		rq_move_tell(out, move);
}
