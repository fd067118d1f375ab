/* Commands: one file and one row of commands.def each. A command joins rooms and prints; it holds no logic of its own. */
#ifndef RQ_CLI_COMMAND_H
#define RQ_CLI_COMMAND_H

#include "ci/cli/flags.h"

struct rq_command {
	const char *name;       /* "run"; of an action with its command's: "cache info" */
	const char *summary;    /* one line in the list of commands */
	const char *arguments;  /* "CONFIG", "[DATASET [FOLDER]]" */
	size_t least, most;     /* positional arguments */
	const struct rq_flag *flags;
	size_t options_size;    /* of the struct that the flags fill */
	const char *help;       /* what it does, in a few lines, with an example */
	/* Returns RQ_OK with *exit_code set (0, 1 or 2), or a failure that main prints. */
	enum rq_status (*run)(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err);
	/* A command of several actions has these instead of everything from `arguments` to `run` but `help`, or beside it, where it does something without an
	 * action too; NULL-terminated. */
	const struct rq_command *const *actions;
};

extern const struct rq_command *const rq_commands[]; /* rows of commands.def, NULL-terminated */

/* argv without the program's name. Prints failures on stderr. Returns the exit code of the process. */
int rq_command_line(int argc, char **argv);

/* Writes to stdout and checks that it arrived. */
RQ_MUST_USE enum rq_status rq_print(const struct rq_buf *text, struct rq_error *err);

#endif
