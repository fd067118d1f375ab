/* A baseline to its folder. JSON that is read in a diff: a topic is a line. */
#include "evalcore/baseline/baseline.h"

#include "datasets/datasets.h"
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/seal.h"
#include "evalcore/baseline/gate_json.h"
#include "evalcore/baseline/side_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void set_texts(rq_json *object, const struct rq_named_text *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rq_json_set_string(object, texts[i].name, texts[i].text);
}

static void set_ranking(rq_json *rankings, const char *name, const char *file, const char *sha256)
{
	if (sha256[0] == '\0')
		return;
	rq_json *ranking = rq_json_set_object(rankings, name);
	rq_json_set_string(ranking, "file", file);
	rq_json_set_string(ranking, "sha256", sha256);
}

static void set_gates(rq_json *report, const struct rq_baseline *baseline)
{
	rq_json *gates = rq_json_set_array(report, "gates");

	for (size_t i = 0; i < baseline->gate_count; i++) {
		const struct rq_gate_result *gate = &baseline->gates[i];
		rq_json *object = rq_json_push_object(gates);
		rq_json_set_string(object, "gate", gate->text);
		rq_gate_said_set(object, gate);
		rq_json_set_bool(object, "absent", gate->absent);
		rq_gate_waiver_set(object, gate);
	}
}

/* Everything but the topics and the seal. */
static rq_json *head(const struct rq_baseline *baseline)
{
	rq_json *root = rq_json_new_object();

	rq_json_set_number(root, "schema_version", RQ_BASELINE_SCHEMA_VERSION);
	rq_json_set_string(root, "name", baseline->name);
	rq_json_set_string(root, "by", baseline->by);
	rq_json_set_string(root, "why", baseline->why);
	rq_json_set_string(root, "when", baseline->when);
	rq_json_set_string(root, "rqgate", baseline->program);
	rq_json_set_number(root, "metrics_version", (double)baseline->metrics_version);
	rq_json *report = rq_json_set_object(root, "report");
	rq_json_set_string(report, "suite", baseline->suite);
	rq_json_set_string(report, "side", baseline->approved);
	rq_json_set_string(report, "verdict", baseline->verdict);
	rq_json_set_bool(report, "forced", baseline->forced);
	set_gates(report, baseline);
	set_texts(rq_json_set_object(root, "digests"), baseline->digests, baseline->digest_count);
	rq_json *counts = rq_json_set_object(root, "counts");
	for (size_t i = 0; i < baseline->count_count; i++)
		rq_json_set_number(counts, baseline->counts[i].name, baseline->counts[i].value);
	rq_side_info_set(rq_json_set_object(root, "side"), &baseline->side);
	rq_json_set_number(root, "cutoff", baseline->cutoff == 0 ? (double)NAN : (double)baseline->cutoff);
	rq_json *rankings = rq_json_set_object(root, "rankings");
	set_ranking(rankings, "ranked", RQ_BASELINE_RANKED, baseline->ranked_sha256);
	set_ranking(rankings, "exact", RQ_BASELINE_EXACT, baseline->exact_sha256);
	rq_json *metrics = rq_json_set_array(root, "metrics");
	for (size_t i = 0; i < baseline->metric_count; i++) {
		rq_json *metric = rq_json_push_object(metrics);
		rq_json_set_string(metric, "metric", baseline->metrics[i].name);
		rq_json_set_number(metric, "value", baseline->metrics[i].value);
		rq_json_set_number(metric, "samples", (double)baseline->metrics[i].samples);
	}
	return root;
}

static enum rq_status put_topic(struct rq_buf *out, const struct rq_baseline *baseline, size_t topic, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *object = rq_json_new_object();

	rq_json_set_string(object, "id", baseline->topics[topic]);
	if (baseline->slices[topic] != NULL)
		rq_json_set_string(object, "slice", baseline->slices[topic]);
	rq_json *scores = rq_json_set_object(object, "scores");
	for (size_t i = 0; i < baseline->metric_count; i++)
		rq_json_set_number(scores, baseline->metrics[i].name, baseline->metrics[i].per_topic[topic]);
	return rq_json_print(out, object, false, err);
}

