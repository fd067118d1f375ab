/* The way of the tokens through the network. Tokens of several texts stand below one another; attention is a text's own. Sums are taken in lanes that
 * are combined in a fixed order, and no multiplication is fused that is not written so: the same digits on every CPU. */
#include "evalcore/embed/use_lite/network.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NARROW = 256, WIDE = RQ_USE_LITE_DIMENSION, HIDDEN = 1536, HEADS = 4, HEAD_MAX = WIDE / HEADS, ROWS = RQ_USE_LITE_ROWS, LANES = 16 };

struct rq_use_lite_room {
	float x[ROWS * WIDE], next[ROWS * WIDE]; /* what goes from block to block, and what comes of it */
	float normed[ROWS * WIDE];
	float hidden[ROWS * HIDDEN]; /* of the feed-forward layers; queries, keys and values before that */
	float heads[ROWS * WIDE];
	float scores[RQ_USE_LITE_TOKENS * RQ_USE_LITE_TOKENS], keys[HEAD_MAX * RQ_USE_LITE_TOKENS];
	float scratch[RQ_PRODUCT_ROWS * HIDDEN];
};

_Static_assert(RQ_USE_LITE_TOKENS % RQ_PANEL == 0 && HIDDEN >= 3 * WIDE, "rooms hold whole panels, and projections");

struct rq_use_lite_room *rq_use_lite_room_new(void)
{
	return rq_alloc_aligned(1, sizeof(struct rq_use_lite_room));
}

/* ---- single rows ---- */

static inline __attribute__((always_inline)) float combine(float lanes[LANES])
{
	for (size_t width = LANES / 2; width > 0; width /= 2)
		for (size_t j = 0; j < width; j++)
			lanes[j] += lanes[j + width];
	return lanes[0];
}

/* Layer normalisation (Ba, Kiros, Hinton 2016), n a multiple of LANES. */
RQ_CLONES static void normalise_row(float *restrict out, const float *restrict x, const struct rq_use_lite_norm *norm, size_t n)
{
	static const float epsilon = 1e-6f;
	float lanes[LANES] = {0}, squares[LANES] = {0};

	for (size_t i = 0; i < n; i += LANES)
		for (size_t j = 0; j < LANES; j++)
			lanes[j] += x[i + j];
	float mean = combine(lanes) / (float)n;
	for (size_t i = 0; i < n; i += LANES)
		for (size_t j = 0; j < LANES; j++)
			squares[j] += (x[i + j] - mean) * (x[i + j] - mean);
	float inverse = 1 / sqrtf(combine(squares) / (float)n + epsilon);
#pragma omp simd
	for (size_t i = 0; i < n; i++)
		out[i] = (x[i] - mean) * inverse * norm->scale[i] + norm->bias[i];
}

/* e^x of x <= 0, to about two units in the last place (the polynomial of Cephes' expf); what would be below 2^-126 is that. */
static inline __attribute__((always_inline)) float exponential(float x)
{
	static const float log2e = 1.44269504f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f, round = 0x1.8p23f;
	float clipped = x < -87 ? -87 : x, turns = (clipped * log2e + round) - round;
	float rest = (clipped - turns * ln2_high) - turns * ln2_low;
	float series = ((1.9875691500e-4f * rest + 1.3981999507e-3f) * rest + 8.3334519073e-3f) * rest + 4.1665795894e-2f;
	int32_t bits = ((int32_t)turns + 127) * (1 << 23);
	float power;

	memcpy(&power, &bits, sizeof power);
	series = (series * rest + 1.6666665459e-1f) * rest + 0.5f;
	return (series * rest * rest + rest + 1) * power;
}

