/* How fast OpenBLAS multiplies here, with the kernel in use and with others. OpenBLAS reads its kernel when it is loaded, so another one is
 * measured by this program's own executable, started once more. */
#ifndef RQ_BASE_BLAS_SPEED_H
#define RQ_BASE_BLAS_SPEED_H

#include "evalcore/base/status.h"

#include <stdbool.h>

/* Median of short bursts with the kernel in use, in GFLOP/s. On one thread seconds are of CPU time, so that other programs' work does not count; on
 * more they are of the clock, and each thread has products of its own, as the program multiplies. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_blas_rate(double *rate, int threads, struct rq_error *err);
/* The same of another kernel on one thread. False: this OpenBLAS lacks it, or the executable could not be started or did not answer in time. */
bool rq_blas_rate_of(double *rate, const char *kernel);
/* The other end, for main: answers on stdout and returns true where rq_blas_rate_of() started this process. */
bool rq_blas_answer(int argc, char **argv);

#endif
