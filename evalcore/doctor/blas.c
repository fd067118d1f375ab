/* OpenBLAS: the kernel, and how it threads. */
#include "evalcore/doctor/doctor.h"

#include <stdio.h>
#include <strings.h>

/* Below this share of the fastest kernel's speed a kernel is too slow; two measurements of the same one differ by less. */
#define SLOW .8
#define ABOUT .9
#define COSTS "fitting lsa, and training and flat search in FAISS, take longer"

static const struct rq_kernel_rate *rate_of(const struct rq_facts *facts, const char *kernel)
{
	for (size_t i = 0; kernel != NULL && i < facts->other_count; i++)
		if (strcasecmp(facts->others[i].kernel, kernel) == 0)
			return &facts->others[i];
	return NULL;
}

/* The kernel to hold the one in use against: the fastest of the others, but rqgate's own choice where that is about as fast. */
static struct rq_kernel_rate reference(const struct rq_facts *facts)
{
	const struct rq_kernel_rate *own = rate_of(facts, facts->best_kernel);
	struct rq_kernel_rate best = {facts->kernel, facts->rate};

	for (size_t i = 0; i < facts->other_count; i++)
		if (facts->others[i].rate > best.rate)
			best = facts->others[i];
	return own != NULL && own->rate >= ABOUT * best.rate ? *own : best;
}

static void judge_slow(struct rq_finding *finding, const struct rq_facts *facts, const struct rq_kernel_rate *best)
{
	const char *asked = facts->asked_kernel;
	double times = best->rate / facts->rate;

	if (asked != NULL)
		rq_finding_judge(finding, RQ_FINDING_WARNING, "OPENBLAS_CORETYPE=%s makes products of matrices %.1f times slower than %s does: " COSTS,
		                 asked, times, best->kernel);
	else
		rq_finding_judge(finding, RQ_FINDING_WARNING, "OpenBLAS runs %s, which multiplies matrices %.1f times slower than %s: " COSTS,
		                 facts->kernel, times, best->kernel);
	if (asked != NULL && facts->best_kernel != NULL && strcasecmp(facts->best_kernel, best->kernel) == 0)
		rq_finding_remedy(finding, "unset OPENBLAS_CORETYPE, and rqgate picks a fast kernel by itself");
	else
		rq_finding_remedy(finding, "export OPENBLAS_CORETYPE=%s", best->kernel);
}

/* All that is known of the kernels is what instructions they use. */
static void judge_unmeasured(struct rq_finding *finding, const struct rq_facts *facts)
{
	if (facts->best_kernel == NULL || !rq_blas_kernel_is_below(facts->kernel, facts->best_kernel)) {
		rq_finding_judge(finding, RQ_FINDING_NOTE, "the other kernels for this CPU could not be measured: whether one of them is faster is not known");
		rq_finding_remedy(finding, "run rqgate doctor again, where /proc is mounted and processes can be started");
		return;
	}
	rq_finding_judge(finding, RQ_FINDING_WARNING,
	                 "OpenBLAS runs %s, which leaves instructions of this CPU idle that %s uses (their speed could not be compared): " COSTS,
	                 facts->kernel, facts->best_kernel);
	if (facts->asked_kernel != NULL)
		rq_finding_remedy(finding, "unset OPENBLAS_CORETYPE, and rqgate picks a fast kernel by itself");
	else
		rq_finding_remedy(finding, "export OPENBLAS_CORETYPE=%s", facts->best_kernel);
}

static void judge_kernel(struct rq_finding *finding, const struct rq_facts *facts)
{
	struct rq_kernel_rate best = reference(facts);
	char others[160] = "";
	int used = 0;

	for (size_t i = 0; i < facts->other_count && used < (int)sizeof others; i++)
		used += snprintf(others + used, sizeof others - (size_t)used, "%s%s %.0f", i == 0 ? "; others: " : ", ", facts->others[i].kernel,
		                 facts->others[i].rate);
	rq_finding_value(finding, "%s, %s: %.0f GFLOP/s a core, %.0f on %d thread%s just now%s", facts->blas, facts->kernel, facts->rate,
	                 facts->rate_of_all, facts->rate_threads, facts->rate_threads == 1 ? "" : "s", others);
	if (facts->rate < SLOW * best.rate) {
		judge_slow(finding, facts, &best);
		return;
	}
	if (facts->asked_count > 0 && facts->other_count == 0) {
		judge_unmeasured(finding, facts);
		return;
	}
	if (facts->asked_kernel != NULL && strcasecmp(facts->asked_kernel, facts->kernel) != 0) {
		rq_finding_judge(finding, RQ_FINDING_NOTE, "OPENBLAS_CORETYPE=%s has no effect: this OpenBLAS runs %s instead", facts->asked_kernel,
		                 facts->kernel);
		rq_finding_remedy(finding, "unset OPENBLAS_CORETYPE");
		return;
	}
	rq_finding_judge(finding, RQ_FINDING_OK,
	                 facts->asked_count == 0 ? "there is no other kernel to compare it with here" : "no other kernel is much faster on this CPU");
}

const struct rq_check rq_check_blas_kernel = {"blas-kernel", "does OpenBLAS multiply as fast as this CPU can", judge_kernel};

static void judge_threads(struct rq_finding *finding, const struct rq_facts *facts)
{
	static const char *const names[] = {[RQ_BLAS_SEQUENTIAL] = "sequential", [RQ_BLAS_PTHREAD] = "pthread", [RQ_BLAS_OPENMP] = "OpenMP"};
	static const char remedy[] =
		"install OpenBLAS's OpenMP flavour (Debian, Ubuntu: libopenblas-openmp-dev; Fedora: openblas-devel), then configure a new build folder";

	rq_finding_value(finding, "%s", names[facts->blas_threading]);
	switch (facts->blas_threading) {
	case RQ_BLAS_OPENMP:
		rq_finding_judge(finding, RQ_FINDING_OK, "OpenBLAS and FAISS share one pool of threads");
		return;
	case RQ_BLAS_PTHREAD:
		rq_finding_judge(finding, RQ_FINDING_WARNING,
		                 "OpenBLAS has threads of its own (pthread), which spin against FAISS's OpenMP threads: flat search in FAISS takes up to "
		                 "1.9 times longer");
		break;
	case RQ_BLAS_SEQUENTIAL:
		rq_finding_judge(finding, RQ_FINDING_WARNING, "OpenBLAS is built without threads: flat search and training in FAISS multiply on one core");
		break;
	}
	rq_finding_remedy(finding, "%s", remedy);
}

const struct rq_check rq_check_blas_threads = {"blas-threads", "do OpenBLAS and FAISS share their threads", judge_threads};
