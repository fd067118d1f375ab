#include "evalcore/pipeline/search.h"

#include "datasets/vector_file.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SHOWN_MAX = 50, NEAREST_SHOWN = 10 };

/* What is opened is a file of vectors, no index. */
static bool opens_vectors(const struct rq_searcher *searcher)
{
	return searcher->side->index.file != NULL && searcher->side->backend->load == NULL;
}

static void make_key(struct rq_searcher *searcher)
{
	const struct rq_index_config *config = &searcher->side->index;
	struct rq_key *key = &searcher->key;

	rq_key_add_text(key, searcher->side->backend->name);
	rq_key_add_u64(key, searcher->side->backend->version);
	rq_key_add_text(key, searcher->side->backend->library());
	rq_key_add_text(key, rq_blas_kernel()); /* training (k-means, PQ) runs on it */
	rq_key_add_text(key, config->factory);
	rq_key_add_text(key, config->build);
	rq_key_add_u64(key, (uint64_t)config->seed);
	rq_key_add_u64(key, (uint64_t)config->threads);
	rq_key_add_u64(key, (uint64_t)config->similarity);
	rq_key_add(key, &searcher->embedding->documents_key, sizeof searcher->embedding->documents_key);
	rq_key_add_text(key, searcher->sha256);
	if (opens_vectors(searcher))
		rq_key_add_text(key, config->file); /* of several arrays it names one */
}

/* Vectors are read at once, for they may carry their ids. */
static enum rq_status read_vectors(struct rq_searcher *searcher, const struct rq_corpus *corpus, struct rq_error *err)
{
	const struct rq_side_config *side = searcher->side;
	const struct rq_rows_source source = {side->index.file, side->index.ids, "ids", "document", "documents of the corpus", "leave it out"};

	RQ_TRY(rq_vectors_load(&searcher->vectors, &searcher->index_ids, searcher->sha256, side->index.file, err));
	enum rq_status status = rq_rows_name(&searcher->index_ids, &source, searcher->vectors.n, err);
	if (status == RQ_OK)
		status = rq_rows_check_zero(&source, &searcher->vectors, &searcher->index_ids, &corpus->ids, err);
	if (status != RQ_OK)
		return rq_fail_within(err, "%s.index", side->name);
	if (side->index.similarity == RQ_COSINE_NAME)
		rq_vectors_normalise(&searcher->vectors);
	return RQ_OK;
}

static enum rq_status look_at_file(struct rq_searcher *searcher, const struct rq_corpus *corpus, struct rq_error *err)
{
	const char *path = searcher->side->index.file;
	size_t length;
	struct stat info;

	RQ_TRY(rq_vector_file_name(&length, path, err));
	RQ_CLEANUP(rq_free_pointer) char *file = opens_vectors(searcher) ? strndup(path, length) : strdup(path);
	if (file == NULL)
		return rq_fail_memory(err);
	bool there = stat(file, &info) == 0;
	if (there && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) /* it is read three times */
		return rq_fail(err, RQ_E_IO, "\"%s\": not a regular file; an index is read from a file, not from a pipe", file);
	if (there) {
		searcher->file_bytes = (uint64_t)info.st_size;
		searcher->file_built = (int64_t)info.st_mtime;
	}
	if (searcher->side->index.built != NULL)
		(void)rq_parse_time(&searcher->file_built, searcher->side->index.built, strlen(searcher->side->index.built)); /* checked with the config */
	return opens_vectors(searcher) ? read_vectors(searcher, corpus, err) : rq_sha256_file(searcher->sha256, file, err);
}

enum rq_status rq_searcher_init(struct rq_searcher *searcher, const struct rq_side_config *side, const struct rq_corpus *corpus,
                                const struct rq_embedding *embedding, struct rq_cache *cache, struct rq_error *err)
{
	const struct rq_corpus *embedded = embedding == NULL || embedding->present.count == 0 ? corpus : &embedding->present;

	*searcher = (struct rq_searcher){.side = side, .corpus = embedded, .embedding = embedding, .cache = cache, .rows = embedded->count};
	if (side->retriever != NULL) /* its answers name the rows */
		return RQ_OK;
	if (side->index.file != NULL)
		RQ_TRY(look_at_file(searcher, corpus, err));
	if (side->index.ids != NULL && !opens_vectors(searcher))
		RQ_TRY(rq_ids_load(&searcher->index_ids, side->index.ids, err));
	searcher->named = searcher->index_ids.count > 0;
	if (side->index.file != NULL && !searcher->named && embedded != corpus) /* it was built of all of them */
		for (size_t i = 0; i < corpus->count; i++)
			if (rq_ids_add(&searcher->index_ids, corpus->ids.names[i], strlen(corpus->ids.names[i]), NULL) == RQ_ID_NONE)
				return rq_fail_memory(err);
	bool mapped = searcher->index_ids.count > 0;
	searcher->rows = mapped ? searcher->index_ids.count : embedded->count;
	make_key(searcher);
	return rq_tie_ranks(&searcher->tie_rank, mapped ? searcher->index_ids.names : embedded->ids.names, searcher->rows, err);
}

