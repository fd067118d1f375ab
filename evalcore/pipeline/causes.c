/* What happened to each topic that moved, in a line: which metric moved, and what both sides found and have. What explains it is scoring's to tell. */
#include "evalcore/pipeline/stages.h"
#include "evalcore/scoring/causes.h"

#include <math.h>
#include <string.h>

/* One topic at a time. */
struct telling {
	const struct rq_pipeline *pipeline;
	const struct rq_join *join;
	struct rq_ids units[RQ_SIDES]; /* what the corpora hold; empty where they are one */
	struct rq_scene scene;
	struct rq_arena arena;         /* its texts */
};

static void telling_release(struct telling *telling)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		rq_ids_release(&telling->units[side]);
	rq_arena_release(&telling->arena);
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

static enum rq_status set_scene(struct telling *telling, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = telling->pipeline;
	struct rq_scene *scene = &telling->scene;

	scene->frame.depth = pipeline->cutoff;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		scene->frame.index[side] = short_name(&telling->arena, &pipeline->config->sides[side]);
		if (scene->frame.index[side] == NULL)
			return rq_fail_memory(err);
		if (pipeline->corpora[RQ_CANDIDATE].count == 0)
			continue;
		RQ_TRY(rq_corpus_units(&telling->units[side], rq_side_corpus(pipeline, side), pipeline->config->dataset.unit == RQ_UNIT_PARENT, err));
		scene->held[side] = &telling->units[side];
	}
	if (rq_side_exact_run(pipeline, RQ_BASELINE) != NULL && rq_side_exact_run(pipeline, RQ_CANDIDATE) != NULL)
		scene->frame.change = name_change(pipeline);
	return RQ_OK;
}

/* The first metric that moved speaks for the topic. False: none did. */
static bool find_metric(struct rq_scene *scene, const struct rq_pipeline *pipeline, size_t topic)
{
	const struct rq_comparison *comparison = &pipeline->comparison;

	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (!metric->compared || !metric->is_judged)
			continue;
		double moved = metric->per_topic[RQ_CANDIDATE][topic] - metric->per_topic[RQ_BASELINE][topic];
		if (fabs(moved) <= RQ_TIE_TOLERANCE)
			continue;
		scene->relevant = pipeline->config->metrics[i].relevant;
		scene->gained = moved > 0;
		return true;
	}
	return false;
}

static enum rq_status tell_topic(struct rq_buf *out, struct telling *telling, size_t number, size_t topic, struct rq_error *err)
{
	const struct rq_pipeline *pipeline = telling->pipeline;
	struct rq_scene *scene = &telling->scene;
	const char *id = pipeline->comparison.topics[number].id;
	const struct rq_ranking *answer = rq_run_find(&pipeline->runs[RQ_CANDIDATE], id);
	struct rq_move move;
	enum rq_cause cause;

	if (answer == NULL || answer->failed) {
		rq_buf_puts(out, answer == NULL ? "the candidate's run does not have it" : "the candidate could not be searched for it");
		return RQ_OK;
	}
	scene->topic = rq_join_topic(telling->join, id);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		bool known = rq_topic_searched_exactly(pipeline, side, topic, id);
		scene->found[side] = rq_run_answer(&pipeline->runs[side], id);
		scene->exact[side] = known ? rq_run_answer(rq_side_exact_run(pipeline, side), id) : NULL;
	}
	RQ_TRY(rq_scene_explain(&move, &cause, scene, telling->join->hits, &telling->arena, err));
	if (move.document != NULL)
		rq_cause_tell(out, &move, cause);
	return RQ_OK;
}

enum rq_status rq_tell_causes(struct rq_pipeline *pipeline, const struct rq_join *join, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	RQ_CLEANUP(telling_release) struct telling telling = {.pipeline = pipeline, .join = join};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	RQ_TRY(set_scene(&telling, err));
	for (size_t i = 0, topic = 0; i < comparison->topic_count; i++) {
		topic = rq_topic_number(pipeline, topic, comparison->topics[i].id);
		if (!find_metric(&telling.scene, pipeline, i))
			continue;
		rq_buf_clear(&text);
		RQ_TRY(tell_topic(&text, &telling, i, topic, err));
		RQ_TRY(rq_buf_check(&text, err));
		if (text.size == 0)
			continue;
		comparison->topics[i].cause = rq_arena_strdup(&comparison->arena, text.data);
		if (comparison->topics[i].cause == NULL)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}
