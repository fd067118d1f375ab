/* What happened to each topic that moved, in a line: the ranks of its relevant documents on both sides, found and exact, are looked up; the words are
 * scoring's. */
#include "evalcore/pipeline/judging.h"
#include "evalcore/pipeline/stages.h"
#include "evalcore/scoring/attribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One topic at a time. */
struct scene {
	const struct rq_pipeline *pipeline;
	const struct rq_join *join;
	const struct rq_pool_topic *topic;
	struct rq_ids units[RQ_SIDES]; /* what the corpora hold; empty where they are one */
	struct rq_places *places[RQ_SIDES]; /* of each judgment of the topic */
	const struct rq_ranking *rankings[RQ_SIDES];
	const struct rq_metric_spec *spec; /* of the metric that moved */
	double moved;                   /* by so much */
	struct rq_move frame;           /* what is the same for all topics */
	struct rq_arena arena;          /* its texts */
};

static void scene_release(struct scene *scene)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		rq_ids_release(&scene->units[side]);
		free(scene->places[side]);
	}
	rq_arena_release(&scene->arena);
}

/* What an approximate side is called in a clause: "HNSW32" of "HNSW32,Flat"; "" where it has no short name. */
static const char *short_name(struct rq_arena *arena, const struct rq_side_config *side)
{
	static const char flat[] = ",Flat";

	if (side->retriever != NULL)
		return side->retriever->name;
	if (side->index.factory == NULL)
		return "";
	size_t length = strlen(side->index.factory), tail = sizeof flat - 1;
	bool is_flat = length > tail && strcmp(side->index.factory + length - tail, flat) == 0;
	return rq_arena_strndup(arena, side->index.factory, is_flat ? length - tail : length);
}

static bool same_key(const struct rq_key *a, const struct rq_key *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Were the vectors of what is the same then and now others? Unknown counts as no. */
static bool has_other_vectors(const struct rq_pipeline *pipeline, const char *vectors, const char *candidate, const char *of)
{
	const struct rq_baseline *approved = &pipeline->approved;
	const char *then = rq_baseline_digest(approved, vectors), *now = rq_comparison_input(&pipeline->comparison, candidate);

	return then != NULL && now != NULL && strcmp(then, now) != 0 &&
	       same_text(rq_baseline_digest(approved, of), rq_comparison_input(&pipeline->comparison, of));
}

/* Of an approved baseline only the digests of its vectors are known, and what made them. */
static bool is_new_embedding(const struct rq_pipeline *pipeline, bool new_corpus)
{
	const struct rq_embedding *a = rq_side_embedding(pipeline, RQ_BASELINE), *b = rq_side_embedding(pipeline, RQ_CANDIDATE);
	const struct rq_side_info *approved = &pipeline->approved.side;

	if (pipeline->config->sides[RQ_BASELINE].approved == NULL)
		return !same_key(&a->topics_key, &b->topics_key) || (!new_corpus && !same_key(&a->documents_key, &b->documents_key));
	if (has_other_vectors(pipeline, "topic_vectors", "candidate.topic_vectors", "topics") ||
	    (!new_corpus && has_other_vectors(pipeline, "vectors", "candidate.vectors", "corpus")))
		return true;
	return !same_text(approved->embedder, pipeline->config->sides[RQ_CANDIDATE].embedder->name) || approved->dimension != b->topics.d ||
	       !same_text(approved->model, b->model[0] == '\0' ? NULL : b->model);
}

static bool is_new_corpus(const struct rq_pipeline *pipeline)
{
	const struct rq_comparison *comparison = &pipeline->comparison;
	const char *approved = pipeline->approved.name == NULL ? NULL : rq_baseline_digest(&pipeline->approved, "corpus");
	const char *corpus = rq_comparison_input(comparison, "corpus");

	return rq_comparison_has_other_corpus(comparison) || (approved != NULL && corpus != NULL && strcmp(approved, corpus) != 0);
}

const char *rq_exact_part(const struct rq_pipeline *pipeline)
{
	bool corpus = is_new_corpus(pipeline);

	return !corpus ? "embedding" : is_new_embedding(pipeline, true) ? "embedding and corpus" : "corpus";
}

/* What exact search over the two sides differs by. */
static const char *name_change(const struct rq_pipeline *pipeline)
{
	const struct rq_side_config *sides = pipeline->config->sides;
	bool corpus = is_new_corpus(pipeline), embedding = is_new_embedding(pipeline, corpus);

	if (embedding)
		return corpus ? "the new embedding and corpus" : "the new embedding";
	return corpus ? "the new corpus" : sides[RQ_BASELINE].index.similarity != sides[RQ_CANDIDATE].index.similarity ? "the new similarity" : NULL;
}

static enum rq_status scene_init(struct scene *scene, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = scene->pipeline;
	size_t judged = rq_qrels_most(&pipeline->qrels) + 1;

	scene->frame.depth = pipeline->cutoff;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		scene->places[side] = malloc(judged * sizeof *scene->places[side]);
		scene->frame.index[side] = short_name(&scene->arena, &pipeline->config->sides[side]);
		if (scene->places[side] == NULL || scene->frame.index[side] == NULL)
			return rq_fail_memory(err);
		if (pipeline->corpora[RQ_CANDIDATE].count > 0)
			RQ_TRY(rq_corpus_units(&scene->units[side], rq_side_corpus(pipeline, side), pipeline->config->dataset.unit == RQ_UNIT_PARENT, err));
	}
	if (rq_side_exact_run(pipeline, RQ_BASELINE) != NULL && rq_side_exact_run(pipeline, RQ_CANDIDATE) != NULL)
		scene->frame.change = name_change(pipeline);
	return RQ_OK;
}

