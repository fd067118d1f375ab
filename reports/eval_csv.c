/* Long CSV: one number a record, a field with a comma in quotes, for data frames. An empty topic: over topics; an empty slice: over all of them.
 * Counts of the denominator and of the diagnostics stand beside the metrics under their own names; what concerns all runs has no run. */
#include "reports/eval.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <string.h>

/* 1 in the record of the one that holds. */
static const char *const change_names[] = {
	[RQ_UNCHANGED] = "change_none",
	[RQ_IMPROVED] = "change_improved",
	[RQ_WITHIN_MARGIN] = "change_within_margin",
	[RQ_REGRESSED] = "change_regressed",
	[RQ_UNDECIDED] = "change_undecided",
};

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

/* Whose numbers. */
struct key {
	const struct rq_eval_report *report;
	size_t run; /* RQ_ALL_RUNS: of none alone */
	const char *topic, *slice;
};

/* The path alone does not tell runs apart: it may be given twice. What is not finite, bounds of too few topics say, is empty, as JSON has null. */
static void add_record(struct rq_buf *out, struct key key, const char *metric, const char *statistic, double value, int digits)
{
	const char *fields[] = {key.run == RQ_ALL_RUNS ? NULL : key.report->paths[key.run], key.topic, key.slice, metric, statistic};

	if (key.run != RQ_ALL_RUNS)
		rq_buf_printf(out, "%zu", key.run + 1);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		rq_buf_puts(out, ",");
		add_field(out, fields[i] == NULL ? "" : fields[i]);
	}
	rq_buf_puts(out, ",");
	if (isfinite(value))
		add_number(out, value, digits);
	rq_buf_puts(out, "\n");
}

static void add_count(struct rq_buf *out, struct key key, const char *name, size_t count)
{
	add_record(out, key, name, "count", (double)count, 0);
}

static int digits_of(const struct rq_metric_spec *spec, int digits)
{
	return spec->metric->is_count ? 0 : digits;
}

/* With the first run, as "compared" of the format json. */
static void add_comparison(struct rq_buf *out, struct key key, const struct rq_metric_result *result, const struct rq_judged_change *change)
{
	const struct rq_paired *paired = &result->paired;
	int digits = key.report->digits;
	const struct {
		const char *name;
		double value;
		int digits;
	} statistics[] = {
		{"difference", paired->delta, digits}, {"difference_lower", paired->lower, digits}, {"difference_upper", paired->upper, digits},
		{"topics", (double)paired->n, 0}, {"wins", (double)paired->wins, 0}, {"ties", (double)paired->ties, 0}, {"losses", (double)paired->losses, 0},
		{"identical", paired->identical, 0}, {"p_worse", paired->p_worse, digits}, {"t", paired->t, digits}, {"t_df", paired->t_df, digits},
		{"t_p", paired->t_p, digits},
	};

	for (size_t i = 0; i < sizeof statistics / sizeof *statistics; i++)
		add_record(out, key, result->name, statistics[i].name, statistics[i].value, statistics[i].digits);
	if (change == NULL)
		return;
	add_record(out, key, result->name, "margin", change->margin, digits);
	add_record(out, key, result->name, "p_worse_adjusted", change->p, digits);
	for (enum rq_change each = RQ_UNCHANGED; each <= RQ_UNDECIDED; each++)
		add_record(out, key, result->name, change_names[each], each == change->change, 0);
}

/* Beside it, and in no verdict. */
static void add_evidence(struct rq_buf *out, struct key key, const char *metric, const struct rq_evidence *evidence)
{
	int digits = key.report->digits;

	if (!evidence->weighed)
		return;
	add_record(out, key, metric, "sign_flip_p", evidence->sign_flip_p, digits);
	add_record(out, key, metric, "bca_lower", evidence->bca_lower, digits);
	add_record(out, key, metric, "bca_upper", evidence->bca_upper, digits);
	add_record(out, key, metric, "mde_margin", evidence->margin, digits);
	add_record(out, key, metric, "mde", isnan(evidence->margin) ? (double)NAN : evidence->mde, digits);
	add_record(out, key, metric, "topics_to_pass", evidence->topics_to_pass > 0 ? (double)evidence->topics_to_pass : (double)NAN, 0);
}