void rq_searcher_release(struct rq_searcher *searcher)
{
	if (searcher->index != NULL)
		searcher->side->backend->close(searcher->index);
	rq_ids_release(&searcher->index_ids);
	rq_vectors_release(&searcher->vectors);
	free(searcher->tie_rank);
	*searcher = (struct rq_searcher){0};
}

const char *rq_searcher_id(const struct rq_searcher *searcher, uint32_t row)
{
	return searcher->index_ids.count > 0 ? searcher->index_ids.names[row] : searcher->corpus->documents[row].id;
}

/* What is cached under the file's digest must be what that file answers. */
static enum rq_status check_unchanged(struct rq_searcher *searcher, FILE *stream, struct rq_error *err)
{
	struct rq_sha256 digest;
	char sha256[RQ_SHA256_HEX], block[65536];

	rq_sha256_begin(&digest);
	for (size_t got; (got = fread(block, 1, sizeof block, stream)) > 0;)
		rq_sha256_add(&digest, block, got);
	RQ_TRY(rq_sha256_end(sha256, &digest, err));
	if (ferror(stream) || fseek(stream, 0, SEEK_SET) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", searcher->side->index.file, strerror(errno));
	if (strcmp(sha256, searcher->sha256) != 0)
		return rq_fail_changed(err, searcher->side->index.file);
	return RQ_OK;
}

static enum rq_status open_index(struct rq_searcher *searcher, struct rq_error *err)
{
	const struct rq_side_config *side = searcher->side;
	FILE *stream = fopen(side->index.file, "re");

	if (stream == NULL && errno == ENOMEM)
		return rq_fail_memory(err);
	if (stream == NULL)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", side->index.file, strerror(errno));
	enum rq_status status = check_unchanged(searcher, stream, err);
	if (status == RQ_OK)
		status = side->backend->load(&searcher->index, stream, side->index.file, rq_side_similarity(side), searcher->embedding->documents.d, err);
	fclose(stream);
	return status;
}

static enum rq_status open_vectors(struct rq_searcher *searcher, struct rq_error *err)
{
	const struct rq_side_config *side = searcher->side;
	size_t d = searcher->embedding->topics.d;

	if (d != searcher->vectors.d)
		return rq_fail(err, RQ_E_DATA, "\"%s\": holds vectors of %zu dimensions, and the embedder's have %zu; embed with the model that made them",
		               side->index.file, searcher->vectors.d, d);
	return side->backend->build(&searcher->index, &side->index, rq_side_similarity(side), &searcher->vectors, NULL, err);
}

static enum rq_status open_file(struct rq_searcher *searcher, struct rq_error *err)
{
	const struct rq_side_config *side = searcher->side;

	RQ_TRY((opens_vectors(searcher) ? open_vectors : open_index)(searcher, err));
	size_t rows = side->backend->rows(searcher->index);
	if (rows != searcher->rows)
		return rq_fail(err, RQ_E_DATA, "\"%s\": holds %zu vectors, but %s has %zu; %s", side->index.file, rows,
		               side->index.ids != NULL ? side->index.ids : "the corpus", searcher->rows,
		               side->index.ids != NULL ? "row i of the index must be line i of the ids file" : "name the index's id map with \"ids\"");
	return RQ_OK;
}

static void store(struct rq_searcher *searcher)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	struct rq_error err = {0};

	if (!rq_cache_begin(searcher->cache, &output, "index", &searcher->key))
		return;
	if (searcher->side->backend->save(searcher->index, output.stream, &err) == RQ_OK)
		rq_cache_end(searcher->cache, &output);
	else
		rq_cache_note(searcher->cache, &err);
}

