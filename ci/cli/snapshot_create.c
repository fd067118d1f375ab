/* rqgate snapshot create */
#include "ci/cli/snapshot.h"
#include "ci/cli/style.h"
#include "ci/cli/when.h"
#include "datasets/datasets.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"
#include "evalcore/pipeline/config.h"
#include "evalcore/snapshot/belong.h"
#include "evalcore/snapshot/serving.h"
#include "evalcore/snapshot/snapshot.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double SECOND = 4e9; /* products of numbers */
enum { STANDARD_SAMPLE = 100, LEAST_SAMPLE = 10, STANDARD_CUTOFF = 10, FILES_MOST = 8, NAME_ROOM = 32, ENDING_MOST = 16 };

struct options {
	struct rq_snapshot_options where;
	const char *index, *vectors, *ids, *model, *kind, *search, *similarity, *queries, *query_ids, *stamps, *batch;
	struct rq_flag_number sample;
	int64_t cutoff;
	bool json;
};

static const struct rq_flag flags[] = {
	{"--index", "FILE", RQ_FLAG_STRING, offsetof(struct options, index), "the index as it is served"},
	{"--vectors", "FILE", RQ_FLAG_STRING, offsetof(struct options, vectors), "the vectors that it was built of; an exact index is the same file"},
	{"--ids", "FILE", RQ_FLAG_STRING, offsetof(struct options, ids), "row i of both is line i of this file"},
	{"--model", "FILE", RQ_FLAG_STRING, offsetof(struct options, model), "the model that made the vectors; its digest is their fingerprint"},
	{"--config", "CONFIG", RQ_FLAG_STRING, offsetof(struct options, where.config), "kept too, as it is, with paths from where it stands; says how the index is searched, and of which corpus it is"},
	RQ_SNAPSHOT_STORE_FLAG(struct options),
	{"--kind", "KIND", RQ_FLAG_STRING, offsetof(struct options, kind), "faiss or exact (default: the config's, else faiss)"},
	{"--similarity", "NAME", RQ_FLAG_STRING, offsetof(struct options, similarity), "cosine, ip or l2 (default: the config's, else cosine)"},
	{"--search", "TEXT", RQ_FLAG_STRING, offsetof(struct options, search), "efSearch=64, nprobe=8 ... (default: the config's, else the file's)"},
	{"--queries", "FILE", RQ_FLAG_STRING, offsetof(struct options, queries), "vectors of queries to be replayed in a drill (default: rows of --vectors)"},
	{"--query-ids", "FILE", RQ_FLAG_STRING, offsetof(struct options, query_ids), "their ids, where the file has none"},
	{"--sample", "N", RQ_FLAG_NUMBER, offsetof(struct options, sample), "so many rows of --vectors as queries (default: 100, fewer of a large flat index; 0: no drill)"},
	{"--cutoff", "K", RQ_FLAG_COUNT, offsetof(struct options, cutoff), "keep the first K of each (default: 10)"},
	{"--stamps", "FILE", RQ_FLAG_STRING, offsetof(struct options, stamps), "which model made which rows: lines \"FIRST LAST MODEL\""},
	{"--batch", "ID", RQ_FLAG_STRING, offsetof(struct options, batch), "of the job that built the index"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON"},
	RQ_FLAGS_END,
};

struct job {
	const struct options *options;
	struct rq_config config; /* where one is named */
	struct rq_serving_how how;
	const char *corpus; /* that the index is of; NULL: no config tells */
	struct rq_manifest manifest;
	struct rq_snapshot_file files[FILES_MOST];
	char names[FILES_MOST][NAME_ROOM];
	struct stat seen[FILES_MOST];
	size_t count;
	double record_seconds;
};

static void job_release(struct job *job)
{
	rq_config_release(&job->config);
	rq_manifest_release(&job->manifest);
}

/* ---- files ---- */

/* The ending that tells the format, with a compression's: ".npy", ".jsonl.gz"; "" where it is none of a name. */
static const char *ending_of(const char *path)
{
	const char *name = strrchr(path, '/'), *last = strrchr(name == NULL ? path : name, '.'), *before = NULL;

	for (const char *at = name == NULL ? path : name; last != NULL && at < last; at++)
		if (*at == '.')
			before = at;
	if (last == NULL || strlen(last) > ENDING_MOST / 2)
		return "";
	bool packed = strcmp(last, ".gz") == 0 || strcmp(last, ".zst") == 0;
	return packed && before != NULL && strlen(before) <= ENDING_MOST ? before : last;
}

/* FILE:NAME is one array of several, which other commands read. */
static enum rq_status fail_open(const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *reason = strerror(errno), *colon = strrchr(path, ':');
	const char *file = colon == NULL ? NULL : rq_arena_strndup(&arena, path, (size_t)(colon - path));

	if (file != NULL && rq_file_exists(file))
		return rq_fail(err, RQ_E_USAGE, "\"%s\": is part of a file, and a snapshot is made of files; \"rqgate vectors convert %s %s.npy\" makes it one", path,
		               path, colon + 1);
	return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, reason);
}

