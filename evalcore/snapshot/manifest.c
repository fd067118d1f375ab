/* A manifest to its file and back. */
#include "evalcore/snapshot/manifest.h"

#include "evalcore/base/file.h"
#include "evalcore/base/json_read.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/seal.h"
#include "evalcore/snapshot/cut.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const size_t FILE_MAXIMUM = (size_t)64 << 20;

enum { NAME_MAXIMUM = 100, PLACE = 64, CHUNK_MOST = 4 * RQ_CUT_MOST };

void rq_manifest_release(struct rq_manifest *manifest)
{
	rq_arena_release(&manifest->arena);
	*manifest = (struct rq_manifest){0};
}

static bool is_plain_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t length = strlen(name);

	return length > 0 && length <= NAME_MAXIMUM && strspn(name, allowed) == length && name[0] != '.' && strcmp(name, RQ_MANIFEST_FILE) != 0;
}

const char *rq_manifest_role(const struct rq_manifest *manifest, const char *role)
{
	size_t length = strlen(role);

	for (size_t i = 0; i < manifest->file_count; i++) {
		const char *name = manifest->files[i].name;
		if (strncmp(name, role, length) == 0 && (name[length] == '.' || name[length] == '\0'))
			return name;
	}
	return NULL;
}

const struct rq_manifest_file *rq_manifest_file(const struct rq_manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->file_count; i++)
		if (strcmp(manifest->files[i].name, name) == 0)
			return &manifest->files[i];
	return NULL;
}

const char *rq_manifest_digest(const struct rq_manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->digest_count; i++)
		if (strcmp(manifest->digests[i].name, name) == 0)
			return manifest->digests[i].text;
	return NULL;
}

const struct rq_manifest_fact *rq_manifest_fact(const struct rq_manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->fact_count; i++)
		if (strcmp(manifest->facts[i].name, name) == 0)
			return &manifest->facts[i];
	return NULL;
}

/* One more: the array anew, with room for it. */
static void *grow(struct rq_manifest *manifest, const void *items, size_t count, size_t size)
{
	char *grown = rq_arena_alloc(&manifest->arena, count + 1, size);

	if (grown != NULL && count > 0)
		memcpy(grown, items, count * size);
	return grown;
}

static enum rq_status check_name(const struct rq_manifest *manifest, const char *name, struct rq_error *err)
{
	if (is_plain_name(name) && rq_manifest_file(manifest, name) == NULL)
		return RQ_OK;
	return rq_fail(err, RQ_E_INTERNAL, "\"%s\": cannot be the name of a file of a manifest, or is one already", name);
}

enum rq_status rq_manifest_put_file(struct rq_manifest *manifest, const struct rq_manifest_file *file, struct rq_error *err)
{
	RQ_TRY(check_name(manifest, file->name, err));
	struct rq_manifest_file *files = grow(manifest, manifest->files, manifest->file_count, sizeof *files);
	if (files == NULL)
		return rq_fail_memory(err);
	files[manifest->file_count++] = *file;
	manifest->files = files;
	return RQ_OK;
}

enum rq_status rq_manifest_add_file(struct rq_manifest *manifest, const char *folder, const char *name, struct rq_error *err)
{
	struct rq_manifest_file file = {.name = rq_arena_strdup(&manifest->arena, name)};
	const char *path = rq_path_join(&manifest->arena, folder, name);

	RQ_TRY(check_name(manifest, name, err));
	if (file.name == NULL || path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_size(&file.bytes, path, err));
	RQ_TRY(rq_sha256_file(file.sha256, path, err));
	return rq_manifest_put_file(manifest, &file, err);
}

enum rq_status rq_manifest_add_digest(struct rq_manifest *manifest, const char *name, const char *sha256, struct rq_error *err)
{
	struct rq_named_text *digests = grow(manifest, manifest->digests, manifest->digest_count, sizeof *digests);
	const struct rq_named_text digest = {rq_arena_strdup(&manifest->arena, name), rq_arena_strdup(&manifest->arena, sha256)};

	if (digests == NULL || digest.name == NULL || digest.text == NULL)
		return rq_fail_memory(err);
	digests[manifest->digest_count++] = digest;
	manifest->digests = digests;
	return RQ_OK;
}

enum rq_status rq_manifest_add_fact(struct rq_manifest *manifest, const struct rq_manifest_fact *fact, struct rq_error *err)
{
	struct rq_manifest_fact *facts = grow(manifest, manifest->facts, manifest->fact_count, sizeof *facts);
	struct rq_manifest_fact copy = {.name = rq_arena_strdup(&manifest->arena, fact->name), .number = fact->number};

