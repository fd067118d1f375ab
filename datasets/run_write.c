/* Writes a run as TREC lines, zstd-compressed: the form in which rankings are kept beside a report. A ranking without documents leaves no line. */
#include "datasets/datasets.h"

#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { COMPRESSION_LEVEL = 3 };

/* The fewest of 15 to 17 digits that read back equal; 17 always do. */
static void put_score(struct rq_buf *out, double score)
{
	char digits[32];

	for (int precision = 15; precision <= 17; precision++) {
		double back;
		int length = snprintf(digits, sizeof digits, "%.*g", precision, score);
		if (precision < 17 && rq_parse_f64(&back, digits, (size_t)length) && back == score)
			break;
	}
	rq_buf_puts(out, digits);
}

/* What ends a line. A blank in the tag would make another column of what follows it. */
static void put_tag(struct rq_buf *out, const char *tag)
{
	rq_buf_printf(out, " %s\n", tag[0] == '\0' ? "-" : tag);
	for (size_t i = 1; !out->failed && i + 1 < out->size; i++)
		if ((unsigned char)out->data[i] <= ' ')
			out->data[i] = '_';
}

static enum rq_status put_ranking(struct rq_buf *out, const struct rq_ranking *ranking, const struct rq_buf *tag, const char *path,
                                  struct rq_error *err)
{
	for (size_t i = 0; i < ranking->count; i++) {
		const struct rq_scored_document *scored = &ranking->documents[i];
		char rank[32];
		if (isnan(scored->score))
			return rq_fail(err, RQ_E_DATA, "%s: the score of document \"%s\" for topic \"%s\" is not a number; a search must not return one", path,
			               scored->document, ranking->topic);
		snprintf(rank, sizeof rank, " %zu ", i + 1);
		rq_buf_puts(out, ranking->topic);
		rq_buf_puts(out, " Q0 ");
		rq_buf_puts(out, scored->document);
		rq_buf_puts(out, rank);
		put_score(out, scored->score);
		rq_buf_add(out, tag->data, tag->size);
	}
	return RQ_OK;
}

static enum rq_status put_compressed(FILE *stream, const struct rq_buf *text, const char *path, struct rq_error *err)
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
		return rq_fail(err, RQ_E_NOMEM, "%s: cannot compress: %s", path, ZSTD_getErrorName(size));
	if (fwrite(packed, 1, size, stream) != size)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(errno));
	return RQ_OK;
}

enum rq_status rq_run_put(struct rq_output *output, const struct rq_run *run, const char *tag, char sha256[RQ_SHA256_HEX], struct rq_error *err)
{
	const char *path = output->path;
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0}, ending = {0};

	put_tag(&ending, tag);
	RQ_TRY(rq_buf_check(&ending, err));
	rq_buf_puts(&text, "");
	for (size_t t = 0; t < run->count; t++)
		RQ_TRY(put_ranking(&text, &run->rankings[t], &ending, path, err));
	RQ_TRY(rq_buf_check(&text, err));
	RQ_TRY(rq_sha256(sha256, text.data, text.size, err));
	return put_compressed(output->stream, &text, path, err);
}

enum rq_status rq_run_write(const struct rq_run *run, const char *path, const char *tag, char sha256[RQ_SHA256_HEX], struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};

	RQ_TRY(rq_output_open(&output, path, err));
	RQ_TRY(rq_run_put(&output, run, tag, sha256, err));
	return rq_output_commit(&output, err);
}