static void add_over_ties(struct rq_buf *out, struct key key, const char *metric, const struct rq_over_ties *over_ties)
{
	add_record(out, key, metric, "over_ties_lowest", over_ties->lowest, key.report->digits);
	add_record(out, key, metric, "over_ties_expected", over_ties->expected, key.report->digits);
	add_record(out, key, metric, "over_ties_highest", over_ties->highest, key.report->digits);
	add_record(out, key, metric, "over_ties_sampled", over_ties->sampled, 0);
}

/* `changes` and `over_ties` are NULL where there are none. */
static void add_results(struct rq_buf *out, struct key key, const struct rq_metric_result *results, const struct rq_judged_change *changes,
                        const struct rq_over_ties *over_ties)
{
	const struct rq_metric_list *metrics = key.report->evaluation->scoring->metrics;

	for (size_t i = 0; i < metrics->count; i++) {
		int digits = digits_of(&metrics->specs[i], key.report->digits);
		add_record(out, key, results[i].name, "value", results[i].value[RQ_CANDIDATE], digits);
		add_record(out, key, results[i].name, "lower", results[i].value_lower[RQ_CANDIDATE], digits);
		add_record(out, key, results[i].name, "upper", results[i].value_upper[RQ_CANDIDATE], digits);
		if (over_ties != NULL)
			add_over_ties(out, key, results[i].name, &over_ties[i]);
		if (!results[i].compared)
			continue;
		add_comparison(out, key, &results[i], changes == NULL ? NULL : &changes[i]);
		add_evidence(out, key, results[i].name, &results[i].evidence);
	}
}

static void add_topics(struct rq_buf *out, const struct rq_eval_report *report, size_t number)
{
	const struct rq_evaluated_run *run = &report->evaluation->runs[number];
	const struct rq_metric_list *metrics = report->evaluation->scoring->metrics;

	for (size_t i = 0; i < run->topic_count; i++) {
		const struct rq_compared_topic *topic = &run->comparison.topics[i];
		for (size_t j = 0; j < metrics->count; j++)
			if (!metrics->specs[j].metric->summary_only)
				add_record(out, (struct key){report, number, topic->id, topic->slice}, metrics->specs[j].name, "value",
				           run->scores.values[j][run->topics[i]], digits_of(&metrics->specs[j], report->digits));
	}
}

static void add_run(struct rq_buf *out, const struct rq_eval_report *report, size_t number)
{
	const struct rq_evaluation *evaluation = report->evaluation;
	const struct rq_evaluated_run *run = &evaluation->runs[number];
	struct key key = {.report = report, .run = number};

	if (report->per_topic)
		add_topics(out, report, number);
	if (report->no_summary)
		return;
	add_results(out, key, run->comparison.metrics, run->changes, run->over_ties);
	add_count(out, key, "topics_judged", evaluation->scoring->pool->count);
	add_count(out, key, "topics_in_run", run->scores.facts.topics);
	add_count(out, key, "topics_scored", run->topic_count);
	for (size_t i = 0; i < evaluation->slice_count; i++) {
		key.slice = evaluation->slices[i];
		if (run->slices[i].topics > 0)
			add_results(out, key, run->slices[i].metrics, NULL, NULL);
		add_count(out, key, "topics_scored", run->slices[i].topics);
	}
}

static enum rq_status write_csv(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style, struct rq_error *err)
{
	const struct rq_evaluation *evaluation = report->evaluation;

	(void)style; /* for machines */
	rq_buf_puts(out, "run,path,topic,slice,metric,statistic,value\n");
	for (size_t i = 0; i < evaluation->run_count; i++)
		add_run(out, report, i);
	for (size_t i = 0; i < evaluation->diagnostic_count && !report->no_summary; i++) {
		const struct rq_diagnostic *diagnostic = &evaluation->diagnostics[i];
		add_count(out, (struct key){.report = report, .run = diagnostic->run}, diagnostic->name, diagnostic->count);
	}
	return rq_buf_check(out, err);
}

const struct rq_eval_format rq_eval_format_csv = {
	.name = "csv",
	.help = "one number a record, under run, path, topic, slice, metric and statistic",
	.shows_evidence = true,
	.values_only = true,
	.write = write_csv,
};
