/* Reads what report.json says of metrics: both sides' values, what was compared, slices, builds, and where differences come from. */
#include "reports/read_parts.h"

#include "evalcore/scoring/paired.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};

/* ---- what was compared ---- */

void rq_read_paired(struct rq_paired *paired, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const rq_json *t = rq_json_read_object(reader, object, place, "paired_t");
	char inner[RQ_PLACE];

	snprintf(inner, sizeof inner, "%.64s.paired_t", place);
	paired->n = rq_json_read_count(reader, object, place, "n");
	paired->delta = rq_json_read_number(reader, object, place, "delta");
	paired->lower = rq_json_read_number(reader, object, place, "lower");
	paired->upper = rq_json_read_number(reader, object, place, "upper");
	paired->wins = rq_json_read_count(reader, object, place, "wins");
	paired->ties = rq_json_read_count(reader, object, place, "ties");
	paired->losses = rq_json_read_count(reader, object, place, "losses");
	paired->groups = rq_json_read_optional_count(reader, object, place, "clusters");
	paired->identical = rq_json_read_bool(reader, object, place, "identical");
	paired->p_worse = rq_json_read_optional_number(reader, object, place, "p_worse");
	paired->t = rq_json_read_optional_number(reader, t, inner, "t");
	paired->t_df = rq_json_read_optional_number(reader, t, inner, "df");
	paired->t_p = rq_json_read_optional_number(reader, t, inner, "p");
}

static void read_evidence(struct rq_evidence *evidence, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	evidence->weighed = true;
	evidence->sign_flip_p = rq_json_read_optional_number(reader, object, place, "sign_flip_p");
	evidence->bca_lower = rq_json_read_optional_number(reader, object, place, "bca_lower");
	evidence->bca_upper = rq_json_read_optional_number(reader, object, place, "bca_upper");
	evidence->margin = rq_json_read_optional_number(reader, object, place, "mde_margin");
	evidence->mde = rq_json_read_optional_number(reader, object, place, "mde");
	evidence->topics_to_pass = rq_json_read_optional_count(reader, object, place, "topics_to_pass");
}

static void read_slice(struct rq_slice_difference *slice, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	slice->slice = rq_json_read_string(reader, object, place, "slice");
	for (int side = 0; side < RQ_SIDES; side++)
		slice->mean[side] = rq_json_read_optional_number(reader, object, place, side_names[side]);
	slice->paired.delta = rq_json_read_number(reader, object, place, "delta");
	slice->paired.lower = rq_json_read_number(reader, object, place, "lower");
	slice->paired.upper = rq_json_read_number(reader, object, place, "upper");
	slice->paired.n = rq_json_read_count(reader, object, place, "n");
	slice->paired.p_worse = rq_json_read_optional_number(reader, object, place, "p_worse");
	slice->q = rq_json_read_optional_number(reader, object, place, "q");
}

static void read_slices(struct rq_metric_result *metric, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const rq_json *slices = rq_json_read_array(reader, object, place, "slices");
	char inner[RQ_PLACE];

	metric->slices = rq_read_need(reader, slices == NULL ? 0 : rq_json_size(slices), sizeof *metric->slices);
	for (const rq_json *slice = slices == NULL ? NULL : rq_json_first(slices); slice != NULL && reader->status == RQ_OK;
	     slice = rq_json_next(slice)) {
		snprintf(inner, sizeof inner, "%.64s.slices[%zu]", place, metric->slice_count);
		read_slice(&metric->slices[metric->slice_count++], reader, slice, inner);
	}
}

/* ---- where a difference comes from ---- */

static void read_part(struct rq_attribution *part, struct rq_json_reader *reader, const rq_json *object, const char *place, size_t of)
{
	bool other_corpus = object != NULL && rq_json_get(object, "corpus") != NULL;

	part->topics = rq_json_read_count(reader, object, place, "topics");
	part->of = object != NULL && rq_json_get(object, "of") != NULL ? rq_json_read_count(reader, object, place, "of") : of;
	part->delta = rq_json_read_optional_number(reader, object, place, "difference");
	part->embedding = rq_json_read_optional_number(reader, object, place, other_corpus ? "corpus" : "embedding");
	part->index = rq_json_read_optional_number(reader, object, place, "index");
	part->judging = rq_json_read_optional_number(reader, object, place, "judging");
	part->absent = rq_json_read_optional_string(reader, object, place, "absent");
}

static void read_attribution(struct rq_metric_result *metric, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const rq_json *attribution = rq_json_read_object(reader, object, place, "attribution");
	char inner[RQ_PLACE], further[2 * RQ_PLACE];

	snprintf(inner, sizeof inner, "%.64s.attribution", place);
	read_part(&metric->attribution, reader, attribution, inner, metric->paired.n);
	const rq_json *slices = rq_json_read_object(reader, attribution, inner, "slices");
	metric->attribution_slices = rq_read_need(reader, slices == NULL ? 0 : rq_json_size(slices), sizeof *metric->attribution_slices);
	for (const rq_json *slice = slices == NULL ? NULL : rq_json_first(slices); slice != NULL && reader->status == RQ_OK;
	     slice = rq_json_next(slice)) {
		struct rq_attribution *part = &metric->attribution_slices[metric->attribution_slice_count++];
		snprintf(further, sizeof further, "%.80s.slices.%.64s", inner, rq_json_key(slice));
		read_part(part, reader, slice, further, 0);
		part->of = part->of > part->topics ? part->of : part->topics;
		part->slice = rq_arena_strdup(reader->arena, rq_json_key(slice));
		if (part->slice == NULL)
			rq_json_read_no_memory(reader);
	}
	if (rq_json_get(object, "condensed") != NULL) {
		snprintf(inner, sizeof inner, "%.64s.condensed", place);
		rq_read_paired(&metric->condensed_paired, reader, rq_json_read_object(reader, object, place, "condensed"), inner);
	}
	rq_json_read_pair(metric->judged, reader, object, place, "judged");
}

