/* Opens and searches an index; records what it finds, and looks whether it still does. */
#include "evalcore/snapshot/serving.h"

#include "datasets/datasets.h"
#include "datasets/vector_file.h"
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"
#include "evalcore/index/neighbours.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RANKED_DIGEST "ranked" /* of the rankings' text, unpacked */

/* With 20 queries FAISS begins to compute distances by products of matrices, whose last bits depend on how many there are. */
enum { TOGETHER = 16 };
/* FAISS is asked for 16 more than k (evalcore/index/index_faiss.c): one more tells whether it had to choose between equal scores. */
enum { BEYOND = 17 };

static const char *const similarities[] = {"cosine", "ip", "l2"};

/* ---- open ---- */

static enum rq_status check_how(enum rq_similarity *similarity, struct rq_serving *serving, const struct rq_serving_how *how, struct rq_error *err)
{
	serving->backend = rq_backend_find(how->kind);
	if (serving->backend == NULL)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": no kind of index; expected faiss or exact", how->kind);
	for (size_t i = 0; i < sizeof similarities / sizeof *similarities; i++)
		if (strcmp(how->similarity, similarities[i]) == 0) {
			serving->normalise = i == 0;
			*similarity = i == 2 ? RQ_L2 : RQ_INNER_PRODUCT;
			return RQ_OK;
		}
	return rq_fail(err, RQ_E_USAGE, "\"%s\": no similarity; expected cosine, ip or l2", how->similarity);
}

static enum rq_status open_index(struct rq_serving *serving, const char *path, enum rq_similarity similarity, struct rq_error *err)
{
	FILE *stream = fopen(path, "rbe");

	if (stream == NULL)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	enum rq_status status = serving->backend->load(&serving->index, stream, path, similarity, 0, err);
	fclose(stream);
	return status;
}

static enum rq_status open_vectors(struct rq_serving *serving, const char *path, enum rq_similarity similarity, struct rq_error *err)
{
	RQ_CLEANUP(rq_ids_release) struct rq_ids own = {0};
	const struct rq_index_config config = {.kind = serving->backend->name};

	RQ_TRY(rq_vectors_load(&serving->vectors, &own, NULL, path, err));
	if (serving->normalise)
		rq_vectors_normalise(&serving->vectors);
	return serving->backend->build(&serving->index, &config, similarity, &serving->vectors, NULL, err);
}

static enum rq_status check_rows(const struct rq_serving *serving, size_t rows, const char *index, const char *ids, struct rq_error *err)
{
	if (rows == serving->ids.count)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "\"%s\": holds %zu vectors, and %s has %lu ids; row i of the index must be line i of the ids file", index, rows, ids,
	               (unsigned long)serving->ids.count);
}

static enum rq_status open_loaded(struct rq_serving *serving, const struct rq_serving_how *how, const char *index, const char *ids, struct rq_error *err)
{
	RQ_TRY((serving->backend->load == NULL ? open_vectors : open_index)(serving, index, serving->similarity, err));
	if (how->search != NULL)
		RQ_TRY(serving->backend->configure(serving->index, how->search, err));
	RQ_TRY(check_rows(serving, serving->backend->rows(serving->index), index, ids, err));
	return rq_tie_ranks(&serving->tie_rank, serving->ids.names, serving->ids.count, err);
}

enum rq_status rq_serving_open(struct rq_serving *serving, const struct rq_serving_how *how, const char *index, const char *ids, struct rq_error *err)
{
	RQ_TRY(check_how(&serving->similarity, serving, how, err));
	RQ_TRY(rq_ids_load(&serving->ids, ids, err));
	return open_loaded(serving, how, index, ids, err);
}

/* Exact search goes through any vectors; FAISS's flat indexes through their own, ranked as they say. */
static bool streams(const struct rq_serving *serving)
{
	const char *mark = serving->similarity == RQ_L2 ? "IxF2" : "IxFI";

	return serving->rows.plain && (serving->backend->load == NULL || strcmp(serving->rows.mark, mark) == 0);
}

