#include "evalcore/base/memory.h"

#include "evalcore/base/parse.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024, ALIGNMENT = 16 };

struct rq_arena_block {
	struct rq_arena_block *next;
	size_t used, size;
	_Alignas(ALIGNMENT) char data[];
};

void rq_arena_release(struct rq_arena *arena)
{
	struct rq_arena_block *block = arena->blocks;

	while (block != NULL) {
		struct rq_arena_block *next = block->next;
		free(block);
		block = next;
	}
	arena->blocks = NULL;
}

static struct rq_arena_block *add_block(struct rq_arena *arena, size_t need)
{
	size_t size = need > BLOCK_SIZE ? need : BLOCK_SIZE;
	struct rq_arena_block *block = calloc(1, sizeof *block + size);

	if (block == NULL)
		return NULL;
	block->size = size;
	/* A large object gets a block of its own behind the current one, so that the current one's free rest stays in use. */
	if (need > BLOCK_SIZE / 4 && arena->blocks != NULL) {
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	} else {
		block->next = arena->blocks;
		arena->blocks = block;
	}
	return block;
}

void *rq_arena_alloc(struct rq_arena *arena, size_t count, size_t size)
{
	struct rq_arena_block *block = arena->blocks;
	size_t need;

	if (__builtin_mul_overflow(count, size, &need) || need > PTRDIFF_MAX - (size_t)2 * BLOCK_SIZE)
		return NULL;
	need = (need + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (block == NULL || block->size - block->used < need)
		block = add_block(arena, need);
	if (block == NULL)
		return NULL;
	void *result = block->data + block->used;
	block->used += need;
	return result;
}

char *rq_arena_strndup(struct rq_arena *arena, const char *text, size_t length)
{
	char *copy = rq_arena_alloc(arena, length + 1, 1);

	if (copy != NULL)
		memcpy(copy, text, length);
	return copy;
}

char *rq_arena_strdup(struct rq_arena *arena, const char *text)
{
	return rq_arena_strndup(arena, text, strlen(text));
}

char *rq_arena_show(struct rq_arena *arena, const char *text)
{
	size_t size = 4 * strlen(text) + 1;
	char *shown = rq_arena_alloc(arena, size, 1);

	if (shown != NULL)
		rq_show_text(shown, size, text);
	return shown;
}

char *rq_arena_printf(struct rq_arena *arena, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *text = length < 0 ? NULL : rq_arena_alloc(arena, (size_t)length + 1, 1);
	if (text != NULL)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

bool rq_reserve(void **items, size_t *capacity, size_t need, size_t size)
{
	size_t bytes, grown = *capacity < 8 ? 8 : *capacity;

	if (need <= *capacity)
		return true;
	while (grown < need)
		if (__builtin_mul_overflow(grown, (size_t)2, &grown))
			return false;
	if (__builtin_mul_overflow(grown, size, &bytes))
		return false;
	void *moved = realloc(*items, bytes);
	if (moved == NULL)
		return false;
	*items = moved;
	*capacity = grown;
	return true;
}

void *rq_alloc_aligned(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX - 64)
		return NULL;
	return aligned_alloc(64, bytes == 0 ? 64 : (bytes + 63) / 64 * 64);
}

void rq_buf_release(struct rq_buf *buf)
{
	free(buf->data);
	*buf = (struct rq_buf){.maximum = buf->maximum};
}

void rq_buf_clear(struct rq_buf *buf)
{
	buf->size = 0;
	buf->failed = false;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

/* Room for `size` more bytes and the terminator, or NULL. */
static char *buf_tail(struct rq_buf *buf, size_t size)
{
	size_t total;

	if (buf->failed)
		return NULL;
	if (__builtin_add_overflow(buf->size, size, &total) || total == SIZE_MAX || (buf->maximum != 0 && total > buf->maximum) ||
	    !RQ_RESERVE(buf->data, buf->capacity, total + 1)) {
		buf->failed = true;
		return NULL;
	}
	return buf->data + buf->size;
}

void rq_buf_add(struct rq_buf *buf, const void *data, size_t size)
{
	char *tail = buf_tail(buf, size);

	if (tail == NULL)
		return;
	if (size > 0)
		memcpy(tail, data, size);
	tail[size] = '\0';
	buf->size += size;
}

void rq_buf_puts(struct rq_buf *buf, const char *text)
{
	rq_buf_add(buf, text, strlen(text));
}

void rq_buf_printf(struct rq_buf *buf, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *tail = length < 0 ? NULL : buf_tail(buf, (size_t)length);
	if (tail != NULL) {
		vsnprintf(tail, (size_t)length + 1, format, again);
		buf->size += (size_t)length;
	}
	va_end(again);
}

enum rq_status rq_buf_check(const struct rq_buf *buf, struct rq_error *err)
{
	if (!buf->failed)
		return RQ_OK;
	if (buf->maximum != 0)
		return rq_fail(err, RQ_E_DATA, "more than %zu bytes where that is the most allowed, or out of memory", buf->maximum);
	return rq_fail_memory(err);
}

void rq_free_pointer(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}
