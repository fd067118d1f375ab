/* Benches: one file and one row of benches.def each. A bench measures something beside a reference in the same run and adds a row for it; it judges
 * and prints nothing. Every claim of speed in this repository is a ratio that a bench prints. */
#ifndef RQ_BENCHES_BENCH_H
#define RQ_BENCHES_BENCH_H

#include "evalcore/base/memory.h"
#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { RQ_SAMPLES_MAX = 64 };

/* What repetitions of one measurement gave, in seconds unless a bench says otherwise. */
struct rq_samples {
	double values[RQ_SAMPLES_MAX];
	size_t count;
};

struct rq_figure {
	double median, low, high; /* all NaN: there is none */
};
extern const struct rq_figure rq_no_figure;

void rq_samples_add(struct rq_samples *samples, double value);
struct rq_figure rq_figure_of(const struct rq_samples *samples);
struct rq_figure rq_figure_exact(double value);
/* `amount` for each second that a sample took: a rate. */
struct rq_figure rq_figure_rate(const struct rq_samples *samples, double amount);

enum rq_goal { RQ_NO_GOAL, RQ_GOAL_RATIO, RQ_GOAL_VALUE };

struct rq_bench_row {
	const char *bench, *name; /* "exact", "200000 x 384, 2000 queries, k 100, 1 thread" */
	const char *unit;         /* "queries/s" */
	bool more_is_better;
	struct rq_figure value, reference; /* in the same unit */
	const char *reference_name;        /* what was measured beside it; NULL: nothing */
	enum rq_goal goal;
	double target; /* the ratio that is asked for, or the value; NaN: none */
};

/* How many times better than the reference; NaN without one. */
double rq_bench_ratio(const struct rq_bench_row *row);
bool rq_bench_met(const struct rq_bench_row *row); /* the target, if it has one */

struct rq_bench_rows {
	struct rq_bench_row *rows;
	size_t count, capacity;
	struct rq_arena arena; /* names of the rows */
};
void rq_bench_rows_release(struct rq_bench_rows *rows);
/* Adds a row; its name is made of the format. */
RQ_MUST_USE enum rq_status rq_bench_add(struct rq_bench_rows *rows, const struct rq_bench_row *row, struct rq_error *err, const char *format, ...)
	RQ_PRINTF(4, 5);
void rq_bench_table(struct rq_buf *out, const struct rq_bench_rows *rows);
RQ_MUST_USE enum rq_status rq_bench_json(struct rq_buf *out, const struct rq_bench_rows *rows, struct rq_error *err);

/* What a bench may use. */
struct rq_bench_context {
	bool small;           /* seconds instead of minutes: for trying out, and for tests */
	size_t repetitions;   /* 0: as many as the bench thinks right, never fewer than 3 */
	const char *rqgate;   /* the program */
	const char *against;  /* an older build of it to run beside, or NULL */
	const char *shared;   /* folder of the real collections; it need not be there */
	const char *folder;   /* of this bench's own, empty, removed afterwards */
	struct rq_bench_rows *rows;
};

static inline size_t rq_bench_repetitions(const struct rq_bench_context *context, size_t standard)
{
	return context->repetitions > 0 ? context->repetitions : standard;
}

struct rq_bench {
	const char *name, *summary; /* one sentence */
	enum rq_status (*run)(struct rq_bench_context *context, struct rq_error *err);
};
extern const struct rq_bench *const rq_benches[]; /* rows of benches.def, NULL-terminated */

typedef enum rq_status (*rq_bench_body)(void *context, struct rq_error *err);
/* Times both in turns, A B B A A B ..., after one untimed call of each, so that a slow minute of the machine hits both. */
RQ_MUST_USE enum rq_status rq_bench_both(struct rq_samples *ours, struct rq_samples *reference, size_t repetitions, rq_bench_body run_ours,
                                         rq_bench_body run_reference, void *context, struct rq_error *err);

#endif
