/* A difference of means, split. */
#include "evalcore/scoring/attribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct placed {
	const char *slice; /* NULL: none */
	size_t topic;
};

static int by_slice(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;
	int order = a->slice == NULL || b->slice == NULL ? (a->slice != NULL) - (b->slice != NULL) : strcmp(a->slice, b->slice);

	return order != 0 ? order : (a->topic > b->topic) - (a->topic < b->topic); /* sums are in the topics' order */
}

static bool is_split(const struct rq_metric_result *result, size_t topic)
{
	for (int side = 0; side < RQ_SIDES; side++)
		if (isnan(result->exact[side][topic]) || isnan(result->per_topic[side][topic]))
			return false;
	return true;
}

static double difference(const double *const *values, size_t topic)
{
	return values[RQ_CANDIDATE][topic] - values[RQ_BASELINE][topic];
}

struct rq_attribution rq_metric_attribute_topic(const struct rq_metric_result *result, size_t topic)
{
	struct rq_attribution part = {.topics = 1, .of = 1, .embedding = NAN, .judging = NAN};

	if (result->split != NULL)
		return result->split[topic];
	part.delta = difference(result->per_topic, topic);
	if (result->exact[RQ_BASELINE] != NULL && result->exact[RQ_CANDIDATE] != NULL)
		part.embedding = difference(result->exact, topic);
	part.index = part.delta - part.embedding;
	if (result->condensed[RQ_BASELINE] != NULL)
		part.judging = part.delta - difference(result->condensed, topic);
	return part;
}

static struct rq_attribution attribute(const struct rq_metric_result *result, const char *absent, const struct placed *placed, size_t count)
{
	struct rq_attribution part = {.absent = absent, .delta = NAN, .embedding = NAN, .index = NAN, .judging = NAN};
	double delta = 0, embedding = 0, judging = 0;

	for (size_t i = 0; i < count; i++) {
		size_t topic = placed[i].topic;
		if (isnan(difference(result->per_topic, topic)))
			continue;
		part.of++;
		if (result->condensed[RQ_BASELINE] != NULL)
			judging += difference(result->per_topic, topic) - difference(result->condensed, topic);
		if (absent != NULL || !is_split(result, topic))
			continue;
		part.topics++;
		delta += difference(result->per_topic, topic);
		embedding += difference(result->exact, topic);
	}
	if (part.of > 0 && result->condensed[RQ_BASELINE] != NULL)
		part.judging = judging / (double)part.of;
	if (absent == NULL && part.topics == 0)
		part.absent = "not split: exact search has answered none of its topics";
	if (part.absent != NULL)
		return part;
	part.delta = delta / (double)part.topics;
	part.embedding = embedding / (double)part.topics;
	part.index = part.delta - part.embedding; /* so that they add up to the last digit */
	return part;
}

static enum rq_status attribute_slices(struct rq_metric_result *result, const char *absent, const struct placed *sliced, size_t count,
                                       struct rq_arena *arena, struct rq_error *err)
{
	size_t slices = 0;

	for (size_t i = 0; i < count; i++)
		slices += i == 0 || strcmp(sliced[i].slice, sliced[i - 1].slice) != 0;
	result->attribution_slices = rq_arena_alloc(arena, slices + 1, sizeof *result->attribution_slices);
	if (result->attribution_slices == NULL)
		return rq_fail_memory(err);
	for (size_t first = 0, end; first < count; first = end) {
		for (end = first + 1; end < count && strcmp(sliced[end].slice, sliced[first].slice) == 0;)
			end++;
		struct rq_attribution *part = &result->attribution_slices[result->attribution_slice_count++];
		*part = attribute(result, absent, sliced + first, end - first);
		part->slice = sliced[first].slice;
	}
	return RQ_OK;
}

enum rq_status rq_metric_attribute(struct rq_metric_result *result, const char *absent, const struct rq_compared_topic *topics, size_t topic_count,
                                   struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct placed *placed = calloc(topic_count + 1, sizeof *placed);
	size_t without = 0;

	if (placed == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topic_count; i++) {
		placed[i] = (struct placed){topics[i].slice, i};
		without += topics[i].slice == NULL;
	}
	result->attribution = attribute(result, absent, placed, topic_count);
	qsort(placed, topic_count, sizeof *placed, by_slice); /* those without a slice come first */
	return attribute_slices(result, absent, placed + without, topic_count - without, arena, err);
}
