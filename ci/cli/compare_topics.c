#include "ci/cli/compare_topics.h"

#include "datasets/datasets.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const standard_metrics[] = {"nDCG@10", "RR@10"};
static const char *const standard_fields[] = {"title", "text"};

void rq_compare_topics_release(struct rq_compare_topics *topics)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		rq_vectors_release(&topics->own_vectors[side]);
		rq_corpus_release(&topics->corpora[side]);
	}
	rq_topics_release(&topics->own_topics);
	rq_qrels_release(&topics->own_qrels);
	rq_metric_list_release(&topics->metrics);
	if (topics->pipeline.config != NULL)
		rq_pipeline_release(&topics->pipeline);
	rq_config_release(&topics->config);
	rq_arena_release(&topics->arena);
}

/* ---- a config ---- */

static enum rq_status add_metrics(struct rq_compare_topics *topics, const struct rq_strings *asked, struct rq_error *err)
{
	size_t standard = asked->count == 0 && topics->pipeline.config == NULL ? sizeof standard_metrics / sizeof *standard_metrics : 0;

	for (size_t i = 0; i < asked->count; i++)
		if (rq_metrics_add(&topics->metrics, asked->items[i], 1, err) != RQ_OK)
			return rq_fail_within(err, "-m");
	for (size_t i = 0; i < standard; i++)
		RQ_TRY(rq_metrics_add(&topics->metrics, standard_metrics[i], 1, err));
	for (size_t i = 0; asked->count == 0 && i < topics->config.metric_count; i++)
		if (topics->config.metrics[i].metric->source == RQ_FROM_JUDGMENTS)
			RQ_TRY(rq_metrics_add_spec(&topics->metrics, &topics->config.metrics[i], err));
	for (size_t i = 0; i < topics->metrics.count; i++)
		if (topics->metrics.specs[i].metric->source != RQ_FROM_JUDGMENTS)
			return rq_fail(err, RQ_E_USAGE, "-m: \"%s\" cannot be measured from rankings and judgments alone; \"rqgate run\" measures it",
			               topics->metrics.specs[i].name);
	return RQ_OK;
}

static enum rq_status read_config(struct rq_compare_topics *topics, const struct rq_compare_files *files, bool search, struct rq_error *err)
{
	struct rq_pipeline *pipeline = &topics->pipeline;

	RQ_TRY(rq_config_load(&topics->config, files->config, &files->set, err));
	pipeline->config = &topics->config;
	topics->progress.enabled = isatty(STDERR_FILENO);
	pipeline->progress = &topics->progress;
	pipeline->cache.folder = files->cache != NULL ? files->cache : rq_path_join(&topics->arena, topics->config.folder, ".rqgate/cache");
	if (pipeline->cache.folder == NULL)
		return rq_fail_memory(err);
	if (rq_pipeline_load(pipeline, err) != RQ_OK)
		return err->status == RQ_E_CONFIG ? rq_fail_within(err, "%s", files->config) : err->status;
	topics->topics = pipeline->topics.count > 0 ? &pipeline->topics : NULL;
	topics->qrels = pipeline->qrels.count > 0 ? &pipeline->qrels : NULL;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		topics->texts[side] = pipeline->corpora[side].count > 0      ? &pipeline->corpora[side]
		                      : pipeline->corpora[RQ_BASELINE].count > 0 ? &pipeline->corpora[RQ_BASELINE]
		                                                                 : NULL;
	topics->own_texts = pipeline->corpora[RQ_CANDIDATE].count > 0;
	if (!search)
		return RQ_OK;
	RQ_TRY(rq_blas_reserve(err));
	RQ_TRY(rq_pipeline_embed_topics(pipeline, err));
	topics->ids = rq_arena_alloc(&topics->arena, pipeline->topics.count + 1, sizeof *topics->ids);
	if (topics->ids == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < pipeline->topics.count; i++)
		topics->ids[i] = pipeline->topics.topics[i].id;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (rq_pipeline_topic_vectors(&topics->vectors[side], pipeline, side, err) != RQ_OK)
			return rq_fail_within(err, "%s", files->config);
	return RQ_OK;
}

