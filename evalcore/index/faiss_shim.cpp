/* See faiss_shim.h. Wrappers (IDMap, PreTransform, Refine, RowwiseMinMax) are walked down to the index that does the work. */
#include "evalcore/index/faiss_shim.h"

#include "evalcore/index/faiss_parts.h"

extern "C" {
#include "evalcore/base/system.h"
}

#include <faiss/Index2Layer.h>
#include <faiss/IndexAdditiveQuantizer.h>
#include <faiss/IndexFlat.h>
#include <faiss/IndexFlatCodes.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexIVFAdditiveQuantizer.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/IndexIVFPQR.h>
#include <faiss/IndexNNDescent.h>
#include <faiss/IndexNSG.h>
#include <faiss/IndexPQ.h>
#include <faiss/IndexPQFastScan.h>
#include <faiss/IndexPreTransform.h>
#include <faiss/IndexRefine.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/VectorTransform.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <faiss/impl/FaissException.h>
#include <faiss/invlists/BlockInvertedLists.h>
#include <faiss/utils/utils.h>

#include <cxxabi.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <typeinfo>

namespace {

using namespace rq;

#if RQ_FAISS_SINCE(7, 3)
template <class FastScan> const FastScan &code_format(const FastScan *index)
{
	return *index;
}
#else
template <class FastScan> const faiss::ProductQuantizer &code_format(const FastScan *index)
{
	return index->pq;
}
#endif

const Index *of(const FaissIndex_H *index)
{
	return reinterpret_cast<const Index *>(index);
}

std::string type_name(const Index *index)
{
	std::string name;

	if (dynamic_cast<const faiss::IndexIDMap2 *>(index)) {
		name = "IndexIDMap2"; /* templates, whose own names say less */
	} else if (dynamic_cast<const faiss::IndexIDMap *>(index)) {
		name = "IndexIDMap";
	} else if (dynamic_cast<const faiss::IndexFlat *>(index)) {
		name = "IndexFlat"; /* these two come back from a file as a class below their own */
	} else if (dynamic_cast<const faiss::IndexRefine *>(index)) {
		name = "IndexRefine";
	} else {
		int status;
		std::unique_ptr<char, void (*)(void *)> text(abi::__cxa_demangle(typeid(*index).name(), nullptr, nullptr, &status), std::free);
		if (status == -1)
			throw std::bad_alloc();
		name = text ? text.get() : typeid(*index).name();
		if (name.compare(0, 7, "faiss::") == 0)
			name.erase(0, 7);
	}
	return inner(index) ? name + "(" + type_name(inner(index)) + ")" : name;
}

size_t centroids_of(const Index *index)
{
	size_t most = 0;

	if (auto ivf = dynamic_cast<const faiss::IndexIVF *>(index))
		most = ivf->quantizer_trains_alone == 1 ? centroids_of(ivf->quantizer) : ivf->nlist;
	if (auto layers = dynamic_cast<const faiss::Index2Layer *>(index))
		most = layers->q1.nlist;
	if (auto pq = product_quantizer(index))
		most = std::max(most, pq->ksub);
	if (auto aq = additive_quantizer(index))
		for (size_t bits : aq->nbits)
			most = std::max(most, size_t(1) << bits);
	if (auto storage = storage_of(index))
		most = std::max(most, centroids_of(storage));
	return inner(index) ? std::max(most, centroids_of(inner(index))) : most;
}

/* NSG draws 100 rows of n - 100, and starts each search from R + 32 different ones: with fewer it divides by 0 or never ends. */
size_t least_rows_of(const Index *index)
{
	auto nsg = dynamic_cast<const faiss::IndexNSG *>(index);

	return nsg ? 160 + size_t(nsg->nsg.R) : 0;
}

/* Of a fast scan; of others FAISS would throw on a thread where nothing catches it. */
bool block_size_works(const Index *index)
{
	int size = 32;

	if (auto fast = dynamic_cast<const IndexFastScan *>(index))
		size = fast->bbs;
	if (auto fast = dynamic_cast<const IndexIVFFastScan *>(index))
		size = fast->bbs;
	return size >= 32 && size <= 160 && size % 32 == 0;
}

const char *refusal_of(const Index *index)
{
	auto ivf = dynamic_cast<const faiss::IndexIVF *>(index);

	if (!block_size_works(index))
		return "FAISS's fast scan takes blocks of 32, 64, 96, 128 or 160 vectors";
	if (ivf && ivf->nlist < least_rows_of(ivf->quantizer))
		return "its lists are too few for an NSG graph; use IVF with HNSW, or no graph";
	if (scaled_index(index))
		return "FAISS encodes vectors with it, but cannot add any to it";
	if (dynamic_cast<const faiss::Index2Layer *>(index))
		return "FAISS stores vectors in it, but cannot search it";
	if (dynamic_cast<const faiss::AdditiveCoarseQuantizer *>(index))
		return "it serves as the coarse quantizer of an IVF only";
	return inner(index) ? refusal_of(inner(index)) : nullptr;
}

void describe(rq_faiss_facts *facts, const Index *index)
{
	if (auto hnsw = dynamic_cast<const faiss::IndexHNSW *>(index)) {
		facts->ef_search = size_t(std::max(hnsw->hnsw.efSearch, 0));
		facts->wider = std::min(facts->wider, dynamic_cast<const faiss::IndexHNSW2Level *>(index) ? 0 : facts->ef_search);
	}
	if (auto ivf = dynamic_cast<const faiss::IndexIVF *>(index)) {
		facts->nlist = ivf->nlist;
		facts->nprobe = ivf->nprobe;
	}
	if (dynamic_cast<const faiss::IndexNSG *>(index) || dynamic_cast<const faiss::IndexNNDescent *>(index)) {
		facts->in_one_piece = true;
		facts->least_rows = least_rows_of(index);
		facts->wider = 0;
	}
	/* these ask their first stage for a multiple of what they are asked for */
	if (dynamic_cast<const faiss::IndexRefine *>(index) || dynamic_cast<const faiss::IndexIVFPQR *>(index))
		facts->wider = 0;
	if (dynamic_cast<const faiss::IndexIDMap *>(index))
		facts->own_labels = true;
	if (inner(index))
		describe(facts, inner(index));
}

void seed_transform(faiss::VectorTransform *transform, int seed)
{
	if (auto rotation = dynamic_cast<faiss::RandomRotationMatrix *>(transform))
		rotation->init(seed);
}

void seed_index(const Index *read_only, int seed)
{
	auto index = const_cast<Index *>(read_only);

	if (auto hnsw = dynamic_cast<faiss::IndexHNSW *>(index))
		hnsw->hnsw.rng = faiss::RandomGenerator(seed);
	if (auto ivf = dynamic_cast<faiss::IndexIVF *>(index)) {
		ivf->cp.seed = seed;
		seed_index(ivf->quantizer, seed);
	}
	if (auto layers = dynamic_cast<faiss::Index2Layer *>(index)) {
		layers->q1.cp.seed = seed;
		seed_index(layers->q1.quantizer, seed);
	}
	if (auto pq = product_quantizer(index))
		const_cast<faiss::ProductQuantizer *>(pq)->cp.seed = seed;
	if (auto transform = dynamic_cast<faiss::IndexPreTransform *>(index))
		for (auto step : transform->chain)
			seed_transform(step, seed);
	if (auto refine = dynamic_cast<faiss::IndexRefine *>(index))
		seed_index(refine->refine_index, seed);
	if (storage_of(index))
		seed_index(storage_of(index), seed);
	if (inner(index))
		seed_index(inner(index), seed);
}

/* ---- what a file may get wrong ---- */

void need(bool holds, const char *what)
{
	if (!holds)
		throw std::runtime_error(what);
}

void verify(const Index *index);

/* A bool that a file set may hold any byte. */
bool is_true(const bool &flag)
{
	unsigned char byte;

	std::memcpy(&byte, &flag, 1);
	return byte == 1;
}

void need_row_numbers(const faiss::Index *index, const int64_t *labels, size_t count)
{
	for (size_t i = 0; i < count; i++)
		need(labels[i] >= 0 && labels[i] < index->ntotal,
		     "its labels are not row numbers from 0 on; renumber them, and give the document ids as \"ids\"");
}

void verify_part(const Index *part, const Index *whole)
{
	need(part != nullptr, "a part of the index is missing");
	need(part->d == whole->d, "the parts of the index differ in dimension");
	need(part->ntotal == whole->ntotal, "the parts of the index differ in their number of rows");
	verify(part);
}

void verify_hnsw(const faiss::IndexHNSW *index)
{
	const faiss::HNSW &hnsw = index->hnsw;
	size_t n = size_t(index->ntotal), levels = hnsw.cum_nneighbor_per_level.size();

	need(hnsw.levels.size() == n && hnsw.offsets.size() == n + 1 && hnsw.offsets[0] == 0, "the HNSW graph has not one node a row");
	need(n == 0 || (hnsw.entry_point >= 0 && size_t(hnsw.entry_point) < n && hnsw.max_level >= 0), "the HNSW graph has no entry point");
	need(n == 0 || hnsw.max_level < hnsw.levels[size_t(hnsw.entry_point)], "the HNSW graph's entry point is not on its highest level");
	need(levels > 0 && hnsw.cum_nneighbor_per_level[0] == 0, "the HNSW graph has no levels");
	for (size_t l = 1; l < levels; l++)
		need(hnsw.cum_nneighbor_per_level[l] >= hnsw.cum_nneighbor_per_level[l - 1], "the HNSW graph's levels are out of order");
	for (size_t i = 0; i < n; i++) {
		need(hnsw.levels[i] >= 1 && size_t(hnsw.levels[i]) < levels && hnsw.levels[i] - 1 <= hnsw.max_level,
		     "an HNSW node is on a level that does not exist");
		need(hnsw.offsets[i + 1] - hnsw.offsets[i] == size_t(hnsw.cum_nneighbor_per_level[size_t(hnsw.levels[i])]),
		     "an HNSW node has room for another number of links than its level");
	}
	need(hnsw.neighbors.size() == hnsw.offsets[n], "the HNSW graph is cut off");
	for (size_t i = 0; i < n; i++)
		for (int l = 0; l < hnsw.levels[i]; l++)
			for (size_t j = hnsw.offsets[i] + size_t(hnsw.cum_nneighbor_per_level[size_t(l)]);
			     j < hnsw.offsets[i] + size_t(hnsw.cum_nneighbor_per_level[size_t(l) + 1]); j++) {
				auto to = hnsw.neighbors[j];
				need(to >= -1 && (to < 0 || size_t(to) < n), "an HNSW link leads to a row that does not exist");
				need(to < 0 || hnsw.levels[size_t(to)] > l, "an HNSW link leads to a node that is not on its level");
			}
}

void verify_nsg(const faiss::IndexNSG *index)
{
	const faiss::NSG &nsg = index->nsg;

	need(is_true(nsg.is_built) && nsg.final_graph && nsg.ntotal == index->ntotal && nsg.final_graph->N == nsg.ntotal && nsg.final_graph->K == nsg.R,
	     "the NSG graph has not one node a row");
	need(nsg.search_L >= 1 && nsg.search_L <= nsg.ntotal, "the NSG search starts from more rows than there are");
	need(nsg.enterpoint >= 0 && nsg.enterpoint < nsg.ntotal, "the NSG graph has no entry point");
	for (size_t i = 0; i < size_t(nsg.ntotal) * size_t(nsg.R); i++)
		need(nsg.final_graph->data[i] >= -1 && nsg.final_graph->data[i] < nsg.ntotal, "an NSG link leads to a row that does not exist");
}

/* What was trained decides every row's place: one that is no number makes all scores none. */
void need_finite_training(const std::vector<float> &trained, const char *what)
{
	for (float number : trained)
		if (!std::isfinite(number))
			throw std::runtime_error(std::string("a trained number of its ") + what + " is a NaN or an infinity; build the index anew");
}

void verify_scalar_quantizer(const faiss::ScalarQuantizer &sq, int d)
{
	size_t ranges = 2 * sq.d;

	switch (sq.qtype) {
	case faiss::ScalarQuantizer::QT_8bit:
	case faiss::ScalarQuantizer::QT_6bit:
	case faiss::ScalarQuantizer::QT_4bit:
		break;
	case faiss::ScalarQuantizer::QT_8bit_uniform:
	case faiss::ScalarQuantizer::QT_4bit_uniform:
		ranges = 2;
		break;
	case faiss::ScalarQuantizer::QT_fp16:
	case faiss::ScalarQuantizer::QT_8bit_direct:
		ranges = 0;
		break;
	default: /* a type of a newer FAISS, or of none */
		ranges = sq.trained.size();
	}
	need(sq.d == size_t(d) && sq.trained.size() == ranges, "the scalar quantizer does not fit the dimension");
	need_finite_training(sq.trained, "scalar quantizer");
	delete sq.select_quantizer(); /* throws for a type it does not know; a search would do so where nothing catches it */
}

template <class Format> bool fits_fast_scan(const Format &format, size_t padded)
{
	return format.nbits == 4 && format.ksub == 16 && format.M > 0 && padded == (format.M + 1) / 2 * 2;
}

/* The settings and packed codes of a fast scan: 4 bits a code, two codes a byte, whole blocks. */
void verify_fast_scan(const IndexFastScan *index)
{
	size_t block = size_t(index->bbs);

	need(block_size_works(index) && index->qbs == 0 && (index->implem == 0 || (index->implem >= 12 && index->implem <= 15)),
	     "its fast scan has settings that FAISS does not support");
	need(fits_fast_scan(code_format(index), index->M2), "its fast scan has codes of another size");
	need(index->ntotal2 == (size_t(index->ntotal) + block - 1) / block * block && index->codes.size() == index->ntotal2 * index->M2 / 2,
	     "the codes are cut off");
}

void verify_ivf_fast_scan(const IndexIVFFastScan *index)
{
	auto lists = dynamic_cast<const faiss::BlockInvertedLists *>(index->invlists);
	size_t block = size_t(index->bbs);

	need(block_size_works(index) && index->qbs == 0 && index->qbs2 == 0 && (index->implem == 0 || (index->implem >= 10 && index->implem <= 15)),
	     "its fast scan has settings that FAISS does not support");
	need(fits_fast_scan(code_format(index), index->M2), "its fast scan has codes of another size");
	need(lists != nullptr && lists->n_per_block == block && lists->block_size == block * index->M2 / 2,
	     "the lists are packed in another way than its fast scan reads");
	for (size_t list = 0; list < index->nlist; list++)
		need(lists->codes[list].size() == (lists->ids[list].size() + block - 1) / block * lists->block_size, "the codes are cut off");
}

/* Rows of floats, of which a search would rank those without a number nowhere. */
void need_finite(const Index *index, const float *rows, size_t n, const int64_t *labels)
{
	size_t d = size_t(index->d);

	for (size_t i = 0; i < n * d; i++)
		if (!std::isfinite(rows[i]))
			throw std::runtime_error("row " + std::to_string(labels ? size_t(labels[i / d]) : i / d) + " (counted from 0) of its " + type_name(index) +
			                         " holds a NaN or an infinity; mend or leave out that record, and build the index anew");
}

void verify_ivf(const faiss::IndexIVF *index)
{
	const Index *quantizer = index->quantizer;
	size_t rows = 0;

	need(quantizer != nullptr && index->invlists != nullptr, "a part of the index is missing");
	need(quantizer->d == index->d && size_t(quantizer->ntotal) == index->nlist, "the lists and their centroids do not match");
	verify(quantizer);
	if (auto sq = dynamic_cast<const faiss::IndexIVFScalarQuantizer *>(index))
		verify_scalar_quantizer(sq->sq, index->d);
	for (size_t list = 0; list < index->nlist; list++) {
		faiss::InvertedLists::ScopedIds labels(index->invlists, list);
		need_row_numbers(index, labels.get(), index->invlists->list_size(list));
		rows += index->invlists->list_size(list);
		if (dynamic_cast<const faiss::IndexIVFFlat *>(index)) {
			faiss::InvertedLists::ScopedCodes codes(index->invlists, list);
			need_finite(index, reinterpret_cast<const float *>(codes.get()), index->invlists->list_size(list), labels.get());
		}
	}
	need(rows == size_t(index->ntotal), "the lists do not hold as many rows as the index says");
}

void verify_codes(const faiss::IndexFlatCodes *index)
{
	size_t n = size_t(index->ntotal);

	need(index->code_size > 0 && index->codes.size() / index->code_size == n && index->codes.size() % index->code_size == 0, "the codes are cut off");
	if (auto pq = dynamic_cast<const faiss::IndexPQ *>(index))
		need(pq->code_size == pq->pq.code_size, "the codes do not fit the product quantizer");
	if (auto sq = dynamic_cast<const faiss::IndexScalarQuantizer *>(index))
		verify_scalar_quantizer(sq->sq, index->d);
	if (dynamic_cast<const faiss::IndexFlat *>(index))
		need_finite(index, reinterpret_cast<const float *>(index->codes.data()), n, nullptr);
}

void verify_transform(const faiss::IndexPreTransform *index)
{
	int d = index->d;

	for (auto step : index->chain) {
		need(step->d_in == d, "a transformation does not fit the dimension of what it gets");
		d = step->d_out;
		if (auto linear = dynamic_cast<const faiss::LinearTransform *>(step)) {
			need_finite_training(linear->A, "linear transformation");
			need_finite_training(linear->b, "linear transformation");
		}
	}
	need(index->index != nullptr && index->index->d == d && index->index->ntotal == index->ntotal,
	     "the transformations do not fit the index behind them");
	verify(index->index);
}

void verify(const Index *index)
{
	need(index->d >= 1 && index->ntotal >= 0 && index->ntotal < UINT32_MAX, "its dimension or number of rows is absurd");
	need(is_true(index->is_trained), "it was saved before it was trained");
	if (auto hnsw = dynamic_cast<const faiss::IndexHNSW *>(index))
		verify_hnsw(hnsw);
	if (auto nsg = dynamic_cast<const faiss::IndexNSG *>(index))
		verify_nsg(nsg);
	if (auto ivf = dynamic_cast<const faiss::IndexIVF *>(index))
		verify_ivf(ivf);
	if (auto fast = dynamic_cast<const IndexFastScan *>(index))
		verify_fast_scan(fast);
	if (auto fast = dynamic_cast<const IndexIVFFastScan *>(index))
		verify_ivf_fast_scan(fast);
	if (auto codes = dynamic_cast<const faiss::IndexFlatCodes *>(index))
		verify_codes(codes);
	if (auto pq = product_quantizer(index)) {
		need(pq->M > 0 && pq->nbits > 0 && pq->d == size_t(index->d) && pq->centroids.size() == pq->d * pq->ksub,
		     "the product quantizer does not fit the dimension");
		need_finite_training(pq->centroids, "product quantizer");
	}
	if (auto aq = additive_quantizer(index))
		need_finite_training(aq->codebooks, "additive quantizer");
	if (auto transform = dynamic_cast<const faiss::IndexPreTransform *>(index))
		return verify_transform(transform);
	if (auto map = dynamic_cast<const faiss::IndexIDMap *>(index)) {
		need(map->id_map.size() == size_t(map->ntotal), "the id map has not one label a row");
		need_row_numbers(map, map->id_map.data(), map->id_map.size());
	}
	if (auto refine = dynamic_cast<const faiss::IndexRefine *>(index))
		verify_part(refine->refine_index, index);
	if (storage_of(index))
		verify_part(storage_of(index), index);
	if (inner(index))
		verify_part(inner(index), index);
}

struct Interrupt : faiss::InterruptCallback {
	bool want_interrupt() override
	{
		return rq_cancel_requested();
	}
};

enum rq_status fail_with(struct rq_error *err)
{
	try {
		throw;
	} catch (const std::bad_alloc &) {
		return rq_fail_memory(err);
	} catch (const std::exception &error) {
		return rq_fail(err, RQ_E_DATA, "%s", error.what());
	} catch (...) {
		return rq_fail(err, RQ_E_DATA, "FAISS threw something without a text");
	}
}

std::atomic<bool> ran_out;

void on_failed_new()
{
	ran_out = true;
	throw std::bad_alloc();
}

} // namespace

