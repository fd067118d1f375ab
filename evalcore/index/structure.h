/* How an index is put together, counted: what makes two indexes of the same vectors search differently. */
#ifndef RQ_INDEX_STRUCTURE_H
#define RQ_INDEX_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RQ_LEVELS_MOST = 32 };

/* Whole numbers, counted over nodes or lists; quantiles are order statistics. All 0 of nothing. */
struct rq_spread {
	size_t least, low, median, high, most; /* low, high: the 5th and 95th percentile */
	double mean;
};

struct rq_index_structure {
	char type[128];             /* in its library's words: "IndexHNSWFlat", "IndexPreTransform(IndexIVFPQ)" */
	size_t rows, dimension;
	bool by_distance;           /* ranks by L2 distance; else by the inner product */
	size_t row_bytes;           /* that a row takes, links and labels included */
	bool rough;                 /* vectors are stored as codes, which stand for others than came */

	/* A graph in levels (HNSW: Malkov & Yashunin 2018, arXiv:1603.09320); levels 0: it is none. */
	size_t levels;
	size_t nodes[RQ_LEVELS_MOST]; /* on each level, the lowest first */
	size_t links;               /* room for so many of a node on the lowest level: 2 M */
	size_t ef_construction, ef_search;
	struct rq_spread degrees;   /* links that lead out of a node on the lowest level */
	size_t unlinked;            /* nodes to which no link of that level leads */
	/* Nodes that no way along links leads to from where a search begins, whatever level they are of: no search finds them, however wide. */
	size_t unreachable;

	/* Inverted lists; lists 0: there are none. */
	size_t lists, probes, empty_lists;
	struct rq_spread list_rows;
	double imbalance; /* lists times the sum of squared shares: 1 where all are alike, `lists` where one holds everything (Jegou, Douze & Schmid 2011, IEEE TPAMI 33, section II) */
};

/* Orders `numbers` and counts them. */
struct rq_spread rq_spread_of(uint32_t *numbers, size_t count);

#ifdef __cplusplus
}
#endif

#endif