/* Nobody is waited for who does not write to a pipe. */
static enum rq_status check_file(struct stat *seen, const char *path, struct rq_error *err)
{
	if (stat(path, seen) != 0)
		return fail_open(path, err);
	if (!S_ISREG(seen->st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": not a regular file; a snapshot is made of files", path);
	return RQ_OK;
}

/* Before anything of it is read: what is kept is the file that was looked into. */
static enum rq_status add_file(struct job *job, const char *role, const char *path, struct rq_error *err)
{
	struct stat *seen = &job->seen[job->count];

	if (path == NULL)
		return RQ_OK;
	RQ_TRY(check_file(seen, path, err));
	char *name = job->names[job->count];
	snprintf(name, NAME_ROOM, "%s%s", role, ending_of(path));
	for (char *at = name; *at != '\0'; at++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *at) == NULL)
			*at = '_';
	job->files[job->count++] = (struct rq_snapshot_file){name, path, seen};
	return RQ_OK;
}

static enum rq_status add_files(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	const char *const others[] = {options->queries, options->query_ids, options->stamps};
	struct stat seen;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i] != NULL)
			RQ_TRY(check_file(&seen, others[i], err));
	RQ_TRY(add_file(job, "index", options->index, err));
	RQ_TRY(add_file(job, "vectors", options->vectors, err));
	RQ_TRY(add_file(job, "ids", options->ids, err));
	RQ_TRY(add_file(job, "model", options->model, err));
	return add_file(job, "config", options->where.config, err);
}

static enum rq_status add_recorded(struct job *job, const char *folder, struct rq_error *err)
{
	static const char *const names[] = {RQ_QUERIES, RQ_QUERY_IDS, RQ_RANKED};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *path = rq_path_join(&job->manifest.arena, folder, names[i]);
		if (path == NULL)
			return rq_fail_memory(err);
		job->files[job->count++] = (struct rq_snapshot_file){.name = names[i], .path = path};
	}
	return RQ_OK;
}

/* ---- what it is ---- */

static enum rq_status read_config(struct job *job, struct rq_error *err)
{
	const struct options *options = job->options;
	const struct rq_strings nothing = {0};
	static const char *const similarities[] = {"cosine", "ip", "l2"};

	job->how = (struct rq_serving_how){options->kind, options->search, options->similarity};
	if (options->where.config != NULL) {
		RQ_TRY(rq_config_load(&job->config, options->where.config, &nothing, err));
		bool of_baseline = rq_same_file(job->config.sides[RQ_BASELINE].index.file, options->index);
		const struct rq_side_config *side = &job->config.sides[of_baseline ? RQ_BASELINE : RQ_CANDIDATE];
		if (job->how.kind == NULL && side->backend != NULL)
			job->how.kind = side->backend->name;
		if (job->how.search == NULL)
			job->how.search = side->index.search;
		if (job->how.similarity == NULL)
			job->how.similarity = similarities[side->index.similarity];
		job->corpus = side->corpus != NULL ? side->corpus : job->config.dataset.corpus;
		job->manifest.model.embedder = side->embedder == NULL ? NULL : side->embedder->name;
		job->manifest.model.name = side->embedder_name;
	}
	if (job->how.kind == NULL)
		job->how.kind = "faiss";
	if (job->how.similarity == NULL)
		job->how.similarity = "cosine";
	return RQ_OK;
}

