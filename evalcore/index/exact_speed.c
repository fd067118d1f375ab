/* How long an exact search would take, from one that is measured, and what that says of the machine. */
#include "evalcore/index/index.h"

#include "evalcore/base/machine.h"
#include "evalcore/base/system.h"

#include <math.h>

/* A search of this size takes some ten milliseconds and goes through all of the code. */
enum { SAMPLE_ROWS = 6144, SAMPLE_QUERIES = 256, SAMPLE_DIMENSION = 1024, SAMPLE_K = 10 };

static double seconds_of(struct rq_neighbours *out, const struct rq_vectors *base, const struct rq_vectors *queries, const uint32_t *ranks)
{
	uint64_t start = rq_clock_ns();

	if (rq_exact_search(out, base, queries->data, queries->n, RQ_INNER_PRODUCT, ranks, NULL, NULL) != RQ_OK)
		return 0;
	return (double)(rq_clock_ns() - start) * 1e-9;
}

static double measure(struct rq_vectors *base, struct rq_vectors *queries, struct rq_neighbours *out)
{
	uint32_t ranks[SAMPLE_ROWS], random = 1;

	/* numbers without a pattern are enough (Numerical Recipes's generator) */
	for (size_t i = 0; i < base->n * base->d; i++)
		base->data[i] = (float)(int32_t)(random = random * 1664525u + 1013904223u);
	for (size_t i = 0; i < queries->n * queries->d; i++)
		queries->data[i] = (float)(int32_t)(random = random * 1664525u + 1013904223u);
	for (uint32_t i = 0; i < SAMPLE_ROWS; i++)
		ranks[i] = i;
	/* the first pays for page faults */
	double first = seconds_of(out, base, queries, ranks), second = seconds_of(out, base, queries, ranks);
	return second < first ? second : first;
}

/* Few queries are scored in double, each row. A sample is over before others get their turn, so these are counted beside it, by half:
 * some end, wait or give way (measured with 7 tasks a core, which slowed a run 3 times). */
double rq_machine_slowness(void)
{
	enum { TRIES = 5, FEW = 4, WIDTH = 256 };
	double least = INFINITY, crowding = 0;
	int threads = rq_threads();

	rq_threads_set(1);
	for (int i = 0; i < TRIES; i++) {
		least = fmin(least, rq_exact_estimate(SAMPLE_ROWS, WIDTH, FEW));
		crowding += (1 + rq_crowding("")) / 2 / TRIES;
	}
	rq_threads_set(threads);
	return crowding * least / (RQ_COST_EXACT_NUMBER * SAMPLE_ROWS * WIDTH * FEW);
}

double rq_exact_estimate(size_t n, size_t d, size_t nq)
{
	size_t most = SAMPLE_QUERIES * (size_t)rq_threads(),
		   sample_d = d < 1                ? 1 :
	                  d > SAMPLE_DIMENSION ? SAMPLE_DIMENSION :
	                                         d,
		   sample_nq = nq < 1    ? 1 :
	                   nq > most ? most :
	                               nq;
	struct rq_vectors base = {0}, queries = {0};
	struct rq_neighbours out = {0};
	double seconds = 0, share = (double)n * (double)d * (double)nq / ((double)SAMPLE_ROWS * (double)sample_d * (double)sample_nq);

	if (rq_vectors_init(&base, SAMPLE_ROWS, sample_d, NULL) == RQ_OK && rq_vectors_init(&queries, sample_nq, sample_d, NULL) == RQ_OK &&
	    rq_neighbours_init(&out, sample_nq, SAMPLE_K, NULL) == RQ_OK)
		seconds = measure(&base, &queries, &out);
	rq_vectors_release(&base);
	rq_vectors_release(&queries);
	rq_neighbours_release(&out);
	if (seconds == 0) /* no memory, or interrupted: a slow machine's 1e9 multiplications a second */
		return (double)n * (double)d * (double)nq * 1e-9;
	return share * seconds;
}
