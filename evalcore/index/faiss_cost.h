/* What an index of FAISS's costs, from its facts: no FAISS in here. Internal to evalcore/index. */
#ifndef RQ_INDEX_FAISS_COST_H
#define RQ_INDEX_FAISS_COST_H

#include "evalcore/index/faiss_shim.h"
#include "evalcore/index/index.h"

/* Of n rows of d dimensions, each search k deep. */
void rq_faiss_cost(struct rq_index_estimate *estimate, const struct rq_faiss_facts *facts, size_t n, size_t d, size_t k);

#endif
