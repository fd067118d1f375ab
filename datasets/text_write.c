/* Fields of CSV, and texts put into files, compressed by name. */
#include "datasets/datasets.h"
#include "datasets/writers.h"

#include "evalcore/base/file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

enum {
	ZSTD_LEVEL = 3,
	GZIP_ONLY = 16,  /* zlib's: added to the bits of the window */
	GZIP_MEMORY = 8, /* zlib's default */
	PIECE = 256 << 10,
};

void rq_csv_put(struct rq_buf *out, const char *field)
{
	if (strpbrk(field, ",\"\n\r") == NULL) {
		rq_buf_puts(out, field);
		return;
	}
	rq_buf_puts(out, "\"");
	for (; *field != '\0'; field++)
		rq_buf_printf(out, *field == '"' ? "\"%c" : "%c", *field);
	rq_buf_puts(out, "\"");
}

const char *rq_zstd_version(void)
{
	return ZSTD_versionString();
}

static enum rq_status pack_zstd(struct rq_buf *out, const void *data, size_t size, struct rq_error *err)
{
	size_t bound = ZSTD_compressBound(size);
	ZSTD_CCtx *context = ZSTD_createCCtx();

	if (context == NULL || !RQ_RESERVE(out->data, out->capacity, out->size + bound + 1)) {
		ZSTD_freeCCtx(context);
		return rq_fail_memory(err);
	}
	ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ZSTD_LEVEL);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1); /* a flipped bit is found when it is read */
	size_t got = ZSTD_compress2(context, out->data + out->size, bound, data, size);
	ZSTD_freeCCtx(context);
	if (ZSTD_isError(got))
		return rq_fail(err, RQ_E_NOMEM, "cannot compress: %s", ZSTD_getErrorName(got));
	out->size += got;
	out->data[out->size] = '\0';
	return RQ_OK;
}

/* One member, without a name or a time: the same bytes for the same text. */
static enum rq_status pack_gzip(struct rq_buf *out, const void *data, size_t size, struct rq_error *err)
{
	z_stream stream = {.next_in = data};
	RQ_CLEANUP(rq_free_pointer) unsigned char *piece = malloc(PIECE);
	int result = Z_OK;

	if (piece == NULL || deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP_ONLY, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return rq_fail_memory(err);
	while (result != Z_STREAM_END && !out->failed) {
		uInt given = (uInt)(size < UINT_MAX ? size : UINT_MAX);
		stream.avail_in = given;
		stream.next_out = piece;
		stream.avail_out = PIECE;
		result = deflate(&stream, size == given ? Z_FINISH : Z_NO_FLUSH);
		size -= given - stream.avail_in;
		rq_buf_add(out, piece, PIECE - stream.avail_out);
	}
	deflateEnd(&stream);
	return rq_buf_check(out, err);
}

enum rq_status rq_text_pack(struct rq_buf *out, enum rq_packing packing, const void *data, size_t size, struct rq_error *err)
{
	if (packing == RQ_PACKED_ZSTD)
		return pack_zstd(out, data, size, err);
	if (packing == RQ_PACKED_GZIP)
		return pack_gzip(out, data, size, err);
	rq_buf_add(out, data, size);
	return rq_buf_check(out, err);
}

static enum rq_status put(struct rq_output *output, const void *data, size_t size, struct rq_error *err)
{
	if (size > 0 && fwrite(data, 1, size, output->stream) != size)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", output->path, strerror(errno));
	return RQ_OK;
}

static enum rq_status put_packed(struct rq_output *output, enum rq_packing packing, const struct rq_buf *text, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf packed = {0};

	RQ_TRY(rq_text_pack(&packed, packing, text->data, text->size, err));
	return put(output, packed.data, packed.size, err);
}

enum rq_packing rq_packing_for(size_t *length, const char *path)
{
	static const char *const endings[] = {[RQ_PACKED_GZIP] = ".gz", [RQ_PACKED_ZSTD] = ".zst"};

	*length = strlen(path);
	for (enum rq_packing packing = RQ_PACKED_GZIP; packing <= RQ_PACKED_ZSTD; packing++) {
		size_t size = strlen(endings[packing]);
		if (*length > size && strcasecmp(path + *length - size, endings[packing]) == 0) {
			*length -= size;
			return packing;
		}
	}
	return RQ_PACKED_NOT;
}

enum rq_status rq_text_put_zstd(struct rq_output *output, const struct rq_buf *text, struct rq_error *err)
{
	return put_packed(output, RQ_PACKED_ZSTD, text, err);
}

enum rq_status rq_text_put(struct rq_output *output, const struct rq_buf *text, struct rq_error *err)
{
	size_t length;
	enum rq_packing packing = rq_packing_for(&length, output->path);

	if (packing == RQ_PACKED_NOT)
		return put(output, text->data, text->size, err);
	return put_packed(output, packing, text, err);
}