enum rq_status rq_serving_open_lean(struct rq_serving *serving, const struct rq_serving_how *how, const char *index, const char *ids_path,
                                    struct rq_ids *ids, struct rq_error *err)
{
	serving->ids = *ids;
	*ids = (struct rq_ids){0};
	RQ_TRY(check_how(&serving->similarity, serving, how, err));
	if (how->search == NULL)
		RQ_TRY(rq_vector_rows_open_plain(&serving->rows, index, err));
	if (!streams(serving)) {
		rq_vector_rows_release(&serving->rows);
		return open_loaded(serving, how, index, ids_path, err);
	}
	if (serving->backend->load == NULL)
		RQ_TRY(rq_vector_rows_check(&serving->rows, err));
	RQ_TRY(check_rows(serving, serving->rows.n, index, ids_path, err));
	return rq_tie_ranks(&serving->tie_rank, serving->ids.names, serving->ids.count, err);
}

size_t rq_serving_dimension(const struct rq_serving *serving)
{
	return serving->index == NULL ? serving->rows.d : serving->backend->dimension(serving->index);
}

void rq_serving_close(struct rq_serving *serving)
{
	if (serving->index != NULL)
		serving->backend->close(serving->index);
	rq_vectors_release(&serving->vectors);
	rq_vector_rows_release(&serving->rows);
	rq_ids_release(&serving->ids);
	free(serving->tie_rank);
	*serving = (struct rq_serving){0};
}

/* ---- search ---- */

static int by_topic(const void *a, const void *b)
{
	return strcmp(((const struct rq_ranking *)a)->topic, ((const struct rq_ranking *)b)->topic);
}