	if (fact->text != NULL)
		copy.text = rq_arena_strdup(&manifest->arena, fact->text);
	if (facts == NULL || copy.name == NULL || (fact->text != NULL && copy.text == NULL))
		return rq_fail_memory(err);
	facts[manifest->fact_count++] = copy;
	manifest->facts = facts;
	return RQ_OK;
}

/* ---- there ---- */

static void set_texts(rq_json *root, const char *key, const struct rq_named_text *texts, size_t count)
{
	rq_json *object = rq_json_set_object(root, key);

	for (size_t i = 0; i < count; i++)
		rq_json_set_string(object, texts[i].name, texts[i].text);
}

static void set_chunks(rq_json *object, const struct rq_manifest_file *file)
{
	rq_json_set_number(object, "average", (double)file->average);
	rq_json *chunks = rq_json_set_array(object, "chunks");
	for (size_t i = 0; i < file->chunk_count; i++) {
		rq_json *chunk = rq_json_push_array(chunks);
		rq_json_push_string(chunk, file->chunks[i].sha256);
		rq_json_push_number(chunk, (double)file->chunks[i].bytes);
	}
}

/* What is in the folder, whoever made it and when. */
static void set_content(rq_json *root, const struct rq_manifest *manifest)
{
	rq_json *model = rq_json_set_object(root, "model");

	rq_json_set_string(model, "embedder", manifest->model.embedder);
	rq_json_set_string(model, "name", manifest->model.name);
	rq_json_set_string(model, "variant", manifest->model.variant);
	rq_json_set_string(model, "fingerprint", manifest->model.fingerprint);
	rq_json_set_number(model, "dimension", manifest->model.dimension == 0 ? (double)NAN : (double)manifest->model.dimension);
	set_texts(root, "digests", manifest->digests, manifest->digest_count);
	rq_json *files = rq_json_set_array(root, "files");
	for (size_t i = 0; i < manifest->file_count; i++) {
		rq_json *file = rq_json_push_object(files);
		rq_json_set_string(file, "name", manifest->files[i].name);
		rq_json_set_string(file, "sha256", manifest->files[i].sha256);
		rq_json_set_number(file, "bytes", (double)manifest->files[i].bytes);
		if (manifest->files[i].average > 0)
			set_chunks(file, &manifest->files[i]);
	}
	rq_json *facts = rq_json_set_object(root, "facts");
	for (size_t i = 0; i < manifest->fact_count; i++) {
		if (manifest->facts[i].text != NULL)
			rq_json_set_string(facts, manifest->facts[i].name, manifest->facts[i].text);
		else
			rq_json_set_number(facts, manifest->facts[i].name, manifest->facts[i].number);
	}
}

static const char *const made_members[] = {"created", "created_by", "batch", "versions"};

/* Both digests of what `root` says. */
static enum rq_status seal(struct rq_manifest *manifest, const rq_json *root, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *content = rq_json_copy(root);

	RQ_TRY(rq_json_check(content, err));
	for (size_t i = 0; i < sizeof made_members / sizeof *made_members; i++)
		rq_json_remove(content, made_members[i]);
	RQ_TRY(rq_json_seal(manifest->content, content, err));
	return rq_json_seal(manifest->sha256, root, err);
}

enum rq_status rq_manifest_write(struct rq_manifest *manifest, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *path = rq_path_join(&manifest->arena, folder, RQ_MANIFEST_FILE);

	rq_json_set_number(root, "schema_version", RQ_MANIFEST_SCHEMA_VERSION);
	rq_json_set_string(root, "kind", manifest->kind);
	rq_json_set_string(root, "created", manifest->created);
	rq_json_set_string(root, "created_by", manifest->created_by);
	rq_json_set_string(root, "batch", manifest->batch);
	set_texts(root, "versions", manifest->versions, manifest->version_count);
	set_content(root, manifest);
	RQ_TRY(rq_json_check(root, err));
	RQ_TRY(seal(manifest, root, err));
	rq_json_set_string(root, RQ_JSON_SEAL, manifest->sha256);
	RQ_TRY(rq_json_print(&text, root, true, err));
	rq_buf_puts(&text, "\n");
	RQ_TRY(rq_buf_check(&text, err));
	return path == NULL ? rq_fail_memory(err) : rq_file_write(path, text.data, text.size, err);
}

/* ---- and back ---- */

static struct rq_named_text *read_texts(size_t *count, struct rq_json_reader *reader, const rq_json *root, const char *key, bool digests)
{
	const rq_json *object = rq_json_read_object(reader, root, "", key);
	struct rq_named_text *texts = object == NULL ? NULL : rq_json_read_alloc(reader, rq_json_size(object), sizeof *texts);