bool rq_searcher_index_cached(const struct rq_searcher *searcher)
{
	FILE *stream = searcher->side->backend->stored ? rq_cache_open(searcher->cache, "index", &searcher->key) : NULL;

	if (stream != NULL)
		fclose(stream);
	return stream != NULL;
}

static enum rq_status load_or_build(struct rq_searcher *searcher, struct rq_progress *progress, struct rq_error *err)
{
	const struct rq_side_config *side = searcher->side;
	const struct rq_backend *backend = side->backend;
	FILE *stream = backend->stored ? rq_cache_open(searcher->cache, "index", &searcher->key) : NULL;

	if (stream != NULL) {
		struct rq_error unreadable = {0}; /* a reason to build, not to fail */
		searcher->from_cache =
			backend->load(&searcher->index, stream, "cached index", rq_side_similarity(side), searcher->embedding->documents.d, &unreadable) == RQ_OK;
		fclose(stream);
		if (searcher->from_cache)
			return RQ_OK;
	}
	uint64_t started = rq_clock_ns();
	RQ_TRY(backend->build(&searcher->index, &side->index, rq_side_similarity(side), &searcher->embedding->documents, progress, err));
	searcher->build_seconds = (double)(rq_clock_ns() - started) * 1e-9;
	searcher->built = true;
	if (backend->stored)
		store(searcher);
	return RQ_OK;
}

/* The digest is of the index as built, before search parameters, which its file would hold too. */
static enum rq_status digest(struct rq_searcher *searcher, struct rq_error *err)
{
	RQ_CLEANUP(rq_sha256_stream_release) struct rq_sha256_stream stream = {0};

	RQ_TRY(rq_sha256_stream_open(&stream, err));
	enum rq_status status = searcher->side->backend->save(searcher->index, stream.stream, err);
	if (status != RQ_OK)
		return status == RQ_E_IO ? rq_fail_memory(err) : status; /* what is written to is no file */
	RQ_TRY(rq_sha256_stream_end(searcher->sha256, &stream, err));
	rq_cache_put(searcher->cache, "index-sha256", &searcher->key, searcher->sha256, RQ_SHA256_HEX);
	return RQ_OK;
}

static bool digest_known(struct rq_searcher *searcher)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf kept = {0};

	if (searcher->sha256[0] == '\0' && rq_cache_get(searcher->cache, "index-sha256", &searcher->key, &kept) && kept.size == RQ_SHA256_HEX)
		memcpy(searcher->sha256, kept.data, RQ_SHA256_HEX);
	return searcher->sha256[0] != '\0';
}

/* Searches an opened index for some of the documents by their own vectors: one that holds them finds nearly all, however coarse it is. */
static enum rq_status recognise(struct rq_searcher *searcher, struct rq_error *err)
{
	const struct rq_vectors *documents = &searcher->embedding->documents;
	size_t step = searcher->rows / SHOWN_MAX + 1;
	struct rq_neighbours answer = {0};
	enum rq_status status = rq_neighbours_init(&answer, 1, NEAREST_SHOWN, err);

	for (size_t row = 0; row < searcher->rows && status == RQ_OK; row += step) {
		const char *id = rq_searcher_id(searcher, (uint32_t)row);
		uint32_t document = rq_ids_find(&searcher->corpus->ids, id, strlen(id));
		if (document == RQ_ID_NONE)
			continue;
		status = searcher->side->backend->search_batch(searcher->index, documents->data + document * documents->d, 1, searcher->tie_rank, &answer,
		                                               NULL, err);
		searcher->shown++;
		for (size_t i = 0; status == RQ_OK && i < answer.counts[0]; i++)
			searcher->recognised += answer.rows[i] == row;
	}
	rq_neighbours_release(&answer);
	return status;
}

enum rq_status rq_searcher_ready(struct rq_searcher *searcher, struct rq_progress *progress, struct rq_error *err)
{
	const struct rq_side_config *side = searcher->side;

	if (searcher->index != NULL)
		return RQ_OK;
	RQ_TRY(rq_cancel_check(err));
	enum rq_status status = side->index.file != NULL ? open_file(searcher, err) : load_or_build(searcher, progress, err);
	if (status == RQ_OK && side->backend->stored && !digest_known(searcher))
		status = digest(searcher, err);
	if (status == RQ_OK && side->index.search != NULL)
		status = side->backend->configure(searcher->index, side->index.search, err);
	if (status == RQ_OK && side->index.file != NULL && searcher->embedding->documents.data != NULL)
		status = recognise(searcher, err);
	return status == RQ_OK ? RQ_OK : rq_fail_within(err, "%s.index", side->name);
}