/* ---- files ---- */

struct row {
	const char *id;
	size_t place;
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->id, ((const struct row *)b)->id);
}

/* Puts rows into strcmp order of their ids. */
static enum rq_status sort_rows(struct rq_vectors *sorted, const struct rq_vectors *vectors, struct row *rows, struct rq_error *err)
{
	qsort(rows, vectors->n, sizeof *rows, by_id);
	RQ_TRY(rq_vectors_init(sorted, vectors->n, vectors->d, err));
	for (size_t i = 0; i < vectors->n; i++)
		memcpy(sorted->data + i * vectors->d, vectors->data + rows[i].place * vectors->d, vectors->d * sizeof *vectors->data);
	return RQ_OK;
}

/* The ids that the file of vectors has, those of a file of ids, or of the topics in the order of their file. */
static enum rq_status name_rows(struct rq_ids *ids, const struct rq_compare_topics *topics, const struct rq_compare_files *files, const char *path,
                                size_t rows, struct rq_error *err)
{
	const struct rq_ids *told = &topics->own_topics.ids;

	if (files->ids != NULL) {
		rq_ids_release(ids);
		RQ_TRY(rq_ids_load(ids, files->ids, err));
	}
	for (uint32_t i = 0; ids->count < told->count && i < told->count && (i > 0 || ids->count == 0); i++)
		if (rq_ids_add(ids, told->names[i], strlen(told->names[i]), NULL) == RQ_ID_NONE)
			return rq_fail_memory(err);
	if (ids->count == 0)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": nothing tells which topics its rows are; name them with --topic-ids or --topics", path);
	if (ids->count != rows)
		return rq_fail(err, RQ_E_DATA, "\"%s\": %zu vectors for %u topics; every topic needs exactly one, in the order of its ids", path, rows, ids->count);
	return RQ_OK;
}

static enum rq_status read_vectors(struct rq_compare_topics *topics, const struct rq_compare_files *files, enum rq_side side, const char *path,
                                   struct rq_error *err)
{
	struct rq_vectors vectors = {0};
	struct rq_ids ids = {0};
	struct row *rows = NULL;
	enum rq_status status = rq_vectors_load(&vectors, &ids, NULL, path, err);

	if (status == RQ_OK)
		status = name_rows(&ids, topics, files, path, vectors.n, err);
	if (status == RQ_OK && (rows = calloc(vectors.n + 1, sizeof *rows)) == NULL)
		status = rq_fail_memory(err);
	for (size_t i = 0; status == RQ_OK && i < vectors.n; i++) {
		rows[i] = (struct row){rq_arena_strdup(&topics->arena, ids.names[i]), i};
		if (rows[i].id == NULL)
			status = rq_fail_memory(err);
	}
	if (status == RQ_OK)
		status = sort_rows(&topics->own_vectors[side], &vectors, rows, err);
	const char **names = status == RQ_OK ? rq_arena_alloc(&topics->arena, vectors.n + 1, sizeof *names) : NULL;
	if (status == RQ_OK && names == NULL)
		status = rq_fail_memory(err);
	for (size_t i = 0; status == RQ_OK && i < vectors.n; i++) {
		names[i] = rows[i].id;
		if (topics->ids != NULL && strcmp(topics->ids[i], names[i]) != 0)
			status = rq_fail(err, RQ_E_DATA, "\"%s\": has other topics than %s (\"%s\" for one)", path, files->vectors, names[i]);
	}
	topics->ids = topics->ids == NULL ? names : topics->ids;
	topics->vectors[side] = &topics->own_vectors[side];
	free(rows);
	rq_vectors_release(&vectors);
	rq_ids_release(&ids);
	return status;
}

