/* report.json, for machines. All that is measured afresh (times, host, gates on times, the final verdict that hangs on them) lives under "run"; the
 * rest is the same bytes for the same inputs. */
#include "reports/json_parts.h"
#include "reports/rows.h"

#include "evalcore/base/seal.h"
#include "evalcore/baseline/gate_json.h"
#include "evalcore/baseline/side_json.h"
#include "metrics/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS_MAXIMUM = 100 };

static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};

static void push_sides(rq_json *object, const char *key, double baseline, double candidate)
{
	rq_json *pair = rq_json_set_array(object, key);

	rq_json_push_number(pair, baseline);
	rq_json_push_number(pair, candidate);
}

static void set_texts(rq_json *object, const struct rq_named_text *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rq_json_set_string(object, texts[i].name, texts[i].text);
}

void rq_json_set_paired(rq_json *object, const struct rq_paired *paired)
{
	rq_json_set_number(object, "delta", paired->delta);
	rq_json_set_number(object, "lower", paired->lower);
	rq_json_set_number(object, "upper", paired->upper);
	rq_json_set_number(object, "n", (double)paired->n);
	if (paired->groups > 0)
		rq_json_set_number(object, "clusters", (double)paired->groups);
	rq_json_set_number(object, "wins", (double)paired->wins);
	rq_json_set_number(object, "ties", (double)paired->ties);
	rq_json_set_number(object, "losses", (double)paired->losses);
	rq_json_set_bool(object, "identical", paired->identical);
	rq_json_set_number(object, "p_worse", paired->p_worse);
	rq_json *t = rq_json_set_object(object, "paired_t");
	rq_json_set_number(t, "t", paired->t);
	rq_json_set_number(t, "df", paired->t_df);
	rq_json_set_number(t, "p", paired->t_p);
}

void rq_json_set_evidence(rq_json *object, const struct rq_evidence *evidence)
{
	bool gated = !isnan(evidence->margin);

	if (!evidence->weighed)
		return;
	rq_json_set_number(object, "sign_flip_p", evidence->sign_flip_p);
	rq_json_set_number(object, "bca_lower", evidence->bca_lower);
	rq_json_set_number(object, "bca_upper", evidence->bca_upper);
	rq_json_set_number(object, "mde_margin", evidence->margin);
	rq_json_set_number(object, "mde", gated ? evidence->mde : (double)NAN);
	rq_json_set_number(object, "topics_to_pass", gated && evidence->topics_to_pass > 0 ? (double)evidence->topics_to_pass : (double)NAN);
}

static void set_slices(rq_json *object, const struct rq_metric_result *metric)
{
	rq_json *slices = rq_json_set_array(object, "slices");

	for (size_t i = 0; i < metric->slice_count; i++) {
		const struct rq_slice_difference *difference = &metric->slices[i];
		rq_json *slice = rq_json_push_object(slices);
		rq_json_set_string(slice, "slice", difference->slice);
		for (int side = 0; side < RQ_SIDES; side++)
			rq_json_set_number(slice, side_names[side], difference->mean[side]);
		rq_json_set_number(slice, "delta", difference->paired.delta);
		rq_json_set_number(slice, "lower", difference->paired.lower);
		rq_json_set_number(slice, "upper", difference->paired.upper);
		rq_json_set_number(slice, "n", (double)difference->paired.n);
		rq_json_set_number(slice, "p_worse", difference->paired.p_worse);
		rq_json_set_number(slice, "q", difference->q);
	}
}

static void set_builds(rq_json *object, const struct rq_metric_result *metric)
{
	rq_json *sides = rq_json_set_object(object, "builds");

	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_builds *builds = &metric->builds[side];
		if (builds->count == 0)
			continue;
		rq_json *own = rq_json_set_object(sides, side_names[side]), *means = rq_json_set_array(own, "means");
		for (size_t build = 0; build < builds->count; build++)
			rq_json_push_number(means, builds->means[build]);
		rq_json_set_number(own, "deviation", builds->deviation);
	}
}

