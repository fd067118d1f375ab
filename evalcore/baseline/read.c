/* A baseline from its folder, strictly: people edit what is committed, and merges go wrong. */
#include "evalcore/baseline/baseline.h"

#include "datasets/datasets.h"
#include "evalcore/base/file.h"
#include "evalcore/base/json_read.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/seal.h"
#include "evalcore/baseline/gate_json.h"
#include "evalcore/baseline/side_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const size_t FILE_MAXIMUM = (size_t)1 << 30;

enum { PLACE = 64 };

static void read_named(struct rq_baseline *baseline, struct rq_json_reader *reader)
{
	const rq_json *digests = rq_json_read_object(reader, baseline->root, "", "digests"),
				  *counts = rq_json_read_object(reader, baseline->root, "", "counts");

	if (reader->status != RQ_OK)
		return;
	baseline->digests = rq_json_read_alloc(reader, rq_json_size(digests), sizeof *baseline->digests);
	baseline->counts = rq_json_read_alloc(reader, rq_json_size(counts), sizeof *baseline->counts);
	for (const rq_json *member = rq_json_first(digests); member != NULL && reader->status == RQ_OK; member = rq_json_next(member)) {
		const char *name = rq_json_read_key(reader, member);
		if (name != NULL && !rq_baseline_names_digest(name))
			rq_json_read_fail(reader, "digests", name, member, "no digest but of what a side is made of");
		baseline->digests[baseline->digest_count++] = (struct rq_named_text){name, rq_json_read_sha256(reader, digests, "digests", rq_json_key(member))};
	}
	for (const rq_json *member = rq_json_first(counts); member != NULL && reader->status == RQ_OK; member = rq_json_next(member))
		baseline->counts[baseline->count_count++] =
			(struct rq_named_number){rq_json_read_key(reader, member), rq_json_read_number(reader, counts, "counts", rq_json_key(member))};
}

static void read_metrics(struct rq_baseline *baseline, double ***values, struct rq_json_reader *reader)
{
	const rq_json *metrics = rq_json_read_array(reader, baseline->root, "", "metrics"),
				  *topics = rq_json_read_array(reader, baseline->root, "", "topics");
	char place[PLACE];

	if (reader->status == RQ_OK && rq_json_size(metrics) == 0)
		rq_json_read_fail(reader, "", "metrics", metrics, "at least one");
	if (reader->status != RQ_OK)
		return;
	baseline->metrics = rq_json_read_alloc(reader, rq_json_size(metrics), sizeof *baseline->metrics);
	*values = rq_json_read_alloc(reader, rq_json_size(metrics), sizeof **values);
	for (const rq_json *object = rq_json_first(metrics); object != NULL && reader->status == RQ_OK; object = rq_json_next(object)) {
		struct rq_baseline_metric *metric = &baseline->metrics[baseline->metric_count];
		snprintf(place, sizeof place, "metrics[%zu]", baseline->metric_count);
		metric->name = rq_json_read_string(reader, object, place, "metric");
		metric->value = rq_json_read_optional_number(reader, object, place, "value");
		metric->samples = rq_json_read_count(reader, object, place, "samples");
		metric->per_topic = (*values)[baseline->metric_count++] = rq_json_read_alloc(reader, rq_json_size(topics), sizeof **values[0]);
	}
}

static void read_topics(struct rq_baseline *baseline, double *const *values, struct rq_json_reader *reader)
{
	const rq_json *topics = rq_json_read_array(reader, baseline->root, "", "topics");
	char place[PLACE], inner[PLACE + 16];

	if (reader->status != RQ_OK)
		return;
	baseline->topics = rq_json_read_alloc(reader, rq_json_size(topics), sizeof *baseline->topics);
	baseline->slices = rq_json_read_alloc(reader, rq_json_size(topics), sizeof *baseline->slices);
	for (const rq_json *object = rq_json_first(topics); object != NULL && reader->status == RQ_OK; object = rq_json_next(object)) {
		size_t number = baseline->topic_count++;
		snprintf(place, sizeof place, "topics[%zu]", number);
		snprintf(inner, sizeof inner, "%s.scores", place);
		baseline->topics[number] = rq_json_read_string(reader, object, place, "id");
		baseline->slices[number] = rq_json_read_optional_string(reader, object, place, "slice");
		const rq_json *scores = rq_json_read_object(reader, object, place, "scores");
		if (reader->status == RQ_OK && number > 0 && strcmp(baseline->topics[number - 1], baseline->topics[number]) >= 0)
			rq_json_read_fail(reader, place, "id", rq_json_get(object, "id"), "topics in the order of their ids, each once");
		for (size_t i = 0; i < baseline->metric_count && reader->status == RQ_OK; i++) {
			const char *name = baseline->metrics[i].name;
			if (rq_json_get(scores, name) == NULL)
				rq_json_read_fail(reader, inner, name, NULL, "a number, or null");
			values[i][number] = rq_json_read_optional_number(reader, scores, inner, name);
		}
	}
}

