/* Texts put into files, compressed by name. */
#include "datasets/writers.h"

#include "evalcore/base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { COMPRESSION_LEVEL = 3 };

enum rq_status rq_text_put_zstd(struct rq_output *output, const struct rq_buf *text, struct rq_error *err)
{
	size_t bound = ZSTD_compressBound(text->size);
	RQ_CLEANUP(rq_free_pointer) char *packed = malloc(bound);
	ZSTD_CCtx *context = ZSTD_createCCtx();

	if (packed == NULL || context == NULL) {
		ZSTD_freeCCtx(context);
		return rq_fail_memory(err);
	}
	ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, COMPRESSION_LEVEL);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1); /* a flipped bit is found when it is read */
	size_t size = ZSTD_compress2(context, packed, bound, text->data, text->size);
	ZSTD_freeCCtx(context);
	if (ZSTD_isError(size))
		return rq_fail(err, RQ_E_NOMEM, "%s: cannot compress: %s", output->path, ZSTD_getErrorName(size));
	if (fwrite(packed, 1, size, output->stream) != size)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", output->path, strerror(errno));
	return RQ_OK;
}

enum rq_status rq_text_put(struct rq_output *output, const struct rq_buf *text, struct rq_error *err)
{
	size_t length = strlen(output->path);

	if (length > 4 && strcmp(output->path + length - 4, ".zst") == 0)
		return rq_text_put_zstd(output, text, err);
	if (text->size > 0 && fwrite(text->data, 1, text->size, output->stream) != text->size)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", output->path, strerror(errno));
	return RQ_OK;
}
