/* The part of report.json that is there only where somebody asks for it: what indexes take, how stale they are, and how long searches took. */
#include "reports/json_parts.h"

#include <math.h>

static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};

static void set_size(rq_json *object, const char *key, const struct rq_side_size *size, enum rq_size what, rq_json *absent)
{
	rq_json_set_number(object, key, size->value[what]);
	if (size->absent[what] != NULL)
		rq_json_set_string(absent, key, size->absent[what]);
}

static void set_sizes(rq_json *diagnostics, rq_json *run, const struct rq_side_size *sizes)
{
	rq_json *taken = rq_json_set_object(diagnostics, "sizes"), *builds = rq_json_set_object(run, "builds");

	for (int i = 0; i < RQ_SIDES; i++) {
		rq_json *side = rq_json_set_object(taken, side_names[i]), *build = rq_json_set_object(builds, side_names[i]);
		rq_json *absent = rq_json_set_object(side, "absent");
		set_size(side, "index_bytes", &sizes[i], RQ_SIZE_INDEX, absent);
		set_size(side, "memory_bytes", &sizes[i], RQ_SIZE_MEMORY, absent);
		set_size(build, "seconds", &sizes[i], RQ_SIZE_BUILD, rq_json_set_object(build, "absent"));
	}
}

static void set_staleness(rq_json *diagnostics, rq_json *run, const struct rq_side_staleness *staleness)
{
	static const char *const keys[] = {[RQ_STALE_MISSING] = "missing", [RQ_STALE_EXTRA] = "extra", [RQ_STALE_CHANGED] = "changed"};
	rq_json *sides = rq_json_set_object(diagnostics, "staleness"), *ages = rq_json_set_object(run, "index_age_seconds");

	for (int i = 0; i < RQ_SIDES; i++) {
		rq_json *side = rq_json_set_object(sides, side_names[i]), *absent = rq_json_set_object(side, "absent");
		rq_json_set_number(side, "documents", (double)staleness[i].documents);
		rq_json_set_number(side, "entries", (double)staleness[i].entries);
		rq_json_set_number(side, "compared", (double)staleness[i].compared);
		for (int what = RQ_STALE_MISSING; what < RQ_STALE_AGE; what++) {
			rq_json_set_number(side, keys[what], staleness[i].value[what]);
			if (staleness[i].absent[what] != NULL)
				rq_json_set_string(absent, keys[what], staleness[i].absent[what]);
		}
		rq_json_set_number(ages, side_names[i], staleness[i].value[RQ_STALE_AGE]);
	}
}

/* Bins that hold something: [seconds at most, count]; null: longer than all bounds. */
static void set_histogram(rq_json *object, const char *key, const struct rq_histogram *histogram)
{
	if (histogram->count == 0)
		return;
	rq_json *times = rq_json_set_object(object, key);
	rq_json_set_number(times, "count", (double)histogram->count);
	rq_json_set_number(times, "failed", (double)histogram->failed);
	rq_json_set_number(times, "sum_seconds", histogram->sum);
	rq_json *bins = rq_json_set_array(times, "bins");
	for (size_t i = 0; i <= RQ_HISTOGRAM_BINS; i++) {
		if (histogram->counts[i] == 0)
			continue;
		rq_json *bin = rq_json_push_array(bins);
		rq_json_push_number(bin, i == RQ_HISTOGRAM_BINS ? (double)NAN : rq_histogram_bounds[i]);
		rq_json_push_number(bin, (double)histogram->counts[i]);
	}
}

static void set_times(rq_json *run, const char *key, const struct rq_timed timed[RQ_SIDES])
{
	if (timed[RQ_BASELINE].histogram.count == 0 && timed[RQ_CANDIDATE].histogram.count == 0)
		return;
	rq_json *sides = rq_json_set_object(run, key);
	for (int i = 0; i < RQ_SIDES; i++)
		set_histogram(sides, side_names[i], &timed[i].histogram);
}

void rq_json_set_measured(rq_json *diagnostics, rq_json *run, const struct rq_comparison *comparison)
{
	if (comparison->sizes != NULL)
		set_sizes(diagnostics, run, comparison->sizes);
	if (comparison->staleness != NULL)
		set_staleness(diagnostics, run, comparison->staleness);
	if (comparison->warm != NULL)
		rq_json_set_warm(run, comparison->warm);
	set_times(run, "search_times", comparison->searched);
	set_times(run, "embed_times", comparison->embedded);
}