	for (const rq_json *member = texts == NULL ? NULL : rq_json_first(object); member != NULL && reader->status == RQ_OK;
	     member = rq_json_next(member))
		texts[(*count)++] = (struct rq_named_text){
			rq_json_read_key(reader, member), (digests ? rq_json_read_sha256 : rq_json_read_string)(reader, object, key, rq_json_key(member))};
	return texts;
}

static bool read_chunk(struct rq_manifest_chunk *chunk, const rq_json *pair)
{
	const rq_json *first = rq_json_first(pair);
	const char *sha256 = rq_json_string(first);
	double bytes = first == NULL ? (double)NAN : rq_json_number(rq_json_next(first));

	if (rq_json_type(pair) != RQ_JSON_ARRAY || rq_json_size(pair) != 2 || sha256 == NULL || !rq_is_sha256(sha256) ||
	    !(bytes >= 1 && bytes <= CHUNK_MOST && bytes == floor(bytes)))
		return false;
	memcpy(chunk->sha256, sha256, RQ_SHA256_HEX);
	chunk->bytes = (uint32_t)bytes;
	return true;
}

static void read_chunks(struct rq_manifest_file *file, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const rq_json *array = rq_json_read_array(reader, object, place, "chunks");
	struct rq_manifest_chunk *chunks = array == NULL ? NULL : rq_json_read_alloc(reader, rq_json_size(array) + 1, sizeof *chunks);
	uint64_t bytes = 0;

	for (const rq_json *pair = chunks == NULL ? NULL : rq_json_first(array); pair != NULL && reader->status == RQ_OK; pair = rq_json_next(pair)) {
		if (!read_chunk(&chunks[file->chunk_count], pair))
			rq_json_read_fail(reader, place, "chunks", pair, "pairs of 64 hexadecimal digits and a number of bytes, at most 4194304");
		bytes += chunks[file->chunk_count++].bytes;
	}
	file->chunks = chunks;
	if (reader->status == RQ_OK && bytes != file->bytes)
		rq_json_read_fail(reader, place, "bytes", rq_json_get(object, "bytes"), "those of its chunks together");
}

static void read_files(struct rq_manifest *manifest, struct rq_json_reader *reader, const rq_json *root)
{
	const rq_json *files = rq_json_read_array(reader, root, "", "files");
	char place[PLACE];

	manifest->files = files == NULL ? NULL : rq_json_read_alloc(reader, rq_json_size(files), sizeof *manifest->files);
	for (const rq_json *object = manifest->files == NULL ? NULL : rq_json_first(files); object != NULL && reader->status == RQ_OK;
	     object = rq_json_next(object)) {
		struct rq_manifest_file *file = &manifest->files[manifest->file_count];
		snprintf(place, sizeof place, "files[%zu]", manifest->file_count);
		const char *name = rq_json_read_string(reader, object, place, "name"), *sha256 = rq_json_read_sha256(reader, object, place, "sha256");
		file->bytes = rq_json_read_count(reader, object, place, "bytes");
		file->average = rq_json_read_optional_count(reader, object, place, "average");
		if (reader->status == RQ_OK && file->average > 0)
			read_chunks(file, reader, object, place);
		if (reader->status == RQ_OK && (!is_plain_name(name) || rq_manifest_file(manifest, name) != NULL))
			rq_json_read_fail(reader, place, "name", rq_json_get(object, "name"), "names of files in the folder itself, each once");
		if (reader->status != RQ_OK)
			return;
		file->name = name;
		memcpy(file->sha256, sha256, RQ_SHA256_HEX);
		manifest->file_count++;
	}
}

/* What would come back as an empty file, or as none. */
static void check_snapshot(const struct rq_manifest *manifest, struct rq_json_reader *reader, const rq_json *root)
{
	char place[PLACE];

	for (size_t i = 0; reader->status == RQ_OK && i < manifest->file_count; i++)
		if (manifest->files[i].average == 0) {
			snprintf(place, sizeof place, "files[%zu]", i);
			rq_json_read_fail(reader, place, "average", NULL, "a file in chunks, as all files of a snapshot are");
		}
	if (reader->status == RQ_OK && (rq_manifest_role(manifest, "index") == NULL || rq_manifest_role(manifest, "ids") == NULL))
		rq_json_read_fail(reader, "", "files", rq_json_get(root, "files"), "an index and its ids among them");
}

