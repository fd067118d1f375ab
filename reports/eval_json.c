/* Everything that an evaluation found, for machines: the same bytes for the same inputs. `rqgate schema eval` describes it (eval_schema.c). */
#include "reports/eval.h"

#include "reports/json_parts.h"

#include <math.h>

static const char *const dedupes[] = {[RQ_DEDUPE_REFUSE] = "refuse", [RQ_DEDUPE_FIRST] = "first", [RQ_DEDUPE_BEST] = "best"};

static void set_judgments(rq_json *root, const struct rq_eval_report *report)
{
	const struct rq_evaluation *evaluation = report->evaluation;
	const struct rq_qrels *qrels = evaluation->scoring->pool->qrels;
	rq_json *object = rq_json_set_object(root, "qrels");

	rq_json_set_string(object, "path", report->qrels);
	rq_json_set_string(object, "sha256", qrels->sha256[0] == '\0' ? NULL : qrels->sha256);
	rq_json_set_number(object, "topics", (double)qrels->count);
	rq_json_set_number(object, "topics_no_relevant", (double)evaluation->no_relevant);
	rq_json_set_number(object, "judgments", (double)qrels->judgments);
	rq_json_set_number(object, "relevant", (double)evaluation->relevant);
	rq_json_set_number(object, "relevant_returned", (double)evaluation->returned);
}

static void set_options(rq_json *root, const struct rq_evaluation *evaluation)
{
	const struct rq_reading *reading = &evaluation->scoring->reading;
	rq_json *object = rq_json_set_object(root, "options");

	rq_json_set_number(object, "level", evaluation->denominator.level);
	rq_json_set_string(object, "averaged_over", evaluation->denominator.intersection ? "topics of every run" : "judged topics");
	rq_json_set_bool(object, "skip_no_relevant", evaluation->denominator.skip_no_relevant);
	rq_json_set_bool(object, "judged_only", reading->judged_only);
	rq_json_set_number(object, "depth", reading->depth == 0 ? NAN : (double)reading->depth);
	rq_json_set_bool(object, "float32_scores", reading->float32);
	rq_json_set_bool(object, "lenient", reading->lenient);
	rq_json_set_string(object, "dedupe", dedupes[reading->dedupe]);
}

static void set_values(rq_json *object, const struct rq_evaluation *evaluation, const struct rq_metric_result *results,
                       const struct rq_over_ties *over_ties)
{
	rq_json *metrics = rq_json_set_array(object, "metrics");

	for (size_t i = 0; i < evaluation->scoring->metrics->count; i++) {
		const struct rq_metric_spec *spec = &evaluation->scoring->metrics->specs[i];
		rq_json *metric = rq_json_push_object(metrics);
		rq_json_set_string(metric, "metric", spec->name);
		rq_json_set_string(metric, "trec_name", spec->trec[0] == '\0' ? NULL : spec->trec);
		rq_json_set_number(metric, "value", results[i].value[RQ_CANDIDATE]);
		rq_json_set_number(metric, "lower", results[i].value_lower[RQ_CANDIDATE]);
		rq_json_set_number(metric, "upper", results[i].value_upper[RQ_CANDIDATE]);
		if (over_ties == NULL)
			continue;
		rq_json *ties = rq_json_set_object(metric, "over_ties");
		rq_json_set_number(ties, "lowest", over_ties[i].lowest);
		rq_json_set_number(ties, "expected", over_ties[i].expected);
		rq_json_set_number(ties, "highest", over_ties[i].highest);
		rq_json_set_bool(ties, "sampled", over_ties[i].sampled);
	}
}

static void push_compared(rq_json *array, const struct rq_metric_result *result, const struct rq_judged_change *change)
{
	rq_json *object;

	if (!result->compared)
		return;
	object = rq_json_push_object(array);
	rq_json_set_string(object, "metric", result->name);
	rq_json_set_number(object, "baseline", result->value[RQ_BASELINE]);
	rq_json_set_number(object, "candidate", result->value[RQ_CANDIDATE]);
	rq_json_set_paired(object, &result->paired);
	rq_json_set_evidence(object, &result->evidence);
	if (change == NULL)
		return;
	rq_json_set_string(object, "change", rq_change_name(change->change));
	rq_json_set_number(object, "margin", change->margin);
	rq_json_set_number(object, "p_worse_adjusted", change->p);
}

static void set_compared(rq_json *object, const struct rq_evaluation *evaluation, const struct rq_metric_result *results,
                         const struct rq_judged_change *changes)
{
	rq_json *metrics = rq_json_set_array(object, "compared");

	for (size_t i = 0; i < evaluation->scoring->metrics->count; i++)
		push_compared(metrics, &results[i], changes == NULL ? NULL : &changes[i]);
}

