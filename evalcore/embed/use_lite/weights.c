/* The network's numbers: out of the files, rounded where that is asked for, and in the order that products want. */
#include "evalcore/base/system.h"
#include "evalcore/embed/use_lite/network.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NARROW = 256, WIDE = 512, HIDDEN = 1536, NAME_MAX = 256 };

/* Numbers are taken one after the other from room for all of them. `matrix` is room for the largest one. */
struct builder {
	struct rq_use_lite *network;
	const struct rq_use_lite_files *files;
	float *next, *matrix;
	float largest; /* whole number of the precision; 0: floats */
	enum rq_status status;
	struct rq_error *err;
};

static size_t numbers_of(size_t pieces)
{
	size_t first = 2 * NARROW + NARROW * 3 * NARROW + 3 * NARROW + 2 * (NARROW * WIDE + WIDE);
	size_t second = 2 * WIDE + WIDE * 3 * WIDE + 3 * WIDE + WIDE * WIDE + WIDE;
	size_t forward = 2 * WIDE + 2 * WIDE * HIDDEN + HIDDEN + WIDE;

	return pieces * NARROW + RQ_USE_LITE_TOKENS * NARROW + first + second + 2 * forward + WIDE * WIDE + WIDE;
}

/* A tensor as it is in the files. */
static const float *take(struct builder *builder, size_t rows, size_t columns, const char *end)
{
	float *out = builder->next;

	if (builder->status == RQ_OK)
		builder->status = rq_use_lite_tensor(out, builder->files, end, rows, columns, builder->err);
	builder->next += rows * columns;
	builder->network->bytes += rows * columns * sizeof *out;
	return out;
}

static const float *take_in_block(struct builder *builder, size_t rows, size_t columns, size_t block, const char *end)
{
	char name[NAME_MAX];

	snprintf(name, sizeof name, "Layer_%zu/TransformerLayer/%s", block, end);
	return take(builder, rows, columns, name);
}

RQ_CLONES static void raise_to_magnitudes(float *restrict steps, const float *restrict row, size_t columns)
{
#pragma omp simd
	for (size_t j = 0; j < columns; j++)
		steps[j] = fabsf(row[j]) > steps[j] ? fabsf(row[j]) : steps[j];
}

/* So that the largest magnitude is the whole number `largest`. What is too small for a step of a float's full digits is rounded to zero. */
static float step_of(float magnitude, float largest)
{
	float step = magnitude / largest;

	return step >= FLT_MIN ? step : 1;
}

/* To the nearest whole number of steps, halves to even. */
RQ_CLONES static void round_row(float *restrict row, const float *restrict steps, size_t columns)
{
#pragma omp simd
	for (size_t j = 0; j < columns; j++)
		row[j] = ((row[j] / steps[j] + 0x1.8p23f) - 0x1.8p23f) * steps[j];
}

/* What a vector of n numbers takes less when it is rounded to half a byte or one a number, and four bytes for its step. */
static size_t saved(const struct builder *builder, size_t n)
{
	return n * sizeof(float) - n * (builder->largest > 7 ? 8 : 4) / 8 - sizeof(float);
}

/* Columns each have a step of their own. */
static void round_columns(struct builder *builder, float *matrix, size_t rows, size_t columns)
{
	float steps[HIDDEN] = {0};

	if (builder->status != RQ_OK || builder->largest == 0)
		return;
	for (size_t i = 0; i < rows; i++)
		raise_to_magnitudes(steps, matrix + i * columns, columns);
	for (size_t j = 0; j < columns; j++)
		steps[j] = step_of(steps[j], builder->largest);
	for (size_t i = 0; i < rows; i++)
		round_row(matrix + i * columns, steps, columns);
	builder->network->bytes -= columns * saved(builder, rows);
}

/* So have the pieces' rows. */
static void round_rows(struct builder *builder, float *table, size_t rows, size_t columns)
{
	float steps[NARROW];

	for (size_t i = 0; i < rows && builder->status == RQ_OK && builder->largest > 0; i++) {
		float magnitude = 0;
		for (size_t j = 0; j < columns; j++)
			magnitude = fmaxf(magnitude, fabsf(table[i * columns + j]));
		for (size_t j = 0; j < columns; j++)
			steps[j] = step_of(magnitude, builder->largest);
		round_row(table + i * columns, steps, columns);
		builder->network->bytes -= saved(builder, columns);
	}
}

static struct rq_panels take_matrix(struct builder *builder, size_t depth, size_t columns, size_t block, const char *end)
{
	float *out = builder->next;

	builder->next = builder->matrix;
	if (block < RQ_USE_LITE_BLOCKS)
		take_in_block(builder, depth, columns, block, end);
	else
		take(builder, depth, columns, end);
	round_columns(builder, builder->matrix, depth, columns);
	builder->next = out + depth * columns;
	return rq_panels_pack(out, builder->matrix, columns, depth, columns);
}

static void take_norm(struct rq_use_lite_norm *norm, struct builder *builder, size_t width, size_t block, const char *where)
{
	char name[NAME_MAX / 2];

	snprintf(name, sizeof name, "%slayer_prepostprocess/layer_norm/layer_norm_scale/ConcatPartitions/concat", where);
	norm->scale = take_in_block(builder, 1, width, block, name);
	snprintf(name, sizeof name, "%slayer_prepostprocess/layer_norm/layer_norm_bias/ConcatPartitions/concat", where);
	norm->bias = take_in_block(builder, 1, width, block, name);
}

