/* The part of report.json that is there only where a gate asks for it: what indexes take. */
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

void rq_json_set_measured(rq_json *diagnostics, rq_json *run, const struct rq_comparison *comparison)
{
	if (comparison->sizes != NULL)
		set_sizes(diagnostics, run, comparison->sizes);
}