enum rq_status rq_searcher_sha256(struct rq_searcher *searcher, struct rq_progress *progress, struct rq_error *err)
{
	return digest_known(searcher) ? RQ_OK : rq_searcher_ready(searcher, progress, err);
}

enum rq_status rq_searcher_bytes(double *bytes, struct rq_searcher *searcher, struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(rq_sha256_stream_release) struct rq_sha256_stream stream = {0};

	*bytes = (double)searcher->file_bytes;
	if (searcher->side->index.file != NULL)
		return RQ_OK;
	RQ_TRY(rq_searcher_ready(searcher, progress, err));
	RQ_TRY(rq_sha256_stream_open(&stream, err));
	enum rq_status status = searcher->side->backend->save(searcher->index, stream.stream, err);
	if (status != RQ_OK || fflush(stream.stream) != 0)
		return status == RQ_OK || status == RQ_E_IO ? rq_fail_memory(err) : status; /* what is written to is no file */
	*bytes = (double)stream.size;
	return RQ_OK;
}

/* ---- answers in the cache: queries, k, counts, then rows and scores ---- */

static void pack(struct rq_buf *out, const struct rq_neighbours *neighbours)
{
	uint64_t head[] = {neighbours->queries, neighbours->k};

	rq_buf_add(out, head, sizeof head);
	rq_buf_add(out, neighbours->counts, neighbours->queries * sizeof *neighbours->counts);
	rq_buf_add(out, neighbours->rows, neighbours->queries * neighbours->k * sizeof *neighbours->rows);
	rq_buf_add(out, neighbours->scores, neighbours->queries * neighbours->k * sizeof *neighbours->scores);
}

static bool unpack(struct rq_neighbours *neighbours, const struct rq_buf *in, size_t queries, size_t k)
{
	uint64_t head[2];
	size_t cells = queries * k, counts = queries * sizeof *neighbours->counts, rows = cells * sizeof *neighbours->rows,
		   scores = cells * sizeof *neighbours->scores;

	if (in->size != sizeof head + counts + rows + scores)
		return false;
	memcpy(head, in->data, sizeof head);
	if (head[0] != queries || head[1] != k || rq_neighbours_init(neighbours, queries, k, NULL) != RQ_OK)
		return false;
	const char *at = in->data + sizeof head;
	memcpy(neighbours->counts, at, counts);
	memcpy(neighbours->rows, at + counts, rows);
	memcpy(neighbours->scores, at + counts + rows, scores);
	return true;
}

bool rq_answers_find(struct rq_neighbours *out, struct rq_cache *cache, const struct rq_key *key, size_t queries, size_t k)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf packed = {0};

	return rq_cache_get(cache, "neighbours", key, &packed) && unpack(out, &packed, queries, k);
}

void rq_answers_keep(struct rq_cache *cache, const struct rq_key *key, const struct rq_neighbours *neighbours)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf packed = {0};

	if (cache->folder == NULL)
		return;
	pack(&packed, neighbours);
	if (!packed.failed)
		rq_cache_put(cache, "neighbours", key, packed.data, packed.size);
}

static struct rq_key answers_key(const struct rq_searcher *searcher, size_t k)
{
	struct rq_key key = searcher->key;

	rq_key_add(&key, &searcher->embedding->topics_key, sizeof searcher->embedding->topics_key);
	rq_key_add_text(&key, searcher->side->index.search);
	rq_key_add(&key, searcher->tie_rank, searcher->rows * sizeof *searcher->tie_rank); /* the order of equal scores */
	rq_key_add_u64(&key, k);
	return key;
}

bool rq_searcher_find(struct rq_neighbours *out, const struct rq_searcher *searcher, size_t k)
{
	struct rq_key key = answers_key(searcher, k);

	return rq_answers_find(out, searcher->cache, &key, searcher->embedding->topics.n, k);
}

enum rq_status rq_searcher_search(struct rq_neighbours *out, bool *cached, struct rq_searcher *searcher, size_t k, struct rq_progress *progress,
                                  struct rq_error *err)
{
	const struct rq_vectors *queries = &searcher->embedding->topics;
	struct rq_key key = answers_key(searcher, k);