void rq_json_push_metric(rq_json *array, const struct rq_comparison *comparison, const struct rq_metric_result *metric)
{
	rq_json *object = rq_json_push_object(array);

	rq_json_set_string(object, "metric", metric->name);
	rq_json_set_number(object, "number", (double)(metric - comparison->metrics + 1));
	for (int side = 0; side < RQ_SIDES; side++)
		rq_json_set_number(object, side_names[side], metric->value[side]);
	if (metric->compared) {
		rq_json_set_paired(object, &metric->paired);
		rq_json_set_evidence(object, &metric->evidence);
		if (metric->slice_count > 0)
			set_slices(object, metric);
	}
	if (rq_shows_builds(metric))
		set_builds(object, metric);
	rq_json_set_attribution(object, comparison, metric);
	rq_json *bounds = rq_json_set_object(object, "bounds");
	for (int side = 0; side < RQ_SIDES; side++)
		push_sides(bounds, side_names[side], metric->value_lower[side], metric->value_upper[side]);
	push_sides(object, "samples", (double)metric->samples[RQ_BASELINE], (double)metric->samples[RQ_CANDIDATE]);
	push_sides(object, "ties_at_cutoff", (double)metric->ties_at_cutoff[RQ_BASELINE], (double)metric->ties_at_cutoff[RQ_CANDIDATE]);
	rq_json_set_bool(object, "lower_is_better", metric->lower_is_better);
	rq_json *absent = rq_json_set_object(object, "absent");
	for (int side = 0; side < RQ_SIDES; side++)
		if (metric->absent[side] != NULL)
			rq_json_set_string(absent, side_names[side], metric->absent[side]);
}

rq_json *rq_json_push_gate(rq_json *array, const struct rq_gate_result *gate)
{
	rq_json *object = rq_json_push_object(array);

	rq_json_set_string(object, "kind", gate->kind);
	rq_json_set_string(object, "metric", gate->metric);
	rq_json_set_string(object, "slice", gate->slice);
	rq_json_set_string(object, "gate", gate->text);
	rq_gate_said_set(object, gate);
	rq_json_set_string(object, "reason", gate->reason);
	rq_json_set_bool(object, "absent", gate->absent);
	rq_json_set_bool(object, "blocks", gate->blocks);
	rq_json_set_number(object, "value", gate->value);
	rq_json_set_number(object, "limit", gate->limit);
	rq_json_set_number(object, "lower", gate->lower);
	rq_json_set_number(object, "upper", gate->upper);
	rq_json_set_number(object, "p", gate->p);
	if (gate->topics_to_settle > 0)
		rq_json_set_number(object, "topics_to_settle", (double)gate->topics_to_settle);
	rq_json_set_string(object, "owner", gate->owner);
	rq_json_set_string(object, "runbook", gate->runbook);
	rq_gate_waiver_set(object, gate);
	return object;
}

/* What the table says beside what eval's JSON says of a gate, where there is such a thing. */
static void set_gate_words(rq_json *object, const struct rq_gate_result *gate)
{
	if (gate->standard)
		rq_json_set_bool(object, "standard", true);
	if (gate->word != NULL)
		rq_json_set_string(object, "word", gate->word);
	if (gate->units > 0)
		rq_json_set_number(object, "units", (double)gate->units);
	if (gate->slice != NULL)
		push_sides(object, "slice_means", gate->slice_mean[RQ_BASELINE], gate->slice_mean[RQ_CANDIDATE]);
	if (gate->doubtful)
		rq_json_set_bool(object, "doubtful", true);
	if (gate->next_step != NULL)
		rq_json_set_string(object, "next_step", gate->next_step);
	if (gate->shown[RQ_BASELINE] == NULL && gate->shown[RQ_CANDIDATE] == NULL)
		return;
	rq_json *shown = rq_json_set_array(object, "shown");
	for (int side = 0; side < RQ_SIDES; side++)
		rq_json_push_string(shown, gate->shown[side]);
}

