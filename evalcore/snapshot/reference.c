/* A reference to its folder and back. */
#include "evalcore/snapshot/reference.h"

#include "datasets/datasets.h"
#include "datasets/vector_file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/json.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"
#include "evalcore/snapshot/snapshots.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DOCUMENTS "documents.npy"
#define DOCUMENT_IDS "documents.ids"
#define DOCUMENT_TEXTS "documents.texts"
#define DOCUMENT_FIELDS "documents.fields"
#define TOPICS "topics.npy"
#define TOPIC_IDS "topics.ids"
#define TOPIC_TEXTS "topics.texts"
#define NO_SCRIPT "-"
#define RANKED "ranked.run.zst"
#define RANKED_DIGEST "ranked" /* of the rankings' text, unpacked */

void rq_reference_release(struct rq_reference *reference)
{
	rq_manifest_release(&reference->manifest);
	rq_vectors_release(&reference->documents);
	rq_vectors_release(&reference->topics);
	rq_ids_release(&reference->document_ids);
	rq_ids_release(&reference->topic_ids);
	rq_run_release(&reference->ranked);
}

/* ---- there ---- */

static enum rq_status put_vectors(struct rq_manifest *manifest, const char *folder, const char *name, const struct rq_vectors *vectors,
                                  struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	const struct rq_vector_file file = {.vectors = *vectors};
	const char *path = rq_path_join(&manifest->arena, folder, name);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_output_open(&output, path, err));
	RQ_TRY(rq_vector_format_find("npy")->write(output.stream, &file, RQ_TENSOR_F32, err));
	RQ_TRY(rq_output_commit(&output, err));
	return rq_manifest_add_file(manifest, folder, name, err);
}

static enum rq_status put_ids(struct rq_manifest *manifest, const char *folder, const char *name, const char *const *ids, size_t count,
                              struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	const char *path = rq_path_join(&manifest->arena, folder, name);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_output_open(&output, path, err));
	for (size_t i = 0; i < count; i++)
		fprintf(output.stream, "%s\n", ids[i]);
	RQ_TRY(rq_output_commit(&output, err));
	return rq_manifest_add_file(manifest, folder, name, err);
}

static enum rq_status put_texts(struct rq_manifest *manifest, const char *folder, const char *name, const struct rq_kept_text *texts, size_t count,
                                struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	const char *path = rq_path_join(&manifest->arena, folder, name);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_output_open(&output, path, err));
	for (size_t i = 0; i < count; i++)
		fprintf(output.stream, "%s\t%" PRIu64 "\t%s\n", texts[i].key, texts[i].length, texts[i].script == NULL ? NO_SCRIPT : texts[i].script);
	RQ_TRY(rq_output_commit(&output, err));
	return rq_manifest_add_file(manifest, folder, name, err);
}

/* Names as a JSON array, then a line a document: "LENGTH SCRIPT" with tabs between, of each field. */
static enum rq_status put_fields(struct rq_manifest *manifest, const char *folder, const struct rq_reference_parts *parts, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf names = {0};
	const char *path = rq_path_join(&manifest->arena, folder, DOCUMENT_FIELDS);

	for (size_t field = 0; field < parts->field_count; field++) {
		rq_buf_puts(&names, field == 0 ? "[" : ", ");
		rq_json_quote(&names, parts->document_fields[field].name);
	}
	RQ_TRY(rq_buf_check(&names, err));
	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_output_open(&output, path, err));
	fprintf(output.stream, "%s]\n", names.data);
	for (size_t i = 0; i < parts->document_count; i++)
		for (size_t field = 0; field < parts->field_count; field++) {
			const struct rq_kept_text *text = &parts->document_fields[field].texts[i];
			fprintf(output.stream, "%" PRIu64 "\t%s%c", text->length, text->script == NULL ? NO_SCRIPT : text->script,
			        field + 1 == parts->field_count ? '\n' : '\t');
		}
	RQ_TRY(rq_output_commit(&output, err));
	return rq_manifest_add_file(manifest, folder, DOCUMENT_FIELDS, err);
}

static enum rq_status put_rankings(struct rq_manifest *manifest, const char *folder, const struct rq_run *run, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	const char *path = rq_path_join(&manifest->arena, folder, RANKED);
	char sha256[RQ_SHA256_HEX];

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_output_open(&output, path, err));
	RQ_TRY(rq_run_put(&output, run, "rqgate", sha256, err));
	RQ_TRY(rq_output_commit(&output, err));
	RQ_TRY(rq_manifest_add_digest(manifest, RANKED_DIGEST, sha256, err));
	return rq_manifest_add_file(manifest, folder, RANKED, err);
}

