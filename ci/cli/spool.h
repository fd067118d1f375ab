/* What waits to be posted: a file a request, which stays until its receiver has taken it. Nothing is lost where nobody listens or the program is
 * killed; a request may then come twice. */
#ifndef RQ_CLI_SPOOL_H
#define RQ_CLI_SPOOL_H

#include "evalcore/base/file.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/options.h"
#include "reports/report.h"

/* Is the destination of a report an address? */
bool rq_spool_is_address(const char *destination);
/* The whole address, in the arena. E_CONFIG where it is none, has a secret in it, or the writer is not one that posts; E_UNAVAILABLE
 * without libcurl. */
RQ_MUST_USE enum rq_status rq_spool_address(const char **address, const struct rq_writer *writer, const char *destination, struct rq_arena *arena,
                                            struct rq_error *err);
/* The spool beside a config, and a name in it to open an output by. NULL: memory. */
const char *rq_spool_folder(const char *config_folder, struct rq_arena *arena);
/* Makes it, for nobody but those whom the umask lets write there, and never for all. */
RQ_MUST_USE enum rq_status rq_spool_make(const char *folder, struct rq_error *err);
const char *rq_spool_file(const char *folder, struct rq_arena *arena);
/* Lets that output appear as the last of those that wait, under a name that `path` has then: runs are told of in the order in which they end. E_IO. */
RQ_MUST_USE enum rq_status rq_spool_place(const char **path, struct rq_output *output, const char *folder, struct rq_arena *arena, struct rq_error *err);
/* What a file holds: the address, and the body as it is to be posted, which is JSON; and by what the alerts of a job are
 * found that it no longer judges (firing.h): which job it is, and its writer's `doubts`, NULL: of one that judged nothing. */
void rq_spool_wrap(struct rq_buf *out, const char *address, const struct rq_buf *body, const char *job,
                   const struct rq_buf *doubts);

/* Requests that were not taken, all for one reason. */
struct rq_spool_trouble {
	const char *why;
	const char *address; /* that does not answer; NULL: it is of these requests alone */
	size_t count;
	bool refused; /* for good, and kept under another name; else they wait */
};

struct rq_spool_result {
	size_t sent, waiting, refused;
	const char *forgotten; /* why it is not known what fires at a receiver: the first time; NULL: it is */
	struct rq_spool_trouble *troubles; /* in the order in which they were met */
	size_t count, capacity;
	struct rq_arena arena;
};
void rq_spool_result_release(struct rq_spool_result *result);

/* Posts what waits for one of `addresses`, the oldest first and one run at a time: a receiver must not hear of a pass before the failure that it ends.
 * What is for any other address waits on, whatever a file says: with it would go the token. Where an address does not answer, what is for it waits, too;
 * one file that cannot be read keeps no other waiting. Zero-initialise result. E_IO, also where anybody may write into the folder; E_NOMEM, cancellation;
 * E_LOCKED where another run is sending for long. */
RQ_MUST_USE enum rq_status rq_spool_send(struct rq_spool_result *result, const char *folder, const struct rq_strings *addresses,
                                         struct rq_error *err);

#endif
