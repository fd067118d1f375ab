#include "evalcore/embed/static/model.h"

#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/system.h"
#include "evalcore/base/tensors.h"
#include "evalcore/embed/token/characters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- files ---- */

enum { TENSORS, TOKENIZER, CONFIG, FILES };

/* Tried in this order, as upstream does. */
static const char *const layouts[][FILES] = {
	{"model.safetensors", "tokenizer.json", "config.json"},
	{"model.safetensors", "tokenizer.json", "config_sentence_transformers.json"},
	{"0_StaticEmbedding/model.safetensors", "0_StaticEmbedding/tokenizer.json", "config_sentence_transformers.json"},
};

/* The string of a model: its files one after the other, then this. */
struct frame {
	uint64_t sizes[FILES];
	uint64_t most; /* tokens of a text */
};

/* Paths of the files; those of the last layout where none is there. */
static enum rq_status find(const char *paths[FILES], struct rq_arena *arena, const char *folder, struct rq_error *err)
{
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		bool there = true;
		for (size_t file = 0; file < FILES; file++) {
			paths[file] = rq_path_join(arena, folder, layouts[i][file]);
			if (paths[file] == NULL)
				return rq_fail_memory(err);
			there &= rq_file_exists(paths[file]);
		}
		if (there)
			return RQ_OK;
	}
	return rq_fail(err, RQ_E_CONFIG,
	               "folder: \"%s\" holds no static model; expected model.safetensors, tokenizer.json and config.json, or those of "
	               "sentence-transformers",
	               folder);
}

enum rq_status rq_static_model_find(uint64_t *bytes, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *paths[FILES];

	*bytes = 0;
	RQ_TRY(find(paths, &arena, folder, err));
	return rq_file_size(bytes, paths[TENSORS], err);
}

enum rq_status rq_static_model_read(struct rq_buf *model, const char *folder, size_t most, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf file = {0};
	const char *paths[FILES];
	struct frame frame = {.most = most};

	RQ_TRY(find(paths, &arena, folder, err));
	RQ_TRY(rq_file_read(model, paths[TENSORS], err)); /* by far the largest: not copied */
	frame.sizes[TENSORS] = model->size;
	for (size_t i = TOKENIZER; i < FILES; i++) {
		RQ_TRY(rq_file_read(&file, paths[i], err));
		rq_buf_add(model, file.data, file.size);
		frame.sizes[i] = file.size;
	}
	rq_buf_add(model, &frame, sizeof frame);
	return rq_buf_check(model, err);
}

/* ---- tensors ---- */

/* A model being opened. */
struct opening {
	struct rq_static_model *model;
	const char *bytes, *source; /* of the tensor file; its name in messages */
	struct rq_tensors tensors;
	struct rq_vocabulary vocabulary;
	struct rq_error *err;
};

static enum rq_status read_floats(float *out, const struct opening *opening, const struct rq_tensor *tensor)
{
	size_t read = rq_tensor_floats(out, opening->bytes + tensor->offset, tensor->type, tensor->count), bad = 0;

	while (bad < read && isfinite(out[bad]))
		bad++;
	if (bad == tensor->count)
		return RQ_OK;
	return rq_fail(opening->err, RQ_E_DATA, "%s: number %zu of tensor \"%s\" (counted from 0) is NaN, infinite or beyond float32", opening->source,
	               bad, tensor->name);
}

static enum rq_status read_rows(struct opening *opening)
{
	static const char *const names[] = {"embeddings", "embedding.weight", "0"}; /* of model2vec, of sentence-transformers */
	struct rq_static_model *model = opening->model;
	const struct rq_tensor *tensor = NULL;

	for (size_t i = 0; tensor == NULL && i < sizeof names / sizeof *names; i++)
		tensor = rq_tensors_find(&opening->tensors, names[i]);
	if (tensor == NULL)
		return rq_fail(opening->err, RQ_E_DATA, "%s: no tensor \"embeddings\" (or \"embedding.weight\"); expected a row for each token",
		               opening->source);
	if (tensor->dimensions != 2 || tensor->count == 0 || !rq_tensor_is_float_like(tensor->type))
		return rq_fail(opening->err, RQ_E_DATA,
		               "%s: tensor \"%s\": %zu dimensions of %s; expected two, of F16, BF16, F32, F64, I8 or U8, none of them 0",
		               opening->source, tensor->name, tensor->dimensions, rq_tensor_type_name(tensor->type));
	RQ_TRY(rq_vectors_init(&model->rows, tensor->shape[0], tensor->shape[1], opening->err));
	return read_floats(model->rows.data, opening, tensor);
}