	*cached = rq_answers_find(out, searcher->cache, &key, queries->n, k);
	if (*cached)
		return RQ_OK;
	RQ_TRY(rq_searcher_ready(searcher, progress, err));
	RQ_TRY(rq_neighbours_init(out, queries->n, k, err));
	RQ_TRY(searcher->side->backend->search_batch(searcher->index, queries->data, queries->n, searcher->tie_rank, out, progress, err));
	rq_answers_keep(searcher->cache, &key, out);
	return RQ_OK;
}

/* ---- the same once more ---- */

static struct rq_key again_key(const struct rq_searcher *searcher, size_t build, size_t k)
{
	struct rq_key key = answers_key(searcher, k);

	rq_key_add_text(&key, "again");
	if (build > 1)
		rq_key_add_u64(&key, build);
	return key;
}

bool rq_searcher_rebuilds(const struct rq_searcher *searcher)
{
	return searcher->side->backend->stored && searcher->side->index.file == NULL;
}

bool rq_searcher_find_build(struct rq_neighbours *out, const struct rq_searcher *searcher, size_t build, size_t k)
{
	struct rq_key key = again_key(searcher, build, k);

	return rq_answers_find(out, searcher->cache, &key, searcher->embedding->topics.n, k);
}

bool rq_searcher_find_again(struct rq_neighbours *out, const struct rq_searcher *searcher, size_t k)
{
	return rq_searcher_find_build(out, searcher, 1, k);
}

static enum rq_status search_another_build(struct rq_neighbours *out, const struct rq_searcher *searcher, size_t build, struct rq_progress *progress,
                                           struct rq_error *err)
{
	const struct rq_backend *backend = searcher->side->backend;
	const struct rq_vectors *queries = &searcher->embedding->topics;
	struct rq_index_config config = searcher->side->index;
	struct rq_index *index = NULL;

	config.seed += (int64_t)build;
	RQ_TRY(rq_cancel_check(err));
	enum rq_status status = backend->build(&index, &config, rq_side_similarity(searcher->side), &searcher->embedding->documents, progress, err);
	if (status == RQ_OK && config.search != NULL)
		status = backend->configure(index, config.search, err);
	if (status == RQ_OK)
		status = backend->search_batch(index, queries->data, queries->n, searcher->tie_rank, out, progress, err);
	if (index != NULL)
		backend->close(index);
	return status == RQ_OK ? RQ_OK : rq_fail_within(err, "%s.index", searcher->side->name);
}

enum rq_status rq_searcher_search_build(struct rq_neighbours *out, bool *cached, struct rq_searcher *searcher, size_t build, size_t k,
                                        struct rq_progress *progress, struct rq_error *err)
{
	struct rq_key key = again_key(searcher, build, k);

	*cached = rq_searcher_find_build(out, searcher, build, k);
	if (*cached)
		return RQ_OK;
	RQ_TRY(rq_neighbours_init(out, searcher->embedding->topics.n, k, err));
	RQ_TRY(search_another_build(out, searcher, build, progress, err));
	rq_answers_keep(searcher->cache, &key, out);
	return RQ_OK;
}

enum rq_status rq_searcher_search_again(struct rq_neighbours *out, bool *cached, struct rq_searcher *searcher, size_t k, struct rq_progress *progress,
                                        struct rq_error *err)
{
	const struct rq_vectors *queries = &searcher->embedding->topics;
	struct rq_key key = again_key(searcher, 1, k);

	if (rq_searcher_rebuilds(searcher))
		return rq_searcher_search_build(out, cached, searcher, 1, k, progress, err);
	*cached = rq_searcher_find_again(out, searcher, k);
	if (*cached)
		return RQ_OK;
	RQ_TRY(rq_neighbours_init(out, queries->n, k, err));
	RQ_TRY(rq_searcher_ready(searcher, progress, err));
	RQ_TRY(searcher->side->backend->search_batch(searcher->index, queries->data, queries->n, searcher->tie_rank, out, progress, err));
	rq_answers_keep(searcher->cache, &key, out);
	return RQ_OK;
}

