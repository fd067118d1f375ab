/* A baseline that is an approved one: the part of config.c that knows of them. Private to this room. */
#ifndef RQ_PIPELINE_CONFIG_APPROVED_H
#define RQ_PIPELINE_CONFIG_APPROVED_H

#include "evalcore/baseline/baseline.h"
#include "evalcore/pipeline/config.h"

/* The side's rankings are the approved ones. `corpus` NULL: the dataset's. */
RQ_MUST_USE enum rq_status rq_config_parse_approved(struct rq_side_config *side, const char *name, const char *corpus, struct rq_config *config,
                                                    struct rq_error *err);

#endif
