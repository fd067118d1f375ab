/* Memory: what is left, limits of the process, swap. */
#include "evalcore/doctor/doctor.h"

#include "evalcore/base/parse.h"

#include <stdio.h>

/* Rows of 384 single-precision numbers, of both sides at once. A graph (HNSW32) holds a copy of its rows, 64 links and a label each. */
enum { DIMENSION = 384, SIDES = 2, EXACT_ROW = DIMENSION * 4 + 16, GRAPH_ROW = EXACT_ROW + DIMENSION * 4 + 64 * 4 + 16 };
/* What a run over some ten thousand documents may take, with fitting and reports. */
#define LITTLE (UINT64_C(512) << 20)

/* "9.7 million", "250 thousand" */
static const char *rows_text(char text[24], uint64_t rows)
{
	if (rows >= 1000000)
		snprintf(text, 24, "%.*f million", rows < 10000000, (double)rows * 1e-6);
	else
		snprintf(text, 24, "%.0f thousand", (double)rows * 1e-3);
	return text;
}

static void judge_memory(struct rq_finding *finding, const struct rq_facts *facts)
{
	const struct rq_machine *machine = &facts->machine;
	uint64_t left = rq_machine_memory_left(machine);
	char total[16], room[16], limit[16], exact[24], graph[24], group[48] = "";

	if (left == 0 && machine->memory_total == 0) {
		rq_finding_value(finding, "unknown");
		rq_finding_judge(finding, RQ_FINDING_OK, "the system does not tell its memory");
		return;
	}
	if (machine->memory_limit > 0)
		snprintf(group, sizeof group, ", control group %s", rq_show_size(limit, machine->memory_limit));
	rows_text(exact, left / SIDES / EXACT_ROW);
	rows_text(graph, left / SIDES / GRAPH_ROW);
	rq_finding_value(finding, "%s left of %s%s: room for %s rows x %d exact, %s in HNSW32", rq_show_size(room, left),
	                 rq_show_size(total, machine->memory_total), group, exact, DIMENSION, graph);
	if (left >= LITTLE) {
		rq_finding_judge(finding, RQ_FINDING_OK, "there is memory for both sides of a comparison of that size");
		return;
	}
	rq_finding_judge(finding, RQ_FINDING_WARNING, "%s of memory are left: a run over more than some ten thousand documents may be killed or swap",
	                 room);
	rq_finding_remedy(finding, "%s",
	                  machine->memory_limit > 0 ? "raise the memory limit of the container or job"
	                                            : "end other programs, or use a machine with more memory");
}

const struct rq_check rq_check_memory = {"memory", "how much fits into memory", judge_memory};

static void judge_limits(struct rq_finding *finding, const struct rq_facts *facts)
{
	uint64_t left = rq_machine_memory_left(&facts->machine), limit = facts->address_space;
	const char *name = "address space", *flag = "-v";
	char text[16], room[16];

	if (limit == 0 || (facts->data_size > 0 && facts->data_size < limit)) {
		limit = facts->data_size;
		name = "data size";
		flag = "-d";
	}
	if (limit == 0) {
		rq_finding_value(finding, "none");
		rq_finding_judge(finding, RQ_FINDING_OK, "the shell does not limit memory");
		return;
	}
	rq_finding_value(finding, "%s %s", name, rq_show_size(text, limit));
	if (left > 0 && limit >= left) {
		rq_finding_judge(finding, RQ_FINDING_OK, "the shell's limit is beyond the memory that is left");
		return;
	}
	rq_finding_judge(finding, limit < LITTLE ? RQ_FINDING_WARNING : RQ_FINDING_NOTE,
	                 "the shell limits the %s to %s%s%s: a run that needs more ends with \"out of memory\"", name, text,
	                 left > 0 ? " of the memory that is left, " : "", left > 0 ? rq_show_size(room, left) : "");
	rq_finding_remedy(finding, "ulimit %s unlimited", flag);
}

const struct rq_check rq_check_memory_limits = {"memory-limits", "does the shell limit memory", judge_limits};

static void judge_swap(struct rq_finding *finding, const struct rq_facts *facts)
{
	const struct rq_machine *machine = &facts->machine;
	uint64_t used = machine->swap_free < machine->swap_total ? machine->swap_total - machine->swap_free : 0, left = rq_machine_memory_left(machine);
	char text[16], total[16];

	if (machine->swap_total == 0) {
		rq_finding_value(finding, "none");
		rq_finding_judge(finding, RQ_FINDING_OK, "nothing can be swapped out");
		return;
	}
	rq_finding_value(finding, "%s of %s in use", rq_show_size(text, used), rq_show_size(total, machine->swap_total));
	if (used < machine->memory_total / 20) { /* what lies idle for days is swapped out on healthy machines too */
		rq_finding_judge(finding, RQ_FINDING_OK, "little or nothing is swapped out");
		return;
	}
	rq_finding_judge(finding, used > left ? RQ_FINDING_WARNING : RQ_FINDING_NOTE,
	                 "%s are swapped out%s: memory was short, and a search whose rows are on disk takes a thousand times longer", text,
	                 used > left ? ", more than there is memory left" : "");
	rq_finding_remedy(finding, "end what fills the memory, or use a machine with more");
}

const struct rq_check rq_check_swap = {"swap", "is memory swapped out", judge_swap};
