/* A reference evaluated again: its digest, what it was made of, and its numbers beside those of then. */
#include "ci/cli/drift_alone.h"

#include "ci/cli/command.h"

#include <math.h>

static const double same = 1e-12;

static bool has_changed(const struct rq_drift_score *score)
{
	return !isnan(score->then) && !(fabs(score->value - score->then) <= same);
}

static void word_metrics(struct rq_buf *out, const struct rq_manifest *manifest, const char *name, const struct rq_drift_score *scores, size_t count)
{
	rq_buf_printf(out, "reference \"%s\" of %s, %s\n", name, manifest->created, manifest->sha256);
	for (size_t i = 0; i < count; i++) {
		rq_buf_printf(out, "%s %.6f", scores[i].metric, scores[i].value);
		if (isnan(scores[i].then))
			rq_buf_puts(out, ", of which it keeps nothing");
		else if (has_changed(&scores[i]))
			rq_buf_printf(out, ", and was %.6f", scores[i].then);
		rq_buf_puts(out, "\n");
	}
}

static void word_verdict(struct rq_buf *out, size_t kept, size_t changed)
{
	if (changed == 0)
		rq_buf_printf(out, "PASS: %zu of %zu metrics that it keeps are what they were\n", kept, kept);
	else
		rq_buf_printf(out, "FAIL: %zu of %zu metrics that it keeps are not what they were; another config, or another version of rqgate, scores otherwise\n", changed, kept);
}

static enum rq_status word_json(struct rq_buf *out, const struct rq_manifest *manifest, const char *name, const struct rq_drift_score *scores,
                                size_t count, size_t changed, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	rq_json *reference = rq_json_set_object(root, "reference"), *metrics = rq_json_set_array(root, "metrics");

	rq_json_set_string(reference, "name", name);
	rq_json_set_string(reference, "sha256", manifest->sha256);
	rq_json_set_string(reference, "created", manifest->created);
	for (size_t i = 0; i < count; i++) {
		rq_json *metric = rq_json_push_object(metrics);
		rq_json_set_string(metric, "metric", scores[i].metric);
		rq_json_set_number(metric, "value", scores[i].value);
		rq_json_set_number(metric, "then", scores[i].then);
	}
	rq_json_set_bool(root, "same", changed == 0);
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return RQ_OK;
}

enum rq_status rq_drift_alone(int *exit_code, struct rq_pipeline *pipeline, struct rq_reference *reference, const struct rq_drift_alone *how,
                              struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct rq_manifest *manifest = &reference->manifest;
	struct rq_drift_score *scores;
	size_t kept = 0, changed = 0;

	RQ_TRY(rq_drift_evaluate(&scores, pipeline, reference, err));
	const size_t count = pipeline->comparison.metric_count;
	for (size_t i = 0; i < count; i++) {
		kept += isnan(scores[i].then) ? 0 : 1;
		changed += has_changed(&scores[i]);
	}
	if (kept == 0)
		return rq_fail(err, RQ_E_DATA, "the reference of %s keeps no value of the config's metrics, so nothing can be held against it; name some that it was made with in \"metrics\"",
		               manifest->created);
	if (how->json)
		RQ_TRY(word_json(&text, manifest, how->name, scores, count, changed, err));
	if (!how->json && !how->quiet)
		word_metrics(&text, manifest, how->name, scores, count);
	if (!how->json)
		word_verdict(&text, kept, changed);
	RQ_TRY(rq_buf_check(&text, err));
	*exit_code = changed > 0;
	return rq_print(&text, err);
}
