/* A report read back: report.json as json.c writes it, and the rankings beside it, in the model that reports are written from. Strict: what is
 * missing, of another type or of another schema_version is E_DATA, with its JSON path. */
#ifndef RQ_REPORTS_READ_H
#define RQ_REPORTS_READ_H

#include "evalcore/base/json.h"
#include "evalcore/base/options.h"
#include "reports/report.h"

/* Everything is owned here. Zero-initialise; release in any case. */
struct rq_report_file {
	const char *path, *folder;  /* of report.json; its rankings' files are relative to the folder */
	char sha256[RQ_SHA256_HEX]; /* of report.json */
	const char *suite;          /* NULL: none */
	const char *profile;        /* "pr", "release" */
	const char *started;        /* "2026-11-21T03:36:50Z" */
	const char *program;        /* version of rqgate */
	const char *config; /* the config: where the run found it or, where that is not there, as it was called; the input "config" is its digest */
	struct rq_strings set;      /* what --set, --profile and the like changed in it: rq_config_load takes them */
	int64_t metrics_version;    /* RQ_METRICS_VERSION of that program */
	/* As the run filled it, but for what a report does not hold: values of exact search and of condensed lists, raw times, clusters, and the text of
	 * most topics (""). sides[].ranked and exact are NULL until rq_report_file_rankings. */
	struct rq_comparison comparison;
	struct rq_verdict verdict;
	struct rq_report report;    /* both, as writers take them: what they make of it is what they made in the run */
	const rq_json *root;        /* all of it */

	/* internal */
	rq_json *owned;
	struct rq_run ranked[RQ_SIDES], exact[RQ_SIDES];
};

/* E_IO, E_NOMEM; E_DATA, also where its seal does not fit: somebody has changed it. One of an older program has no seal. */
RQ_MUST_USE enum rq_status rq_report_file_read(struct rq_report_file *report, const char *path, struct rq_error *err);
/* Reads the rankings beside it, once. E_DATA where one is damaged or belongs to another run (its digest differs), or where the report has none; a
 * side's `exact` stays NULL where exact search was not measured, and where the side is exact itself (is_exact). A topic without a document has no
 * ranking. */
RQ_MUST_USE enum rq_status rq_report_file_rankings(struct rq_report_file *report, struct rq_error *err);
void rq_report_file_release(struct rq_report_file *report);

#endif
