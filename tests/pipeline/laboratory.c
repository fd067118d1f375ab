#include "laboratory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HITS_MAX = 64 };

struct behaviour behaviour;

static bool wants_vectors(const void *options)
{
	(void)options;
	return !behaviour.without_vectors;
}

static void describe(struct rq_buf *out, const void *options)
{
	(void)options;
	rq_buf_puts(out, "laboratory");
}

static enum rq_status open_laboratory(void **state, const void *options, const struct rq_retriever_context *context, struct rq_error *err)
{
	(void)options;
	(void)err;
	ck_assert_uint_eq(context->dimension, behaviour.without_vectors ? 0 : 512);
	ck_assert_uint_eq(context->k, 10);
	*state = &behaviour;
	behaviour.opened++;
	return RQ_OK;
}

/* The vector of the question's topic, where it comes without one: by its text, as a search engine with a model of its own would have it. */
static const float *vector_of(const struct rq_question *question)
{
	const struct rq_topics *topics = &behaviour.searched->topics;
	const struct rq_vectors *vectors = &behaviour.searched->embeddings[RQ_BASELINE].topics;

	if (question->vector != NULL)
		return question->vector;
	for (size_t i = 0; i < topics->count; i++)
		if (strcmp(topics->topics[i].text, question->text) == 0)
			return vectors->data + i * vectors->d;
	ck_abort_msg("no topic says \"%s\"", question->text);
	return NULL;
}

static size_t find(struct rq_scored_document *hits, const struct rq_question *question, struct rq_error *err)
{
	const struct rq_vectors *documents = &behaviour.searched->embeddings[RQ_BASELINE].documents;
	const struct rq_corpus *corpus = &behaviour.searched->corpora[RQ_BASELINE];
	if (behaviour.blind) {
		for (size_t i = 0; i < question->k; i++)
			hits[i] = (struct rq_scored_document){corpus->documents[i].id, -(double)i};
		return question->k;
	}
	static char names[HITS_MAX][24];
	size_t k = question->k + behaviour.loses, count = 0;
	struct rq_neighbours found;
	uint32_t *tie_rank;

	if (behaviour.strange_from > 0 && (size_t)atoi(question->topic + 1) >= behaviour.strange_from) {
		for (; count < question->k; count++) {
			snprintf(names[count], sizeof names[count], "s%zu", count);
			hits[count] = (struct rq_scored_document){names[count], -(double)count};
		}
		return count;
	}
	k = k < corpus->count ? k : corpus->count;
	ck_assert_int_eq(rq_tie_ranks(&tie_rank, corpus->ids.names, corpus->count, err), RQ_OK);
	ck_assert_int_eq(rq_neighbours_init(&found, 1, k, err), RQ_OK);
	ck_assert_int_eq(rq_exact_search(&found, documents, vector_of(question), 1, RQ_INNER_PRODUCT, tie_rank, NULL, err), RQ_OK);
	if (behaviour.stranger)
		hits[count++] = (struct rq_scored_document){"stranger", 2};
	for (size_t i = behaviour.loses; i < found.counts[0] && count < question->k && (behaviour.most == 0 || count < behaviour.most); i++)
		hits[count++] = (struct rq_scored_document){corpus->documents[found.rows[i]].id, found.scores[i]};
	if (behaviour.twice)
		hits[count - 1] = (struct rq_scored_document){hits[0].document, hits[count - 1].score};
	if (behaviour.worst != 0)
		hits[count - 1].score = behaviour.worst;
	if (behaviour.bad_id != NULL)
		hits[count - 1].document = behaviour.bad_id;
	rq_neighbours_release(&found);
	free(tie_rank);
	return count;
}

/* Equal scores in the wrong order: what is asked for is the order of scores alone. */
static void swap_ties(struct rq_scored_document *hits, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (hits[i].score == hits[i - 1].score) {
			struct rq_scored_document kept = hits[i];
			hits[i] = hits[i - 1];
			hits[i - 1] = kept;
		}
}

