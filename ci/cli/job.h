/* What "rqgate run" and "rqgate drift" do alike around their pipeline: which cache, kept within which limit; what is told of a run; what failed. */
#ifndef RQ_CLI_JOB_H
#define RQ_CLI_JOB_H

#include "ci/cli/reports_config.h"
#include "evalcore/pipeline/cache_store.h"
#include "evalcore/pipeline/pipeline.h"

/* Everything on the command line that changes the config, as --set would say it; `profile` and `against` NULL: not given. */
RQ_MUST_USE enum rq_status rq_job_changes(struct rq_strings *set, const struct rq_strings *given, const char *profile, const char *against,
                                          struct rq_arena *arena, struct rq_error *err);

/* A cache and its limit. Zero-initialise. */
struct rq_cache_care {
	uint64_t limit; /* 0: the standard one */
	struct rq_cache_removal evicted;
	size_t dropped; /* embeddings of texts that are no more */
	struct rq_error not_limited;
};

/* E_USAGE where `none` and either of the others is asked for. */
RQ_MUST_USE enum rq_status rq_cache_care_check(const struct rq_cache_care *care, const char *named, bool none, struct rq_error *err);
/* Where stages are cached: `named`, or the standard folder beside the config; nowhere with `none`. */
RQ_MUST_USE enum rq_status rq_cache_care_begin(struct rq_cache *cache, const char *named, bool none, const struct rq_config *config,
                                               struct rq_arena *arena, struct rq_error *err);
/* At its end, also of a job that failed: what it wrote counts. A failure is told by rq_cache_care_warn(). */
void rq_cache_care_end(struct rq_cache_care *care, struct rq_pipeline *pipeline, bool complete);
void rq_cache_care_warn(const struct rq_cache_care *care, const struct rq_cache *cache);

/* What differs from run to run or machine to machine, and which command it was. */
struct rq_job_facts {
	struct rq_named_text items[24];
	size_t count;
	bool failed;
};
RQ_MUST_USE enum rq_status rq_job_facts_collect(struct rq_job_facts *facts, const char *command, const struct rq_pipeline *pipeline,
                                                const struct rq_cache_care *care, const char *started, struct rq_arena *arena, struct rq_error *err);

/* What a job would do, instead of doing it. */
RQ_MUST_USE enum rq_status rq_job_print_plan(const struct rq_plan *plan, bool json, bool quiet, struct rq_error *err);

void rq_job_warn(const char *what, const struct rq_error *why);
/* A line for who waits. */
void rq_job_note(const char *text);
/* Of a config that cannot be read, for the reason `why`: opens the reports that --report names and that say so. */
void rq_job_own_ends(struct rq_report_files *files, const struct rq_strings *named, const struct rq_error *why);
/* That a trial leaves reports alone, where it does. */
void rq_job_tell_held(const struct rq_report_files *files);
/* The first of them on stderr, and where all are. */
void rq_job_tell_failures(const struct rq_failures *failures, const struct rq_report_files *files);
/* `text` on stdout, or on stderr beside a report that goes there; then whatever waits is posted. A receiver that does not listen is a warning: the
   verdict stands. */
RQ_MUST_USE enum rq_status rq_job_say(const struct rq_report_files *files, const struct rq_buf *text, const char *config_path, struct rq_error *err);

/* A job ends without a verdict, for this reason: removes the reports of an earlier one, tells what failed, writes the reports that say so, and posts.
 * Nothing where its own reports have appeared, or it does not know them yet. */
void rq_job_end(struct rq_report_files *files, const char *command, const struct rq_pipeline *pipeline, const struct rq_cache_care *care,
                const char *started, double seconds, const struct rq_error *why, bool quiet);

/* "reports: out/report.json, ..." below the table: every file, but that of failures where nothing has failed. */
void rq_job_reports(struct rq_buf *out, const struct rq_report_files *files, bool failed, struct rq_style style);

#endif
