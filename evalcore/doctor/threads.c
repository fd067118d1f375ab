/* Threads: how many, their settings, and who else wants the cores. */
#include "evalcore/doctor/doctor.h"

#include <strings.h>

static void judge_threads(struct rq_finding *finding, const struct rq_facts *facts)
{
	int cores = rq_machine_cores(&facts->machine), threads = facts->threads;
	const char *set = facts->omp_num_threads;

	rq_finding_value(finding, "%d%s%s", threads, set == NULL ? "" : ", OMP_NUM_THREADS=", set == NULL ? "" : set);
	if (facts->machine.cores == 0 || threads == cores) {
		rq_finding_judge(finding, RQ_FINDING_OK,
		                 facts->machine.cores == 0 ? "the system does not tell how many cores there are"
		                                           : "there is one thread for each usable core");
		return;
	}
	if (threads > cores) {
		rq_finding_judge(finding, RQ_FINDING_WARNING, "%d threads share %d core%s%s: they wait for each other, and measured latencies mean little",
		                 threads, cores, cores == 1 ? "" : "s",
		                 cores < facts->machine.cores_allowed ? " (the control group's quota, which OpenMP does not see)" : "");
		rq_finding_remedy(finding, "export OMP_NUM_THREADS=%d, or run with --threads %d", cores, cores);
		return;
	}
	rq_finding_judge(finding, RQ_FINDING_NOTE, "%d of %d usable cores stay idle", cores - threads, cores);
	rq_finding_remedy(finding, "%s, or run with --threads %d", set == NULL ? "raise the number of threads" : "unset OMP_NUM_THREADS", cores);
}

const struct rq_check rq_check_threads = {"threads", "is there one thread for each core", judge_threads};

static void judge_settings(struct rq_finding *finding, const struct rq_facts *facts)
{
	const char *wait = facts->omp_wait_policy, *bind = facts->omp_proc_bind, *blas = facts->openblas_num_threads;
	bool active = wait != NULL && strcasecmp(wait, "active") == 0,
		 crowded = facts->machine.cores > 0 && facts->threads > rq_machine_cores(&facts->machine);

	rq_finding_value(finding, "OMP_WAIT_POLICY %s, OMP_PROC_BIND %s, OPENBLAS_NUM_THREADS %s", wait == NULL ? "unset" : wait,
	                 bind == NULL ? "unset" : bind, blas == NULL ? "unset" : blas);
	if (active && (crowded || facts->blas_threading == RQ_BLAS_PTHREAD)) {
		rq_finding_judge(finding, RQ_FINDING_WARNING,
		                 "OMP_WAIT_POLICY=%s makes idle threads spin on cores that others need: with %s, searches take about twice as long", wait,
		                 crowded ? "more threads than cores" : "OpenBLAS's own threads beside them");
		rq_finding_remedy(finding, "export OMP_WAIT_POLICY=passive");
		return;
	}
	if (blas != NULL && facts->blas_threading == RQ_BLAS_OPENMP) {
		rq_finding_judge(finding, RQ_FINDING_NOTE, "OPENBLAS_NUM_THREADS has no effect: OpenBLAS uses OpenMP's threads");
		rq_finding_remedy(finding, "set OMP_NUM_THREADS, or run with --threads");
		return;
	}
	if (bind != NULL && strcasecmp(bind, "false") != 0) {
		rq_finding_judge(finding, RQ_FINDING_NOTE,
		                 "OMP_PROC_BIND=%s ties threads to cores: two runs at once get the same cores while others stay idle", bind);
		rq_finding_remedy(finding, "unset OMP_PROC_BIND where runs share a machine");
		return;
	}
	rq_finding_judge(finding, RQ_FINDING_OK, "no setting works against the threads");
}

const struct rq_check rq_check_thread_settings = {"thread-settings", "do environment variables work against the threads", judge_settings};

static void judge_load(struct rq_finding *finding, const struct rq_facts *facts)
{
	double load = facts->machine.load, cores = facts->machine.cores;

	if (load < 0 || facts->machine.cores == 0) {
		rq_finding_value(finding, "unknown");
		rq_finding_judge(finding, RQ_FINDING_OK, "the system does not tell its load");
		return;
	}
	rq_finding_value(finding, "%.1f runnable threads on %.0f cores in the last minute", load, cores);
	if (load <= cores) {
		rq_finding_judge(finding, RQ_FINDING_OK, "the machine has cores to spare");
		return;
	}
	/* It passes by itself: never more than a note, so that the exit code tells of the machine, not of the minute. */
	rq_finding_judge(finding, RQ_FINDING_NOTE,
	                 "other work wants %.1f times the cores of this machine: runs take longer, and measured latencies mean little", load / cores);
	rq_finding_remedy(finding, "wait until it has ended, use fewer --threads, or take gates on latency to a quiet machine");
}

const struct rq_check rq_check_load = {"load", "does other work want the cores", judge_load};
