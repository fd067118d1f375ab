/* How tables may look on standard output, and what is told beside them. */
#ifndef RQ_CLI_STYLE_H
#define RQ_CLI_STYLE_H

#include "reports/report.h"

/* Colours on a terminal unless NO_COLOR is set, Unicode where the locale has it, the terminal's width. */
struct rq_style rq_terminal_style(void);

/* Lines on stderr, each wrapped at its width where that is a terminal. */
void rq_tell(const char *lines);

#endif
