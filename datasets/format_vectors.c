/* The formats of vectors, read whole: from a pipe too, and whatever the file is called. */
#include "datasets/format.h"

#include "datasets/parsers.h"
#include "datasets/vector_file.h"
#include "evalcore/base/file.h"

#include <string.h>

/* All of it is taken into memory: it may come through a pipe. */
static enum rq_status read_binary(struct rq_data *data, const char *path, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf bytes = {0};
	struct rq_vector_file file;

	RQ_TRY(rq_file_read(&bytes, path, err));
	RQ_TRY(rq_vector_file_from(&file, rq_vector_format_find(name), path, bytes.data, bytes.size, NULL, err));
	data->vectors = file.vectors;
	return rq_vectors_check_finite(&data->vectors, path, err);
}

static enum rq_status read_npy(struct rq_data *data, const char *path, struct rq_error *err)
{
	return read_binary(data, path, "npy", err);
}

static enum rq_status read_fvecs(struct rq_data *data, const char *path, struct rq_error *err)
{
	return read_binary(data, path, "fvecs", err);
}

static enum rq_status read_csv(struct rq_data *data, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	RQ_TRY(rq_text_read(&text, path, err));
	return rq_csv_parse(&data->vectors, &data->ids, &text, NULL, err);
}

/* The arrays are lent. */
static enum rq_status write(struct rq_buf *out, const struct rq_data *data, const char *name, struct rq_error *err)
{
	const struct rq_vector_file file = {.format = rq_vector_format_find(name), .vectors = data->vectors, .ids = data->ids};

	return rq_vector_file_print(out, &file, RQ_TENSOR_F32, err);
}

static enum rq_status write_npy(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return write(out, data, "npy", err);
}

static enum rq_status write_fvecs(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return write(out, data, "fvecs", err);
}

static enum rq_status write_csv(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return write(out, data, "csv", err);
}

static bool like_npy(const struct rq_glimpse *glimpse)
{
	return glimpse->size >= 6 && memcmp(glimpse->data, "\x93NUMPY", 6) == 0;
}

static bool like_fvecs(const struct rq_glimpse *glimpse)
{
	return rq_glimpse_ends(glimpse, ".fvecs");
}

static bool like_csv(const struct rq_glimpse *glimpse)
{
	return rq_glimpse_ends(glimpse, ".csv");
}

const struct rq_format rq_format_npy = {
	.name = "npy",
	.kind = RQ_DATA_VECTORS,
	.endings = (const char *const[]){".npy", NULL},
	.help = "NumPy's array file; written as float32",
	.binary = true,
	.looks_like = like_npy,
	.read = read_npy,
	.write = write_npy,
};

const struct rq_format rq_format_fvecs = {
	.name = "fvecs",
	.kind = RQ_DATA_VECTORS,
	.endings = (const char *const[]){".fvecs", NULL},
	.help = "each row its dimension and that many float32",
	.binary = true,
	.looks_like = like_fvecs,
	.read = read_fvecs,
	.write = write_fvecs,
};

const struct rq_format rq_format_csv = {
	.name = "csv",
	.kind = RQ_DATA_VECTORS,
	.endings = (const char *const[]){".csv", NULL},
	.help = "id,\"[0.1,0.2]\" below a header, as PostgreSQL copies a pgvector column",
	.holds_ids = true,
	.looks_like = like_csv,
	.read = read_csv,
	.write = write_csv,
};
