/* How an index of FAISS's is put together, for the C++ of this room; C sees nothing of it. What versions of FAISS do differently stands under
 * RQ_FAISS_SINCE here and in faiss_shim.cpp alone. */
#ifndef RQ_INDEX_FAISS_PARTS_H
#define RQ_INDEX_FAISS_PARTS_H

#include "evalcore/index/faiss_shim.h"

#ifdef __cplusplus
#include <faiss/Index.h>
#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/IndexPQFastScan.h>
#include <faiss/impl/AdditiveQuantizer.h>
#define RQ_FAISS_SINCE(minor, patch) (FAISS_VERSION_MAJOR * 10000 + FAISS_VERSION_MINOR * 100 + FAISS_VERSION_PATCH >= 10000 + minor * 100 + patch)
#if RQ_FAISS_SINCE(7, 3)
#include <faiss/IndexFastScan.h>
#include <faiss/IndexIDMap.h>
#include <faiss/IndexIVFFastScan.h>
#include <faiss/IndexRowwiseMinMax.h>
#else
#include <faiss/MetaIndexes.h>
#endif

namespace rq
{

using faiss::Index;

#if RQ_FAISS_SINCE(7, 3)
using faiss::IndexFastScan;
using faiss::IndexIVFFastScan;
#else
/* The two fast scans that there are have no class above them, and there is no MinMax. */
using IndexFastScan = faiss::IndexPQFastScan;
using IndexIVFFastScan = faiss::IndexIVFPQFastScan;
#endif

/* What a wrapper hands its work to, or null. */
const Index *inner(const Index *index);
/* What MinMax scales, or null. */
const Index *scaled_index(const Index *index);
/* The product quantizers that an index trains; const is cast away by the one caller that owns the index. */
const faiss::ProductQuantizer *product_quantizer(const Index *index);
const faiss::AdditiveQuantizer *additive_quantizer(const Index *index);
/* The index behind a graph's links. */
const Index *storage_of(const Index *index);
/* What decides the cost, of this index and those that it hands its work to. */
void weigh(rq_faiss_facts *facts, const Index *index);

} // namespace rq
#endif

#endif
