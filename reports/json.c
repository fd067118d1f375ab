/* report.json. All that is measured (times, host, cache, gates on times) lives under "run"; the rest is the same bytes for the same inputs. */
#include "reports/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORST_WITH_TEXT = 100 };

static void set_names(rq_json *object, const struct rq_named_text *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rq_json_set_string(object, items[i].name, items[i].text);
}

static void set_numbers(rq_json *object, const struct rq_named_number *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rq_json_set_number(object, items[i].name, items[i].value);
}

static void set_paired(rq_json *object, const struct rq_paired *paired)
{
	rq_json_set_number(object, "delta", paired->delta);
	rq_json_set_number(object, "lower", paired->lower);
	rq_json_set_number(object, "upper", paired->upper);
	rq_json_set_number(object, "topics", (double)paired->n);
	rq_json_set_number(object, "wins", (double)paired->wins);
	rq_json_set_number(object, "ties", (double)paired->ties);
	rq_json_set_number(object, "losses", (double)paired->losses);
	rq_json_set_bool(object, "identical", paired->identical);
	rq_json *t = rq_json_set_object(object, "paired_t");
	rq_json_set_number(t, "t", paired->t);
	rq_json_set_number(t, "df", paired->t_df);
	rq_json_set_number(t, "p", paired->t_p);
}

static void add_metric(rq_json *array, const struct rq_metric_result *metric)
{
	static const char *const absences[] = {"baseline_absent", "candidate_absent"};
	rq_json *object = rq_json_push_object(array);

	rq_json_set_string(object, "metric", metric->name);
	rq_json_set_number(object, "baseline", metric->value[RQ_BASELINE]);
	rq_json_set_number(object, "candidate", metric->value[RQ_CANDIDATE]);
	for (int side = 0; side < RQ_SIDES; side++)
		if (metric->absent[side] != NULL)
			rq_json_set_string(object, absences[side], metric->absent[side]);
	if (metric->compared)
		set_paired(object, &metric->paired);
	rq_json *samples = rq_json_set_array(object, "samples");
	rq_json *ties = metric->cutoff > 0 ? rq_json_set_array(object, "ties_at_cutoff") : NULL;
	rq_json *bounds = rq_json_set_array(object, "bounds"); /* one-sided 95 %: [[baseline lower, upper], [candidate lower, upper]] */
	for (int side = 0; side < RQ_SIDES; side++) {
		rq_json_push_number(samples, (double)metric->samples[side]);
		rq_json *pair = rq_json_new_array();
		rq_json_push_number(pair, metric->value_lower[side]);
		rq_json_push_number(pair, metric->value_upper[side]);
		rq_json_push(bounds, pair);
		if (ties != NULL)
			rq_json_push_number(ties, (double)metric->ties_at_cutoff[side]);
	}
}

static void add_gate(rq_json *array, const struct rq_gate_result *gate)
{
	rq_json *object = rq_json_push_object(array);

	rq_json_set_string(object, "gate", gate->text);
	rq_json_set_string(object, "kind", gate->kind);
	rq_json_set_string(object, "metric", gate->metric);
	if (gate->slice != NULL)
		rq_json_set_string(object, "slice", gate->slice);
	rq_json_set_string(object, "level", gate->level == RQ_LEVEL_ERROR ? "error" : "warn");
	rq_json_set_string(object, "verdict", rq_outcome_name(gate->outcome));
	rq_json_set_bool(object, "absent", gate->absent);
	rq_json_set_bool(object, "blocks", gate->blocks);
	rq_json_set_number(object, "value", gate->value);
	rq_json_set_number(object, "limit", gate->limit);
	rq_json_set_number(object, "lower", gate->lower);
	rq_json_set_number(object, "upper", gate->upper);
	rq_json_set_number(object, "p", gate->p);
	if (gate->topics_to_settle > 0)
		rq_json_set_number(object, "topics_to_settle", (double)gate->topics_to_settle);
	rq_json_set_string(object, "reason", gate->reason);
	if (gate->owner != NULL)
		rq_json_set_string(object, "owner", gate->owner);
	if (gate->runbook != NULL)
		rq_json_set_string(object, "runbook", gate->runbook);
}

/* Metrics and gates on measured times, or those that are not. */
static void add_metrics_and_gates(rq_json *object, const struct rq_report *report, bool times)
{
	rq_json *metrics = rq_json_set_array(object, "metrics"), *gates = rq_json_set_array(object, "gates");

	for (size_t i = 0; i < report->comparison->metric_count; i++)
		if (report->comparison->metrics[i].is_time == times)
			add_metric(metrics, &report->comparison->metrics[i]);
	for (size_t i = 0; i < report->verdict->count; i++)
		if (report->verdict->gates[i].is_time == times)
			add_gate(gates, &report->verdict->gates[i]);
}