/* ---- one metric ---- */

static void read_sides_of(struct rq_metric_result *metric, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const rq_json *absent = rq_json_read_object(reader, object, place, "absent"), *bounds = rq_json_read_object(reader, object, place, "bounds");
	double interval[2];
	char inner[RQ_PLACE];

	rq_json_read_counts(metric->samples, reader, object, place, "samples");
	rq_json_read_counts(metric->ties_at_cutoff, reader, object, place, "ties_at_cutoff");
	for (int side = 0; side < RQ_SIDES; side++) {
		snprintf(inner, sizeof inner, "%.64s.absent", place);
		metric->absent[side] = rq_json_read_optional_string(reader, absent, inner, side_names[side]);
		snprintf(inner, sizeof inner, "%.64s.bounds", place);
		rq_json_read_pair(interval, reader, bounds, inner, side_names[side]);
		metric->value[side] = rq_json_read_optional_number(reader, object, place, side_names[side]);
		metric->value_lower[side] = interval[0];
		metric->value_upper[side] = interval[1];
	}
}

static void read_means(struct rq_builds *builds, struct rq_json_reader *reader, const rq_json *means, const char *place)
{
	double *values = rq_read_need(reader, means == NULL ? 0 : rq_json_size(means), sizeof *values);

	for (const rq_json *mean = means == NULL ? NULL : rq_json_first(means); mean != NULL && reader->status == RQ_OK; mean = rq_json_next(mean)) {
		double value = rq_json_number(mean);
		if (isnan(value)) {
			rq_json_read_fail(reader, place, "means", mean, "an array of numbers");
			return;
		}
		builds->lowest = builds->count == 0 ? value : fmin(builds->lowest, value);
		builds->highest = builds->count == 0 ? value : fmax(builds->highest, value);
		values[builds->count++] = value;
	}
	builds->means = values;
}

static void read_builds(struct rq_metric_result *metric, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const rq_json *sides = rq_json_read_object(reader, object, place, "builds");
	char inner[RQ_PLACE];

	for (int side = 0; sides != NULL && side < RQ_SIDES; side++) {
		const rq_json *own = rq_json_get(sides, side_names[side]);
		if (own == NULL)
			continue;
		snprintf(inner, sizeof inner, "%.64s.builds.%s", place, side_names[side]);
		read_means(&metric->builds[side], reader, rq_json_read_array(reader, own, inner, "means"), inner);
		metric->builds[side].deviation = rq_json_read_optional_number(reader, own, inner, "deviation");
	}
}

void rq_read_metric(struct rq_metric_result *metric, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const char *name = rq_json_read_string(reader, object, place, "metric");
	struct rq_metric_spec spec;

	if (name == NULL)
		return;
	if (rq_metric_parse(&spec, name, reader->err) != RQ_OK) {
		rq_json_read_fail(reader, place, "metric", rq_json_get(object, "metric"), "a metric that this version knows");
		return;
	}
	*metric = rq_metric_result_of(&spec);
	metric->name = name; /* the spec does not stay */
	read_sides_of(metric, reader, object, place);
	if (rq_json_get(object, "delta") != NULL) {
		metric->compared = true;
		rq_read_paired(&metric->paired, reader, object, place);
	}
	if (rq_json_get(object, "sign_flip_p") != NULL)
		read_evidence(&metric->evidence, reader, object, place);
	if (rq_json_get(object, "slices") != NULL)
		read_slices(metric, reader, object, place);
	if (rq_json_get(object, "attribution") != NULL)
		read_attribution(metric, reader, object, place);
	if (rq_json_get(object, "builds") != NULL)
		read_builds(metric, reader, object, place);
}

/* ---- all of them ---- */

void rq_read_metrics(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *run = rq_json_read_object(reader, report->root, "", "run");
	const rq_json *lists[] = {rq_json_read_array(reader, report->root, "", "metrics"), rq_json_read_array(reader, run, "run", "metrics")};
	struct rq_comparison *comparison = &report->comparison;
	char place[RQ_PLACE];

	if (reader->status != RQ_OK)
		return;
	size_t all = rq_json_size(lists[0]) + rq_json_size(lists[1]);
	size_t *numbers = rq_read_need(reader, all, sizeof *numbers);
	comparison->metrics = rq_read_need(reader, all, sizeof *comparison->metrics);
	for (size_t i = 0; i < 2; i++) {
		size_t number = 0;
		for (const rq_json *object = rq_json_first(lists[i]); object != NULL && reader->status == RQ_OK; object = rq_json_next(object)) {
			snprintf(place, sizeof place, "%smetrics[%zu]", i == 0 ? "" : "run.", number++);
			numbers[comparison->metric_count] = rq_json_read_optional_count(reader, object, place, "number");
			rq_read_metric(&comparison->metrics[comparison->metric_count++], reader, object, place);
		}
	}
	rq_read_order(comparison->metrics, sizeof *comparison->metrics, numbers, comparison->metric_count, reader);
}