static enum rq_status fill(struct rq_manifest *manifest, const struct rq_reference_parts *parts, const char *folder, struct rq_error *err)
{
	if (parts->documents != NULL)
		RQ_TRY(put_vectors(manifest, folder, DOCUMENTS, parts->documents, err));
	if (parts->document_ids != NULL)
		RQ_TRY(put_ids(manifest, folder, DOCUMENT_IDS, parts->document_ids, parts->document_count, err));
	if (parts->document_texts != NULL)
		RQ_TRY(put_texts(manifest, folder, DOCUMENT_TEXTS, parts->document_texts, parts->document_count, err));
	if (parts->field_count > 0)
		RQ_TRY(put_fields(manifest, folder, parts, err));
	if (parts->topics != NULL)
		RQ_TRY(put_vectors(manifest, folder, TOPICS, parts->topics, err));
	RQ_TRY(put_ids(manifest, folder, TOPIC_IDS, parts->topic_ids, parts->topic_count, err));
	if (parts->topic_texts != NULL)
		RQ_TRY(put_texts(manifest, folder, TOPIC_TEXTS, parts->topic_texts, parts->topic_count, err));
	RQ_TRY(put_rankings(manifest, folder, parts->ranked, err));
	return rq_manifest_write(manifest, folder, err);
}

/* ---- and back ---- */

static enum rq_status check_rows(const struct rq_reference *reference, const char *path, const struct rq_vectors *vectors, const struct rq_ids *ids,
                                 struct rq_error *err)
{
	if (vectors->n == ids->count && vectors->d == reference->manifest.model.dimension)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "%s: %zu x %zu numbers, for %lu ids and %zu dimensions by the manifest; remove the folder, and make a reference anew", path,
	               vectors->n, vectors->d, (unsigned long)ids->count, reference->manifest.model.dimension);
}

/* Of documents or of topics. */
static enum rq_status read_rows(struct rq_vectors *vectors, struct rq_ids *ids, struct rq_reference *reference, const char *folder,
                                const char *vector_name, const char *id_name, struct rq_error *err)
{
	struct rq_arena *arena = &reference->manifest.arena;
	RQ_CLEANUP(rq_ids_release) struct rq_ids none = {0};
	const char *vector_path = rq_path_join(arena, folder, vector_name), *id_path = rq_path_join(arena, folder, id_name);

	if (vector_path == NULL || id_path == NULL)
		return rq_fail_memory(err);
	if (rq_manifest_file(&reference->manifest, id_name) != NULL)
		RQ_TRY(rq_ids_load(ids, id_path, err));
	if (rq_manifest_file(&reference->manifest, vector_name) == NULL)
		return RQ_OK;
	RQ_TRY(rq_vectors_load(vectors, &none, NULL, vector_path, err));
	return check_rows(reference, vector_path, vectors, ids, err);
}

/* "KEY LENGTH SCRIPT" with tabs between. */
static bool read_text(struct rq_kept_text *text, const char *line)
{
	const char *length = strchr(line, '\t'), *script = length == NULL ? NULL : strchr(length + 1, '\t');
	int64_t characters;

	if (script == NULL || length - line != sizeof text->key - 1 || !rq_parse_i64(&characters, length + 1, (size_t)(script - length - 1)) ||
	    characters < 0)
		return false;
	memcpy(text->key, line, sizeof text->key - 1);
	text->length = (uint64_t)characters;
	text->script = strcmp(script + 1, NO_SCRIPT) == 0 ? NULL : script + 1;
	return true;
}

/* One a line, of each id. */
static enum rq_status read_texts(const struct rq_kept_text **out, struct rq_reference *reference, const struct rq_ids *ids, const char *folder,
                                 const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf content = {0};
	struct rq_arena *arena = &reference->manifest.arena;
	size_t count = 0;

	if (rq_manifest_file(&reference->manifest, name) == NULL)
		return RQ_OK;
	const char *path = rq_path_join(arena, folder, name);
	struct rq_kept_text *texts = rq_arena_alloc(arena, ids->count + (size_t)1, sizeof *texts);
	if (path == NULL || texts == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_read(&content, path, err));
	char *kept = rq_arena_strndup(arena, content.data, content.size);
	if (kept == NULL)
		return rq_fail_memory(err);
	for (char *line = kept, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		if (count == ids->count || !read_text(&texts[count], line))
			return rq_fail(err, RQ_E_DATA, "%s:%zu: expected a key, a length and a script of each of %lu texts; remove the folder, and make a reference anew", path,
			               count + 1, (unsigned long)ids->count);
		count++;
	}
	if (count < ids->count)
		return rq_fail(err, RQ_E_DATA, "%s: %zu lines for %lu ids; remove the folder, and make a reference anew", path, count, (unsigned long)ids->count);
	*out = texts;
	return RQ_OK;
}

