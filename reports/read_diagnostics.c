/* Reads what report.json says under "diagnostics", and what stands under "run" because it is measured. */
#include "reports/read_parts.h"

#include "evalcore/baseline/side_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};

static void read_sides(struct rq_comparison *comparison, struct rq_json_reader *reader, const rq_json *diagnostics)
{
	const rq_json *sides = rq_json_read_object(reader, diagnostics, "diagnostics", "sides");
	char place[RQ_PLACE];

	for (int i = 0; i < RQ_SIDES; i++) {
		const rq_json *side = rq_json_read_object(reader, sides, "diagnostics.sides", side_names[i]);
		snprintf(place, sizeof place, "diagnostics.sides.%s", side_names[i]);
		comparison->sides[i] = rq_side_info_read(reader, side, place);
	}
}

static void read_bm25(struct rq_comparison *comparison, struct rq_json_reader *reader, const rq_json *diagnostics)
{
	const rq_json *bm25 = rq_json_read_object(reader, diagnostics, "diagnostics", "bm25");

	comparison->bm25 = rq_json_read_optional_string(reader, bm25, "diagnostics.bm25", "index");
	comparison->bm25_absent = rq_json_read_optional_string(reader, bm25, "diagnostics.bm25", "absent");
	if (comparison->bm25 == NULL)
		return;
	const rq_json *metrics = rq_json_read_object(reader, bm25, "diagnostics.bm25", "metrics");
	for (size_t i = 0; i < comparison->metric_count; i++)
		if (comparison->metrics[i].is_judged)
			comparison->metrics[i].bm25 = rq_json_read_optional_number(reader, metrics, "diagnostics.bm25.metrics", comparison->metrics[i].name);
}

/* Older baselines that gates have compared with. */
static void read_pinned(struct rq_comparison *comparison, struct rq_json_reader *reader, const rq_json *diagnostics)
{
	const rq_json *array = diagnostics == NULL || rq_json_get(diagnostics, "pinned") == NULL
	                           ? NULL
	                           : rq_json_read_array(reader, diagnostics, "diagnostics", "pinned");
	char place[RQ_PLACE], inner[RQ_PLACE];

	if (array == NULL)
		return;
	comparison->pinned = rq_read_need(reader, rq_json_size(array), sizeof *comparison->pinned);
	for (const rq_json *object = rq_json_first(array); object != NULL && reader->status == RQ_OK; object = rq_json_next(object)) {
		struct rq_pinned *pinned = &comparison->pinned[comparison->pinned_count];
		snprintf(place, sizeof place, "diagnostics.pinned[%zu]", comparison->pinned_count++);
		pinned->name = rq_json_read_optional_string(reader, object, place, "name");
		pinned->absent = rq_json_read_optional_string(reader, object, place, "absent");
		const rq_json *metrics = pinned->absent != NULL ? NULL : rq_json_read_array(reader, object, place, "metrics");
		struct rq_comparison *own = rq_read_need(reader, 1, sizeof *own);
		struct rq_metric_result *results = rq_read_need(reader, metrics == NULL ? 0 : rq_json_size(metrics), sizeof *results);
		if (metrics == NULL || reader->status != RQ_OK)
			continue;
		*own = (struct rq_comparison){.topics = comparison->topics, .topic_count = comparison->topic_count, .metrics = results,
		                              .exact_part = comparison->exact_part};
		pinned->comparison = own;
		for (const rq_json *metric = rq_json_first(metrics); metric != NULL && reader->status == RQ_OK; metric = rq_json_next(metric)) {
			snprintf(inner, sizeof inner, "%.48s.metrics[%zu]", place, own->metric_count);
			rq_read_metric(&results[own->metric_count++], reader, metric, inner);
		}
	}
}

