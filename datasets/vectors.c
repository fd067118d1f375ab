/* Vector files: which format, the file in memory, and what every format has to hold. */
#include "datasets/parsers.h"

#include <math.h>
#include <string.h>

static bool ends_in(const char *path, const char *ending)
{
	size_t length = strlen(path), size = strlen(ending);

	return length >= size && strcasecmp(path + length - size, ending) == 0;
}

static enum rq_status load_binary(struct rq_vectors *vectors, char *sha256, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_bytes_release) struct rq_bytes file = {.fd = -1};
	char magic[6] = "";

	RQ_TRY(rq_bytes_open(&file, path, err));
	if (file.size >= sizeof magic)
		RQ_TRY(rq_bytes_peek(magic, &file, sizeof magic, err));
	bool npy = memcmp(magic, "\x93NUMPY", sizeof magic) == 0;
	if (!npy && !ends_in(path, ".npy") && !ends_in(path, ".fvecs"))
		return rq_fail(err, RQ_E_DATA, "%s: unknown kind of vector file; expected .npy, .fvecs or .csv", path);
	bool fvecs = !npy && ends_in(path, ".fvecs");
	RQ_TRY((fvecs ? rq_fvecs_read : rq_npy_read)(vectors, &file, err));
	return rq_bytes_end(sha256, &file, err);
}

static enum rq_status load_csv(struct rq_vectors *vectors, struct rq_ids *ids, char *sha256, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	RQ_TRY(rq_text_read(&text, path, err));
	if (sha256 != NULL)
		memcpy(sha256, text.sha256, RQ_SHA256_HEX);
	return rq_csv_parse(vectors, ids, &text, err);
}

enum rq_status rq_vectors_check_finite(const struct rq_vectors *vectors, const char *path, struct rq_error *err)
{
	size_t row = rq_vectors_not_finite(vectors), column = 0;

	if (row == vectors->n)
		return RQ_OK;
	const float *values = vectors->data + row * vectors->d;
	while (isfinite(values[column]))
		column++;
	return rq_fail(err, RQ_E_DATA, "%s: row %zu, column %zu (counted from 0) is %s; expected finite numbers: mend or leave out that record", path,
	               row, column, isnan(values[column]) ? "NaN" : "infinite");
}

enum rq_status rq_vectors_load(struct rq_vectors *vectors, struct rq_ids *ids, char *sha256, const char *path, struct rq_error *err)
{
	*vectors = (struct rq_vectors){0};
	*ids = (struct rq_ids){0};
	enum rq_status status = ends_in(path, ".csv") || ends_in(path, ".csv.zst") ? load_csv(vectors, ids, sha256, path, err) : load_binary(vectors, sha256, path, err);
	if (status == RQ_OK)
		status = rq_vectors_check_finite(vectors, path, err);
	if (status != RQ_OK) {
		rq_vectors_release(vectors);
		rq_ids_release(ids);
	}
	return status;
}
