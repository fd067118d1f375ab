#include "made_model.h"

#include "evalcore/base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = MADE_PIECES + 2, BLOCKS = 2 };

/* In the order of the weights: name, rows, columns; matrices of a block by its number in the name. */
static const struct {
	const char *name;
	size_t rows, columns;
} tensors[] = {
	{"module/Embeddings_en", ROWS, 256},
	{"a/AddTimingSignal/TimingSignal/ExpandDims_1", 1, 128},
	{"a/Layer_0/TransformerLayer/layer_prepostprocess/layer_norm/layer_norm_scale/ConcatPartitions/concat", 1, 256},
	{"a/Layer_0/TransformerLayer/layer_prepostprocess/layer_norm/layer_norm_bias/ConcatPartitions/concat", 1, 256},
	{"b/Layer_0/TransformerLayer/MultiheadAttention/qkv_transform_single/kernel/part_0", 256, 768},
	{"a/Layer_0/TransformerLayer/MultiheadAttention/qkv_transform_single/bias/ConcatPartitions/concat", 1, 768},
	{"b/Layer_0/TransformerLayer/MultiheadAttention/output_transform_single/kernel/part_0", 256, 512},
	{"a/Layer_0/TransformerLayer/MultiheadAttention/output_transform_single/bias/ConcatPartitions/concat", 1, 512},
	{"a/Layer_0/TransformerLayer/dense/kernel/ConcatPartitions/concat", 256, 512},
	{"a/Layer_0/TransformerLayer/dense/bias/ConcatPartitions/concat", 1, 512},
	{"a/Layer_0/TransformerLayer/FFN/layer_prepostprocess/layer_norm/layer_norm_scale/ConcatPartitions/concat", 1, 512},
	{"a/Layer_0/TransformerLayer/FFN/layer_prepostprocess/layer_norm/layer_norm_bias/ConcatPartitions/concat", 1, 512},
	{"c/Layer_0/TransformerLayer/FFN/conv1/Tensordot/Reshape_1", 512, 1536},
	{"a/Layer_0/TransformerLayer/FFN/conv1/bias/ConcatPartitions/concat", 1, 1536},
	{"c/Layer_0/TransformerLayer/FFN/conv2/Tensordot/Reshape_1", 1536, 512},
	{"a/Layer_0/TransformerLayer/FFN/conv2/bias/ConcatPartitions/concat", 1, 512},
	{"a/Layer_1/TransformerLayer/layer_prepostprocess/layer_norm/layer_norm_scale/ConcatPartitions/concat", 1, 512},
	{"a/Layer_1/TransformerLayer/layer_prepostprocess/layer_norm/layer_norm_bias/ConcatPartitions/concat", 1, 512},
	{"b/Layer_1/TransformerLayer/MultiheadAttention/qkv_transform_single/kernel/part_0", 512, 1536},
	{"a/Layer_1/TransformerLayer/MultiheadAttention/qkv_transform_single/bias/ConcatPartitions/concat", 1, 1536},
	{"b/Layer_1/TransformerLayer/MultiheadAttention/output_transform_single/kernel/part_0", 512, 512},
	{"a/Layer_1/TransformerLayer/MultiheadAttention/output_transform_single/bias/ConcatPartitions/concat", 1, 512},
	{"a/Layer_1/TransformerLayer/FFN/layer_prepostprocess/layer_norm/layer_norm_scale/ConcatPartitions/concat", 1, 512},
	{"a/Layer_1/TransformerLayer/FFN/layer_prepostprocess/layer_norm/layer_norm_bias/ConcatPartitions/concat", 1, 512},
	{"c/Layer_1/TransformerLayer/FFN/conv1/Tensordot/Reshape_1", 512, 1536},
	{"a/Layer_1/TransformerLayer/FFN/conv1/bias/ConcatPartitions/concat", 1, 1536},
	{"c/Layer_1/TransformerLayer/FFN/conv2/Tensordot/Reshape_1", 1536, 512},
	{"a/Layer_1/TransformerLayer/FFN/conv2/bias/ConcatPartitions/concat", 1, 512},
	{"b/hidden_layers/tanh_layer_0/weights", 512, 512},
	{"b/hidden_layers/tanh_layer_0/bias", 1, 512},
};

enum { TENSORS = sizeof tensors / sizeof *tensors };

/* Matrices keep lengths about as they are, norms and biases hardly change anything; frequencies fall from 1. */
static float number_of(size_t tensor, size_t i, struct rq_random *random)
{
	double normal = rq_random_normal(random);

	if (strstr(tensors[tensor].name, "TimingSignal") != NULL)
		return (float)pow(1e-4, (double)i / 127);
	if (strstr(tensors[tensor].name, "norm_scale") != NULL)
		return (float)(1 + normal / 10);
	return (float)(normal / (tensors[tensor].rows == 1 ? 10 : tensor == 0 ? 4 : sqrt((double)tensors[tensor].rows)));
}