/* The baseline against itself. */
static void read_self_test(struct rq_report_file *report, struct rq_json_reader *reader, const rq_json *diagnostics)
{
	const rq_json *object = rq_json_read_object(reader, diagnostics, "diagnostics", "self_test");
	const char *outcome = rq_json_read_string(reader, object, "diagnostics.self_test", "outcome");
	struct rq_comparison *comparison = &report->comparison;
	struct rq_verdict *verdict = &report->verdict;

	while (outcome != NULL && verdict->stability <= RQ_NOT_ASSESSABLE && strcmp(rq_stability_name(verdict->stability), outcome) != 0)
		verdict->stability++;
	if (verdict->stability > RQ_NOT_ASSESSABLE)
		rq_json_read_fail(reader, "diagnostics.self_test", "outcome", rq_json_get(object, "outcome"),
		                  "\"stable\", \"unstable\", \"not assessable\" or \"unknown\"");
	verdict->self_test = rq_json_read_optional_string(reader, object, "diagnostics.self_test", "reason");
	if (reader->status != RQ_OK || rq_json_get(object, "metrics") == NULL)
		return;
	comparison->self_test.changed = rq_json_read_count(reader, object, "diagnostics.self_test", "changed");
	const rq_json *metrics = rq_json_read_object(reader, object, "diagnostics.self_test", "metrics");
	comparison->self_test.metrics = rq_read_need(reader, comparison->metric_count, sizeof *comparison->self_test.metrics);
	for (size_t i = 0; i < comparison->metric_count && reader->status == RQ_OK; i++) {
		struct rq_metric_result *metric = &comparison->self_test.metrics[i];
		char place[RQ_PLACE];
		metric->name = comparison->metrics[i].name;
		if (rq_json_get(metrics, metric->name) == NULL)
			continue;
		snprintf(place, sizeof place, "diagnostics.self_test.metrics.%.48s", metric->name);
		metric->compared = true;
		rq_read_paired(&metric->paired, reader, rq_json_read_object(reader, metrics, "diagnostics.self_test.metrics", metric->name), place);
	}
}

static void read_size(struct rq_side_size *size, enum rq_size what, struct rq_json_reader *reader, const rq_json *object, const char *place,
                      const char *key)
{
	char inner[RQ_PLACE];

	snprintf(inner, sizeof inner, "%.64s.absent", place);
	size->value[what] = rq_json_read_optional_number(reader, object, place, key);
	size->absent[what] = rq_json_read_optional_string(reader, rq_json_read_object(reader, object, place, "absent"), inner, key);
}

static void read_sizes(struct rq_comparison *comparison, struct rq_json_reader *reader, const rq_json *diagnostics, const rq_json *run)
{
	const rq_json *taken = rq_json_read_object(reader, diagnostics, "diagnostics", "sizes"), *builds = rq_json_read_object(reader, run, "run", "builds");
	struct rq_side_size *sizes = rq_read_need(reader, RQ_SIDES, sizeof *sizes);
	char place[RQ_PLACE];

	for (int i = 0; i < RQ_SIDES && reader->status == RQ_OK; i++) {
		snprintf(place, sizeof place, "diagnostics.sizes.%s", side_names[i]);
		const rq_json *side = rq_json_read_object(reader, taken, "diagnostics.sizes", side_names[i]);
		read_size(&sizes[i], RQ_SIZE_INDEX, reader, side, place, "index_bytes");
		read_size(&sizes[i], RQ_SIZE_MEMORY, reader, side, place, "memory_bytes");
		snprintf(place, sizeof place, "run.builds.%s", side_names[i]);
		read_size(&sizes[i], RQ_SIZE_BUILD, reader, rq_json_read_object(reader, builds, "run.builds", side_names[i]), place, "seconds");
	}
	comparison->sizes = sizes;
}

