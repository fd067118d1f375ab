/* What an index of FAISS's costs, and what is to be said of it, from its facts: no FAISS in here. Internal to evalcore/index. */
#ifndef RQ_INDEX_FAISS_COST_H
#define RQ_INDEX_FAISS_COST_H

#include "evalcore/index/faiss_shim.h"
#include "evalcore/index/index.h"

/* Of n rows of d dimensions, each search k deep. */
void rq_faiss_cost(struct rq_index_estimate *estimate, const struct rq_faiss_facts *facts, size_t n, size_t d, size_t k);

enum { RQ_FAISS_REMARK = 512 };
/* Its type and what decides a search of n rows for k, where `nprobe` lists were asked for. *unexpected, which may be NULL: something of that is not as
 * one would think. */
void rq_faiss_remark(char text[RQ_FAISS_REMARK], bool *unexpected, const struct rq_faiss_facts *facts, size_t nprobe, size_t n, size_t k);

#endif
