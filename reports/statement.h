/* What a report says, as the part of a signed statement that is the same whoever signs it. */
#ifndef RQ_REPORTS_STATEMENT_H
#define RQ_REPORTS_STATEMENT_H

#include "evalcore/signoff/statement.h"
#include "reports/read.h"

/* Fills configuration, result and tests; strings are the report's or the arena's. A gate that did not pass without blocking is a warned test. */
RQ_MUST_USE enum rq_status rq_report_statement(struct rq_statement *statement, const struct rq_report_file *report, struct rq_arena *arena, struct rq_error *err);

/* What the report knows of the two that roll out without looking at a file: `index`, by its digest or, of none, that of its vectors, its run or its
 * name; `model`, by its name and fingerprint. */
RQ_MUST_USE enum rq_status rq_report_subjects(struct rq_subject *index, struct rq_subject *model, const struct rq_report_file *report, struct rq_arena *arena,
                                              struct rq_error *err);

#endif
