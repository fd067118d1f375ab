/* What a baseline is, apart from files: its name, its parts, and how one is made of a comparison. */
#include "evalcore/baseline/baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAXIMUM = 100, COUNT_NAME = 64, DIGESTS = 9 };

const char *const rq_baseline_digest_names[DIGESTS + 1] = {"corpus",        "config",      "topics", "qrels", "vectors",
                                                           "topic_vectors", "vector_file", "index",  "run",   NULL};

static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};

enum rq_status rq_baseline_check_name(const char *name, struct rq_error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t length = strlen(name);

	if (length == 0 || length > NAME_MAXIMUM || strspn(name, allowed) != length || name[0] == '.' || name[0] == '-')
		return rq_fail(err, RQ_E_USAGE,
		               "\"%s\": cannot be the name of a baseline; expected letters, digits, '.', '_' and '-', at most %d of them and beginning with "
		               "a letter, a digit or '_'",
		               name, NAME_MAXIMUM);
	if (strcmp(name, RQ_BASELINE_PINNED) == 0)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": cannot be the name of a baseline, for it is that of the file that names the pinned one; choose another", name);
	return RQ_OK;
}

void rq_baseline_release(struct rq_baseline *baseline)
{
	rq_run_release(&baseline->ranked);
	rq_run_release(&baseline->exact);
	rq_json_free(baseline->root);
	rq_arena_release(&baseline->arena);
	*baseline = (struct rq_baseline){0};
}

bool rq_baseline_names_digest(const char *name)
{
	size_t i = 0;

	while (rq_baseline_digest_names[i] != NULL && strcmp(rq_baseline_digest_names[i], name) != 0)
		i++;
	return i < DIGESTS;
}

const char *rq_baseline_digest(const struct rq_baseline *baseline, const char *name)
{
	for (size_t i = 0; i < baseline->digest_count; i++)
		if (strcmp(baseline->digests[i].name, name) == 0)
			return baseline->digests[i].text;
	return NULL;
}

const struct rq_baseline_metric *rq_baseline_metric(const struct rq_baseline *baseline, const char *name)
{
	for (size_t i = 0; i < baseline->metric_count; i++)
		if (strcmp(baseline->metrics[i].name, name) == 0)
			return &baseline->metrics[i];
	return NULL;
}

static int compare_id(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

size_t rq_baseline_topic(const struct rq_baseline *baseline, const char *id)
{
	const char **found =
		baseline->topic_count == 0 ? NULL : bsearch(id, baseline->topics, baseline->topic_count, sizeof *baseline->topics, compare_id);

	return found == NULL ? SIZE_MAX : (size_t)(found - baseline->topics);
}

/* ---- of a comparison ---- */

/* The input that is the side's: its own, or where it has none the one that both share. */
static const char *input_of(const struct rq_comparison *comparison, enum rq_side side, const char *name)
{
	char own[COUNT_NAME];

	snprintf(own, sizeof own, "%s.%s", side_names[side], name);
	const char *sha256 = rq_comparison_input(comparison, own);
	if (sha256 != NULL || side == RQ_BASELINE)
		return sha256;
	/* A candidate that names no vectors searches those of the baseline; one that is a run file has none. */
	snprintf(own, sizeof own, "%s.%s", side_names[RQ_BASELINE], name);
	return comparison->sides[side].embedder == NULL ? NULL : rq_comparison_input(comparison, own);
}

static void add_digest(struct rq_baseline *baseline, const char *name, const char *sha256)
{
	if (sha256 != NULL)
		baseline->digests[baseline->digest_count++] = (struct rq_named_text){name, sha256};
}

static enum rq_status take_digests(struct rq_baseline *baseline, const struct rq_comparison *comparison, enum rq_side side, struct rq_error *err)
{
	static const char *const shared[] = {"config", "topics", "qrels"}, *const vectors[] = {"vectors", "topic_vectors", "vector_file"};
	const char *corpus = side == RQ_CANDIDATE ? rq_comparison_input(comparison, "candidate.corpus") : NULL;
	char own[COUNT_NAME];

	baseline->digests = rq_arena_alloc(&baseline->arena, DIGESTS, sizeof *baseline->digests);
	if (baseline->digests == NULL)
		return rq_fail_memory(err);
	add_digest(baseline, "corpus", corpus != NULL ? corpus : rq_comparison_input(comparison, "corpus"));
	for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
		add_digest(baseline, shared[i], rq_comparison_input(comparison, shared[i]));
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		add_digest(baseline, vectors[i], input_of(comparison, side, vectors[i]));
	snprintf(own, sizeof own, "%s.index", side_names[side]);
	add_digest(baseline, "index", rq_comparison_input(comparison, own));
	snprintf(own, sizeof own, "%s.run", side_names[side]);
	add_digest(baseline, "run", rq_comparison_input(comparison, own));
	return RQ_OK;
}

static double count_of(const struct rq_comparison *comparison, const char *name, double otherwise)
{
	for (size_t i = 0; i < comparison->count_count; i++)
		if (strcmp(comparison->counts[i].name, name) == 0)
			return comparison->counts[i].value;
	return otherwise;
}

static enum rq_status take_counts(struct rq_baseline *baseline, const struct rq_comparison *comparison, enum rq_side side, struct rq_error *err)
{
	static const char *const names[] = {"documents", "topics", "topics_scored", "judgments"};

	baseline->counts = rq_arena_alloc(&baseline->arena, sizeof names / sizeof *names, sizeof *baseline->counts);
	if (baseline->counts == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		double value = count_of(comparison, names[i], -1);
		if (i == 0 && side == RQ_CANDIDATE)
			value = count_of(comparison, "documents_candidate", value);
		if (value >= 0) /* two run files need no corpus */
			baseline->counts[baseline->count_count++] = (struct rq_named_number){names[i], value};
	}
	return RQ_OK;
}

static enum rq_status take_scores(struct rq_baseline *baseline, const struct rq_comparison *comparison, enum rq_side side, struct rq_error *err)
{
	baseline->topics = rq_arena_alloc(&baseline->arena, comparison->topic_count, sizeof *baseline->topics);
	baseline->slices = rq_arena_alloc(&baseline->arena, comparison->topic_count, sizeof *baseline->slices);
	baseline->metrics = rq_arena_alloc(&baseline->arena, comparison->metric_count, sizeof *baseline->metrics);
	if (baseline->topics == NULL || baseline->slices == NULL || baseline->metrics == NULL)
		return rq_fail_memory(err);
	baseline->topic_count = comparison->topic_count;
	for (size_t i = 0; i < comparison->topic_count; i++) {
		baseline->topics[i] = comparison->topics[i].id;
		baseline->slices[i] = comparison->topics[i].slice;
	}
	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (metric->absent[side] == NULL && metric->per_topic[side] != NULL)
			baseline->metrics[baseline->metric_count++] =
				(struct rq_baseline_metric){metric->name, metric->value[side], metric->samples[side], metric->per_topic[side], metric->is_judged};
	}
	if (baseline->metric_count == 0)
		return rq_fail(err, RQ_E_DATA, "no metric has scores of the %s's topics, so nothing could be compared with them; ask for one in \"metrics\"",
		               side_names[side]);
	return RQ_OK;
}