/* An object that ends goes on. */
static void reopen(struct rq_buf *out)
{
	while (out->size > 0 && (out->data[out->size - 1] == '}' || out->data[out->size - 1] == '\n'))
		out->data[--out->size] = '\0';
	rq_buf_puts(out, ",\n  ");
}

static enum rq_status put_seal(struct rq_buf *out, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	char sha256[RQ_SHA256_HEX];

	RQ_TRY(rq_json_parse(&root, out->data, out->size, RQ_BASELINE_FILE, err));
	RQ_TRY(rq_json_seal(sha256, root, err));
	reopen(out);
	rq_buf_printf(out, "\"" RQ_JSON_SEAL "\": \"%s\"\n}\n", sha256);
	return rq_buf_check(out, err);
}

static enum rq_status print(struct rq_buf *out, const struct rq_baseline *baseline, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = head(baseline);

	RQ_TRY(rq_json_print(out, root, true, err));
	reopen(out);
	rq_buf_puts(out, "\"topics\": [");
	for (size_t i = 0; i < baseline->topic_count; i++) {
		rq_buf_puts(out, i == 0 ? "\n    " : ",\n    ");
		RQ_TRY(put_topic(out, baseline, i, err));
	}
	rq_buf_puts(out, "\n  ]\n}\n");
	RQ_TRY(rq_buf_check(out, err));
	return put_seal(out, err);
}

static enum rq_status put_run(char sha256[RQ_SHA256_HEX], const char *folder, const char *name, const struct rq_run *run, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = rq_path_join(&arena, folder, name);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_output_open(&output, path, err));
	RQ_TRY(rq_run_put(&output, run, "rqgate", sha256, err));
	return rq_output_commit(&output, err);
}

static enum rq_status fill(struct rq_baseline *baseline, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = rq_path_join(&arena, folder, RQ_BASELINE_FILE);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(put_run(baseline->ranked_sha256, folder, RQ_BASELINE_RANKED, baseline->side.ranked, err));
	if (baseline->side.exact != NULL)
		RQ_TRY(put_run(baseline->exact_sha256, folder, RQ_BASELINE_EXACT, baseline->side.exact, err));
	RQ_TRY(print(&text, baseline, err));
	return rq_file_write(path, text.data, text.size, err);
}

/* Nothing is approved that cannot be read. */
static enum rq_status read_back(const char *folder, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_baseline_release) struct rq_baseline written = {0};

	RQ_TRY(rq_baseline_read_folder(&written, folder, name, err));
	return rq_baseline_read_rankings(&written, err);
}

static enum rq_status fail_used(const char *baselines, const char *name, struct rq_error *err)
{
	return rq_fail(err, RQ_E_USAGE, "\"%s/%s\": is there already, and a baseline is never written over; choose another name", baselines, name);
}

enum rq_status rq_baseline_write(struct rq_baseline *baseline, const char *baselines, struct rq_error *err)
{
	RQ_CLEANUP(rq_folder_release) struct rq_folder folder = {0};
	const char *path = rq_path_join(&baseline->arena, baselines, baseline->name);

	RQ_TRY(rq_baseline_check_name(baseline->name, err));
	if (path == NULL)
		return rq_fail_memory(err);
	baseline->folder = path;
	if (rq_file_exists(path))
		return fail_used(baselines, baseline->name, err);
	rq_folder_clean(baselines);
	enum rq_status status = rq_folder_open(&folder, path, err);
	if (status == RQ_OK)
		status = fill(baseline, folder.temporary, err);
	if (status == RQ_OK)
		status = read_back(folder.temporary, baseline->name, err);
	if (status == RQ_OK)
		status = rq_folder_commit(&folder, err);
	/* Somebody has approved one of that name meanwhile. */
	return status == RQ_E_USAGE && rq_file_exists(path) ? fail_used(baselines, baseline->name, err) : status;
}