static void push_shown_gate(rq_json *array, const struct rq_verdict *verdict, size_t i)
{
	rq_json *object = rq_json_push_gate(array, &verdict->gates[i]);

	rq_json_set_number(object, "number", (double)(i + 1));
	set_gate_words(object, &verdict->gates[i]);
}

/* Metrics and gates that are on times, or those that are not. */
static void set_results(rq_json *object, const struct rq_report *report, bool times)
{
	rq_json *metrics = rq_json_set_array(object, "metrics"), *gates = rq_json_set_array(object, "gates");

	for (size_t i = 0; i < report->comparison->metric_count; i++)
		if (report->comparison->metrics[i].is_time == times)
			rq_json_push_metric(metrics, report->comparison, &report->comparison->metrics[i]);
	for (size_t i = 0; i < report->verdict->count; i++)
		if (report->verdict->gates[i].is_time == times)
			push_shown_gate(gates, report->verdict, i);
}

void rq_json_set_failure(rq_json *object, const struct rq_failure *failure)
{
	rq_json_set_string(object, "side", failure->side);
	rq_json_set_string(object, "stage", failure->stage);
	rq_json_set_string(object, "what", failure->what);
	rq_json_set_string(object, "id", failure->id);
	rq_json_set_string(object, "input", failure->input);
	rq_json_set_string(object, "reason", failure->reason);
	rq_json_set_number(object, "attempts", failure->attempts);
	rq_json_set_number(object, "seconds", failure->seconds);
}

static void push_service(rq_json *services, const struct rq_service_account *account)
{
	rq_json *object = rq_json_push_object(services);

	rq_json_set_string(object, "side", account->side);
	rq_json_set_string(object, "of", account->what);
	rq_json_set_number(object, "requests", account->requests);
	rq_json_set_number(object, "retries", account->retries);
	rq_json_set_number(object, "texts", account->texts);
	rq_json_set_number(object, "tokens", account->tokens > 0 ? account->tokens : NAN);
	rq_json_set_number(object, "bytes_sent", account->sent);
	rq_json_set_number(object, "seconds_waited", account->waited);
	rq_json_set_number(object, "truncated", account->truncated);
	rq_json_set_string(object, "truncation", account->truncation);
}

static void set_remarks(rq_json *object, const struct rq_remark *items, size_t count)
{
	rq_json *remarks = rq_json_set_array(object, "remarks");

	for (size_t i = 0; i < count; i++) {
		rq_json *remark = rq_json_push_object(remarks);
		rq_json_set_bool(remark, "warning", items[i].warning);
		rq_json_set_string(remark, "text", items[i].text);
	}
}

/* What services did and failed to do. */
static void set_services(rq_json *run, const struct rq_comparison *comparison)
{
	rq_json *services = rq_json_set_array(run, "services"), *failures = rq_json_set_array(run, "failures");

	for (size_t i = 0; i < comparison->service_count; i++)
		push_service(services, &comparison->services[i]);
	for (size_t i = 0; i < comparison->failures.count; i++)
		rq_json_set_failure(rq_json_push_object(failures), &comparison->failures.items[i]);
}

static void set_past(rq_json *run, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;

	if (report->past_count == 0)
		return;
	rq_json *past = rq_json_set_array(run, "history");
	for (size_t i = 0; i < report->past_count; i++) {
		rq_json *object = rq_json_push_object(past);
		rq_json_set_number(object, "time_us", (double)report->past[i].us);
		rq_json_set_string(object, "verdict", report->past[i].verdict);
		rq_json *metrics = rq_json_set_object(object, "metrics");
		for (size_t j = 0; j < comparison->metric_count; j++) {
			rq_json *values = rq_json_set_array(metrics, comparison->metrics[j].name);
			for (int side = 0; side < RQ_SIDES; side++)
				rq_json_push_number(values, report->past[i].values[j][side]);
		}
	}
}

