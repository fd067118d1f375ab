/* The clock that latencies are measured with. */
#include "evalcore/doctor/doctor.h"

/* In seconds. A fast query takes some hundred microseconds: a tenth of that is too coarse, and what a reading takes is part of it twice. */
#define COARSE 1e-5
#define SLOW 5e-7

static void judge(struct rq_finding *finding, const struct rq_facts *facts)
{
	const char *source = facts->machine.clock_source;

	rq_finding_value(finding, "%s%ssteps of %.0f ns, %.0f ns to read", source, source[0] == '\0' ? "" : ", ", facts->clock_step * 1e9,
	                 facts->clock_cost * 1e9);
	if (facts->clock_step > COARSE) {
		rq_finding_judge(finding, RQ_FINDING_WARNING, "the clock moves in steps of %.3g ms: the latency of one query cannot be measured",
		                 facts->clock_step * 1e3);
		rq_finding_remedy(finding, "measure latencies on another machine, and leave gates on them out here");
		return;
	}
	if (facts->clock_cost > SLOW) {
		rq_finding_judge(finding, RQ_FINDING_NOTE, "the clock takes %.1f microseconds to read, which is part of each measured latency",
		                 facts->clock_cost * 1e6);
		rq_finding_remedy(finding, "measure latencies on a machine whose clock source is tsc, kvm-clock or arch_sys_counter");
		return;
	}
	rq_finding_judge(finding, RQ_FINDING_OK, "the clock is fine enough for the latency of one query");
}

const struct rq_check rq_check_clock = {"clock", "can the latency of one query be measured", judge};
