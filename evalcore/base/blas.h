/* OpenBLAS: the kernel it runs, and the products that the program needs. Only base/blas.c includes cblas.h.
 *
 * OpenBLAS picks its kernel by CPU name and can pick badly: Debian's 0.3.21 falls back to "Prescott" on CPUs that it does not know, 4 to 5 times slower
 * than the kernel that the CPU's features allow. Thread rule: a product called inside rq_parallel_for runs on that one
 * thread, and gives the same digits however many there are; outside of it, with most kernels, the last bits depend on their number. */
#ifndef RQ_BASE_BLAS_H
#define RQ_BASE_BLAS_H

#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Restarts this process once with OPENBLAS_CORETYPE set when the CPU has features that the kernel in use leaves idle and the user has not set the
 * variable. Returns when there is nothing to do (or exec failed). Call first thing in main. */
void rq_blas_choose_kernel(char **argv);

/* OpenBLAS takes a buffer of address space a thread at its first product, and where it gets none it asks for ever: this takes them now, or says that they do
 * not fit. Call before the first product of a command. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_blas_reserve(struct rq_error *err);

const char *rq_blas_kernel(void);  /* "SkylakeX", "Zen" ... as OpenBLAS names it */
const char *rq_blas_version(void); /* "OpenBLAS 0.3.21 ..." */
/* The best kernel for this CPU's features by OpenBLAS's name, or NULL where this program does not choose (not x86-64). */
const char *rq_blas_best_kernel(void);
/* Whether `kernel` leaves instructions idle that `other` uses, by what is known of their names. */
bool rq_blas_kernel_is_below(const char *kernel, const char *other);
/* What the user asks for with OPENBLAS_CORETYPE; NULL: nothing, or rq_blas_choose_kernel() set it. */
const char *rq_blas_asked_kernel(void);
/* All kernels that may be the fastest for this CPU's features; returns their number. */
enum { RQ_BLAS_KERNELS_MAX = 8 };
size_t rq_blas_kernels(const char *kernels[RQ_BLAS_KERNELS_MAX]);
enum rq_blas_threading { RQ_BLAS_SEQUENTIAL, RQ_BLAS_PTHREAD, RQ_BLAS_OPENMP };
enum rq_blas_threading rq_blas_threading(void);
void rq_blas_one_thread(void); /* OpenBLAS and the pool run on one thread until rq_threads_set() */
const char *rq_cpu_name(void); /* "AMD EPYC ..." as the system tells; "unknown" otherwise */

/* C (m x n) = alpha * op(A) * op(B) + beta * C, all row-major with leading dimensions in elements. */
void rq_sgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);
/* The lower triangle of C (n x n) = A' A + beta * C, where A is k x n: half the work of the product. What stands above the diagonal is left alone. */
void rq_dsyrk(size_t n, size_t k, const double *a, size_t lda, double beta, double *c, size_t ldc);
/* Eigenvalues (ascending) and vectors (rows of `a`, row i belongs to values[i]) of a symmetric n x n matrix; on one thread, so that digits do not depend on how many there are. */
RQ_MUST_USE enum rq_status rq_symmetric_eigen(double *values, double *a, size_t n, struct rq_error *err);
/* Singular values, descending, of an m x n matrix, the smaller of m and n of them; `a` is destroyed. On one thread, as above. */
RQ_MUST_USE enum rq_status rq_singular_values(double *values, double *a, size_t m, size_t n, struct rq_error *err);

#endif
