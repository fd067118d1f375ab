/* CPU: features and cores. */
#include "evalcore/doctor/doctor.h"

#include <string.h>

static void judge_cpu(struct rq_finding *finding, const struct rq_facts *facts)
{
	const struct rq_machine *machine = &facts->machine;

	rq_finding_value(finding, "%s (%s)%s%s", facts->cpu, facts->architecture, machine->features[0] == '\0' ? "" : ": ", machine->features);
	if (machine->features[0] == '\0') {
		rq_finding_judge(finding, RQ_FINDING_OK, "the system does not tell the CPU's features");
		return;
	}
	if (strcmp(facts->architecture, "x86_64") != 0) {
		rq_finding_judge(finding, RQ_FINDING_OK, "the portable kernels serve on this architecture");
		return;
	}
	if (rq_machine_has(machine, "avx2") && rq_machine_has(machine, "fma")) {
		rq_finding_judge(finding, RQ_FINDING_OK, "the CPU has what fast search needs (AVX2, FMA)");
		return;
	}
	rq_finding_judge(
		finding, RQ_FINDING_NOTE,
		"this CPU, or the virtual machine around it, has no AVX2 with FMA: searching and fitting take several times longer than they need to");
	rq_finding_remedy(finding, "run on a CPU with AVX2, or let the virtual machine pass the host's CPU on (QEMU: -cpu host)");
}

const struct rq_check rq_check_cpu = {"cpu", "does the CPU have the instructions that fast search needs", judge_cpu};

static void judge_cores(struct rq_finding *finding, const struct rq_facts *facts)
{
	const struct rq_machine *machine = &facts->machine;
	double usable = machine->cores_allowed;

	if (machine->cores == 0) {
		rq_finding_value(finding, "unknown");
		rq_finding_judge(finding, RQ_FINDING_OK, "the system does not tell how many cores there are");
		return;
	}
	bool limited = machine->cpu_quota > 0 && machine->cpu_quota < usable;
	if (limited)
		usable = machine->cpu_quota;
	rq_finding_value(finding, "%.3g of %d usable%s", usable, machine->cores,
	                 limited                                   ? " (control group)"
	                 : machine->cores_allowed < machine->cores ? " (affinity)"
	                                                           : "");
	if (!limited && machine->cores_allowed == machine->cores) {
		rq_finding_judge(finding, RQ_FINDING_OK, "all cores may be used");
		return;
	}
	rq_finding_judge(finding, RQ_FINDING_NOTE, "%s keeps this process to %.3g of %d cores",
	                 limited ? "the CPU quota of the control group" : "the affinity mask", usable, machine->cores);
	rq_finding_remedy(finding, "%s if runs take too long",
	                  limited ? "give the container or job a larger CPU limit" : "widen the mask (taskset, cpuset)");
}

const struct rq_check rq_check_cores = {"cores", "how many cores may this process use", judge_cores};