/* A tensor of one number a token, if it is there. */
static enum rq_status find_per_token(const struct rq_tensor **out, const struct opening *opening, const char *name, bool typed, const char *types)
{
	const struct rq_tensor *tensor = rq_tensors_find(&opening->tensors, name);

	*out = tensor;
	if (tensor == NULL)
		return RQ_OK;
	if (!typed || tensor->dimensions != 1 || tensor->count <= opening->vocabulary.largest)
		return rq_fail(opening->err, RQ_E_DATA, "%s: tensor \"%s\": %zu numbers of %s in %zu dimensions; expected one of %s for each of %zu tokens",
		               opening->source, name, tensor->count, rq_tensor_type_name(tensor->type), tensor->dimensions, types,
		               (size_t)opening->vocabulary.largest + 1);
	return RQ_OK;
}

static bool has_type(const struct opening *opening, const char *name, enum rq_tensor_type a, enum rq_tensor_type b, enum rq_tensor_type c)
{
	const struct rq_tensor *tensor = rq_tensors_find(&opening->tensors, name);

	return tensor != NULL && (tensor->type == a || tensor->type == b || tensor->type == c);
}

static enum rq_status read_mapping(struct opening *opening)
{
	struct rq_static_model *model = opening->model;
	bool typed = has_type(opening, "mapping", RQ_TENSOR_I32, RQ_TENSOR_I64, RQ_TENSOR_I64);
	const struct rq_tensor *tensor;

	RQ_TRY(find_per_token(&tensor, opening, "mapping", typed, "I32 or I64"));
	if (tensor == NULL && (model->rows.n != opening->vocabulary.tokens || opening->vocabulary.largest >= model->rows.n))
		return rq_fail(opening->err, RQ_E_DATA, "%s: %zu rows for %zu tokens of tokenizer.json; expected as many, or a tensor \"mapping\"",
		               opening->source, model->rows.n, opening->vocabulary.tokens);
	if (tensor == NULL)
		return RQ_OK;
	model->row_of = calloc(tensor->count, sizeof *model->row_of);
	if (model->row_of == NULL)
		return rq_fail_memory(opening->err);
	for (size_t i = 0; i < tensor->count; i++) {
		int64_t row = 0;
		int32_t narrow;
		const char *at = opening->bytes + tensor->offset + i * rq_tensor_type_size(tensor->type);
		memcpy(&narrow, at, sizeof narrow);
		row = narrow;
		if (tensor->type == RQ_TENSOR_I64)
			memcpy(&row, at, sizeof row);
		if (row < 0 || (uint64_t)row >= model->rows.n)
			return rq_fail(opening->err, RQ_E_DATA, "%s: tensor \"mapping\" leads token %zu to row %lld; expected 0 to %zu", opening->source, i,
			               (long long)row, model->rows.n - 1);
		model->row_of[i] = (uint32_t)row;
	}
	return RQ_OK;
}

static enum rq_status read_weights(struct opening *opening)
{
	struct rq_static_model *model = opening->model;
	bool typed = has_type(opening, "weights", RQ_TENSOR_F64, RQ_TENSOR_F32, RQ_TENSOR_F16);
	const struct rq_tensor *tensor;

	RQ_TRY(find_per_token(&tensor, opening, "weights", typed, "F64, F32 or F16"));
	if (tensor == NULL)
		return RQ_OK;
	model->weights = calloc(tensor->count, sizeof *model->weights);
	if (model->weights == NULL)
		return rq_fail_memory(opening->err);
	return read_floats(model->weights, opening, tensor);
}

static enum rq_status read_tensors(struct opening *opening, size_t size)
{
	unsigned char first[RQ_TENSOR_LENGTH_BYTES] = {0};
	size_t header;

	memcpy(first, opening->bytes, size < sizeof first ? size : sizeof first);
	RQ_TRY(rq_tensors_header_size(&header, first, size, opening->source, opening->err));
	enum rq_status status = rq_tensors_read(&opening->tensors, opening->bytes + RQ_TENSOR_LENGTH_BYTES, header, size, opening->source, opening->err);
	if (status == RQ_OK)
		status = read_rows(opening);
	if (status == RQ_OK)
		status = read_mapping(opening);
	if (status == RQ_OK)
		status = read_weights(opening);
	rq_tensors_release(&opening->tensors);
	return status;
}

