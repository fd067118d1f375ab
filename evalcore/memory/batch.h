/* A batch: what one job found, appended to the store whole or not at all.
 *
 * It is the same batch again where the command, the suite, the ISO week, the inputs and everything that it found are the same: figures to six digits,
 * the outcome of each gate, what failed, and without a verdict why it ended. What each run measures anew (latencies, the value of a gate on one, the digest of a service's vectors) plays
 * no part. Found again, it gets no second row of anything: `repeats` and `last_us` say so. Another finding of the same week is another batch, so that
 * a second try never hides what the first one met, nor the first one what the second did. */
#ifndef RQ_MEMORY_BATCH_H
#define RQ_MEMORY_BATCH_H

#include "evalcore/memory/store.h"
#include "evalcore/model/comparison.h"
#include "evalcore/model/verdict.h"

enum rq_figure_kind { RQ_FIGURE_METRIC, RQ_FIGURE_LATENCY, RQ_FIGURE_DRIFT, RQ_FIGURE_VERDICT, RQ_FIGURE_KINDS };
extern const char *const rq_figure_kind_names[]; /* "metric", "latency", "drift", "verdict": the tables, too */

#define RQ_NO_VERDICT "none"

/* Inputs of jobs of drift: the reference that was compared with, and the one that was made. */
#define RQ_INPUT_REFERENCE "reference"
#define RQ_INPUT_MADE_REFERENCE "made_reference"

/* A number of a batch. Texts that do not apply are NULL or "", numbers NaN. */
struct rq_figure {
	enum rq_figure_kind kind;
	const char *name;  /* "nDCG@10", "latency.p99", "drift.mmd"; of a verdict its gate */
	const char *side;  /* "baseline", "candidate", "difference"; of eval "run1", "run2", "run2-run1" */
	const char *slice; /* "": all topics */
	double value, lower, upper;
	double bound;        /* of drift and verdicts: what the value was held against */
	const char *outcome; /* the same: "pass", "fail", "inconclusive"; of drift that nothing judges RQ_NO_VERDICT */
	const char *reason;  /* the same: one clause */
	size_t count;        /* of metrics topics, of latencies samples */
	size_t failed;       /* of latencies */
	const char *gate, *metric, *level; /* of a verdict: its gate's kind, "" or its metric, "warn" or "error" */
	bool absent, waived, blocks, is_measured; /* of a verdict */
};

/* What could not be done for one input, with all of it. */
struct rq_kept_failure {
	const char *side;  /* "baseline", "candidate"; "": of no side */
	const char *stage; /* "load", "embed", "search" */
	const char *what;  /* "line", "document", "topic" */
	const char *name;  /* "corpus.jsonl:17", or the id */
	const char *input, *reason;
	unsigned attempts;
	double seconds;
};

/* Zero-initialise, set the plain members, add, append, release. Strings are borrowed until then, but for those that are added. */
struct rq_batch {
	const char *command;   /* "run", "eval", "drift" */
	const char *suite;     /* NULL: none */
	const char *profile;   /* "pr", "release" */
	const char *folder;    /* working directory of the job */
	const char *config;    /* absolute path; of eval the judgments */
	const char *arguments; /* JSON array: the command line that does it again */
	const char *version;   /* of the program */
	int64_t started_us, finished_us;
	const char *verdict;   /* "pass", "fail", "inconclusive" or RQ_NO_VERDICT */
	int exit_code;
	bool complete;         /* it came to its end: what it did not report did not fail */
	const char *sentence;

	struct rq_named_text *inputs; /* name -> sha256 */
	size_t input_count, input_capacity;
	struct rq_figure *figures;
	size_t figure_count, figure_capacity;
	struct rq_kept_failure *failures;
	size_t failure_count, failure_capacity;
	struct rq_arena arena;
};

void rq_batch_release(struct rq_batch *batch);
/* Takes out what was added. */
void rq_batch_empty(struct rq_batch *batch);

/* Each copies its strings. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_batch_add_input(struct rq_batch *batch, const char *name, const char *sha256, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_batch_add_figure(struct rq_batch *batch, const struct rq_figure *figure, struct rq_error *err);
/* Hides secrets in input and reason. */
RQ_MUST_USE enum rq_status rq_batch_add_failure(struct rq_batch *batch, const struct rq_kept_failure *failure, struct rq_error *err);

/* What a metric's values are called: of each side, and of their difference. NULL: left out. */
struct rq_side_names {
	const char *sides[RQ_SIDES], *difference;
};
extern const struct rq_side_names rq_sides_of_run;

/* A metric's values over all topics or, where that is not NULL, those of `slice`; a time is a latency. */
RQ_MUST_USE enum rq_status rq_batch_add_metric(struct rq_batch *batch, const struct rq_metric_result *metric, const char *slice,
                                               const struct rq_side_names *names, struct rq_error *err);
/* Inputs, metrics and their slices. */
RQ_MUST_USE enum rq_status rq_batch_add_comparison(struct rq_batch *batch, const struct rq_comparison *comparison, struct rq_error *err);
/* The gates; `side` is whose they are where a job has several verdicts, else "". The batch's own verdict is the caller's to set. */
RQ_MUST_USE enum rq_status rq_batch_add_verdict(struct rq_batch *batch, const struct rq_verdict *verdict, const char *side, struct rq_error *err);

/* One transaction. *repeated: the batch was there. What failed in earlier batches of the same job (command, config, arguments) and did not in this
 * one, where it is complete, is over; what fails again is open again. E_LOCKED, E_IO, E_DATA, E_NOMEM, E_INTERRUPTED. */
RQ_MUST_USE enum rq_status rq_store_append(int64_t *batch_id, bool *repeated, struct rq_store *store, const struct rq_batch *batch,
                                           struct rq_error *err);
/* The same in two parts, for what is to be there together with it: written, and nobody's to see until it is kept; or dropped. Others wait that
 * long, so between the two there is nothing slow. What fails drops it. */
RQ_MUST_USE enum rq_status rq_store_hold(int64_t *batch_id, bool *repeated, struct rq_store *store, const struct rq_batch *batch,
                                         struct rq_error *err);
RQ_MUST_USE enum rq_status rq_store_keep(struct rq_store *store, struct rq_error *err);
void rq_store_drop(struct rq_store *store);

#endif