static void read_staleness(struct rq_comparison *comparison, struct rq_json_reader *reader, const rq_json *diagnostics, const rq_json *run)
{
	static const char *const keys[] = {[RQ_STALE_MISSING] = "missing", [RQ_STALE_EXTRA] = "extra", [RQ_STALE_CHANGED] = "changed"};
	const rq_json *sides = rq_json_read_object(reader, diagnostics, "diagnostics", "staleness"),
				  *ages = rq_json_read_object(reader, run, "run", "index_age_seconds");
	struct rq_side_staleness *staleness = rq_read_need(reader, RQ_SIDES, sizeof *staleness);
	char place[RQ_PLACE], inner[RQ_PLACE];

	for (int i = 0; i < RQ_SIDES && reader->status == RQ_OK; i++) {
		snprintf(place, sizeof place, "diagnostics.staleness.%s", side_names[i]);
		snprintf(inner, sizeof inner, "%.64s.absent", place);
		const rq_json *side = rq_json_read_object(reader, sides, "diagnostics.staleness", side_names[i]);
		const rq_json *absent = rq_json_read_object(reader, side, place, "absent");
		staleness[i].documents = rq_json_read_count(reader, side, place, "documents");
		staleness[i].entries = rq_json_read_count(reader, side, place, "entries");
		staleness[i].compared = rq_json_read_count(reader, side, place, "compared");
		for (int what = RQ_STALE_MISSING; what < RQ_STALE_AGE; what++) {
			staleness[i].value[what] = rq_json_read_optional_number(reader, side, place, keys[what]);
			staleness[i].absent[what] = rq_json_read_optional_string(reader, absent, inner, keys[what]);
		}
		staleness[i].value[RQ_STALE_AGE] = rq_json_read_optional_number(reader, ages, "run.index_age_seconds", side_names[i]);
	}
	comparison->staleness = staleness;
}

/* Bounds are this program's, or the histogram is another one. */
static void read_bin(struct rq_histogram *histogram, struct rq_json_reader *reader, const rq_json *bin, const char *place)
{
	const rq_json *bound = rq_json_type(bin) == RQ_JSON_ARRAY && rq_json_size(bin) == 2 ? rq_json_first(bin) : NULL;
	double seconds = bound == NULL ? (double)NAN : rq_json_number(bound), count = bound == NULL ? (double)NAN : rq_json_number(rq_json_next(bound));
	size_t i = 0;

	while (i < RQ_HISTOGRAM_BINS && rq_histogram_bounds[i] != seconds)
		i++;
	if (!(count >= 0 && count <= (double)histogram->count) || (i == RQ_HISTOGRAM_BINS && rq_json_type(bound) != RQ_JSON_NULL))
		rq_json_read_fail(reader, place, "bins", bin, "[a bound of this program's histograms or null, a count]");
	else
		histogram->counts[i] = (size_t)count;
}

static void read_times(struct rq_timed timed[RQ_SIDES], struct rq_json_reader *reader, const rq_json *run, const char *key)
{
	const rq_json *sides = run == NULL || rq_json_get(run, key) == NULL ? NULL : rq_json_read_object(reader, run, "run", key);
	char place[RQ_PLACE];

	for (int i = 0; i < RQ_SIDES && sides != NULL; i++) {
		struct rq_histogram *histogram = &timed[i].histogram;
		const rq_json *times = rq_json_get(sides, side_names[i]);
		if (times == NULL)
			continue;
		snprintf(place, sizeof place, "run.%s.%s", key, side_names[i]);
		histogram->count = rq_json_read_count(reader, times, place, "count");
		histogram->failed = rq_json_read_count(reader, times, place, "failed");
		histogram->sum = rq_json_read_number(reader, times, place, "sum_seconds");
		const rq_json *bins = rq_json_read_array(reader, times, place, "bins");
		for (const rq_json *bin = bins == NULL ? NULL : rq_json_first(bins); bin != NULL && reader->status == RQ_OK; bin = rq_json_next(bin))
			read_bin(histogram, reader, bin, place);
	}
}

