/* The bytes of a file front to back, uncompressed on the way where it is gzip or zstd: told by its first bytes, never by its name. A file may be standard
 * input. Members or frames that stand one after the other, as `cat a.gz b.gz` gives them, are one text. Nothing here knows what the bytes mean. */
#ifndef RQ_DATASETS_UNPACK_H
#define RQ_DATASETS_UNPACK_H

#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum rq_packing { RQ_PACKED_NOT, RQ_PACKED_GZIP, RQ_PACKED_ZSTD };

struct rq_unpack {
	const char *path; /* as messages name it; borrowed */
	enum rq_packing packing;
	size_t size;      /* of the file as it is; 0: unknown, a pipe */
	/* internal */
	int fd;
	bool owned; /* fd is closed at the end */
	struct stat opened;
	off_t start;                 /* where a regular file was when it was opened: standard input may be further on */
	struct rq_sha256 *sha256;
	unsigned char *block;        /* what was read of the file */
	struct rq_buf spooled;
	const unsigned char *memory; /* NULL: the file */
	const unsigned char *at;     /* input that was not looked at yet */
	size_t left, taken;          /* bytes there, and bytes taken of the file */
	bool ended, whole, drained;  /* no input after `left`; no member is open; the decompressor has no more to say without input */
	void *state;                 /* of zlib or zstd */
};

/* By the first bytes, of which 4 are enough. */
enum rq_packing rq_packing_of(const void *data, size_t size);

/* What messages call a file: "standard input" for "-". */
const char *rq_path_shown(const char *path);

/* "-" is standard input, which stays open. Of the file's bytes as they are `sha256`, which was begun, takes all that are read; it may be NULL. E_IO.
 * Release it in either case. */
RQ_MUST_USE enum rq_status rq_unpack_open(struct rq_unpack *unpack, const char *path, struct rq_sha256 *sha256, struct rq_error *err);
/* Borrows bytes in memory, that messages call `path`. */
RQ_MUST_USE enum rq_status rq_unpack_from(struct rq_unpack *unpack, const char *path, const void *data, size_t size, struct rq_error *err);
void rq_unpack_release(struct rq_unpack *unpack);

/* The next bytes, at most `room`, which is not 0; *got is 0 only after the last. E_DATA where they are damaged or cut short, or where the file changed
 * while it was read; E_IO, E_NOMEM. How much comes out is for the caller to bound. */
RQ_MUST_USE enum rq_status rq_unpack_next(size_t *got, struct rq_unpack *unpack, void *out, size_t room, struct rq_error *err);

/* Before the first byte is taken: makes sure that rq_unpack_rewind can follow, which for a pipe means that all of it is read into memory, as it is, up to
 * 4 GiB. */
RQ_MUST_USE enum rq_status rq_unpack_spool(struct rq_unpack *unpack, struct rq_error *err);
/* Back to the first byte. A hash that took the last byte has all of them and takes no more; one that did not begins anew. */
RQ_MUST_USE enum rq_status rq_unpack_rewind(struct rq_unpack *unpack, struct rq_error *err);

#endif
