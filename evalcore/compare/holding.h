/* What one side of a comparison of indexes holds: rows with ids, their vectors, and how its index is put together. */
#ifndef RQ_COMPARE_HOLDING_H
#define RQ_COMPARE_HOLDING_H

#include "evalcore/base/hash.h"
#include "evalcore/base/ids.h"
#include "evalcore/index/index.h"
#include "evalcore/index/structure.h"

/* What a file or folder is, by its content. */
enum rq_comparable { RQ_COMPARABLE_INDEX, RQ_COMPARABLE_VECTORS, RQ_COMPARABLE_RUN, RQ_COMPARABLE_REPORT, RQ_COMPARABLE_SNAPSHOT };

const char *rq_comparable_name(enum rq_comparable kind); /* "an index file", "a file of vectors" ... */
/* E_DATA where it is none of these; E_IO. A snapshot is a folder. */
RQ_MUST_USE enum rq_status rq_comparable_guess(enum rq_comparable *kind, const char *path, struct rq_error *err);

/* Paths; NULL: none. */
struct rq_holding_source {
	const char *path;    /* an index file, or a file of vectors */
	const char *ids;     /* its id map: row i is line i */
	const char *vectors; /* the vectors that an index was built of, where it does not hold them as they came; of no use beside a file of vectors */
	bool spare;          /* these are read only where it does not, as those of a snapshot */
	const char *search;  /* parameters of an index, "efSearch=64"; NULL: as its file has them */
	const char *flag_of_ids, *flag_of_search; /* "--ids-a", for messages */
};

/* Zero-initialise; release in any case. */
struct rq_holding {
	const char *path;            /* borrowed */
	enum rq_comparable kind;     /* an index or vectors */
	char sha256[RQ_SHA256_HEX];
	uint64_t bytes;              /* of the file */
	struct rq_ids ids;           /* of the rows */
	bool named;                  /* else rows are called by their numbers, from 0 */
	struct rq_vectors vectors;   /* of the rows; data NULL: it cannot tell them */
	bool coded;                  /* they are what the index's codes stand for */
	const struct rq_backend *backend; /* what searches it */
	struct rq_index *index;      /* NULL: a flat one, which is its vectors */
	bool exhaustive;             /* a search looks at every vector, and they are known: it is exact */
	struct rq_index_structure structure; /* type "" of a file of vectors */
	const char *search;          /* borrowed: what it was asked to search by; NULL: as its file has it */
	enum rq_similarity similarity;
	bool cosine;                 /* a file of vectors, of which directions alone are compared: rows have length 1 */
};

/* Opens the file and reads its vectors. A file of vectors is searched exactly, by `similarity`, or by cosine where that is RQ_AS_STORED; an index as it
 * was built. Vectors beside an index are scaled to length 1 where its rows show that it was built of such, or, where it cannot tell its rows, where it
 * ranks by the inner product and `similarity` is RQ_AS_STORED. E_DATA, also where these are not the vectors of the index; E_CONFIG where it has no such
 * parameters; E_IO, E_NOMEM. */
RQ_MUST_USE enum rq_status rq_holding_open(struct rq_holding *holding, const struct rq_holding_source *source, enum rq_similarity similarity,
                                           struct rq_error *err);
void rq_holding_release(struct rq_holding *holding);

#endif
