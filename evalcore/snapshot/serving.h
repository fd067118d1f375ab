/* An index as a server has it: opened from its files, with the ids of its rows, and searched. What it finds is kept in a snapshot, and looked for
 * again in a drill. */
#ifndef RQ_SNAPSHOT_SERVING_H
#define RQ_SNAPSHOT_SERVING_H

#include "datasets/vector_rows.h"
#include "evalcore/base/ids.h"
#include "evalcore/index/index.h"
#include "evalcore/index/structure.h"
#include "evalcore/model/run.h"
#include "evalcore/snapshot/manifest.h"

/* How the index is searched. In a manifest these are the facts "index.kind", "index.search", "index.similarity". */
struct rq_serving_how {
	const char *kind;       /* row of backends.def */
	const char *search;     /* "efSearch=64"; NULL: as the file says */
	const char *similarity; /* "cosine", "ip", "l2" */
};

/* Zero-initialise; close in any case. */
struct rq_serving {
	const struct rq_backend *backend;
	struct rq_index *index;
	struct rq_vectors vectors; /* of an exact index */
	struct rq_vector_rows rows; /* of a flat index that streams by while it is searched, a block at a time; `index` is NULL then */
	enum rq_similarity similarity;
	struct rq_ids ids;
	uint32_t *tie_rank;
	bool normalise;
};

/* Row i of the index is line i of the ids. E_USAGE: there is no such kind or similarity; E_DATA, E_IO, E_CONFIG. */
RQ_MUST_USE enum rq_status rq_serving_open(struct rq_serving *serving, const struct rq_serving_how *how, const char *index, const char *ids,
                                           struct rq_error *err);
/* The same with ids that were read, which become its own. A flat or exact index, in a file whose rows can be read where they stand, is not loaded: it is
 * gone through in blocks, in a few megabytes whatever its size, and finds what the loaded one finds, score for score. */
RQ_MUST_USE enum rq_status rq_serving_open_lean(struct rq_serving *serving, const struct rq_serving_how *how, const char *index, const char *ids_path,
                                                struct rq_ids *ids, struct rq_error *err);
void rq_serving_close(struct rq_serving *serving);
size_t rq_serving_dimension(const struct rq_serving *serving);

/* Queries with ids of their own, a few at a time, so that what one finds does not depend on the others. The run's strings are its own. */
RQ_MUST_USE enum rq_status rq_serving_search(struct rq_run *run, struct rq_serving *serving, const struct rq_vectors *queries,
                                             const struct rq_ids *query_ids, size_t k, struct rq_error *err);

/* ---- what a snapshot keeps of it ---- */

#define RQ_QUERIES "queries.npy"
#define RQ_QUERY_IDS "queries.ids"
#define RQ_RANKED "ranked.run.zst"

/* How it is put together, and how it is searched: facts. `structure` is filled in, all 0 where the index does not tell. */
RQ_MUST_USE enum rq_status rq_serving_describe(struct rq_manifest *manifest, struct rq_index_structure *structure, const struct rq_serving *serving,
                                               const struct rq_serving_how *how, struct rq_error *err);
/* Searches the index and writes these three files into `folder`; facts and digests go to the manifest, the files not yet. Where the similarity is
 * cosine the queries are scaled to length 1. */
RQ_MUST_USE enum rq_status rq_serving_record(struct rq_manifest *manifest, struct rq_serving *serving, struct rq_vectors *queries,
                                             const struct rq_ids *query_ids, size_t k, const char *folder, struct rq_error *err);
/* Rows of the vectors at equal distances, with the ids of these rows. */
RQ_MUST_USE enum rq_status rq_serving_sample(struct rq_vectors *queries, struct rq_ids *query_ids, struct rq_vector_rows *vectors,
                                             const struct rq_ids *ids, size_t count, struct rq_error *err);

/* The manifest says how. Strings are borrowed from it. E_DATA: it does not. */
RQ_MUST_USE enum rq_status rq_serving_how_of(struct rq_serving_how *how, const struct rq_manifest *manifest, struct rq_error *err);
/* Opens what was unpacked into `folder`. */
RQ_MUST_USE enum rq_status rq_serving_open_folder(struct rq_serving *serving, const struct rq_manifest *manifest, const char *folder,
                                                  struct rq_error *err);

struct rq_replayed {
	size_t queries, same;
	char difference[400]; /* the first one, in words; "": there is none */
};

/* Searches for the queries in `folder` again: are ids and scores what they were? E_DATA: it has none. */
RQ_MUST_USE enum rq_status rq_serving_replay(struct rq_replayed *replayed, struct rq_serving *serving, const struct rq_manifest *manifest,
                                             const char *folder, struct rq_error *err);

#endif
