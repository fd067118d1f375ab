#include "datasets/bytes.h"

#include "evalcore/base/file.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum rq_status rq_bytes_open(struct rq_bytes *bytes, const char *path, struct rq_error *err)
{
	*bytes = (struct rq_bytes){.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)}; /* a pipe is refused, not waited for */
	rq_sha256_begin(&bytes->sha256);
	if (bytes->fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	if (fstat(bytes->fd, &bytes->opened) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	if (!S_ISREG(bytes->opened.st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": not a regular file; vectors are read from files, not from pipes or folders", path);
	if (bytes->opened.st_size == 0)
		return rq_fail(err, RQ_E_DATA, "%s: empty file; expected vectors as .npy, .fvecs or .csv", path);
	bytes->size = (size_t)bytes->opened.st_size;
	return RQ_OK;
}

struct rq_bytes rq_bytes_from(const char *path, const void *data, size_t size)
{
	static const unsigned char nothing[1];

	return (struct rq_bytes){.path = path, .memory = size == 0 ? nothing : data, .size = size, .fd = -1};
}

void rq_bytes_release(struct rq_bytes *bytes)
{
	if (bytes->memory == NULL && bytes->fd >= 0)
		close(bytes->fd);
	*bytes = (struct rq_bytes){.fd = -1};
}

static enum rq_status read_at(unsigned char *out, const struct rq_bytes *bytes, size_t size, struct rq_error *err)
{
	for (size_t done = 0; done < size;) {
		ssize_t got = pread(bytes->fd, out + done, size - done, (off_t)(bytes->at + done));
		if (got == 0)
			return rq_fail_changed(err, bytes->path);
		if (got < 0 && errno != EINTR)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", bytes->path, strerror(errno));
		done += got < 0 ? 0 : (size_t)got;
		RQ_TRY(rq_cancel_check(err));
	}
	return RQ_OK;
}

enum rq_status rq_bytes_peek(void *out, const struct rq_bytes *bytes, size_t size, struct rq_error *err)
{
	if (bytes->memory == NULL)
		return read_at(out, bytes, size, err);
	memcpy(out, bytes->memory + bytes->at, size);
	return RQ_OK;
}

enum rq_status rq_bytes_read(void *out, struct rq_bytes *bytes, size_t size, struct rq_error *err)
{
	unsigned char *to = out;

	for (size_t left = size, block; left > 0; left -= block, to += block) {
		block = left < RQ_BYTES_BLOCK ? left : RQ_BYTES_BLOCK; /* hashed while it is in the processor's cache */
		RQ_TRY(rq_bytes_peek(to, bytes, block, err));
		if (bytes->memory == NULL)
			rq_sha256_add(&bytes->sha256, to, block);
		bytes->at += block;
	}
	return RQ_OK;
}

enum rq_status rq_bytes_end(char *sha256, struct rq_bytes *bytes, struct rq_error *err)
{
	RQ_TRY(rq_file_check_unchanged(bytes->fd, &bytes->opened, bytes->path, err));
	return sha256 == NULL ? RQ_OK : rq_sha256_end(sha256, &bytes->sha256, err);
}
