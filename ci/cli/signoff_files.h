/* The files that a release is made of, as subjects of a signed statement. */
#ifndef RQ_CLI_SIGNOFF_FILES_H
#define RQ_CLI_SIGNOFF_FILES_H

#include "reports/statement.h"

/* The report, its rankings, its config, the candidate's index and model: fills `statement`'s subjects, each file with its digest and its path relative to
 * the folder of `bundle`. `config` NULL: where the report says. `left_out`: names of files that the report has no digest of,
 * which are not signed. E_DATA where a file is not what the report was made of; E_IO. */
RQ_MUST_USE enum rq_status rq_signoff_subjects(struct rq_statement *statement, struct rq_buf *left_out, const struct rq_report_file *report, const char *config, const char *bundle,
                                               struct rq_arena *arena, struct rq_error *err);

#endif
