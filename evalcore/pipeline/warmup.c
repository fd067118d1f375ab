#include "evalcore/pipeline/warmup.h"

#include "evalcore/base/page_cache.h"
#include "evalcore/pipeline/stages.h"
#include "metrics/stats/stats.h"
#include "metrics/stats/warm.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct warming {
	struct rq_warm *warm;
	struct rq_pipeline *pipeline;
	const struct rq_warmup_options *options;
	struct rq_searcher searcher;
	size_t *topics;   /* those that have a vector */
	size_t topic_count, queries; /* of a round: every topic equally often */
	double *seconds;  /* of the last RQ_WARM_ROUNDS rounds, a slot each */
	double *p95;      /* of all rounds */
	struct rq_neighbours answer;
	uint64_t started;
	struct stat seen; /* the index file, before its digest was taken */
};

static void release(struct warming *warming)
{
	if (warming->searcher.side != NULL)
		rq_searcher_release(&warming->searcher);
	rq_neighbours_release(&warming->answer);
	free(warming->topics);
	free(warming->seconds);
	free(warming->p95);
}

static uint64_t now(const struct warming *warming)
{
	return warming->options->now == NULL ? rq_clock_ns() : warming->options->now(warming->options->context);
}

static double since(const struct warming *warming, uint64_t started)
{
	return (double)(now(warming) - started) * 1e-9;
}

/* ---- what is opened ---- */

static const char *why_nothing_is_opened(const struct rq_side_config *side)
{
	if (side->approved != NULL)
		return "not measured: the side is an approved baseline";
	if (side->run != NULL)
		return "not measured: the side is a run file";
	if (side->bm25 != NULL)
		return "not measured: an index of words is made in memory and never opened";
	if (side->retriever != NULL)
		return "not measured: the index is elsewhere";
	return side->backend->load == NULL ? "not measured: an exact search opens no index" : NULL;
}

/* An index of its own file, or the one that the cache keeps; NULL: there is none. */
static enum rq_status open_stream(FILE **stream, struct warming *warming, struct rq_error *err)
{
	struct rq_searcher *searcher = &warming->searcher;
	const char *file = searcher->side->index.file;

	*stream = file == NULL ? rq_cache_open(searcher->cache, "index", &searcher->key) : fopen(file, "re");
	if (*stream == NULL && file == NULL)
		warming->warm->absent = "not measured: the index is built in every run, for there is no cache to open it from";
	if (*stream == NULL && file != NULL)
		return errno == ENOMEM ? rq_fail_memory(err) : rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", file, strerror(errno));
	return RQ_OK;
}

/* One that is built here must have been built, and the cache keeps it; then it is closed again. */
static enum rq_status prepare(struct warming *warming, struct rq_error *err)
{
	struct rq_pipeline *pipeline = warming->pipeline;
	struct rq_searcher *searcher = &warming->searcher;
	enum rq_side side = warming->options->side;
	const struct rq_side_config *config = &pipeline->config->sides[side];

