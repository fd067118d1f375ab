/* Index backends: a matrix in, nearest rows out. A backend is one file and one row of backends.def. It knows nothing of text.
 *
 * Scores are higher-is-better: the inner product, or minus the squared L2 distance. Cosine is the caller's: it normalises the rows and asks for the inner product.
 * Equal scores are ordered by the document id's rank (`tie_rank`, higher first), before the list is cut to k. */
#ifndef RQ_INDEX_INDEX_H
#define RQ_INDEX_INDEX_H

#include "evalcore/base/options.h"
#include "evalcore/base/progress.h"
#include "evalcore/model/cost.h"
#include "evalcore/model/vectors.h"

#include <stdio.h>

enum rq_similarity { RQ_INNER_PRODUCT, RQ_L2, RQ_AS_STORED /* where an index is loaded: as its file says */ };

/* Per query up to k rows, best first. rows[q * k + i], scores[q * k + i], counts[q] of them filled. */
struct rq_neighbours {
	size_t queries, k;
	uint32_t *rows;
	double *scores;
	uint32_t *counts;
};

RQ_MUST_USE enum rq_status rq_neighbours_init(struct rq_neighbours *neighbours, size_t queries, size_t k, struct rq_error *err);
void rq_neighbours_release(struct rq_neighbours *neighbours);
/* Orders entries first..last of one list by score and tie_rank and cuts to k; the one place that knows the order. */
void rq_neighbours_order(uint32_t *rows, double *scores, size_t count, const uint32_t *tie_rank);
/* ranks[i] = position of name i in byte order: the tie_rank of rows with these ids. Free them, also after a failure. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_tie_ranks(uint32_t **ranks, const char **names, size_t count, struct rq_error *err);

/* What a config says of one index ("baseline.index"). */
struct rq_index_config {
	const char *kind;    /* row of backends.def */
	const char *factory; /* faiss: "HNSW32,Flat" */
	const char *build;   /* faiss parameters by FAISS's names, set before adding: "efConstruction=200" */
	const char *search;  /* set before searching: "efSearch=64", "nprobe=8" */
	const char *file, *ids; /* an existing index file, or for exact a file of vectors, and its id map: row i of the index is line i of ids */
	const char *built;   /* when that file was built, RFC 3339 in UTC; NULL: when it was written, as far as its file system knows */
	int64_t seed;        /* level and training seed */
	int64_t threads;     /* of the build; 1 is reproducible, more is outside that promise */
	int64_t builds;      /* how many times it is built, each with the next seed; 1, or enough that their variance can be told */
	int similarity;      /* index into "cosine", "ip", "l2" */
};
extern const struct rq_option rq_index_options[];
/* `built` is a time, and that of a file. E_CONFIG naming the option. */
RQ_MUST_USE enum rq_status rq_index_check_built(const struct rq_index_config *config, struct rq_error *err);

/* What an index is expected to cost, from its config and the number of rows alone. */
struct rq_index_estimate {
	struct rq_cost build;  /* on one thread; seconds NaN: unknown */
	double query;          /* seconds of one search on one thread */
	double bytes;          /* of the index */
	const char *uncounted; /* the part that makes the seconds unknown: "its graph"; NULL: none */
};

struct rq_index; /* opaque, one backend's */
struct rq_index_structure;

struct rq_backend {
	const char *name, *help, *citation;
	unsigned version; /* raised when the same input gives another index: part of cache keys */
	const char *(*library)(void); /* name and version of the library behind it: "FAISS 1.7.3" */
	bool exact;       /* its answer is the truth: needs no check against exact search */
	bool stored;      /* has save/load: worth caching */

	/* Checks what the config says, without vectors: the factory string parses, parameters exist. E_CONFIG naming the option. d may be 0: unknown. */
	enum rq_status (*check)(const struct rq_index_config *config, size_t d, struct rq_error *err);
	/* Builds over vectors, which the index may borrow until closed. */
	enum rq_status (*build)(struct rq_index **index, const struct rq_index_config *config, enum rq_similarity similarity, const struct rq_vectors *vectors,
	                        struct rq_progress *progress, struct rq_error *err);
	enum rq_status (*save)(const struct rq_index *index, FILE *stream, struct rq_error *err);
	/* Reads what save wrote or an index file of the same library; similarity and d are checked against it (d = 0: any). */
	enum rq_status (*load)(struct rq_index **index, FILE *stream, const char *name, enum rq_similarity similarity, size_t d, struct rq_error *err);
	/* Applies config->search. */
	enum rq_status (*configure)(struct rq_index *index, const char *search, struct rq_error *err);
	/* nq x d row-major queries. Rows the index marks absent (-1) shorten the list. Thread-safe for distinct outputs only if called from one thread at a time. */
	enum rq_status (*search_batch)(struct rq_index *index, const float *queries, size_t nq, const uint32_t *tie_rank, struct rq_neighbours *out, struct rq_progress *progress, struct rq_error *err);
	size_t (*rows)(const struct rq_index *index);
	size_t (*dimension)(const struct rq_index *index);
	/* The vectors behind rows first .. first + count, row-major, as it holds them: as they came, or as its codes stand for. *held false: it cannot tell. NULL: it
	 * never can. */
	enum rq_status (*vectors)(float *out, bool *held, const struct rq_index *index, size_t first, size_t count, struct rq_error *err);
	/* How it is put together (structure.h). NULL: there is nothing to tell. */
	enum rq_status (*structure)(struct rq_index_structure *out, const struct rq_index *index, struct rq_error *err);
	/* One line on what the search really did, or NULL: "HNSW: efSearch 64 is below the cutoff 100, so FAISS keeps a queue of 100". *unexpected (may be NULL) tells
	 * that it is not what the config asked for. */
	const char *(*remark)(const struct rq_index *index, size_t k, bool *unexpected);
	/* n rows of d dimensions, searched k deep. Makes nothing but an empty index, unless one is open (NULL: none). */
	enum rq_status (*estimate)(struct rq_index_estimate *estimate, const struct rq_index *opened, const struct rq_index_config *config, size_t n, size_t d, size_t k,
	                           struct rq_error *err);
	void (*close)(struct rq_index *index);
};

extern const struct rq_backend *const rq_backends[]; /* rows of backends.def, NULL-terminated */
const struct rq_backend *rq_backend_find(const char *name);

/* Exact search: the k best rows of `base` for each query. Independent of BLAS kernel and thread count: sgemm only proposes, a bound on its rounding keeps every
 * row that could belong to the top k, and the scores are then computed in double in a fixed order. Memory: O(threads) blocks that fit the cache. */
RQ_MUST_USE enum rq_status rq_exact_search(struct rq_neighbours *out, const struct rq_vectors *base, const float *queries, size_t nq, enum rq_similarity similarity,
                                           const uint32_t *tie_rank, struct rq_progress *progress, struct rq_error *err);
/* The score that rq_exact_search gives a pair: products exact in double, summed in a fixed order. */
double rq_exact_score(const float *a, const float *b, size_t d, enum rq_similarity similarity);
/* Estimated seconds of an exact search on this machine, from a measured product (a few milliseconds). */
double rq_exact_estimate(size_t n, size_t d, size_t nq);
/* How many times longer one thread of this machine takes, as it is loaded now, than the one of model/cost.h: from the same measurement. */
double rq_machine_slowness(void);

#endif
