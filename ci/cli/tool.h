/* The frame of the programs beside rqgate that set-up and CI use: its benches, its calibration, its power tables. */
#ifndef RQ_CLI_TOOL_H
#define RQ_CLI_TOOL_H

#include "evalcore/base/status.h"

typedef enum rq_status rq_tool_run(int argc, char **argv, struct rq_error *err); /* without the program's name */

/* What main returns: an exit code, after the error's sentence on stderr. */
int rq_tool_main(int argc, char **argv, const char *name, rq_tool_run *run);

#endif
