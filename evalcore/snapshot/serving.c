/* Opens and searches an index; records what it finds, and looks whether it still does. */
#include "evalcore/snapshot/serving.h"
#include "evalcore/snapshot/passing.h"

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

static enum rq_status search_passing(bool *done, struct rq_run *run, struct rq_serving *serving, const struct rq_vectors *queries,
                                     const struct rq_ids *query_ids, size_t k, struct rq_error *err)
{
	struct rq_neighbours found;

	RQ_TRY(rq_neighbours_init(&found, queries->n, k, err));
	enum rq_status status = rq_passing_search(done, &found, serving, queries, err);
	for (size_t i = 0; status == RQ_OK && *done && i < queries->n; i++)
		status = put_ranking(&run->rankings[run->count++], &run->arena, serving, query_ids->names[i], &found, i, err);
	rq_neighbours_release(&found);
	return status;
}

static enum rq_status search_all(struct rq_run *run, struct rq_serving *serving, const struct rq_vectors *queries, const struct rq_ids *query_ids,
                                 size_t k, struct rq_error *err)
{
	for (size_t i = 0; i < queries->n; i += RQ_TOGETHER) {
		size_t count = queries->n - i < RQ_TOGETHER ? queries->n - i : RQ_TOGETHER;
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(search_few(run, serving, queries, query_ids, i, count, k, err));
	}
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
	if (serving->index == NULL && k > 0)
		RQ_TRY(search_passing(&done, run, serving, queries, query_ids, k, err));
	if (serving->index == NULL && !done)
		RQ_TRY((serving->backend->load == NULL ? open_vectors : open_index)(serving, serving->rows.bytes.path, serving->similarity, err));
	if (!done)
		RQ_TRY(search_all(run, serving, queries, query_ids, k, err));
	qsort(run->rankings, run->count, sizeof *run->rankings, by_topic);
	return RQ_OK;
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