/* Where each gate begins in the config's file, which a blank line changes without changing what is found. */
static void set_gate_lines(rq_json *run, const struct rq_verdict *verdict)
{
	bool known = false;

	for (size_t i = 0; i < verdict->count; i++)
		known = known || verdict->gates[i].line > 0;
	rq_json *lines = known ? rq_json_set_array(run, "gate_lines") : NULL;
	for (size_t i = 0; known && i < verdict->count; i++)
		rq_json_push_number(lines, (double)verdict->gates[i].line);
}

static rq_json *set_run(rq_json *root, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;
	rq_json *run = rq_json_set_object(root, "run");

	set_texts(run, report->run, report->run_count);
	rq_json *set = rq_json_set_array(run, "set");
	for (size_t i = 0; i < report->set_count; i++)
		rq_json_push_string(set, report->set[i]);
	rq_json_set_number(run, "seconds", report->seconds);
	rq_json_set_number(run, "threads", report->threads);
	rq_json *verdict = rq_json_set_object(run, "verdict");
	rq_json_set_string(verdict, "outcome", rq_outcome_name(report->verdict->outcome));
	rq_json_set_number(verdict, "exit_code", report->verdict->exit_code);
	rq_json_set_string(verdict, "sentence", report->verdict->sentence);
	set_results(run, report, true);
	set_gate_lines(run, report->verdict);
	rq_json *seconds = rq_json_set_object(run, "stage_seconds");
	for (size_t i = 0; i < comparison->stage_count; i++)
		rq_json_set_number(seconds, comparison->stage_seconds[i].name, comparison->stage_seconds[i].value);
	set_texts(rq_json_set_object(run, "cache_use"), comparison->cache_use, comparison->cache_use_count);
	set_services(run, comparison);
	set_remarks(run, comparison->run_remarks, comparison->run_remark_count);
	set_past(run, report);
	return run;
}

/* Of the gates that are not on times; null where there is none, for nothing has then been judged. */
static void set_verdict(rq_json *root, const struct rq_verdict *verdict)
{
	static const double exit_codes[] = {[RQ_PASS] = 0, [RQ_FAIL] = 1, [RQ_INCONCLUSIVE] = 2};
	bool judged = false;

	for (size_t i = 0; i < verdict->count; i++)
		judged = judged || !verdict->gates[i].is_time;
	rq_json_set_string(root, "verdict", judged ? rq_outcome_name(verdict->outcome_untimed) : NULL);
	rq_json_set_number(root, "exit_code", judged ? (verdict->exit_code == 0 ? 0 : exit_codes[verdict->outcome_untimed]) : (double)NAN);
}

/* Those that lost most in the metrics from `first` on up to `end`. */
static enum rq_status tell_texts(bool *told, const struct rq_comparison *comparison, size_t first, size_t end, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_loss *losses = NULL;
	size_t lost;

	RQ_TRY(rq_losses(&losses, &lost, comparison, first, end, err));
	for (size_t i = 0; i < lost && i < TEXTS_MAXIMUM; i++)
		told[losses[i].topic] = true;
	return RQ_OK;
}

