/* The time that goes into files which are kept. */
#ifndef RQ_CLI_WHEN_H
#define RQ_CLI_WHEN_H

#include "evalcore/base/status.h"

/* Now or, where builds are to be repeated, the time that SOURCE_DATE_EPOCH says (reproducible-builds.org/specs/source-date-epoch): "2026-11-21T03:36:50Z".
 * E_USAGE where that is no time. */
RQ_MUST_USE enum rq_status rq_when(char text[32], struct rq_error *err);

#endif