	if (config->index.file != NULL && stat(config->index.file, &warming->seen) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", config->index.file, strerror(errno));
	RQ_TRY(rq_searcher_init(searcher, config, rq_side_corpus(pipeline, side), rq_side_embedding(pipeline, side), &pipeline->cache, err));
	if (config->index.file == NULL && !rq_searcher_index_cached(searcher))
		RQ_TRY(rq_searcher_ready(searcher, pipeline->progress, err));
	RQ_TRY(rq_searcher_sha256(searcher, pipeline->progress, err));
	if (searcher->index != NULL)
		config->backend->close(searcher->index);
	searcher->index = NULL;
	warming->warm->sha256 = rq_arena_strdup(&pipeline->comparison.arena, searcher->sha256);
	warming->warm->index = config->index.file == NULL ? "the cached index" : rq_arena_show(&pipeline->comparison.arena, config->shown);
	return warming->warm->sha256 == NULL || warming->warm->index == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status load(struct warming *warming, FILE *stream, struct rq_error *err)
{
	struct rq_searcher *searcher = &warming->searcher;
	const struct rq_side_config *config = searcher->side;
	const char *name = config->index.file == NULL ? "cached index" : config->index.file;
	struct stat opened;

	if (fstat(fileno(stream), &opened) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot tell its size: %s", name, strerror(errno));
	warming->warm->bytes = (double)opened.st_size;
	warming->warm->dropped_all = warming->options->drop_caches && rq_pages_drop_all();
	rq_pages_drop(fileno(stream));
	warming->warm->in_memory = rq_pages_in_memory(fileno(stream));
	size_t faults = rq_major_faults();
	warming->started = now(warming);
	RQ_TRY(config->backend->load(&searcher->index, stream, name, rq_side_similarity(config), searcher->embedding->topics.d, err));
	if (config->index.search != NULL)
		RQ_TRY(config->backend->configure(searcher->index, config->index.search, err));
	warming->warm->load_seconds = since(warming, warming->started);
	warming->warm->load_faults = rq_major_faults() - faults;
	if (config->index.file != NULL)
		RQ_TRY(rq_file_check_unchanged(fileno(stream), &warming->seen, name, err));
	if (config->backend->rows(searcher->index) != searcher->rows)
		return rq_fail(err, RQ_E_DATA, "\"%s\": holds %zu vectors, and its ids or the corpus %zu", name, config->backend->rows(searcher->index),
		               searcher->rows);
	return RQ_OK;
}

/* ---- rounds ---- */

static enum rq_status make_room(struct warming *warming, size_t rounds, struct rq_error *err)
{
	struct rq_pipeline *pipeline = warming->pipeline;
	size_t k = pipeline->cutoff < warming->searcher.rows ? pipeline->cutoff : warming->searcher.rows;

	warming->topics = malloc((pipeline->topics.count + 1) * sizeof *warming->topics);
	if (warming->topics == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < pipeline->topics.count; i++)
		if (!rq_topic_has_no_vector(pipeline, warming->options->side, i))
			warming->topics[warming->topic_count++] = i;
	if (warming->topic_count == 0)
		return rq_fail(err, RQ_E_DATA, "no topic has a vector, so there is nothing to warm up with");
	warming->queries = (RQ_WARMUP_QUERIES + warming->topic_count - 1) / warming->topic_count * warming->topic_count;
	warming->seconds = malloc(RQ_WARM_ROUNDS * warming->queries * sizeof *warming->seconds);
	warming->p95 = malloc(rounds * sizeof *warming->p95);
	warming->warm->rounds = rq_arena_alloc(&pipeline->comparison.arena, rounds, sizeof *warming->warm->rounds);
	if (warming->seconds == NULL || warming->p95 == NULL || warming->warm->rounds == NULL)
		return rq_fail_memory(err);
	return rq_neighbours_init(&warming->answer, 1, k, err);
}

static enum rq_status hold_round(struct warming *warming, struct rq_error *err)
{
	struct rq_warm *warm = warming->warm;
	struct rq_searcher *searcher = &warming->searcher;
	const struct rq_vectors *queries = &searcher->embedding->topics;
	double *seconds = warming->seconds + warm->round_count % RQ_WARM_ROUNDS * warming->queries;
	struct rq_warm_round *round = &warm->rounds[warm->round_count];
	uint64_t started = now(warming);
	size_t faults = rq_major_faults();

	for (size_t i = 0; i < warming->queries; i++) {
		const float *query = queries->data + warming->topics[i % warming->topic_count] * queries->d;
		uint64_t asked = now(warming);
		RQ_TRY(searcher->side->backend->search_batch(searcher->index, query, 1, searcher->tie_rank, &warming->answer, NULL, err));
		seconds[i] = since(warming, asked);
		RQ_TRY(rq_cancel_check(err));
	}
	round->seconds = since(warming, started);
	round->major_faults = rq_major_faults() - faults;
	round->queries = warming->queries;
	qsort(seconds, warming->queries, sizeof *seconds, rq_compare_doubles);
	round->p50 = rq_quantile(seconds, warming->queries, .5);
	round->p95 = rq_quantile(seconds, warming->queries, .95);
	round->p99 = rq_quantile(seconds, warming->queries, .99);
	warming->p95[warm->round_count++] = round->p95;
	return RQ_OK;
}

/* On one thread, as queries come. */
static enum rq_status hold_rounds(struct warming *warming, size_t most, struct rq_error *err)
{
	struct rq_warm *warm = warming->warm;
	struct rq_progress *progress = warming->pipeline->progress;
	enum rq_status status = RQ_OK;
	int threads = rq_threads();

	rq_threads_set(1);
	rq_progress_begin(progress, "warming up", "rounds", most);
	while (status == RQ_OK && !warm->stable && warm->round_count < most) {
		status = hold_round(warming, err);
		rq_progress_add(progress, 1);
		warm->stable = status == RQ_OK && rq_rounds_are_stable(warming->p95, warm->round_count);
	}
	rq_progress_end(progress);
	rq_threads_set(threads);
	return status;
}

static void summarise(struct warming *warming)
{
	struct rq_warm *warm = warming->warm;
	double lower;

	warm->ready_seconds = warm->p50 = warm->p95 = warm->p99 = warm->p99_upper = NAN;
	if (!warm->stable)
		return;
	warm->ready_seconds = since(warming, warming->started);
	warm->samples = RQ_WARM_ROUNDS * warming->queries;
	qsort(warming->seconds, warm->samples, sizeof *warming->seconds, rq_compare_doubles);
	warm->p50 = rq_quantile(warming->seconds, warm->samples, .5);
	warm->p95 = rq_quantile(warming->seconds, warm->samples, .95);
	warm->p99 = rq_quantile(warming->seconds, warm->samples, .99);
	(void)rq_quantile_bounds(&lower, &warm->p99_upper, warming->seconds, warm->samples, .99);
}

static enum rq_status warm_up(struct warming *warming, struct rq_error *err)
{
	size_t most = warming->options->rounds > 0 ? warming->options->rounds : RQ_WARMUP_ROUNDS;
	FILE *stream;

	RQ_TRY(prepare(warming, err));
	RQ_TRY(make_room(warming, most, err));
	RQ_TRY(open_stream(&stream, warming, err));
	if (stream == NULL)
		return RQ_OK;
	enum rq_status status = load(warming, stream, err);
	fclose(stream);
	if (status == RQ_OK)
		status = hold_rounds(warming, most, err);
	if (status == RQ_OK)
		summarise(warming);
	return status == RQ_OK ? RQ_OK : rq_fail_within(err, "%s.index", warming->searcher.side->name);
}

/* The side's vectors are there. */
static enum rq_status measure(struct rq_warm *warm, struct rq_pipeline *pipeline, const struct rq_warmup_options *options, struct rq_error *err)
{
	const struct rq_side_config *side = &pipeline->config->sides[options->side];
	struct warming warming = {.warm = warm, .pipeline = pipeline, .options = options};

	*warm = (struct rq_warm){.side = side->name, .absent = why_nothing_is_opened(side)};
	if (warm->absent != NULL)
		return RQ_OK;
	enum rq_status status = warm_up(&warming, err);
	release(&warming);
	return status;
}

enum rq_status rq_warmup_run(struct rq_warm *warm, struct rq_pipeline *pipeline, const struct rq_warmup_options *options, struct rq_error *err)
{
	const struct rq_side_config *side = &pipeline->config->sides[options->side];

	if (why_nothing_is_opened(side) == NULL)
		RQ_TRY(side->index.file != NULL ? rq_pipeline_embed_topics(pipeline, err) : rq_stage_embed(pipeline, err));
	return measure(warm, pipeline, options, err);
}

enum rq_status rq_stage_warmup(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	const struct rq_warmup_options options = {.side = RQ_CANDIDATE};
	uint64_t started = rq_clock_ns();

	if ((pipeline->config->measured & RQ_MEASURE_WARMUP) == 0)
		return RQ_OK;
	struct rq_warm *warm = rq_arena_alloc(&comparison->arena, 1, sizeof *warm);
	if (warm == NULL)
		return rq_fail_memory(err);
	RQ_TRY(measure(warm, pipeline, &options, err));
	comparison->warm = warm;
	return rq_add_stage(comparison, "warmup", started, err);
}
