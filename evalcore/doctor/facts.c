/* Collects the facts. */
#include "evalcore/doctor/doctor.h"

#include "evalcore/base/blas_speed.h"
#include "evalcore/base/system.h"
#include "evalcore/doctor/cache_facts.h"
#include "evalcore/index/faiss_shim.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/resource.h>
#include <time.h>

/* 0: none */
static uint64_t limit_of(const struct rlimit *limit, int failed)
{
	return failed != 0 || limit->rlim_cur == RLIM_INFINITY ? 0 : (uint64_t)limit->rlim_cur;
}

static double clock_step(void)
{
	struct timespec step;

	return clock_getres(CLOCK_MONOTONIC, &step) != 0 ? 0 : (double)step.tv_sec + (double)step.tv_nsec * 1e-9;
}

/* NULL where it is not set or empty */
static const char *setting(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

static enum rq_status measure_kernels(struct rq_facts *facts, struct rq_error *err)
{
	const char *names[RQ_BLAS_KERNELS_MAX];
	size_t count = rq_blas_kernels(names);
	int cores = rq_machine_cores(&facts->machine);

	RQ_TRY(rq_blas_rate(&facts->rate, 1, err));
	facts->rate_of_all = facts->rate;
	facts->rate_threads = facts->threads < cores ? facts->threads : cores; /* more would measure how they wait for each other */
	if (facts->rate_threads > 1)
		RQ_TRY(rq_blas_rate(&facts->rate_of_all, facts->rate_threads, err));
	for (size_t i = 0; i < count; i++) {
		struct rq_kernel_rate *other = &facts->others[facts->other_count];
		RQ_TRY(rq_cancel_check(err));
		other->kernel = names[i];
		if (strcasecmp(names[i], facts->kernel) != 0 && rq_blas_rate_of(&other->rate, names[i]))
			facts->other_count++;
	}
	return rq_cancel_check(err);
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
		.clock_step = clock_step(),
	};
	rq_machine_read(&facts->machine, ""); /* first: measuring is load */
	rq_faiss_options(facts->faiss_options);
	rq_folder_examine(&facts->here, ".");
	rq_folder_examine(&facts->cache_folder, cache_path);
	RQ_TRY(rq_cache_facts_read(&facts->cache, cache_path, err));
	return measure_kernels(facts, err);
}