static enum rq_status set_topics(rq_json *root, const struct rq_comparison *comparison, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) bool *told = calloc(comparison->topic_count + 1, sizeof *told);
	rq_json *topics = rq_json_set_array(root, "topics");
	size_t first = rq_first_compared(comparison);

	if (told == NULL)
		return rq_fail_memory(err);
	/* What pages tell of: those of html by all metrics, those of md by the first. */
	RQ_TRY(tell_texts(told, comparison, 0, comparison->metric_count, err));
	if (first < comparison->metric_count)
		RQ_TRY(tell_texts(told, comparison, first, first + 1, err));
	for (size_t i = 0; i < comparison->topic_count; i++) {
		rq_json *topic = rq_json_push_object(topics);
		rq_json_set_string(topic, "id", comparison->topics[i].id);
		rq_json_set_string(topic, "slice", comparison->topics[i].slice);
		if (told[i])
			rq_json_set_string(topic, "text", comparison->topics[i].text);
		rq_json *scores = rq_json_set_object(topic, "scores");
		for (size_t j = 0; j < comparison->metric_count; j++) {
			const double *const *values = comparison->metrics[j].per_topic;
			if (values[RQ_BASELINE] != NULL || values[RQ_CANDIDATE] != NULL)
				push_sides(scores, comparison->metrics[j].name, values[RQ_BASELINE] == NULL ? NAN : values[RQ_BASELINE][i],
				           values[RQ_CANDIDATE] == NULL ? NAN : values[RQ_CANDIDATE][i]);
		}
		rq_json_set_topic_attribution(topic, comparison, i);
	}
	return RQ_OK;
}

static void set_sides(rq_json *object, const struct rq_comparison *comparison)
{
	rq_json *sides = rq_json_set_object(object, "sides");

	for (int i = 0; i < RQ_SIDES; i++)
		rq_side_info_set(rq_json_set_object(sides, side_names[i]), &comparison->sides[i]);
}

/* The yardstick beside both sides. */
static void set_bm25(rq_json *object, const struct rq_comparison *comparison)
{
	rq_json *bm25 = rq_json_set_object(object, "bm25");

	if (comparison->bm25 == NULL) {
		rq_json_set_string(bm25, "absent", comparison->bm25_absent);
		return;
	}
	rq_json_set_string(bm25, "index", comparison->bm25);
	rq_json *metrics = rq_json_set_object(bm25, "metrics");
	for (size_t i = 0; i < comparison->metric_count; i++)
		if (comparison->metrics[i].is_judged)
			rq_json_set_number(metrics, comparison->metrics[i].name, comparison->metrics[i].bm25);
}

/* Older baselines that gates have compared with. */
static void set_pinned(rq_json *object, const struct rq_comparison *comparison)
{
	rq_json *array = rq_json_set_array(object, "pinned");

	for (size_t i = 0; i < comparison->pinned_count; i++) {
		const struct rq_pinned *pinned = &comparison->pinned[i];
		rq_json *item = rq_json_push_object(array);
		rq_json_set_string(item, "name", pinned->name);
		rq_json_set_string(item, "absent", pinned->absent);
		if (pinned->absent != NULL)
			continue;
		rq_json *metrics = rq_json_set_array(item, "metrics");
		for (size_t j = 0; j < pinned->comparison->metric_count; j++)
			if (pinned->comparison->metrics[j].compared)
				rq_json_push_metric(metrics, pinned->comparison, &pinned->comparison->metrics[j]);
	}
}

/* How much of each side could not be embedded or searched. */
static void set_failed(rq_json *object, const struct rq_comparison *comparison)
{
	const struct rq_failures *failures = &comparison->failures;
	static const char *const stages[] = {"embed", "search"};
	rq_json *failed = rq_json_set_object(object, "failed");

	for (int i = 0; i < RQ_SIDES; i++) {
		rq_json *side = rq_json_set_object(failed, side_names[i]);
		for (int j = 0; j < 2; j++) {
			const char *whose = side_names[j == 0 && comparison->sides[i].shares_vectors ? RQ_BASELINE : i];
			size_t count = 0;
			for (size_t k = 0; k < failures->count; k++)
				count += strcmp(failures->items[k].side, whose) == 0 && strcmp(failures->items[k].stage, stages[j]) == 0;
			rq_json_set_number(side, stages[j], (double)count);
		}
	}
}

