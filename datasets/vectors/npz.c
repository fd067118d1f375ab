/* .npz, what numpy.savez and savez_compressed write: a ZIP archive of .npy files, one an array. */
#include "datasets/text.h"
#include "datasets/vectors/npy.h"
#include "datasets/vectors/zip.h"

#include <stdlib.h>
#include <string.h>

/* An array's name is its file's without ".npy". 0: it is no array. */
static size_t name_length(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && strcmp(name + length - 4, ".npy") == 0 ? length - 4 : 0;
}

static struct rq_excerpt shown(const struct rq_zip_member *member)
{
	return rq_excerpt((struct rq_span){member->name, name_length(member->name)});
}

static enum rq_status read_header(struct rq_npy *npy, const struct rq_bytes *bytes, const struct rq_zip_member *member, struct rq_error *err)
{
	struct rq_zip_reader *reader;
	struct rq_bytes part;
	enum rq_status status = rq_zip_open(&reader, &part, bytes, member, false, err);

	if (status == RQ_OK)
		status = rq_npy_header(npy, &part, err);
	rq_zip_close(reader, &part);
	return status;
}

/* "a" (5, 2), "b" ...; npy: NULL where its header is not understood */
static void describe(struct rq_buf *out, const struct rq_zip_member *member, const struct rq_npy *npy)
{
	rq_buf_printf(out, "%s\"%s\"", out->size == 0 ? "" : ", ", shown(member).text);
	if (npy == NULL)
		rq_buf_puts(out, " (of another kind)");
	else if (npy->dimensions == 2)
		rq_buf_printf(out, " (%zu, %zu)", npy->shape[0], npy->shape[1]);
	else
		rq_buf_printf(out, " (%zu dimension%s)", npy->dimensions, npy->dimensions == 1 ? "" : "s");
}

/* The array of that name, or else the file. */
static const struct rq_zip_member *find_array(const struct rq_zip *zip, const char *array)
{
	const struct rq_zip_member *file = NULL;

	for (size_t i = 0; i < zip->count; i++) {
		const struct rq_zip_member *member = &zip->members[i];
		size_t length = name_length(member->name);
		if (length > 0 && strlen(array) == length && strncmp(member->name, array, length) == 0)
			return member;
		if (length > 0 && strcmp(member->name, array) == 0)
			file = member;
	}
	return file;
}

/* The array that is named, or the only one of two dimensions; what others are matters only without a name. */
static enum rq_status choose(const struct rq_zip_member **chosen, const struct rq_zip *zip, const struct rq_bytes *bytes, const char *array,
                             struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {.maximum = 600};
	size_t matrices = 0;

	*chosen = array == NULL ? NULL : find_array(zip, array);
	if (*chosen != NULL)
		return RQ_OK;
	for (size_t i = 0; i < zip->count; i++) {
		const struct rq_zip_member *member = &zip->members[i];
		struct rq_npy npy;
		if (name_length(member->name) == 0)
			continue;
		enum rq_status status = read_header(&npy, bytes, member, err);
		if (status != RQ_OK && (status != RQ_E_DATA || array == NULL)) /* without a name it could be the one */
			return status == RQ_E_DATA ? rq_fail_within(err, "array \"%s\"", shown(member).text) : status;
		describe(&list, member, status == RQ_OK ? &npy : NULL);
		bool matrix = status == RQ_OK && npy.dimensions == 2;
		matrices += matrix;
		if (matrix)
			*chosen = member;
	}
	const char *arrays = list.data == NULL ? "nothing of NumPy's" : list.data, *more = list.failed ? " ..." : "";
	if (array != NULL)
		return rq_fail(err, RQ_E_DATA, "%s: holds no array \"%s\"; it has %s%s", bytes->path, array, arrays, more);
	if (matrices == 0)
		return rq_fail(err, RQ_E_DATA, "%s: holds no array of two dimensions, (n, d); it has %s%s", bytes->path, arrays, more);
	return matrices == 1 ? RQ_OK
	                     : rq_fail(err, RQ_E_DATA, "%s: holds %zu arrays of two dimensions; choose one by \"%s:NAME\": it has %s%s", bytes->path,
	                               matrices, bytes->path, arrays, more);
}

static enum rq_status read_array(struct rq_vector_file *file, const struct rq_bytes *bytes, const struct rq_zip_member *member, struct rq_error *err)
{
	struct rq_zip_reader *reader;
	struct rq_bytes part;
	struct rq_npy npy;
	enum rq_status status = rq_zip_open(&reader, &part, bytes, member, true, err);

	if (status == RQ_OK)
		status = rq_npy_header(&npy, &part, err);
	if (status == RQ_OK)
		status = rq_npy_array(file, &part, &npy, err);
	if (status == RQ_OK)
		status = rq_zip_check(reader, err);
	rq_zip_close(reader, &part);
	return status;
}

static enum rq_status read_file(struct rq_vector_file *file, struct rq_bytes *bytes, const char *array, struct rq_error *err)
{
	RQ_CLEANUP(rq_zip_release) struct rq_zip zip = {0};
	const struct rq_zip_member *member;

	if (rq_bytes_in_turn(bytes))
		return rq_fail(err, RQ_E_DATA, "%s: an archive in a compressed file; uncompress it, since its own members may be compressed", bytes->path);
	RQ_TRY(rq_zip_read(&zip, bytes, err));
	RQ_TRY(choose(&member, &zip, bytes, array, err));
	RQ_TRY(read_array(file, bytes, member, err));
	size_t used = strlen(file->remark);
	snprintf(file->remark + used, sizeof file->remark - used, "%sarray \"%s\"%s", used > 0 ? ", " : "",
	         shown(member).text, member->deflated ? ", deflated" : "");
	return RQ_OK;
}

static bool like_zip(const struct rq_glimpse *glimpse)
{
	return glimpse->size >= 4 && (memcmp(glimpse->data, "PK\x03\x04", 4) == 0 || memcmp(glimpse->data, "PK\x05\x06", 4) == 0);
}

const struct rq_vector_format rq_vector_format_npz = {
	.name = "npz",
	.help = "NumPy's archive: the array FILE:NAME, or the only one of two dimensions",
	.endings = (const char *const[]){".npz", NULL},
	.arrays = true,
	.looks_like = like_zip,
	.read = read_file,
};