/* Softmax of the first n of a row's scores; the row goes on to a whole number of panels, whose rest is set to 0. */
RQ_CLONES static void softmax_row(float *scores, size_t n)
{
	float lanes[LANES] = {0}, most = scores[0];
	size_t whole = (n + LANES - 1) / LANES * LANES;

	for (size_t i = 1; i < n; i++)
		most = scores[i] > most ? scores[i] : most;
#pragma omp simd
	for (size_t i = 0; i < n; i++)
		scores[i] = exponential(scores[i] - most);
	for (size_t i = n; i < whole; i++)
		scores[i] = 0;
	for (size_t i = 0; i < whole; i += LANES)
		for (size_t j = 0; j < LANES; j++)
			lanes[j] += scores[i + j];
	float inverse = 1 / combine(lanes);
#pragma omp simd
	for (size_t i = 0; i < n; i++)
		scores[i] *= inverse;
}

RQ_CLONES static void scale_row(float *x, float by, size_t n)
{
#pragma omp simd
	for (size_t i = 0; i < n; i++)
		x[i] *= by;
}

/* ---- blocks ---- */

static void multiply(const struct rq_use_lite *network, float *out, size_t out_stride, const float *left, size_t left_stride, size_t rows,
                     const struct rq_use_lite_map *map, enum rq_product_end end, struct rq_use_lite_room *room)
{
	const struct rq_product product = {.out = out, .out_stride = out_stride, .left = left, .left_stride = left_stride, .rows = rows,
	                                   .right = map->matrix, .bias = map->bias, .end = end, .scratch = room->scratch};

	rq_product(&product, network->multiplier);
}

/* Keys as the columns of a matrix on the right: head x tokens, with zeros up to a whole panel. */
static struct rq_panels pack_keys(float *out, const float *keys, size_t stride, size_t tokens, size_t head)
{
	struct rq_panels panels = {.data = out, .step = RQ_PANEL, .panel = RQ_PANEL * head, .depth = head,
	                           .columns = (tokens + RQ_PANEL - 1) / RQ_PANEL * RQ_PANEL};

	for (size_t token = 0; token < panels.columns; token++)
		for (size_t k = 0; k < head; k++)
			out[token / RQ_PANEL * panels.panel + k * RQ_PANEL + token % RQ_PANEL] = token < tokens ? keys[token * stride + k] : 0;
	return panels;
}

/* One head of one text, whose queries, keys and values stand side by side in the rows of `projected`. */
static void attend(const struct rq_use_lite *network, const struct rq_use_lite_block *block, float *out, float *projected, size_t tokens,
                   struct rq_use_lite_room *room)
{
	size_t stride = 3 * block->width, head = block->head;
	float scale = 1 / sqrtf((float)head);

	for (size_t i = 0; i < tokens; i++)
		scale_row(projected + i * stride, scale, head);
	const struct rq_use_lite_map keys = {.matrix = pack_keys(room->keys, projected + block->width, stride, tokens, head)};
	const struct rq_use_lite_map values = {
		.matrix = {.data = projected + 2 * block->width, .step = stride, .panel = RQ_PANEL, .depth = tokens, .columns = head}};
	multiply(network, room->scores, RQ_USE_LITE_TOKENS, projected, stride, tokens, &keys, RQ_PRODUCT_STORE, room);
	for (size_t i = 0; i < tokens; i++)
		softmax_row(room->scores + i * RQ_USE_LITE_TOKENS, tokens);
	multiply(network, out, block->width, room->scores, RQ_USE_LITE_TOKENS, tokens, &values, RQ_PRODUCT_STORE, room);
}

static void normalise(struct rq_use_lite_room *room, const float *x, const struct rq_use_lite_norm *norm, size_t rows, size_t width)
{
	for (size_t i = 0; i < rows; i++)
		normalise_row(room->normed + i * width, x + i * width, norm, width);
}

