/* Vector files: which format, the file in memory, and what every format has to hold. */
#include "datasets/parsers.h"
#include "datasets/vector_file.h"

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

static enum rq_status read_bytes(struct rq_vector_file *file, const char *path, const char *array, struct rq_error *err)
{
	RQ_CLEANUP(rq_bytes_release) struct rq_bytes bytes = {.fd = -1};

	RQ_TRY(rq_bytes_open(&bytes, path, err)); /* which tells what is wrong with a file that is there, whatever it holds */
	if (file->format == NULL)
		return fail_unknown(path, err);
	RQ_TRY(file->format->read(file, &bytes, array, err));
	return rq_bytes_end(file->sha256, &bytes, err);
}

static enum rq_status read_file(struct rq_vector_file *file, const char *path, const char *array, struct rq_error *err)
{
	RQ_TRY(find_format(&file->format, path, err));
	if (array != NULL && file->format != NULL && !file->format->arrays)
		return rq_fail(err, RQ_E_DATA, "\"%s:%s\": a file of format %s holds one array, which has no name; leave out \":%s\"", path, array,
		               file->format->name, array);
	if (file->format != NULL && file->format->load != NULL)
		return file->format->load(file, path, array, err);
	return read_bytes(file, path, array, err);
}

enum rq_status rq_vector_file_name(size_t *length, const char *path, struct rq_error *err)
{
	const char *colon = rq_file_exists(path) ? NULL : strrchr(path, ':');
	RQ_CLEANUP(rq_free_pointer) char *shorter = colon == NULL ? NULL : strndup(path, (size_t)(colon - path));

	if (colon != NULL && shorter == NULL)
		return rq_fail_memory(err);
	*length = colon != NULL && colon[1] != '\0' && rq_file_exists(shorter) ? (size_t)(colon - path) : strlen(path);
	return RQ_OK;
}

enum rq_status rq_vector_file_read(struct rq_vector_file *file, const char *path, struct rq_error *err)
{
	size_t length;

	*file = (struct rq_vector_file){0};
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
	RQ_CLEANUP(rq_vector_file_release) struct rq_vector_file file = {0};

	*vectors = (struct rq_vectors){0};
	*ids = (struct rq_ids){0};
	RQ_TRY(rq_vector_file_read(&file, path, err));
	RQ_TRY(rq_vectors_check_finite(&file.vectors, path, err));
	if (sha256 != NULL)
		memcpy(sha256, file.sha256, RQ_SHA256_HEX);
	*vectors = file.vectors;
	*ids = file.ids;
	file.vectors = (struct rq_vectors){0};
	file.ids = (struct rq_ids){0};
	return RQ_OK;
}
