/* A command that runs beside this process and is spoken to in lines: its stdin and stdout are pipes, what it writes to stderr is read all the time
 * and its end kept.
 *
 * It is the leader of a process group of its own: Ctrl-C on a terminal does not reach it, and whoever it starts goes with it. When this process is
 * killed, it gets end of file on its stdin, and on Linux SIGTERM as well: start it from a thread that lives as long. It inherits the environment and
 * no descriptor but those three. Where this process exits at once (a second Ctrl-C), rq_child_kill_all() comes first. From one thread at a time. */
#ifndef RQ_BASE_CHILD_H
#define RQ_BASE_CHILD_H

#include "evalcore/base/options.h"

#include <stdint.h>

struct rq_child;

enum { RQ_CHILD_PATIENCE = 2 }; /* seconds that one which is done may take to leave */

/* One line of its stdout, without its end; borrowed until the next call for the same child. */
struct rq_line {
	const char *text; /* not NUL-terminated */
	size_t length;
};

enum rq_heard { RQ_HEARD_LINE, RQ_HEARD_NOTHING, RQ_HEARD_END };

/* Starts command->items[0], found on PATH, without a shell, in `folder`. E_CONFIG where that cannot be done for what the config says, E_UNAVAILABLE
 * where the machine refuses. */
RQ_MUST_USE enum rq_status rq_child_start(struct rq_child **child, const struct rq_strings *command, const char *folder, struct rq_error *err);
/* Would it be found, and run? Starts nothing. E_CONFIG as above. */
RQ_MUST_USE enum rq_status rq_child_find(const struct rq_strings *command, const char *folder, struct rq_error *err);
/* Sends `size` bytes; keeps what the child does not take yet, so that it never waits. A child that reads no more is told by what is heard. E_NOMEM.
 */
RQ_MUST_USE enum rq_status rq_child_say(struct rq_child *child, const char *bytes, size_t size, struct rq_error *err);
/* The next line (E_DATA where it is longer than `most`), NOTHING at `until_ns` by rq_clock_ns() (but looks once even when that is past), or END once
 * its stdout is closed. What was said goes out meanwhile. */
RQ_MUST_USE enum rq_status rq_child_hear(enum rq_heard *heard, struct rq_line *line, struct rq_child *child, size_t most, uint64_t until_ns,
                                         struct rq_error *err);
/* Closes its stdin and gives it so many seconds to leave (less after Ctrl-C); then SIGTERM to its group, then SIGKILL. Nothing of it is left
 * afterwards. */
void rq_child_end(struct rq_child *child, double seconds);
/* Once it has ended: by itself, with exit status 0? */
bool rq_child_left_in_peace(const struct rq_child *child);
/* Once it has ended: "ended with exit status 3", and its last words. */
void rq_child_fate(struct rq_buf *out, const struct rq_child *child);
/* "; on stderr it said last: ...", the end of that, on one line, without secrets; or ", without a word on stderr". */
void rq_child_words(struct rq_buf *out, const struct rq_child *child);
/* Ends it where it has not ended. NULL is fine. */
void rq_child_free(struct rq_child *child);
/* SIGKILL to every group that runs now. Async-signal-safe. */
void rq_child_kill_all(void);

#endif
