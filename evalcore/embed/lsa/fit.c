/* Fits an lsa model: counts the corpus's features, weighs them, and keeps the leading right singular vectors of the document-feature matrix
 * (Deerwester et al. 1990). Every weight below was chosen by measurement: README.md. */
#include "evalcore/base/system.h"
#include "evalcore/embed/lsa/model.h"
#include "evalcore/embed/lsa/svd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double BIGRAM_WEIGHT = .5;

/* Documents beyond the dimensions: a basis as large as the corpus would only copy it. */
enum { SPARE_DOCUMENTS = 20 };

size_t rq_lsa_next_bucket(uint32_t *bucket, double *weight, const struct rq_features *features, size_t from)
{
	size_t i = from;

	*bucket = (uint32_t)(features->items[from].hash >> 48);
	*weight = 0;
	for (; i < features->count && features->items[i].hash >> 48 == *bucket; i++) {
		double frequency = 1 + log(features->items[i].count);
		*weight += rq_feature_is_bigram(&features->items[i]) ? BIGRAM_WEIGHT * frequency : frequency;
	}
	return i;
}

/* A document before idf: `count` buckets, ascending, and their weights. */
struct row {
	uint32_t *buckets;
	float *weights;
	size_t count;
};

static enum rq_status read_row(void *context, size_t i, const struct rq_features *features, struct rq_error *err)
{
	struct row *row = (struct row *)context + i;
	double weight;

	row->buckets = malloc((features->count + 1) * sizeof *row->buckets);
	row->weights = malloc((features->count + 1) * sizeof *row->weights);
	if (row->buckets == NULL || row->weights == NULL)
		return rq_fail_memory(err);
	for (size_t from = 0; from < features->count; row->count++) {
		from = rq_lsa_next_bucket(&row->buckets[row->count], &weight, features, from);
		row->weights[row->count] = (float)weight;
	}
	return RQ_OK;
}

static void free_rows(struct row *rows, size_t n)
{
	for (size_t i = 0; rows != NULL && i < n; i++) {
		free(rows[i].buckets);
		free(rows[i].weights);
	}
	free(rows);
}

/* Buckets seen become columns; `column_of` (2^16) maps them. Returns the number of entries of all rows. */
static enum rq_status choose_columns(struct rq_lsa_model *model, uint32_t *column_of, size_t *entries, const struct row *rows, size_t n,
                                     struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) uint32_t *found = calloc(RQ_LSA_BUCKETS, sizeof *found); /* documents with the bucket */

	if (found == NULL)
		return rq_fail_memory(err);
	*entries = 0;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < rows[i].count; j++)
			found[rows[i].buckets[j]]++;
		*entries += rows[i].count;
	}
	for (size_t b = 0; b < RQ_LSA_BUCKETS; b++)
		model->columns += found[b] > 0;
	if (model->columns == 0)
		return rq_fail(err, RQ_E_DATA,
		               "none of the %zu documents of the corpus has a word that is no stop word; lsa needs text to fit to: "
		               "check the fields that the config names",
		               n);
	model->buckets = calloc(model->columns, sizeof *model->buckets);
	model->idf = calloc(model->columns, sizeof *model->idf);
	if (model->buckets == NULL || model->idf == NULL)
		return rq_fail_memory(err);
	uint32_t column = 0;
	for (uint32_t b = 0; b < RQ_LSA_BUCKETS; b++) {
		if (found[b] == 0)
			continue;
		model->buckets[column] = b;
		model->idf[column] = (float)log(1 + (double)n / found[b]); /* > 0 even where every document has it */
		column_of[b] = column++;
	}
	return RQ_OK;
}

/* The document-feature matrix: weight x idf, rows of length 1. */
static enum rq_status fill_matrix(struct rq_sparse *matrix, const struct rq_lsa_model *model, const uint32_t *column_of, size_t entries,
                                  const struct row *rows, size_t n, struct rq_error *err)
{
	*matrix = (struct rq_sparse){.rows = n, .columns = model->columns};
	matrix->starts = calloc(n + 1, sizeof *matrix->starts);
	matrix->indices = calloc(entries, sizeof *matrix->indices);
	matrix->values = calloc(entries, sizeof *matrix->values);
	if (matrix->starts == NULL || matrix->indices == NULL || matrix->values == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0, e = 0; i < n; i++) {
		double squares = 0;
		for (size_t j = 0; j < rows[i].count; j++, e++) {
			uint32_t column = column_of[rows[i].buckets[j]];
			matrix->indices[e] = column;
			matrix->values[e] = rows[i].weights[j] * model->idf[column];
			squares += (double)matrix->values[e] * matrix->values[e];
		}
		matrix->starts[i + 1] = e;
		for (size_t k = matrix->starts[i]; k < e; k++)
			matrix->values[k] = (float)(matrix->values[k] / sqrt(squares));
	}
	return RQ_OK;
}

