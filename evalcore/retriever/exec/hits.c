#include "evalcore/retriever/exec/hits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum rq_status read_hit(struct rq_scored_document *document, const rq_json *hit, const char *command, struct rq_error *err)
{
	if (rq_json_type(hit) != RQ_JSON_OBJECT)
		return rq_answer_wrong(err, command, "hits", hit, "objects like {\"id\": \"d7\", \"score\": 0.83}");
	const rq_json *id = rq_json_get(hit, "id"), *score = rq_json_get(hit, "score");
	document->document = id == NULL ? NULL : rq_json_string(id);
	if (document->document == NULL || document->document[0] == '\0')
		return rq_answer_wrong(err, command, "id", id, "the document's id, as a string");
	if (score == NULL || rq_json_type(score) != RQ_JSON_NUMBER)
		return rq_answer_wrong(err, command, "score", score, "a number, higher is better: negate a distance");
	document->score = rq_json_number(score);
	return RQ_OK;
}

static enum rq_status read_hits(struct rq_exec_hits *answer, size_t most, const char *command, struct rq_error *err)
{
	const rq_json *hits = rq_json_get(answer->root, "hits");
	size_t i = 0;

	if (hits == NULL || rq_json_type(hits) != RQ_JSON_ARRAY)
		return rq_answer_wrong(err, command, "hits", hits, "an array of them, or an \"error\" instead");
	answer->count = rq_json_size(hits);
	if (answer->count > most)
		return rq_fail(err, RQ_E_DATA, "command \"%s\": topic \"%s\" has %zu hits; expected at most the %zu that \"k\" asks for", command,
		               answer->topic, answer->count, most);
	answer->documents = malloc((answer->count + 1) * sizeof *answer->documents);
	if (answer->documents == NULL)
		return rq_fail_memory(err);
	for (const rq_json *hit = rq_json_first(hits); hit != NULL; hit = rq_json_next(hit), i++) {
		RQ_TRY(read_hit(&answer->documents[i], hit, command, err));
		answer->reordered |= i > 0 && answer->documents[i].score > answer->documents[i - 1].score;
	}
	return RQ_OK;
}

static enum rq_status read_members(struct rq_exec_hits *answer, size_t most, const char *command, struct rq_error *err)
{
	const rq_json *topic = rq_json_get(answer->root, "topic"), *latency = rq_json_get(answer->root, "latency_ms");

	answer->topic = topic == NULL ? NULL : rq_json_string(topic);
	answer->seconds = -1;
	if (answer->topic == NULL)
		return rq_answer_wrong(err, command, "topic", topic, "the string that came with the question");
	RQ_TRY(rq_answer_words(&answer->error, answer->root, "error", command, err));
	if (answer->error != NULL)
		return RQ_OK;
	RQ_TRY(rq_answer_words(&answer->scan, answer->root, "scan", command, err));
	if (latency != NULL && rq_json_type(latency) != RQ_JSON_NULL) {
		answer->seconds = rq_json_number(latency) / 1000;
		if (!(answer->seconds > 0 && isfinite(answer->seconds)))
			return rq_answer_wrong(err, command, "latency_ms", latency, "the milliseconds that the search took, above 0; leave it out where the clock is too coarse");
	}
	return read_hits(answer, most, command, err);
}

enum rq_status rq_exec_hits_read(struct rq_exec_hits *answer, const struct rq_line *line, size_t most, const char *command, struct rq_error *err)
{
	*answer = (struct rq_exec_hits){0};
	RQ_TRY(rq_answer_parse(&answer->root, line, command, err));
	return read_members(answer, most, command, err);
}

void rq_exec_hits_release(struct rq_exec_hits *answer)
{
	free(answer->documents);
	rq_json_free(answer->root);
	*answer = (struct rq_exec_hits){0};
}