static enum rq_status read_names(struct rq_reference *reference, const char *line, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *names = NULL;
	struct rq_arena *arena = &reference->manifest.arena;

	RQ_TRY(rq_json_parse(&names, line, strlen(line), path, err));
	struct rq_kept_field *fields = rq_arena_alloc(arena, rq_json_size(names) + 1, sizeof *fields);
	if (fields == NULL)
		return rq_fail_memory(err);
	for (const rq_json *name = rq_json_first(names); name != NULL; name = rq_json_next(name)) {
		struct rq_kept_field *field = &fields[reference->field_count++];
		field->name = rq_arena_strdup(arena, rq_json_string(name) == NULL ? "" : rq_json_string(name));
		field->texts = rq_arena_alloc(arena, reference->document_ids.count + (size_t)1, sizeof *field->texts);
		if (field->name == NULL || field->texts == NULL)
			return rq_fail_memory(err);
	}
	reference->document_fields = fields;
	return RQ_OK;
}

/* The next "LENGTH SCRIPT" of a line, whose end is cut off. */
static bool read_field(struct rq_kept_text *text, char **line)
{
	char *script = strchr(*line, '\t');
	int64_t characters;

	if (script == NULL || !rq_parse_i64(&characters, *line, (size_t)(script - *line)) || characters < 0)
		return false;
	*script++ = '\0';
	*line = script + strcspn(script, "\t");
	if (**line == '\t')
		*(*line)++ = '\0';
	text->length = (uint64_t)characters;
	text->script = strcmp(script, NO_SCRIPT) == 0 ? NULL : script;
	return true;
}

static enum rq_status read_fields(struct rq_reference *reference, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf content = {0};
	struct rq_arena *arena = &reference->manifest.arena;
	size_t rows = 0;
	bool read = true;

	if (rq_manifest_file(&reference->manifest, DOCUMENT_FIELDS) == NULL)
		return RQ_OK;
	const char *path = rq_path_join(arena, folder, DOCUMENT_FIELDS);
	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_read(&content, path, err));
	char *line = rq_arena_strndup(arena, content.data, content.size), *end = line == NULL ? NULL : strchr(line, '\n');
	if (line == NULL)
		return rq_fail_memory(err);
	if (end != NULL) {
		*end = '\0';
		RQ_TRY(read_names(reference, line, path, err));
	}
	for (; read && end != NULL && (line = end + 1, end = strchr(line, '\n')) != NULL; rows++) {
		*end = '\0';
		for (size_t field = 0; read && field < reference->field_count; field++)
			read = rows < reference->document_ids.count && read_field(&reference->document_fields[field].texts[rows], &line);
	}
	if (!read || rows != reference->document_ids.count)
		return rq_fail(err, RQ_E_DATA,
		               "%s:%zu: expected lengths and scripts of the fields of each of %lu documents; remove the folder, and make a reference anew", path,
		               rows + 1, (unsigned long)reference->document_ids.count);
	return RQ_OK;
}

static enum rq_status read_folder(struct rq_reference *reference, const char *folder, struct rq_error *err)
{
	struct rq_manifest *manifest = &reference->manifest;

	RQ_TRY(rq_manifest_read(manifest, folder, RQ_REFERENCE_KIND, err));
	for (size_t i = 0; i < manifest->file_count; i++)
		RQ_TRY(rq_manifest_check_file(manifest, folder, manifest->files[i].name, err));
	RQ_TRY(read_rows(&reference->documents, &reference->document_ids, reference, folder, DOCUMENTS, DOCUMENT_IDS, err));
	RQ_TRY(read_rows(&reference->topics, &reference->topic_ids, reference, folder, TOPICS, TOPIC_IDS, err));
	RQ_TRY(read_texts(&reference->document_texts, reference, &reference->document_ids, folder, DOCUMENT_TEXTS, err));
	RQ_TRY(read_fields(reference, folder, err));
	RQ_TRY(read_texts(&reference->topic_texts, reference, &reference->topic_ids, folder, TOPIC_TEXTS, err));
	const char *path = rq_path_join(&manifest->arena, folder, RANKED), *told = rq_path_join(&manifest->arena, folder, RQ_MANIFEST_FILE);
	const char *sha256 = rq_manifest_digest(manifest, RANKED_DIGEST);
	if (path == NULL || told == NULL)
		return rq_fail_memory(err);
	if (sha256 == NULL)
		return rq_fail(err, RQ_E_DATA, "%s: digests." RANKED_DIGEST ": missing; expected that of the rankings", told);
	return rq_run_load_put(&reference->ranked, path, sha256, told, err);
}

enum rq_status rq_reference_read(struct rq_reference *reference, const char *folder, const char *sha256, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = rq_path_join(&arena, folder, sha256);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(read_folder(reference, path, err));
	if (strcmp(reference->manifest.sha256, sha256) != 0)
		return rq_fail(err, RQ_E_DATA, "\"%s\": its manifest has the seal %s, and not this name; give the folder that one, or remove it", path,
		               reference->manifest.sha256);
	return RQ_OK;
}

