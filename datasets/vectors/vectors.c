/* Vector files: which format, the file in memory, and what every format has to hold. */
#include "datasets/parsers.h"
#include "datasets/vector_file.h"
#include "datasets/writers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RQ_VECTOR_FORMAT(name) extern const struct rq_vector_format rq_vector_format_##name;
#include "datasets/vectors/formats.def"
#undef RQ_VECTOR_FORMAT

const struct rq_vector_format *const rq_vector_formats[] = {
#define RQ_VECTOR_FORMAT(name) &rq_vector_format_##name,
#include "datasets/vectors/formats.def"
#undef RQ_VECTOR_FORMAT
	NULL,
};

enum { GLIMPSE = 64 << 10 };

void rq_vector_file_release(struct rq_vector_file *file)
{
	rq_vectors_release(&file->vectors);
	rq_ids_release(&file->ids);
	*file = (struct rq_vector_file){0};
}

enum rq_status rq_vector_file_print(struct rq_buf *out, const struct rq_vector_file *file, enum rq_tensor_type type, struct rq_error *err)
{
	FILE *stream = open_memstream(&out->data, &out->size);

	if (stream == NULL)
		return rq_fail_memory(err);
	enum rq_status status = file->format->write(stream, file, type, err);
	bool failed = ferror(stream) != 0;
	if (fclose(stream) != 0 || failed)
		return status == RQ_OK ? rq_fail_memory(err) : status; /* what is written to is no file */
	return status;
}

const struct rq_vector_format *rq_vector_format_find(const char *name)
{
	for (size_t i = 0; rq_vector_formats[i] != NULL; i++)
		if (strcmp(rq_vector_formats[i]->name, name) == 0)
			return rq_vector_formats[i];
	return NULL;
}

static const struct rq_vector_format *by_content(const struct rq_glimpse *glimpse)
{
	for (size_t i = 0; rq_vector_formats[i] != NULL; i++)
		if (rq_vector_formats[i]->looks_like != NULL && rq_vector_formats[i]->looks_like(glimpse))
			return rq_vector_formats[i];
	return NULL;
}

const struct rq_vector_format *rq_vector_format_for(const char *path)
{
	const struct rq_glimpse name = {.path = path};

	for (size_t i = 0; rq_vector_formats[i] != NULL; i++)
		for (const char *const *ending = rq_vector_formats[i]->endings; *ending != NULL; ending++)
			if (rq_glimpse_ends(&name, *ending))
				return rq_vector_formats[i];
	return NULL;
}

static enum rq_status fail_unknown(const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};

	for (size_t i = 0; rq_vector_formats[i] != NULL; i++)
		rq_buf_printf(&list, "%s%s", i == 0 ? "" : ", ", rq_vector_formats[i]->name);
	RQ_TRY(rq_buf_check(&list, err));
	return rq_fail(err, RQ_E_DATA, "%s: unknown kind of vector file; expected one of %s", path, list.data);
}

/* The first bytes, uncompressed, and the first line of them that holds more than white space. */
static enum rq_status look(struct rq_glimpse *glimpse, char *data, struct rq_error *err)
{
	RQ_CLEANUP(rq_unpack_release) struct rq_unpack unpack = {0};
	size_t got = 1;

	RQ_TRY(rq_unpack_open(&unpack, glimpse->path, NULL, err));
	while (got > 0 && glimpse->size < GLIMPSE) {
		RQ_TRY(rq_unpack_next(&got, &unpack, data + glimpse->size, GLIMPSE - glimpse->size, err));
		glimpse->size += got;
	}
	struct rq_text text = {.path = glimpse->path, .data = data, .size = glimpse->size};
	struct rq_line line = rq_text_lines(&text);
	if (rq_line_next(&line, &text))
		glimpse->line = line.span;
	return RQ_OK;
}

/* A pipe can be read only once: there the name tells. */
static enum rq_status find_format(const struct rq_vector_format **format, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) char *data = malloc(GLIMPSE + 1);
	struct rq_glimpse glimpse = {.path = path, .data = data};
	struct stat opened;

	if (data == NULL)
		return rq_fail_memory(err);
	bool there = stat(path, &opened) == 0;
	glimpse.folder = there && S_ISDIR(opened.st_mode);
	if (there && S_ISREG(opened.st_mode))
		RQ_TRY(look(&glimpse, data, err));
	data[glimpse.size] = '\0';
	*format = by_content(&glimpse);
	if (*format == NULL)
		*format = rq_vector_format_for(path);
	return RQ_OK;
}

/* By the name, where header and size agree with it; otherwise *format is left alone. A name that tells no compression is that of plain bytes. */
static enum rq_status find_by_size(const struct rq_vector_format **format, struct rq_bytes *bytes, const char *path, struct rq_error *err)
{
	const struct rq_vector_format *named = rq_vector_format_for(path);
	unsigned char first[RQ_VECTOR_FIRST] = {0};
	struct stat there;
	size_t length;

	if (named == NULL || named->fits == NULL || stat(path, &there) != 0 || !S_ISREG(there.st_mode))
		return RQ_OK;
	RQ_TRY((rq_packing_for(&length, path) == RQ_PACKED_NOT ? rq_bytes_open_plain : rq_bytes_open)(bytes, path, err));
	RQ_TRY(rq_bytes_peek(first, bytes, bytes->size < sizeof first ? bytes->size : sizeof first, err));
	if (named->fits(named, first, bytes->size))
		*format = named;
	return RQ_OK;
}

