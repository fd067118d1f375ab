/* What `rqgate eval` found, and the formats that it is printed in. A format is one file and one row of eval_formats.def; it computes no number that
 * the evaluation lacks. */
#ifndef RQ_REPORTS_EVAL_H
#define RQ_REPORTS_EVAL_H

#include "evalcore/scoring/evaluation.h"
#include "reports/report.h"

enum { RQ_EVAL_SCHEMA_VERSION = 1, RQ_DIGITS_OF_FORMAT = -1 };

struct rq_eval_report {
	const struct rq_evaluation *evaluation;
	const char *qrels;                   /* path, as it may be shown */
	const char *const *paths;            /* [run] the same */
	const char *const *labels;           /* [run] short names, distinct: rq_eval_labels() */
	const struct rq_verdict *const *verdicts; /* [run] NULL: nothing was asserted of it; NULL: of none */
	const char *profile;                 /* "pr", "release"; what an inconclusive assertion does */
	const char *version;                 /* of the program */
	int digits;                          /* decimals, or RQ_DIGITS_OF_FORMAT */
	bool per_topic;
	bool no_summary;                     /* of values per topic only */
	bool quiet;                          /* no diagnostics; of assertions the sentence only */
};

struct rq_eval_format {
	const char *name;
	const char *help;      /* what it is, a few words */
	bool shows_digests;    /* needs the runs' sha256 */
	bool as_trec;          /* topics, order and scores are trec_eval's */
	bool all_digits;       /* whatever is asked for */
	bool shows_evidence;   /* of the comparisons: resamples and power */
	bool values_only;      /* diagnostics and verdicts have no place in it */
	enum rq_status (*write)(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style, struct rq_error *err);
};

extern const struct rq_eval_format *const rq_eval_formats[]; /* rows of eval_formats.def, NULL-terminated */

/* Short names of runs: the files' names without folder and ending where those are distinct and short, else "run 1", "run 2". In the arena; NULL: no
 * memory. */
const char *const *rq_eval_labels(const char *const *paths, size_t count, struct rq_arena *arena);

/* Diagnostics and verdicts as lines, for beside a format that has no place for them. */
void rq_eval_add_diagnostics(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style);
void rq_eval_add_verdicts(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style);

/* JSON Schema of the format json. */
rq_json *rq_eval_schema(void);

#endif
