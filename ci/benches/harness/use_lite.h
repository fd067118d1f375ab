/* For the bench "embed": how near use-lite comes to what OpenBLAS's products reach on this machine, and what cutting its texts takes. */
#ifndef RQ_BENCHES_USE_LITE_H
#define RQ_BENCHES_USE_LITE_H

#include "ci/benches/harness/bench.h"

struct rq_use_lite_bench;

/* `state` is the embedder's, opened; `model` what it was opened with. Texts and state are borrowed. Free it with rq_use_lite_bench_free. */
RQ_MUST_USE enum rq_status rq_use_lite_bench_new(struct rq_use_lite_bench **bench, const void *state, const struct rq_buf *model,
                                                 const char *const *texts, size_t n, struct rq_error *err);
void rq_use_lite_bench_free(struct rq_use_lite_bench *bench);

/* A row each for one thread and for all: GFLOP/s while embedding, beside OpenBLAS's of as many operations in large products. */
RQ_MUST_USE enum rq_status rq_use_lite_bench_limits(struct rq_use_lite_bench *bench, struct rq_bench_context *context, const char *texts,
                                                    struct rq_error *err);
/* Cuts all texts into pieces, on one thread. */
enum rq_status rq_use_lite_bench_cut(void *bench, struct rq_error *err);

#endif
