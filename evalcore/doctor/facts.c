/* Collects the facts. */
#include "evalcore/doctor/doctor.h"

#include "evalcore/base/blas_speed.h"
#include "evalcore/base/system.h"
#include "evalcore/doctor/cache_facts.h"
#include "evalcore/index/faiss_shim.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

/* 0: none */
static uint64_t limit_of(const struct rlimit *limit, int failed)
{
	return failed != 0 || limit->rlim_cur == RLIM_INFINITY ? 0 : (uint64_t)limit->rlim_cur;
}

/* The system tells 1 ns of any clock, so it is watched. Longer where it stands still; of the means the least, which no other program has
 * interrupted. */
static void measure_clock(struct rq_facts *facts)
{
	enum { BATCHES = 5, READINGS = 1000, BATCHES_MAX = 2000 };
	uint64_t least = 0, cost = UINT64_MAX;

	for (size_t batch = 0; batch < BATCHES || (least == 0 && batch < BATCHES_MAX); batch++) {
		uint64_t started = rq_clock_ns(), before = started;
		for (size_t i = 0; i < READINGS; i++) {
			uint64_t now = rq_clock_ns();
			if (now != before && (least == 0 || now - before < least))
				least = now - before;
			before = now;
		}
		if (before > started && before - started < cost) /* a clock that stood still tells nothing */
			cost = before - started;
	}
	facts->clock_step = (double)least * 1e-9;
	facts->clock_cost = cost == UINT64_MAX ? 0 : (double)cost * 1e-9 / READINGS;
}

/* NULL where it is not set or empty */
static const char *setting(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

/* The kernel in use, and once each of the others that still answer: what slows the machine for a while slows them alike. */
static enum rq_status measure_round(struct rq_facts *facts, bool first, struct rq_error *err)
{
	double rate;

	RQ_TRY(rq_blas_rate(&rate, 1, err));
	if (rate > facts->rate)
		facts->rate = rate;
	for (size_t i = facts->other_count; i-- > 0;) {
		struct rq_kernel_rate *other = &facts->others[i];
		RQ_TRY(rq_cancel_check(err));
		if (rq_blas_rate_of(&rate, other->kernel))
			other->rate = rate > other->rate ? rate : other->rate;
		else if (first) /* this OpenBLAS lacks it, or no process can be started: it is not asked again */
			memmove(other, other + 1, (--facts->other_count - i) * sizeof *other);
	}
	return rq_cancel_check(err);
}

static enum rq_status measure_kernels(struct rq_facts *facts, struct rq_error *err)
{
	enum { ROUNDS = 3 };
	const char *names[RQ_BLAS_KERNELS_MAX];
	size_t count = rq_blas_kernels(names);
	int cores = rq_machine_cores(&facts->machine);

	for (size_t i = 0; i < count; i++)
		if (strcasecmp(names[i], facts->kernel) != 0)
			facts->others[facts->other_count++] = (struct rq_kernel_rate){names[i], 0};
	facts->asked_count = facts->other_count;
	for (int round = 0; round < ROUNDS; round++)
		RQ_TRY(measure_round(facts, round == 0, err));
	facts->rate_of_all = facts->rate;
	facts->rate_threads = facts->threads < cores ? facts->threads : cores; /* more would measure how they wait for each other */
	return facts->rate_threads > 1 ? rq_blas_rate(&facts->rate_of_all, facts->rate_threads, err) : RQ_OK;
}

static const char *architecture(void)
{
#if defined(__x86_64__)
	return "x86_64";
#elif defined(__aarch64__)
	return "arm64";
#else
	return "unknown architecture";
#endif
}

enum rq_status rq_facts_collect(struct rq_facts *facts, const char *cache_path, struct rq_error *err)
{
	struct rlimit space, data;

	*facts = (struct rq_facts){
		.cpu = rq_cpu_name(),
		.architecture = architecture(),
		.blas = rq_blas_version(),
		.asked_kernel = rq_blas_asked_kernel(),
		.best_kernel = rq_blas_best_kernel(),
		.blas_threading = rq_blas_threading(),
		.kernel = rq_blas_kernel(),
		.faiss = rq_faiss_version(),
		.threads = rq_threads(),
		.omp_num_threads = setting("OMP_NUM_THREADS"),
		.openblas_num_threads = setting("OPENBLAS_NUM_THREADS"),
		.omp_wait_policy = setting("OMP_WAIT_POLICY"),
		.omp_proc_bind = setting("OMP_PROC_BIND"),
		.address_space = limit_of(&space, getrlimit(RLIMIT_AS, &space)),
		.data_size = limit_of(&data, getrlimit(RLIMIT_DATA, &data)),
		.cache_path = cache_path,
	};
	rq_machine_read(&facts->machine, ""); /* first: measuring is load */
	measure_clock(facts);
	rq_faiss_options(facts->faiss_options);
	rq_folder_examine(&facts->here, ".");
	rq_folder_examine(&facts->cache_folder, cache_path);
	RQ_TRY(rq_cache_facts_read(&facts->cache, cache_path, err));
	return measure_kernels(facts, err);
}
