/* The frame of the programs beside rqgate that set-up and CI use: its benches, its calibration, its power tables. */
#ifndef RQ_CLI_TOOL_H
#define RQ_CLI_TOOL_H

#include "ci/cli/command.h"

#include <stdint.h>

typedef enum rq_status rq_tool_run(int argc, char **argv, struct rq_error *err); /* without the program's name */

/* What main returns: an exit code, after the error's sentence on stderr. */
int rq_tool_main(int argc, char **argv, const char *name, rq_tool_run *run);

/* ---- those that draw trials and print a table, or JSON ---- */

/* What each of them may be asked; a member `asked` of its options. */
struct rq_trials_asked {
	bool json, help;
	struct rq_flag_number trials, seed;
};
#define RQ_TRIALS_FLAGS(type, of_json, of_trials, of_seed) \
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(type, asked.json), of_json}, \
	{"--trials", "N", RQ_FLAG_POSITIVE, offsetof(type, asked.trials), of_trials}, \
	{"--seed", "N", RQ_FLAG_NUMBER, offsetof(type, asked.seed), of_seed}, \
	{"--help", NULL, RQ_FLAG_BOOL, offsetof(type, asked.help), "print this"}

struct rq_trials_tool {
	const char *command;                 /* "ci/calibrate" */
	void (*explain)(struct rq_buf *out); /* what stands in the help between its usage and its options */
	const struct rq_flag *flags;
	enum rq_status (*measure)(struct rq_buf *out, const void *options, struct rq_error *err);
};
/* Reads the options, of which `asked` is a part, and prints what is measured, or the help. */
RQ_MUST_USE enum rq_status rq_trials_run(void *options, const struct rq_trials_asked *asked, const struct rq_trials_tool *tool, int argc, char **argv,
                                         struct rq_error *err);
size_t rq_trials_count(const struct rq_trials_asked *asked, size_t standard);
uint64_t rq_trials_seed(const struct rq_trials_asked *asked); /* 1 where none is asked for */
const char *rq_tool_shared(void);                             /* the folder of collections: RQ_SHARED, or ../shared */

#endif
