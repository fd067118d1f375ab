/* Which documents a sample keeps. */
#include "datasets/sample.h"

#include <stdlib.h>
#include <string.h>

enum reason { NOT_KEPT, JUDGED, FROM_RUN, DISTRACTOR };

struct sampler {
	const struct rq_corpus *corpus;
	struct rq_ids units;
	uint32_t *unit_of; /* unit_of[i]: of document i */
	unsigned char *reasons; /* of each unit */
};

static void sampler_release(struct sampler *sampler)
{
	rq_ids_release(&sampler->units);
	free(sampler->unit_of);
	free(sampler->reasons);
}

static enum rq_status group(struct sampler *sampler, struct rq_error *err)
{
	const struct rq_corpus *corpus = sampler->corpus;

	sampler->unit_of = malloc((corpus->count + 1) * sizeof *sampler->unit_of);
	sampler->reasons = calloc(corpus->count + 1, sizeof *sampler->reasons);
	if (sampler->unit_of == NULL || sampler->reasons == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < corpus->count; i++) {
		const struct rq_document *document = &corpus->documents[i];
		const char *unit = document->parent != NULL ? document->parent : document->id;
		sampler->unit_of[i] = rq_ids_add(&sampler->units, unit, strlen(unit), NULL);
		if (sampler->unit_of[i] == RQ_ID_NONE)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

/* Keeps what the id names, a document, a parent or both; false where it names nothing. */
static bool keep(struct sampler *sampler, const char *id, enum reason reason)
{
	uint32_t document = rq_ids_find(&sampler->corpus->ids, id, strlen(id)), unit = rq_ids_find(&sampler->units, id, strlen(id));
	uint32_t units[] = {document == RQ_ID_NONE ? RQ_ID_NONE : sampler->unit_of[document], unit};

	for (size_t i = 0; i < 2; i++)
		if (units[i] != RQ_ID_NONE && sampler->reasons[units[i]] == NOT_KEPT)
			sampler->reasons[units[i]] = (unsigned char)reason;
	return document != RQ_ID_NONE || unit != RQ_ID_NONE;
}

static enum rq_status keep_ranked(struct sampler *sampler, const struct rq_run *run, size_t depth, struct rq_error *err)
{
	for (size_t t = 0; t < run->count; t++) {
		const struct rq_ranking *ranking = &run->rankings[t];
		for (size_t i = 0; i < ranking->count && i < depth; i++)
			if (!keep(sampler, ranking->documents[i].document, FROM_RUN))
				return rq_fail(err, RQ_E_DATA, "topic \"%s\" ranks document \"%s\", which is not in the corpus; sample with runs over this corpus", ranking->topic,
				               ranking->documents[i].document);
	}
	return RQ_OK;
}

struct draw {
	uint64_t hash;
	uint32_t unit;
	const char *id;
};

static int compare_draws(const void *a, const void *b)
{
	const struct draw *left = a, *right = b;

	return left->hash != right->hash ? (left->hash < right->hash ? -1 : 1) : strcmp(left->id, right->id);
}

static enum rq_status draw_distractors(struct sampler *sampler, const struct rq_sample_rule *rule, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct draw *draws = malloc(((size_t)sampler->units.count + 1) * sizeof *draws);
	size_t count = 0;

	if (draws == NULL)
		return rq_fail_memory(err);
	for (uint32_t unit = 0; unit < sampler->units.count; unit++) {
		struct rq_key key = {0};
		if (sampler->reasons[unit] != NOT_KEPT)
			continue;
		rq_key_add_u64(&key, rule->seed);
		rq_key_add_text(&key, sampler->units.names[unit]);
		draws[count++] = (struct draw){key.high, unit, sampler->units.names[unit]};
	}
	qsort(draws, count, sizeof *draws, compare_draws);
	for (size_t i = 0; i < count && i < rule->distractors; i++)
		sampler->reasons[draws[i].unit] = DISTRACTOR;
	return RQ_OK;
}

enum rq_status rq_sample_choose(bool *kept, struct rq_sample_counts *counts, const struct rq_corpus *corpus, const struct rq_qrels *qrels,
                                const struct rq_run *runs, size_t run_count, const struct rq_sample_rule *rule, struct rq_error *err)
{
	RQ_CLEANUP(sampler_release) struct sampler sampler = {.corpus = corpus};

	*counts = (struct rq_sample_counts){.source = corpus->count};
	RQ_TRY(group(&sampler, err));
	for (size_t t = 0; t < qrels->count; t++)
		for (size_t i = 0; i < qrels->topics[t].count; i++)
			keep(&sampler, qrels->topics[t].judgments[i].document, JUDGED);
	for (size_t r = 0; r < run_count; r++)
		RQ_TRY(keep_ranked(&sampler, &runs[r], rule->depth, err));
	RQ_TRY(draw_distractors(&sampler, rule, err));
	for (size_t i = 0; i < corpus->count; i++) {
		enum reason reason = sampler.reasons[sampler.unit_of[i]];
		kept[i] = reason != NOT_KEPT;
		counts->judged += reason == JUDGED;
		counts->from_runs += reason == FROM_RUN;
		counts->distractors += reason == DISTRACTOR;
	}
	return RQ_OK;
}
