/* Files that a command writes, held against those that it reads. */
#ifndef RQ_CLI_OUTPUTS_H
#define RQ_CLI_OUTPUTS_H

#include "evalcore/pipeline/config.h"

/* Two names of one file, which need not be there yet: "./same.out", or through a link to its folder. */
bool rq_same_target(const char *a, const char *b);
/* Is it the file of a store (NULL: there is none), or what stands beside one that is open? It need not be there yet. */
bool rq_is_store(const char *store, const char *path);
/* E_USAGE, naming the flag, where `path` would take the place of what the command reads: one of `inputs`, which are files, FILE:NAME of an array or
 * folders (nothing is written into these), each NULL where it is not given; or what `config` reads (NULL: there is none). */
RQ_MUST_USE enum rq_status rq_output_check(const char *flag, const char *path, const char *const *inputs, size_t count, const struct rq_config *config,
                                           struct rq_error *err);

#endif