static enum rq_status add_digests(struct job *job, struct rq_error *err)
{
	char sha256[RQ_SHA256_HEX];
	struct stat seen;

	if (job->corpus != NULL && rq_file_exists(job->corpus)) {
		RQ_TRY(check_file(&seen, job->corpus, err));
		RQ_TRY(rq_sha256_file(sha256, job->corpus, err));
		RQ_TRY(rq_manifest_add_digest(&job->manifest, "corpus", sha256, err));
	}
	if (job->options->model == NULL)
		return RQ_OK;
	RQ_TRY(rq_sha256_file(sha256, job->options->model, err));
	job->manifest.model.fingerprint = rq_arena_strdup(&job->manifest.arena, sha256);
	return job->manifest.model.fingerprint == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status read_queries(struct rq_vectors *queries, struct rq_ids *ids, const struct options *options, struct rq_error *err)
{
	char name[24];

	RQ_TRY(rq_vectors_load(queries, ids, NULL, options->queries, err));
	if (options->query_ids != NULL) {
		rq_ids_release(ids);
		RQ_TRY(rq_ids_load(ids, options->query_ids, err));
	}
	for (size_t i = 0; ids->count < queries->n && i < queries->n && options->query_ids == NULL; i++) {
		snprintf(name, sizeof name, "%zu", i + 1);
		if (rq_ids_add(ids, name, strlen(name), NULL) == RQ_ID_NONE)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

/* Each query compares all rows of a flat index: of a large one so few that it takes a second or two. */
static size_t standard_sample(const struct rq_serving *serving)
{
	double rows = SECOND / ((double)serving->ids.count * (double)rq_serving_dimension(serving));

	return serving->index != NULL || rows >= STANDARD_SAMPLE ? STANDARD_SAMPLE : rows > LEAST_SAMPLE ? (size_t)rows : LEAST_SAMPLE;
}

/* Keeps what the index finds. */
static enum rq_status record(struct job *job, struct rq_serving *serving, struct rq_vector_rows *vectors, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors queries = {0};
	RQ_CLEANUP(rq_ids_release) struct rq_ids query_ids = {0};
	const struct options *options = job->options;
	size_t sample = options->sample.given ? (size_t)options->sample.value : standard_sample(serving);

	if (options->queries != NULL)
		RQ_TRY(read_queries(&queries, &query_ids, options, err));
	else
		RQ_TRY(rq_serving_sample(&queries, &query_ids, vectors, &serving->ids, sample, err));
	RQ_TRY(rq_serving_record(&job->manifest, serving, &queries, &query_ids, options->cutoff > 0 ? (size_t)options->cutoff : STANDARD_CUTOFF, folder, err));
	return add_recorded(job, folder, err);
}

/* All rows are of one model, by their stamps or by the looks of them: those of the file, and those that the index holds, which belong to each other. */
static enum rq_status check_rows(struct job *job, struct rq_serving *serving, struct rq_vector_rows *vectors, const char *type, struct rq_error *err)
{
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors sample = {0};
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors held = {0};
	const struct options *options = job->options;
	struct rq_mixture_rows rows;
	bool tells;

	rq_mixture_choose(&rows, vectors->n);
	RQ_TRY(rq_vectors_init(&sample, rows.count, vectors->d, err));
	for (size_t i = 0; i < rows.count; i++)
		RQ_TRY(rq_vector_rows_read(sample.data + i * sample.d, vectors, rows.items[i], 1, err));
	rq_vectors_normalise(&sample);
	RQ_TRY(rq_belong_take(&held, &tells, serving, &rows, err));
	const struct rq_belong belong = {&held, &sample, &rows, type, options->index, options->vectors};
	if (tells)
		RQ_TRY(rq_belong_check(&belong, err));
	const struct rq_manifest_fact compared = {"index.compared", NULL, tells ? (double)rows.count : 0};
	RQ_TRY(rq_manifest_add_fact(&job->manifest, &compared, err));
	if (options->stamps != NULL) {
		struct rq_manifest_fact stamp = {"stamps.model", NULL, NAN};
		RQ_TRY(rq_stamps_check(&stamp.text, options->stamps, vectors->n, &job->manifest.arena, err));
		return rq_manifest_add_fact(&job->manifest, &stamp, err);
	}
	rq_vectors_release(&held); /* one at a time: this test takes more memory than the rows */
	RQ_TRY(rq_mixture_check(&sample, &rows, options->vectors, err));
	rq_vectors_release(&sample);
	RQ_TRY(rq_belong_take(&held, &tells, serving, &rows, err));
	return tells ? rq_mixture_check(&held, &rows, options->index, err) : RQ_OK;
}

/* All that looks into the files. What can be read in blocks or by rows is; else it takes as much memory as they have bytes: the index is opened as a
 * server would. */
static enum rq_status look(struct job *job, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_vector_rows_release) struct rq_vector_rows vectors = {0};
	RQ_CLEANUP(rq_ids_release) struct rq_ids ids = {0};
	RQ_CLEANUP(rq_serving_close) struct rq_serving serving = {0};
	const struct options *options = job->options;
	struct rq_index_structure structure;

	RQ_TRY(rq_ids_load(&ids, options->ids, err));
	RQ_TRY(rq_vector_rows_open(&vectors, options->vectors, err));
	RQ_TRY(rq_vector_rows_check(&vectors, err));
	if (vectors.n != ids.count)
		return rq_fail(err, RQ_E_DATA, "\"%s\": holds %zu vectors, and %s has %lu ids; row i is line i of the ids file", options->vectors, vectors.n,
		               options->ids, (unsigned long)ids.count);
	RQ_TRY(rq_serving_open_lean(&serving, &job->how, options->index, options->ids, &ids, err));
	if (rq_serving_dimension(&serving) != vectors.d)
		return rq_fail(err, RQ_E_DATA, "\"%s\": has %zu dimensions, and %s %zu; expected the vectors that the index was built of", options->index,
		               rq_serving_dimension(&serving), options->vectors, vectors.d);
	RQ_TRY(rq_serving_describe(&job->manifest, &structure, &serving, &job->how, err));
	RQ_TRY(check_rows(job, &serving, &vectors, structure.type, err));
	job->manifest.model.dimension = vectors.d;
	bool records = options->queries != NULL || !options->sample.given || options->sample.value > 0;
	return records ? record(job, &serving, &vectors, folder, err) : RQ_OK;
}

/* ---- the command ---- */

static enum rq_status show(const struct job *job, const struct rq_created *created, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	char size[16], added[16];

	if (job->options->json) {
		rq_json_set_string(root, "snapshot", job->manifest.sha256);
		rq_json_set_bool(root, "made", created->made);
		rq_json_set_number(root, "bytes", (double)created->bytes);
		rq_json_set_number(root, "chunks", (double)created->chunks);
		rq_json_set_number(root, "new_bytes", (double)created->added_bytes);
		rq_json_set_number(root, "new_chunks", (double)created->added);
		rq_json_set_number(root, "seconds", created->seconds);
		rq_json_set_number(root, "look_seconds", job->record_seconds);
		RQ_TRY(rq_json_print(&text, root, true, err));
		rq_buf_puts(&text, "\n");
		return rq_print(&text, err);
	}
	if (!created->made) {
		rq_buf_printf(&text, "nothing has changed: %.*s holds the same, and is current", (int)RQ_SEAL_SHOWN, job->manifest.sha256);
		if (created->added > 0)
			rq_buf_printf(&text, "; %zu of its chunks, %s, had been damaged or lost and are written anew", created->added,
			              rq_show_size(added, created->added_bytes));
		rq_buf_puts(&text, "\n");
		return rq_print_lines(&text, err);
	}
	rq_buf_printf(&text, "%.*s is current: %zu files, %s, of which %s are new (", (int)RQ_SEAL_SHOWN, job->manifest.sha256, job->manifest.file_count,
	              rq_show_size(size, created->bytes), rq_show_size(added, created->added_bytes));
	rq_snapshot_pace(&text, created->seconds, created->bytes);
	rq_buf_printf(&text, "; %.2f s to look into them)\n", job->record_seconds);
	return rq_print_lines(&text, err);
}

static enum rq_status check(const struct options *options, struct rq_error *err)
{
	const struct {
		const char *flag, *path;
	} needed[] = {{"--index", options->index}, {"--vectors", options->vectors}, {"--ids", options->ids}};

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (needed[i].path == NULL)
			return rq_fail(err, RQ_E_USAGE, "%s FILE is missing; a snapshot is of an index, its vectors and their ids", needed[i].flag);
	if (options->queries != NULL && options->sample.given)
		return rq_fail(err, RQ_E_USAGE, "--queries and --sample exclude each other; keep one");
	return options->batch == NULL ? RQ_OK : rq_flag_check_words("--batch", options->batch, err);
}

/* Of "FAISS 1.7.3" */
static const char *version_in(const char *library)
{
	const char *blank = strchr(library, ' ');

	return blank == NULL ? library : blank + 1;
}

static enum rq_status keep(struct job *job, const struct rq_vault *vault, const char *scratch, struct rq_error *err)
{
	RQ_CLEANUP(rq_progress_end) struct rq_progress progress = {0};
	const struct options *options = job->options;
	struct rq_named_text versions[] = {{"rqgate", RQ_VERSION},         {"FAISS", version_in(rq_backend_find("faiss")->library())},
	                                   {"OpenBLAS", version_in(rq_blas_version())}, {"OpenSSL", rq_sha256_library()},
	                                   {"zstd", rq_zstd_version()}};
	struct rq_created created;
	char when[32];

	uint64_t started = rq_clock_ns();
	RQ_TRY(read_config(job, err));
	RQ_TRY(add_digests(job, err));
	RQ_TRY(rq_when(when, err));
	RQ_TRY(look(job, scratch, err));
	job->record_seconds = (double)(rq_clock_ns() - started) * 1e-9;
	job->manifest.kind = RQ_SNAPSHOT_KIND;
	job->manifest.created = when;
	job->manifest.created_by = "rqgate snapshot create";
	job->manifest.batch = options->batch;
	job->manifest.versions = versions;
	job->manifest.version_count = sizeof versions / sizeof *versions;
	rq_snapshot_progress(&progress, "snapshot", 0);
	RQ_TRY(rq_snapshot_create(&created, &job->manifest, vault, job->files, job->count, &progress, err));
	rq_progress_end(&progress);
	return show(job, &created, err);
}

static enum rq_status create(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	RQ_CLEANUP(rq_folder_release) struct rq_folder scratch = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(job_release) struct job job = {.options = given};
	char current[RQ_SHA256_HEX], previous[RQ_SHA256_HEX];

	(void)arguments;
	*exit_code = 0;
	RQ_TRY(check(given, err));
	RQ_TRY(add_files(&job, err)); /* what is refused leaves no folder behind */
	RQ_TRY(rq_vault_from(&vault, &job.options->where, RQ_VAULT_ADD, err));
	RQ_TRY(rq_vault_current(current, previous, &vault, err)); /* what cannot be made current is not read for minutes */
	const char *path = rq_path_join(&arena, vault.path, "recorded");
	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_folder_open(&scratch, path, err));
	return keep(&job, &vault, scratch.temporary, err);
}

const struct rq_command rq_action_snapshot_create = {
	.name = "snapshot create",
	.summary = "keep an index as it is now; it becomes the current one",
	.arguments = "",
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Keeps the files in chunks that are cut where their own bytes say so, so that a later snapshot takes only what has changed. Before that the\n"
	        "index is opened and searched, and what it finds is kept for drills; vectors of two models are refused.\n"
	        "example: rqgate snapshot create --index prod.faiss --vectors prod.npy --ids prod.ids --store /backup/search",
	.run = create,
};
