/* What a job leaves in the store: opened before anything is computed, written once, at its end, whatever that is. */
#ifndef RQ_CLI_MEMO_H
#define RQ_CLI_MEMO_H

#include "evalcore/base/options.h"
#include "evalcore/memory/batch.h"
#include "evalcore/pipeline/pipeline.h"

struct rq_report;

/* Zero-initialise; release. Without a store every call does nothing. */
struct rq_memo {
	struct rq_store store;
	struct rq_batch batch;
	struct rq_buf words; /* of the job, as JSON: "\"gate.json\", \"--no-cache\"" */
	bool open, written, held;
	struct rq_arena arena;
};

/* `path` NULL: nothing is kept. Opens and, where it is old, migrates the store; takes the time. E_USAGE, and as rq_store_open(). */
RQ_MUST_USE enum rq_status rq_memo_open(struct rq_memo *memo, const char *command, const char *path, struct rq_error *err);
/* The same of a store that is there already, to be read and released before the job ends: it makes none. */
RQ_MUST_USE enum rq_status rq_memo_look(struct rq_memo *memo, const char *command, const char *path,
                                        struct rq_error *err);
void rq_memo_release(struct rq_memo *memo);

/* The arguments behind the command's name that do the job again, in their order: "--set=VALUE", without an option the value itself; where the value is
 * NULL nothing. */
void rq_memo_word(struct rq_memo *memo, const char *option, const char *value);
void rq_memo_words(struct rq_memo *memo, const char *option, const struct rq_strings *values);
/* Then which job it is: the file that it is about, which becomes absolute ("-": none), and its suite and profile, where a config tells them. */
RQ_MUST_USE enum rq_status rq_memo_job(struct rq_memo *memo, const char *file, const struct rq_config *config, struct rq_error *err);

/* What the pipeline has compared; what failed in it, with all of its text. */
RQ_MUST_USE enum rq_status rq_memo_comparison(struct rq_memo *memo, const struct rq_pipeline *pipeline, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_memo_failures(struct rq_memo *memo, const struct rq_pipeline *pipeline, struct rq_error *err);
/* What the gates say: also the batch's own verdict. */
RQ_MUST_USE enum rq_status rq_memo_verdict(struct rq_memo *memo, const struct rq_verdict *verdict, struct rq_error *err);

/* What earlier runs of this suite found, and last this one, for its report; from the memo's arena. Nothing of a job without a suite. */
RQ_MUST_USE enum rq_status rq_memo_past(struct rq_report *report, struct rq_memo *memo, struct rq_error *err);

/* Puts the batch, which the caller has filled, into the store. */
RQ_MUST_USE enum rq_status rq_memo_write(struct rq_memo *memo, struct rq_error *err);
/* The same in two parts, so that it stands there together with the job's reports and reference: written, which mostly fails where it fails at all, and
 * kept once they have appeared. Other jobs wait meanwhile. */
RQ_MUST_USE enum rq_status rq_memo_hold(struct rq_memo *memo, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_memo_keep(struct rq_memo *memo, struct rq_error *err);
/* Of what is held and not kept nothing remains, and the batch is empty again. */
void rq_memo_drop(struct rq_memo *memo);

/* A job that ends without a verdict: what its pipeline (NULL: it has none) had read and what failed in it, why it ended, and where that is a line of a
 * file ("corpus.jsonl:17: ..."), the line. Leaves `why` as it is; what cannot be kept is a warning.
 * A job that was interrupted, and one that the store itself has stopped, leave nothing. */
void rq_memo_end(struct rq_memo *memo, const struct rq_pipeline *pipeline, const struct rq_error *why);

/* Microseconds since 1970, UTC, now or by SOURCE_DATE_EPOCH. E_USAGE where that is no time. */
RQ_MUST_USE enum rq_status rq_when_us(int64_t *us, struct rq_error *err);

#endif