/* The first metric that moved speaks for the topic. */
static void find_metric(struct scene *scene, size_t topic)
{
	const struct rq_comparison *comparison = &scene->pipeline->comparison;

	scene->spec = NULL;
	for (size_t i = 0; i < comparison->metric_count && scene->spec == NULL; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (!metric->compared || !metric->is_judged)
			continue;
		scene->moved = metric->per_topic[RQ_CANDIDATE][topic] - metric->per_topic[RQ_BASELINE][topic];
		if (fabs(scene->moved) > RQ_TIE_TOLERANCE)
			scene->spec = &scene->pipeline->config->metrics[i];
	}
}

static void find_places(struct scene *scene, const char *topic)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		const struct rq_run *exact = rq_side_exact_run(scene->pipeline, side);
		struct rq_places *places = scene->places[side];
		memset(places, 0, scene->topic->judgments->count * sizeof *places);
		scene->rankings[side] = rq_run_answer(&scene->pipeline->runs[side], topic);
		struct rq_judged_ranking judged = rq_judge_ranking(scene->rankings[side], scene->topic, scene->join->hits);
		for (size_t i = 0; i < judged.hit_count; i++)
			places[judged.hits[i].judgment].found = judged.hits[i].rank;
		if (exact == NULL)
			continue;
		judged = rq_judge_ranking(rq_run_answer(exact, topic), scene->topic, scene->join->hits);
		for (size_t i = 0; i < judged.hit_count; i++)
			places[judged.hits[i].judgment].exact = judged.hits[i].rank;
	}
}

/* The relevant document that lost, or gained, most: by its grade and discount. False: none moved that way. */
static bool find_document(struct rq_move *move, const struct scene *scene)
{
	const struct rq_topic_judgments *judgments = scene->topic->judgments;
	int relevant = scene->spec->relevant > 1 ? scene->spec->relevant : 1;
	double most = 0;

	for (size_t i = 0; i < judgments->count; i++) {
		if (judgments->judgments[i].grade < relevant)
			continue;
		struct rq_move candidate = *move;
		candidate.document = judgments->judgments[i].document;
		for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
			candidate.places[side] = scene->places[side][i];
		double lost = rq_move_lost(&candidate) * judgments->judgments[i].grade * (scene->moved < 0 ? 1 : -1);
		if (lost <= most)
			continue;
		most = lost;
		*move = candidate;
	}
	return most > 0;
}

