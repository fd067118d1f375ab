/* The part of a config that asks for a search by words: "index": {"kind": "bm25", ...}. For config.c and inherit.c. */
#ifndef RQ_PIPELINE_CONFIG_LEXICAL_H
#define RQ_PIPELINE_CONFIG_LEXICAL_H

#include "evalcore/pipeline/config.h"

#define RQ_LEXICAL_KIND "bm25"

/* Does the "index" (NULL: absent) name that kind? */
bool rq_config_is_lexical(const rq_json *index);
/* Does it name kind, factory or file, which make it an index of its own? */
bool rq_config_names_index(const rq_json *index);

/* Fills side->bm25. E_CONFIG for an embedder that the side names itself, and for keys that other kinds have. */
RQ_MUST_USE enum rq_status rq_config_parse_lexical(struct rq_side_config *side, const char *embedder, const rq_json *index, struct rq_config *config,
                                                   struct rq_error *err);
/* E_CONFIG where the index of another kind has keys of this one. */
RQ_MUST_USE enum rq_status rq_config_refuse_lexical(const char *side, const rq_json *index, struct rq_error *err);

/* The first key that only the foreign table has, or NULL. */
const char *rq_config_foreign_key(const rq_json *index, const struct rq_option *own, const struct rq_option *foreign);

/* JSON Schema of an "index" of any kind. Whoever inherits (the candidate) need not name the kind. */
rq_json *rq_config_index_schema(bool inherits);

#endif