#define RQ_TEXT(x) #x
#define RQ_VALUE(x) RQ_TEXT(x)
#define RQ_VERSION_TEXT "FAISS " RQ_VALUE(FAISS_VERSION_MAJOR) "." RQ_VALUE(FAISS_VERSION_MINOR) "." RQ_VALUE(FAISS_VERSION_PATCH)

extern "C" const char *rq_faiss_build(void)
{
	return RQ_VERSION_TEXT " (build " RQ_FAISS_BUILD ")";
}

extern "C" const char *rq_faiss_version(void)
{
	return RQ_VERSION_TEXT;
}

extern "C" void rq_faiss_options(char options[64])
{
	options[0] = '\0';
	try {
		std::string words = faiss::get_compile_options();
		words.erase(words.find_last_not_of(' ') + 1); /* newer versions end in a blank */
		options[words.copy(options, 63)] = '\0';
	} catch (const std::bad_alloc &) { /* unknown */
	}
}

extern "C" void rq_faiss_prepare(void)
{
	std::set_new_handler(on_failed_new);
	if (!faiss::InterruptCallback::instance)
		faiss::InterruptCallback::instance.reset(new (std::nothrow) Interrupt); /* none: the call runs to its end */
}

extern "C" bool rq_faiss_ran_out(void)
{
	return ran_out.exchange(false);
}

