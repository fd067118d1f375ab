/* Reports: one neutral model, and writers that turn it into text. A writer is one file and one row of writers.def; it computes no number that the
 * model lacks. */
#ifndef RQ_REPORTS_REPORT_H
#define RQ_REPORTS_REPORT_H

#include "evalcore/base/json.h"
#include "evalcore/model/comparison.h"
#include "evalcore/model/plan.h"
#include "evalcore/model/verdict.h"
#include "evalcore/review/explain.h"

enum { RQ_REPORT_SCHEMA_VERSION = 1 };
#define RQ_REPORT_SEAL "seal" /* the member of report.json's "run": rq_json_seal of all the rest */

/* What somebody has signed about the report: as the bundle beside it says, and checked by nobody but "rqgate verify". */
struct rq_approval {
	const char *name, *role, *decision, *time;
	const char *note; /* NULL: none */
	const char *key;  /* SHA-256 of the public one */
};

/* What a run of this suite found: earlier ones, and last this one. */
struct rq_past_run {
	int64_t us;                      /* microseconds since 1970 */
	const char *verdict;             /* "pass", "fail", "inconclusive" */
	const double (*values)[RQ_SIDES]; /* of the comparison's metrics; NaN: that run had it not */
};

struct rq_report {
	const char *suite;          /* NULL: none */
	const char *profile;        /* "pr", "release" */
	const struct rq_comparison *comparison;
	const struct rq_verdict *verdict;
	const char *ended;          /* why the run has no verdict, and nothing else: for writers `of_ends`; NULL: it has one */
	double smallest_margin;     /* that this topic set can decide */
	double seconds;             /* of the whole run */
	int threads;
	const struct rq_named_text *run; /* what differs from run to run: started, host, cpu, kernel, threads, versions ... */
	size_t run_count;
	const char *const *set;     /* what was changed in the config on the command line: "candidate.index.search=efSearch=32" */
	size_t set_count;
	const struct rq_named_text *rankings; /* "baseline.ann" -> sha256, of the files beside the report */
	size_t ranking_count;
	const char *rankings_folder; /* "report.d"; NULL: not written */
	const struct rq_explanation *examples; /* the topics that lost most, laid open; worst first */
	size_t example_count;
	const struct rq_past_run *past; /* from the store, oldest first; NULL: none is kept */
	size_t past_count;
	const struct rq_approval *approvals; /* of a report.json that was read back */
	size_t approval_count;
	const char *sha256;         /* of the report.json that was read back; NULL: of a run */
	bool unsealed;              /* that report.json had no seal, and gets none */
};

/* How the terminal table may look. */
struct rq_style {
	bool colour, unicode;
	int width; /* columns; 0: not a terminal */
};

struct rq_writer {
	const char *name; /* "json", "md": key of the config's "reports" */
	const char *help;
	const char *file; /* standard name: "report.json" */
	bool is_standard; /* written to out/, where the config does not say which reports it wants */
	bool of_failures; /* of nothing but what failed: written where something did, also of a run that ends without a verdict; else there is no such
	                     file */
	bool is_watched;   /* by what goes on from it, such as an alert that it ends: a trial leaves the config's as it is */
	bool of_ends;      /* also written of a run that ended without a verdict */
	const char *begins; /* what such a file begins with, whatever it says: for writers `of_ends` */
	const char *posts; /* where below an address it is posted, where that is given for its file; NULL: it goes to files alone */
	/* of one that posts: a JSON array of the labels of what the report neither begins nor ends, so that nobody takes it for
	 * what is no longer judged */
	enum rq_status (*doubts)(struct rq_buf *out, const struct rq_report *report, struct rq_error *err);
	enum rq_status (*write)(struct rq_buf *out, const struct rq_report *report, struct rq_error *err);
};

extern const struct rq_writer *const rq_writers[]; /* rows of writers.def, NULL-terminated */
const struct rq_writer *rq_writer_find(const char *name);

/* The JSON Schema of report.json. */
rq_json *rq_report_schema(void);

/* The verdict table and sentence for people, read in five seconds. */
RQ_MUST_USE enum rq_status rq_report_table(struct rq_buf *out, const struct rq_report *report, struct rq_style style, struct rq_error *err);

/* The same of a job of drift: figures, what those beyond their limits mean, the sentence. */
RQ_MUST_USE enum rq_status rq_drift_table(struct rq_buf *out, const struct rq_report *report, struct rq_style style, struct rq_error *err);

/* "next: rqgate explain q007 out/report.json": the command that follows from the verdict, on a line; `path` is that of the JSON report. Nothing where a
 * name is one that a shell would take apart. */
RQ_MUST_USE enum rq_status rq_report_next(struct rq_buf *out, const struct rq_report *report, const char *path, struct rq_error *err);

/* Whole lines, as they are where they fit the terminal's width; a longer one is broken at blanks and goes on below its last column. */
void rq_add_fitted(struct rq_buf *out, const char *lines, struct rq_style style);

/* What a run would do and cost: a table and a sentence, or JSON. */
RQ_MUST_USE enum rq_status rq_plan_table(struct rq_buf *out, const struct rq_plan *plan, struct rq_style style, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_plan_json(struct rq_buf *out, const struct rq_plan *plan, struct rq_error *err);
/* The table's last sentence. */
void rq_plan_sentence(struct rq_buf *out, const struct rq_plan *plan);

#endif
