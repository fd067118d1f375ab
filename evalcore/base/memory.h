/* Memory: arenas for what lives as long as its dataset, growable arrays and byte buffers for the rest.
 * Nothing here aborts: a failed allocation is a NULL or false, which the caller turns into rq_fail_memory(). Not thread-safe per object. */
#ifndef RQ_BASE_MEMORY_H
#define RQ_BASE_MEMORY_H

#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* An arena hands out memory that is released all at once. A zeroed struct is an empty arena. */
struct rq_arena {
	struct rq_arena_block *blocks;
};

void rq_arena_release(struct rq_arena *arena);
void *rq_arena_alloc(struct rq_arena *arena, size_t count, size_t size); /* zeroed, 16-byte aligned; NULL when memory or count*size runs out */
char *rq_arena_strndup(struct rq_arena *arena, const char *text, size_t length);
char *rq_arena_strdup(struct rq_arena *arena, const char *text);
char *rq_arena_show(struct rq_arena *arena, const char *text); /* rq_show_text's */
char *rq_arena_printf(struct rq_arena *arena, const char *format, ...) RQ_PRINTF(2, 3);

/* Makes room for `need` elements in a malloc'ed array that doubles. Usage: RQ_RESERVE(items, capacity, n + 1). */
bool rq_reserve(void **items, size_t *capacity, size_t need, size_t size) RQ_MUST_USE;
#define RQ_RESERVE(items, capacity, need) rq_reserve((void **)&(items), &(capacity), (need), sizeof *(items))

/* n x size bytes, overflow-checked, not zeroed; 64-byte aligned for vectors. Free with free(). */
void *rq_alloc_aligned(size_t count, size_t size);

/* A growable byte string with a maximum; always NUL-terminated once something was appended. Once an append has failed (memory or
 * maximum) `failed` stays set and later appends do nothing, so that a writer checks once, at its end. */
struct rq_buf {
	char *data;
	size_t size;
	size_t capacity;
	size_t maximum; /* 0: no limit */
	bool failed;
};

void rq_buf_release(struct rq_buf *buf);
void rq_buf_clear(struct rq_buf *buf);
void rq_buf_add(struct rq_buf *buf, const void *data, size_t size);
void rq_buf_puts(struct rq_buf *buf, const char *text);
void rq_buf_printf(struct rq_buf *buf, const char *format, ...) RQ_PRINTF(2, 3);
RQ_MUST_USE enum rq_status rq_buf_check(const struct rq_buf *buf, struct rq_error *err);

/* For RQ_CLEANUP on a pointer variable: frees what it points to. */
void rq_free_pointer(void *pointer_to_pointer);

#endif