static void take_block(struct builder *builder, size_t number)
{
	struct rq_use_lite_block *block = &builder->network->blocks[number];
	size_t width = number == 0 ? NARROW : WIDE;

	block->width = width;
	block->head = width / 4;
	take_norm(&block->before_attention, builder, width, number, "");
	block->projection.matrix = take_matrix(builder, width, 3 * width, number, "MultiheadAttention/qkv_transform_single/kernel/part_0");
	block->projection.bias = take_in_block(builder, 1, 3 * width, number, "MultiheadAttention/qkv_transform_single/bias/ConcatPartitions/concat");
	block->joined.matrix = take_matrix(builder, width, WIDE, number, "MultiheadAttention/output_transform_single/kernel/part_0");
	block->joined.bias = take_in_block(builder, 1, WIDE, number, "MultiheadAttention/output_transform_single/bias/ConcatPartitions/concat");
	if (width != WIDE) {
		block->residual.matrix = take_matrix(builder, width, WIDE, number, "dense/kernel/ConcatPartitions/concat");
		block->residual.bias = take_in_block(builder, 1, WIDE, number, "dense/bias/ConcatPartitions/concat");
	}
	take_norm(&block->before_forward, builder, WIDE, number, "FFN/");
	block->widen.matrix = take_matrix(builder, WIDE, HIDDEN, number, "FFN/conv1/Tensordot/Reshape_1");
	block->widen.bias = take_in_block(builder, 1, HIDDEN, number, "FFN/conv1/bias/ConcatPartitions/concat");
	block->narrow.matrix = take_matrix(builder, HIDDEN, WIDE, number, "FFN/conv2/Tensordot/Reshape_1");
	block->narrow.bias = take_in_block(builder, 1, WIDE, number, "FFN/conv2/bias/ConcatPartitions/concat");
}

/* sin and cos of a token's place times each frequency. */
static void take_timing(struct builder *builder)
{
	float *timing = builder->next;
	const float *frequencies = take(builder, 1, NARROW / 2, "AddTimingSignal/TimingSignal/ExpandDims_1");
	float of[NARROW / 2];

	if (builder->status != RQ_OK)
		return;
	memcpy(of, frequencies, sizeof of);
	for (size_t place = 0; place < RQ_USE_LITE_TOKENS; place++)
		for (size_t i = 0; i < NARROW / 2; i++) {
			float angle = (float)place * of[i];
			timing[place * NARROW + i] = (float)sin((double)angle);
			timing[place * NARROW + NARROW / 2 + i] = (float)cos((double)angle);
		}
	builder->next = timing + RQ_USE_LITE_TOKENS * NARROW;
	builder->network->timing = timing;
}

static void take_all(struct builder *builder)
{
	struct rq_use_lite *network = builder->network;
	float *table = builder->next;

	network->table = take(builder, network->pieces, NARROW, "module/Embeddings_en");
	round_rows(builder, table, network->pieces, NARROW);
	take_timing(builder);
	for (size_t block = 0; block < RQ_USE_LITE_BLOCKS && builder->status == RQ_OK; block++)
		take_block(builder, block);
	network->last.matrix = take_matrix(builder, WIDE, WIDE, RQ_USE_LITE_BLOCKS, "hidden_layers/tanh_layer_0/weights");
	network->last.bias = take(builder, 1, WIDE, "hidden_layers/tanh_layer_0/bias");
}

/* Rows of the table: one a piece, and two more, as the package's has. */
static enum rq_status count_pieces(size_t *pieces, const struct rq_use_lite_files *files, struct rq_error *err)
{
	enum { MORE = 2 };
	const struct rq_tensor *table = rq_tensors_find(&files->tensors, "module/Embeddings_en");

	*pieces = table == NULL || table->dimensions == 0 ? 0 : table->shape[0];
	if (*pieces != files->pieces.count + MORE || *pieces > UINT16_MAX || table->count != NARROW * *pieces)
		return rq_fail(err, RQ_E_DATA,
		               "model.json: %zu rows of \"module/Embeddings_en\" for the %u pieces of vocab.json; expected %d more: fetch the model again",
		               *pieces, files->pieces.count, MORE);
	return RQ_OK;
}

enum rq_status rq_use_lite_init(struct rq_use_lite *network, const struct rq_use_lite_files *files, struct rq_error *err)
{
	static const float largest[] = {[RQ_USE_LITE_FP32] = 0, [RQ_USE_LITE_INT8] = 127, [RQ_USE_LITE_INT4] = 7};

	*network = (struct rq_use_lite){.multiplier = rq_multiplier_fastest()};
	RQ_TRY(count_pieces(&network->pieces, files, err));
	RQ_CLEANUP(rq_free_pointer) float *matrix = rq_alloc_aligned(WIDE * HIDDEN, sizeof *matrix);
	network->numbers = rq_alloc_aligned(numbers_of(network->pieces), sizeof *network->numbers);
	if (matrix == NULL || network->numbers == NULL) {
		rq_use_lite_release(network);
		return rq_fail_memory(err);
	}
	struct builder builder = {
		.network = network, .files = files, .next = network->numbers, .matrix = matrix, .largest = largest[files->precision], .err = err};
	take_all(&builder);
	if (builder.status != RQ_OK)
		rq_use_lite_release(network);
	return builder.status;
}

void rq_use_lite_release(struct rq_use_lite *network)
{
	free(network->numbers);
	*network = (struct rq_use_lite){0};
}
