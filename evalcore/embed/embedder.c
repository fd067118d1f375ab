/* The table of embedders, and what tells two models apart that go by one name. */
#include "evalcore/embed/embedder.h"

#include <string.h>

#define RQ_EMBEDDER(name) extern const struct rq_embedder rq_embedder_##name;
#include "evalcore/embed/embedders.def"
#undef RQ_EMBEDDER

const struct rq_embedder *const rq_embedders[] = {
#define RQ_EMBEDDER(name) &rq_embedder_##name,
#include "evalcore/embed/embedders.def"
#undef RQ_EMBEDDER
	NULL,
};

const struct rq_embedder *rq_embedder_find(const char *name)
{
	for (const struct rq_embedder *const *embedder = rq_embedders; *embedder != NULL; embedder++)
		if (strcmp((*embedder)->name, name) == 0)
			return *embedder;
	return NULL;
}

void rq_identity_sketch(struct rq_identity *identity, const float *vector, size_t dimension)
{
	memset(identity->sketch, 0, sizeof identity->sketch);
	for (size_t i = 0; i < dimension; i++) /* a sign drawn for each number, so that those of one place do not add up */
		identity->sketch[i % RQ_SKETCH] += i / RQ_SKETCH * (i * 0x9E3779B97F4A7C15u) >> 63 ? -vector[i] : vector[i];
}

bool rq_identity_is_like(const struct rq_identity *a, const struct rq_identity *b)
{
	static const double APART = 2e-4; /* 2 - 2 x .9999 */
	double of_a = 0, of_b = 0, apart = 0;

	for (size_t i = 0; i < RQ_SKETCH; i++) {
		double difference = (double)a->sketch[i] - (double)b->sketch[i];
		of_a += (double)a->sketch[i] * (double)a->sketch[i];
		of_b += (double)b->sketch[i] * (double)b->sketch[i];
		apart += difference * difference;
	}
	return apart <= APART * (of_a > of_b ? of_a : of_b);
}
