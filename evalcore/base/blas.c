#include "evalcore/base/blas.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"

#include <cblas.h>
#undef I /* complex.h, which cblas.h brings in */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Bytes of the buffer that OpenBLAS takes a thread, and the side of a product that needs it. */
enum { BUFFER = (128 << 20) + 65536, SIDE = 256 };

/* OpenBLAS supplies LAPACK under its Fortran names. */
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work, const int *lwork, int *iwork, const int *liwork, int *info);
void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s, double *u, const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork,
             int *iwork, int *info);

enum { RANK_SSE, RANK_AVX, RANK_AVX2, RANK_AVX512 };

static const struct {
	const char *name;
	int rank;
	bool general; /* runs wherever its rank does, and may be the fastest there */
} kernels[] = {{"Sandybridge", RANK_AVX, true},   {"Bulldozer", RANK_AVX, false}, {"Piledriver", RANK_AVX, false},   {"Steamroller", RANK_AVX, false},    {"Excavator", RANK_AVX2, false},
               {"Haswell", RANK_AVX2, true},      {"Zen", RANK_AVX2, true},       {"SkylakeX", RANK_AVX512, true},   {"Cooperlake", RANK_AVX512, false},  {"SapphireRapids", RANK_AVX512, false}};

/* What a kernel makes use of; kernels that are not listed are taken to be SSE. */
static int kernel_rank(const char *kernel)
{
	for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
		if (strcasecmp(kernel, kernels[i].name) == 0)
			return kernels[i].rank;
	return RANK_SSE;
}

bool rq_blas_kernel_is_below(const char *kernel, const char *other)
{
	return kernel_rank(kernel) < kernel_rank(other);
}

const char *rq_blas_best_kernel(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init(); /* __builtin_cpu_supports asks the operating system's support too */
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
	    __builtin_cpu_supports("avx512cd"))
		return "SkylakeX";
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return "Haswell";
	if (__builtin_cpu_supports("avx"))
		return "Sandybridge";
#endif
	return NULL;
}

void rq_blas_choose_kernel(char **argv)
{
	const char *best = rq_blas_best_kernel();

	if (best == NULL || getenv("OPENBLAS_CORETYPE") != NULL || getenv("RQGATE_KERNEL_CHOSEN") != NULL || !rq_blas_kernel_is_below(openblas_get_corename(), best))
		return;
	if (setenv("OPENBLAS_CORETYPE", best, 1) != 0 || setenv("RQGATE_KERNEL_CHOSEN", best, 1) != 0) /* the second ends a loop where the first is not obeyed */
		return;
	execv("/proc/self/exe", argv);
}

const char *rq_blas_asked_kernel(void)
{
	const char *asked = getenv("OPENBLAS_CORETYPE"), *chosen = getenv("RQGATE_KERNEL_CHOSEN");

	return asked == NULL || asked[0] == '\0' || (chosen != NULL && strcmp(asked, chosen) == 0) ? NULL : asked;
}

size_t rq_blas_kernels(const char *names[RQ_BLAS_KERNELS_MAX])
{
	const char *best = rq_blas_best_kernel();
	int most = best == NULL ? RANK_SSE : kernel_rank(best), least = most < RANK_AVX2 ? most : RANK_AVX2;
	size_t count = 0;

	/* AVX2 beside AVX-512, whose wide registers may cost a CPU more clock than they bring */
	for (size_t i = 0; best != NULL && i < sizeof kernels / sizeof *kernels && count < RQ_BLAS_KERNELS_MAX; i++)
		if (kernels[i].general && kernels[i].rank >= least && kernels[i].rank <= most)
			names[count++] = kernels[i].name;
	return count;
}

enum rq_blas_threading rq_blas_threading(void)
{
	switch (openblas_get_parallel()) {
	case OPENBLAS_THREAD:
		return RQ_BLAS_PTHREAD;
	case OPENBLAS_OPENMP:
		return RQ_BLAS_OPENMP;
	default:
		return RQ_BLAS_SEQUENTIAL;
	}
}

void rq_blas_one_thread(void)
{
	openblas_set_num_threads(1);
	rq_threads_set(1); /* which the OpenMP flavour has set, the others have not */
}

/* Products side by side, so that each thread takes a buffer: each waits for the others to begin, but not for threads that the system did not grant. */
struct reservation {
	atomic_int begun;
	int threads;
	float *square;
};

static void take_buffer(void *context, size_t i)
{
	struct reservation *reservation = context;
	float *product = reservation->square + (i + 1) * SIDE * SIDE;
	uint64_t patience = rq_clock_ns() + 50000000;

	atomic_fetch_add(&reservation->begun, 1);
	while (atomic_load(&reservation->begun) < reservation->threads && rq_clock_ns() < patience)
		;
	rq_sgemm(false, false, SIDE, SIDE, SIDE, 1, reservation->square, SIDE, reservation->square, SIDE, 0, product, SIDE);
}

