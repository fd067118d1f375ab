/* The `exact` backend, which searches the vectors as they are, and how long an exact search would take. */
#include "evalcore/index/index.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/system.h"

#include <math.h>
#include <stdlib.h>

struct rq_index {
	const struct rq_vectors *vectors; /* borrowed */
	enum rq_similarity similarity;
};

static const char *library(void)
{
	return rq_blas_version();
}

static enum rq_status check(const struct rq_index_config *config, size_t d, struct rq_error *err)
{
	const struct {
		const char *name, *value;
	} refused[] = {{"factory", config->factory}, {"build", config->build}, {"search", config->search}, {"file", config->file}, {"ids", config->ids}};

	(void)d;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (refused[i].value != NULL)
			return rq_fail(err, RQ_E_CONFIG,
			               "%s \"%s\" means nothing to kind \"exact\", which compares every vector; leave it out, or set kind to \"faiss\"",
			               refused[i].name, refused[i].value);
	return RQ_OK;
}

static enum rq_status build(struct rq_index **index, const struct rq_index_config *config, enum rq_similarity similarity,
                            const struct rq_vectors *vectors, struct rq_progress *progress, struct rq_error *err)
{
	(void)progress;
	*index = NULL;
	RQ_TRY(check(config, vectors->d, err));
	*index = malloc(sizeof **index);
	if (*index == NULL)
		return rq_fail_memory(err);
	**index = (struct rq_index){.vectors = vectors, .similarity = similarity};
	return RQ_OK;
}

static enum rq_status configure(struct rq_index *index, const char *search, struct rq_error *err)
{
	(void)index;
	return check(&(struct rq_index_config){.search = search}, 0, err);
}

static enum rq_status search_batch(struct rq_index *index, const float *queries, size_t nq, const uint32_t *tie_rank, struct rq_neighbours *out,
                                   struct rq_progress *progress, struct rq_error *err)
{
	return rq_exact_search(out, index->vectors, queries, nq, index->similarity, tie_rank, progress, err);
}

static size_t rows(const struct rq_index *index)
{
	return index->vectors->n;
}

static size_t dimension(const struct rq_index *index)
{
	return index->vectors->d;
}

static const char *remark(const struct rq_index *index, size_t k, bool *unexpected)
{
	(void)index;
	(void)k;
	if (unexpected != NULL)
		*unexpected = false;
	return NULL;
}

/* A single query scores every row in double. */
static enum rq_status estimate(struct rq_index_estimate *out, const struct rq_index *opened, const struct rq_index_config *config, size_t n, size_t d, size_t k,
                               struct rq_error *err)
{
	(void)opened;
	(void)k;
	*out = (struct rq_index_estimate){.query = 1.7e-10 * (double)n * (double)d};
	return check(config, d, err);
}

static void close_index(struct rq_index *index)
{
	free(index);
}

const struct rq_backend rq_backend_exact = {
	.name = "exact",
	.help = "compares each query with every vector: the true neighbours, right to the last digit, independent of machine and thread count",
	.citation = "Goto & van de Geijn, Anatomy of High-Performance Matrix Multiplication (2008), as in OpenBLAS; rounding bound: Higham, Accuracy and "
                "Stability of "
				"Numerical Algorithms (2002), 3.1",
	.version = 1,
	.library = library,
	.exact = true,
	.stored = false,
	.check = check,
	.build = build,
	.configure = configure,
	.search_batch = search_batch,
	.rows = rows,
	.dimension = dimension,
	.remark = remark,
	.estimate = estimate,
	.close = close_index,
};

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

/* The reference needs 1.68e-10 s for each number of the few that are scored in double. A sample is over before others get their turn, so these are counted beside it,
 * by half: some end, wait or give way (measured with 7 tasks a core, which slowed a run 3 times). */
double rq_machine_slowness(void)
{
	enum { TRIES = 5, FEW = 4, WIDTH = 256 };
	double least = INFINITY, crowding = 0;
	int threads = rq_threads();

	rq_threads_set(1);
	for (int i = 0; i < TRIES; i++) {
		least = fmin(least, rq_exact_estimate(SAMPLE_ROWS, WIDTH, FEW));
		crowding += (1 + rq_crowding()) / 2 / TRIES;
	}
	rq_threads_set(threads);
	return crowding * least / (1.68e-10 * SAMPLE_ROWS * WIDTH * FEW);
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
