/* What the cache's folder holds. Internal to evalcore/doctor. */
#ifndef RQ_DOCTOR_CACHE_FACTS_H
#define RQ_DOCTOR_CACHE_FACTS_H

#include "evalcore/doctor/doctor.h"

/* A folder that cannot be a cache is a fact, not a failure. E_NOMEM, E_INTERRUPTED. */
RQ_MUST_USE enum rq_status rq_cache_facts_read(struct rq_cache_facts *facts, const char *folder, struct rq_error *err);

#endif
