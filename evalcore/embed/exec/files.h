/* The files that a command consists of, as far as its words tell. */
#ifndef RQ_EMBED_EXEC_FILES_H
#define RQ_EMBED_EXEC_FILES_H

#include "evalcore/base/options.h"

#include <stdint.h>

/* A hash of the folder, of the program, and of every file that an argument, or what follows its "=", names. */
uint64_t rq_command_files(const struct rq_strings *command, const char *folder);

#endif