struct made_model made_model(uint64_t seed)
{
	static const char *const first[] = {"\xEF\xBF\xBD", "<s>", "</s>", "r3", "r4", "r5", "\xE2\x96\x81", "\xE2\x96\x81th", "th", "he", "in"};
	static const char *const last[] = {".", ":", "A"};
	struct made_model model = {0};
	struct rq_random random;

	rq_random_seed(&random, seed);
	rq_buf_puts(&model.manifest, "{\"modelTopology\": {}, \"weightsManifest\": [{\"paths\": [\"group1-shard1of1\"], \"weights\": [\n");
	for (size_t t = 0; t < TENSORS; t++) {
		bool kernel = strstr(tensors[t].name, "part_0") != NULL;
		rq_buf_printf(&model.manifest, "%s{\"name\": \"%s\", \"dtype\": \"float32\", \"shape\": [%s", t == 0 ? "" : ",\n", tensors[t].name,
		              kernel ? "1, 1, " : "");
		if (tensors[t].rows > 1 || t == 1)
			rq_buf_printf(&model.manifest, "%zu, ", tensors[t].rows);
		rq_buf_printf(&model.manifest, "%zu]}", tensors[t].columns);
		for (size_t i = 0; i < tensors[t].rows * tensors[t].columns; i++) {
			float number = number_of(t, i, &random);
			rq_buf_add(&model.weights, &number, sizeof number);
		}
	}
	rq_buf_puts(&model.manifest, "]}]}");
	rq_buf_puts(&model.vocabulary, "[");
	for (size_t i = 0; i < MADE_PIECES; i++) {
		char letter[2] = {(char)('a' + i - 11)};
		const char *piece = i < 11 ? first[i] : i < 37 ? letter : last[i - 37];
		rq_buf_printf(&model.vocabulary, "%s[\"%s\", ", i == 0 ? "" : ", ", piece);
		rq_buf_printf(&model.vocabulary, piece[0] == ':' ? "null]" : "%g]", i < 6 ? 0 : -2 - (double)i / 16);
	}
	rq_buf_puts(&model.vocabulary, "]");
	return model;
}

void made_model_release(struct made_model *model)
{
	rq_buf_release(&model->manifest);
	rq_buf_release(&model->vocabulary);
	rq_buf_release(&model->weights);
}

struct rq_buf made_model_bytes(const struct made_model *model, uint64_t precision)
{
	uint64_t frame[] = {precision, model->manifest.size, model->vocabulary.size};
	struct rq_buf bytes = {0};

	rq_buf_add(&bytes, frame, sizeof frame);
	rq_buf_add(&bytes, model->manifest.data, model->manifest.size);
	rq_buf_add(&bytes, model->vocabulary.data, model->vocabulary.size);
	rq_buf_add(&bytes, model->weights.data, model->weights.size);
	return bytes;
}

/* ---- the network ---- */

/* The tensor whose name ends so, of a block where `block` is one. */
static const float *tensor(const struct made_model *model, size_t block, const char *end)
{
	const float *numbers = (const float *)(const void *)model->weights.data;
	char name[200];

	if (block < BLOCKS)
		snprintf(name, sizeof name, "Layer_%zu/TransformerLayer/%s", block, end);
	else
		snprintf(name, sizeof name, "%s", end);
	for (size_t t = 0; t < TENSORS; numbers += tensors[t].rows * tensors[t].columns, t++) {
		size_t length = strlen(tensors[t].name);
		if (length >= strlen(name) && strcmp(tensors[t].name + length - strlen(name), name) == 0)
			return numbers;
	}
	abort();
}

/* out (rows x columns) += x W + b */
static void add_product(double *out, const double *x, size_t rows, size_t depth, const float *matrix, const float *bias, size_t columns)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < columns; j++) {
			double sum = bias[j];
			for (size_t k = 0; k < depth; k++)
				sum += x[i * depth + k] * (double)matrix[k * columns + j];
			out[i * columns + j] += sum;
		}
}

static void norm(double *out, const double *x, size_t rows, size_t width, const float *scale, const float *bias)
{
	for (size_t i = 0; i < rows; i++) {
		double mean = 0, variance = 0;
		for (size_t j = 0; j < width; j++)
			mean += x[i * width + j] / (double)width;
		for (size_t j = 0; j < width; j++)
			variance += pow(x[i * width + j] - mean, 2) / (double)width;
		for (size_t j = 0; j < width; j++)
			out[i * width + j] = (x[i * width + j] - mean) / sqrt(variance + 1e-6) * (double)scale[j] + (double)bias[j];
	}
}

