/* What happens to a config's JSON before it is read: overrides of the command line, and what the candidate inherits from the baseline. */
#ifndef RQ_PIPELINE_INHERIT_H
#define RQ_PIPELINE_INHERIT_H

#include "evalcore/base/json.h"
#include "evalcore/base/options.h"

/* "a.b.c=value" changes root. E_USAGE. */
RQ_MUST_USE enum rq_status rq_config_override(rq_json *root, const char *assignment, struct rq_error *err);

/* Gives the candidate every key of the baseline that it does not name; within "index" too. An index that names its kind, factory or file is another
 * index: it does not inherit those nor the build and search parameters, and where one of the two is "bm25" nothing at all, where one is
 * searched elsewhere (a retriever) only the similarity. A candidate with an
 * embedder or corpus of its own does not inherit an index file, which holds the baseline's vectors; one with an embedder does not inherit "bm25",
 * which has no use for it, and one that is "bm25" no embedder. A side that names "run" inherits nothing; one that names an embedder or index does not
 * inherit "run". */
RQ_MUST_USE enum rq_status rq_config_inherit(rq_json *root, struct rq_error *err);

/* The lines of the file's text on which its gates begin, in the arena; NULL where it has none, or others are taken instead. */
RQ_MUST_USE enum rq_status rq_config_find_gates(size_t **lines, const struct rq_buf *text, const struct rq_strings *overrides, struct rq_arena *arena,
                                                struct rq_error *err);

#endif
