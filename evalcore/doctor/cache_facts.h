/* What the cache's folder holds. Internal to evalcore/doctor. */
#ifndef RQ_DOCTOR_CACHE_FACTS_H
#define RQ_DOCTOR_CACHE_FACTS_H

#include "evalcore/doctor/doctor.h"

void rq_cache_facts_read(struct rq_cache_facts *facts, const char *folder);

#endif
