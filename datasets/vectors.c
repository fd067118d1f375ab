/* Vector files: which format, the file in memory, and what every format has to hold. */
#include "datasets/parsers.h"

#include "evalcore/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file mapped, not read: a matrix of several gigabytes need not be in memory twice. */
struct mapping {
	unsigned char *data;
	size_t size;
};

static void mapping_release(struct mapping *mapping)
{
	if (mapping->size > 0)
		munmap(mapping->data, mapping->size);
}

static enum rq_status map_open_file(struct mapping *mapping, int fd, const char *path, struct rq_error *err)
{
	struct stat info;

	if (fstat(fd, &info) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	if (!S_ISREG(info.st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": not a regular file; vectors are read from files, not from pipes or folders", path);
	if (info.st_size == 0)
		return rq_fail(err, RQ_E_DATA, "%s: empty file; expected vectors as .npy, .fvecs or .csv", path);
	void *data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	*mapping = (struct mapping){data, (size_t)info.st_size};
	return RQ_OK;
}

static enum rq_status map_file(struct mapping *mapping, const char *path, struct rq_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	enum rq_status status = map_open_file(mapping, fd, path, err);
	close(fd);
	return status;
}

static bool ends_in(const char *path, const char *ending)
{
	size_t length = strlen(path), size = strlen(ending);

	return length >= size && strcasecmp(path + length - size, ending) == 0;
}

static enum rq_status load_binary(struct rq_vectors *vectors, char *sha256, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(mapping_release) struct mapping file = {0};

	RQ_TRY(map_file(&file, path, err));
	bool npy = file.size >= 6 && memcmp(file.data, "\x93NUMPY", 6) == 0;
	if (!npy && !ends_in(path, ".npy") && !ends_in(path, ".fvecs"))
		return rq_fail(err, RQ_E_DATA, "%s: unknown kind of vector file; expected .npy, .fvecs or .csv", path);
	bool fvecs = !npy && ends_in(path, ".fvecs");
	RQ_TRY((fvecs ? rq_fvecs_parse : rq_npy_parse)(vectors, path, file.data, file.size, err));
	return sha256 == NULL ? RQ_OK : rq_sha256(sha256, file.data, file.size, err);
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
