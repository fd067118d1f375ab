/* Seeded matrices and lists for the tests of this room. What they return is freed by release_kept(), the teardown of every case. */
#ifndef RQ_TESTS_INDEX_VECTORS_H
#define RQ_TESTS_INDEX_VECTORS_H

#include "evalcore/base/random.h"
#include "evalcore/index/faiss_shim.h"
#include "evalcore/index/index.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void *kept[8192];
static size_t kept_count;

static inline void *keep(void *memory)
{
	ck_assert_ptr_nonnull(memory);
	ck_assert_uint_lt(kept_count, sizeof kept / sizeof *kept);
	kept[kept_count++] = memory;
	return memory;
}

static inline void release_kept(void)
{
	while (kept_count > 0)
		free(kept[--kept_count]);
}

/* FAISS 1.7.2 lacks some types of index, and names for others. */
static inline bool faiss_is_old(void)
{
	return strcmp(rq_faiss_version(), "FAISS 1.7.2") == 0;
}

enum { COSINE, IP, L2 }; /* of rq_index_config.similarity */

static inline struct rq_vectors gaussian_vectors(size_t n, size_t d, uint64_t seed)
{
	struct rq_vectors vectors;
	struct rq_random random;
	struct rq_error err;

	ck_assert_int_eq(rq_vectors_init(&vectors, n, d, &err), RQ_OK);
	keep(vectors.data);
	rq_random_seed(&random, seed);
	for (size_t i = 0; i < n * d; i++)
		vectors.data[i] = (float)rq_random_normal(&random);
	return vectors;
}

/* Rows of length 1 around 40 centres that do not depend on the seed: near neighbours are well separated from the rest, as with text. */
static inline struct rq_vectors clustered_vectors(size_t n, size_t d, uint64_t seed)
{
	struct rq_vectors centres = gaussian_vectors(40, d, 99), vectors = gaussian_vectors(n, d, seed);
	struct rq_random random;

	rq_random_seed(&random, seed + 1);
	for (size_t i = 0; i < n; i++) {
		size_t centre = (size_t)rq_random_below(&random, 40);
		for (size_t j = 0; j < d; j++)
			vectors.data[i * d + j] = centres.data[centre * d + j] + .7f * vectors.data[i * d + j];
	}
	rq_vectors_normalise(&vectors);
	return vectors;
}

/* Distinct ranks in a seeded order. */
static inline uint32_t *shuffled_ranks(size_t n, uint64_t seed)
{
	uint32_t *ranks = keep(malloc((n + 1) * sizeof *ranks));
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t i = 0; i < n; i++) {
		size_t j = (size_t)rq_random_below(&random, i + 1);
		ranks[i] = ranks[j];
		ranks[j] = (uint32_t)i;
	}
	return ranks;
}

static inline struct rq_neighbours neighbours_for(size_t queries, size_t k)
{
	struct rq_neighbours neighbours;
	struct rq_error err;

	ck_assert_int_eq(rq_neighbours_init(&neighbours, queries, k, &err), RQ_OK);
	keep(neighbours.rows);
	keep(neighbours.scores);
	keep(neighbours.counts);
	return neighbours;
}

/* Mean share of the true neighbours that were found. */
static inline double recall_of(const struct rq_neighbours *found, const struct rq_neighbours *truth)
{
	size_t hits = 0, all = 0;

	for (size_t q = 0; q < truth->queries; q++) {
		all += truth->counts[q];
		for (size_t i = 0; i < truth->counts[q]; i++)
			for (size_t j = 0; j < found->counts[q]; j++)
				hits += truth->rows[q * truth->k + i] == found->rows[q * found->k + j];
	}
	return (double)hits / (double)all;
}

#endif
