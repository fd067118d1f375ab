#include "evalcore/pipeline/remote.h"

#include "datasets/text.h"
#include "evalcore/base/secret.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool wants_vectors(const struct rq_remote *remote)
{
	return rq_side_has_vectors(remote->searcher->side);
}

static enum rq_distance distance_of(const struct rq_side_config *side)
{
	static const enum rq_distance distances[] = {
		[RQ_COSINE_NAME] = RQ_DISTANCE_COSINE, [RQ_IP_NAME] = RQ_DISTANCE_IP, [RQ_L2_NAME] = RQ_DISTANCE_L2};

	return distances[side->index.similarity];
}

enum rq_status rq_remote_open(struct rq_remote *remote, struct rq_searcher *searcher, const struct rq_topics *topics, struct rq_failures *failures,
                              size_t k, struct rq_error *err)
{
	const struct rq_side_config *side = searcher->side;
	const bool *not_embedded = side->embedder == NULL ? NULL : searcher->embedding->failed_topics;

	*remote =
		(struct rq_remote){.searcher = searcher, .topics = topics, .failures = failures, .failed = calloc(topics->count + 1, sizeof *remote->failed)};
	if (remote->failed == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; not_embedded != NULL && i < topics->count; i++)
		remote->failed[i] = not_embedded[i];
	snprintf(remote->place, sizeof remote->place, "%s.index", side->name);
	const struct rq_retriever_context context = {.place = remote->place,
	                                             .distance = distance_of(side),
	                                             .dimension = wants_vectors(remote) ? searcher->embedding->topics.d : 0,
	                                             .k = k,
	                                             .documents = searcher->corpus->count};
	return side->retriever->open(&remote->state, side->retriever_options, &context, err);
}

void rq_remote_close(struct rq_remote *remote)
{
	if (remote->state != NULL)
		remote->searcher->side->retriever->close(remote->state);
	remote->state = NULL;
}

void rq_remote_release(struct rq_remote *remote)
{
	rq_remote_close(remote);
	free(remote->failed);
	free(remote->seen);
	*remote = (struct rq_remote){0};
}

static const float *vector_of(const struct rq_remote *remote, size_t topic)
{
	const struct rq_vectors *vectors = &remote->searcher->embedding->topics;

	return wants_vectors(remote) ? vectors->data + topic * vectors->d : NULL;
}

/* The cosine to a zero vector is undefined, as for an index of our own. */
bool rq_remote_can_ask(const struct rq_remote *remote, size_t topic)
{
	const float *vector = vector_of(remote, topic);

	if (remote->failed[topic])
		return false;
	if (vector == NULL || remote->searcher->side->index.similarity != RQ_COSINE_NAME)
		return true;
	for (size_t j = 0; j < remote->searcher->embedding->topics.d; j++)
		if (vector[j] != 0)
			return true;
	return false;
}

static struct rq_question question_of(const struct rq_remote *remote, size_t topic, size_t k)
{
	return (struct rq_question){
		.topic = remote->topics->topics[topic].id, .text = remote->topics->topics[topic].text, .vector = vector_of(remote, topic), .k = k};
}

/* ---- the search of all topics ---- */

struct asking {
	struct rq_remote *remote;
	struct rq_neighbours *out;
	const uint32_t *topics;           /* of each question */
	struct rq_scored_document *sorted; /* an answer in our order */
	size_t sorted_capacity;
};

static enum rq_status give_up(void *context, size_t question, const char *reason, unsigned attempts, double seconds, struct rq_error *err)
{
	struct asking *asking = context;
	struct rq_remote *remote = asking->remote;
	uint32_t number = asking->topics[question];
	const struct rq_topic *topic = &remote->topics->topics[number];

	remote->failed[number] = true;
	asking->out->counts[number] = 0;
	return rq_failures_add(remote->failures,
	                       &(struct rq_failure){.side = remote->searcher->side->name, .stage = "search", .what = "topic", .id = topic->id, .place = number, .input = topic->text,
	                                            .reason = reason, .attempts = attempts, .seconds = seconds},
	                       err);
}

/* Why an answer cannot be used; NULL: it can. */
static const char *fault_of(const struct rq_answer *answer, char *text, size_t size)
{
	char shown[sizeof (struct rq_excerpt){0}.text];

	for (size_t i = 0; i < answer->count; i++) {
		const struct rq_scored_document *hit = &answer->documents[i];
		struct rq_span id = {hit->document, strlen(hit->document)};
		const char *fault = rq_id_fault(id);
		if (fault == NULL && isfinite(hit->score))
			continue;
		rq_secret_copy(shown, sizeof shown, id.at, id.length); /* before its excerpt is made */
		snprintf(text, size, "its answer %s \"%s\", %s", fault == NULL ? "scores document" : "names document", rq_excerpt((struct rq_span){shown, strlen(shown)}).text,
		         fault == NULL ? "with no finite number" : fault);
		return text;
	}
	return NULL;
}

