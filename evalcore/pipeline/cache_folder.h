/* What a cache folder is made of: a marker that says whose it is, a folder for each kind, and in it entries named by their keys. Whatever else is
 * there belongs to somebody else: it is counted and never touched. */
#ifndef RQ_PIPELINE_CACHE_FOLDER_H
#define RQ_PIPELINE_CACHE_FOLDER_H

#include "evalcore/base/memory.h"
#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RQ_CACHE_KINDS_MAX = 16, RQ_CACHE_NAME_SIZE = 40 };

/* Rows of cache_kinds.def. */
struct rq_cache_kind {
	const char *name, *what;
};
extern const struct rq_cache_kind rq_cache_kinds[];
extern const size_t rq_cache_kind_count;
/* Index into rq_cache_kinds, or rq_cache_kind_count. */
size_t rq_cache_kind_find(const char *name);

struct rq_cache_file {
	size_t kind; /* index into rq_cache_kinds */
	char name[RQ_CACHE_NAME_SIZE];
	bool leftover; /* the temporary file of a write that was interrupted more than an hour ago; younger ones may be in use and are not listed */
	uint64_t bytes;
	int64_t used_ns; /* since 1970: the file's time of modification, which every use sets anew */
};

struct rq_cache_list {
	bool exists, marked;
	struct rq_cache_file *files;
	size_t count, capacity;
	size_t foreign;          /* things that are no part of a cache */
	char first_foreign[300]; /* one of them, relative to the folder */
};

/* Lists a folder; one that does not exist is empty. E_IO where it cannot be read. Release it in either case. */
RQ_MUST_USE enum rq_status rq_cache_list(struct rq_cache_list *list, const char *folder, struct rq_error *err);
void rq_cache_list_release(struct rq_cache_list *list);

/* Makes the folder where it is missing and marks it as a cache (CACHEDIR.TAG, which backup tools know too, and a .gitignore of "*"). A folder that is
 * not marked and holds anything foreign is refused: somebody named it by mistake. E_IO. */
RQ_MUST_USE enum rq_status rq_cache_mark(const char *folder, struct rq_error *err);
/* Path of the mark, which stays the same file as long as the cache does. NULL: no memory. */
char *rq_cache_marker(struct rq_arena *arena, const char *folder);

#endif