static void add_run(rq_json *root, const struct rq_report *report)
{
	const struct rq_comparison *comparison = report->comparison;
	rq_json *run = rq_json_set_object(root, "run");

	set_names(run, report->run, report->run_count);
	rq_json_set_string(run, "verdict", rq_outcome_name(report->verdict->outcome));
	rq_json_set_number(run, "exit_code", report->verdict->exit_code);
	rq_json_set_string(run, "sentence", report->verdict->sentence);
	add_metrics_and_gates(run, report, true);
	set_numbers(rq_json_set_object(run, "stage_seconds"), comparison->stage_seconds, comparison->stage_count);
	set_names(rq_json_set_object(run, "cache_use"), comparison->cache_use, comparison->cache_use_count);
}

static bool *mark_worst(const struct rq_comparison *comparison)
{
	struct rq_topic_loss *losses;
	size_t count = rq_worst_topics(&losses, comparison);
	bool *marked = calloc(comparison->topic_count + 1, sizeof *marked);

	for (size_t i = 0; marked != NULL && i < count && i < WORST_WITH_TEXT; i++)
		marked[losses[i].topic] = true;
	free(losses);
	return marked;
}

static void add_topics(rq_json *root, const struct rq_comparison *comparison, const bool *worst)
{
	rq_json *topics = rq_json_set_array(root, "topics");

	for (size_t i = 0; i < comparison->topic_count; i++) {
		rq_json *topic = rq_json_push_object(topics);
		rq_json_set_string(topic, "id", comparison->topics[i].id);
		if (comparison->topics[i].slice != NULL)
			rq_json_set_string(topic, "slice", comparison->topics[i].slice);
		if (worst[i] && comparison->topics[i].text[0] != '\0')
			rq_json_set_string(topic, "text", comparison->topics[i].text);
		rq_json *scores = rq_json_set_object(topic, "scores");
		for (size_t j = 0; j < comparison->metric_count; j++) {
			const struct rq_metric_result *metric = &comparison->metrics[j];
			if (metric->is_time)
				continue;
			rq_json *pair = rq_json_set_array(scores, metric->name);
			for (int side = 0; side < RQ_SIDES; side++)
				rq_json_push_number(pair, metric->per_topic[side] == NULL ? NAN : metric->per_topic[side][i]);
		}
	}
}

static void add_diagnostics(rq_json *root, const struct rq_report *report)
{
	static const char *const names[] = {"baseline", "candidate"};
	const struct rq_comparison *comparison = report->comparison;
	rq_json *diagnostics = rq_json_set_object(root, "diagnostics");

	set_numbers(rq_json_set_object(diagnostics, "counts"), comparison->counts, comparison->count_count);
	rq_json_set_number(diagnostics, "smallest_margin", report->smallest_margin);
	rq_json_set_string(diagnostics, "exact", comparison->exact_note);
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_side_info *info = &comparison->sides[side];
		rq_json *object = rq_json_set_object(diagnostics, names[side]);
		rq_json_set_string(object, "index", info->index);
		if (info->embedder != NULL)
			rq_json_set_string(object, "embedder", info->embedder);
		if (info->model != NULL)
			rq_json_set_string(object, "model", info->model);
		if (info->dimension > 0)
			rq_json_set_number(object, "dimension", (double)info->dimension);
	}
	rq_json *remarks = rq_json_set_array(diagnostics, "remarks");
	for (size_t i = 0; i < comparison->remark_count; i++) {
		rq_json *remark = rq_json_push_object(remarks);
		rq_json_set_string(remark, "level", comparison->remarks[i].warning ? "warning" : "note");
		rq_json_set_string(remark, "text", comparison->remarks[i].text);
	}
}

static void add_rankings(rq_json *root, const struct rq_report *report)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	rq_json *rankings = rq_json_set_object(root, "rankings");

	for (size_t i = 0; i < report->ranking_count; i++) {
		rq_json *ranking = rq_json_set_object(rankings, report->rankings[i].name);
		rq_json_set_string(ranking, "file", rq_arena_printf(&arena, "%s/%s.run.zst", report->rankings_folder, report->rankings[i].name));
		rq_json_set_string(ranking, "sha256", report->rankings[i].text);
	}
}

static enum rq_status write(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	RQ_CLEANUP(rq_free_pointer) bool *worst = mark_worst(report->comparison);

	if (root == NULL || worst == NULL)
		return rq_fail_memory(err);
	rq_json_set_number(root, "schema_version", RQ_REPORT_SCHEMA_VERSION);
	add_run(root, report);
	if (report->suite != NULL)
		rq_json_set_string(root, "suite", report->suite);
	rq_json_set_string(root, "profile", report->profile);
	set_names(rq_json_set_object(root, "inputs"), report->comparison->inputs, report->comparison->input_count);
	rq_json_set_string(root, "verdict", rq_outcome_name(report->verdict->outcome_untimed));
	add_metrics_and_gates(root, report, false);
	add_topics(root, report->comparison, worst);
	add_diagnostics(root, report);
	if (report->ranking_count > 0)
		add_rankings(root, report);
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

const struct rq_writer rq_writer_json = {
	.name = "json",
	.help = "the whole result for machines: report.json, with the rankings in the folder beside it",
	.file = "report.json",
	.write = write,
};
