/* The `exact` backend, which searches the vectors as they are. */
#include "evalcore/index/index.h"

#include "evalcore/base/blas.h"

#include <stdlib.h>
#include <string.h>

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
	} refused[] = {{"factory", config->factory}, {"build", config->build}, {"search", config->search}};

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

static enum rq_status vectors(float *out, bool *held, const struct rq_index *index, size_t first, size_t count, struct rq_error *err)
{
	(void)err;
	*held = true;
	memcpy(out, index->vectors->data + first * index->vectors->d, count * index->vectors->d * sizeof *out);
	return RQ_OK;
}

static const char *remark(const struct rq_index *index, size_t k, bool *unexpected)
{
	(void)index;
	(void)k;
	if (unexpected != NULL)
		*unexpected = false;
	return NULL;
}

/* A single query scores every row in double. The vectors are the embedder's, but those of a file. */
static enum rq_status estimate(struct rq_index_estimate *out, const struct rq_index *opened, const struct rq_index_config *config, size_t n, size_t d,
                               size_t k, struct rq_error *err)
{
	(void)k;
	*out = (struct rq_index_estimate){.query = RQ_COST_EXACT_NUMBER * (double)n * (double)d,
	                                  .bytes = opened == NULL ? 0 : (double)n * (double)d * sizeof(float)};
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
	.vectors = vectors,
	.estimate = estimate,
	.close = close_index,
};