static enum rq_status make_matrix(struct rq_sparse *matrix, struct rq_lsa_model *model, const struct row *rows, size_t n, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) uint32_t *column_of = calloc(RQ_LSA_BUCKETS, sizeof *column_of);
	size_t entries = 0;

	if (column_of == NULL)
		return rq_fail_memory(err);
	RQ_TRY(choose_columns(model, column_of, &entries, rows, n, err));
	return fill_matrix(matrix, model, column_of, entries, rows, n, err);
}

static enum rq_status read_corpus(struct row *rows, const struct rq_lsa_options *options, const struct rq_corpus *corpus, struct rq_error *err)
{
	const struct rq_feature_options feature_options = {.language = options->language, .stop_words = options->stop_words, .bigrams = options->bigrams};
	RQ_CLEANUP(rq_free_pointer) const char **texts = calloc(corpus->count + 1, sizeof *texts);

	if (texts == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < corpus->count; i++)
		texts[i] = corpus->documents[i].text;
	return rq_features_each(texts, corpus->count, &feature_options, read_row, rows, NULL, err);
}

/* min(dim, max(1, n - 20)) */
static size_t dimension_of(size_t documents, int64_t dim)
{
	size_t most = documents > SPARE_DOCUMENTS + 1 ? documents - SPARE_DOCUMENTS : 1;

	return most < (size_t)dim ? most : (size_t)dim;
}

/* So many components of the matrix, or its rank, become the model's. */
static enum rq_status decompose(struct rq_lsa_model *model, const struct rq_sparse *matrix, struct rq_progress *progress, struct rq_error *err)
{
	struct rq_svd svd;

	RQ_TRY(rq_svd_randomised(&svd, matrix, dimension_of(matrix->rows, model->options.dim), (uint64_t)model->options.seed, progress, err));
	model->dimension = (uint32_t)svd.rank;
	model->v = svd.v;
	svd.v = NULL;
	rq_svd_release(&svd);
	return RQ_OK;
}

static enum rq_status fit(struct rq_lsa_model *model, const struct rq_corpus *corpus, struct rq_progress *progress, struct rq_error *err)
{
	struct row *rows = calloc(corpus->count + 1, sizeof *rows);
	struct rq_sparse matrix = {0};

	if (rows == NULL)
		return rq_fail_memory(err);
	enum rq_status status = read_corpus(rows, &model->options, corpus, err);
	rq_progress_add(progress, 1);
	if (status == RQ_OK)
		status = make_matrix(&matrix, model, rows, corpus->count, err);
	free_rows(rows, corpus->count);
	if (status == RQ_OK)
		status = decompose(model, &matrix, progress, err);
	rq_sparse_release(&matrix);
	return status;
}

enum rq_status rq_lsa_fit(struct rq_lsa_model *model, const struct rq_lsa_options *options, const struct rq_corpus *corpus,
                          struct rq_progress *progress, struct rq_error *err)
{
	*model = (struct rq_lsa_model){.options = *options, .documents = (uint32_t)corpus->count};
	snprintf(model->language, sizeof model->language, "%s", options->language);
	rq_progress_begin(progress, "fitting lsa", "steps", 1 + rq_svd_steps());
	enum rq_status status = fit(model, corpus, progress, err);
	rq_progress_end(progress);
	if (status != RQ_OK)
		rq_lsa_model_release(model);
	return status;
}

/* Constants measured on five corpora of 160 kB to 13 MB, 64 to 512 dimensions: README.md. English text has about .12 features a byte. */
struct rq_cost rq_lsa_fit_cost(size_t *dimension, const struct rq_lsa_options *options, struct rq_text_volume corpus)
{
	*dimension = dimension_of(corpus.texts, options->dim);
	double n = (double)corpus.texts, bytes = (double)corpus.bytes, wide = (double)rq_svd_width(*dimension, corpus.texts), d = (double)*dimension;
	double columns = RQ_LSA_BUCKETS * (1 - exp(-pow(bytes / 1.1e6, .8))), entries = .12 * bytes;
	double model = columns * (d + 2) * sizeof(float), dense = (n + columns + fmax(n, columns)) * wide * sizeof(float) + 8 * wide * wide * sizeof(double);

	return (struct rq_cost){
		.serial = 2e-9 * wide * wide * wide,
		.parallel = bytes * (RQ_FEATURES_SECONDS + 6e-10 * wide) + 2.4e-11 * (16 * n + 3 * columns) * wide * wide,
		.memory = fmax(dense, 2 * model) + 40 * entries,
		.stored = model,
	};
}
