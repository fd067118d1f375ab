/* The commands and their flags, as scripts of shells and manual pages know them: made of the same tables that parse the command line. */
#ifndef RQ_CLI_COMPLETION_H
#define RQ_CLI_COMPLETION_H

#include "ci/cli/command.h"

/* Every command and action that does something, in the order of the tables. Start with NULL; NULL ends. */
const struct rq_command *rq_next_command(const struct rq_command *after);

/* What may stand where a flag's value or a command's arguments do. */
enum rq_completed { RQ_COMPLETES_NOTHING, RQ_COMPLETES_FILES, RQ_COMPLETES_FOLDERS, RQ_COMPLETES_WORDS };
enum rq_completed rq_completed_value(const struct rq_flag *flag);        /* never words */
/* The words that a flag's value is one of, with blanks between; with "=" behind each where a file's name follows. False: it is anything. */
bool rq_completed_words(struct rq_buf *out, const struct rq_command *command, const struct rq_flag *flag);
enum rq_completed rq_completed_arguments(const struct rq_command *command); /* words: as in "config|doctor|eval" */

/* The scripts, and the page of a command; NULL: the program's own. */
void rq_completion_bash(struct rq_buf *out);
void rq_completion_zsh(struct rq_buf *out);
void rq_manual_page(struct rq_buf *out, const struct rq_command *command);

#endif
