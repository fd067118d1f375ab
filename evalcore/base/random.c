#include "evalcore/base/random.h"

#include <math.h>
#include <stdbool.h>

static uint64_t rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

/* The finaliser of splitmix64: one to one. */
static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void rq_random_seed(struct rq_random *random, uint64_t seed)
{
	for (int i = 0; i < 4; i++) { /* splitmix64 */
		seed += 0x9e3779b97f4a7c15u;
		random->state[i] = mix(seed);
	}
}

void rq_random_stream(struct rq_random *random, uint64_t seed, uint64_t stream)
{
	rq_random_seed(random, mix(mix(seed + 0x9e3779b97f4a7c15u) + stream));
}

uint64_t rq_random_u64(struct rq_random *random)
{
	uint64_t *s = random->state, result = rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint64_t rq_random_below(struct rq_random *random, uint64_t bound)
{
	/* Values under 2^64 mod bound would make the low remainders likelier. */
	uint64_t reject = (0 - bound) % bound, value;

	do
		value = rq_random_u64(random);
	while (value < reject);
	return value % bound;
}

void rq_random_indices(uint32_t *indices, size_t n, struct rq_random *random, uint32_t bound)
{
	struct rq_random own = *random; /* in registers */
	uint32_t reject = (0 - bound) % bound;
	uint64_t bits = 0;
	bool half = false;

	for (size_t i = 0; i < n;) {
		bits = half ? bits >> 32 : rq_random_u64(&own);
		half = !half;
		uint64_t product = (bits & UINT32_MAX) * bound;
		indices[i] = (uint32_t)(product >> 32);
		i += (uint32_t)product >= reject ? 1 : 0; /* a rejected one is written over */
	}
	*random = own;
}

double rq_random_unit(struct rq_random *random)
{
	return (double)(rq_random_u64(random) >> 11) * 0x1p-53;
}

double rq_random_normal(struct rq_random *random)
{
	double u = 1 - rq_random_unit(random), v = rq_random_unit(random); /* Box & Muller 1958; u > 0 */

	return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}
