/* Long CSV: one value a record, a field with a comma in quotes, for data frames. An empty topic: the mean over topics; an empty slice: over all of them. Counts of the denominator
 * and of the diagnostics stand beside the metrics; what concerns all runs has no run. */
#include "reports/eval.h"

#include "evalcore/base/parse.h"

#include <string.h>

/* In quotes where a comma, a quote or the end of a line is in it, quotes doubled. */
static void add_field(struct rq_buf *out, const char *text)
{
	if (text[strcspn(text, ",\"\n")] == '\0') {
		rq_buf_puts(out, text);
		return;
	}
	rq_buf_puts(out, "\"");
	for (; *text != '\0'; text++)
		rq_buf_add(out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
	rq_buf_puts(out, "\"");
}

/* With the fewest digits that read back equal, or as many decimals as were asked for. */
static void add_number(struct rq_buf *out, double value, int digits)
{
	if (digits != RQ_DIGITS_OF_FORMAT)
		rq_buf_printf(out, "%.*f", digits, value);
	else
		rq_buf_puts(out, rq_short_number(value).text);
}

/* Whose values, and of what. */
struct key {
	const char *run, *topic, *slice;
};

static void add_record(struct rq_buf *out, struct key key, const char *metric, double value, int digits)
{
	const char *fields[] = {key.run, key.topic, key.slice, metric};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		add_field(out, fields[i] == NULL ? "" : fields[i]);
		rq_buf_puts(out, ",");
	}
	add_number(out, value, digits);
	rq_buf_puts(out, "\n");
}

static void add_count(struct rq_buf *out, struct key key, const char *name, size_t count)
{
	add_record(out, key, name, (double)count, 0);
}

static int digits_of(const struct rq_metric_spec *spec, int digits)
{
	return spec->metric->is_count ? 0 : digits;
}

static void add_results(struct rq_buf *out, struct key key, const struct rq_eval_report *report, const struct rq_metric_result *results)
{
	const struct rq_metric_list *metrics = report->evaluation->scoring->metrics;

	for (size_t i = 0; i < metrics->count; i++)
		add_record(out, key, metrics->specs[i].name, results[i].value[RQ_CANDIDATE], digits_of(&metrics->specs[i], report->digits));
}

static void add_topics(struct rq_buf *out, const struct rq_eval_report *report, size_t number)
{
	const struct rq_evaluated_run *run = &report->evaluation->runs[number];
	const struct rq_metric_list *metrics = report->evaluation->scoring->metrics;

	for (size_t i = 0; i < run->topic_count; i++) {
		const struct rq_compared_topic *topic = &run->comparison.topics[i];
		for (size_t j = 0; j < metrics->count; j++)
			if (!metrics->specs[j].metric->summary_only)
				add_record(out, (struct key){report->paths[number], topic->id, topic->slice}, metrics->specs[j].name, run->scores.values[j][run->topics[i]],
				           digits_of(&metrics->specs[j], report->digits));
	}
}

static void add_run(struct rq_buf *out, const struct rq_eval_report *report, size_t number)
{
	const struct rq_evaluation *evaluation = report->evaluation;
	const struct rq_evaluated_run *run = &evaluation->runs[number];
	struct key key = {.run = report->paths[number]};

	if (report->per_topic)
		add_topics(out, report, number);
	if (report->no_summary)
		return;
	add_results(out, key, report, run->comparison.metrics);
	for (size_t i = 0; i < evaluation->slice_count; i++)
		if (run->slices[i].topics > 0)
			add_results(out, (struct key){report->paths[number], NULL, evaluation->slices[i]}, report, run->slices[i].metrics);
	add_count(out, key, "topics_judged", evaluation->scoring->pool->count);
	add_count(out, key, "topics_in_run", run->scores.facts.topics);
	add_count(out, key, "topics_scored", run->topic_count);
}

static enum rq_status write_csv(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style, struct rq_error *err)
{
	const struct rq_evaluation *evaluation = report->evaluation;

	(void)style; /* for machines */
	rq_buf_puts(out, "run,topic,slice,metric,value\n");
	for (size_t i = 0; i < evaluation->run_count; i++)
		add_run(out, report, i);
	for (size_t i = 0; i < evaluation->diagnostic_count && !report->no_summary; i++) {
		const struct rq_diagnostic *diagnostic = &evaluation->diagnostics[i];
		add_count(out, (struct key){.run = diagnostic->run < evaluation->run_count ? report->paths[diagnostic->run] : NULL}, diagnostic->name, diagnostic->count);
	}
	return rq_buf_check(out, err);
}

const struct rq_eval_format rq_eval_format_csv = {
	.name = "csv",
	.help = "one value a record: run, topic, slice, metric, value",
	.values_only = true,
	.write = write_csv,
};
