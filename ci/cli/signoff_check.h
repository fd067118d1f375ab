/* A report that is signed, or was, held against its config and against itself. */
#ifndef RQ_CLI_SIGNOFF_CHECK_H
#define RQ_CLI_SIGNOFF_CHECK_H

#include "evalcore/pipeline/config.h"
#include "evalcore/signoff/bundle.h"
#include "reports/read.h"

/* Each reason why the report cannot be what a run of the config found, or is one of a trial: its gates are the
 * config's, each as it is told; metrics are what their topics make, and gates what follows from both. `config`: loaded
 * with report->set. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_signoff_check(struct rq_reasons *reasons, const struct rq_report_file *report,
                                            const struct rq_config *config, struct rq_error *err);
/* A line that names the gates of which that judged nothing again, so that their outcome stands as the report tells it: a drop in
 * clusters of topics or over several builds, a kind that rests on more than topics. Nothing where there is none. */
void rq_signoff_tell_unjudged(struct rq_buf *out, const struct rq_report_file *report);

#endif
