/* gzip, zstd and plain bytes from a descriptor or memory. zlib and zstd are asked for a piece at a time: what is in memory is one block of input and
 * their windows. */
#include "datasets/unpack.h"

#include "evalcore/base/file.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
	BLOCK = 256 << 10, /* of input, read at a time */
	MAGIC = 4,         /* bytes that tell the packing */
	GZIP_ONLY = 16,    /* zlib's: added to the bits of the window */
};

static const size_t SPOOL_MAXIMUM = (size_t)4 << 30; /* a pipe may never end */

const char *rq_path_shown(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* One read(), repeated where a signal came in between. *got == 0: the end. */
static enum rq_status read_some(size_t *got, struct rq_unpack *unpack, void *out, size_t room, struct rq_error *err)
{
	ssize_t count;

	while ((count = read(unpack->fd, out, room)) < 0 && errno == EINTR)
		RQ_TRY(rq_cancel_check(err));
	if (count < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", unpack->path, strerror(errno));
	*got = (size_t)count;
	if (count > 0 && unpack->sha256 != NULL)
		rq_sha256_add(unpack->sha256, out, (size_t)count);
	if (count == 0) {
		unpack->ended = true;
		if (S_ISREG(unpack->opened.st_mode))
			return rq_file_check_unchanged(unpack->fd, &unpack->opened, unpack->path, err);
	}
	return RQ_OK;
}

/* Input for a decompressor, where the last was used up and there is more. */
static enum rq_status refill(struct rq_unpack *unpack, struct rq_error *err)
{
	size_t got;

	if (unpack->left > 0 || unpack->ended)
		return RQ_OK;
	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(read_some(&got, unpack, unpack->block, BLOCK, err));
	unpack->at = unpack->block;
	unpack->left = got;
	return RQ_OK;
}

static void take(struct rq_unpack *unpack, size_t count)
{
	unpack->at += count;
	unpack->left -= count;
	unpack->taken += count;
}

static void end_state(struct rq_unpack *unpack)
{
	if (unpack->packing == RQ_PACKED_GZIP && unpack->state != NULL)
		inflateEnd(unpack->state);
	if (unpack->packing == RQ_PACKED_ZSTD)
		ZSTD_freeDCtx(unpack->state);
	else
		free(unpack->state);
	unpack->state = NULL;
}

static enum rq_status begin_state(struct rq_unpack *unpack, struct rq_error *err)
{
	if (unpack->packing == RQ_PACKED_ZSTD)
		unpack->state = ZSTD_createDCtx();
	if (unpack->packing == RQ_PACKED_GZIP) {
		unpack->state = calloc(1, sizeof(z_stream));
		if (unpack->state != NULL && inflateInit2((z_stream *)unpack->state, MAX_WBITS + GZIP_ONLY) != Z_OK) {
			free(unpack->state);
			unpack->state = NULL;
		}
	}
	return unpack->packing != RQ_PACKED_NOT && unpack->state == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_packing rq_packing_of(const void *data, size_t size)
{
	static const unsigned char gzip[] = {0x1F, 0x8B, 0x08}, zstd[] = {0x28, 0xB5, 0x2F, 0xFD};

	if (size >= sizeof gzip && memcmp(data, gzip, sizeof gzip) == 0)
		return RQ_PACKED_GZIP;
	return size >= sizeof zstd && memcmp(data, zstd, sizeof zstd) == 0 ? RQ_PACKED_ZSTD : RQ_PACKED_NOT;
}

/* Looks at the first bytes, which a pipe may give one by one. */
static enum rq_status begin(struct rq_unpack *unpack, struct rq_error *err)
{
	unpack->whole = unpack->drained = true;
	unpack->taken = 0;
	while (unpack->left < MAGIC && !unpack->ended) {
		size_t got;
		RQ_TRY(read_some(&got, unpack, unpack->block + unpack->left, BLOCK - unpack->left, err));
		unpack->at = unpack->block;
		unpack->left += got;
	}
	unpack->packing = rq_packing_of(unpack->at, unpack->left);
	return begin_state(unpack, err);
}

enum rq_status rq_unpack_open(struct rq_unpack *unpack, const char *path, struct rq_sha256 *sha256, struct rq_error *err)
{
	*unpack = (struct rq_unpack){.path = rq_path_shown(path), .fd = STDIN_FILENO, .sha256 = sha256};
	if (strcmp(path, "-") != 0)
		while ((unpack->fd = open(path, O_RDONLY | O_CLOEXEC)) < 0 && errno == EINTR) /* a pipe that nobody writes to */
			RQ_TRY(rq_cancel_check(err));
	unpack->owned = unpack->fd >= 0 && strcmp(path, "-") != 0;
	if (unpack->fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", unpack->path, strerror(errno));
	if (fstat(unpack->fd, &unpack->opened) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", unpack->path, strerror(errno));
	if (S_ISDIR(unpack->opened.st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": is a folder, expected a file", unpack->path);
	if (S_ISREG(unpack->opened.st_mode)) {
		unpack->start = lseek(unpack->fd, 0, SEEK_CUR);
		unpack->size = unpack->opened.st_size > unpack->start ? (size_t)(unpack->opened.st_size - unpack->start) : 0;
	}
	unpack->block = malloc(BLOCK);
	return unpack->block == NULL ? rq_fail_memory(err) : begin(unpack, err);
}

enum rq_status rq_unpack_from(struct rq_unpack *unpack, const char *path, const void *data, size_t size, struct rq_error *err)
{
	*unpack = (struct rq_unpack){.path = path, .size = size, .left = size, .ended = true};
	unpack->memory = unpack->at = size == 0 ? (const unsigned char *)"" : data;
	return begin(unpack, err);
}

void rq_unpack_release(struct rq_unpack *unpack)
{
	end_state(unpack);
	free(unpack->block);
	rq_buf_release(&unpack->spooled);
	if (unpack->owned)
		close(unpack->fd);
	*unpack = (struct rq_unpack){0};
}

static enum rq_status fail_cut(const struct rq_unpack *unpack, const char *packing, struct rq_error *err)
{
	return rq_fail(err, RQ_E_DATA, "%s: the %s data is cut short after %zu bytes; write the file again", unpack->path, packing, unpack->taken);
}

static enum rq_status next_gzip(size_t *got, struct rq_unpack *unpack, void *out, size_t room, struct rq_error *err)
{
	z_stream *stream = unpack->state;

	if (unpack->whole && unpack->taken > 0 && inflateReset(stream) != Z_OK)
		return rq_fail(err, RQ_E_INTERNAL, "%s: zlib cannot begin a member", unpack->path);
	uInt given = (uInt)(unpack->left < UINT_MAX ? unpack->left : UINT_MAX), space = (uInt)(room < UINT_MAX ? room : UINT_MAX);
	stream->next_in = unpack->at;
	stream->avail_in = given;
	stream->next_out = out;
	stream->avail_out = space;
	int result = inflate(stream, Z_NO_FLUSH);
	take(unpack, given - stream->avail_in);
	*got = space - stream->avail_out;
	if (result == Z_MEM_ERROR)
		return rq_fail_memory(err);
	if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
		return rq_fail(err, RQ_E_DATA, "%s: damaged gzip data: %s; write the file again", unpack->path,
		               stream->msg == NULL ? zError(result) : stream->msg);
	unpack->whole = result == Z_STREAM_END;
	unpack->drained = stream->avail_out > 0;
	return RQ_OK;
}

static enum rq_status next_zstd(size_t *got, struct rq_unpack *unpack, void *out, size_t room, struct rq_error *err)
{
	ZSTD_inBuffer input = {unpack->at, unpack->left, 0};
	ZSTD_outBuffer output = {out, room, 0};
	size_t result = ZSTD_decompressStream(unpack->state, &output, &input);

	if (ZSTD_isError(result) && ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
		return rq_fail_memory(err);
	if (ZSTD_isError(result))
		return rq_fail(err, RQ_E_DATA, "%s: damaged zstd data: %s; write the file again", unpack->path, ZSTD_getErrorName(result));
	take(unpack, input.pos);
	*got = output.pos;
	unpack->whole = result == 0;
	unpack->drained = output.pos < room;
	return RQ_OK;
}

/* What was looked at for its packing first, then straight from the file. */
static enum rq_status next_plain(size_t *got, struct rq_unpack *unpack, void *out, size_t room, struct rq_error *err)
{
	if (unpack->left == 0)
		return unpack->ended ? RQ_OK : read_some(got, unpack, out, room, err);
	*got = unpack->left < room ? unpack->left : room;
	memcpy(out, unpack->at, *got);
	take(unpack, *got);
	return RQ_OK;
}

enum rq_status rq_unpack_next(size_t *got, struct rq_unpack *unpack, void *out, size_t room, struct rq_error *err)
{
	bool gzip = unpack->packing == RQ_PACKED_GZIP;

	*got = 0;
	if (unpack->packing == RQ_PACKED_NOT)
		return next_plain(got, unpack, out, room, err);
	while (*got == 0) {
		RQ_TRY(refill(unpack, err));
		if (unpack->left == 0 && (unpack->whole || unpack->drained))
			return unpack->whole ? RQ_OK : fail_cut(unpack, gzip ? "gzip" : "zstd", err);
		RQ_TRY((gzip ? next_gzip : next_zstd)(got, unpack, out, room, err));
	}
	return RQ_OK;
}

enum rq_status rq_unpack_spool(struct rq_unpack *unpack, struct rq_error *err)
{
	struct rq_buf *spooled = &unpack->spooled;

	if (unpack->memory != NULL || S_ISREG(unpack->opened.st_mode))
		return RQ_OK;
	spooled->maximum = SPOOL_MAXIMUM;
	rq_buf_puts(spooled, "");
	while (unpack->left > 0) {
		if (unpack->left > spooled->maximum - spooled->size)
			return rq_fail(err, RQ_E_DATA, "\"%s\": larger than the %zu bytes that are allowed here", unpack->path, spooled->maximum);
		rq_buf_add(spooled, unpack->at, unpack->left);
		if (spooled->failed)
			return rq_fail_memory(err);
		unpack->left = 0;
		RQ_TRY(refill(unpack, err));
	}
	unpack->memory = unpack->at = (const unsigned char *)spooled->data;
	unpack->left = unpack->size = spooled->size;
	return RQ_OK;
}

enum rq_status rq_unpack_rewind(struct rq_unpack *unpack, struct rq_error *err)
{
	end_state(unpack);
	if (unpack->ended)
		unpack->sha256 = NULL;
	if (unpack->sha256 != NULL)
		rq_sha256_begin(unpack->sha256);
	unpack->ended = unpack->memory != NULL;
	unpack->at = unpack->memory;
	unpack->left = unpack->ended ? unpack->size : 0;
	if (!unpack->ended && lseek(unpack->fd, unpack->start, SEEK_SET) < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", unpack->path, strerror(errno));
	return begin(unpack, err);
}