static void set_slices(rq_json *object, const struct rq_evaluation *evaluation, const struct rq_evaluated_run *run)
{
	rq_json *slices = rq_json_set_array(object, "slices");

	for (size_t i = 0; i < evaluation->slice_count; i++) {
		rq_json *slice = rq_json_push_object(slices);
		rq_json_set_string(slice, "slice", evaluation->slices[i]);
		rq_json_set_number(slice, "topics", (double)run->slices[i].topics);
		set_values(slice, evaluation, run->slices[i].metrics, NULL);
		set_compared(slice, evaluation, run->slices[i].metrics, NULL);
	}
}

static void set_topics(rq_json *object, const struct rq_evaluation *evaluation, const struct rq_evaluated_run *run)
{
	const struct rq_metric_list *metrics = evaluation->scoring->metrics;
	rq_json *topics = rq_json_set_array(object, "topics");

	for (size_t i = 0; i < run->topic_count; i++) {
		rq_json *topic = rq_json_push_object(topics);
		rq_json_set_string(topic, "topic", run->comparison.topics[i].id);
		rq_json_set_string(topic, "slice", run->comparison.topics[i].slice);
		rq_json_set_bool(topic, "missing", !run->scores.answered[run->topics[i]]);
		rq_json *values = rq_json_set_object(topic, "values");
		for (size_t j = 0; j < metrics->count; j++)
			if (!metrics->specs[j].metric->summary_only)
				rq_json_set_number(values, metrics->specs[j].name, run->scores.values[j][run->topics[i]]);
	}
}

static void set_verdict(rq_json *object, const struct rq_verdict *verdict)
{
	rq_json *told = rq_json_set_object(object, "verdict");

	rq_json_set_string(told, "outcome", rq_outcome_name(verdict->outcome));
	rq_json_set_number(told, "exit_code", verdict->exit_code);
	rq_json_set_string(told, "sentence", verdict->sentence);
	rq_json *gates = rq_json_set_array(told, "gates");
	for (size_t i = 0; i < verdict->count; i++)
		rq_json_push_gate(gates, &verdict->gates[i]);
}

static void push_run(rq_json *runs, const struct rq_eval_report *report, size_t number)
{
	const struct rq_evaluation *evaluation = report->evaluation;
	const struct rq_evaluated_run *run = &evaluation->runs[number];
	const struct rq_run_facts *facts = &run->scores.facts;
	rq_json *object = rq_json_push_object(runs);

	rq_json_set_string(object, "path", report->paths[number]);
	rq_json_set_string(object, "sha256", facts->sha256);
	rq_json_set_string(object, "tag", facts->tag);
	rq_json_set_number(object, "documents", (double)facts->lines);
	rq_json *topics = rq_json_set_object(object, "topic_counts");
	rq_json_set_number(topics, "judged", (double)evaluation->scoring->pool->count);
	rq_json_set_number(topics, "in_run", (double)facts->topics);
	rq_json_set_number(topics, "missing", (double)(evaluation->scoring->pool->count - run->scores.answered_count));
	rq_json_set_number(topics, "scored", (double)run->topic_count);
	rq_json_set_number(topics, "scored_missing", (double)run->unanswered);
	set_values(object, evaluation, run->comparison.metrics, run->over_ties);
	if (number > 0)
		set_compared(object, evaluation, run->comparison.metrics, run->changes);
	if (evaluation->slice_count > 0)
		set_slices(object, evaluation, run);
	if (report->verdicts != NULL && report->verdicts[number] != NULL)
		set_verdict(object, report->verdicts[number]);
	if (report->per_topic)
		set_topics(object, evaluation, run);
}

static void set_diagnostics(rq_json *root, const struct rq_eval_report *report)
{
	const struct rq_evaluation *evaluation = report->evaluation;
	rq_json *array = rq_json_set_array(root, "diagnostics");

	for (size_t i = 0; i < evaluation->diagnostic_count; i++) {
		const struct rq_diagnostic *diagnostic = &evaluation->diagnostics[i];
		rq_json *object = rq_json_push_object(array);
		rq_json_set_string(object, "name", diagnostic->name);
		rq_json_set_string(object, "run", diagnostic->run < evaluation->run_count ? report->paths[diagnostic->run] : NULL);
		rq_json_set_number(object, "count", (double)diagnostic->count);
		rq_json_set_bool(object, "warning", diagnostic->warning);
		rq_json_set_string(object, "text", diagnostic->text);
	}
}

static enum rq_status write_eval_json(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();

	(void)style; /* for machines */
	rq_json_set_number(root, "schema_version", RQ_EVAL_SCHEMA_VERSION);
	rq_json_set_string(root, "rqgate", report->version);
	rq_json_set_string(root, "profile", report->profile);
	set_judgments(root, report);
	set_options(root, report->evaluation);
	rq_json *runs = rq_json_set_array(root, "runs");
	for (size_t i = 0; i < report->evaluation->run_count; i++)
		push_run(runs, report, i);
	set_diagnostics(root, report);
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

const struct rq_eval_format rq_eval_format_json = {
	.name = "json",
	.help = "everything, with digests of the inputs; \"rqgate schema eval\" describes it",
	.shows_digests = true,
	.shows_evidence = true,
	.all_digits = true,
	.write = write_eval_json,
};
