/* The `exact` backend, which searches the vectors as they are, and how long an exact search would take. */
#include "evalcore/index/index.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"

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
			return rq_fail(err, RQ_E_CONFIG, "%s \"%s\" means nothing to kind \"exact\", which compares every vector; leave it out, or set kind to \"faiss\"",
			               refused[i].name, refused[i].value);
	return RQ_OK;
}

static enum rq_status build(struct rq_index **index, const struct rq_index_config *config, enum rq_similarity similarity, const struct rq_vectors *vectors,
                            struct rq_progress *progress, struct rq_error *err)
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

static enum rq_status search_batch(struct rq_index *index, const float *queries, size_t nq, const uint32_t *tie_rank, struct rq_neighbours *out, struct rq_progress *progress,
                                   struct rq_error *err)
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

static void close_index(struct rq_index *index)
{
	free(index);
}

const struct rq_backend rq_backend_exact = {
	.name = "exact",
	.help = "compares each query with every vector: the true neighbours, right to the last digit, independent of machine and thread count",
	.citation = "Goto & van de Geijn, Anatomy of High-Performance Matrix Multiplication (2008), as in OpenBLAS; rounding bound: Higham, Accuracy and Stability of "
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
	.close = close_index,
};

enum { SAMPLE_QUERIES = 256, SAMPLE_ROWS = 512, SAMPLE_DIMENSION = 1024 };

struct sample {
	size_t d;
	const float *queries, *rows;
	float *products; /* one a task */
};

static void sample_task(void *context, size_t task)
{
	const struct sample *sample = context;

	rq_sgemm(false, true, SAMPLE_QUERIES, SAMPLE_ROWS, sample->d, 1, sample->queries, sample->d, sample->rows, sample->d, 0,
	         sample->products + task * SAMPLE_QUERIES * SAMPLE_ROWS, SAMPLE_ROWS);
}

double rq_exact_estimate(size_t n, size_t d, size_t nq)
{
	size_t tasks = (size_t)rq_threads() * 4, sample_d = d < 1 ? 1 : d > SAMPLE_DIMENSION ? SAMPLE_DIMENSION : d;
	RQ_CLEANUP(rq_free_pointer) float *values = calloc((SAMPLE_QUERIES + SAMPLE_ROWS) * sample_d, sizeof *values);
	RQ_CLEANUP(rq_free_pointer) float *products = calloc(tasks * SAMPLE_QUERIES * SAMPLE_ROWS, sizeof *products);
	double rate = 1e9, best = 0; /* multiplications a second; 1e9 is a slow machine's, should there be no memory to measure */

	if (values != NULL && products != NULL) {
		struct sample sample = {.d = sample_d, .queries = values, .rows = values + SAMPLE_QUERIES * sample_d, .products = products};
		/* the first round pays for page faults and OpenBLAS's own memory */
		for (int round = 0; round < 3; round++) {
			uint64_t start = rq_clock_ns();
			rq_parallel_for(tasks, sample_task, &sample);
			double seconds = (double)(rq_clock_ns() - start + 1) * 1e-9;
			if (best == 0 || seconds < best)
				best = seconds;
		}
		rate = (double)(tasks * SAMPLE_QUERIES * SAMPLE_ROWS) * (double)sample_d / best;
	}
	/* Packing and reading the base costs what some 16 queries do; selecting costs a tenth. */
	return 1.1 * (double)n * (double)d * ((double)nq + 16) / rate;
}