/* Row i of out: the values, weighed by the softmax of the scaled products of query i with all keys. */
static void attend(double *out, const double *projected, size_t rows, size_t width)
{
	size_t head = width / 4;
	double weights[128];

	for (size_t h = 0; h < 4; h++)
		for (size_t i = 0; i < rows; i++) {
			double total = 0;
			for (size_t j = 0; j < rows; j++) {
				double product = 0;
				for (size_t k = 0; k < head; k++)
					product += projected[i * 3 * width + h * head + k] * projected[j * 3 * width + width + h * head + k];
				total += weights[j] = exp(product / sqrt((double)head));
			}
			for (size_t k = 0; k < head; k++) {
				double sum = 0;
				for (size_t j = 0; j < rows; j++)
					sum += weights[j] / total * projected[j * 3 * width + 2 * width + h * head + k];
				out[i * width + h * head + k] = sum;
			}
		}
}

#define NORM "layer_prepostprocess/layer_norm/layer_norm_"
#define WHOLE "/ConcatPartitions/concat"

static void run_block(double *x, const struct made_model *model, size_t block, size_t rows, double *normed, double *hidden, double *heads)
{
	size_t width = block == 0 ? 256 : 512;

	norm(normed, x, rows, width, tensor(model, block, NORM "scale" WHOLE), tensor(model, block, NORM "bias" WHOLE));
	memset(hidden, 0, rows * 1536 * sizeof *hidden);
	add_product(hidden, normed, rows, width, tensor(model, block, "MultiheadAttention/qkv_transform_single/kernel/part_0"),
	            tensor(model, block, "MultiheadAttention/qkv_transform_single/bias" WHOLE), 3 * width);
	attend(heads, hidden, rows, width);
	if (block == 0) {
		memcpy(normed, x, rows * width * sizeof *x);
		memset(x, 0, rows * 512 * sizeof *x);
		add_product(x, normed, rows, width, tensor(model, 0, "dense/kernel" WHOLE), tensor(model, 0, "dense/bias" WHOLE), 512);
	}
	add_product(x, heads, rows, width, tensor(model, block, "MultiheadAttention/output_transform_single/kernel/part_0"),
	            tensor(model, block, "MultiheadAttention/output_transform_single/bias" WHOLE), 512);
	norm(normed, x, rows, 512, tensor(model, block, "FFN/" NORM "scale" WHOLE), tensor(model, block, "FFN/" NORM "bias" WHOLE));
	memset(hidden, 0, rows * 1536 * sizeof *hidden);
	add_product(hidden, normed, rows, 512, tensor(model, block, "FFN/conv1/Tensordot/Reshape_1"), tensor(model, block, "FFN/conv1/bias" WHOLE), 1536);
	for (size_t i = 0; i < rows * 1536; i++)
		hidden[i] = fmax(hidden[i], 0);
	add_product(x, hidden, rows, 1536, tensor(model, block, "FFN/conv2/Tensordot/Reshape_1"), tensor(model, block, "FFN/conv2/bias" WHOLE), 512);
}

void slow_use_lite(double out[512], const struct made_model *model, const uint16_t *ids, size_t count)
{
	double *x = calloc(count * 512, sizeof *x), *normed = calloc(count * 512, sizeof *x), *hidden = calloc(count * 1536, sizeof *x),
		   *heads = calloc(count * 512, sizeof *x), mean[512] = {0}, length = 0;
	const float *table = tensor(model, BLOCKS, "module/Embeddings_en"), *frequencies = tensor(model, BLOCKS, "ExpandDims_1");

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < 256; j++) {
			double angle = (double)i * (double)frequencies[j % 128];
			x[i * 256 + j] = 2 * (double)table[ids[i] * 256 + j] + (j < 128 ? sin(angle) : cos(angle));
		}
	for (size_t block = 0; block < BLOCKS; block++)
		run_block(x, model, block, count, normed, hidden, heads);
	for (size_t i = 0; i < count * 512; i++)
		mean[i % 512] += x[i] / (double)count;
	memset(out, 0, 512 * sizeof *out);
	add_product(out, mean, 1, 512, tensor(model, BLOCKS, "tanh_layer_0/weights"), tensor(model, BLOCKS, "tanh_layer_0/bias"), 512);
	for (size_t j = 0; j < 512; j++) {
		out[j] = tanh(out[j]);
		length += out[j] * out[j];
	}
	for (size_t j = 0; j < 512; j++)
		out[j] /= sqrt(length);
	free(x);
	free(normed);
	free(hidden);
	free(heads);
}
