/* Made-up vectors that another program can make too: a linear congruential generator (Knuth's MMIX), s = 6364136223846793005 s + 1442695040888963407,
 * gives ((s >> 33) mod 2001 - 1000) / 512, exact in single precision. Includers need check.h. */
#ifndef RQ_TESTS_DRIFT_MADE_H
#define RQ_TESTS_DRIFT_MADE_H

#include "evalcore/base/random.h"
#include "evalcore/model/vectors.h"

#include <check.h>

/* Needs a struct rq_error err. */
#define EXPECT_OK(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

static inline struct rq_vectors made_vectors(size_t n, size_t d)
{
	struct rq_vectors vectors;
	struct rq_error err = {0};

	ck_assert_msg(rq_vectors_init(&vectors, n, d, &err) == RQ_OK, "%s", err.text);
	return vectors;
}

static inline struct rq_vectors made_matrix(size_t n, size_t d, uint64_t seed)
{
	struct rq_vectors vectors = made_vectors(n, d);

	for (size_t i = 0; i < n * d; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		vectors.data[i] = (float)((int)((seed >> 33) % 2001) - 1000) / 512;
	}
	return vectors;
}

/* Independent normal numbers about `mean`. */
static inline struct rq_vectors made_normal(size_t n, size_t d, double mean, uint64_t seed)
{
	struct rq_vectors vectors = made_vectors(n, d);
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t i = 0; i < n * d; i++)
		vectors.data[i] = (float)(mean + rq_random_normal(&random));
	return vectors;
}

#endif