/* What a baseline does not find no candidate can lose. A run has no verdict where that is so of the baseline, and may have one of the candidate. */
static enum rq_status refuse_failures(const struct rq_comparison *comparison, enum rq_side side, struct rq_error *err)
{
	const struct rq_failures *failures = &comparison->failures;
	const struct rq_failure *first = NULL;
	size_t count = 0;

	for (size_t i = 0; side == RQ_CANDIDATE && i < failures->count; i++) {
		if (strcmp(failures->items[i].side, side_names[side]) != 0)
			continue;
		first = first == NULL ? &failures->items[i] : first;
		count++;
	}
	if (count == 0)
		return RQ_OK;
	return rq_fail(
		err, RQ_E_DATA,
		"%zu of the candidate's documents and topics failed (%s \"%s\" for one: %s), so as a baseline it would hide drops; mend that, run again, "
		"and approve that report",
		count, first->what, first->id, first->reason);
}

/* Scores that are means over builds do not follow from the rankings of one of them, which a baseline keeps. */
static enum rq_status refuse_builds(const struct rq_comparison *comparison, enum rq_side side, struct rq_error *err)
{
	for (size_t i = 0; i < comparison->metric_count; i++)
		if (comparison->metrics[i].builds[side].count > 1)
			return rq_fail(err, RQ_E_USAGE,
			               "the %s's scores are means over %zu builds of its index, and a baseline is what one build answers; run it with \"builds\": 1 "
			               "and approve that report",
			               side_names[side], comparison->metrics[i].builds[side].count);
	return RQ_OK;
}

static bool is_run_file(const struct rq_side_info *side)
{
	return strncmp(side->index, "run file ", strlen("run file ")) == 0;
}

enum rq_status rq_baseline_of(struct rq_baseline *baseline, const struct rq_comparison *comparison, enum rq_side side, struct rq_error *err)
{
	RQ_TRY(refuse_failures(comparison, side, err));
	RQ_TRY(refuse_builds(comparison, side, err));
	baseline->approved = side_names[side];
	baseline->side = comparison->sides[side];
	baseline->cutoff = is_run_file(&baseline->side) ? 0 : comparison->cutoff; /* that of the search beside it tells nothing of a file */
	RQ_TRY(take_digests(baseline, comparison, side, err));
	RQ_TRY(take_counts(baseline, comparison, side, err));
	return take_scores(baseline, comparison, side, err);
}
