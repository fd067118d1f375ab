/* The part of a config that asks for a search done elsewhere: "index": {"kind": "pgvector", ...}. For config.c and inherit.c. */
#ifndef RQ_PIPELINE_CONFIG_RETRIEVER_H
#define RQ_PIPELINE_CONFIG_RETRIEVER_H

#include "evalcore/pipeline/config.h"

/* The retriever that the "index" (NULL: absent) names; NULL: it names another kind. */
const struct rq_retriever *rq_config_names_retriever(const rq_json *index);

/* Fills side->retriever, its options and index.similarity. E_CONFIG for keys that other kinds have. */
RQ_MUST_USE enum rq_status rq_config_parse_retriever(struct rq_side_config *side, const struct rq_retriever *retriever, const rq_json *index,
                                                     struct rq_config *config, struct rq_error *err);
/* E_CONFIG where a side without vectors names an embedder. The candidate's may be the baseline's (`inherited`), which it has not asked for. */
RQ_MUST_USE enum rq_status rq_config_refuse_embedder(const struct rq_side_config *side, const char *key, const char *embedder, const char *inherited,
                                                     struct rq_error *err);

/* E_CONFIG where the candidate inherits a search for vectors that are none of its own. */
RQ_MUST_USE enum rq_status rq_config_refuse_inherited(const struct rq_config *config, struct rq_error *err);

/* JSON Schema of the retriever's "index", without its kind. */
rq_json *rq_config_retriever_schema(const struct rq_retriever *retriever);

#endif