static enum rq_status read_topic_vectors(struct rq_compare_topics *topics, const struct rq_compare_files *files, struct rq_error *err)
{
	if (files->vectors == NULL)
		return RQ_OK;
	RQ_TRY(read_vectors(topics, files, RQ_BASELINE, files->vectors, err));
	topics->vectors[RQ_CANDIDATE] = topics->vectors[RQ_BASELINE];
	if (files->vectors_b == NULL)
		return RQ_OK;
	size_t count = topics->own_vectors[RQ_BASELINE].n;
	RQ_TRY(read_vectors(topics, files, RQ_CANDIDATE, files->vectors_b, err));
	if (topics->own_vectors[RQ_CANDIDATE].n == count)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "\"%s\": %zu topics, and %s has %zu", files->vectors_b, topics->own_vectors[RQ_CANDIDATE].n, files->vectors, count);
}

static enum rq_status read_corpora(struct rq_compare_topics *topics, const struct rq_compare_files *files, struct rq_error *err)
{
	const char *paths[RQ_SIDES] = {files->corpus_a != NULL ? files->corpus_a : files->corpus, files->corpus_b};

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		if (paths[side] == NULL)
			continue;
		RQ_TRY(rq_corpus_load(&topics->corpora[side], paths[side], standard_fields, sizeof standard_fields / sizeof *standard_fields, err));
		topics->texts[side] = &topics->corpora[side];
	}
	topics->own_texts = topics->own_texts || (files->corpus_a != NULL && files->corpus_b != NULL);
	return RQ_OK;
}

static enum rq_status check(const struct rq_compare_files *files, bool search, struct rq_error *err)
{
	if (files->config != NULL && (files->topics != NULL || files->vectors != NULL || files->vectors_b != NULL || files->ids != NULL || files->qrels != NULL))
		return rq_fail(err, RQ_E_USAGE, "--config names topics and judgments; leave out --topics, --topic-vectors, --topic-ids and --qrels, or --config");
	if (files->config == NULL && (files->set.count > 0 || files->cache != NULL))
		return rq_fail(err, RQ_E_USAGE, "--set and --cache belong to --config; name one");
	if (files->vectors_b != NULL && files->vectors == NULL)
		return rq_fail(err, RQ_E_USAGE, "--topic-vectors-b: name those that A is searched with, too: --topic-vectors");
	if (files->corpus != NULL && (files->corpus_a != NULL || files->corpus_b != NULL))
		return rq_fail(err, RQ_E_USAGE, "--corpus is of both sides; leave it out beside --corpus-a and --corpus-b");
	if ((files->corpus_a != NULL) != (files->corpus_b != NULL))
		return rq_fail(err, RQ_E_USAGE, "--corpus-a and --corpus-b belong together; name both, or --corpus");
	if (search && (files->qrels != NULL || files->topics != NULL) && files->vectors == NULL)
		return rq_fail(err, RQ_E_USAGE,
		               "%s: topics without vectors cannot be searched for; name --topic-vectors, or --config",
		               files->qrels != NULL ? "--qrels" : "--topics");
	if (!search && files->vectors != NULL)
		return rq_fail(err, RQ_E_USAGE, "--topic-vectors: runs are not searched; leave it out");
	return RQ_OK;
}

enum rq_status rq_compare_topics_load(struct rq_compare_topics *topics, const struct rq_compare_files *files, bool search, struct rq_error *err)
{
	RQ_TRY(check(files, search, err));
	if (files->config != NULL)
		RQ_TRY(read_config(topics, files, search, err));
	if (files->topics != NULL) {
		RQ_TRY(rq_topics_load(&topics->own_topics, files->topics, err));
		topics->topics = &topics->own_topics;
	}
	if (files->qrels != NULL) {
		RQ_TRY(rq_qrels_load(&topics->own_qrels, files->qrels, err));
		topics->qrels = &topics->own_qrels;
	}
	RQ_TRY(read_topic_vectors(topics, files, err));
	RQ_TRY(read_corpora(topics, files, err));
	return add_metrics(topics, &files->metrics, err);
}
