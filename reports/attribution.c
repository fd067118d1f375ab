/* Where differences come from, for people and for machines. */
#include "reports/json_parts.h"
#include "reports/rows.h"

#include "evalcore/base/parse.h"
#include "evalcore/scoring/attribution.h"
#include "gates/words.h"

#include <math.h>
#include <string.h>

enum { SPLIT_DECIMALS = 4 };
static const double UNITS = 1e4; /* of the last decimal that is shown */

/* ---- for people ---- */

/* In units of the last decimal, as it is shown: half a unit goes where printing takes it, which round() need not. */
static double shown_units(double value)
{
	struct rq_shown shown = rq_show_difference(value, SPLIT_DECIMALS);
	double read = NAN;

	(void)rq_parse_f64(&read, shown.text, strlen(shown.text));
	return round(read * UNITS);
}

/* Rounded so that the summands add up as they are shown: the larger one takes what rounding leaves. */
static void round_split(double *embedding, double *index, const struct rq_attribution *part)
{
	double left = shown_units(part->delta) - shown_units(part->embedding) - shown_units(part->index);

	*embedding = (shown_units(part->embedding) + (fabs(part->embedding) > fabs(part->index) ? left : 0)) / UNITS;
	*index = (shown_units(part->index) + (fabs(part->embedding) > fabs(part->index) ? 0 : left)) / UNITS;
}

static bool rounds_to_zero(double value)
{
	return isnan(value) || shown_units(value) == 0;
}

bool rq_shows_attribution(const struct rq_metric_result *metric)
{
	const struct rq_attribution *part = &metric->attribution;

	if (part->of == 0 || metric->paired.identical)
		return false;
	return !rounds_to_zero(part->judging) || (part->absent == NULL && !(rounds_to_zero(part->delta) && rounds_to_zero(part->embedding)));
}

void rq_show_attribution(const char *cells[RQ_PARTS], const struct rq_metric_result *metric, struct rq_arena *arena)
{
	const struct rq_attribution *part = &metric->attribution;
	double embedding, index;

	cells[RQ_PART_DIFFERENCE] =
		rq_arena_strdup(arena, rq_show_difference(part->absent == NULL ? part->delta : metric->paired.delta, SPLIT_DECIMALS).text);
	cells[RQ_PART_JUDGING] = rq_arena_strdup(arena, rq_show_difference(part->judging, SPLIT_DECIMALS).text);
	cells[RQ_PART_EMBEDDING] = cells[RQ_PART_INDEX] = "-";
	cells[RQ_PART_TOPICS] = "";
	if (part->absent != NULL)
		return;
	round_split(&embedding, &index, part);
	cells[RQ_PART_EMBEDDING] = rq_arena_strdup(arena, rq_show_difference(embedding, SPLIT_DECIMALS).text);
	cells[RQ_PART_INDEX] = rq_arena_strdup(arena, rq_show_difference(index, SPLIT_DECIMALS).text);
	if (part->topics < part->of)
		cells[RQ_PART_TOPICS] = rq_arena_printf(arena, "%zu of %zu topics", part->topics, part->of);
}

const char *rq_attribution_absence(const struct rq_comparison *comparison)
{
	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (!metric->paired.identical && metric->attribution.absent != NULL)
			return metric->attribution.absent;
	}
	return NULL;
}

const char *rq_exact_part_name(const struct rq_comparison *comparison)
{
	return comparison->exact_part == NULL ? "embedding" : comparison->exact_part;
}

/* "RR@10 -0.0412 = embedding -0.0390 + index -0.0022; judging -0.0010 beside it" */
void rq_add_attribution(struct rq_buf *out, const struct rq_comparison *comparison, const struct rq_metric_result *metric)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *cells[RQ_PARTS];

	rq_show_attribution(cells, metric, &arena);
	for (int i = 0; i < RQ_PARTS; i++)
		if (cells[i] == NULL) {
			out->failed = true;
			return;
		}
	rq_buf_printf(out, "%s %s", metric->name, cells[RQ_PART_DIFFERENCE]);
	if (cells[RQ_PART_TOPICS][0] != '\0')
		rq_buf_printf(out, " on %s", cells[RQ_PART_TOPICS]);
	if (metric->attribution.absent == NULL)
		rq_buf_printf(out, " = %s %s + index %s", rq_exact_part_name(comparison), cells[RQ_PART_EMBEDDING], cells[RQ_PART_INDEX]);
	if (!rounds_to_zero(metric->attribution.judging))
		rq_buf_printf(out, "; judging %s beside it", cells[RQ_PART_JUDGING]);
}

/* ---- for machines ---- */

/* With another corpus its part, and that of another embedding with it, has a key of its own. */
static void set_part(rq_json *object, const struct rq_attribution *part, bool other_corpus)
{
	rq_json_set_number(object, "topics", (double)part->topics);
	rq_json_set_number(object, "of", (double)part->of);
	rq_json_set_number(object, "difference", part->delta);
	rq_json_set_number(object, "embedding", other_corpus ? (double)NAN : part->embedding);
	if (other_corpus)
		rq_json_set_number(object, "corpus", part->embedding);
	rq_json_set_number(object, "index", part->index);
	rq_json_set_number(object, "judging", part->judging);
	if (part->absent != NULL)
		rq_json_set_string(object, "absent", part->absent);
}

void rq_json_set_attribution(rq_json *object, const struct rq_comparison *comparison, const struct rq_metric_result *metric)
{
	bool other_corpus = strcmp(rq_exact_part_name(comparison), "embedding") != 0;

	if (metric->attribution.of == 0)
		return;
	rq_json *attribution = rq_json_set_object(object, "attribution");
	set_part(attribution, &metric->attribution, other_corpus);
	rq_json *slices = rq_json_set_object(attribution, "slices");
	for (size_t i = 0; i < metric->attribution_slice_count; i++)
		set_part(rq_json_set_object(slices, metric->attribution_slices[i].slice), &metric->attribution_slices[i], other_corpus);
	if (metric->condensed_paired.n > 0)
		rq_json_set_paired(rq_json_set_object(object, "condensed"), &metric->condensed_paired);
	rq_json *judged = rq_json_set_array(object, "judged");
	for (int side = 0; side < RQ_SIDES; side++)
		rq_json_push_number(judged, metric->judged[side]);
}

/* [embedding, or what exact search differs by; index; judging] of each metric that moved; null where exact search has not answered the topic. */
void rq_json_set_topic_attribution(rq_json *object, const struct rq_comparison *comparison, size_t topic)
{
	rq_json *attribution = NULL;

	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (metric->attribution.of == 0)
			continue;
		const struct rq_attribution part = rq_metric_attribute_topic(metric, topic);
		if (fabs(part.delta) <= RQ_TIE_TOLERANCE)
			continue;
		if (attribution == NULL)
			attribution = rq_json_set_object(object, "attribution");
		rq_json *parts = rq_json_set_array(attribution, metric->name);
		rq_json_push_number(parts, part.embedding);
		rq_json_push_number(parts, part.index);
		rq_json_push_number(parts, part.judging);
	}
	if (comparison->topics[topic].cause != NULL)
		rq_json_set_string(object, "cause", comparison->topics[topic].cause);
}