enum rq_status rq_vector_format_of(const struct rq_vector_format **format, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_bytes_release) struct rq_bytes bytes = {.fd = -1};
	size_t length;

	*format = NULL;
	RQ_TRY(rq_vector_file_name(&length, path, err));
	RQ_CLEANUP(rq_free_pointer) char *name = strndup(path, length);
	if (name == NULL)
		return rq_fail_memory(err);
	RQ_TRY(find_by_size(format, &bytes, name, err));
	return *format == NULL ? find_format(format, name, err) : RQ_OK;
}

/* Standard input, all of it in memory, uncompressed. */
static enum rq_status read_input(struct rq_vector_file *file, struct rq_error *err)
{
	RQ_CLEANUP(rq_unpack_release) struct rq_unpack unpack = {0};
	RQ_CLEANUP(rq_free_pointer) char *block = malloc(GLIMPSE);
	RQ_CLEANUP(rq_buf_release) struct rq_buf bytes = {0};
	const char *path = rq_path_shown("-");
	size_t got = 1;

	if (block == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_unpack_open(&unpack, "-", NULL, err));
	while (got > 0) {
		RQ_TRY(rq_unpack_next(&got, &unpack, block, GLIMPSE, err));
		rq_buf_add(&bytes, block, got);
		RQ_TRY(rq_buf_check(&bytes, err));
	}
	return rq_vector_file_from(file, file->format, path, bytes.data, bytes.size, NULL, err);
}

static enum rq_status read_file(struct rq_vector_file *file, const char *path, const char *array, struct rq_error *err)
{
	RQ_CLEANUP(rq_bytes_release) struct rq_bytes bytes = {.fd = -1};

	if (file->format != NULL && file->format->read != NULL && strcmp(path, "-") == 0)
		return read_input(file, err);
	bool opened = false;
	if (file->format == NULL) {
		RQ_TRY(find_by_size(&file->format, &bytes, path, err));
		opened = file->format != NULL;
	}
	if (!opened)
		rq_bytes_release(&bytes);
	if (file->format == NULL)
		RQ_TRY(find_format(&file->format, path, err));
	if (array != NULL && file->format != NULL && !file->format->arrays)
		return rq_fail(err, RQ_E_DATA, "\"%s:%s\": a file of format %s holds one array, which has no name; leave out \":%s\"", path, array,
		               file->format->name, array);
	if (file->format != NULL && file->format->load != NULL)
		return file->format->load(file, path, array, err);
	if (!opened)
		RQ_TRY(rq_bytes_open(&bytes, path, err)); /* which tells what is wrong with a file that is there, whatever it holds */
	if (file->format == NULL)
		return fail_unknown(path, err);
	RQ_TRY(file->format->read(file, &bytes, array, err));
	return rq_bytes_end(file->sha256, &bytes, err);
}

enum rq_status rq_vector_file_name(size_t *length, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) char *shorter = strdup(path);

	if (shorter == NULL)
		return rq_fail_memory(err);
	*length = strlen(path);
	if (rq_file_exists(path))
		return RQ_OK;
	for (char *colon = strchr(shorter, ':'); colon != NULL && colon[1] != '\0'; colon = strchr(colon + 1, ':')) {
		*colon = '\0';
		bool there = rq_file_exists(shorter);
		*colon = ':';
		if (there) {
			*length = (size_t)(colon - shorter);
			return RQ_OK;
		}
	}
	return RQ_OK;
}

enum rq_status rq_vector_file_read(struct rq_vector_file *file, const char *path, struct rq_error *err)
{
	return rq_vector_file_read_as(file, NULL, path, err);
}

enum rq_status rq_vector_file_read_as(struct rq_vector_file *file, const struct rq_vector_format *format, const char *path, struct rq_error *err)
{
	size_t length;

	*file = (struct rq_vector_file){.format = format};
	RQ_TRY(rq_vector_file_name(&length, path, err));
	RQ_CLEANUP(rq_free_pointer) char *name = strndup(path, length);
	if (name == NULL)
		return rq_fail_memory(err);
	enum rq_status status = read_file(file, name, path[length] == ':' ? path + length + 1 : NULL, err);
	if (status != RQ_OK)
		rq_vector_file_release(file);
	return status;
}

enum rq_status rq_vector_file_from(struct rq_vector_file *file, const struct rq_vector_format *format, const char *path, const void *data,
                                   size_t size, const char *array, struct rq_error *err)
{
	struct rq_bytes bytes = rq_bytes_from(path, data, size);

	*file = (struct rq_vector_file){.format = format};
	enum rq_status status = format->read(file, &bytes, array, err);
	if (status != RQ_OK)
		rq_vector_file_release(file);
	return status;
}

enum rq_status rq_vectors_check_finite(const struct rq_vectors *vectors, size_t first, const char *path, struct rq_error *err)
{
	size_t row = rq_vectors_not_finite(vectors), column = 0;

	if (row == vectors->n)
		return RQ_OK;
	const float *values = vectors->data + row * vectors->d;
	while (isfinite(values[column]))
		column++;
	return rq_fail(err, RQ_E_DATA, "%s: row %zu, column %zu (counted from 0) is %s; expected finite numbers: mend or leave out that record", path,
	               first + row, column, isnan(values[column]) ? "NaN" : "infinite");
}

enum rq_status rq_vectors_load(struct rq_vectors *vectors, struct rq_ids *ids, char *sha256, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_vector_file_release) struct rq_vector_file file = {0};

	*vectors = (struct rq_vectors){0};
	*ids = (struct rq_ids){0};
	RQ_TRY(rq_vector_file_read(&file, path, err));
	RQ_TRY(rq_vectors_check_finite(&file.vectors, 0, path, err));
	if (sha256 != NULL)
		memcpy(sha256, file.sha256, RQ_SHA256_HEX);
	*vectors = file.vectors;
	*ids = file.ids;
	file.vectors = (struct rq_vectors){0};
	file.ids = (struct rq_ids){0};
	return RQ_OK;
}