static void read_warm(struct rq_comparison *comparison, struct rq_json_reader *reader, const rq_json *run)
{
	static const char place[] = "run.warmup";
	const rq_json *object = rq_json_read_object(reader, run, "run", "warmup"), *rounds;
	struct rq_warm *warm = rq_read_need(reader, 1, sizeof *warm);
	char inner[RQ_PLACE];

	if (warm == NULL)
		return;
	warm->side = rq_json_read_string(reader, object, place, "side");
	warm->absent = rq_json_read_optional_string(reader, object, place, "absent");
	comparison->warm = warm;
	if (warm->absent != NULL)
		return;
	warm->index = rq_json_read_string(reader, object, place, "index");
	warm->sha256 = rq_json_read_string(reader, object, place, "sha256");
	warm->bytes = rq_json_read_number(reader, object, place, "bytes");
	warm->dropped_all = rq_json_read_bool(reader, object, place, "dropped_all");
	warm->in_memory = rq_json_read_optional_number(reader, object, place, "in_memory");
	warm->load_seconds = rq_json_read_number(reader, object, place, "load_seconds");
	warm->load_faults = rq_json_read_count(reader, object, place, "load_major_faults");
	warm->stable = rq_json_read_bool(reader, object, place, "stable");
	warm->ready_seconds = rq_json_read_optional_number(reader, object, place, "ready_seconds");
	warm->samples = rq_json_read_count(reader, object, place, "samples");
	warm->p50 = rq_json_read_optional_number(reader, object, place, "p50");
	warm->p95 = rq_json_read_optional_number(reader, object, place, "p95");
	warm->p99 = rq_json_read_optional_number(reader, object, place, "p99");
	warm->p99_upper = rq_json_read_optional_number(reader, object, place, "p99_upper");
	rounds = rq_json_read_array(reader, object, place, "rounds");
	warm->rounds = rounds == NULL ? NULL : rq_read_need(reader, rq_json_size(rounds) + 1, sizeof *warm->rounds);
	for (const rq_json *entry = warm->rounds == NULL ? NULL : rq_json_first(rounds); entry != NULL && reader->status == RQ_OK; entry = rq_json_next(entry)) {
		struct rq_warm_round *round = &warm->rounds[warm->round_count];
		snprintf(inner, sizeof inner, "%s.rounds[%zu]", place, warm->round_count++);
		round->queries = rq_json_read_count(reader, entry, inner, "searches");
		round->p50 = rq_json_read_number(reader, entry, inner, "p50");
		round->p95 = rq_json_read_number(reader, entry, inner, "p95");
		round->p99 = rq_json_read_number(reader, entry, inner, "p99");
		round->seconds = rq_json_read_number(reader, entry, inner, "seconds");
		round->major_faults = rq_json_read_count(reader, entry, inner, "major_faults");
	}
}

static void read_measured(struct rq_comparison *comparison, struct rq_json_reader *reader, const rq_json *diagnostics, const rq_json *run)
{
	if (diagnostics != NULL && rq_json_get(diagnostics, "sizes") != NULL)
		read_sizes(comparison, reader, diagnostics, run);
	if (diagnostics != NULL && rq_json_get(diagnostics, "staleness") != NULL)
		read_staleness(comparison, reader, diagnostics, run);
	if (run != NULL && rq_json_get(run, "warmup") != NULL)
		read_warm(comparison, reader, run);
	read_times(comparison->searched, reader, run, "search_times");
	read_times(comparison->embedded, reader, run, "embed_times");
}

void rq_read_diagnostics(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *diagnostics = rq_json_read_object(reader, report->root, "", "diagnostics"),
				  *counts = rq_json_read_object(reader, diagnostics, "diagnostics", "counts"),
				  *run = rq_json_read_object(reader, report->root, "", "run");
	struct rq_comparison *comparison = &report->comparison;

	comparison->cutoff = rq_json_read_optional_count(reader, diagnostics, "diagnostics", "cutoff");
	report->report.smallest_margin = rq_json_read_optional_number(reader, diagnostics, "diagnostics", "smallest_margin");
	const char *part = rq_json_read_optional_string(reader, diagnostics, "diagnostics", "exact_part");
	comparison->exact_part = part != NULL ? part : rq_comparison_has_other_corpus(comparison) ? "corpus" : "embedding";
	comparison->exact_note = rq_json_read_optional_string(reader, diagnostics, "diagnostics", "exact");
	rq_read_numbers(&comparison->counts, &comparison->count_count, reader, counts, "diagnostics.counts");
	read_sides(comparison, reader, diagnostics);
	read_bm25(comparison, reader, diagnostics);
	rq_read_remarks(&comparison->remarks, &comparison->remark_count, reader, diagnostics, "diagnostics");
	read_pinned(comparison, reader, diagnostics);
	read_self_test(report, reader, diagnostics);
	read_measured(comparison, reader, diagnostics, run);
}