/* Exact ranks are those of the corpus, whatever an opened index file calls its rows. */
static enum rq_status exact_over_corpus(struct rq_neighbours *out, const struct rq_searcher *searcher, const uint32_t *tie_rank,
                                        const uint32_t *topics, size_t topic_count, struct rq_progress *progress, struct rq_error *err)
{
	const struct rq_embedding *embedding = searcher->embedding;
	size_t d = embedding->topics.d, k = out->k;
	struct rq_neighbours sample = {0};

	if (topics == NULL)
		return rq_exact_search(out, &embedding->documents, embedding->topics.data, embedding->topics.n, rq_side_similarity(searcher->side), tie_rank,
		                       progress, err);
	RQ_CLEANUP(rq_free_pointer) float *queries = rq_alloc_aligned(topic_count * d, sizeof *queries);
	if (queries == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topic_count; i++)
		memcpy(queries + i * d, embedding->topics.data + topics[i] * d, d * sizeof *queries);
	enum rq_status status = rq_neighbours_init(&sample, topic_count, k, err);
	if (status == RQ_OK)
		status = rq_exact_search(&sample, &embedding->documents, queries, topic_count, rq_side_similarity(searcher->side), tie_rank, progress, err);
	memset(out->counts, 0, out->queries * sizeof *out->counts);
	for (size_t i = 0; status == RQ_OK && i < topic_count; i++) {
		out->counts[topics[i]] = sample.counts[i];
		memcpy(out->rows + topics[i] * k, sample.rows + i * k, k * sizeof *out->rows);
		memcpy(out->scores + topics[i] * k, sample.scores + i * k, k * sizeof *out->scores);
	}
	rq_neighbours_release(&sample);
	return status;
}

/* Small searches take no time, and need no measured estimate. */
bool rq_exact_affordable(double *seconds, size_t n, size_t d, size_t queries, double budget)
{
	bool small = (double)n * (double)d * (double)queries < 1e9;

	if (small && seconds == NULL)
		return true;
	double estimate = rq_exact_estimate(n, d, queries);
	if (seconds != NULL)
		*seconds = estimate;
	return small || estimate <= budget;
}

static struct rq_key exact_key(const struct rq_searcher *searcher, const uint32_t *tie_rank, const uint32_t *topics, size_t topic_count, size_t k)
{
	const struct rq_embedding *embedding = searcher->embedding;
	struct rq_key key = {0};

	rq_key_add_text(&key, "exact");
	rq_key_add_u64(&key, rq_backend_find("exact")->version);
	rq_key_add(&key, &embedding->documents_key, sizeof embedding->documents_key);
	rq_key_add(&key, &embedding->topics_key, sizeof embedding->topics_key);
	rq_key_add_u64(&key, (uint64_t)rq_side_similarity(searcher->side));
	rq_key_add(&key, tie_rank, searcher->corpus->count * sizeof *tie_rank);
	rq_key_add_u64(&key, k);
	if (topics != NULL)
		rq_key_add(&key, topics, topic_count * sizeof *topics);
	return key;
}

enum rq_status rq_searcher_find_exact(struct rq_neighbours *out, bool *found, const struct rq_searcher *searcher, const uint32_t *topics,
                                      size_t topic_count, size_t k, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) uint32_t *tie_rank = NULL;

	RQ_TRY(rq_tie_ranks(&tie_rank, searcher->corpus->ids.names, searcher->corpus->count, err));
	struct rq_key key = exact_key(searcher, tie_rank, topics, topic_count, k);
	*found = rq_answers_find(out, searcher->cache, &key, searcher->embedding->topics.n, k);
	return RQ_OK;
}

enum rq_status rq_searcher_exact(struct rq_neighbours *out, bool *cached, const struct rq_searcher *searcher, const uint32_t *topics,
                                 size_t topic_count, size_t k, struct rq_progress *progress, struct rq_error *err)
{
	size_t queries = searcher->embedding->topics.n;
	RQ_CLEANUP(rq_free_pointer) uint32_t *tie_rank = NULL;

	RQ_TRY(rq_tie_ranks(&tie_rank, searcher->corpus->ids.names, searcher->corpus->count, err));
	struct rq_key key = exact_key(searcher, tie_rank, topics, topic_count, k);
	*cached = rq_answers_find(out, searcher->cache, &key, queries, k);
	if (*cached)
		return RQ_OK;
	RQ_TRY(rq_neighbours_init(out, queries, k, err));
	RQ_TRY(exact_over_corpus(out, searcher, tie_rank, topics, topic_count, progress, err));
	rq_answers_keep(searcher->cache, &key, out);
	return RQ_OK;
}
