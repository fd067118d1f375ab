/* Large files past the page cache: what is read comes from the disk, what is written goes there at once, and the pages of
 * an index that is serving on the same machine stay in memory. Where a file system knows no way past the cache (open(2),
 * O_DIRECT), through it: the bytes are the same. */
#ifndef RQ_BASE_DIRECT_H
#define RQ_BASE_DIRECT_H

#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the memory, of places in a file and of lengths: what any disk asks for. What goes at once. */
enum { RQ_DIRECT_ALIGNMENT = 4096, RQ_DIRECT_ROOM = 4 << 20 };

/* Bytes on their way to files, one after the other. Zero-initialise; begin, add and end each; release in any case. */
struct rq_direct_writer {
	int fd;
	const char *path;    /* for messages; borrowed until end */
	unsigned char *data; /* what has not been written: `size` bytes, */
	size_t size;
	uint64_t offset;     /* from here on in the file */
};

/* The file is empty and open for writing; it stays the caller's. */
RQ_MUST_USE enum rq_status rq_direct_begin(struct rq_direct_writer *writer, int fd, const char *path,
                                           struct rq_error *err);
RQ_MUST_USE enum rq_status rq_direct_add(struct rq_direct_writer *writer, const void *data, size_t size,
                                         struct rq_error *err);
/* All of it is in the file, but not synced. */
RQ_MUST_USE enum rq_status rq_direct_end(struct rq_direct_writer *writer, struct rq_error *err);
void rq_direct_release(struct rq_direct_writer *writer);

/* Bytes from open files, with a buffer for them. Zero-initialise; release. One a thread. */
struct rq_direct_reader {
	unsigned char *data;
};

/* For reading past the cache, or through it. -1: errno. */
int rq_direct_open(const char *path);
/* Reads [offset, offset + size). 1: read; 0: the file ends before; -1: errno, ENOMEM for want of memory. */
int rq_direct_read(struct rq_direct_reader *reader, void *data, size_t size, int fd, uint64_t offset);
void rq_direct_reader_release(struct rq_direct_reader *reader);

#endif