enum rq_status rq_blas_reserve(struct rq_error *err)
{
	struct reservation reservation = {.threads = rq_threads()};
	size_t threads = (size_t)reservation.threads, need = threads * BUFFER;
	void *probe = mmap(NULL, need, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (probe == MAP_FAILED)
		return rq_fail(err, RQ_E_NOMEM, "out of memory: OpenBLAS takes %zu MB of address space for %d threads; raise the limit (ulimit -v) or use fewer --threads",
		               need / 1000000, reservation.threads);
	munmap(probe, need);
	RQ_CLEANUP(rq_free_pointer) float *square = rq_alloc_aligned((threads + 1) * SIDE * SIDE, sizeof *square);
	if (square == NULL)
		return rq_fail_memory(err);
	memset(square, 0, (size_t)SIDE * SIDE * sizeof *square);
	reservation.square = square;
	rq_parallel_for(threads, take_buffer, &reservation);
	return RQ_OK;
}

const char *rq_blas_kernel(void)
{
	return openblas_get_corename();
}

static char version[128];

static void read_version(void)
{
	/* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...": name and number are what a reader needs */
	const char *config = openblas_get_config();
	size_t length = strcspn(config, " ");
	if (config[length] == ' ')
		length += 1 + strcspn(config + length + 1, " ");
	snprintf(version, sizeof version, "%.*s", (int)length, config);
}

const char *rq_blas_version(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, read_version);
	return version;
}

static char cpu_name[128] = "unknown";

static void read_cpu_name(void)
{
	char line[256];
	FILE *info = fopen("/proc/cpuinfo", "re");

	if (info == NULL)
		return;
	while (fgets(line, sizeof line, info) != NULL) {
		const char *colon = strchr(line, ':');
		if (strncmp(line, "model name", 10) != 0 || colon == NULL)
			continue;
		snprintf(cpu_name, sizeof cpu_name, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
		break;
	}
	fclose(info);
}

const char *rq_cpu_name(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, read_cpu_name);
	return cpu_name;
}

void rq_sgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
	cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, alpha, a, (blasint)lda, b,
	            (blasint)ldb, beta, c, (blasint)ldc);
}

void rq_dsyrk(size_t n, size_t k, const double *a, size_t lda, double beta, double *c, size_t ldc)
{
	cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, (blasint)n, (blasint)k, 1, a, (blasint)lda, beta, c, (blasint)ldc);
}

static enum rq_status eigen(double *values, double *a, int n, struct rq_error *err)
{
	int info = 0, size = -1, integers;
	double best;

	dsyevd_("V", "L", &n, a, &n, values, &best, &size, &integers, &size, &info); /* asks how much work space it wants */
	size = (int)best;
	RQ_CLEANUP(rq_free_pointer) double *work = malloc((size_t)size * sizeof *work);
	RQ_CLEANUP(rq_free_pointer) int *integer_work = malloc((size_t)integers * sizeof *integer_work);
	if (work == NULL || integer_work == NULL)
		return rq_fail_memory(err);
	dsyevd_("V", "L", &n, a, &n, values, work, &size, integer_work, &integers, &info);
	if (info != 0)
		return rq_fail(err, RQ_E_INTERNAL, "the eigenvalues of a %d x %d matrix did not converge (LAPACK dsyevd: %d)", n, n, info);
	return RQ_OK;
}

enum rq_status rq_symmetric_eigen(double *values, double *a, size_t n, struct rq_error *err)
{
	int threads = rq_threads();

	rq_blas_one_thread();
	enum rq_status status = eigen(values, a, (int)n, err);
	rq_threads_set(threads);
	return status;
}

/* Row-major is the transpose, which has the same singular values. */
static enum rq_status singular(double *values, double *a, int m, int n, struct rq_error *err)
{
	int info = 0, size = -1, one = 1, least = m < n ? m : n;
	double best;
	RQ_CLEANUP(rq_free_pointer) int *integers = malloc(8 * (size_t)least * sizeof *integers);

	if (integers == NULL)
		return rq_fail_memory(err);
	dgesdd_("N", &n, &m, a, &n, values, NULL, &one, NULL, &one, &best, &size, integers, &info); /* asks how much work space it wants */
	size = (int)best;
	RQ_CLEANUP(rq_free_pointer) double *work = malloc((size_t)size * sizeof *work);
	if (work == NULL)
		return rq_fail_memory(err);
	dgesdd_("N", &n, &m, a, &n, values, NULL, &one, NULL, &one, work, &size, integers, &info);
	if (info != 0)
		return rq_fail(err, RQ_E_INTERNAL, "the singular values of a %d x %d matrix did not converge (LAPACK dgesdd: %d)", m, n, info);
	return RQ_OK;
}

enum rq_status rq_singular_values(double *values, double *a, size_t m, size_t n, struct rq_error *err)
{
	int threads = rq_threads();

	rq_blas_one_thread();
	enum rq_status status = singular(values, a, (int)m, (int)n, err);
	rq_threads_set(threads);
	return status;
}