static enum rq_status search(void *state, const struct rq_search_work *work, struct rq_error *err)
{
	ck_assert_ptr_eq(state, &behaviour);
	behaviour.alone += work->count == 1;
	for (size_t i = 0; i < work->count; i++) {
		size_t number = behaviour.reversed ? work->count - 1 - i : i;
		const struct rq_question *question = &work->questions[number];
		struct rq_scored_document hits[HITS_MAX];
		behaviour.asked++;
		behaviour.deepest = question->k > behaviour.deepest ? question->k : behaviour.deepest;
		ck_assert_uint_le(question->k, HITS_MAX);
		ck_assert_int_eq(question->vector == NULL, behaviour.without_vectors);
		if ((behaviour.fails != NULL && strcmp(question->topic, behaviour.fails) == 0) || (behaviour.fails_timed > 0 && work->count == 1 && behaviour.alone % behaviour.fails_timed == 0)) {
			RQ_TRY(work->failed(work->context, number, "it would not", 3, .25, err));
			continue;
		}
		size_t count = find(hits, question, err);
		swap_ties(hits, count);
		bool tells = behaviour.tells > 0 && work->count == 1 && behaviour.alone % behaviour.tells == 0;
		const struct rq_answer answer = {.documents = hits, .count = count, .seconds = .002, .waited = tells ? .03 : 0};
		RQ_TRY(work->answered(work->context, number, &answer, err));
	}
	return RQ_OK;
}

static enum rq_status tell(void *state, const char **scan, enum rq_status (*say)(void *context, bool warning, const char *text, struct rq_error *err), void *context,
                           struct rq_error *err)
{
	ck_assert_ptr_eq(state, &behaviour);
	*scan = "everything was read";
	return say(context, true, "a full scan", err);
}

static void close_laboratory(void *state)
{
	ck_assert_ptr_eq(state, &behaviour);
	behaviour.closed++;
}

static bool same_index(const void *options, const void *others)
{
	return options == others; /* there are none */
}

static const struct rq_retriever laboratory = {
	.name = "laboratory",
	.help = "exact search over the baseline's vectors",
	.citation = "tests",
	.wants_vectors = wants_vectors,
	.describe = describe,
	.same = same_index,
	.open = open_laboratory,
	.search = search,
	.tell = tell,
	.close = close_laboratory,
};

static void search_elsewhere(struct rq_side_config *side)
{
	side->retriever = &laboratory;
	side->backend = NULL;
	if (behaviour.without_vectors)
		side->embedder = NULL;
}

struct lab_run *load_elsewhere(const char *json, bool both)
{
	struct lab_run *run = calloc(1, sizeof *run);
	const struct rq_strings none = {0};

	ck_assert_ptr_nonnull(run);
	lab_write_bytes("gate.json", json, strlen(json));
	ck_assert_msg(rq_config_load(&run->config, "gate.json", &none, &run->err) == RQ_OK, "%s", run->err.text);
	run->config.max_failed = behaviour.max_failed;
	search_elsewhere(&run->config.sides[RQ_CANDIDATE]);
	if (both)
		search_elsewhere(&run->config.sides[RQ_BASELINE]);
	ck_assert_int_eq(rq_config_standard_metrics(&run->config, &run->err), RQ_OK);
	run->pipeline.config = &run->config;
	run->pipeline.cache.folder = "cache";
	behaviour.searched = &run->pipeline;
	run->status = rq_pipeline_load(&run->pipeline, &run->err);
	return run;
}

struct lab_run *run_elsewhere(const char *json, bool both)
{
	struct lab_run *run = load_elsewhere(json, both);

	if (run->status == RQ_OK)
		run->status = rq_pipeline_run(&run->pipeline, &run->err);
	return run;
}

struct lab_run *do_elsewhere(const char *json, bool both)
{
	struct lab_run *run = run_elsewhere(json, both);

	ck_assert_msg(run->status == RQ_OK, "%s", run->err.text);
	return run;
}
