/* How tables may look on standard output, and what is told beside them. */
#ifndef RQ_CLI_STYLE_H
#define RQ_CLI_STYLE_H

#include "reports/report.h"

/* Colours on a terminal unless NO_COLOR is set, Unicode where the locale has it, the terminal's width. */
struct rq_style rq_terminal_style(void);

/* Lines for people on standard output: rq_print, but that on a terminal none is wider than it. */
RQ_MUST_USE enum rq_status rq_print_lines(const struct rq_buf *lines, struct rq_error *err);

/* Lines on stderr, each wrapped at its width where that is a terminal. */
void rq_tell(const char *lines);

#endif