/* The baseline against itself. */
static void set_self_test(rq_json *object, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;
	const struct rq_self_test *test = &comparison->self_test;
	rq_json *self_test = rq_json_set_object(object, "self_test");

	rq_json_set_string(self_test, "outcome", rq_stability_name(report->verdict->stability));
	rq_json_set_string(self_test, "reason", report->verdict->self_test);
	if (test->metrics == NULL)
		return;
	rq_json_set_number(self_test, "changed", (double)test->changed);
	rq_json *metrics = rq_json_set_object(self_test, "metrics");
	for (size_t i = 0; i < comparison->metric_count; i++)
		if (test->metrics[i].compared)
			rq_json_set_paired(rq_json_set_object(metrics, test->metrics[i].name), &test->metrics[i].paired);
}

static void set_diagnostics(rq_json *root, rq_json *run, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;
	rq_json *diagnostics = rq_json_set_object(root, "diagnostics"), *counts = rq_json_set_object(diagnostics, "counts");

	for (size_t i = 0; i < comparison->count_count; i++)
		rq_json_set_number(counts, comparison->counts[i].name, comparison->counts[i].value);
	rq_json_set_number(diagnostics, "cutoff", comparison->cutoff == 0 ? (double)NAN : (double)comparison->cutoff);
	set_failed(diagnostics, comparison);
	rq_json_set_number(diagnostics, "smallest_margin", report->smallest_margin);
	rq_json_set_string(diagnostics, "exact", comparison->exact_note);
	rq_json_set_string(diagnostics, "exact_part", rq_exact_part_name(comparison));
	set_sides(diagnostics, comparison);
	if (comparison->pinned_count > 0)
		set_pinned(diagnostics, comparison);
	set_bm25(diagnostics, comparison);
	set_self_test(diagnostics, report);
	rq_json_set_measured(diagnostics, run, comparison);
	set_remarks(diagnostics, comparison->remarks, comparison->remark_count);
}

/* Files beside the report. */
static void set_rankings(rq_json *root, const struct rq_report *report)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	rq_json *rankings = rq_json_set_object(root, "rankings");

	for (size_t i = 0; i < report->ranking_count; i++) {
		const char *file = rq_arena_printf(&arena, "%s/%s.run.zst", report->rankings_folder, report->rankings[i].name);
		rq_json *ranking = file == NULL ? NULL : rq_json_new_object();
		rq_json_set_string(ranking, "file", file);
		rq_json_set_string(ranking, "sha256", report->rankings[i].text);
		rq_json_set(rankings, report->rankings[i].name, ranking); /* NULL marks the tree as incomplete, which printing reports */
	}
}

/* Last of all: it is of what stands there. */
static enum rq_status seal(rq_json *root, rq_json *run, struct rq_error *err)
{
	char sha256[RQ_SHA256_HEX];

	RQ_TRY(rq_json_seal(sha256, root, err));
	rq_json_set_string(run, RQ_REPORT_SEAL, sha256);
	return RQ_OK;
}

static enum rq_status write_json(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();

	rq_json_set_number(root, "schema_version", RQ_REPORT_SCHEMA_VERSION);
	rq_json_set_number(root, "metrics_version", RQ_METRICS_VERSION);
	rq_json *run = set_run(root, report);
	rq_json_set_string(root, "suite", report->suite);
	rq_json_set_string(root, "profile", report->profile);
	set_texts(rq_json_set_object(root, "inputs"), report->comparison->inputs, report->comparison->input_count);
	set_verdict(root, report->verdict);
	set_results(root, report, false);
	RQ_TRY(set_topics(root, report->comparison, err));
	rq_json_set_drift(root, report);
	if (report->example_count > 0)
		rq_json_set_examples(root, report);
	set_diagnostics(root, run, report);
	if (report->ranking_count > 0)
		set_rankings(root, report);
	if (!report->unsealed)
		RQ_TRY(seal(root, run, err));
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

const struct rq_writer rq_writer_json = {
	.name = "json",
	.help = "everything that was measured and judged, for machines",
	.file = "report.json",
	.is_standard = true,
	.write = write_json,
};
