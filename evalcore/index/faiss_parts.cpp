/* See faiss_parts.h. */
#include "evalcore/index/faiss_parts.h"

#include <faiss/Index2Layer.h>
#include <faiss/IndexAdditiveQuantizer.h>
#include <faiss/IndexFlatCodes.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexIVFAdditiveQuantizer.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexNNDescent.h>
#include <faiss/IndexNSG.h>
#include <faiss/IndexPQ.h>
#include <faiss/IndexPreTransform.h>
#include <faiss/IndexRefine.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/VectorTransform.h>

#include <algorithm>

using namespace rq;

namespace {

/* Bytes of a row in lists and codes; links come on top. */
size_t code_bytes(const Index *index)
{
	if (auto ivf = dynamic_cast<const faiss::IndexIVF *>(index))
		return ivf->code_size + sizeof(int64_t);
	if (auto codes = dynamic_cast<const faiss::IndexFlatCodes *>(index))
		return codes->code_size;
	if (auto fast = dynamic_cast<const faiss::IndexFastScan *>(index))
		return fast->M2 / 2;
	return 0;
}

const char *uncounted_part(const Index *index)
{
	if (dynamic_cast<const faiss::IndexNSG *>(index) || dynamic_cast<const faiss::IndexNNDescent *>(index))
		return "its graph";
	if (dynamic_cast<const faiss::MultiIndexQuantizer *>(index) || additive_quantizer(index))
		return "its quantizer";
	if (auto transform = dynamic_cast<const faiss::IndexPreTransform *>(index))
		for (auto step : transform->chain)
			if (dynamic_cast<const faiss::OPQMatrix *>(step) || dynamic_cast<const faiss::ITQTransform *>(step) || dynamic_cast<const faiss::ITQMatrix *>(step))
				return "the training of its rotation";
	if (auto ivf = dynamic_cast<const faiss::IndexIVF *>(index))
		return uncounted_part(ivf->quantizer);
	return nullptr;
}

} // namespace

#if RQ_FAISS_SINCE(7, 3)
const Index *rq::scaled_index(const Index *index)
{
	auto scaled = dynamic_cast<const faiss::IndexRowwiseMinMaxBase *>(index);

	return scaled ? scaled->index : nullptr;
}
#else
const Index *rq::scaled_index(const Index *)
{
	return nullptr;
}
#endif

const Index *rq::inner(const Index *index)
{
	if (auto map = dynamic_cast<const faiss::IndexIDMap *>(index))
		return map->index;
	if (auto transform = dynamic_cast<const faiss::IndexPreTransform *>(index))
		return transform->index;
	if (auto refine = dynamic_cast<const faiss::IndexRefine *>(index))
		return refine->base_index;
	return scaled_index(index);
}

const faiss::ProductQuantizer *rq::product_quantizer(const Index *index)
{
	if (auto pq = dynamic_cast<const faiss::IndexPQ *>(index))
		return &pq->pq;
	if (auto fast = dynamic_cast<const faiss::IndexPQFastScan *>(index))
		return &fast->pq;
	if (auto ivf = dynamic_cast<const faiss::IndexIVFPQ *>(index))
		return &ivf->pq;
	if (auto fast = dynamic_cast<const faiss::IndexIVFPQFastScan *>(index))
		return &fast->pq;
	if (auto layers = dynamic_cast<const faiss::Index2Layer *>(index))
		return &layers->pq;
	if (auto multi = dynamic_cast<const faiss::MultiIndexQuantizer *>(index))
		return &multi->pq;
	return nullptr;
}

const faiss::AdditiveQuantizer *rq::additive_quantizer(const Index *index)
{
	if (auto flat = dynamic_cast<const faiss::IndexAdditiveQuantizer *>(index))
		return flat->aq;
	if (auto ivf = dynamic_cast<const faiss::IndexIVFAdditiveQuantizer *>(index))
		return ivf->aq;
	return nullptr;
}

const Index *rq::storage_of(const Index *index)
{
	if (auto hnsw = dynamic_cast<const faiss::IndexHNSW *>(index))
		return hnsw->storage;
	if (auto nsg = dynamic_cast<const faiss::IndexNSG *>(index))
		return nsg->storage;
	if (auto descent = dynamic_cast<const faiss::IndexNNDescent *>(index))
		return descent->storage;
	return nullptr;
}

void rq::weigh(rq_faiss_facts *facts, const Index *index)
{
	if (auto hnsw = dynamic_cast<const faiss::IndexHNSW *>(index)) {
		facts->links = size_t(hnsw->hnsw.nb_neighbors(0));
		facts->ef_construction = size_t(std::max(hnsw->hnsw.efConstruction, 1));
		facts->row_bytes += facts->links * sizeof(int) + sizeof(size_t) + 2 * sizeof(int); /* offset, level, upper levels */
	}
	if (auto pq = product_quantizer(index)) {
		facts->segments = pq->M;
		facts->segment_centroids = pq->ksub;
	}
	if (auto pq = dynamic_cast<const faiss::IndexPQ *>(index))
		facts->polysemous = pq->do_polysemous_training;
	if (auto pq = dynamic_cast<const faiss::IndexIVFPQ *>(index))
		facts->polysemous = pq->do_polysemous_training;
	facts->packed |= dynamic_cast<const faiss::IndexFastScan *>(index) || dynamic_cast<const faiss::IndexIVFFastScan *>(index);
	facts->row_bytes += code_bytes(index);
	facts->rough |= dynamic_cast<const faiss::IndexScalarQuantizer *>(index) || dynamic_cast<const faiss::IndexIVFScalarQuantizer *>(index);
	if (!facts->uncounted)
		facts->uncounted = uncounted_part(index);
	if (auto map = dynamic_cast<const faiss::IndexIDMap *>(index))
		facts->row_bytes += sizeof(*map->id_map.data());
	if (auto refine = dynamic_cast<const faiss::IndexRefine *>(index))
		facts->row_bytes += code_bytes(refine->refine_index);
	if (storage_of(index))
		weigh(facts, storage_of(index));
	if (inner(index))
		weigh(facts, inner(index));
}
