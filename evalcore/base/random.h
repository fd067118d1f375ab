/* Seeded random numbers, the same on every machine: xoshiro256++ (Blackman & Vigna 2019), seeded through splitmix64. One generator a thread. */
#ifndef RQ_BASE_RANDOM_H
#define RQ_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct rq_random {
	uint64_t state[4];
};

void rq_random_seed(struct rq_random *random, uint64_t seed);
/* The stream-th generator of a seed: each task of a parallel loop has its own, so that its numbers depend on no other. Different streams share no
 * state. */
void rq_random_stream(struct rq_random *random, uint64_t seed, uint64_t stream);
uint64_t rq_random_u64(struct rq_random *random);
uint64_t rq_random_below(struct rq_random *random, uint64_t bound); /* uniform on [0, bound), bound > 0, without bias */
/* n of them on [0, bound), 0 < bound < 2^32, from 32 bits each (Lemire 2019): what many draws take. */
void rq_random_indices(uint32_t *indices, size_t n, struct rq_random *random, uint32_t bound);
double rq_random_unit(struct rq_random *random);                    /* uniform on [0, 1) */
double rq_random_normal(struct rq_random *random);                  /* mean 0, variance 1 */

#endif