/* ---- a model ---- */

static enum rq_status read_config(struct rq_static_model *model, const char *text, size_t size, const char *source, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;

	RQ_TRY(rq_json_parse(&root, text, size, source, err));
	if (rq_json_type(root) != RQ_JSON_OBJECT)
		return rq_fail(err, RQ_E_DATA, "%s: %s; expected an object", source, rq_json_type_name(rq_json_type(root)));
	const rq_json *normalise = rq_json_get(root, "normalize");
	if (normalise != NULL && rq_json_type(normalise) != RQ_JSON_BOOL && rq_json_type(normalise) != RQ_JSON_NULL)
		return rq_fail(err, RQ_E_DATA, "%s: normalize: %s; expected true or false", source, rq_json_type_name(rq_json_type(normalise)));
	model->normalised = normalise != NULL && rq_json_true(normalise);
	return RQ_OK;
}

enum rq_status rq_static_model_open(struct rq_static_model *model, const char *bytes, size_t size, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *sources[FILES];
	struct frame frame;

	*model = (struct rq_static_model){0};
	memcpy(&frame, bytes + size - sizeof frame, sizeof frame);
	if (find(sources, &arena, folder, NULL) == RQ_E_NOMEM) /* a folder that is no more has names as well */
		return rq_fail_memory(err);
	const char *tokenizer = bytes + frame.sizes[TENSORS], *config = tokenizer + frame.sizes[TOKENIZER];
	RQ_TRY(read_config(model, config, frame.sizes[CONFIG], sources[CONFIG], err));
	RQ_TRY(rq_encoder_read(&model->encoder, tokenizer, frame.sizes[TOKENIZER], sources[TOKENIZER], err));
	struct opening opening = {
		.model = model, .bytes = bytes, .source = sources[TENSORS], .vocabulary = rq_encoder_vocabulary(model->encoder), .err = err};
	model->unknown = opening.vocabulary.unknown;
	model->tokens = opening.vocabulary.tokens;
	model->bytes = frame.sizes[TENSORS];
	model->most = frame.most;
	if (frame.most == 0 || __builtin_mul_overflow(frame.most, opening.vocabulary.median_length, &model->most_characters))
		model->most_characters = SIZE_MAX;
	return read_tensors(&opening, frame.sizes[TENSORS]);
}

void rq_static_model_release(struct rq_static_model *model)
{
	rq_encoder_free(model->encoder);
	rq_vectors_release(&model->rows);
	free(model->row_of);
	free(model->weights);
	*model = (struct rq_static_model){0};
}

/* ---- a text ---- */

/* Bytes of the first `most` characters. */
static size_t cut(const char *text, size_t length, size_t most)
{
	size_t at = 0;

	if (length <= most)
		return length;
	for (; at < length && most > 0; most--)
		while (++at < length && ((unsigned char)text[at] & 0xC0) == 0x80)
			;
	return at;
}

RQ_CLONES static void add_scaled(float *restrict out, const float *restrict row, float weight, size_t d)
{
#pragma omp simd
	for (size_t j = 0; j < d; j++)
		out[j] += row[j] * weight;
}

enum rq_status rq_static_model_embed(float *out, const struct rq_static_model *model, struct rq_encoding *encoding, const char *text,
                                     struct rq_error *err)
{
	size_t d = model->rows.d, length = cut(text, strlen(text), model->most_characters), count = 0;

	RQ_TRY(rq_encode(encoding, model->encoder, text, length, err));
	memset(out, 0, d * sizeof *out);
	for (size_t i = 0; i < encoding->ids.count && (model->most == 0 || count < model->most); i++) {
		uint32_t id = encoding->ids.items[i];
		if (id == model->unknown)
			continue;
		add_scaled(out, model->rows.data + (model->row_of == NULL ? id : model->row_of[id]) * d, model->weights == NULL ? 1 : model->weights[id], d);
		count++;
	}
	for (size_t j = 0; count > 0 && j < d; j++) {
		out[j] /= (float)count;
		if (!isfinite(out[j]))
			return rq_fail(err, RQ_E_DATA, "the model's rows or weights are so large that a text's sum of them is beyond float32; scale them");
	}
	struct rq_vectors vector = {.data = out, .n = 1, .d = d};
	if (model->normalised)
		rq_vectors_normalise(&vector);
	return RQ_OK;
}
