/* A block is read behind what was left of the one before, and cut at the last change of topic, or line, in it. */
#include "datasets/run_stream/blocks.h"

#include "datasets/text.h"
#include "evalcore/base/system.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 8 }; /* a byte-order mark is in one block */

void rq_blocks_begin(struct rq_blocks *blocks, struct rq_unpack *input, size_t size, bool whole_topics)
{
	*blocks = (struct rq_blocks){.input = input, .size = size < SMALLEST ? SMALLEST : size, .whole_topics = whole_topics};
	pthread_mutex_init(&blocks->lock, NULL);
}

void rq_blocks_release(struct rq_blocks *blocks)
{
	free(blocks->rest);
	pthread_mutex_destroy(&blocks->lock);
}

void rq_block_release(struct rq_block *block)
{
	free(block->data);
	*block = (struct rq_block){0};
}

void rq_blocks_stop(struct rq_blocks *blocks)
{
	pthread_mutex_lock(&blocks->lock);
	blocks->stopped = true;
	pthread_mutex_unlock(&blocks->lock);
}

/* Reads until the block has `wanted` bytes or the text ends, with room for a line feed and the byte behind it. */
static enum rq_status fill(struct rq_block *block, struct rq_blocks *blocks, size_t wanted, struct rq_error *err)
{
	static const char byte_order_mark[] = "\xEF\xBB\xBF";
	size_t got;

	if (!RQ_RESERVE(block->data, block->capacity, wanted + 2))
		return rq_fail_memory(err);
	while (block->size < wanted && !blocks->ended) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(rq_unpack_next(&got, blocks->input, block->data + block->size, wanted - block->size, err));
		block->size += got;
		blocks->ended = got == 0;
	}
	if (!blocks->begun && block->size >= 3 && memcmp(block->data, byte_order_mark, 3) == 0) {
		blocks->mark = 3;
		memmove(block->data, block->data + 3, block->size -= 3);
	}
	blocks->begun = true;
	if (blocks->ended && block->size > 0 && block->data[block->size - 1] != '\n')
		block->data[block->size++] = '\n';
	block->data[block->size] = '\0';
	return RQ_OK;
}

/* Where the line begins that `end` stands in. */
static size_t line_start(const char *data, size_t end)
{
	while (end > 0 && data[end - 1] != '\n')
		end--;
	return end;
}

static struct rq_span topic_of(const char *data, size_t from, size_t end)
{
	struct rq_span topic = {0};

	rq_columns_space(&topic, 1, (struct rq_span){data + from, end - from});
	return topic;
}

/* Where the last topic of these lines begins; 0 where all are of one. Lines before `known` are of the topic of the first one. */
static size_t last_change(const char *data, size_t known, size_t end)
{
	size_t start = end;
	struct rq_span last = {0};

	while (start > known) {
		size_t stop = start - 1; /* at the line feed */
		start = line_start(data, stop);
		struct rq_span topic = topic_of(data, start, stop);
		if (topic.length == 0)
			continue;
		if (last.length > 0 && (topic.length != last.length || memcmp(topic.at, last.at, last.length) != 0))
			return stop + 1;
		last = topic;
	}
	if (known == 0 || last.length == 0)
		return 0;
	struct rq_span first = topic_of(data, 0, known); /* blank lines may stand before it: white space */
	return first.length == last.length && memcmp(first.at, last.at, last.length) == 0 ? 0 : start;
}

/* Where to cut; 0: nowhere, the block must grow. */
static size_t cut_of(const struct rq_block *block, const struct rq_blocks *blocks, size_t known)
{
	size_t lines = line_start(block->data, block->size);

	if (blocks->ended)
		return block->size;
	/* A line that is too long to be one need not be read to its end: it is refused, after those before it were read. */
	if (rq_line_check("", 0, block->size - lines, NULL) != RQ_OK)
		return lines > 0 ? lines : block->size;
	return blocks->whole_topics ? last_change(block->data, known, lines) : lines;
}

static enum rq_status next(struct rq_block *block, struct rq_blocks *blocks, struct rq_error *err)
{
	size_t cut, wanted = blocks->size;

	block->size = 0;
	if (blocks->stopped)
		return RQ_OK;
	if (!RQ_RESERVE(block->data, block->capacity, blocks->rest_size + 2))
		return rq_fail_memory(err);
	if (blocks->rest_size > 0)
		memcpy(block->data, blocks->rest, blocks->rest_size);
	block->size = blocks->rest_size;
	block->offset = blocks->offset;
	do {
		size_t known = line_start(block->data, block->size);
		RQ_TRY(fill(block, blocks, block->size + wanted, err));
		cut = cut_of(block, blocks, known);
		wanted *= 2;
	} while (cut == 0 && !blocks->ended);
	blocks->rest_size = block->size - cut;
	if (!RQ_RESERVE(blocks->rest, blocks->rest_capacity, blocks->rest_size + 1))
		return rq_fail_memory(err);
	memcpy(blocks->rest, block->data + cut, blocks->rest_size);
	block->size = cut;
	blocks->offset += cut;
	return RQ_OK;
}

enum rq_status rq_blocks_next(struct rq_block *block, struct rq_blocks *blocks, struct rq_error *err)
{
	pthread_mutex_lock(&blocks->lock);
	enum rq_status status = next(block, blocks, err);
	blocks->stopped |= status != RQ_OK || block->size == 0;
	pthread_mutex_unlock(&blocks->lock);
	return status;
}
