/* What FAISS's C API lacks: names and facts of an index, seeds, a check of what a file held, an end to long calls on Ctrl-C. The files
 * faiss_*.cpp are the only C++ of this program. No exception leaves it: a function that can fail writes FAISS's or the standard library's whole text to err. */
#ifndef RQ_INDEX_FAISS_SHIM_H
#define RQ_INDEX_FAISS_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "evalcore/base/status.h"

struct FaissIndex_H; /* the C API's FaissIndex */

struct rq_faiss_facts {
	char type[128];       /* as FAISS names its classes: "IndexHNSWFlat", "IndexPreTransform(IndexIVFPQ)" */
	bool in_one_piece;    /* accepts its rows in one call only (NSG, NNDescent) */
	bool own_labels;      /* IDMap: rows must be added with labels */
	size_t ef_search;     /* HNSW graph; 0 elsewhere */
	size_t nlist, nprobe; /* inverted lists; 0 elsewhere */
	size_t centroids;     /* the most that one k-means of its training had to place; 0: none */
	size_t least_rows;    /* with fewer FAISS would stop the program (NSG); 0: any number */
	const char *refusal;  /* why it cannot be built and searched, or NULL */
	size_t wider;         /* asking for so many neighbours changes nothing of the search but their number */
	/* what decides its cost */
	size_t links, ef_construction; /* HNSW graph: links of a row on the lowest level; 0 elsewhere */
	size_t row_bytes;     /* that a row takes in the index, links and labels included */
	size_t segments, segment_centroids; /* of a product quantizer; 0 elsewhere */
	bool polysemous;      /* whose codes are put into another order, slowly */
	bool packed;          /* whose codes are scanned by the register */
	bool rough;           /* rows are stored as other numbers than they came */
	const char *uncounted; /* a part whose building time has no model here, or NULL */
};

const char *rq_faiss_version(void); /* "FAISS 1.7.3" */
const char *rq_faiss_build(void);   /* "FAISS 1.7.3 (build 1a2b3c4d)": with the digest of the library that is linked */
void rq_faiss_options(char options[64]); /* how that library was compiled, in FAISS's words: "OPTIMIZE AVX2", "OPTIMIZE GENERIC" (SSE2); "" unknown */
/* Before anything else of FAISS, by one thread (faiss_guard.h does): long calls end with an error once rq_cancel_requested()
 * is true, and failed allocations are noted. */
void rq_faiss_prepare(void);
/* Did C++ fail to get memory since this was last asked? The C API tells a failed allocation from no other exception of the standard library. */
bool rq_faiss_ran_out(void);
RQ_MUST_USE enum rq_status rq_faiss_facts_of(struct rq_faiss_facts *facts, const struct FaissIndex_H *index, struct rq_error *err);
/* Sets what this version of FAISS has, but not by name among its parameters: efConstruction before 1.7.3. False: there is no such thing either. */
bool rq_faiss_set_field(struct FaissIndex_H *index, const char *name, double value);
/* Seeds HNSW's levels, k-means and random rotations, also inside of wrappers; before training and adding. */
RQ_MUST_USE enum rq_status rq_faiss_seed(struct FaissIndex_H *index, int64_t seed, struct rq_error *err);
/* The vectors behind `count` labels from `first` on, as far as the index can tell them: as they were added, or as its codes stand for. *held false: it
 * cannot tell them at all. */
RQ_MUST_USE enum rq_status rq_faiss_rows(float *out, bool *held, const struct FaissIndex_H *index, size_t first, size_t count, struct rq_error *err);
struct rq_index_structure;
/* structure.h: of an index that was built here or has been verified. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_faiss_structure(struct rq_index_structure *structure, const struct FaissIndex_H *index, struct rq_error *err);
/* FAISS believes a file's numbers; a search would follow them out of bounds. E_DATA says what does not fit. */
RQ_MUST_USE enum rq_status rq_faiss_verify(const struct FaissIndex_H *index, struct rq_error *err);

#ifdef __cplusplus
}
#endif

#endif