/* Pre-norm attention and feed-forward, each added to what came in. */
static void run_block(const struct rq_use_lite *network, const struct rq_use_lite_block *block, const struct rq_use_lite_text *texts, size_t n,
                      size_t rows, struct rq_use_lite_room *room)
{
	size_t width = block->width, at = 0;

	normalise(room, room->x, &block->before_attention, rows, width);
	multiply(network, room->hidden, 3 * width, room->normed, width, rows, &block->projection, RQ_PRODUCT_STORE, room);
	for (size_t i = 0; i < n; at += texts[i++].count)
		for (size_t head = 0; head < HEADS; head++)
			attend(network, block, room->heads + at * width + head * block->head, room->hidden + at * 3 * width + head * block->head, texts[i].count,
			       room);
	if (block->residual.bias != NULL) { /* the output is wider than the input */
		multiply(network, room->next, WIDE, room->x, width, rows, &block->residual, RQ_PRODUCT_STORE, room);
		memcpy(room->x, room->next, rows * WIDE * sizeof *room->x);
	}
	multiply(network, room->x, WIDE, room->heads, width, rows, &block->joined, RQ_PRODUCT_ADD, room);
	normalise(room, room->x, &block->before_forward, rows, WIDE);
	multiply(network, room->hidden, HIDDEN, room->normed, WIDE, rows, &block->widen, RQ_PRODUCT_RELU, room);
	multiply(network, room->x, WIDE, room->hidden, HIDDEN, rows, &block->narrow, RQ_PRODUCT_ADD, room);
}

/* ---- texts ---- */

static void look_up(float *x, const struct rq_use_lite *network, const struct rq_use_lite_text *text)
{
	for (size_t place = 0; place < text->count; place++) {
		const float *row = network->table + (size_t)text->ids[place] * NARROW, *timing = network->timing + place * NARROW;
		for (size_t j = 0; j < NARROW; j++)
			x[place * NARROW + j] = 2 * row[j] + timing[j];
	}
}

RQ_CLONES static void mean_of(float *restrict out, const float *restrict x, size_t rows)
{
	memcpy(out, x, WIDE * sizeof *out);
	for (size_t i = 1; i < rows; i++)
#pragma omp simd
		for (size_t j = 0; j < WIDE; j++)
			out[j] += x[i * WIDE + j];
	for (size_t j = 0; j < WIDE; j++)
		out[j] /= (float)rows;
}

static void finish(float *out, const float *x)
{
	static const double least = 1e-12;
	double squares = 0;

	for (size_t j = 0; j < WIDE; j++) {
		out[j] = (float)tanh((double)x[j]);
		squares += (double)out[j] * (double)out[j];
	}
	double inverse = 1 / sqrt(squares > least ? squares : least);
	for (size_t j = 0; j < WIDE; j++)
		out[j] = (float)((double)out[j] * inverse);
}

void rq_use_lite_run(const struct rq_use_lite *network, const struct rq_use_lite_text *texts, size_t n, struct rq_use_lite_room *room)
{
	size_t rows = 0;

	for (size_t i = 0; i < n; rows += texts[i++].count)
		look_up(room->x + rows * NARROW, network, &texts[i]);
	for (size_t block = 0; block < RQ_USE_LITE_BLOCKS; block++)
		run_block(network, &network->blocks[block], texts, n, rows, room);
	for (size_t i = 0, at = 0; i < n; at += texts[i++].count)
		mean_of(room->normed + i * WIDE, room->x + at * WIDE, texts[i].count);
	multiply(network, room->next, WIDE, room->normed, WIDE, n, &network->last, RQ_PRODUCT_STORE, room);
	for (size_t i = 0; i < n; i++)
		finish(texts[i].out, room->next + i * WIDE);
}

double rq_use_lite_operations(size_t tokens)
{
	double n = (double)tokens, projections = 3 * (double)(NARROW * NARROW + WIDE * WIDE), joined = (double)(2 * NARROW * WIDE + WIDE * WIDE);
	double forward = 2 * 2 * (double)(WIDE * HIDDEN), attention = 2 * n * (NARROW + WIDE);

	return 2 * (n * (projections + joined + forward + attention) + (double)(WIDE * WIDE));
}
