/* Where the binary readers take their bytes: an open file, read front to back in blocks and hashed on the way, or memory. A file is not mapped: one
 * that shrinks meanwhile would end the process. One that is gzip or zstd is uncompressed twice: first to know its size, so that what a header claims
 * can be held against it before memory is taken. */
#ifndef RQ_DATASETS_BYTES_H
#define RQ_DATASETS_BYTES_H

#include "datasets/unpack.h"

enum {
	RQ_BYTES_BLOCK = 4 << 20, /* what is read at a time */
	RQ_BYTES_PEEK = 4 << 10,  /* what can be looked at without moving on */
};

struct rq_bytes {
	const char *path; /* borrowed */
	size_t size, at;  /* of all of it, uncompressed, and how much was read */
	enum rq_packing packing;
	/* internal */
	const unsigned char *memory; /* NULL: the file */
	int fd;
	struct rq_unpack unpack;     /* where it is packed */
	enum rq_status (*next)(void *context, void *out, size_t size, struct rq_error *err); /* where somebody else gives them: see rq_bytes_through */
	void *context;
	unsigned char *ahead;        /* of bytes that come one after the other: what was peeked */
	size_t ahead_size;
	struct stat opened;
	struct rq_sha256 sha256; /* of the file's bytes so far */
};

/* A regular file that is not empty: E_IO, E_DATA. Release it in either case. */
RQ_MUST_USE enum rq_status rq_bytes_open(struct rq_bytes *bytes, const char *path, struct rq_error *err);
struct rq_bytes rq_bytes_from(const char *path, const void *data, size_t size); /* messages call them `path` */
/* `size` bytes that `next` gives, the next ones each time it is called. They are not hashed. E_NOMEM. Release it in either case. */
RQ_MUST_USE enum rq_status rq_bytes_through(struct rq_bytes *bytes, const char *path, size_t size,
                                            enum rq_status (*next)(void *context, void *out, size_t size, struct rq_error *err), void *context,
                                            struct rq_error *err);
void rq_bytes_release(struct rq_bytes *bytes);

/* The next `size` bytes, of which there must be so many left by bytes->size; E_DATA where the file has fewer by now. */
RQ_MUST_USE enum rq_status rq_bytes_read(void *out, struct rq_bytes *bytes, size_t size, struct rq_error *err);
/* The same without moving on, at most RQ_BYTES_PEEK. */
RQ_MUST_USE enum rq_status rq_bytes_peek(void *out, struct rq_bytes *bytes, size_t size, struct rq_error *err);
/* Any `size` bytes from `offset` on that bytes->size has, without moving on. Not of those that come one after the other. */
RQ_MUST_USE enum rq_status rq_bytes_look(void *out, const struct rq_bytes *bytes, size_t offset, size_t size, struct rq_error *err);
/* Moves on; what is passed over is hashed too. */
RQ_MUST_USE enum rq_status rq_bytes_skip(struct rq_bytes *bytes, size_t size, struct rq_error *err);
bool rq_bytes_in_turn(const struct rq_bytes *bytes); /* they come one after the other */
/* Passes over what is left. E_DATA where the file was written to meanwhile. sha256, of the file as it is, may be NULL. */
RQ_MUST_USE enum rq_status rq_bytes_end(char *sha256, struct rq_bytes *bytes, struct rq_error *err);

#endif
