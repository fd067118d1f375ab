/* What trec_eval 9.0.8 prints, byte for byte: a measure a line, its name padded to 22 columns, the topic or "all", the value; tabs between. Several
 * runs stand one after another. What trec_eval does not have comes last, by its canonical name. */
#include "reports/eval.h"

#include <string.h>

enum { STANDARD_DIGITS = 4 };

static const char *name_of(const struct rq_metric_spec *spec)
{
	return spec->trec[0] == '\0' ? spec->name : spec->trec;
}

static void add_value(struct rq_buf *out, const struct rq_metric_spec *spec, const char *topic, double value, int digits)
{
	rq_buf_printf(out, "%-22s\t%s\t", name_of(spec), topic);
	if (spec->metric->is_count)
		rq_buf_printf(out, "%.0f\n", value);
	else
		rq_buf_printf(out, "%6.*f\n", digits, value);
}

static void add_topic(struct rq_buf *out, const struct rq_scores *scores, const struct rq_scoring *scoring, size_t topic, int digits)
{
	const struct rq_metric_list *metrics = scoring->metrics;
	const char *name = scoring->pool->topics[topic].judgments->topic;

	for (size_t i = 0; i <= metrics->count; i++) {
		if (scores->relstrings != NULL && i == metrics->relstring_place)
			rq_buf_printf(out, "%-22s\t%s\t'%s'\n", metrics->relstring_name, name, scores->relstrings[topic]);
		if (i < metrics->count && !metrics->specs[i].metric->summary_only)
			add_value(out, &metrics->specs[i], name, scores->values[i][topic], digits);
	}
}

/* With -c trec_eval counts grades of 1 and more as num_rel, whatever -l says. */
static double summary_of(const struct rq_evaluation *evaluation, const struct rq_evaluated_run *run, size_t metric)
{
	bool complete = !evaluation->denominator.intersection;

	if (complete && strcmp(evaluation->scoring->metrics->specs[metric].trec, "num_rel") == 0)
		return (double)evaluation->positive;
	return run->comparison.metrics[metric].value[RQ_CANDIDATE];
}

static void add_run(struct rq_buf *out, const struct rq_eval_report *report, const struct rq_evaluated_run *run)
{
	const struct rq_scoring *scoring = report->evaluation->scoring;
	int digits = report->digits == RQ_DIGITS_OF_FORMAT ? STANDARD_DIGITS : report->digits;

	for (size_t i = 0; report->per_topic && i < run->topic_count; i++)
		if (run->scores.answered[run->topics[i]]) /* of a missing topic trec_eval shows nothing, though -c counts it */
			add_topic(out, &run->scores, scoring, run->topics[i], digits);
	if (report->no_summary)
		return;
	if (scoring->metrics->runid)
		rq_buf_printf(out, "%-22s\tall\t%s\n", "runid", run->scores.facts.tag);
	for (size_t i = 0; i < scoring->metrics->count; i++)
		add_value(out, &scoring->metrics->specs[i], "all", summary_of(report->evaluation, run, i), digits);
}

static enum rq_status write_trec(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style, struct rq_error *err)
{
	(void)style; /* for machines */
	for (size_t i = 0; i < report->evaluation->run_count; i++)
		add_run(out, report, &report->evaluation->runs[i]);
	return rq_buf_check(out, err);
}

const struct rq_eval_format rq_eval_format_trec = {
	.name = "trec",
	.help = "what trec_eval 9.0.8 prints",
	.as_trec = true,
	.values_only = true,
	.write = write_trec,
};
