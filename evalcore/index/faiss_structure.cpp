/* How an index of FAISS's is put together: its graph walked, its lists counted. Reads what rq_faiss_verify() has found sound. */
#include "evalcore/index/faiss_parts.h"
#include "evalcore/index/structure.h"

#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVF.h>

#include <cstring>
#include <new>
#include <vector>

using namespace rq;

namespace {

/* Calls see(neighbour) for each link of a node on a level; rows of links are filled from their beginning, and -1 ends them. */
template <class See> void each_link(const faiss::HNSW &hnsw, size_t node, size_t level, See see)
{
	size_t first = hnsw.offsets[node] + size_t(hnsw.cum_nneighbor_per_level[level]);
	size_t end = hnsw.offsets[node] + size_t(hnsw.cum_nneighbor_per_level[level + 1]);

	for (size_t i = first; i < end && hnsw.neighbors[i] >= 0; i++)
		see(size_t(hnsw.neighbors[i]));
}

/* Nodes that can be come to from the entry point along links of any level. */
size_t count_reached(const faiss::HNSW &hnsw, size_t n)
{
	std::vector<bool> seen(n);
	std::vector<uint32_t> waiting;
	size_t reached = 0;

	if (n == 0)
		return 0;
	waiting.reserve(n);
	auto meet = [&](size_t node) {
		if (!seen[node]) {
			seen[node] = true;
			waiting.push_back(uint32_t(node));
		}
	};
	for (meet(size_t(hnsw.entry_point)); !waiting.empty(); reached++) {
		size_t node = waiting.back();
		waiting.pop_back();
		for (size_t level = 0; level < size_t(hnsw.levels[node]); level++)
			each_link(hnsw, node, level, meet);
	}
	return reached;
}

void describe_graph(rq_index_structure *structure, const faiss::HNSW &hnsw)
{
	size_t n = hnsw.levels.size();
	std::vector<uint32_t> degrees(n);
	std::vector<bool> linked(n);

	structure->levels = n == 0 ? 0 : size_t(hnsw.max_level) + 1;
	structure->links = size_t(hnsw.cum_nneighbor_per_level.size() > 1 ? hnsw.cum_nneighbor_per_level[1] : 0);
	structure->ef_construction = size_t(hnsw.efConstruction > 0 ? hnsw.efConstruction : 0);
	structure->ef_search = size_t(hnsw.efSearch > 0 ? hnsw.efSearch : 0);
	for (size_t node = 0; node < n; node++) {
		for (size_t level = 0; level < size_t(hnsw.levels[node]) && level < RQ_LEVELS_MOST; level++)
			structure->nodes[level]++;
		each_link(hnsw, node, 0, [&](size_t to) {
			degrees[node]++;
			linked[to] = true;
		});
	}
	for (size_t node = 0; node < n; node++)
		structure->unlinked += !linked[node];
	structure->unreachable = n - count_reached(hnsw, n);
	structure->degrees = rq_spread_of(degrees.data(), n);
}

void describe_lists(rq_index_structure *structure, const faiss::IndexIVF *ivf)
{
	std::vector<uint32_t> sizes(ivf->nlist);
	double squares = 0, rows = double(ivf->ntotal);

	structure->lists = ivf->nlist;
	structure->probes = ivf->nprobe;
	for (size_t list = 0; list < ivf->nlist; list++) {
		sizes[list] = uint32_t(ivf->invlists->list_size(list));
		structure->empty_lists += sizes[list] == 0;
		squares += double(sizes[list]) * double(sizes[list]);
	}
	structure->imbalance = ivf->ntotal == 0 ? 0 : double(ivf->nlist) * squares / (rows * rows);
	structure->list_rows = rq_spread_of(sizes.data(), ivf->nlist);
}

void describe(rq_index_structure *structure, const Index *index)
{
	if (auto hnsw = dynamic_cast<const faiss::IndexHNSW *>(index))
		describe_graph(structure, hnsw->hnsw);
	if (auto ivf = dynamic_cast<const faiss::IndexIVF *>(index))
		describe_lists(structure, ivf);
	if (inner(index))
		describe(structure, inner(index));
}

} // namespace

extern "C" enum rq_status rq_faiss_structure(struct rq_index_structure *structure, const struct FaissIndex_H *index, struct rq_error *err)
{
	const Index *whole = reinterpret_cast<const Index *>(index);
	rq_faiss_facts facts;
	enum rq_status status = rq_faiss_facts_of(&facts, index, err);

	if (status != RQ_OK)
		return status;
	*structure = rq_index_structure();
	std::memcpy(structure->type, facts.type, sizeof structure->type);
	structure->rows = size_t(whole->ntotal);
	structure->dimension = size_t(whole->d);
	structure->by_distance = whole->metric_type == faiss::METRIC_L2;
	structure->row_bytes = facts.row_bytes;
	structure->rough = facts.rough || facts.segments > 0;
	try {
		describe(structure, whole);
	} catch (const std::bad_alloc &) {
		return rq_fail_memory(err);
	}
	return RQ_OK;
}