static bool is_above(const struct rq_ranking *ranking, const char *document, size_t rank)
{
	size_t end = rank == 0 || rank > ranking->count ? ranking->count : rank - 1;

	for (size_t i = 0; i < end; i++)
		if (strcmp(ranking->documents[i].document, document) == 0)
			return true;
	return false;
}

static enum rq_status find_newcomer(struct rq_move *move, struct scene *scene, struct rq_error *err)
{
	const struct rq_ranking *now = scene->rankings[RQ_CANDIDATE], *before = scene->rankings[RQ_BASELINE];
	const struct rq_topic_judgments *judgments = scene->topic->judgments;
	size_t rank = move->places[RQ_CANDIDATE].found, end = rank == 0 ? now->count : rank - 1;

	for (size_t i = 0; i < end && move->newcomer == NULL; i++)
		if (!is_above(before, now->documents[i].document, move->places[RQ_BASELINE].found))
			move->newcomer = now->documents[i].document;
	if (move->newcomer == NULL)
		return RQ_OK;
	const struct rq_judgment *judgment = rq_judgment_find(judgments, move->newcomer);
	bool is_judged = judgment != NULL && judgment->grade >= 0;
	move->newcomer_judged = is_judged ? rq_arena_printf(&scene->arena, "grade %d", judgment->grade) : "unjudged";
	return move->newcomer_judged == NULL ? rq_fail_memory(err) : RQ_OK;
}

static bool holds(const struct scene *scene, enum rq_side side, const char *document)
{
	return rq_ids_find(&scene->units[side], document, strlen(document)) != RQ_ID_NONE;
}

static enum rq_status tell_move(struct rq_buf *out, struct scene *scene, bool has_exact, struct rq_error *err)
{
	struct rq_move move = scene->frame;

	move.has_exact = has_exact;
	if (!find_document(&move, scene))
		return RQ_OK;
	bool other_corpus = scene->units[RQ_CANDIDATE].count > 0;
	if (other_corpus && !holds(scene, RQ_CANDIDATE, move.document)) {
		rq_buf_printf(out, "its relevant document %s is no longer in the corpus", move.document);
		return RQ_OK;
	}
	if (other_corpus && !holds(scene, RQ_BASELINE, move.document)) {
		rq_buf_printf(out, "its relevant document %s is new in the corpus", move.document);
		return RQ_OK;
	}
	RQ_TRY(find_newcomer(&move, scene, err));
	rq_move_tell(out, &move);
	return RQ_OK;
}

static enum rq_status tell_topic(struct rq_buf *out, struct scene *scene, size_t number, size_t topic, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = scene->pipeline;
	const char *id = pipeline->comparison.topics[number].id;
	const struct rq_ranking *answer = rq_run_find(&pipeline->runs[RQ_CANDIDATE], id);
	bool has_exact = true;

	if (answer == NULL || answer->failed) {
		rq_buf_puts(out, answer == NULL ? "the candidate's run does not have it" : "the candidate could not be searched for it");
		return RQ_OK;
	}
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		has_exact = has_exact && rq_topic_searched_exactly(pipeline, side, topic, id);
	scene->topic = rq_join_topic(scene->join, id);
	find_places(scene, id);
	return tell_move(out, scene, has_exact, err);
}

enum rq_status rq_tell_causes(struct rq_pipeline *pipeline, const struct rq_join *join, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	RQ_CLEANUP(scene_release) struct scene scene = {.pipeline = pipeline, .join = join};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	RQ_TRY(scene_init(&scene, err));
	for (size_t i = 0, topic = 0; i < comparison->topic_count; i++) {
		topic = rq_topic_number(pipeline, topic, comparison->topics[i].id);
		find_metric(&scene, i);
		if (scene.spec == NULL)
			continue;
		rq_buf_clear(&text);
		RQ_TRY(tell_topic(&text, &scene, i, topic, err));
		RQ_TRY(rq_buf_check(&text, err));
		if (text.size == 0)
			continue;
		comparison->topics[i].cause = rq_arena_strdup(&comparison->arena, text.data);
		if (comparison->topics[i].cause == NULL)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}