static void read_digest(char sha256[RQ_SHA256_HEX], struct rq_json_reader *reader, const rq_json *rankings, const char *name, const char *place)
{
	const rq_json *ranking = rq_json_read_object(reader, rankings, "rankings", name);
	const char *text = rq_json_read_sha256(reader, ranking, place, "sha256");

	if (reader->status == RQ_OK)
		memcpy(sha256, text, RQ_SHA256_HEX);
}

static void read_rankings(struct rq_baseline *baseline, struct rq_json_reader *reader)
{
	const rq_json *rankings = rq_json_read_object(reader, baseline->root, "", "rankings");

	read_digest(baseline->ranked_sha256, reader, rankings, "ranked", "rankings.ranked");
	if (reader->status == RQ_OK && rq_json_get(rankings, "exact") != NULL)
		read_digest(baseline->exact_sha256, reader, rankings, "exact", "rankings.exact");
}

static void read_gates(struct rq_baseline *baseline, struct rq_json_reader *reader, const rq_json *report)
{
	const rq_json *gates = rq_json_read_array(reader, report, "report", "gates");
	struct rq_gate_result *items = gates == NULL ? NULL : rq_json_read_alloc(reader, rq_json_size(gates), sizeof *items);
	char place[PLACE];

	for (const rq_json *object = gates == NULL ? NULL : rq_json_first(gates); object != NULL && reader->status == RQ_OK;
	     object = rq_json_next(object)) {
		snprintf(place, sizeof place, "report.gates[%zu]", baseline->gate_count);
		struct rq_gate_result *gate = &items[baseline->gate_count++];
		gate->text = rq_json_read_string(reader, object, place, "gate");
		rq_gate_said_read(gate, reader, object, place);
	}
	baseline->gates = items;
}

static void read_head(struct rq_baseline *baseline, struct rq_json_reader *reader, const char *name)
{
	const rq_json *root = baseline->root, *report = rq_json_read_object(reader, root, "", "report");

	baseline->name = rq_json_read_string(reader, root, "", "name");
	baseline->by = rq_json_read_optional_string(reader, root, "", "by");
	baseline->why = rq_json_read_optional_string(reader, root, "", "why");
	baseline->when = rq_json_read_string(reader, root, "", "when");
	baseline->program = rq_json_read_string(reader, root, "", "rqgate");
	baseline->metrics_version = (int64_t)rq_json_read_count(reader, root, "", "metrics_version");
	baseline->suite = rq_json_read_optional_string(reader, report, "report", "suite");
	baseline->approved = rq_json_read_string(reader, report, "report", "side");
	baseline->verdict = rq_json_read_string(reader, report, "report", "verdict");
	baseline->forced = rq_json_read_bool(reader, report, "report", "forced");
	read_gates(baseline, reader, report);
	baseline->cutoff = rq_json_read_optional_count(reader, root, "", "cutoff");
	baseline->side = rq_side_info_read(reader, rq_json_read_object(reader, root, "", "side"), "side");
	if (reader->status == RQ_OK && strcmp(baseline->name, name) != 0)
		rq_json_read_fail(reader, "", "name", rq_json_get(root, "name"), "the name of its folder, for a copy of an approval is none");
}

static enum rq_status check_seal(const struct rq_baseline *baseline, const char *seal, struct rq_error *err)
{
	char sha256[RQ_SHA256_HEX];

	RQ_TRY(rq_json_seal(sha256, baseline->root, err));
	if (strcmp(sha256, seal) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "%s: was changed since it was approved (what it says has another sha256 than it tells); restore it, or approve anew", baseline->file);
}

