/* The clock that latencies are measured with. */
#include "evalcore/doctor/doctor.h"

#include <string.h>

static void judge(struct rq_finding *finding, const struct rq_facts *facts)
{
	const char *source = facts->machine.clock_source;
	/* Read through the kernel, from a device: a microsecond or more each time. */
	bool slow =
		strcmp(source, "hpet") == 0 || strcmp(source, "acpi_pm") == 0 || strcmp(source, "refined-jiffies") == 0 || strcmp(source, "jiffies") == 0;

	rq_finding_value(finding, "%s%ssteps of %.0f ns", source, source[0] == '\0' ? "" : ", ", facts->clock_step * 1e9);
	if (facts->clock_step > 1e-6) {
		rq_finding_judge(finding, RQ_FINDING_WARNING, "the clock moves in steps of %.1f ms: the latency of one query cannot be measured",
		                 facts->clock_step * 1e3);
		rq_finding_remedy(finding, "measure latencies on another machine, and leave gates on them out here");
		return;
	}
	if (slow) {
		rq_finding_judge(finding, RQ_FINDING_NOTE,
		                 "the clock source %s takes a microsecond or more to read, which is part of each measured latency", source);
		rq_finding_remedy(finding, "measure latencies on a machine whose clock source is tsc, kvm-clock or arch_sys_counter");
		return;
	}
	rq_finding_judge(finding, RQ_FINDING_OK, "the clock is fine enough for the latency of one query");
}

const struct rq_check rq_check_clock = {"clock", "can the latency of one query be measured", judge};
