/* The verdict table as cells, and which topics lost: what the writers for people share. Private to this room. */
#ifndef RQ_REPORTS_ROWS_H
#define RQ_REPORTS_ROWS_H

#include "reports/report.h"

/* Text of the user's on a terminal: what could steer it, and what it cannot show, is written as '?'. Its width in columns. */
void rq_add_text(struct rq_buf *out, const char *text, size_t length, bool unicode);
size_t rq_text_width(const char *text, size_t length, bool unicode);

enum rq_column { RQ_COLUMN_METRIC, RQ_COLUMN_BASELINE, RQ_COLUMN_CANDIDATE, RQ_COLUMN_DIFFERENCE, RQ_COLUMN_GATE, RQ_COLUMN_VERDICT, RQ_COLUMNS };

extern const char *const rq_column_names[RQ_COLUMNS];

struct rq_row {
	const char *cells[RQ_COLUMNS];     /* "" where there is nothing to say, "-" where a value is missing */
	const struct rq_gate_result *gate; /* NULL: none */
};

struct rq_rows {
	struct rq_row *rows; /* a row a metric, a row more for each further gate on it, then the gates on slices and on metrics that were not measured */
	size_t count;
	struct rq_arena arena;
};

RQ_MUST_USE enum rq_status rq_rows_make(struct rq_rows *rows, const struct rq_report *report, struct rq_error *err);
void rq_rows_release(struct rq_rows *rows);

/* "pass", "FAIL", "NO DATA", "inconclusive", "warn" (it failed, and only warns) */
const char *rq_gate_word(const struct rq_gate_result *gate);
/* It passed on a point estimate whose confidence bound lies beyond the limit. */
bool rq_gate_is_narrow(const struct rq_gate_result *gate);

/* "plain BM25 gets RR@10 0.8270, nDCG@10 0.5273"; nothing where it was not measured or there is no ranking metric. */
void rq_show_bm25(struct rq_buf *out, const struct rq_comparison *comparison);

struct rq_loss {
	size_t topic; /* index into the comparison */
	double loss;  /* > 0 */
};

/* Topics that lost, by what they lost in the judged metrics from `first` on up to `end`, summed over those that fell; worst first, equal losses by
 * id. *losses is malloc'ed. */
RQ_MUST_USE enum rq_status rq_losses(struct rq_loss **losses, size_t *count, const struct rq_comparison *comparison, size_t first, size_t end,
                                     struct rq_error *err);

#endif