static enum rq_status read_all(struct rq_baseline *baseline, struct rq_json_reader *reader, const struct rq_buf *text, const char *name)
{
	double **values = NULL;

	RQ_TRY(rq_json_read_root(&baseline->root, reader, text, RQ_BASELINE_SCHEMA_VERSION));
	read_head(baseline, reader, name);
	read_named(baseline, reader);
	read_metrics(baseline, &values, reader);
	read_topics(baseline, values, reader);
	read_rankings(baseline, reader);
	const char *seal = rq_json_read_sha256(reader, baseline->root, "", RQ_JSON_SEAL);
	if (reader->status != RQ_OK)
		return reader->status;
	RQ_TRY(check_seal(baseline, seal, reader->err));
	return rq_baseline_check_values(baseline, reader->err);
}

static enum rq_status fail_unknown(const char *baselines, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_strings names;

	RQ_TRY(rq_baseline_list(&names, baselines, &arena, err));
	const char *nearest = rq_nearest_name(name, names.items, names.count);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": no baseline is called \"%s\"; did you mean \"%s\"?", baselines, name, nearest);
	return rq_fail(err, RQ_E_USAGE,
	               "\"%s\": no baseline is called \"%s\"; \"rqgate baseline list\" tells which there are, \"rqgate baseline approve\" adds one",
	               baselines, name);
}

enum rq_status rq_baseline_read_folder(struct rq_baseline *baseline, const char *folder, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = FILE_MAXIMUM};

	*baseline = (struct rq_baseline){0};
	baseline->folder = rq_arena_strdup(&baseline->arena, folder);
	baseline->file = rq_path_join(&baseline->arena, baseline->folder, RQ_BASELINE_FILE);
	if (baseline->file == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_read(&text, baseline->file, err));
	RQ_TRY(rq_sha256(baseline->sha256, text.data, text.size, err));
	struct rq_json_reader reader = {.source = baseline->file, .arena = &baseline->arena, .err = err};
	return read_all(baseline, &reader, &text, name);
}

enum rq_status rq_baseline_read(struct rq_baseline *baseline, const char *baselines, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *folder = rq_path_join(&arena, baselines, name);

	*baseline = (struct rq_baseline){0};
	RQ_TRY(rq_baseline_check_name(name, err));
	if (folder == NULL)
		return rq_fail_memory(err);
	return rq_file_exists(folder) ? rq_baseline_read_folder(baseline, folder, name, err) : fail_unknown(baselines, name, err);
}

/* A run's text has no line for a topic that found nothing; that it was asked, its scores tell. */
static enum rq_status add_empty(struct rq_run *run, const struct rq_baseline *baseline, struct rq_error *err)
{
	struct rq_ranking *rankings = rq_arena_alloc(&run->arena, run->count + baseline->topic_count, sizeof *rankings);
	size_t count = 0, next = 0;

	if (rankings == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < baseline->topic_count; i++) {
		int order = 1;
		while (next < run->count && (order = strcmp(run->rankings[next].topic, baseline->topics[i])) < 0)
			rankings[count++] = run->rankings[next++];
		if (next == run->count || order > 0)
			rankings[count++] = (struct rq_ranking){.topic = baseline->topics[i]};
	}
	while (next < run->count)
		rankings[count++] = run->rankings[next++];
	run->rankings = rankings;
	run->count = count;
	return RQ_OK;
}

static enum rq_status load(struct rq_run *run, struct rq_baseline *baseline, const char *file, const char *sha256, struct rq_error *err)
{
	const char *path = rq_path_join(&baseline->arena, baseline->folder, file);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_run_load_put(run, path, sha256, baseline->file, err));
	return add_empty(run, baseline, err);
}

enum rq_status rq_baseline_read_rankings(struct rq_baseline *baseline, struct rq_error *err)
{
	RQ_TRY(load(&baseline->ranked, baseline, RQ_BASELINE_RANKED, baseline->ranked_sha256, err));
	baseline->side.ranked = &baseline->ranked;
	if (baseline->exact_sha256[0] == '\0')
		return RQ_OK;
	RQ_TRY(load(&baseline->exact, baseline, RQ_BASELINE_EXACT, baseline->exact_sha256, err));
	baseline->side.exact = &baseline->exact;
	return RQ_OK;
}