static void read_facts(struct rq_manifest *manifest, struct rq_json_reader *reader, const rq_json *root)
{
	const rq_json *facts = rq_json_read_object(reader, root, "", "facts");

	manifest->facts = facts == NULL ? NULL : rq_json_read_alloc(reader, rq_json_size(facts), sizeof *manifest->facts);
	for (const rq_json *member = manifest->facts == NULL ? NULL : rq_json_first(facts); member != NULL && reader->status == RQ_OK;
	     member = rq_json_next(member)) {
		const char *name = rq_json_key(member);
		bool is_text = rq_json_type(member) == RQ_JSON_STRING;
		manifest->facts[manifest->fact_count++] = (struct rq_manifest_fact){
			rq_json_read_key(reader, member), is_text ? rq_json_read_string(reader, facts, "facts", name) : NULL,
			is_text ? (double)NAN : rq_json_read_optional_number(reader, facts, "facts", name)};
	}
}

static void read_members(struct rq_manifest *manifest, struct rq_json_reader *reader, const rq_json *root, const char *kind)
{
	const rq_json *model = rq_json_read_object(reader, root, "", "model");
	int64_t seconds;

	manifest->kind = rq_json_read_string(reader, root, "", "kind");
	if (reader->status == RQ_OK && strcmp(manifest->kind, kind) != 0) {
		char expected[PLACE];
		snprintf(expected, sizeof expected, "\"%s\"", kind);
		rq_json_read_fail(reader, "", "kind", rq_json_get(root, "kind"), expected);
	}
	manifest->created = rq_json_read_string(reader, root, "", "created");
	if (reader->status == RQ_OK && !rq_parse_time(&seconds, manifest->created, strlen(manifest->created)))
		rq_json_read_fail(reader, "", "created", rq_json_get(root, "created"), "a time in UTC, \"2026-11-21T03:36:50Z\"");
	manifest->created_by = rq_json_read_string(reader, root, "", "created_by");
	manifest->batch = rq_json_read_optional_string(reader, root, "", "batch");
	manifest->versions = read_texts(&manifest->version_count, reader, root, "versions", false);
	manifest->model = (struct rq_manifest_model){
		rq_json_read_optional_string(reader, model, "model", "embedder"), rq_json_read_optional_string(reader, model, "model", "name"),
		rq_json_read_optional_string(reader, model, "model", "variant"), rq_json_read_optional_string(reader, model, "model", "fingerprint"),
		rq_json_read_optional_count(reader, model, "model", "dimension")};
	manifest->digests = read_texts(&manifest->digest_count, reader, root, "digests", true);
	read_files(manifest, reader, root);
	if (strcmp(kind, RQ_SNAPSHOT_KIND) == 0)
		check_snapshot(manifest, reader, root);
	read_facts(manifest, reader, root);
}

enum rq_status rq_manifest_parse(struct rq_manifest *manifest, const struct rq_buf *text, const char *path, const char *kind, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	struct rq_json_reader reader = {.source = path, .arena = &manifest->arena, .err = err};

	RQ_TRY(rq_json_read_root(&root, &reader, text, RQ_MANIFEST_SCHEMA_VERSION));
	read_members(manifest, &reader, root, kind);
	const char *told = rq_json_read_sha256(&reader, root, "", RQ_JSON_SEAL);
	if (reader.status != RQ_OK)
		return reader.status;
	RQ_TRY(seal(manifest, root, err));
	if (strcmp(manifest->sha256, told) != 0)
		return rq_fail(err, RQ_E_DATA,
		               "%s: was changed since it was written (what it says has another sha256 than it tells); restore the folder, or remove it",
		               path);
	return RQ_OK;
}

enum rq_status rq_manifest_read(struct rq_manifest *manifest, const char *folder, const char *kind, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = FILE_MAXIMUM};
	const char *path = rq_path_join(&manifest->arena, folder, RQ_MANIFEST_FILE);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_read(&text, path, err));
	return rq_manifest_parse(manifest, &text, path, kind, err);
}

enum rq_status rq_manifest_check_file(const struct rq_manifest *manifest, const char *folder, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_manifest_file *file = rq_manifest_file(manifest, name);
	const char *path = rq_path_join(&arena, folder, name);
	char sha256[RQ_SHA256_HEX];
	uint64_t bytes;

	if (path == NULL)
		return rq_fail_memory(err);
	if (file == NULL)
		return rq_fail(err, RQ_E_DATA, "%s/" RQ_MANIFEST_FILE ": has no file \"%s\"; restore the folder, or remove it", folder, name);
	RQ_TRY(rq_file_size(&bytes, path, err));
	if (bytes != file->bytes)
		return rq_fail(err, RQ_E_DATA, "%s: has %" PRIu64 " bytes, and %" PRIu64 " by its manifest; restore the folder, or remove it", path, bytes,
		               file->bytes);
	RQ_TRY(rq_sha256_file(sha256, path, err));
	if (strcmp(sha256, file->sha256) != 0)
		return rq_fail(err, RQ_E_DATA, "%s: has sha256 %s, and %s by its manifest; restore the folder, or remove it", path, sha256, file->sha256);
	return RQ_OK;
}
