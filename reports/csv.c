/* topics.csv: a record a topic and metric, for spreadsheets and data frames. */
#include "reports/machine.h"

#include "datasets/writers.h"
#include "evalcore/base/parse.h"

#include <math.h>

enum { TEXT_MOST = 200 }; /* it stands in every record of its topic */

static const char header[] = "topic,slice,cluster,metric,baseline,candidate,difference,baseline_exact,candidate_exact,cause,text\n";

/* Nothing where there is no number. */
static void put_number(struct rq_buf *out, double value)
{
	if (isfinite(value))
		rq_buf_puts(out, rq_short_number(value).text);
	rq_buf_puts(out, ",");
}

static double at(const double *values, size_t topic)
{
	return values == NULL ? NAN : values[topic];
}

static void put_field(struct rq_buf *out, const char *text)
{
	rq_csv_put(out, text == NULL ? "" : text);
	rq_buf_puts(out, ",");
}

static enum rq_status put_record(struct rq_buf *out, const struct rq_comparison *comparison, const struct rq_metric_result *metric, size_t number,
                                 struct rq_error *err)
{
	const struct rq_compared_topic *topic = &comparison->topics[number];
	double baseline = at(metric->per_topic[RQ_BASELINE], number), candidate = at(metric->per_topic[RQ_CANDIDATE], number);

	put_field(out, topic->id);
	put_field(out, topic->slice);
	put_field(out, topic->cluster);
	put_field(out, metric->name);
	put_number(out, baseline);
	put_number(out, candidate);
	put_number(out, candidate - baseline);
	put_number(out, at(metric->exact[RQ_BASELINE], number));
	put_number(out, at(metric->exact[RQ_CANDIDATE], number));
	RQ_TRY(rq_put_cell(out, topic->cause, TEXT_MOST, err));
	rq_buf_puts(out, ",");
	RQ_TRY(rq_put_cell(out, topic->text, TEXT_MOST, err));
	rq_buf_puts(out, "\n");
	return RQ_OK;
}

static enum rq_status write_csv(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	const struct rq_comparison *comparison = report->comparison;

	rq_buf_puts(out, header);
	for (size_t topic = 0; topic < comparison->topic_count; topic++)
		for (size_t i = 0; i < comparison->metric_count; i++) {
			const struct rq_metric_result *metric = &comparison->metrics[i];
			if (metric->per_topic[RQ_BASELINE] != NULL || metric->per_topic[RQ_CANDIDATE] != NULL)
				RQ_TRY(put_record(out, comparison, metric, topic, err));
		}
	return rq_buf_check(out, err);
}

const struct rq_writer rq_writer_csv = {
	.name = "csv",
	.help = "every topic's values in every metric, for spreadsheets and data frames (CSV)",
	.file = "topics.csv",
	.write = write_csv,
};
