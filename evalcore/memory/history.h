/* What the store remembers, read back. One transaction a call, so that a job which writes meanwhile is in the answer whole or not at all. */
#ifndef RQ_MEMORY_HISTORY_H
#define RQ_MEMORY_HISTORY_H

#include "evalcore/memory/batch.h"

/* Which batches. NULL and 0: any. */
struct rq_history_filter {
	const char *command, *suite, *verdict;
	const char *figure; /* that have a metric, latency or drift figure of this name */
	const char *reference; /* that compared with the reference of this sha256, or made it */
	int64_t batch_id;
	int64_t since_us, until_us; /* found last at or after, before */
	int64_t limit; /* the latest so many */
};

struct rq_past_batch {
	int64_t id, started_us, finished_us, last_us, repeats, schema_version;
	const char *key, *version, *command, *suite, *profile, *folder, *config, *arguments, *week, *ingest_date, *verdict, *sentence;
	int exit_code;
	const struct rq_named_text *inputs;
	size_t input_count;
	const struct rq_figure *figures; /* by kind, then as they were written */
	size_t figure_count;
	int64_t failures, failures_open;
};

/* Zero-initialise, release. */
struct rq_history {
	struct rq_past_batch *batches; /* the one found last comes last */
	size_t count, capacity;
	struct rq_arena arena;
};

RQ_MUST_USE enum rq_status rq_history_read(struct rq_history *history, struct rq_store *store, const struct rq_history_filter *filter,
                                           struct rq_error *err);
void rq_history_release(struct rq_history *history);

/* A job that is called again and again. Its passes are those without --set (but for a profile), --as-of, --reference and --update, or those with the
 * very --set and --reference that it is asked for. */
struct rq_past_job {
	const char *command, *suite;
	const char *config;        /* its file's name, which is the same wherever it is checked out; without a suite its path */
	int64_t ran_us, passed_us; /* the last time; 0: never */
	int64_t ahead_us;          /* the last pass after what was asked for as now: of a clock that was wrong; 0: none */
	const char *verdict;       /* of the last time */
};

struct rq_past_jobs {
	struct rq_past_job *jobs; /* by command, suite and config */
	size_t count, capacity;
	struct rq_arena arena;
};

/* Those of a command (NULL: all but eval, which people call by hand), a suite and a config's name (NULL: any). `changes`: a JSON array of "--set=KEY=VALUE" and
 * "--reference=NAME"; only what was called with these, in any order, is the job. NULL: the job is what the config says. A pass after `now_us` is none
 * that has been. */
RQ_MUST_USE enum rq_status rq_past_jobs_read(struct rq_past_jobs *jobs, struct rq_store *store, const char *command, const char *suite,
                                             const char *config, const char *changes, int64_t now_us, struct rq_error *err);
void rq_past_jobs_release(struct rq_past_jobs *jobs);

struct rq_past_failure {
	int64_t id, batch_id, failed_us;
	int64_t resolved_batch_id, resolved_us; /* 0: it is open */
	const char *command, *suite, *config, *folder, *arguments; /* of its batch */
	struct rq_kept_failure failure;
};

/* Which failures. */
struct rq_failure_filter {
	int64_t id, batch_id; /* 0: any */
	const char *suite;    /* NULL: any */
	bool resolved;        /* those that are over, too */
	int64_t limit;        /* the latest so many; 0: all */
};

struct rq_past_failures {
	struct rq_past_failure *items; /* by id */
	size_t count, capacity;
	struct rq_arena arena;
};

RQ_MUST_USE enum rq_status rq_past_failures_read(struct rq_past_failures *failures, struct rq_store *store, const struct rq_failure_filter *filter,
                                                 struct rq_error *err);
void rq_past_failures_release(struct rq_past_failures *failures);

#endif