/* A document that an answer holds twice keeps its better place. */
static enum rq_status take_document(struct asking *asking, size_t number, const struct rq_scored_document *hit, struct rq_error *err)
{
	struct rq_remote *remote = asking->remote;
	struct rq_ids *ids = &remote->searcher->index_ids;
	struct rq_neighbours *out = asking->out;
	bool added;
	uint32_t row = rq_ids_add(ids, hit->document, strlen(hit->document), &added);

	if (row == RQ_ID_NONE || !RQ_RESERVE(remote->seen, remote->seen_capacity, (size_t)ids->count))
		return rq_fail_memory(err);
	if (!added && remote->seen[row] == remote->answers) {
		remote->repeated++;
		return RQ_OK;
	}
	remote->seen[row] = remote->answers;
	size_t cell = number * out->k + out->counts[number]++;
	out->rows[cell] = row;
	out->scores[cell] = hit->score;
	return RQ_OK;
}

static enum rq_status take_answer(void *context, size_t question, const struct rq_answer *answer, struct rq_error *err)
{
	struct asking *asking = context;
	struct rq_remote *remote = asking->remote;
	uint32_t number = asking->topics[question];
	char text[160];
	const char *fault = fault_of(answer, text, sizeof text);

	if (fault != NULL)
		return give_up(context, question, fault, 1, answer->seconds, err);
	if (!RQ_RESERVE(asking->sorted, asking->sorted_capacity, answer->count))
		return rq_fail_memory(err);
	if (answer->count > 0)
		memcpy(asking->sorted, answer->documents, answer->count * sizeof *asking->sorted);
	rq_ranking_sort(asking->sorted, answer->count);
	remote->answers++;
	asking->out->counts[number] = 0;
	for (size_t i = 0; i < answer->count && asking->out->counts[number] < asking->out->k; i++)
		RQ_TRY(take_document(asking, number, &asking->sorted[i], err));
	return RQ_OK;
}

enum rq_status rq_remote_search(struct rq_neighbours *out, struct rq_remote *remote, const bool *wanted, struct rq_progress *progress,
                                struct rq_error *err)
{
	size_t count = 0;
	RQ_CLEANUP(rq_free_pointer) struct rq_question *questions = malloc((remote->topics->count + 1) * sizeof *questions);
	RQ_CLEANUP(rq_free_pointer) uint32_t *topics = malloc((remote->topics->count + 1) * sizeof *topics);
	struct asking asking = {.remote = remote, .out = out, .topics = topics};

	if (questions == NULL || topics == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < remote->topics->count; i++) {
		if ((wanted != NULL && !wanted[i]) || !rq_remote_can_ask(remote, i))
			continue;
		questions[count] = question_of(remote, i, out->k);
		topics[count++] = (uint32_t)i;
	}
	const struct rq_search_work work = {
		.questions = questions, .count = count, .progress = progress, .context = &asking, .answered = take_answer, .failed = give_up};
	rq_progress_begin(progress, "search", "topics", count);
	enum rq_status status = count == 0 ? RQ_OK : remote->searcher->side->retriever->search(remote->state, &work, err);
	rq_progress_end(progress);
	rq_failures_sort(remote->failures);
	free(asking.sorted);
	return status;
}

/* ---- single questions ---- */

static enum rq_status take_time(void *context, size_t question, const struct rq_answer *answer, struct rq_error *err)
{
	struct rq_single *single = context;

	(void)question;
	(void)err;
	single->seconds = answer->seconds;
	single->waited = answer->waited;
	return RQ_OK;
}

static enum rq_status take_failure(void *context, size_t question, const char *reason, unsigned attempts, double seconds, struct rq_error *err)
{
	(void)question;
	(void)reason;
	(void)attempts;
	(void)seconds;
	(void)err;
	((struct rq_single *)context)->failed = true;
	return RQ_OK;
}

enum rq_status rq_remote_time(struct rq_single *single, struct rq_remote *remote, size_t topic, size_t k, struct rq_error *err)
{
	const struct rq_question question = question_of(remote, topic, k);
	const struct rq_search_work work = {.questions = &question, .count = 1, .context = single, .answered = take_time, .failed = take_failure};

	*single = (struct rq_single){0};
	return remote->searcher->side->retriever->search(remote->state, &work, err);
}