extern "C" enum rq_status rq_faiss_facts_of(struct rq_faiss_facts *facts, const struct FaissIndex_H *index, struct rq_error *err)
{
	*facts = rq_faiss_facts();
	facts->wider = SIZE_MAX;
	describe(facts, of(index));
	facts->centroids = centroids_of(of(index));
	weigh(facts, of(index));
	facts->refusal = refusal_of(of(index));
	try {
		std::string type = type_name(of(index));
		facts->type[type.copy(facts->type, sizeof facts->type - 1)] = '\0';
	} catch (...) {
		return fail_with(err);
	}
	return RQ_OK;
}

extern "C" enum rq_status rq_faiss_seed(struct FaissIndex_H *index, int64_t seed, struct rq_error *err)
{
	try {
		seed_index(of(index), int(seed));
	} catch (...) {
		return fail_with(err);
	}
	return RQ_OK;
}

extern "C" enum rq_status rq_faiss_rows(float *out, bool *held, const struct FaissIndex_H *index, size_t first, size_t count, struct rq_error *err)
{
	*held = false;
	try {
		of(index)->reconstruct_n(faiss::Index::idx_t(first), faiss::Index::idx_t(count), out);
		*held = true;
	} catch (const std::bad_alloc &) {
		return fail_with(err);
	} catch (...) { /* it has no such function */
	}
	return RQ_OK;
}

extern "C" enum rq_status rq_faiss_verify(const struct FaissIndex_H *index, struct rq_error *err)
{
	try {
		verify(of(index));
	} catch (...) {
		return fail_with(err);
	}
	return RQ_OK;
}

extern "C" bool rq_faiss_set_field(struct FaissIndex_H *index, const char *name, double value)
{
#if !RQ_FAISS_SINCE(7, 3)
	for (auto at = of(index); at && std::strcmp(name, "efConstruction") == 0; at = inner(at)) {
		auto ivf = dynamic_cast<const faiss::IndexIVF *>(at);
		if (auto hnsw = dynamic_cast<const faiss::IndexHNSW *>(ivf ? ivf->quantizer : at)) {
			const_cast<faiss::IndexHNSW *>(hnsw)->hnsw.efConstruction = int(value);
			return true;
		}
	}
#endif
	(void)index, (void)name, (void)value;
	return false;
}
