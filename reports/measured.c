/* The part of report.json that is there only where a gate asks for it: what indexes take, and how stale they are. */
#include "reports/json_parts.h"

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

void rq_json_set_measured(rq_json *diagnostics, rq_json *run, const struct rq_comparison *comparison)
{
	if (comparison->sizes != NULL)
		set_sizes(diagnostics, run, comparison->sizes);
	if (comparison->staleness != NULL)
		set_staleness(diagnostics, run, comparison->staleness);
}