/* ---- which one is current ---- */

static enum rq_status check_later(const struct rq_manifest *manifest, const struct rq_snapshot *current, const char *folder, struct rq_error *err)
{
	int64_t seconds;

	RQ_TRY(rq_snapshots_time(&seconds, manifest->created, err));
	if (seconds > current->seconds)
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE,
	               "\"%s\": the current reference was made at %s, and it is %s, so nobody could tell which one was current "
	               "when; try again later, or set the clock",
	               folder, current->created, manifest->created);
}

/* ---- keeping one ---- */

static bool is_there(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* Locks the folder, which who locked it before may have removed: then it is made again. */
static enum rq_status lock_folder(struct rq_reference_place *place, double wait, struct rq_error *err)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	uint64_t until = rq_clock_ns() + (uint64_t)(wait * 1e9);

	for (;;) {
		RQ_TRY(rq_make_folders(place->path, err));
		place->fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (place->fd < 0 && errno != ENOENT)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", place->path, strerror(errno));
		place->open = place->fd >= 0;
		if (place->open && flock(place->fd, LOCK_EX | LOCK_NB) == 0 && is_there(place->fd, place->path)) {
			place->locked = true;
			return RQ_OK;
		}
		if (place->open && errno != EWOULDBLOCK && errno != EINTR && errno != ENOENT)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot lock: %s", place->path, strerror(errno));
		if (place->open)
			close(place->fd);
		place->open = false;
		RQ_TRY(rq_cancel_check(err));
		if (rq_clock_ns() > until)
			return rq_fail(err, RQ_E_LOCKED, "\"%s\": another job makes a reference there; try again when it has ended", place->path);
		nanosleep(&pause, NULL);
	}
}

/* Another job may have made one since `expected` was the current one. */
static enum rq_status check_expected(const struct rq_snapshot *current, const char *expected, const char *folder, struct rq_error *err)
{
	if (current == NULL || (expected != NULL && strcmp(current->sha256, expected) == 0))
		return RQ_OK;
	return rq_fail(err, RQ_E_LOCKED, "\"%s\": another job has made a reference of something else there meanwhile; try again, which compares with that one", folder);
}

static enum rq_status write_aside(struct rq_reference_place *place, struct rq_manifest *manifest, const struct rq_reference_parts *parts,
                                  const char *expected, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_reference_release) struct rq_reference written = {0};
	struct rq_snapshots snapshots;
	const char *path = rq_path_join(arena, place->path, RQ_REFERENCE_KIND);

	if (path == NULL)
		return rq_fail_memory(err);
	rq_folder_clean(place->path);
	RQ_TRY(rq_snapshots_list(&snapshots, place->path, RQ_REFERENCE_KIND, arena, err));
	const struct rq_snapshot *current = rq_snapshots_at(&snapshots, INT64_MAX);
	RQ_TRY(rq_folder_open(&place->folder, path, err));
	RQ_TRY(fill(manifest, parts, place->folder.temporary, err));
	place->made = current == NULL || strcmp(current->content, manifest->content) != 0;
	if (!place->made) {
		memcpy(manifest->sha256, current->sha256, RQ_SHA256_HEX);
		return RQ_OK;
	}
	RQ_TRY(check_expected(current, expected, place->path, err));
	if (current != NULL)
		RQ_TRY(check_later(manifest, current, place->path, err));
	RQ_TRY(read_folder(&written, place->folder.temporary, err));
	return rq_folder_rename(&place->folder, manifest->sha256, err);
}

enum rq_status rq_reference_prepare(struct rq_reference_place *place, struct rq_manifest *manifest, const struct rq_reference_parts *parts,
                                    const char *folder, const char *expected, double wait, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};

	place->path = strdup(folder);
	if (place->path == NULL)
		return rq_fail_memory(err);
	place->there = rq_folders_there(folder);
	RQ_TRY(lock_folder(place, wait, err));
	return write_aside(place, manifest, parts, expected, &arena, err);
}

enum rq_status rq_reference_commit(struct rq_reference_place *place, struct rq_error *err)
{
	return place->made ? rq_folder_commit(&place->folder, err) : RQ_OK;
}

void rq_reference_take_back(struct rq_reference_place *place)
{
	rq_folder_take_back(&place->folder);
}

void rq_reference_place_release(struct rq_reference_place *place)
{
	rq_folder_release(&place->folder);
	if (place->locked) /* or it is another job's */
		rq_remove_folders(place->path, place->there);
	if (place->open)
		close(place->fd);
	free(place->path);
	*place = (struct rq_reference_place){0};
}
