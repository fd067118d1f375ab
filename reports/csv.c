/* topics.csv: a record a topic and metric, for spreadsheets and data frames. It has what report.json keeps of every topic. */
#include "reports/machine.h"

#include "evalcore/base/parse.h"
#include "evalcore/scoring/attribution.h"

#include <math.h>

enum { CELL_MOST = 4000 };

static const char header[] = "topic,slice,metric,baseline,candidate,difference,embedding,index,judging,cause\n";

/* Nothing where there is no number. */
static void put_number(struct rq_buf *out, double value)
{
	if (isfinite(value))
		rq_buf_puts(out, rq_short_number(value).text);
	rq_buf_puts(out, ",");
}

static enum rq_status put_field(struct rq_buf *out, const char *text, struct rq_error *err)
{
	RQ_TRY(rq_put_cell(out, text, CELL_MOST, err));
	rq_buf_puts(out, ",");
	return RQ_OK;
}

static double at(const double *values, size_t topic)
{
	return values == NULL ? (double)NAN : values[topic];
}

/* Where the difference comes from, of a metric that moved. */
static void put_parts(struct rq_buf *out, const struct rq_metric_result *metric, size_t number, double difference)
{
	struct rq_attribution part = {.embedding = NAN, .index = NAN, .judging = NAN};

	if (metric->attribution.of > 0 && fabs(difference) > RQ_TIE_TOLERANCE)
		part = rq_metric_attribute_topic(metric, number);
	put_number(out, part.embedding);
	put_number(out, part.index);
	put_number(out, part.judging);
}

static enum rq_status put_record(struct rq_buf *out, const struct rq_comparison *comparison, const struct rq_metric_result *metric, size_t number,
                                 struct rq_error *err)
{
	const struct rq_compared_topic *topic = &comparison->topics[number];
	double baseline = at(metric->per_topic[RQ_BASELINE], number), candidate = at(metric->per_topic[RQ_CANDIDATE], number);

	RQ_TRY(put_field(out, topic->id, err));
	RQ_TRY(put_field(out, topic->slice, err));
	RQ_TRY(put_field(out, metric->name, err));
	put_number(out, baseline);
	put_number(out, candidate);
	put_number(out, candidate - baseline);
	put_parts(out, metric, number, candidate - baseline);
	RQ_TRY(rq_put_cell(out, topic->cause, CELL_MOST, err));
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
