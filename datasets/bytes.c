#include "datasets/bytes.h"

#include "evalcore/base/file.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum rq_status read_at(unsigned char *out, const struct rq_bytes *bytes, size_t offset, size_t size, struct rq_error *err)
{
	for (size_t done = 0; done < size;) {
		ssize_t got = pread(bytes->fd, out + done, size - done, (off_t)(offset + done));
		if (got == 0)
			return rq_fail_changed(err, bytes->path);
		if (got < 0 && errno != EINTR)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", bytes->path, strerror(errno));
		done += got < 0 ? 0 : (size_t)got;
		RQ_TRY(rq_cancel_check(err));
	}
	return RQ_OK;
}

/* Uncompresses all of it, for its size and the hash of the file, and goes back to the first byte. */
static enum rq_status measure(struct rq_bytes *bytes, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) void *block = malloc(RQ_BYTES_BLOCK);
	size_t got = 1;

	bytes->ahead = malloc(RQ_BYTES_PEEK);
	if (block == NULL || bytes->ahead == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_unpack_open(&bytes->unpack, bytes->path, &bytes->sha256, err));
	for (bytes->size = 0; got > 0; bytes->size += got)
		RQ_TRY(rq_unpack_next(&got, &bytes->unpack, block, RQ_BYTES_BLOCK, err));
	return rq_unpack_rewind(&bytes->unpack, err);
}

enum rq_status rq_bytes_open(struct rq_bytes *bytes, const char *path, struct rq_error *err)
{
	unsigned char magic[4];

	*bytes = (struct rq_bytes){.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)}; /* a pipe is refused, not waited for */
	rq_sha256_begin(&bytes->sha256);
	if (bytes->fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	if (fstat(bytes->fd, &bytes->opened) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	if (!S_ISREG(bytes->opened.st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": not a regular file; vectors are read from files, not from pipes or folders", path);
	if (bytes->opened.st_size == 0)
		return rq_fail(err, RQ_E_DATA, "%s: empty file; expected vectors", path);
	bytes->size = (size_t)bytes->opened.st_size;
	if (bytes->size >= sizeof magic) {
		RQ_TRY(read_at(magic, bytes, 0, sizeof magic, err));
		bytes->packing = rq_packing_of(magic, sizeof magic);
	}
	return bytes->packing == RQ_PACKED_NOT ? RQ_OK : measure(bytes, err);
}

struct rq_bytes rq_bytes_from(const char *path, const void *data, size_t size)
{
	static const unsigned char nothing[1];

	return (struct rq_bytes){.path = path, .memory = size == 0 ? nothing : data, .size = size, .fd = -1};
}

enum rq_status rq_bytes_through(struct rq_bytes *bytes, const char *path, size_t size,
                                enum rq_status (*next)(void *context, void *out, size_t size, struct rq_error *err), void *context,
                                struct rq_error *err)
{
	*bytes = (struct rq_bytes){.path = path, .size = size, .fd = -1, .next = next, .context = context, .ahead = malloc(RQ_BYTES_PEEK)};
	return bytes->ahead == NULL ? rq_fail_memory(err) : RQ_OK;
}

bool rq_bytes_in_turn(const struct rq_bytes *bytes)
{
	return bytes->packing != RQ_PACKED_NOT || bytes->next != NULL;
}

void rq_bytes_release(struct rq_bytes *bytes)
{
	if (bytes->memory == NULL && bytes->fd >= 0)
		close(bytes->fd);
	rq_unpack_release(&bytes->unpack);
	free(bytes->ahead);
	*bytes = (struct rq_bytes){.fd = -1};
}

/* The next bytes of those that come one after the other. Once a packed file gave a number of them, it must give as many again. */
static enum rq_status give(unsigned char *out, struct rq_bytes *bytes, size_t size, struct rq_error *err)
{
	if (bytes->next != NULL)
		return bytes->next(bytes->context, out, size, err);
	for (size_t done = 0, got; done < size; done += got) {
		RQ_TRY(rq_unpack_next(&got, &bytes->unpack, out + done, size - done, err));
		if (got == 0)
			return rq_fail_changed(err, bytes->path);
	}
	return RQ_OK;
}

enum rq_status rq_bytes_look(void *out, const struct rq_bytes *bytes, size_t offset, size_t size, struct rq_error *err)
{
	if (bytes->memory == NULL)
		return read_at(out, bytes, offset, size, err);
	memcpy(out, bytes->memory + offset, size);
	return RQ_OK;
}

enum rq_status rq_bytes_peek(void *out, struct rq_bytes *bytes, size_t size, struct rq_error *err)
{
	if (!rq_bytes_in_turn(bytes))
		return rq_bytes_look(out, bytes, bytes->at, size, err);
	if (bytes->ahead_size < size) {
		RQ_TRY(give(bytes->ahead + bytes->ahead_size, bytes, size - bytes->ahead_size, err));
		bytes->ahead_size = size;
	}
	memcpy(out, bytes->ahead, size);
	return RQ_OK;
}

/* What was peeked first, then on. */
static enum rq_status read_in_turn(unsigned char *out, struct rq_bytes *bytes, size_t size, struct rq_error *err)
{
	size_t first = size < bytes->ahead_size ? size : bytes->ahead_size;

	memcpy(out, bytes->ahead, first);
	memmove(bytes->ahead, bytes->ahead + first, bytes->ahead_size - first);
	bytes->ahead_size -= first;
	return give(out + first, bytes, size - first, err);
}

enum rq_status rq_bytes_read(void *out, struct rq_bytes *bytes, size_t size, struct rq_error *err)
{
	unsigned char *to = out;

	for (size_t left = size, block; left > 0; left -= block, to += block) {
		block = left < RQ_BYTES_BLOCK ? left : RQ_BYTES_BLOCK; /* hashed while it is in the processor's cache */
		if (rq_bytes_in_turn(bytes))
			RQ_TRY(read_in_turn(to, bytes, block, err));
		else
			RQ_TRY(rq_bytes_look(to, bytes, bytes->at, block, err));
		if (bytes->memory == NULL && !rq_bytes_in_turn(bytes))
			rq_sha256_add(&bytes->sha256, to, block);
		bytes->at += block;
	}
	return RQ_OK;
}

enum rq_status rq_bytes_skip(struct rq_bytes *bytes, size_t size, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) void *block = malloc(size < RQ_BYTES_BLOCK ? size + 1 : RQ_BYTES_BLOCK);

	if (block == NULL)
		return rq_fail_memory(err);
	for (size_t left = size, count; left > 0; left -= count) {
		count = left < RQ_BYTES_BLOCK ? left : RQ_BYTES_BLOCK;
		RQ_TRY(rq_bytes_read(block, bytes, count, err));
	}
	return RQ_OK;
}

enum rq_status rq_bytes_end(char *sha256, struct rq_bytes *bytes, struct rq_error *err)
{
	RQ_TRY(rq_bytes_skip(bytes, bytes->size - bytes->at, err));
	RQ_TRY(rq_file_check_unchanged(bytes->fd, &bytes->opened, bytes->path, err));
	return sha256 == NULL ? RQ_OK : rq_sha256_end(sha256, &bytes->sha256, err);
}
