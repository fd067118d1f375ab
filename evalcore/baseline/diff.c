/* Two baselines side by side: digests, sides, metrics, topics. */
#include "evalcore/baseline/diff.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_FACTS = 8 };

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void add_change(struct rq_baseline_diff *diff, const char *name, const char *a, const char *b)
{
	if (!same(a, b))
		diff->changes[diff->change_count++] = (struct rq_baseline_change){name, a, b};
}

static enum rq_status compare_making(struct rq_baseline_diff *diff, struct rq_error *err)
{
	const struct rq_baseline *a = diff->a, *b = diff->b;

	diff->changes = rq_arena_alloc(&diff->arena, a->digest_count + b->digest_count + SIDE_FACTS, sizeof *diff->changes);
	if (diff->changes == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < a->digest_count; i++)
		add_change(diff, a->digests[i].name, a->digests[i].text, rq_baseline_digest(b, a->digests[i].name));
	for (size_t i = 0; i < b->digest_count; i++)
		if (rq_baseline_digest(a, b->digests[i].name) == NULL)
			add_change(diff, b->digests[i].name, NULL, b->digests[i].text);
	add_change(diff, "embedder", a->side.embedder, b->side.embedder);
	add_change(diff, "model", a->side.model, b->side.model);
	add_change(diff, "variant", a->side.variant, b->side.variant);
	add_change(diff, "served by", a->side.served_by, b->side.served_by);
	add_change(diff, "document embedder", a->side.document_embedder, b->side.document_embedder);
	add_change(diff, "documents served by", a->side.documents_served_by, b->side.documents_served_by);
	add_change(diff, "index described as", a->side.index, b->side.index);
	add_change(diff, "rqgate", a->program, b->program);
	return RQ_OK;
}

/* Scores of one topic; NaN where a side has none. */
static double score(const struct rq_baseline *baseline, const struct rq_baseline_metric *metric, size_t topic)
{
	return metric == NULL || topic >= baseline->topic_count ? (double)NAN : metric->per_topic[topic];
}

static void compare_metric(struct rq_baseline_diff *diff, const char *name)
{
	const struct rq_baseline_metric *a = rq_baseline_metric(diff->a, name), *b = rq_baseline_metric(diff->b, name);
	struct rq_baseline_metric_change *change = &diff->metrics[diff->metric_count++];

	*change = (struct rq_baseline_metric_change){.name = name, .a = a == NULL ? (double)NAN : a->value, .b = b == NULL ? (double)NAN : b->value};
	for (size_t i = 0; i < diff->a->topic_count; i++) {
		double before = score(diff->a, a, i), after = score(diff->b, b, rq_baseline_topic(diff->b, diff->a->topics[i]));
		if (isnan(before) || isnan(after))
			continue;
		change->topics++;
		change->rose += after - before > RQ_TIE_TOLERANCE;
		change->fell += before - after > RQ_TIE_TOLERANCE;
		if (fabs(after - before) > RQ_TIE_TOLERANCE)
			diff->topics[diff->topic_count++] = (struct rq_baseline_topic_change){diff->a->topics[i], diff->a->slices[i], name, before, after};
	}
}

static int by_difference(const void *left, const void *right)
{
	const struct rq_baseline_topic_change *a = left, *b = right;
	double x = fabs(a->b - a->a), y = fabs(b->b - b->a);

	if (x != y)
		return x > y ? -1 : 1;
	int order = strcmp(a->topic, b->topic);
	return order != 0 ? order : strcmp(a->metric, b->metric);
}

static enum rq_status compare_scores(struct rq_baseline_diff *diff, struct rq_error *err)
{
	const struct rq_baseline *a = diff->a, *b = diff->b;

	diff->metrics = rq_arena_alloc(&diff->arena, a->metric_count + b->metric_count, sizeof *diff->metrics);
	diff->topics = rq_arena_alloc(&diff->arena, a->metric_count * a->topic_count, sizeof *diff->topics);
	if (diff->metrics == NULL || diff->topics == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < a->metric_count; i++)
		compare_metric(diff, a->metrics[i].name);
	for (size_t i = 0; i < b->metric_count; i++)
		if (rq_baseline_metric(a, b->metrics[i].name) == NULL)
			compare_metric(diff, b->metrics[i].name);
	if (diff->topic_count > 0)
		qsort(diff->topics, diff->topic_count, sizeof *diff->topics, by_difference);
	for (size_t i = 0; i < a->topic_count; i++)
		diff->only_a += rq_baseline_topic(b, a->topics[i]) == SIZE_MAX;
	for (size_t i = 0; i < b->topic_count; i++)
		diff->only_b += rq_baseline_topic(a, b->topics[i]) == SIZE_MAX;
	return RQ_OK;
}

enum rq_status rq_baseline_diff_make(struct rq_baseline_diff *diff, const struct rq_baseline *a, const struct rq_baseline *b, struct rq_error *err)
{
	*diff = (struct rq_baseline_diff){.a = a, .b = b};
	RQ_TRY(compare_making(diff, err));
	return compare_scores(diff, err);
}

void rq_baseline_diff_release(struct rq_baseline_diff *diff)
{
	rq_arena_release(&diff->arena);
	*diff = (struct rq_baseline_diff){0};
}
