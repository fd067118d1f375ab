/* Sending what waits, and telling what could not be sent. */
#ifndef RQ_CLI_ALERTS_H
#define RQ_CLI_ALERTS_H

#include "ci/cli/spool.h"

/* rq_spool_send with a warning on stderr for each reason why something waits on or was refused; `config` is how a person sends it later. */
RQ_MUST_USE enum rq_status rq_alerts_send(struct rq_spool_result *result, const char *folder, const struct rq_strings *addresses, const char *config,
                                          struct rq_error *err);

#endif