static enum rq_status put_ranking(struct rq_ranking *ranking, struct rq_arena *arena, const struct rq_serving *serving, const char *topic,
                                  const struct rq_neighbours *found, size_t query, struct rq_error *err)
{
	size_t count = found->counts[query];

	*ranking = (struct rq_ranking){.topic = rq_arena_strdup(arena, topic), .documents = rq_arena_alloc(arena, count + 1, sizeof *ranking->documents)};
	if (ranking->topic == NULL || ranking->documents == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		struct rq_scored_document *document = &ranking->documents[ranking->count++];
		*document = (struct rq_scored_document){rq_arena_strdup(arena, serving->ids.names[found->rows[query * found->k + i]]),
		                                        found->scores[query * found->k + i]};
		if (document->document == NULL)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

static enum rq_status search_few(struct rq_run *run, struct rq_serving *serving, const struct rq_vectors *queries, const struct rq_ids *query_ids,
                                 size_t first, size_t count, size_t k, struct rq_error *err)
{
	struct rq_neighbours found;

	RQ_TRY(rq_neighbours_init(&found, count, k, err));
	enum rq_status status =
		serving->backend->search_batch(serving->index, queries->data + first * queries->d, count, serving->tie_rank, &found, NULL, err);
	for (size_t i = 0; status == RQ_OK && i < count; i++)
		status = put_ranking(&run->rankings[run->count++], &run->arena, serving, query_ids->names[first + i], &found, i, err);
	rq_neighbours_release(&found);
	return status;
}

/* ---- search in blocks ---- */

/* The best of one query so far, and room for those of the next block behind them. */
struct best {
	uint32_t *rows;
	double *scores;
	size_t count;
};

struct passing {
	struct rq_serving *serving;
	const struct rq_vectors *queries;
	struct best *best; /* one a query */
	size_t keep;       /* of each */
	struct rq_arena arena;
};

static enum rq_status add_found(struct passing *passing, size_t first_row, size_t first_query, const struct rq_neighbours *found)
{
	for (size_t i = 0; i < found->queries; i++) {
		struct best *best = &passing->best[first_query + i];
		for (size_t j = 0; j < found->counts[i]; j++, best->count++) {
			best->rows[best->count] = (uint32_t)(first_row + found->rows[i * found->k + j]);
			best->scores[best->count] = found->scores[i * found->k + j];
		}
		rq_neighbours_order(best->rows, best->scores, best->count, passing->serving->tie_rank);
		if (best->count > passing->keep)
			best->count = passing->keep;
	}
	return RQ_OK;
}

static enum rq_status search_block(struct passing *passing, const struct rq_vectors *block, size_t first, struct rq_error *err)
{
	const struct rq_serving *serving = passing->serving;
	const struct rq_index_config config = {.kind = serving->backend->name, .factory = serving->backend->load == NULL ? NULL : "Flat", .seed = 1, .threads = 1};
	const struct rq_vectors *queries = passing->queries;
	struct rq_neighbours found;
	struct rq_index *index;

	RQ_TRY(serving->backend->build(&index, &config, serving->similarity, block, NULL, err));
	enum rq_status status = RQ_OK;
	for (size_t i = 0, count; status == RQ_OK && i < queries->n; i += count) {
		count = queries->n - i < TOGETHER ? queries->n - i : TOGETHER;
		status = rq_neighbours_init(&found, count, passing->keep, err);
		if (status != RQ_OK)
			break;
		status = serving->backend->search_batch(index, queries->data + i * queries->d, count, serving->tie_rank + first, &found, NULL, err);
		if (status == RQ_OK)
			status = add_found(passing, first, i, &found);
		rq_neighbours_release(&found);
	}
	serving->backend->close(index);
	return status;
}

/* *whole false: a number is not finite, which FAISS's own search passes over. */
static enum rq_status pass(struct passing *passing, bool *whole, struct rq_error *err)
{
	struct rq_vector_rows *rows = &passing->serving->rows;
	size_t most = rq_vector_rows_block(rows);
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors block = {0};

	RQ_TRY(rq_vectors_init(&block, most, rows->d, err));
	*whole = true;
	for (size_t first = 0; first < rows->n && *whole; first += block.n) {
		RQ_TRY(rq_cancel_check(err));
		block.n = rows->n - first < most ? rows->n - first : most;
		RQ_TRY(rq_vector_rows_read(block.data, rows, first, block.n, err));
		*whole = rq_vectors_not_finite(&block) == block.n;
		if (passing->serving->normalise && passing->serving->backend->load == NULL)
			rq_vectors_normalise(&block);
		if (*whole)
			RQ_TRY(search_block(passing, &block, first, err));
	}
	return RQ_OK;
}

/* Of equal scores beyond what FAISS keeps of a search it is FAISS that chooses, and only from the whole index. */
static bool is_told(const struct passing *passing, size_t k)
{
	bool told = true;

	for (size_t i = 0; i < passing->queries->n && passing->serving->backend->load != NULL; i++) {
		const struct best *best = &passing->best[i];
		told = told && (best->count < passing->keep || best->scores[passing->keep - 1] < best->scores[k - 1]);
	}
	return told;
}

static enum rq_status put_all(struct rq_run *run, struct passing *passing, const struct rq_ids *query_ids, size_t k, struct rq_error *err)
{
	for (size_t i = 0; i < passing->queries->n; i++) {
		struct best *best = &passing->best[i];
		uint32_t count = (uint32_t)(best->count < k ? best->count : k);
		const struct rq_neighbours found = {.queries = 1, .k = k, .rows = best->rows, .scores = best->scores, .counts = &count};
		RQ_TRY(put_ranking(&run->rankings[run->count++], &run->arena, passing->serving, query_ids->names[i], &found, 0, err));
	}
	qsort(run->rankings, run->count, sizeof *run->rankings, by_topic);
	return RQ_OK;
}

static enum rq_status take_room(struct passing *passing, struct rq_error *err)
{
	size_t n = passing->queries->n, room = 2 * passing->keep;

	passing->best = rq_arena_alloc(&passing->arena, n + 1, sizeof *passing->best);
	for (size_t i = 0; passing->best != NULL && i < n; i++) {
		passing->best[i].rows = rq_arena_alloc(&passing->arena, room, sizeof *passing->best[i].rows);
		passing->best[i].scores = rq_arena_alloc(&passing->arena, room, sizeof *passing->best[i].scores);
		passing->best[i].count = 0;
		if (passing->best[i].rows == NULL || passing->best[i].scores == NULL)
			return rq_fail_memory(err);
	}
	return passing->best == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* *done false: only the whole index can tell. */
static enum rq_status search_passing(bool *done, struct rq_run *run, struct rq_serving *serving, const struct rq_vectors *queries,
                                     const struct rq_ids *query_ids, size_t k, struct rq_error *err)
{
	struct passing passing = {.serving = serving, .queries = queries, .keep = k + BEYOND};

	int threads = rq_threads();
	enum rq_status status = take_room(&passing, err);
	rq_threads_set(1); /* a block is done before another thread has woken up */
	if (status == RQ_OK)
		status = pass(&passing, done, err);
	rq_threads_set(threads);
	*done = status == RQ_OK && *done && is_told(&passing, k);
	if (*done)
		status = put_all(run, &passing, query_ids, k, err);
	rq_arena_release(&passing.arena);
	return status;
}

static enum rq_status search_all(struct rq_run *run, struct rq_serving *serving, const struct rq_vectors *queries, const struct rq_ids *query_ids,
                                 size_t k, struct rq_error *err)
{
	for (size_t i = 0; i < queries->n; i += TOGETHER) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(search_few(run, serving, queries, query_ids, i, queries->n - i < TOGETHER ? queries->n - i : TOGETHER, k, err));
	}
	qsort(run->rankings, run->count, sizeof *run->rankings, by_topic);
	return RQ_OK;
}

enum rq_status rq_serving_search(struct rq_run *run, struct rq_serving *serving, const struct rq_vectors *queries, const struct rq_ids *query_ids,
                                 size_t k, struct rq_error *err)
{
	size_t d = rq_serving_dimension(serving);
	bool done = false;

	if (queries->d != d)
		return rq_fail(err, RQ_E_DATA, "the queries have %zu dimensions, and the index has %zu; embed them with the model of the index", queries->d,
		               d);
	if (queries->n != query_ids->count)
		return rq_fail(err, RQ_E_DATA, "%zu queries, and %lu ids of them", queries->n, (unsigned long)query_ids->count);
	run->rankings = rq_arena_alloc(&run->arena, queries->n + 1, sizeof *run->rankings);
	if (run->rankings == NULL)
		return rq_fail_memory(err);
	if (serving->index == NULL && k > 0) {
		RQ_TRY(search_passing(&done, run, serving, queries, query_ids, k, err));
		if (done)
			return RQ_OK;
	}
	if (serving->index == NULL)
		RQ_TRY((serving->backend->load == NULL ? open_vectors : open_index)(serving, serving->rows.bytes.path, serving->similarity, err));
	return search_all(run, serving, queries, query_ids, k, err);
}

/* ---- record ---- */

enum rq_status rq_serving_sample(struct rq_vectors *queries, struct rq_ids *query_ids, struct rq_vector_rows *vectors, const struct rq_ids *ids,
                                 size_t count, struct rq_error *err)
{
	if (count > vectors->n)
		count = vectors->n;
	RQ_TRY(rq_vectors_init(queries, count, vectors->d, err));
	for (size_t i = 0; i < count; i++) {
		size_t row = i * vectors->n / count;
		RQ_TRY(rq_vector_rows_read(queries->data + i * vectors->d, vectors, row, 1, err));
		if (rq_ids_add(query_ids, ids->names[row], strlen(ids->names[row]), NULL) == RQ_ID_NONE)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

static enum rq_status write_queries(const struct rq_vectors *queries, const struct rq_ids *ids, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf names = {0};
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	const struct rq_vector_file file = {.vectors = *queries};
	const char *path = rq_path_join(&arena, folder, RQ_QUERIES), *ids_path = rq_path_join(&arena, folder, RQ_QUERY_IDS);

	if (path == NULL || ids_path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_output_open(&output, path, err));
	RQ_TRY(rq_vector_format_find("npy")->write(output.stream, &file, RQ_TENSOR_F32, err));
	RQ_TRY(rq_output_commit(&output, err));
	for (uint32_t i = 0; i < ids->count; i++)
		rq_buf_printf(&names, "%s\n", ids->names[i]);
	RQ_TRY(rq_buf_check(&names, err));
	return rq_file_write(ids_path, names.data, names.size, err);
}

static enum rq_status write_run(struct rq_manifest *manifest, const struct rq_run *run, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	const char *path = rq_path_join(&manifest->arena, folder, RQ_RANKED);
	char sha256[RQ_SHA256_HEX];

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_output_open(&output, path, err));
	RQ_TRY(rq_run_put(&output, run, "rqgate", sha256, err));
	RQ_TRY(rq_output_commit(&output, err));
	return rq_manifest_add_digest(manifest, RANKED_DIGEST, sha256, err);
}

static enum rq_status add_facts(struct rq_manifest *manifest, const struct rq_manifest_fact *facts, size_t count, struct rq_error *err)
{
	for (size_t i = 0; i < count; i++)
		RQ_TRY(rq_manifest_add_fact(manifest, &facts[i], err));
	return RQ_OK;
}

/* FAISS's names for what FAISS has. */
static enum rq_status add_structure(struct rq_manifest *manifest, const struct rq_index_structure *structure, struct rq_error *err)
{
	const struct rq_manifest_fact type = {"index.type", structure->type, NAN};
	const struct rq_manifest_fact graph[] = {
		{"index.M", NULL, (double)structure->links / 2},
		{"index.efConstruction", NULL, (double)structure->ef_construction},
		{"index.efSearch", NULL, (double)structure->ef_search},
		{"index.levels", NULL, (double)structure->levels},
		{"index.unreachable", NULL, (double)structure->unreachable},
	};
	const struct rq_manifest_fact lists[] = {
		{"index.nlist", NULL, (double)structure->lists},
		{"index.nprobe", NULL, (double)structure->probes},
		{"index.imbalance", NULL, structure->imbalance},
	};

	if (structure->type[0] != '\0')
		RQ_TRY(add_facts(manifest, &type, 1, err));
	if (structure->levels > 0)
		RQ_TRY(add_facts(manifest, graph, sizeof graph / sizeof *graph, err));
	return structure->lists > 0 ? add_facts(manifest, lists, sizeof lists / sizeof *lists, err) : RQ_OK;
}

enum rq_status rq_serving_describe(struct rq_manifest *manifest, struct rq_index_structure *structure, const struct rq_serving *serving,
                                   const struct rq_serving_how *how, struct rq_error *err)
{
	const struct rq_manifest_fact facts[] = {
		{"index.kind", how->kind, NAN},
		{"index.similarity", how->similarity, NAN},
		{"index.search", how->search == NULL ? "" : how->search, NAN},
		{"index.library", serving->backend->library(), NAN},
		{"index.rows", NULL, (double)serving->ids.count},
		{"index.dimension", NULL, (double)rq_serving_dimension(serving)},
	};

	*structure = (struct rq_index_structure){0};
	if (serving->index == NULL && serving->backend->load != NULL)
		snprintf(structure->type, sizeof structure->type, "%s", "IndexFlat"); /* what FAISS reads either as */
	if (serving->index != NULL && serving->backend->structure != NULL)
		RQ_TRY(serving->backend->structure(structure, serving->index, err));
	RQ_TRY(add_facts(manifest, facts, sizeof facts / sizeof *facts, err));
	return add_structure(manifest, structure, err);
}

static enum rq_status record(struct rq_manifest *manifest, struct rq_run *run, struct rq_serving *serving, const struct rq_vectors *queries,
                             const struct rq_ids *query_ids, size_t k, const char *folder, struct rq_error *err)
{
	RQ_TRY(rq_serving_search(run, serving, queries, query_ids, k, err));
	RQ_TRY(write_queries(queries, query_ids, folder, err));
	return write_run(manifest, run, folder, err);
}

enum rq_status rq_serving_record(struct rq_manifest *manifest, struct rq_serving *serving, struct rq_vectors *queries,
                                 const struct rq_ids *query_ids, size_t k, const char *folder, struct rq_error *err)
{
	struct rq_run run = {0};

	if (serving->normalise)
		rq_vectors_normalise(queries);
	if (k > serving->ids.count)
		k = serving->ids.count;
	enum rq_status status = record(manifest, &run, serving, queries, query_ids, k, folder, err);
	rq_run_release(&run);
	const struct rq_manifest_fact facts[] = {{"queries", NULL, (double)queries->n}, {"cutoff", NULL, (double)k}};
	return status == RQ_OK ? add_facts(manifest, facts, sizeof facts / sizeof *facts, err) : status;
}

/* ---- and again ---- */

static enum rq_status text_fact(const char **text, const struct rq_manifest *manifest, const char *name, struct rq_error *err)
{
	const struct rq_manifest_fact *fact = rq_manifest_fact(manifest, name);

	if (fact == NULL || fact->text == NULL)
		return rq_fail(err, RQ_E_DATA, "snapshot %.12s does not say how its index is searched (facts[\"%s\"])", manifest->sha256, name);
	*text = fact->text;
	return RQ_OK;
}

enum rq_status rq_serving_how_of(struct rq_serving_how *how, const struct rq_manifest *manifest, struct rq_error *err)
{
	RQ_TRY(text_fact(&how->kind, manifest, "index.kind", err));
	RQ_TRY(text_fact(&how->similarity, manifest, "index.similarity", err));
	RQ_TRY(text_fact(&how->search, manifest, "index.search", err));
	if (how->search[0] == '\0')
		how->search = NULL;
	return RQ_OK;
}

enum rq_status rq_serving_open_folder(struct rq_serving *serving, const struct rq_manifest *manifest, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_serving_how how;
	const char *index = rq_manifest_role(manifest, "index"), *ids = rq_manifest_role(manifest, "ids");

	RQ_TRY(rq_serving_how_of(&how, manifest, err));
	if (index == NULL || ids == NULL)
		return rq_fail(err, RQ_E_DATA, "snapshot %.12s has no index and ids of it", manifest->sha256);
	const char *index_path = rq_path_join(&arena, folder, index), *ids_path = rq_path_join(&arena, folder, ids);
	return index_path == NULL || ids_path == NULL ? rq_fail_memory(err) : rq_serving_open(serving, &how, index_path, ids_path, err);
}

/* The first place where two rankings of a topic part. */
static void explain(struct rq_replayed *replayed, const struct rq_ranking *then, const struct rq_ranking *now)
{
	size_t i = 0;

	while (i < then->count && i < now->count && strcmp(then->documents[i].document, now->documents[i].document) == 0 &&
	       then->documents[i].score == now->documents[i].score)
		i++;
	if (i == then->count || i == now->count) {
		snprintf(replayed->difference, sizeof replayed->difference, "query \"%.80s\" found %zu documents then and finds %zu now", then->topic,
		         then->count, now->count);
		return;
	}
	snprintf(replayed->difference, sizeof replayed->difference, "query \"%.80s\" found \"%.80s\" at %zu, score %s, and finds \"%.80s\", score %s",
	         then->topic, then->documents[i].document, i + 1, rq_short_number(then->documents[i].score).text, now->documents[i].document,
	         rq_short_number(now->documents[i].score).text);
}

static bool are_the_same(const struct rq_ranking *a, const struct rq_ranking *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++)
		same = strcmp(a->documents[i].document, b->documents[i].document) == 0 && a->documents[i].score == b->documents[i].score;
	return same;
}

/* Answers that hold nothing are the same whatever the index is. */
static bool finds_anything(const struct rq_run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->rankings[i].count > 0)
			return true;
	return false;
}

static enum rq_status compare(struct rq_replayed *replayed, struct rq_run *then, struct rq_run *now, struct rq_serving *serving,
                              const struct rq_manifest *manifest, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors queries = {0};
	RQ_CLEANUP(rq_ids_release) struct rq_ids ids = {0};
	RQ_CLEANUP(rq_ids_release) struct rq_ids none = {0};
	const char *queries_path = rq_path_join(&arena, folder, RQ_QUERIES), *ids_path = rq_path_join(&arena, folder, RQ_QUERY_IDS);
	const char *ranked = rq_path_join(&arena, folder, RQ_RANKED), *digest = rq_manifest_digest(manifest, RANKED_DIGEST);
	const struct rq_manifest_fact *cutoff = rq_manifest_fact(manifest, "cutoff");

	if (queries_path == NULL || ids_path == NULL || ranked == NULL)
		return rq_fail_memory(err);
	if (digest == NULL || cutoff == NULL || !(cutoff->number >= 1))
		return rq_fail(err, RQ_E_DATA, "snapshot %.12s has no queries to be replayed; it was created with --sample 0", manifest->sha256);
	RQ_TRY(rq_vectors_load(&queries, &none, NULL, queries_path, err));
	RQ_TRY(rq_ids_load(&ids, ids_path, err));
	RQ_TRY(rq_run_load_put(then, ranked, digest, RQ_MANIFEST_FILE, err));
	if (queries.n == 0 || !finds_anything(then))
		return rq_fail(err, RQ_E_DATA, "snapshot %.12s kept no query that found anything, so there is nothing to compare with", manifest->sha256);
	RQ_TRY(rq_serving_search(now, serving, &queries, &ids, (size_t)cutoff->number, err));
	for (size_t i = 0; i < now->count; i++) {
		const struct rq_ranking *before = rq_run_answer(then, now->rankings[i].topic);
		replayed->queries++;
		if (are_the_same(before, &now->rankings[i]))
			replayed->same++;
		else if (replayed->difference[0] == '\0')
			explain(replayed, before, &now->rankings[i]);
	}
	return RQ_OK;
}

enum rq_status rq_serving_replay(struct rq_replayed *replayed, struct rq_serving *serving, const struct rq_manifest *manifest, const char *folder,
                                 struct rq_error *err)
{
	struct rq_run then = {0}, now = {0};

	*replayed = (struct rq_replayed){0};
	enum rq_status status = compare(replayed, &then, &now, serving, manifest, folder, err);
	rq_run_release(&then);
	rq_run_release(&now);
	return status;
}
