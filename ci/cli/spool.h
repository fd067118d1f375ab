/* What waits to be posted: a file a request, which stays until its receiver has taken it. Nothing is lost where nobody listens or the program is
 * killed; a request may then come twice. */
#ifndef RQ_CLI_SPOOL_H
#define RQ_CLI_SPOOL_H

#include "evalcore/base/memory.h"
#include "reports/report.h"

/* Is the destination of a report an address? */
bool rq_spool_is_address(const char *destination);
/* The whole address, in the arena. E_CONFIG where it is none, has a secret in it, or the writer is not one that posts; E_UNAVAILABLE
 * without libcurl. */
RQ_MUST_USE enum rq_status rq_spool_address(const char **address, const struct rq_writer *writer, const char *destination, struct rq_arena *arena,
                                            struct rq_error *err);
/* The spool beside a config, and the name of the next file in it, later than those that are there. NULL: memory. */
const char *rq_spool_folder(const char *config_folder, struct rq_arena *arena);
const char *rq_spool_file(const char *folder, struct rq_arena *arena);
/* What a file holds: the address, and the body as it is to be posted, which is JSON. */
void rq_spool_wrap(struct rq_buf *out, const char *address, const struct rq_buf *body);

struct rq_spool_result {
	size_t sent, waiting, refused; /* refused: for good, and kept under another name */
	struct rq_error why;           /* the first that waits or was refused */
};

/* Posts what waits, the oldest first: a receiver must not hear of a pass before the failure that it ends. Where an address does not answer, what is
 * for it waits on. E_IO, E_NOMEM, cancellation. */
RQ_MUST_USE enum rq_status rq_spool_send(struct rq_spool_result *result, const char *folder, struct rq_error *err);

#endif
